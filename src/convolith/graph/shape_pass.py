"""Whether a layer is being called, perhaps only to find out its outputs' shapes, where tensors have no values."""

from __future__ import annotations

from contextvars import ContextVar

from convolith.graph.recording import current

within_call: ContextVar[bool] = ContextVar("convolith_within_call", default=False)
"""Whether a layer's ``call``, or a step that a model defines, is under way in this thread."""

without_values: ContextVar[bool] = ContextVar("convolith_without_values", default=False)
"""Whether that call is one on tensors."""


def shapes_alone() -> bool:
    """Tell whether what is done now is for the shapes of a layer's outputs: it is called, and nothing is traced."""
    return within_call.get() and current.get() is None


def changes_nothing() -> bool:
    """Tell whether what a layer's ``call`` does to variables must not be done: it is called for its shapes alone."""
    return shapes_alone() and without_values.get()


def is_repeated() -> bool:
    """Tell whether what a ``call`` or step does now, even with numbers alone, belongs to each run of a trace."""
    return within_call.get() and current.get() is not None
