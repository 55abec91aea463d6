"""The benchmarks' own parts: shapes as data, the naive loops, the peers' protocol, the tables."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import table
from benchmarks.layer_data import digest, digests_agree
from benchmarks.layer_row import Row
from benchmarks.layers import chosen
from benchmarks.naive_peer import WAYS, layer_call
from benchmarks.network_shapes import Layer, networks, read_network
from benchmarks.peer import Peer


def layer(network: str, name: str) -> Layer:
    return next(layer for layer in read_network(network) if layer.name == name)


def test_every_network_is_read():
    assert set(networks()) == {
        *("lenet5", "alexnet", "fashion_cnn", "vgg16", "googlenet", "mobilenet"),
        *("resnet18", "resnet50", "resnext50", "unet", "xception"),
    }
    for network in networks():
        layers = read_network(network)
        assert len({layer.name for layer in layers}) == len(layers), "a name twice"
        shapes = [layer._replace(name="") for layer in layers]
        assert len(set(shapes)) == len(shapes), "each distinct layer once"
        assert all(Layer.from_json(layer.to_json()) == layer for layer in layers)


def test_shapes_and_operations():
    assert layer("lenet5", "conv1").padding == ((2, 2), (2, 2))
    assert layer("lenet5", "conv2").output_shape == (128, 10, 10, 16)
    assert layer("lenet5", "conv2").operations == 2 * 128 * 100 * 16 * 150
    assert layer("resnet50", "conv1").output_shape == (4, 112, 112, 64)
    assert layer("resnet50", "pool1").output_shape == (4, 56, 56, 64)
    assert layer("mobilenet", "3_depth").output_shape == (4, 56, 56, 64)
    assert layer("mobilenet", "3_depth").operations == 2 * 4 * 56 * 56 * 64 * 9
    assert layer("unet", "up4").kernel_shape == (2, 2, 512, 1024)
    assert layer("unet", "up4").output_shape == (1, 56, 56, 512)
    assert layer("unet", "up4").operations == 2 * 28 * 28 * 1024 * 512 * 4
    assert layer("vgg16", "fc6").operations == 2 * 4 * 25088 * 4096
    parameters = sum(np.prod(each.kernel_shape) + each.co for each in read_network("lenet5") if each.co)
    assert parameters == 61_706


def test_an_unknown_network_names_those_that_there_are():
    with pytest.raises(ValueError, match="lenet5, .*resnet50"):
        read_network("lenet6")


def test_chosen():
    assert len(chosen(["lenet5"], [], [])) == 7 + 7 + 5
    assert {direction for _, _, direction in chosen([], ["forward"], ["conv1"])} == {"forward"}


SMALL = [
    Layer("conv", "conv", 2, 5, 6, 3, 4, (3, 2), (2, 1), ((1, 1), (0, 1)), (1, 2), 1),
    Layer("pool", "max_pool", 2, 7, 5, 3, 0, (3, 2), (2, 2), ((1, 1), (0, 1)), (1, 1), 0),
    Layer("dense", "dense", 3, 0, 0, 5, 7, (1, 1), (1, 1), ((0, 0), (0, 0)), (1, 1), 0),
]
DEPTHWISE = Layer("depthwise", "depthwise_conv", 2, 5, 6, 3, 6, (3, 2), (2, 1), ((1, 1), (2, 2)), (1, 2), 0)
TRANSPOSED = Layer("transposed", "conv_transpose", 2, 5, 6, 4, 6, (3, 2), (2, 1), ((1, 1), (2, 2)), (1, 2), 2)


@pytest.mark.parametrize("small", SMALL, ids=lambda small: small.name)
def test_the_naive_ways_agree_with_each_other_and_with_the_engine(small):
    from benchmarks import convolith_peer

    for direction in small.passes:
        call, out = convolith_peer.layer_call(small, direction)
        call()
        for way in WAYS:
            result = np.asarray(layer_call(small, direction, way)(), np.float32)
            np.testing.assert_allclose(result, out, rtol=1e-4, atol=1e-5, err_msg=f"{way} {direction}")


def test_digests_tell_results_apart():
    result = np.random.default_rng(1).standard_normal((4, 50)).astype(np.float32)
    assert digests_agree(digest(result), digest(result * np.float32(1 + 1e-5)))
    assert not digests_agree(digest(result), digest(result[::-1]))
    assert not digests_agree(digest(result), digest(2 * result))


def test_a_peer_answers_and_survives_a_wrong_request():
    with Peer("convolith", 1) as peer:
        assert peer.about["threads"] == 1
        small = SMALL[0].to_json()
        first = peer.ask(do="prepare_layer", layer=small, direction="forward")
        with pytest.raises(RuntimeError, match="sideways"):
            peer.ask(do="prepare_layer", layer=small, direction="sideways")
        assert peer.ask(do="prepare_layer", layer=small, direction="forward") == first
        assert 0 < peer.ask(do="time")["seconds"] < 1


@pytest.mark.torch
def test_torch_computes_the_same_layers():
    with Peer("convolith", 1) as ours, Peer("torch", 1) as theirs:
        for small in (
            SMALL[0]._replace(padding=((1, 1), (2, 2))),
            SMALL[1]._replace(padding=((1, 1), (0, 0))),
            SMALL[2],
            DEPTHWISE,
            TRANSPOSED,
        ):
            for direction in small.passes:
                request = {"do": "prepare_layer", "layer": small.to_json(), "direction": direction}
                assert digests_agree(ours.ask(**request)["digest"], theirs.ask(**request)["digest"])


def test_tables():
    rows = [
        Row("lenet5", layer("lenet5", name), "forward", 0.001, torch, torch / 0.001, 0.0, "contiguous", 1e12, True)
        for name, torch in (("conv2", 0.003), ("pool2", 0.001))
    ]
    summary = table.summary_table(rows).splitlines()
    assert summary[0].count("|") == summary[2].count("|") == 8
    assert "| 2 ms | 4 ms | 2.00 | 1.00 (pool2) | 3.00 (conv2) |" in summary[2]
    assert len(table.layer_table(rows).splitlines()) == 4


def test_marks():
    text = f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n"
    assert table.put_between_marks(text, "new") == f"before\n{table.BEGIN}\nnew\n{table.END}\nafter\n"
    with pytest.raises(ValueError, match="speeds"):
        table.put_between_marks("no marks", "new")
