from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from convolith.engine.call import Call

Real = NDArray[np.floating]

NUMBERS: int
"""Of a step: what it keeps of the parameter, and as many as a rule may have."""

def update(rule: str, numbers: NDArray[np.float64], parameter: Real, gradient: Real, slots: Sequence[Real]) -> Call: ...
