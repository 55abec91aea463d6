"""Layers summed up: a line a network and pass, and groups of layers over all networks."""

import pytest

from benchmarks.layer_row import Row
from benchmarks.layer_summary import GROUPS, summaries
from benchmarks.layers import chosen
from benchmarks.network_shapes import read_network


def row(network, name, direction, ratio, seconds=0.001):
    layer = next(layer for layer in read_network(network) if layer.name == name)
    torch = None if ratio is None else seconds * ratio
    return Row(network, layer, direction, seconds, torch, ratio, 0.01, "contiguous", 1e12, True)


def test_a_summary_a_network_and_pass_and_a_group():
    rows = [
        row("resnet18", "2_3x3", "forward", 2.0),
        row("resnet18", "3_1_3x3", "forward", 0.5),
        row("resnet18", "2_3x3", "kernel_gradient", 1.0),
        row("lenet5", "pool1", "forward", 4.0),
        row("lenet5", "conv1", "forward", None),
    ]
    found = {summary.what: summary for summary in summaries(rows)}
    assert list(found) == [
        "resnet18, forward",
        "resnet18, kernel_gradient",
        "lenet5, forward",
        "all",
        "conv",
        "3x3",
        "wide 3x3",
    ]
    forward = found["resnet18, forward"]
    assert (forward.count, forward.mean, forward.share, forward.least) == (2, pytest.approx(1.0), 0.5, 0.5)
    assert forward.layer == "resnet18 3_1_3x3 forward"
    operations = rows[0].layer.operations
    assert found["wide 3x3"].peak_least == pytest.approx(operations / 0.001 / 1e12)
    assert found["all"].count == 4 and found["3x3"].mean == pytest.approx(2**0.5)
    assert found["lenet5, forward"].peak_least == 0
    assert "2 layers; geometric mean 1.00, 50% reach 1.0, least 0.50" in forward.line()


def test_groups_are_of_the_layers_that_they_name():
    def names(network, group):
        return [layer.name for _, layer, _ in chosen([network], ["forward"], [], group)]

    parts = ("2_1", "3_1", "3_2", "4_1", "4_2", "5_1", "5_2")
    assert names("resnext50", "grouped") == [f"{part}_grouped" for part in parts]
    assert names("resnet18", "3x3") == ["2_3x3", "3_3x3", "4_3x3", "5_3x3"]
    assert names("googlenet", "wide 3x3")[:2] == ["conv2", "3a_3x3"]
    assert names("lenet5", "conv") == ["conv1", "conv2"]
    assert len(names("lenet5", "all")) == 7
    assert set(GROUPS) == {"all", "conv", "3x3", "wide 3x3", "grouped", "depthwise", "transposed"}
