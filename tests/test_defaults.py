"""The defaults of config: what they reach, what they leave alone, and Keras's under the same ones."""

from __future__ import annotations

import inspect
from functools import partial

import numpy as np
import pytest

import convolith
from convolith import backend, config, constraints, initializers, layers, losses, metrics, ops, random
from tests.ops.calls import CALLS

IMAGES = np.random.default_rng(3).random((2, 6, 5, 3), np.float32)


@pytest.fixture
def defaults():
    """The functions that set the defaults, which are as before after the test."""
    yield config
    config.set_floatx("float32")
    config.set_epsilon(1e-7)
    config.set_image_data_format("channels_last")


def test_they_are_keras_s(keras):
    for name in ("floatx", "epsilon", "image_data_format"):
        assert getattr(config, name)() == getattr(keras.config, name)() == getattr(backend, name)()
    assert config.backend() == backend.backend() == "convolith"


def test_floatx_reaches_what_is_made(defaults):
    defaults.set_floatx("float64")
    assert config.floatx() == "float64"
    made = [
        layers.Dense(3).dtype, convolith.Input((3,)).dtype, random.uniform((2,), seed=1).dtype,
        *(initializers.get(name)((2, 2)).dtype for name in ("glorot_uniform", "he_normal", "zeros", "identity")),
        ops.zeros(2).dtype, ops.one_hot([1], 2).dtype, ops.arange(2.0).dtype, ops.convert_to_tensor([1.5]).dtype,
    ]  # fmt: skip
    assert {np.dtype(dtype).name for dtype in made} == {"float64"}
    model = convolith.Sequential([convolith.Input((4,)), layers.Dense(3), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 4)), np.ones((4, 1)), verbose=0)
    assert model.predict(np.ones((4, 4)), verbose=0).dtype == np.float64
    assert layers.Dense(3, dtype="float32").dtype == "float32"


@pytest.mark.parametrize("value", ["float16", "bfloat16", "int32", None])
def test_another_floatx_is_refused(defaults, value):
    with pytest.raises(ValueError, match="set_floatx: value must be 'float32' or 'float64', got"):
        defaults.set_floatx(value)
    assert config.floatx() == "float32"


@pytest.mark.parametrize("value", [0, -1e-7, 0.5, "small", True, None, float("nan")])
def test_another_epsilon_is_refused(defaults, value):
    with pytest.raises(ValueError, match="set_epsilon: value must be a number > 0 and < 0.5, got"):
        defaults.set_epsilon(value)
    assert config.epsilon() == 1e-7


@pytest.mark.parametrize("value", ["channels_middle", None, 1])
def test_another_data_format_is_refused(defaults, value):
    with pytest.raises(ValueError, match="set_image_data_format: data_format must be one of .* got"):
        defaults.set_image_data_format(value)
    assert config.image_data_format() == "channels_last"


def test_epsilon_reaches_losses_and_constraints(defaults):
    defaults.set_epsilon(1e-2)
    sure, wrong = np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]])
    for name in ("categorical_crossentropy", "binary_crossentropy", "kl_divergence", "categorical_focal_crossentropy"):
        value = getattr(losses, name)(sure, wrong)
        assert np.isfinite(value).all() and value.max() < 5, name
    expected = -np.log(1e-2)
    np.testing.assert_allclose(losses.categorical_crossentropy(sure, wrong), expected, rtol=1e-6)
    np.testing.assert_allclose(losses.sparse_categorical_crossentropy([1], wrong), expected, rtol=1e-6)
    np.testing.assert_allclose(losses.mean_absolute_percentage_error([[0.0]], [[1.0]]), 1e4, rtol=1e-6)
    np.testing.assert_allclose(losses.dice([[0.0]], [[0.0]]), 1)
    np.testing.assert_allclose(constraints.UnitNorm()(np.array([[0.01]])), 0.5)
    assert metrics.AUC(num_thresholds=3).thresholds == [-1e-2, 0.5, 1 + 1e-2]


def certain():
    model = convolith.Sequential([convolith.Input((2,)), layers.Activation("linear")])
    model.compile(convolith.optimizers.SGD(), "categorical_crossentropy")
    return model, np.array([[0, 1]], np.float32), np.array([[1, 0]], np.float32)


