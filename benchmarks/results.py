"""What was measured, as JSON: the machine and a list of rows a part."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from benchmarks import machine
from benchmarks.layer_row import Row
from benchmarks.naive import NaiveRow
from benchmarks.network_shapes import Layer, read_network
from benchmarks.training import TrainingRow
from benchmarks.versus_row import VersusRow

ROWS: dict[str, Any] = {"versus": VersusRow, "training": TrainingRow, "layers": Row, "naive": NaiveRow}
KEYS = {  # the fields that tell the rows of a part apart
    "versus": ("network", "kind", "peer"),
    "training": ("kind", "optimizer"),
    "layers": ("network", "layer", "direction"),
    "naive": ("layer", "direction"),
}


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


def from_json(text: str) -> dict[str, list[Any]]:
    """The rows that to_json wrote."""
    result = json.loads(text)
    return {part: [_row(part, fields) for fields in result[part]] for part in ROWS if part in result}


def _row(part: str, fields: dict[str, Any]) -> Any:
    if "layer" in fields:
        fields = {**fields, "layer": _layer(fields.get("network", "lenet5"), fields["layer"])}  # naive loops: LeNet-5's
    return ROWS[part](**fields)


def _layer(network: str, name: str) -> Layer:
    return next(layer for layer in read_network(network) if layer.name == name)


def merged(old: Mapping[str, list[Any]], new: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """The old rows with those that were measured anew in their places, and the rest of the new ones behind."""
    found = {}
    for part in ROWS:
        rows = {
            tuple(getattr(row, field) for field in KEYS[part]): row for row in (*old.get(part, ()), *new.get(part, ()))
        }
        if rows:
            found[part] = list(rows.values())
    return found
