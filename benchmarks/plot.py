"""The results as a picture: bars a network, and the layers under the roofline. Needs matplotlib (the extra `plot`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.layer_row import Row
from benchmarks.network_data import NETWORKS
from benchmarks.versus_row import VersusRow

# Okabe and Ito's colours, which colour-blind people can tell apart.
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#777777"
BARS = {
    ("training", "torch"): ("training step, against torch", BLUE),
    ("inference", "torch"): ("inference, against torch", GREEN),
    ("inference", "onnxruntime"): ("inference, against ONNX Runtime", ORANGE),
}
PASSES = {
    "forward": ("forward", GREEN),
    "input_gradient": ("gradient by input", BLUE),
    "kernel_gradient": ("gradient by kernel", ORANGE),
}


def draw(path: Path, versus: list[VersusRow], layers: list[Row], bandwidth: float, about: str) -> None:
    """Write the picture of what was measured; `bandwidth` is the memory's, in bytes a second."""
    from matplotlib.figure import Figure

    panels = [bool(versus), bool(layers)]
    figure = Figure(figsize=(7 * sum(panels), 4.8), layout="constrained")
    axes = iter(figure.subplots(1, sum(panels), squeeze=False)[0])
    if versus:
        draw_networks(next(axes), versus)
    if layers:
        draw_roofline(next(axes), layers, bandwidth)
    figure.supxlabel(about, fontsize=7, color=GREY)
    figure.savefig(path, dpi=150)


def draw_networks(axes: Any, rows: list[VersusRow]) -> None:
    """How many times faster than the peers convolith is: a group of bars a network."""
    kinds = [key for key in BARS if any((row.kind, row.peer) == key for row in rows)]
    names = [name for name in NETWORKS if any(row.network == name for row in rows)]
    width = 0.8 / max(1, len(kinds))
    for number, key in enumerate(kinds):
        label, colour = BARS[key]
        found = [row for row in rows if (row.kind, row.peer) == key]
        places = [names.index(row.network) + (number - (len(kinds) - 1) / 2) * width for row in found]
        bars = axes.bar(places, [row.ratio for row in found], 0.92 * width, color=colour, label=label)
        axes.bar_label(bars, fmt="%.1f", fontsize=7)
    axes.axhline(1, color=GREY, linewidth=1)
    axes.set_xticks(range(len(names)), [f"{NETWORKS[name].title}\nbatch {NETWORKS[name].batch}" for name in names])
    axes.tick_params(axis="x", labelsize=8)
    axes.set_ylabel("times faster (the peer's time / convolith's)")
    axes.set_title("Whole networks")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)


def draw_roofline(axes: Any, rows: list[Row], bandwidth: float) -> None:
    """Each layer's operations a second over its operations a byte, under what the machine can do at most."""
    counted = [row for row in rows if row.layer.operations]
    for direction, (label, colour) in PASSES.items():
        found = [row for row in counted if row.direction == direction]
        intensities = [row.layer.operations / row.layer.bytes for row in found]
        axes.scatter(intensities, [row.speed / 1e9 for row in found], s=12, color=colour, label=label, alpha=0.7)
    if counted:
        peak = max(row.peak for row in counted)
        ends = [row.layer.operations / row.layer.bytes for row in counted]
        line = sorted({min(ends), peak / bandwidth, max(ends)})
        roof = [min(peak, intensity * bandwidth) / 1e9 for intensity in line]
        axes.plot(line, roof, color=GREY, label=f"{peak / 1e9:.0f} GFLOP/s, {bandwidth / 1e9:.0f} GB/s")
    axes.set(
        xscale="log", yscale="log", xlabel="operations a byte", ylabel="GFLOP/s", title="Layers under the roofline"
    )
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
