"""What optimizers do around a step: learning rates, weight decay, moving averages, sums, and effects now and then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.defaults import floatx
from convolith.graph.operation import Operation
from convolith.graph.recording import Recording, current
from convolith.graph.tensor import Spec

BLOCK = 1 << 14  # elements that are worked on at a time: temporaries stay in the cache


def in_blocks(*arrays: np.ndarray) -> Iterator[list[np.ndarray]]:
    """Cut C-contiguous arrays of one shape into flat views of at most `BLOCK` elements."""
    flat = [array.reshape(-1) for array in arrays]
    for start in range(0, flat[0].size, BLOCK):
        yield [array[start : start + BLOCK] for array in flat]


@dataclass(frozen=True)
class LearningRate(Operation):
    """What a function of the number of steps done before gives, called at every run."""

    function: Callable[[int], Any]
    keeps = (0,)
    pure = False

    def infer(self, iterations: Spec) -> Spec:
        """Give a single number."""
        return Spec((), np.dtype(floatx()))

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Call the function."""
        outputs[0][...] = float(self.function(int(inputs[0])))


@dataclass(frozen=True)
class Quotient(Operation):
    """An integer divided by another, cut to an integer."""

    divisor: int
    keeps = (0,)

    def infer(self, x: Spec) -> Spec:
        """Keep shape and dtype."""
        return x

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Divide."""
        np.floor_divide(inputs[0], self.divisor, out=outputs[0])


@dataclass(frozen=True)
class WeightDecay(Operation):
    """parameter -= parameter * rate * learning_rate: the decay that the gradient knows nothing of.

    Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", arXiv 1711.05101.
    """

    rate: float
    writes = (0,)
    keeps = (1,)

    def infer(self, parameter: Spec, learning_rate: Spec) -> tuple[Spec, ...]:
        """Accept any."""
        return ()

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Scale in place."""
        parameter, learning_rate = inputs
        np.multiply(parameter, 1 - self.rate * float(learning_rate), out=parameter)


@dataclass(frozen=True)
class MovingAverage(Operation):
    """average = momentum * average + (1 - momentum) * parameter; the first time it is the parameter itself."""

    momentum: float
    writes = (0,)
    keeps = (1, 2)

    def infer(self, average: Spec, parameter: Spec, iterations: Spec) -> tuple[Spec, ...]:
        """Accept any."""
        return ()

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Move in place."""
        average, parameter, iterations = inputs
        momentum = self.momentum if iterations else 0.0
        for kept, new in in_blocks(average, parameter):
            kept *= momentum
            kept += (1 - momentum) * new


@dataclass(frozen=True)
class Accumulate(Operation):
    """accumulator = total, or 0 where the number of steps done before plus one is a multiple of the period."""

    period: int
    writes = (0,)
    keeps = (1, 2)

    def infer(self, accumulator: Spec, total: Spec, iterations: Spec) -> tuple[Spec, ...]:
        """Accept any."""
        return ()

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy or clear."""
        accumulator, total, iterations = inputs
        if (iterations + 1) % self.period:
            np.copyto(accumulator, total)
        else:
            accumulator[...] = 0


@dataclass(frozen=True)
class Every(Operation):
    """Another effect, done only where a count plus one is a multiple of the period."""

    period: int
    effect: Operation
    gaps = True

    @property
    def writes(self) -> tuple[int, ...]:  # type: ignore[override]
        """What the effect writes, behind the count."""
        return tuple(position + 1 for position in self.effect.writes)

    @property
    def keeps(self) -> tuple[int, ...]:  # type: ignore[override]
        """The count, and what the effect keeps."""
        return (0, *(position + 1 for position in self.effect.keeps))

    def infer(self, count: Spec, *specs: Any) -> tuple[Spec, ...]:
        """Accept what the effect accepted when it was recorded."""
        return ()

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Do it, or nothing."""
        count, *rest = inputs
        if (int(count) + 1) % self.period == 0:
            self.effect.compute((), *rest)


def every(period: int, count: Any, effects: Callable[[], None]) -> None:
    """Do effects only where count + 1 is a multiple of the period; inside a trace, decided at each run.

    Args:
        period: an integer >= 1.
        count: an integer, a Variable or a tensor of shape ().
        effects: changes Variables by the functions of `convolith.ops.update` and by operations of this module.
    """
    if current.get() is None:
        if (int(np.asarray(count)) + 1) % period == 0:
            effects()
        return
    recording = Recording()
    token = current.set(recording)
    try:
        effects()
    finally:
        current.reset(token)
    for node in recording.effects:
        Every(period, node.operation)(count, *node.inputs)
