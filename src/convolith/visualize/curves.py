"""Loss and metrics over the epochs of a training."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from convolith.files import replace


def plot_history(history: Any, path: str | os.PathLike[str] | None = None) -> Any:
    """Draw one panel a quantity, training and validation together, epoch by epoch.

    Needs no display and leaves pyplot alone: the figure belongs to the caller only.

    Args:
        history: what ``fit`` returns (a History), or its ``history``: by name, one float an epoch; "val_" before a name
            marks the validation's.
        path: where to write the picture (.png, .svg, .pdf ...), under a temporary name first; None writes nothing.

    Returns:
        The matplotlib Figure.

    Raises:
        ValueError: There is no epoch to draw, or the lists differ in length.
        ImportError: matplotlib is not installed.

    Example:
        >>> from convolith.visualize import plot_history
        >>> figure = plot_history({"loss": [2.1, 1.2], "val_loss": [1.9, 1.3]})  # doctest: +SKIP
        >>> len(figure.axes)  # doctest: +SKIP
        1
    """
    curves: Mapping[str, Sequence[float]] = getattr(history, "history", history)
    lengths = {name: len(values) for name, values in curves.items()}
    if not lengths or 0 in lengths.values() or len(set(lengths.values())) > 1:
        raise ValueError(f"plot_history: history must hold lists of one float an epoch, got lengths {lengths}")
    try:
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator
    except ImportError:
        raise ImportError('drawing curves needs matplotlib: pip install "convolith[plot]"') from None
    quantities = list(dict.fromkeys(name.removeprefix("val_") for name in curves))
    figure = Figure(figsize=(5 * len(quantities), 4), layout="constrained")
    for axes, quantity in zip(figure.subplots(1, len(quantities), squeeze=False)[0], quantities, strict=True):
        for name, label in ((quantity, "training"), (f"val_{quantity}", "validation")):
            if name in curves:
                epochs = range(1, len(curves[name]) + 1)
                axes.plot(epochs, curves[name], marker="." if len(epochs) < 50 else None, label=label)
        axes.set(xlabel="epoch", title=quantity)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend()
    if path is not None:
        replace(Path(path), lambda temporary: figure.savefig(temporary, dpi=120))
    return figure
