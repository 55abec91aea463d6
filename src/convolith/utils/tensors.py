"""Symbolic tensors: what is one, and what it comes from."""

from __future__ import annotations

from typing import Any

from convolith.graph.tensor import Constant, Variable
from convolith.layers.call import LayerCall, is_symbolic
from convolith.layers.input import InputLayer
from convolith.models.layer_graph import step_of


def is_keras_tensor(x: Any) -> bool:
    """Tell whether a value is a symbolic tensor, as ``Input`` gives.

    Raises:
        ValueError: it is no array either.

    Source:
        keras.utils.is_keras_tensor.

    Example:
        >>> import numpy as np
        >>> from convolith.utils import is_keras_tensor
        >>> is_keras_tensor(np.zeros(3))
        False
    """
    if not hasattr(x, "shape") or not hasattr(x, "dtype"):
        raise ValueError(f"is_keras_tensor: expected a tensor or an array, got {type(x).__name__}")
    return bool(is_symbolic(x))


def get_source_inputs(tensor: Any) -> Any:
    """Return the inputs that a symbolic tensor is computed from.

    Args:
        tensor: a symbolic tensor; anything else is returned as it is.

    Returns:
        a list of symbolic tensors, each once, in the order in which the layers take them.

    Source:
        keras.utils.get_source_inputs.

    Example:
        >>> from convolith import Input, layers
        >>> from convolith.utils import get_source_inputs
        >>> a, b = Input((2,), name="a"), Input((2,), name="b")
        >>> [tensor.name for tensor in get_source_inputs(layers.Add()([b, layers.Dense(2)(a)]))]
        ['b', 'a']
    """
    if not is_symbolic(tensor):
        return tensor
    found: list[Any] = []
    seen, waiting = set(), [tensor]
    while waiting:  # without recursion: networks are deep
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        step = step_of(one)
        if step is None or (isinstance(step, LayerCall) and isinstance(step.layer, InputLayer)):
            if not isinstance(one, (Constant, Variable)):
                found.append(one)
        else:
            waiting.extend(source for source in reversed(step.inputs) if is_symbolic(source))
    return found
