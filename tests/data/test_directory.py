"""image_dataset_from_directory: images and labels, in batches, split, read when they are needed."""

import numpy as np
import pytest

from convolith import utils
from convolith.data import image_dataset_from_directory

Image = pytest.importorskip("PIL.Image")


@pytest.fixture
def folder(tmp_path):
    """Ten grey images, three of class a (10, 11, 12) and seven of class b (50 ... 56)."""
    for name, first, count in (("a", 10, 3), ("b", 50, 7)):
        (tmp_path / name).mkdir()
        for number in range(count):
            Image.fromarray(np.full((4, 4), first + number, np.uint8)).save(tmp_path / name / f"{number}.png")
    return tmp_path


def read(dataset):
    return {
        int(image[0, 0, 0]): label for images, labels in dataset for image, label in zip(images, labels, strict=True)
    }


def test_images_with_their_labels_in_batches(folder):
    dataset = image_dataset_from_directory(folder, image_size=(2, 3), batch_size=4, seed=1)
    assert dataset.class_names == ["a", "b"]
    assert len(dataset) == 3
    images, labels = next(iter(dataset))
    assert (images.shape, images.dtype, labels.dtype) == ((4, 2, 3, 3), np.float32, np.int64)
    found = read(dataset)
    assert found == {10: 0, 11: 0, 12: 0, **{50 + number: 1 for number in range(7)}}
    assert list(found) != sorted(found)
    assert list(read(dataset)) != list(found)
    ordered = image_dataset_from_directory(folder, image_size=(2, 2), shuffle=False, color_mode="grayscale")
    assert list(read(ordered)) == sorted(found)
    assert next(iter(ordered))[0].shape == (10, 2, 2, 1)


def test_modes_of_labels_and_names_of_classes(folder):
    arguments = {"image_size": (2, 2), "batch_size": None, "shuffle": False, "class_names": ["b", "a"]}
    assert next(iter(image_dataset_from_directory(folder, **arguments)))[1] == 1
    hot = next(iter(image_dataset_from_directory(folder, label_mode="categorical", **arguments)))[1]
    assert (hot.tolist(), hot.dtype) == ([0.0, 1.0], np.float32)
    assert next(iter(image_dataset_from_directory(folder, label_mode="binary", **arguments)))[1].tolist() == [1.0]
    assert next(iter(image_dataset_from_directory(folder, label_mode=None, **arguments))).shape == (2, 2, 3)
    assert next(iter(image_dataset_from_directory(folder, labels=None, **arguments))).shape == (2, 2, 3)


def test_the_parts_of_a_split_are_apart_and_whole(folder):
    arguments = {"image_size": (2, 2), "validation_split": 0.3, "seed": 4}
    parts = [
        read(image_dataset_from_directory(folder, subset=subset, **arguments)) for subset in ("training", "validation")
    ]
    both = [read(part) for part in image_dataset_from_directory(folder, subset="both", **arguments)]
    assert both == parts
    assert [len(part) for part in parts] == [7, 3]
    assert not set(parts[0]) & set(parts[1])


def test_a_file_that_is_no_image_is_named_when_it_comes(folder):
    (folder / "a" / "1.png").write_text("no image")
    dataset = image_dataset_from_directory(folder, shuffle=False)
    with pytest.raises(ValueError, match=r"1\.png: not a readable image"):
        next(iter(dataset))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"labels": [0, 1]}, "labels must be one of"),
        ({"label_mode": "float"}, "label_mode must be one of"),
        ({"color_mode": "rgba"}, "color_mode must be one of"),
        ({"subset": "test", "validation_split": 0.1}, "subset must be one of"),
        ({"subset": "training"}, "validation_split and subset go together, got None and 'training'"),
        ({"subset": "training", "validation_split": 1}, r"validation_split must be in \(0, 1\), got 1"),
        ({"subset": "training", "validation_split": 0.5}, "a split of shuffled images needs a seed"),
        ({"class_names": ["a", "c"]}, r"class_names must be the subfolders \['a', 'b'\], got \['a', 'c'\]"),
        ({"seed": -1}, "image_dataset_from_directory: seed must be None or an integer >= 0"),
    ],
)
def test_wrong_arguments(folder, arguments, message):
    with pytest.raises(ValueError, match=message):
        image_dataset_from_directory(folder, **arguments)


def test_three_classes_are_not_binary_and_folders_must_be_there(folder):
    (folder / "c").mkdir()
    Image.new("L", (2, 2)).save(folder / "c" / "0.png")
    with pytest.raises(ValueError, match="label_mode 'binary' is for two classes, got 3"):
        image_dataset_from_directory(folder, label_mode="binary")
    with pytest.raises(NotADirectoryError):
        image_dataset_from_directory(folder / "none")


def test_it_is_among_the_utils_too():
    assert utils.image_dataset_from_directory is image_dataset_from_directory
