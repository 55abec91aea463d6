"""Data on their way into training: shuffled, mapped, put into batches, made ready ahead of time."""

from __future__ import annotations

from convolith.data.arguments import AUTOTUNE
from convolith.data.dataset import INFINITE_CARDINALITY, UNKNOWN_CARDINALITY, Dataset
from convolith.data.directory import image_dataset_from_directory

__all__ = [
    "AUTOTUNE", "INFINITE_CARDINALITY", "UNKNOWN_CARDINALITY", "Dataset", "image_dataset_from_directory",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)
