"""image_dataset_from_directory: images and labels, in batches, split, read when they are needed."""

import numpy as np
import pytest

from convolith import utils
from convolith.data import UNKNOWN_CARDINALITY, image_dataset_from_directory

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
    assert (images.shape, images.dtype, labels.dtype) == ((4, 2, 3, 3), np.float32, np.int32)
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
    arguments["class_names"] = np.array(["b", "a"])
    assert image_dataset_from_directory(folder, **arguments).class_names == ["b", "a"]
    del arguments["class_names"]
    assert next(iter(image_dataset_from_directory(folder, labels=None, **arguments))).shape == (2, 2, 3)
    own = image_dataset_from_directory(folder, labels=[5] * 9 + [7], **arguments)
    assert [int(label) for _, label in own] == [5] * 9 + [7]
    assert own.class_names == ["5", "7"]


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


def test_broken_images_are_skipped_named_and_counted(folder):
    (folder / "a" / "1.png").write_text("no image")
    (folder / "b" / "6.png").write_bytes((folder / "b" / "6.png").read_bytes()[:40])
    dataset = image_dataset_from_directory(folder, image_size=(2, 2), batch_size=4, shuffle=False, on_error="skip")
    assert (dataset.cardinality(), dataset.skipped) == (UNKNOWN_CARDINALITY, {})
    with pytest.warns(UserWarning, match="not a readable image .*; it is skipped") as warned:
        batches = [images[:, 0, 0, 0].tolist() for images, _ in dataset]
    assert batches == [[10, 12, 50, 51], [52, 53, 54, 55]]
    assert sorted(dataset.skipped) == [str(folder / "a" / "1.png"), str(folder / "b" / "6.png")]
    assert len(warned) == 2
    assert len(read(dataset)) == 8  # no further warning, which would be an error here
    assert len(dataset.skipped) == 2


def test_the_order_and_the_images_do_not_depend_on_the_threads(folder):
    orders = []
    for threads in (None, 1, 3):
        dataset = image_dataset_from_directory(folder, image_size=(2, 2), seed=5, num_parallel_calls=threads)
        orders.append([list(read(dataset)), list(read(dataset))])
    assert orders[0] == orders[1] == orders[2]
    assert orders[0][0] != orders[0][1]


def test_single_images_are_split_as_asked(folder):
    dataset = image_dataset_from_directory(folder, image_size=(2, 2), batch_size=None, seed=1)
    parts = [{int(image[0, 0, 0]) for image, _ in part} for part in dataset.split(70, 20, 10, seed=2)]
    assert [len(part) for part in parts] == [7, 2, 1]
    assert set.union(*parts) == {10, 11, 12, *range(50, 57)}


def test_readable_images_are_split_and_the_others_counted(folder):
    for name in ("a/1.png", "b/6.png"):
        (folder / name).write_text("no image")
    dataset = image_dataset_from_directory(folder, image_size=(2, 2), batch_size=None, seed=1, on_error="skip")
    parts = dataset.split(10, 15, 75, seed=2)
    with pytest.warns(UserWarning, match="it is skipped"):
        found = [[int(image[0, 0, 0]) for image, _ in part] for part in parts]
    assert sorted(sum(found, [])) == [10, 12, *range(50, 56)]
    assert len(dataset.skipped) == 2


