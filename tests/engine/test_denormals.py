"""Denormals count as zero inside the engine's regions, and the caller's own mode is untouched."""

from __future__ import annotations

import ctypes
import mmap
import platform
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.engine.passes import Case, fresh

x86 = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64") or sys.platform == "win32", reason="reads x86-64's MXCSR"
)
DENORMAL = np.float32(1e-40)
FLAGS = 0x3F  # what happened, not how it is to be done: any arithmetic may set them


def caller_keeps_denormals() -> bool:
    value = np.full(64, DENORMAL)
    return bool((value * np.float32(1) != 0).all() and (value + value > value).all())


class ControlRegister:
    """Reads and writes the calling thread's MXCSR by two instructions in a page of their own."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        self._memory.write(bytes.fromhex("0fae1fc3 0fae17c3"))  # stmxcsr [rdi]; ret; ldmxcsr [rdi]; ret
        address = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        prototype = ctypes.CFUNCTYPE(None, ctypes.POINTER(ctypes.c_uint32))
        self._store, self._load = prototype(address), prototype(address + 4)

    def read(self) -> int:
        value = ctypes.c_uint32()
        self._store(ctypes.byref(value))
        return value.value

    def write(self, value: int) -> None:
        self._load(ctypes.byref(ctypes.c_uint32(value)))


def layer(scale: float, size: int = 24, channels: int = 20) -> Case:
    """Integers times `scale` for images, so that they or their products are denormal."""
    case = Case((2, size, size, channels), (3, 3, channels, channels), padding=((1, 1), (1, 1)))
    case.x = np.full_like(case.x, np.float32(scale))
    return case


def test_denormal_inputs_and_results_are_zero(isa, threads):
    if isa == "plain" and platform.machine() not in ("x86_64", "AMD64", "aarch64", "arm64"):
        pytest.skip("no mode for denormals on this machine")
    for count in (1, 2):
        threads(count)
        inputs = layer(1e-40)
        inputs.kernel[...], inputs.bias[...] = 1e30, 0
        assert not inputs.forward().any(), "denormal inputs times 1e30 counted"
        products = layer(1e-25)
        products.kernel[...], products.bias[...], products.upstream[...] = 1e-16, 0, 1e-16
        assert not products.forward().any(), "denormal products counted"
        assert not products.kernel_gradient().any()
        products.upstream[...] = 1e-25
        assert not products.input_gradient().any()


def test_the_callers_denormals_live_on(isa, threads):
    assert caller_keeps_denormals()
    case = layer(1.0)
    for count in (1, 2, 3):
        threads(count)
        for run in (case.forward, case.input_gradient, case.kernel_gradient):
            run()
            assert caller_keeps_denormals()
    with ThreadPoolExecutor(1) as executor:
        assert executor.submit(lambda: (case.forward(), caller_keeps_denormals())[1]).result()


@x86
@pytest.mark.parametrize("flush", [0x0000, 0x8040, 0x8000, 0x0040])
@pytest.mark.parametrize("size", [3, 24])  # one thread, and several
def test_the_callers_mode_is_restored(threads, flush, size):
    try:
        register = ControlRegister()
    except (OSError, PermissionError):
        pytest.skip("this system allows no page that is both written and run")
    case = layer(1.0, size, 6)
    threads(2)
    before = register.read()
    try:
        register.write((before & ~0x8040) | flush)
        for run in (case.forward, case.input_gradient, case.kernel_gradient):
            run()
            assert (register.read() ^ before ^ flush) & ~FLAGS == 0
    finally:
        register.write(before)


def test_cross_entropy_flushes(isa):
    """A probability that float32 has only as a denormal is 0."""
    from convolith.engine import cross_entropy

    logits = np.array([[0, -95], [-95, 0]], np.float32)
    result = fresh(logits.shape)
    cross_entropy.softmax(logits, result)
    np.testing.assert_array_equal(result, [[1, 0], [0, 1]])
    cross_entropy.sparse_cross_entropy_gradient(np.array([0, 1]), logits, np.ones(2, np.float32), result)
    np.testing.assert_array_equal(result, [[0, 0], [0, 0]])


def test_other_functions_keep_the_mode(isa, threads):
    from convolith.engine import activation, cross_entropy, curve, dense, gelu, optimizer, pool, random
    from convolith.engine import local_response_normalization as responses

    threads(2)
    big = np.ones((4096, 128), np.float32)
    wide = big.astype(np.float64)
    geometry = pool.PoolGeometry((8, 64, 64, 16), (2, 2), (2, 2), ((0, 0), (0, 0)))
    images = big.reshape(8, 64, 64, 16)
    calls = [
        lambda: activation.relu(big, fresh(big.shape)),
        lambda: activation.sum_rows(big, fresh((128,))),
        lambda: cross_entropy.softmax(big, fresh(big.shape)),
        lambda: dense.dense(big, np.ones((128, 128), np.float32), None, None, fresh(big.shape)),
        lambda: dense.dense_kernel_gradient(big, big, fresh((128, 128))),
        lambda: optimizer.update("sgd", np.array([1, 0.1, 0, 0, 0, 0, 0, 0]), big.copy(), big, []),
        lambda: pool.max_pool(geometry, images, fresh(geometry.output_shape)),
        lambda: pool.average_pool(geometry, images, fresh(geometry.output_shape)),
        lambda: random.dropout(big, fresh(big.shape), 0.5, 1, 1),
        lambda: random.normal(fresh(big.shape), 1, 1),
        lambda: activation.pieces(big, np.ones(8, np.float32), fresh(big.shape)),
        lambda: activation.pieces_gradient(big, big, np.ones(8, np.float32), fresh(big.shape)),
        lambda: gelu.erf(wide, wide.copy()),
        lambda: gelu.gelu(wide, fresh(big.shape, np.float64)),
        lambda: gelu.gelu_gradient(wide, wide, fresh(big.shape, np.float64)),
        lambda: curve.curve("silu", big, fresh(big.shape)),
        lambda: curve.curve_gradient("silu", big, big, fresh(big.shape)),
        lambda: responses.normalize_response(big, 2, 2, 1.0, 1.0, 0.75, fresh(big.shape)),
        lambda: responses.normalize_response_gradient(big, big, 2, 2, 1.0, 1.0, 0.75, fresh(big.shape)),
    ]
    for call in calls:
        call()
        assert caller_keeps_denormals()
