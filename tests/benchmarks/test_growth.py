"""How time and memory grow: which points are measured, and their picture."""

import pytest

from benchmarks import growth
from benchmarks.growth import CURVES, GrowthRow


def test_curves_grow_in_one_thing_alone():
    batches, images, depths = (CURVES[curve] for curve in ("batch", "image", "depth"))
    assert [network.batch for _, network in batches] == [1, 2, 4, 8, 16, 32, 64]
    assert {network.image for _, network in batches} == {(224, 224, 3)}
    assert [network.image[0] for _, network in images][:: len(images) - 1] == [64, 384]
    assert {network.batch for _, network in images} == {8}
    assert [network.name for _, network in depths] == [f"resnet{depth}" for depth in (18, 34, 50, 101, 152)]


def test_points_up_to_a_size_of_every_library(monkeypatch):
    asked = []

    def point(curve, size, network, peer, threads, patience):
        asked.append((curve, size, peer))
        return asked[-1]

    monkeypatch.setattr(growth, "point", point)
    expected = [("batch", size, peer) for size in (1, 2) for peer in ("convolith", "torch")]
    assert list(growth.measure(["batch", "depth"], ["convolith", "torch"], 2, 0.0, most=2)) == expected == asked


def test_a_point_is_of_a_process_that_just_started():
    small = CURVES["image"][0][1]._replace(batch=1, image=(32, 32, 3))
    row = growth.point("image", 32, small, "convolith", 1, 0.0)
    assert (row.curve, row.size, row.peer) == ("image", 32, "convolith")
    assert row.seconds > 0 and row.first > 0 and row.peak > 4 * 3 * 11_000_000  # weights, gradients, momentum


def test_a_picture_with_a_column_a_curve(tmp_path):
    pytest.importorskip("matplotlib")
    rows = [
        GrowthRow("depth", depth, peer, 0.1, 0.2, 4e8, True) for depth in (18, 34) for peer in ("convolith", "torch")
    ]
    growth.draw(tmp_path / "growth.png", rows)
    assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")
