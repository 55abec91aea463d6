"""Dropout: each element by its own draw from (seed, counter, index), and those that are kept scaled."""

from __future__ import annotations

import numpy as np
import pytest

from convolith.engine import random


def drop(rate: float, seed: int = 1, counter: int = 2, size: int = 40_000, dtype=np.float32) -> np.ndarray:
    out = np.full(size, np.nan, dtype)
    random.dropout(np.ones(size, dtype), out, rate, seed, counter)
    return out


@pytest.mark.parametrize("rate", [0.1, 0.25, 0.5, 0.9])
def test_a_fraction_is_dropped_and_the_rest_scaled(isa, rate):
    result = drop(rate)
    kept = result != 0
    np.testing.assert_allclose(result[kept], 1 / (1 - rate), rtol=1e-6)
    # Five standard deviations of a binomial: the draws are fixed, so this cannot fail by chance.
    assert abs(kept.mean() - (1 - rate)) < 5 * np.sqrt(rate * (1 - rate) / result.size)
    pairs = np.mean(kept[1:] & kept[:-1])
    assert abs(pairs - (1 - rate) ** 2) < 5 * np.sqrt(1 / result.size), "neighbours are not independent"


def test_rate_zero_changes_nothing(isa):
    np.testing.assert_array_equal(drop(0.0), np.ones(40_000))


def test_seed_and_counter_decide(isa):
    np.testing.assert_array_equal(drop(0.5), drop(0.5))
    first = drop(0.5) != 0
    for other in (drop(0.5, counter=3), drop(0.5, seed=2), drop(0.5, seed=2**63 + 5), drop(0.5, counter=2**40)):
        assert 0.45 < np.mean(first == (other != 0)) < 0.55, "two draws agree by more than chance"


def test_an_elements_draw_depends_on_its_index_alone(isa):
    long = drop(0.5)
    for size in (1, 3, 16, 17, 1000):
        np.testing.assert_array_equal(drop(0.5, size=size), long[:size])
    np.testing.assert_array_equal(drop(0.5, dtype=np.float64) != 0, long != 0)


def test_the_generator_is_philox(isa):
    """The published words of Philox4x32-10 for key 0 and counter 0, each the greatest rate that keeps its element.

    Source: Random123's known answers (Salmon et al., SC 2011).
    """
    for element, word in enumerate((0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)):
        assert drop(word / 2**32, seed=0, counter=0, size=4)[element] != 0
        assert drop((word + 1) / 2**32, seed=0, counter=0, size=4)[element] == 0


def test_every_instruction_set_draws_the_same(isa):
    from convolith.engine import dispatch

    results = []
    for name in dispatch.available_isas():
        dispatch.use_isa(name)
        results.append(drop(0.5).tobytes())
    dispatch.use_isa(isa)
    assert len(set(results)) == 1
