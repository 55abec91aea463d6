"""The metrics of ``compile`` as one, and what all metrics of a model say together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from convolith.graph.tensor import Tensor, Variable
from convolith.graph.trace import is_tracing
from convolith.layers.structure import flatten
from convolith.metrics.metric import Metric
from convolith.metrics.within_step import MetricResult


class CompileMetrics(Metric, follows_steps=False):
    """What ``compile`` was given as metrics and weighted metrics, as one of ``Model.metrics``.

    Args:
        names: of the model's outputs.
        resolve: makes the metrics by output, each with whether it takes the samples' weights, for the labels.

    Source:
        keras.Model.metrics.
    """

    def __init__(self, names: list[str], resolve: Callable[[list[Any]], list[list[tuple[Metric, bool]]]]):
        super().__init__(name="compile_metrics")
        self._names, self._resolve = names, resolve
        self.by_output: list[list[tuple[Metric, bool]]] = []

    def build(self, labels: list[Any]) -> None:
        """Make the metrics, unless they are: what "accuracy" means depends on the labels, one an output or None."""
        self.by_output = self.by_output or self._resolve(labels)

    @property
    def metrics(self) -> list[Metric]:
        """The metrics, those that take no weights first; none before labels were seen."""
        return [
            metric for weighted in (False, True) for made in self.by_output for metric, own in made if own is weighted
        ]

    @property
    def variables(self) -> list[Variable]:
        """The metrics' variables."""
        return [variable for metric in self.metrics for variable in metric.variables]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch, nested as the model returns its outputs; weights may be one for all outputs.

        Raises:
            ValueError: labels and predictions are not as many as the outputs.
        """
        labels, predictions, weights = (self._flat(part) for part in (y_true, y_pred, sample_weight))
        weights *= len(self._names) if len(weights) == 1 else 1
        if not len(labels) == len(predictions) == len(weights) == len(self._names):
            raise ValueError(
                f"compile_metrics: update_state needs labels and predictions of the outputs {self._names}, "
                f"got {len(labels)} and {len(predictions)}"
            )
        self.build(labels)
        for made, *batch, factors in zip(self.by_output, labels, predictions, weights, strict=True):
            for metric, weighted in made:
                metric.update_state(*batch, *((factors,) if weighted and factors is not None else ()))

    def reset_state(self) -> None:
        """Start the metrics again."""
        for metric in self.metrics:
            metric.reset_state()

    def result(self) -> dict[str, Any]:
        """Return the metrics' values by name.

        Raises:
            ValueError: no labels were seen yet.
        """
        if not self.by_output:
            raise ValueError("compile_metrics: what the metrics are is known when the first labels have come")
        return {metric.log_name: metric.result() for metric in self.metrics}

    def _flat(self, values: Any) -> list[Any]:
        if isinstance(values, dict) and set(values) == set(self._names):
            return [values[name] for name in self._names]
        return flatten(values)


def metric_results(metrics: Iterable[Metric]) -> dict[str, Any]:
    """Return what metrics say by name, where a result that is a dict counts as its entries.

    Source:
        keras.Model.get_metrics_result.
    """
    return flat_logs({metric.name: metric.result() for metric in metrics if not _is_unknown(metric)})


def metrics_by_name(metrics: Iterable[Metric]) -> dict[str, Metric]:
    """Return metrics by the names that logs have, those of ``compile`` one by one."""
    found: dict[str, Metric] = {}
    for metric in metrics:
        if isinstance(metric, CompileMetrics):
            found |= {one.log_name: one for one in metric.metrics}
        else:
            found[metric.name] = metric
    return found


def _is_unknown(metric: Metric) -> bool:
    return isinstance(metric, CompileMetrics) and not metric.by_output


def flat_logs(logs: dict[str, Any]) -> dict[str, Any]:
    """Return numbers by name as Python floats, those within dicts too; what is no single number yet stays as it is."""
    flat: dict[str, Any] = {}
    for name, value in logs.items():
        if isinstance(value, dict):
            flat.update(flat_logs(value))
        else:
            flat[name] = _number(value)
    return flat


def in_order(metrics: Iterable[Metric], logs: dict[str, Any]) -> dict[str, Any]:
    """Return logs as ``evaluate`` lists them in Keras: in the order of the metrics, then the others sorted by name."""
    names: list[str] = []
    for metric in metrics:
        names += [one.name for one in metric.metrics] if isinstance(metric, CompileMetrics) else [metric.name]
    return {name: logs[name] for name in dict.fromkeys([*names, *sorted(logs)]) if name in logs}


def _number(value: Any) -> Any:
    """Return a Python float for what is a single number; of a variable what it holds now, but not while tracing."""
    value = value.numpy() if isinstance(value, Variable) and not is_tracing() else value
    return value if isinstance(value, (MetricResult, Tensor)) or np.ndim(value) else float(value)
