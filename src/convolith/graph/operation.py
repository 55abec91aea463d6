"""What every operation is: a shape rule, a computation and a gradient, called on arrays or recorded on tensors."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from inspect import CO_VARARGS
from typing import Any, ClassVar, TypeAlias

import numpy as np

from convolith.graph.arena import empty, plain
from convolith.graph.dtypes import array_of, common_dtype, fits, is_float
from convolith.graph.recording import Recording, current
from convolith.graph.tensor import Constant, Node, Spec, Tensor, Variable

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))

Again: TypeAlias = Callable[[], object] | None
"""What computes once more, or None."""


@cache
def _as_function(name: str) -> str:
    """Give the name of a class of operations as the function is spelled."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


@cache
def _arguments(infer: Any) -> tuple[tuple[str, ...], frozenset[int]]:
    """Give the names of an operation's inputs, the last one's with * for any number more, and which may be missing."""
    code = infer.__code__
    names = code.co_varnames[1 : code.co_argcount]
    optional = frozenset(range(len(names) - len(infer.__defaults__ or ()), len(names)))
    return (*names, f"*{code.co_varnames[code.co_argcount]}") if code.co_flags & CO_VARARGS else names, optional


def _name_of(names: tuple[str, ...], position: int) -> str:
    """Give the name of the input at a position, such as x, or xs[1] where there is any number of xs."""
    last = len(names) - 1
    return f"{names[-1][1:]}[{position - last}]" if position >= last and names[-1][0] == "*" else names[position]