@pytest.mark.parametrize("method", ["evaluate", "test_on_batch", "train_on_batch", "fit"])
def test_epsilon_counts_from_a_model_s_next_batch_on(defaults, method):
    model, wrong, sure = certain()
    quiet = {} if method.endswith("batch") else {"verbose": 0}
    for value in (1e-7, 1e-2, 1e-2, 1e-7):
        defaults.set_epsilon(value)
        for _ in range(2):  # the second time it is a batch of a kind met before
            found = getattr(model, method)(wrong, sure, **quiet)
            found = found.history["loss"][0] if method == "fit" else found
            np.testing.assert_allclose(found, -np.log(value), rtol=1e-5)


def test_epsilon_counts_from_the_next_batch_on_within_a_pass(defaults):
    model, wrong, sure = certain()
    later = convolith.callbacks.LambdaCallback(on_test_batch_end=lambda batch, logs: defaults.set_epsilon(1e-2))
    found = model.evaluate(np.repeat(wrong, 2, 0), np.repeat(sure, 2, 0), 1, verbose=0, callbacks=[later])
    np.testing.assert_allclose(found, -np.log([1e-7, 1e-2]).mean(), rtol=1e-5)


def test_epsilon_counts_in_predictions_met_before(defaults):
    model = convolith.Sequential([convolith.Input((2,)), layers.Lambda(ops.normalize)])
    x = np.array([[1e-3, 0]], np.float32)
    for value, expected in ((1e-7, 1.0), (1e-2, 0.1)):
        defaults.set_epsilon(value)
        for _ in range(2):
            np.testing.assert_allclose(model.predict(x, verbose=0), ops.normalize(x), rtol=1e-5)
        assert model.predict(x, verbose=0)[0, 0] == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("name", ["layer_normalization", "rms_normalization", "normalize"])
def test_epsilon_is_that_of_normalisations_that_name_none(keras, defaults, name):
    x = np.array([[1e-3, -2e-3, 5e-4], [1.0, 2.0, 4.0]], np.float32)
    function, theirs = getattr(ops, name), getattr(keras.ops, name)
    np.testing.assert_allclose(function(x), keras.ops.convert_to_numpy(theirs(x)), rtol=1e-5)
    before = function(x)
    defaults.set_epsilon(1e-2)
    assert abs(function(x) - before).max() > 0.1
    np.testing.assert_array_equal(function(x), function(x, epsilon=1e-2))


@pytest.mark.parametrize("name", ["binary_crossentropy", "kl_divergence", "mean_absolute_percentage_error", "poisson"])
def test_epsilon_is_used_as_in_keras(keras, defaults, name):
    y_true, y_pred = np.array([[0.0, 1.0, 0.5]], np.float32), np.array([[1.0, 0.0, 0.2]], np.float32)
    defaults.set_epsilon(1e-3)
    keras.config.set_epsilon(1e-3)
    try:
        expected = keras.ops.convert_to_numpy(getattr(keras.losses, name)(y_true, y_pred))
    finally:
        keras.config.set_epsilon(1e-7)
    np.testing.assert_allclose(getattr(losses, name)(y_true, y_pred), expected, rtol=1e-5)


def takes_data_format(function) -> bool:
    return callable(function) and "data_format" in inspect.signature(function).parameters


WITH_FORMAT = [
    name for name in CALLS
    if takes_data_format(getattr(ops.image if "." in name else ops, name.rpartition(".")[2]))
]  # fmt: skip


@pytest.mark.parametrize("name", WITH_FORMAT)
def test_a_data_format_that_is_named_overrides_the_default(defaults, monkeypatch, name):
    function, arrays = CALLS[name]
    expected = function(*arrays)
    for other in WITH_FORMAT:
        module, last = (ops.image if "." in other else ops), other.rpartition(".")[2]
        original = getattr(module, last)
        named = partial(original, data_format="channels_last")
        monkeypatch.setattr(module, last, named)
        function = named if function is original else function
    defaults.set_image_data_format("channels_first")
    np.testing.assert_equal(function(*arrays), expected)


