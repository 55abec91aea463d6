"""Training and running a model: Keras's ``fit``, ``evaluate``, ``predict`` and the ``*_on_batch`` methods."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from convolith.layers.structure import flatten
from convolith.models.batches import checked_batch_size, checked_steps
from convolith.models.feed import gives_batches
from convolith.models.steps import Steps
from convolith.random import new_seed


class Trainer(Steps):
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
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int = 1,
    ) -> Any:
        """Train.

        Ctrl-C raises KeyboardInterrupt between two steps, never within one.

        Args:
            x: array (samples, ...), or for several inputs a list or dict by name; cast to the input's dtype by batch.
                Or what gives batches of x, (x, y) or (x, y, sample_weight): a ``data.Dataset``, a
                ``utils.PyDataset``, a generator, another iterable, or a sequence with ``__len__`` and ``__getitem__``;
                all but generators do so anew each epoch.
            y: labels: array (samples, ...), or for several outputs a list or dict by name.
            batch_size: samples in a batch of arrays, None is 32; the last batch of an epoch may be smaller.
            epochs: the number of the last epoch.
            verbose: "auto" or 1 for a progress bar, 2 for a line an epoch, 0 for nothing.
            callbacks: a list of ``convolith.callbacks.Callback``.
            validation_split: share of the samples, from the end, to validate on.
            validation_data: (x, y) or (x, y, sample_weight), or what gives batches, to validate on after each epoch.
            shuffle: whether each epoch of arrays, or of a sequence of batches, has an order of its own.
            class_weight: factors by class number for the loss of training's samples; 1 for a class that is not named.
            sample_weight: factors (samples,), or (samples, ...) along the first axes of the labels, for the loss; for
                several outputs one for all, or a list or dict by name.
            initial_epoch: the number of epochs that were trained before.
            steps_per_epoch: batches in an epoch; None takes all. The next epoch goes on in the data.
            validation_steps: batches to validate on, each time from the first one; None takes all. A generator gives
                its first two batches each time, and goes on after them.
            validation_batch_size: None takes ``batch_size``.
            validation_freq: validate after every how many epochs.

        Returns:
            a History: ``history.history["loss"]`` and so on, one number an epoch.

        Raises:
            ValueError: the model is not compiled, or the arguments or data do not fit it (before any training).
            MemoryError: a batch does not fit into the machine's free memory (before any training); the text names the
                largest that does.

        Source:
            keras.Model.fit.
        """
        from convolith.models.loops import run_fit
        from convolith.models.passes import Data, fit_passes

        train, test = fit_passes(
            self,
            Data(x, y, sample_weight, class_weight),
            validation_data,
            validation_split,
            (batch_size, validation_batch_size),
            (steps_per_epoch, validation_steps),
            shuffle,
        )
        return run_fit(self, train, test, callbacks, verbose, epochs, initial_epoch, validation_freq)

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Compute the loss and the metrics over data.

        Args:
            x: as for ``fit``.
            y: as for ``fit``.
            batch_size: samples in a batch, None is 32.
            verbose: as for ``fit``.
            sample_weight: as for ``fit``.
            steps: batches to take; None takes all.
            callbacks: a list of callbacks.
            return_dict: whether to return a dict by name.

        Returns:
            the loss, or a list of the loss and the metrics in the order of ``metrics``, or a dict by name.

        Raises:
            ValueError: the model is not compiled, or the arguments or data do not fit it.

        Source:
            keras.Model.evaluate.
        """
        from convolith.models.loops import run_evaluate
        from convolith.models.passes import Data, make_pass

        steps = checked_steps(steps, f"{self.name}: evaluate", "steps")
        test = make_pass(self, "test", Data(x, y, sample_weight), batch_size, steps, "evaluate")
        return _as_keras(run_evaluate(self, test, callbacks, verbose), return_dict)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """Compute the outputs for data, batch by batch.

        Args:
            x: as for ``fit``.
            batch_size: samples in a batch, None is 32.
            verbose: as for ``fit``; with "auto", a single batch shows nothing.
            steps: batches to take; None takes all.
            callbacks: a list of callbacks.

        Returns:
            array (samples, ...), or the list or dict of arrays that the model returns.

        Raises:
            ValueError: the arguments or data do not fit the model.

        Source:
            keras.Model.predict.
        """
        from convolith.models.predicting import predict_arrays, predict_batches

        steps = checked_steps(steps, f"{self.name}: predict", "steps")
        if gives_batches(x):
            return predict_batches(self, x, steps, callbacks, verbose)
        return predict_arrays(self, x, checked_batch_size(batch_size, "predict"), steps, callbacks, verbose)

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Do one step of training on one batch.

        Args and result are those of ``evaluate``.

        Raises:
            ValueError: the model is not compiled, or the data do not fit it.

        Source:
            keras.Model.train_on_batch.
        """
        return self._on_batch("train", (x, y, sample_weight, class_weight), return_dict)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """Compute loss and metrics of one batch.

        Args and result are those of ``evaluate``.

        Raises:
            ValueError: the model is not compiled, or the data do not fit it.

        Source:
            keras.Model.test_on_batch.
        """
        return self._on_batch("test", (x, y, sample_weight, None), return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """Compute the outputs of one batch; argument and result are those of ``predict``.

        Raises:
            ValueError: the data do not fit the model.

        Source:
            keras.Model.predict_on_batch.
        """
        seen = self.planner.seen.predict(x)
        if seen is not None:
            return seen
        samples = np.shape(flatten(x)[0])[:1]
        return Trainer.predict(self, x, batch_size=max(1, *samples), verbose=0)  # even where a subclass has its own

    # Data.

    def sample_order(self, epoch: int, samples: int) -> np.ndarray:
        """Return the order of an epoch, which depends on the seed and on the epoch's number only.

        The seed is drawn when epoch 0 begins and saved with the model: training that goes on from a later epoch takes
        the samples as if it had never stopped.
        """
        if self.shuffle_seed is None or epoch == 0:
            self.shuffle_seed = new_seed()
        return np.random.default_rng((self.shuffle_seed, epoch)).permutation(samples)

    def own_optimizer(self) -> None:
        """Take the optimizer for this model, whose weights and steps it counts from now on."""
        owner = self.optimizer.trains
        if owner is not None and owner() is not self:
            other = "another model" if owner() is None else f"the model {owner().name!r}"
            raise ValueError(
                f"{self.name}: the optimizer {self.optimizer!r} has trained {other}, and keeps its steps and means; "
                f"compile each model with an optimizer of its own"
            )
        self.optimizer.trains = weakref.ref(self)

    def _on_batch(self, mode: str, data: tuple[Any, Any, Any, Any], return_dict: bool) -> Any:
        from convolith.models.passes import one_batch

        step, batch = one_batch(self, mode, data, f"{mode}_on_batch")
        step.reset()
        step(batch)
        return _as_keras(step.logs(), return_dict)


def _as_keras(logs: dict[str, float], return_dict: bool) -> Any:
    """Return means as Keras does: a dict, a list, or the loss alone."""
    if return_dict:
        return dict(sorted(logs.items()))
    values = list(logs.values())
    return values if len(values) > 1 else values[0]
