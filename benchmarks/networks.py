"""The networks of convolith.applications compared: `python -m benchmarks.networks` writes docs/networks.md and .png.

For each network its weights, operations and memory, the images a second that it infers and trains here on batches of 1
and 8 (each network in a process of its own), and its accuracy as published (published_accuracy.txt says where). With
`--network` only some are measured; the others keep their lines from docs/networks.json.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import machine
from benchmarks.networks_page import Accuracy, NetworkRow, draw, page
from benchmarks.options import available_threads
from benchmarks.peer import Peer

FOLDER = Path(__file__).parents[1] / "docs"
ACCURACY = Path(__file__).parent / "published_accuracy.txt"
BATCHES = (1, 8)
MOST_MEMORY = 0.7  # of what is free, that a step may take


def published(path: Path = ACCURACY) -> dict[str, Accuracy]:
    """What was published of each network, by its name, in the file's order."""
    found = {}
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            name, accuracy, data, source = line.split(maxsplit=3)
            found[name] = Accuracy(None if accuracy == "-" else float(accuracy), data, source)
    return found


def measure(names: list[str], threads: int) -> Iterator[NetworkRow]:
    """Measures each network in a process of its own, yielding each as it is done."""
    for name in names:
        with Peer("networks", threads) as peer:
            yield measure_one(name, peer)


def measure_one(name: str, peer: Peer) -> NetworkRow:
    """Build, count and time one network; a batch whose training would not fit into memory is left out (None)."""
    about = peer.ask(do="build", name=name)
    inference = [peer.ask(do="time", training=False, batch=batch) for batch in BATCHES]
    training = []
    for batch in BATCHES:
        needed = peer.ask(do="needed", batch=batch)
        fits = needed["bytes"] <= MOST_MEMORY * needed["free"]
        training.append(peer.ask(do="time", training=True, batch=batch) if fits else None)
    speeds = [
        batch / answer["seconds"] if answer else None
        for batch, answer in zip(BATCHES * 2, [*inference, *training], strict=True)
    ]
    last = training[-1]
    return NetworkRow(
        name,
        about["image"][0],
        about["parameters"],
        about["flops"],
        inference[0]["peak"],
        last["peak"] if last else None,
        *speeds,
    )


def main() -> None:
    """The command: prints a line a network."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.networks", description=__doc__.split("\n\n")[0])
    accuracies = published()
    parser.add_argument("--network", action="append", default=[], choices=accuracies, help="may be repeated")
    parser.add_argument("--missing", action="store_true", help="only networks that docs/networks.json has not")
    parser.add_argument("--threads", type=int, default=available_threads(), help="(%(default)s)")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for the files (%(default)s)")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    kept = options.out / "networks.json"
    rows = {}
    if kept.exists():
        rows = {fields["name"]: NetworkRow(**fields) for fields in json.loads(kept.read_text())["networks"]}
    names = options.network or [name for name in accuracies if not (options.missing and name in rows)]
    for row in measure(names, options.threads):
        rows[row.name] = row
        print(row.line(), flush=True)
        about = machine.about(options.threads)
        text = json.dumps({"machine": about, "networks": [each._asdict() for each in rows.values()]}, indent=1)
        kept.write_text(text + "\n")
    ordered = [rows[name] for name in accuracies if name in rows]
    (options.out / "networks.md").write_text(page(ordered, accuracies, machine.describe(options.threads)))
    if importlib.util.find_spec("matplotlib") is None:
        print("matplotlib is not installed (the extra plot): no picture", file=sys.stderr)
        return
    draw(options.out / "networks.png", ordered, accuracies)


if __name__ == "__main__":
    main()
