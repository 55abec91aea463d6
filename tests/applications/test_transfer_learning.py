"""Transfer learning: where networks are cut, what is frozen, features computed once, learning rates by depth."""

import numpy as np
import pytest

from convolith import applications, layers, utils
from convolith.applications import (
    bottleneck,
    bottleneck_features,
    learning_rates_per_depth,
    transfer,
    unfreeze,
)
from convolith.applications.fingerprint import plain_configuration
from convolith.models import Model, Sequential


@pytest.fixture
def base():
    utils.set_random_seed(4)
    return applications.CIFARResNet(8, input_shape=(8, 8, 1), classes=3)


def trained(model):
    return [layer.name for layer in model.layers if layer.trainable_weights]


def own(model):
    """The names of a network's layers with weights to train."""
    return [layer.name for layer in model.layers if any(weight.trainable for weight in layer.own_weights)]


def data(generator, classes=4, n=12):
    return generator.normal(size=(n, 8, 8, 1)).astype("float32"), generator.integers(0, classes, n)


def fit(model, x, y, epochs=2, **more):
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(x, y, batch_size=6, epochs=epochs, shuffle=False, verbose=0, **more)


def test_the_new_head_takes_what_the_old_one_took(base, generator):
    x, _ = data(generator)
    model = transfer(base, 4)
    assert model.name == "resnet8_transfer"
    assert trained(model) == ["resnet8_transfer_predictions"]
    kernel, bias = model.layers[-1].get_weights()
    logits = base.get_layer("predictions").input
    features = Model(base.input, logits).predict(x, verbose=0)
    expected = np.exp(features @ kernel + bias)
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-4)


def test_only_the_head_of_a_frozen_network_learns(base, generator):
    before = base.get_weights()
    model = transfer(base, 4)
    head = model.layers[-1].get_weights()
    fit(model, *data(generator))
    for old, new in zip(before, base.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)  # batch normalisation's averages too
    assert (head[0] != model.layers[-1].get_weights()[0]).any()


def test_it_is_cut_and_frozen_where_asked(base):
    model = transfer(base, 4, cut="conv3_block1_out", pooling="max", dropout=0.2, name="mine")
    assert [layer.name for layer in model.layers[-4:]] == [
        "conv3_block1_out", "mine_pool", "mine_dropout", "mine_predictions",
    ]  # fmt: skip
    assert isinstance(model.get_layer("mine_pool"), layers.GlobalMaxPooling2D)
    assert model.layers[-1].input.shape == (None, 32)
    assert transfer(base, 4, cut="conv3_block1_out", pooling="flatten").layers[-1].input.shape == (None, 4 * 4 * 32)
    partly = transfer(base, 4, freeze="conv2_block1_out")
    assert trained(partly) == [name for name in own(partly) if name.startswith(("conv3", "conv4", "resnet8_transfer"))]
    assert trained(transfer(base, 4, freeze=False)) == own(base)[:-1] + ["resnet8_transfer_predictions"]


@pytest.mark.parametrize(
    ("make", "features"),
    [
        (lambda: applications.LeNet5(), (None, 84)),
        (lambda: applications.LeNet5(original=True), (None, 84)),
        (lambda: applications.CIFARResNet(8, include_top=False), (None, 64)),
        (lambda: applications.CIFARResNet(8, include_top=False, pooling="max"), (None, 64)),
        (lambda: applications.VGG(11, input_shape=(32, 32, 3)), (None, 4096)),
        (lambda: applications.MobileNet(alpha=0.25), (None, 256)),  # whose classifiers are convolutions from here on
        (lambda: applications.MobileNetV3Small(input_shape=(32, 32, 3)), (None, 1024)),
        (lambda: applications.MobileNetV3Large(input_shape=(32, 32, 3)), (None, 1280)),
        (lambda: applications.SqueezeNet(input_shape=(64, 64, 3), classes=5), (None, 512)),
        (lambda: Sequential([layers.Input((7,)), layers.Dense(6), layers.Dense(4), layers.Softmax()]), (None, 6)),
    ],
)
def test_the_place_of_the_cut_is_found(make, features):
    base = make()
    model = transfer(base, 2)
    assert model.layers[-1].input.shape == features
    assert trained(model) == [f"{base.name}_transfer_predictions"]


