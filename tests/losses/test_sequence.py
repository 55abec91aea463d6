"""The loss of sequences: blanks fill up the labels; Keras's values and gradients."""

import numpy as np
import pytest

import convolith
from convolith import losses
from tests.bounds import gamma
from tests.reference import ctc as reference

LABELS = np.array([[1, 2, 0], [3, 0, 0], [2, 2, 1], [0, 0, 0]])


def logits(generator, places=6):
    return 2 * generator.normal(size=(4, places, 4))


def test_every_reading(generator):
    scores = logits(generator)
    expected = [reference.ctc_loss(row[row > 0], one) for row, one in zip(LABELS, scores, strict=True)]
    np.testing.assert_allclose(losses.ctc(LABELS, scores), expected, rtol=1e-12)
    np.testing.assert_allclose(losses.ctc(LABELS.astype(float), scores), expected, rtol=1e-12)
    assert losses.CTC()(LABELS, scores) == pytest.approx(np.mean(expected), rel=1e-12)
    weights = np.array([1.0, 2.0, 0.5, 0.0])
    assert losses.CTC("sum")(LABELS, scores, weights) == pytest.approx(np.dot(weights, expected), rel=1e-12)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", None])
def test_keras(keras, generator, reduction):
    if keras.backend.backend() != "torch":
        pytest.skip("needs KERAS_BACKEND=torch, for its automatic gradients")
    import torch

    scores = logits(generator, 20).astype("float32")
    theirs = torch.tensor(scores, requires_grad=True)
    expected = keras.losses.CTC(reduction=reduction)(torch.tensor(LABELS), theirs)
    expected.sum().backward()
    loss = losses.CTC(reduction=reduction)
    assert loss.name == keras.losses.CTC().name
    found, pullback = convolith.vjp(lambda predictions: loss(LABELS, predictions), scores)
    np.testing.assert_allclose(found, expected.detach().numpy(), rtol=20 * gamma(20))
    np.testing.assert_allclose(pullback(np.ones_like(found))[0], theirs.grad.numpy(), rtol=0, atol=100 * gamma(20))


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
        ([[4]], "target must be from 0 to 3, as output has shape .*, came 4"),
        ([[1.5]], "^ctc: y_true must hold whole numbers, came 1.5"),
        ([[1, np.nan]], "^ctc: y_true must hold whole numbers, came nan"),
        ([[1, 0, 2]], "target must hold no blank within target_length, came 0"),
    ],
)
def test_labels_that_are_no_classes_are_refused(labels, message):
    with pytest.raises(ValueError, match=message):
        losses.ctc(labels, np.zeros((1, 2, 4)))
