import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.floating]

def dropout(inputs: Real, out: Real, rate: float, seed: int, counter: int) -> None: ...
