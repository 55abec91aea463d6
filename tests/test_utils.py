"""Keras's utils: seeds, names, one-hot labels."""

import random

import numpy as np
import pytest

import convolith
from convolith import utils
from convolith.random import generator, new_seed
from convolith.registry import snake_case, unique_name


def test_a_seed_repeats_every_generator():
    draws = []
    for _ in range(2):
        utils.set_random_seed(12)
        draws.append((random.random(), np.random.rand(), generator().random(), new_seed()))
    assert draws[0] == draws[1]


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, None, "7", True])
def test_a_wrong_seed_is_named(seed):
    with pytest.raises(ValueError, match="set_random_seed: seed must be"):
        utils.set_random_seed(seed)


def test_names():
    utils.clear_session()
    assert [unique_name("dense") for _ in range(3)] == ["dense", "dense_1", "dense_2"]
    assert [snake_case(name) for name in ("Conv2D", "MaxPooling2D", "ReLU", "InputLayer", "LeNet5")] == [
        "conv2d", "max_pooling2d", "re_lu", "input_layer", "le_net5",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("x", "classes", "expected"),
    [
        ([0, 2], 3, [[1, 0, 0], [0, 0, 1]]),
        ([[0], [1]], None, [[1, 0], [0, 1]]),
        ([[0, 1]], 2, [[[1, 0], [0, 1]]]),
        (1, 2, [0, 1]),
        (np.array([1.0]), 2, [[0, 1]]),
        ([], 2, np.zeros((0, 2)).tolist()),
    ],
)
def test_to_categorical(x, classes, expected):
    result = utils.to_categorical(x, classes)
    assert result.dtype == np.float32
    assert result.tolist() == expected


@pytest.mark.parametrize(
    ("x", "classes", "message"),
    [
        ([0, 3], 3, r"labels must be in \[0, 3\), got values from 0 to 3"),
        ([-1], 3, r"labels must be in \[0, 3\), got values from -1 to -1"),
        ([0.5], 3, "x must hold integers, got dtype float64"),
        (["a"], 3, "x must hold integers, got dtype <U1"),
    ],
)
def test_to_categorical_refuses(x, classes, message):
    with pytest.raises(ValueError, match=f"to_categorical: {message}"):
        utils.to_categorical(x, classes)


def test_public_names_are_there_and_others_are_not():
    for name in convolith.__all__:
        assert getattr(convolith, name) is not None
    assert set(convolith.__all__) <= set(dir(convolith))
    with pytest.raises(AttributeError, match="module 'convolith' has no attribute 'distribution'"):
        _ = convolith.distribution


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: utils.to_categorical([0, 1], 2.5), TypeError, "to_categorical: num_classes must be an integer, got"),
        (lambda: utils.to_categorical([0, np.inf]), ValueError, "to_categorical: x must hold integers, got dtype"),
        (lambda: utils.normalize("x"), TypeError, "normalize: x must hold real numbers of at most 64 bits, got <U1"),
        (lambda: utils.normalize([[1.0]], axis=0.5), TypeError, "normalize: axis must be an integer, got 0.5"),
        (
            lambda: utils.normalize([[1.0]], axis=2),
            ValueError,
            "normalize: axis must be one of the 2 axes of x, got 2",
        ),
        (lambda: utils.normalize([[1.0]], order="x"), TypeError, "normalize: order must be a number, got 'x'"),
    ],
)
def test_another_kind_of_argument_is_named(act, error, message):
    with pytest.raises(error, match=f"^{message}"):
        act()
