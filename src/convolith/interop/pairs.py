"""The weights of a file beside the variables that they are for: given to them all, or none."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from convolith.graph.tensor import Variable


class Pair(NamedTuple):
    """A variable and what it shall become."""

    name: str
    """Of the weight in the file, for the messages."""
    variable: Variable
    array: Any
    """A NumPy array, or what tells its shape and dtype before it is read by ``array[()]``; None where there is none."""


def assign(pairs: Iterable[Pair], skip_mismatch: bool = False) -> None:
    """Copy each array into its variable, all or none.

    Args:
        pairs: what belongs together.
        skip_mismatch: whether what does not fit is left as it is, with a warning, in place of an error.

    Raises:
        ValueError: an array is missing, or its shape or kind of numbers is not its variable's; it is not read then.
    """
    values: list[tuple[Variable, np.ndarray]] = []
    for name, variable, array in pairs:
        fault = None
        if array is None:
            fault = f"{name} is missing, for {variable.path} {variable.spec}"
        elif tuple(array.shape) != variable.shape or not _same_kind(array.dtype, variable.dtype):
            fault = f"{name} must be {variable.spec} for {variable.path}, got {array.dtype}{list(array.shape)}"
        if fault is None:
            values.append((variable, np.asarray(array[()])))
        elif skip_mismatch:
            warnings.warn(f"skipped: {fault}", stacklevel=4)
        else:
            raise ValueError(f"the weights are of another model: {fault}")
    for variable, value in values:
        variable.assign(value)


def _same_kind(found: np.dtype, wanted: np.dtype) -> bool:
    """Tell whether numbers of one dtype are what a variable of another holds: floats, integers or bools."""
    return found.kind == wanted.kind or (found.kind in "iu" and wanted.kind in "iu")
