"""Hooks into ``fit``, ``evaluate`` and ``predict``, as in Keras."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["Callback", "CallbackList", "History", "LambdaCallback"]

# Hooks that run once a call or an epoch, and those that run once a batch, which ``fit`` skips where nobody overrides
# them.
OUTER_HOOKS = (
    "on_train_begin", "on_train_end", "on_test_begin", "on_test_end", "on_predict_begin", "on_predict_end",
    "on_epoch_begin", "on_epoch_end",
)  # fmt: skip
BATCH_HOOKS = (
    "on_train_batch_begin", "on_train_batch_end", "on_test_batch_begin", "on_test_batch_end",
    "on_predict_batch_begin", "on_predict_batch_end",
)  # fmt: skip


class Callback:
    """Base of all callbacks: override the hooks that you need; ``self.model`` and ``self.params`` are set before.

    ``logs`` maps names such as "loss" and "val_accuracy" to floats. Setting ``self.model.stop_training = True`` ends
    ``fit`` after the batch (or epoch) that is under way.

    Source:
        keras.callbacks.Callback.

    Example:
        >>> class Bell(Callback):
        ...     def on_train_end(self, logs=None):
        ...         print("done")
    """

    params: dict[str, Any] | None = None
    model: Any = None

    def set_params(self, params: dict[str, Any]) -> None:
        """Take {"verbose", "epochs", "steps"} of the call that begins."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Take the model that is trained."""
        self.model = model

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Run before the first epoch of ``fit``."""

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Run after the last epoch of ``fit``, with that epoch's logs."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Run before an epoch; ``epoch`` counts from 0."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Run after an epoch and its validation."""

    def on_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Run before a training batch, another name of ``on_train_batch_begin``."""

    def on_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Run after a training batch, another name of ``on_train_batch_end``."""

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Run before a training batch; ``batch`` counts from 0 within the epoch."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Run after a training batch with the epoch's means so far."""
        self.on_batch_end(batch, logs=logs)

    def on_test_begin(self, logs: dict[str, float] | None = None) -> None:
        """Run before ``evaluate`` or the validation of an epoch."""

    def on_test_end(self, logs: dict[str, float] | None = None) -> None:
        """Run after ``evaluate`` or the validation of an epoch."""

    def on_test_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Run before a batch of ``evaluate`` or of validation."""

    def on_test_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Run after a batch of ``evaluate`` or of validation with the means so far."""

    def on_predict_begin(self, logs: dict[str, float] | None = None) -> None:
        """Run before ``predict``."""

    def on_predict_end(self, logs: dict[str, float] | None = None) -> None:
        """Run after ``predict``."""

    def on_predict_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Run before a batch of ``predict``."""

    def on_predict_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Run after a batch of ``predict``; ``logs`` holds its "outputs"."""


class History(Callback):
    """Records the logs of every epoch; ``fit`` returns one.

    Attributes:
        epoch: numbers of the epochs, from 0.
        history: by name, one float an epoch.

    Source:
        keras.callbacks.History.

    Example:
        >>> History().history
        {}
    """

    def __init__(self) -> None:
        self.epoch: list[int] = []
        self.history: dict[str, list[float]] = {}
        self._model: Any = None

    @property
    def model(self) -> Any:  # type: ignore[override]
        """The model, as long as somebody else holds it: a history that is kept does not keep the model's memory."""
        return None if self._model is None else self._model()

    def set_model(self, model: Any) -> None:
        """Take the model that is trained."""
        self._model = weakref.ref(model)

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Start a new list of epochs."""
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Append the epoch's logs."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        self.model.history = self


class LambdaCallback(Callback):
    """A callback made of functions: each argument is a hook's name, each value the function to run there.

    Raises:
        TypeError: a name is no hook, or a value is not callable.

    Source:
        keras.callbacks.LambdaCallback.

    Example:
        >>> printer = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))
    """

    def __init__(self, **hooks: Callable[..., None] | None):
        for name, function in hooks.items():
            if name not in (*OUTER_HOOKS, *BATCH_HOOKS, "on_batch_begin", "on_batch_end"):
                raise TypeError(
                    f"LambdaCallback: {name!r} is no hook; the hooks are {', '.join(OUTER_HOOKS + BATCH_HOOKS)}"
                )
            if function is not None:
                if not callable(function):
                    raise TypeError(f"LambdaCallback: {name} must be a function, got {function!r}")
                setattr(self, name, function)


class CallbackList:
    """Runs a hook of every callback, in order.

    Args:
        callbacks: the callbacks.
        model: handed to each.
        params: handed to each.

    Raises:
        TypeError: one of them is no Callback.
    """

    def __init__(self, callbacks: Iterable[Callback], model: Any, params: dict[str, Any]):
        self.callbacks = list(callbacks)
        for callback in self.callbacks:
            if not isinstance(callback, Callback):
                raise TypeError(
                    f"callbacks must be Callback objects, got {callback!r} of type {type(callback).__name__}"
                )
            callback.set_params(params)
            callback.set_model(model)
        # Without callbacks there is nothing to look for: `predict` of a single image takes 50 us around the plan.
        names = OUTER_HOOKS + BATCH_HOOKS if self.callbacks else ()
        self._hooks = {name: self._overriding(name) for name in names}

    def _overriding(self, hook: str) -> list[Callable[..., None]]:
        """Bound methods of the callbacks that do something at this hook."""
        older_name = hook.replace("train_batch", "batch") if "train_batch" in hook else hook
        return [
            getattr(callback, hook)
            for callback in self.callbacks
            if any(
                getattr(type(callback), name) is not getattr(Callback, name) or name in vars(callback)
                for name in (hook, older_name)
            )
        ]

    def has(self, hook: str) -> bool:
        """Tell whether any callback does something at this hook."""
        return bool(self._hooks.get(hook))

    def run(self, hook: str, *arguments: Any) -> None:
        """Run a hook of all callbacks with the arguments (epoch or batch where the hook has one, logs)."""
        for function in self._hooks.get(hook, ()):
            function(*arguments)
