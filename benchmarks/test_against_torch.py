"""Layers and LeNet-5's training beside torch's, each library in a process of its own: a group a comparison.

The rounds are turns of the peers (see timing.TURN_SECONDS); what a round took besides the call is no part of the
figures: look at extra_info's `milliseconds`. `python -m benchmarks` has the ratios in pairs.
"""

from __future__ import annotations

import pytest

from benchmarks.network_shapes import PASSES, read_network

pytestmark = pytest.mark.torch
TURNS = 5

LAYERS = {
    "lenet5": ("conv1", "conv2", "pool2", "fc1"),
    "vgg16": ("conv1_2", "conv3_2", "conv5_1"),
    "resnet50": ("conv1", "2_expand", "3_1_3x3", "5_3x3"),
}
CASES = [
    (network, layer, direction)
    for network, names in LAYERS.items()
    for layer in read_network(network)
    for direction in PASSES
    if layer.name in names and direction in layer.passes
]


@pytest.fixture(params=["convolith", "torch"])
def peer(request):
    return request.getfixturevalue(f"{request.param}_peer")


def take_turns(benchmark, peer) -> None:
    times = []
    benchmark.pedantic(lambda: times.append(peer.ask(do="time")["seconds"]), rounds=TURNS, iterations=1)
    benchmark.extra_info["milliseconds"] = [round(1e3 * seconds, 4) for seconds in times]
    benchmark.extra_info["library"] = peer.about["library"]


@pytest.mark.parametrize(("network", "layer", "direction"), CASES, ids=lambda value: getattr(value, "name", value))
def test_layer(benchmark, peer, network, layer, direction):
    benchmark.group = f"{network} {layer.name} {direction}"
    peer.ask(do="prepare_layer", layer=layer.to_json(), direction=direction)
    take_turns(benchmark, peer)


@pytest.mark.parametrize(("kind", "optimizer"), [("step", "sgd"), ("step", "adam"), ("inference", "adam")])
def test_lenet5(benchmark, peer, kind, optimizer):
    benchmark.group = f"LeNet-5 {kind} {optimizer}"
    peer.ask(do="prepare_training", what=kind, optimizer=optimizer, count=0)
    take_turns(benchmark, peer)
