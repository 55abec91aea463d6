import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.floating]
Pair = tuple[int, int]

class PoolGeometry:
    def __init__(
        self,
        input_shape: tuple[int, ...],
        pool_size: Pair,
        strides: Pair,
        padding: tuple[Pair, Pair],
        count_include_pad: bool = False,
    ) -> None: ...
    @property
    def output_shape(self) -> tuple[int, int, int, int]: ...

def max_pool(geometry: PoolGeometry, inputs: Real, out: Real) -> None: ...
def max_pool_gradient(geometry: PoolGeometry, inputs: Real, upstream: Real, out: Real) -> None: ...
def average_pool(geometry: PoolGeometry, inputs: Real, out: Real) -> None: ...
def average_pool_gradient(geometry: PoolGeometry, upstream: Real, out: Real) -> None: ...
