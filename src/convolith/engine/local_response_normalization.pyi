import numpy as np
from numpy.typing import NDArray

from convolith.engine.call import Call

Real = NDArray[np.floating]

def normalize_response(
    inputs: Real, before: int, after: int, bias: float, alpha: float, beta: float, out: Real
) -> Call | None: ...
def normalize_response_gradient(
    upstream: Real, inputs: Real, before: int, after: int, bias: float, alpha: float, beta: float, out: Real
) -> Call | None: ...
def normalize_response_scratch(
    size: int, channels: int, before: int, after: int, gradient: bool, itemsize: int
) -> int: ...
