"""What tells networks apart whose features may be kept: configuration, weights, and the code that is the user's own."""

from __future__ import annotations

import functools
import hashlib
import json
import sys
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from convolith.graph.tensor import Variable
from convolith.layers import Layer, serialize
from convolith.layers.structure import flatten
from convolith.layers.weights import RECORDS
from convolith.models import Model

SAME_FEATURES = {"learning_rate_multiplier", "name", "trainable"}  # in a layer's configuration, what changes none
NO_SETTINGS = RECORDS | {"_learning_rate_multiplier", "_path", "_trainable", "built", "name"}  # nor these attributes
OF_TRAINING = ("_constraint", "_initializer", "_regularizer")  # how the attributes end that only the weights show
KNOWN = {"convolith", "numpy", *sys.stdlib_module_names} - {"__main__"}  # whose code goes by its name
PLAIN = (type(None), bool, int, float, complex, str, bytes, type(...))


def fingerprint(model: Any, x: Any) -> str:
    """Tell apart networks, their weights and images, whatever names the layers got.

    Args:
        model: built, of one input or several.
        x: array (n, ...); for several inputs a list or dict of such.

    Returns:
        32 hexadecimal digits.

    Raises:
        ValueError: ``x`` is no array of numbers, or the network depends on something that cannot be told from others.
    """
    layers = _all_layers(model)
    described = [plain_configuration(serialize(model), {layer.name for layer in layers})]
    code = Description()
    described += [code.layer(layer) for layer in layers]
    several = isinstance(getattr(model, "input", x), (list, tuple, dict)) and isinstance(x, (list, tuple, dict))
    described.append(list(x) if isinstance(x, dict) else None)
    digest = hashlib.sha256(json.dumps(described, sort_keys=True).encode())
    for array in (*model.get_weights(), *(_numbers(one) for one in (flatten(x) if several else [x]))):
        digest.update(f"{array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:32]


def _numbers(x: Any) -> np.ndarray:
    came = f"{type(x).__name__} {x!r:.60}"
    if isinstance(x, (list, tuple)) and x and all(isinstance(one, np.ndarray) for one in x):
        came = f"a {type(x).__name__} of arrays of shapes {[one.shape for one in x]}"
    try:
        array = np.asarray(x)
    except ValueError as error:
        raise ValueError(f"bottleneck_features: x must be one array of images, got {came}") from error
    if array.dtype.kind not in "biuf":
        raise ValueError(f"bottleneck_features: x must be an array of numbers, got {came}")
    return array


def _all_layers(model: Any) -> list[Any]:
    """Return a model and its layers, and theirs, each once."""
    layers: dict[int, Any] = {}

    def walk(layer: Any) -> None:
        if id(layer) not in layers:
            layers[id(layer)] = layer
            for one in (*(layer.layers if isinstance(layer, Model) else ()), *layer.sublayers()):
                walk(one)

    walk(model)
    return list(layers.values())


def plain_configuration(config: Any, names: set[str]) -> Any:
    """Return a model's configuration with the places of its layers for their names; other values as plain ones.

    Args:
        config: as ``serialize`` gives it.
        names: of all layers of the model.

    Raises:
        ValueError: it holds what has no plain value, which could not be told apart.
    """
    places: dict[str, int] = {}

    def walk(value: Any, key: str = "", of_layer: bool = False) -> Any:
        if isinstance(value, dict):
            inner = value.get("config") if "class_name" in value else None
            name = inner.get("name") if isinstance(inner, dict) else None
            is_layer = isinstance(name, str) and (name in names or value["class_name"] == "InputLayer")
            if is_layer:
                places.setdefault(str(name), len(places))
            is_input = "batch_shape" in value and key in ("input", "input_layers")  # of a model
            left_out = SAME_FEATURES if of_layer or is_input else ()
            return {
                str(one): walk(item, one, is_layer and one == "config")
                for one, item in value.items()
                if one not in left_out
            }
        if isinstance(value, (list, tuple)):
            return [walk(item, key if key == "input_layers" else "") for item in value]
        if isinstance(value, (np.ndarray, np.generic)):
            return value.tolist()
        if key == "layer" and value in places:  # which layer a step calls
            return places[value]
        if value is None or isinstance(value, (str, int, float, bool)):
            return value
        raise ValueError(f"bottleneck_features: the configuration holds {value!r}, which cannot be told from others")

    return walk(config)


class Description:
    """Plain values that stand for functions, classes and settings; what was described before goes by its number."""

    def __init__(self) -> None:
        self._met: dict[int, tuple[int, Any]] = {}  # with the object, so that its id stays its own

    def layer(self, layer: Any) -> Any:
        """Describe a layer beyond its configuration: functions that it holds, and if its class is the user's own, the
        class's code and the settings among the attributes."""
        own = not _is_known(type(layer))
        if not own and isinstance(layer, Model):  # whose functions are the losses and metrics
            return self._class(type(layer))
        attributes = {
            key: value
            for key, value in vars(layer).items()
            if key not in NO_SETTINGS and not key.endswith(OF_TRAINING) and (own or _is_function(value))
        }
        return [self._class(type(layer)), self._settings(attributes)]

    def _settings(self, attributes: dict[str, Any]) -> Any:
        """Describe those of the attributes that are plain, arrays or functions; of others the class's name."""
        return {key: self.value(value, strict=_is_function(value)) for key, value in sorted(attributes.items())}

    def value(self, value: Any, strict: bool = True, naming: str = "") -> Any:
        """Describe any value.

        Args:
            value: anything.
            strict: whether what cannot be told from others is refused; otherwise its class stands for it.
            naming: the package whose code names it, if it is code of the same package that matters.

        Raises:
            ValueError: it is refused.
        """
        if isinstance(value, PLAIN):
            return f"{type(value).__name__} {value!r}"
        if isinstance(value, (np.ndarray, np.generic, Variable)):
            array = np.asarray(value.value if isinstance(value, Variable) else value)
            if array.dtype.kind in "biufcSU":
                return [str(array.dtype), list(array.shape), hashlib.sha256(array.tobytes()).hexdigest()]
        if isinstance(value, (list, tuple)):
            return [type(value).__name__, *(self.value(item, strict, naming) for item in value)]
        if isinstance(value, dict):
            return ["dict", *([repr(key), self.value(item, strict, naming)] for key, item in value.items())]
        if isinstance(value, (set, frozenset)) and all(isinstance(item, PLAIN) for item in value):
            return ["set", *sorted(map(repr, value))]
        if isinstance(value, (ModuleType, np.ufunc, np.dtype)):
            return f"{type(value).__name__} {getattr(value, '__name__', value)}"
        if isinstance(value, BuiltinFunctionType):
            if not isinstance(value.__self__, (ModuleType, type(None))):
                return [value.__name__, self.value(value.__self__)]
            return f"{value.__module__} {value.__name__}"
        if naming and isinstance(value, (type, FunctionType)) and _package(value) != naming:
            return f"{value.__module__} {value.__qualname__}"
        if id(value) in self._met:
            return self._met[id(value)][0]
        self._met[id(value)] = len(self._met), value
        if isinstance(value, type):
            return self._class(value)
        if isinstance(value, FunctionType):
            return self._function(value)
        if isinstance(value, MethodType):
            return ["method", self.value(value.__func__), self.value(value.__self__)]
        if isinstance(value, functools.partial):
            return ["partial", *(self.value(part) for part in (value.func, value.args, value.keywords))]
        if isinstance(value, CodeType):
            return self._code(value)
        if (strict or naming) and isinstance(value, Layer):
            names = {layer.name for layer in _all_layers(value)}
            config = plain_configuration(serialize(value), names)
            return [config, self.value(value.get_weights()), *(self.layer(layer) for layer in _all_layers(value))]
        if (strict or naming) and not _is_known(type(value)) and hasattr(value, "__dict__"):
            return [self._class(type(value)), self._settings(vars(value))]
        if strict:
            raise ValueError(
                f"bottleneck_features: a function of the network uses {value!r}, which cannot be told from others"
            )
        return f"{type(value).__module__} {type(value).__qualname__}"

    def _function(self, function: FunctionType) -> Any:
        """Describe a function: its code, defaults, the values that it has from around it, and global ones it names."""
        name = f"{function.__module__} {function.__qualname__}"
        cells = [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
        if _is_known(function):  # which may wrap one of the user's
            return [name, *(self.value(cell) for cell in cells if _is_function(cell))]
        package = _package(function)
        around = {one: function.__globals__[one] for one in _names(function.__code__) if one in function.__globals__}
        return [
            self._code(function.__code__),
            self.value(function.__defaults__),
            self.value(function.__kwdefaults__),
            [self.value(cell) for cell in cells],
            {one: self.value(item, strict=False, naming=package) for one, item in sorted(around.items())},
        ]

    def _code(self, code: CodeType) -> Any:
        constants = [self._code(one) if isinstance(one, CodeType) else self.value(one) for one in code.co_consts]
        return [code.co_code.hex(), constants, code.co_names, code.co_freevars, code.co_argcount, code.co_flags]

    def _class(self, kind: type) -> Any:
        """Describe a class: its name, and where it is the user's own, its methods and settings."""
        described: list[Any] = []
        for one in kind.__mro__:
            described.append(f"{one.__module__} {one.__qualname__}")
            if _is_known(one) or (one is not kind and id(one) in self._met):
                continue
            self._met.setdefault(id(one), (len(self._met), one))
            for key, value in sorted(vars(one).items()):
                for part in (value.fget, value.fset) if isinstance(value, property) else (value,):
                    method = getattr(part, "__func__", part)
                    if _is_function(method) or not key.startswith("__"):
                        described.append([key, self.value(method, strict=_is_function(method))])
        return described


def _is_function(value: Any) -> bool:
    return isinstance(value, (FunctionType, MethodType, functools.partial))


def _package(value: Any) -> str:
    return str(getattr(value, "__module__", None) or "").split(".")[0]


def _is_known(value: Any) -> bool:
    """Whether code is of a library that goes by its name."""
    return _package(value) in KNOWN


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:  # a name that is not bound yet
        return False


def _names(code: CodeType) -> set[str]:
    """Return the names that a function's code looks up, and the code within it."""
    inner = [_names(one) for one in code.co_consts if isinstance(one, CodeType)]
    return set(code.co_names).union(*inner)
