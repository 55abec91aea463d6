"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = ("convolith", "torch", "onnxruntime", "numpy")


def about(threads: int) -> dict[str, str]:
    """Processor, cores, threads, instruction set, system, Python and the libraries' versions."""
    from convolith.engine import dispatch

    return {
        "processor": processor(),
        "cores": str(os.cpu_count()),
        "threads": str(threads),
        "instructions": dispatch.isa(),
        "system": platform.system(),
        "Python": platform.python_version(),
        **{name: _version(name) for name in LIBRARIES},
    }


def describe(threads: int) -> str:
    """The same in a line."""
    known = about(threads)
    parts = [f"{known['processor']}, {known['cores']} cores, {threads} threads each, {known['instructions']}"]
    parts += [known["system"], f"Python {known['Python']}", *(f"{name} {known[name]}" for name in LIBRARIES)]
    return "; ".join(parts)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def processor() -> str:
    """The processor's name and what its clock says, as the system tells."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return " ".join(line.split(":", 1)[1].split())
    return platform.processor() or platform.machine()
