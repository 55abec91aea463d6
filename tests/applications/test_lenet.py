"""LeNet-5: its published size, its arguments."""

import inspect

import numpy as np
import pytest

from convolith.applications import LeNet5


def test_the_published_number_of_weights():
    model = LeNet5()
    assert model.count_params() == 61_706
    assert [layer.count_params() for layer in model.layers if layer.weights] == [156, 2_416, 48_120, 10_164, 850]
    assert model.input_shape == (None, 28, 28, 1)
    assert [layer.output.shape[1:] for layer in model.layers][:5] == [
        (28, 28, 6), (14, 14, 6), (10, 10, 16), (5, 5, 16), (400,),
    ]  # fmt: skip


def test_signature_and_defaults():
    signature = inspect.signature(LeNet5)
    assert {name: item.default for name, item in signature.parameters.items()} == {
        "weights": None,
        "input_shape": (28, 28, 1),
        "classes": 10,
        "classifier_activation": "softmax",
        "name": "lenet5",
    }


def test_arguments(tmp_path, generator):
    x = generator.random((3, 32, 32, 3), np.float32)
    model = LeNet5(input_shape=(32, 32, 3), classes=4, classifier_activation=None, name="small")
    assert (model.name, model.output_shape) == ("small", (None, 4))
    assert LeNet5()(np.ones((2, 28, 28, 1), "float32")).sum(axis=1) == pytest.approx([1, 1])
    model.save_weights(tmp_path / "w")
    again = LeNet5(weights=tmp_path / "w", input_shape=(32, 32, 3), classes=4, classifier_activation=None)
    np.testing.assert_array_equal(again(x), model(x))


def test_images_that_are_too_small():
    with pytest.raises(ValueError, match="Conv2D 'c3': .*kernel"):
        LeNet5(input_shape=(8, 8, 1))
