"""LeNet-5's layers against naive loops: `python -m benchmarks.naive`, a line a layer and pass.

Pure Python, loops over NumPy arrays and NumPy's im2col run in a process of their own, with the same threads where they
have any. Each figure is how many times longer the naive way takes than convolith.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from statistics import median
from typing import NamedTuple

from benchmarks.layer_data import digests_agree
from benchmarks.naive_peer import WAYS
from benchmarks.network_shapes import Layer, read_network
from benchmarks.options import add_turns
from benchmarks.peer import Peer
from benchmarks.quiet import wait_until_quiet

LAYERS = ("conv2", "pool2", "fc1")


class NaiveRow(NamedTuple):
    """convolith's time of one pass of a layer, and how many times longer each naive way takes."""

    layer: Layer
    direction: str
    seconds: float
    times_longer: dict[str, float]


def measure(layers: list[Layer], threads: int, pairs: int, patience: float) -> Iterator[NaiveRow]:
    """Times every pass of every layer, yielding each as it is done; the slow ways run once, the fast ones in pairs."""
    with Peer("convolith", threads) as ours, Peer("naive", threads) as theirs:
        for layer in layers:
            for direction in layer.passes:
                request = {"do": "prepare_layer", "layer": layer.to_json(), "direction": direction}
                answer = ours.ask(**request)
                seconds, longer = [], {}
                for way in WAYS:
                    other = theirs.ask(**request, way=way)
                    if not digests_agree(other["digest"], answer["digest"]):
                        raise RuntimeError(f"{layer.name} {direction}: convolith and {way} computed different results")
                    turns = pairs if way == "NumPy im2col" else 1
                    wait_until_quiet(patience)
                    taken = [(ours.ask(do="time"), theirs.ask(do="time")) for _ in range(turns)]
                    seconds += [mine["seconds"] for mine, _ in taken]
                    longer[way] = median(theirs["seconds"] / mine["seconds"] for mine, theirs in taken)
                yield NaiveRow(layer, direction, median(seconds), longer)


def chosen() -> list[Layer]:
    """A convolution, a pooling and a dense layer of LeNet-5."""
    return [layer for layer in read_network("lenet5") if layer.name in LAYERS]


def main() -> None:
    """The command: prints a line a layer and pass as it is measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.naive", description=__doc__.split("\n\n")[0])
    add_turns(parser)
    options = parser.parse_args()
    print(f"{'layer':8} {'pass':15} {'convolith ms':>12}", *(f"{way + ' x':>16}" for way in WAYS))
    for row in measure(chosen(), options.threads, options.pairs, options.patience):
        longer = (f"{row.times_longer[way]:16,.1f}" for way in WAYS)
        print(f"{row.layer.name:8} {row.direction:15} {row.seconds * 1e3:12.3f}", *longer, flush=True)


if __name__ == "__main__":
    main()
