"""One network of convolith.applications, built, counted and timed in a process of its own."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

from benchmarks.fresh import peak_memory
from benchmarks.network_variants import make
from benchmarks.peer import serve
from benchmarks.timing import seconds_a_call

_models: dict[str, Any] = {}


def start(threads: int) -> dict:
    """Set the number of threads; say what runs."""
    from convolith.engine import threads as engine_threads

    engine_threads.set_num_threads(threads)
    return {"library": "convolith", "threads": engine_threads.get_num_threads()}


def build(name: str) -> dict:
    """Make the network with random weights; returns its weights' number, operations an image, and image size."""
    from convolith import losses, optimizers
    from convolith.models.cost import layer_costs

    model = _models["model"] = make(name)
    model.compile(optimizers.SGD(1e-5, momentum=0.9), losses.SparseCategoricalCrossentropy())
    costs = layer_costs(model._graph, 1)
    return {
        "parameters": int(model.count_params()),
        "flops": int(sum(cost.flops for cost in costs.values())),
        "image": list(model.input_shape[1:]),
    }


def needed(batch: int) -> dict:
    """The bytes that a step of training on a batch takes beside the weights, and those that the machine has left."""
    from convolith.memory import free_memory
    from convolith.models.cost import train_plan

    plan = train_plan(_models["model"], batch)
    assert plan is not None
    return {"bytes": plan.needed_bytes, "free": free_memory() or math.inf}


def time_batch(training: bool, batch: int) -> dict:
    """Seconds of a step of training or an inference on a batch, after one that is not timed, and the peak in bytes."""
    model = _models["model"]
    generator = np.random.default_rng(1998)
    images = generator.random((batch, *model.input_shape[1:]), np.float32)
    labels = generator.integers(0, model.output_shape[-1], batch)

    def call() -> None:
        if training:
            model.train_on_batch(images, labels)
        else:
            model.predict_on_batch(images)

    call()
    return {"seconds": seconds_a_call(call, turn=0.3, least=2), "peak": peak_memory()}


if __name__ == "__main__":
    sys.setswitchinterval(1)
    serve({"start": start, "build": build, "needed": needed, "time": time_batch})
