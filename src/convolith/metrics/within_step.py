"""Metrics within a step that is traced: what is done with them is recorded, and done at each run of the step."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from convolith.graph.operation import Operation, current
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

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __pow__ = _refuse
    __neg__ = __abs__ = __float__ = __int__ = __bool__ = __iter__ = __getitem__ = __array__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = _refuse

    def __repr__(self) -> str:
        return f"<MetricResult {self.metric.name}>"


def following_steps(kind: type) -> None:
    """Let the methods that a class of metrics defines be recorded within a step that is traced."""
    for name, replaced in (("update_state", _recorded), ("reset_state", _recorded), ("result", _awaited)):
        if name in vars(kind):
            setattr(kind, name, replaced(vars(kind)[name]))


def _recorded(method: Callable[..., Any]) -> Callable[..., None]:
    @functools.wraps(method)
    def recording(self: Any, *args: Any, **kwargs: Any) -> None:
        places = flatten([args, kwargs])
        tensors = [leaf for leaf in places if isinstance(leaf, Tensor)]
        if current.get() is None:
            # Tensors without values come from a layer that is called to find out its outputs' shapes.
            if all(isinstance(tensor, Variable) for tensor in tensors):
                method(self, *args, **kwargs)
            return

        def call(*arrays: Any) -> None:
            values = iter(arrays)
            given = map_structure(lambda leaf: next(values) if isinstance(leaf, Tensor) else leaf, [args, kwargs])
            method(self, *given[0], **given[1])

        MetricCall(call, len(tensors))(self.calls_of_steps, *tensors)

    return recording


def _awaited(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def awaiting(self: Any) -> Any:
        return method(self) if current.get() is None else MetricResult(self)

    return awaiting
