"""How time and memory grow: `python -m benchmarks.growth` trains ResNets of growing batch, image size and depth.

Three curves, each point in fresh processes of convolith and (where it is installed) torch: ResNet-18 on 224x224 images
in batches of 1 to 64, ResNet-18 on batches of 8 images of 64 to 384 pixels, ResNet-18 to 152 on batches of 4. A point
is the median of three steps of SGD with momentum behind the first, and the most memory that the process ever had.
Torch runs with channels last and the fused step. Writes growth.json and growth.png into `--out`'s folder.
"""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks import results
from benchmarks.network_data import NETWORKS, Network
from benchmarks.options import add_turns
from benchmarks.peer import Peer
from benchmarks.quiet import wait_until_quiet

RESNET18 = NETWORKS["resnet18"]
CURVES = {
    "batch": [(size, RESNET18._replace(batch=size)) for size in (1, 2, 4, 8, 16, 32, 64)],
    "image": [(size, RESNET18._replace(image=(size, size, 3))) for size in (64, 96, 128, 192, 256, 320, 384)],
    "depth": [(depth, RESNET18._replace(name=f"resnet{depth}", batch=4)) for depth in (18, 34, 50, 101, 152)],
}
LABELS = {"batch": "images a batch", "image": "height and width in pixels", "depth": "layers"}
STEPS = 3


class GrowthRow(NamedTuple):
    """A point: seconds of a step, of the first step, and the peak in bytes, of one library."""

    curve: str
    size: int
    peer: str
    seconds: float
    first: float
    peak: int
    quiet: bool


def measure(curves: list[str], peers: list[str], threads: int, patience: float, most: int) -> Iterator[GrowthRow]:
    """Measures the points up to size `most` of each curve, yielding each as it is done."""
    for curve in curves:
        for size, network in CURVES[curve]:
            for peer in peers if size <= most else ():
                yield point(curve, size, network, peer, threads, patience)


def point(curve: str, size: int, network: Network, peer: str, threads: int, patience: float) -> GrowthRow:
    """Train a few steps in a fresh process."""
    quiet = wait_until_quiet(patience)
    way = {"way": "channels_last, fused"} if peer == "torch" else {}
    with Peer(peer, threads) as fresh:
        answer = fresh.ask(do="start_training", network=network.to_json(), steps=STEPS, **way)
    return GrowthRow(curve, size, peer, answer["steady"], answer["first"], answer["peak"], quiet)


def draw(path: Path, rows: list[GrowthRow]) -> None:
    """Write a picture: a column a curve, time above memory, a line a library."""
    from matplotlib.figure import Figure

    curves = [curve for curve in CURVES if any(row.curve == curve for row in rows)]
    figure = Figure(figsize=(4.2 * len(curves), 5.6), layout="constrained")
    grid = figure.subplots(2, len(curves), squeeze=False)
    for column, curve in enumerate(curves):
        for peer, colour in (("convolith", "#0072B2"), ("torch", "#D55E00")):
            found = [row for row in rows if (row.curve, row.peer) == (curve, peer)]
            sizes = [row.size for row in found]
            for axes, values in (
                (grid[0][column], [row.seconds * 1e3 for row in found]),
                (grid[1][column], [row.peak / 1e6 for row in found]),
            ):
                if found:
                    axes.plot(sizes, values, marker="o", markersize=3, color=colour, label=peer)
        for axes, what in ((grid[0][column], "ms a step"), (grid[1][column], "MB of memory")):
            axes.set(xlabel=LABELS[curve], ylim=(0, None))
            axes.set_ylabel(what if column == 0 else "")
            axes.spines[["top", "right"]].set_visible(False)
    grid[0][0].legend(frameon=False)
    figure.savefig(path, dpi=150)


def main() -> None:
    """The command: prints a line a point."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__.split("\n\n")[0])
    parser.add_argument("--curve", action="append", default=[], choices=CURVES, help="may be repeated")
    parser.add_argument("--most", type=int, default=10_000, help="leave out larger batches, images, depths")
    parser.add_argument("--out", type=Path, default=Path("speeds"), help="folder for the files (%(default)s)")
    add_turns(parser)
    options = parser.parse_args()
    peers = ["convolith", "torch"] if importlib.util.find_spec("torch") else ["convolith"]
    print(f"{'curve':6} {'size':>5} {'library':10} {'ms a step':>10} {'first':>8} {'MB':>8}")
    rows = []
    for row in measure(options.curve or list(CURVES), peers, options.threads, options.patience, options.most):
        rows.append(row)
        times = f"{row.seconds * 1e3:10.1f} {row.first * 1e3:8.1f} {row.peak / 1e6:8.0f}"
        print(f"{row.curve:6} {row.size:5} {row.peer:10} {times}{'' if row.quiet else '  busy'}", flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "growth.json").write_text(results.to_json(options.threads, {"growth": rows}))
    if importlib.util.find_spec("matplotlib"):
        draw(options.out / "growth.png", rows)


if __name__ == "__main__":
    main()
