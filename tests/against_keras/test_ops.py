"""Operations on images and signals: Keras's values and shapes, and its gradients on torch."""

from __future__ import annotations

import numpy as np
import pytest

import convolith
from convolith import ops
from tests.bounds import gamma

NUMBERS = np.random.default_rng(7)


def normal(*shape: int) -> np.ndarray:
    return NUMBERS.normal(size=shape)


MATRIX, OTHER = normal(3, 4), normal(3, 4)
IMAGES = NUMBERS.uniform(0, 1, (2, 6, 5, 3))
PAIR = {"image1": IMAGES, "image2": (0.7 * IMAGES + 0.1).round(1)}
CLASSES = np.array([[0, 2], [1, 1], [-1, 3]])
SHRINK = {"output_shape": (2, 4, 7, 3), "spatial_dims": (1, 2)}
MOVED = {"images": IMAGES, "scale": np.array([0.67, 1.43]), "translation": np.array([0.31, -0.17])}


IN_SINGLE = {"image.elastic_transform", "image.scale_and_translate", "image.ssim"}
"""Keras computes their weights and places in float32, whatever the images are."""


def allowed(name: str, *arrays: np.ndarray) -> float:
    """What each side's 64 roundings, of sums of less than 50 numbers with their factors, make of the largest number."""
    largest = max(1.0, *(float(abs(array).max()) for array in arrays))
    return 2 * gamma(64, np.float32 if name in IN_SINGLE else np.float64) * largest


def function_of(library, name):
    for part in name.split("."):
        library = getattr(library, part)
    return library


# By operation: the arrays, the other arguments, and whether there are gradients to compare.
CASES = [
    ("fold", {"x": normal(2, 12, 20)}, {"output_size": (5, 6), "kernel_size": 2}, True),
    ("moments", {"x": IMAGES}, {"axes": [0, 1]}, True),
    ("moments", {"x": IMAGES}, {"axes": [-1], "keepdims": True}, True),
    ("multi_hot", {"inputs": CLASSES}, {"num_classes": 4}, False),
    ("multi_hot", {"inputs": CLASSES[0]}, {"num_classes": 3}, False),
    ("multi_hot", {"inputs": CLASSES}, {"num_tokens": 4, "axis": 0, "dtype": "int32"}, False),
    ("polar", {"abs_": MATRIX, "angle": OTHER}, {}, False),
    ("polar", {"abs_": abs(MATRIX), "angle": OTHER[0]}, {}, False),
    ("psnr", {"x1": MATRIX, "x2": OTHER}, {"max_val": 1.5}, True),
    ("psnr", {"x1": IMAGES, "x2": IMAGES[::-1]}, {"max_val": 1}, True),
    ("unfold", {"x": IMAGES}, {"kernel_size": (3, 2), "dilation": (1, 2), "padding": 1, "stride": 2}, True),
    ("image.extract_patches_3d", {"volumes": normal(2, 5, 4, 6, 2)}, {"size": (2, 1, 3)}, True),
    ("image.extract_patches_3d", {"volumes": normal(5, 4, 6, 2)}, {"size": 2, "strides": 1}, True),
    (
        "image.extract_patches_3d",
        {"volumes": normal(2, 3, 5, 4, 6)},
        {"size": 3, "strides": 2, "padding": "same", "data_format": "channels_first"},
        True,
    ),
    *(
        ("image.scale_and_translate", MOVED, {**SHRINK, "method": method, "antialias": antialias}, True)
        for method in ("linear", "bicubic", "lanczos3", "lanczos5")
        for antialias in (True, False)
    ),
    ("image.ssim", PAIR, {"filter_size": 5}, True),
    ("image.ssim", {name: image[0] for name, image in PAIR.items()}, {"filter_size": 3, "k1": 0.1, "k2": 0.2}, True),
    (
        "image.ssim",
        {name: 255 * np.moveaxis(image, -1, 1) for name, image in PAIR.items()},
        {"max_val": 255.0, "filter_size": 4, "filter_sigma": 0.8, "data_format": "channels_first"},
        True,
    ),
]


@pytest.fixture
def torch(keras):
    if keras.backend.backend() != "torch":
        pytest.skip("needs KERAS_BACKEND=torch, for its automatic gradients")
    return pytest.importorskip("torch")


@pytest.mark.parametrize(("name", "arrays", "arguments", "slopes"), CASES)
def test_values_and_gradients(keras, torch, name, arrays, arguments, slopes):
    leaves = {one: torch.tensor(np.array(array), requires_grad=slopes) for one, array in arrays.items()}
    expected = function_of(keras.ops, name)(**leaves, **arguments)
    theirs = list(expected) if isinstance(expected, (list, tuple)) else [expected]

    def function(*values):
        found = function_of(ops, name)(**dict(zip(arrays, values, strict=True)), **arguments)
        return list(found) if isinstance(found, (list, tuple)) else [found]

    for found, part in zip(function(*arrays.values()), theirs, strict=True):
        value = part.detach().numpy()
        assert (found.shape, found.dtype) == (value.shape, value.dtype)
        np.testing.assert_allclose(found, value, rtol=0, atol=allowed(name, *arrays.values(), value))
    if not slopes:
        return
    upstreams = [normal(*part.shape) for part in theirs]
    torch.autograd.backward(theirs, [torch.tensor(upstream) for upstream in upstreams])
    _, pullback = convolith.vjp(function, *arrays.values())
    for gradient, leaf in zip(pullback(upstreams), leaves.values(), strict=True):
        np.testing.assert_allclose(gradient, leaf.grad.numpy(), rtol=0, atol=allowed(name, *upstreams, gradient))


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("fill_mode", ["constant", "nearest", "reflect", "mirror", "wrap"])
def test_elastic_transform_by_the_same_numbers(keras, torch, monkeypatch, data_format, interpolation, fill_mode):
    from convolith.ops.image.draw import stream

    images = np.moveaxis(IMAGES, -1, 1) if data_format == "channels_first" else IMAGES
    noise = stream(np.array([3, 0], np.uint64), 0).standard_normal((2, 2, 6, 5))
    drawn = iter([noise[:, 1], noise[:, 0]])  # Keras draws how far to the right, then how far down
    monkeypatch.setattr(torch, "normal", lambda *_, **__: torch.tensor(next(drawn)))
    arguments = {"alpha": 3.0, "sigma": 0.9, "interpolation": interpolation, "fill_mode": fill_mode, "fill_value": 0.5}
    theirs = keras.ops.image.elastic_transform(images, **arguments, data_format=data_format)
    found = ops.image.elastic_transform(images, **arguments, seed=3, data_format=data_format)
    np.testing.assert_allclose(found, theirs.numpy(), rtol=0, atol=allowed("image.elastic_transform", images))
