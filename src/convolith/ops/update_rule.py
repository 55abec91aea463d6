"""What the steps of optimizers are built of: a rule in NumPy, or one of the engine's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from convolith.engine import optimizer as engine
from convolith.graph.operation import Again, Operation
from convolith.graph.tensor import Spec


@dataclass(frozen=True)
class UpdateRule(Operation):
    """Base of the steps that are written with NumPy: a subclass defines `update`.

    Its inputs are the parameter, the gradient, the learning rate, the number of steps done before, and up to three
    slots, of which None are missing.

    weight_decay: the parameter is multiplied by 1 - weight_decay * learning_rate first.

    Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", arXiv 1711.05101.
    """

    weight_decay: float = field(default=0.0, kw_only=True)
    writes: ClassVar[tuple[int, ...]] = (0, 4, 5, 6)
    keeps: ClassVar[tuple[int, ...]] = (1, 2, 3)

    def infer(
        self,
        parameter: Spec,
        gradient: Spec,
        learning_rate: Spec,
        iterations: Spec,
        first_slot: Spec | None = None,
        second_slot: Spec | None = None,
        third_slot: Spec | None = None,
    ) -> tuple[Spec, ...]:
        """Refuse gradients and slots of other shapes or dtypes, and what is no learning rate or no count."""
        self.check_arrays(parameter, gradient, first_slot, second_slot, third_slot)
        self.check_numbers(learning_rate, iterations)
        return ()

    def check_arrays(self, parameter: Spec, gradient: Spec, *slots: Spec | None) -> None:
        """Refuse gradients and slots of other shapes or dtypes.

        Raises:
            ValueError: naming the argument.
        """
        if gradient != parameter:
            raise ValueError(f"{self.name}: gradient must be {parameter}, as the parameter is, got {gradient}")
        names = ("slot", "second slot", "third slot")
        for argument, spec, expected in zip(names, slots, self.slots_of(parameter), strict=False):
            if spec is not None and spec != expected:
                raise ValueError(f"{self.name}: {argument} must be {expected}, got {spec}")

    def check_numbers(self, learning_rate: Spec, iterations: Spec) -> None:
        """Refuse what is no learning rate or no count.

        Raises:
            TypeError: if one is no number.
            ValueError: if one is several.
        """
        self._check_number("learning_rate", learning_rate, "a number", "iuf")
        self._check_number("iterations", iterations, "an integer", "iu")

    def slots_of(self, parameter: Spec) -> tuple[Spec, ...]:
        """Give what the slots of a parameter must be: by default as it is."""
        return (parameter,) * 3

    def _check_number(self, argument: str, spec: Spec, wanted: str, kinds: str) -> None:
        if spec.dtype.kind not in kinds:
            raise TypeError(f"{self.name}: {argument} must be {wanted}, got {spec.dtype}")
        if spec.shape != ():
            raise ValueError(f"{self.name}: {argument} must be {wanted}, of shape (), got shape {spec.shape}")

    def __call__(self, parameter: Any, gradient: Any, learning_rate: Any, iterations: Any, *slots: Any) -> Any:
        """Do the step, or record it; missing slots are None."""
        return self.along(parameter, gradient, self.settings(learning_rate, iterations), *slots)

    def settings(self, learning_rate: Any, iterations: Any) -> tuple[Any, ...]:
        """Give what all parameters that do this step have in common, as `along` takes it."""
        return learning_rate, iterations

    def along(self, parameter: Any, gradient: Any, settings: tuple[Any, ...], *slots: Any) -> Any:
        """Do the step, or record it, with settings that other parameters may share."""
        return super().__call__(parameter, gradient, *settings, *slots, *(None,) * (3 - len(slots)))

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Step in place."""
        parameter, gradient, learning_rate, iterations, *slots = inputs
        present = [slot for slot in slots if slot is not None]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
            rate = float(learning_rate)
            if self.weight_decay:
                np.multiply(parameter, 1 - self.weight_decay * rate, out=parameter)
            self.update(rate, int(iterations) + 1, parameter, gradient, *present)
        return None

    def update(self, rate: float, step: int, *arrays: np.ndarray) -> None:
        """Change the parameter and the slots in place.

        Args:
            rate: the learning rate.
            step: number of this step, from 1.
            arrays: the parameter, the gradient (which stays as it is) and the slots.
        """
        raise NotImplementedError(f"{self.name} must define update(rate, step, *arrays)")


@dataclass(frozen=True)
class FusedRule(UpdateRule):
    """Base of the steps that the engine does, in one pass over the parameter: a subclass has `kernel` and `numbers`.

    Its inputs are the parameter, the gradient, the step's numbers (`StepNumbers`) and the slots.
    """

    kernel: ClassVar[str]
    """The name of the engine's rule (csrc/kernels/optimizer.c)."""
    writes = (0, 3, 4, 5)
    keeps = (1, 2)

    def infer(  # type: ignore[override]
        self,
        parameter: Spec,
        gradient: Spec,
        numbers: Spec,
        first_slot: Spec | None = None,
        second_slot: Spec | None = None,
        third_slot: Spec | None = None,
    ) -> tuple[Spec, ...]:
        """Refuse gradients and slots of other shapes or dtypes."""
        self.check_arrays(parameter, gradient, first_slot, second_slot, third_slot)
        return ()

    def settings(self, learning_rate: Any, iterations: Any) -> tuple[Any, ...]:
        """Work the numbers out."""
        return (StepNumbers(self)(learning_rate, iterations),)

    def numbers(self, rate: float, step: int) -> tuple[float, ...]:
        """Give the rule's numbers; arguments as for `update`."""
        raise NotImplementedError(f"{self.name} must define kernel and numbers(rate, step)")

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Step in place."""
        parameter, gradient, numbers, *slots = inputs
        return engine.update(self.kernel, numbers, parameter, gradient, [slot for slot in slots if slot is not None])


@dataclass(frozen=True)
class StepNumbers(Operation):
    """What the engine multiplies and adds in a step of a rule, from the learning rate and the number of steps before.

    The first number is what stays of the parameter, the others are the rule's.
    """

    rule: FusedRule
    keeps = (0, 1)

    @property
    def name(self) -> str:
        """The rule's."""
        return self.rule.name

    def infer(self, learning_rate: Spec, iterations: Spec) -> Spec:
        """Refuse what is no learning rate or no count."""
        self.rule.check_numbers(learning_rate, iterations)
        return Spec((engine.NUMBERS,), np.dtype(np.float64))

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Round to double."""
        rate, step = float(inputs[0]), int(inputs[1]) + 1
        numbers = 1 - self.rule.weight_decay * rate, *self.rule.numbers(rate, step)
        outputs[0][: len(numbers)] = numbers
        outputs[0][len(numbers) :] = 0
