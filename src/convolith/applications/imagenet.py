"""The frame of the networks for photographs: their input, their head, their weights, what they expect of pixels."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from convolith import ops
from convolith.applications.arguments import check_channels_last, check_ends, image_shape
from convolith.applications.published import published_weights
from convolith.defaults import image_data_format
from convolith.graph.tensor import Tensor
from convolith.layers import Dense, GlobalAveragePooling2D, GlobalMaxPooling2D, Input, Normalization
from convolith.models import Model
from convolith.utils.tensors import get_source_inputs

MEANS = np.array((0.485, 0.456, 0.406), np.float32)
DEVIATIONS = np.array((0.229, 0.224, 0.225), np.float32)
BGR_MEANS = np.array((103.939, 116.779, 123.68), np.float32)


def image_input(
    name: str,
    include_top: Any,
    input_shape: Any,
    input_tensor: Any,
    classes: Any,
    pooling: Any,
    weights: Any,
    size: int,
    least: int,
) -> Any:
    """Return the symbolic images that a network starts from, once the arguments that all networks take are sound.

    Args:
        name: of the network, for the messages.
        include_top: whether it ends with its classifier.
        input_shape: (height, width, channels), all known; None for size x size x 3.
        input_tensor: an ``Input``, or what layers make of one, to use; or None.
        classes: number of outputs.
        pooling: in place of the top.
        weights: None, "imagenet" or a file.
        size: height and width that the network was made for.
        least: the smallest height and width that it can take.

    Raises:
        ValueError: the shape is none of images, they are too small, layers are made with the channels first, or
            another argument has no such value.
        TypeError: ``input_tensor`` is no symbolic tensor, or ``weights`` no file.
        FileNotFoundError: there is no such file of weights.
    """
    check_ends(name, include_top, classes, pooling, weights)
    check_channels_last(name)
    if input_tensor is None:
        return Input(image_shape(name, "input_shape", (size, size, 3) if input_shape is None else input_shape, least))
    if not isinstance(input_tensor, Tensor):
        came = type(input_tensor).__name__
        raise TypeError(f"{name}: input_tensor must be an Input, or what layers make of one, got a {came}")
    image_shape(name, "input_tensor", input_tensor.shape[1:], least)
    return input_tensor


def pooled(x: Any, pooling: str | None) -> Any:
    """End a network without its top: feature maps as they are (None), or their averages ("avg") or maxima ("max")."""
    if pooling == "avg":
        return GlobalAveragePooling2D(name="avg_pool")(x)
    return GlobalMaxPooling2D(name="max_pool")(x) if pooling == "max" else x


def averaged_classifier(x: Any, classes: int, activation: Any) -> Any:
    """The head of most networks since 2014: the maps' averages, and a dense layer."""
    x = GlobalAveragePooling2D(name="avg_pool")(x)
    return Dense(classes, activation=activation, name="predictions")(x)


def finished(
    inputs: Any, outputs: Any, name: str, weights: Any, published: str | None = None, include_top: bool = True
) -> Model:
    """Make the model, with the weights of a file if there is one.

    Args:
        inputs: the images, or what layers have made of them: then the model begins where those layers begin.
        outputs: of the network.
        name: of the model.
        weights: None, a file, or "imagenet" for Keras's.
        published: the name of the network among Keras's published weights; None where there are none.
        include_top: whether it ends with its classifier.

    Raises:
        ValueError: Keras has published no weights of this network, or not for so many classes.
    """
    sources = get_source_inputs(inputs)
    model = Model(sources if len(sources) > 1 else sources[0], outputs, name=name)
    if isinstance(weights, str) and weights == "imagenet":
        if published and include_top and model.output_shape[-1] != 1000:
            raise ValueError(f'{name}: with weights="imagenet", classes must be 1000, got {model.output_shape[-1]}')
        weights = published_weights(name, published, include_top)
    if weights is not None:
        model.load_weights(weights)
    return model


def trained_size(inputs: Any, sizes: tuple[int, ...]) -> int:
    """Return which of the sizes that published weights were trained on are for images; the largest where none is."""
    height, width = inputs.shape[1:3]
    return height if height == width and height in sizes else sizes[-1]


def edges(x: Any, kernel: int = 3, original: bool = True) -> Any:
    """The border that a convolution with strides 2 needs: half a kernel, but one less before an even extent.

    In torchvision's networks (``original=False``) it is half a kernel on all sides.
    """
    half = kernel // 2
    return tuple((half - 1 + side % 2 if original else half, half) for side in x.shape[1:3])


def standardized(x: Any) -> Any:
    """Bring pixels from 0 to 255, within a network, to mean 0 and deviation 1."""
    return Normalization(mean=255 * MEANS, variance=np.square(255 * DEVIATIONS))(x)


