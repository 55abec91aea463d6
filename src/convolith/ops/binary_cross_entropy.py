"""Cross-entropy between targets and probabilities of a yes, each on its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.defaults import epsilon
from convolith.graph.operation import Operation
from convolith.graph.tensor import Node, Spec, Tensor
from convolith.ops.arguments import flag
from convolith.ops.arithmetic import clip
from convolith.ops.conversion import float_operand
from convolith.ops.exponential import log
from convolith.ops.sigmoid import Sigmoid, sigmoid


class BinaryCrossEntropy(Operation):
    """log(1 + exp(logit)) - target * logit of each element, without overflow."""

    takes_over = (0,)

    def infer(self, targets: Spec, logits: Spec) -> Spec:
        """Keep the shape."""
        return logits

    def compute(self, outputs: tuple[np.ndarray, ...], *inputs: Any) -> None:
        """Take max(x, 0) - target * x + log1p(exp(-|x|))."""
        (targets, logits), (out,) = inputs, outputs
        np.multiply(targets, logits, out=out)
        bend = np.abs(logits, out=np.empty_like(logits))
        np.exp(np.negative(bend, out=bend), out=bend)
        np.subtract(np.log1p(bend, out=bend), out, out=out)
        np.add(out, np.maximum(logits, 0, out=bend), out=out)

    def gradient(self, node: Node, *upstreams: Any) -> tuple[Tensor | None, ...]:
        """Give -logit and sigmoid(logit) - target, times the upstream."""
        targets, logits = node.inputs
        assert logits is not None
        return -logits * upstreams[0], (sigmoid(logits) - targets) * upstreams[0]


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """Take -target * log(output) - (1 - target) * log(1 - output) of each element.

    A traced `output` that comes right from sigmoid is taken back to its logits, which is exact where the logarithm of
    a tiny probability is not. Other probabilities are kept between 1e-7 and 1 - 1e-7.

    Args:
        target: array or tensor of any shape, of shares; what is not in [0, 1], as of noisy labels, goes into the
            formula likewise.
        output: array or tensor of the same shape: probabilities, which are brought into [epsilon, 1 - epsilon] for the
            `config.epsilon()` of Keras, or logits if from_logits.
        from_logits: whether to take the sigmoid of output first.

    Returns:
        The same shape, float32 or float64.

    Raises:
        ValueError: if the shapes differ.
        TypeError: if one of them holds no real numbers.

    Example:
        >>> import numpy as np
        >>> from convolith import ops
        >>> ops.binary_crossentropy(np.array([1.0, 0.0]), np.array([0.0, 0.0]), from_logits=True)
        array([0.69314718, 0.69314718])
    """
    name = "binary_crossentropy"
    target, output = float_operand(name, "target", target), float_operand(name, "output", output)
    if target.shape != output.shape:
        raise ValueError(f"{name}: target must have the shape of output, {output.shape}, got {target.shape}")
    node = output.node if isinstance(output, Tensor) else None
    if flag(name, "from_logits", from_logits):
        return BinaryCrossEntropy()(target, output)
    if node is not None and isinstance(node.operation, Sigmoid):
        return BinaryCrossEntropy()(target, node.inputs[0])
    output = clip(output, epsilon(), 1 - epsilon())
    return -(target * log(output) + (1.0 - target) * log(1.0 - output))
