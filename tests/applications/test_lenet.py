"""LeNet-5: its published size, its arguments."""

import inspect

import numpy as np
import pytest

import convolith
from convolith import datasets
from convolith.applications import LeNet5, lenet, lenet_1998


def test_the_published_number_of_weights():
    model = LeNet5()
    assert model.count_params() == 61_706
    assert [layer.count_params() for layer in model.layers if layer.weights] == [156, 2_416, 48_120, 10_164, 850]
    assert model.input_shape == (None, 28, 28, 1)
    assert [layer.output.shape[1:] for layer in model.layers][1:] == [
        (28, 28, 6), (14, 14, 6), (10, 10, 16), (5, 5, 16), (400,), (120,), (84,), (10,),
    ]  # fmt: skip


def test_signature_and_defaults():
    signature = inspect.signature(LeNet5)
    assert {name: item.default for name, item in signature.parameters.items()} == {
        "include_top": True,
        "weights": None,
        "input_tensor": None,
        "input_shape": None,
        "pooling": None,
        "classes": 10,
        "classifier_activation": "softmax",
        "name": "lenet5",
        "original": False,
    }


def test_arguments(tmp_path, generator):
    x = generator.random((3, 32, 32, 3), np.float32)
    model = LeNet5(input_shape=(32, 32, 3), classes=4, classifier_activation=None, name="small")
    assert (model.name, model.output_shape) == ("small", (None, 4))
    assert LeNet5()(np.ones((2, 28, 28, 1), "float32")).sum(axis=1) == pytest.approx([1, 1])
    model.save_weights(tmp_path / "w.safetensors")
    again = LeNet5(weights=tmp_path / "w.safetensors", input_shape=(32, 32, 3), classes=4, classifier_activation=None)
    np.testing.assert_array_equal(again(x), model(x))


@pytest.mark.parametrize(("original", "shape"), [(False, (5, 5, 16)), (True, (1, 1, 120))])
def test_without_the_top(generator, original, shape):
    x = generator.random((2, 28, 28, 1), np.float32)
    maps = LeNet5(include_top=False, original=original)
    assert maps.output_shape == (None, *shape)
    for pooling, pool in (("avg", np.mean), ("max", np.max)):
        model = LeNet5(include_top=False, pooling=pooling, original=original)
        model.set_weights(maps.get_weights())
        np.testing.assert_allclose(model(x), pool(maps(x), axis=(1, 2)), rtol=1e-5, atol=1e-6)


def test_an_input_of_one_s_own():
    inputs = convolith.Input((28, 28, 1), name="strokes")
    for original in (False, True):
        model = LeNet5(input_tensor=inputs, original=original)
        assert model.inputs[0] is inputs
        assert model.output_shape == (None, 10)
    with pytest.raises(
        ValueError, match=r"original=True is for images \(28, 28, 1\) and 10 classes, got \(32, 32, 1\)"
    ):
        LeNet5(input_tensor=convolith.Input((32, 32, 1)), original=True)


def test_pixels_and_digits():
    pixels = np.array([[0, 51, 255]], np.uint8)
    np.testing.assert_allclose(lenet.preprocess_input(pixels), [[0, 0.2, 1]], rtol=1e-6)
    # LeCun et al., section III.A: -0.1 for the background, 1.175 for the foreground.
    np.testing.assert_allclose(lenet.preprocess_input(pixels, original=True), [[-0.1, 0.155, 1.175]], rtol=1e-6)
    assert lenet.preprocess_input(pixels).dtype == np.float32
    scores = [[0.1, 0.6, 0.3]]
    assert lenet.decode_predictions(scores, 2, ["cat", "dog", "cow"]) == [[("1", "dog", 0.6), ("2", "cow", 0.3)]]
    with pytest.raises(ValueError, match=r"preds must have shape \(batch, 10\), got \(1, 3\)"):
        lenet.decode_predictions(scores)


def test_the_original_has_the_published_weights():
    model = LeNet5(original=True)
    counts = {layer.name: sum(one.value.size for one in layer.trainable_weights) for layer in model.layers}
    assert {name: count for name, count in counts.items() if count} == {
        "c1": 156, "s2": 12, "c3": 1_516, "s4": 32, "c5": 48_120, "f6": 10_164,
    }  # fmt: skip
    assert sum(counts.values()) == 60_000
    assert [layer.output.shape[1:] for layer in model.layers] == [
        (28, 28, 1), (32, 32, 1), *[(28, 28, 6)] * 2, *[(14, 14, 6)] * 2, *[(10, 10, 16)] * 2, *[(5, 5, 16)] * 2,
        *[(1, 1, 120)] * 2, (120,), *[(84,)] * 2, *[(10,)] * 2,
    ]  # fmt: skip


def test_the_table_connects_what_it_says(generator):
    layer = lenet_1998.TableConv2D()
    maps = generator.random((1, 14, 14, 6), np.float32)
    before = layer(maps)
    for source in range(6):
        changed = maps.copy()
        changed[..., source] += 1
        touched = np.flatnonzero(np.any(layer(changed) != before, axis=(0, 1, 2)))
        assert touched.tolist() == [number for number, sources in enumerate(lenet_1998.TABLE) if source in sources]


def test_codes_are_apart_and_the_output_is_the_nearest():
    codes = lenet_1998.digit_codes()
    distances = np.square(codes[:, None] - codes).sum(axis=2)
    assert distances[~np.eye(10, dtype=bool)].min() >= 4 * 6  # pixels in which two digits differ
    layer = lenet_1998.NegativeDistance()
    np.testing.assert_array_equal(layer(codes), -distances)


def test_the_original_learns_and_comes_back_from_its_file(tmp_path):
    (x, y), (x_test, y_test) = datasets.digits.load_data()
    images = [np.kron(one, np.ones((1, 3, 3)))[:, :, :, None] for one in (x[:600] / 127.5 - 1, x_test / 127.5 - 1)]
    train, test = (np.pad(one, ((0, 0), (2, 2), (2, 2), (0, 0)), constant_values=-1) for one in images)
    convolith.utils.set_random_seed(1)
    model = LeNet5(original=True)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(train.astype("float32"), y[:600], epochs=6, batch_size=32, verbose=0)
    assert model.evaluate(test.astype("float32"), y_test, verbose=0)[1] > 0.85
    model.save(tmp_path / "lenet.convolith")
    again = convolith.models.load_model(tmp_path / "lenet.convolith")
    np.testing.assert_array_equal(again(test[:4].astype("float32")), model(test[:4].astype("float32")))


@pytest.mark.parametrize("arguments", [{"input_shape": (32, 32, 3)}, {"classes": 4}])
def test_the_original_is_of_one_size(arguments):
    with pytest.raises(ValueError, match="lenet5: original=True is for"):
        LeNet5(original=True, **arguments)
