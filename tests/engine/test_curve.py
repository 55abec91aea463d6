"""Smooth functions of each element in float32: their exactness, special values, every remainder of a vector."""

from __future__ import annotations

import math

import numpy as np
import pytest

from convolith.engine import curve as engine
from tests.bounds import assert_within, gamma
from tests.reference import gated, gelu, sigmoid
from tests.reference.activation import each

NUMBERS = {"elu": (1.5, 1.25, 0.5)}
BY_RESULT = {"exp", "sigmoid", "tanh", "elu"}
TINY = float(np.finfo(np.float32).tiny)


def line(v):
    return 1.25 * v if v > 0 else 1.5 * math.expm1(v / 0.5)


# The function and its slope.
EXACT = {
    "exp": (math.exp, math.exp),
    "expm1": (math.expm1, math.exp),
    "log": (math.log, lambda v: 1 / v),
    "log1p": (math.log1p, lambda v: 1 / (1 + v)),
    "sigmoid": (sigmoid.sigmoid, lambda v: sigmoid.sigmoid(v) * sigmoid.sigmoid(-v)),
    "tanh": (math.tanh, lambda v: math.cosh(v) ** -2),
    "softplus": (sigmoid.softplus, sigmoid.sigmoid),
    "softsign": (sigmoid.softsign, lambda v: (1 + abs(v)) ** -2),
    "silu": (gated.silu, gated.silu_slope),
    "hard_silu": (gated.hard_silu, gated.hard_silu_slope),
    "mish": (gated.mish, gated.mish_slope),
    "elu": (line, lambda v: 1.25 if v > 0 else 1.5 / 0.5 * math.exp(v / 0.5)),
    "erf": (math.erf, lambda v: 2 / math.sqrt(math.pi) * math.exp(-(min(abs(v), 25) ** 2))),
    "gelu": (gelu.gelu, gelu.gelu_slope),
    "gelu_near": (gelu.gelu_approximate, gelu.gelu_approximate_slope),
}


# Where all floats were gone through, the largest error of any was here, in some instruction set.
WORST = [4.505090713, 9.010912895, 1.003461242, 1.013911366, 16.98292542, 0.3852385283, 0.4145852029]
WORST += [3.7352984, 3.4033463, 5.342765, 6.9969745]  # of earlier, rational forms of erf and tanh


def points(name: str) -> np.ndarray:
    """All over the range of float32, both signs, densely around 0, and where errors were largest."""
    spread = np.concatenate([np.linspace(-87, 87, 20_011), np.linspace(-3, 3, 20_011), np.geomspace(1e-36, 1e36, 997)])
    x = np.concatenate([spread, -np.geomspace(1e-36, 1e36, 997), WORST]).astype(np.float32)
    if name == "log":
        return np.abs(x[x != 0])
    if name == "log1p":
        return np.concatenate([x[x > -1], np.nextafter(-1 + 0.6 * np.abs(x[np.abs(x) < 1]), 1, dtype=np.float32)])
    if name == "exp":
        return x[np.abs(x) < 87]
    if name == "expm1":
        return x[x < 88.7]
    return x if name != "tanh" else x[np.abs(x) < 300]


def value(name: str, x: np.ndarray) -> np.ndarray:
    out = np.full_like(x, np.nan)
    engine.curve(name, x, out, NUMBERS.get(name, ()))
    return out


def gradient(name: str, upstream: np.ndarray, at: np.ndarray) -> np.ndarray:
    out = np.full_like(at, np.nan)
    engine.curve_gradient(name, upstream, at, out, NUMBERS.get(name, ()))
    return out


