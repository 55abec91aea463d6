"""Each layer's outputs and gradients are Keras's on the same weights, in training and outside of it."""

from __future__ import annotations

import math

import numpy as np
import pytest

import convolith
from convolith import layers, ops
from tests.against_keras.signatures import public
from tests.bounds import gamma

SEQUENCE, IMAGE, VOLUME, ROW = (3, 7, 4), (3, 8, 6, 4), (2, 5, 6, 5, 3), (3, 5)
WEIGHTED = {"kernel_initializer": "he_normal", "bias_initializer": "random_normal"}
# By layer: the arguments (padding of average pooling the same on both sides: on torch, Keras repeats the last pixel
# where it is not, unlike elsewhere), and the shape of the inputs (several shapes for several inputs).
CASES = [
    ("Activation", ["softplus"], {}, IMAGE),
    ("ActivityRegularization", [0.1, 0.2], {}, ROW),
    ("AdaptiveAveragePooling1D", [3], {}, SEQUENCE),
    ("AdaptiveAveragePooling2D", [(3, 2)], {}, IMAGE),
    ("AdaptiveAveragePooling3D", [2], {}, VOLUME),
    ("AdaptiveMaxPooling1D", [3], {}, SEQUENCE),
    ("AdaptiveMaxPooling2D", [(3, 2)], {}, IMAGE),
    ("AdaptiveMaxPooling3D", [2], {}, VOLUME),
    ("Add", [], {}, [IMAGE] * 3),
    ("Average", [], {}, [IMAGE] * 3),
    ("AveragePooling1D", [2], {"padding": "same"}, SEQUENCE),
    ("AveragePooling2D", [3, 1], {"padding": "same"}, IMAGE),
    ("AveragePooling3D", [2], {}, VOLUME),
    ("BatchNormalization", [], {"momentum": 0.7, "gamma_initializer": "random_uniform"}, IMAGE),
    ("CenterCrop", [5, 4], {}, IMAGE),
    ("Concatenate", [], {"axis": 1}, [IMAGE, IMAGE]),
    ("Conv1D", [5, 3], {"padding": "causal", "activation": "relu", **WEIGHTED}, SEQUENCE),
    ("Conv1DTranspose", [5, 3], {"strides": 2, "padding": "same", **WEIGHTED}, SEQUENCE),
    ("Conv2D", [6, 3], {"padding": "same", "activation": "relu", "groups": 2, **WEIGHTED}, IMAGE),
    ("Conv2DTranspose", [5, (3, 2)], {"strides": 2, "activation": "elu", **WEIGHTED}, IMAGE),
    ("Conv3D", [4, 2], {"strides": (1, 2, 1), **WEIGHTED}, VOLUME),
    ("Conv3DTranspose", [4, 2], {"padding": "same", **WEIGHTED}, VOLUME),
    ("Cropping1D", [(1, 2)], {}, SEQUENCE),
    ("Cropping2D", [((1, 2), 1)], {}, IMAGE),
    ("Cropping3D", [1], {}, VOLUME),
    ("Dense", [7, "tanh"], WEIGHTED, IMAGE),
    ("DepthwiseConv1D", [3], {"depth_multiplier": 2, "bias_initializer": "random_normal"}, SEQUENCE),
    ("DepthwiseConv2D", [3], {"padding": "same", "activation": "relu6"}, IMAGE),
    ("Dot", [1], {"normalize": True}, [ROW, ROW]),
    ("Dropout", [0.0], {}, ROW),
    ("ELU", [0.7], {}, IMAGE),
    ("Flatten", [], {"data_format": "channels_first"}, IMAGE),
    ("GlobalAveragePooling1D", [], {}, SEQUENCE),
    ("GlobalAveragePooling2D", [], {"keepdims": True}, IMAGE),
    ("GlobalAveragePooling3D", [], {}, VOLUME),
    ("GlobalMaxPooling1D", [], {}, SEQUENCE),
    ("GlobalMaxPooling2D", [], {"data_format": "channels_first"}, IMAGE),
    ("GlobalMaxPooling3D", [], {}, VOLUME),
    ("GroupNormalization", [2], {"beta_initializer": "random_normal"}, IMAGE),
    ("Identity", [], {}, ROW),
    ("LayerNormalization", [], {"axis": [2, 3], "gamma_initializer": "random_normal"}, IMAGE),
    ("LeakyReLU", [0.2], {}, IMAGE),
    ("MaxPooling1D", [3], {"strides": 2, "padding": "same"}, SEQUENCE),
    ("MaxPooling2D", [2], {}, IMAGE),
    ("MaxPooling3D", [2], {"strides": 1}, VOLUME),
    ("Maximum", [], {}, [IMAGE] * 2),
    ("Minimum", [], {}, [IMAGE] * 2),
    ("Multiply", [], {}, [IMAGE] * 3),
    ("Normalization", [], {"mean": 0.5, "variance": 2.0}, IMAGE),
    ("PReLU", [], {"alpha_initializer": "random_normal", "shared_axes": [1, 2]}, IMAGE),
    ("Permute", [(3, 1, 2)], {}, IMAGE),
    ("RMSNormalization", [], {}, IMAGE),
    ("ReLU", [], {"max_value": 1.5, "negative_slope": 0.1, "threshold": 0.2}, IMAGE),
    ("RepeatVector", [3], {}, ROW),
    ("Rescaling", [0.5, 2.0], {}, IMAGE),
    ("Reshape", [(4, -1)], {}, IMAGE),
    ("Resizing", [4, 9], {}, IMAGE),
    ("SeparableConv1D", [5, 3], {"padding": "same", "bias_initializer": "random_normal"}, SEQUENCE),
    ("SeparableConv2D", [5, 3], {"strides": 2, "depth_multiplier": 2, "activation": "selu"}, IMAGE),
    ("Softmax", [], {"axis": 1}, IMAGE),
    ("Subtract", [], {}, [IMAGE] * 2),
    ("UnitNormalization", [], {}, IMAGE),
    ("UpSampling1D", [2], {}, SEQUENCE),
    ("UpSampling2D", [(2, 3)], {"interpolation": "bilinear"}, IMAGE),
    ("UpSampling3D", [2], {}, VOLUME),
    ("ZeroPadding1D", [(1, 2)], {}, SEQUENCE),
    ("ZeroPadding2D", [((0, 1), (2, 0))], {}, IMAGE),
    ("ZeroPadding3D", [1], {}, VOLUME),
]
# What draws at random does so by other bits than Keras, and what counts values has steps where the two round apart;
# tests/layers compares these with their definitions, and with Keras by the same numbers.
RANDOM = {
    "AlphaDropout", "AugMix", "AutoContrast", "ContrastLimitedAdaptiveHistogramEqualization", "CutMix", "Equalization",
    "GaussianDropout", "GaussianNoise", "MixUp", "RandAugment", "RandomBrightness", "RandomColorDegeneration",
    "RandomColorJitter", "RandomContrast", "RandomCrop", "RandomElasticTransform", "RandomErasing", "RandomFlip",
    "RandomGaussianBlur", "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization",
    "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear", "RandomTranslation", "RandomZoom",
    "Solarization", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
}  # fmt: skip
# Keras overwrites the kernel in each training call; convolith keeps it, as the paper has it.
DIFFERENT = {"SpectralNormalization"}
NO_CASE = {"Input", "InputLayer", "InputSpec", "Lambda", "Layer", "deserialize", "serialize"}
FUNCTIONS = {"add", "average", "concatenate", "dot", "maximum", "minimum", "multiply", "subtract"}
# Keras on torch takes means, products of matrices and the larger of two in float32, whatever comes.
SINGLE = {
    "BatchNormalization", "Dense", "Dot", "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D",
    "GroupNormalization", "LayerNormalization", "Maximum", "Minimum", "Normalization", "RMSNormalization",
    "UnitNormalization",
}  # fmt: skip
LONGEST = math.prod(VOLUME)
# A sum of n products of normal numbers, whose sizes add up to less than n, errs by gamma(n) of that, on either side; in
# float32, whose roundings mostly cancel, the sums here are by far not as far off.
BOUNDS = {"float64": 2 * gamma(LONGEST, np.float64) * LONGEST, "float32": 4e-5}


