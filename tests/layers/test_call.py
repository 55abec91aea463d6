"""Calling layers: what they take and give, the training flag, the dtype of integers, errors on the way."""

import numpy as np
import pytest

import convolith
from convolith import layers, ops

X = np.ones((2, 3), "float32")


class Flag(layers.Layer):
    """Adds 1 in training."""

    def call(self, inputs, training=None):
        return inputs + (1.0 if training else 0.0)


class Outer(layers.Layer):
    """Takes no flag, and passes none on."""

    def __init__(self):
        super().__init__()
        self.flag = Flag()

    def call(self, inputs):
        return self.flag(inputs)


class Deciding(layers.Layer):
    """Keeps its sub-layer in inference mode."""

    def __init__(self):
        super().__init__()
        self.flag = Flag()

    def call(self, inputs, training=None):
        return self.flag(inputs, training=False)


def test_the_training_flag_reaches_the_layers_within():
    zeros = np.zeros((1, 1), "float32")
    assert Flag()(zeros).item() == 0
    assert Flag()(zeros, training=True).item() == 1
    assert Outer()(zeros, training=True).item() == 1
    assert Outer()(zeros).item() == 0
    assert Deciding()(zeros, training=True).item() == 0


def test_the_flag_given_in_a_functional_call_is_kept():
    inputs = layers.Input((1,))
    free, fixed, on = Flag()(inputs), Flag()(inputs, training=False), Flag()(inputs, training=True)
    model = convolith.Model(inputs, [free, fixed, on])
    zeros = np.zeros((1, 1), "float32")
    assert [value.item() for value in model(zeros, training=True)] == [1, 0, 1]
    assert [value.item() for value in model(zeros)] == [0, 0, 1]


class Ends(layers.Layer):
    """Two inputs in a list; a dict of outputs."""

    def build(self, input_shape):
        self.shapes_seen = input_shape

    def call(self, inputs):
        a, b = inputs
        return {"sum": a + b, "difference": a - b}


def test_lists_and_dicts_of_tensors():
    layer = Ends()
    result = layer([X, 2 * X])
    assert layer.shapes_seen == [(None, 3), (None, 3)]
    np.testing.assert_array_equal(result["sum"], 3 * X)
    symbolic = layer([layers.Input((3,)), layers.Input((3,))])
    assert {key: tensor.shape for key, tensor in symbolic.items()} == {"sum": (None, 3), "difference": (None, 3)}
    assert layer.compute_output_shape([(None, 3), (None, 3)]) == {"sum": (None, 3), "difference": (None, 3)}


def test_several_arguments():
    class Weighted(layers.Layer):
        def call(self, a, b, factor=1.0):
            return a + b * factor

    layer = Weighted()
    np.testing.assert_array_equal(layer(X, X, factor=3.0), 4 * X)
    a, b = layers.Input((3,)), layers.Input((3,))
    model = convolith.Model([a, b], layer(a, b=b, factor=2.0))
    np.testing.assert_array_equal(model([X, X]), 3 * X)


def test_arrays_of_other_libraries_are_taken():
    class Foreign:
        def __array__(self, dtype=None, copy=None):
            return X

    np.testing.assert_array_equal(layers.ReLU()(Foreign()), X)


def test_what_call_returns_must_be_tensors():
    class Lazy(layers.Layer):
        def call(self, inputs):
            return None

    with pytest.raises(TypeError, match="Lazy 'l': call must return tensors"):
        Lazy(name="l")(layers.Input((1,)))


def test_a_decorated_call_still_takes_the_flag():
    import functools

    def counted(call):
        @functools.wraps(call)
        def wrapper(self, *args, **kwargs):
            return call(self, *args, **kwargs)

        return wrapper

    class Decorated(layers.Layer):
        @counted
        def call(self, inputs, training=None):
            return inputs + (1.0 if training else 0.0)

    assert Decorated()(np.zeros((1, 1), "float32"), training=True).item() == 1


def test_other_exceptions_pass_unchanged():
    class Odd(layers.Layer):
        def call(self, inputs):
            raise UnicodeDecodeError("utf-8", b"", 0, 1, "odd")

    with pytest.raises(UnicodeDecodeError):
        Odd()(X)


def test_a_dict_of_inputs_is_checked_one_by_one():
    class First(layers.Layer):
        input_spec = layers.InputSpec(min_ndim=2)

        def call(self, inputs):
            return inputs["a"]

    np.testing.assert_array_equal(First()({"a": X, "b": X}), X)
    with pytest.raises(ValueError, match="First 'f': expected an input with at least 2 axes"):
        First(name="f")({"a": X, "b": X[0]})
    assert repr(First.input_spec) == "InputSpec(ndim=None, min_ndim=2, axes={})"


class Kind(layers.Layer):
    """Remembers the kind of number that came."""

    def call(self, inputs, mask=None):
        self.came = np.dtype(inputs.dtype).name
        return ops.cast(inputs, "float32")


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "int64"])
def test_integers_come_in_the_layers_dtype(dtype):
    x = np.ones((2, 3), dtype)
    assert layers.Dense(2)(x).dtype == np.float32
    assert layers.Dense(2, dtype="float64")(x).dtype == np.float64
    assert layers.Dense(2)(layers.Input((3,), dtype=dtype)).dtype == np.float32
    model = convolith.Sequential([layers.Input((3,), dtype=dtype), layers.Rescaling(0.5), layers.Dense(2)])
    assert model(x).dtype == model.output.dtype == model.predict(x, verbose=0).dtype == np.float32
    for layer, expected in ((Kind(), "float32"), (Kind(autocast=False), dtype)):
        layer(x)
        assert layer.came == expected
        layer(layers.Input((3,), dtype=dtype))
        assert layer.came == expected


def test_float64_stays_in_a_call_and_predict_gives_the_models_dtype():
    x = np.ones((2, 3))
    assert layers.Dense(2)(x).dtype == np.float64
    assert convolith.Sequential([layers.Dense(2)]).predict(x, verbose=0).dtype == np.float32


def test_large_integers_reach_a_functional_models_layers_exactly():
    inputs = layers.Input((1,), dtype="int64")
    model = convolith.Model(inputs, layers.Flatten(dtype="float64")(inputs))
    assert model(np.array([[2**24 + 1]])).tolist() == [[2**24 + 1]]


@pytest.mark.parametrize("inputs", ["a", ["a", X], [[1.0, 2.0]], 3.0, None])
def test_inputs_that_are_no_arrays_are_named(inputs):
    with pytest.raises(TypeError, match="^Dense 'd': inputs must be arrays or tensors, or lists or dicts of them"):
        layers.Dense(3, name="d")(inputs)


def test_a_layers_name_comes_once_in_an_error():
    class Checks(layers.Layer):
        def call(self, inputs):
            raise ValueError(f"{self.who()}: no")

    with pytest.raises(ValueError, match="^Checks 'c': no$"):
        Checks(name="c")(X)


def test_an_error_about_inputs_is_short():
    with pytest.raises(TypeError, match="inputs must be arrays or tensors") as caught:
        layers.Dense(3)(np.ones((100, 100)).tolist())
    assert len(str(caught.value)) < 1000


def test_a_shape_is_shown_as_it_came():
    with pytest.raises(ValueError, match=r"Conv2D 'c': expected an input with 4 axes, got shape \(5, 5, 3\)"):
        layers.Conv2D(4, 3, name="c")(np.ones((5, 5, 3)))
