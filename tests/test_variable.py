"""Keras's constructors of variables and of symbolic tensors, and other names at the top."""

import numpy as np
import pytest

import convolith
from convolith import KerasTensor, Variable, initializers, layers, preprocessing

MADE = {
    "number": lambda k: k.Variable(2.0),
    "integer": lambda k: k.Variable(3, trainable=False),
    "list": lambda k: k.Variable([1, 2, 3], trainable=False),
    "array": lambda k: k.Variable(np.ones((2, 3)), name="w"),
    "dtype": lambda k: k.Variable([1, 2], dtype="float32"),
    "name of an initializer": lambda k: k.Variable("ones", shape=(2, 3)),
    "initializer": lambda k: k.Variable(k.initializers.Constant(4), (2,), "float64", name="c"),
    "function": lambda k: k.Variable(lambda shape, dtype: k.ops.ones(shape, dtype=dtype) * 3, shape=(2,)),
}


@pytest.mark.parametrize("name", MADE)
def test_variables_as_in_keras(keras, name):
    def seen(k):
        variable = MADE[name](k)
        assert isinstance(variable, k.Variable)
        named = variable.name.startswith("variable") or variable.name
        return (
            named,
            tuple(variable.shape),
            np.dtype(str(variable.dtype)),
            variable.trainable,
            variable.numpy().tolist(),
        )

    assert seen(convolith) == seen(keras)


def test_a_layer_holds_them(keras):
    def program(k):
        class Counting(k.layers.Layer):
            def __init__(self, **kwargs):
                super().__init__(**kwargs)
                self.factor = k.Variable(2.0, name="factor")
                self.calls = k.Variable(0, trainable=False, name="calls")

            def call(self, inputs):
                return inputs * self.factor

        layer = Counting()
        layer(np.ones((1, 2), "float32"))
        layer.calls.assign_add(1)
        layer.calls.assign_sub(3)
        names = [[one.name for one in kind] for kind in (layer.trainable_weights, layer.non_trainable_weights)]
        return names, int(layer.calls), isinstance(layer.factor, k.Variable)

    assert program(convolith) == program(keras) == ([["factor"], ["calls"]], -2, True)


def test_what_is_one():
    dense = layers.Dense(2)
    outputs = dense(layers.Input((3,)))
    assert isinstance(dense.kernel, Variable) and not isinstance(outputs, Variable)
    assert isinstance(outputs, KerasTensor) and not isinstance(np.ones(3), KerasTensor)
    tensor = KerasTensor((None, 3), "int32", name="t")
    assert (tensor.shape, tensor.dtype, tensor.name) == ((None, 3), np.int32, "t")


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: Variable("zeros"), ValueError, "an initializer needs a shape, got 'zeros' without one"),
        (lambda: Variable("hope", (1,)), ValueError, "unknown initializer 'hope'"),
        (lambda: Variable(lambda shape, dtype: np.ones(2), (1,), name="w"), ValueError, r"Variable w: .* shape \(1,\)"),
        (lambda: Variable(1.0, name="a/b"), ValueError, "name must be a string without a slash, got 'a/b'"),
        (lambda: Variable(1.0, layout="x"), ValueError, "does not have layout yet"),
        (lambda: Variable(initializers.Zeros(), None), ValueError, "without one"),
        (lambda: Variable(["a"], name="w"), TypeError, "^Variable w: initializer must hold real numbers"),
        (lambda: Variable(None, name="w"), TypeError, "^Variable w: initializer must be an array or a tensor"),
        (lambda: Variable([[1], [1, 2]], name="w"), ValueError, "^Variable w: initializer must have rows of one shape"),
        (lambda: Variable(1.0, dtype="x", name="w"), TypeError, "^Variable w: dtype must be one of real numbers"),
        (lambda: Variable([1.0], dtype="x", name="w"), TypeError, "got 'x'$"),
        (lambda: Variable(["a"], name="x"), TypeError, "^Variable x: initializer must hold real numbers"),
        (lambda: Variable("ones", (1,), "x", name="w"), TypeError, "^Variable w: dtype must be one of real numbers"),
        (lambda: Variable("ones", 2.5, name="w"), TypeError, "^Variable w: shape must be an integer or a sequence of"),
        (lambda: Variable("ones", (-1,), name="w"), ValueError, r"^Variable w: shape must not be negative, got"),
        (lambda: Variable(1.0, trainable="no", name="w"), TypeError, "^Variable w: trainable must be True or False"),
        (lambda: KerasTensor((1,), sparse=True), ValueError, "KerasTensor: convolith does not have sparse yet"),
    ],
)
def test_refused(act, error, message):
    with pytest.raises(error, match=message):
        act()


def test_the_version_and_the_only_device():
    assert convolith.version() == convolith.__version__
    with convolith.device("CPU:0"):
        assert layers.Dense(2)(np.ones((1, 2))).shape == (1, 2)
    with pytest.raises(ValueError, match="device: convolith computes on 'cpu' alone, got 'gpu:0'"):
        with convolith.device("gpu:0"):
            pass


@pytest.mark.parametrize("shape", [(9, 14, 3), (2, 14, 9, 1), (8, 8, 2)])
def test_images_are_resized_undistorted(keras, generator, shape):
    images = generator.random(shape).astype("float32")
    for size in ((4, 4), (10, 5)):
        found = preprocessing.image.smart_resize(images, size)
        expected = np.asarray(keras.preprocessing.image.smart_resize(images, size))
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint64", "int64", "float16", "float32"])
def test_a_python_integer_is_added_in_the_variables_dtype(dtype):
    variable = Variable(np.zeros(2, dtype), name="n")
    scalar = Variable(np.zeros((), dtype), name="n")
    scalar.assign(3)
    assert scalar.numpy() == 3 and scalar.dtype == dtype
    variable.assign_add(5)
    variable.assign_sub(2)
    assert variable.numpy().tolist() == [3, 3] and variable.dtype == dtype
    if np.dtype(dtype).kind != "f":
        with pytest.raises(OverflowError, match=f"assign_sub: Variable n of {dtype} holds .* got {2**64}"):
            variable.assign_sub(2**64)
        with pytest.raises(OverflowError, match=f"assign: Variable n of {dtype} holds .* got {2**64}"):
            scalar.assign(2**64)


def test_integers_that_a_variable_does_not_hold_are_refused():
    variable = Variable(np.zeros(2, "int8"), name="n")
    variable.assign(np.array([-128, 127]))
    with pytest.raises(OverflowError, match="Variable n: value must be in the range of int8, got 1 to 300"):
        variable.assign(np.array([1, 300]))
    assert variable.numpy().tolist() == [-128, 127]
