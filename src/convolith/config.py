"""What this installation consists of and how it runs."""

from __future__ import annotations

from typing import Any

from convolith.engine import dispatch, winograd
from convolith.engine.threads import get_num_threads, has_openmp, num_threads_reason, set_num_threads, work_alone

__all__ = [
    "disable_winograd",
    "enable_winograd",
    "get_num_threads",
    "is_winograd_enabled",
    "set_num_threads",
    "show_config",
    "work_alone",
]


def enable_winograd() -> None:
    """Let float32 convolutions of 3x3 and 5x5 with stride 1 be computed by Winograd's minimal filtering: the default.

    Where it pays, it is up to 3.5 times faster than by definition; of normal numbers, each pass of the usual networks'
    layers is within 1e-5 of the largest true value. float64 is always computed by definition. The environment variable
    ``CONVOLITH_WINOGRAD=0`` turns it off from the start.

    Source:
        Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", arXiv 1509.09308.
    """
    winograd.enable(True)


def disable_winograd() -> None:
    """Compute every convolution by definition: slower, with about a fifth of that error.

    Example:
        >>> disable_winograd()
        >>> is_winograd_enabled()
        False
        >>> enable_winograd()
    """
    winograd.enable(False)


def is_winograd_enabled() -> bool:
    """Tell whether convolutions may be computed by Winograd's minimal filtering."""
    return winograd.is_enabled()


def show_config(mode: str = "stdout") -> dict[str, Any] | None:
    """Print versions, instruction set, threads and why that number, compiler and flags: what a bug report needs.

    Args:
        mode: "stdout" prints one line an entry; "dicts" returns them instead, as ``numpy.show_config`` does.

    Returns:
        None, or with mode="dicts" a dict of the entries, in the order printed.

    Raises:
        ValueError: ``mode`` is neither.

    Example:
        >>> sorted(show_config(mode="dicts"))[:3]
        ['build', 'convolith', 'instruction_set']
    """
    if mode not in ("stdout", "dicts"):
        raise ValueError(f"show_config: mode must be 'stdout' or 'dicts', got {mode!r}")
    config = _config()
    if mode == "dicts":
        return config
    instruction_set, threads = config["instruction_set"], config["threads"]
    print(f"convolith: {config['convolith']}")
    print(f"numpy: {config['numpy']}")
    print(f"python: {config['python']}")
    print(f"platform: {config['platform']}")
    print(f"instruction set: {instruction_set['used']} (available: {', '.join(instruction_set['available'])})")
    print(f"threads: {threads['number']} ({threads['reason']}), OpenMP: {'yes' if threads['openmp'] else 'no'}")
    print(f"winograd: {'on' if config['winograd'] else 'off'}")
    for name, value in config["build"].items():
        print(f"{name.replace('_', ' ')}: {value}")
    return None


def _config() -> dict[str, Any]:
    import importlib.metadata
    import platform

    import numpy as np

    return {
        "convolith": importlib.metadata.version("convolith"),
        "numpy": np.__version__,
        "python": f"{platform.python_version()} ({platform.python_implementation()})",
        "platform": platform.platform(),
        "instruction_set": {"used": dispatch.isa(), "available": dispatch.available_isas()},
        "threads": {"number": get_num_threads(), "reason": num_threads_reason(), "openmp": has_openmp()},
        "winograd": winograd.is_enabled(),
        "build": dict(dispatch.build_info()),
    }
