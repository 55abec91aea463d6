"""What all operations do with their inputs: dtypes, Python numbers, Variables, errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from convolith import ops
from convolith.graph.operation import Cast, Operation
from convolith.graph.tensor import Constant, Spec, Tensor, Variable
from convolith.graph.trace import trace

WIDTHS = [
    ("float32", "float32"),
    ("float16", "float32"),
    ("int8", "float32"),
    ("uint8", "float32"),
    ("int16", "float32"),
    ("uint16", "float32"),
    ("bool", "float32"),
    ("int32", "float32"),
    ("uint32", "float32"),
    ("int64", "float32"),
    ("uint64", "float32"),
    ("float64", "float64"),
]


@pytest.mark.parametrize(("given", "expected"), WIDTHS)
def test_dtypes_meet_as_in_keras_and_the_same_when_recorded(given, expected):
    array = np.ones(3, given)
    assert ops.exp(array).dtype == expected
    assert ops.add(array, np.ones(3, np.float32)).dtype == expected
    assert ops.exp(Tensor(Spec((3,), np.dtype(given)))).dtype == expected
    assert ops.add(np.ones(3, np.float32), Tensor(Spec((3,), np.dtype(given)))).dtype == expected
    graph = trace(lambda x: ops.divide(x, 0.5), Spec((3,), np.dtype(given)))
    (result,) = graph.evaluate(array)
    assert result.dtype == expected
    np.testing.assert_array_equal(result, [2, 2, 2])


@pytest.mark.parametrize(
    "wrong", [np.ones(2, complex), np.array(["a"]), np.array([object()]), np.ones(2, "M8[s]"), "x"]
)
def test_other_dtypes_are_a_type_error_naming_op_and_argument(wrong):
    with pytest.raises(TypeError, match=r"relu: x must hold real numbers.*got"):
        ops.relu(wrong)
    with pytest.raises(TypeError, match=r"add: x2 must hold real numbers.*got"):
        ops.add(1.0, wrong)
    with pytest.raises(TypeError, match=r"add: x2 must hold real numbers.*got"):
        ops.add(Tensor(Spec((1,), np.dtype(np.float32))), wrong)


@pytest.mark.skipif(np.longdouble is np.float64 or np.dtype(np.longdouble).itemsize == 8, reason="no wider float")
def test_wider_floats_are_not_cast_down():
    with pytest.raises(TypeError, match="at most 64 bits"):
        ops.relu(np.ones(2, np.longdouble))


def test_python_numbers_take_the_dtype_of_the_others():
    for number in (2, 2.5, True):
        assert ops.add(np.ones(2, np.float32), number).dtype == np.float32
        assert ops.add(number, np.ones(2, np.float64)).dtype == np.float64
    assert ops.divide(1, 2).dtype == ops.add(1.0, 2).dtype == np.float32
    assert ops.add(1, 2).dtype == np.int32


def test_numpys_float64_is_a_python_float_beside_arrays():
    for array in (np.ones(2, np.float32), Variable(np.ones(2, np.float32)), Tensor(Spec((2,), np.dtype(np.float32)))):
        assert ops.add(array, np.float64(2)).dtype == ops.add(np.float64(2), array).dtype == np.float32
        assert ops.add(array, np.array(2.0)).dtype == np.float64  # an array is none
    assert ops.add(np.ones(2), np.float64(2)).dtype == np.float64
    assert ops.where(np.array([True, False]), np.ones(2, np.float16), np.float64(2)).dtype == np.float16
    assert ops.exp(np.float64(1)).dtype == ops.add(np.float64(1), 2).dtype == np.float64
    assert ops.add(np.float32(1), np.float64(2)).dtype == np.float64


def test_required_inputs_may_not_be_none():
    with pytest.raises(TypeError, match="add: x2 must be an array or a tensor, got None"):
        ops.add(1.0, None)
    images, kernel = np.ones((1, 4, 4, 2), np.float32), np.ones((3, 3, 2, 5), np.float32)
    with pytest.raises(TypeError, match="conv: inputs must be an array or a tensor, got None"):
        ops.conv(None, kernel)
    with pytest.raises(TypeError, match="conv: kernel must be an array or a tensor, got None"):
        ops.conv(images, None)


def test_variables_compute_outside_a_trace_and_record_inside():
    variable = Variable(np.array([1, -1], np.float32))
    assert type(ops.relu(variable)) is np.ndarray
    seen = []
    graph = trace(lambda: seen.append(ops.relu(variable)) or seen[0])
    assert isinstance(seen[0], Tensor)
    variable.assign([3, -3])
    np.testing.assert_array_equal(graph.evaluate()[0], [3, 0])
    assert isinstance(ops.add(variable, Constant(1.0)), Tensor)


def test_results_do_not_share_memory_with_inputs():
    array = np.ones((2, 3), np.float32)
    for result in (
        ops.reshape(array, (3, 2)),
        ops.transpose(array),
        ops.broadcast_to(array, (2, 3)),
        ops.cast(array, "f4"),
    ):
        assert not np.shares_memory(result, array)
    assert not np.shares_memory(ops.relu(array), array)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0)])
def test_empty_arrays(shape):
    empty = np.empty(shape, np.float32)
    for function in (ops.relu, ops.exp, ops.sigmoid, ops.transpose, ops.square):
        assert function(empty).size == 0
    assert ops.sum(empty) == 0 and ops.sum(empty, axis=0).shape == shape[1:]
    np.testing.assert_array_equal(ops.sum(np.empty((0, 3), np.float32), axis=0), [0, 0, 0])


def test_empty_batches():
    images, kernel = np.empty((0, 6, 6, 2), np.float32), np.ones((3, 3, 2, 4), np.float32)
    assert ops.conv(images, kernel, padding="same", bias=np.ones(4, np.float32)).shape == (0, 6, 6, 4)
    assert ops.max_pool(images, 2).shape == ops.average_pool(images, 2).shape == (0, 3, 3, 2)
    assert ops.dense(np.empty((0, 3), np.float32), np.ones((3, 2), np.float32)).shape == (0, 2)
    assert ops.softmax(np.empty((0, 3), np.float32)).shape == (0, 3)
    assert ops.sparse_categorical_crossentropy(np.empty(0, int), np.empty((0, 3), np.float32)).shape == (0,)
    assert ops.categorical_crossentropy(np.empty((0, 3)), np.empty((0, 3))).shape == (0,)


def test_names_in_messages_are_the_functions():
    assert Cast(np.dtype("f4")).name == "cast"
    from convolith.ops.conv import ConvKernelGradient, ConvTranspose
    from convolith.ops.pool import MaxPool, MovingWindow
    from convolith.optimizers.sgd import SGDStep

    assert ConvTranspose(None, ()).name == "conv_transpose"
    assert ConvKernelGradient(None, ()).name == "conv_kernel_gradient"
    assert MaxPool(MovingWindow((1, 1), (1, 1), ((0, 0), (0, 0)), (1, 1))).name == "max_pool"
    assert SGDStep().name == "sgd_step"


@dataclass(frozen=True)
class Halves(Operation):
    """Two results, and an optional input."""

    def infer(self, x, shift=None):
        return Spec((x.shape[0] // 2,), x.dtype), Spec((x.shape[0] - x.shape[0] // 2,), x.dtype)

    def compute(self, outputs, *inputs):
        x, shift = inputs
        for output, half in zip(outputs, (x[: len(outputs[0])], x[len(outputs[0]) :]), strict=True):
            np.add(half, 0 if shift is None else shift, out=output)


def test_several_results_and_optional_inputs():
    first, second = Halves()(np.arange(5, dtype=np.float32), None)
    np.testing.assert_array_equal(first, [0, 1])
    np.testing.assert_array_equal(second, [2, 3, 4])
    graph = trace(lambda x: Halves()(x, 10), Spec((5,), np.dtype(np.float32)))
    np.testing.assert_array_equal(graph.evaluate(np.arange(5, dtype=np.float32))[1], [12, 13, 14])
    with pytest.raises(NotImplementedError, match="halves has no gradient"):
        Halves().gradient(graph.outputs[0].node, None, None)


def test_equal_attributes_make_equal_operations():
    assert Cast(np.dtype("f4")) == Cast(np.dtype("f4")) != Cast(np.dtype("f8"))
    assert Halves() == Halves() and hash(Halves()) == hash(Halves())


class Widest(Operation):
    floats = False

    def infer(self, first, *xs):
        return Spec((len(xs),), first.dtype)

    def compute(self, outputs, *inputs):
        outputs[0][:] = [x.sum() for x in inputs[1:]]


def test_any_number_of_inputs_in_the_dtype_of_numpy():
    assert Widest()(np.ones(1, np.int8), np.ones(2, np.int16), 3).tolist() == [2, 3]
    assert Widest()(np.ones(1, np.int8), np.ones(2, np.int16)).dtype == np.int16
    assert Widest()(np.ones(1, np.int8), 0.5).dtype == np.float32
    symbolic = Widest()(Tensor(Spec((2,), np.dtype(np.int8))), np.ones(2, np.float64))
    assert symbolic.dtype == np.float64 and isinstance(symbolic.node.inputs[0].node.operation, Cast)


def test_the_inputs_are_named_in_errors():
    with pytest.raises(TypeError, match="widest: first must be an array or a tensor, got None"):
        Widest()(None, np.ones(2))
    with pytest.raises(TypeError, match=r"widest: xs\[0\] must be an array or a tensor, got None"):
        Widest()(np.ones(2), None)
    with pytest.raises(TypeError, match=r"widest: xs\[2\] must hold real numbers of at most 64 bits, got complex128"):
        Widest()(np.ones(2), 1, 2, np.ones(2, complex))