def ulps(computed: np.ndarray, exact: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Units in the last place of the exact value; what is below the normal numbers may be zero."""
    unit = np.maximum(np.spacing(np.abs(exact).astype(np.float32)).astype(np.float64), TINY * 2.0**-23)
    error = np.abs(computed - exact)
    return np.where(error <= 4 * TINY, 0, error / unit)


@pytest.mark.parametrize("name", engine.CURVES)
def test_units_in_the_last_place(isa, name):
    x = points(name)
    exact = each(EXACT[name][0], x)
    allowed = {"exp": 1.0, "log": 1.0, "expm1": 2.0, "log1p": 2.0, "erf": 2.0, "tanh": 3.0, "gelu": 5.0}.get(name, 4.0)
    if name in ("gelu", "gelu_near"):  # rounding the exponential's argument z changes it by z of it
        allowed += np.where(x < 0, np.minimum(x.astype(float) ** 2, 200), 0)
        allowed += np.where(x < 0, 0.2 * np.minimum(np.abs(x.astype(float)) ** 3, 200), 0) * (name == "gelu_near")
    if name == "hard_silu":  # x / 6 + 1 / 2 cancels: an error of x
        unit = np.spacing(np.abs(exact).astype(np.float32)).astype(np.float64)
        allowed += np.where(np.abs(x) < 3, np.abs(x) * 2.0**-23 / unit, 0)
    assert (ulps(value(name, x), exact, x) <= allowed).all()


@pytest.mark.parametrize("name", engine.CURVES)
def test_slopes(isa, name):
    """Two functions of four units, of two roundings each, and as many others of numbers up to 1 or the slope itself.

    That of exp, log and softplus has no such numbers beside it, so it is near where it is small, too. Those of silu and
    gelu's approximation are of one exponential, and nothing that rounds is taken from 1.
    """
    x = points(name)
    at = value(name, x) if name in BY_RESULT else x
    exact = each(EXACT[name][1], x)
    computed = gradient(name, np.ones_like(x), at)
    size = abs(exact) if name in ("exp", "log", "softplus") else np.maximum(abs(exact), 1)
    roundings = 12 if name in ("silu", "gelu_near") else 32
    assert_within(computed, exact, gamma(roundings) * size + TINY)


@pytest.mark.parametrize("name", engine.CURVES)
def test_special_values(isa, name):
    x = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e38, -1e38], np.float32)
    found = dict(zip(("nan", "top", "bottom", "zero", "minus_zero", "large", "small"), value(name, x), strict=True))
    at_zero = {"exp": 1, "log": -np.inf, "sigmoid": 0.5, "softplus": np.float32(math.log(2))}.get(name, 0)
    assert np.isnan(found["nan"])
    assert found["zero"] == at_zero and found["minus_zero"] == at_zero
    top = 1 if name in ("sigmoid", "tanh", "softsign", "erf") else np.inf
    assert found["top"] == top
    if name in ("log", "log1p"):
        assert np.isnan(found["bottom"]) and np.isnan(found["small"])
        assert abs(found["large"] - math.log(1e38)) <= np.spacing(np.float32(math.log(1e38)))
        return
    large, units = {"exp": np.inf, "expm1": np.inf, "elu": 1.25e38}.get(name, min(top, 1e38)), 4 * 2.0**-23
    np.testing.assert_allclose(found["large"], large, rtol=units)
    bottom = {"elu": -1.5} | dict.fromkeys(("expm1", "tanh", "softsign", "erf"), -1)
    bottom = bottom.get(name, 0)
    assert found["small"] == bottom
    if name not in ("silu", "hard_silu", "mish", "gelu_near"):  # infinity times zero
        assert found["bottom"] == bottom
    at = value(name, x[3:]) if name in BY_RESULT else x[3:]
    slopes = gradient(name, np.ones(4, np.float32), at)
    assert not np.isnan(slopes).any()
    assert np.isnan(gradient(name, np.ones(1, np.float32), x[:1])).all()


@pytest.mark.parametrize("name", engine.CURVES)
def test_every_remainder_in_place_or_not(isa, name, generator):
    """The same bits wherever an element lies, and nothing beside them written."""
    x = np.abs(generator.standard_normal(70)).astype(np.float32) + np.float32(0.01)
    upstream = generator.standard_normal(70).astype(np.float32)
    whole, slopes = value(name, x), gradient(name, upstream, x)
    numbers = NUMBERS.get(name, ())
    for count in range(1, 70):
        room = np.full(72, np.float32(7))
        room[:count] = x[:count]
        engine.curve(name, room[:count], room[:count], numbers)
        assert room[:count].tobytes() == whole[:count].tobytes() and (room[count:] == 7).all()
        for taken in (upstream, x):
            room[:count] = taken[:count]
            first, second = (room[:count], x[:count]) if taken is upstream else (upstream[:count], room[:count])
            engine.curve_gradient(name, first, second, room[:count], numbers)
            assert room[:count].tobytes() == slopes[:count].tobytes() and (room[count:] == 7).all()


@pytest.mark.parametrize("name", ["expm1", "log1p", "tanh", "softsign", "erf", "elu"])
def test_near_zero_it_is_a_line_and_keeps_the_sign(isa, name):
    """Down to the smallest normal number, whose half is none."""
    x = np.array([0.0, TINY, 1.5 * TINY, 1e-30, 1e-12], np.float32)
    x = np.concatenate([x, -x])
    slope = EXACT[name][1]
    found = value(name, x)
    np.testing.assert_allclose(found, x * np.array([slope(v) for v in x.tolist()]), rtol=4 * 2.0**-23)
    assert (np.signbit(found) == np.signbit(x)).all()


def test_denormal_numbers_count_as_zero(isa):
    denormal = np.full(20, 1e-40, np.float32)
    assert (value("tanh", denormal) == 0).all() and (value("exp", denormal - 100) == 0).all()
    assert (value("log", denormal) == -np.inf).all()


def test_the_threads_do_not_show(isa, threads, generator):
    x = generator.standard_normal(100_003).astype(np.float32)
    results = []
    for count in (1, 2, 3):
        threads(count)
        results.append((value("mish", x).tobytes(), gradient("mish", x, x).tobytes()))
    assert results[0] == results[1] == results[2]


def test_errors():
    x = np.zeros(3, np.float32)
    with pytest.raises(ValueError, match="engine: expected a function of exp, .*, got 'sine'"):
        engine.curve("sine", x, x)
    with pytest.raises(ValueError, match="engine: expected at most 3 numbers, got 4"):
        engine.curve_gradient("elu", x, x, x, (1, 2, 3, 4))
    with pytest.raises(ValueError, match="engine: expected an array of 3 elements"):
        engine.curve("exp", x, np.zeros(4, np.float32))
    with pytest.raises(TypeError, match="engine: expected a C-contiguous writable array"):
        engine.curve("exp", x, np.zeros(3))
