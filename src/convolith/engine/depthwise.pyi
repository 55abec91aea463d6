import numpy as np
from numpy.typing import NDArray

from convolith.engine.call import Call

Real = NDArray[np.floating]
Pair = tuple[int, int]

class DepthwiseGeometry:
    def __init__(
        self,
        input_shape: tuple[int, ...],
        kernel_shape: tuple[int, ...],
        strides: Pair,
        padding: tuple[Pair, Pair],
        dilation_rate: Pair,
    ) -> None: ...
    @property
    def output_shape(self) -> tuple[int, int, int, int]: ...

def depthwise_conv(
    geometry: DepthwiseGeometry, inputs: Real, kernel: Real, bias: Real | None, activation: str | None, out: Real
) -> Call | None: ...
def depthwise_conv_input_gradient(
    geometry: DepthwiseGeometry, upstream: Real, kernel: Real, out: Real
) -> Call | None: ...
def depthwise_conv_kernel_gradient(
    geometry: DepthwiseGeometry, inputs: Real, upstream: Real, out: Real
) -> Call | None: ...
def depthwise_conv_scratch(geometry: DepthwiseGeometry, direction: str, itemsize: int) -> int: ...
