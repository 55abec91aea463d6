"""Functions as a callback."""

from __future__ import annotations

from collections.abc import Callable

from convolith.callbacks.callback import BATCH_HOOKS, OUTER_HOOKS, Callback


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
