"""The page that compares the networks of convolith.applications."""

import json
import sys

import numpy as np
import pytest

from benchmarks import network_variants, networks, networks_page
from benchmarks.labels import label
from benchmarks.networks_page import NetworkRow
from benchmarks.peer import Peer

ROWS = [
    NetworkRow("MobileNet", 224, 4_253_864, 1_150_000_000, 100_000_000, 500_000_000, 30.0, 40.0, 8.0, 10.0),
    NetworkRow("ResNet20", 32, 274_442, 82_000_000, 60_000_000, 80_000_000, 900.0, 2500.0, 300.0, 600.0),
    NetworkRow("EfficientNetB7", 600, 66_658_687, 74_000_000_000, 900_000_000, None, 0.5, 0.512, 0.1, None),
]


def test_every_network_is_listed_with_its_accuracy_or_none():
    accuracies = networks.published()
    assert {*accuracies} == {*network_variants.names()} - {"GoogLeNet-auxiliary"}  # whose inference is GoogLeNet's
    for name, known in accuracies.items():
        assert (known.percent is None) == (known.source == "-"), name
        assert known.data in ("ImageNet", "MNIST", "CIFAR-10", "-")
        assert known.percent is None or 50 < known.percent < 100
    assert accuracies["VGG16"] == (71.3, "ImageNet", "keras.io/api/applications")


def test_the_table_has_a_line_a_network_and_the_sources():
    text = networks_page.page(ROWS, networks.published(), "a machine")
    assert "\na machine\n" in text
    assert "| MobileNet | 224 | 4,253,864 | 1.15 | 100 | 500 | 30 | 40 | 8 | 10 | 70.4 |" in text
    assert "| ResNet20 | 32 | 274,442 | 0.082 | 60 | 80 | 900 | 2,500 | 300 | 600 | 91.25 (CIFAR-10) |" in text
    assert "| EfficientNetB7 | 600 | 66,658,687 | 74 | 900 | - | 0.5 | 0.512 | 0.1 | - | 84.3 |" in text
    assert "- keras.io/api/applications: MobileNet, EfficientNetB7\n" in text


def test_the_chart(tmp_path):
    pytest.importorskip("matplotlib")
    networks_page.draw(tmp_path / "networks.png", ROWS, networks.published())
    assert (tmp_path / "networks.png").read_bytes().startswith(b"\x89PNG")


def test_a_network_is_counted_and_timed_in_a_process_of_its_own():
    with Peer("networks", 1) as peer:
        row = networks.measure_one("LeNet5", peer)
    assert (row.name, row.image, row.parameters) == ("LeNet5", 28, 61_706)
    assert row.flops == pytest.approx(2 * 416_520, rel=0.05)  # multiplications and additions, with activations
    assert row.inference_8 > row.training_8 > 0 and row.training_bytes >= row.inference_bytes > 10_000_000


def test_training_that_does_not_fit_is_left_out():
    class Small:
        def ask(self, do, **request):
            if do == "build":
                return {"image": [8, 8, 1], "parameters": 3, "flops": 4}
            if do == "needed":
                return {"bytes": 10 * request["batch"], "free": 50}
            return {"seconds": 0.5, "peak": 7 + request["training"]}

    row = networks.measure_one("LeNet5", Small())
    assert row == ("LeNet5", 8, 3, 4, 7, None, 2.0, 16.0, 2.0, None)


def test_only_the_named_networks_are_measured_and_the_others_keep_their_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(networks, "measure", lambda names, threads: [row for row in ROWS if row.name in names])
    for arguments, measured in (
        (["--network", "MobileNet"], ["MobileNet"]),
        (["--network", "ResNet20"], ["MobileNet", "ResNet20"]),
    ):
        monkeypatch.setattr(sys, "argv", ["x", "--out", str(tmp_path), *arguments])
        networks.main()
        kept = json.loads((tmp_path / "networks.json").read_text())["networks"]
        assert [fields["name"] for fields in kept] == measured
    assert "| MobileNet |" in (tmp_path / "networks.md").read_text()


def test_names_cover_neither_each_other_nor_the_points():
    figure_module = pytest.importorskip("matplotlib.figure")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    figure = figure_module.Figure(figsize=(6, 6))
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    generator = np.random.default_rng(4)
    points = [(x, y, f"Network{number}") for number, (x, y) in enumerate(generator.normal(size=(40, 2)))]
    axes.scatter([x for x, _, _ in points], [y for _, y, _ in points])
    label(axes, points)
    assert sorted(text.get_text() for text in axes.texts) == sorted(name for _, _, name in points)
    figure.draw_without_rendering()
    boxes = [Text.get_window_extent(text) for text in axes.texts]  # without the lines that lead there
    middles = axes.transData.transform([point[:2] for point in points])
    for number, box in enumerate(boxes):
        assert not box.count_overlaps(boxes[:number])
        assert not any(box.contains(x, y) for x, y in middles)
