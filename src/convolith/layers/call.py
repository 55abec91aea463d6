"""What happens around a layer's ``call``: building, checking, passing ``training`` on, recording."""

from __future__ import annotations

import reprlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from convolith import ops
from convolith.graph.shape_pass import within_call, without_values
from convolith.graph.tensor import Tensor, Variable
from convolith.graph.trace import is_tracing
from convolith.layers.building import arguments_of, several_shapes
from convolith.layers.structure import flatten, is_shape, map_structure, ordered_keys


class _Context(threading.local):
    """What calls within a call inherit: whether it is for training, and that they are not recorded themselves."""

    training: bool | None = None
    depth = 0
    names: tuple[str, ...] = ()
    losses: list[Any]  # what the layers within the outermost call have added to the loss

    def __init__(self) -> None:
        self.losses = []


_context = _Context()


class LayerCall:
    """One call of a layer on symbolic tensors: what a functional model is made of."""

    __slots__ = ("args", "inputs", "kwargs", "layer", "outputs")

    def __init__(self, layer: Any, args: Any, kwargs: Any, outputs: Any):
        """Remember ``layer(*args, **kwargs) -> outputs``; ``inputs`` are the tensors among the arguments."""
        self.layer, self.args, self.kwargs, self.outputs = layer, args, kwargs, outputs
        self.inputs = [leaf for leaf in flatten([args, kwargs]) if is_symbolic(leaf)]
        for tensor in flatten(outputs):
            tensor.layer_call = self


def is_symbolic(value: Any) -> bool:
    """Tell a tensor without values."""
    return isinstance(value, Tensor) and not isinstance(value, Variable)


def takes(function: Callable[..., Any], argument: str) -> bool:
    """Tell whether a function names this argument in its signature."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    code = getattr(function, "__code__", None)
    return code is not None and argument in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


@contextmanager
def named(name: str) -> Iterator[None]:
    """Let the layers that are built in this block have the name before their own in their path."""
    before = _context.names
    _context.names = (*before, name)
    try:
        yield
    finally:
        _context.names = before


@contextmanager
def inside_call(training: bool | None, *names: str, of_tensors: bool = True) -> Iterator[list[Any]]:
    """Let the calls in this block belong to one that encloses them; give the losses that layers add within it."""
    before = _context.training, _context.losses, _context.names
    _context.training, _context.names = training, (*_context.names, *names)
    if _context.depth == 0:
        _context.losses = []
    _context.depth += 1
    token, values_token = within_call.set(True), without_values.set(of_tensors)
    try:
        yield _context.losses
    finally:
        within_call.reset(token)
        without_values.reset(values_token)
        _context.training, _context.losses, _context.names = before
        _context.depth -= 1


def add_losses(layer: Any, losses: Any) -> None:
    """Add to the losses of the call that is under way; see ``Layer.add_loss``."""
    for loss in flatten(losses):
        if not isinstance(loss, (Tensor, np.ndarray, np.generic)):
            raise TypeError(
                f"{layer.who()}: add_loss expects a tensor or an array, got {loss!r} of type {type(loss).__name__}"
            )
        if not _context.depth:
            raise ValueError(f"{layer.who()}: add_loss can only be used within call")
        _context.losses.append(loss)


def call_layer(layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Do what ``layer(*args, **kwargs)`` means: on arrays compute, on tensors record.

    Raises:
        RuntimeError: the layer's ``__init__`` did not call ``super().__init__()``.
        ValueError, TypeError: as the layer and the ops in it raise them, with the layer's name before the text.
    """
    if "_calls" not in vars(layer):
        raise RuntimeError(f"{type(layer).__name__}.__init__ must call super().__init__() before it sets attributes")
    given = kwargs  # with `training` only where the caller said it
    args, kwargs = map_structure(_as_array, args), {key: map_structure(_as_array, item) for key, item in kwargs.items()}
    training = kwargs.pop("training", None)
    if training is None:
        training = _context.training
    try:
        first = args[0] if args else next(iter(kwargs.values()), ())
        leaves = flatten(first)
        _refuse_texts(layer, first, leaves)
        if not layer.built:
            _check(layer, leaves)  # by what is known before, in the shape that came
            _build(layer, map_structure(_shape, first), args, kwargs)
        if layer._build_shape is None:
            layer._build_shape = map_structure(_shape, first)
        _check(layer, leaves)
        leaves = flatten([args, kwargs])
        outermost = _context.depth == 0
        symbolic = any(map(is_symbolic, leaves))
        recording = outermost and not is_tracing() and symbolic
        with inside_call(training, layer.name, of_tensors=symbolic) as losses:
            extra = {"training": training} if layer.takes_training and training is not None else {}
            if layer.casts_integers and any(map(_is_of_integers, leaves)):
                dtype = np.dtype(layer.dtype)

                def floats(value: Any) -> Any:
                    return ops.cast(value, dtype) if _is_of_integers(value) else value

                outputs = layer.call(*map_structure(floats, args), **map_structure(floats, kwargs), **extra)
            else:
                outputs = layer.call(*args, **kwargs, **extra)
            if layer.activity_regularizer is not None and not recording:
                add_losses(layer, _of_activity(layer.activity_regularizer, outputs))
        if outermost:
            layer._losses = losses
    except (ValueError, TypeError) as error:
        if type(error) not in (ValueError, TypeError):
            raise
        if str(error).startswith(f"{layer.who()}: "):
            raise
        raise type(error)(f"{layer.who()}: {error}") from error
    if not recording:
        return outputs
    if not all(map(is_symbolic, flatten(outputs))):
        raise TypeError(f"{layer.who()}: call must return tensors (or lists or dicts of them), got {outputs!r}")
    # New leaves, whatever `call` returned: it may have returned its own input, whose history is another.
    outputs = map_structure(lambda tensor: Tensor(tensor.spec, name=layer.name), outputs)
    if "training" in given:
        kwargs["training"] = given["training"]
    layer._calls.append(LayerCall(layer, args, kwargs, outputs))
    return outputs


