"""Keras's ``keras.utils``: what convolith has of it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from convolith.config import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from convolith.registry import (
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from convolith.utils.arrays import normalize, standardize_dtype, to_categorical
from convolith.utils.session import clear_session, set_random_seed

if TYPE_CHECKING:
    from convolith.data import image_dataset_from_directory
    from convolith.data.py_dataset import PyDataset
    from convolith.data.py_dataset import PyDataset as Sequence
    from convolith.interop.deserialization import deserialize_keras_object
    from convolith.interop.serialization import serialize_keras_object
    from convolith.models.custom_step import pack_x_y_sample_weight, unpack_x_y_sample_weight
    from convolith.utils.config import Config
    from convolith.utils.file import get_file
    from convolith.utils.images import array_to_img, img_to_array, load_img, save_img
    from convolith.utils.progress_bar import Progbar
    from convolith.utils.split import split_dataset
    from convolith.utils.tensors import get_source_inputs, is_keras_tensor
    from convolith.visualize import model_to_dot, plot_model

__all__ = [
    "Config", "CustomObjectScope", "Progbar", "PyDataset", "Sequence", "array_to_img", "clear_session",
    "custom_object_scope", "deserialize_keras_object", "disable_interactive_logging", "enable_interactive_logging",
    "get_custom_objects", "get_file", "get_registered_name", "get_registered_object", "get_source_inputs",
    "image_dataset_from_directory", "img_to_array", "is_interactive_logging_enabled", "is_keras_tensor", "load_img",
    "model_to_dot", "normalize", "pack_x_y_sample_weight", "plot_model", "register_keras_serializable", "save_img",
    "serialize_keras_object", "set_random_seed", "split_dataset", "standardize_dtype", "to_categorical",
    "unpack_x_y_sample_weight",
]  # fmt: skip

CustomObjectScope = custom_object_scope

_ELSEWHERE = {  # imported when asked for
    "Config": "convolith.utils.config",
    "Progbar": "convolith.utils.progress_bar",
    "PyDataset": "convolith.data.py_dataset",
    "array_to_img": "convolith.utils.images",
    "deserialize_keras_object": "convolith.interop.deserialization",
    "get_file": "convolith.utils.file",
    "get_source_inputs": "convolith.utils.tensors",
    "image_dataset_from_directory": "convolith.data",
    "img_to_array": "convolith.utils.images",
    "is_keras_tensor": "convolith.utils.tensors",
    "load_img": "convolith.utils.images",
    "model_to_dot": "convolith.visualize",
    "pack_x_y_sample_weight": "convolith.models.custom_step",
    "plot_model": "convolith.visualize",
    "save_img": "convolith.utils.images",
    "serialize_keras_object": "convolith.interop.serialization",
    "split_dataset": "convolith.utils.split",
    "unpack_x_y_sample_weight": "convolith.models.custom_step",
}


def __getattr__(name: str) -> Any:
    own = "PyDataset" if name == "Sequence" else name
    if own not in _ELSEWHERE:
        raise AttributeError(f"module 'convolith.utils' has no attribute {name!r}")
    return getattr(import_module(_ELSEWHERE[own]), own)


def __dir__() -> list[str]:
    return sorted(__all__)
