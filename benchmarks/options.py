"""The options that the benchmark commands share."""

from __future__ import annotations

import argparse
import os

from benchmarks.network_shapes import PASSES, networks


def add_layers(parser: argparse.ArgumentParser) -> None:
    """Which networks and passes are timed."""
    parser.add_argument("--only", action="append", default=[], choices=networks(), help="a network (may be repeated)")
    parser.add_argument("--pass", action="append", default=[], choices=PASSES, dest="directions", help="a pass")


def add_turns(parser: argparse.ArgumentParser) -> None:
    """How often and how the peers are timed."""
    parser.add_argument("--threads", type=int, default=available_threads(), help="threads of each peer (%(default)s)")
    parser.add_argument("--pairs", type=int, default=5, help="turns of each peer (%(default)s)")
    parser.add_argument("--patience", type=float, default=1.0, help="seconds to wait for a quiet machine (%(default)s)")


def available_threads() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
