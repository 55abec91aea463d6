import numpy as np
from numpy.typing import NDArray

from convolith.engine.call import Call

Real = NDArray[np.floating]

def dense(inputs: Real, kernel: Real, bias: Real | None, activation: str | None, out: Real) -> Call | None: ...
def dense_input_gradient(upstream: Real, kernel: Real, out: Real) -> Call | None: ...
def dense_kernel_gradient(inputs: Real, upstream: Real, out: Real) -> Call | None: ...
def streams_gradient(m: int, k: int, n: int, itemsize: int) -> bool: ...
def dense_sgd(
    kernel: Real,
    inputs: Real,
    upstream: Real,
    velocity: Real | None,
    learning_rate: float,
    momentum: float,
    nesterov: bool,
) -> None: ...
def dense_adam(
    kernel: Real,
    inputs: Real,
    upstream: Real,
    first_moment: Real,
    second_moment: Real,
    learning_rate: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    step: int,
) -> None: ...
def dense_scratch(m: int, k: int, n: int, direction: str, itemsize: int) -> int: ...
