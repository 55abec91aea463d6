"""What a trace in progress remembers, and which one that is."""

from __future__ import annotations

from contextvars import ContextVar

from convolith.graph.tensor import Node, Tensor, Variable, next_order


class Recording:
    """What a trace in progress has seen besides tensors.

    Attributes:
        effects: the changes of Variables, in order.
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
        self._parting, self._before = parting, 0

    def writes_to(self, variable: Variable) -> int:
        """Count the recorded effects of this part that change `variable`."""
        effects = self.effects[self._before :]
        return sum(node.inputs[position] is variable for node in effects for position in node.operation.writes)

    def part(self) -> bool:
        """Begin a new part, before which the effects so far are done; False where the trace must have one alone."""
        if self._parting:
            self.parts.append(next_order())
            self._before = len(self.effects)
        return self._parting


current: ContextVar[Recording | None] = ContextVar("convolith_recording", default=None)
"""The trace in progress in this thread, if any."""
