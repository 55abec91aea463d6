"""The torch side of the comparisons: eager operators without autograd, in the faster of torch's two memory layouts."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import torch

from benchmarks.layer_data import digest, layer_arrays
from benchmarks.network_shapes import Layer
from benchmarks.peer import serve
from benchmarks.timing import seconds_a_call

LAYOUTS = {"channels_last": torch.channels_last, "contiguous": torch.contiguous_format}
_timed: dict[str, Callable[[], object]] = {}


def layer_call(layer: Layer, direction: str, layout: str) -> Callable[[], torch.Tensor]:
    """A call that runs one pass of one layer and returns its result; operands are in `layout` before it starts."""
    if layer.op == "dense":
        return _dense_call(layer, direction)
    aten = torch.ops.aten
    memory_format = LAYOUTS[layout]
    inputs, kernel, bias, upstream = layer_arrays(layer)
    x, g = (_to_torch(array, (0, 3, 1, 2), memory_format) for array in (inputs, upstream))
    if any(before != after for before, after in layer.padding):
        raise ValueError(f"layer {layer.name}: torch has no padding {layer.padding} that differs before and after")
    pads = [before for before, _ in layer.padding]
    stride, dilation = list(layer.stride), list(layer.dilation)
    if layer.op == "max_pool":
        size = list(layer.kernel)
        if direction == "forward":
            return lambda: torch.nn.functional.max_pool2d(x, size, stride, pads)
        where = aten.max_pool2d_with_indices(x, size, stride, pads)[1]
        return lambda: aten.max_pool2d_with_indices_backward(g, x, size, stride, pads, [1, 1], False, where)
    k, b = _to_torch(kernel, (3, 2, 0, 1), memory_format), torch.from_numpy(bias)
    if direction == "forward":
        return lambda: torch.nn.functional.conv2d(x, k, b, stride, pads, dilation, layer.groups)
    mask = [direction == "input_gradient", direction == "kernel_gradient", False]
    which = mask.index(True)
    rest = (None, stride, pads, dilation, False, [0, 0], layer.groups, mask)
    return lambda: aten.convolution_backward(g, x, k, *rest)[which]


def _dense_call(layer: Layer, direction: str) -> Callable[[], torch.Tensor]:
    inputs, kernel, bias, upstream = layer_arrays(layer)
    x, b, g = torch.from_numpy(inputs), torch.from_numpy(bias), torch.from_numpy(upstream)
    k = torch.from_numpy(np.ascontiguousarray(kernel.T))  # (out, in), as torch.nn.Linear keeps it
    return {
        "forward": lambda: torch.nn.functional.linear(x, k, b),
        "input_gradient": lambda: g @ k,
        "kernel_gradient": lambda: g.T @ x,
    }[direction]


def _to_torch(array: np.ndarray, axes: tuple[int, ...], memory_format: torch.memory_format) -> torch.Tensor:
    return torch.from_numpy(array).permute(axes).clone(memory_format=memory_format)


def _to_numpy(layer: Layer, direction: str, result: torch.Tensor) -> np.ndarray:
    """The result in convolith's order of axes."""
    if layer.op == "dense":
        return (result.T if direction == "kernel_gradient" else result).numpy()
    return result.permute((2, 3, 1, 0) if direction == "kernel_gradient" else (0, 2, 3, 1)).numpy()


def start(threads: int) -> dict:
    """Set the number of threads; say what runs."""
    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    return {"library": f"torch {torch.__version__}", "threads": torch.get_num_threads()}


def prepare_layer(layer: str, direction: str) -> dict:
    """Allocate a layer's arrays, find the faster layout, run it; returns the layout and the digest of the result."""
    _timed.clear()
    shape = Layer.from_json(layer)
    best = None
    for layout in LAYOUTS if shape.op != "dense" else ["contiguous"]:
        call = layer_call(shape, direction, layout)
        result = call()
        seconds = seconds_a_call(call)
        if best is None or seconds < best[0]:
            best = (seconds, layout, call, digest(_to_numpy(shape, direction, result)))
    assert best is not None
    _timed["call"] = best[2]
    return {"layout": best[1], "digest": best[3]}


def time_turn() -> dict:
    """Time what was prepared: {"seconds": the shortest time of one call}."""
    return {"seconds": seconds_a_call(_timed["call"])}


if __name__ == "__main__":
    sys.setswitchinterval(1)
    serve({"start": start, "prepare_layer": prepare_layer, "time": time_turn})
