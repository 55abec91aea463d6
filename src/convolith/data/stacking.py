"""Elements put together into the arrays of a batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.layers.structure import flatten, map_structure


def stacked(elements: list[Any]) -> Any:
    """Return arrays with one more axis, nested as each element is.

    Raises:
        ValueError: the shapes differ.
    """
    columns = zip(*map(flatten, elements), strict=True)
    try:
        arrays = iter([np.stack([np.asarray(leaf) for leaf in column]) for column in columns])
    except ValueError as error:
        raise ValueError(f"Dataset.batch: the elements of a batch must have the same shapes: {error}") from error
    return map_structure(lambda _: next(arrays), elements[0])
