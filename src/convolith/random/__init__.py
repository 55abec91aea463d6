"""Keras's ``keras.random``, and the one generator behind every random choice that has no seed of its own.

First weights, dropout's streams and the order of training samples come from that generator. What is drawn here with a
seed is a function of the seed (and, of a ``SeedGenerator``, of how often it was asked), whatever the number of threads.
"""

from convolith.random.distributions import beta, binomial, categorical, gamma
from convolith.random.draws import dropout, normal, randint, shuffle, truncated_normal, uniform
from convolith.random.seeds import SeedGenerator
from convolith.random.seeds import checked_seed as checked_seed
from convolith.random.seeds import drawn as drawn
from convolith.random.seeds import generator as generator
from convolith.random.seeds import new_seed as new_seed
from convolith.random.seeds import seed_everything as seed_everything

__all__ = [
    "SeedGenerator",
    "beta",
    "binomial",
    "categorical",
    "dropout",
    "gamma",
    "normal",
    "randint",
    "shuffle",
    "truncated_normal",
    "uniform",
]


def __dir__() -> list[str]:
    return sorted(__all__)
