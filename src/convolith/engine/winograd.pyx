"""When Winograd's minimal filtering pays, and the switch that turns it off."""

import os

from convolith.engine.dispatch cimport f32
from convolith.engine.winograd cimport KERNEL, PRODUCTS, SUMS, Tiles, tiles_of

cdef enum:
    TRANSFORM = 200           # of a tile's vector of channels, in multiply-adds of vectors
    FEWEST_CHANNELS = 16      # that pay

# What a multiply-add costs with all that comes with it, of the definition and of a product of transformed tiles. These
# and the transforms were fitted to measured speeds, from 4 x 4 to 56 x 56 pixels and from 16 to 512 channels.
cdef double DIRECT = 1.1
cdef double PRODUCT = 1.3
cdef double LEAST = 1.15      # the speed-up that is worth the larger error; the model is off by about as much

cdef bint enabled = True
cdef bint forced = False      # also where it does not pay


cdef double speedup(ptrdiff_t images, ptrdiff_t height, ptrdiff_t width, ptrdiff_t ci, ptrdiff_t co, ptrdiff_t taps,
                    ptrdiff_t kernel) noexcept nogil:
    """How many times faster than by definition; 0 for what cannot be done."""
    cdef Tiles tiles
    cdef double inputs, outputs
    if taps != 3 and taps != 5:
        return 0
    tiles = tiles_of(images, height, width, 7 - taps)
    inputs, outputs = <double>ci / f32.lanes, <double>co / f32.lanes
    return DIRECT * images * height * width * taps * taps * ci * outputs / (
        PRODUCT * PRODUCTS * tiles.count * ci * outputs + TRANSFORM * tiles.count * (inputs + outputs)
        + kernel * ci * outputs)


cdef bint pays(ptrdiff_t images, ptrdiff_t height, ptrdiff_t width, ptrdiff_t ci, ptrdiff_t co, ptrdiff_t taps,
               ptrdiff_t kernel) noexcept nogil:
    if not enabled or (min(ci, co) < FEWEST_CHANNELS and not forced):
        return False
    return speedup(images, height, width, ci, co, taps, kernel) > (0 if forced else LEAST)


def expected_speedup(shape, taps, co, kernel_gradient=False):
    """How many times faster than by definition a convolution of `taps` x `taps` is expected to be; 0 where it is none.

    Args:
        shape: (n, h, w, ci) of the outputs' pixels and the inputs' channels.
        taps: of the kernel along each axis.
        co: channels of the outputs.
        kernel_gradient: of that pass, else of the two others.
    """
    n, h, w, ci = shape
    return speedup(n, h, w, ci, co, taps, SUMS if kernel_gradient else KERNEL)


def is_enabled():
    """Whether convolutions may be computed by minimal filtering."""
    return bool(enabled)


def enable(bint on, bint always=False):
    """Allow or forbid it; `always`, for tests, also where it does not pay."""
    global enabled, forced
    enabled, forced = on, always


def start():
    """Take the environment's word. Called once, when the module is loaded."""
    word = os.environ.get("CONVOLITH_WINOGRAD", "")
    if word not in ("", "0", "1"):
        raise ImportError(f"CONVOLITH_WINOGRAD: expected 0 or 1, got {word!r}")
    enable(word != "0")


start()
