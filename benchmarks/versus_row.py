"""What is known of a whole network after it was measured."""

from __future__ import annotations

from typing import NamedTuple


class VersusRow(NamedTuple):
    """What was measured: seconds (or bytes) of convolith and of the peer, and the median and spread of their ratio.

    The ratio is the peer's over convolith's, above 1 where convolith is faster; of memory and the first step it is
    convolith's over the peer's. The spread is half the distance of the quartiles, in parts of the ratio.
    """

    network: str
    kind: str
    peer: str
    value: float
    peer_value: float
    ratio: float
    spread: float
    way: str
    quiet: bool
