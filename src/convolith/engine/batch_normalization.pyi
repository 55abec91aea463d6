import numpy as np
from numpy.typing import NDArray

from convolith.engine.call import Call

Real = NDArray[np.floating]

def normalize_batch(
    inputs: Real,
    gamma: Real | None,
    beta: Real | None,
    other: Real | None,
    epsilon: float,
    activation: str | None,
    mean: Real,
    variance: Real,
    out: Real,
) -> Call: ...
def normalize_batch_gradient(
    inputs: Real,
    mean: Real,
    variance: Real,
    upstream: Real,
    gamma: Real | None,
    beta: Real | None,
    epsilon: float,
    activation: str | None,
    result: Real | None,
    masked: Real | None,
    out: Real,
    by_gamma: Real,
    by_beta: Real,
) -> Call: ...
def normalize(
    inputs: Real, mean: Real, scale: Real, shift: Real, other: Real | None, activation: str | None, out: Real
) -> Call | None: ...
def normalize_batch_scratch(groups: int, rows: int, channels: int, gradient: bool, itemsize: int) -> int: ...
