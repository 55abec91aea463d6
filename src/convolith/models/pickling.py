"""Models within pickles, such as those that processes send each other: as what ``save`` writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from convolith.models.archive import unpacked
from convolith.models.loading import made_from
from convolith.models.saving import described
from convolith.registry import custom_object_scope, recording_own_objects


def reduced(model: Any) -> tuple[Any, tuple[str, bytes, dict[str, Any]]]:
    """Return what a pickle holds of a model: its description, and the user's own classes and functions in it.

    Those are pickled by the place where they are defined, so that another process finds them.

    Raises:
        NotImplementedError: a user's own class has arguments that are no plain values, and no ``get_config``.
        ValueError: something in the model cannot be saved.

    Source:
        keras.Model.__reduce__.
    """
    with recording_own_objects() as own:
        text, data = described(model)
    return restored, (text, data, own)


def restored(text: str, data: bytes, own: dict[str, Any]) -> Any:
    """Make the model again; arguments are what ``reduced`` returned."""
    with custom_object_scope(own):
        return made_from(json.loads(text), unpacked(Path("pickle"), data))
