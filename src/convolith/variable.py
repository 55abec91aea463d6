"""Variables and symbolic tensors as Keras's constructors make them; inside, convolith makes its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith import initializers, ops
from convolith.graph import tensor
from convolith.layers.first_values import first_values
from convolith.layers.weights import only_none
from convolith.ops.arguments import flag, naming, real, sizes
from convolith.registry import unique_name


class _OfGraph(type):
    """Classes that only make objects of a class of the graph, which are theirs whoever made them."""

    kind: type

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, cls.kind)


class Variable(metaclass=_OfGraph):
    """An array that is kept and changed: a layer's weight, or a user's own number that a layer or model holds.

    A layer's or model's attributes that are variables, in lists and dicts too, are among its weights.

    Args:
        initializer: an array or number; or a name, an object or a function (shape, dtype) -> array.
        shape: for an initializer that is no array.
        dtype: None takes the array's own; for an initializer ``config.floatx()``.
        trainable: whether training changes it.
        autocast: of no effect, as ``aggregation`` and ``synchronization``; Keras's.
        aggregation: of no effect.
        synchronization: of no effect.
        name: None takes ``variable`` with a number.
        layout: None; Keras's.

    Raises:
        TypeError: an array holds no numbers, or shape, dtype or ``trainable`` are of another kind.
        ValueError: an initializer came without a shape or gives another one, the name has a slash, or ``layout`` is
            not None.

    Source:
        keras.Variable.

    Example:
        >>> from convolith import Variable
        >>> steps = Variable(0, trainable=False, name="steps")
        >>> steps.assign_add(1)
        >>> int(steps), isinstance(steps, Variable)
        (1, True)
    """

    kind = tensor.Variable

    def __new__(  # type: ignore[misc]
        cls,
        initializer: Any,
        shape: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str = "none",
        synchronization: str = "auto",
        name: str | None = None,
        layout: None = None,
    ) -> tensor.Variable:
        """Make a variable of the graph."""
        name = unique_name("variable") if name is None else name
        if not isinstance(name, str) or "/" in name:
            raise ValueError(f"Variable: name must be a string without a slash, got {name!r}")
        only_none(f"Variable {name}", layout=layout)
        trainable = flag(f"Variable {name}", "trainable", trainable)
        if not isinstance(initializer, str) and not callable(initializer):
            with naming(f"Variable {name}", "convert_to_tensor", x="initializer"):
                return tensor.Variable(ops.convert_to_tensor(initializer, dtype), trainable, name)
        if shape is None:
            raise ValueError(f"Variable {name}: an initializer needs a shape, got {initializer!r} without one")
        own_shape, own_dtype = sizes(f"Variable {name}", "shape", shape), real(f"Variable {name}", dtype)
        given = initializers.get(initializer), own_shape, own_dtype
        value, own = first_values(f"Variable {name}: the initializer", *given)
        return tensor.Variable(value, trainable, name, own=own)


class KerasTensor(metaclass=_OfGraph):
    """A symbolic tensor, as ``Input`` gives one, for asking whether something is one; and a new one of a shape.

    Args:
        shape: with None for sizes that are not known.
        dtype: of its values.
        sparse: False, as ``ragged``; Keras's.
        ragged: False.
        record_history: of no effect; Keras's.
        name: or None.

    Raises:
        ValueError: ``sparse`` or ``ragged`` is asked for.

    Source:
        keras.KerasTensor.

    Example:
        >>> from convolith import KerasTensor, layers
        >>> isinstance(layers.Input((3,)), KerasTensor), layers.Dense(2)(KerasTensor((None, 3))).shape
        (True, (None, 2))
    """

    kind = tensor.Tensor

    def __new__(  # type: ignore[misc]
        cls,
        shape: Any,
        dtype: Any = "float32",
        sparse: bool = False,
        ragged: bool = False,
        record_history: bool = True,
        name: str | None = None,
    ) -> tensor.Tensor:
        """Make a symbolic tensor of the graph."""
        only_none("KerasTensor", sparse=sparse or None, ragged=ragged or None)
        return tensor.Tensor(tensor.Spec(tuple(shape), np.dtype(dtype)), name=name)
