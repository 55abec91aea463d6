"""What ``compile`` was told about each output: its loss, its weight, its metrics; and their running means."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from convolith import metrics as metrics_module
from convolith import ops
from convolith.graph.tensor import Tensor
from convolith.layers.structure import flatten
from convolith.losses import resolve as resolve_loss
from convolith.losses.loss import Loss
from convolith.metrics import resolve as resolve_metric
from convolith.metrics.metric import Metric, add
from convolith.metrics.reduction import Mean
from convolith.metrics.within_step import what_may_be_kept
from convolith.models.batches import as_arrays
from convolith.models.compile_metrics import CompileMetrics
from convolith.models.labels import fitting_labels


class Objective:
    """Losses and metrics of a model whose outputs are known.

    Args:
        outputs: the symbolic outputs, flat.
        names: theirs.
        loss: a loss for all outputs, or a list or dict of one each (None for an output without).
        loss_weights: None, a number, or a list or dict of one number each.
        metrics: None; for one output a list; for several a list of lists or a dict.
        weighted_metrics: the same, for metrics that take the weights of samples.

    Raises:
        ValueError: a number of entries or a name does not fit the outputs, or something is no loss or metric.
    """

    def __init__(
        self,
        outputs: list[Tensor],
        names: list[str],
        loss: Any,
        loss_weights: Any,
        metrics: Any,
        weighted_metrics: Any = None,
    ):
        self.outputs, self.names = outputs, names
        losses = self._per_output("loss", loss)
        self._listed = list(loss) if isinstance(loss, dict) and set(loss) <= set(names) else names
        self.losses: list[Loss | None] = [resolve_loss(item) for item in losses]
        for item in self.losses:
            if item is not None and item.reduction in ("none", None):
                raise ValueError(f"compile: loss {item.name!r} has reduction 'none'; training needs a single number")
        weights = self._per_output("loss_weights", 1.0 if loss_weights is None else loss_weights)
        if any(isinstance(weight, (str, bool)) or not np.isscalar(weight) for weight in weights if weight is not None):
            raise ValueError(f"compile: loss_weights must be a number an output, got {loss_weights!r}")
        self.weights = [1.0 if weight is None else float(weight) for weight in weights]
        self._wanted = self._metrics_per_output("metrics", metrics)
        self._weighted_wanted = self._metrics_per_output("weighted_metrics", weighted_metrics)
        given = metrics is not None or weighted_metrics is not None
        self.compile_metrics = CompileMetrics(names, self._resolve_metrics) if given else None
        self.total = Mean(name="loss")
        several = sum(item is not None for item in self.losses) > 1
        self.means = [
            Mean(name=f"{name}_loss") if several and item else None
            for name, item in zip(names, self.losses, strict=True)
        ]

    def _per_output(self, argument: str, value: Any) -> list[Any]:
        """Return one entry an output, from one for all, a list or a dict by name."""
        if isinstance(value, dict) and "class_name" not in value:
            unknown = sorted(set(value) - set(self.names))
            if unknown:
                raise ValueError(f"compile: {argument} names {unknown}; the outputs are {self.names}")
            return [value.get(name) for name in self.names]
        if isinstance(value, (list, tuple)):
            if len(value) != len(self.outputs):
                raise ValueError(f"compile: {argument} has {len(value)} entries for {len(self.outputs)} outputs")
            return list(value)
        return [value] * len(self.outputs)

    def _metrics_per_output(self, argument: str, metrics: Any) -> list[list[Any]]:
        if metrics is None:
            return [[] for _ in self.outputs]
        if len(self.outputs) == 1 and not isinstance(metrics, dict):
            nested = len(metrics) == 1 and isinstance(metrics[0], (list, tuple))
            return [list(metrics[0] if nested else metrics)]
        wanted = self._per_output(argument, metrics)
        return [[] if item is None else list(item) if isinstance(item, (list, tuple)) else [item] for item in wanted]

    # Labels.

    def prepare(self, y: Any, method: str, argument: str = "y") -> list[np.ndarray | None]:
        """Check labels, and return them as the losses need them, one array (or None) an output.

        Args:
            y: an array, or a list or dict of one each.
            method: for errors, such as "fit".
            argument: for errors.

        Raises:
            ValueError: the labels do not fit: number of arrays or samples, shape, dtype, range, NaN.
        """
        if y is None and not any(self.losses) and not any(self._wanted + self._weighted_wanted):
            return [None] * len(self.outputs)
        given = self._flat_labels(y, method, argument)
        names = [argument if len(given) == 1 else f"{argument}[{name!r}]" for name in self.names]
        present = [i for i, loss in enumerate(self.losses) if loss is not None or given[i] is not None]
        arrays = as_arrays([given[i] for i in present], [names[i] for i in present], method)
        labels: list[np.ndarray | None] = [None] * len(given)
        for i, array in zip(present, arrays, strict=True):
            labels[i] = fitting_labels(array, self.outputs[i], self.losses[i], f"{method}: {names[i]}")
        if self.compile_metrics is not None:
            self.compile_metrics.build(labels)
        return labels

    def _flat_labels(self, y: Any, method: str, argument: str) -> list[Any]:
        if y is None:
            raise ValueError(f"{method}: {argument} (the labels) is missing")
        if len(self.outputs) == 1 and not isinstance(y, dict):
            wrapped = isinstance(y, (list, tuple)) and len(y) == 1 and hasattr(y[0], "__array__") and np.ndim(y[0])
            return [y[0] if wrapped else y]
        if isinstance(y, dict):
            unknown = sorted(set(y) - set(self.names))
            if unknown:
                raise ValueError(f"{method}: {argument} names {unknown}; the outputs are {self.names}")
            return [y.get(name) for name in self.names]
        if not isinstance(y, (list, tuple)) or len(y) != len(self.outputs):
            got = f"{len(y)} arrays" if isinstance(y, (list, tuple)) else type(y).__name__
            raise ValueError(f"{method}: {argument} must be {len(self.outputs)} arrays, for {self.names}; got {got}")
        return list(y)

    def _resolve_metrics(self, labels: list[np.ndarray | None]) -> list[list[tuple[Metric, bool]]]:
        """Make the metrics: what "accuracy" means depends on the labels."""
        taken: Counter[str] = Counter()
        made: list[list[tuple[Metric, bool]]] = [[] for _ in self.outputs]
        for weighted, everything in ((False, self._wanted), (True, self._weighted_wanted)):
            for number, wanted in enumerate(everything):
                output, name, label = self.outputs[number], self.names[number], labels[number]
                if label is None:
                    if wanted:
                        raise ValueError(f"output {name!r} has metrics, so it needs labels")
                    continue
                for item in wanted:
                    metric = resolve_metric(item, label.shape, output.shape)
                    prefix = f"{name}_" if len(self.outputs) > 1 else ""
                    log_name = f"{prefix}{metric.name}"
                    if weighted and taken[log_name]:
                        log_name = f"{prefix}weighted_{metric.name}"
                    metric.log_name = f"{log_name}_{taken[log_name]}" if taken[log_name] else log_name
                    taken[log_name] += 1
                    made[number].append((metric, weighted))
        return made

    # Losses and running means.

    def symbolic(
        self, labels: list[Any], sample_weights: list[Any], predictions: list[Tensor], more: list[Any]
    ) -> tuple[Tensor, list[Tensor]]:
        """Record the total loss, and each output's own.

        Args:
            labels: by output, None for one without.
            sample_weights: likewise.
            predictions: by output.
            more: what layers and regularizers add to the total.

        Raises:
            ValueError: there is no loss at all, or one that is not a single number.
        """
        values, terms = [], []
        for loss, weight, label, factors, prediction in zip(
            self.losses, self.weights, labels, sample_weights, predictions, strict=True
        ):
            if loss is not None:
                value = loss(label, prediction) if factors is None else loss(label, prediction, factors)
                if value.shape != ():
                    raise ValueError(f"loss {loss.name!r} must give a single number, got shape {value.shape}")
                values.append(value)
                terms.append(value if weight == 1 else value * weight)
        terms += [term if term.shape == () else ops.sum(term) for term in more]
        if not terms:
            raise ValueError("there is no loss to compute: give compile(loss=...), or a layer that calls add_loss")
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        return total, values

    def needs_predictions(self) -> list[int]:
        """Numbers of the outputs that have metrics."""
        made = [] if self.compile_metrics is None else self.compile_metrics.by_output
        return [i for i, metrics in enumerate(made) if metrics]

    def all_metrics(self) -> list[Metric]:
        """Return the mean of the loss, then the metrics as one, then the means of the outputs' losses as listed."""
        means = dict(zip(self.names, self.means, strict=True))
        several = (self.total, self.compile_metrics, *(means[name] for name in self._listed))
        return [metric for metric in several if metric is not None]

    def update_losses(self, losses: Any, samples: int) -> None:
        """Take in a batch's losses of the outputs."""
        means = [mean for mean in self.means if mean is not None]
        if means:
            for mean, value in zip(means, losses, strict=True):
                mean.update_state(value, samples)

    def update(
        self,
        samples: int,
        total: np.ndarray,
        losses: tuple[np.ndarray, ...],
        labels: list[Any],
        sample_weights: list[Any],
        predictions: dict[int, np.ndarray],
    ) -> None:
        """Take in a batch: its losses weighted by its samples, its labels, weights and predictions by output."""
        add(self.total.total, float(total) * samples)
        add(self.total.count, samples)
        self.update_losses(losses, samples)
        for i, prediction in predictions.items():
            assert self.compile_metrics is not None
            for metric, weighted in self.compile_metrics.by_output[i]:
                weights = (sample_weights[i],) if weighted and sample_weights[i] is not None else ()
                metric.update_state(*what_may_be_kept(metric, (labels[i], prediction, *weights)))


def check_names(loss: Any, metrics: Any) -> None:
    """Check what can be said of losses and metrics before the outputs are known.

    Args:
        loss: as ``compile`` was given it.
        metrics: the metrics, then the weighted metrics.

    Raises:
        ValueError: a name is unknown, something is no loss or no metric, or metrics are neither a list nor a dict.
    """
    for item in [loss] if isinstance(loss, dict) and "class_name" in loss else flatten(loss):
        resolve_loss(item)
    for argument, given in zip(("metrics", "weighted_metrics"), metrics, strict=True):
        if not isinstance(given, (list, tuple, dict, type(None))):
            raise ValueError(f"compile: {argument} must be a list or a dict, got {given!r}")
    for item in flatten(metrics):
        if isinstance(item, str) and item.lower() not in ("accuracy", "acc"):
            metrics_module.REGISTRY.find(item)
        elif not (item is None or isinstance(item, (str, dict, Metric)) or callable(item)):
            raise ValueError(f"a metric must be a name, a Metric or a function (y_true, y_pred), got {item!r}")
