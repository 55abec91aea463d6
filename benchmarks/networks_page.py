"""The page that compares the networks of convolith.applications: a table and a chart."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from benchmarks.labels import label
from benchmarks.table import markdown


class Accuracy(NamedTuple):
    """What was published of a network: top-1 accuracy in per cent (None: nothing), on which data, and where."""

    percent: float | None
    data: str
    source: str


class NetworkRow(NamedTuple):
    """What was measured of a network: weights, operations an image, bytes of a process, and images a second.

    What did not fit into memory is None.
    """

    name: str
    image: int
    parameters: int
    flops: int
    inference_bytes: int
    training_bytes: int | None
    inference_1: float
    inference_8: float
    training_1: float | None
    training_8: float | None

    def cells(self) -> list[str]:
        """The row as the cells of a table."""
        return [
            str(self.image),
            f"{self.parameters:,}",
            f"{self.flops / 1e9:.3g}",
            *("-" if size is None else f"{size / 1e6:,.0f}" for size in (self.inference_bytes, self.training_bytes)),
            *("-" if speed is None else f"{speed:,.3g}" if speed < 1000 else f"{speed:,.0f}" for speed in self[6:]),
        ]

    def line(self) -> str:
        """The row as a line of text."""
        return f"{self.name:18} " + " ".join(f"{cell:>12}" for cell in self.cells())


HEADER = [
    "network",
    "image",
    "weights",
    "GFLOPs an image",
    "MB, inference of 1",
    "MB, training of 8",
    "images/s, inference of 1",
    "of 8",
    "training of 1",
    "of 8",
    "top-1 %",
]


def page(rows: list[NetworkRow], accuracies: dict[str, Accuracy], about: str) -> str:
    """The page as Markdown: the machine, the table, where the accuracies come from."""
    lines = []
    for row in rows:
        known = accuracies[row.name]
        marked = "" if known.data in ("ImageNet", "-") else f" ({known.data})"
        lines.append([row.name, *row.cells(), "-" if known.percent is None else f"{known.percent:g}{marked}"])
    sources: dict[str, list[str]] = {}
    for row in rows:
        if accuracies[row.name].percent is not None:
            sources.setdefault(accuracies[row.name].source, []).append(row.name)
    listed = "\n".join(f"- {source}: {', '.join(names)}" for source, names in sources.items())
    return f"""# The networks compared

`python -m benchmarks.networks` measures and writes this page. An image has the given height and width. Operations count
a multiplication and an addition as two. Memory is the most that the whole process took, Python included. Training is a
step of SGD with momentum: forward, backward and update. "-": it did not fit into memory, or nothing is published. The
networks are measured one after another over hours, and README's at another time: on a machine that is shared with
others, speeds of the two pages, and of two networks here, may differ by more than their work does.

{about}

![Accuracy against speed, and speed against size](networks.png)

{markdown(HEADER, lines)}

Accuracies are as published, on ImageNet's validation images unless the table says otherwise; convolith's own weights
are random until trained or loaded:

{listed}
"""


def draw(path: Path, rows: list[NetworkRow], accuracies: dict[str, Accuracy]) -> None:
    """Write the chart: published accuracy against inference at batch 8, and that against the number of weights."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 15), layout="constrained")
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2, 1)
    on_imagenet = [row for row in rows if accuracies[row.name].data == "ImageNet"]
    upper.set(xscale="log", xlabel="images a second, inference of 8", ylabel="top-1 accuracy on ImageNet, per cent")
    lower.set(xscale="log", yscale="log", xlabel="millions of weights", ylabel="images a second, inference of 8")
    for axes, points in (
        (upper, [(row.inference_8, accuracies[row.name].percent, row.name) for row in on_imagenet]),
        (lower, [(row.parameters / 1e6, row.inference_8, row.name) for row in rows]),
    ):
        axes.margins(0.08)
        axes.scatter([x for x, _, _ in points], [y for _, y, _ in points], s=14, color="#0072B2")
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(color="#DDDDDD", linewidth=0.6)
        axes.set_axisbelow(True)
        label(axes, points)
    figure.savefig(path, dpi=150)
