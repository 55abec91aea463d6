"""Memory stated and taken: `python -m benchmarks.memory` trains and runs every network of `convolith.applications`.

Each network does a step of SGD with momentum and an inference on a batch of one image (`--batch`), each in a process of
its own, beside what `Model.summary(batch_size=)` states; ResNet-110 trains within a limit, too. A line that takes more
than what is stated and an allowance ends in `MORE`, and the command in exit code 1.

The allowance is for what the numbers of a plan do not hold: the interpreter's own objects, which are layers, graphs and
plans, and what allocators round up. It was measured as 3 to 8 MB for small networks, 6 to 12 KB a layer for deep ones
and below one per cent for large ones; Python, its modules and the threads' stacks (45 MB) are there before.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
LIMITS = {"ResNet110": "20MB"}
NO_NETWORKS = {"CIFARResNet", "ResNeXt", "VGG", "WideResNet"}  # but families, whose depth is an argument


class MemoryRow(NamedTuple):
    """Bytes of a network's pass: stated in all, and beside weights and optimizer; taken; and how many layers it has."""

    network: str
    kind: str
    limit: str
    stated: int
    beside: int
    taken: int
    layers: int

    @property
    def allowance(self) -> int:
        """What it may take beside what is stated."""
        return (12 << 20) + self.layers * (16 << 10) + self.stated // 100


def networks() -> list[str]:
    """The names of all networks."""
    from convolith import applications

    classes = [name for name in dir(applications) if name[0].isupper()]
    return [name for name in classes if name not in NO_NETWORKS]


def measure(name: str, batch: int, kind: str, limit: str = "") -> MemoryRow:
    """Do a pass ("training" or "inference") in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.memory_peer", name, str(batch), kind, *([limit] if limit else [])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name}, {kind}: {done.stderr}")
    return MemoryRow(name, kind, limit, **json.loads(done.stdout))


def rows(names: list[str], batch: int) -> Iterator[MemoryRow]:
    """Measure networks, yielding each pass as it is done."""
    for name in names:
        for kind in ("training", "inference"):
            yield measure(name, batch, kind)
        if name in LIMITS:
            yield measure(name, batch, "training", LIMITS[name])


def main() -> None:
    """The command: prints a line a pass."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__.split("\n\n")[0])
    parser.add_argument("--network", action="append", default=[], choices=networks(), metavar="NAME", help="repeatable")
    parser.add_argument("--batch", type=int, default=1, help="images (%(default)s)")
    options = parser.parse_args()
    print(f"{'network':18} {'pass':9} {'limit':7} {'stated MB':>10} {'taken MB':>9} {'allowed MB':>11}")
    more = 0
    for row in rows(options.network or networks(), options.batch):
        numbers = (row.stated, row.taken, row.stated + row.allowance)
        stated, taken, allowed = (f"{number / 1e6:.1f}" for number in numbers)
        more += row.taken > row.stated + row.allowance
        end = "  MORE" if row.taken > row.stated + row.allowance else ""
        print(f"{row.network:18} {row.kind:9} {row.limit:7} {stated:>10} {taken:>9} {allowed:>11}{end}", flush=True)
    sys.exit(1 if more else 0)


if __name__ == "__main__":
    main()
