"""Fashion-MNIST: where it is looked for, that nothing damaged gets through, and the published files themselves."""

import builtins
import gzip
import hashlib
import logging
import sys
import types

import numpy as np
import pytest

from convolith.datasets import fashion_mnist, published
from convolith.datasets.fashion_mnist import SourceFile

from .idx_bytes import idx

SMALL = {
    "train-images-idx3-ubyte.gz": np.arange(3 * 28 * 28, dtype=np.uint32).astype(np.uint8).reshape(3, 28, 28),
    "train-labels-idx1-ubyte.gz": np.array([9, 0, 4], np.uint8),
    "t10k-images-idx3-ubyte.gz": np.full((2, 28, 28), 7, np.uint8),
    "t10k-labels-idx1-ubyte.gz": np.array([1, 2], np.uint8),
}


def write_small(folder, names=tuple(SMALL)):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(gzip.compress(idx(SMALL[name]), mtime=0))
    return folder


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Four small files published in place of the real ones, and all places to look empty."""
    monkeypatch.setattr(
        fashion_mnist,
        "FILES",
        tuple(
            SourceFile(name, array.shape, hashlib.sha256(idx(array)).hexdigest(), f"md5-of-{name}")
            for name, array in SMALL.items()
        ),
    )
    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", tmp_path / "debian")
    monkeypatch.setattr(published, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.delenv("CONVOLITH_DATA", raising=False)
    # a download in a test is a mistake unless the test puts a pooch of its own in place
    monkeypatch.setitem(sys.modules, "pooch", None)
    return tmp_path


def assert_small(data):
    (x_train, y_train), (x_test, y_test) = data
    for array, expected in zip((x_train, y_train, x_test, y_test), SMALL.values(), strict=True):
        assert array.dtype == np.uint8 and array.flags.writeable
        np.testing.assert_array_equal(array, expected)


@pytest.mark.parametrize("place", ["own", "own/fashion-mnist", "cache/fashion-mnist", "debian"])
def test_every_place_is_looked_into(places, monkeypatch, place):
    monkeypatch.setenv("CONVOLITH_DATA", str(places / "own"))
    write_small(places / place)
    assert_small(fashion_mnist.load_data())


def test_the_first_place_wins_and_an_incomplete_one_is_passed_over(places, monkeypatch):
    monkeypatch.setenv("CONVOLITH_DATA", str(places / "own"))
    write_small(places / "own", ["train-images-idx3-ubyte.gz"])
    write_small(places / "cache" / "fashion-mnist")
    (write_small(places / "debian") / "t10k-labels-idx1-ubyte.gz").write_bytes(b"never read")
    assert_small(fashion_mnist.load_data())


@pytest.mark.parametrize("pooch_there", [False, True])
def test_without_files_and_network_the_error_names_all_three_ways(places, monkeypatch, pooch_there):
    if pooch_there:

        def no_network(url, **_):
            raise ConnectionError("Network is unreachable")

        monkeypatch.setitem(
            sys.modules, "pooch", types.SimpleNamespace(retrieve=no_network, get_logger=logging.getLogger)
        )
    with pytest.raises(FileNotFoundError) as raised:
        fashion_mnist.load_data()
    text = str(raised.value)
    assert "CONVOLITH_DATA" in text
    assert "apt-get install dataset-fashion-mnist" in text
    assert 'pip install "convolith[data]"' in text
    assert ("Network is unreachable" if pooch_there else "pooch is not installed") in text
    lines = text.splitlines()
    assert [line[:3] for line in lines[-3:]] == ["(1)", "(2)", "(3)"]
    assert len(lines) == 6


def test_a_download_goes_into_the_cache_with_its_checksum(places, monkeypatch):
    asked = []

    def retrieve(url, known_hash, fname, path, progressbar):
        asked.append((url, known_hash))
        write_small(path, [fname])
        return str(path / fname)

    monkeypatch.setitem(sys.modules, "pooch", types.SimpleNamespace(retrieve=retrieve, get_logger=logging.getLogger))
    assert_small(fashion_mnist.load_data())
    assert asked == [(fashion_mnist.URL + name, f"md5:md5-of-{name}") for name in SMALL]
    assert_small(fashion_mnist.load_data())
    assert len(asked) == 4


def test_pooch_takes_the_arguments_that_the_download_gives(places, monkeypatch):
    monkeypatch.delitem(sys.modules, "pooch")
    pooch = pytest.importorskip("pooch")

    class Local:
        def __call__(self, url, output_file, pooch, check_only=False):
            name = url.rsplit("/", 1)[1]
            with open(output_file, "wb") as file:
                file.write(gzip.compress(idx(SMALL[name]), mtime=0))

    real = pooch.retrieve
    monkeypatch.setattr(pooch, "retrieve", lambda url, **named: real(url, downloader=Local(), **named))
    monkeypatch.setattr(
        fashion_mnist,
        "FILES",
        tuple(
            source._replace(download_md5=hashlib.md5(gzip.compress(idx(SMALL[source.name]), mtime=0)).hexdigest())
            for source in fashion_mnist.FILES
        ),
    )
    assert_small(fashion_mnist.load_data())
    for file in (places / "cache" / "fashion-mnist").iterdir():
        file.unlink()
    monkeypatch.setattr(fashion_mnist, "FILES", tuple(s._replace(download_md5="0" * 32) for s in fashion_mnist.FILES))
    with pytest.raises(ValueError, match="hash"):
        fashion_mnist.load_data()


def test_a_wrong_file_is_named_with_both_checksums(places):
    folder = write_small(places / "cache" / "fashion-mnist")
    wrong = SMALL["t10k-labels-idx1-ubyte.gz"] + 1
    (folder / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(wrong), mtime=0))
    with pytest.raises(ValueError, match="t10k-labels-idx1-ubyte.gz: not the published file") as raised:
        fashion_mnist.load_data()
    assert hashlib.sha256(idx(wrong)).hexdigest() in str(raised.value)
    assert fashion_mnist.FILES[3].sha256 in str(raised.value)


def test_a_file_of_another_shape_is_named(places):
    folder = write_small(places / "cache" / "fashion-mnist")
    (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(SMALL["t10k-images-idx3-ubyte.gz"]), mtime=0))
    with pytest.raises(ValueError, match=r"train-images.*expected shape \(3, 28, 28\), got \(2, 28, 28\)"):
        fashion_mnist.load_data()


def test_the_package_imports_without_pooch_and_pillow(monkeypatch):
    real = builtins.__import__

    def guarded(name, *rest, **named):
        assert name.split(".")[0] not in ("pooch", "PIL", "matplotlib"), name
        return real(name, *rest, **named)

    for name in [name for name in sys.modules if name.startswith("convolith.datasets")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", guarded)
    import convolith.datasets  # noqa: F401


@pytest.mark.skipif(not fashion_mnist.DEBIAN_FOLDER.is_dir(), reason="needs the package dataset-fashion-mnist")
def test_the_published_files_load(monkeypatch, tmp_path):
    monkeypatch.delenv("CONVOLITH_DATA", raising=False)
    monkeypatch.setattr(published, "cache_folder", lambda: tmp_path / "none")
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    assert x_train.shape == (60000, 28, 28) and x_test.shape == (10000, 28, 28)
    np.testing.assert_array_equal(np.bincount(y_train), [6000] * 10)
    np.testing.assert_array_equal(np.bincount(y_test), [1000] * 10)
    assert len(fashion_mnist.CLASS_NAMES) == 10
    assert list(y_train[:5]) == [9, 0, 0, 3, 0]  # an ankle boot first, as every tutorial shows