def test_unfreezing_leaves_batch_normalisation_alone_unless_asked(base):
    model = transfer(base, 4)
    unfreeze(model, "conv4_block1_1_conv")
    assert trained(model) == ["conv4_block1_1_conv", "conv4_block1_2_conv", "resnet8_transfer_predictions"]
    unfreeze(model)
    assert trained(model) == [name for name in own(model) if not name.endswith("_bn")]
    unfreeze(model, normalization=True)
    assert trained(model) == own(model)


def test_what_was_unfrozen_learns_in_the_next_fit(base, generator):
    model = transfer(base, 4)
    fit(model, *data(generator))
    before = base.get_weights()
    unfreeze(model, normalization=True)
    model.fit(*data(generator), verbose=0)
    used = [weight for layer in model.layers[:-1] for weight in layer.weights]
    old = dict(zip(map(id, base.weights), before, strict=True))
    assert all((weight.numpy() != old[id(weight)]).any() for weight in used)


def test_layers_near_the_image_learn_more_slowly(base, generator):
    model = transfer(base, 4, freeze=False)
    learning_rates_per_depth(model, first=0.01)
    multipliers = [layer.learning_rate_multiplier for layer in model.layers if layer.weights]
    np.testing.assert_allclose(multipliers, np.geomspace(0.01, 1, len(multipliers)))
    learning_rates_per_depth(model, first=0.5, last=0.5)
    np.testing.assert_allclose([layer.learning_rate_multiplier for layer in model.layers if layer.weights], 0.5)
    single = Sequential([layers.Input((2,)), layers.Dense(1)])
    learning_rates_per_depth(single, first=0.1, last=0.7)
    assert single.layers[-1].learning_rate_multiplier == pytest.approx(0.7)


