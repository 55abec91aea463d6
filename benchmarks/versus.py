"""Whole networks against torch and ONNX Runtime: `python -m benchmarks.versus --network resnet18 --kind training`.

Kinds, each a line a network and peer:

    training     a step (forward, backward, SGD with momentum) on one batch, against torch
    inference    of the same batch, against torch and ONNX Runtime
    batch1       inference of one image, against both
    memory       the most memory of a process that trains, against torch's
    first_step   the first step of a process against its later ones, convolith alone
    threads      a step of training on one thread against all threads, convolith alone

Peers run in turn (A B A B), each in a process of its own with the same threads; a ratio is the median of the pairs'.
Before they are timed, their losses or logits on the same weights and images must agree. Torch runs eager in the fastest
of its ways (memory layouts; plain, foreach or fused steps; for inference also as a frozen script, which folds batch
normalisation as convolith and ONNX Runtime do). ONNX Runtime runs what torch exported, with all its optimizations.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import machine, results
from benchmarks.layer_data import digests_agree
from benchmarks.network_data import NETWORKS, Network
from benchmarks.options import add_turns
from benchmarks.peer import Peer
from benchmarks.quiet import wait_until_quiet
from benchmarks.targets import LIMITED, TARGETS, Summary, Target, summaries
from benchmarks.timing import median_and_spread
from benchmarks.versus_row import VersusRow

KINDS = ("training", "inference", "batch1", "memory", "first_step", "threads")
PEERS = {
    "training": ("torch",),
    "inference": ("torch", "onnxruntime"),
    "batch1": ("torch", "onnxruntime"),
    "memory": ("torch",),
    "first_step": ("convolith, later steps",),
    "threads": ("convolith, 1 thread",),
}
TORCH_LAYOUTS = ("channels_last", "contiguous")
STEPS = 3  # after the first, in a fresh process


def measure(
    networks: list[Network], kinds: list[str], threads: int, pairs: int, patience: float, peers: list[str]
) -> Iterator[VersusRow]:
    """Measures each kind of each network against those of `peers` that it has, yielding each row as it is done."""
    for kind in kinds:
        for network in networks:
            if kind == "first_step":
                yield first_step(network, threads, pairs, patience)
            elif kind == "threads":
                yield scaling(network, threads, pairs, patience)
            elif kind == "memory":
                if "torch" in peers:
                    yield memory(network, threads, patience)
            else:
                for peer in PEERS[kind]:
                    if peer in peers:
                        yield in_turn(network, kind, peer, threads, pairs, patience)


def in_turn(network: Network, kind: str, peer: str, threads: int, pairs: int, patience: float) -> VersusRow:
    """Time a step or an inference of convolith and of a peer in turn."""
    shape = network._replace(batch=1) if kind == "batch1" else network
    what = "training" if kind == "training" else "inference"
    with Peer("convolith", threads) as ours, Peer(peer, threads) as theirs:
        request = {"do": "prepare_network", "network": shape.to_json(), "kind": what}
        if peer == "onnxruntime":
            way = _compare_exported(shape, ours, theirs, threads)
        else:
            # Masks of dropout differ, so the losses are compared without them.
            mine, other = (each.ask(**request, dropout=False) for each in (ours, theirs))
            check(f"{network.title} {kind}", mine, other)
            way = other["way"]
            if what == "training" and network.dropout:
                ours.ask(**request, dropout=True)
                theirs.ask(**request, dropout=True, way=way)
        taken, quiet = turns(ours, theirs, pairs, patience)
    return row(network, kind, peer, taken, [b / a for a, b in taken], way, quiet)


def _compare_exported(shape: Network, ours: Peer, theirs: Peer, threads: int) -> str:
    """Prepare ONNX Runtime with a file that torch writes; returns its way."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / f"{shape.name}.onnx")
        with Peer("torch", threads) as exporter:
            exporter.ask(do="export_network", network=shape.to_json(), path=path)
        other = theirs.ask(do="prepare_network", network=shape.to_json(), model=path)
    mine = ours.ask(do="prepare_network", network=shape.to_json(), kind="inference", dropout=False)
    check(f"{shape.title} inference", mine, other)
    return other["way"]


def check(what: str, ours: dict, theirs: dict) -> None:
    """Raise unless both peers had the same logits, or the same loss and the same fall of it in a step, so did the same
    work.
    """
    if "losses" in ours:
        (first, then), (other, other_then) = ours["losses"], theirs["losses"]
        agree = np.isclose(first, other, rtol=1e-3) and np.isclose(first - then, other - other_then, rtol=0.05)
    else:
        agree = digests_agree(ours["digest"], theirs["digest"])
    if not agree:
        raise RuntimeError(f"{what}: convolith computed {ours}, the peer {theirs}")


def turns(ours: Peer, theirs: Peer, pairs: int, patience: float) -> tuple[list[tuple[float, float]], bool]:
    """Seconds a call of both peers, in turn, and whether the machine was quiet before each pair."""
    taken, quiet = [], True
    for _ in range(pairs):
        quiet &= wait_until_quiet(patience)
        first, second = (peer.ask(do="time", turn=0.3, least=2)["seconds"] for peer in (ours, theirs))
        taken.append((first, second))
    return taken, quiet


