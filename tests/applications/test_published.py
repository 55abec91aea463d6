"""weights="imagenet": the file that is looked for, downloaded and checked, against a server on this machine."""

from __future__ import annotations

import hashlib
import sys

import numpy as np
import pytest

from convolith import applications
from convolith.applications import imagenet, published

pytest.importorskip("h5py")

NETWORK = "mobilenet_v3_small_minimalistic_0.75"
SMALLEST = {"alpha": 0.75, "minimalistic": True, "input_shape": (32, 32, 3)}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A user's folders, all empty."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "home" / "local"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home" / ".cache"))
    monkeypatch.delenv("CONVOLITH_DATA", raising=False)
    monkeypatch.setenv(published.VARIABLE, "http://127.0.0.1:9/")  # nobody answers
    return tmp_path / "home"


@pytest.fixture
def files(tmp_path, monkeypatch, generator, shapes_only):
    """Two networks' weights, published with their checksums, one of each kind; on a server's disk."""
    table = []
    for top, algorithm in ((True, "md5"), (False, "sha256")):
        model = applications.MobileNetV3Small(include_top=top, **SMALLEST)
        model.set_weights([generator.random(weight.shape).astype("float32") for weight in model.weights])
        path = tmp_path / "server" / "models" / f"small_{top}.weights.h5"
        path.parent.mkdir(parents=True, exist_ok=True)
        model.save_weights(path)
        digest = hashlib.new(algorithm, path.read_bytes()).hexdigest()
        table.append((published.PublishedFile(f"models/{path.name}", digest), path, model.get_weights()))
    monkeypatch.setattr(published, "published_files", lambda: {NETWORK: (table[0][0], table[1][0])})
    return table


@pytest.fixture
def server(tmp_path, home, monkeypatch, files, serve):
    """Serves the files, and tells what was asked for."""
    address, asked = serve(tmp_path / "server")
    monkeypatch.setenv(published.VARIABLE, address)
    return asked


@pytest.mark.parametrize("top", [True, False])
def test_downloaded_once_and_checked(server, files, top):
    pytest.importorskip("pooch")
    file, _, weights = files[0 if top else 1]
    for _ in range(2):
        model = applications.MobileNetV3Small(weights="imagenet", include_top=top, **SMALLEST)
        for one, other in zip(model.get_weights(), weights, strict=True):
            np.testing.assert_array_equal(one, other)
    assert server == [f"/{file.path}"]


def test_a_download_that_is_another_file_is_not_kept(server, files):
    pytest.importorskip("pooch")
    path = files[0][1]
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(ValueError, match="hash"):
        applications.MobileNetV3Small(weights="imagenet", **SMALLEST)
    assert not any((folder / path.name).exists() for folder in published.folders())


def test_a_file_of_the_user_s_goes_before_the_network(home, files, monkeypatch, tmp_path):
    file, path, weights = files[0]
    monkeypatch.setenv("CONVOLITH_DATA", str(path.parent))
    model = applications.MobileNetV3Small(weights="imagenet", **SMALLEST)
    np.testing.assert_array_equal(model.get_weights()[0], weights[0])
    monkeypatch.delenv("CONVOLITH_DATA")
    keras_cache = home / ".keras" / "models"
    keras_cache.mkdir(parents=True)
    (keras_cache / file.name).write_bytes(path.read_bytes())
    applications.MobileNetV3Small(weights="imagenet", **SMALLEST)
    (keras_cache / file.name).write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match=f"not the published file: its md5 should be {file.checksum}, is "):
        applications.MobileNetV3Small(weights="imagenet", **SMALLEST)