def divisible(filters: float) -> int:
    """Round to a multiple of 8, at least 8, that is not below nine tenths of it."""
    rounded = max(8, int(filters + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * filters else rounded


def floats(x: Any) -> Any:
    """Return pixels, an array or a tensor of a model of any dtype, in float32."""
    if not isinstance(x, Tensor):
        return np.asarray(x, np.float32)
    return x if x.dtype == np.float32 else ops.cast(x, np.float32)


def preprocess_input(
    x: Any,
    data_format: str | None = None,
    mode: str = "caffe",
    means: np.ndarray = MEANS,
    deviations: np.ndarray = DEVIATIONS,
) -> Any:
    """Bring RGB pixels from 0 to 255 to what a network was trained on.

    Args:
        x: array, or tensor of a model, (..., 3), or (..., 3, height, width) with the channels first.
        data_format: "channels_last" or "channels_first"; None is the default.
        mode: "caffe": channels as BGR, less their means; "tf": to -1 to 1; "torch": to mean 0 and deviation 1.
        means: of the three channels of the images trained on, as shares of 255, for "torch"; ImageNet's by default.
        deviations: from these.

    Returns:
        float32, of the shape of x.

    Raises:
        ValueError: another mode or data format, or there are not 3 channels.

    Example:
        >>> import numpy as np
        >>> from convolith.applications.imagenet import preprocess_input
        >>> preprocess_input(np.full((1, 1, 3), 255), mode="tf").tolist()
        [[[1.0, 1.0, 1.0]]]
    """
    data_format = image_data_format() if data_format is None else data_format
    if data_format not in ("channels_last", "channels_first"):
        raise ValueError(
            f'preprocess_input: data_format must be "channels_last" or "channels_first", got {data_format!r}'
        )
    if mode not in ("caffe", "tf", "torch"):
        raise ValueError(f'preprocess_input: mode must be "caffe", "tf" or "torch", got {mode!r}')
    pixels = floats(x)
    axis, after = (-3, (1, 1)) if data_format == "channels_first" else (-1, ())
    if pixels.ndim < -axis or pixels.shape[axis] != 3:
        raise ValueError(f"preprocess_input: x must have 3 channels on axis {axis}, got shape {pixels.shape}")
    if mode == "tf":
        return pixels / np.float32(127.5) - np.float32(1)
    if mode == "torch":
        return (pixels / np.float32(255) - means.reshape(3, *after)) / deviations.reshape(3, *after)
    return ops.flip(pixels, axis) - BGR_MEANS.reshape(3, *after)


@cache
def class_names() -> tuple[tuple[str, str], ...]:
    """Return WordNet's number and the name of each of ImageNet's 1,000 classes, in their order."""
    lines = Path(__file__).with_name("imagenet_classes.txt").read_text("utf-8").splitlines()
    return tuple((number, name) for number, name in map(str.split, lines))


def decode_predictions(preds: Any, top: int = 5) -> list[list[tuple[str, str, float]]]:
    """Name the most probable of ImageNet's classes.

    Args:
        preds: array (batch, 1000), the outputs of a network.
        top: how many.

    Returns:
        for each image (WordNet's number, name, probability) of so many classes, the most probable first.

    Raises:
        ValueError: the array has another shape, or ``top`` is not in 1 to 1000.

    Source:
        names: the first of each class's synonyms in WordNet.

    Example:
        >>> import numpy as np
        >>> from convolith.applications.imagenet import decode_predictions
        >>> decode_predictions(np.eye(1000)[:1], top=1)
        [[('n01440764', 'tench', 1.0)]]
    """
    return ranked(preds, top, class_names())


def ranked(preds: Any, top: int, names: Any) -> list[list[tuple[str, str, float]]]:
    """Rank classes by their probabilities, as `decode_predictions` tells them.

    Args:
        preds: array (batch, classes).
        top: how many.
        names: (number, name) of each class.

    Raises:
        ValueError: the array has another shape, or ``top`` is less than 1 or more than the classes.

    Example:
        >>> from convolith.applications.imagenet import ranked
        >>> ranked([[0.25, 0.75]], 1, [("0", "cat"), ("1", "dog")])
        [[('1', 'dog', 0.75)]]
    """
    scores, count = np.asarray(preds), len(names)
    if scores.ndim != 2 or scores.shape[1] != count:
        raise ValueError(f"decode_predictions: preds must have shape (batch, {count}), got {scores.shape}")
    if isinstance(top, bool) or not isinstance(top, (int, np.integer)) or not 1 <= top <= count:
        raise ValueError(f"decode_predictions: top must be in 1 to {count}, got {top!r}")
    best = np.argsort(-scores, axis=1, kind="stable")[:, :top]
    return [
        [(*names[number], float(row[number])) for number in numbers] for row, numbers in zip(scores, best, strict=True)
    ]
