import numpy as np
from numpy.typing import NDArray

from convolith.engine.call import Call

Real = NDArray[np.floating]

class ConvGeometry:
    n: int
    d: int
    h: int
    w: int
    ci: int
    co: int
    kernel_d: int
    kernel_h: int
    kernel_w: int
    out_d: int
    out_h: int
    out_w: int
    groups: int
    stride_d: int
    stride_h: int
    stride_w: int
    dilation_d: int
    dilation_h: int
    dilation_w: int
    front: int
    top: int
    left: int
    output_shape: tuple[int, ...]
    def __init__(
        self,
        input_shape: tuple[int, ...],
        kernel_shape: tuple[int, ...],
        strides: tuple[int, ...],
        padding: tuple[tuple[int, int], ...],
        dilation_rate: tuple[int, ...],
        groups: int,
    ) -> None: ...

def conv(
    geometry: ConvGeometry,
    inputs: Real,
    kernel: Real,
    bias: Real | None,
    activation: str | None,
    out: Real,
    accumulate: bool = False,
) -> Call | None: ...
def conv_input_gradient(
    geometry: ConvGeometry,
    upstream: Real,
    kernel: Real,
    out: Real,
    bias: Real | None = None,
    activation: str | None = None,
) -> Call | None: ...
def conv_kernel_gradient(geometry: ConvGeometry, inputs: Real, upstream: Real, out: Real) -> Call | None: ...
def conv_packs(geometry: ConvGeometry) -> bool: ...
def conv_packed_size(geometry: ConvGeometry) -> int: ...
def conv_pack(geometry: ConvGeometry, kernel: Real, out: Real) -> None: ...
def conv_packed(
    geometry: ConvGeometry,
    inputs: Real,
    packed: Real,
    bias: Real | None,
    activation: str | None,
    out: Real,
    accumulate: bool = False,
) -> Call | None: ...
