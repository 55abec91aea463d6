"""How much memory training may take: what ``compile(memory_limit=...)`` means, and a graph that keeps to it."""

from __future__ import annotations

import re
from typing import Any

from convolith.graph.recompute import NoPlan, recompute
from convolith.graph.tensor import Variable
from convolith.graph.trace import Graph

UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "KI": 2**10, "MI": 2**20, "GI": 2**30, "TI": 2**40}
TEXT = re.compile(r"\s*(\d+(?:\.\d+)?|\.\d+)\s*([KMGT]I?)?B?\s*", re.IGNORECASE)


def bytes_of(owner: str, value: Any) -> int | None:
    """Return a number of bytes from an integer or from text such as "1.5 GiB" (2**30) or "500MB" (10**6).

    Args:
        owner: whose argument it is, for errors.
        value: None stays None.

    Raises:
        ValueError: it is none of these, or not above 0.
    """
    if value is None:
        return None
    found = TEXT.fullmatch(value) if isinstance(value, str) else None
    if found is not None:
        size = int(float(found[1]) * UNITS[(found[2] or "").upper()])
    else:
        size = value if isinstance(value, int) and not isinstance(value, bool) else 0
    if size < 1:
        raise ValueError(f'{owner}: memory_limit must be bytes, or text such as "1GiB" or "500 MB", got {value!r}')
    return size


def limited(graph: Graph, limit: int | None, batch_size: int) -> Graph:
    """Give a graph of a step of training that keeps to a limit, with its weights and what the optimizer keeps of them.

    Args:
        graph: with the gradients and the optimizer's effects.
        limit: bytes; None for none.
        batch_size: of the graph, for the error.

    Raises:
        ValueError: no such graph fits; the text says how much the smallest needs.
    """
    if limit is None:
        return graph
    leaves = {tensor for node in graph.nodes() for tensor in node.inputs if isinstance(tensor, Variable)}
    held = sum(variable.value.nbytes for variable in leaves)
    try:
        return recompute(graph, limit - held)
    except NoPlan as error:
        error.args = (
            f"no plan of training with {batch_size} samples fits into memory_limit={limit:,} bytes: with weights and "
            f"optimizer, the smallest needs {error.smallest + held:,}",
        )
        raise
