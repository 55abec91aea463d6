from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.floating]

def update(rule: str, numbers: Sequence[float], parameter: Real, gradient: Real, slots: Sequence[Real]) -> None: ...
