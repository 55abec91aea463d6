"""Images and arrays, files of them: as Keras's, and what is refused."""

import io
import struct

import numpy as np
import pytest

from convolith import config
from convolith.utils import array_to_img, img_to_array, load_img, save_img

image = pytest.importorskip("PIL.Image")

RGB = np.random.default_rng(3).integers(0, 256, (5, 7, 3), np.uint8)
ALPHA = np.concatenate([RGB, np.arange(35, dtype=np.uint8).reshape(5, 7, 1)], axis=2)
CASES = {
    "rgb": (RGB, {}),
    "rgba": (ALPHA, {}),
    "grey": (RGB[..., :1], {}),
    "as it is": (RGB, {"scale": False}),
    "fractions": (RGB + 0.0, {"scale": False, "dtype": "float64"}),
    "scaled": (RGB / 7 - 3, {}),
    "one value": (np.full((2, 3, 1), 9.5), {}),
    "16 bits": (RGB[..., :1].astype(int) * 200, {"scale": False}),
    "channels first": (RGB.transpose(2, 0, 1), {"data_format": "channels_first"}),
    "list": (RGB.tolist(), {"scale": False}),
}


@pytest.mark.parametrize("name", CASES)
def test_arrays_become_keras_s_images(keras, name):
    x, arguments = CASES[name]
    ours, theirs = array_to_img(x, **arguments), keras.utils.array_to_img(x, **arguments)
    assert (ours.mode, ours.size) == (theirs.mode, theirs.size)
    difference = np.asarray(ours, int) - np.asarray(theirs, int)
    assert np.abs(difference).max() <= (name == "scaled")  # Keras multiplies in another order, and cuts off


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "I", "I;16"])
@pytest.mark.parametrize("data_format", [None, "channels_last", "channels_first"])
def test_images_become_keras_s_arrays(keras, mode, data_format):
    img = image.new(mode, (3, 2), 77 if mode[0] in "LI" else (1, 2, 3, 4)[: len(mode)])
    for dtype in (None, "uint8"):
        ours, theirs = (f(img, data_format, dtype) for f in (img_to_array, keras.utils.img_to_array))
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


def test_there_and_back():
    for x in (RGB, ALPHA, RGB[..., :1]):
        array = img_to_array(array_to_img(x, scale=False))
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, x)
    config.set_image_data_format("channels_first")
    try:
        first = img_to_array(array_to_img(RGB.transpose(2, 0, 1), scale=False))
    finally:
        config.set_image_data_format("channels_last")
    np.testing.assert_array_equal(first, RGB.transpose(2, 0, 1))


def test_scaling_reaches_both_ends():
    pixels = np.asarray(array_to_img(RGB / 999 + 5))
    assert (pixels.min(), pixels.max()) == (0, 255)


@pytest.mark.parametrize("ending", ["png", "bmp", "PNG"])
def test_files_hold_the_pixels(tmp_path, ending):
    path = tmp_path / f"x.{ending}"
    save_img(path, RGB, scale=False)
    np.testing.assert_array_equal(np.asarray(load_img(path)), RGB)
    np.testing.assert_array_equal(np.asarray(load_img(str(path))), RGB)
    np.testing.assert_array_equal(np.asarray(load_img(io.BytesIO(path.read_bytes()))), RGB)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_jpeg_has_no_transparency(tmp_path):
    for name in ("x.jpg", "x.jpeg"):
        with pytest.warns(UserWarning, match="save_img: JPEG files have no transparency"):
            save_img(tmp_path / name, ALPHA, scale=False, quality=99)
        assert (tmp_path / name).read_bytes()[:2] == b"\xff\xd8"
    file = io.BytesIO()
    save_img(file, RGB, file_format="jpg")
    assert file.getvalue()[:2] == b"\xff\xd8"


@pytest.fixture
def files(tmp_path):
    """Files of several modes of pixels."""
    large = np.random.default_rng(4).integers(0, 256, (19, 26, 4), np.uint8)
    for mode, pixels in {"RGB": large[..., :3], "RGBA": large, "L": large[..., 0]}.items():
        image.fromarray(np.ascontiguousarray(pixels)).save(tmp_path / f"{mode}.png")
    image.fromarray(large[..., 0].astype(np.uint16) * 250).save(tmp_path / "I16.png")
    image.fromarray(large[..., :3].copy()).quantize(16).save(tmp_path / "P.png")
    return tmp_path


@pytest.mark.parametrize("color_mode", ["rgb", "rgba", "grayscale"])
@pytest.mark.parametrize("name", ["RGB", "RGBA", "L", "I16", "P"])
def test_color_modes(keras, files, name, color_mode):
    ours, theirs = (f(files / f"{name}.png", color_mode) for f in (load_img, keras.utils.load_img))
    assert ours.mode == theirs.mode
    np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("size", [(7, 9), (40, 10), (19, 26), (5, 60)])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic", "hamming", "box", "lanczos"])
def test_sizes(keras, files, size, interpolation, keep):
    arguments = {"target_size": size, "interpolation": interpolation, "keep_aspect_ratio": keep}
    ours, theirs = (f(files / "RGB.png", **arguments) for f in (load_img, keras.utils.load_img))
    assert ours.size == size[::-1]
    np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))


