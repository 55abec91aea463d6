"""What this installation consists of, how it runs, and what holds where nobody says otherwise."""

from __future__ import annotations

from typing import Any

from convolith.defaults import epsilon, floatx, image_data_format, set_epsilon, set_floatx, set_image_data_format
from convolith.engine import dispatch, winograd
from convolith.engine.threads import get_num_threads, has_openmp, num_threads_reason, set_num_threads, work_alone

__all__ = [
    "backend", "disable_interactive_logging", "disable_traceback_filtering", "disable_winograd",
    "enable_interactive_logging", "enable_winograd", "epsilon", "floatx", "get_num_threads", "image_data_format",
    "is_interactive_logging_enabled", "is_traceback_filtering_enabled", "is_winograd_enabled", "max_epochs",
    "max_steps_per_epoch", "set_epsilon", "set_floatx", "set_image_data_format", "set_max_epochs",
    "set_max_steps_per_epoch", "set_num_threads", "show_config", "work_alone",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)


_limits: dict[str, int | None] = {"max_epochs": None, "max_steps_per_epoch": None}
_interactive = True


def backend() -> str:
    """Return what computes: "convolith", which is none of Keras's backends.

    Source:
        keras.config.backend.

    Example:
        >>> from convolith.config import backend
        >>> backend()
        'convolith'
    """
    return "convolith"


def max_epochs() -> int | None:
    """Return the largest number of epochs that ``fit`` trains for, or None."""
    return _limits["max_epochs"]


def set_max_epochs(max_epochs: int | None) -> None:
    """Let ``fit`` train for no more epochs than these, to try a program out.

    Args:
        max_epochs: an integer > 0, or None for no limit.

    Raises:
        ValueError: it is neither.

    Source:
        keras.config.set_max_epochs.
    """
    _limits["max_epochs"] = _checked_limit("max_epochs", max_epochs)


def max_steps_per_epoch() -> int | None:
    """Return the largest number of batches that ``fit``, ``evaluate`` and ``predict`` take, or None."""
    return _limits["max_steps_per_epoch"]


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Let ``fit`` (an epoch), ``evaluate`` and ``predict`` take no more batches than these, to try a program out.

    Args:
        max_steps_per_epoch: an integer > 0, or None for no limit.

    Raises:
        ValueError: it is neither.

    Source:
        keras.config.set_max_steps_per_epoch.
    """
    _limits["max_steps_per_epoch"] = _checked_limit("max_steps_per_epoch", max_steps_per_epoch)


def _checked_limit(name: str, value: int | None) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise ValueError(f"set_{name}: {name} must be None or an integer > 0, got {value!r}")
    return value


def enable_interactive_logging() -> None:
    """Let ``fit``, ``evaluate`` and ``predict`` show their progress: the default."""
    global _interactive
    _interactive = True


def disable_interactive_logging() -> None:
    """Let them write a line for each epoch to the logger "convolith" instead, as suits a program without a terminal.

    Source:
        keras.config.disable_interactive_logging.

    Example:
        >>> from convolith import config
        >>> config.disable_interactive_logging()
        >>> config.is_interactive_logging_enabled()
        False
        >>> config.enable_interactive_logging()
    """
    global _interactive
    _interactive = False


def is_interactive_logging_enabled() -> bool:
    """Tell whether progress is shown rather than logged."""
    return _interactive


def disable_traceback_filtering() -> None:
    """Do nothing: convolith's tracebacks are always whole."""


def is_traceback_filtering_enabled() -> bool:
    """Tell that tracebacks are whole: False."""
    return False


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
        >>> from convolith.config import disable_winograd, enable_winograd, is_winograd_enabled
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
        >>> from convolith.config import show_config
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
