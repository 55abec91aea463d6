"""What was measured, as JSON: the machine and a list of rows a part."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from benchmarks import machine


def to_json(threads: int, parts: Mapping[str, Iterable[Any]]) -> str:
    """The rows (named tuples) of each part beside the machine, as text."""
    rows = {part: [as_dict(row) for row in measured] for part, measured in parts.items()}
    return json.dumps({"machine": machine.about(threads), **rows}, indent=1) + "\n"


def as_dict(row: Any) -> dict[str, Any]:
    """A row by the names of its fields; of a layer only its name."""
    fields = row._asdict()
    if "layer" in fields:
        fields["layer"] = fields["layer"].name
    return fields