def test_proportions_channels_first_and_what_is_printed(folder, capsys):
    for name in ("a", "b"):
        for path in (folder / name).iterdir():
            Image.fromarray(np.repeat(np.uint8([[0, 90, 90, 180]]), 2, 0)).save(path)  # 2 x 4
    arguments = {"image_size": (2, 2), "shuffle": False, "color_mode": "grayscale", "interpolation": "nearest"}

    def first(**more):
        return next(iter(image_dataset_from_directory(folder, **arguments, **more)))[0][0]

    assert first(crop_to_aspect_ratio=True)[..., 0].tolist() == [[90, 90], [90, 90]]
    arguments["image_size"] = (4, 4)
    assert first(pad_to_aspect_ratio=True)[..., 0].tolist() == [[0] * 4, [0, 90, 90, 180], [0, 90, 90, 180], [0] * 4]
    arguments["image_size"] = (2, 2)
    assert first(data_format="channels_first").shape == (1, 2, 2)
    assert first(subset="training", validation_split=0.25).shape == (2, 2, 1)
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "Found 10 files belonging to 2 classes.", "Using 8 files for training.",
    ]  # fmt: skip
    image_dataset_from_directory(folder, verbose=False)
    assert not capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"labels": [0, 1]}, r"labels must be 10 integers, one for each image, got shape \(2,\)"),
        ({"labels": [0.5] * 10}, r"labels must be 10 integers, .* of dtype float64"),
        ({"labels": "guessed"}, "labels must be 'inferred', a list of integers or None, got 'guessed'"),
        ({"labels": [3] * 10, "label_mode": "categorical"}, r"needs labels from 0 to 0, got \['3'\]"),
        ({"labels": [0] * 10, "class_names": ["a"]}, "class_names go with labels='inferred' only"),
        ({"label_mode": "float"}, "label_mode must be one of"),
        ({"color_mode": "cmyk"}, "color_mode must be one of"),
        ({"interpolation": "gaussian"}, "interpolation must be one of"),
        ({"data_format": "NCHW"}, "data_format must be one of"),
        ({"on_error": "ignore"}, "on_error must be one of"),
        ({"image_size": (0, 4)}, "image_size must be"),
        ({"image_size": 28}, r"image_size must be \(height, width\), two positive integers, got 28"),
        ({"num_parallel_calls": 0}, "num_parallel_calls must be an integer >= 1, got 0"),
        ({"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, "cannot both be True"),
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


def test_a_folder_without_classes_has_images_without_labels(tmp_path):
    with pytest.raises(ValueError, match="no image in this folder"):
        image_dataset_from_directory(tmp_path, labels=None)
    with pytest.raises(NotADirectoryError, match="no such folder of images"):
        image_dataset_from_directory(tmp_path / "none", labels=None)
    Image.new("L", (2, 2)).save(tmp_path / "0.png")
    (tmp_path / "deeper").mkdir()
    Image.new("L", (2, 2)).save(tmp_path / "deeper" / "1.png")
    dataset = image_dataset_from_directory(tmp_path, labels=None, image_size=(2, 2))
    assert next(iter(dataset)).shape == (2, 2, 2, 3)
    assert sorted(dataset.file_paths) == sorted(map(str, tmp_path.rglob("*.png")))


def test_links_are_followed_where_asked(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    Image.new("L", (2, 2)).save(elsewhere / "0.png")
    (folder / "a" / "link").symlink_to(elsewhere, target_is_directory=True)
    assert len(image_dataset_from_directory(folder, batch_size=None)) == 10
    assert len(image_dataset_from_directory(folder, batch_size=None, follow_links=True)) == 11


def test_three_classes_are_not_binary_and_folders_must_be_there(folder):
    (folder / "c").mkdir()
    Image.new("L", (2, 2)).save(folder / "c" / "0.png")
    with pytest.raises(ValueError, match="label_mode 'binary' is for two classes, got 3"):
        image_dataset_from_directory(folder, label_mode="binary")
    with pytest.raises(NotADirectoryError):
        image_dataset_from_directory(folder / "none")


def test_it_is_among_the_utils_too():
    assert utils.image_dataset_from_directory is image_dataset_from_directory


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"directory": None}, TypeError, "directory must be a path, got None"),
        ({"directory": ""}, ValueError, "directory must name a file or folder, got ''"),
        ({"shuffle": "no"}, TypeError, "shuffle must be True or False, got 'no'"),
        ({"follow_links": 1}, TypeError, "follow_links must be True or False, got 1"),
        ({"crop_to_aspect_ratio": None}, TypeError, "crop_to_aspect_ratio must be True or False, got None"),
        ({"pad_to_aspect_ratio": np.ones(2)}, TypeError, r"pad_to_aspect_ratio must be True or False, got array\("),
        ({"label_mode": np.ones(2)}, ValueError, r"label_mode must be one of .*, got array\("),
        ({"class_names": 3}, TypeError, "class_names must be None or names of subfolders, got 3"),
        ({"class_names": ["a", 3]}, TypeError, r"class_names must be None or names of subfolders, got \['a', 3\]"),
        ({"image_size": (True, 2)}, ValueError, r"image_size must be \(height, width\), two positive integers, got"),
        ({"subset": "both", "validation_split": "x"}, TypeError, "validation_split must be a number, got 'x'"),
    ],
)
def test_another_kind_of_argument_is_named(folder, arguments, error, message):
    with pytest.raises(error, match=f"^image_dataset_from_directory: {message}"):
        image_dataset_from_directory(**{"directory": folder, "verbose": False, **arguments})
