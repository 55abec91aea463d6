"""Circle loss pair by pair, and Keras's values and gradients."""

import math

import numpy as np
import pytest

import convolith
from convolith import losses
from tests.ops.slopes import check_slopes

LABELS = np.array([0, 1, 0, 2, 1, 0])  # the 2 has no other of its class
ROUNDING = np.finfo(np.float32).eps


def embeddings(generator, samples=6):
    rows = generator.normal(size=(samples, 3))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def one_by_one(labels, rows, others, references, remove_diagonal=True, gamma=80, margin=0.4):
    values = []
    for place, (label, row) in enumerate(zip(labels, rows, strict=True)):
        near = far = 0.0
        for position, (other, reference) in enumerate(zip(others, references, strict=True)):
            similarity = min(float(row @ reference), 1.0)
            if label == other and not (remove_diagonal and place == position):
                near += math.exp(-gamma * max(1 + margin - similarity, 0) * (similarity - (1 - margin)))
            elif label != other:
                far += math.exp(gamma * max(similarity + margin, 0) * (similarity - margin))
        values.append(math.log1p(near * far))
    return values


@pytest.mark.parametrize("arguments", [{}, {"gamma": 2.0}, {"gamma": 5, "margin": 0.25}, {"remove_diagonal": False}])
def test_pair_by_pair(generator, arguments):
    rows, references = embeddings(generator), embeddings(generator, 4)
    others = np.array([1, 0, 2, 0])
    expected = one_by_one(LABELS, rows, LABELS, rows, **arguments)
    for labels in (LABELS, LABELS[:, None]):
        np.testing.assert_allclose(losses.circle(labels, rows, **arguments), expected, rtol=1e-9, atol=1e-12)
    found = losses.circle(LABELS, rows, others[:, None], references, **arguments)
    np.testing.assert_allclose(found, one_by_one(LABELS, rows, others, references, **arguments), rtol=1e-9, atol=1e-12)


def test_slopes(generator):
    rows = embeddings(generator)
    check_slopes(lambda x: losses.circle(LABELS, x, gamma=2.0), rows)
    check_slopes(lambda x, y: losses.circle(LABELS, x, LABELS[:4], y, gamma=2.0), rows, embeddings(generator, 4))


def test_without_pairs_it_is_0_and_so_is_its_slope(generator):
    rows = embeddings(generator)
    for labels in (np.zeros(6, int), np.arange(6)):
        value, pullback = convolith.vjp(lambda x, y=labels: losses.Circle()(y, x), rows)
        assert value == 0 and not pullback(np.ones(()))[0].any()


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", None])
@pytest.mark.parametrize("weighted", [False, True])
def test_keras(keras, generator, reduction, weighted):
    if keras.backend.backend() != "torch":
        pytest.skip("needs KERAS_BACKEND=torch, for its automatic gradients")
    import torch

    rows = embeddings(generator).astype("float32")
    weights = generator.uniform(size=6).astype("float32") if weighted else None
    loss, other = (library.losses.Circle(8.0, reduction=reduction) for library in (convolith, keras))
    assert loss.name == other.name
    expected = keras.ops.convert_to_numpy(other(LABELS, rows, weights))
    # Exponents of at most 8 * 1.4 * 1.4 lose that many roundings, in sums of six terms.
    np.testing.assert_allclose(loss(LABELS, rows, weights), expected, rtol=200 * ROUNDING, atol=200 * ROUNDING)
    if reduction is not None:
        paired = LABELS != 2  # on torch, Keras has NaN where there is no pair
        theirs = torch.tensor(rows[paired], requires_grad=True)
        given = None if weights is None else weights[paired]
        other(torch.tensor(LABELS[paired]), theirs, None if given is None else torch.tensor(given)).backward()
        _, pullback = convolith.vjp(lambda predictions: loss(LABELS[paired], predictions, given), rows[paired])
        by_theirs = theirs.grad.numpy()
        scale = max(1.0, abs(by_theirs).max())
        np.testing.assert_allclose(pullback(np.ones((), "float32"))[0], by_theirs, rtol=0, atol=500 * ROUNDING * scale)


def test_embeddings_of_a_class_come_together(generator):
    convolith.utils.set_random_seed(1)
    model = convolith.Sequential(
        [convolith.Input((4,)), convolith.layers.Dense(2), convolith.layers.UnitNormalization()]
    )
    model.compile(convolith.optimizers.Adam(0.05), losses.Circle(gamma=4))
    labels = np.tile([0, 1], 20)
    points = (generator.normal(size=(40, 4)) * 0.3 + np.eye(4)[labels]).astype("float32")
    history = model.fit(points, labels, batch_size=40, epochs=100, verbose=0).history["loss"]
    assert history[-1] < 0.5 * history[0]


@pytest.mark.parametrize(
    ("labels", "rows", "more", "message"),
    [
        (np.zeros(3), np.zeros((2, 4)), (), r"y_true and y_pred must have shapes \(n,\) and \(n, d\), got \(3,\)"),
        (np.zeros(2), np.zeros(2), (), r"y_true and y_pred must .* and \(2,\)"),
        (np.zeros(2), np.zeros((2, 4)), (np.zeros(2), np.zeros((3, 4))), r"ref_labels and ref_embeddings must have"),
    ],
)
def test_other_shapes_are_refused(labels, rows, more, message):
    with pytest.raises(ValueError, match=f"circle: {message}"):
        losses.circle(labels, rows, *more)
