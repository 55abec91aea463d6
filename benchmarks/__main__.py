"""Every comparison in one command: `python -m benchmarks` prints the tables as Markdown.

They go into `--out`'s folder too (speeds.md, speeds.json, speeds.png), with `--readme` the short ones into README.md
between its marks, and with `--compare` it ends with exit code 1 if something became slower than in the baseline.
Everything takes about an hour on two cores, which should be idle. `--part`, `--network`, `--kind`, `--only` and
`--pass` take a part; with `--keep` what the folder's speeds.json has besides is kept, so that parts add up.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks import layers, naive, plot, regression, results, table, training, versus
from benchmarks.layer_summary import GROUPS, summaries
from benchmarks.machine import describe
from benchmarks.memory_bandwidth import memory_bandwidth
from benchmarks.multiply_add_peak import MultiplyAddPeak
from benchmarks.network_data import NETWORKS
from benchmarks.options import add_layers, add_turns
from benchmarks.versus_table import networks_table

PARTS = ("networks", "training", "layers", "naive")
README = Path(__file__).parents[1] / "README.md"


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", action="append", default=[], choices=PARTS, help="may be repeated")
    versus.add_versus(parser)
    add_layers(parser)
    add_turns(parser)
    parser.add_argument("--out", type=Path, default=Path("speeds"), help="folder for the files (%(default)s)")
    parser.add_argument("--keep", action="store_true", help="keep what the folder has and is not measured now")
    parser.add_argument("--readme", action="store_true", help="write the short tables into README.md")
    parser.add_argument("--compare", action="store_true", help="compare with the baseline")
    options = parser.parse_args()
    if options.isa:
        versus.limit_instructions(options.isa)
    if options.readme:
        table.put_between_marks(README.read_text(), "")  # an error now rather than after the measurements
    before = json.loads(regression.BASELINE.read_text()) if options.compare else None

    peak = MultiplyAddPeak(options.threads)
    about = f"{describe(options.threads)}. Multiply-add peak {peak.measure() / 1e9:.0f} GFLOP/s ({peak.method})."
    measured = measure(options)
    if options.keep and (options.out / "speeds.json").exists():
        measured = results.merged(results.from_json((options.out / "speeds.json").read_text()), measured)
    short, full = tables(measured, limited=bool(options.isa))
    text = "\n\n".join(["# Speeds", about, *full]) + "\n"
    print(text)
    write(options.out, text, measured, options.threads, about)
    if options.readme:
        README.write_text(table.put_between_marks(README.read_text(), "\n\n".join([about, *short])))
    if before is not None:
        return regression.report(json.loads((options.out / "speeds.json").read_text()), before)
    return 0


def measure(options: argparse.Namespace) -> dict[str, list[Any]]:
    """The rows of each part that was asked for and can be measured here."""
    parts = options.part or PARTS
    turns = options.threads, options.pairs, options.patience
    peers = versus.installed(options.peer or ["torch", "onnxruntime"])
    with_torch = importlib.util.find_spec("torch") is not None
    if not with_torch:
        print("torch is not installed: convolith is compared with itself and naive loops only", file=sys.stderr)
    found: dict[str, list[Any]] = {}
    if "networks" in parts:
        networks = [NETWORKS[name] for name in options.network or NETWORKS]
        rows = versus.measure(networks, options.kind or list(versus.KINDS), *turns, peers)
        found["versus"] = [tell(row, versus.line(row)) for row in rows]
    if "training" in parts and with_torch:
        rows = training.measure(["epoch"], *turns)
        found["training"] = [tell(row, f"LeNet-5 {row.kind}: {row.ratio:.2f}") for row in rows]
    if "layers" in parts and with_torch:
        rows = layers.measure(layers.chosen(options.only, options.directions, []), *turns)
        found["layers"] = [
            tell(row, f"{row.network} {row.layer.name} {row.direction}: {row.ratio or 0:.2f}") for row in rows
        ]
    if "naive" in parts:
        rows = naive.measure(naive.chosen(), *turns)
        found["naive"] = [tell(row, f"{row.layer.name} {row.direction}") for row in rows]
    return found


def tell(row: Any, line: str) -> Any:
    """Say on standard error what was just measured, and pass it on."""
    print(line, file=sys.stderr, flush=True)
    return row


def tables(measured: dict[str, list[Any]], limited: bool = False) -> tuple[list[str], list[str]]:
    """The tables for the README, and all of them with their headings; limited: as `networks_table` has it."""
    short, full = [], []

    def add(heading: str, text: str) -> None:
        short.append(text)
        full.append(f"## {heading}\n\n{text}")

    if measured.get("versus"):
        add("Whole networks", networks_table(measured["versus"], limited))
    if measured.get("training"):
        add("LeNet-5 against torch", table.training_table(measured["training"]))
    if measured.get("layers"):
        parts = summaries(measured["layers"])
        add("Layers against torch", table.groups_table(part for part in parts if part.what in GROUPS))
        full.append(table.groups_table(part for part in parts if part.what not in GROUPS))
        full.append(table.summary_table(measured["layers"]))
        for network in dict.fromkeys(row.network for row in measured["layers"]):
            of_network = [row for row in measured["layers"] if row.network == network]
            full.append(f"### {table.NETWORKS.get(network, network)}\n\n{table.layer_table(of_network)}")
    if measured.get("naive"):
        add("Against naive loops", table.naive_table(measured["naive"]))
    return short, full


def write(folder: Path, text: str, measured: dict[str, list[Any]], threads: int, about: str) -> None:
    """Write the tables, the rows and, where matplotlib is there, the picture."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "speeds.md").write_text(text)
    (folder / "speeds.json").write_text(results.to_json(threads, measured))
    versus_rows, layer_rows = measured.get("versus", []), measured.get("layers", [])
    if not (versus_rows or layer_rows):
        return
    if importlib.util.find_spec("matplotlib") is None:
        print("matplotlib is not installed (the extra plot): no picture", file=sys.stderr)
        return
    plot.draw(folder / "speeds.png", versus_rows, layer_rows, memory_bandwidth(threads), about)


if __name__ == "__main__":
    sys.exit(main())
