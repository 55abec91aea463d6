"""Cross-entropies between targets and a distribution over classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.defaults import epsilon
from convolith.engine import cross_entropy as engine
from convolith.graph.operation import Again, Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import flag, one_axis
from convolith.ops.arithmetic import clip
from convolith.ops.conversion import operand
from convolith.ops.exponential import log
from convolith.ops.reduction import sum as sum_of
from convolith.ops.shape import reshape, transpose
from convolith.ops.softmax import LogSoftmax, Softmax

TARGET = "sparse_categorical_crossentropy: target"


class CrossEntropy(Operation):
    """-sum of targets * log softmax(logits), a number a row."""

    def infer(self, targets: Spec, logits: Spec) -> Spec:
        """Drop the classes."""
        return Spec(logits.shape[:1], logits.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Sum over the classes."""
        return engine.cross_entropy(inputs[0], inputs[1], outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Give both; that by the targets is -log softmax."""
        targets, logits = node.inputs
        by_targets = -LogSoftmax()(logits) * reshape(upstreams[0], (-1, 1))
        return by_targets, CrossEntropyGradient()(targets, logits, upstreams[0])


class CrossEntropyGradient(Operation):
    """The gradient of the cross-entropy by the logits: (softmax * sum of targets - targets) * upstream."""

    def infer(self, targets: Spec, logits: Spec, upstream: Spec) -> Spec:
        """Give the shape of the logits."""
        return logits

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Scale softmax minus targets."""
        return engine.cross_entropy_gradient(inputs[0], inputs[1], inputs[2], outputs[0])

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Give all three, by the formula."""
        targets, logits, upstream = node.inputs
        weights = upstreams[0] * reshape(upstream, (-1, 1))
        probabilities, mass = Softmax()(logits), sum_of(targets, axis=1, keepdims=True)
        average = sum_of(weights * probabilities, axis=1, keepdims=True)
        by_upstream = sum_of(upstreams[0] * (probabilities * mass - targets), axis=1)
        return average - weights, mass * probabilities * (weights - average), by_upstream


class SparseCrossEntropy(Operation):
    """-log softmax(logits) of the class that the label names, a number a row."""

    keeps = (0,)

    def infer(self, labels: Spec, logits: Spec) -> Spec:
        """Drop the classes."""
        return Spec(logits.shape[:1], logits.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Pick from each row."""
        labels, logits = inputs
        classes = _class_numbers(labels, logits.shape[1])
        again = engine.sparse_cross_entropy(classes, logits, outputs[0])
        return again if classes is labels else None

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Give that by the logits."""
        labels, logits = node.inputs
        return None, SparseCrossEntropyGradient()(labels, logits, upstreams[0])


class SparseCrossEntropyGradient(Operation):
    """The gradient of the sparse cross-entropy by the logits."""

    keeps = (0,)

    def infer(self, labels: Spec, logits: Spec, upstream: Spec) -> Spec:
        """Give the shape of the logits."""
        return logits

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> Again:
        """Scale softmax minus the labels' unit vectors."""
        labels, logits, upstream = inputs
        classes = _class_numbers(labels, logits.shape[1])
        again = engine.sparse_cross_entropy_gradient(classes, logits, upstream, outputs[0])
        return again if classes is labels else None

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Give those by the logits and by the upstream: it is (softmax - unit vector) * upstream."""
        labels, logits, upstream = node.inputs
        weights, probabilities = upstreams[0] * reshape(upstream, (-1, 1)), Softmax()(logits)
        average = sum_of(weights * probabilities, axis=1, keepdims=True)
        by_upstream = sum_of(upstreams[0] * probabilities, axis=1) - Pick()(labels, upstreams[0])
        return None, probabilities * (weights - average), by_upstream


@dataclass(frozen=True)
class Pick(Operation):
    """Of each row the element that the label names."""

    what: str = TARGET  # of the labels, for the message
    keeps = (0,)

    def infer(self, labels: Spec, x: Spec) -> Spec:
        """Drop the classes."""
        return Spec(x.shape[:1], x.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Check the labels' values, then pick."""
        labels, x = inputs
        outputs[0][...] = x[np.arange(len(x)), _checked(labels, x.shape[1], self.what)]

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Put the upstream where x was picked."""
        labels, x = node.inputs
        assert x is not None
        return None, PickGradient(x.shape[1], self.what)(labels, upstreams[0])


@dataclass(frozen=True)
class PickGradient(Operation):
    """Rows of zeros, but for the upstream where the label says."""

    classes: int
    what: str = TARGET
    keeps = (0,)

    def infer(self, labels: Spec, upstream: Spec) -> Spec:
        """Add the classes."""
        return Spec((*upstream.shape, self.classes), upstream.dtype)

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Put."""
        (labels, upstream), (out,) = inputs, outputs
        out[...] = 0
        out[np.arange(len(out)), _checked(labels, self.classes, self.what)] = upstream

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Pick: the adjoint of the adjoint."""
        return None, Pick(self.what)(node.inputs[0], upstreams[0])


def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """Take -sum of target * log(output) over the classes.

    A traced `output` that comes right from softmax over `axis` is taken back to its logits, which is exact where the
    logarithm of a tiny probability is not (Keras on TensorFlow does so too). Other probabilities are divided by their
    sum and kept between 1e-7 and 1 - 1e-7.

    Args:
        target: array or tensor (..., classes) of probabilities.
        output: array or tensor of the same shape: probabilities, or logits if from_logits.
        from_logits: whether to take softmax of output first.
        axis: the axis of the classes.

    Returns:
        The shape without that axis, float32 or float64: one loss each.

    Raises:
        ValueError: if the shapes differ, or output has no such axis.
        TypeError: if an argument is of another type.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.categorical_crossentropy(np.array([[0, 1.0]]), np.array([[0.5, 0.5]]))
        array([0.69314718])
    """
    name = "categorical_crossentropy"
    target, output = operand(name, "target", target), operand(name, "output", output)
    flag(name, "from_logits", from_logits)
    if target.shape != output.shape:
        raise ValueError(f"{name}: target must have the shape of output, {output.shape}, got {target.shape}")
    axis = _axis(name, axis, output)
    targets, logits = _classes_last(target, axis), _logits(output, from_logits, axis)
    if logits is not None:
        losses = CrossEntropy()(reshape(targets, (-1, targets.shape[-1])), reshape(logits, (-1, logits.shape[-1])))
        return reshape(losses, logits.shape[:-1])
    output = _classes_last(output, axis)
    probabilities = clip(output / sum_of(output, axis=-1, keepdims=True), epsilon(), 1 - epsilon())
    return -sum_of(targets * log(probabilities), axis=-1)


def sparse_categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """Take -log(output) of the class that the target names.

    Traced softmax and other probabilities are treated as in `categorical_crossentropy`.

    Args:
        target: integer array or tensor of the shape of output without the classes, or with 1 in their place.
        output: array or tensor of probabilities, or logits if from_logits.
        from_logits: whether to take softmax of output first.
        axis: the axis of the classes.

    Returns:
        The shape without that axis, float32 or float64: one loss each.

    Raises:
        ValueError: if the shapes do not fit, or (when computed) a target is not one of the classes.
        TypeError: if the targets are not integers.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.sparse_categorical_crossentropy(np.array([1]), np.array([[0.5, 0.5]]))
        array([0.69314718])
    """
    name = "sparse_categorical_crossentropy"
    target, output = operand(name, "target", target), operand(name, "output", output)
    flag(name, "from_logits", from_logits)
    axis = _axis(name, axis, output)
    without, with_one = (
        output.shape[:axis] + output.shape[axis + 1 :],
        output.shape[:axis] + (1,) + output.shape[axis + 1 :],
    )
    if target.shape not in (without, with_one):
        raise ValueError(
            f"{name}: target must have shape {without}, as output has {output.shape} and axis is {axis}, got "
            f"{target.shape}"
        )
    if target.dtype.kind not in "biu":
        raise TypeError(f"{name}: target must hold integers, the numbers of the classes, got {target.dtype}")
    labels, logits = reshape(target, (-1,)), _logits(output, from_logits, axis)
    if logits is not None:
        return reshape(SparseCrossEntropy()(labels, reshape(logits, (-1, logits.shape[-1]))), without)
    output = _classes_last(output, axis)
    output = reshape(output, (-1, output.shape[-1]))
    probabilities = clip(Pick()(labels, output) / sum_of(output, axis=-1), epsilon(), 1 - epsilon())
    return reshape(-log(probabilities), without)


def _axis(name: str, axis: int, output: Any) -> int:
    """Count the axis from 0."""
    place = one_axis(name, axis, output.shape, "output")
    if output.shape[place] == 0:
        raise ValueError(f"{name}: output must have classes along axis {axis}, got shape {output.shape}")
    return place


def _classes_last(x: Any, axis: int) -> Any:
    last = x.ndim - 1
    return x if axis == last else transpose(x, [*(other for other in range(x.ndim) if other != axis), axis])


def _logits(output: Any, from_logits: bool, axis: int) -> Any:
    """Give logits with the classes last: of a softmax its input, of other probabilities none."""
    if from_logits:
        return _classes_last(output, axis)
    node = output.node if isinstance(output, Tensor) else None
    if node is not None and isinstance(node.operation, Softmax) and axis == output.ndim - 1:
        return node.inputs[0]
    return None


def _class_numbers(labels: np.ndarray, classes: int) -> np.ndarray:
    """Give the labels as int64, of which the engine checks each."""
    return labels if labels.dtype == np.int64 else _checked(labels, classes)


def _checked(labels: np.ndarray, classes: int, what: str = TARGET) -> np.ndarray:
    """Give the labels as int64, once each is known to name a class: before, large ones would turn negative."""
    if labels.min() < 0 or labels.max() >= classes:
        wrong = labels[(labels < 0) | (labels >= classes)][0]
        raise ValueError(
            f"{what} must hold classes from 0 to {classes - 1}, as many as there are predictions of, got {wrong}"
        )
    return labels.astype(np.int64, copy=False)
