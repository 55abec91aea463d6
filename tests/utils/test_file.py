"""Files from a server on this machine: downloaded once, checked, unpacked; nothing that is not whole is kept."""

import hashlib
import io
import os
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from convolith.utils import get_file

CONTENT = b"sixty thousand images\n" * 20
MD5, SHA256 = hashlib.md5(CONTENT).hexdigest(), hashlib.sha256(CONTENT).hexdigest()


def zipped(members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def tarred(members, kind=tarfile.REGTYPE):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.type = len(content), kind
            entry.linkname = content.decode() if kind == tarfile.SYMTYPE else ""
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


@pytest.fixture
def served(tmp_path, serve, monkeypatch):
    """A server's folder, its address, what was asked for, and the cache."""
    pytest.importorskip("pooch")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / "data.bin").write_bytes(CONTENT)
    (folder / "photos.zip").write_bytes(zipped({"cats/one.txt": b"1", "two.txt": b"2"}))
    (folder / "photos.tar.gz").write_bytes(tarred({"cats/one.txt": b"1", "two.txt": b"2"}))
    return folder, *serve(folder), tmp_path / "kept"


def test_it_is_downloaded_once(served):
    _, address, asked, cache = served
    for _ in range(2):
        path = get_file(origin=f"{address}/data.bin?version=3", cache_dir=cache)
        assert path == str(cache / "datasets" / "data.bin")
        assert Path(path).read_bytes() == CONTENT
    assert asked == ["/data.bin?version=3"]
    get_file(origin=f"{address}/data.bin", cache_dir=cache, force_download=True)
    assert len(asked) == 2
    assert os.listdir(cache / "datasets") == ["data.bin"]


def test_names_and_folders(served, tmp_path):
    _, address, _, cache = served
    origin = f"{address}/data.bin"
    assert get_file("mine.bin", origin, cache_dir=str(cache)) == str(cache / "datasets" / "mine.bin")
    assert get_file("mine.bin", origin, cache_dir=cache, cache_subdir="a/b") == str(cache / "a/b" / "mine.bin")
    absolute = str(tmp_path / "own")
    assert get_file(origin=origin, cache_subdir=absolute) == str(tmp_path / "own" / "data.bin")
    default = get_file(origin=origin)
    assert default.endswith(os.path.join("convolith", "datasets", "data.bin")) and str(tmp_path) in default
    assert get_file(origin=origin, cache_dir="~/x").startswith(str(tmp_path / "home"))


@pytest.mark.parametrize(
    "arguments",
    [
        {"md5_hash": MD5},
        {"file_hash": MD5},
        {"file_hash": SHA256},
        {"file_hash": SHA256.upper(), "hash_algorithm": "sha256"},
        {"file_hash": SHA256, "md5_hash": "0" * 32},
    ],
)
def test_another_file_in_the_cache_is_replaced(served, arguments):
    _, address, asked, cache = served
    (cache / "datasets").mkdir(parents=True)
    (cache / "datasets" / "data.bin").write_bytes(b"half of it")
    for _ in range(2):
        path = get_file(origin=f"{address}/data.bin", cache_dir=cache, **arguments)
        assert Path(path).read_bytes() == CONTENT
    assert asked == ["/data.bin"]


@pytest.mark.parametrize("force", [False, True])
def test_a_file_of_this_machine_is_copied(served, force):
    folder, _, asked, cache = served
    (folder / "my data.bin").write_bytes(CONTENT)
    origin = (folder / "my data.bin").as_uri()
    path = get_file("data.bin", origin, file_hash=SHA256, cache_dir=cache, force_download=force)
    assert Path(path).read_bytes() == CONTENT and not asked
    with pytest.raises(ValueError, match="hash"):
        get_file("other.bin", origin, md5_hash="0" * 32, cache_dir=cache)
    assert not (cache / "datasets" / "other.bin").exists()
    (folder / "my data.bin").unlink()
    with pytest.raises(OSError, match="none.bin is not in .*, and was not downloaded"):
        get_file("none.bin", origin, cache_dir=cache)


