"""The arguments that Keras's networks share, for the networks that pass theirs on to a family's builder."""

from __future__ import annotations

import inspect
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


def network(make: Callable[..., Model], classes: int = 1000) -> Callable[..., Model]:
    """Let a function of keyword arguments take these also in Keras's order, and be inspected as Keras's are.

    Args:
        make: what makes the network; it gets only those arguments that were given. Arguments that it names come first.
        classes: how many there are where none is given.
    """
    named = [one for one in inspect.signature(make).parameters.values() if one.kind is not Parameter.VAR_KEYWORD]
    shared = [
        Parameter(name, Parameter.POSITIONAL_OR_KEYWORD, default=value)
        for name, value in {**DEFAULTS, "classes": classes}.items()
    ]
    signature = Signature([*named, *shared, Parameter("more", Parameter.VAR_KEYWORD)])

    @wraps(make)
    def made(*args: Any, **kwargs: Any) -> Model:
        arguments = signature.bind(*args, **kwargs).arguments
        more = arguments.pop("more", {})
        return make(**arguments, **more)

    made.__signature__ = signature  # type: ignore[attr-defined]
    return made
