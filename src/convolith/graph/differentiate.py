"""Reverse-mode differentiation: a gradient is more graph, built by the operations themselves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from convolith.graph.operators import operators
from convolith.graph.recording import Recording, current
from convolith.graph.tensor import Constant, Tensor, next_order
from convolith.graph.trace import needed


def gradients(
    outputs: Sequence[Tensor], upstreams: Sequence[Any], wrt: Sequence[Tensor], ends: Collection[Tensor] = ()
) -> list[Tensor | None]:
    """Record the gradient of sum_i <upstreams[i], outputs[i]> by each tensor of `wrt`.

    Variables are read as they were before the trace's effects. What the caller does not use is dead code, which
    neither `Graph.evaluate` nor a Plan computes.

    Args:
        outputs: tensors; those that hold integers are passed over.
        upstreams: for each output an array or tensor of its shape and dtype (or a number for a single one), or None.
        wrt: tensors, Variables among them.
        ends: tensors where gradients end: they do not flow on to what these were computed from.

    Returns:
        For each tensor of `wrt` a tensor of its shape and dtype, or None where the outputs do not depend on it.

    Raises:
        ValueError: if an upstream has another shape than its output.
        TypeError: if it has another dtype.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> from convolith.graph.differentiate import gradients
        >>> from convolith.graph.tensor import Spec
        >>> from convolith.graph.trace import trace
        >>> def slope(x):
        ...     return gradients([ops.square(x)], [np.ones(2, "float32")], [x])
        >>> graph = trace(slope, Spec((2,), np.dtype("float32")))
        >>> graph.evaluate(np.array([1, 3], "float32"))
        (array([2., 6.], dtype=float32),)
    """
    outer = current.get() or Recording()
    token = current.set(Recording())  # a fresh one: gradient rules may read Variables that the trace has changed
    try:
        return _gradients(outputs, upstreams, wrt, ends, outer)
    finally:
        current.reset(token)


def _gradients(
    outputs: Sequence[Tensor],
    upstreams: Sequence[Any],
    wrt: Sequence[Tensor],
    ends: Collection[Tensor],
    outer: Recording,
) -> list[Tensor | None]:
    nodes = [node for node in needed(outputs) if not any(tensor in ends for tensor in node.outputs)]
    reached = set(wrt)  # what depends on wrt: only there gradients flow
    for node in nodes:
        if any(tensor in reached for tensor in node.inputs):
            reached.update(node.outputs)

    sums: dict[Tensor, Tensor] = {}

    def accumulate(tensor: Tensor, contribution: Tensor) -> None:
        sums[tensor] = operators["add"](sums[tensor], contribution) if tensor in sums else contribution

    for output, upstream in zip(outputs, upstreams, strict=True):
        if upstream is None or output.dtype.kind != "f":
            continue
        if not isinstance(upstream, Tensor):
            upstream = Constant(np.asarray(upstream, output.dtype if type(upstream) in (int, float) else None))
        if upstream.shape != output.shape:
            raise ValueError(f"gradients: upstream must have the output's shape {output.shape}, got {upstream.shape}")
        if upstream.dtype != output.dtype:
            raise TypeError(f"gradients: upstream must have the output's dtype {output.dtype}, got {upstream.dtype}")
        if output in reached:
            accumulate(output, upstream)
    for node in reversed(nodes):
        arriving = [sums.get(tensor) for tensor in node.outputs]
        if any(upstream is not None for upstream in arriving):
            first = next_order()
            contributions = node.operation.gradient(node, *arriving)
            outer.of_gradients.append((first, next_order(), node.order))
            for tensor, contribution in zip(node.inputs, contributions, strict=True):
                if tensor in reached and contribution is not None:
                    accumulate(tensor, contribution)
    return [sums.get(tensor) for tensor in wrt]
