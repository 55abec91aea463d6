"""Memory stated and taken: `python -m benchmarks.memory` trains and runs every network of `convolith.applications`.

Each network does a step of SGD with momentum and an inference on a batch of one image (`--batch`), each in a process of
its own, beside what `Model.summary(batch_size=)` states: the arrays exactly, Python's objects at the most. ResNet-110
trains within a limit, too, which is one of the arrays. A line that takes more than both ends in `MORE`, and the command
in exit code 1. Python, its modules and the threads' stacks (45 MB) are there before.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.network_variants import names

ROOT = Path(__file__).parents[1]
LIMITS = {"ResNet110": "20MB"}


class MemoryRow(NamedTuple):
    """Bytes of a network's pass: stated of arrays, all and those beside weights and optimizer, and objects; taken."""

    network: str
    kind: str
    limit: str
    arrays: int
    beside: int
    objects: int
    taken: int

    @property
    def more(self) -> bool:
        """Whether it takes more than what is stated."""
        return self.taken > self.arrays + self.objects


def measure(name: str, batch: int, kind: str, limit: str = "") -> MemoryRow:
    """Do a pass ("training" or "inference") in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.memory_peer", name, str(batch), kind, *([limit] if limit else [])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name}, {kind}: {done.stderr}")
    return MemoryRow(name, kind, limit, **json.loads(done.stdout))


def rows(networks: list[str], batch: int) -> Iterator[MemoryRow]:
    """Measure networks, yielding each pass as it is done."""
    for name in networks:
        for kind in ("training", "inference"):
            yield measure(name, batch, kind)
        if name in LIMITS:
            yield measure(name, batch, "training", LIMITS[name])


def main() -> None:
    """The command: prints a line a pass."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__.split("\n\n")[0])
    parser.add_argument("--network", action="append", default=[], choices=names(), metavar="NAME", help="repeatable")
    parser.add_argument("--batch", type=int, default=1, help="images (%(default)s)")
    options = parser.parse_args()
    print(f"{'network':21} {'pass':9} {'limit':7} {'arrays MB':>9} {'objects MB':>10} {'taken MB':>9}")
    more = 0
    for row in rows(options.network or names(), options.batch):
        sizes = [f"{size / 1e6:.1f}" for size in (row.arrays, row.objects, row.taken)]
        more += row.more
        start, end = f"{row.network:21} {row.kind:9} {row.limit:7}", "  MORE" if row.more else ""
        print(f"{start} {sizes[0]:>9} {sizes[1]:>10} {sizes[2]:>9}{end}", flush=True)
    sys.exit(1 if more else 0)


if __name__ == "__main__":
    main()
