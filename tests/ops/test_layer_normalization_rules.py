"""Normalisations' arguments: what they mean for shapes, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from convolith import ops
from convolith.graph.tensor import Spec, Tensor

X = np.random.default_rng(0).normal(size=(2, 3, 4, 6)).astype(np.float32)
ONES = np.ones(6, np.float32)


def test_shapes_with_an_unknown_batch():
    x = Tensor(Spec((None, 3, 4, 6), np.dtype(np.float32)))
    y, mean, variance = ops.normalize_batch(x)
    assert (y.shape, mean.shape, variance.shape) == (x.shape, (6,), (6,))
    for result in (
        ops.batch_normalization(x, ONES, ONES, axis=3),
        ops.instance_normalization(x, axis=1),
        ops.layer_normalization(x, axis=(1, 2)),
        ops.group_normalization(x, 3),
        ops.rms_normalization(x),
        ops.normalize(x),
        ops.local_response_normalization(x),
    ):
        assert result.shape == x.shape


def test_an_empty_batch_has_no_moments_but_is_normalised_by_given_ones():
    empty = X[:0]
    assert ops.batch_normalization(empty, ONES, ONES, -1).shape == empty.shape
    assert ops.instance_normalization(empty).shape == empty.shape
    assert ops.local_response_normalization(empty).shape == empty.shape
    with pytest.raises(ValueError, match=r"normalize_batch: x must have elements .* got shape \(0, 3, 4, 6\)"):
        ops.normalize_batch(empty)


def test_arrays_of_every_kind():
    expected = ops.normalize_batch(X)[0]
    for other in (np.asfortranarray(X), X.astype(">f4"), X[::-1][::-1], np.repeat(X, 2, 0)[::2]):
        np.testing.assert_array_equal(ops.normalize_batch(other)[0], expected)
    read_only = X.copy()
    read_only.flags.writeable = False
    np.testing.assert_array_equal(ops.normalize_batch(read_only)[0], expected)
    assert ops.normalize_batch(np.arange(6).reshape(3, 2))[0].dtype == np.float32


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ops.normalize_batch(X, epsilon=0), "normalize_batch: epsilon must be a number above 0, got 0"),
        (lambda: ops.normalize_batch(X, axis=4), "normalize_batch: axis must be one of the 4 axes of x, got 4"),
        (
            lambda: ops.normalize_batch(X, ONES[:5]),
            r"gamma must have shape \(6,\), one a channel of x of shape \(2, 3, 4, 6\), got \(5,\)",
        ),
        (
            lambda: ops.normalize_batch(X, ONES[:5], axis=1),
            r"gamma must have shape \(3,\), one a channel of x of shape \(2, 3, 4, 6\), got \(5,\)",
        ),
        (lambda: ops.normalize_batch(X, None, X), r"beta must have shape \(6,\)"),
        (lambda: ops.normalize_batch(ONES), "normalize_batch: x must have elements"),
        (lambda: ops.instance_normalization(X, axis=0), "instance_normalization: axis must not be the batch's, got 0"),
        (lambda: ops.instance_normalization(X[0, 0]), "instance_normalization: x must have elements"),
        (lambda: ops.batch_normalization(X, ONES, X, -1), r"batch_normalization: variance must have shape \(6,\)"),
        (lambda: ops.batch_normalization(X, X, ONES, -1), r"batch_normalization: mean must have shape \(6,\)"),
        (
            lambda: ops.batch_normalization(X, ONES, ONES, 1),
            r"batch_normalization: mean must have shape \(3,\)",
        ),
        (lambda: ops.batch_normalization(X, ONES, ONES, -1, epsilon=-1), "batch_normalization: epsilon must be"),
        (lambda: ops.layer_normalization(X, axis=7), "axis must name different axes"),
        (lambda: ops.layer_normalization(X, epsilon=0.0), "layer_normalization: epsilon must be a number above 0"),
        (lambda: ops.rms_normalization(X, epsilon=-1.0), "rms_normalization: epsilon must be a number above 0"),
        (
            lambda: ops.group_normalization(X, 4),
            r"groups must divide the 6 channels of x of shape .2, 3, 4, 6., got 4",
        ),
        (lambda: ops.group_normalization(X, 0, axis=1), r"divide the 3 channels of x of shape .2, 3, 4, 6., got 0"),
        (
            lambda: ops.group_normalization(X, 3, ONES[:5], axis=1),
            r"group_normalization: gamma must have shape .3,., one a channel of x of shape .2, 3, 4, 6., got .5,.",
        ),
        *(
            (
                lambda shape=shape, axis=axis: ops.instance_normalization(np.ones(shape), axis=axis),
                rf"instance_normalization: x must have more than one element .* and channel, got shape .{shown}.$",
            )
            for shape, axis, shown in (
                ((2, 1, 3), -1, "2, 1, 3"),
                ((2, 3, 1), 1, "2, 3, 1"),
                ((2, 1, 1, 3), -1, "2, 1, 1, 3"),
                ((0, 3, 1, 1), 1, "0, 3, 1, 1"),
                ((2, 3, 1, 1, 1), 1, "2, 3, 1, 1, 1"),
            )
        ),
        (lambda: ops.group_normalization(X, 2, axis=0), "group_normalization: axis must not be the batch's, got 0"),
        (lambda: ops.normalize(X, order=0), "normalize: order must be a number above 0, got 0"),
        (lambda: ops.normalize(X, epsilon=0), "normalize: epsilon must be a number above 0, got 0"),
        (lambda: ops.local_response_normalization(ONES), r"inputs must have 4 axes .* got shape \(6,\)"),
        (lambda: ops.local_response_normalization(X, -1), "depth_radius must be at least 0, got -1"),
        (lambda: ops.local_response_normalization(X, size=0), "size must be at least 1, got 0"),
        (lambda: ops.local_response_normalization(X, bias=0), "bias must be a number above 0, got 0"),
        (lambda: ops.local_response_normalization(X, data_format="first"), "data_format must be"),
    ],
)
def test_a_wrong_argument_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: ops.normalize_batch(X, axis=1.5),
        lambda: ops.group_normalization(X, 1.5),
        lambda: ops.local_response_normalization(X, 1.5),
        lambda: ops.local_response_normalization(X, size=1.5),
        lambda: ops.normalize_batch(None),
    ],
)
def test_a_wrong_type_is_refused(call):
    with pytest.raises(TypeError):
        call()
