"""Connectionist temporal classification against all readings, one by one, and against PyTorch's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convolith
from convolith import ops
from tests.bounds import assert_within, gamma, sides
from tests.geometries import dtypes, laid_out, seeds
from tests.reference import ctc as reference
from tests.reference.cross_entropy import log_softmax

TARGET, LOGITS = np.array([[1, 2]]), np.zeros((1, 3, 4))


def drawn(seed, samples, times, length, classes, blank):
    numbers = np.random.default_rng(seed)
    others = np.delete(np.arange(classes), blank)
    target = numbers.choice(others, (samples, length)).astype(numbers.choice(["int8", "int64", "uint16"]))
    lengths = numbers.integers(0, length + 1, samples), numbers.integers(0, times + 1, samples)
    return target, 3 * numbers.normal(size=(samples, times, classes)), *lengths


def bounds(logits, length, loss, dtype):
    """How far the loss of logits (times, classes), and the gradient's parts of the size of a probability, may be off.

    A score is x less the largest and less the logarithm of the sum of exponentials: rounded differences count three
    times, the sum's additions once, and exp and log have 8 units. The lattice adds up a score and at most three ways at
    each time, in float64, and holds no more than the scores so far. A part of the gradient is the exponential of three
    such sums; then the states of a class are added, and the gradient of log softmax sums over the classes.
    """
    classes, spreads = logits.shape[1], np.ptp(logits, axis=1)
    units = [np.finfo(one).eps / 2 for one in (dtype, np.float64)]
    held = np.cumsum(abs(log_softmax(logits)).max(axis=1))
    of_sums = np.sum(units[0] * (3 * spreads + 2 * classes + 48) + units[1] * (64 + 4 * held))
    of_parts = 3.3 * of_sums + gamma(2 * length + 1 + classes + 16, dtype)
    of_parts += units[0] * (3 * spreads.max(initial=0) + classes)
    return sides(dtype) * (of_sums + units[0] * abs(loss)), sides(dtype) * of_parts


@given(seeds, dtypes, st.integers(1, 3), st.integers(1, 5), st.integers(0, 3), st.integers(2, 4), st.data())
def test_every_reading(seed, dtype, samples, times, length, classes, data):
    blank = data.draw(st.integers(0, classes - 1))
    target, logits, target_length, output_length = drawn(seed, samples, times, length, classes, blank)
    logits = logits.astype(dtype)
    found, pullback = convolith.vjp(lambda x: ops.ctc_loss(target, x, target_length, output_length, blank), logits)
    (upstream,) = laid_out(seed, dtype, (samples,))
    (slopes,) = pullback(upstream)
    assert found.dtype == slopes.dtype == dtype
    for sample, (many, long) in enumerate(zip(target_length, output_length, strict=True)):
        given_here = target[sample, :many], logits[sample, :long].astype(float), blank
        loss, slope = reference.ctc_loss(*given_here), reference.ctc_loss_gradient(*given_here)
        assert not slopes[sample, long:].any()
        if loss == np.inf:
            assert found[sample] == np.inf and not slopes[sample].any()
            continue
        of_loss, of_parts = bounds(given_here[1], many, loss, dtype)
        assert_within(found[sample], np.array(loss), of_loss)
        size = abs(upstream[sample]) * (np.exp(log_softmax(given_here[1])) * 2 + abs(slope))
        assert_within(slopes[sample, :long], upstream[sample] * slope, of_parts * size, "gradient")


def test_too_few_times_have_no_slope():
    value, pullback = convolith.vjp(lambda x: ops.ctc_loss([[1, 1], [1, 2]], x, [2, 2], [2, 2]), np.zeros((2, 2, 3)))
    two = np.array(2 * np.log(3))
    assert value[0] == np.inf
    assert_within(value[1], two, bounds(np.zeros((2, 3)), 2, two, np.float64)[0])
    (slope,) = pullback(np.ones(2))
    assert not slope[0].any() and np.isfinite(slope).all() and slope[1].any()


@pytest.mark.torch
@settings(max_examples=20)
@given(seeds, dtypes, st.integers(1, 3), st.integers(1, 40), st.integers(0, 9), st.integers(2, 12), st.data())
def test_torch(torch, seed, dtype, samples, times, length, classes, data):
    """torch's in float64; it has no slope of what is impossible."""
    blank = data.draw(st.integers(0, classes - 1))
    target, logits, many, long = drawn(seed, samples, times, length, classes, blank)
    logits = logits.astype(dtype)
    theirs = torch.tensor(logits.astype(np.float64), requires_grad=True)
    scores = theirs.log_softmax(-1).transpose(0, 1)
    labels, lengths = torch.tensor(target.astype(np.int64)), (torch.tensor(long), torch.tensor(many))
    expected = torch.nn.functional.ctc_loss(scores, labels, *lengths, blank, reduction="none")
    losses = expected.detach().numpy()
    possible = np.isfinite(losses)
    (upstream,) = laid_out(seed, dtype, (samples,))
    (expected * torch.tensor(upstream.astype(np.float64)))[torch.tensor(possible)].sum().backward()
    found, pullback = convolith.vjp(lambda x: ops.ctc_loss(target, x, many, long, blank), logits)
    (slopes,) = pullback(upstream)
    np.testing.assert_array_equal(np.isfinite(found), possible)
    for sample in np.flatnonzero(possible):
        counted = logits[sample, : long[sample]].astype(np.float64)
        of_loss, of_parts = bounds(counted, many[sample], losses[sample], dtype)
        assert_within(found[sample], losses[sample], of_loss)
        size = abs(upstream[sample]) * (2 * np.exp(log_softmax(logits[sample].astype(np.float64))) + 1)
        assert_within(slopes[sample], theirs.grad[sample].numpy(), of_parts * size, "gradient")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"output": LOGITS[0]}, ValueError, r"output must have shape \(n, times, classes\), got \(3, 4\)"),
        ({"target": [1, 2]}, ValueError, r"target must have shape \(1, length\), as output has 1 rows, got \(2,\)"),
        ({"target_length": [2, 2]}, ValueError, r"target_length must have shape \(1,\), .* got \(2,\)"),
        ({"output_length": [[3]]}, ValueError, r"output_length must have shape \(1,\), .* got \(1, 1\)"),
        ({"target": [[1.0, 2.0]]}, TypeError, "target must hold integers, got float32"),
        ({"target_length": [2.0]}, TypeError, "target_length must hold integers, got float32"),
        ({"output_length": [3.0]}, TypeError, "output_length must hold integers, got float32"),
        ({"target": [[1, 4]]}, ValueError, "target must be from 0 to 3, as output has shape .1, 3, 4., got 4"),
        ({"target": [[-1, 2]]}, ValueError, "target must be from 0 to 3, as output .*, got -1"),
        ({"target_length": [3]}, ValueError, "target_length must be from 0 to 2, as target has shape .1, 2., got 3"),
        (
            {"output_length": [4]},
            ValueError,
            "output_length must be from 0 to 3, as output has shape .1, 3, 4., got 4",
        ),
        ({"mask_index": 4}, ValueError, "mask_index must be one of the 4 classes of output of shape .1, 3, 4., got 4"),
        ({"mask_index": 0.5}, TypeError, "mask_index must be an integer, got 0.5"),
        ({"mask_index": "0"}, TypeError, "mask_index must be an integer, got '0'"),
        ({"mask_index": 1}, ValueError, "target must hold no blank within target_length, got 1"),
    ],
)
def test_errors(change, error, message):
    arguments = {"target": TARGET, "output": LOGITS, "target_length": [2], "output_length": [3], **change}
    with pytest.raises(error, match=f"ctc_loss: {message}"):
        ops.ctc_loss(**arguments)
