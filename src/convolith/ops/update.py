"""Changes to Variables: assignments and the optimizers' steps. They are effects: a trace does them at its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.engine import optimizer as engine
from convolith.graph.operation import Operation
from convolith.graph.tensor import Spec, Variable


class Assign(Operation):
    """variable = value."""

    writes = (0,)
    keeps = (1,)

    def infer(self, variable: Spec, value: Spec) -> tuple[Spec, ...]:
        """Refuse another shape or kind of number."""
        if value.shape != variable.shape:
            raise ValueError(f"{self.name}: value must have the variable's shape {variable.shape}, came {value.shape}")
        if not np.can_cast(value.dtype, variable.dtype, "same_kind"):
            raise TypeError(f"{self.name}: value must fit the variable's {variable.dtype}, came {value.dtype}")
        return ()

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy."""
        variable, value = inputs
        np.copyto(variable, value, casting="same_kind")


class AssignAdd(Assign):
    """variable += value."""

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Add in place."""
        variable, value = inputs
        np.add(variable, value, out=variable, casting="same_kind")


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
                f"{self.name}: {self.function!r} must give the variable's shape {variable.shape}, came {result.shape}"
            )
        np.copyto(variable, result, casting="same_kind")


@dataclass(frozen=True)
class SGDStep(Operation):
    """A step of stochastic gradient descent with momentum."""

    momentum: float
    nesterov: bool
    writes = (0, 2)
    keeps = (1, 3)

    def infer(
        self, parameter: Spec, gradient: Spec, velocity: Spec | None = None, learning_rate: Spec | None = None
    ) -> tuple[Spec, ...]:
        """Refuse slots of other shapes, and what is no learning rate."""
        _check(self.name, parameter, gradient=gradient, velocity=velocity)
        _check_number(self.name, "learning_rate", learning_rate, "iuf")
        return ()

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Step in place."""
        parameter, gradient, velocity, learning_rate = inputs
        engine.sgd(parameter, gradient, velocity, float(learning_rate), self.momentum, self.nesterov)


