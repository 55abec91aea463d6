"""The vector-Jacobian product of a function, with the meaning of JAX's jax.vjp."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from convolith.graph.arena import plain
from convolith.graph.differentiate import gradients
from convolith.graph.operation import Cast
from convolith.graph.tensor import Constant, Spec, Tensor, Variable
from convolith.graph.trace import Graph, evaluate, flatten, is_tracing, needed, trace
from convolith.ops.arguments import naming
from convolith.ops.arithmetic import add
from convolith.ops.reduction import broadcast_to


def vjp(function: Callable[..., Any], *arrays: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Compute function(*arrays), and a function that pulls a gradient by the result back to the arrays.

    The function is traced: it may use convolith's ops, layers and Python's operators, and decide on shapes but not on
    values. Effects such as a dropout's counter happen once. Given symbolic tensors, vjp records.

    Args:
        function: takes as many arrays, and gives an array or a tuple, list or dict of them, nested at will.
        arrays: arrays of any shape and dtype; pullback reads them again. A Variable stands for itself as well: what
            the function reads of it without its argument counts, as a model that is called there reads its weights
            (at its first place, where it is given twice).

    Returns:
        The result, and pullback. pullback(upstream) takes arrays nested as the result is, of the same shapes, and
        gives a tuple of gradients of the shapes and dtypes of `arrays`; None for arrays of integers.

    Raises:
        ValueError: by pullback, if an upstream has another shape than its part of the result.
        TypeError: if the function needs values or is none, or an array is a list of tensors; by pullback, if the
            upstreams are nested in another way than the result or would be cast down.
        NotImplementedError: by pullback, if the function itself pulls back through max pooling, colours, or the
            coordinates at which images are read, which have no second derivative; all other ops have them.

    Example:
        >>> import numpy as np
        >>> import convolith
        >>> result, pullback = convolith.vjp(lambda x, y: x * y, np.array([1.0, 2.0]), np.array([3.0, 4.0]))
        >>> result
        array([3., 8.])
        >>> pullback(np.array([1.0, 10.0]))
        (array([ 3., 40.]), array([ 1., 20.]))

        A step of a training loop of one's own:

        >>> from convolith import layers
        >>> model = convolith.Sequential([layers.Input((2,)), layers.Dense(1)])
        >>> loss = convolith.losses.MeanSquaredError()
        >>> weights = model.trainable_variables
        >>> x, y = np.ones((3, 2), "float32"), np.ones((3, 1), "float32")
        >>> value, pullback = convolith.vjp(lambda *_: loss(y, model(x, training=True)), *weights)
        >>> convolith.optimizers.SGD(0.1).apply(list(pullback(np.float32(1))), weights)
        >>> bool(loss(y, model(x)) < value)
        True
    """
    if not callable(function):
        raise TypeError(f"vjp: function must be callable, got {type(function).__name__}")
    if any(isinstance(array, list | tuple) and any(isinstance(one, Tensor) for one in array) for array in arrays):
        raise TypeError("vjp: arrays must be arrays, each an argument of its own (*variables), got a list of tensors")
    if is_tracing() or any(isinstance(array, Tensor) and not isinstance(array, Variable) for array in arrays):
        return _recorded(function, *arrays)
    values = [array.numpy() if isinstance(array, Variable) else _plain(array) for array in arrays]
    graph = trace(function, *(Spec(value.shape, value.dtype) for value in values))
    known: dict[Tensor, np.ndarray] = dict(zip(graph.inputs, values, strict=True))
    for node in needed(graph.outputs, graph.effects):  # the pullback comes later, when Variables may have changed
        known.update((leaf, leaf.numpy()) for leaf in node.inputs if isinstance(leaf, Variable))
    results = evaluate(graph.outputs, graph.effects, known)

    def pullback(upstream: Any) -> tuple[Any, ...]:
        by_inputs = _by_inputs(graph, upstream, arrays)
        present = [tensor for tensor in by_inputs if tensor is not None]
        computed = dict(zip(present, evaluate(present, (), dict(known)), strict=True))
        return tuple(
            None if value.dtype.kind != "f" else np.zeros_like(value) if tensor is None else computed[tensor].copy()
            for tensor, value in zip(by_inputs, values, strict=True)
        )

    return graph.restore(result.copy() for result in results), pullback


def _recorded(function: Callable[..., Any], *arrays: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Record the function and, when pullback is called, its gradients."""
    # Copies, so that what the function reads of the same tensors behind our back does not count.
    tensors = [array if isinstance(array, Tensor) else Constant(array) for array in arrays]
    copies = tuple(Cast(tensor.dtype)(tensor) for tensor in tensors)
    outputs: list[Any] = []
    structure = flatten(function(*copies), outputs)
    graph = Graph(
        copies, tuple(value if isinstance(value, Tensor) else Constant(value) for value in outputs), structure
    )

    def pullback(upstream: Any) -> tuple[Any, ...]:
        by_inputs = _by_inputs(graph, upstream, arrays)
        zeros = [broadcast_to(Constant(copy.dtype.type(0)), copy.shape) for copy in copies]
        return tuple(
            None if zero.dtype.kind != "f" else zero if tensor is None else tensor
            for tensor, zero in zip(by_inputs, zeros, strict=True)
        )

    return graph.restore(graph.outputs), pullback


def _by_inputs(graph: Graph, upstream: Any, arrays: Sequence[Any]) -> list[Tensor | None]:
    """Record the gradients by the inputs, each with that by its Variable itself; None stands for zeros."""
    first = {array: number for number, array in reversed([*enumerate(arrays)]) if isinstance(array, Variable)}
    wrt = [*graph.inputs, *first]
    with naming("vjp", "gradients"):
        found = gradients(graph.outputs, graph.flatten(upstream), wrt, ends=set(graph.inputs))
    for number, by_itself in zip(first.values(), found[len(arrays) :], strict=True):
        if by_itself is not None:
            by_input = found[number]
            found[number] = by_itself if by_input is None else add(by_input, by_itself)
    return found[: len(arrays)]


def _plain(array: Any) -> np.ndarray:
    array = np.asarray(array)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"vjp: arrays must hold real numbers, got {array.dtype}")
    return plain(array, array.dtype)
