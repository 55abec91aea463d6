"""Assignments to Variables. They are effects: a trace does them at its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.dtypes import whole_number
from convolith.graph.operation import Node, Operation
from convolith.graph.operators import operators
from convolith.graph.recording import current
from convolith.graph.shape_pass import shapes_alone
from convolith.graph.tensor import Constant, Spec, Tensor, Variable
from convolith.ops.conversion import cast
from convolith.ops.elementwise import broadcast


class Assign(Operation):
    """variable = value."""

    writes = (0,)
    keeps = (1,)

    def infer(self, variable: Spec, value: Spec) -> tuple[Spec, ...]:
        """Refuse another shape or kind of number."""
        if value.shape != variable.shape:
            raise ValueError(f"{self.name}: value must have the variable's shape {variable.shape}, got {value.shape}")
        if not np.can_cast(value.dtype, variable.dtype, "same_kind"):
            raise TypeError(f"{self.name}: value must fit the variable's {variable.dtype}, got {value.dtype}")
        return ()

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy."""
        variable, value = inputs
        np.copyto(variable, value, casting="same_kind")


class Assigned(Operation):
    """A value that a variable was given, as what is read of it: the gradient is the variable's."""

    keeps = (0, 1)

    def infer(self, variable: Spec, value: Spec) -> Spec:
        """Give the value's."""
        return value

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy."""
        np.copyto(outputs[0], inputs[1])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Go on to the variable alone."""
        return (upstreams[0], None)


@dataclass(frozen=True)
class Changed(Operation):
    """A variable plus or minus a value, in the variable's dtype, where integers wrap round as NumPy's do."""

    subtracts: bool
    keeps = (0, 1)

    @property
    def name(self) -> str:
        """The name in messages: what it is computed for."""
        return "assign_sub" if self.subtracts else "assign_add"

    def infer(self, variable: Spec, value: Spec) -> Spec:
        """Refuse what does not broadcast to the variable's shape, and another kind of number."""
        if broadcast(self.name, variable=variable.shape, value=value.shape) != variable.shape:
            raise ValueError(
                f"{self.name}: value must broadcast to the variable's shape {variable.shape}, got {value.shape}"
            )
        if not np.can_cast(value.dtype, variable.dtype, "same_kind"):
            raise TypeError(f"{self.name}: value must fit the variable's {variable.dtype}, got {value.dtype}")
        return variable

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Add or subtract."""
        variable, value = inputs
        function = np.subtract if self.subtracts else np.add
        function(variable, value, out=outputs[0], casting="same_kind")


@dataclass(frozen=True)
class MoveAverage(Assign):
    """variable = variable * momentum + value * (1 - momentum)."""

    momentum: float

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Move in place."""
        variable, value = inputs
        np.multiply(variable, self.momentum, out=variable)
        np.add(variable, value * (1 - self.momentum), out=variable, casting="same_kind")


@dataclass(frozen=True)
class AssignResult(Operation):
    """variable = function(variable), of the value that earlier effects have given it."""

    function: Callable[[Any], Any]
    writes = (0,)

    def infer(self, variable: Spec) -> tuple[Spec, ...]:
        """Take any variable."""
        return ()

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Compute, and copy if the shape is right."""
        (variable,) = inputs
        result = np.asarray(self.function(variable))
        if result.shape != variable.shape:
            raise ValueError(
                f"{self.name}: {self.function!r} must give the variable's shape {variable.shape}, got {result.shape}"
            )
        np.copyto(variable, result, casting="same_kind")


def in_full(value: Any) -> Any:
    """Make an array of numbers that are none: the variable's dtype decides how they are rounded, not `floatx`."""
    return value if hasattr(value, "dtype") else np.asarray(value)


def _operand(name: str, variable: Variable, value: Any) -> Any:
    """Do the same, a Python integer in the variable's own dtype, as NumPy adds it.

    Raises:
        OverflowError: the variable's integers do not hold it.
    """
    if type(value) is not int or variable.dtype.kind not in "iu":
        return in_full(value)
    return whole_number(f"{name}: Variable {variable.path}", variable.dtype, value)


def assign(variable: Variable, value: Any) -> None:
    """Copy a value into a variable; inside a trace, at the end of each run.

    Args:
        variable: the Variable.
        value: array or tensor of its shape, and of a dtype that casts to its own within one kind of number.

    Raises:
        ValueError: if the shape is another.
        TypeError: if the kind of number is another.
    """
    Assign()(variable, in_full(value))


def assign_recorded(variable: Variable, value: Any) -> None:
    """Do what ``Variable.assign`` means where it is recorded: reads that follow give the value.

    Their gradient is the variable's, as if it had held the value before. Args and errors are those of `assign`.
    """
    value = value if isinstance(value, Tensor) else Constant(_operand("assign", variable, value))
    if shapes_alone():
        Assign().infer(variable.spec, value.spec)
        return
    following = Assigned()(variable, cast(value, variable.dtype))
    assign(variable, value)
    recording = current.get()
    if recording is not None:
        recording.known[variable] = following


def assign_add(variable: Variable, value: Any) -> None:
    """Do what ``Variable.assign_add`` means: assign the variable plus a value, now or, in a trace, in each run.

    Args:
        variable: the Variable.
        value: array or tensor that broadcasts to its shape, and of a dtype that casts to its own within one kind of
            number.

    Raises:
        ValueError: if the shape does not broadcast to the variable's.
        TypeError: if the kind of number is another.
        OverflowError: for a Python integer that the variable's integers do not hold. Sums wrap round, as NumPy's.
    """
    variable.assign(Changed(subtracts=False)(variable, _operand("assign_add", variable, value)))


def assign_sub(variable: Variable, value: Any) -> None:
    """Do what ``Variable.assign_sub`` means; arguments and errors as for `assign_add`."""
    variable.assign(Changed(subtracts=True)(variable, _operand("assign_sub", variable, value)))


def assign_result(variable: Variable, function: Callable[[Any], Any]) -> None:
    """Replace a variable by a function of it; inside a trace, at the end of each run, after the changes before.

    Args:
        variable: the Variable.
        function: takes an array and gives one of the same shape; it is not differentiated.

    Raises:
        ValueError: if it gives another shape; the variable stays as it was.
    """
    AssignResult(function)(variable)


def move_average(variable: Variable, value: Any, momentum: float) -> None:
    """Move a variable towards a value: variable * momentum + value * (1 - momentum); arguments as in `assign`."""
    MoveAverage(momentum)(variable, in_full(value))


operators.update(assign=assign_recorded, assign_add=assign_add, assign_sub=assign_sub)
