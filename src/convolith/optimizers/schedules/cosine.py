"""Schedules that fall as half a cosine wave."""

from __future__ import annotations

import math
from typing import Any

from convolith.optimizers.schedules.schedule import Decay


class CosineDecay(Decay):
    """From the initial rate down to alpha times it as half a cosine wave; with a warm-up, first up in a straight line.

    Args:
        initial_learning_rate: at step 0.
        decay_steps: a number > 0 of steps to come down.
        alpha: the share of the rate at the top that is left.
        name: of no effect; Keras's.
        warmup_target: None, or the rate at the top, which the warm-up ends with.
        warmup_steps: steps of the warm-up.

    Raises:
        TypeError: a number is none.
        ValueError: decay_steps is not above 0, warmup_steps or a rate is below, or a number is NaN.

    Source:
        keras.optimizers.schedules.CosineDecay; Loshchilov and Hutter, "SGDR", arXiv 1608.03983.

    Example:
        >>> from convolith.optimizers.schedules import CosineDecay
        >>> CosineDecay(0.1, decay_steps=10)(5)
        0.05
    """

    initial_learning_rate: float
    decay_steps: float
    alpha: float
    warmup_target: float | None
    warmup_steps: float

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ):
        super().__init__(
            initial_learning_rate=initial_learning_rate,
            decay_steps=decay_steps,
            alpha=alpha,
            name=name,
            warmup_target=warmup_target,
            warmup_steps=warmup_steps,
        )

    def __call__(self, step: Any) -> float:
        """Return the learning rate after so many steps."""
        step, top, warmup = self.passed(step), self.initial_learning_rate, 0.0
        if self.warmup_target is not None:
            top, warmup = self.warmup_target, self.warmup_steps
            if step < warmup:
                low = self.initial_learning_rate
                return float(low + (top - low) * step / warmup)
        share = min(step - warmup, self.decay_steps) / self.decay_steps
        return float(top * _between(self.alpha, 0.5 * (1 + math.cos(math.pi * share))))


class CosineDecayRestarts(Decay):
    """Half a cosine wave, again and again, each ``t_mul`` times as long and ``m_mul`` times as high as the one before.

    Args:
        initial_learning_rate: at step 0.
        first_decay_steps: a number > 0 of steps of the first wave.
        t_mul: how much longer each wave is, at least 1.
        m_mul: how much higher each wave is.
        alpha: the share of the initial rate that is always left.
        name: of no effect; Keras's.

    Raises:
        TypeError: a number is none.
        ValueError: first_decay_steps is not above 0, t_mul below 1, the rate below 0, or a number is NaN.

    Source:
        keras.optimizers.schedules.CosineDecayRestarts; Loshchilov and Hutter, "SGDR", arXiv 1608.03983.

    Example:
        >>> from convolith.optimizers.schedules import CosineDecayRestarts
        >>> schedule = CosineDecayRestarts(0.1, first_decay_steps=10)
        >>> schedule(5), schedule(10), schedule(20)
        (0.05, 0.1, 0.05)
    """

    initial_learning_rate: float
    first_decay_steps: float
    t_mul: float
    m_mul: float
    alpha: float

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ):
        super().__init__(
            initial_learning_rate=initial_learning_rate,
            first_decay_steps=first_decay_steps,
            t_mul=t_mul,
            m_mul=m_mul,
            alpha=alpha,
            name=name,
        )

    def __call__(self, step: Any) -> float:
        """Return the learning rate after so many steps."""
        share = self.passed(step) / self.first_decay_steps
        if self.t_mul == 1:
            wave = math.floor(share)
            share -= wave
        else:
            # Waves of length 1, t, t^2 ... have ended after (1 - t^n) / (1 - t).
            wave = math.floor(math.log(1 - share * (1 - self.t_mul)) / math.log(self.t_mul))
            ended = (1 - self.t_mul**wave) / (1 - self.t_mul)
            share = (share - ended) / self.t_mul**wave
        height = 0.5 * self.m_mul**wave * (1 + math.cos(math.pi * share))
        return float(self.initial_learning_rate * _between(self.alpha, height))


def _between(alpha: float, height: float) -> float:
    """Lift a wave so that it ends at alpha."""
    return (1 - alpha) * height + alpha
