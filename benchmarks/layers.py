"""Single layers against torch: `python -m benchmarks.layers --only vgg16 --pass forward`, a line a layer.

Each layer and pass is timed in pairs: convolith, then torch, each in a process of its own with the same threads, at
least five times over. The ratio is torch's time over convolith's, the median of the pairs; above 1 convolith is faster.
convolith writes into arrays allocated before; torch allocates its result, as it always does. Torch runs in the faster
of its two layouts. The fraction of the multiply-add peak is of the highest peak measured so far in the same run.
A pair starts when the machine is quiet; a row ends in "busy" if it did not become so, and then trust only one thread's.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks import results
from benchmarks.layer_data import digests_agree
from benchmarks.layer_row import Row
from benchmarks.layer_summary import GROUPS, summaries
from benchmarks.multiply_add_peak import MultiplyAddPeak
from benchmarks.network_shapes import PASSES, Layer, networks, read_network
from benchmarks.options import add_layers, add_turns
from benchmarks.peer import Peer
from benchmarks.quiet import wait_until_quiet
from benchmarks.timing import median_and_spread


def measure(
    layers: list[tuple[str, Layer, str]], threads: int, pairs: int, patience: float, with_torch: bool = True
) -> Iterator[Row]:
    """Times (network, layer, pass) triples one after the other, yielding each as it is done.

    Waits at most `patience` seconds before each pair for a quiet machine.
    """
    peak = MultiplyAddPeak(threads)
    with Peer("convolith", threads) as ours:
        theirs = Peer("torch", threads) if with_torch else None
        try:
            for network, layer, direction in layers:
                yield _measure_one(network, layer, direction, pairs, patience, ours, theirs, peak)
        finally:
            if theirs is not None:
                theirs.close()


def _measure_one(
    network: str,
    layer: Layer,
    direction: str,
    pairs: int,
    patience: float,
    ours: Peer,
    theirs: Peer | None,
    peak: MultiplyAddPeak,
) -> Row:
    wait_until_quiet(patience)
    operations_a_second = peak.measure()
    request = {"do": "prepare_layer", "layer": layer.to_json(), "direction": direction}
    answer = ours.ask(**request)
    layout = ""
    if theirs is not None:
        other = theirs.ask(**request)
        layout = other["layout"]
        if not digests_agree(other["digest"], answer["digest"]):
            raise RuntimeError(f"{network} {layer.name} {direction}: convolith and torch computed different results")
    taken, quiet = [], True
    for _ in range(pairs):
        quiet &= wait_until_quiet(patience)
        taken.append([peer.ask(do="time")["seconds"] for peer in (ours, theirs) if peer is not None])
    ratio, spread = median_and_spread([pair[1] / pair[0] for pair in taken]) if theirs else (None, 0.0)
    return Row(
        network=network,
        layer=layer,
        direction=direction,
        seconds=median(pair[0] for pair in taken),
        torch_seconds=median(pair[1] for pair in taken) if theirs else None,
        ratio=ratio,
        spread=spread,
        layout=layout,
        peak=operations_a_second,
        quiet=quiet,
    )


def chosen(
    only: list[str], directions: list[str], layer_names: list[str], group: str = "all"
) -> list[tuple[str, Layer, str]]:
    """The (network, layer, pass) triples of a command line; an empty list means all."""
    return [
        (network, layer, direction)
        for network in only or networks()
        for direction in directions or PASSES
        for layer in read_network(network)
        if direction in layer.passes and GROUPS[group](layer) and (not layer_names or layer.name in layer_names)
    ]


def main() -> None:
    """The command: prints a line a layer as it is measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.layers", description=__doc__.split("\n\n")[0])
    add_layers(parser)
    add_turns(parser)
    parser.add_argument("--layer", action="append", default=[], help="a layer by its name (may be repeated)")
    parser.add_argument("--group", choices=GROUPS, default="all", help="of the layers (%(default)s)")
    parser.add_argument("--no-torch", action="store_true", help="time convolith alone")
    parser.add_argument("--no-winograd", action="store_true", help="time convolith's direct convolution")
    parser.add_argument("--json", type=Path, help="write the rows into this file")
    options = parser.parse_args()
    if options.no_winograd:
        os.environ["CONVOLITH_WINOGRAD"] = "0"
    layers = chosen(options.only, options.directions, options.layer, options.group)
    if not layers:
        parser.error("no such layer; their names are the first column of benchmarks/shapes/*.txt")
    print(f"{options.threads} threads; ratio = torch / convolith, above 1 convolith is faster")
    print(f"{'network':11} {'layer':13} {'pass':15} {'convolith ms':>12} {'torch ms':>9} {'ratio':>6}", end="")
    print(f" {'GFLOP/s':>8} {'% of peak':>9}  torch's layout")
    rows = []
    for row in measure(layers, options.threads, options.pairs, options.patience, not options.no_torch):
        rows.append(row)
        torch_ms = "-" if row.torch_seconds is None else f"{row.torch_seconds * 1e3:.3f}"
        ratio = "-" if row.ratio is None else f"{row.ratio:.2f}"
        speed = f"{row.speed / 1e9:8.1f} {row.fraction_of_peak:9.0%}" if row.layer.operations else f"{'-':>8} {'-':>9}"
        line = f"{row.network:11} {row.layer.name:13} {row.direction:15} {row.seconds * 1e3:12.3f} {torch_ms:>9}"
        print(f"{line} {ratio:>6} {speed}  {row.layout}{'' if row.quiet else ' busy'}", flush=True)
    for summary in summaries(rows):
        print(summary.line())
    if options.json:
        options.json.write_text(results.to_json(options.threads, {"layers": rows}))


if __name__ == "__main__":
    main()
