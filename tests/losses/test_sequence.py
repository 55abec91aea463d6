"""The loss of sequences: blanks fill up the labels; Keras's values and gradients."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convolith
from convolith import losses
from tests.bounds import assert_within, gamma
from tests.geometries import dtypes, seeds
from tests.ops.test_ctc import bounds
from tests.reference import ctc as reference
from tests.reference.cross_entropy import log_softmax

LABELS = np.array([[1, 2, 0], [3, 0, 0], [2, 2, 1], [0, 0, 0]])
LENGTHS = np.count_nonzero(LABELS, axis=1)


def logits(seed, dtype, places):
    return (2 * np.random.default_rng(seed).normal(size=(4, places, 4))).astype(dtype)


def reduced(values, errors, reduction, weights, dtype):
    """What is made of values that have errors: products, then a sum of four, over their number or the weights' sum."""
    values, errors = values * weights, errors * weights
    if reduction is None:
        return values, errors + gamma(1, dtype) * (values + errors)
    count = {"sum": 1, "mean_with_sample_weight": weights.sum()}.get(reduction, 4)
    return values.sum() / count, (errors.sum() + gamma(4 + 4 + 2, dtype) * (values + errors).sum()) / count


REDUCTIONS = st.sampled_from(["sum_over_batch_size", "sum", "mean_with_sample_weight", None])
WEIGHTS = st.sampled_from([(1.0, 1.0, 1.0, 1.0), (1.0, 2.0, 0.5, 0.0)]).map(np.array)


@settings(max_examples=20)
@given(seeds, dtypes, st.sampled_from([int, float]), REDUCTIONS, WEIGHTS)
def test_every_reading(seed, dtype, kind, reduction, weights):
    """The gradients are those of ops, weighed; test_keras compares them."""
    scores = logits(seed, dtype, 5)
    expected = np.array([
        reference.ctc_loss(row[row > 0], one.astype(float)) for row, one in zip(LABELS, scores, strict=True)
    ])  # fmt: skip
    errors = np.array([
        bounds(one.astype(float), *sample, dtype)[0] for one, *sample in zip(scores, LENGTHS, expected, strict=True)
    ])  # fmt: skip
    found = losses.ctc(LABELS.astype(kind), scores)
    assert found.dtype == dtype
    assert_within(found, expected, errors)
    assert_within(losses.CTC(reduction)(LABELS, scores, weights), *reduced(expected, errors, reduction, weights, dtype))


@settings(max_examples=20)
@given(seeds, REDUCTIONS, WEIGHTS)
def test_keras(keras, seed, reduction, weights):
    """Whose values and gradients are computed in float64."""
    if keras.backend.backend() != "torch":
        pytest.skip("needs KERAS_BACKEND=torch, for its automatic gradients")
    import torch

    scores = logits(seed, np.float32, 20)
    each = torch.tensor(scores.astype(np.float64), requires_grad=True)
    values = keras.losses.CTC(reduction=None, dtype="float64")(torch.tensor(LABELS), each)
    values.sum().backward()
    theirs = keras.losses.CTC(reduction=reduction, dtype="float64")
    expected = theirs(torch.tensor(LABELS), torch.tensor(scores.astype(np.float64)), torch.tensor(weights))
    loss = losses.CTC(reduction=reduction)
    assert loss.name == theirs.name
    found, pullback = convolith.vjp(lambda predictions: loss(LABELS, predictions, weights), scores)
    (slopes,) = pullback(np.ones_like(found))
    values = values.detach().numpy()
    pairs = [
        bounds(one.astype(float), *sample, np.float32) for one, *sample in zip(scores, LENGTHS, values, strict=True)
    ]
    errors = np.array([pair[0] for pair in pairs])
    _, allowed = reduced(values, errors, reduction, weights, np.float32)
    assert_within(found, expected.detach().numpy(), allowed)
    count = {"sum": 1, None: 1, "mean_with_sample_weight": weights.sum()}.get(reduction, 4)
    for sample, (_, of_parts) in enumerate(pairs):
        share, slope = weights[sample] / count, each.grad[sample].numpy()
        size = 2 * np.exp(log_softmax(scores[sample].astype(float))) + abs(slope)
        off = of_parts * size
        assert_within(slopes[sample], share * slope, share * (off + gamma(7) * (abs(slope) + off)), "gradient")


def test_a_model_learns_to_spell(generator):
    convolith.utils.set_random_seed(4)
    lines = np.eye(3, dtype="float32")[np.array([[0, 1, 1, 0, 2], [2, 2, 0, 1, 0]])]
    spelled = np.array([[1, 2], [2, 1]])
    model = convolith.Sequential([convolith.Input((5, 3)), convolith.layers.Conv1D(3, 1)])
    model.compile(convolith.optimizers.Adam(0.1), losses.CTC())
    history = model.fit(lines, spelled, epochs=60, verbose=0).history["loss"]
    assert history[-1] < 0.05 < history[0]
    read = model.predict(lines, verbose=0).argmax(-1)
    assert [reference.spelled(row, 0) for row in read.tolist()] == spelled.tolist()


@pytest.mark.parametrize(("labels", "scores"), [((4,), (4, 6, 4)), ((4, 3), (4, 4))])
def test_other_shapes_are_refused(labels, scores):
    with pytest.raises(ValueError, match=r"ctc: y_true and y_pred must have shapes \(n, length\) and"):
        losses.ctc(np.zeros(labels, int), np.zeros(scores))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([[4]], "target must be from 0 to 3, as output has shape .*, got 4"),
        ([[1.5]], "^ctc: y_true must hold whole numbers, got 1.5"),
        ([[1, np.nan]], "^ctc: y_true must hold whole numbers, got nan"),
        ([[1, 0, 2]], "target must hold no blank within target_length, got 0"),
    ],
)
def test_labels_that_are_no_classes_are_refused(labels, message):
    with pytest.raises(ValueError, match=message):
        losses.ctc(labels, np.zeros((1, 2, 4)))
