"""Each kernel beside the naive ways to write it, on LeNet-5's layers: a group a layer and pass."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import convolith_peer, naive_peer
from benchmarks.layer_data import digest, digests_agree
from benchmarks.naive import LAYERS
from benchmarks.network_shapes import read_network

LENET = {layer.name: layer for layer in read_network("lenet5")}
CASES = [(name, direction) for name in LAYERS for direction in LENET[name].passes]


@pytest.mark.parametrize("way", ["convolith", *naive_peer.WAYS])
@pytest.mark.parametrize(("name", "direction"), CASES)
def test_kernel(benchmark, name, direction, way):
    layer = LENET[name]
    benchmark.group = f"{name} {direction}"
    benchmark.extra_info["operations"] = layer.operations
    if way == "convolith":
        call, _ = convolith_peer.layer_call(layer, direction)
        call()
        benchmark(call)
    else:
        call = naive_peer.layer_call(layer, direction, way)
        fast = way == "NumPy im2col"
        benchmark.pedantic(call, rounds=10 if fast else 1, warmup_rounds=1 if fast else 0)


@pytest.mark.parametrize("way", naive_peer.WAYS)
@pytest.mark.parametrize(("name", "direction"), CASES)
def test_the_naive_ways_compute_the_same(name, direction, way):
    layer = LENET[name]._replace(n=3)
    call, out = convolith_peer.layer_call(layer, direction)
    call()
    result = np.asarray(naive_peer.layer_call(layer, direction, way)(), np.float32)
    assert result.shape == out.shape
    assert digests_agree(digest(result), digest(out))


def test_a_thousand_times_a_python_loop(convolith_peer, naive_peer):
    """LeNet's second layer, forward."""
    request = {"do": "prepare_layer", "layer": LENET["conv2"].to_json(), "direction": "forward"}
    convolith_peer.ask(**request)
    naive_peer.ask(**request, way="Python loops")
    ours = min(convolith_peer.ask(do="time")["seconds"] for _ in range(3))
    theirs = naive_peer.ask(do="time")["seconds"]
    assert theirs / ours >= 1000, f"{theirs / ours:.0f} times"
