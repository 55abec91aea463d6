"""LeNet-5's training against torch: `python -m benchmarks.training`, a line for each of step, epoch and inference.

Both peers start from the same weights on the same images and must have the same first losses. An epoch is 60,000 images
in shuffled batches of 128, as `fit` has it; torch's is a plain loop over tensors in memory, which is faster than its
DataLoader. Torch runs in the faster of its two layouts and of its plain and fused optimizer steps.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from statistics import median
from typing import NamedTuple

import numpy as np

from benchmarks.options import add_turns
from benchmarks.peer import Peer
from benchmarks.quiet import wait_until_quiet
from benchmarks.timing import median_and_spread
from benchmarks.training_data import BATCH, IMAGES, OPTIMIZERS

KINDS = ("step", "epoch", "inference")


class TrainingRow(NamedTuple):
    """What was measured: seconds of each peer, the ratio torch / convolith, and torch's way."""

    kind: str
    optimizer: str
    seconds: float
    torch_seconds: float
    ratio: float
    spread: float
    layout: str

    @property
    def images_a_second(self) -> float:
        """Images that convolith takes a second."""
        return (IMAGES if self.kind == "epoch" else BATCH) / self.seconds


def measure(kinds: list[str], threads: int, pairs: int, patience: float, count: int = IMAGES) -> Iterator[TrainingRow]:
    """Times each kind with each optimizer in pairs, yielding each as it is done. An epoch has `count` images."""
    with Peer("convolith", threads) as ours, Peer("torch", threads) as theirs:
        for kind in kinds:
            for optimizer in OPTIMIZERS if kind == "step" else OPTIMIZERS[-1:]:
                request = {"do": "prepare_training", "what": kind, "optimizer": optimizer, "count": count}
                mine, other = ours.ask(**request), theirs.ask(**request)
                check(kind, mine["losses"], other["losses"])
                taken = []
                for _ in range(pairs):
                    wait_until_quiet(patience)
                    least = 1 if kind == "epoch" else 10
                    taken.append([peer.ask(do="time", least=least)["seconds"] for peer in (ours, theirs)])
                yield TrainingRow(
                    kind,
                    "-" if kind == "inference" else optimizer,
                    median(pair[0] for pair in taken),
                    median(pair[1] for pair in taken),
                    *median_and_spread([pair[1] / pair[0] for pair in taken]),
                    other["layout"],
                )


def check(kind: str, ours: list[float], theirs: list[float]) -> None:
    """Raise unless both peers had the same first loss, so did the same work; over an epoch's steps it may drift."""
    tolerance = 0.05 if kind == "epoch" else 1e-3
    if not np.allclose(ours[0], theirs[0], rtol=tolerance, atol=1e-5):
        raise RuntimeError(f"LeNet-5 {kind}: convolith's losses are {ours}, torch's {theirs}")


def main() -> None:
    """The command: prints a line a measurement."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__.split("\n\n")[0])
    add_turns(parser)
    parser.add_argument("--kind", action="append", default=[], choices=KINDS, help="what to time (may be repeated)")
    parser.add_argument("--images", type=int, default=IMAGES, help="of an epoch (%(default)s)")
    options = parser.parse_args()
    print(f"{'LeNet-5':10} {'optimizer':10} {'convolith ms':>12} {'torch ms':>9} {'ratio':>6}  torch's way")
    kinds = options.kind or list(KINDS)
    for row in measure(kinds, options.threads, options.pairs, options.patience, options.images):
        times = f"{row.seconds * 1e3:12.3f} {row.torch_seconds * 1e3:9.3f} {row.ratio:6.2f}"
        print(f"{row.kind:10} {row.optimizer:10} {times}  {row.layout}", flush=True)


if __name__ == "__main__":
    main()
