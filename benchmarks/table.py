"""The measured rows as Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.layer_row import Row
from benchmarks.layer_summary import LayerSummary
from benchmarks.naive import NaiveRow
from benchmarks.naive_peer import WAYS
from benchmarks.network_data import NETWORKS as WHOLE
from benchmarks.training import TrainingRow
from benchmarks.training_data import BATCH, IMAGES

BEGIN, END = "<!-- speeds -->", "<!-- /speeds -->"
NETWORKS = {
    **{name: network.title for name, network in WHOLE.items()},
    "googlenet": "GoogLeNet",
    "mobilenet": "MobileNet-V1",
    "xception": "Xception",
    "resnext50": "ResNeXt-50 32x4d",
    "unet": "U-Net",
}
PASS_NAMES = {"forward": "forward", "input_gradient": "gradient by input", "kernel_gradient": "gradient by kernel"}


def markdown(header: list[str], rows: Iterable[list[str]]) -> str:
    """A Markdown table; columns behind the first are right-aligned."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def training_table(rows: list[TrainingRow]) -> str:
    """LeNet-5 against torch."""
    names = {
        "step": f"training step, batch {BATCH}",
        "epoch": f"training epoch, {IMAGES:,} images",
        "inference": f"inference, batch {BATCH}",
    }
    return markdown(
        ["LeNet-5", "optimizer", "convolith", "torch", "torch / convolith"],
        (
            [names[row.kind], row.optimizer, duration(row.seconds), duration(row.torch_seconds), f"{row.ratio:.2f}"]
            for row in rows
        ),
    )


def summary_table(rows: list[Row]) -> str:
    """A line a network and pass: the distinct layers' times added up, and the layers at both ends."""
    lines = []
    for network, direction in dict.fromkeys((row.network, row.direction) for row in rows):
        group = [row for row in rows if (row.network, row.direction) == (network, direction) and row.torch_seconds]
        if not group:
            continue
        ours, theirs = sum(row.seconds for row in group), sum(row.torch_seconds or 0 for row in group)
        slowest, fastest = (end(group, key=lambda row: row.ratio or 0) for end in (min, max))
        counted = [row for row in group if row.layer.operations]
        peak = sum(row.layer.operations for row in counted) / sum(row.seconds * row.peak for row in counted)
        lines.append(
            [
                f"{NETWORKS.get(network, network)}, {PASS_NAMES[direction]}",
                duration(ours),
                duration(theirs),
                f"{theirs / ours:.2f}",
                f"{slowest.ratio:.2f} ({slowest.layer.name})",
                f"{fastest.ratio:.2f} ({fastest.layer.name})",
                f"{peak:.0%}",
            ]
        )
    header = ["distinct layers of", "convolith", "torch", "torch / convolith", "lowest", "highest", "of peak"]
    return markdown(header, lines)


def groups_table(summaries: Iterable[LayerSummary]) -> str:
    """A line a summary of layers: how many reach torch's speed."""
    return markdown(
        ["layers", "number", "torch / convolith, geometric mean", "at least 1", "lowest", "of peak, mean"],
        (
            [
                each.what,
                str(each.count),
                f"{each.mean:.2f}",
                f"{each.share:.0%}",
                f"{each.least:.2f} ({each.layer})",
                f"{each.peak_mean:.0%}",
            ]
            for each in summaries
        ),
    )


def layer_table(rows: list[Row]) -> str:
    """A line a layer and pass of one network."""
    lines = []
    for row in rows:
        layer = row.layer
        shape = "x".join(map(str, layer.input_shape))
        kernel = "x".join(map(str, layer.kernel))
        stride = "" if layer.stride == (1, 1) else f"/{layer.stride[0]}"
        what = {"dense": f"dense to {layer.co}", "conv": f"{kernel}{stride} to {layer.co}"}.get(
            layer.op, f"{layer.op.replace('_', ' ')} {kernel}{stride}"
        )
        lines.append(
            [
                f"{layer.name}: {shape}, {what}",
                PASS_NAMES[row.direction] + ("" if row.quiet else " (machine busy)"),
                duration(row.seconds),
                duration(row.torch_seconds) if row.torch_seconds else "-",
                f"{row.ratio:.2f}" if row.ratio else "-",
                f"{row.speed / 1e9:.0f}" if layer.operations else "-",
                f"{row.fraction_of_peak:.0%}" if layer.operations else "-",
            ]
        )
    header = ["layer", "pass", "convolith", "torch", "torch / convolith", "GFLOP/s", "of peak"]
    return markdown(header, lines)


def naive_table(rows: list[NaiveRow]) -> str:
    """How many times longer the naive ways take."""
    return markdown(
        ["LeNet-5's layer", "pass", "convolith", *(f"{way}, times longer" for way in WAYS)],
        (
            [
                row.layer.name,
                PASS_NAMES[row.direction],
                duration(row.seconds),
                *(times(row.times_longer[way]) for way in WAYS),
            ]
            for row in rows
        ),
    )


def duration(seconds: float) -> str:
    """Three digits in the unit that fits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def times(ratio: float) -> str:
    """Whole numbers from ten on."""
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}"


def put_between_marks(text: str, tables: str) -> str:
    """The text with what stands between the marks replaced; ValueError unless both marks are there, in order."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"expected the lines {BEGIN} and {END}, in this order")
    return f"{before}{BEGIN}\n{tables.strip()}\n{END}{after}"
