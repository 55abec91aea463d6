"""How much memory the process may still take."""

from __future__ import annotations

from pathlib import Path

GROUP = Path("/sys/fs/cgroup")  # of version 2, and below it the files of version 1
LIMITS = (
    (GROUP / "memory.max", GROUP / "memory.current"),
    (GROUP / "memory" / "memory.limit_in_bytes", GROUP / "memory" / "memory.usage_in_bytes"),
)


def free_memory() -> int | None:
    """Return the bytes that the machine, and the control group of a container, have left; None where unknown."""
    left = [_of_machine(), *(_of_group(limit, used) for limit, used in LIMITS)]
    known = [size for size in left if size is not None]
    return min(known) if known else None


def _of_machine(path: Path = Path("/proc/meminfo")) -> int | None:
    try:
        lines = path.read_text().splitlines()
    except OSError:  # this is no Linux
        return None
    for line in lines:
        name, _, amount = line.partition(":")
        if name == "MemAvailable":
            return int(amount.split()[0]) * 1024
    return None


def _of_group(limit: Path, used: Path) -> int | None:
    try:
        return max(0, int(limit.read_text()) - int(used.read_text()))
    except (OSError, ValueError):  # there is no such file, or it says "max"
        return None
