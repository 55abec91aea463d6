"""What an optimizer keeps from step to step: the count of steps, the learning rate, and slots for each weight."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from convolith.defaults import floatx
from convolith.graph.arena import empty
from convolith.graph.recording import current
from convolith.graph.tensor import Variable
from convolith.ops.update_effect import LearningRate, Quotient
from convolith.optimizers.arguments import checked_weights
from convolith.optimizers.schedules import deserialize
from convolith.optimizers.schedules.schedule import LearningRateSchedule


class Scalar(Variable):
    """A variable of shape () that turns into a Python number."""

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)


class OptimizerState:
    """Base of ``Optimizer``.

    Args:
        learning_rate: as for ``Optimizer``.
    """

    slots: tuple[str, ...] = ()
    """Names of the arrays of a weight's shape that a step keeps."""

    use_ema: bool
    gradient_accumulation_steps: int | None

    def __init__(self, learning_rate: Any):
        self._iterations = Scalar(np.zeros((), np.int64), trainable=False, name="iterations")
        self._learning_rate = Scalar(np.zeros((), floatx()), trainable=False, name="learning_rate")
        self._schedule: Any = None
        self.slots_by_weight: dict[Variable, list[Variable]] = {}
        OptimizerState.learning_rate.fset(self, learning_rate)  # type: ignore[attr-defined]

    @property
    def learning_rate(self) -> Any:
        """The learning rate: a Variable of shape (), or what the schedule gives for the next step.

        It is of ``config.floatx()``, as in Keras. ``float(...)`` gives its value, assigning changes it. Within a step
        that is traced a schedule gives a tensor, worked out at each run.
        """
        return self._learning_rate if self._schedule is None else LearningRate(self._rate)(self._iterations)

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        owner = type(self).__name__
        if isinstance(value, Variable):
            value = value.numpy()
        if isinstance(value, LearningRateSchedule) or (callable(value) and not isinstance(value, type)):
            self._schedule = value
            return
        if isinstance(value, dict):
            self._schedule = deserialize(value)
            return
        if isinstance(self._schedule, LearningRateSchedule):
            raise TypeError(
                f"{owner}: the learning rate follows {self._schedule!r}, so it cannot be set to {value!r}; "
                f"compile with a number to set it later"
            )
        number = np.asarray(value)
        if number.shape != () or number.dtype.kind not in "iuf" or not number >= 0:
            raise ValueError(f"{owner}: learning_rate must be a number >= 0 or a schedule, got {value!r}")
        self._schedule = None
        self._learning_rate.assign(float(number))

    def _rate(self, iterations: int) -> float:
        """Give the learning rate after a number of steps."""
        if self._schedule is None:
            return float(self._learning_rate)
        number = self._schedule(iterations) if isinstance(self._schedule, LearningRateSchedule) else self._schedule()
        array = np.asarray(number)
        if array.size != 1 or array.dtype.kind not in "iuf":
            raise TypeError(
                f"{type(self).__name__}: learning_rate must give a number, got {number!r} from {self._schedule!r}"
            )
        return float(array.item())

    @property
    def iterations(self) -> Any:
        """The number of steps done: a Variable of shape (), with accumulation an int, within a trace a tensor."""
        period = self.gradient_accumulation_steps
        if period is None:
            return self._iterations
        return int(self._iterations) // period if current.get() is None else Quotient(period)(self._iterations)

    @property
    def built(self) -> bool:
        """Whether the slots of any weight were made."""
        return bool(self.slots_by_weight)

    @property
    def slot_names(self) -> tuple[str, ...]:
        """The names of all that is kept a weight: the step's slots, then what averages and sums gradients need."""
        average = ("average",) if self.use_ema else ()
        return (*self.slots, *average, *(("gradient_accumulator",) if self.gradient_accumulation_steps else ()))

    @property
    def scalars(self) -> list[Variable]:
        """What is kept once: the iterations, the learning rate unless it follows a schedule."""
        return [self._iterations, *([self._learning_rate] if self._schedule is None else [])]

    @property
    def variables(self) -> list[Variable]:
        """The scalars, then the slots, slot by slot."""
        kinds = range(len(self.slot_names))
        return [*self.scalars, *(slots[index] for index in kinds for slots in self.slots_by_weight.values())]

    def first_value(self, slot: str) -> float:
        """Give what a slot is filled with at first."""
        return 0.0

    def build(self, variables: Iterable[Variable], filled: bool = True) -> None:
        """Make slots (of the weight's shape and dtype) for the weights that have none yet.

        Args:
            variables: the weights.
            filled: False leaves them as they come, which takes no memory: for a plan that never runs.

        Raises:
            TypeError: a weight is no Variable.
        """
        for variable in checked_weights(type(self).__name__, variables):
            if variable not in self.slots_by_weight:
                self.slots_by_weight[variable] = self.first_slots(variable, filled)

    def first_slots(self, variable: Variable, filled: bool = True) -> list[Variable]:
        """Make what a weight's slots are before its first step; arguments as in ``build``."""
        return [self._made(variable, name, filled) for name in self.slot_names]

    def _made(self, variable: Variable, name: str, filled: bool) -> Variable:
        memory = empty(self.slot_shape(variable, name), variable.dtype)
        if filled:
            memory.fill(self.first_value(name))
        return Variable(memory, False, name, f"{variable.path}/{name}", own=True)

    def slot_shape(self, variable: Variable, slot: str) -> tuple[int, ...]:
        """Give the shape of a weight's slot: by default the weight's; (0,) for one that it does not need."""
        return variable.value.shape

    def named_scalars(self) -> dict[str, Variable]:
        """Give what is kept once, by name."""
        return {str(scalar.name): scalar for scalar in self.scalars}

    def named_slots(self, variable: Variable) -> dict[str, Variable]:
        """Give what is kept for a weight, by name."""
        return dict(zip(self.slot_names, self.slots_by_weight[variable], strict=True))

    def slot(self, variable: Variable, name: str) -> Variable:
        """Give what is kept for a weight under a name."""
        return self.named_slots(variable)[name]