def test_without_a_network_the_error_says_what_to_put_where(home, files, monkeypatch):
    where = r"put https://storage.googleapis.com/models/small_True.weights.h5 into .*models, or into a folder that"
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(FileNotFoundError, match=rf"pooch is not installed\).\nTwo ways to get it:\n\(1\) {where}"):
        applications.MobileNetV3Small(weights="imagenet", **SMALLEST)
    monkeypatch.delitem(sys.modules, "pooch")
    pytest.importorskip("pooch")
    with pytest.raises(FileNotFoundError, match=rf"download of http://127.0.0.1:9/models/.* failed: (.|\n)*{where}"):
        applications.MobileNetV3Small(weights="imagenet", **SMALLEST)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: applications.SqueezeNet(weights="imagenet"), "squeezenet1_1: Keras has published no weights of this"),
        (lambda: applications.SqueezeNet(weights="imagenet", name="vgg16"), "vgg16: Keras has published no weights of"),
        (lambda: applications.GoogLeNet(auxiliary=True, weights="imagenet"), "Keras has published no weights of this"),
        (lambda: applications.ResNet50(weights="imagenet", original=False), "Keras has published no weights of this"),
        (lambda: applications.VGG16(weights="imagenet", batch_normalization=True), "Keras has published no weights of"),
        (lambda: applications.MobileNet(weights="imagenet", alpha=0.3), "Keras has published no weights of this"),
        (lambda: applications.ResNet50(weights="imagenet", classes=10), "classes must be 1000, got 10"),
    ],
)
def test_refused(home, shapes_only, make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("name", ["AlexNet", "ZFNet", "LeNet5", "ResNet18", "ResNet20", "SEInception", "ShuffleNetV2"])
def test_networks_that_keras_does_not_have_say_so(home, shapes_only, name):
    with pytest.raises(ValueError, match="Keras has published no weights of this network: weights must be None or a"):
        getattr(applications, name)(weights="imagenet")


# How a network is made, in convolith and in Keras.
NETWORKS = {
    "VGG16": {},
    "ResNet101": {},
    "ResNet50V2": {},
    "DenseNet169": {},
    "Xception": {},
    "InceptionV3": {},
    "InceptionResNetV2": {},
    "EfficientNetB1": {},
    "ConvNeXtTiny": {},
    "MobileNet": {"alpha": 0.5, "input_shape": (160, 160, 3)},
    "MobileNetV2": {"alpha": 1.3, "input_shape": (96, 96, 3)},
    "MobileNetV3Large": {"minimalistic": True},
}


class Asked(Exception):
    pass


@pytest.mark.parametrize("top", [True, False])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_files_are_those_that_keras_asks_for(keras, monkeypatch, shapes_only, name, top):
    def asks(name, origin, cache_subdir, file_hash=None):
        raise Asked(name, origin, file_hash)

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", asks)
    with pytest.raises(Asked) as theirs, keras.device("meta"):  # no numbers are drawn that nothing reads
        getattr(keras.applications, name)(weights="imagenet", include_top=top, **NETWORKS[name])

    def published_weights(name, network, include_top):
        file = published.published_files()[network][0 if include_top else 1]
        raise Asked(file.name, published.SERVER + file.path, file.checksum)

    monkeypatch.setattr(imagenet, "published_weights", published_weights)
    with pytest.raises(Asked) as ours:
        getattr(applications, name)(weights="imagenet", include_top=top, **NETWORKS[name])
    assert ours.value.args == theirs.value.args


def test_the_table():
    files = published.published_files()
    assert len(files) == 75
    for network, both in files.items():
        for file in both:
            expected = (None,) if network.startswith(("mobilenet_0", "mobilenet_1", "mobilenet_v2")) else (32, 64)
            assert (file.checksum and len(file.checksum)) in expected
            assert file.name.endswith(".h5") and ("top" in file.name) == (file is both[1])


def test_efficientnet_s_published_weights_see_other_pixels(keras, generator, monkeypatch, shapes_only):
    """Keras divides by the deviation once more where the weights are the published ones."""
    monkeypatch.setattr("keras.src.utils.file_utils.get_file", lambda *_, **__: "none")
    monkeypatch.setattr("keras.src.models.Functional.load_weights", lambda *_: None)
    monkeypatch.setattr(imagenet, "published_weights", lambda *_: "none")
    monkeypatch.setattr("convolith.models.Functional.load_weights", lambda *_: None)
    arguments = {"weights": "imagenet", "input_shape": (32, 32, 3), "include_top": False, "pooling": "avg"}
    theirs, ours = keras.applications.EfficientNetB0(**arguments), applications.EfficientNetB0(**arguments)
    assert [type(one).__name__ for one in ours.layers] == [type(one).__name__ for one in theirs.layers]
    ours.set_weights(theirs.get_weights())
    image = generator.uniform(0, 255, (1, 32, 32, 3)).astype("float32")
    expected = theirs.predict(image, verbose=0)
    np.testing.assert_allclose(ours(image), expected, rtol=0, atol=2e-5 * np.abs(expected).max())
