"""Several callbacks as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from convolith.callbacks.callback import BATCH_HOOKS, OUTER_HOOKS, Callback
from convolith.callbacks.history import History
from convolith.callbacks.progbar_logger import ProgbarLogger
from convolith.ops.arguments import flag


class CallbackList:
    """Runs a hook of every callback, in order: ``run("on_epoch_end", 0, logs)``, or ``on_epoch_end(0, logs)``.

    Args:
        callbacks: the callbacks; None for none.
        add_history: whether to add a ``History`` where there is none.
        add_progbar: likewise a ``ProgbarLogger``.
        model: handed to each.
        params: handed to each.

    Raises:
        TypeError: one of them is no Callback.

    Source:
        keras.callbacks.CallbackList.

    Example:
        >>> from convolith.callbacks import CallbackList
        >>> hooks = CallbackList([], add_history=True)
        >>> [type(callback).__name__ for callback in hooks.callbacks]
        ['History']
    """

    def __init__(
        self,
        callbacks: Iterable[Callback] | None = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ):
        self.callbacks = list(callbacks or ())
        bar = flag("CallbackList", "add_progbar", add_progbar)
        history = flag("CallbackList", "add_history", add_history)
        for kind, wanted in ((ProgbarLogger, bar), (History, history)):
            if wanted and not any(isinstance(callback, kind) for callback in self.callbacks):
                self.callbacks.append(kind())
        for callback in self.callbacks:
            if not isinstance(callback, Callback):
                raise TypeError(
                    f"callbacks must be Callback objects, got {callback!r} of type {type(callback).__name__}"
                )
            callback.set_params(params)
            if model is not None:
                callback.set_model(model)
        # Without callbacks there is nothing to look for: `predict` of a single image takes 50 us around the plan.
        names = OUTER_HOOKS + BATCH_HOOKS if self.callbacks else ()
        self._hooks = {name: self._overriding(name) for name in names}

    def __getattr__(self, name: str) -> Any:
        if name not in OUTER_HOOKS + BATCH_HOOKS:
            raise AttributeError(f"CallbackList has no attribute {name!r}")
        return partial(self.run, name)

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
        """Run a hook of all callbacks with the arguments (epoch or batch where the hook has one, logs).

        Logs that are None come to them as an empty dict, as in Keras.
        """
        functions = self._hooks.get(hook)
        if functions:
            given = [{} if argument is None else argument for argument in arguments]
            for function in functions:
                function(*given)
