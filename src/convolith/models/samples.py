"""What a user gives to train and test on: inputs, labels and weights of samples, checked before any work."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from convolith.layers.structure import flatten
from convolith.models.batches import as_arrays
from convolith.models.inputs import Inputs, model_inputs


class Layout(NamedTuple):
    """What the arrays of a batch are: the inputs, then the labels and then the weights of the outputs that have some.

    Attributes:
        structure: how the model takes its inputs: numbers of arrays, nested.
        inputs: number of input arrays.
        labelled: which outputs have labels.
        weighted: which outputs have weights of samples.
    """

    structure: Any
    inputs: int
    labelled: tuple[bool, ...] = ()
    weighted: tuple[bool, ...] = ()

    def labels_and_weights(self, batch: Any) -> tuple[list[Any], list[Any]]:
        """Return the labels and the weights in a batch, None for an output without."""
        rest = iter(batch[self.inputs :])
        labels = [next(rest) if there else None for there in self.labelled]
        return labels, [next(rest) if there else None for there in self.weighted]


class Samples(NamedTuple):
    """Arrays with the same number of samples, what to convert each to, and what they are."""

    arrays: list[np.ndarray]
    dtypes: list[np.dtype]
    layout: Layout


def checked_samples(
    model: Any, x: Any, y: Any, sample_weight: Any, class_weight: Any, method: str, prefix: str = ""
) -> Samples:
    """Check inputs, labels and weights against a compiled model, which is built for them if it is not built.

    Args:
        model: a Model.
        x: an array, or a list or dict of them.
        y: likewise, or None where no loss needs labels.
        sample_weight: None, an array of one factor a sample for all outputs, or a list or dict of one each.
        class_weight: None, or a dict from class numbers to factors.
        method: for errors, such as "fit".
        prefix: before the names of the arguments in errors.

    Raises:
        ValueError: something does not fit.
    """
    who = f"{model.name}: {method}"
    if model.compile_arguments is None:
        raise ValueError(f"{who} needs compile(...) first")
    inputs = model_inputs(model, x, method, f"{prefix}x")
    if model.only_steps():
        return _as_given(model, inputs, y, sample_weight, class_weight, who, prefix)
    objective = model._objective or model._make_objective(inputs.outputs, inputs.output_names)
    labels = objective.prepare(y, who, f"{prefix}y")
    if class_weight is not None:
        if sample_weight is not None:
            raise ValueError(f"{who}: give either class_weight or sample_weight, not both")
        sample_weight = _of_classes(class_weight, labels, who)
    weights = _weights(sample_weight, labels, objective.names, who, f"{prefix}sample_weight")
    for name, group in (("y", labels), ("sample_weight", weights)):
        for array in group:
            if array is not None and len(array) != len(inputs.arrays[0]):
                raise ValueError(
                    f"{who}: {prefix}x and {prefix}{name} must have the same number of samples, "
                    f"got {len(inputs.arrays[0])} and {len(array)}"
                )
    dtypes = [
        label.dtype if loss is not None and loss.labels == "classes" else output.dtype
        for label, loss, output in zip(labels, objective.losses, objective.outputs, strict=True)
        if label is not None
    ]
    dtypes += [output.dtype for weight, output in zip(weights, objective.outputs, strict=True) if weight is not None]
    present = [array for array in labels + weights if array is not None]
    layout = Layout(
        inputs.structure,
        len(inputs.arrays),
        tuple(label is not None for label in labels),
        tuple(weight is not None for weight in weights),
    )
    return Samples([*inputs.arrays, *present], [*inputs.dtypes, *dtypes], layout)


def _as_given(
    model: Any, inputs: Inputs, y: Any, sample_weight: Any, class_weight: Any, who: str, prefix: str
) -> Samples:
    """Return the samples of a model whose steps alone know what labels and weights mean."""
    if class_weight is not None:
        raise ValueError(f"{who}: class_weight is for models with one output and labels")
    groups = [
        as_arrays(flatten(values), [f"{prefix}{name}"] * len(flatten(values)), who) if values is not None else []
        for name, values in (("y", y), ("sample_weight", sample_weight))
    ]
    arrays = [*inputs.arrays, *groups[0], *groups[1]]
    if len({len(array) for array in arrays}) > 1:
        raise ValueError(f"{who}: all arrays must have the same number of samples, got {[len(one) for one in arrays]}")
    own = np.dtype(model.dtype)
    dtypes = [own if array.dtype.kind == "f" else array.dtype for array in groups[0] + groups[1]]
    layout = Layout(inputs.structure, len(inputs.arrays), *((True,) * len(group) for group in groups))
    return Samples(arrays, [*inputs.dtypes, *dtypes], layout)


def _weights(
    given: Any, labels: list[np.ndarray | None], names: list[str], who: str, argument: str
) -> list[np.ndarray | None]:
    """Return an array of factors (or None) an output; what is given for all goes to each that has labels."""
    if given is None:
        return [None] * len(labels)
    if isinstance(given, dict):
        unknown = sorted(set(given) - set(names))
        if unknown:
            raise ValueError(f"{who}: {argument} names {unknown}; the outputs are {names}")
        each = [given.get(name) for name in names]
    elif isinstance(given, (list, tuple)) and len(given) == len(names) and not all(map(np.isscalar, given)):
        each = list(given)
    else:
        each = [None if label is None else given for label in labels]
    weights: list[np.ndarray | None] = []
    for name, weight, label in zip(names, each, labels, strict=True):
        own = argument if len(names) == 1 else f"{argument}[{name!r}]"
        if weight is None:
            weights.append(None)
            continue
        if label is None:
            raise ValueError(f"{who}: {own} is for an output that has no labels")
        (array,) = as_arrays([weight], [own], who)
        if not np.isfinite(array).all():
            raise ValueError(f"{who}: {own} must hold finite numbers, got NaN or infinity")
        axes = max(1, label.ndim)
        if array.ndim == axes + 1 and array.shape[-1] == 1:
            array = array[..., 0]
        if array.ndim > axes:
            raise ValueError(f"{who}: {own} must have one factor a sample, got shape {array.shape}")
        weights.append(array)
    return weights


def _of_classes(class_weight: Any, labels: list[np.ndarray | None], who: str) -> np.ndarray:
    """Return the factor of each sample's class; classes that are not named have 1."""
    (label,) = labels if len(labels) == 1 else (None,)
    if label is None:
        raise ValueError(f"{who}: class_weight is for models with one output and labels")
    if not isinstance(class_weight, dict) or not all(
        isinstance(number, (int, np.integer)) and np.isscalar(factor) and np.isfinite(factor)
        for number, factor in class_weight.items()
    ):
        raise ValueError(f"{who}: class_weight must be a dict from class numbers to factors, got {class_weight!r}")
    if label.ndim > 1:
        label = label[..., 0] if label.shape[-1] == 1 else label.argmax(axis=-1)
    factors = np.ones(label.shape, np.float64)
    for number, factor in class_weight.items():
        factors[label == number] = factor
    return factors
