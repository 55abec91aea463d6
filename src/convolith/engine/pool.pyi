import numpy as np
from numpy.typing import NDArray

from convolith.engine.call import Call

Real = NDArray[np.floating]
Sizes = tuple[int, ...]

class PoolGeometry:
    def __init__(
        self,
        input_shape: Sizes,
        pool_size: Sizes,
        strides: Sizes,
        padding: tuple[tuple[int, int], ...],
        dilation_rate: Sizes | None = None,
        ceil_mode: bool = False,
        divisor: str = "inside",
    ) -> None: ...
    @staticmethod
    def adaptive(input_shape: Sizes, output_size: Sizes) -> PoolGeometry: ...
    @property
    def output_shape(self) -> Sizes: ...

def max_pool(geometry: PoolGeometry, inputs: Real, out: Real) -> Call | None: ...
def max_pool_gradient(
    geometry: PoolGeometry, inputs: Real, upstream: Real, out: Real, positive: bool = False
) -> Call | None: ...
def max_pool_indices(geometry: PoolGeometry, inputs: Real, out: NDArray[np.int64]) -> Call | None: ...
def average_pool(geometry: PoolGeometry, inputs: Real, out: Real) -> Call | None: ...
def average_pool_gradient(geometry: PoolGeometry, upstream: Real, out: Real) -> Call | None: ...
def pool_scratch(geometry: PoolGeometry) -> int: ...
