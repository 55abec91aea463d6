"""The bundled digits: the published values, and the documented split."""

from pathlib import Path

import numpy as np

from convolith.datasets import digits
from convolith.datasets.split import every_fifth_of_each_class

FOLDER = Path(digits.__file__).parent
# the first image of UCI's optdigits.tes
FIRST = """
    0 0 5 13 9 1 0 0
    0 0 13 15 10 15 5 0
    0 3 15 2 0 11 8 0
    0 4 12 0 0 8 8 0
    0 5 8 0 0 9 8 0
    0 4 11 0 1 12 7 0
    0 2 14 5 10 12 0 0
    0 0 6 13 10 0 0 0
"""


def test_shapes_and_dtypes_are_those_of_kerass_data_sets():
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    assert x_train.shape == (1442, 8, 8) and x_test.shape == (355, 8, 8)
    assert y_train.shape == (1442,) and y_test.shape == (355,)
    assert {array.dtype for array in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    assert x_train.min() == x_test.min() == 0 and x_train.max() == x_test.max() == 255


def test_pixels_are_the_published_ones_spread_to_255():
    (x_train, y_train), _ = digits.load_data()
    first = np.array(FIRST.split(), int).reshape(8, 8)
    assert y_train[0] == 0
    np.testing.assert_array_equal(np.rint(x_train[0] / 255 * 16), first)
    assert set(np.unique(x_train)) == {round(ink * 255 / 16) for ink in range(17)}


def test_classes_are_as_uci_states_and_the_test_has_a_fifth_of_each():
    (_, y_train), (_, y_test) = digits.load_data()
    counts = np.array([178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    np.testing.assert_array_equal(np.bincount(y_train) + np.bincount(y_test), counts)
    np.testing.assert_array_equal(np.bincount(y_test), counts // 5)


def test_no_image_is_in_both_parts():
    (x_train, _), (x_test, _) = digits.load_data()
    assert not {image.tobytes() for image in x_train} & {image.tobytes() for image in x_test}


def test_each_call_returns_arrays_of_its_own():
    (x_train, _), _ = digits.load_data()
    x_train[:] = 1
    assert digits.load_data()[0][0].max() == 255


def test_the_bundled_file_is_small_and_has_its_licence_and_citation_beside_it():
    assert (FOLDER / "digits.npz").stat().st_size < 100_000
    licence = (FOLDER / "digits.LICENSE.txt").read_text()
    assert "CC BY 4.0" in licence and "10.24432/C50P49" in licence and "Alpaydin" in licence


def test_split_takes_every_fifth_of_each_class_in_order():
    labels = np.array([7, 3] * 10)
    np.testing.assert_array_equal(np.nonzero(every_fifth_of_each_class(labels))[0], [8, 9, 18, 19])
    assert not every_fifth_of_each_class(np.zeros(4, int)).any()
