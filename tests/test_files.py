"""Files are replaced whole or not at all."""

import pytest

from convolith import files


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path):
    path = tmp_path / "a.txt"
    for text in ("old", "new"):
        files.replace(path, lambda temporary, text=text: temporary.write_text(text))
        assert path.read_text() == text
    assert [item.name for item in tmp_path.iterdir()] == ["a.txt"]


def test_the_temporary_file_is_beside_it_with_its_suffix(tmp_path):
    seen = []
    files.replace(tmp_path / "a.png", lambda temporary: (seen.append(temporary), temporary.write_text("")))
    assert seen[0].parent == tmp_path
    assert seen[0].suffix == ".png"
    assert seen[0].name != "a.png"


def test_a_failure_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def write(temporary):
        temporary.write_text("half")
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space left"):
        files.replace(path, write)
    assert path.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["a.txt"]


def test_the_file_is_named_where_it_cannot_be(tmp_path):
    with pytest.raises(FileNotFoundError, match="none/a.txt cannot be written: there is no folder .*none$"):
        files.replace(tmp_path / "none" / "a.txt", lambda temporary: None)
    with pytest.raises(IsADirectoryError, match="cannot be written: it is a folder"):
        files.replace(tmp_path, lambda temporary: None)
