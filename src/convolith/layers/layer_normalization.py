"""Normalisation of each element of a batch by itself: layer, group, RMS and unit normalisation."""

from __future__ import annotations

from typing import Any

from convolith import ops
from convolith.layers.arguments import axis_number
from convolith.layers.layer import Layer
from convolith.layers.rules import rules_config, rules_for, set_rules
from convolith.ops.arguments import flag, positive


def _axes(owner: str, axis: Any) -> Any:
    if isinstance(axis, (tuple, list)):
        return [axis_number(owner, "axis", one) for one in axis]
    return axis_number(owner, "axis", axis)


def _sizes(axis: Any, shape: tuple[Any, ...]) -> tuple[int, ...]:
    """Give the sizes of the axes in their order.

    Raises:
        ValueError: there is no such axis, or its size is unknown.
    """
    rank, sizes = len(shape), {}
    for one in axis if isinstance(axis, list) else [axis]:
        if not -rank <= one < rank or shape[one] is None:
            raise ValueError(f"expected an input with a known axis {one}, got shape {shape}")
        sizes[one % rank] = shape[one]
    return tuple(sizes[place] for place in sorted(sizes))


class LayerNormalization(Layer):
    """Brings each element of a batch to mean ``beta`` and deviation ``gamma`` over the axes.

    Input and output of any shape.

    Args:
        axis: the axis or axes that moments are taken over; gamma and beta have their shape.
        epsilon: added to the variance, above 0.
        center: whether there is a beta.
        scale: whether there is a gamma.
        beta_initializer: first values of beta.
        gamma_initializer: first values of gamma.
        beta_regularizer: a name, an object or a function of it that is added to the loss; or None.
        gamma_regularizer: a name, an object or a function of it that is added to the loss; or None.
        beta_constraint: a name, an object or a function that each step of training ends with; or None.
        gamma_constraint: a name, an object or a function that each step of training ends with; or None.
        kwargs: ``name``, ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has no such axis.

    Source:
        Ba, Kiros and Hinton, arXiv 1607.06450; keras.layers.LayerNormalization.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import LayerNormalization
        >>> LayerNormalization(epsilon=1e-9)(np.array([[1.0, 3.0]], "float32")).tolist()
        [[-1.0, 1.0]]
    """

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        set_rules(
            self,
            gamma_initializer=gamma_initializer,
            beta_initializer=beta_initializer,
            gamma_regularizer=gamma_regularizer,
            beta_regularizer=beta_regularizer,
            gamma_constraint=gamma_constraint,
            beta_constraint=beta_constraint,
        )
        self.axis = _axes(self.who(), axis)
        self.epsilon = positive(self.who(), "epsilon", epsilon)
        self.center, self.scale = flag(self.who(), "center", center), flag(self.who(), "scale", scale)

    def build(self, input_shape: Any) -> None:
        """Make gamma and beta of the axes' shape.

        Raises:
            ValueError: there is no such axis, or its size is unknown.
        """
        shape = _sizes(self.axis, tuple(input_shape))
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self.add_weight(shape=shape, name="gamma", **rules_for(self, "gamma"))
        if self.center:
            self.beta = self.add_weight(shape=shape, name="beta", **rules_for(self, "beta"))

    def call(self, inputs: Any) -> Any:
        """Normalise."""
        return ops.layer_normalization(inputs, self.gamma, self.beta, self.axis, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "axis": self.axis,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            **rules_config(self),
        }


class RMSNormalization(Layer):
    """Divides by the root of the mean of squares over the axes, and scales.

    Input and output of any shape.

    Args:
        axis: the axis or axes that the mean is taken over; the scale has their shape.
        epsilon: added to the mean, above 0.
        kwargs: ``name``, ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has no such axis.

    Source:
        Zhang and Sennrich, arXiv 1910.07467; keras.layers.RMSNormalization.
    """

    def __init__(self, axis: Any = -1, epsilon: float = 1e-6, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = _axes(self.who(), axis)
        self.epsilon = positive(self.who(), "epsilon", epsilon)

    def build(self, input_shape: Any) -> None:
        """Make the scale of the axes' shape.

        Raises:
            ValueError: there is no such axis, or its size is unknown.
        """
        self.scale = self.add_weight(shape=_sizes(self.axis, tuple(input_shape)), initializer="ones", name="scale")

    def call(self, inputs: Any) -> Any:
        """Normalise."""
        return ops.rms_normalization(inputs, self.scale, self.axis, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "axis": self.axis, "epsilon": self.epsilon}


class UnitNormalization(Layer):
    """Divides by the Euclidean norm over the axes, which becomes 1.

    Input and output of any shape.

    Args:
        axis: the axis or axes.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has no such axis.

    Source:
        keras.layers.UnitNormalization.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import UnitNormalization
        >>> UnitNormalization()(np.array([[0.0, 4.0]], "float32")).tolist()
        [[0.0, 1.0]]
    """

    def __init__(self, axis: Any = -1, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = _axes(self.who(), axis)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Normalise."""
        return ops.normalize(inputs, self.axis, order=2, epsilon=1e-12)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "axis": self.axis}
