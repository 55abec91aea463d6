"""What the figures were measured on, in a line."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = ("convolith", "torch", "numpy")


def describe(threads: int) -> str:
    """Processor, cores, threads, system, Python and the libraries' versions."""
    parts = [f"{processor()}, {os.cpu_count()} cores, {threads} threads each", platform.system()]
    parts.append(f"Python {platform.python_version()}")
    for name in LIBRARIES:
        try:
            parts.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            parts.append(f"{name} not installed")
    return "; ".join(parts)


def processor() -> str:
    """The processor's name and what its clock says, as the system tells."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return " ".join(line.split(":", 1)[1].split())
    return platform.processor() or platform.machine()
