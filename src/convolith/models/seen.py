"""Batches of shapes that a model has met before: what their checks found is kept, so that a small network's call costs
little beside its plan."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from convolith.config import epsilon, floatx, is_winograd_enabled
from convolith.graph.changes import changes

KEPT = 64
"""Kinds of batches that a model keeps; when there are more, it begins anew."""


def settings() -> tuple[Any, ...]:
    """Return what ``config`` says that decides what a plan computes, and with which kernels."""
    return is_winograd_enabled(), floatx(), epsilon()


class Seen:
    """What the checks of a batch led to, by the batch's kind; a model forgets it with its plans."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Any] = {}

    @staticmethod
    def kind(mode: str, *arrays: Any, known: Hashable = ()) -> Hashable | None:
        """Name all that the checks of a batch depend on but the values; None where not all are plain arrays.

        Args:
            mode: "predict", or "train" or "test" with the labels beside the inputs.
            arrays: what the user gave.
            known: what else they depend on.
        """
        if any(type(array) is not np.ndarray for array in arrays):
            return None
        return mode, known, settings(), changes.count, *[(array.shape, array.dtype) for array in arrays]

    def get(self, kind: Hashable | None) -> Any:
        """Give what is kept for a kind, or None."""
        return None if kind is None else self._kept.get(kind)

    def keep(self, kind: Hashable | None, found: Any) -> None:
        """Keep what was found for a kind, unless it is None."""
        if kind is not None:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[kind] = found

    def predict(self, x: Any) -> np.ndarray | None:
        """Compute the outputs for an array by the plan that is kept for its kind; None where there is none."""
        plan = self.get(self.kind("predict", x))
        if plan is None:
            return None
        with plan.arena.lock:
            outputs: np.ndarray = plan.run(x)[0].copy()
        return outputs

    def forget(self) -> None:
        """Drop all."""
        self._kept.clear()