@dataclass(frozen=True)
class Operation:
    """The base of all operations. A subclass with attributes is a frozen dataclass, and they are its fields.

    Calling an operation on arrays computes. Calling it on a symbolic tensor, or inside `trace` on a Variable, records
    a node. Inputs meet in one float dtype first: float64 where one of them is, else float32, which integers take, too,
    whatever their width, as in Keras (some operations have `keeps_integers`). Python numbers take the dtype of the
    others, and so does a NumPy float64 beside arrays or tensors, as in Keras: it is a Python float too, and NumPy 1
    makes one of np.float32(3) * 1. As in Keras, too, floats in lists count as `floatx`, and integers in lists as int32
    if it holds them.
    """

    takes_over: ClassVar[tuple[int, ...]] = ()
    """Inputs whose memory the first result may take when nobody else reads them any more."""
    view: ClassVar[bool] = False
    """Whether the result is the first input's memory under another shape."""
    writes: ClassVar[tuple[int, ...]] = ()
    """Inputs, all Variables, that `compute` changes: this makes the operation an effect, which has no results."""
    keeps: ClassVar[tuple[int, ...]] = ()
    """Inputs that keep their own dtype, whatever it is: labels, counters, and those in `writes`."""
    floats: ClassVar[bool] = True
    """Whether the other inputs meet in float32 or float64; else where NumPy promotes them to, integers or narrow."""
    keeps_integers: ClassVar[bool] = False
    """Whether integers alone stay integers, with which it computes exactly, instead of meeting in a float dtype."""
    keeps_truths: ClassVar[bool] = False
    """Whether, with `keeps_integers`, truth values alone stay so; else they count as int32."""
    gaps: ClassVar[bool] = False
    """Whether some of any number of inputs may be missing."""
    pure: ClassVar[bool] = True
    """Whether the results depend on the inputs alone."""
    refuses: ClassVar[bool] = False
    """Whether `compute` refuses values, such as indices outside, so that empty results need it too."""
    reads_start: ClassVar[bool] = False
    """Whether it may read a Variable that the same trace has changed already, and gets its value from before."""
    joins: ClassVar[bool] = False
    """Whether it may take its reader along: whether it has a `fuse` or a `fold` of its own."""
    settles: ClassVar[bool] = False
    """Whether it may have another form: whether it has a `settle` of its own."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.joins = cls.fuse is not Operation.fuse or cls.fold is not Operation.fold
        cls.settles = cls.settle is not Operation.settle

    @property
    def name(self) -> str:
        """The name in messages: the class's, as the function is spelled."""
        return _as_function(type(self).__name__)

    def infer(self, *specs: Any) -> Spec | tuple[Spec, ...]:
        """Give the results' shapes and dtypes from the inputs', and refuse what does not fit together.

        Args:
            specs: a Spec for each input, or None where an optional input (one with a default) is missing.

        Raises:
            ValueError: naming the operation, the argument, what was expected and what came.
        """
        raise NotImplementedError

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Write the results into `outputs`; all arrays are C-contiguous and of the dtypes that `infer` saw.

        Returns:
            What does just the same again with these arrays, whose elements may have changed, in less time: a Plan calls
            it from then on. None where there is no such thing.
        """
        raise NotImplementedError

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Build the gradient by each input (or None) out of other operations.

        Args:
            node: the recorded call; node.inputs and node.outputs may be read by what is built.
            upstreams: the gradient by each result, a Tensor or None.
        """
        raise NotImplementedError(f"{self.name} has no gradient")

    def flops(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Count the floating-point operations: by default one for each element of the results, none for a view."""
        return 0 if self.view else sum(math.prod(spec.shape) for spec in outputs)

    def scratch(self, inputs: Sequence[Spec | None], outputs: Sequence[Spec]) -> int:
        """Give the bytes of working memory that `compute` takes of the engine, by default none."""
        return 0

    def footprint(self, inputs: Sequence[Spec | None]) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
        """Give the window of the images (n, h, w, c) that a pixel of the result sees, and its step; None for no window.

        Args:
            inputs: the images first.

        Returns:
            (extent down, across), (step down, across) in pixels.
        """
        return None

    def fuse(self, node: Node, reader: Node) -> tuple[Operation, tuple[Tensor | None, ...]] | None:
        """Give one operation, and its inputs, that does this one and then the only reader of its first result; or None.

        Its results are the reader's, and then this one's but for the first. It needs a gradient of its own.

        Args:
            node: the call of this operation.
            reader: the call that reads node.outputs[0], once, and perhaps other tensors.
        """
        return None

    def fold(self, node: Node, reader: Node) -> tuple[Operation, tuple[Tensor | None, ...]] | None:
        """As `fuse`, where all that both read but node.inputs[0] and node.outputs[0] stays the same from run to run.

        The new inputs but the first may be results of operations on such tensors, recorded here: they are computed
        once, and again when a Variable has changed (`convolith.graph.prepared`).
        """
        return None

    def settle(self, node: Node) -> tuple[Operation, tuple[Tensor | None, ...]] | None:
        """Give another form of this call, or None; its inputs but the first and those in `takes_over` stay the same.

        It has these as they are, and the same results. The others may be computed as in `fold`: a weight that is
        packed or transformed for the engine, say.
        """
        return None

    def __call__(self, *inputs: Any) -> Any:
        """Compute the results of arrays, or record a node and give its symbolic results."""
        recording = current.get()
        symbolic = any(
            [
                isinstance(value, Tensor) and (recording is not None or not isinstance(value, Variable))
                for value in inputs
            ]
        )
        operands = inputs if symbolic and self._agree(inputs) else self._same_dtype(inputs, symbolic)
        specs = [
            value.spec if isinstance(value, Tensor) else None if value is None else Spec(value.shape, value.dtype)
            for value in operands
        ]
        inferred = self.infer(*specs)
        results = (inferred,) if isinstance(inferred, Spec) else inferred
        if symbolic:
            outputs: tuple[Any, ...] = self._record(operands, results, recording)
        else:
            outputs = self.results(results, operands)
            for position in self.writes:
                if inputs[position] is not None:
                    inputs[position].changed()
        return outputs[0] if isinstance(inferred, Spec) else outputs or None

    def results(self, specs: tuple[Spec, ...], inputs: Sequence[Any]) -> tuple[np.ndarray, ...]:
        """Compute into fresh arrays of `specs`; empty ones need no computing, unless values may be refused."""
        outputs = tuple(empty(spec.shape, spec.dtype) for spec in specs)
        if self.writes or self.refuses or any(output.size for output in outputs):
            self.compute(outputs, *inputs)
        return outputs

    def _record(
        self, operands: Sequence[Any], results: tuple[Spec, ...], recording: Recording | None
    ) -> tuple[Tensor, ...]:
        tensors = tuple(value if value is None or isinstance(value, Tensor) else Constant(value) for value in operands)
        if recording is not None and recording.known:
            tensors = self._as_known(tensors, recording)
        if recording is not None and recording.effects and not self.writes and not self.reads_start:
            for tensor in tensors:
                if isinstance(tensor, Variable) and recording.writes_to(tensor) and not recording.part():
                    raise ValueError(
                        f"{self.name}: reads {tensor!r} after it was changed in the same trace; there, changes happen "
                        f"at the end, so read it first"
                    )
        node = Node(self, tensors, results)
        if self.writes:
            if recording is None:
                raise ValueError(f"{self.name}: changes a Variable by a symbolic tensor, which only a trace can record")
            recording.change(node)
        return node.outputs

    def _as_known(self, tensors: tuple[Any, ...], recording: Recording) -> tuple[Any, ...]:
        """Read what changed Variables will hold; what a change of one in place makes of it is not known."""
        for position in self.writes:
            recording.known.pop(tensors[position], None)
        return tensors if self.writes or self.reads_start else tuple(recording.known.get(one, one) for one in tensors)

    def _agree(self, inputs: tuple[Any, ...]) -> bool:
        """Tell whether inputs are tensors of one float dtype as they come: then there is nothing to bring there.

        What may be missing among them is no matter; what is wrong, or may be, is left to `_same_dtype`.
        """
        optional = _arguments(type(self).infer)[1]
        common = None
        for position, value in enumerate(inputs):
            if value is None:
                if position not in optional:
                    return False
            elif not isinstance(value, Tensor):
                return False
            elif position in self.writes:
                if not isinstance(value, Variable):
                    return False
            elif position not in self.keeps:
                common = common or value.spec.dtype
                if value.spec.dtype != common:
                    return False
            elif value.spec.dtype.kind not in "biuf" or value.spec.dtype.itemsize > 8:
                return False
        return common is None or common in FLOATS

    def _same_dtype(self, inputs: tuple[Any, ...], symbolic: bool) -> list[Any]:
        """Bring the inputs to one float dtype, but for those in `keeps` and `writes`; arrays become C-contiguous."""
        names, optional = _arguments(type(self).infer)
        kept = {*self.keeps, *self.writes}
        alone = all(value is None or isinstance(value, (int, float, np.generic)) for value in inputs)
        operands: list[Any] = []
        for position, value in enumerate(inputs):
            if type(value) is np.float64 and not alone:
                value = float(value)
            if value is None:
                if position not in optional and not (self.gaps and position >= len(names) - 1):
                    raise TypeError(f"{self.name}: {_name_of(names, position)} must be an array or a tensor, got None")
            elif isinstance(value, Variable) and not symbolic:
                value = value.memory if position in self.writes else value.value
            elif position in self.writes and not isinstance(value, Variable):
                raise TypeError(f"{self.name}: {names[position]} must be a Variable, got {type(value).__name__}")
            elif type(value) not in (bool, int, float) and not isinstance(value, Tensor):
                try:
                    array = array_of(value)
                except ValueError:
                    argument = _name_of(names, position)
                    raise ValueError(f"{self.name}: {argument} must have rows of one shape, got {value!r}") from None
                narrows = isinstance(value, (list, tuple)) and array.dtype.kind in "iu" and fits(array, np.int32)
                value = array.astype(np.int32) if narrows else array
            operands.append(value)
            dtype = getattr(value, "dtype", None)
            if dtype is not None and (dtype.kind not in "biuf" or dtype.itemsize > 8):
                raise TypeError(
                    f"{self.name}: {_name_of(names, position)} must hold real numbers of at most 64 bits, got {dtype}"
                )
        meeting = {place: value for place, value in enumerate(operands) if value is not None and place not in kept}
        in_floats = any(map(is_float, meeting.values()))
        if in_floats:
            meeting = {place: value for place, value in meeting.items() if is_float(value)}
        if self.floats and (in_floats or not self.keeps_integers):
            dtypes = [value.dtype for value in meeting.values() if in_floats and hasattr(value, "dtype")]
            common = np.result_type(np.float32, *dtypes)
        else:
            common = common_dtype([*meeting.values()])
            if self.keeps_integers and common.kind == "b" and not self.keeps_truths:
                common = np.dtype(np.int32)
        for position, value in enumerate(operands):
            if isinstance(value, Tensor):
                if position not in kept and value.dtype != common:
                    operands[position] = Cast(common)(value)
            elif value is not None:
                array = np.asarray(value)
                operands[position] = plain(array, array.dtype if position in kept else common)
        return operands


@dataclass(frozen=True)
class Cast(Operation):
    """Convert to another dtype, as ndarray.astype does."""

    dtype: np.dtype
    keeps = (0,)

    def infer(self, x: Spec) -> Spec:
        """Keep the shape; refuse what arrays of real numbers do not turn into."""
        if self.dtype.kind not in "biuf" or self.dtype.itemsize > 8:
            raise TypeError(f"cast: dtype must be one of real numbers of at most 64 bits, got {self.dtype}")
        return Spec(x.shape, self.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Copy with conversion."""
        np.copyto(outputs[0], inputs[0], casting="unsafe")

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Convert back; integers have no gradient."""
        (x,) = node.inputs
        assert x is not None
        return (Cast(x.dtype)(upstreams[0]) if x.dtype.kind == "f" and self.dtype.kind == "f" else None,)
