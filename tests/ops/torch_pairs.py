"""An operation and torch's on the same float64 arrays: the result, and the gradients by all arrays of floats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import convolith
from tests.bounds import assert_within, gamma

ROUNDINGS = 64
"""A function of the library is within four units in the last place, a sum here is of less than 50 numbers."""


def compare(
    torch: Any, ours: Callable[..., Any], theirs: Callable[..., Any], *arrays: np.ndarray, seed: int = 0
) -> None:
    """Both give parts alike, and pull the same upstreams back alike; integers and truth values are the same.

    Floats may lie apart by twice ROUNDINGS of the largest number that went in or came out.
    """
    leaves = [torch.from_numpy(array.copy()).requires_grad_(array.dtype == np.float64) for array in arrays]
    expected = parts(theirs(*leaves))
    results = parts(ours(*arrays))
    assert len(results) == len(expected)
    sizes = [*arrays, *(part.detach().numpy() for part in expected)]
    largest = max(1.0, *(float(abs(array).max(initial=0)) for array in sizes if array.dtype.kind == "f"))
    allowed = 2 * gamma(ROUNDINGS, np.float64) * largest
    for number, (result, wanted) in enumerate(zip(results, expected, strict=True)):
        if not wanted.is_floating_point():
            np.testing.assert_array_equal(result, wanted.numpy(), err_msg=f"part {number}")
            continue
        assert_within(np.asarray(result), wanted.detach().numpy(), allowed, f"part {number}")
        if wanted.requires_grad:
            compare_gradients(torch, lambda *a, n=number: parts(ours(*a))[n], wanted, leaves, arrays, largest, seed)


def compare_gradients(torch, function, wanted, leaves, arrays, largest, seed) -> None:
    """Pull a random upstream back through our function and through torch's graph of `wanted`."""
    upstream = np.random.default_rng(seed).normal(size=wanted.shape)
    slopes = torch.autograd.grad(
        wanted, [leaf for leaf in leaves if leaf.requires_grad], torch.from_numpy(upstream), retain_graph=True,
        allow_unused=True, materialize_grads=True,
    )  # fmt: skip
    places = [place for place, array in enumerate(arrays) if array.dtype == np.float64]

    def of_floats(*floats):
        given: list[Any] = list(arrays)
        for place, array in zip(places, floats, strict=True):
            given[place] = array
        return function(*given)

    _, pullback = convolith.vjp(of_floats, *(arrays[place] for place in places))
    for place, found, slope in zip(places, pullback(upstream), slopes, strict=True):
        scale = max(largest, abs(slope.numpy()).max(initial=0)) * max(1.0, abs(upstream).max(initial=0))
        assert_within(found, slope.numpy(), 2 * gamma(ROUNDINGS, np.float64) * scale, f"gradient by array {place}")


def parts(results: Any) -> Sequence[Any]:
    """The results as a sequence, of one too."""
    return results if isinstance(results, (list, tuple)) else [results]