def make(library, name, args, kwargs):
    return getattr(library.layers, name)(*args, **{"dtype": dtype_of(name), **kwargs})


def dtype_of(name):
    return "float32" if name in SINGLE else "float64"


def drawn(shapes, generator, dtype="float32"):
    listed = shapes if isinstance(shapes, list) else [shapes]
    return [generator.standard_normal(shape).astype(dtype) for shape in listed]


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize(("name", "args", "kwargs", "shapes"), CASES, ids=[case[0] for case in CASES])
def test_outputs_gradients_and_weights(keras, generator, name, args, kwargs, shapes, training):
    if keras.backend.backend() != "torch":
        pytest.skip("needs KERAS_BACKEND=torch, for its automatic gradients")
    torch = pytest.importorskip("torch")
    dtype = dtype_of(name)
    arrays, bound = drawn(shapes, generator, dtype), BOUNDS[dtype]
    several = isinstance(shapes, list)
    ours, theirs = (make(library, name, args, kwargs) for library in (convolith, keras))
    ours.build([array.shape for array in arrays] if several else arrays[0].shape)
    theirs.build([array.shape for array in arrays] if several else arrays[0].shape)
    assert [weight.name for weight in ours.weights] == [weight.name for weight in theirs.weights]
    assert [weight.trainable for weight in ours.weights] == [weight.trainable for weight in theirs.weights]
    ours.set_weights([np.array(keras.ops.convert_to_numpy(weight)) for weight in theirs.weights])
    takes_training = {"training": training} if ours.takes_training else {}

    leaves = [torch.tensor(array, requires_grad=True) for array in arrays]
    expected = theirs(leaves if several else leaves[0], **takes_training)
    upstream = generator.standard_normal(tuple(expected.shape)).astype(dtype)
    if expected.requires_grad:
        expected.backward(torch.tensor(upstream))

    trained = list(ours.trainable_weights)

    def function(*values):
        inputs = list(values[: len(arrays)])
        return ours(inputs if several else inputs[0], **takes_training)

    found = function(*arrays)
    assert found.shape == tuple(expected.shape) and found.dtype == dtype
    np.testing.assert_allclose(found, expected.detach().numpy(), rtol=0, atol=bound * scale(expected))
    for weight, other in zip(ours.weights, theirs.weights, strict=True):
        value = keras.ops.convert_to_numpy(other)
        np.testing.assert_allclose(weight.numpy(), value, rtol=0, atol=bound * scale(value), err_msg=weight.name)

    ours.set_weights([np.array(keras.ops.convert_to_numpy(weight)) for weight in theirs.weights])
    by_inputs, by_weights = pulled_back(ours, function, arrays, upstream, trained)
    for one, leaf in zip(by_inputs, leaves, strict=True):
        if leaf.grad is not None:
            np.testing.assert_allclose(one, leaf.grad.numpy(), rtol=0, atol=bound * scale(leaf.grad))
    for one, other in zip(by_weights, theirs.trainable_weights, strict=True):
        value = other.value.grad.numpy()
        np.testing.assert_allclose(one, value, rtol=0, atol=bound * scale(value))


