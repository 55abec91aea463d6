"""An effect that reads what it changes: after the effects before it."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.graph.tensor import Variable
from convolith.ops.update import Assign


class AddInPlace(Assign):
    """variable += value, of the value that earlier effects have given it."""

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        variable, value = inputs
        variable += value


def add_in_place(variable: Variable, value: Any) -> None:
    """Add a value to a variable, now or at the end of each run of the trace in progress."""
    AddInPlace()(variable, value)
