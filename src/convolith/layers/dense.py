"""The fully connected layer: a kernel and a bias around ``ops.dense``."""

from __future__ import annotations

from typing import Any

from convolith import activations, ops
from convolith.layers.arguments import positive_integer
from convolith.layers.input_spec import InputSpec
from convolith.layers.layer import Layer
from convolith.layers.rules import object_named, rules_config, rules_for, set_rules
from convolith.layers.weights import only_none
from convolith.ops.arguments import flag


class Dense(Layer):
    """``activation(inputs @ kernel + bias)`` over the last axis.

    Input (batch, ..., features), output (batch, ..., units).

    Args:
        units: number of outputs.
        activation: a name, a function or None.
        use_bias: whether a bias is added.
        kernel_initializer: first values of the kernel (features, units).
        bias_initializer: first values of the bias (units,).
        kernel_regularizer: a name, an object or a function of the kernel that is added to the loss; or None.
        bias_regularizer: the same of the bias.
        activity_regularizer: the same of the outputs, divided by the samples.
        kernel_constraint: a name, an object or a function that each step of training ends with; or None.
        bias_constraint: the same for the bias.
        lora_rank: None; convolith has no LoRA.
        lora_alpha: None.
        quantization_config: None; convolith computes in float32 and float64.
        kwargs: ``name``, ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input's shape does not fit.

    Source:
        keras.layers.Dense.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Dense
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
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: None = None,
        lora_alpha: None = None,
        quantization_config: None = None,
        **kwargs: Any,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        only_none(self.who(), lora_rank=lora_rank, lora_alpha=lora_alpha, quantization_config=quantization_config)
        self.units = positive_integer(self.who(), "units", units)
        self.activation = object_named(self.who(), "activation", activation)
        self.use_bias = flag(self.who(), "use_bias", use_bias)
        set_rules(
            self,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )
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
        self.kernel = self.add_weight(shape=(features, self.units), name="kernel", **rules_for(self, "kernel"))
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.units,), name="bias", **rules_for(self, "bias"))
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
            **rules_config(self),
        }
