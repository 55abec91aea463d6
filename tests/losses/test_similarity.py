"""Circle loss pair by pair, with gradients, and Keras's values and gradients."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convolith
from convolith import losses
from tests.bounds import assert_within, sides
from tests.geometries import dtypes, seeds
from tests.losses.formulas import circle, reduced
from tests.running_error import Rounded, gradients

ARGUMENTS = st.fixed_dictionaries({"gamma": st.sampled_from([1.0, 8.0, 80.0]), "margin": st.sampled_from([0.25, 0.4])})


def embeddings(generator, samples=6):
    rows = generator.normal(size=(samples, 3))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def one_by_one(labels, rows, others, references, remove_diagonal=True, gamma=80, margin=0.4):
    values = []
    for place, (label, row) in enumerate(zip(labels, rows, strict=True)):
        near = far = 0.0
        for position, (other, reference) in enumerate(zip(others, references, strict=True)):
            similarity = min(math.fsum(row * reference), 1.0)
            if label == other and not (remove_diagonal and place == position):
                near += math.exp(-gamma * max(1 + margin - similarity, 0) * (similarity - (1 - margin)))
            elif label != other:
                far += math.exp(gamma * max(similarity + margin, 0) * (similarity - margin))
        values.append(math.log1p(near * far))
    return np.array(values)


class Compared:
    """Embeddings of drawn labels, each of which has one of its class, and of another, to be compared with."""

    def __init__(self, seed, dtype, itself, remove_diagonal, arguments):
        generator = np.random.default_rng(seed)
        self.labels, self.arguments = generator.integers(0, 3, 6), {**arguments, "remove_diagonal": remove_diagonal}
        self.others = self.labels if itself else generator.integers(0, 3, 4)
        self.rows = embeddings(generator).astype(dtype)
        self.references = self.rows if itself else embeddings(generator, 4).astype(dtype)
        same = self.labels[:, None] == self.others
        kept = same & ~np.eye(6, len(self.others), dtype=bool) if remove_diagonal else same
        assume(kept.any(axis=1).all() and (~same).any(axis=1).all())
        self.leaves = Rounded(self.rows[:, None], dtype=dtype), Rounded(self.references[None], dtype=dtype)
        self.values = circle(*self.leaves, kept[..., None], ~same[..., None], **arguments)
        self.generator = generator


@given(seeds, dtypes, st.booleans(), st.booleans(), ARGUMENTS)
def test_pair_by_pair(seed, dtype, itself, remove_diagonal, arguments):
    """The slope is not certain where an embedding is compared with itself, at the similarity 1."""
    drawn = Compared(seed, dtype, itself, remove_diagonal, arguments)
    given_labels = () if itself else (drawn.others[:, None],)
    arrays = (drawn.rows,) if itself else (drawn.rows, drawn.references)
    found, pullback = convolith.vjp(
        lambda x, *y: losses.circle(drawn.labels[:, None], x, *given_labels, *y, **drawn.arguments), *arrays
    )
    rows, references = (array.astype(np.float64) for array in (drawn.rows, drawn.references))
    exact = one_by_one(drawn.labels, rows, drawn.others, references, **drawn.arguments)
    assert found.dtype == dtype
    assert_within(found, exact, sides(dtype) * drawn.values.error[:, 0, 0])
    if itself and not remove_diagonal:
        return
    upstream = drawn.generator.normal(size=found.shape).astype(dtype)
    first, second = gradients(drawn.values, upstream[:, None, None], drawn.leaves)
    slopes = (first.value[:, 0], first.error[:, 0]), (second.value[0], second.error[0])
    if itself:  # the two are one array
        unit = np.finfo(dtype).eps
        (one, off), (other, more) = slopes
        slopes = [(one + other, (1 + unit) * (off + more) + unit * abs(one + other))]
    for gradient, (slope, error) in zip(pullback(upstream), slopes, strict=True):
        assert_within(gradient, slope, sides(dtype) * error, "gradient")


def test_without_pairs_it_is_0_and_so_is_its_slope(generator):
    rows = embeddings(generator)
    for labels in (np.zeros(6, int), np.arange(6)):
        value, pullback = convolith.vjp(lambda x, y=labels: losses.Circle()(y, x), rows)
        assert value == 0 and not pullback(np.ones(()))[0].any()


@settings(max_examples=20)
@given(
    seeds, st.booleans(), st.sampled_from(["sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", None]),
    ARGUMENTS.filter(lambda arguments: arguments["gamma"] < 80),  # of which a loss may be 0, and is not counted then
)  # fmt: skip
def test_keras(keras, seed, weighted, reduction, arguments):
    """Whose values and gradients are computed in float64; on torch it has NaN where there is no pair."""
    if keras.backend.backend() != "torch":
        pytest.skip("needs KERAS_BACKEND=torch, for its automatic gradients")
    import torch

    drawn = Compared(seed, np.float32, True, True, arguments)
    weights = drawn.generator.uniform(0.1, 2, 6).astype(np.float32) if weighted else None
    loss = losses.Circle(**drawn.arguments, reduction=reduction)
    other = keras.losses.Circle(**drawn.arguments, reduction=reduction, dtype="float64")
    assert loss.name == other.name
    theirs = torch.tensor(drawn.rows.astype(np.float64), requires_grad=True)
    value = other(torch.tensor(drawn.labels), theirs, None if weights is None else torch.tensor(weights))
    value.sum().backward()
    found, pullback = convolith.vjp(lambda x: loss(drawn.labels, x, weights), drawn.rows)
    expected = reduced(drawn.values, reduction, weights)
    assert_within(found, value.detach().numpy(), expected.error.reshape(found.shape))
    first, second = gradients(expected, np.ones(expected.value.shape), drawn.leaves)
    slope = first.value[:, 0] + second.value[0]
    error = first.error[:, 0] + second.error[0]
    error = error + np.finfo(np.float32).eps * (abs(slope) + error)
    assert_within(pullback(np.ones_like(found))[0], theirs.grad.numpy(), error, "gradient")


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
