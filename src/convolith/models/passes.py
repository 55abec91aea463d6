"""From what ``fit`` and ``evaluate`` are given to passes over the data: batches, and what is done with each of them."""

from __future__ import annotations

from typing import Any, NamedTuple

from convolith.models.batches import Batches, checked_batch_size, checked_steps, split
from convolith.models.custom_step import NamedLogs
from convolith.models.feed import gives_batches
from convolith.models.labels import fitting_labels
from convolith.models.samples import Layout, Samples, checked_samples
from convolith.models.seen import Seen
from convolith.models.sources import Arrays, Epochs, Stream
from convolith.models.step import Step

GENERATOR_STARTS = 2
"""How many of its first batches each validation on a generator begins with, before it goes on: as many as Keras's."""


class Pass(NamedTuple):
    """Data, and what is done with each batch."""

    epochs: Epochs
    step: Step


class Data(NamedTuple):
    """What a user gives as inputs, labels and weights; ``x`` alone may give batches of all three."""

    x: Any
    y: Any = None
    sample_weight: Any = None
    class_weight: Any = None


def make_pass(
    model: Any, mode: str, data: Data, batch_size: Any, steps: Any, method: str, prefix: str = "", order: Any = None
) -> Pass:
    """Check data, and say what is done with them.

    Args:
        model: a Model.
        mode: "train" or "test".
        data: arrays, or what gives batches.
        batch_size: samples in a batch of arrays; None is 32.
        steps: batches in an epoch; None takes all.
        method: for errors, such as "fit".
        prefix: before the names of the arguments in errors.
        order: None, or a function (epoch, samples) -> their order.

    Raises:
        ValueError: the model is not compiled, or something does not fit it.
    """
    who = f"{model.name}: {method}"
    if model.compile_arguments is None:
        raise ValueError(f"{who} needs compile(...) first")
    if not gives_batches(data.x):
        samples = checked_samples(model, *data, method, prefix)
        return arrays_pass(model, mode, samples, checked_batch_size(batch_size, method), steps, order)
    for name, value in (("y", data.y), ("sample_weight", data.sample_weight)):
        if value is not None:
            raise ValueError(f"{who}: {prefix}{name} must come with the batches that {type(data.x).__name__} gives")

    def check(x: Any, y: Any, sample_weight: Any) -> Samples:
        return checked_samples(model, x, y, sample_weight, data.class_weight, method, prefix)

    testing = mode == "test"
    stream = Stream(data.x, check, who, order, GENERATOR_STARTS if testing and steps is not None else 0)
    return Pass(Epochs(stream, steps, testing), _step(model, mode, stream.layout))


def arrays_pass(model: Any, mode: str, samples: Samples, batch_size: int, steps: Any, order: Any = None) -> Pass:
    """Do the same for checked arrays."""
    batches = Batches(samples.arrays, samples.dtypes, batch_size)
    return Pass(Epochs(Arrays(batches, order), steps, mode == "test"), _step(model, mode, samples.layout))


def one_batch(model: Any, mode: str, data: tuple[Any, Any, Any, Any], method: str) -> tuple[Step, list[Any]]:
    """Check one batch, and say what is done with it.

    Args:
        model: a Model.
        mode: "train" or "test".
        data: x, y, sample_weight and class_weight.
        method: for errors.

    Returns:
        a Step, and the arrays that it runs on.

    Raises:
        ValueError: the model is not compiled, or something does not fit it.
    """
    x, y, *weights = data
    kind = None
    if weights[0] is None and weights[1] is None and model._graph is not None and model.compile_arguments is not None:
        kind = Seen.kind(mode, x, y, known=model.planner.rates() if mode == "train" else ())
    step: Step | None = model.planner.seen.get(kind)
    if step is not None:
        if mode == "train":
            model.own_optimizer()
        objective = step.objective
        return step, [x, fitting_labels(y, objective.outputs[0], objective.losses[0], f"{model.name}: {method}: y")]
    samples = checked_samples(model, *data, method)
    epochs, step = arrays_pass(model, mode, samples, len(samples.arrays[0]), None)
    as_is = all(array.dtype == dtype for array, dtype in zip(samples.arrays, samples.dtypes, strict=True))
    if as_is and samples.arrays[0] is x and not isinstance(step.objective, NamedLogs):
        if len(samples.arrays) == 2 and len(step.objective.outputs) == 1:
            model.planner.seen.keep(kind, step)
    return step, next(epochs.batches(0))


def fit_passes(
    model: Any,
    data: Data,
    validation_data: Any,
    validation_split: Any,
    batch_sizes: tuple[Any, Any],
    steps: tuple[Any, Any],
    shuffle: Any,
) -> tuple[Pass, Pass | None]:
    """Check the data of ``fit``, and return what is trained on and what is validated on; pairs are of these two.

    Raises:
        ValueError: something does not fit the model, or another argument.
    """
    who = f"{model.name}: fit"
    order = model.sample_order if shuffle else None
    train_size = checked_batch_size(batch_sizes[0], "fit")
    own_size = train_size if batch_sizes[1] is None else batch_sizes[1]
    test_size = checked_batch_size(own_size, "fit", "validation_batch_size")
    train_steps = checked_steps(steps[0], who, "steps_per_epoch")
    test_steps = checked_steps(steps[1], who, "validation_steps")
    model.planner.forget_weights()  # a list of layers may have grown
    if validation_data is None and validation_split:
        if gives_batches(data.x):
            raise ValueError(f"{who}: validation_split needs arrays, got {type(data.x).__name__}")
        samples = checked_samples(model, *data, "fit")
        unweighted = samples
        if data.class_weight is not None:  # which is for training alone, as in Keras
            unweighted = checked_samples(model, *data._replace(class_weight=None), "fit")
        kept = samples._replace(arrays=split(samples.arrays, validation_split)[0])
        rest = unweighted._replace(arrays=split(unweighted.arrays, validation_split)[1])
        test = arrays_pass(model, "test", rest, test_size, test_steps)
        return arrays_pass(model, "train", kept, train_size, train_steps, order), test
    held_out = None
    if validation_data is not None:
        held_out = make_pass(
            model, "test", _validation(validation_data, who), test_size, test_steps, "fit", "validation_data: "
        )
    return make_pass(model, "train", data, train_size, train_steps, "fit", order=order), held_out


def _validation(data: Any, who: str) -> Data:
    if gives_batches(data):
        return Data(data)
    if not isinstance(data, (list, tuple)) or len(data) not in (2, 3):
        raise ValueError(
            f"{who}: validation_data must be (x, y), (x, y, sample_weight) or what gives batches of these, "
            f"got {type(data).__name__}"
        )
    return Data(*data)


def _step(model: Any, mode: str, layout: Layout) -> Step:
    if mode == "train":
        model.own_optimizer()
        model.optimizer.build(model.planner.trained_weights())
    own = f"{mode}_step"
    if model.defines(own) or model.defines("compute_metrics"):
        return Step(model.planner, own, layout, NamedLogs())
    return Step(model.planner, mode, layout, model._objective)
