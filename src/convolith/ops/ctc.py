"""Connectionist temporal classification: the loss of a sequence of labels without times, given scores at each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import integer
from convolith.ops.conversion import operand
from convolith.ops.shape import reshape
from convolith.ops.softmax import log_softmax


@dataclass(frozen=True)
class Ctc(Operation):
    """-log of the probability of all alignments of a sequence's labels, of log-probabilities (n, times, classes)."""

    blank: int
    keeps = (0, 1, 2)

    def infer(self, target: Spec, target_length: Spec, output_length: Spec, output: Spec) -> Spec:
        """Give one number a sequence."""
        return Spec(output.shape[:1], output.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Sum over the alignments forward in time."""
        lattice = Lattice(self.blank, *inputs)
        outputs[0][...] = -lattice.total(lattice.forward()[-1])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Give that by the log-probabilities."""
        return None, None, None, CtcGradient(self.blank)(*node.inputs, upstreams[0])


@dataclass(frozen=True)
class CtcGradient(Operation):
    """The gradient of the loss by the log-probabilities: how probable each class is at each time, negated."""

    blank: int
    keeps = (0, 1, 2)

    def infer(self, target: Spec, target_length: Spec, output_length: Spec, output: Spec, upstream: Spec) -> Spec:
        """Give the shape of the log-probabilities."""
        return output

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Join what leads to each place of the lattice with what leads on from there."""
        *given, upstream = inputs
        lattice = Lattice(self.blank, *given)
        (out,) = outputs
        out[...] = 0
        forward = lattice.forward()
        total = lattice.total(forward[-1])[:, None]
        possible = np.isfinite(total)
        rows = np.arange(len(out))[:, None]
        for time, onward in lattice.backward():
            with np.errstate(invalid="ignore"):
                share = np.exp(forward[time] + onward - total)
            counted = possible & (time < lattice.times[:, None])
            place = (rows, np.full_like(rows, time), lattice.states)
            np.subtract.at(out, place, np.where(counted, share, 0) * upstream[:, None])


class Lattice:
    """The labels with blanks before, between and behind them, as states that an alignment goes through.

    Args:
        blank: the class that is no label.
        target: integers (n, length).
        target_length: (n,), how many of them count.
        output_length: (n,), how many times count.
        output: log-probabilities (n, times, classes).

    Raises:
        ValueError: a label is no class or the blank, or a length is out of range.
    """

    def __init__(
        self,
        blank: int,
        target: np.ndarray,
        target_length: np.ndarray,
        output_length: np.ndarray,
        output: np.ndarray,
    ):
        samples, length = target.shape
        _check_range("target", target, output.shape[2] - 1, output.shape)
        _check_range("target_length", target_length, length, target.shape)
        _check_range("output_length", output_length, output.shape[1], output.shape)
        counted = np.arange(length) < target_length[:, None]
        if (counted & (target == blank)).any():
            raise ValueError(f"ctc_loss: target must hold no blank within target_length, got {blank}")
        self.lengths, self.times = target_length.astype(np.int64), output_length.astype(np.int64)
        self.states = np.full((samples, 2 * length + 1), blank, np.int64)
        self.states[:, 1::2] = target
        # A blank may be left out between two labels that differ.
        self.skips = np.zeros(self.states.shape, bool)
        self.skips[:, 3::2] = target[:, 1:] != target[:, :-1]
        scores = np.take_along_axis(output.astype(np.float64), self.states[:, None, :], axis=2)
        self.scores = scores.transpose(1, 0, 2)  # (times, n, states)

    def forward(self) -> np.ndarray:
        """Return (times + 1, n, states): log-probabilities of the ways to be in a state, up to and with each time.

        The last row is where a sequence is when its own times are over.
        """
        ways = np.full((len(self.scores) + 1, *self.states.shape), -np.inf)
        now = np.full(self.states.shape, -np.inf)
        for time, scores in enumerate(self.scores):
            if time == 0:
                following = np.where(np.arange(self.states.shape[1]) < 2, scores, -np.inf)
            else:
                following = scores + _from_before(now, self.skips)
            now = np.where((time < self.times)[:, None], following, now)
            ways[time] = now
        ways[-1] = now
        return ways

    def backward(self) -> Any:
        """Give each time, from the last one, with the log-probabilities (n, states) of the ways on from there."""
        index = np.arange(self.states.shape[1])
        ends = (index == 2 * self.lengths[:, None]) | (index == 2 * self.lengths[:, None] - 1)
        onward = np.where(ends, 0.0, -np.inf)
        skips = np.zeros_like(self.skips)
        skips[:, :-2] = self.skips[:, 2:]
        for time in range(len(self.scores) - 1, -1, -1):
            if time < len(self.scores) - 1:
                ahead = onward + self.scores[time + 1]
                further = _from_before(ahead[:, ::-1], skips[:, ::-1])[:, ::-1]
                onward = np.where((time + 1 < self.times)[:, None], further, onward)
            yield time, onward

    def total(self, last: np.ndarray) -> np.ndarray:
        """Return (n,): the log-probability of all ways that end in the last label or the blank behind it."""
        rows, end = np.arange(len(last)), 2 * self.lengths
        label = np.where(end > 0, last[rows, np.maximum(end - 1, 0)], -np.inf)
        total = np.logaddexp(last[rows, end], label)
        return np.where(self.times > 0, total, np.where(self.lengths == 0, 0.0, -np.inf))


def _from_before(ways: np.ndarray, skips: np.ndarray) -> np.ndarray:
    """Sum what stays in a state, what comes from the one before, and where allowed from the one before that."""
    one, two = np.full_like(ways, -np.inf), np.full_like(ways, -np.inf)
    one[:, 1:], two[:, 2:] = ways[:, :-1], ways[:, :-2]
    return np.logaddexp(np.logaddexp(ways, one), np.where(skips, two, -np.inf))


def _check_range(argument: str, values: np.ndarray, most: int, shape: tuple[int, ...]) -> None:
    """Refuse values that are not in [0, most], which the shape of target or output tells."""
    if values.size and (values.min() < 0 or values.max() > most):
        of = "target" if argument == "target_length" else "output"
        wrong = values[(values < 0) | (values > most)][0]
        raise ValueError(f"ctc_loss: {argument} must be from 0 to {most}, as {of} has shape {shape}, got {wrong}")


def ctc_loss(target: Any, output: Any, target_length: Any, output_length: Any, mask_index: int = 0) -> Any:
    """Take -log of the probability that the scores, read time by time, spell the labels.

    A reading names a class or a blank at each time; repeated classes count once, then the blanks go.

    Args:
        target: integer array or tensor (n, length) of labels; those that count are classes but the blank.
        output: array or tensor (n, times, classes) of logits, whose softmax is taken.
        target_length: integers (n,), how many labels of a row count.
        output_length: integers (n,), how many times of a row count.
        mask_index: the class of the blank.

    Returns:
        (n,), float32 or float64; infinity, without a slope, where there are too few times for the labels.

    Raises:
        ValueError: if shapes do not fit or are empty, or (when computed) a label is none, or a length is out of range.
        TypeError: if labels, lengths or mask_index are not integers.

    Source:
        Graves et al., "Connectionist temporal classification", ICML 2006, equations 3 to 16.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.ctc_loss([[1]], np.zeros((1, 2, 2)), [1], [2]).round(4)  # 1 1, 1 0 and 0 1 of four readings
        array([0.2877])
    """
    output = operand("ctc_loss", "output", output)
    if output.ndim != 3:
        raise ValueError(f"ctc_loss: output must have shape (n, times, classes), got {output.shape}")
    samples, times, classes = output.shape
    if samples == 0 or times == 0:
        raise ValueError(f"ctc_loss: output must have a sequence and a time at least, got shape {output.shape}")
    integers = []
    for argument, given, rank in (
        ("target", target, 2),
        ("target_length", target_length, 1),
        ("output_length", output_length, 1),
    ):
        value = operand("ctc_loss", argument, given)
        if value.ndim != rank or value.shape[0] != samples:
            shape = f"({samples},{' length' if rank == 2 else ''})"
            raise ValueError(
                f"ctc_loss: {argument} must have shape {shape}, as output has {samples} rows, got {value.shape}"
            )
        if value.dtype.kind not in "iu":
            raise TypeError(f"ctc_loss: {argument} must hold integers, got {value.dtype}")
        integers.append(value)
    mask_index = integer("ctc_loss", "mask_index", mask_index)
    if not 0 <= mask_index < classes:
        raise ValueError(
            f"ctc_loss: mask_index must be one of the {classes} classes of output of shape {output.shape}, "
            f"got {mask_index!r}"
        )
    return reshape(Ctc(mask_index)(*integers, log_softmax(output)), (-1,))
