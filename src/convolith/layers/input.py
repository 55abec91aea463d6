"""The tensors that a functional model starts from."""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np

from convolith.defaults import floatx
from convolith.graph.tensor import Spec, Tensor
from convolith.layers.call import LayerCall
from convolith.layers.layer import Layer
from convolith.layers.weights import only_none
from convolith.registry import unique_name


class InputLayer(Layer):
    """What stands for an input in ``model.layers``; its ``output`` is the tensor.

    Args:
        shape: sizes without the batch.
        batch_size: None for any.
        dtype: of the arrays that will come; None is float32.
        batch_shape: sizes with the batch, instead of ``shape`` and ``batch_size``.
        name: None takes ``input_layer`` with a number.

    Raises:
        ValueError: neither or both of ``shape`` and ``batch_shape`` are given, or a size is not positive.
        TypeError: a size is no integer.

    Source:
        keras.layers.InputLayer.

    Example:
        >>> from convolith.layers import InputLayer
        >>> InputLayer((28, 28, 1), name="images").output.shape
        (None, 28, 28, 1)
    """

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: None = None,
        ragged: None = None,
        batch_shape: Any = None,
        input_tensor: None = None,
        optional: bool = False,
        name: str | None = None,
    ):
        super().__init__(name=unique_name("input_layer") if name is None else name)
        only_none(
            self.who(),
            sparse=sparse or None,
            ragged=ragged or None,
            input_tensor=input_tensor,
            optional=optional or None,
        )
        if (shape is None) == (batch_shape is None):
            raise ValueError(f"{self.who()}: give either shape or batch_shape, got {shape!r} and {batch_shape!r}")
        given = shape if batch_shape is None else batch_shape
        try:
            if batch_shape is None:
                batch_shape = (batch_size, *(shape if isinstance(shape, (tuple, list, np.ndarray)) else (shape,)))
            sizes = tuple(None if size is None else index(size) for size in batch_shape)
        except TypeError:
            raise TypeError(f"{self.who()}: sizes must be integers (or None for the batch), got {given!r}") from None
        if not sizes or any(size is None or size < 1 for size in sizes[1:]) or (sizes[0] or 1) < 1:
            raise ValueError(f"{self.who()}: sizes must be integers > 0 (None only for the batch), got {batch_shape!r}")
        self.batch_shape = sizes
        self.dtype = np.dtype(dtype or floatx()).name
        if np.dtype(self.dtype).kind not in "biuf":
            raise ValueError(f"{self.who()}: dtype must be of real numbers, got {dtype!r}")
        self.built = True
        self._calls.append(LayerCall(self, (), {}, Tensor(Spec(sizes, np.dtype(self.dtype)), name=self.name)))

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse: an input is not called.

        Raises:
            TypeError: always.
        """
        raise TypeError(f"{self.who()} is not called; its tensor is its output")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"batch_shape": self.batch_shape, "dtype": self.dtype, "name": self.name}


def Input(
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: None = None,
    ragged: None = None,
    batch_shape: Any = None,
    name: str | None = None,
    tensor: None = None,
    optional: bool = False,
) -> Tensor:
    """Make a symbolic tensor for a functional model to start from.

    Args:
        shape: sizes without the batch, such as ``(28, 28, 1)``.
        batch_size: None for any.
        dtype: of the arrays that will come; None is float32.
        sparse: None; convolith has no sparse tensors.
        ragged: None; nor has it ragged ones.
        batch_shape: sizes with the batch, instead of ``shape`` and ``batch_size``.
        name: of the input, by which ``fit`` may be given a dict.
        tensor: None; an input cannot be made from a tensor.
        optional: False; every input must be given.

    Returns:
        a Tensor of shape ``(batch_size, *shape)``.

    Raises:
        ValueError: neither or both of ``shape`` and ``batch_shape`` are given, or a size is not positive.
        TypeError: a size is no integer.

    Source:
        keras.Input.

    Example:
        >>> from convolith.layers import Input
        >>> Input((28, 28, 1)).shape
        (None, 28, 28, 1)
    """
    only_none("Input", tensor=tensor)
    return InputLayer(shape, batch_size, dtype, sparse, ragged, batch_shape, None, optional, name).output
