"""The rectifier whose slope below 0 is learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from convolith import ops
from convolith.layers.input_spec import InputSpec
from convolith.layers.layer import Layer
from convolith.layers.rules import rules_config, rules_for, set_rules


class PReLU(Layer):
    """The inputs where they are positive, ``alpha * inputs`` elsewhere, with alpha a weight.

    Alpha has the shape of an input without the batch; along ``shared_axes`` its size is 1, so that, with [1, 2], each
    channel of an image (batch, height, width, channels) has one.

    Args:
        alpha_initializer: first values of alpha.
        alpha_regularizer: a name, an object or a function of it that is added to the loss; or None.
        alpha_constraint: a name, an object or a function that each step of training ends with; or None.
        shared_axes: axes of the inputs, from 1, or one of them; None for none.
        kwargs: ``name``, ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or (when built) the input has no such axis, or an axis that is not
            shared has no known size.

    Source:
        keras.layers.PReLU; He et al., arXiv 1502.01852.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import PReLU
        >>> layer = PReLU(alpha_initializer="ones", shared_axes=[1, 2])
        >>> layer(np.full((1, 8, 8, 3), -2, "float32")).min().item(), layer.alpha.shape
        (-2.0, (1, 1, 3))
    """

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: int | Sequence[int] | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        set_rules(
            self,
            alpha_initializer=alpha_initializer,
            alpha_regularizer=alpha_regularizer,
            alpha_constraint=alpha_constraint,
        )
        axes = [shared_axes] if isinstance(shared_axes, (int, np.integer)) else shared_axes
        if axes is not None and not (
            isinstance(axes, (list, tuple)) and all(isinstance(axis, (int, np.integer)) and axis >= 1 for axis in axes)
        ):
            raise ValueError(f"{self.who()}: shared_axes must be None or integers >= 1, got {shared_axes!r}")
        self.shared_axes = None if axes is None else [int(axis) for axis in axes]

    def build(self, input_shape: Any) -> None:
        """Make alpha.

        Raises:
            ValueError: the input has no axis of ``shared_axes``, or another axis has no known size.
        """
        shape, shared = tuple(input_shape), set(self.shared_axes or ())
        if shared and max(shared) >= len(shape):
            raise ValueError(f"shared_axes must be axes of the input, of shape {shape}, got {self.shared_axes}")
        sizes = {axis: 1 if axis in shared else shape[axis] for axis in range(1, len(shape))}
        if None in sizes.values():
            raise ValueError(f"expected an input of known sizes but on shared_axes, got shape {shape}")
        self.alpha = self.add_weight(shape=tuple(sizes.values()), name="alpha", **rules_for(self, "alpha"))
        kept = {axis: size for axis, size in sizes.items() if axis not in shared}
        self.input_spec = InputSpec(ndim=len(shape), axes=kept)

    def call(self, inputs: Any) -> Any:
        """Apply the function."""
        return ops.prelu(inputs, self.alpha)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            **rules_config(self),
            "shared_axes": self.shared_axes,
        }
