"""Whether a layer is being called, perhaps only to find out its outputs' shapes, where tensors have no values."""

from __future__ import annotations

from contextvars import ContextVar

from convolith.graph.operation import current

within_call: ContextVar[bool] = ContextVar("convolith_within_call", default=False)
"""Whether a layer's ``call`` is under way in this thread."""


def shapes_alone() -> bool:
    """Tell whether what is done now is for the shapes of a layer's outputs: it is called, and nothing is traced."""
    return within_call.get() and current.get() is None