def scale(values):
    return max(1.0, float(np.abs(np.asarray(values.detach() if hasattr(values, "detach") else values)).max(initial=0)))


def pulled_back(layer, function, arrays, upstream, weights):
    """Return the gradients by inputs and weights of (outputs times upstream), without changing any weight."""
    from convolith.graph.differentiate import gradients
    from convolith.graph.plan import Plan
    from convolith.graph.tensor import Spec
    from convolith.graph.trace import Graph, trace

    leaves = []

    def backward(*tensors):
        leaves.extend(tensors)
        return gradients([function(*tensors)], [upstream], [*tensors, *weights])

    graph = trace(backward, *(Spec(array.shape, array.dtype) for array in arrays))
    nested = [np.array(one) for one in Plan(Graph(graph.inputs, graph.outputs, graph.structure)).run(*arrays)]
    return nested[: len(arrays)], nested[len(arrays) :]


def test_the_functions_of_merging(keras, generator):
    one, two = drawn([IMAGE, IMAGE], generator)
    for name in sorted(FUNCTIONS):
        more = {"axes": (1, 1)} if name == "dot" else {}
        pair = [one[..., 0, 0], two[..., 0, 0]] if name == "dot" else [one, two]
        found = getattr(layers, name)(pair, **more)
        expected = keras.ops.convert_to_numpy(getattr(keras.layers, name)(pair, **more))
        np.testing.assert_allclose(found, expected, rtol=0, atol=BOUNDS["float32"] * scale(expected))


def test_every_layer_that_both_have_is_compared(keras):
    names = set(public("keras", "layers")) & set(public("convolith", "layers"))
    compared = {getattr(layers, name) for name, *_ in CASES}
    left = {name for name in names - RANDOM - DIFFERENT - NO_CASE - FUNCTIONS if getattr(layers, name) not in compared}
    assert left == set()


def test_lambda_and_input(keras, generator):
    (x,) = drawn(ROW, generator)
    models = []
    for library in (convolith, keras):
        inputs = library.Input(ROW[1:])
        square = library.layers.Lambda(lambda value, library=library: library.ops.square(value) - 1)
        models.append(library.Model(inputs, square(inputs)))
    ours, theirs = (model.predict(x, verbose=0) for model in models)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=BOUNDS["float32"])
    assert ops.shape(ours) == ROW
