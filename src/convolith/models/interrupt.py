"""Ctrl-C between steps, never within one: a step that stopped half way would leave weights of two times."""

from __future__ import annotations

from typing import Any


class HeldInterrupt:
    """A context in which Ctrl-C that comes while ``holding`` is true waits for ``release``.

    Only Python's own handler is replaced, and only in the main thread, where signals arrive; it is put back at the end.

    Example:
        >>> from convolith.models.interrupt import HeldInterrupt
        >>> with HeldInterrupt() as interrupt:
        ...     interrupt.holding = True
        ...     step = "done"  # Ctrl-C here ...
        ...     interrupt.release()  # ... is raised here
    """

    def __init__(self) -> None:
        self.holding = False
        self._came = False
        self._replaced: Any = None

    def __enter__(self) -> HeldInterrupt:
        import signal
        import threading

        if (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        ):
            self._replaced = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, *exception: object) -> None:
        import signal

        self.holding = False
        if self._replaced is not None:
            signal.signal(signal.SIGINT, self._replaced)

    def _handle(self, number: int, frame: Any) -> None:
        if not self.holding:
            raise KeyboardInterrupt
        self._came = True

    def release(self) -> None:
        """End holding.

        Raises:
            KeyboardInterrupt: Ctrl-C came meanwhile.
        """
        self.holding = False
        if self._came:
            self._came = False
            raise KeyboardInterrupt
