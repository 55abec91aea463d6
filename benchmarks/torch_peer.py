"""The torch side of the comparisons: eager operators without autograd, in the faster of torch's two memory layouts."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import torch

from benchmarks import torch_training, torch_whole
from benchmarks.fresh import first_steps
from benchmarks.layer_data import digest, layer_arrays
from benchmarks.network_data import Network
from benchmarks.network_shapes import Layer
from benchmarks.peer import serve
from benchmarks.timing import TURN_SECONDS, seconds_a_call
from benchmarks.torch_training import LAYOUTS, WAYS

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
    groups = layer.groups
    if layer.op == "depthwise_conv":
        groups, kernel = layer.ci, kernel.reshape(*layer.kernel, 1, layer.co)
    k, b = _to_torch(kernel, (3, 2, 0, 1), memory_format), torch.from_numpy(bias)
    transposed = layer.op == "conv_transpose"
    if direction == "forward" and transposed:
        return lambda: torch.nn.functional.conv_transpose2d(x, k, b, stride, pads, 0, groups, dilation)
    if direction == "forward":
        return lambda: torch.nn.functional.conv2d(x, k, b, stride, pads, dilation, groups)
    mask = [direction == "input_gradient", direction == "kernel_gradient", False]
    which = mask.index(True)
    rest = (None, stride, pads, dilation, transposed, [0, 0], groups, mask)
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


def prepare_training(what: str, optimizer: str, count: int) -> dict:
    """Build LeNet-5, find the fastest layout and optimizer step, and run `what` (step, epoch or inference) twice, an
    epoch first in the images' own order; returns that way and the two losses (or mean outputs).
    """
    _timed.clear()
    if what == "inference":
        ways = [((layout,), torch_training.inference_call(layout)) for layout in LAYOUTS]
    else:
        ways = [((layout, fused), torch_training.step_call(optimizer, layout, fused)) for layout, fused in WAYS]
    way = min(ways, key=lambda way: seconds_a_call(way[1], turn=0.2))[0]
    if what == "step":
        call = torch_training.step_call(optimizer, *way)
    elif what == "epoch":
        call = torch_training.epoch_call(optimizer, *way, count)
    else:
        call = torch_training.inference_call(*way)
    _timed["call"] = call
    layout = f"{way[0]}, fused step" if way[1:] == (True,) else way[0]
    return {"layout": layout, "losses": [call(shuffle=False) if what == "epoch" else call(), call()]}


def prepare_network(network: str, kind: str, dropout: bool, way: str | None = None) -> dict:
    """Build a whole network and run its step ("training") twice or its inference once, in torch's best way or another.

    Returns the way, and the two losses or the logits' digest.
    """
    _timed.clear()
    shape = Network.from_json(network)
    way = way or torch_whole.best_way(shape, kind)
    if kind == "training":
        call = torch_whole.training_call(shape, way, dropout)
        answer: dict = {"losses": [call(), call()]}
    else:
        call = torch_whole.inference_call(shape, way)
        answer = {"digest": digest(call())}
    _timed["call"] = call
    return {"way": way, **answer}


def export_network(network: str, path: str) -> dict:
    """Write a network with the shared weights as an ONNX file."""
    torch_whole.export(Network.from_json(network), path)
    return {}


def start_training(network: str, steps: int, way: str) -> dict:
    """Build a network and train it from the start; see `first_steps`."""
    return first_steps(lambda: torch_whole.training_call(Network.from_json(network), way, shared=False), steps)


def time_turn(turn: float = TURN_SECONDS, least: int = 3) -> dict:
    """Time what was prepared: {"seconds": the shortest time of one call}."""
    return {"seconds": seconds_a_call(_timed["call"], turn, least)}


if __name__ == "__main__":
    sys.setswitchinterval(1)
    serve(
        {
            "start": start,
            "prepare_layer": prepare_layer,
            "prepare_training": prepare_training,
            "prepare_network": prepare_network,
            "export_network": export_network,
            "start_training": start_training,
            "time": time_turn,
        }
    )
