"""Dropout, uniform and normal numbers: each element by its own draw from (seed, counter, index)."""

from __future__ import annotations

import numpy as np
import pytest

from convolith.engine import random
from tests.bounds import assert_within, gamma


def drop(rate: float, seed: int = 1, counter: int = 2, size: int = 40_000, dtype=np.float32) -> np.ndarray:
    out = np.full(size, np.nan, dtype)
    random.dropout(np.ones(size, dtype), out, rate, seed, counter)
    return out


@pytest.mark.parametrize("rate", [0.1, 0.25, 0.5, 0.9])
def test_a_fraction_is_dropped_and_the_rest_scaled(isa, rate):
    result = drop(rate)
    kept = result != 0
    np.testing.assert_allclose(result[kept], 1 / (1 - rate), rtol=gamma(2))
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
        results.append(drop(0.5).tobytes() + numbers("uniform").tobytes() + numbers("normal").tobytes())
    dispatch.use_isa(isa)
    assert len(set(results)) == 1


def numbers(kind: str, seed: int = 1, counter: int = 2, size: int = 40_000, dtype=np.float32) -> np.ndarray:
    out = np.full(size, np.nan, dtype)
    getattr(random, kind)(out, seed, counter)
    return out


def test_uniform_numbers_are_philoxs_words_with_the_highest_bits_kept(isa):
    words = np.array([0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8])
    np.testing.assert_array_equal(numbers("uniform", 0, 0, 4, np.float64), words / 2**32)
    np.testing.assert_array_equal(numbers("uniform", 0, 0, 4), (words // 2**8) / 2**24)


def test_normal_numbers_are_box_and_mullers(isa):
    words = np.array([0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]).reshape(2, 2)
    radius, angle = np.sqrt(-2 * np.log((words[:, 0] + 0.5) / 2**32)), 2 * np.pi * words[:, 1] / 2**32
    expected = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).ravel()
    # The root and the cosine have eight units of two roundings; the angle, below 7, is rounded twice, on either side.
    bound = 2 * gamma(32 + 2 * 7, np.float64) * np.repeat(radius, 2)
    assert_within(numbers("normal", 0, 0, 4, np.float64), expected, bound)
    np.testing.assert_allclose(numbers("normal", 0, 0, 4), expected, rtol=2**-24)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_uniform_numbers_fill_every_part_of_the_range_alike(isa, dtype):
    values = numbers("uniform", dtype=dtype)
    assert values.min() >= 0 and values.max() < 1
    shares = np.bincount((values * 64).astype(int), minlength=64) / values.size
    assert abs(shares - 1 / 64).max() < 5 * np.sqrt(1 / 64 / values.size)
    assert abs(np.corrcoef(values[1:], values[:-1])[0, 1]) < 5 / np.sqrt(values.size)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_normal_numbers_have_the_moments_and_the_distribution(isa, dtype):
    """The n-th moment of a sample has the variance (m_2n - m_n^2) / size; five of its deviations, and fixed draws."""
    values = numbers("normal", dtype=dtype).astype(np.float64)
    moments = [1, 0, 1, 0, 3, 0, 15, 0, 105]
    for n in (1, 2, 3, 4):
        error = np.sqrt((moments[2 * n] - moments[n] ** 2) / values.size)
        assert abs(np.mean(values**n) - moments[n]) < 5 * error, f"moment {n}"
    for bound, share in ((-2, 0.0227501), (-1, 0.1586553), (0, 0.5), (0.5, 0.6914625), (1.5, 0.9331928)):
        assert abs(np.mean(values < bound) - share) < 5 * np.sqrt(share * (1 - share) / values.size)
    for distance in (1, 2, 3):  # a pair's numbers, and neighbours of two pairs
        assert abs(np.mean(values[distance:] * values[:-distance])) < 5 / np.sqrt(values.size)


@pytest.mark.parametrize("kind", ["uniform", "normal"])
def test_a_number_depends_on_its_index_alone(isa, kind, threads):
    long = numbers(kind)
    for size in (0, 1, 3, 16, 17, 4095, 4097):
        np.testing.assert_array_equal(numbers(kind, size=size), long[:size])
    threads(1)
    np.testing.assert_array_equal(numbers(kind), long)
    for other in (numbers(kind, counter=3), numbers(kind, seed=2), numbers(kind, seed=2**63 + 5)):
        assert abs(np.corrcoef(other, long)[0, 1]) < 5 / np.sqrt(long.size)


@pytest.mark.parametrize("kind", ["uniform", "normal"])
def test_memory_that_cannot_be_filled_is_refused(kind):
    for wrong in (np.zeros(4, np.int32), np.zeros(8)[::2], [1.0]):
        with pytest.raises(TypeError, match="engine: expected a C-contiguous"):
            getattr(random, kind)(wrong, 1, 2)
