"""Kernels that weight and spectral normalisation compute with, and their gradients, as their formulas bound them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convolith
from convolith import layers
from tests.bounds import assert_within
from tests.geometries import normal, seeds
from tests.running_error import Rounded, gradients

shapes = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), st.integers(1, 6))


def check(function, formula, arrays, upstream):
    """Compare result and gradients of a function of arrays with those of the formula."""
    result, pullback = convolith.vjp(function, *arrays)
    leaves = [Rounded(array) for array in arrays]
    exact = formula(*leaves)
    assert_within(result, exact.value, exact.error)
    for found, wanted in zip(pullback(upstream), gradients(exact, upstream, leaves), strict=True):
        assert_within(found, wanted.value, wanted.error, "gradient")


@settings(max_examples=30)
@given(shapes, seeds)
def test_weight_normalization(shape, seed):
    layer = layers.WeightNormalization(layers.Conv2D(shape[-1], shape[:2]))
    layer.build((None, 9, 9, shape[2]))
    kernel, g, upstream = normal(seed, np.float32, shape, shape[-1:], shape)
    kernel += np.float32(0.5)

    def ours(kernel, g):
        layer.kernel, layer.g = kernel, g
        return layer.normalized(False)

    check(ours, lambda kernel, g: kernel / (kernel * kernel).sum((0, 1, 2)).sqrt() * g, [kernel, g], upstream)


@settings(max_examples=30)
@given(shapes, seeds)
def test_spectral_normalization_with_its_vectors_held_fixed(shape, seed):
    layer = layers.SpectralNormalization(layers.Conv2D(shape[-1], shape[:2]), power_iterations=3)
    layer.build((None, 9, 9, shape[2]))
    kernel, upstream = normal(seed, np.float32, shape, shape)
    kernel += np.float32(0.5)
    layer.kernel.assign(kernel)
    layer.normalized(True)  # moves the vectors towards the singular ones, so that what is divided by is no small sum
    v, u = (vector.numpy().astype(np.float64) for vector in (layer.vector_v, layer.vector_u))
    v = v.reshape(*shape[:-1], 1)

    def ours(kernel):
        layer.kernel = kernel
        return layer.normalized(False)

    def formula(kernel):
        return kernel / ((kernel * v).sum((0, 1, 2)) * u[0]).sum((3,))

    check(ours, formula, [kernel], upstream)


@pytest.mark.torch
def test_spectral_normalization_in_torch(torch, generator):
    """Its own layer with the same vectors."""
    kernel = generator.normal(size=(6, 5)).astype(np.float32)
    layer = layers.SpectralNormalization(layers.Dense(5, use_bias=False))
    layer.build((None, 6))
    theirs = torch.nn.utils.parametrizations.spectral_norm(torch.nn.Linear(6, 5, bias=False))
    weight = theirs.parametrizations.weight
    weight.original.data = torch.from_numpy(kernel.T.copy())
    vectors = weight[0]._u.numpy()[None], weight[0]._v.numpy()[None]
    layer.vector_u.assign(vectors[0])
    layer.vector_v.assign(vectors[1])
    upstream = generator.normal(size=(6, 5)).astype(np.float32)

    def ours(kernel):
        layer.kernel = kernel
        return layer.normalized(False)

    theirs.eval()
    result, pullback = convolith.vjp(ours, kernel)
    expected = theirs.weight.T
    expected.backward(torch.from_numpy(upstream))
    leaf = Rounded(kernel)
    exact = leaf / ((leaf * vectors[1].T).sum((0,)) * vectors[0]).sum((1,))
    (by_kernel,) = gradients(exact, upstream, [leaf])
    assert_within(result, expected.detach().numpy(), 2 * exact.error)
    assert_within(pullback(upstream)[0], weight.original.grad.numpy().T, 2 * by_kernel.error, "gradient")
