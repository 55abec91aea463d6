"""The convolith side of the comparisons: engine functions on arrays and results allocated before."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np

from benchmarks import convolith_networks, convolith_training
from benchmarks.fresh import first_steps
from benchmarks.layer_data import digest, layer_arrays, on_cache_lines
from benchmarks.network_data import Network
from benchmarks.network_shapes import Layer
from benchmarks.peer import serve
from benchmarks.timing import TURN_SECONDS, seconds_a_call

_timed: dict[str, Callable[[], object]] = {}


def layer_call(layer: Layer, direction: str) -> tuple[Callable[[], object], np.ndarray]:
    """A call that runs one pass of one layer, and the array that it writes."""
    from convolith.engine import conv, conv_geometry, dense, depthwise, pool

    inputs, kernel, bias, upstream = layer_arrays(layer)
    like = {"forward": layer.output_shape, "input_gradient": layer.input_shape, "kernel_gradient": layer.kernel_shape}
    out = on_cache_lines(like[direction])
    if layer.op == "conv":
        geometry = conv_geometry.ConvGeometry(
            layer.input_shape, layer.kernel_shape, layer.stride, layer.padding, layer.dilation, layer.groups
        )
        calls = {
            "forward": lambda: conv.conv(geometry, inputs, kernel, bias, None, out),
            "input_gradient": lambda: conv.conv_input_gradient(geometry, upstream, kernel, out),
            "kernel_gradient": lambda: conv.conv_kernel_gradient(geometry, inputs, upstream, out),
        }
    elif layer.op == "conv_transpose":
        back = layer.adjoint
        geometry = conv_geometry.ConvGeometry(
            back.input_shape, back.kernel_shape, back.stride, back.padding, back.dilation, back.groups
        )
        calls = {
            "forward": lambda: conv.conv_input_gradient(geometry, inputs, kernel, out, bias, None),
            "input_gradient": lambda: conv.conv(geometry, upstream, kernel, None, None, out),
            "kernel_gradient": lambda: conv.conv_kernel_gradient(geometry, upstream, inputs, out),
        }
    elif layer.op == "depthwise_conv":
        geometry = depthwise.DepthwiseGeometry(
            layer.input_shape, layer.kernel_shape, layer.stride, layer.padding, layer.dilation
        )
        calls = {
            "forward": lambda: depthwise.depthwise_conv(geometry, inputs, kernel, bias, None, out),
            "input_gradient": lambda: depthwise.depthwise_conv_input_gradient(geometry, upstream, kernel, out),
            "kernel_gradient": lambda: depthwise.depthwise_conv_kernel_gradient(geometry, inputs, upstream, out),
        }
    elif layer.op == "dense":
        calls = {
            "forward": lambda: dense.dense(inputs, kernel, bias, None, out),
            "input_gradient": lambda: dense.dense_input_gradient(upstream, kernel, out),
            "kernel_gradient": lambda: dense.dense_kernel_gradient(inputs, upstream, out),
        }
    elif layer.op == "max_pool":
        geometry = pool.PoolGeometry(layer.input_shape, layer.kernel, layer.stride, layer.padding)
        calls = {
            "forward": lambda: pool.max_pool(geometry, inputs, out),
            "input_gradient": lambda: pool.max_pool_gradient(geometry, inputs, upstream, out),
        }
    else:
        raise ValueError(f"layer {layer.name}: no benchmark for op {layer.op!r}")
    return calls[direction], out


def start(threads: int) -> dict:
    """Set the number of threads; say what runs."""
    from convolith.engine import dispatch
    from convolith.engine import threads as engine_threads

    engine_threads.set_num_threads(threads)
    return {"library": "convolith", "isa": dispatch.isa(), "threads": engine_threads.get_num_threads()}


def prepare_layer(layer: str, direction: str) -> dict:
    """Allocate a layer's arrays and run it once; returns the digest of its result."""
    _timed.clear()
    call, out = layer_call(Layer.from_json(layer), direction)
    call()
    _timed["call"] = call
    return {"digest": digest(out)}


def prepare_training(what: str, optimizer: str, count: int) -> dict:
    """Build LeNet-5 and run `what` (step, epoch or inference) twice, an epoch first in the images' own order.

    Returns the two losses (or mean outputs).
    """
    _timed.clear()
    if what == "step":
        call = convolith_training.step_call(optimizer)
    elif what == "epoch":
        call = convolith_training.epoch_call(optimizer, count)
    else:
        call = convolith_training.inference_call()
    _timed["call"] = call
    return {"losses": [call(shuffle=False) if what == "epoch" else call(), call()]}


def prepare_network(network: str, kind: str, dropout: bool) -> dict:
    """Build a whole network and run its step ("training") twice or its inference once.

    Returns the two losses or the logits' digest.
    """
    _timed.clear()
    shape = Network.from_json(network)
    if kind == "training":
        call = convolith_networks.training_call(shape, dropout)
        answer: dict = {"losses": [call(), call()]}
    else:
        call = convolith_networks.inference_call(shape)
        answer = {"digest": digest(call())}
    _timed["call"] = call
    return answer


def start_training(network: str, steps: int) -> dict:
    """Build a network and train it from the start; see `first_steps`."""
    return first_steps(lambda: convolith_networks.training_call(Network.from_json(network), shared=False), steps)


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
            "start_training": start_training,
            "time": time_turn,
        }
    )
