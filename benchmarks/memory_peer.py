"""One network in a process of its own: `python -m benchmarks.memory_peer NAME BATCH PASS [LIMIT]` prints as JSON what
`Model.summary` states of the memory of a pass ("training" or "inference"), and what the process really took."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np

from benchmarks.fresh import peak_memory
from benchmarks.network_variants import make

IMAGE = 224  # of a network that takes any size


def resident_memory() -> tuple[int, int]:
    """The bytes of memory that this process holds now, and how many of them are pages of files: libraries' code, which
    the system brings in where it runs first, more or less around it, and shares among all processes."""
    _, resident, files, *_ = map(int, Path("/proc/self/statm").read_text().split())
    page = os.sysconf("SC_PAGE_SIZE")
    return resident * page, files * page


def build(name: str, training: bool, limit: str | None = None):  # noqa: ANN201
    """A network with random weights, compiled for SGD with momentum where it trains."""
    from convolith import losses, optimizers

    model = make(name)
    if training:
        loss = [losses.SparseCategoricalCrossentropy() for _ in model.outputs]
        optimizer = optimizers.SGD(1e-5, momentum=0.9)
        model.compile(optimizer, loss if len(loss) > 1 else loss[0], memory_limit=limit)
    return model


def run(model, batch: int, training: bool) -> None:  # noqa: ANN001
    """A pass over a batch."""
    generator = np.random.default_rng(1998)
    images = generator.random((batch, *(size or IMAGE for size in model.input_shape[1:])), np.float32)
    if not training:
        model.predict_on_batch(images)
        return
    labels = [generator.integers(0, output.shape[-1], batch) for output in model.outputs]
    model.train_on_batch(images, labels if len(labels) > 1 else labels[0])


def measure(name: str, batch: int, training: bool, limit: str | None = None) -> dict[str, int]:
    """Bytes: stated of arrays, beside weights and optimizer, and of objects; taken from before the network is built.

    A network of a few layers is run first, so that Python's modules, libraries and threads are there. What more of the
    libraries' code comes into memory is nobody's, and not counted.
    """
    from convolith.engine import scratch
    from convolith.models.cost import memory_of, predict_plan, train_plan

    for warm in (True, False):
        run(build("LeNet5", warm), 1, warm)
    scratch.give_back()
    before, code_before = resident_memory()
    model = build(name, training, limit)
    stated = memory_of(model, train_plan(model, batch) if training else predict_plan(model, batch))
    run(model, batch, training)
    run(model, batch, training)
    _, code = resident_memory()
    return {
        "arrays": stated.arrays,
        "beside": stated.plan + stated.scratch,
        "objects": stated.objects,
        "taken": peak_memory() - before - (code - code_before),
    }


if __name__ == "__main__":
    name, batch, which, *limit = sys.argv[1:]
    print(json.dumps(measure(name, int(batch), which == "training", *limit)))
