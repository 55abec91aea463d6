"""What the steps of optimizers are built of: a rule in NumPy, or one of the engine's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from convolith.engine import optimizer as engine
from convolith.graph.operation import Operation
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
    writes = (0, 4, 5, 6)
    keeps = (1, 2, 3)

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
        if gradient != parameter:
            raise ValueError(f"{self.name}: gradient must be {parameter}, as the parameter is, came {gradient}")
        given = {"slot": first_slot, "second slot": second_slot, "third slot": third_slot}
        for (argument, spec), expected in zip(given.items(), self.slots_of(parameter), strict=False):
            if spec is not None and spec != expected:
                raise ValueError(f"{self.name}: {argument} must be {expected}, came {spec}")
        self._check_number("learning_rate", learning_rate, "a number", "iuf")
        self._check_number("iterations", iterations, "an integer", "iu")
        return ()

    def slots_of(self, parameter: Spec) -> tuple[Spec, ...]:
        """Give what the slots of a parameter must be: by default as it is."""
        return (parameter,) * 3

    def _check_number(self, argument: str, spec: Spec, wanted: str, kinds: str) -> None:
        if spec.dtype.kind not in kinds:
            raise TypeError(f"{self.name}: {argument} must be {wanted}, came {spec.dtype}")
        if spec.shape != ():
            raise ValueError(f"{self.name}: {argument} must be {wanted}, of shape (), came shape {spec.shape}")

    def __call__(self, *inputs: Any) -> Any:
        """Do the step, or record it; missing slots are None."""
        return super().__call__(*inputs, *(None,) * (7 - len(inputs)))

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Step in place."""
        parameter, gradient, learning_rate, iterations, *slots = inputs
        present = [slot for slot in slots if slot is not None]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
            rate = float(learning_rate)
            if self.weight_decay:
                np.multiply(parameter, 1 - self.weight_decay * rate, out=parameter)
            self.update(rate, int(iterations) + 1, parameter, gradient, *present)

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
    """Base of the steps that the engine does, in one pass over the parameter: a subclass defines `kernel`."""

    def kernel(self, rate: float, step: int) -> tuple[str, tuple[float, ...]]:
        """Give the name of the engine's rule (csrc/kernels/optimizer.c) and its numbers; arguments as for `update`."""
        raise NotImplementedError(f"{self.name} must define kernel(rate, step)")

    def numbered(self, learning_rate: Any, iterations: Any) -> tuple[str, tuple[float, ...]]:
        """Give the rule and all of its numbers: those of the engine's `update`."""
        rate = float(learning_rate)
        rule, numbers = self.kernel(rate, int(iterations) + 1)
        return rule, (1 - self.weight_decay * rate, *numbers)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Step in place."""
        parameter, gradient, learning_rate, iterations, *slots = inputs
        present = [slot for slot in slots if slot is not None]
        engine.update(*self.numbered(learning_rate, iterations), parameter, gradient, present)
