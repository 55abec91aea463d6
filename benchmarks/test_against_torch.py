"""Layers and LeNet-5's training beside torch's, each library in a process of its own: a group a comparison.

A round is a turn of a peer; its time is that of one call, as the peer took it (timing.py), by a clock that stands still
otherwise. The peers do not take turns here, round by round: `python -m benchmarks` does that, and has the ratios.
"""

from __future__ import annotations

import pytest

from benchmarks.network_shapes import PASSES, read_network

TURNS = 5


class PeerClock:
    """What pytest-benchmark reads for a timer: moves on by what a peer says that its call took."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1e-12  # a timer that never moves would be calibrated forever
        return self.now


clock = PeerClock()
pytestmark = [pytest.mark.torch, pytest.mark.benchmark(timer=clock)]

LAYERS = {
    "lenet5": ("conv1", "conv2", "pool2", "fc1"),
    "vgg16": ("conv1_2", "conv3_2", "conv5_1"),
    "mobilenet": ("2_depth", "3_depth", "8_depth", "8_point"),
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
    def turn() -> None:
        clock.now += peer.ask(do="time")["seconds"]

    benchmark.extra_info["library"] = peer.about["library"]
    benchmark.pedantic(turn, rounds=TURNS, iterations=1)


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
