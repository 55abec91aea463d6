"""Functions as a callback."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convolith.callbacks.callback import BATCH_HOOKS, OUTER_HOOKS, Callback

Hook = Callable[..., Any] | None


class LambdaCallback(Callback):
    """A callback made of functions: each argument is a hook's name, each value the function to run there.

    Args:
        on_epoch_begin: a function (epoch, logs), or None.
        on_epoch_end: likewise.
        on_train_begin: a function (logs), or None.
        on_train_end: likewise.
        on_train_batch_begin: a function (batch, logs), or None.
        on_train_batch_end: likewise.
        hooks: functions for the other hooks.

    Raises:
        TypeError: a name is no hook, or a value is not callable.

    Source:
        keras.callbacks.LambdaCallback.

    Example:
        >>> from convolith.callbacks import LambdaCallback
        >>> printer = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))
    """

    def __init__(
        self,
        on_epoch_begin: Hook = None,
        on_epoch_end: Hook = None,
        on_train_begin: Hook = None,
        on_train_end: Hook = None,
        on_train_batch_begin: Hook = None,
        on_train_batch_end: Hook = None,
        **hooks: Hook,
    ):
        named: dict[str, Hook] = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }
        for name, function in {**named, **hooks}.items():
            if name not in (*OUTER_HOOKS, *BATCH_HOOKS, "on_batch_begin", "on_batch_end"):
                raise TypeError(
                    f"LambdaCallback: {name!r} is no hook; the hooks are {', '.join(OUTER_HOOKS + BATCH_HOOKS)}"
                )
            if function is not None:
                if not callable(function):
                    raise TypeError(f"LambdaCallback: {name} must be a function, got {function!r}")
                setattr(self, name, function)
