"""Symbolic tensors: what a traced function computes with, and the nodes that tell where each came from."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy as np

from convolith.graph.arena import empty, plain
from convolith.graph.changes import changes
from convolith.graph.dtypes import fits, whole_number
from convolith.graph.operators import Operators, operators

if TYPE_CHECKING:
    from convolith.graph.operation import Operation

_orders = itertools.count()


def next_order() -> int:
    """Give a number above the order of all nodes so far."""
    return next(_orders)


class Spec(NamedTuple):
    """The shape and dtype of a tensor; the first size may be None, for a batch size that is not known yet."""

    shape: tuple[Any, ...]
    dtype: np.dtype

    def __str__(self) -> str:
        return f"{self.dtype}{list(self.shape)}"


class Tensor(Operators):
    """A value that is not computed yet: the result number `index` of `node`, or a leaf (`node` is None)."""

    layer_call: Any = None

    def __init__(self, spec: Spec, node: Node | None = None, index: int = 0, name: str | None = None) -> None:
        """Make a tensor of `spec`; the operations and `trace` do this, users call `convolith.Input`."""
        self.spec = spec
        self.node = node
        self.index = index
        self.name = name

    @property
    def shape(self) -> tuple[Any, ...]:
        """The shape; None first for an unknown batch size."""
        return self.spec.shape

    @property
    def dtype(self) -> np.dtype:
        """The NumPy dtype."""
        return self.spec.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.spec.shape)

    def __repr__(self) -> str:
        name = f" {self.name}" if self.name else ""
        return f"<{type(self).__name__}{name} {self.spec}>"

    def __bool__(self) -> bool:
        self._refuse("true or false")

    def __len__(self) -> int:
        self._refuse("asked for its length (use .shape)")

    def __iter__(self) -> Any:
        self._refuse("iterated over")

    def __float__(self) -> float:
        self._refuse("made a number")

    def __int__(self) -> int:
        self._refuse("made a number")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        self._refuse("made a NumPy array")


class Variable(Tensor):
    """A leaf that holds values: a layer's weight, an optimizer's slot, a counter.

    Its array is never replaced, so that plans may hold on to it. `value` is read only: `assign` and effects change it,
    and count `version` up, so that what is prepared from it is prepared again.

    Args:
        value: array of any shape and dtype; copied, unless `own` says otherwise.
        trainable: whether training changes it by its gradient.
        name: a short name, such as "kernel".
        path: the whole name, such as "conv2d/kernel"; by default the same as `name`.
        own: whether the variable becomes the owner of the array, which is one of `arena.empty` that nobody else keeps.

    Example:
        >>> import numpy as np
        >>> from convolith.graph.tensor import Variable
        >>> bias = Variable(np.zeros(2, "float32"), name="bias")
        >>> bias.assign([1, 2])
        >>> bias.numpy()
        array([1., 2.], dtype=float32)
    """

    def __init__(
        self,
        value: Any,
        trainable: bool = True,
        name: str | None = None,
        path: str | None = None,
        own: bool = False,
    ) -> None:
        value = np.asarray(value)
        if value.dtype.kind not in "biuf":
            raise TypeError(f"Variable {name}: value must be an array of numbers, got dtype {value.dtype}")
        # Whoever writes into it calls `changed`.
        self.memory = value if own else empty(value.shape, value.dtype.newbyteorder("="))
        if not own:
            self.memory[...] = value
        self._version, self._shared = 0, False
        super().__init__(Spec(value.shape, self.memory.dtype), name=name)
        self._trainable, self._learning_rate_multiplier = trainable, 1.0
        self.path = path or name
        self.regularizer: Callable[[Any], Any] | None = None  # its value is added to the loss
        self.constraint: Callable[[Any], Any] | None = None  # what every step of training ends with

    @property
    def trainable(self) -> bool:
        """Whether training changes it by its gradient."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = value
        changes.count += 1

    @property
    def learning_rate_multiplier(self) -> float:
        """The factor of the optimizer's learning rate."""
        return self._learning_rate_multiplier

    @learning_rate_multiplier.setter
    def learning_rate_multiplier(self, value: float) -> None:
        self._learning_rate_multiplier = value
        changes.count += 1

    def assign(self, value: Any) -> None:
        """Copy `value` into the variable; of what a trace records, at the end of each run.

        Args:
            value: array (or tensor) of the variable's shape; floats of another width are converted. What a trace reads
                of the variable afterwards is that value, whose gradient is the variable's. Numbers and arrays are
                recorded within a layer's call and a model's own step.

        Raises:
            ValueError: if the shape is another.
            TypeError: if the kind of number is another (float for integer, complex, text).
            OverflowError: for integers that the variable's do not hold.
        """
        from convolith.graph.shape_pass import changes_nothing, is_repeated

        if is_repeated() or isinstance(value, Tensor) and (self._is_recorded() or not isinstance(value, Variable)):
            operators["assign"](self, value)
            return
        if type(value) is int and self.dtype.kind in "iu":
            value = whole_number(f"assign: Variable {self.path}", self.dtype, value)
        value = value.value if isinstance(value, Variable) else np.asarray(value)
        if value.shape != self.memory.shape:
            raise ValueError(
                f"Variable {self.path}: value must have the variable's shape {self.memory.shape}, got {value.shape}"
            )
        if not np.can_cast(value.dtype, self.memory.dtype, "same_kind"):
            raise TypeError(f"Variable {self.path}: cannot turn {value.dtype} into the variable's {self.memory.dtype}")
        if value.dtype != self.dtype and self.dtype.kind in "iu" and not fits(value, self.dtype.type):
            span = f"{value.min()} to {value.max()}"
            raise OverflowError(f"Variable {self.path}: value must be in the range of {self.dtype}, got {span}")
        if not changes_nothing():
            self.memory[...] = value
            self.changed()

    @property
    def value(self) -> np.ndarray:
        """The values, as a view that is read only."""
        view = self.memory.view()
        view.flags.writeable = False
        return view

    @property
    def version(self) -> int:
        """A number that is another one whenever the values may be others."""
        if self._shared:
            self.changed()
        return self._version

    def changed(self) -> None:
        """Note that `memory` has been written into."""
        self._version += 1

    def assign_add(self, value: Any) -> None:
        """Add `value`, which broadcasts; as for `assign`, but that a trace records numbers and arrays, too.

        Raises:
            OverflowError: for a Python integer that the variable's integers do not hold.
        """
        operators["assign_add"](self, value)

    def assign_sub(self, value: Any) -> None:
        """Subtract `value`; as for `assign_add`."""
        operators["assign_sub"](self, value)

    def numpy(self) -> np.ndarray:
        """Give a copy of the values."""
        return self.memory.copy()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is not False:
            return self.memory.astype(self.memory.dtype if dtype is None else dtype)
        if dtype is not None and np.dtype(dtype) != self.memory.dtype:
            raise ValueError(f"{self!r} cannot be made an array of {np.dtype(dtype)} without a copy")
        return self.value

    def _refuse(self, what: str) -> NoReturn:
        raise TypeError(f"{self!r} cannot be {what}: use convolith.ops, or its values of now, by numpy()")

    def __dlpack__(self, **arguments: Any) -> Any:
        """Give the values to another library without a copy, as `torch.from_dlpack` asks for; they stay shared."""
        self._shared = True  # nobody tells when that library writes
        return self.memory.__dlpack__(**arguments)

    def __dlpack_device__(self) -> tuple[int, int]:
        """Tell that the values are in the machine's own memory."""
        return self.memory.__dlpack_device__()

    def __float__(self) -> float:
        return float(self._now("a number"))

    def __int__(self) -> int:
        return int(self._now("a number"))

    def __bool__(self) -> bool:
        return bool(self._now("true or false"))

    def __len__(self) -> int:
        return len(self.memory)  # as its shape, this never changes

    def __iter__(self) -> Any:
        return iter(self._now("iterated over").copy())

    def _is_recorded(self) -> bool:
        """Tell whether a trace is in progress."""
        from convolith.graph.recording import current

        return current.get() is not None

    def _now(self, what: str) -> np.ndarray:
        """Give the values; not while a trace is recorded, which would keep those of today for all its runs."""
        if self._is_recorded():
            raise TypeError(
                f"{self!r} may have other values when what is traced here runs, so it cannot be {what}: "
                f"use convolith.ops, and decide on shapes, not on values."
            )
        return self.memory

    def __repr__(self) -> str:
        return f"<Variable {self.path} {self.spec}>" if self.path else f"<Variable {self.spec}>"


class Constant(Tensor):
    """A leaf around an array, which is copied only if it is not C-contiguous, aligned and native.

    Args:
        value: array of any shape and dtype.
    """

    def __init__(self, value: Any) -> None:
        value = np.asarray(value)
        value = plain(value, value.dtype)
        super().__init__(Spec(value.shape, value.dtype))
        self.value = value


class Node:
    """One recorded call of an operation: its inputs (None where an optional one is missing) and its results."""

    __slots__ = ("inputs", "operation", "order", "outputs")

    def __init__(self, operation: Operation, inputs: tuple[Tensor | None, ...], specs: tuple[Spec, ...]) -> None:
        """Record `operation` on `inputs`, with one new tensor for each of `specs`."""
        self.operation = operation
        self.inputs = inputs
        self.outputs = tuple([Tensor(spec, self, index) for index, spec in enumerate(specs)]) if specs else ()
        self.order = next(_orders)  # nodes come later than what they read, so sorting by it is a schedule

    def __repr__(self) -> str:
        inputs = ", ".join("-" if tensor is None else str(tensor.spec) for tensor in self.inputs)
        return f"<Node {self.operation}({inputs})>"
