"""Batch normalisation around ``ops.normalize_batch`` and ``ops.batch_normalization``."""

from __future__ import annotations

from typing import Any

from convolith import ops
from convolith.layers.arguments import axis_number, finite_number
from convolith.layers.input_spec import InputSpec
from convolith.layers.layer import Layer
from convolith.layers.rules import rules_config, rules_for, set_rules
from convolith.layers.weights import only_none
from convolith.ops.arguments import flag, positive
from convolith.ops.batch_normalization import normalize
from convolith.ops.update import move_average


class BatchNormalization(Layer):
    """Brings each channel to mean ``beta`` and deviation ``gamma``: over the batch in training, else by averages of it.

    Input and output of any shape with a batch axis and one of channels. The averages of mean and variance move in
    training: average * momentum + batch * (1 - momentum). A batch of one value a channel becomes beta, as in Keras.
    Frozen (``trainable = False``), it uses the averages in training too.

    Args:
        axis: of the channels.
        momentum: of the moving averages, in [0, 1].
        epsilon: added to the variance, above 0.
        center: whether there is a beta.
        scale: whether there is a gamma.
        beta_initializer: first values of beta (channels,).
        gamma_initializer: first values of gamma.
        moving_mean_initializer: first values of the moving mean.
        moving_variance_initializer: first values of the moving variance.
        beta_regularizer: a name, an object or a function of it that is added to the loss; or None.
        gamma_regularizer: a name, an object or a function of it that is added to the loss; or None.
        beta_constraint: a name, an object or a function that each step of training ends with; or None.
        gamma_constraint: a name, an object or a function that each step of training ends with; or None.
        renorm: False; convolith has no batch renormalisation, so the next two are of no effect.
        renorm_clipping: None.
        renorm_momentum: of no effect.
        synchronized: of no effect: there is one process.
        kwargs: ``name``, ``trainable``, ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has no such axis.

    Source:
        Ioffe and Szegedy, arXiv 1502.03167; keras.layers.BatchNormalization.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import BatchNormalization
        >>> layer = BatchNormalization(epsilon=1e-9)
        >>> layer(np.array([[1.0], [3.0]], "float32"), training=True).tolist()
        [[-1.0], [1.0]]
        >>> [weight.name for weight in layer.weights]
        ['gamma', 'beta', 'moving_mean', 'moving_variance']
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: None = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        owner = self.who()
        if flag(owner, "renorm", renorm):
            raise ValueError(f"{owner}: convolith does not have renorm yet, it must be False, got {renorm!r}")
        only_none(owner, renorm_clipping=renorm_clipping)
        set_rules(
            self,
            gamma_initializer=gamma_initializer,
            beta_initializer=beta_initializer,
            moving_mean_initializer=moving_mean_initializer,
            moving_variance_initializer=moving_variance_initializer,
            gamma_regularizer=gamma_regularizer,
            beta_regularizer=beta_regularizer,
            gamma_constraint=gamma_constraint,
            beta_constraint=beta_constraint,
        )
        self.axis = axis_number(owner, "axis", axis)
        self.momentum = finite_number(owner, "momentum", momentum, most=1)
        self.epsilon = positive(owner, "epsilon", epsilon)
        self.center, self.scale = flag(owner, "center", center), flag(owner, "scale", scale)
        self.synchronized = flag(owner, "synchronized", synchronized)

    def build(self, input_shape: Any) -> None:
        """Make gamma, beta, and the moving mean and variance, each (channels,).

        Raises:
            ValueError: the shape has no such axis, or the number of channels is unknown.
        """
        rank = len(input_shape)
        if not -rank <= self.axis < rank or rank < 2:
            raise ValueError(f"expected an input with at least two axes and axis {self.axis}, got {tuple(input_shape)}")
        channels = input_shape[self.axis]
        if channels is None:
            raise ValueError(f"expected an input with a known axis {self.axis}, got shape {tuple(input_shape)}")
        self.gamma = self._add("gamma", channels) if self.scale else None
        self.beta = self._add("beta", channels) if self.center else None
        self.moving_mean = self._add("moving_mean", channels, trainable=False)
        self.moving_variance = self._add("moving_variance", channels, trainable=False)
        self.input_spec = InputSpec(ndim=rank, axes={self.axis: channels})

    def _add(self, name: str, channels: int, trainable: bool = True) -> Any:
        return self.add_weight(shape=(channels,), trainable=trainable, name=name, **rules_for(self, name))

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Normalise by the batch and move the averages in training, else by the averages."""
        if not training or not self.trainable:
            return ops.batch_normalization(
                inputs, self.moving_mean, self.moving_variance, self.axis, self.beta, self.gamma, self.epsilon
            )
        outputs, mean, variance = normalize(
            "normalize_batch", inputs, self.gamma, self.beta, self.axis, self.epsilon, images=False
        )
        move_average(self.moving_mean, mean, self.momentum)
        move_average(self.moving_variance, variance, self.momentum)
        return outputs

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "axis": self.axis,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "synchronized": self.synchronized,
            **rules_config(self),
        }