def test_the_head_trained_on_features_is_the_model_trained_as_a_whole(base, generator):
    x, y = data(generator)
    weights = base.get_weights()
    whole = transfer(base, 4)
    start = whole.get_weights()
    fit(whole, x, y)
    expected = whole.layers[-1].get_weights()

    base.set_weights(weights)
    model = transfer(base, 4)
    model.set_weights(start)
    features, head = bottleneck(model)
    assert [layer.name for layer in head.layers[1:]] == ["resnet8_transfer_predictions"]
    fit(head, bottleneck_features(features, x), y)
    for one, other in zip(model.layers[-1].get_weights(), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_dropout_belongs_to_the_head(base):
    features, head = bottleneck(transfer(base, 4, dropout=0.5))
    assert features.output_shape == (None, 64)
    assert [layer.name for layer in head.layers[1:]] == ["resnet8_transfer_dropout", "resnet8_transfer_predictions"]


def test_features_are_kept_for_the_same_network_weights_and_images(base, generator, tmp_path):
    x, _ = data(generator)
    features, _ = bottleneck(transfer(base, 4))
    first = bottleneck_features(features, x, cache=tmp_path / "cache", batch_size=5)
    (file,) = (tmp_path / "cache").iterdir()
    np.save(file, first + 1)  # what is read now comes from the file
    np.testing.assert_array_equal(bottleneck_features(features, x, cache=tmp_path / "cache"), first + 1)
    x[0] += 1
    assert (bottleneck_features(features, x, cache=tmp_path / "cache")[0] != first[0]).any()
    base.get_layer("conv1_conv").set_weights([base.get_layer("conv1_conv").get_weights()[0] * 2])
    bottleneck_features(features, x, cache=tmp_path / "cache")
    other, _ = bottleneck(transfer(base, 4, cut="conv4_block1_out", pooling="max"))
    bottleneck_features(other, x, cache=tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 4
    for kept in (tmp_path / "cache").iterdir():
        kept.write_bytes(kept.read_bytes()[:60])
    with pytest.raises(ValueError):
        bottleneck_features(features, x, cache=tmp_path / "cache")


def branched(activation="relu", crossed=False, source=None):
    """A network of automatic names, in which two layers have weights of the same shapes."""
    inputs = layers.Input((6, 6, 2))
    one, two = layers.Conv2D(3, 3, activation=activation), layers.Conv2D(3, 3, activation="tanh")
    first, second = one(inputs), two(inputs)
    joined = layers.Concatenate()([second, first] if crossed else [first, second])
    model = Model(inputs, layers.GlobalAveragePooling2D()(joined))
    if source is not None:
        one.set_weights(source.layers[1].get_weights())
        two.set_weights(source.layers[2].get_weights())
    return model


def test_features_are_found_again_under_other_names_and_not_for_another_network(generator, tmp_path):
    x = generator.random((3, 6, 6, 2)).astype("float32")
    model = branched()
    kept = bottleneck_features(model, x, tmp_path)
    again = branched(source=model)
    assert {layer.name for layer in again.layers}.isdisjoint(layer.name for layer in model.layers)
    again.trainable = False
    np.testing.assert_array_equal(bottleneck_features(again, x, tmp_path), kept)
    assert len(list(tmp_path.iterdir())) == 1
    for number, other in enumerate((branched("sigmoid", source=model), branched(crossed=True, source=model)), 2):
        assert (bottleneck_features(other, x, tmp_path) != kept).any()
        assert len(list(tmp_path.iterdir())) == number


class Subclassed(Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(3)

    def call(self, inputs):
        return self.dense(inputs)


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (applications.LeNet5, (2, 28, 28, 1)),
        (lambda: Sequential([layers.Input((4,)), Sequential([layers.Input((4,)), layers.Dense(3)])]), (2, 4)),
        (Subclassed, (2, 4)),
    ],
)
def test_features_are_found_again_whatever_kind_of_model_it_is(make, shape, tmp_path):
    x = np.ones(shape, "float32")
    model, again = make(), make()
    for one in (model, again):
        one(x)
        one.set_weights(model.get_weights())
        np.testing.assert_array_equal(bottleneck_features(one, x, tmp_path), model.predict(x, verbose=0))
    assert len(list(tmp_path.iterdir())) == 1


def test_what_cannot_be_told_apart_is_not_kept(generator, tmp_path):
    class Own(layers.Layer):
        def call(self, inputs):
            return inputs

        def get_config(self):
            return {**super().get_config(), "table": {1, 2}}

    inputs = layers.Input((2,))
    with pytest.raises(
        ValueError, match=r"bottleneck_features: the configuration holds \{1, 2\}, which cannot be told"
    ):
        bottleneck_features(Model(inputs, Own()(inputs)), np.zeros((1, 2), "float32"), tmp_path)


class Times(layers.Layer):
    """A user's layer, with a setting that is no argument and one that is a dict."""

    by = 2

    def __init__(self, norm=None, **kwargs):
        super().__init__(**kwargs)
        self.norm = norm

    def call(self, inputs):
        return inputs * self.by

    def get_config(self):
        return {**super().get_config(), "norm": self.norm}


def ends(layer):
    inputs = layers.Input((2,))
    return Model(inputs, layer(inputs))


def factor(by, kind):
    """One of several functions of one name."""
    if kind == "closure":

        def scale(x):
            return x * by

    elif kind == "default":

        def scale(x, by=by):
            return x * by

    elif kind == "keyword":

        def scale(x, *, by=by):
            return x * by

    elif kind == "array":
        table = np.array([by, by])

        def scale(x):
            return x * table

    elif kind == "function":

        def inner(x):
            return x * by

        def scale(x):
            return (lambda y: inner(y))(x)

    elif kind == "object":
        times = Times()
        times.by = by

        def scale(x):
            return times.call(x)

    elif by == 2:

        def scale(x):
            return x * 2

    else:

        def scale(x):
            return x * 3

    return scale


@pytest.mark.parametrize("kind", ["closure", "default", "keyword", "array", "function", "object", "constant"])
@pytest.mark.parametrize("make", [layers.Lambda, layers.Activation])
def test_functions_of_one_name_are_told_apart(make, kind, tmp_path):
    x = np.ones((1, 2), "float32")
    for by in (2, 3, 2):
        model = ends(make(factor(by, kind)))
        np.testing.assert_array_equal(bottleneck_features(model, x, tmp_path), model.predict(x, verbose=0))
    assert len(list(tmp_path.iterdir())) == 2  # the third was found again


SCALE = 2.0
DENSE = layers.Dense(2, kernel_initializer="ones")


def scaled(x):
    return x * SCALE


def dense(x):
    return DENSE(x)


def test_a_global_value_counts(monkeypatch, tmp_path):
    x = np.ones((1, 2), "float32")
    assert bottleneck_features(ends(layers.Lambda(scaled)), x, tmp_path)[0, 0] == 2
    monkeypatch.setitem(globals(), "SCALE", 5.0)
    assert bottleneck_features(ends(layers.Lambda(scaled)), x, tmp_path)[0, 0] == 5
    assert bottleneck_features(ends(layers.Lambda(dense)), x, tmp_path)[0, 0] == 2
    DENSE.set_weights([np.full((2, 2), 3), np.zeros(2)])
    assert bottleneck_features(ends(layers.Lambda(dense)), x, tmp_path)[0, 0] == 6


def test_settings_of_a_user_s_layer_count(monkeypatch, tmp_path):
    x = np.ones((1, 2), "float32")
    for by in (2, 3, 2):
        layer = Times()
        layer.by = by
        assert bottleneck_features(ends(layer), x, tmp_path)[0, 0] == by
    assert len(list(tmp_path.iterdir())) == 2
    monkeypatch.setattr(Times, "by", 4)
    assert bottleneck_features(ends(Times()), x, tmp_path)[0, 0] == 4
    monkeypatch.setattr(Times, "call", lambda self, inputs: inputs * 7)  # as when a notebook's cell is run anew
    assert bottleneck_features(ends(Times()), x, tmp_path)[0, 0] == 7


def test_a_nested_argument_called_name_counts(tmp_path):
    class Named(layers.Layer):
        def __init__(self, norm, **kwargs):
            super().__init__(**kwargs)
            self.held = [object()]  # by its class alone
            self.norm = {"name": "none"} if norm is None else norm

        def call(self, inputs):
            return inputs * len(self.norm["name"])

        def get_config(self):
            return {**super().get_config(), "norm": self.norm}

    x = np.ones((1, 2), "float32")
    for name in ("batch", "layer", "group", "batch"):
        bottleneck_features(ends(Named({"name": name})), x, tmp_path)
    assert len(list(tmp_path.iterdir())) == 3
    configs = [
        plain_configuration({"class_name": "Named", "config": {"name": "a", "norm": {"name": name}}}, {"a"})
        for name in ("batch", "layer")
    ]
    assert configs[0] == {"class_name": "Named", "config": {"norm": {"name": "batch"}}} != configs[1]


@pytest.mark.parametrize("whole", [True, False])
def test_a_function_of_what_cannot_be_told_apart_is_not_kept(whole, tmp_path):
    numbers = np.random.default_rng(0)
    draw = numbers.random

    if whole:

        def noisy(x):
            return x * float(numbers.random())

    else:

        def noisy(x):
            return x * float(draw())

    with pytest.raises(ValueError, match="a function of the network uses Generator.* cannot be told from others"):
        bottleneck_features(ends(layers.Lambda(noisy)), np.ones((1, 2), "float32"), tmp_path)


def test_images_that_are_no_array_are_named(tmp_path):
    x = np.ones((3, 2), "float32")
    with pytest.raises(ValueError, match=r"x must be one array of images, got a list of arrays .*\(3, 2\), \(3, 1\)"):
        bottleneck_features(ends(Times()), [x, x[:, :1]], tmp_path)
    with pytest.raises(ValueError, match="x must be an array of numbers, got str 'cat.png'"):
        bottleneck_features(ends(Times()), "cat.png", tmp_path)


def test_images_for_several_inputs_are_told_apart(tmp_path):
    one, two = layers.Input((2,)), layers.Input((1,))
    model = Model([one, two], layers.Add()([one, two]))
    x, narrow = np.ones((3, 2), "float32"), np.ones((3, 1), "float32")
    np.testing.assert_array_equal(bottleneck_features(model, [x, narrow], tmp_path), np.full((3, 2), 2))
    np.testing.assert_array_equal(bottleneck_features(model, [x, narrow * 2], tmp_path), np.full((3, 2), 3))


def test_without_a_frozen_part_there_is_no_bottleneck(base):
    with pytest.raises(ValueError, match="resnet8_transfer: has no frozen part before a chain of layers"):
        bottleneck(transfer(base, 4, freeze="conv2_block1_out"))
    flip = layers.RandomFlip(name="flip")
    augmented = Sequential([layers.Input((8, 8, 1)), flip, layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(3)])
    with pytest.raises(ValueError, match=r"these are \['flip', 'sequential\w*_transfer_predictions'\]"):
        bottleneck(transfer(augmented, 4))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"classes": 0}, "resnet8_transfer: classes must be an integer >= 1, got 0"),
        ({"classes": True}, "classes must be an integer >= 1, got True"),
        ({"classes": 1}, "the softmax of one output is always 1"),
        ({"pooling": "sum"}, r"pooling must be one of \['avg', 'max', 'flatten'\], got 'sum'"),
        ({"cut": "conv9"}, "resnet8' has no layer 'conv9'"),
        ({"freeze": "conv9"}, "freeze must be True, False or a layer up to the cut, .* got 'conv9'"),
        ({"cut": "conv2_block1_out", "freeze": "conv3_block1_out"}, "freeze must be .* got 'conv3_block1_out'"),
    ],
)
def test_wrong_arguments(base, arguments, message):
    with pytest.raises(ValueError, match=message):
        transfer(base, **{"classes": 4, **arguments})


