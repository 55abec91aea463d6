"""Losses of embeddings: those of one class shall be near each other, those of others far."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith import ops
from convolith.losses.loss import LossFunctionWrapper, as_array
from convolith.ops.arguments import flag

NOTHING = -1e30
"""Stands for log(0) in sums of exponentials: unlike -infinity, it has the slope 0 where there is no term at all."""


def circle(
    y_true: Any,
    y_pred: Any,
    ref_labels: Any = None,
    ref_embeddings: Any = None,
    remove_diagonal: bool = True,
    gamma: float = 80,
    margin: float = 0.4,
) -> Any:
    """Circle loss: log(1 + sum over pairs of e^(gamma * weighted differences of similarities)), an embedding each.

    Args:
        y_true: array or tensor (n,) or (n, 1) of class numbers.
        y_pred: array or tensor (n, d), embeddings of length 1.
        ref_labels: (m,) or (m, 1), of what each is compared with; None is ``y_true``.
        ref_embeddings: (m, d), of length 1; None is ``y_pred``.
        remove_diagonal: whether an embedding is not compared with that of its own place.
        gamma: the scale of the similarities.
        margin: by how much pairs of one class shall be nearer than others.

    Returns:
        array or tensor (n,); 0 where there is no other of the class, or none of another.

    Raises:
        ValueError: a shape does not fit.

    Source:
        Sun et al., "Circle loss", arXiv 2002.10857, equation 6.

    Example:
        >>> import numpy as np
        >>> from convolith.losses import circle
        >>> embeddings = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
        >>> circle([0, 0, 1], embeddings, gamma=1).round(4).tolist()
        [0.5459, 0.5459, 0.0]
    """
    labels, y_pred = as_array(y_true), as_array(y_pred)
    others = labels if ref_labels is None else as_array(ref_labels)
    references = y_pred if ref_embeddings is None else as_array(ref_embeddings)
    for names, numbers, embeddings in (
        ("y_true and y_pred", labels, y_pred),
        ("ref_labels and ref_embeddings", others, references),
    ):
        shapes = tuple(numbers.shape), tuple(embeddings.shape)
        if len(shapes[1]) != 2 or shapes[0] not in (shapes[1][:1], (shapes[1][0], 1)):
            raise ValueError(f"circle: {names} must have shapes (n,) and (n, d), got {shapes[0]} and {shapes[1]}")
    distance = ops.maximum(ops.subtract(1.0, ops.matmul(y_pred, ops.transpose(references))), 0.0)
    same = ops.equal(ops.reshape(labels, (-1, 1)), ops.reshape(others, (1, -1)))
    different = ops.logical_not(same)
    if flag("circle", "remove_diagonal", remove_diagonal):
        same = ops.logical_and(same, ~np.eye(y_pred.shape[0], references.shape[0], dtype=bool))
    near = ops.multiply(ops.add(distance, margin), ops.subtract(distance, margin))
    far = ops.multiply(ops.maximum(ops.subtract(1 + margin, distance), 0.0), ops.subtract(1 - margin, distance))
    near, far = (
        ops.logsumexp(ops.where(pairs, ops.multiply(terms, gamma), NOTHING), axis=1)
        for pairs, terms in ((same, near), (different, far))
    )
    return ops.softplus(ops.add(near, far))


class Circle(LossFunctionWrapper):
    """Circle loss of class numbers and embeddings of length 1; arguments as in ``circle``.

    The mean is over the embeddings whose loss is not 0.

    Example:
        >>> import numpy as np
        >>> from convolith.losses import Circle
        >>> embeddings = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
        >>> float(Circle(gamma=1)(np.array([0, 0, 1]), embeddings).round(4))
        0.5459
    """

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str = "circle",
        dtype: Any = None,
    ):
        others = flag("Circle", "remove_diagonal", remove_diagonal)
        arguments = {"gamma": gamma, "margin": margin, "remove_diagonal": others}
        super().__init__(circle, reduction, name, dtype, **arguments)

    def counted(self, y_true: Any, values: Any) -> Any:
        """Tell which values count in the mean: those that are not 0."""
        return ops.cast(ops.greater(values, 0.0), values.dtype)
