"""What a step of training and of testing computes, which a subclass of Model may change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convolith.graph.differentiate import gradients
from convolith.layers.call import takes
from convolith.layers.structure import flatten
from convolith.models.compiling import Compiled
from convolith.models.custom_step import as_outputs, unpack_x_y_sample_weight
from convolith.models.inputs import output_names


class Steps(Compiled):
    """Base of ``Trainer``: the steps as methods. Keras has the same, but for ``compute_gradients``."""

    losses: list[Any]
    trainable_weights: list[Any]

    if TYPE_CHECKING:  # what Layer has

        def __call__(self, *args: Any, **kwargs: Any) -> Any: ...  # noqa: D102

    def defines(self, name: str) -> bool:
        """Tell whether a subclass has its own ``train_step``, ``compute_loss`` or another of these methods."""
        return getattr(type(self), name) is not getattr(Steps, name)

    def train_step(self, data: Any) -> dict[str, Any]:
        """Do a step of training; subclasses may define their own, which is traced once a batch shape.

        It computes with ``convolith.ops`` and Python operators on symbolic tensors, and may update metrics. Logs of an
        epoch have what its last step returned, as in Keras: for a mean over all steps return the result of a metric.

        Args:
            data: (x, y, sample_weight), nested as ``fit`` takes them; (x, y) without weights, x alone without labels.

        Returns:
            tensors of shape () and results of metrics, by the names that logs have.

        Source:
            keras.Model.train_step.

        Example:
            >>> from convolith.layers import Dense, Input
            >>> from convolith.models import Model
            >>> from convolith.utils import unpack_x_y_sample_weight
            >>> class Mine(Model):
            ...     def train_step(self, data):
            ...         x, y, sample_weight = unpack_x_y_sample_weight(data)
            ...         loss = self.compute_loss(x, y, self(x, training=True), sample_weight)
            ...         self.optimizer.apply(self.compute_gradients(loss), self.trainable_weights)
            ...         return {"loss": loss}
            >>> inputs = Input((2,))
            >>> model = Mine(inputs, Dense(1, kernel_initializer="zeros")(inputs))
            >>> model.compile("sgd", "mse")
            >>> model.fit([[1.0, 2.0]], [[3.0]], verbose=0).history
            {'loss': [9.0]}
        """
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        predictions = self(x, training=True)
        loss = self._tracked_loss(x, y, predictions, sample_weight, True)
        self.optimizer.apply(self.compute_gradients(loss), self.trainable_weights)
        return self.compute_metrics(x, y, predictions, sample_weight)

    def test_step(self, data: Any) -> dict[str, Any]:
        """Do a step of testing; as for ``train_step``."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        predictions = self(x, training=False)
        self._tracked_loss(x, y, predictions, sample_weight, False)
        return self.compute_metrics(x, y, predictions, sample_weight)

    def predict_step(self, data: Any) -> Any:
        """Compute the outputs of a batch for ``predict``; subclasses may define their own, which is traced.

        Args:
            data: the inputs, nested as ``predict`` takes them; a list or tuple of them within a tuple of one.

        Returns:
            tensors (samples, ...), nested at will, as ``predict`` shall return them.

        Source:
            keras.Model.predict_step.
        """
        return self(unpack_x_y_sample_weight(data)[0], training=False)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Update the metrics of ``compile`` in a step; subclasses may define their own, which is traced.

        Args:
            x: inputs.
            y: labels, nested as the outputs; or None.
            y_pred: outputs.
            sample_weight: nested as the outputs, or None.

        Returns:
            what all metrics say, by name, as ``get_metrics_result`` returns it.

        Source:
            keras.Model.compute_metrics.
        """
        compiled = None if self._objective is None else self._objective.compile_metrics
        if compiled is not None:
            compiled.update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def _tracked_loss(self, x: Any, y: Any, y_pred: Any, sample_weight: Any, training: bool) -> Any:
        loss = self._loss(x, y, y_pred, sample_weight, training)
        assert self._objective is not None
        self._objective.total.update_state(loss, flatten(y_pred)[0].shape[0])
        return loss

    def _loss(self, x: Any, y: Any, y_pred: Any, sample_weight: Any, training: bool) -> Any:
        """Call ``compute_loss``, which may take no ``training``."""
        more = {"training": training} if takes(type(self).compute_loss, "training") else {}
        return self.compute_loss(x, y, y_pred, sample_weight, **more)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """Return the loss of a batch; subclasses may define their own, which is traced once a batch shape.

        Args:
            x: inputs.
            y: labels, nested as the outputs; or None.
            y_pred: outputs.
            sample_weight: nested as the outputs, or None.
            training: whether this is a step of training.

        Returns:
            a tensor of shape (): the losses of ``compile``, weighted, and ``self.losses``.

        Raises:
            ValueError: the model is not compiled, or there is no loss.

        Source:
            keras.Model.compute_loss.
        """
        predictions = flatten(y_pred)
        if not self.compiled:
            raise ValueError(f"{self.name}: compute_loss needs compile(...) first")
        if self._objective is None:
            self._make_objective(y_pred, output_names(y_pred))
        assert self._objective is not None
        labels, weights = ([None] * len(predictions) if part is None else flatten(part) for part in (y, sample_weight))
        total, losses = self._objective.symbolic(labels, weights, predictions, self.losses)
        self._objective.update_losses(losses, predictions[0].shape[0])
        return total

    def compute_gradients(self, loss: Any, variables: Any = None) -> list[Any]:
        """Return the gradients of a loss within ``train_step``.

        Args:
            loss: a tensor of shape ().
            variables: None takes ``self.trainable_weights``.

        Returns:
            a tensor a variable, or None where the loss does not depend on it.
        """
        return gradients([loss], [1.0], self.trainable_weights if variables is None else variables)

    def traced_losses(
        self, objective: Any, x: Any, labels: list[Any], weights: list[Any], predictions: Any, training: bool
    ) -> tuple[Any, list[Any]]:
        """Record the loss of a step, and each output's own."""
        flat = flatten(predictions)
        if not self.defines("compute_loss"):
            return objective.symbolic(labels, weights, flat, self.losses)
        y, sample_weight = as_outputs(self, labels), as_outputs(self, weights)
        loss = self._loss(x, y, predictions, sample_weight, training)
        return loss, objective.symbolic(labels, weights, flat, [loss])[1]
