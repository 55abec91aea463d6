from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convolith.graph.arena import Arena, Buffer, Memory, empty, place

lifetimes = st.tuples(st.integers(0, 10_000), st.integers(0, 30), st.integers(0, 10))


def lower_bound(buffers):
    """What any placing needs: the most that is alive at one step."""
    return max(
        (sum(b.size for b in buffers if b.first <= step <= b.last) for step in range(60)),
        default=0,
    )


@given(st.lists(lifetimes, max_size=40))
def test_what_is_alive_together_does_not_overlap(entries):
    buffers = [Buffer(size, first, first + length) for size, first, length in entries]
    total = place(buffers)
    for number, one in enumerate(buffers):
        assert one.offset % 64 == 0 and one.offset + one.size <= total
        for other in buffers[:number]:
            together = one.first <= other.last and other.first <= one.last
            apart = one.offset + one.size <= other.offset or other.offset + other.size <= one.offset
            assert apart or not together or not one.size or not other.size
    assert lower_bound(buffers) <= total <= sum(-(-b.size // 64) * 64 for b in buffers)


def test_places_again_what_has_ended():
    assert place([Buffer(640, step, step) for step in range(100)]) == 640
    assert place([Buffer(640, step, step + 1) for step in range(100)]) == 1280
    assert place([]) == 0


def test_a_buffer_goes_into_the_smallest_gap():
    long = [Buffer(6400, 0, 9), Buffer(6336, 0, 1), Buffer(6272, 0, 9), Buffer(640, 0, 1), Buffer(576, 0, 9)]
    small = Buffer(512, 5, 6)
    place([*long, small])
    assert small.offset == long[3].offset


def test_real_networks_come_close_to_the_lower_bound():
    """A chain of shrinking activations that a gradient reads again from the end: the usual training step."""
    sizes = [64 * size for size in (1024, 1024, 256, 512, 512, 128, 256, 64, 32, 1)]
    count = len(sizes)
    forward = [Buffer(size, step, 2 * count - step) for step, size in enumerate(sizes)]
    backward = [Buffer(size, 2 * count - step, 2 * count - step + 1) for step, size in enumerate(sizes)]
    assert place(forward + backward) <= 1.05 * lower_bound(forward + backward)


def test_empty_is_aligned_and_contiguous():
    for shape in ((), (3,), (0, 4), (5, 7, 3)):
        for dtype in (np.float32, np.float64, np.uint8):
            array = empty(shape, dtype)
            assert array.shape == shape and array.dtype == dtype and array.flags.c_contiguous and array.flags.writeable
            assert array.ctypes.data % 64 == 0


def test_the_block_grows_and_never_shrinks():
    arena = Arena()
    arena.reserve(1000)
    block = arena.block
    assert block.nbytes == 1000 and block.ctypes.data % 64 == 0
    arena.reserve(10)
    assert arena.block is block
    arena.reserve(5 << 20)
    assert arena.block.nbytes == 5 << 20 and arena.block.ctypes.data % (2 << 20) == 0


def test_memory_for_objects_is_refused():
    for dtype in (object, [("a", "f4"), ("b", object)]):
        with pytest.raises(TypeError, match="empty: dtype must be one of numbers, got"):
            empty((3,), dtype)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9)), max_size=5), st.integers(0, 60), st.data())
def test_meeting_memory_is_what_numpy_says(pieces, start, data):
    block, arrays, end = np.zeros(64, np.float32), [], 0
    for first, size in sorted(pieces):
        if first >= end:
            arrays.append(block[first : first + size])
            end = first + size
    step = data.draw(st.sampled_from([1, 2, 5, -1, -3]))
    asked = block[start::step][: data.draw(st.integers(0, 12))]
    for other in (asked, asked[: asked.size // 2 * 2].reshape(2, -1), asked[None].T):
        assert Memory(arrays).meets(other) == any(np.may_share_memory(other, array) for array in arrays)
