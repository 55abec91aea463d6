"""Functions of each element against torch's, their gradients too, on drawn shapes that broadcast."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convolith import ops
from tests.geometries import seeds
from tests.ops.torch_pairs import compare

pytestmark = pytest.mark.torch

ANY, UNIT, POSITIVE = (-3, 3), (-0.9, 0.9), (0.2, 4)
# By our name: torch's, in torch or torch.nn.functional, and from where to where it is tried.
UNARY = {
    **{
        name: (name, ANY) for name in ("abs", "absolute", "ceil", "cos", "cosh", "erf", "exp", "exp2", "expm1", "floor")
    },
    **{name: (name, ANY) for name in ("negative", "round", "sign", "sin", "sinh", "square", "tanh", "trunc")},
    **{name: (name, ANY) for name in ("relu", "relu6", "sigmoid", "silu", "softplus", "softsign", "mish", "selu")},
    **{name: (name, ANY) for name in ("isfinite", "isinf", "isnan", "logical_not", "nan_to_num", "elu", "celu")},
    **{name: (name, POSITIVE) for name in ("log", "log10", "log1p", "log2", "reciprocal", "rsqrt", "sqrt")},
    **{f"arc{name}": (f"a{name}", UNIT) for name in ("cos", "sin", "tan", "sinh", "tanh")},
    **{
        "arccosh": ("acosh", (1.2, 4)),
        "tan": ("tan", UNIT),
        "swish": ("silu", ANY),
        "log_sigmoid": ("logsigmoid", ANY),
    },
    **{"hard_silu": ("hardswish", ANY), "hard_swish": ("hardswish", ANY)},
    **{"hard_tanh": ("hardtanh", ANY), "hard_shrink": ("hardshrink", ANY), "soft_shrink": ("softshrink", ANY)},
    **{"tanh_shrink": ("tanhshrink", ANY)},
}
BINARY = {
    **{name: name for name in ("add", "subtract", "multiply", "divide", "true_divide", "maximum", "minimum")},
    **{name: name for name in ("arctan2", "logaddexp", "greater", "greater_equal", "less", "less_equal")},
    **{name: name for name in ("not_equal", "logical_and", "logical_or", "logical_xor")},
    **{"equal": "eq", "mod": "remainder", "power": "pow"},
}
ARGUMENTS = {
    "clip": (lambda x: ops.clip(x, -1, 0.5), lambda torch, x: torch.clip(x, -1, 0.5)),
    "gelu": (ops.gelu, lambda torch, x: torch.nn.functional.gelu(x, approximate="tanh")),
    "gelu, exact": (lambda x: ops.gelu(x, False), lambda torch, x: torch.nn.functional.gelu(x)),
    "leaky_relu": (lambda x: ops.leaky_relu(x, 0.3), lambda torch, x: torch.nn.functional.leaky_relu(x, 0.3)),
    "threshold": (lambda x: ops.threshold(x, 0.5, -2), lambda torch, x: torch.nn.functional.threshold(x, 0.5, -2)),
    "glu": (lambda x: ops.glu(x, 0), lambda torch, x: torch.nn.functional.glu(x, 0)),
    "round": (lambda x: ops.round(x, 1), lambda torch, x: torch.round(x, decimals=1)),
    "cast": (lambda x: ops.cast(x, "int32"), lambda torch, x: x.int()),
    "convert_to_tensor": (lambda x: ops.convert_to_tensor(x) * x, lambda torch, x: torch.as_tensor(x) * x),
    "stop_gradient": (lambda x: ops.stop_gradient(x) * x, lambda torch, x: x.detach() * x),
    "floor_divide": (lambda x: ops.floor_divide(x, 0.7), lambda torch, x: x.detach() // 0.7),
    # torch's own hardsigmoid has a slope of float32's 1/6, 3e-8 off.
    "hard_sigmoid": (ops.hard_sigmoid, lambda torch, x: torch.nn.functional.relu6(x + 3) / 6),
    "squareplus": (lambda x: ops.squareplus(x, 2), lambda torch, x: (x + (x * x + 2).sqrt()) / 2),
    "sparse_sigmoid": (ops.sparse_sigmoid, lambda torch, x: torch.nn.functional.hardtanh(x) / 2 + 0.5),
    "sparse_plus": (
        ops.sparse_plus,
        lambda torch, x: torch.where(x.abs() < 1, (x + 1) ** 2 / 4, torch.nn.functional.relu(x)),
    ),
}
shapes = st.tuples(st.integers(1, 3), st.integers(0, 4), st.integers(1, 3))


def theirs_of(torch, name):
    return getattr(torch, name, None) or getattr(torch.nn.functional, name)


@pytest.mark.parametrize("name", UNARY)
@settings(max_examples=8)
@given(shapes, seeds)
def test_unary(torch, name, shape, seed):
    other, limits = UNARY[name]
    compare(torch, getattr(ops, name), theirs_of(torch, other), np.random.default_rng(seed).uniform(*limits, shape))


@pytest.mark.parametrize("name", BINARY)
@settings(max_examples=12)
@given(shapes, st.integers(0, 3), st.booleans(), st.booleans(), seeds)
def test_binary(torch, name, shape, fewer, single, whole, seed):
    """The second has fewer axes, or one of size 1; whole numbers have ties, which comparisons are about."""
    numbers = np.random.default_rng(seed)
    other = tuple(1 if single and axis == 1 else size for axis, size in enumerate(shape))[fewer:]
    x1, x2 = numbers.uniform(0.5, 3, shape), numbers.uniform(0.5, 3, other)
    if whole and (name in ("equal", "not_equal") or name.startswith(("less", "greater", "logical"))):
        x1, x2 = (np.asarray(np.floor(x)) for x in (x1, x2))
    compare(torch, getattr(ops, name), theirs_of(torch, BINARY[name]), x1, x2, seed=seed)


@pytest.mark.parametrize("name", ARGUMENTS)
@settings(max_examples=8)
@given(shapes, seeds)
def test_with_arguments(torch, name, shape, seed):
    ours, theirs = ARGUMENTS[name]
    shape = (2 * shape[0], *shape[1:])
    compare(torch, ours, lambda x: theirs(torch, x), np.random.default_rng(seed).uniform(-3, 3, shape), seed=seed)


def test_what_is_no_number(torch):
    x = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.5])
    for name in ("isnan", "isinf", "isfinite", "nan_to_num"):
        np.testing.assert_array_equal(getattr(ops, name)(x), getattr(torch, name)(torch.from_numpy(x)).numpy())