def _build(layer: Any, shapes: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Let a layer make its weights, for the shape of the first argument or for those that its ``build`` names."""
    given = dict(zip(arguments_of(type(layer).call), args, strict=False)) | kwargs
    layer._path = "/".join((*_context.names, layer.name))
    several = several_shapes(layer, {name: map_structure(_shape, value) for name, value in given.items()})
    token = within_call.set(False)  # what is assigned here are the weights' first values
    try:
        if several is None:
            layer.build(shapes)
        else:
            layer.build(**several)
    finally:
        within_call.reset(token)


def _as_array(value: Any) -> Any:
    """Turn what other libraries call arrays (torch tensors, pandas columns) into NumPy's."""
    return value if isinstance(value, (Tensor, np.ndarray)) or not hasattr(value, "__array__") else np.asarray(value)


def _of_activity(regularizer: Callable[[Any], Any], outputs: Any) -> list[Any]:
    """Return what a regularizer says of a layer's outputs, a sample on average."""
    sized = [output for output in flatten(outputs) if output.shape and output.shape[0]]
    return [ops.divide(regularizer(output), float(output.shape[0])) for output in sized]


def _is_of_integers(value: Any) -> bool:
    return isinstance(value, (Tensor, np.ndarray)) and value.dtype.kind in "biu"


def _refuse_texts(layer: Any, inputs: Any, leaves: list[Any]) -> None:
    """Raise TypeError for inputs that are no arrays: texts anywhere, plain numbers where the layer counts axes."""
    for leaf in leaves:
        if isinstance(leaf, str) or (layer.input_spec is not None and not hasattr(leaf, "shape")):
            raise TypeError(
                f"inputs must be arrays or tensors, or lists or dicts of them (of numbers np.array makes an array), "
                f"got {reprlib.repr(inputs)}"
            )


def _check(layer: Any, leaves: list[Any]) -> None:
    """Raise ValueError for an input whose shape the layer does not take."""
    if layer.input_spec is not None:
        for leaf in leaves:
            layer.input_spec.check(getattr(leaf, "shape", ()))


def _shape(value: Any) -> tuple[int | None, ...] | None:
    """Shape of an array or tensor, with None for the batch."""
    shape = getattr(value, "shape", None)
    return shape if not shape else (None, *shape[1:])


def flatten_shapes(shapes: Any) -> list[tuple[int | None, ...]]:
    """Return the shapes within nested lists, tuples and dicts of shapes."""
    if isinstance(shapes, dict):
        shapes = [shapes[key] for key in ordered_keys(shapes)]
    if is_shape(shapes):
        return [tuple(shapes)]
    return [leaf for shape in shapes or () for leaf in flatten_shapes(shape)]
