"""First values drawn at random."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from convolith.graph.arena import empty
from convolith.initializers.constant import Initializer
from convolith.ops.arguments import number, one_of, positive
from convolith.random import SeedGenerator, checked_seed, new_seed

# Standard deviation of a unit normal cut off at two standard deviations.
TRUNCATED_STDDEV = 0.87962566103423978
STRIPE = 1 << 16  # numbers that are drawn in float64 at a time: a large weight needs no second array of its size


class RandomInitializer(Initializer):
    """Base of the random ones: the same object gives the same values for the same shape, every time (as in Keras).

    But with a ``random.SeedGenerator`` as seed, or its configuration, each call draws further ones. A subclass defines
    ``fill``, or ``__call__``.
    """

    def __init__(self, seed: Any = None):
        if isinstance(seed, dict) and seed.get("class_name") == "SeedGenerator":
            seed = SeedGenerator.from_config(seed["config"])
        streams = isinstance(seed, SeedGenerator)
        self.given_seed: Any = seed if streams else checked_seed(seed, type(self).__name__)
        self.seed = new_seed() if self.given_seed is None else self.given_seed

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> np.ndarray:
        """Return draws of ``shape`` and ``dtype`` (None: ``config.floatx()``)."""
        values = empty(*self.asked(shape, dtype))
        self.fill(values)
        return values

    def asked(self, shape: Any, dtype: Any) -> tuple[tuple[int, ...], np.dtype]:
        """Return the shape and the dtype that are asked for; integers are refused, too."""
        sizes, kind = super().asked(shape, dtype)
        if kind.kind != "f":
            raise TypeError(f"{type(self).__name__}: dtype must be one of floats, got {dtype!r}")
        return sizes, kind

    def fill(self, values: np.ndarray) -> None:
        """Draw all of a C-contiguous array of any shape and dtype."""
        raise NotImplementedError(f"{type(self).__name__} must define fill(values) or __call__(shape, dtype=None)")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        seed = self.given_seed
        if isinstance(seed, SeedGenerator):
            seed = {"class_name": "SeedGenerator", "config": seed.get_config()}
        return {"seed": seed}

    def _generator(self) -> Any:
        return self.seed.next() if isinstance(self.seed, SeedGenerator) else np.random.default_rng(self.seed)

    def uniform(self, values: np.ndarray, low: float, high: float) -> None:
        """Fill with draws from [low, high)."""
        generator = self._generator()
        for stripe in _stripes(values):
            stripe[:] = low + (high - low) * generator.random(stripe.size)

    def normal(self, values: np.ndarray, mean: float, stddev: float, truncated: bool) -> None:
        """Fill from a normal distribution; if ``truncated``, anew where it lies beyond two standard deviations."""
        generator = self._generator()
        for stripe in _stripes(values):
            drawn = generator.standard_normal(stripe.size)
            outside = np.abs(drawn) > 2 if truncated else np.zeros(0, bool)
            while outside.any():
                drawn[outside] = generator.standard_normal(int(outside.sum()))
                outside = np.abs(drawn) > 2
            stripe[:] = mean + stddev * drawn


def _stripes(values: np.ndarray) -> Iterator[np.ndarray]:
    flat = values.reshape(-1)
    for start in range(0, flat.size, STRIPE):
        yield flat[start : start + STRIPE]


class RandomNormal(RandomInitializer):
    """Normal distribution with a mean and a standard deviation.

    Raises:
        TypeError: the mean or the standard deviation is no number.
        ValueError: it is not finite, or the standard deviation is below 0.

    Example:
        >>> from convolith.initializers import RandomNormal
        >>> RandomNormal(stddev=0.1, seed=1)((3, 4)).shape
        (3, 4)
    """

    truncated = False

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None):
        name = type(self).__name__
        self.mean, self.stddev = number(name, "mean", mean), number(name, "stddev", stddev)
        if self.stddev < 0:
            raise ValueError(f"{name}: stddev must be >= 0, got {stddev!r}")
        super().__init__(seed)

    def fill(self, values: np.ndarray) -> None:
        """Draw all of an array."""
        self.normal(values, self.mean, self.stddev, self.truncated)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"mean": self.mean, "stddev": self.stddev, **super().get_config()}


class TruncatedNormal(RandomNormal):
    """Normal distribution where what lies beyond two standard deviations is drawn anew.

    Example:
        >>> from convolith.initializers import TruncatedNormal
        >>> bool(abs(TruncatedNormal(stddev=1.0, seed=1)((1000,))).max() <= 2)
        True
    """

    truncated = True


class RandomUniform(RandomInitializer):
    """Uniform distribution over [minval, maxval).

    Raises:
        TypeError: a bound is no number.
        ValueError: one is not finite, or maxval is below minval.

    Example:
        >>> from convolith.initializers import RandomUniform
        >>> RandomUniform(-1.0, 1.0, seed=1)((3, 4)).shape
        (3, 4)
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None):
        if number("RandomUniform", "minval", minval) > number("RandomUniform", "maxval", maxval):
            raise ValueError(f"RandomUniform: maxval must be at least minval = {minval!r}, got {maxval!r}")
        self.minval, self.maxval = float(minval), float(maxval)
        super().__init__(seed)

    def fill(self, values: np.ndarray) -> None:
        """Draw all of an array."""
        self.uniform(values, self.minval, self.maxval)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"minval": self.minval, "maxval": self.maxval, **super().get_config()}


