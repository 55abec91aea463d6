"""What elementwise operations have in common: one NumPy function, and shapes that broadcast."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

import numpy as np

from convolith.graph.operation import Again, Operation
from convolith.graph.tensor import Node, Spec, Tensor


class Unary(Operation):
    """One NumPy function of each element."""

    takes_over: ClassVar[tuple[int, ...]] = (0,)
    function: ClassVar[np.ufunc]

    def infer(self, x: Spec) -> Spec:
        """Keep shape and dtype."""
        return x

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Apply the function."""
        again = partial(self.function, inputs[0], out=outputs[0])
        again()
        return again


class Binary(Operation):
    """One NumPy function of the elements of two broadcast arrays."""

    takes_over: ClassVar[tuple[int, ...]] = (0, 1)
    function: ClassVar[np.ufunc]

    def infer(self, x1: Spec, x2: Spec) -> Spec:
        """Broadcast the shapes."""
        return Spec(broadcast(self.name, x1=x1.shape, x2=x2.shape), x1.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Apply the function."""
        again = partial(self.function, inputs[0], inputs[1], out=outputs[0])
        again()
        return again


class Flat(Unary):
    """A function whose slope is zero wherever it has one."""

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Stop."""
        return (None,)


def broadcast(name: str, **shapes: tuple[Any, ...]) -> tuple[Any, ...]:
    """Broadcast shapes as NumPy does; an unknown batch size goes with itself and with 1.

    Args:
        name: the operation's name, for the message.
        shapes: the shapes by the names of the arguments.

    Returns:
        The shape.

    Raises:
        ValueError: if they do not broadcast.
    """
    rank = max(map(len, shapes.values()))
    result: list[Any] = []
    for sizes in zip(*((1,) * (rank - len(shape)) + shape for shape in shapes.values()), strict=True):
        wider = {size for size in sizes if size != 1}
        if len(wider) > 1:
            came = " and ".join(map(str, shapes.values()))
            raise ValueError(f"{name}: {' and '.join(shapes)} must have shapes that broadcast, got {came}")
        result.append(wider.pop() if wider else 1)
    return tuple(result)
