"""The verdict whether convolith became slower than in the baseline."""

import json
import sys

import pytest

from benchmarks import regression
from benchmarks.network_data import NETWORKS
from benchmarks.versus import KINDS


def result(*rows, layers=(), machine="here"):
    fields = ("network", "kind", "peer", "ratio", "spread")
    return {
        "machine": {"processor": machine},
        "versus": [dict(zip(fields, row, strict=True)) for row in rows],
        "layers": list(layers),
        "naive": [{"seconds": 1.0}],
    }


BEFORE = result(
    ("lenet5", "training", "torch", 2.0, 0.01),
    ("vgg16", "memory", "torch", 0.8, 0.0),
    layers=[{"network": "vgg16", "layer": "conv1_1", "direction": "forward", "ratio": 1.0, "spread": 0.05}],
)


def regressed(now):
    return [change.what for change in regression.compare(now, BEFORE) if change.regressed]


def test_what_is_worse_by_more_than_a_tenth_and_the_spreads_has_regressed():
    assert regressed(BEFORE) == []
    assert regressed(result(("lenet5", "training", "torch", 1.8, 0.01))) == []
    assert regressed(result(("lenet5", "training", "torch", 1.7, 0.01))) == ["versus lenet5 training torch"]
    assert regressed(result(("lenet5", "training", "torch", 1.7, 0.10))) == []
    assert regressed(result(("lenet5", "training", "torch", 9.0, 0.01))) == []


def test_more_memory_is_worse():
    assert regressed(result(("vgg16", "memory", "torch", 0.9, 0.0))) == ["versus vgg16 memory torch"]
    assert regressed(result(("vgg16", "memory", "torch", 0.5, 0.0))) == []


def test_layers_are_compared_where_torch_was_timed():
    layer = dict(BEFORE["layers"][0], ratio=0.7)
    assert regressed(result(layers=[layer])) == ["layers vgg16 conv1_1 forward"]
    assert regressed(result(layers=[dict(layer, ratio=None)])) == []


def test_the_command_ends_with_1_only_after_a_regression(tmp_path, monkeypatch, capsys):
    def run(now):
        for name, text in (("now", now), ("before", BEFORE)):
            (tmp_path / name).write_text(json.dumps(text))
        monkeypatch.setattr(sys, "argv", ["x", str(tmp_path / "now"), "--baseline", str(tmp_path / "before")])
        return regression.main(), capsys.readouterr().out

    code, said = run(BEFORE)
    assert code == 0 and "3 ratios compared, 0 of the baseline not measured, 0 regressed" in said
    code, said = run(result(("lenet5", "training", "torch", 1.0, 0.01), machine="there"))
    assert code == 1 and "REGRESSION" in said and "differs from the baseline's machine: processor" in said
    assert "1 ratios compared, 2 of the baseline not measured, 1 regressed" in said
    assert run(result())[0] == 2


def test_the_committed_baseline_can_be_compared_with():
    baseline = json.loads(regression.BASELINE.read_text())
    changes = regression.compare(baseline, baseline)
    assert len(changes) >= len(baseline["versus"]) and not any(change.regressed for change in changes)
    assert {"lenet5", "resnet18"} <= {row["network"] for row in baseline["versus"]} <= set(NETWORKS)
    assert {"training", "inference", "memory"} <= {row["kind"] for row in baseline["versus"]} <= set(KINDS)


def test_it_measures_what_the_baseline_has(monkeypatch):
    asked = []

    def measure(networks, kinds, threads, pairs, patience, peers):
        asked.append(([network.name for network in networks], kinds, peers))
        return []

    monkeypatch.setattr(regression.versus, "measure", measure)
    monkeypatch.setattr(regression.versus, "installed", lambda peers: peers)
    before = result(
        ("lenet5", "training", "torch", 2.0, 0.01),
        ("vgg16", "training", "torch", 2.0, 0.01),
        ("vgg16", "threads", "convolith, 1 thread", 2.0, 0.01),
    )
    assert regression.measured_again(before, 2, 5, 1.0)["versus"] == []
    assert asked == [(["lenet5", "vgg16"], ["training"], ["torch"]), (["vgg16"], ["threads"], [])]


@pytest.mark.parametrize(("factor", "verdict"), [(0.5, "REGRESSION"), (1.0, "as before"), (2.0, "better")])
def test_a_line_says_what_became_of_a_ratio(factor, verdict):
    assert regression.Change("x", factor, 1.0, factor, 0.9).line().endswith(verdict)
