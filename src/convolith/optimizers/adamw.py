"""Adam with weight decay."""

from __future__ import annotations

from typing import Any

from convolith.optimizers.adam import Adam


class AdamW(Adam):
    """Adam whose weights decay apart from the gradient, by ``weight_decay * learning_rate`` a step.

    Args:
        learning_rate: a number >= 0, a schedule or a function.
        weight_decay: a number >= 0.
        beta_1: in [0, 1): how long the mean remembers.
        beta_2: in [0, 1): how long the mean square remembers.
        epsilon: added to the root.
        amsgrad: whether to divide by the largest mean square so far instead of the latest.
        common: the further arguments of ``Optimizer``.

    Raises:
        ValueError: an argument is none of these.

    Source:
        keras.optimizers.AdamW; Loshchilov and Hutter, "Decoupled weight decay regularization", arXiv 1711.05101.

    Example:
        >>> from convolith.optimizers import AdamW
        >>> AdamW().weight_decay
        0.004
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float | None = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **common: Any,
    ):
        if weight_decay is None:
            raise ValueError("AdamW: weight_decay must be a number >= 0, got None")
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **common)
