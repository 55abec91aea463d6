"""Dropout in its several forms, around ``ops.dropout``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from convolith import ops
from convolith.layers.arguments import data_format_name, finite_number
from convolith.layers.input_spec import InputSpec
from convolith.layers.layer import Layer
from convolith.ops.dropout import advance
from convolith.ops.elu import SELU_ALPHA, SELU_SCALE
from convolith.random import checked_seed, new_seed


class RandomLayer(Layer):
    """Base of layers that are random in training: it keeps a seed and counts the calls."""

    def __init__(self, seed: int | None, **kwargs: Any):
        super().__init__(**kwargs)
        self.seed = checked_seed(seed, self.who())
        self.state = self.add_state(np.array([new_seed() if self.seed is None else self.seed, 0], np.uint64), "state")
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "seed": self.seed}


class Dropout(RandomLayer):
    """Sets a random share of the inputs to 0 in training and scales the others up, so that the expected sum stays.

    Outside of training it returns its inputs.

    Args:
        rate: the share, in [0, 1].
        noise_shape: by axis of the inputs, 1 where elements are dropped together, else None or the size; None drops
            every element by itself.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or (when called) noise_shape does not fit the inputs.

    Source:
        keras.layers.Dropout.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Dropout
        >>> x = np.ones((1, 4), "float32")
        >>> Dropout(0.5)(x).tolist()
        [[1.0, 1.0, 1.0, 1.0]]
        >>> sorted(set(Dropout(0.5, seed=1)(np.ones((1, 100), "float32"), training=True).ravel().tolist()))
        [0.0, 2.0]
    """

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(seed, **kwargs)
        self.rate = finite_number(self.who(), "rate", rate, most=1)
        self.noise_shape = _noise_shape(self.who(), noise_shape)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Drop in training; each call draws anew, and the backward pass of it drops the same elements."""
        if not training or self.rate == 0:
            return inputs
        if self.rate == 1:
            return ops.multiply(inputs, 0.0)
        outputs = ops.dropout(inputs, self.rate, self.state, self.noise_shape)
        advance(self.state)
        return outputs

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "rate": self.rate, "noise_shape": self.noise_shape}


class SpatialDropout(Dropout):
    """Base of the spatial ones: drops whole channels, so ``noise_shape`` has 1 for the spatial axes."""

    rank: int

    def __init__(
        self,
        rate: float,
        data_format: str | None = None,
        seed: int | None = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ):
        super().__init__(rate, seed=seed, name=name, dtype=dtype, **kwargs)
        self.data_format = data_format_name(self.who(), data_format)
        spatial = (1,) * self.rank
        self.noise_shape = (None, *spatial, None) if self.data_format == "channels_last" else (None, None, *spatial)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = {**super().get_config(), "data_format": self.data_format}
        del config["noise_shape"]
        return config


class SpatialDropout1D(SpatialDropout):
    """Sets random channels of sequences (batch, steps, channels) to 0 in training and scales the others up.

    Args:
        rate: the share, in [0, 1].
        seed: None takes one from ``utils.set_random_seed``'s generator.
        name: None takes the class's name in small letters with a number.
        dtype: "float32" (None) or "float64".
        kwargs: ``trainable``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has another rank.

    Source:
        keras.layers.SpatialDropout1D; Tompson et al., arXiv 1411.4280.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import SpatialDropout1D
        >>> outputs = SpatialDropout1D(0.5, seed=1)(np.ones((2, 9, 4), "float32"), training=True)
        >>> bool((outputs == outputs[:, :1]).all())
        True
    """

    rank = 1

    def __init__(self, rate: float, seed: int | None = None, name: str | None = None, dtype: Any = None, **kwargs: Any):
        super().__init__(rate, seed=seed, name=name, dtype=dtype, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        del config["data_format"]
        return config


class SpatialDropout2D(SpatialDropout):
    """Sets random channels of images (batch, height, width, channels) to 0 in training and scales the others up.

    Args:
        rate: the share, in [0, 1].
        data_format: "channels_last" (None) or "channels_first".
        seed: None takes one from ``utils.set_random_seed``'s generator.
        name: None takes the class's name in small letters with a number.
        dtype: "float32" (None) or "float64".
        kwargs: ``trainable``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has another rank.

    Source:
        keras.layers.SpatialDropout2D; Tompson et al., arXiv 1411.4280.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import SpatialDropout2D
        >>> outputs = SpatialDropout2D(0.5, seed=1)(np.ones((2, 3, 3, 4), "float32"), training=True)
        >>> bool((outputs == outputs[:, :1, :1]).all())
        True
    """

    rank = 2


class SpatialDropout3D(SpatialDropout):
    """Sets random channels of volumes (batch, depth, height, width, channels) to 0 in training, scales the others up.

    Args:
        rate: the share, in [0, 1].
        data_format: "channels_last" (None) or "channels_first".
        seed: None takes one from ``utils.set_random_seed``'s generator.
        name: None takes the class's name in small letters with a number.
        dtype: "float32" (None) or "float64".
        kwargs: ``trainable``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has another rank.

    Source:
        keras.layers.SpatialDropout3D; Tompson et al., arXiv 1411.4280.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import SpatialDropout3D
        >>> outputs = SpatialDropout3D(0.5, seed=1)(np.ones((2, 3, 3, 3, 4), "float32"), training=True)
        >>> bool((outputs == outputs[:, :1, :1, :1]).all())
        True
    """

    rank = 3


class AlphaDropout(RandomLayer):
    """Sets a random share of the inputs to SELU's lower limit in training, and keeps mean 0 and variance 1.

    Outside of training it returns its inputs.

    Args:
        rate: the share, in [0, 1).
        noise_shape: as in ``Dropout``.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or (when called) noise_shape does not fit the inputs.

    Source:
        keras.layers.AlphaDropout; Klambauer et al., arXiv 1706.02515, section 3.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import AlphaDropout
        >>> x = np.zeros((1, 100), "float32")
        >>> len(set(AlphaDropout(0.5, seed=1)(x, training=True).ravel().tolist()))
        2
    """

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(seed, **kwargs)
        self.rate = finite_number(self.who(), "rate", rate, below=1)
        self.noise_shape = _noise_shape(self.who(), noise_shape)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Drop in training: what is dropped as the distance from the limit is 0 there, the limit itself here."""
        if not training or self.rate == 0:
            return inputs
        limit, kept = -SELU_ALPHA * SELU_SCALE, 1 - self.rate
        scale = (kept * (1 + self.rate * limit**2)) ** -0.5
        distance = ops.dropout(ops.subtract(inputs, limit), self.rate, self.state, self.noise_shape)
        advance(self.state)
        return distance * (scale * kept) + scale * limit * kept

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "rate": self.rate, "noise_shape": self.noise_shape}


def _noise_shape(owner: str, shape: Any) -> tuple[int | None, ...] | None:
    """Return a tuple of integers >= 1 and None, or None.

    Raises:
        ValueError: it is neither.
    """
    if shape is None:
        return None
    if not isinstance(shape, (tuple, list)) or not all(
        size is None or (isinstance(size, (int, np.integer)) and not isinstance(size, bool) and size >= 1)
        for size in shape
    ):
        raise ValueError(f"{owner}: noise_shape must be None or of integers >= 1 and None, got {shape!r}")
    return tuple(None if size is None else int(size) for size in shape)
