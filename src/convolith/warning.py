"""Warnings that point to the user's line, however deep in the package they come from."""

from __future__ import annotations

import sys
import warnings
from types import FrameType


def warn(text: str) -> None:
    """Warn (UserWarning) at the last line outside of convolith that led here."""
    frame: FrameType | None = sys._getframe(1)
    level = 2
    while frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] == "convolith":
        frame, level = frame.f_back, level + 1
    warnings.warn(text, stacklevel=level)