@pytest.mark.parametrize("option", ["crop_to_aspect_ratio", "pad_to_aspect_ratio"])
def test_resizing_to_the_aspect_ratio_by_a_format_that_is_named(defaults, option):
    arguments = {"size": (3, 9), option: True, "data_format": "channels_last"}
    expected = ops.image.resize(IMAGES, **arguments)
    defaults.set_image_data_format("channels_first")
    np.testing.assert_array_equal(ops.image.resize(IMAGES, **arguments), expected)


LAYERS = {
    "Conv2D": ((4, 3), {"padding": "same", "groups": 1}),
    "Conv2DTranspose": ((4, 3), {"strides": 2}),
    "DepthwiseConv2D": ((3,), {}),
    "SeparableConv2D": ((4, 3), {}),
    "MaxPooling2D": ((2,), {}),
    "AveragePooling2D": ((2,), {}),
    "GlobalAveragePooling2D": ((), {}),
    "GlobalMaxPooling2D": ((), {"keepdims": True}),
    "AdaptiveAveragePooling2D": ((2,), {}),
    "AdaptiveMaxPooling2D": ((2,), {}),
    "UpSampling2D": ((2,), {"interpolation": "bilinear"}),
    "ZeroPadding2D": ((1,), {}),
    "Cropping2D": ((1,), {}),
    "Flatten": ((), {}),
    "SpatialDropout2D": ((0.5,), {}),
    "Resizing": ((4, 3), {}),
    "CenterCrop": ((3, 3), {}),
    "RandomRotation": (((0.1, 0.1),), {"fill_mode": "constant"}),
    "RandomZoom": (((0.1, 0.1),), {}),
    "RandomContrast": ((0.0,), {}),
    "RandomErasing": (((1, 1), (1, 1)), {"fill_value": 0.5}),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers_with_channels_first_are_keras_s(keras, defaults, name):
    args, kwargs = LAYERS[name]
    images = np.ascontiguousarray(IMAGES.transpose(0, 3, 1, 2))
    last = getattr(layers, name)(*args, **kwargs)
    defaults.set_image_data_format("channels_first")
    keras.config.set_image_data_format("channels_first")
    try:
        ours, theirs = (getattr(library.layers, name)(*args, **kwargs) for library in (convolith, keras))
        theirs.build(images.shape)
        expected = theirs(images)
    finally:
        keras.config.set_image_data_format("channels_last")
    ours.build(images.shape)
    ours.set_weights([np.array(keras.ops.convert_to_numpy(weight)) for weight in theirs.weights])
    expected = keras.ops.convert_to_numpy(expected)
    found = ours(images)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    assert ours.get_config()["data_format"] == "channels_first" == theirs.get_config()["data_format"]
    last.build(IMAGES.shape)  # made before: keeps its own
    assert last.get_config()["data_format"] == "channels_last"
    again = type(last).from_config(last.get_config())
    again.build(IMAGES.shape)
    again.set_weights(ours.get_weights())
    last.set_weights(ours.get_weights())
    np.testing.assert_array_equal(again(IMAGES), last(IMAGES))


def test_the_backend_s_dtypes_and_numbers(keras):
    for dtype in ("float32", "int8", "uint64", "bool", "float64"):
        assert backend.is_float_dtype(dtype) == keras.backend.is_float_dtype(dtype)
        assert backend.is_int_dtype(dtype) == keras.backend.is_int_dtype(dtype)
        assert backend.standardize_dtype(dtype) == keras.backend.standardize_dtype(dtype)
    for dtype in (None, int, float, bool, np.float32, np.dtype("int8")):
        assert backend.standardize_dtype(dtype) == keras.backend.standardize_dtype(dtype)
    numbers = []
    for library in (convolith, keras):
        library.backend.clear_session()
        numbers.append([library.backend.get_uid(name) for name in ("a", "a", "b", "a")])
    assert numbers[0] == numbers[1] == [1, 2, 1, 3]


@pytest.mark.parametrize("dtype", ["complex64", "text", object, "float128"])
def test_other_dtypes_are_refused(dtype):
    with pytest.raises(ValueError, match="standardize_dtype: dtype must be one of real numbers of at most 64 bits"):
        backend.standardize_dtype(dtype)