def fans(shape: Sequence[int]) -> tuple[int, int]:
    """Number of inputs and outputs of a unit for a weight of ``shape``: (in, out) or (kernel..., in, out)."""
    if len(shape) < 2:
        units = int(shape[0]) if shape else 1
        return units, units
    receptive_field = math.prod(shape[:-2])
    return int(shape[-2] * receptive_field), int(shape[-1] * receptive_field)


class VarianceScaling(RandomInitializer):
    """Variance ``scale / n``, with n the inputs, outputs or their mean.

    Args:
        scale: a positive number.
        mode: "fan_in", "fan_out" or "fan_avg".
        distribution: "truncated_normal", "untruncated_normal" or "uniform".
        seed: None or an integer.

    Raises:
        ValueError: an argument is none of these.

    Example:
        >>> from convolith.initializers import VarianceScaling
        >>> VarianceScaling(2.0, "fan_in", "uniform", seed=1)((3, 3, 8, 16)).shape
        (3, 3, 8, 16)
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
    ):
        name = type(self).__name__
        distribution = str(distribution).lower()
        distribution = "truncated_normal" if distribution == "normal" else distribution
        scale = positive(name, "scale", scale)
        one_of(name, "mode", mode, ("fan_in", "fan_out", "fan_avg"))
        one_of(name, "distribution", distribution, ("truncated_normal", "untruncated_normal", "uniform"))
        self.scale, self.mode, self.distribution = scale, mode, distribution
        super().__init__(seed)

    def fill(self, values: np.ndarray) -> None:
        """Draw all of an array."""
        fan_in, fan_out = fans(values.shape)
        units = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, units)
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            self.uniform(values, -limit, limit)
            return
        truncated = self.distribution == "truncated_normal"
        self.normal(values, 0.0, math.sqrt(variance) / (TRUNCATED_STDDEV if truncated else 1), truncated)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = {"scale": self.scale, "mode": self.mode, "distribution": self.distribution}
        return {**config, **super().get_config()}


class _Scaled(VarianceScaling):
    """A variance scaling with a name of its own: only the seed is left to choose."""

    arguments: tuple[float, str, str]

    def __init__(self, seed: int | None = None):
        super().__init__(*self.arguments, seed=seed)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"seed": super().get_config()["seed"]}


class GlorotUniform(_Scaled):
    """Glorot and Bengio 2010: uniform, variance 2 / (inputs + outputs); the default of Conv2D and Dense."""

    arguments = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Scaled):
    """Glorot and Bengio 2010: truncated normal, variance 2 / (inputs + outputs)."""

    arguments = (1.0, "fan_avg", "truncated_normal")


class HeUniform(_Scaled):
    """He et al. 2015: uniform, variance 2 / inputs."""

    arguments = (2.0, "fan_in", "uniform")


class HeNormal(_Scaled):
    """He et al. 2015: truncated normal, variance 2 / inputs."""

    arguments = (2.0, "fan_in", "truncated_normal")


class LecunUniform(_Scaled):
    """LeCun et al. 1998: uniform, variance 1 / inputs."""

    arguments = (1.0, "fan_in", "uniform")


class LecunNormal(_Scaled):
    """LeCun et al. 1998: truncated normal, variance 1 / inputs."""

    arguments = (1.0, "fan_in", "truncated_normal")
