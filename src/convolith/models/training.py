"""Training and running a model: Keras's ``fit``, ``evaluate``, ``predict`` and the ``*_on_batch`` methods."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from convolith.layers.structure import flatten, map_structure
from convolith.layers.weights import only_none
from convolith.models.batches import Batches, checked_batch_size, split
from convolith.models.compiling import Compiled
from convolith.models.inputs import Inputs, model_inputs
from convolith.models.step import Step


class Trainer(Compiled):
    """Base of ``Model``: what trains and runs it.

    A step is traced once a batch shape and lowered to a plan, whose memory is kept; see ``convolith.models.step``.
    """

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: None = None,
        sample_weight: None = None,
        initial_epoch: int = 0,
        steps_per_epoch: None = None,
        validation_steps: None = None,
        validation_batch_size: int | None = None,
        validation_freq: int = 1,
    ) -> Any:
        """Train.

        Ctrl-C raises KeyboardInterrupt between two steps, never within one.

        Args:
            x: array (samples, ...), or for several inputs a list or dict by name; cast to the input's dtype by batch.
            y: labels: array (samples, ...), or for several outputs a list or dict by name.
            batch_size: samples in a batch, None is 32; the last batch of an epoch may be smaller.
            epochs: the number of the last epoch.
            verbose: "auto" or 1 for a progress bar, 2 for a line an epoch, 0 for nothing.
            callbacks: a list of ``convolith.callbacks.Callback``.
            validation_split: share of the samples, from the end, to validate on.
            validation_data: (x, y) to validate on after each epoch.
            shuffle: whether each epoch has an order of its own.
            class_weight: None; convolith has no weights of classes or samples yet.
            sample_weight: None.
            initial_epoch: the number of epochs that were trained before.
            steps_per_epoch: None; an epoch is all samples once.
            validation_steps: None.
            validation_batch_size: None takes ``batch_size``.
            validation_freq: validate after every how many epochs.

        Returns:
            a History: ``history.history["loss"]`` and so on, one number an epoch.

        Raises:
            ValueError: the model is not compiled, or the arguments or data do not fit it (before any training).

        Source:
            keras.Model.fit.
        """
        from convolith.models.loops import Pass, run_fit

        only_none(
            f"{self.name}: fit",
            class_weight=class_weight,
            sample_weight=sample_weight,
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
        )
        batch_size = checked_batch_size(batch_size, "fit")
        if validation_batch_size is None:
            validation_batch_size = batch_size
        validation_batch_size = checked_batch_size(validation_batch_size, "fit", "validation_batch_size")
        inputs, arrays, dtypes = self._labelled(x, y, "fit")
        held_out = None
        if validation_data is not None:
            held_out = self._validation(validation_data)
        elif validation_split:
            arrays, rest = split(arrays, validation_split)
            held_out = inputs, rest, dtypes
        test = None
        if held_out is not None:
            test = Pass(Batches(held_out[1], held_out[2], validation_batch_size), self._step("test", held_out[0]))
        self.planner.forget_weights()  # a list of layers may have grown
        train = Pass(Batches(arrays, dtypes, batch_size), self._step("train", inputs))
        return run_fit(self, train, test, callbacks, verbose, epochs, initial_epoch, shuffle, validation_freq)

    def _validation(self, data: Any) -> tuple[Inputs, list[np.ndarray], list[np.dtype]]:
        if not isinstance(data, (list, tuple)) or len(data) not in (2, 3):
            raise ValueError(f"{self.name}: fit: validation_data must be (x, y), got {type(data).__name__}")
        only_none(f"{self.name}: fit", **{"weights of samples in validation_data": data[2] if len(data) == 3 else None})
        return self._labelled(data[0], data[1], "fit", "validation_data: ")

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: None = None,
        steps: None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Compute the loss and the metrics over data.

        Args:
            x: as for ``fit``.
            y: as for ``fit``.
            batch_size: samples in a batch, None is 32.
            verbose: as for ``fit``.
            sample_weight: None; convolith has none yet.
            steps: None; all samples are used.
            callbacks: a list of callbacks.
            return_dict: whether to return a dict by name.

        Returns:
            the loss, or a list of the loss and the metrics (in the order of ``metrics_names``), or a dict.

        Raises:
            ValueError: the model is not compiled, or the arguments or data do not fit it.

        Source:
            keras.Model.evaluate.
        """
        from convolith.models.loops import Pass, run_evaluate

        only_none(f"{self.name}: evaluate", sample_weight=sample_weight, steps=steps)
        batch_size = checked_batch_size(batch_size, "evaluate")
        inputs, arrays, dtypes = self._labelled(x, y, "evaluate")
        test = Pass(Batches(arrays, dtypes, batch_size), self._step("test", inputs))
        return _as_keras(run_evaluate(self, test, callbacks, verbose), return_dict)

    def predict(
        self, x: Any, batch_size: int | None = None, verbose: Any = "auto", steps: None = None, callbacks: Any = None
    ) -> Any:
        """Compute the outputs for data, batch by batch.

        Args:
            x: as for ``fit``.
            batch_size: samples in a batch, None is 32.
            verbose: as for ``fit``; with "auto", a single batch shows nothing.
            steps: None; all samples are used.
            callbacks: a list of callbacks.

        Returns:
            array (samples, ...), or the list or dict of arrays that the model returns.

        Raises:
            ValueError: the arguments or data do not fit the model.

        Source:
            keras.Model.predict.
        """
        from convolith.models.loops import run_predict

        only_none(f"{self.name}: predict", steps=steps)
        batch_size = checked_batch_size(batch_size, "predict")
        inputs = model_inputs(self, x, "predict")
        batches = Batches(inputs.arrays, inputs.dtypes, batch_size)
        results = iter(run_predict(self, inputs, batches, callbacks, verbose))
        return map_structure(lambda _: next(results), inputs.outputs)

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: None = None, class_weight: None = None, return_dict: bool = False
    ) -> Any:
        """Do one step of training on one batch; the metrics go on from earlier calls until ``reset_metrics()``.

        Args and result are those of ``evaluate``.

        Raises:
            ValueError: the model is not compiled, or the data do not fit it.

        Source:
            keras.Model.train_on_batch.
        """
        only_none(f"{self.name}: train_on_batch", sample_weight=sample_weight, class_weight=class_weight)
        return self._on_batch("train", x, y, return_dict)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: None = None, return_dict: bool = False) -> Any:
        """Compute loss and metrics of one batch; the metrics go on from earlier calls until ``reset_metrics()``.

        Args and result are those of ``evaluate``.

        Raises:
            ValueError: the model is not compiled, or the data do not fit it.

        Source:
            keras.Model.test_on_batch.
        """
        only_none(f"{self.name}: test_on_batch", sample_weight=sample_weight)
        return self._on_batch("test", x, y, return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """Compute the outputs of one batch; argument and result are those of ``predict``.

        Raises:
            ValueError: the data do not fit the model.

        Source:
            keras.Model.predict_on_batch.
        """
        return self.predict(x, batch_size=max(1, len(flatten(x)[0])), verbose=0)

    # Data.

    def _labelled(
        self, x: Any, y: Any, method: str, prefix: str = ""
    ) -> tuple[Inputs, list[np.ndarray], list[np.dtype]]:
        """Check inputs and labels; return the inputs, then arrays and dtypes of both."""
        if self.compile_arguments is None:
            raise ValueError(f"{self.name}: {method} needs compile(...) first")
        inputs = model_inputs(self, x, method, f"{prefix}x")
        objective = self._objective or self._make_objective(inputs.outputs, inputs.output_names)
        labels = objective.prepare(y, f"{self.name}: {method}", f"{prefix}y")
        present = [label for label in labels if label is not None]
        if len(present[0]) != len(inputs.arrays[0]):
            raise ValueError(
                f"{self.name}: {method}: {prefix}x and {prefix}y must have the same number of samples, "
                f"got {len(inputs.arrays[0])} and {len(present[0])}"
            )
        dtypes = [
            label.dtype if loss is not None and loss.labels == "classes" else output.dtype
            for label, loss, output in zip(labels, objective.losses, objective.outputs, strict=True)
            if label is not None
        ]
        return inputs, [*inputs.arrays, *present], [*inputs.dtypes, *dtypes]

    def _step(self, mode: str, inputs: Inputs) -> Step:
        assert self._objective is not None
        if mode == "train":
            self._own_optimizer()
            self.optimizer.build(self.planner.trained_weights())
        return Step(self.planner, mode, inputs.structure, len(inputs.arrays), self._objective)

    def _own_optimizer(self) -> None:
        """Take the optimizer for this model, whose weights and steps it counts from now on."""
        owner = self.optimizer.trains
        if owner is not None and owner() is not self:
            other = "another model" if owner() is None else f"the model {owner().name!r}"
            raise ValueError(
                f"{self.name}: the optimizer {self.optimizer!r} has trained {other}, and keeps its steps and means; "
                f"compile each model with an optimizer of its own"
            )
        self.optimizer.trains = weakref.ref(self)

    def _on_batch(self, mode: str, x: Any, y: Any, return_dict: bool) -> Any:
        inputs, arrays, dtypes = self._labelled(x, y, f"{mode}_on_batch")
        assert self._objective is not None
        self._step(mode, inputs)(Batches(arrays, dtypes, len(arrays[0]))[0])
        return _as_keras(self._objective.logs(), return_dict)


def _as_keras(logs: dict[str, float], return_dict: bool) -> Any:
    """Return means as Keras does: a dict, a list, or the loss alone."""
    if return_dict:
        return dict(sorted(logs.items()))
    values = list(logs.values())
    return values if len(values) > 1 else values[0]
