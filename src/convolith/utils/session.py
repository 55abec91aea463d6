"""What holds for the whole process: the seed of everything random, and the automatic names of layers."""

from __future__ import annotations

from convolith.random import checked_seed, seed_everything
from convolith.registry import forget_names


def set_random_seed(seed: int) -> None:
    """Make everything random that follows repeatable: first weights, dropout, the order of samples.

    Python's ``random`` and NumPy's global generator are seeded too, as Keras does. The same seed gives the same
    training bit for bit, whatever the number of threads.

    Args:
        seed: an integer in [0, 2**32).

    Raises:
        ValueError: ``seed`` is not such an integer.

    Source:
        keras.utils.set_random_seed.

    Example:
        >>> from convolith.utils import set_random_seed
        >>> set_random_seed(7)
    """
    checked = checked_seed(seed, "set_random_seed")
    if checked is None or checked >= 2**32:
        raise ValueError(f"set_random_seed: seed must be an integer in [0, 2**32), got {seed!r}")
    seed_everything(checked)


def clear_session(free_memory: bool = True) -> None:
    """Start the automatic names of layers again from the first (``conv2d``, then ``conv2d_1`` ...).

    Args:
        free_memory: of no effect: memory goes with the last reference to a model.

    Source:
        keras.utils.clear_session.

    Example:
        >>> from convolith.utils import clear_session
        >>> clear_session()
    """
    forget_names()
