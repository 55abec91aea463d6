"""Keras as an independent oracle of values, shapes and dtypes, and of the names and defaults of arguments."""

from __future__ import annotations

import inspect
import os
from importlib.util import find_spec

import numpy as np
import pytest

from convolith import ops
from tests.bounds import assert_within, gamma

if find_spec("keras") is None:
    pytest.skip("Keras is not installed", allow_module_level=True)

pytestmark = pytest.mark.filterwarnings("ignore")

X = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
HOT = np.array([0, 2, 1])

CALLS = {
    "all": (X > 0, 1),
    "any": (X > 1,),
    "arange": (5,),
    "arctan2": (X, X.T.reshape(3, 4)),
    "argmax": (X, 1),
    "argmin": (X,),
    "argsort": (X,),
    "concatenate": ([X, X], 1),
    "convert_to_tensor": ([1, 2],),
    "count_nonzero": (X > 0, 1),
    "cumsum": (X, 1),
    "diag": (X, 1),
    "diagonal": (X, -1),
    "dot": (X, X.T),
    "einsum": ("ij,kj->ik", X, X),
    "equal": (X, 0),
    "expand_dims": (X, 1),
    "eye": (3, 4),
    "flip": (X, 0),
    "floor_divide": (X, 0.7),
    "full": ((2, 2), 3),
    "full_like": (X, 2),
    "get_item": (X, (0, slice(1, 3))),
    "identity": (2,),
    "in_top_k": (HOT, X, 2),
    "isfinite": (X,),
    "less_equal": (X, X.T.reshape(3, 4)),
    "linspace": (0, 1, 5),
    "logaddexp": (X, 1.0),
    "logical_not": (X > 0,),
    "logical_xor": (X > 0, X > 1),
    "logsumexp": (X, 1),
    "max": (X, 1),
    "min": (X, 1, True),
    "mod": (X, 0.7),
    "moveaxis": (X, 0, 1),
    "nan_to_num": (X,),
    "norm": (X, 1, 1),
    "one_hot": (HOT, 3, 0),
    "outer": (X, X),
    "pad": (X, ((1, 2), (0, 1))),
    "prod": (X, 1),
    "repeat": (X, 2, 1),
    "roll": (X, 1, 0),
    "rot90": (X,),
    "round": (X, 1),
    "scatter": (HOT[:, None], X[0, :3], (4,)),
    "shape": (X,),
    "sign": (X,),
    "slice": (X, (0, 1), (2, 2)),
    "slice_update": (X, (0, 1), X[:2, :2]),
    "sort": (X, 0),
    "split": (X, 2, 1),
    "squeeze": (X[None],),
    "stack": ([X, X], 1),
    "std": (X, 1),
    "take": (X, HOT, 1),
    "take_along_axis": (X, HOT[:, None], 1),
    "tensordot": (X, X, ((0,), (0,))),
    "tile": (X, (2, 1)),
    "top_k": (X, 2),
    "trace": (X, 1),
    "tri": (3,),
    "tril": (X, 1),
    "triu": (X,),
    "var": (X, 0),
    "where": (X > 0, X, 0),
    "zeros_like": (X,),
}
# How often either side rounds on the way to a result, of the size that magnitudes give; all other results are the same.
ROUNDINGS = {
    **{"dot": 4, "einsum": 4, "tensordot": 3, "cumsum": 3, "prod": 3, "trace": 2},  # sums of products, and products
    **{"arctan2": 16, "linspace": 3, "norm": 4 + 1},  # eight units in the last place; three steps; a sum and a root
    # Exponentials of a difference, a sum, its logarithm and a sum, on numbers no larger than six times the result.
    **{"logaddexp": 6 * (16 + 2) + 16 + 1, "logsumexp": 6 * (16 + 4) + 16 + 1},
    # A mean of up to four and the difference are twice as large as x at most; squares, their mean, and a root follow.
    **{"std": 2 * (5 + 1) + 7, "var": 2 * 2 * (5 + 1) + 7},
}
SIZES = {"std": abs(X).max(), "var": abs(X).max() ** 2}  # where they are not of magnitudes
STEMS = {
    "arithmetic", "arrangement", "comparison", "contraction", "conversion", "counting", "creation", "diagonal",
    "exponential", "extremes", "indexing", "join", "matmul", "pad", "reduction", "rounding", "shape", "slice", "sort",
    "statistics", "take", "trigonometry", "where",
}  # fmt: skip
OTHERS = {"einsum", "where"}  # Keras's hands keywords on to its backend, and gives places alone
NAMES = [
    name
    for name in ops.__all__
    if callable(getattr(ops, name)) and getattr(ops, name).__module__.rpartition(".")[2] in STEMS
    if name not in OTHERS
]
WIDER = {"top_k"}  # places, which Keras gives as int64 with PyTorch and as int32 otherwise


@pytest.fixture(scope="module")
def keras():
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    return keras


def magnitude(argument):
    """The magnitudes of an array of floats."""
    return abs(argument) if isinstance(argument, np.ndarray) and argument.dtype.kind == "f" else argument


def size_of(keras, name):
    """The result of the operands' magnitudes, by Keras."""
    return keras.ops.convert_to_numpy(getattr(keras.ops, name)(*map(magnitude, CALLS[name])))


@pytest.mark.parametrize("name", CALLS)
def test_values_and_dtypes(keras, name):
    results = []
    for namespace in (keras.ops, ops):
        result = getattr(namespace, name)(*CALLS[name])
        parts = result if isinstance(result, (list, tuple)) else [result]
        results.append([keras.ops.convert_to_numpy(part) for part in parts])
    for theirs, ours in zip(*results, strict=True):
        rounded = gamma(ROUNDINGS.get(name, 0))
        size = SIZES[name] if name in SIZES else size_of(keras, name) if rounded else 0
        assert_within(ours, theirs.astype(np.float64), 2 * rounded * abs(size))
        assert ours.dtype == theirs.dtype or name in WIDER


@pytest.mark.parametrize("name", NAMES)
def test_names_and_defaults_of_arguments(keras, name):
    theirs, ours = (inspect.signature(getattr(one, name)).parameters.values() for one in (keras.ops, ops))
    common = [(argument.name, argument.default) for argument in ours][: len(theirs)]
    assert common == [(argument.name, argument.default) for argument in theirs]
