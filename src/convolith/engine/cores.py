"""How many cores the process may use: its affinity, cut by the quota of its cgroup."""

from __future__ import annotations

import math
import os


def first_line(path: str) -> str:
    """Read the first line of a file of the kernel's."""
    with open(path) as file:
        return file.readline()


def cgroup_quota(root: str | os.PathLike = "/sys/fs/cgroup", membership: str = "/proc/self/cgroup") -> float | None:
    """Cores that the process's cgroup (version 2 or 1) and those above it allow, as a float; None without a quota."""
    try:
        with open(membership) as file:
            lines = file.read().splitlines()
    except OSError:
        return None
    quotas = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        top = os.path.join(root, "cpu") if controllers else str(root)
        names = [name for name in path.split("/") if name]
        for depth in range(len(names), -1, -1):
            place = os.path.join(top, *names[:depth])
            try:
                if controllers:
                    quota = first_line(os.path.join(place, "cpu.cfs_quota_us"))
                    period = first_line(os.path.join(place, "cpu.cfs_period_us"))
                else:
                    quota, period = first_line(os.path.join(place, "cpu.max")).split()
                if quota.strip() != "max" and float(quota) > 0:
                    quotas.append(float(quota) / float(period))
            except (OSError, ValueError):
                continue
    return min(quotas, default=None)


def usable_cores() -> tuple[int, str]:
    """Give the cores that the process may use, and what limits them."""
    if hasattr(os, "sched_getaffinity"):
        count, why = len(os.sched_getaffinity(0)), "cores that the process may use"
    else:
        count, why = os.cpu_count() or 1, "cores of the machine"
    quota = cgroup_quota()
    if quota is not None and quota < count:
        count, why = max(1, math.ceil(quota)), f"cgroup quota of {quota:g} cores"
    return count, why
