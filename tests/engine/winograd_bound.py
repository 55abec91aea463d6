"""How far minimal filtering may lie from the exact result: the transforms' magnitudes, carried through in float64.

Each transform is a matrix, made here from the six points by the definition (Lavin and Gray, arXiv 1509.09308, section
4; Winograd, "Arithmetic Complexity of Computations", 1980). With absolute values in all matrices and arrays, the same
sums bound what any product of a rounding can grow to. An element passes through at most 5 roundings in each of a
transform's two directions, those of its constants among them, so 10 in a tile's, 10 in the kernel's, 10 in the outputs'
transform, then `length` of its sum, and a few of bias and parts (see tests/bounds.py for gamma).
"""

from __future__ import annotations

import numpy as np

from tests.bounds import gamma

FINITE = np.array([0, 3 / 4, -3 / 4, 3 / 2, -3 / 2])
ROUNDINGS = 40


def _with_infinity(coefficients: int) -> np.ndarray:
    """Rows: the values at each point of the polynomial's coefficients, at infinity the last one."""
    return np.vstack([FINITE[:, None] ** np.arange(coefficients), np.eye(coefficients)[-1]])


def data_matrix() -> np.ndarray:
    """Rows: the coefficients of the product of (x - point) over the other finite points; for infinity over all."""
    rows = [np.polynomial.polynomial.polyfromroots(np.delete(FINITE, i)) for i in range(5)]
    return np.vstack([np.pad(rows, ((0, 0), (0, 1))), np.polynomial.polynomial.polyfromroots(FINITE)])


def kernel_matrix(taps: int) -> np.ndarray:
    divisor = [np.prod(point - np.delete(FINITE, i)) for i, point in enumerate(FINITE)]
    return _with_infinity(taps) / np.array([*divisor, 1])[:, None]


def output_matrix(size: int) -> np.ndarray:
    return _with_infinity(size).T


def _tiles(images: np.ndarray, before, size: int, extent: int, down: int, across: int) -> np.ndarray:
    """Tiles (n, down, across, extent, extent, c) of float64 images, with zeros around."""
    (top, left), (_, h, w, _) = before, images.shape
    rows, columns = (size * (count - 1) + extent for count in (down, across))
    around = (0, 0), (top, max(0, rows - h - top)), (left, max(0, columns - w - left)), (0, 0)
    padded = np.pad(images.astype(np.float64), around)
    y, x = (np.arange(count)[:, None] * size + np.arange(extent) for count in (down, across))
    return padded[:, y[:, None, :, None], x[None, :, None, :]]


def _both_ways(matrix: np.ndarray, tiles: np.ndarray) -> np.ndarray:
    return np.einsum("iy,...yxc,jx->...ijc", matrix, tiles, matrix, optimize=True)


def conv_bound(inputs, kernel, before, output_shape, bias=0.0) -> np.ndarray:
    """Of the convolution (n, h, w, co); `before`: the padding before the rows and the columns."""
    (n, h, w, co), taps = output_shape, len(kernel)
    size = 7 - taps
    down, across = -(-h // size), -(-w // size)
    tiles = _both_ways(abs(data_matrix()), abs(_tiles(inputs, before, size, 6, down, across)))
    weights = np.einsum("iy,yxco,jx->ijco", abs(kernel_matrix(taps)), abs(kernel), abs(kernel_matrix(taps)))
    products = np.einsum("...ijc,ijco->...ijo", tiles, weights, optimize=True)
    outputs = _both_ways(abs(output_matrix(size)), products)
    whole = outputs.transpose(0, 1, 3, 2, 4, 5).reshape(n, down * size, across * size, co)[:, :h, :w]
    return gamma(inputs.shape[-1] + ROUNDINGS) * (whole + abs(bias))


def kernel_gradient_bound(inputs, upstream, before, taps) -> np.ndarray:
    """Of the gradient by the kernel (taps, taps, ci, co)."""
    size = 7 - taps
    down, across = (-(-extent // size) for extent in upstream.shape[1:3])
    tiles = _both_ways(abs(data_matrix()), abs(_tiles(inputs, before, size, 6, down, across)))
    weights = _both_ways(abs(kernel_matrix(size)), abs(_tiles(upstream, (0, 0), size, size, down, across)))
    products = np.einsum("ntsijc,ntsijo->ijco", tiles, weights, optimize=True)
    outputs = np.einsum("iy,yxco,jx->ijco", abs(output_matrix(taps)), products, abs(output_matrix(taps)))
    return gamma(len(inputs) * down * across + ROUNDINGS) * outputs
