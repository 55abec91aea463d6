"""The arrays that a layer is timed on, the same in each peer, and a digest of its result to compare the peers by."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.network_shapes import Layer


def layer_arrays(layer: Layer) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None, np.ndarray]:
    """Inputs, kernel and bias (None for pooling) and upstream gradient: float32, normal, the same in every process."""
    generator = np.random.default_rng(1998)

    def normal(shape: tuple[int, ...]) -> np.ndarray:
        return generator.standard_normal(shape, dtype=np.float32, out=on_cache_lines(shape))

    inputs, upstream = normal(layer.input_shape), normal(layer.output_shape)
    if layer.op.endswith("pool"):
        return inputs, None, None, upstream
    kernel = normal(layer.kernel_shape)
    kernel /= np.float32(np.sqrt(kernel.size / layer.co))
    return inputs, kernel, normal((layer.co,)), upstream


def on_cache_lines(shape: tuple[int, ...]) -> np.ndarray:
    """An uninitialised float32 array that begins on a cache line, as each peer's own do and not all of NumPy's."""
    size = 4 * math.prod(shape)
    block = np.empty(size + 64, np.uint8)
    start = -block.ctypes.data % 64
    return block[start : start + size].view(np.float32).reshape(shape)


def digest(result: np.ndarray) -> list[float]:
    """Some of the elements of a result (NHWC, HWIO or a matrix) spread over it, and its root mean square."""
    flat = np.ascontiguousarray(result).reshape(-1)
    picked = flat[:: max(1, flat.size // 61)][:64]
    return [float(np.sqrt(np.mean(np.square(flat, dtype=np.float64)))), *map(float, picked)]


def digests_agree(first: list[float], second: list[float]) -> bool:
    """Whether two digests are of the same result, but for rounding (1e-3 of the root mean square)."""
    return bool(np.allclose(first, second, rtol=0, atol=1e-3 * max(first[0], 1e-30)))
