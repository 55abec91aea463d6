"""Cutting a part of each image out at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith import ops
from convolith.layers.arguments import positive_integer
from convolith.layers.preprocessing.random_layer import RandomImageLayer
from convolith.layers.preprocessing.resizing import center_crop


class RandomCrop(RandomImageLayer):
    """A part of each image, from a random place in training, else from the middle; smaller images are resized.

    Args:
        height: in pixels.
        width: in pixels.
        seed: None takes one from ``utils.set_random_seed``'s generator.
        data_format: "channels_last" (None) or "channels_first".
        name: None takes the class's name in small letters with a number.
        kwargs: ``dtype``, ``input_shape``.

    Raises:
        ValueError: an argument is none of these, or the input has not 3 or 4 axes.

    Source:
        keras.layers.RandomCrop; here each image of a batch has a place of its own.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import RandomCrop
        >>> crop = RandomCrop(1, 1, seed=3)
        >>> sorted({crop(np.arange(4.0).reshape(2, 2, 1)).item() for _ in range(40)})
        [0.0, 1.0, 2.0, 3.0]
    """

    def __init__(
        self,
        height: int,
        width: int,
        seed: int | None = None,
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(seed, data_format, name=name, **kwargs)
        self.height = positive_integer(self.who(), "height", height)
        self.width = positive_integer(self.who(), "width", width)

    def change(self, images: Any) -> Any:
        """Cut out at random where the images are large enough."""
        height, width = self.image_size(images)
        if height < self.height or width < self.width:
            return self.leave(images)
        places = (height - self.height + 1, width - self.width + 1)
        corners = self.draw(images, (0, 0), places, integers=True)
        dtype = np.result_type(corners.dtype, np.float32)
        shifts = np.zeros((2, 8), dtype)
        shifts[0, 5] = shifts[1, 2] = 1  # (row, column) are added to the rows' and the columns' map
        transform = ops.dense(corners, shifts, np.array([1, 0, 0, 0, 1, 0, 0, 0], dtype))
        size = (self.height, self.width)
        return ops.image.affine_transform(images, transform, "nearest", data_format=self.data_format, output_size=size)

    def leave(self, images: Any) -> Any:
        """Cut out the middle."""
        return center_crop(images, self.height, self.width, self.data_format)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "height": self.height, "width": self.width}
