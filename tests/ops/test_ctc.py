"""Connectionist temporal classification against all readings, one by one, and against PyTorch's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.bounds import gamma
from tests.geometries import dtypes, seeds
from tests.ops.slopes import check_slopes
from tests.reference import ctc as reference

TARGET, LOGITS = np.array([[1, 2]]), np.zeros((1, 3, 4))


def drawn(seed, samples, times, length, classes, blank):
    numbers = np.random.default_rng(seed)
    others = np.delete(np.arange(classes), blank)
    target = numbers.choice(others, (samples, length)).astype(numbers.choice(["int8", "int64", "uint16"]))
    lengths = numbers.integers(0, length + 1, samples), numbers.integers(0, times + 1, samples)
    return target, 3 * numbers.normal(size=(samples, times, classes)), *lengths


@given(seeds, dtypes, st.integers(1, 3), st.integers(1, 5), st.integers(0, 3), st.integers(2, 4), st.data())
def test_every_reading(seed, dtype, samples, times, length, classes, data):
    blank = data.draw(st.integers(0, classes - 1))
    target, logits, target_length, output_length = drawn(seed, samples, times, length, classes, blank)
    logits = logits.astype(dtype)
    found = ops.ctc_loss(target, logits, target_length, output_length, blank)
    assert found.dtype == dtype
    expected = [
        reference.ctc_loss(labels[:many], scores[:long].astype(float), blank)
        for labels, scores, many, long in zip(target, logits, target_length, output_length, strict=True)
    ]
    # Each score errs by the rounding of log softmax, of numbers up to about 20; a reading adds five of them.
    bound = 5 * 20 * gamma(10, dtype)
    np.testing.assert_allclose(found, expected, rtol=bound, atol=bound)


@pytest.mark.parametrize("blank", [0, 2])
def test_slopes(blank):
    target, logits, _, _ = drawn(3, 4, 6, 2, 4, blank)
    target[2] = target[2, 0]  # a label that is repeated needs a blank between
    check_slopes(lambda x: ops.ctc_loss(target, x, [2, 1, 2, 0], [6, 5, 4, 3], blank), logits)


def test_too_few_times_have_no_slope():
    value, pullback = convolith.vjp(lambda x: ops.ctc_loss([[1, 1], [1, 2]], x, [2, 2], [2, 2]), np.zeros((2, 2, 3)))
    np.testing.assert_allclose(value, [np.inf, 2 * np.log(3)])
    (slope,) = pullback(np.ones(2))
    assert not slope[0].any() and np.isfinite(slope).all() and slope[1].any()


@pytest.mark.torch
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_torch(torch, generator, dtype):
    target = generator.integers(1, 12, (5, 9))
    logits = (3 * generator.normal(size=(5, 40, 12))).astype(dtype)
    many, long = np.array([9, 0, 3, 9, 5]), np.array([40, 33, 9, 30, 1 + 4 + 5])
    theirs = torch.tensor(logits, requires_grad=True)
    scores = theirs.log_softmax(-1).transpose(0, 1)
    lengths = torch.tensor(long), torch.tensor(many)
    expected = torch.nn.functional.ctc_loss(scores, torch.tensor(target), *lengths, reduction="none")
    upstream = generator.normal(size=5).astype(dtype)
    expected.backward(torch.tensor(upstream))
    found, pullback = convolith.vjp(lambda x: ops.ctc_loss(target, x, many, long), logits)
    bound = 40 * gamma(40, dtype)  # forty scores, which each of the forty sums after it may round again
    np.testing.assert_allclose(found, expected.detach().numpy(), rtol=bound)
    np.testing.assert_allclose(pullback(upstream)[0], theirs.grad.numpy(), rtol=0, atol=10 * bound)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"output": LOGITS[0]}, ValueError, r"output must have shape \(n, times, classes\), came \(3, 4\)"),
        ({"target": [1, 2]}, ValueError, r"target must have shape \(1, length\), as output has 1 rows, came \(2,\)"),
        ({"target_length": [2, 2]}, ValueError, r"target_length must have shape \(1,\), .* came \(2,\)"),
        ({"output_length": [[3]]}, ValueError, r"output_length must have shape \(1,\), .* came \(1, 1\)"),
        ({"target": [[1.0, 2.0]]}, TypeError, "target must hold integers, came float32"),
        ({"target_length": [2.0]}, TypeError, "target_length must hold integers, came float32"),
        ({"output_length": [3.0]}, TypeError, "output_length must hold integers, came float32"),
        ({"target": [[1, 4]]}, ValueError, "target must be from 0 to 3, as output has shape .1, 3, 4., came 4"),
        ({"target": [[-1, 2]]}, ValueError, "target must be from 0 to 3, as output .*, came -1"),
        ({"target_length": [3]}, ValueError, "target_length must be from 0 to 2, as target has shape .1, 2., came 3"),
        (
            {"output_length": [4]},
            ValueError,
            "output_length must be from 0 to 3, as output has shape .1, 3, 4., came 4",
        ),
        ({"mask_index": 4}, ValueError, "mask_index must be one of the 4 classes of output of shape .1, 3, 4., came 4"),
        ({"mask_index": 0.5}, TypeError, "mask_index must be an integer, came 0.5"),
        ({"mask_index": "0"}, TypeError, "mask_index must be an integer, came '0'"),
        ({"mask_index": 1}, ValueError, "target must hold no blank within target_length, came 1"),
    ],
)
def test_errors(change, error, message):
    arguments = {"target": TARGET, "output": LOGITS, "target_length": [2], "output_length": [3], **change}
    with pytest.raises(error, match=f"ctc_loss: {message}"):
        ops.ctc_loss(**arguments)
