"""What a layer says beside its outputs: losses that it adds, metrics that its ``call`` or a model's step updates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convolith.layers.call import add_losses
from convolith.layers.weights import attributes, found, unique

if TYPE_CHECKING:
    from convolith.metrics.metric import Metric


class Reports:
    """The part of ``Layer`` that has its losses and metrics."""

    _losses: list[Any]

    if TYPE_CHECKING:  # what WeightOwner has

        def regularization_losses(self) -> list[Any]: ...  # noqa: D102

    def add_loss(self, loss: Any) -> None:
        """Add a term to the loss that training makes small; for use within ``call``.

        Args:
            loss: a tensor or array, or a list of them; what has axes is summed.

        Raises:
            TypeError: it is something else.
            ValueError: no call is under way.

        Source:
            keras.layers.Layer.add_loss.

        Example:
            >>> import numpy as np
            >>> from convolith.layers import Layer
            >>> class Sparse(Layer):
            ...     def call(self, inputs):
            ...         self.add_loss(abs(inputs) * 0.5)
            ...         return inputs
            >>> layer = Sparse()
            >>> _ = layer(np.array([-2.0, 4.0]))
            >>> layer.losses
            [array([1., 2.])]
        """
        add_losses(self, loss)

    @property
    def losses(self) -> list[Any]:
        """What the layers within added to the loss in this layer's last call of its own; then the regularizers'."""
        return [*self._losses, *self.regularization_losses()]

    @property
    def metrics(self) -> list[Any]:
        """The metrics among the attributes, then those of the layers within.

        Source:
            keras.layers.Layer.metrics.
        """
        return unique([*attribute_metrics(self), *layer_metrics(self)])

    def metrics_as_part(self) -> list[Any]:
        """Return the metrics that a model, of which the layer is a part, starts again with each epoch."""
        return self.metrics


def attribute_metrics(layer: Any) -> list[Metric]:
    """Return the metrics among a layer's attributes, and in lists, tuples and dicts there."""
    from convolith.metrics.metric import Metric  # by whom asks: a model that only predicts starts without it

    return found(attributes(layer), Metric)


def layer_metrics(layer: Any) -> list[Metric]:
    """Return the metrics of the layers within a layer."""
    return unique([metric for inner in layer.sublayers() for metric in inner.metrics_as_part()])
