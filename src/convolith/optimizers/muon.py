"""Momentum made orthogonal, for matrices; Adam for what is none."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith import ops
from convolith.graph.tensor import Variable
from convolith.ops.arguments import flag, positive
from convolith.ops.update_rule import UpdateRule
from convolith.optimizers.adam import AdamStep
from convolith.optimizers.arguments import at_least_zero, is_number, share
from convolith.optimizers.optimizer import Optimizer


def orthogonalized(matrix: np.ndarray, factors: tuple[float, float, float], steps: int) -> np.ndarray:
    """Bring the singular values of a matrix near 1, by Newton and Schulz's iteration with a polynomial of degree 5.

    Args:
        matrix: (m, n), of floats.
        factors: of X, (X X^T) X and (X X^T)^2 X.
        steps: how often.
    """
    first, third, fifth = factors
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (np.sqrt(np.sum(x * x)) + x.dtype.type(1e-7))
    for _ in range(steps):
        square = ops.matmul(x, np.ascontiguousarray(x.T))
        x = first * x + ops.matmul(third * square + fifth * ops.matmul(square, square), x)
    return x.T if tall else x


@dataclass(frozen=True)
class MuonStep(UpdateRule):
    """A step of Muon on a matrix; the slot is the momentum."""

    momentum: float
    nesterov: bool
    factors: tuple[float, float, float]
    ns_steps: int
    rms_rate: float | None

    def update(self, rate: float, step: int, *arrays: np.ndarray) -> None:
        """Change parameter and momentum."""
        parameter, gradient, moving = arrays
        moving *= self.momentum
        moving += gradient
        direction = gradient + self.momentum * moving if self.nesterov else moving
        size = rate if self.rms_rate is None else rate * self.rms_rate * math.sqrt(max(parameter.shape))
        parameter -= size * orthogonalized(direction, self.factors, self.ns_steps)


class Muon(Optimizer):
    """Steps of the momentum with all its singular values brought near 1, for matrices; all other weights go by AdamW.

    The last dense layer is left to AdamW too by ``exclude_layers``, as its authors advise.

    Args:
        learning_rate: a number >= 0, a schedule or a function.
        adam_beta_1: in [0, 1): how long Adam's mean remembers.
        adam_beta_2: in [0, 1): how long Adam's mean square remembers.
        adam_weight_decay: None, or the ``weight_decay`` of the weights that go by AdamW.
        epsilon: added to Adam's root.
        weight_decay: None, or how much of a matrix goes with each step, times the learning rate.
        clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor,
            gradient_accumulation_steps, name: as for ``Optimizer``.
        exclude_layers: None, or regular expressions that are searched in the paths of matrices that go by AdamW.
        exclude_embeddings: whether matrices with "embedding" in their path do too.
        muon_a, muon_b, muon_c: the polynomial's factors, of degree 1, 3 and 5.
        adam_lr_ratio: a number >= 0: Adam's learning rate over the other.
        momentum: in [0, 1].
        ns_steps: an integer >= 0: how often the polynomial is applied.
        nesterov: whether the step looks ahead.
        rms_rate: None, or the step is multiplied by this and the root of the matrix's longer side.
        kwargs: nothing else.

    Raises:
        TypeError: a switch is neither True nor False.
        ValueError: another argument is none of these.

    Source:
        keras.optimizers.Muon; Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024; Liu et
        al., "Muon is scalable for LLM training", arXiv 2502.16982.

    Example:
        >>> import numpy as np
        >>> from convolith.graph.tensor import Variable
        >>> from convolith.optimizers import Muon
        >>> weight = Variable(np.eye(2))
        >>> Muon(0.5, weight_decay=None, rms_rate=None).apply([np.eye(2)], [weight])
        >>> weight.numpy().round(1).tolist()
        [[0.4, 0.0], [0.0, 0.4]]
    """

    slots = ("momentum", "velocity")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.004,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        exclude_layers: Sequence[str] | None = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.7750,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
        **kwargs: Any,
    ):
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name, **kwargs,
        )  # fmt: skip
        self.adam_beta_1 = share("Muon", "adam_beta_1", adam_beta_1, below_one=True)
        self.adam_beta_2 = share("Muon", "adam_beta_2", adam_beta_2, below_one=True)
        self.epsilon = positive("Muon", "epsilon", epsilon)
        self.momentum = share("Muon", "momentum", momentum)
        optional = {"adam_weight_decay": adam_weight_decay, "rms_rate": rms_rate}
        given = {argument: value for argument, value in optional.items() if value is not None}
        at_least_zero("Muon", adam_lr_ratio=adam_lr_ratio, **given)
        floats = {argument: float(value) for argument, value in given.items()}
        factors = {"muon_a": muon_a, "muon_b": muon_b, "muon_c": muon_c}
        for argument, value in factors.items():
            if not is_number(value):
                raise ValueError(f"Muon: {argument} must be a number, got {value!r}")
        if not isinstance(ns_steps, (int, np.integer)) or isinstance(ns_steps, bool) or ns_steps < 0:
            raise ValueError(f"Muon: ns_steps must be an integer >= 0, got {ns_steps!r}")
        excluded = [] if exclude_layers is None else exclude_layers
        listed = isinstance(excluded, Iterable) and not isinstance(excluded, str)
        if not listed or not all(isinstance(pattern, str) for pattern in excluded):
            raise ValueError(f"Muon: exclude_layers must be None or a list of regular expressions, got {excluded!r}")
        self.exclude_layers = list(excluded)
        self.exclude_embeddings = flag("Muon", "exclude_embeddings", exclude_embeddings)
        self.nesterov = flag("Muon", "nesterov", nesterov)
        self.muon_a, self.muon_b, self.muon_c = float(muon_a), float(muon_b), float(muon_c)
        self.adam_lr_ratio, self.ns_steps = float(adam_lr_ratio), int(ns_steps)
        self.adam_weight_decay, self.rms_rate = floats.get("adam_weight_decay"), floats.get("rms_rate")

    def _goes_by_adam(self, variable: Variable) -> bool:
        """Tell whether a weight is left to AdamW."""
        path = variable.path or ""
        embeds = self.exclude_embeddings and "embedding" in path.lower()
        return len(variable.shape) != 2 or embeds or any(re.search(pattern, path) for pattern in self.exclude_layers)

    def slot_shape(self, variable: Variable, slot: str) -> tuple[int, ...]:
        """Give the weight's shape; only Adam has a velocity."""
        needed = slot != "velocity" or self._goes_by_adam(variable)
        return super().slot_shape(variable, slot) if needed else (0,)

    def decay_of(self, variable: Variable) -> float:
        """Give how much of a weight goes with each step, times the learning rate."""
        return (self.adam_weight_decay if self._goes_by_adam(variable) else self.weight_decay) or 0.0

    def step(self, variable: Variable, gradient: Any, rate: Any, count: Any, *slots: Variable) -> None:
        """Change one weight and its slots."""
        if self._goes_by_adam(variable):
            adam = AdamStep(self.adam_beta_1, self.adam_beta_2, self.epsilon)
            adam(variable, gradient, rate if self.adam_lr_ratio == 1 else rate * self.adam_lr_ratio, count, *slots)
        else:
            factors = self.muon_a, self.muon_b, self.muon_c
            muon = MuonStep(self.momentum, self.nesterov, factors, self.ns_steps, self.rms_rate)
            muon(variable, gradient, rate, count, slots[0])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = (
            "adam_beta_1", "adam_beta_2", "adam_weight_decay", "epsilon", "exclude_layers", "exclude_embeddings",
            "muon_a", "muon_b", "muon_c", "adam_lr_ratio", "momentum", "ns_steps", "nesterov", "rms_rate",
        )  # fmt: skip
        return {**super().get_config(), **{argument: getattr(self, argument) for argument in own}}
