from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from convolith.engine.call import Call

Float32 = NDArray[np.float32]

CURVES: tuple[str, ...]

def curve(function: str, inputs: Float32, out: Float32, numbers: Sequence[float] = ()) -> Call: ...
def curve_gradient(
    function: str, upstream: Float32, inputs: Float32, out: Float32, numbers: Sequence[float] = ()
) -> Call: ...
