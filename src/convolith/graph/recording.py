"""What a trace in progress remembers, and which one that is."""

from __future__ import annotations

from collections import Counter
from contextvars import ContextVar

from convolith.graph.tensor import Node, Tensor, Variable, next_order


class Recording:
    """What a trace in progress has seen besides tensors.

    Attributes:
        effects: the changes of Variables, in order; `change` appends to them.
        known: what changed Variables will hold, where that is a tensor: it is what reads them from there on.
        parts: where a new part of the trace begins, as `Node.order`: it reads what the part before has changed.
        of_gradients: the first order behind what differentiation records for a node, and that node's order, ascending.

    Args:
        parting: whether the trace may have several parts (`convolith.graph.parts`).
    """

    def __init__(self, parting: bool = False) -> None:
        self.effects: list[Node] = []
        self.known: dict[Tensor, Tensor] = {}
        self.parts: list[int] = []
        self.of_gradients: list[tuple[int, int, int]] = []
        self._parting = parting
        self._written: Counter[Tensor | None] = Counter()

    def change(self, effect: Node) -> None:
        """Record a change of Variables."""
        self.effects.append(effect)
        self._written.update([effect.inputs[position] for position in effect.operation.writes])

    def writes_to(self, variable: Variable) -> int:
        """Count the recorded effects of this part that change `variable`."""
        return self._written[variable]

    def part(self) -> bool:
        """Begin a new part, before which the effects so far are done; False where the trace must have one alone."""
        if self._parting:
            self.parts.append(next_order())
            self._written.clear()
        return self._parting


current: ContextVar[Recording | None] = ContextVar("convolith_recording", default=None)
"""The trace in progress in this thread, if any."""
