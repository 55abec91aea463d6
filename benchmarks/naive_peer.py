"""The naive side of the comparisons: pure Python, loops over NumPy arrays, and NumPy's im2col with BLAS."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks import im2col, naive_numpy, naive_python
from benchmarks.layer_data import digest, layer_arrays
from benchmarks.network_shapes import Layer
from benchmarks.peer import serve
from benchmarks.timing import seconds_a_call

WAYS = {"Python loops": naive_python, "NumPy loops": naive_numpy, "NumPy im2col": im2col}
_timed: dict[str, Callable[[], object]] = {}


def layer_call(layer: Layer, direction: str, way: str) -> Callable[[], object]:
    """A call that runs one pass of one layer and returns its result."""
    inputs, kernel, bias, upstream = layer_arrays(layer)
    name = layer.op if direction == "forward" else f"{layer.op}_{direction}"
    if layer.op.endswith("pool"):
        name = name.replace("_input_gradient", "_gradient")
        arguments = {"forward": [inputs], "input_gradient": [inputs, upstream]}[direction]
    else:
        arguments = {
            "forward": [inputs, kernel, bias],
            "input_gradient": [upstream, kernel],
            "kernel_gradient": [inputs, upstream],
        }[direction]
    if layer.groups > 1:
        raise ValueError(f"layer {layer.name}: the naive loops have no groups")
    function = getattr(WAYS[way], name)
    if way == "Python loops":
        arguments = [array.tolist() for array in arguments]
    return lambda: function(layer, *arguments)


def start(threads: int) -> dict:
    """NumPy takes its threads from the environment when it is loaded; say what runs."""
    return {"library": f"NumPy {np.__version__}", "threads": threads}


def prepare_layer(layer: str, direction: str, way: str) -> dict:
    """Allocate a layer's arrays and run it once; returns the digest of its result."""
    _timed.clear()
    call = layer_call(Layer.from_json(layer), direction, way)
    _timed["call"] = call
    return {"digest": digest(np.asarray(call(), np.float32))}


def time_turn() -> dict:
    """Time what was prepared: {"seconds": the shortest time of one call}; a slow one is called once."""
    return {"seconds": seconds_a_call(_timed["call"], least=1)}


if __name__ == "__main__":
    serve({"start": start, "prepare_layer": prepare_layer, "time": time_turn})
