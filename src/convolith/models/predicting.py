"""What ``predict`` does: the outputs for arrays, or for one batch after the other of what gives them."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np

from convolith.callbacks import CallbackList
from convolith.config import max_steps_per_epoch
from convolith.graph.tensor import Spec, Tensor
from convolith.layers.structure import flatten
from convolith.models.batches import Batches
from convolith.models.feed import Feed
from convolith.models.inputs import Inputs, model_inputs
from convolith.models.loops import listed
from convolith.models.progress import Progress, checked_verbose
from convolith.models.samples import Layout
from convolith.models.seen import Seen
from convolith.models.sources import fewest, unpacked


def predict_arrays(model: Any, x: Any, batch_size: int, steps: int | None, callbacks: Any, verbose: Any) -> Any:
    """Return the outputs for arrays, nested as the model returns them; arguments as for ``Model.predict``."""
    if not callbacks and verbose in ("auto", 0) and isinstance(x, np.ndarray) and x.ndim and len(x) <= batch_size:
        seen = model.planner.seen.predict(x)
        if seen is not None:
            return seen
    inputs = model_inputs(model, x, "predict")
    batches = Batches(inputs.arrays, inputs.dtypes, batch_size)
    count = fewest(batches.steps, steps, max_steps_per_epoch()) or 0
    samples = min(batches.samples, count * batches.batch_size)
    if verbose == "auto" and count == 1:
        verbose = 0
    hooks, progress = _around(model, callbacks, verbose, count)
    results: list[np.ndarray] = []
    try:
        hooks.run("on_predict_begin", None)
        for number in range(count):
            hooks.run("on_predict_batch_begin", number, None)
            batch = batches[number]
            plan = _plan(model, inputs, batch)
            with plan.arena.lock:
                outputs = plan.run(*batch)
                if not results:
                    _check_samples(model, inputs, outputs, len(batch[0]))
                    results = [np.empty((samples, *output.shape[1:]), output.dtype) for output in outputs]
                start = number * batches.batch_size
                for result, output in zip(results, outputs, strict=True):
                    result[start : start + len(output)] = output
            stop = start + len(batch[0])
            if hooks.has("on_predict_batch_end"):
                hooks.run("on_predict_batch_end", number, {"outputs": [result[start:stop] for result in results]})
            if model.stop_predicting:
                results = [result[:stop] for result in results]
                break
            progress.step(number + 1, dict)
        progress.finish(number + 1, {})
        hooks.run("on_predict_end", None)
    finally:
        progress.close()
    as_is = inputs.arrays[0] is x and x.dtype == inputs.dtypes[0]
    alone = isinstance(inputs.outputs, Tensor) and not model.defines("predict_step")
    if as_is and samples == len(x) and count == 1 and model._graph is not None and alone and not model.run_eagerly:
        model.planner.seen.keep(Seen.kind("predict", x), plan)
    return plan.restore(tuple(results))


def predict_batches(model: Any, source: Any, steps: int | None, callbacks: Any, verbose: Any) -> Any:
    """Do the same for what gives batches of x, (x, y) or (x, y, sample_weight), of which x counts."""
    who, steps = f"{model.name}: predict", fewest(steps, max_steps_per_epoch())
    feed = Feed(source, who)
    hooks, progress = _around(model, callbacks, verbose, fewest(feed.steps, steps))
    parts: list[list[np.ndarray]] = []
    inputs: Inputs | None = None
    try:
        hooks.run("on_predict_begin", None)
        feed.begin()
        for number, item in enumerate(islice(feed.batches(0), steps)):
            hooks.run("on_predict_batch_begin", number, None)
            inputs = model_inputs(model, unpacked(item, who)[0], "predict")
            batch = [np.asarray(array, dtype) for array, dtype in zip(inputs.arrays, inputs.dtypes, strict=True)]
            plan = _plan(model, inputs, batch)
            with plan.arena.lock:
                outputs = plan.run(*batch)
                _check_samples(model, inputs, outputs, len(batch[0]))
                parts.append([output.copy() for output in outputs])
            hooks.run("on_predict_batch_end", number, {"outputs": parts[-1]})
            progress.step(number + 1, dict)
            if model.stop_predicting:
                break
        feed.end()
        progress.finish(len(parts), {})
        hooks.run("on_predict_end", None)
    finally:
        progress.close()
    if inputs is None:
        raise ValueError(f"{who}: {type(source).__name__} gives no batches")
    return plan.restore(tuple(np.concatenate(column) for column in zip(*parts, strict=True)))


def _around(model: Any, callbacks: Any, verbose: Any, steps: int | None) -> tuple[CallbackList, Progress]:
    verbose, model.stop_predicting = checked_verbose(verbose, "predict"), False
    hooks = CallbackList(listed(callbacks), model=model, verbose=verbose, epochs=1, steps=steps)
    return hooks, Progress(verbose, steps, "predict")


def _plan(model: Any, inputs: Inputs, batch: list[np.ndarray]) -> Any:
    layout = Layout(inputs.structure, len(batch))
    return model.planner.plan("predict", layout, tuple(Spec(array.shape, array.dtype) for array in batch), None)


def _check_samples(model: Any, inputs: Inputs, outputs: tuple[np.ndarray, ...], samples: int) -> None:
    """Refuse outputs without an axis of samples, which cannot be put together."""
    if model.defines("predict_step"):
        for output in outputs:
            if output.shape[:1] != (samples,):
                raise ValueError(
                    f"{model.name}: predict_step must return arrays of {samples} samples, got shape {output.shape}"
                )
        return
    fixed = model._graph is not None and any(tensor.shape[0] is not None for tensor in model._graph.inputs)
    for output, symbolic in zip(outputs, flatten(inputs.outputs), strict=True):
        if not symbolic.shape or (symbolic.shape[0] is not None and not fixed):
            raise ValueError(f"{model.name}: predict: an output has shape {output.shape}, without an axis of samples")
