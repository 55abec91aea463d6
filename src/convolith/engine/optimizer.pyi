import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.floating]

def sgd(
    parameter: Real, gradient: Real, velocity: Real | None, learning_rate: float, momentum: float, nesterov: bool
) -> None: ...
def adam(
    parameter: Real,
    gradient: Real,
    first_moment: Real,
    second_moment: Real,
    learning_rate: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    step: int,
) -> None: ...
