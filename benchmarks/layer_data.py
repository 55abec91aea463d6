"""The arrays that a layer is timed on, the same in each peer, and a digest of its result to compare the peers by."""

from __future__ import annotations

import numpy as np

from benchmarks.network_shapes import Layer


def layer_arrays(layer: Layer) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None, np.ndarray]:
    """Inputs, kernel and bias (None for pooling) and upstream gradient: float32, normal, the same in every process."""
    generator = np.random.default_rng(1998)
    inputs = generator.standard_normal(layer.input_shape, dtype=np.float32)
    upstream = generator.standard_normal(layer.output_shape, dtype=np.float32)
    if layer.op.endswith("pool"):
        return inputs, None, None, upstream
    kernel = generator.standard_normal(layer.kernel_shape, dtype=np.float32)
    kernel /= np.float32(np.sqrt(kernel.size / layer.co))
    return inputs, kernel, generator.standard_normal(layer.co, dtype=np.float32), upstream


def digest(result: np.ndarray) -> list[float]:
    """Some of the elements of a result (NHWC, HWIO or a matrix) spread over it, and its root mean square."""
    flat = np.ascontiguousarray(result).reshape(-1)
    picked = flat[:: max(1, flat.size // 61)][:64]
    return [float(np.sqrt(np.mean(np.square(flat, dtype=np.float64)))), *map(float, picked)]


def digests_agree(first: list[float], second: list[float]) -> bool:
    """Whether two digests are of the same result, but for rounding (1e-3 of the root mean square)."""
    return bool(np.allclose(first, second, rtol=0, atol=1e-3 * max(first[0], 1e-30)))
