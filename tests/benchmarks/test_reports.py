"""What `python -m benchmarks` writes: tables, JSON and the picture, of rows that were made up."""

import argparse
import json

import pytest

from benchmarks import __main__ as command
from benchmarks import memory_bandwidth, plot, results, table, versus
from benchmarks.layer_row import Row
from benchmarks.naive import NaiveRow
from benchmarks.network_shapes import read_network
from benchmarks.regression import read
from benchmarks.training import TrainingRow
from benchmarks.versus_row import VersusRow
from benchmarks.versus_table import networks_table

VERSUS = [
    VersusRow("lenet5", "training", "torch", 0.002, 0.006, 3.0, 0.01, "contiguous, fused", True),
    VersusRow("resnet18", "training", "torch", 0.3, 0.36, 1.2, 0.01, "channels_last, plain", True),
    VersusRow("resnet18", "inference", "onnxruntime", 0.1, 0.1, 1.0, 0.01, "all optimizations", False),
    VersusRow("resnet18", "memory", "torch", 4e8, 8e8, 0.5, 0.0, "channels_last", True),
]
LAYERS = [
    Row("resnet18", layer, "forward", 0.001, 0.002, 2.0, 0.01, "channels_last", 3e11, True)
    for layer in read_network("resnet18")
]
NAIVE = NaiveRow(read_network("lenet5")[2], "forward", 0.001, {"pure Python": 9.0})
MEASURED = {
    "versus": VERSUS,
    "training": [TrainingRow("epoch", "adam", 3.0, 6.0, 2.0, 0.01, "contiguous")],
    "layers": LAYERS,
}


def test_a_line_a_network_and_a_column_a_comparison():
    lines = networks_table(VERSUS).splitlines()
    assert lines[0] == (
        "| network (batch) | training step, torch | inference, ONNX Runtime | memory of training, torch |"
    )
    assert lines[2] == "| LeNet-5 (128) | 2 ms: 3.00 | - | - |"
    assert lines[3] == "| ResNet-18 (8) | 300 ms: 1.20 | 100 ms: 1.00 | 400 MB: 0.50 |"
    assert lines[4:6] == ["| geometric mean | 1.90 | 1.00 | 0.50 |", "| worst | 1.20 | 1.00 | 0.50 |"]
    assert lines[6] == "| to reach: mean, worst | 2.00, 1.30 | 1.30, 1.00 | 0.60, 0.80 |"
    assert networks_table(VERSUS, limited=True).splitlines()[6] == "| to reach: mean, worst | 1.00, 1.00 | - | - |"


def test_the_short_tables_have_the_groups_of_layers_and_the_long_ones_every_layer():
    short, full = command.tables(MEASURED)
    assert len(short) == 3 and all(text.startswith("| ") for text in short)
    assert "| all | 13 | 2.00 | 100% | 2.00 (resnet18 conv1 forward) |" in short[2]
    assert "resnet18, forward" not in short[2] and "resnet18, forward" in "\n".join(full)
    assert "\n".join(full).count("3_1_project: 8x56x56x64, 1x1/2 to 128") == 1
    assert command.tables({}) == ([], [])


def test_json_is_what_the_regression_reads(tmp_path):
    command.write(tmp_path / "new", "tables", {"training": MEASURED["training"]}, 2, "here")
    assert (tmp_path / "new" / "speeds.md").read_text() == "tables"
    assert list(read(json.loads((tmp_path / "new" / "speeds.json").read_text()))) == ["training epoch adam"]
    found = json.loads(results.to_json(2, MEASURED))
    assert found["machine"]["threads"] == "2" and {"processor", "instructions", "torch"} <= set(found["machine"])
    assert len(read(found)) == len(VERSUS) + len(LAYERS) + 1


def test_what_was_measured_before_is_kept_but_for_what_is_measured_anew():
    old = results.from_json(results.to_json(2, {**MEASURED, "naive": [NAIVE]}))
    assert old == {**MEASURED, "naive": [NAIVE]}
    again = VERSUS[1]._replace(ratio=7.0)
    more = VERSUS[0]._replace(network="alexnet")
    found = results.merged(old, {"versus": [again, more]})
    assert found["versus"] == [VERSUS[0], again, *VERSUS[2:], more]
    assert {part: rows for part, rows in found.items() if part != "versus"} == {
        part: rows for part, rows in old.items() if part != "versus"
    }
    assert [line.split()[1] for line in networks_table(found["versus"]).splitlines()[2:5]] == [
        "LeNet-5",
        "AlexNet",
        "ResNet-18",
    ]


def test_a_picture_of_bars_and_the_roofline(tmp_path):
    pytest.importorskip("matplotlib")
    plot.draw(tmp_path / "speeds.png", VERSUS, LAYERS, 2e10, "here")
    plot.draw(tmp_path / "bars.png", VERSUS, [], 2e10, "here")
    for name in ("speeds.png", "bars.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_bytes_of_a_layer_are_its_inputs_weights_and_outputs():
    layer = next(layer for layer in read_network("resnet18") if layer.name == "3_1_project")
    assert layer.bytes == 4 * (8 * 56 * 56 * 64 + 64 * 128 + 8 * 28 * 28 * 128)
    pool = next(layer for layer in read_network("resnet18") if layer.op == "max_pool")
    assert pool.bytes == 4 * (8 * 112 * 112 * 64 + 8 * 56 * 56 * 64)


def test_bandwidth_is_of_all_threads(monkeypatch):
    monkeypatch.setattr(memory_bandwidth, "FLOATS", 1000)
    monkeypatch.setattr(memory_bandwidth, "_seconds", lambda pairs: 1e-6 * len(pairs[0][0]) / len(pairs))
    assert memory_bandwidth.memory_bandwidth(2) == pytest.approx(32e6 * 1000 / 1000)


def test_only_the_parts_that_were_asked_for_are_measured(monkeypatch):
    asked = {}

    def measure(networks, kinds, *rest):
        asked.update(networks=[network.name for network in networks], kinds=kinds)
        return VERSUS[:1]

    monkeypatch.setattr(versus, "measure", measure)
    options = argparse.Namespace(
        part=["networks"], network=["lenet5"], kind=["training"], peer=["torch"], threads=2, pairs=1, patience=0.0
    )
    assert command.measure(options) == {"versus": VERSUS[:1]}
    assert asked == {"networks": ["lenet5"], "kinds": ["training"]}


def test_every_network_with_a_shape_file_has_a_title():
    from benchmarks.network_shapes import networks

    assert set(networks()) <= set(table.NETWORKS)