@pytest.mark.parametrize("other", ["resnet.keras", None, layers.Dense(2)])
def test_what_is_no_model(other):
    for function, argument, more in (
        (transfer, "base", (3,)),
        (bottleneck, "model", ()),
        (bottleneck_features, "features", (np.zeros((1, 2)),)),
        (unfreeze, "model", ()),
        (learning_rates_per_depth, "model", (0.1,)),
    ):
        with pytest.raises(TypeError, match=f"{function.__name__}: {argument} must be a Model, got "):
            function(other, *more)


def test_other_refusals(base):
    map_and_row = [layers.Conv2D(3, 4, name="map"), layers.Flatten(name="row"), layers.Activation("relu", name="end")]
    text = r"ends with Activation 'end', .* by cut=, such as one of the last ones, \['map', 'row', 'end'\], or make the"
    with pytest.raises(ValueError, match=text):
        transfer(Sequential([layers.Input((4, 4, 2)), *map_and_row]), 2)
    with pytest.raises(ValueError, match="has no layer 'nowhere'"):
        unfreeze(base, "nowhere")
    for first in (0, -1, True, "a", float("nan")):
        with pytest.raises(ValueError, match="learning_rates_per_depth: first must be a number above 0"):
            learning_rates_per_depth(base, first)
    with pytest.raises(ValueError, match="learning_rates_per_depth: last must be a number above 0"):
        learning_rates_per_depth(base, 0.1, 0)
