"""Several callbacks as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from convolith.callbacks.callback import BATCH_HOOKS, OUTER_HOOKS, Callback


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
