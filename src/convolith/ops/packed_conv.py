"""Convolution with a kernel that stays the same from run to run: packed once, as the engine's products read it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from convolith.engine import conv as engine
from convolith.engine import dispatch
from convolith.engine.conv_scratch import conv_scratch
from convolith.graph.operation import Again, Operation
from convolith.graph.tensor import Spec, Tensor
from convolith.ops.conv_window import Window
from convolith.ops.window import Sizes


@dataclass(frozen=True)
class PackKernel(Operation):
    """The kernel in the order in which the engine reads it on one instruction set, for images of a shape (h, w, ci)."""

    window: Window
    image: tuple[int, ...]
    isa: str

    def infer(self, kernel: Spec) -> Spec:
        """Count the packed kernel's elements."""
        return Spec((engine.conv_packed_size(self.window.geometry((1, *self.image), kernel.shape)),), kernel.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Pack."""
        (kernel,) = inputs
        engine.conv_pack(self.window.geometry((1, *self.image), kernel.shape), kernel, outputs[0])


@dataclass(frozen=True)
class PackedConv(Operation):
    """Convolution by definition with a packed kernel, plus bias and `other`, and relu if asked."""

    window: Window
    kernel_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    activation: str | None
    isa: str
    takes_over = (3,)

    def infer(self, inputs: Spec, packed: Spec, bias: Spec | None = None, other: Spec | None = None) -> Spec:
        """Give the shape that the convolution has; its arguments are checked."""
        return Spec(self.output_shape, inputs.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Convolve."""
        images, kernel, bias, other = inputs
        if dispatch.isa() != self.isa:
            raise RuntimeError(f"conv: the kernel was packed for {self.isa}, but {dispatch.isa()} is in use now")
        geometry = self.window.geometry(images.shape, self.kernel_shape)
        work = partial(engine.conv_packed, geometry, images, kernel, bias, self.activation, outputs[0])
        return added(other, outputs[0], work)

    def flops(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Count as many as the convolution has."""
        after = (inputs[2] is not None) + (inputs[3] is not None) + (self.activation is not None)
        return math.prod(outputs[0].shape) * (2 * math.prod(self.kernel_shape[:-1]) + after)

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Ask the engine."""
        assert inputs[0] is not None
        geometry = self.window.geometry(inputs[0].shape, self.kernel_shape)
        return conv_scratch(geometry, "packed", inputs[0].dtype.itemsize)

    def footprint(self, inputs: Sequence[Spec | None]) -> tuple[Sizes, Sizes]:
        """Give the kernel's extent and its strides."""
        return self.window.extent(Spec(self.kernel_shape, np.dtype(np.float32))), self.window.strides


def added(other: np.ndarray | None, out: np.ndarray, work: Callable[..., Again]) -> Again:
    """Do `work` into `out`, added to `other`, if that is there: perhaps the same memory. Returns as `compute` does."""
    if other is None:
        return work()
    there = other.__array_interface__["data"] == out.__array_interface__["data"]
    if not there:
        np.copyto(out, other)
    again = work(accumulate=True)
    return again if there else None


def packed(
    window: Window,
    activation: str | None,
    inputs: Tensor | None,
    kernel: Tensor | None,
    bias: Tensor | None,
    other: Tensor | None,
) -> tuple[Operation, tuple[Tensor | None, ...]] | None:
    """Give a convolution of a packed kernel and its inputs; None where the engine does not pack the kernel.

    Args:
        window: how the kernel moves.
        activation: "relu" or None.
        inputs: images of a known shape.
        kernel: a tensor that stays the same from run to run.
        bias: one more, or None.
        other: what is added to the result, or None.
    """
    assert inputs is not None and kernel is not None
    geometry = window.geometry(inputs.shape, kernel.shape)
    if kernel.dtype != np.float32 or not engine.conv_packs(geometry):
        return None
    isa = dispatch.isa()
    operation = PackedConv(window, kernel.shape, geometry.output_shape, activation, isa)
    return operation, (inputs, PackKernel(window, inputs.shape[1:], isa)(kernel), bias, other)
