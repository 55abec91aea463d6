"""Metrics within a step that is traced: what is done with them is recorded, and done at each run of the step."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.recording import current
from convolith.graph.shape_pass import shapes_alone
from convolith.graph.tensor import Spec, Tensor, Variable
from convolith.tree import flatten, map_structure


@dataclass(frozen=True, eq=False)
class MetricCall(Operation):
    """A call of a metric's method with the arrays of a run; the Variable that it writes keeps calls in their order."""

    call: Callable[..., None]
    tensors: int
    writes = (0,)

    @property
    def keeps(self) -> tuple[int, ...]:  # type: ignore[override]
        """The dtypes of all tensors."""
        return tuple(range(1, self.tensors + 1))

    def infer(self, calls: Spec, *tensors: Spec) -> tuple[Spec, ...]:
        """Take any."""
        return ()

    def compute(self, outputs: tuple[Any, ...], *inputs: Any) -> None:
        """Call."""
        self.call(*inputs[1:])


class MetricResult:
    """What a metric will say after a run of a step that is traced: the step may return it, not compute with it."""

    def __init__(self, metric: Any):
        self.metric = metric

    def now(self) -> Any:
        """Return what the metric says now."""
        return self.metric.result()

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(
            f"the result of metric {self.metric.name} is not known while a step is traced, before its runs: "
            f"return it as it is, and compute with the tensors that the metric is given"
        )

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __matmul__ = __rmatmul__ = _refuse
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __divmod__ = __rdivmod__ = _refuse
    __pow__ = __rpow__ = __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = _refuse
    __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = __neg__ = __pos__ = __abs__ = __invert__ = _refuse
    __float__ = __int__ = __complex__ = __index__ = __bool__ = __round__ = __trunc__ = __floor__ = __ceil__ = _refuse
    __len__ = __iter__ = __contains__ = __getitem__ = __array__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __eq__ = __ne__ = _refuse  # type: ignore[assignment]
    __hash__ = object.__hash__

    def __format__(self, specification: str) -> str:
        return self._refuse() if specification else repr(self)

    def __repr__(self) -> str:
        return f"<MetricResult {self.metric.name}>"


def what_may_be_kept(metric: Any, arrays: Iterable[Any]) -> Iterable[Any]:
    """Give a metric of the user's own copies, which it may keep: the memory of a step holds the next batch soon."""
    return map(np.copy, arrays) if metric.may_keep_arrays else arrays


def following_steps(kind: type, base: type) -> None:
    """Let the methods of a class of metrics be recorded within a step that is traced.

    Args:
        kind: the class; those that it inherits from others than metrics count as its own.
        base: of all metrics.
    """
    for name, replaced in (("update_state", _recorded), ("reset_state", _recorded), ("result", _awaited)):
        owner = next(one for one in kind.__mro__ if name in vars(one))
        if owner is kind or not issubclass(owner, base):
            setattr(kind, name, replaced(vars(owner)[name]))


def _recorded(method: Callable[..., Any]) -> Callable[..., None]:
    @functools.wraps(method)
    def recording(self: Any, *args: Any, **kwargs: Any) -> None:
        places = flatten([args, kwargs])
        tensors = [leaf for leaf in places if isinstance(leaf, Tensor)]
        if current.get() is None:
            without_values = [tensor for tensor in tensors if not isinstance(tensor, Variable)]
            if not without_values:
                method(self, *args, **kwargs)
            elif not shapes_alone():
                raise TypeError(
                    f"metric {self.name}: {method.__name__} needs values, got {without_values[0]!r}, which has none "
                    f"outside of a step, a loss or the call of a layer"
                )
            return

        def call(*arrays: Any) -> None:
            values = iter(what_may_be_kept(self, arrays))
            given = map_structure(lambda leaf: next(values) if isinstance(leaf, Tensor) else leaf, [args, kwargs])
            method(self, *given[0], **given[1])

        MetricCall(call, len(tensors))(self.calls_of_steps, *tensors)

    return recording


def _awaited(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def awaiting(self: Any) -> Any:
        return method(self) if current.get() is None else MetricResult(self)

    return awaiting