def scaling(network: Network, threads: int, pairs: int, patience: float) -> VersusRow:
    """Time a step of convolith on all threads and on one, in turn."""
    with Peer("convolith", threads) as ours, Peer("convolith", 1) as single:
        for peer in (ours, single):
            peer.ask(do="prepare_network", network=network.to_json(), kind="training", dropout=True)
        taken, quiet = turns(ours, single, pairs, patience)
    return row(network, "threads", PEERS["threads"][0], taken, [b / a for a, b in taken], f"{threads} threads", quiet)


def memory(network: Network, threads: int, patience: float) -> VersusRow:
    """The peaks of fresh processes that train a few steps; torch's is that of the layout that takes less."""
    quiet = wait_until_quiet(patience)
    ours = started("convolith", network, threads)["peak"]
    theirs = {layout: started("torch", network, threads, way=f"{layout}, fused")["peak"] for layout in TORCH_LAYOUTS}
    layout = min(theirs, key=lambda each: theirs[each])
    return row(network, "memory", "torch", [(ours, theirs[layout])], [ours / theirs[layout]], layout, quiet)


def first_step(network: Network, threads: int, pairs: int, patience: float) -> VersusRow:
    """The first step (planning, packing) and later ones of fresh processes."""
    taken, quiet = [], True
    for _ in range(pairs):
        quiet &= wait_until_quiet(patience)
        answer = started("convolith", network, threads)
        taken.append((answer["first"], answer["steady"]))
    return row(network, "first_step", PEERS["first_step"][0], taken, [a / b for a, b in taken], "", quiet)


def started(peer: str, network: Network, threads: int, **request: str) -> dict:
    """What a fresh process says of its first steps of training."""
    with Peer(peer, threads) as fresh:
        return fresh.ask(do="start_training", network=network.to_json(), steps=STEPS, **request)


def row(
    network: Network,
    kind: str,
    peer: str,
    taken: list[tuple[float, float]],
    ratios: list[float],
    way: str,
    quiet: bool,
) -> VersusRow:
    """The medians of what was taken."""
    values = (median(pair[0] for pair in taken), median(pair[1] for pair in taken))
    return VersusRow(network.name, kind, peer, *values, *median_and_spread(ratios), way, quiet)


def line(row: VersusRow) -> str:
    """A row as a line of text."""
    unit, size = ("MB", 1e6) if row.kind == "memory" else ("ms", 1e-3)
    values = f"{row.value / size:10.2f} {row.peer_value / size:10.2f} {unit}"
    end = f"{row.way}{'' if row.quiet else ' busy'}"
    return f"{row.network:12} {row.kind:11} {row.peer:22} {values} {row.ratio:6.2f} +-{row.spread:4.0%}  {end}"


def summary_line(summary: Summary, targets: dict[tuple[str, str], Target]) -> str:
    """A summary as a line of text, with what is to be reached."""
    target = targets.get((summary.kind, summary.peer))
    aim = f"; to reach {target.mean:.2f}, {target.worst:.2f}" if target else ""
    middle = f"geometric mean {summary.mean:.2f}, worst {summary.worst:.2f} ({summary.network})"
    return f"{summary.kind} against {summary.peer}: {middle}{aim}"


def installed(peers: list[str]) -> list[str]:
    """Those of the peers that can run: ONNX Runtime needs what torch exports, and that the package onnx."""
    needs = {"torch": ("torch",), "onnxruntime": ("onnxruntime", "torch", "onnx")}
    return [peer for peer in peers if all(importlib.util.find_spec(name) for name in needs[peer])]


def limit_instructions(isa: str) -> None:
    """Let the peers that start from here use no more than an instruction set: convolith, oneDNN and ATen."""
    torch_names = {"avx512": ("AVX512_CORE", "avx512"), "avx2": ("AVX2", "avx2"), "plain": ("SSE41", "default")}
    os.environ["CONVOLITH_ISA"] = isa
    os.environ["ONEDNN_MAX_CPU_ISA"], os.environ["ATEN_CPU_CAPABILITY"] = torch_names[isa]


def add_versus(parser: argparse.ArgumentParser) -> None:
    """Which networks, kinds and peers are measured, and with which instructions."""
    parser.add_argument("--network", action="append", default=[], choices=NETWORKS, help="may be repeated")
    parser.add_argument("--kind", action="append", default=[], choices=KINDS, help="may be repeated")
    parser.add_argument("--peer", action="append", default=[], choices=("torch", "onnxruntime"), help="may be repeated")
    parser.add_argument("--isa", choices=("avx512", "avx2", "plain"), help="limit convolith and torch to it")


def main() -> None:
    """The command: prints a line a measurement, then the means."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.versus", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_versus(parser)
    add_turns(parser)
    parser.add_argument("--json", type=Path, help="write the rows into this file")
    options = parser.parse_args()
    if options.isa:
        limit_instructions(options.isa)
    networks = [NETWORKS[name] for name in options.network or NETWORKS]
    peers = installed(options.peer or ["torch", "onnxruntime"])
    print(machine.describe(options.threads))
    print(f"{'network':12} {'kind':11} {'peer':22} {'convolith':>10} {'peer':>10}     ratio", flush=True)
    rows = []
    turns_of = options.threads, options.pairs, options.patience
    for measured in measure(networks, options.kind or list(KINDS), *turns_of, peers):
        rows.append(measured)
        print(line(measured), flush=True)
    for summary in summaries(rows):
        print(summary_line(summary, LIMITED if options.isa else TARGETS))
    if options.json:
        options.json.write_text(results.to_json(options.threads, {"versus": rows}))


if __name__ == "__main__":
    main()