@pytest.mark.parametrize("force", [False, True])
def test_a_download_that_is_another_file_is_not_kept(served, force):
    _, address, _, cache = served
    (cache / "datasets").mkdir(parents=True)
    kept = cache / "datasets" / "data.bin"
    kept.write_bytes(b"what was there")
    with pytest.raises(ValueError, match="hash"):
        get_file(origin=f"{address}/data.bin", cache_dir=cache, file_hash="0" * 64, force_download=force)
    assert kept.read_bytes() == b"what was there"
    assert os.listdir(cache / "datasets") == ["data.bin"]


FOLDERS = [  # fname, and where an archive is unpacked
    (None, "photos.zip"),
    ("animals", "animals"),
    ("animals.zip", "animals_extracted"),
    ("animals.of.2.zip", "animals_extracted"),
]


@pytest.mark.parametrize(("fname", "folder"), FOLDERS)
def test_where_archives_are_unpacked_is_where_keras_does(keras, served, tmp_path, fname, folder):
    root, address, _, cache = served
    ours = get_file(fname, f"{address}/photos.zip", extract=True, cache_dir=cache)
    assert ours == str(cache / "datasets" / folder)
    (tmp_path / "theirs").mkdir()
    origin = (root / "photos.zip").as_uri()
    theirs = keras.utils.get_file(fname, origin, extract=True, cache_dir=str(tmp_path / "theirs"))
    assert os.path.relpath(ours, cache) == os.path.relpath(theirs, tmp_path / "theirs")
    assert sorted(os.listdir(cache / "datasets")) == sorted(os.listdir(tmp_path / "theirs" / "datasets"))
    for path in (ours, theirs):
        assert sorted(os.listdir(path)) == ["cats", "two.txt"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("photos.zip", {"extract": True}),
        ("photos.zip", {"extract": True, "archive_format": ["zip"]}),
        ("photos.tar.gz", {"extract": True}),
        ("photos.tar.gz", {"untar": True}),
        ("photos.tar.gz", {"extract": True, "archive_format": "tar"}),
    ],
)
def test_archives_are_unpacked_once_and_again_when_they_change(served, name, arguments):
    root, address, asked, cache = served
    folder = get_file("x", f"{address}/{name}", cache_dir=cache, **arguments)
    assert Path(os.path.join(folder, "cats", "one.txt")).read_bytes() == b"1"
    mine = os.path.join(folder, "mine.txt")
    Path(mine).touch()
    get_file("x", f"{address}/{name}", cache_dir=cache, **arguments)
    assert os.path.exists(mine)
    assert len(asked) == 1
    make = zipped if name.endswith("zip") else tarred
    (root / name).write_bytes(make({"three.txt": b"3"}))
    get_file("x", f"{address}/{name}", cache_dir=cache, force_download=True, **arguments)
    assert os.listdir(folder) == ["three.txt"]
    assert sorted(os.listdir(cache / "datasets")) == ["x", "x_archive"]


def test_a_file_and_a_folder_of_one_name(served):
    _, address, _, cache = served
    get_file("photos", f"{address}/photos.zip", cache_dir=cache)
    with pytest.raises(ValueError, match="get_file: .*photos is a file, where the archive's folder should be"):
        get_file("photos", f"{address}/photos.zip", extract=True, cache_dir=cache)
    get_file("others", f"{address}/photos.zip", extract=True, cache_dir=cache)
    with pytest.raises(ValueError, match="get_file: .*others is a folder, where the file should be"):
        get_file("others", f"{address}/photos.zip", cache_dir=cache)


@pytest.mark.parametrize("name", ["photos.tar.gz", "photos.zip"])
def test_an_archive_that_is_cut_off(served, name):
    root, address, _, cache = served
    whole = (root / name).read_bytes()
    if name.endswith("gz"):
        whole = tarred({"one.txt": os.urandom(1 << 16)})
    (root / name).write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(ValueError, match="get_file: .*(is damaged|is no archive)"):
        get_file(origin=f"{address}/{name}", extract=True, cache_dir=cache)