@dataclass(frozen=True)
class AdamStep(Operation):
    """A step of Adam."""

    beta_1: float
    beta_2: float
    epsilon: float
    writes = (0, 2, 3)
    keeps = (1, 4, 5)

    def infer(
        self,
        parameter: Spec,
        gradient: Spec,
        first_moment: Spec,
        second_moment: Spec,
        learning_rate: Spec,
        iterations: Spec,
    ) -> tuple[Spec, ...]:
        """Refuse slots of other shapes, and numbers out of range."""
        _check(self.name, parameter, gradient=gradient, first_moment=first_moment, second_moment=second_moment)
        _check_number(self.name, "learning_rate", learning_rate, "iuf")
        _check_number(self.name, "iterations", iterations, "iu")
        for argument, beta in (("beta_1", self.beta_1), ("beta_2", self.beta_2)):
            if not 0 <= beta < 1:
                raise ValueError(f"{self.name}: {argument} must be at least 0 and below 1, came {beta}")
        return ()

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Step in place."""
        parameter, gradient, first_moment, second_moment, learning_rate, iterations = inputs
        rates = float(learning_rate), self.beta_1, self.beta_2, self.epsilon
        engine.adam(parameter, gradient, first_moment, second_moment, *rates, int(iterations) + 1)


def assign(variable: Variable, value: Any) -> None:
    """Copy a value into a variable; inside a trace, at the end of each run.

    Args:
        variable: the Variable.
        value: array or tensor of its shape, and of a dtype that casts to its own within one kind of number.

    Raises:
        ValueError: if the shape is another.
        TypeError: if the kind of number is another.
    """
    Assign()(variable, value)


def assign_result(variable: Variable, function: Callable[[Any], Any]) -> None:
    """Replace a variable by a function of it; inside a trace, at the end of each run, after the changes before.

    Args:
        variable: the Variable.
        function: takes an array and gives one of the same shape; it is not differentiated.

    Raises:
        ValueError: if it gives another shape; the variable stays as it was.
    """
    AssignResult(function)(variable)


def assign_add(variable: Variable, value: Any) -> None:
    """Add a value to a variable; arguments and errors as for `assign`."""
    AssignAdd()(variable, value)


def move_average(variable: Variable, value: Any, momentum: float) -> None:
    """Move a variable towards a value: variable * momentum + value * (1 - momentum); arguments as in `assign`."""
    MoveAverage(momentum)(variable, value)


def sgd_step(
    parameter: Variable,
    gradient: Any,
    velocity: Variable | None,
    learning_rate: Any,
    momentum: float = 0.0,
    nesterov: bool = False,
) -> None:
    """Do Keras's SGD: v = momentum * v - learning_rate * gradient; parameter += v.

    With nesterov, parameter += momentum * v - learning_rate * gradient. Inside a trace, at the end of each run.

    Args:
        parameter: the Variable to train.
        gradient: array or tensor of its shape and dtype.
        velocity: Variable of its shape and dtype, or None without momentum.
        learning_rate: a number, or a Variable () which may change without a new trace.
        momentum: how much of the last step is kept.
        nesterov: whether to look one step ahead.

    Raises:
        ValueError: if shapes or dtypes differ, learning_rate is not a single number, or there is a momentum without a
            velocity.
        TypeError: if learning_rate is None or no number.
    """
    if momentum and velocity is None:
        raise ValueError(f"sgd_step: momentum = {momentum} needs a velocity, came None")
    SGDStep(float(momentum), bool(nesterov))(parameter, gradient, velocity, learning_rate)


def adam_step(
    parameter: Variable,
    gradient: Any,
    first_moment: Variable,
    second_moment: Variable,
    learning_rate: Any,
    iterations: Any,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
) -> None:
    """Do Keras's Adam; inside a trace, at the end of each run.

    With t = iterations + 1: m += (1 - beta_1) * (g - m); v += (1 - beta_2) * (g * g - v);
    parameter -= learning_rate * sqrt(1 - beta_2 ** t) / (1 - beta_1 ** t) * m / (sqrt(v) + epsilon).

    Args:
        parameter: the Variable to train.
        gradient: array or tensor of its shape and dtype.
        first_moment: Variable m, likewise.
        second_moment: Variable v, likewise.
        learning_rate: a number, or a Variable () which may change without a new trace.
        iterations: how many steps were done before: a number, or a Variable () of integers.
        beta_1: how much of m is kept, at least 0 and below 1.
        beta_2: how much of v is kept, likewise.
        epsilon: keeps the division finite.

    Raises:
        ValueError: if shapes or dtypes differ, learning_rate or iterations is not a single number, or a beta is out of
            range.
        TypeError: if learning_rate is None or no number, or iterations is not an integer.

    Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", arXiv 1412.6980, end of section 2.
    """
    step = AdamStep(float(beta_1), float(beta_2), float(epsilon))
    step(parameter, gradient, first_moment, second_moment, learning_rate, iterations)


def _check(name: str, parameter: Spec, **others: Spec | None) -> None:
    for argument, spec in others.items():
        if spec is not None and spec != parameter:
            raise ValueError(f"{name}: {argument} must be {parameter}, as the parameter is, came {spec}")


def _check_number(name: str, argument: str, spec: Spec | None, kinds: str) -> None:
    """Refuse what is not one number of the `kinds` of dtypes."""
    wanted = "a number" if "f" in kinds else "an integer"
    if spec is None or spec.dtype.kind not in kinds:
        raise TypeError(f"{name}: {argument} must be {wanted}, came {None if spec is None else spec.dtype}")
    if spec.shape != ():
        raise ValueError(f"{name}: {argument} must be {wanted}, of shape (), came shape {spec.shape}")
