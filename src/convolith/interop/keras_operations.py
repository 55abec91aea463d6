"""Operations between layers as Keras 3 writes them: its classes have the same names, the arguments mostly too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from convolith.graph.tensor import Node
from convolith.ops.indexing import ARRAY

CORE, NUMPY, NN, MATH = (f"keras.src.ops.{name}" for name in ("core", "numpy", "nn", "math"))
# Keras's module of each operation.
MODULES = {
    **dict.fromkeys(("Cast", "StopGradient"), CORE),
    **dict.fromkeys((
        "LogSoftmax", "Relu", "Sigmoid", "Softmax", "Softplus", "Softsign", "SparsePlus", "Sparsemax",
    ), NN),
    **dict.fromkeys(("Erf", "Logsumexp", "Rsqrt"), MATH),
    **dict.fromkeys((
        "Absolute", "Add", "Arccos", "Arccosh", "Arcsin", "Arcsinh", "Arctan", "Arctan2", "Arctanh", "Argmax", "Argmin",
        "Argsort", "BroadcastTo", "Ceil", "Concatenate", "Cos", "Cosh", "Cumsum", "Divide", "Equal", "Exp", "Exp2",
        "ExpandDims", "Expm1", "Floor", "FloorDivide", "Greater", "GreaterEqual", "Isfinite", "Isinf", "Isnan", "Less",
        "LessEqual", "Log", "Log10", "Log1p", "Log2", "Logaddexp", "LogicalAnd", "LogicalNot", "LogicalOr",
        "LogicalXor", "Matmul", "Max", "Maximum", "Mean", "Min", "Minimum", "Mod", "Multiply", "Negative", "NotEqual",
        "Pad", "Power", "Prod", "Reciprocal", "Reshape", "Roll", "Round", "Sign", "Sin", "Sinh", "Sqrt", "Square",
        "Squeeze", "Subtract", "Sum", "TakeAlongAxis", "Tan", "Tanh", "Transpose", "Trunc", "Where",
    ), NUMPY),
}  # fmt: skip
RENAMED = {("ExpandDims", "axes"): "axis", ("Squeeze", "axes"): "axis", ("Reshape", "shape"): "newshape"}
# Attributes that Keras's operations lack, and the values that mean the same without them.
OFF: dict[tuple[str, str], tuple[Any, ...]] = {
    ("Add", "activation"): (None,),
    ("Argsort", "descending"): (False,),
    ("Cumsum", "reverse"): (False,),
    ("Matmul", "transposed"): ("",),
}


def operation(node: Node) -> tuple[str, str, dict[str, Any], Callable[[list[Any]], dict[str, Any]]]:
    """Find Keras's operation for a recorded one.

    Args:
        node: an operation on tensors.

    Returns:
        (module, class, attributes, what turns the inputs into the call).

    Raises:
        ValueError: Keras lacks the operation, or what an attribute means; the text names both.
    """
    own, kind = node.operation, type(node.operation).__name__
    if kind == "Index":
        return NUMPY, "GetItem", {}, lambda inputs: _call([inputs[0], key(own)])
    if kind not in MODULES:
        raise ValueError(f"operation {own.name!r} has no counterpart in Keras; put it into a Layer of your own")
    attributes = {}
    for field in fields(own) if is_dataclass(own) else ():
        name, value = field.name, getattr(own, field.name)
        if (kind, name) in OFF:
            if value not in OFF[kind, name]:
                raise ValueError(f"operation {own.name!r}: Keras has no argument {name}, which is {value!r}")
            continue
        attributes[RENAMED.get((kind, name), name)] = _plain(value)
    return MODULES[kind], kind, attributes, CALLS.get(kind, _call)


def _call(args: list[Any], **kwargs: Any) -> dict[str, Any]:
    return {"args": args, "kwargs": kwargs}


# Of operations that are not called on their inputs one after the other.
CALLS: dict[str, Callable[[list[Any]], dict[str, Any]]] = {
    "Concatenate": lambda inputs: _call([inputs]),
    "Pad": lambda inputs: _call(inputs[:1], constant_values=inputs[1]),
}


def key(index: Any) -> list[Any]:
    """Return what Keras's ``GetItem`` takes for the places of an ``Index``.

    Raises:
        ValueError: there are arrays among them.
    """
    if ARRAY in index.key:
        raise ValueError("an index with arrays in it has no counterpart in Keras; put it into a Layer of your own")
    return [_place(item) for item in index.key]


def _place(item: Any) -> Any:
    if not isinstance(item, tuple):
        return item
    return {"class_name": "__slice__", "config": dict(zip(("start", "stop", "step"), item, strict=True))}


def _plain(value: Any) -> Any:
    """Return an attribute as JSON has it."""
    if isinstance(value, np.dtype):
        return value.name
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value.item() if isinstance(value, np.generic) else value
