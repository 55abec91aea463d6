"""Steps that a subclass of Model defines itself: ``train_step`` and ``test_step``, traced once a batch shape."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from convolith.graph.arena import Arena
from convolith.graph.fusion import fuse
from convolith.graph.parts import Part, trace_parts
from convolith.graph.plan import Plan
from convolith.graph.shape_pass import within_call
from convolith.graph.tensor import Spec, Tensor, Variable
from convolith.layers.structure import flatten, map_structure
from convolith.models.memory_limit import limited
from convolith.models.samples import Layout

# Metrics are imported by what runs a step: a model that only predicts starts without them.
if TYPE_CHECKING:
    from convolith.metrics.within_step import MetricResult


class StepPlan(Plan):
    """The plan of a step that a subclass defines, whose outputs are numbers by name: of its last part.

    Attributes:
        results: what else the step returns, by name: what metrics say and what variables hold after each run.

    Args:
        inputs: of the trace.
        parts: of it, each fused.
        arena: where the buffers of all of them live, in turn.
    """

    results: dict[str, MetricResult | Variable]

    def __init__(self, inputs: tuple[Tensor, ...], parts: list[Part], arena: Arena):
        super().__init__(parts[-1].graph, arena)
        self._inputs, self._parts = inputs, parts
        self._earlier = [Plan(part.graph, arena) for part in parts[:-1]]

    def run(self, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        """Do the parts in their order; arguments, results and errors as of Plan."""
        if not self._earlier:
            return super().run(*arrays)
        values = dict(zip(self._inputs, arrays, strict=True))
        for plan, part in zip(self._earlier, self._parts, strict=False):
            results = plan.run(*(values[tensor] for tensor in part.inputs))
            values.update((tensor, result.copy()) for tensor, result in zip(part.outputs, results, strict=True))
        return super().run(*(values[tensor] for tensor in self._parts[-1].inputs))


def step_plan(model: Any, mode: str, layout: Layout, specs: tuple[Spec, ...], arena: Arena) -> StepPlan:
    """Trace ``model.train_step(data)`` or ``model.test_step(data)``, whose results are named numbers.

    Args:
        model: a Model.
        mode: "train_step" or "test_step".
        layout: what the arrays of a batch are.
        specs: of these arrays.
        arena: where the plan's buffers live.

    Raises:
        TypeError: it returns something else than a dict.
        ValueError: a result is not a single number.
    """
    from convolith.metrics.within_step import MetricResult
    from convolith.models.compile_metrics import flat_logs, metrics_by_name

    results: dict[str, MetricResult | Variable] = {}
    names: list[str] = []

    def step(*tensors: Tensor) -> Any:
        x = map_structure(lambda number: tensors[number], layout.structure)
        y, sample_weight = (as_outputs(model, part) for part in layout.labels_and_weights(tensors))
        token = within_call.set(True)  # numbers that the step assigns are assigned at each run
        try:
            logs = getattr(model, mode)(pack_x_y_sample_weight(x, y, sample_weight))
        finally:
            within_call.reset(token)
        model._losses = []  # of this trace
        if not isinstance(logs, dict) or not logs:
            raise TypeError(f"{model.name}: {mode} must return a dict of numbers by name, got {logs!r}")
        logs = flat_logs(logs)
        for name, value in logs.items():
            if not isinstance(value, MetricResult) and np.shape(value) != ():
                raise ValueError(f"{model.name}: {mode} must return single numbers, got {np.shape(value)} for {name!r}")
        results.update((name, value) for name, value in logs.items() if isinstance(value, (MetricResult, Variable)))
        names.extend(logs)
        return {name: value for name, value in logs.items() if name not in results}

    inputs, parts = trace_parts(step, *specs)
    metrics = metrics_by_name(model.metrics)
    updated = {variable for part in parts for variable in part.graph.written()}
    if set(metrics) == set(names):  # then Keras asks the metrics, where these were updated
        results.update((name, MetricResult(one)) for name, one in metrics.items() if one.calls_of_steps in updated)
    graphs = [fuse(part.graph) for part in parts]
    if mode == "train_step":
        graphs = [limited(graph, model.memory_limit, specs[0].shape[0] or 0) for graph in graphs]
    plan = StepPlan(inputs, [replace(part, graph=graph) for part, graph in zip(parts, graphs, strict=True)], arena)
    plan.results = results
    return plan


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """Make what a step gets as its data: (x, y, sample_weight), (x, y) without weights, x alone without labels.

    Args:
        x: inputs.
        y: labels, or None.
        sample_weight: factors, or None.

    Returns:
        the tuple, or x; (x,) where x itself is a list or tuple.

    Source:
        keras.utils.pack_x_y_sample_weight.

    Example:
        >>> from convolith.utils import pack_x_y_sample_weight
        >>> pack_x_y_sample_weight(1, 2)
        (1, 2)
    """
    if y is None:
        return (x,) if isinstance(x, (list, tuple)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """Take a step's data apart: x, y and sample_weight, with None for what it has not.

    Args:
        data: a tuple or list of up to three, or x alone.

    Raises:
        ValueError: there are more than three, or none.

    Source:
        keras.utils.unpack_x_y_sample_weight.

    Example:
        >>> from convolith.utils import unpack_x_y_sample_weight
        >>> unpack_x_y_sample_weight((1, 2))
        (1, 2, None)
    """
    parts = tuple(data) if isinstance(data, (list, tuple)) else (data,)
    if not 1 <= len(parts) <= 3:
        raise ValueError(f"data must be x, (x, y) or (x, y, sample_weight), got {len(parts)} parts")
    x, y, sample_weight = parts + (None,) * (3 - len(parts))
    return x, y, sample_weight


def as_outputs(model: Any, values: list[Any]) -> Any:
    """Nest one value an output as the model returns its outputs; None where there is none at all."""
    if all(value is None for value in values):
        return None
    structure = None if model._graph is None else model._graph.output_structure
    if structure is None or len(values) == 1:
        return values[0] if len(values) == 1 else values
    flat = iter(values)
    assert len(flatten(structure)) == len(values)
    return map_structure(lambda _: next(flat), structure)


class NamedLogs:
    """What the last step returned, as in Keras: its numbers, and metrics and variables as they are now."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start again."""
        self._numbers: dict[str, float] = {}
        self._results: dict[str, MetricResult | Variable] = {}

    def update(self, numbers: dict[str, Any], results: dict[str, MetricResult | Variable]) -> None:
        """Take in a batch."""
        self._numbers = {name: float(value) for name, value in numbers.items()}
        self._results = results

    def logs(self) -> dict[str, Any]:
        """Return them by name."""
        from convolith.models.compile_metrics import flat_logs

        now = {name: one if isinstance(one, Variable) else one.now() for name, one in self._results.items()}
        return self._numbers | flat_logs(now)
