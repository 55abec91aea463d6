"""The loops of ``fit``, ``evaluate`` and ``predict``: little Python a batch, callbacks and progress around it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from convolith.callbacks import Callback, CallbackList, History
from convolith.graph.tensor import Spec
from convolith.layers.structure import flatten
from convolith.models.batches import Batches
from convolith.models.inputs import Inputs
from convolith.models.interrupt import HeldInterrupt
from convolith.models.progress import Progress, checked_verbose
from convolith.models.step import Step


class Pass(NamedTuple):
    """Data, and what is done with each batch."""

    batches: Batches
    step: Step


def run_fit(
    model: Any,
    train: Pass,
    test: Pass | None,
    callbacks: Any,
    verbose: Any,
    epochs: Any,
    initial_epoch: Any,
    shuffle: bool,
    validation_freq: Any,
) -> History:
    """Train for ``epochs - initial_epoch`` epochs; return their history.

    Args:
        model: the model.
        train: what is trained on.
        test: what is validated on, or None.
        callbacks: None, a callback or a list of them.
        verbose: as for ``Model.fit``, as the others.
        epochs: the number of the last epoch.
        initial_epoch: the number of epochs that were done before.
        shuffle: whether each epoch has an order of its own.
        validation_freq: validate after every how many epochs.

    Raises:
        ValueError: an argument has another type or range.
        KeyboardInterrupt: Ctrl-C came; the model is as after the last whole step.
    """
    verbose = checked_verbose(verbose, "fit")
    for name, value, least in (
        ("epochs", epochs, 0),
        ("initial_epoch", initial_epoch, 0),
        ("validation_freq", validation_freq, 1),
    ):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise ValueError(f"fit: {name} must be an integer >= {least}, got {value!r}")
    history = History()
    params = {"verbose": verbose, "epochs": epochs, "steps": train.batches.steps}
    hooks = CallbackList([*_listed(callbacks), history], model, params)
    model.history = history
    model.stop_training = False
    logs: dict[str, float] = {}
    with HeldInterrupt() as interrupt:
        hooks.run("on_train_begin", None)
        for epoch in range(initial_epoch, epochs):
            hooks.run("on_epoch_begin", epoch, None)
            if shuffle:
                train.batches.shuffle()
            progress = Progress(verbose, train.batches.steps, f"Epoch {epoch + 1}/{epochs}")
            try:
                done = _run(model, train, hooks, "train", progress, interrupt)
                logs = _logs(train)
                if test is not None and (epoch + 1) % validation_freq == 0:
                    hooks.run("on_test_begin", None)
                    _run(model, test, hooks, "test", None, interrupt)
                    validated = _logs(test)
                    hooks.run("on_test_end", validated)
                    logs.update((f"val_{name}", value) for name, value in validated.items())
                progress.finish(done, logs)
            finally:
                progress.close()
            hooks.run("on_epoch_end", epoch, logs)
            if model.stop_training:
                break
        hooks.run("on_train_end", logs)
    return history


def run_evaluate(model: Any, test: Pass, callbacks: Any, verbose: Any) -> dict[str, float]:
    """Compute losses and metrics; return them by name, in the order of ``metrics_names``."""
    verbose = checked_verbose(verbose, "evaluate")
    hooks = CallbackList(_listed(callbacks), model, {"verbose": verbose, "epochs": 1, "steps": test.batches.steps})
    progress = Progress(verbose, test.batches.steps, "evaluate")
    try:
        hooks.run("on_test_begin", None)
        done = _run(model, test, hooks, "test", progress, None)
        logs = test.step.objective.logs()
        progress.finish(done, _logs(test))
        hooks.run("on_test_end", _logs(test))
    finally:
        progress.close()
    return logs


def run_predict(model: Any, inputs: Inputs, batches: Batches, callbacks: Any, verbose: Any) -> list[np.ndarray]:
    """Compute the outputs of all samples, flat."""
    if verbose == "auto" and batches.steps == 1:
        verbose = 0
    verbose = checked_verbose(verbose, "predict")
    hooks = CallbackList(_listed(callbacks), model, {"verbose": verbose, "epochs": 1, "steps": batches.steps})
    progress = Progress(verbose, batches.steps, "predict")
    results: list[np.ndarray] = []
    try:
        hooks.run("on_predict_begin", None)
        for number in range(batches.steps):
            hooks.run("on_predict_batch_begin", number, None)
            batch = batches[number]
            plan = model.planner.plan("predict", inputs.structure, tuple(Spec(a.shape, a.dtype) for a in batch), None)
            with plan.arena.lock:
                outputs = plan.run(*batch)
                if not results:
                    results = _room(model, inputs, outputs, batches.samples)
                start = number * batches.batch_size
                for result, output in zip(results, outputs, strict=True):
                    result[start : start + len(output)] = output
            if hooks.has("on_predict_batch_end"):
                stop = start + len(batch[0])
                hooks.run("on_predict_batch_end", number, {"outputs": [result[start:stop] for result in results]})
            progress.step(number + 1, dict)
        progress.finish(batches.steps, {})
        hooks.run("on_predict_end", None)
    finally:
        progress.close()
    return results


def _room(model: Any, inputs: Inputs, outputs: tuple[np.ndarray, ...], samples: int) -> list[np.ndarray]:
    """Make the arrays that the outputs of all batches go into."""
    fixed = model._graph is not None and any(tensor.shape[0] is not None for tensor in model._graph.inputs)
    for output, symbolic in zip(outputs, flatten(inputs.outputs), strict=True):
        if not symbolic.shape or (symbolic.shape[0] is not None and not fixed):
            raise ValueError(f"{model.name}: predict: an output has shape {output.shape}, without an axis of samples")
    return [np.empty((samples, *output.shape[1:]), output.dtype) for output in outputs]


def _run(
    model: Any, data: Pass, hooks: CallbackList, mode: str, progress: Progress | None, interrupt: HeldInterrupt | None
) -> int:
    """Do a step with each batch; return how many were done, which are fewer where a callback ended the training."""
    batches, step = data
    step.objective.reset()
    begins, ends = hooks.has(f"on_{mode}_batch_begin"), hooks.has(f"on_{mode}_batch_end")
    for number in range(batches.steps):
        if begins:
            hooks.run(f"on_{mode}_batch_begin", number, None)
        batch = batches[number]
        if interrupt is None:
            step(batch)
        else:
            interrupt.holding = True
            step(batch)
            interrupt.release()
        if ends:
            hooks.run(f"on_{mode}_batch_end", number, _logs(data))
        if progress is not None:
            progress.step(number + 1, lambda: _logs(data))
        if mode == "train" and model.stop_training:
            return number + 1
    return batches.steps


def _logs(data: Pass) -> dict[str, float]:
    """Return the means so far, sorted by name as in Keras."""
    return dict(sorted(data.step.objective.logs().items()))


def _listed(callbacks: Any) -> list[Callback]:
    if callbacks is None:
        return []
    return list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]
