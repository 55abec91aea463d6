"""MNIST and CIFAR in small: found, downloaded from a server on the loopback address, checked, as Keras gives them."""

import hashlib
import io
import sys
import tarfile

import numpy as np
import pytest

from convolith.datasets import cifar10, cifar100, mnist, published

GENERATOR = np.random.default_rng(1)
X_TRAIN, X_TEST = (GENERATOR.integers(0, 256, (n, 28, 28), np.uint8) for n in (5, 2))
Y_TRAIN, Y_TEST = (GENERATOR.integers(0, 10, n, np.uint8) for n in (5, 2))
PHOTOS = GENERATOR.integers(0, 256, (12, 32, 32, 3), np.uint8)
LABELS = GENERATOR.integers(0, 20, (12, 2), np.uint8)


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def tar(members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def records(photos, labels):
    """A byte a label, then the red, the green and the blue pixels, row by row."""
    return b"".join(
        label.tobytes() + b"".join(photo[..., colour].tobytes() for colour in range(3))
        for photo, label in zip(photos, labels, strict=True)
    )


CIFAR10 = {
    **{
        f"cifar-10-batches-bin/data_batch_{n}.bin": records(PHOTOS[2 * n - 2 : 2 * n], LABELS[2 * n - 2 : 2 * n, :1])
        for n in range(1, 6)
    },
    "cifar-10-batches-bin/test_batch.bin": records(PHOTOS[10:], LABELS[10:, :1]),
    "cifar-10-batches-bin/readme.html": b"not read",
}
CIFAR100 = {
    "cifar-100-binary/train.bin": records(PHOTOS[:9], LABELS[:9]),
    "cifar-100-binary/test.bin": records(PHOTOS[9:], LABELS[9:]),
}
CONTENTS = {
    mnist: ("mnist", "mnist.npz", npz(x_train=X_TRAIN, y_train=Y_TRAIN, x_test=X_TEST, y_test=Y_TEST)),
    cifar10: ("cifar-10", "cifar-10-binary.tar.gz", tar(CIFAR10)),
    cifar100: ("cifar-100", "cifar-100-binary.tar.gz", tar(CIFAR100)),
}
MODULES = pytest.mark.parametrize("module", CONTENTS, ids=lambda module: module.__name__.rsplit(".", 1)[1])


@pytest.fixture
def small(tmp_path, monkeypatch):
    """The small files published in place of the real ones, nowhere on the machine, and no pooch."""
    for module, (_, name, content) in CONTENTS.items():
        assert list(module.FILES) == [name]
        algorithm = module.FILES[name].split(":")[0]
        monkeypatch.setattr(module, "FILES", {name: f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"})
    monkeypatch.setattr(published, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.delenv("CONVOLITH_DATA", raising=False)
    monkeypatch.setitem(sys.modules, "pooch", None)
    return tmp_path


@pytest.fixture
def server(small, monkeypatch, serve):
    """Gives the files of a folder under an address of the loopback interface; (folder, names that were asked for)."""
    monkeypatch.delitem(sys.modules, "pooch")
    pytest.importorskip("pooch")
    folder = small / "server"
    folder.mkdir()
    address, asked = serve(folder)
    for module in CONTENTS:
        monkeypatch.setattr(module, "URL", f"{address}/")
    return folder, asked


def put(module, folder):
    folder.mkdir(parents=True, exist_ok=True)
    _, name, content = CONTENTS[module]
    (folder / name).write_bytes(content)
    return folder / name


def check(module):
    (x_train, y_train), (x_test, y_test) = module.load_data()
    if module is mnist:
        expected = (X_TRAIN, Y_TRAIN, X_TEST, Y_TEST)
    else:
        column, end = (slice(0, 1), 10) if module is cifar10 else (slice(1, 2), 9)
        expected = (PHOTOS[:end], LABELS[:end, column], PHOTOS[end:], LABELS[end:, column])
    for array, wanted in zip((x_train, y_train, x_test, y_test), expected, strict=True):
        assert (array.dtype, array.flags.writeable, array.flags.c_contiguous) == (np.uint8, True, True)
        np.testing.assert_array_equal(array, wanted)


@MODULES
@pytest.mark.parametrize("place", ["own", "own/{}", "cache/{}"])
def test_every_place_is_looked_into(small, monkeypatch, module, place):
    monkeypatch.setenv("CONVOLITH_DATA", str(small / "own"))
    put(module, small / place.format(CONTENTS[module][0]))
    check(module)


@MODULES
def test_it_is_downloaded_once_into_the_cache(small, server, module, capsys):
    folder, asked = server
    name, file = CONTENTS[module][:2]
    put(module, folder)
    check(module)
    check(module)
    assert (small / "cache" / name / file).is_file()
    assert asked == [f"/{file}"]


@MODULES
def test_what_the_server_has_in_its_place_is_not_taken(small, server, module, capsys):
    put(module, server[0]).write_bytes(b"<html>moved</html>")
    with pytest.raises(ValueError, match="hash"):
        module.load_data()
    assert not list((small / "cache").rglob(CONTENTS[module][1]))


@MODULES
def test_what_the_server_does_not_have_is_told_with_the_ways_to_get_it(server, module, capsys):
    with pytest.raises(FileNotFoundError) as raised:
        module.load_data()
    name, file = CONTENTS[module][:2]
    raised.value.__cause__.__cause__.response.close()  # it has kept the connection
    text = str(raised.value)
    for part in (name.upper(), f"put {file} into a folder", "CONVOLITH_DATA", "404", "convolith[data]", "Two ways"):
        assert part in text


@MODULES
def test_without_pooch_the_error_says_so(small, module):
    with pytest.raises(
        FileNotFoundError, match="was not downloaded \\(pooch is not installed\\).\\nT.* ways to get it:\\n\\(1\\) put"
    ):
        module.load_data()


@MODULES
def test_another_file_is_named_with_both_checksums(small, module):
    path = put(module, small / "cache" / CONTENTS[module][0])
    path.write_bytes(path.read_bytes() + b"!")
    algorithm, expected = module.FILES[path.name].split(":")
    found = hashlib.new(algorithm, path.read_bytes()).hexdigest()
    with pytest.raises(ValueError, match=f"{path.name}: not the published file: its .* be {expected}, is {found}"):
        module.load_data()


def test_mnist_is_read_from_a_path_of_its_own(small):
    path = put(mnist, small / "elsewhere")
    (x_train, _), _ = mnist.load_data(path)
    np.testing.assert_array_equal(x_train, X_TRAIN)
    with pytest.raises(FileNotFoundError):
        mnist.load_data(small / "none.npz")


def test_cifar100_has_labels_of_two_kinds(small):
    put(cifar100, small / "cache" / "cifar-100")
    (_, coarse), (_, coarse_test) = cifar100.load_data(label_mode="coarse")
    np.testing.assert_array_equal(np.concatenate((coarse, coarse_test)), LABELS[:, :1])
    with pytest.raises(ValueError, match="cifar100: label_mode must be one of .* got 'medium'"):
        cifar100.load_data("medium")


def test_names_of_classes_are_as_many_as_there_are_and_sorted():
    for names, count in ((cifar10.CLASS_NAMES, 10), (cifar100.FINE_NAMES, 100), (cifar100.COARSE_NAMES, 20)):
        assert len(set(names)) == len(names) == count
        assert list(names) == sorted(names)


@pytest.mark.parametrize(
    ("platform", "variable", "value", "expected"),
    [
        ("linux", "XDG_CACHE_HOME", "/x", "/x/convolith"),
        ("linux", "XDG_CACHE_HOME", "", "/home/me/.cache/convolith"),
        ("darwin", "XDG_CACHE_HOME", "", "/home/me/Library/Caches/convolith"),
        ("win32", "LOCALAPPDATA", "/local", "/local/convolith"),
    ],
)
def test_cache_folder_is_where_the_platform_has_it(monkeypatch, platform, variable, value, expected):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, value)
    monkeypatch.setattr(published.Path, "home", lambda: published.Path("/home/me"))
    assert published.cache_folder().as_posix() == expected
