"""Local response normalisation around ``ops.local_response_normalization``."""

from __future__ import annotations

from typing import Any

from convolith import ops
from convolith.layers.arguments import data_format_name, positive_integer
from convolith.layers.input_spec import InputSpec
from convolith.layers.layer import Layer
from convolith.ops.arguments import positive


class LocalResponseNormalization(Layer):
    """Divides each element by (bias + alpha * sum of squares of neighbouring channels) ** beta. Beyond Keras.

    Input and output (batch, height, width, channels). The defaults are AlexNet's.

    Args:
        depth_radius: channels to each side.
        bias: above 0.
        alpha: factor of the sum; PyTorch's alpha divided by the window's size.
        beta: the exponent.
        data_format: "channels_last" (None) or "channels_first".
        size: width of the window instead of ``depth_radius``, as in PyTorch.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not four axes.

    Source:
        Krizhevsky, Sutskever and Hinton, NIPS 2012, section 3.3.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import LocalResponseNormalization
        >>> layer = LocalResponseNormalization(1, bias=1.0, alpha=1.0, beta=1.0)
        >>> layer(np.array([[[[3.0, 0.0]]]], "float32")).ravel().tolist()
        [0.30000001192092896, 0.0]
    """

    def __init__(
        self,
        depth_radius: int = 2,
        bias: float = 2.0,
        alpha: float = 1e-4,
        beta: float = 0.75,
        data_format: str | None = None,
        size: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        owner = self.who()
        self.depth_radius = depth_radius and positive_integer(owner, "depth_radius", depth_radius)
        self.bias = positive(owner, "bias", bias)
        self.alpha, self.beta = float(alpha), float(beta)
        self.data_format = data_format_name(owner, data_format)
        self.size = None if size is None else positive_integer(owner, "size", size)
        self.input_spec = InputSpec(ndim=4)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Normalise."""
        return ops.local_response_normalization(
            inputs, self.depth_radius, self.bias, self.alpha, self.beta, self.data_format, self.size
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "depth_radius": self.depth_radius,
            "bias": self.bias,
            "alpha": self.alpha,
            "beta": self.beta,
            "data_format": self.data_format,
            "size": self.size,
        }
