"""Keras's ``keras.preprocessing``, older names of what ``utils`` has."""

from convolith.data import image_dataset_from_directory
from convolith.preprocessing import image

__all__ = ["image", "image_dataset_from_directory"]


def __dir__() -> list[str]:
    return sorted(__all__)
