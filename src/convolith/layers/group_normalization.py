"""Group normalisation around ``ops.group_normalization``."""

from __future__ import annotations

from typing import Any

from convolith.layers.arguments import axis_number, positive_integer
from convolith.layers.input_spec import InputSpec
from convolith.layers.layer import Layer
from convolith.layers.rules import rules_config, rules_for, set_rules
from convolith.ops.arguments import flag, positive
from convolith.ops.layer_normalization import normalize_groups


class GroupNormalization(Layer):
    """Brings each group of channels of each image to mean 0 and deviation 1, then scales and shifts each channel.

    Input and output (batch, ..., channels). With ``groups=1`` all channels are one group; with -1 each is one by itself
    (instance normalisation). A group of one element becomes beta, as in Keras.

    Args:
        groups: number of groups, which divides the channels; -1 for as many as channels.
        axis: of the channels.
        epsilon: added to the variance, above 0.
        center: whether there is a beta.
        scale: whether there is a gamma.
        beta_initializer: first values of beta (channels,).
        gamma_initializer: first values of gamma.
        beta_regularizer: a name, an object or a function of it that is added to the loss; or None.
        gamma_regularizer: a name, an object or a function of it that is added to the loss; or None.
        beta_constraint: a name, an object or a function that each step of training ends with; or None.
        gamma_constraint: a name, an object or a function that each step of training ends with; or None.
        kwargs: ``name``, ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the groups do not divide the channels.

    Source:
        Wu and He, arXiv 1803.08494; keras.layers.GroupNormalization.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import GroupNormalization
        >>> GroupNormalization(1, epsilon=1e-9)(np.array([[1.0, 3.0]], "float32")).tolist()
        [[-1.0, 1.0]]
    """

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
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
        self.groups = -1 if groups == -1 else positive_integer(self.who(), "groups", groups)
        self.axis = axis_number(self.who(), "axis", axis)
        self.epsilon = positive(self.who(), "epsilon", epsilon)
        self.center, self.scale = flag(self.who(), "center", center), flag(self.who(), "scale", scale)

    def build(self, input_shape: Any) -> None:
        """Make gamma and beta (channels,).

        Raises:
            ValueError: there is no such axis, its size is unknown, or the groups do not divide it.
        """
        rank = len(input_shape)
        channels = input_shape[self.axis] if -rank <= self.axis < rank and self.axis % rank else None
        if channels is None:
            raise ValueError(
                f"expected an input with a known axis {self.axis} behind the batch, got shape {tuple(input_shape)}"
            )
        if channels % (channels if self.groups == -1 else self.groups):
            raise ValueError(f"groups must divide the {channels} channels of the input, got {self.groups}")
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self.add_weight(shape=(channels,), name="gamma", **rules_for(self, "gamma"))
        if self.center:
            self.beta = self.add_weight(shape=(channels,), name="beta", **rules_for(self, "beta"))
        self.input_spec = InputSpec(ndim=rank, axes={self.axis: channels})

    def call(self, inputs: Any) -> Any:
        """Normalise."""
        groups = inputs.shape[self.axis] if self.groups == -1 else self.groups
        return normalize_groups("group_normalization", inputs, groups, self.gamma, self.beta, self.axis, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "groups": self.groups,
            "axis": self.axis,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            **rules_config(self),
        }
