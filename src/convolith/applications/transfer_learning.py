"""What a network has learnt, put to another task: cut, frozen, with a new head, and trained layer by layer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from convolith.applications.fingerprint import fingerprint
from convolith.applications.lenet_1998 import NegativeDistance
from convolith.files import replace
from convolith.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    Input,
    InputLayer,
    Reshape,
    Softmax,
)
from convolith.models import Model
from convolith.ops.arguments import positive

POOLING = {"avg": GlobalAveragePooling2D, "max": GlobalMaxPooling2D, "flatten": Flatten}
AFTER_CLASSIFIER = (Activation, Dropout, Flatten, GlobalAveragePooling2D, Reshape, Softmax)
LAYERS_NAMED = 8  # by an error, of all


def transfer(
    base: Model,
    classes: int,
    cut: str | None = None,
    freeze: bool | str = True,
    pooling: str = "avg",
    dropout: float = 0.0,
    classifier_activation: Any = "softmax",
    name: str | None = None,
) -> Model:
    """Put a new head onto a trained network; its layers, with their weights, are in both models.

    Args:
        base: a network of one input and one output.
        classes: outputs of the new head, a dense layer.
        cut: name of the layer whose results the head takes; None: what the last dense layer, or the 1x1 convolution in
            its place, took, or the base's output if it has no classifier.
        freeze: True freezes all layers up to the cut, False none, a name those up to the layer of that name.
        pooling: what makes feature maps into features: "avg" or "max" over each map, or "flatten".
        dropout: share of the features, in [0, 1), that training leaves out.
        classifier_activation: of the outputs; None gives logits.
        name: of the model; None takes the base's, with "_transfer".

    Returns:
        a functional Model, not compiled: the base's input to (batch, classes).

    Raises:
        TypeError: ``base`` is no Model.
        ValueError: another argument is none of these, a layer has no such name, or None finds no place to cut.

    Source:
        Yosinski, Clune, Bengio and Lipson, "How transferable are features in deep neural networks?", arXiv 1411.1792.

    Example:
        >>> from convolith.applications import LeNet5, transfer
        >>> model = transfer(LeNet5(), classes=3)
        >>> model.output_shape, len(model.trainable_weights)
        ((None, 3), 2)
    """
    _check_model("transfer", "base", base)
    name = f"{base.name}_transfer" if name is None else name
    if isinstance(classes, bool) or not isinstance(classes, (int, np.integer)) or classes < 1:
        raise ValueError(f"{name}: classes must be an integer >= 1, got {classes!r}")
    if classes == 1 and classifier_activation == "softmax":
        raise ValueError(f"{name}: the softmax of one output is always 1; take classifier_activation='sigmoid'")
    if pooling not in POOLING:
        raise ValueError(f"{name}: pooling must be one of {list(POOLING)}, got {pooling!r}")
    features = base.get_layer(cut).output if cut is not None else _before_classifier(base)
    kept = Model(base.input, features).layers
    names = [layer.name for layer in kept]
    if not isinstance(freeze, (bool, np.bool_)) and freeze not in names:
        raise ValueError(f"{name}: freeze must be True, False or a layer up to the cut, one of {names}; got {freeze!r}")
    frozen = names.index(freeze) + 1 if isinstance(freeze, str) else len(kept) * bool(freeze)
    if len(features.shape) > 2:
        features = POOLING[pooling](name=f"{name}_pool")(features)
    if dropout:
        features = Dropout(dropout, name=f"{name}_dropout")(features)
    outputs = Dense(classes, classifier_activation, name=f"{name}_predictions")(features)
    for number, layer in enumerate(kept):  # last: an error leaves the base as it was
        layer.trainable = number >= frozen
    return Model(base.input, outputs, name=name)


def _check_model(function: str, argument: str, value: Any) -> None:
    if not isinstance(value, Model):
        raise TypeError(f"{function}: {argument} must be a Model, got {value!r:.60}")


def _before_classifier(base: Model) -> Any:
    """Return what a network's classifier takes, or its output if that is of feature maps or pooled.

    The classifier is the last dense layer or, as in MobileNet and SqueezeNet, a 1x1 convolution, or the distances of
    LeNet-5, whose results are at most pooled, flattened and put through an activation.

    Raises:
        ValueError: it ends with a classifier of another kind.
    """
    last = base.layers[-1]
    if len(base.output.shape) != 2 or isinstance(last, (*POOLING.values(), InputLayer)):
        return base.output
    layers = {id(layer.output): layer for layer in base.layers}
    layer = last
    while isinstance(layer, AFTER_CLASSIFIER) and id(layer.input) in layers:
        layer = layers[id(layer.input)]
    if isinstance(layer, (Dense, NegativeDistance)) or (isinstance(layer, Conv2D) and layer.kernel_size == (1, 1)):
        return layer.input
    names = [one.name for one in base.layers[-LAYERS_NAMED:]]
    raise ValueError(
        f"{base.name}: ends with {type(last).__name__} {last.name!r}, behind no dense layer, 1x1 convolution or pooled "
        f"features; name the layer to cut at by cut=, such as one of the last ones, {names}, or make the base without "
        f"its top"
    )


def unfreeze(model: Model, start: str | None = None, normalization: bool = False) -> None:
    """Let the next ``fit`` train the layers of a model again, from one of them to the end.

    Args:
        model: as ``transfer`` made it.
        start: name of the first layer; None: all.
        normalization: whether batch normalisation is trained too; otherwise it keeps the averages that it has, which
            the small batches of a small task would only blur.

    Raises:
        TypeError: ``model`` is no Model.
        ValueError: there is no layer of that name.

    Example:
        >>> from convolith.applications import LeNet5, transfer, unfreeze
        >>> model = transfer(LeNet5(), classes=3)
        >>> unfreeze(model, "c5")
        >>> [layer.name for layer in model.layers if layer.trainable_weights]
        ['c5', 'f6', 'lenet5_transfer_predictions']
    """
    _check_model("unfreeze", "model", model)
    layers = model.layers
    for layer in layers[0 if start is None else layers.index(model.get_layer(start)) :]:
        if normalization or not isinstance(layer, BatchNormalization):
            layer.trainable = True


def learning_rates_per_depth(model: Model, first: float, last: float = 1.0) -> None:
    """Let layers learn the slower, the nearer to the input they are: sets their ``learning_rate_multiplier``.

    Args:
        model: built.
        first: what the learning rate is multiplied by for the first layer with weights, above 0.
        last: the same for the last one; those between them follow a geometric row.

    Raises:
        TypeError: ``model`` is no Model.
        ValueError: ``first`` or ``last`` is no number above 0.

    Source:
        Howard and Ruder, "Universal language model fine-tuning for text classification", arXiv 1801.06146, section 3.2.

    Example:
        >>> from convolith.applications import LeNet5, learning_rates_per_depth
        >>> model = LeNet5()
        >>> learning_rates_per_depth(model, first=0.01)
        >>> [round(layer.learning_rate_multiplier, 4) for layer in model.layers if layer.weights]
        [0.01, 0.0316, 0.1, 0.3162, 1.0]
    """
    _check_model("learning_rates_per_depth", "model", model)
    for argument, value in (("first", first), ("last", last)):
        positive("learning_rates_per_depth", argument, value)
    layers = [layer for layer in model.layers if layer.weights]
    row = np.geomspace(last, first, len(layers))[::-1]  # a single layer is the last one
    for layer, multiplier in zip(layers, row, strict=True):
        layer.learning_rate_multiplier = multiplier


def bottleneck(model: Model) -> tuple[Model, Model]:
    """Part a model where training begins to matter: frozen layers whose results never change, and the head.

    What the first part gives for the training images can be computed once (``bottleneck_features``); the head, trained
    on that, is the model's own, so that the whole model is trained then.

    Args:
        model: as ``transfer`` made it: its trained layers are a chain at its end.

    Returns:
        (features, head): functional Models that share the layers of the model.

    Raises:
        TypeError: ``model`` is no Model.
        ValueError: nothing is frozen, or what is trained (or draws at random) is no such chain.

    Example:
        >>> from convolith.applications import LeNet5, bottleneck, transfer
        >>> features, head = bottleneck(transfer(LeNet5(), classes=3))
        >>> features.output_shape, head.output_shape
        ((None, 84), (None, 3))
    """
    _check_model("bottleneck", "model", model)
    changing = {layer.name for layer in model.layers if layer.trainable_weights or layer.states}
    chain: list[Any] = []
    tensor, left = model.output, set(changing)
    for layer in reversed(model.layers):
        if not left or layer.output is not tensor or isinstance(layer.input, list) or isinstance(layer, InputLayer):
            break
        chain.append(layer)
        left.discard(layer.name)
        tensor = layer.input
    if left or tensor is model.input:
        raise ValueError(
            f"{model.name}: has no frozen part before a chain of layers that are trained or draw at random; these "
            f"are {sorted(changing)}: freeze more, or train the whole model"
        )
    features = Model(model.input, tensor, name=f"{model.name}_features")
    inputs = x = Input(tensor.shape[1:])
    for layer in reversed(chain):
        x = layer(x)
    return features, Model(inputs, x, name=f"{model.name}_head")


def bottleneck_features(
    features: Model, x: Any, cache: str | os.PathLike[str] | None = None, batch_size: int = 32
) -> np.ndarray:
    """Compute what the frozen part of a model gives for images, once.

    Args:
        features: the first of ``bottleneck``'s two.
        x: array (n, ...), the images; a list or dict of such for a network of several inputs. Without a cache also what
            else ``predict`` takes, such as a Dataset.
        cache: a folder in which the result is kept, and found again for the same network, weights and images; None
            keeps nothing. Of a user's own layers and functions, the code counts, with the values that it has from
            around it, and those attributes that are numbers, strings, arrays or containers of them; other objects
            among the attributes count by their class alone.
        batch_size: images in a batch.

    Returns:
        array (n, ...).

    Raises:
        TypeError: ``features`` is no Model.
        ValueError: a file of the cache is damaged, with a cache a configuration that is no plain values, a function
            that uses what cannot be told from others or an ``x`` that is no array of numbers, or as ``predict``.
        OSError: the folder cannot be written.

    Example:
        >>> import numpy as np
        >>> from convolith.applications import LeNet5, bottleneck, bottleneck_features, transfer
        >>> features, head = bottleneck(transfer(LeNet5(), classes=3))
        >>> bottleneck_features(features, np.zeros((5, 28, 28, 1))).shape
        (5, 84)
    """
    _check_model("bottleneck_features", "features", features)
    if cache is None:
        return features.predict(x, batch_size=batch_size, verbose=0)
    path = Path(cache) / f"features-{fingerprint(features, x)}.npy"
    if path.is_file():
        try:
            return np.load(path, allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise ValueError(f"bottleneck_features: {path} is damaged: {error}") from error
    found = features.predict(x, batch_size=batch_size, verbose=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, lambda temporary: np.save(temporary, found, allow_pickle=False))
    return found
