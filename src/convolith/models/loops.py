"""The loops of ``fit`` and ``evaluate``: little Python a batch, callbacks and progress around it."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.callbacks import Callback, CallbackList, History
from convolith.config import max_epochs
from convolith.models.interrupt import HeldInterrupt
from convolith.models.passes import Pass
from convolith.models.progress import Progress, checked_verbose
from convolith.warning import warn


def run_fit(
    model: Any,
    train: Pass,
    test: Pass | None,
    callbacks: Any,
    verbose: Any,
    epochs: Any,
    initial_epoch: Any,
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
        validation_freq: validate after every how many epochs, or a list of the epochs (from 1) to validate after.

    Raises:
        ValueError: an argument has another type or range, or the data to validate on are used up.
        MemoryError: the machine has not enough memory left for a batch; the text names the largest that fits.
        KeyboardInterrupt: Ctrl-C came; the model is as after the last whole step.
    """
    verbose = checked_verbose(verbose, "fit")
    for name, value, least in (
        ("epochs", epochs, 0),
        ("initial_epoch", initial_epoch, 0),
        *(("validation_freq", one, 1) for one in _each(validation_freq)),
    ):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise ValueError(f"fit: {name} must be an integer >= {least}, got {value!r}")
    limit = max_epochs()
    if limit is not None and limit < epochs:
        warn(f"fit: config.set_max_epochs ends the training after {limit} of {epochs} epochs")
        epochs = limit
    if epochs > initial_epoch and not model.run_eagerly:
        train.step.plan(train.epochs.source.first_specs())  # whether it fits into memory, before anything is done
    history = History()
    params = {"verbose": verbose, "epochs": epochs, "steps": train.epochs.steps}
    hooks = CallbackList([*listed(callbacks), history], model=model, **params)
    model.history = history
    model.stop_training, model._initial_epoch = False, None
    logs: dict[str, float] = {}
    with HeldInterrupt() as interrupt:
        hooks.run("on_train_begin", None)
        for epoch in range(model._initial_epoch or initial_epoch, epochs):
            hooks.run("on_epoch_begin", epoch, None)
            progress = Progress(verbose, train.epochs.steps, f"Epoch {epoch + 1}/{epochs}")
            try:
                done = _run(model, train, epoch, hooks, "train", progress, interrupt)
                if not done:
                    warn(f"{model.name}: fit ends before epoch {epoch + 1}: no more data")
                    break
                logs = _logs(train)
                if test is not None and _due(epoch + 1, validation_freq):
                    hooks.run("on_test_begin", None)
                    _run(model, test, epoch, hooks, "test", None, interrupt)
                    validated = _logs(test)
                    hooks.run("on_test_end", validated)
                    logs.update((f"val_{name}", value) for name, value in validated.items())
                progress.finish(done, logs)
            finally:
                progress.close()
            hooks.run("on_epoch_end", epoch, dict(sorted(logs.items())))  # callbacks may add to theirs
            if model.stop_training:
                break
        model.optimizer.finalize_variable_values(model.trainable_weights)
        hooks.run("on_train_end", logs)
    return history


def run_evaluate(model: Any, test: Pass, callbacks: Any, verbose: Any) -> dict[str, float]:
    """Compute losses and metrics; return them by name, in the order of ``metrics``."""
    verbose = checked_verbose(verbose, "evaluate")
    hooks = CallbackList(listed(callbacks), model=model, verbose=verbose, epochs=1, steps=test.epochs.steps)
    progress = Progress(verbose, test.epochs.steps, "evaluate")
    try:
        hooks.run("on_test_begin", None)
        done = _run(model, test, 0, hooks, "test", progress, None)
        logs = test.step.logs()
        progress.finish(done, _logs(test))
        hooks.run("on_test_end", _logs(test))
    finally:
        progress.close()
    return logs


def _run(
    model: Any,
    data: Pass,
    epoch: int,
    hooks: CallbackList,
    mode: str,
    progress: Progress | None,
    interrupt: HeldInterrupt | None,
) -> int:
    """Do a step with each batch; return how many were done, which are fewer where a callback ended it."""
    epochs, step = data
    step.reset()
    stop = "stop_training" if mode == "train" else "stop_evaluating"
    if mode == "test":
        model.stop_evaluating = False
    begins, ends = hooks.has(f"on_{mode}_batch_begin"), hooks.has(f"on_{mode}_batch_end")
    done = 0
    for batch in epochs.batches(epoch):
        if begins:
            hooks.run(f"on_{mode}_batch_begin", done, None)
        if interrupt is None:
            step(batch)
        else:
            interrupt.holding = True
            step(batch)
            interrupt.release()
        if ends:
            hooks.run(f"on_{mode}_batch_end", done, _logs(data))
        done += 1
        if progress is not None:
            progress.step(done, lambda: _logs(data))
        if getattr(model, stop):
            break
    if not done and mode == "test":
        raise ValueError(f"{model.name}: there are no more data to test on; a generator gives them only once")
    return done


def _logs(data: Pass) -> dict[str, float]:
    """Return the means so far, sorted by name as in Keras."""
    return dict(sorted(data.step.logs().items()))


def _each(validation_freq: Any) -> list[Any]:
    return list(validation_freq) if isinstance(validation_freq, (list, tuple, set, range)) else [validation_freq]


def _due(epoch: int, validation_freq: Any) -> bool:
    """Tell whether to validate after the epoch of that number, from 1."""
    several = _each(validation_freq)
    return epoch % validation_freq == 0 if several == [validation_freq] else epoch in several


def listed(callbacks: Any) -> list[Callback]:
    """Return None, a callback, a list of them or a CallbackList as a list."""
    if callbacks is None:
        return []
    if isinstance(callbacks, CallbackList):
        return callbacks.callbacks
    return list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]
