"""Models: sequential, functional and subclassed; training; saving."""

from __future__ import annotations

from typing import Any

from convolith.models.functional import Functional
from convolith.models.model import Model
from convolith.models.sequential import Sequential

__all__ = [
    "Functional", "Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)


def load_model(
    filepath: Any, custom_objects: dict[str, Any] | None = None, compile: bool = True, safe_mode: bool = True
) -> Model:
    """Read a model from a file of ``Model.save``, or of Keras: ``.keras`` of Keras 3, or ``.h5``.

    Nothing in the file is executed: it is data only.

    Args:
        filepath: such as "lenet5.convolith"; or "lenet5.keras" or "lenet5.h5", which need the extra ``keras``.
        custom_objects: the user's own classes and functions that the model uses, by name.
        compile: whether to compile the model as it was when it was saved.
        safe_mode: of no effect: a file is always read safely.

    Returns:
        the model, with weights, and the optimizer as it was.

    Raises:
        OSError: the file cannot be read.
        ImportError: h5py is needed and missing.
        ValueError: the file is damaged, or no file of convolith's or Keras's, or names something unknown.

    Source:
        keras.models.load_model.

    Example:
        >>> from convolith import Input, Sequential, layers
        >>> from convolith.models import load_model
        >>> Sequential([Input((4,)), layers.Dense(2)]).save("small.convolith")
        >>> load_model("small.convolith").output_shape
        (None, 2)
    """
    from convolith.models.formats import load_model as load

    return load(filepath, custom_objects, compile)


def save_model(model: Model, filepath: Any, overwrite: bool = True) -> None:
    """Write a model to a file, as ``model.save`` does.

    Source:
        keras.models.save_model.
    """
    model.save(filepath, overwrite)


def model_from_json(json_string: str, custom_objects: dict[str, Any] | None = None) -> Model:
    """Make a model from what ``to_json`` returned, with new weights.

    Args:
        json_string: the text.
        custom_objects: the user's own classes and functions that the model uses, by name.

    Raises:
        ValueError: the text is no model's, or names something unknown.

    Source:
        keras.models.model_from_json.

    Example:
        >>> from convolith import Input, layers
        >>> from convolith.models import Sequential, model_from_json
        >>> text = Sequential([Input((4,)), layers.Dense(2)]).to_json()
        >>> model_from_json(text).output_shape
        (None, 2)
    """
    import json

    from convolith.layers import REGISTRY
    from convolith.registry import file_scope

    try:
        config = json.loads(json_string)
    except json.JSONDecodeError as error:
        raise ValueError(f"model_from_json: the text is no JSON: {error}") from None
    if not isinstance(config, dict) or "class_name" not in config:
        raise ValueError(f"model_from_json: the text describes no model: {json_string[:80]}")
    with file_scope(custom_objects):
        model = REGISTRY.get(config)
    if not isinstance(model, Model):
        raise ValueError(f"model_from_json: the text describes no model but a {type(model).__name__}")
    return model


def clone_model(
    model: Model,
    input_tensors: None = None,
    clone_function: Any = None,
    call_function: None = None,
    recursive: bool = False,
    **kwargs: Any,
) -> Model:
    """Make a model of the same layers with new weights, compiled as the model is.

    Args:
        model: a Sequential or functional model; or, with no ``clone_function``, a subclass that has a ``get_config``.
        input_tensors: None; inputs are made anew.
        clone_function: a function layer -> layer of the copy; None makes one of the same configuration.
        call_function: None.
        recursive: False; a model within the model is a layer like others.
        kwargs: none.

    Raises:
        NotImplementedError: a subclass has arguments that are no plain values, and no ``get_config``.
        ValueError: a subclass has no graph for ``clone_function``, or an argument is none of these.

    Source:
        keras.models.clone_model.

    Example:
        >>> from convolith import Input, layers
        >>> from convolith.models import Sequential, clone_model
        >>> copy = clone_model(Sequential([Input((4,)), layers.Dense(2)]))
        >>> copy.count_params()
        10
    """
    from convolith.layers.weights import only_none
    from convolith.models.cloning import clone

    only_none(
        f"clone_model: {model.name}",
        input_tensors=input_tensors,
        call_function=call_function,
        recursive=recursive or None,
        **kwargs,
    )
    return clone(model, clone_function)
