"""The arguments that Keras's networks share, for the networks that pass theirs on to a family's builder."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, Signature
from typing import Any

from convolith.models import Model

DEFAULTS = {
    "include_top": True,
    "weights": None,
    "input_tensor": None,
    "input_shape": None,
    "pooling": None,
    "classes": 1000,
    "classifier_activation": "softmax",
    "name": None,
}
KERAS = Signature(
    [
        *(Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=value) for name, value in DEFAULTS.items()),
        Parameter("more", Parameter.VAR_KEYWORD),
    ]
)


def network(make: Callable[..., Model]) -> Callable[..., Model]:
    """Let a function of keyword arguments take these also in Keras's order, and be inspected as Keras's are.

    Args:
        make: what makes the network; it gets only those arguments that were given.
    """

    @wraps(make)
    def made(*args: Any, **kwargs: Any) -> Model:
        arguments = KERAS.bind(*args, **kwargs).arguments
        more = arguments.pop("more", {})
        return make(**arguments, **more)

    made.__signature__ = KERAS  # type: ignore[attr-defined]
    return made
