"""Files of weights that are damaged, or made to do harm: an error, nothing loaded, nothing else read or run."""

from __future__ import annotations

import pickle
import zipfile

import numpy as np
import pytest

import convolith

h5py = pytest.importorskip("h5py")


@pytest.fixture
def model():
    return convolith.Sequential([convolith.Input((2,)), convolith.layers.Dense(3)])


@pytest.fixture
def path(model, tmp_path):
    path = tmp_path / "w.weights.h5"
    model.save_weights(path)
    return path


def assert_refused(model, path, message):
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        model.load_weights(path)
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


KERNEL = "layers/dense/vars/0"


def replaced(path, make):
    with h5py.File(path, "r+") as file:
        del file[KERNEL]
        make(file)


def test_links_out_of_the_file_are_not_followed(model, path, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["secret"] = np.ones((2, 3), "f4")
    for link in (h5py.ExternalLink(tmp_path / "other.h5", "secret"), h5py.SoftLink("/layers/dense/vars/1")):
        with h5py.File(path, "r+") as file:
            if KERNEL in file:
                del file[KERNEL]
            file[KERNEL] = link
        assert_refused(model, path, "'0' in /layers/dense/vars is a link to elsewhere, which is not followed")
        with h5py.File(path, "r+") as file:
            del file[KERNEL]


def test_values_in_another_place_are_not_read(model, path, tmp_path):
    (tmp_path / "raw").write_bytes(bytes(24))
    replaced(path, lambda file: file.create_dataset(KERNEL, (2, 3), "f4", external=[(str(tmp_path / "raw"), 0, 24)]))
    assert_refused(model, path, "has its values in another place, which is not read")
    layout = h5py.VirtualLayout((2, 3), "f4")
    layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "x", (2, 3))
    replaced(path, lambda file: file.create_virtual_dataset(KERNEL, layout))
    assert_refused(model, path, "has its values in another place, which is not read")


def test_an_array_that_is_too_large_is_not_unpacked(model, path):
    shape = (1 << 20, 1 << 20)  # four terabytes of nothing, in a few bytes
    replaced(path, lambda file: file.create_dataset(KERNEL, shape, "f4", chunks=(1024, 1024), compression="gzip"))
    assert_refused(model, path, r"must be float32\[2, 3\] for .*, got float32\[1048576, 1048576\]")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda file: None, "layers/dense/vars/0 is missing"),
        (lambda file: file.create_group(KERNEL), "should be a dataset, and is none"),
        (lambda file: file.create_dataset(KERNEL, data=[b"text"]), "must hold plain numbers"),
        (
            lambda file: file.create_dataset(KERNEL, data=np.ones((2, 3), "c8")),
            "must hold plain numbers, got complex64",
        ),
        (lambda file: file.create_dataset("layers/dense_1/vars/0", data=1.0), r"not in the model \['layers/dense_1/v"),
        (lambda file: file.create_dataset("vars/0", data=1.0), r"not in the model \['vars/0'\]"),
    ],
)
def test_what_is_not_as_it_should_be(model, path, make, message):
    replaced(path, make)
    assert_refused(model, path, message)


def test_bfloat16_is_said(model, path):
    def make(file):
        file.create_dataset(KERNEL, data=np.ones((2, 3), "u2")).attrs["dtype"] = "bfloat16"

    replaced(path, make)
    assert_refused(model, path, "must hold plain numbers, got bfloat16")


def test_files_that_are_none_of_keras_s(model, tmp_path):
    with h5py.File(tmp_path / "empty.h5", "w"):
        pass
    assert_refused(model, tmp_path / "empty.h5", "there are none of Keras 3's weights in it")
    with h5py.File(tmp_path / "odd.h5", "w") as file:
        file.attrs["layer_names"] = [1, 2]
    assert_refused(model, tmp_path / "odd.h5", "the attribute layer_names of / must be a list of texts")
    with h5py.File(tmp_path / "bare.h5", "w") as file:
        file.attrs["layer_names"] = [b"dense"]
    assert_refused(model, tmp_path / "bare.h5", "layer 'dense' is named, but there is no group of that name")
    with h5py.File(tmp_path / "bare.h5", "r+") as file:
        file.create_group("dense").attrs["weight_names"] = [b"kernel"]
    assert_refused(model, tmp_path / "bare.h5", "weight 'kernel' of layer 'dense' is named, but not there")
    with pytest.raises(ValueError, match="it holds weights alone: make the model first"):
        convolith.models.load_model(tmp_path / "bare.h5")


@pytest.mark.parametrize("kept", [8, 100, 600, -64])
def test_truncated(model, path, kept):
    path.write_bytes(path.read_bytes()[:kept])
    assert_refused(model, path, "w.weights.h5")


class Harm:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was run",))


def test_pickles_are_never_read(model, tmp_path):
    (tmp_path / "w.pth").write_bytes(pickle.dumps(Harm(), 2))
    assert_refused(model, tmp_path / "w.pth", "w.pth is a pickle, which may run code and is never read")
    with zipfile.ZipFile(tmp_path / "w.pt", "w") as archive:
        archive.writestr("w/data.pkl", pickle.dumps(Harm()))
    assert_refused(model, tmp_path / "w.pt", "w.pt is a pickle, which may run code and is never read")
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file["layers/dense/vars/0"] = np.void(pickle.dumps(Harm()))
    assert_refused(model, tmp_path / "w.h5", "must hold plain numbers")


def keras_archive(path, weights, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("metadata.json", "{}")
        archive.writestr("model.weights.h5", weights)
    return path


def test_zips(model, path, tmp_path):
    archive = keras_archive(tmp_path / "a.keras", path.read_bytes())
    model.load_weights(archive)
    bomb = keras_archive(tmp_path / "b.keras", bytes(65 << 20), zipfile.ZIP_DEFLATED)
    assert bomb.stat().st_size < 100_000
    assert_refused(model, bomb, "its model.weights.h5 unpacks to 68157440 bytes, which is too large")
    data = bytearray(archive.read_bytes())
    data[data.index(b"\x89HDF") + 100] ^= 1
    (tmp_path / "c.keras").write_bytes(data)
    assert_refused(model, tmp_path / "c.keras", "is damaged, or no .keras file: Bad CRC-32")
    with zipfile.ZipFile(tmp_path / "d.keras", "w") as file:
        file.writestr("metadata.json", "{}")
        file.writestr("../model.weights.h5", path.read_bytes())
    assert_refused(model, tmp_path / "d.keras", "is no .keras file: it lacks model.weights.h5")
    assert not (tmp_path.parent / "model.weights.h5").exists()


def test_arguments_for_other_files(model, tmp_path, path):
    model.save_weights(tmp_path / "w.weights.safetensors")
    with pytest.raises(ValueError, match="skip_mismatch and by_name are for Keras's files"):
        model.load_weights(tmp_path / "w.weights.safetensors", skip_mismatch=True)
    with pytest.raises(ValueError, match="by_name is for files of Keras 2, and this one is of Keras 3"):
        model.load_weights(path, by_name=True)
    with pytest.raises(ValueError, match="is not built, so it has no weights to load"):
        convolith.Sequential([convolith.layers.Dense(3)]).load_weights(path)
