"""Checks of optimizers' arguments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from convolith.graph.tensor import Variable
from convolith.ops.arguments import flag, is_finite

COMMON = (
    "weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "use_ema", "ema_momentum", "ema_overwrite_frequency",
    "loss_scale_factor", "gradient_accumulation_steps",
)  # fmt: skip
"""The arguments of every optimizer but its learning rate and name."""
RENAMED = {
    "lr": "learning_rate",
    "beta1": "beta_1",
    "beta2": "beta_2",
    "decay": "learning_rate=schedules.InverseTimeDecay(initial_learning_rate, decay_steps=1, decay_rate=decay)",
}


def is_number(value: Any) -> bool:
    """Tell whether a value is one real number, and no integer that no float holds."""
    real = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    return real and (not isinstance(value, int) or is_finite(value))


def share(owner: str, argument: str, value: Any, below_one: bool = False) -> float:
    """Return a number in [0, 1], or in [0, 1).

    Raises:
        ValueError: it is none.
    """
    if not is_number(value) or not 0 <= value <= 1 or (below_one and value == 1):
        raise ValueError(f"{owner}: {argument} must be a number in [0, 1{')' if below_one else ']'}, got {value!r}")
    return float(value)


def at_least_zero(owner: str, **values: Any) -> None:
    """Check numbers.

    Raises:
        ValueError: one is none, or is below 0.
    """
    for argument, value in values.items():
        if not is_number(value) or not value >= 0:
            raise ValueError(f"{owner}: {argument} must be a number >= 0, got {value!r}")


def checked_weights(owner: str, weights: Any) -> list[Variable]:
    """Return weights as a list.

    Raises:
        TypeError: one is no Variable, or they are no list.
    """
    if isinstance(weights, Variable) or not isinstance(weights, Iterable):
        raise TypeError(f"{owner}: weights must be a list of Variables, got {weights!r}")
    weights = list(weights)
    for weight in weights:
        if not isinstance(weight, Variable):
            raise TypeError(f"{owner}: weights must be Variables, got {type(weight).__name__}")
    return weights


def checked_common(owner: str, given: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of every optimizer.

    Args:
        owner: the class's name, for errors.
        given: a value for each of ``COMMON``.
        others: arguments of no name that it has.

    Raises:
        TypeError: use_ema is neither True nor False.
        ValueError: one is out of range, or of an old or unknown name.
    """
    for argument in others:
        if argument in RENAMED:
            raise ValueError(f"{owner}: {argument} is called {RENAMED[argument]} now")
        raise ValueError(f"{owner}: unknown argument {argument!r}")
    clips = {argument: given[argument] for argument in ("clipnorm", "clipvalue", "global_clipnorm")}
    factors = {**clips, "weight_decay": given["weight_decay"]}
    for argument, value in factors.items():
        if value is not None:
            at_least_zero(owner, **{argument: value})
            factors[argument] = float(value)  # one of NumPy's own would make gradients wider
    if sum(value is not None for value in clips.values()) > 1:
        raise ValueError(f"{owner}: only one of clipnorm, clipvalue and global_clipnorm may be given, got {clips}")
    if given["loss_scale_factor"] is not None:
        raise ValueError(
            f"{owner}: loss_scale_factor must be None: convolith trains in float32, which needs no scaling, "
            f"got {given['loss_scale_factor']!r}"
        )
    for argument, least in (("ema_overwrite_frequency", 1), ("gradient_accumulation_steps", 2)):
        value = given[argument]
        if value is not None and (not isinstance(value, (int, np.integer)) or value is True or value < least):
            raise ValueError(f"{owner}: {argument} must be None or an integer >= {least}, got {value!r}")
    share(owner, "ema_momentum", given["ema_momentum"])
    return {**given, **factors, "use_ema": flag(owner, "use_ema", given["use_ema"])}
