"""What the functions on images share: one image or a batch, either data format, and checks of their arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convolith.ops.arguments import checked_data_format
from convolith.ops.conversion import operand
from convolith.ops.layout import reordered, shown
from convolith.ops.shape import reshape


def in_batch(
    name: str,
    data_format: str | None,
    function: Callable[[Any], Any],
    images: Any,
    rank: int = 2,
    argument: str = "images",
) -> Any:
    """Do `function`, which takes and gives (n, ..., c), on a batch or a single image in any data format.

    Args:
        name: the operation's name, for the messages.
        data_format: "channels_last", None for the same, or "channels_first".
        function: function of a batch with the channels last.
        images: array or tensor of `rank` spatial axes, one of channels and perhaps one of the batch.
        rank: the number of spatial axes.
        argument: what the images are called, for the messages.

    Raises:
        TypeError: if images is None.
        ValueError: if it has another number of axes or an empty one, or the data format is another.
    """
    images = operand(name, argument, images)
    if images.ndim not in (rank + 1, rank + 2):
        raise ValueError(
            f"{name}: {argument} must have {rank + 1} axes (a single one) or {rank + 2} (a batch), "
            f"got shape {images.shape}"
        )
    first = checked_data_format(name, data_format) == "channels_first"
    single = images.ndim == rank + 1
    if 0 in images.shape[0 if single else 1 :]:
        raise ValueError(f"{name}: {argument} must not be empty, but of a batch, got shape {images.shape}")

    def of_batch(batch: Any) -> Any:
        return reordered((0, *range(2, rank + 2), 1), function, batch) if first else function(batch)

    if not single:
        return of_batch(images)
    with shown(lambda shape: shape[1:]):
        result = of_batch(reshape(images, (1, *images.shape)))
    return reshape(result, result.shape[1:])
