"""Every argument of every public operation refuses what it can never be, with an error that names both."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.ops.keywords import function_of, keywords_of

PUBLIC = [name for name in ops.__all__ if name != "image"] + [f"image.{name}" for name in ops.image.__all__]
# They take anything, or a function.
ANYTHING = {"convert_to_numpy", "count_flops", "is_tensor", "output_shape"}
# Numbers, where arrays are welcome too.
ARRAYS_TOO = {"clip x_min", "clip x_max", "full fill_value", "full_like fill_value", "linspace start", "linspace stop"}

NO_ARRAYS = [object(), "text", [[1.0], [2.0, 3.0]], np.array(["text"]), np.array([1j]), {"a": 1}]
NO_VALUES = [object(), 1j, {"a": 1}, b"same", np.array([[0.5]])]
VALUES = {"image.crop_and_resize box_indices", "image.perspective_transform start_points"}
VALUES |= {"image.perspective_transform end_points", "dropout state"}


def is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim > 0


def wrong_values(what: str, value: Any) -> list[Any]:
    if is_array(value):
        return NO_ARRAYS
    if isinstance(value, list):  # of arrays, or of windows
        return [object(), "text", 1.0, [None], ["text"], {"a": 1}]
    return NO_VALUES[: -1 if what in ARRAYS_TOO else None]


def tensors(name: str, keywords: dict[str, Any]) -> dict[str, Any]:
    """The same with symbolic tensors, but where values are needed."""
    return {
        argument: Tensor(Spec(value.shape, value.dtype))
        if is_array(value) and value.dtype.kind in "biuf" and f"{name} {argument}" not in VALUES
        else value
        for argument, value in keywords.items()
    }


def check_refusal(name: str, argument: str, keywords: dict[str, Any]) -> None:
    module = ops.image if "." in name else ops
    aliases = {other for other in module.__all__ if getattr(module, other) is function_of(name)}
    with pytest.raises((TypeError, ValueError)) as refused:
        function_of(name)(**keywords)
    operation, _, message = str(refused.value).partition(":")
    assert operation in aliases, f"{name}: {argument}={keywords[argument]!r}: {refused.value}"
    assert re.search(rf"\b{argument}\b", message), f"{name}: {argument}={keywords[argument]!r}: {refused.value}"


@pytest.mark.parametrize("name", [name for name in PUBLIC if name not in ANYTHING])
def test_what_an_argument_can_never_be(name):
    keywords = keywords_of(name)
    if name != "einsum":  # whose operands have no names
        function_of(name)(**keywords)
    for argument, value in keywords.items():
        for wrong in wrong_values(f"{name} {argument}", value):
            check_refusal(name, argument, {**keywords, argument: wrong})
            if not is_array(wrong):
                check_refusal(name, argument, {**tensors(name, keywords), argument: wrong})
