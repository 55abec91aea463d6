"""Every comparison in one command: `python -m benchmarks` prints the tables as Markdown.

With `--out FILE` they go into a file as well, and with `--readme` the short ones go into README.md between its marks.
`--only`, `--pass` and `--part` take a part; everything takes about fifteen minutes on two cores, which should be idle.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path

from benchmarks import layers, naive, table, training
from benchmarks.machine import describe
from benchmarks.multiply_add_peak import MultiplyAddPeak
from benchmarks.options import add_layers, add_turns

PARTS = ("training", "layers", "naive")
README = Path(__file__).parents[1] / "README.md"


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.split("\n\n")[0])
    add_layers(parser)
    add_turns(parser)
    parser.add_argument("--part", action="append", default=[], choices=PARTS, help="a part (may be repeated)")
    parser.add_argument("--out", type=Path, help="write all tables into this Markdown file")
    parser.add_argument(
        "--readme", action="store_true", help="write the short tables into README.md, between its marks"
    )
    options = parser.parse_args()
    parts = options.part or PARTS
    with_torch = importlib.util.find_spec("torch") is not None
    turns = options.threads, options.pairs, options.patience
    if options.readme:
        table.put_between_marks(README.read_text(), "")  # an error now rather than after the measurements

    peak = MultiplyAddPeak(options.threads)
    about = f"{describe(options.threads)}. Multiply-add peak {peak.measure() / 1e9:.0f} GFLOP/s ({peak.method})."
    short, full = [about], [f"# Speeds\n\n{about}"]
    if "training" in parts and with_torch:
        rows = [tell(row) for row in training.measure(list(training.KINDS), *turns)]
        short.append(table.training_table(rows))
        full.append(f"## LeNet-5 against torch\n\n{short[-1]}")
    if "layers" in parts and with_torch:
        measured = [tell(row) for row in layers.measure(layers.chosen(options.only, options.directions, []), *turns)]
        short.append(table.summary_table(measured))
        full.append(f"## Layers against torch\n\n{short[-1]}")
        for network in dict.fromkeys(row.network for row in measured):
            of_network = [row for row in measured if row.network == network]
            full.append(f"### {table.NETWORKS.get(network, network)}\n\n{table.layer_table(of_network)}")
    if "naive" in parts:
        slow = [tell(row) for row in naive.measure(naive.chosen(), *turns)]
        short.append(table.naive_table(slow))
        full.append(f"## Against naive loops\n\n{short[-1]}")

    print("\n\n".join(full))
    if not with_torch:
        print("\ntorch is not installed: only the naive loops were measured", file=sys.stderr)
    if options.out:
        options.out.write_text("\n\n".join(full) + "\n")
    if options.readme:
        README.write_text(table.put_between_marks(README.read_text(), "\n\n".join(short)))


def tell(row: layers.Row | naive.NaiveRow | training.TrainingRow):
    """Say on standard error what was just measured, and pass it on."""
    kind = (
        f"{row.kind} {row.optimizer}" if isinstance(row, training.TrainingRow) else f"{row.layer.name} {row.direction}"
    )
    print(f"{kind}: {table.duration(row.seconds)}", file=sys.stderr, flush=True)
    return row


if __name__ == "__main__":
    main()
