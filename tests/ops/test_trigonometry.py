from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

import convolith
from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.ops.plans import check_in_plan
from tests.ops.slopes import check_second_slopes, check_slopes

NAMES = {
    "sin": (-3, 3),
    "cos": (-3, 3),
    "tan": (-1, 1),
    "arcsin": (-0.9, 0.9),
    "arccos": (-0.9, 0.9),
    "arctan": (-3, 3),
    "sinh": (-2, 2),
    "cosh": (-2, 2),
    "arcsinh": (-3, 3),
    "arccosh": (1.2, 3),
    "arctanh": (-0.9, 0.9),
}


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=20)
@given(shape=array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3), seed=st.integers(0, 99))
def test_values_and_gradients(name, shape, seed):
    x = np.random.default_rng(seed).uniform(*NAMES[name], shape)
    function = getattr(ops, name)
    for dtype in (np.float32, np.float64):
        result = function(x.astype(dtype))
        np.testing.assert_array_equal(result, getattr(np, name)(x.astype(dtype)))
        assert result.dtype == dtype
    check_slopes(function, x)


@pytest.mark.parametrize("name", NAMES)
def test_in_a_plan_and_twice_differentiable(name):
    x = np.random.default_rng(0).uniform(*NAMES[name], (3, 4))
    function = getattr(ops, name)
    check_in_plan(lambda x: function(x * 1), x.astype(np.float32))
    check_second_slopes(function, x)


def test_the_angle_of_a_point():
    numbers = np.random.default_rng(2)
    x1, x2 = numbers.normal(size=(4, 3)), numbers.normal(size=3)
    np.testing.assert_array_equal(ops.arctan2(x1, x2), np.arctan2(x1, x2))
    check_slopes(ops.arctan2, x1, x2)
    check_in_plan(lambda a, b: ops.arctan2(a * 1, b), x1.astype(np.float32), x2.astype(np.float32))


@settings(max_examples=20)
@given(shape=array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3), seed=st.integers(0, 99))
def test_complex_numbers_of_sizes_and_angles(shape, seed):
    numbers = np.random.default_rng(seed)
    sizes, angles = numbers.uniform(0, 3, shape), numbers.uniform(-3, 3, shape)
    for dtype, kind in ((np.float32, np.complex64), (np.float64, np.complex128)):
        result = ops.polar(sizes.astype(dtype), angles.astype(dtype))
        # Sizes below 4 times a sine that errs by two units in the last place and its angle's rounding, below 2 eps.
        np.testing.assert_allclose(result, sizes * np.exp(1j * angles), rtol=0, atol=16 * np.finfo(dtype).eps)
        assert result.dtype == kind and result.shape == shape


@pytest.mark.torch
def test_polar_of_torch(generator):
    torch = pytest.importorskip("torch")
    sizes, angles = (generator.normal(size=(3, 4)).astype(np.float32) for _ in range(2))
    expected = torch.polar(torch.tensor(sizes), torch.tensor(angles)).numpy()
    # Sizes below 4 times sines that err by two units in the last place, on both sides.
    np.testing.assert_allclose(ops.polar(sizes, angles), expected, rtol=0, atol=2 * 4 * np.finfo(np.float32).eps)


def test_polar_broadcasts_and_refuses_tensors():
    np.testing.assert_array_equal(ops.polar(2.0, np.zeros((1, 2), np.float32)), [[2, 2]])
    np.testing.assert_array_equal(ops.polar(np.array([[1], [2]], np.uint8), [0, 0]), [[1, 1], [2, 2]])
    with pytest.raises(TypeError, match="polar: abs_ and angle must be arrays, got a symbolic tensor"):
        ops.polar(Tensor(Spec((None, 2), np.dtype(np.float32))), 1.0)
    with pytest.raises(TypeError, match="polar: abs_ and angle must be arrays, got a symbolic tensor"):
        convolith.vjp(lambda angle: ops.polar(1.0, angle), np.zeros(2))
    with pytest.raises(ValueError, match=r"polar: .* must have shapes that broadcast, got \(2,\) and \(3,\)"):
        ops.polar(np.ones(2), np.ones(3))
    with pytest.raises(TypeError, match="polar: angle must be an array or a tensor, got None"):
        ops.polar(np.ones(2), None)
