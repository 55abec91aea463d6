import numpy as np
from numpy.typing import NDArray

from convolith.engine.call import Call
from convolith.engine.conv_geometry import ConvGeometry

Real = NDArray[np.floating]

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
