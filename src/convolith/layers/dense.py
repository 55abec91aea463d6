"""The fully connected layer: a kernel and a bias around ``ops.dense``."""

from __future__ import annotations

from typing import Any

from convolith import activations, initializers, ops
from convolith.layers.arguments import positive_integer
from convolith.layers.input_spec import InputSpec
from convolith.layers.layer import Layer
from convolith.layers.weights import only_none


class Dense(Layer):
    """``activation(inputs @ kernel + bias)`` over the last axis.

    Input (batch, ..., features), output (batch, ..., units).

    Args:
        units: number of outputs.
        activation: a name, a function or None.
        use_bias: whether a bias is added.
        kernel_initializer: first values of the kernel (features, units).
        bias_initializer: first values of the bias (units,).
        kernel_regularizer: None; convolith has no regularizers yet.
        bias_regularizer: None.
        activity_regularizer: None.
        kernel_constraint: None; convolith has no constraints yet.
        bias_constraint: None.
        lora_rank: None; convolith has no LoRA.
        kwargs: ``name``, ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.

    Source:
        keras.layers.Dense.

    Example:
        >>> import numpy as np
        >>> Dense(2, kernel_initializer="ones")(np.ones((1, 3), "float32")).tolist()
        [[3.0, 3.0]]
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: None = None,
        bias_regularizer: None = None,
        activity_regularizer: None = None,
        kernel_constraint: None = None,
        bias_constraint: None = None,
        lora_rank: None = None,
        **kwargs: Any,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        only_none(
            self.who(),
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            lora_rank=lora_rank,
        )
        self.units = positive_integer(self.who(), "units", units)
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: Any) -> None:
        """Make kernel (features, units) and bias (units,).

        Raises:
            ValueError: the shape has fewer than two axes, or the features are unknown.
        """
        InputSpec(min_ndim=2).check(tuple(input_shape))
        features = input_shape[-1]
        if features is None:
            raise ValueError(f"expected an input with a known last axis, got shape {tuple(input_shape)}")
        self.kernel = self.add_weight(shape=(features, self.units), initializer=self.kernel_initializer, name="kernel")
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.units,), initializer=self.bias_initializer, name="bias")
        self.input_spec = InputSpec(min_ndim=2, axes={-1: features})

    def call(self, inputs: Any) -> Any:
        """Multiply, add the bias, apply the activation."""
        return self.activation(ops.dense(inputs, self.kernel, self.bias))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
        }
