"""The ONNX Runtime side of the comparisons: whole networks that torch exported."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import onnxruntime

from benchmarks.layer_data import digest
from benchmarks.network_data import Network, images_and_labels
from benchmarks.peer import serve
from benchmarks.timing import seconds_a_call

_timed: dict[str, Callable[[], object]] = {}
_options = onnxruntime.SessionOptions()


def start(threads: int) -> dict:
    """Set the number of threads; say what runs."""
    _options.intra_op_num_threads = threads
    _options.inter_op_num_threads = 1
    return {"library": f"onnxruntime {onnxruntime.__version__}", "threads": threads}


def prepare_network(network: str, model: str) -> dict:
    """Load the network that torch wrote into the file `model` and run it; returns its mode and its logits' digest."""
    _timed.clear()
    shape = Network.from_json(network)
    session = onnxruntime.InferenceSession(model, _options, providers=["CPUExecutionProvider"])
    images = np.ascontiguousarray(images_and_labels(shape)[0].transpose(0, 3, 1, 2))
    _timed["call"] = lambda: session.run(None, {"images": images})
    return {"way": "all optimizations", "digest": digest(session.run(None, {"images": images})[0])}


def time_turn(turn: float, least: int) -> dict:
    """Time what was prepared: {"seconds": the shortest time of one call}."""
    return {"seconds": seconds_a_call(_timed["call"], turn, least)}


if __name__ == "__main__":
    sys.setswitchinterval(1)
    serve({"start": start, "prepare_network": prepare_network, "time": time_turn})
