"""Folders of class folders, and single image files."""

import sys

import numpy as np
import pytest

from convolith.datasets import images

Image = pytest.importorskip("PIL.Image")


def save(path, pixels, **named):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels, np.uint8)).save(path, **named)
    return path


@pytest.fixture
def pets(tmp_path):
    """Two classes of seven plain images, 10 i + 100 * class grey, and things to pass over."""
    folder = tmp_path / "pets"
    for label, name in enumerate(["cat", "dog"]):
        for i in range(7):
            save(folder / name / f"{i}.png", np.full((6, 9), 10 * i + 100 * label))
    (folder / "README.txt").write_text("not a class")
    (folder / "cat" / "notes.txt").write_text("not an image")
    save(folder / ".thumbnails" / "0.png", np.zeros((2, 2)))
    save(folder / "dog" / ".hidden" / "0.png", np.zeros((2, 2)))
    return folder


def test_class_names_are_sorted_and_images_in_order(pets):
    x, y, names = images.load_directory(pets, "grayscale", (4, 5))
    assert names == ("cat", "dog")
    assert x.shape == (14, 4, 5, 1) and x.dtype == np.uint8 and y.dtype == np.int64
    np.testing.assert_array_equal(y, [0] * 7 + [1] * 7)
    np.testing.assert_array_equal(x[:, 0, 0, 0], [10 * i + 100 * label for label in (0, 1) for i in range(7)])


def test_every_fifth_image_of_a_class_is_for_the_test(pets):
    (x_train, y_train), (x_test, y_test), names = images.load_data(pets, "grayscale", (2, 2))
    assert names == ("cat", "dog")
    np.testing.assert_array_equal(x_test[:, 0, 0, 0], [40, 140])
    np.testing.assert_array_equal(y_test, [0, 1])
    assert len(x_train) == len(y_train) == 12


def test_folders_train_and_test_are_taken_as_they_are(pets, tmp_path):
    both = tmp_path / "both"
    both.mkdir()
    pets.rename(both / "train")
    for name in ("cat", "dog"):
        save(both / "test" / name / "0.png", np.zeros((3, 3)))
    (x_train, _), (x_test, y_test), _ = images.load_data(both, "rgb", (2, 2))
    assert x_train.shape == (14, 2, 2, 3) and x_test.shape == (2, 2, 2, 3)
    np.testing.assert_array_equal(y_test, [0, 1])
    (both / "test" / "dog").rename(both / "test" / "eel")
    with pytest.raises(ValueError, match=r"same class folders, got \['cat', 'dog'\] and \['cat', 'eel'\]"):
        images.load_data(both, "rgb", (2, 2))


def test_a_broken_image_is_named(pets):
    good = save(pets / "cat" / "3.png", np.random.default_rng(0).integers(0, 256, (30, 30))).read_bytes()
    for content in (b"", b"no image", good[:40], good[: len(good) // 2]):
        (pets / "cat" / "3.png").write_bytes(content)
        with pytest.raises(ValueError, match=r"cat.3\.png: not a readable image"):
            images.load_directory(pets)


def test_all_broken_images_are_counted_and_three_named(pets):
    paths = images.image_paths(pets)
    for path in paths[1:5]:
        path.write_bytes(b"no image")
    with pytest.raises(ValueError, match=f"4 of {len(paths)} files are no readable images: ") as error:
        images.load_directory(pets)
    named = [path for path in paths if f"{path}: not a readable image" in str(error.value)]
    assert named == paths[1:4] and str(error.value).endswith(" ...")


def test_all_empty_class_folders_are_named(pets):
    for name in ("eel", "fox"):
        (pets / name).mkdir()
    with pytest.raises(ValueError, match="eel, .*fox: no image in these class folders"):
        images.load_directory(pets)


def test_a_folder_without_classes_or_images_is_an_error(tmp_path):
    with pytest.raises(NotADirectoryError, match="nowhere: no such folder"):
        images.load_directory(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="expected one subfolder of images a class"):
        images.load_directory(tmp_path)
    (tmp_path / "cat").mkdir()
    with pytest.raises(ValueError, match="cat: no image in this class folder"):
        images.load_directory(tmp_path)
    save(tmp_path / "cat" / "0.png", np.zeros((2, 2)))
    with pytest.raises(ValueError, match="at least 5 images .* got at most 1 a class"):
        images.load_data(tmp_path)


@pytest.mark.parametrize("size", [(0, 3), (3,), (2.5, 3), (1, 2, 3)])
def test_a_wrong_size_is_an_error(size):
    with pytest.raises(ValueError, match="image_size must be"):
        images.load_images([], "rgb", size)


def test_a_wrong_color_mode_is_an_error():
    with pytest.raises(ValueError, match="color_mode must be one of .* got 'cmyk'"):
        images.load_images([], "cmyk")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing.png: no such image file"):
        images.load_images([tmp_path / "nothing.png"])


def test_missing_pillow_says_how_to_get_it(pets, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r'pip install "convolith\[image\]"'):
        images.load_directory(pets)


def one(path, mode="rgb", size=(2, 2)):
    return images.load_images([path], mode, size)[0]


def test_colours_become_grey_by_luminance(tmp_path):
    path = save(tmp_path / "red.png", np.broadcast_to([255, 0, 0], (2, 2, 3)))
    np.testing.assert_array_equal(one(path)[0, 0], [255, 0, 0])
    np.testing.assert_array_equal(one(path, "grayscale"), np.full((2, 2, 1), round(0.299 * 255)))


def test_transparency_lies_on_black(tmp_path):
    path = save(tmp_path / "half.png", np.broadcast_to([255, 255, 255, 51], (2, 2, 4)))
    np.testing.assert_array_equal(one(path), np.full((2, 2, 3), 51))


def test_a_photo_is_turned_as_its_flag_says(tmp_path):
    pixels = np.arange(0, 200, 50).reshape(2, 2)
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    path = save(tmp_path / "turned.png", pixels, exif=exif)
    np.testing.assert_array_equal(one(path, "grayscale")[..., 0], pixels[::-1, ::-1])


def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path):
    path = tmp_path / "deep.png"
    Image.fromarray(np.array([[0, 257], [32896, 65535]], np.uint16)).save(path)
    np.testing.assert_array_equal(one(path, "grayscale")[..., 0], [[0, 1], [128, 255]])


def test_pixels_of_unknown_range_are_refused(tmp_path):
    path = tmp_path / "float.tiff"
    Image.fromarray(np.ones((2, 2), np.float32)).save(path)
    with pytest.raises(ValueError, match="float.tiff: not a readable image .*mode F"):
        one(path)
