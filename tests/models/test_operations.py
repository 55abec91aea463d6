"""Functional models with ops between their layers: built with an unknown batch size, run, saved and trained."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import layers, models, ops

MASK = np.array([True, False, True, False])
ROWS = np.array([[0.5, -1, 2, 0], [1, 0, 0.25, 3], [0, 0, 1, -2]], np.float32)

FUNCTIONS = {
    "comparison and where": lambda x: ops.where((x > 0) & ~(x >= 2), x * x, -x) + ops.cast(x != 1, "float32"),
    "mask": lambda x: x * MASK + ops.where(MASK, 0.0, x),
    "exponential": lambda x: ops.log1p(ops.expm1(ops.absolute(x))) * ops.rsqrt(1 + ops.exp2(x)) + ops.logaddexp(x, 0.5),
    "trigonometry": lambda x: ops.sin(x) * ops.cosh(x) + ops.arctan2(x, 2.0) + ops.arcsinh(x),
    "rounding": lambda x: ops.floor(x * 3) / 2 + ops.round(x, 1) + x % 0.7 + x // 0.3,
    "extremes": lambda x: ops.max(x, -1, keepdims=True) - ops.min(x, 1, keepdims=True) * x,
    "places": lambda x: x * ops.one_hot(ops.argmax(x, -1), 4) + ops.cast(ops.argmin(x, -1, keepdims=True), "float32"),
    "counting": lambda x: x * ops.any(x > 1, 1, keepdims=True) + ops.cast(ops.count_nonzero(x > 0, 1), "f4")[:, None],
    "statistics": lambda x: (x - ops.mean(x, 1, True)) / (ops.std(x, 1, True) + 1) + ops.logsumexp(x, 1, True),
    "norm and product": lambda x: (
        x / (1 + ops.norm(x, axis=-1, keepdims=True)) + ops.prod(x, 1, True) + ops.cumsum(x, 1)
    ),
    "indexing": lambda x: x[:, ::-1] * x[..., [3, 1, 1, 0]] + x[:, 1:3][:, :1] - ops.take(x, 2, axis=1)[:, None],
    "joining": lambda x: (
        ops.concatenate(ops.split(x, 2, axis=-1)[::-1], axis=-1) + ops.stack(ops.unstack(x, axis=1), -1)
    ),
    "arrangement": lambda x: (
        ops.flip(x, 1) + ops.roll(x, 1, 1) + ops.repeat(x[:, :2], 2, 1) + ops.tile(x[:, :1], (1, 4))
    ),
    "padding": lambda x: ops.pad(x, ((0, 0), (1, 2)), "reflect")[:, 1:5] + ops.pad(x[:, 1:], ((0, 0), (0, 1))),
    "order": lambda x: ops.sort(x, -1) * ops.top_k(x, 4)[0] + ops.cast(ops.argsort(x, 1), "f4"),
    "along an axis": lambda x: ops.take_along_axis(x, ops.argsort(x, 1), 1) * x,
    "shapes": lambda x: ops.squeeze(ops.swapaxes(ops.moveaxis(x[:, None], 1, 2), 1, 2), 1) + ops.expand_dims(x, 0)[0],
    "products": lambda x: ops.reshape(ops.matmul(ops.reshape(x, (-1, 2, 2)), np.ones((2, 2), np.float32)), (-1, 4)),
    "batches of products": lambda x: ops.reshape(ops.reshape(x, (-1, 2, 2)) @ ops.reshape(x * x, (-1, 2, 2)), (-1, 4)),
    "einsum": lambda x: ops.einsum("bi,ij,bj->bj", x, np.tri(4, dtype=np.float32), x),
    "dot": lambda x: ops.tensordot(x, np.eye(4, dtype=np.float32), 1) + ops.dot(x, np.ones((4, 1), np.float32)),
    "diagonals": lambda x: ops.trace(ops.reshape(x, (-1, 2, 2)), axis1=1, axis2=2)[:, None] * x,
    "parts": lambda x: ops.slice_update(x, (0, 1), ops.ones_like(x)[:, :2]) * ops.stop_gradient(x) + ops.zeros_like(x),
}


def model_of(function):
    inputs = layers.Input((4,))
    hidden = layers.Dense(4, kernel_initializer=convolith.initializers.Constant(0.3), name="first")(inputs)
    return models.Model(inputs, layers.Dense(1, kernel_initializer="ones")(function(hidden + inputs)))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_model_computes_saves_and_trains_through_ops(name, tmp_path):
    function = FUNCTIONS[name]
    symbolic = function(layers.Input((4,)))
    assert symbolic.shape == (None, 4) and symbolic.dtype == np.float32
    eager = function(ROWS)
    assert eager.shape == ROWS.shape and eager.dtype == np.float32

    model = model_of(function)
    expected = ops.sum(function(ROWS @ np.full((4, 4), 0.3, np.float32) + ROWS), 1, True)
    np.testing.assert_allclose(model.predict(ROWS, verbose=0), expected, rtol=1e-4, atol=1e-4)
    model.save(tmp_path / "model.convolith")
    again = models.load_model(tmp_path / "model.convolith")
    np.testing.assert_array_equal(again.predict(ROWS, verbose=0), model.predict(ROWS, verbose=0))

    weights = [weight.numpy() for weight in model.trainable_weights]
    _, pullback = convolith.vjp(lambda *w: _loss(function, *w), *weights)
    gradients = pullback(np.float32(1))
    model.compile(optimizer=convolith.optimizers.SGD(0.5), loss="mse")
    model.fit(ROWS, np.zeros((3, 1), np.float32), epochs=1, batch_size=3, shuffle=False, verbose=0)
    for before, gradient, weight in zip(weights, gradients, model.trainable_weights, strict=True):
        step = 0.5 * gradient
        np.testing.assert_allclose(weight.numpy(), before - step, rtol=1e-3, atol=1e-4 * (1 + abs(step).max()))


def _loss(function, kernel, bias, last, last_bias):
    hidden = function(ops.dense(ROWS, kernel, bias) + ROWS)
    return ops.mean(ops.square(ops.dense(hidden, last, last_bias)))
