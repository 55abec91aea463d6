"""The whole networks as Markdown: a line a network, a column a comparison, and the geometric means."""

from __future__ import annotations

from benchmarks.network_data import NETWORKS
from benchmarks.table import duration, markdown
from benchmarks.targets import LIMITED, TARGETS, summaries
from benchmarks.versus_row import VersusRow

COLUMNS = {
    ("training", "torch"): "training step, torch",
    ("inference", "torch"): "inference, torch",
    ("inference", "onnxruntime"): "inference, ONNX Runtime",
    ("batch1", "torch"): "one image, torch",
    ("batch1", "onnxruntime"): "one image, ONNX Runtime",
    ("memory", "torch"): "memory of training, torch",
    ("first_step", "convolith, later steps"): "first step, later ones",
    ("threads", "convolith, 1 thread"): "all threads, one",
}


def networks_table(rows: list[VersusRow], limited: bool = False) -> str:
    """The ratios of every network; a cell has convolith's own time or memory and the ratio.

    limited: whether both sides are limited to an instruction set, which has targets of its own.
    """
    targets = LIMITED if limited else TARGETS
    columns = [key for key in COLUMNS if any((row.kind, row.peer) == key for row in rows)]
    cells = {(row.network, (row.kind, row.peer)): cell(row) for row in rows}
    found = {(summary.kind, summary.peer): summary for summary in summaries(rows)}
    names = [name for name in NETWORKS if any(row.network == name for row in rows)]
    lines = [[title(name), *(cells.get((name, key), "-") for key in columns)] for name in names]
    lines.append(["geometric mean", *(f"{found[key].mean:.2f}" for key in columns)])
    lines.append(["worst", *(f"{found[key].worst:.2f}" for key in columns)])
    aims = [f"{targets[key].mean:.2f}, {targets[key].worst:.2f}" if key in targets else "-" for key in columns]
    lines.append(["to reach: mean, worst", *aims])
    return markdown(["network (batch)", *(COLUMNS[key] for key in columns)], lines)


def title(name: str) -> str:
    """A network's name and batch."""
    return f"{NETWORKS[name].title} ({NETWORKS[name].batch})"


def cell(row: VersusRow) -> str:
    """What convolith takes, and the ratio."""
    value = f"{row.value / 1e6:,.0f} MB" if row.kind == "memory" else duration(row.value)
    return f"{value}: {row.ratio:.2f}"
