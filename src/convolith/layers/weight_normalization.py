"""Wrappers that give a layer a normalised kernel: weight normalisation and spectral normalisation."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith import initializers, ops
from convolith.layers.arguments import positive_integer
from convolith.layers.layer import Layer
from convolith.ops.update import assign


class KernelWrapper(Layer):
    """A layer around another whose ``kernel`` it replaces, call by call, by what ``normalized`` gives.

    Args:
        layer: has a weight ``kernel`` with the outputs on its last axis.
        kwargs: ``name``, ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: ``layer`` is no layer.
    """

    def __init__(self, layer: Any, **kwargs: Any):
        super().__init__(**kwargs)
        if not isinstance(layer, Layer):
            raise ValueError(f"{self.who()}: layer must be a layer, got {layer!r}")
        self.layer: Any = layer

    def build(self, input_shape: Any) -> None:
        """Build the layer within.

        Raises:
            ValueError: it has no kernel.
        """
        if not self.layer.built:
            self.layer.build(input_shape)
        if getattr(self.layer, "kernel", None) is None:
            raise ValueError(f"layer must have a kernel to normalise, which {self.layer.who()} has not")
        self.kernel = self.layer.kernel

    def normalized(self, training: bool | None) -> Any:
        """Return the kernel to compute with."""
        raise NotImplementedError

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Call the layer within with the normalised kernel in place of its own."""
        self.layer.kernel = self.normalized(training)
        try:
            return self.layer(inputs)
        finally:
            self.layer.kernel = self.kernel

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        from convolith.layers import serialize

        return {**super().get_config(), "layer": serialize(self.layer)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make the wrapper and the layer within.

        Raises:
            ValueError: an entry is no argument.
        """
        from convolith.layers import deserialize

        return cls(**{**config, "layer": deserialize(config["layer"])})


class WeightNormalization(KernelWrapper):
    """Separates a kernel's lengths from its directions: ``g * kernel / |kernel|``, one length an output. Beyond Keras.

    At first ``g`` is the length of the kernel, so that nothing changes. Inputs and outputs are the layer's.

    Args:
        layer: a convolution or dense layer.
        kwargs: ``name``, ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: ``layer`` is no layer, or has no kernel.

    Source:
        Salimans and Kingma, arXiv 1602.07868, equation 2.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Dense, WeightNormalization
        >>> layer = WeightNormalization(Dense(1, kernel_initializer="ones"))
        >>> layer(np.ones((1, 4), "float32")).tolist(), layer.g.numpy().tolist()
        ([[4.0]], [2.0])
    """

    def build(self, input_shape: Any) -> None:
        """Build the layer within, and make g (outputs,)."""
        super().build(input_shape)
        kernel = self.kernel.numpy()
        lengths = np.sqrt(np.square(kernel, dtype=np.float64).sum(axis=tuple(range(kernel.ndim - 1))))
        self.g = self.add_weight(shape=lengths.shape, initializer=lambda shape, dtype: lengths.astype(dtype), name="g")

    def normalized(self, training: bool | None) -> Any:
        """Return g * kernel / |kernel|."""
        return self.g * ops.normalize(self.kernel, tuple(range(self.kernel.ndim - 1)))


class SpectralNormalization(KernelWrapper):
    """Divides a kernel by its greatest singular value, as a matrix of inputs times outputs.

    A step of the power iteration in each training call keeps the estimate; the gradient goes through the division with
    the singular vectors held fixed, as in the paper (Keras overwrites the kernel instead). Inputs and outputs are the
    layer's.

    Args:
        layer: a convolution or dense layer.
        power_iterations: steps a training call, at least 1.
        kwargs: ``name``, ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the layer has no kernel.

    Source:
        Miyato et al., arXiv 1802.05957, algorithm 1; keras.layers.SpectralNormalization.
    """

    def __init__(self, layer: Any, power_iterations: int = 1, **kwargs: Any):
        super().__init__(layer, **kwargs)
        self.power_iterations = positive_integer(self.who(), "power_iterations", power_iterations)

    def build(self, input_shape: Any) -> None:
        """Build the layer within, and make the singular vectors' estimates ``vector_u`` and ``vector_v``."""
        super().build(input_shape)
        rows, outputs = int(np.prod(self.kernel.shape[:-1])), self.kernel.shape[-1]
        normal = initializers.get("truncated_normal")
        self.vector_u = self.add_weight(shape=(1, outputs), initializer=normal, trainable=False, name="vector_u")
        self.vector_v = self.add_weight(shape=(1, rows), initializer=normal, trainable=False, name="vector_v")
        kernel = self.kernel.numpy().reshape(rows, outputs)
        v = self.vector_u.numpy() @ kernel.T
        self.vector_v.assign(v / max(float(np.linalg.norm(v)), 1e-12))

    def normalized(self, training: bool | None) -> Any:
        """Return kernel / sigma, with the vectors of the last training call or, in training, of one step more."""
        kernel = ops.reshape(self.kernel, (-1, self.kernel.shape[-1]))
        u, v = self.vector_u, self.vector_v
        if training:
            fixed = ops.stop_gradient(kernel)
            for _ in range(self.power_iterations):
                v = ops.normalize(ops.matmul(u, ops.transpose(fixed)), epsilon=1e-12)
                u = ops.normalize(ops.matmul(v, fixed), epsilon=1e-12)
            assign(self.vector_u, u)
            assign(self.vector_v, v)
        sigma = ops.sum(ops.matmul(v, kernel) * u)
        return self.kernel / sigma

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "power_iterations": self.power_iterations}