HARMFUL = {
    "up.zip": zipped({"good.txt": b"", "../../evil.txt": b""}),
    "absolute.zip": zipped({"/tmp/convolith_evil.txt": b""}),
    "drive.zip": zipped({"C:\\evil.txt": b""}),
    "up.tar.gz": tarred({"good.txt": b"", "../../evil.txt": b""}),
    "link.tar.gz": tarred({"link": b"../../.."}, tarfile.SYMTYPE),
    "device.tar.gz": tarred({"device": b""}, tarfile.CHRTYPE),
}


@pytest.mark.parametrize("name", HARMFUL)
def test_archives_that_would_do_harm_leave_nothing(served, tmp_path, name):
    root, address, _, cache = served
    (root / name).write_bytes(HARMFUL[name])
    with pytest.raises(ValueError, match="get_file: .* (outside of its folder|or would do harm)"):
        get_file(origin=f"{address}/{name}", extract=True, cache_dir=cache)
    assert os.listdir(cache / "datasets") == [f"{name}_archive"]
    assert not list(tmp_path.rglob("evil*"))


def test_what_is_no_archive(served):
    root, address, _, cache = served
    with pytest.raises(ValueError, match=r"get_file: .*data.bin_archive is no archive of the format tar or zip"):
        get_file(origin=f"{address}/data.bin", extract=True, cache_dir=cache)
    with pytest.raises(ValueError, match=r"is no archive of the format tar"):
        get_file(origin=f"{address}/photos.zip", untar=True, cache_dir=cache)
    damaged = bytearray(zipped({"one.txt": b"1" * 100}))
    damaged[40] ^= 1
    (root / "damaged.zip").write_bytes(damaged)
    with pytest.raises(ValueError, match="damaged.zip_archive is damaged"):
        get_file(origin=f"{address}/damaged.zip", extract=True, cache_dir=cache)


def test_what_cannot_be_downloaded(served, monkeypatch):
    _, address, _, cache = served
    with pytest.raises(
        OSError, match=r"get_file: none.bin is not in .*datasets, and was not downloaded: download of .*404"
    ) as raised:
        get_file(origin=f"{address}/none.bin", cache_dir=cache)
    raised.value.__cause__.__cause__.response.close()  # it has kept the connection
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(OSError, match="get_file: data.bin is not in .* was not downloaded: pooch is not installed"):
        get_file(origin=f"{address}/data.bin", cache_dir=cache)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"origin": None}, "origin is missing"),
        ({"origin": "http://127.0.0.1/"}, "fname must be a name without folders, got ''"),
        ({"fname": "a/b"}, "fname must be a name without folders, got 'a/b'"),
        ({"fname": ".."}, r"fname must be a name without folders, got '\.\.'"),
        ({"file_hash": "abc"}, r"file_hash must have 32 \(md5\) or 64 \(sha256\) hexadecimal digits, got 'abc'"),
        ({"file_hash": "x" * 32}, "file_hash must have 32 .* hexadecimal digits, got 'xxx"),
        ({"file_hash": MD5, "hash_algorithm": "sha256"}, r"file_hash must have 64 \(sha256\) hexadecimal digits"),
        ({"md5_hash": SHA256}, r"file_hash must have 32 \(md5\) hexadecimal digits"),
        ({"hash_algorithm": "sha1"}, "hash_algorithm must be 'auto', 'md5' or 'sha256', got 'sha1'"),
        ({"extract": True, "archive_format": "rar"}, "archive_format must be 'auto', 'tar', 'zip' or a list"),
        ({"extract": True, "archive_format": None}, "archive_format must be 'auto', 'tar', 'zip' or a list"),
    ],
)
def test_refused(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=f"get_file: {message}"):
        get_file(**{"origin": "http://127.0.0.1:9/x.bin", "cache_dir": tmp_path, **arguments})
    assert list(tmp_path.iterdir()) == []
