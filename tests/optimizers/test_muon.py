"""Muon: matrices by the polynomial of their singular values, all others by AdamW; and as Keras does it."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from convolith import optimizers
from convolith.graph.tensor import Variable
from tests.optimizers.problem import noises, run
from tests.reference import whole_weight_optimizer

STEPS = 10


@pytest.mark.parametrize("shape", [(4, 7), (7, 4), (5, 5), (1, 3)])
@pytest.mark.parametrize("nesterov", [True, False])
def test_ten_steps_by_singular_values(generator, shape, nesterov):
    optimizer = optimizers.Muon(0.125, weight_decay=0.2, nesterov=nesterov, momentum=0.8, rms_rate=0.3)
    weight, slots = Variable(generator.normal(size=shape)), defaultdict(float)
    expected = weight.numpy()
    for step in range(STEPS):
        gradient = generator.normal(size=shape)
        optimizer.apply([gradient], [weight])
        arguments = dict(momentum=0.8, nesterov=nesterov, rms_rate=0.3)
        expected, slots = whole_weight_optimizer.muon(
            expected * (1 - 0.025), gradient, slots, 0.125, step + 1, **arguments
        )
        np.testing.assert_allclose(weight.numpy(), expected, rtol=1e-9, atol=1e-9)


def test_what_goes_by_adamw(generator):
    names = ("kernel", "token_embedding", "last", "bias", "conv")
    shapes = ((3, 2), (3, 2), (3, 2), (4,), (2, 2, 1, 3))
    starts = [generator.normal(size=shape) for shape in shapes]
    gradients = [generator.normal(size=shape) for shape in shapes]
    weights = [Variable(start, name=name) for start, name in zip(starts, names, strict=True)]
    muon = optimizers.Muon(0.1, exclude_layers=["la.t"], adam_lr_ratio=0.5, adam_weight_decay=None, epsilon=1e-3)
    others = [Variable(start) for start in starts]
    adam = optimizers.Adam(0.05, epsilon=1e-3)
    for _ in range(2):
        muon.apply(gradients, weights)
        adam.apply(gradients, others)
    for weight, other in zip(weights[1:], others[1:], strict=True):
        np.testing.assert_allclose(weight.numpy(), other.numpy(), rtol=1e-12)
    assert not np.allclose(weights[0].numpy(), others[0].numpy())
    assert [muon.slot(weight, "velocity").shape for weight in weights] == [(0,), *shapes[1:]]
    kept = optimizers.Muon(exclude_embeddings=False)
    kept.build(weights)
    assert kept.slot(weights[1], "velocity").shape == (0,)


@pytest.mark.parametrize("arguments", [{}, dict(nesterov=False, rms_rate=None, adam_lr_ratio=0.5), dict(ns_steps=2)])
def test_ten_steps_of_keras(keras, generator, arguments):
    """Both multiply in float32; the polynomial stretches small singular values and their errors up to 3.4**5 times."""
    starts = [generator.normal(size=shape).astype("f4") for shape in ((3, 2), (5,))]
    noise = noises(generator, np.float32)[:STEPS]
    own = [Variable(start, name=f"w{number}") for number, start in enumerate(starts)]
    theirs = [keras.Variable(start, name=f"w{number}") for number, start in enumerate(starts)]
    ways = [
        run(optimizers.Muon(0.05, **arguments), own, noise, lambda weight: weight.numpy()),
        run(
            keras.optimizers.Muon(0.05, **arguments), theirs, noise,
            lambda weight: keras.ops.convert_to_numpy(weight.value).copy(), keras.ops.convert_to_tensor,
        ),
    ]  # fmt: skip
    for ours, others in zip(*ways, strict=True):
        for one, other in zip(ours, others, strict=True):
            np.testing.assert_allclose(one, other, rtol=2e-4, atol=2e-4)
    assert all((abs(last - first) > 0.01).all() for first, last in zip(ways[0][0], ways[0][-1], strict=True))


def test_a_zero_gradient_moves_nothing():
    weight = Variable(np.eye(3))
    optimizers.Muon(0.1, weight_decay=None).apply([np.zeros((3, 3))], [weight])
    np.testing.assert_array_equal(weight.numpy(), np.eye(3))
