import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.floating]
Pair = tuple[int, int]

class ConvGeometry:
    n: int
    h: int
    w: int
    ci: int
    co: int
    kernel_h: int
    kernel_w: int
    out_h: int
    out_w: int
    groups: int
    stride_h: int
    stride_w: int
    dilation_h: int
    dilation_w: int
    top: int
    left: int
    def __init__(
        self,
        input_shape: tuple[int, ...],
        kernel_shape: tuple[int, ...],
        strides: Pair,
        padding: tuple[Pair, Pair],
        dilation_rate: Pair,
        groups: int,
    ) -> None: ...
    @property
    def output_shape(self) -> tuple[int, int, int, int]: ...

def conv(
    geometry: ConvGeometry, inputs: Real, kernel: Real, bias: Real | None, activation: str | None, out: Real
) -> None: ...
def conv_input_gradient(geometry: ConvGeometry, upstream: Real, kernel: Real, out: Real) -> None: ...
def conv_kernel_gradient(geometry: ConvGeometry, inputs: Real, upstream: Real, out: Real) -> None: ...
