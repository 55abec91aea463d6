"""What callbacks that set the learning rate need of the optimizer."""

from __future__ import annotations

from typing import Any

from convolith.optimizers import MultiOptimizer


def check_settable(callback: str, model: Any) -> None:
    """Refuse, when training begins, an optimizer without one learning rate.

    Args:
        callback: the callback's name, for the error.
        model: compiled; None where the callback has not been given one.

    Raises:
        ValueError: the model is trained by several optimizers.
    """
    if model is not None and isinstance(model.optimizer, MultiOptimizer):
        raise ValueError(
            f"{callback}: {model.name} is trained by a MultiOptimizer, which has no learning_rate to set: each of its "
            f"optimizers has one, which may follow a schedule of its own"
        )
