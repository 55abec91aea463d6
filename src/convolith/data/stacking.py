"""Elements put together into the arrays of a batch, and taken apart again."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.layers.structure import flatten, map_structure


def stacked(elements: list[Any]) -> Any:
    """Return arrays with one more axis, nested as each element is.

    Raises:
        ValueError: the shapes differ, or how the elements are nested.
    """
    first, *others = (map_structure(lambda _: "array", element) for element in elements)
    for other in others:
        if other != first:
            raise ValueError(f"Dataset.batch: the elements of a batch must be nested alike, got {first} and {other}")
    columns = zip(*map(flatten, elements), strict=True)
    try:
        arrays = iter([np.stack([np.asarray(leaf) for leaf in column]) for column in columns])
    except ValueError as error:
        raise ValueError(f"Dataset.batch: the elements of a batch must have the same shapes: {error}") from error
    return map_structure(lambda _: next(arrays), elements[0])


def unstacked(batch: Any) -> list[Any]:
    """Return the elements of a batch, each nested as it is."""
    return [map_structure(lambda leaf: leaf[number], batch) for number in range(len(flatten(batch)[0]))]  # noqa: B023
