"""Whether convolith became slower: `python -m benchmarks.regression speeds/speeds.json`, exit code 1 if it did.

Compares the ratios of a result of `python -m benchmarks` with those of the committed baseline. Ratios against peers
that were timed in turn hold from machine to machine far better than seconds do. A ratio may be worse by a tenth and by
twice the spreads of both measurements; what is worse than that is a regression. Without a file it measures the whole
networks that the baseline has, and compares those.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import results, versus
from benchmarks.network_data import NETWORKS
from benchmarks.options import add_turns
from benchmarks.targets import LOWER_IS_BETTER

BASELINE = Path(__file__).parent / "baseline" / "speeds.json"
ALWAYS_ALLOWED = 0.10
SPREADS_ALLOWED = 2.0
COMPARED = ("versus", "layers", "training")


class Measured(NamedTuple):
    """A ratio with its spread in parts of it, and whether less of it is better."""

    ratio: float
    spread: float
    lower_is_better: bool


class Change(NamedTuple):
    """A ratio now and in the baseline: `factor` is above 1 where it became better, `allowed` the least that may be."""

    what: str
    now: float
    before: float
    factor: float
    allowed: float

    @property
    def regressed(self) -> bool:
        """Whether it became worse beyond the noise."""
        return self.factor < self.allowed

    def line(self) -> str:
        """The change as a line of text."""
        verdict = "REGRESSION" if self.regressed else "better" if self.factor * self.allowed > 1 else "as before"
        return f"{self.what:50} {self.before:6.2f} -> {self.now:6.2f}  {self.factor - 1:+5.0%}  {verdict}"


def read(result: Mapping[str, Any]) -> dict[str, Measured]:
    """The ratios of a result, by what they are of; rows that have none are left out."""
    found = {}
    for part in COMPARED:
        for row in result.get(part, ()):
            if row["ratio"] is not None:
                key = " ".join([part, *(row[field] for field in results.KEYS[part])])
                found[key] = Measured(row["ratio"], row["spread"], row.get("kind") in LOWER_IS_BETTER)
    return found


def compare(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[Change]:
    """The changes of what both results have, in the baseline's order."""
    measured = read(now)
    changes = []
    for what, old in read(before).items():
        if what in measured:
            new = measured[what]
            factor = old.ratio / new.ratio if old.lower_is_better else new.ratio / old.ratio
            allowed = 1 / (1 + ALWAYS_ALLOWED + SPREADS_ALLOWED * (old.spread + new.spread))
            changes.append(Change(what, new.ratio, old.ratio, factor, allowed))
    return changes


def report(now: Mapping[str, Any], before: Mapping[str, Any]) -> int:
    """Print the changes; the exit code: 1 where something became worse, 2 where there was nothing to compare."""
    differing = [name for name, value in before["machine"].items() if now["machine"].get(name) != value]
    if differing:
        print("differs from the baseline's machine: " + ", ".join(differing))
    changes = compare(now, before)
    for change in changes:
        print(change.line())
    missing = len(read(before)) - len(changes)
    regressed = sum(change.regressed for change in changes)
    print(f"{len(changes)} ratios compared, {missing} of the baseline not measured, {regressed} regressed")
    return 1 if regressed else 0 if changes else 2


def measured_again(before: Mapping[str, Any], threads: int, pairs: int, patience: float) -> dict[str, Any]:
    """A result with the whole networks that the baseline has, measured now."""
    rows = []
    for kind, peer in dict.fromkeys((row["kind"], row["peer"]) for row in before.get("versus", ())):
        names = [row["network"] for row in before["versus"] if (row["kind"], row["peer"]) == (kind, peer)]
        peers = versus.installed([peer]) if peer in ("torch", "onnxruntime") else []
        networks = [NETWORKS[name] for name in names]
        for row in versus.measure(networks, [kind], threads, pairs, patience, peers):
            print(versus.line(row), file=sys.stderr, flush=True)
            rows.append(row)
    return json.loads(results.to_json(threads, {"versus": rows}))


def main() -> int:
    """The command: prints a line a ratio."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.regression", description=__doc__)
    parser.add_argument("result", nargs="?", type=Path, help="a JSON file of python -m benchmarks; else it measures")
    parser.add_argument("--baseline", type=Path, default=BASELINE, help="a JSON file too (%(default)s)")
    add_turns(parser)
    options = parser.parse_args()
    before = json.loads(options.baseline.read_text())
    if options.result:
        now = json.loads(options.result.read_text())
    else:
        now = measured_again(before, options.threads, options.pairs, options.patience)
    return report(now, before)


if __name__ == "__main__":
    sys.exit(main())