@pytest.mark.parametrize(
    ("x", "arguments", "message"),
    [
        (RGB[..., 0], {}, r"x must have the shape of one image, with three axes, got \(5, 7\)"),
        (RGB[..., :2], {}, r"x must have 1, 3 or 4 channels, got 2, its shape is \(5, 7, 2\)"),
        (RGB * np.nan, {}, "x must hold finite numbers, got NaN or infinity"),
        (RGB - 1.0, {"scale": False}, r"without scale, values must be in \[0, 255\], got -1.0 to "),
        (RGB * 2.0, {"scale": False}, r"without scale, values must be in \[0, 255\], got "),
        (RGB[..., :1] * 1e9, {"scale": False}, r"without scale, values must be in \[0, 2147483647\], got "),
        (RGB, {"data_format": "NHWC"}, "data_format must be .*, got 'NHWC'"),
    ],
)
def test_arrays_that_are_no_images_are_refused(x, arguments, message):
    with pytest.raises(ValueError, match=f"array_to_img: {message}"):
        array_to_img(x, **arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"color_mode": "BGR"}, r"color_mode must be one of \('grayscale', 'rgb', 'rgba'\), got 'BGR'"),
        ({"interpolation": "area"}, "interpolation must be one of .*, got 'area'"),
        ({"target_size": (3,)}, r"target_size must be \(height, width\), two positive integers, got \(3,\)"),
        ({"target_size": 3}, r"target_size must be \(height, width\), two positive integers, got 3"),
        ({"target_size": (0, 3)}, r"target_size must be \(height, width\), two positive integers, got \(0, 3\)"),
    ],
)
def test_arguments_of_load_img(files, arguments, message):
    with pytest.raises(ValueError, match=f"load_img: {message}"):
        load_img(files / "RGB.png", **arguments)


def test_files_that_are_no_images(files):
    with pytest.raises(FileNotFoundError, match="nowhere.png"):
        load_img(files / "nowhere.png")
    with pytest.raises(TypeError, match="load_img: path must be a path or a BytesIO, got int"):
        load_img(3)
    whole = (files / "RGB.png").read_bytes()
    for name, content in {
        "empty": b"",
        "text": b"no image",
        "cut": whole[:200],
        "size": struct.pack(">8sI", whole, 9),
    }.items():
        path = files / f"{name}.png"
        path.write_bytes(content)
        with pytest.raises(ValueError, match=f"load_img: .*{name}.png: not a readable image"):
            load_img(path)
        with pytest.raises(ValueError, match="load_img: the BytesIO: not a readable image"):
            load_img(io.BytesIO(content))
    with pytest.raises(ValueError, match=r"img_to_array: img must be one image, got shape \(1, 5, 7, 3\)"):
        img_to_array(RGB[np.newaxis])


def test_formats_that_pillow_does_not_write(tmp_path):
    with pytest.raises(ValueError, match="save_img: .*x.qqq: Pillow writes no files of the format 'qqq'"):
        save_img(tmp_path / "x.qqq", RGB)
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        save_img(tmp_path / "nowhere" / "x.png", RGB)
    assert list(tmp_path.iterdir()) == []


def test_load_img_names_what_it_cannot_read(tmp_path):
    with pytest.raises(FileNotFoundError, match="load_img: path: there is no file .*cat.png$"):
        load_img(tmp_path / "cat.png")
    (tmp_path / "cat.jpg").write_text("a cat")
    with pytest.raises(
        ValueError, match=r"load_img: .*cat.jpg: not a readable image \(of no format that Pillow knows\)"
    ):
        load_img(tmp_path / "cat.jpg")
    with pytest.raises(FileNotFoundError, match="there is no file .*cat.png; there is cat.jpg$"):
        load_img(tmp_path / "cat.png")


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: array_to_img("x"), "array_to_img: x must hold real numbers of at most 64 bits, got <U1"),
        (lambda: array_to_img(np.ones((2, 2, 1)), scale="no"), "array_to_img: scale must be True or False"),
        (lambda: array_to_img(np.ones((2, 2, 1)), dtype="x"), "array_to_img: dtype must be one of real numbers"),
        (lambda: img_to_array(None), "img_to_array: img must be an array or a tensor, got None"),
        (lambda: img_to_array(np.ones((2, 2, 1)), dtype=object), "img_to_array: dtype must be one of real"),
    ],
)
def test_another_kind_of_argument_is_named(act, message):
    with pytest.raises(TypeError, match=f"^{message}"):
        act()


def test_a_file_of_no_format_is_not_written(tmp_path):
    image = np.ones((2, 2, 1))
    with pytest.raises(
        ValueError, match="^save_img: path '.*picture' must have an ending where file_format is not given"
    ):
        save_img(tmp_path / "picture", image)
    with pytest.raises(ValueError, match="^save_img: file_format must be None or a name, got 3"):
        save_img(tmp_path / "picture.png", image, file_format=3)
    with pytest.raises(ValueError, match=r"^load_img: color_mode must be one of .*, got array\("):
        load_img(tmp_path / "picture.png", color_mode=np.ones(2))
    assert not list(tmp_path.iterdir())
