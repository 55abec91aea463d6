"""When Winograd's minimal filtering pays, and the switch that turns it off."""

import os

from convolith.engine.dispatch cimport f32
from convolith.engine.winograd cimport Tiles, tiles_of

# Costs in multiply-adds of vectors, of a tile's transform of one vector of channels; measured with AVX-512 and AVX2.
cdef enum:
    INPUT = 200
    OUTPUT = 200
    KERNEL = 170              # of one input channel's vector of filters

cdef double DIRECT = 1.1      # how much a multiply-add of each way costs with all that comes with it
cdef double PRODUCT = 1.3

cdef bint enabled = True


cdef bint pays(ptrdiff_t images, ptrdiff_t height, ptrdiff_t width, ptrdiff_t ci, ptrdiff_t co,
               ptrdiff_t taps) noexcept nogil:
    cdef Tiles tiles
    cdef double inputs, outputs, direct, filtered
    if not enabled or (taps != 3 and taps != 5) or ci < f32.lanes or co < f32.lanes:
        return False
    tiles = tiles_of(images, height, width, 7 - taps)
    inputs, outputs = <double>ci / f32.lanes, <double>co / f32.lanes
    direct = DIRECT * images * height * width * taps * taps * ci * outputs
    filtered = (PRODUCT * 36 * tiles.count * ci * outputs + tiles.count * (INPUT * inputs + OUTPUT * outputs)
                + KERNEL * ci * outputs)
    return filtered < direct


def is_enabled():
    """Whether convolutions may be computed by minimal filtering."""
    return bool(enabled)


def enable(on):
    """Allow or forbid it."""
    global enabled
    enabled = on


def start():
    """Take the environment's word. Called once, when the module is loaded."""
    word = os.environ.get("CONVOLITH_WINOGRAD", "1")
    if word not in ("0", "1", ""):
        raise ImportError(f"CONVOLITH_WINOGRAD: expected 0 or 1, got {word!r}")
    enable(word != "0")


start()
