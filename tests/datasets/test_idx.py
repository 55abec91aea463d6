"""IDX files: read as written, and an error wherever they are cut or damaged."""

import gzip

import numpy as np
import pytest

from convolith.datasets.idx import read_idx

from .idx_bytes import idx


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("shape", [(3,), (2, 4, 5), (0, 7)])
def test_read_idx_reads_what_was_written(tmp_path, shape, packed):
    array = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(idx(array), mtime=0) if packed else idx(array))
    np.testing.assert_array_equal(read_idx(path), array)
    assert read_idx(path).shape == shape


GOOD = idx(np.arange(6, dtype=np.uint8).reshape(2, 3))
PACKED = gzip.compress(GOOD, mtime=0)  # without the time: every worker collects the same names


@pytest.mark.parametrize("length", range(len(GOOD)))
def test_an_idx_file_cut_anywhere_is_an_error(tmp_path, length):
    path = tmp_path / "cut"
    path.write_bytes(GOOD[:length])
    with pytest.raises(ValueError, match="cut: (truncated|not an) IDX file"):
        read_idx(path)


@pytest.mark.parametrize("length", range(2, len(PACKED)))
def test_a_gzip_file_cut_anywhere_is_an_error(tmp_path, length):
    path = tmp_path / "cut.gz"
    path.write_bytes(PACKED[:length])
    with pytest.raises(ValueError, match="cut.gz: truncated or damaged gzip file"):
        read_idx(path)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (GOOD + b"!", "bytes after its end"),
        (b"<html>404</html>", "not an IDX file .* starts with 3c 68 74 6d"),
        (b"\0\0\x0d" + GOOD[3:], "not an IDX file of unsigned bytes"),
        (b"\0\0\x08\0", "not an IDX file"),
        (PACKED[:12] + b"\xff" + PACKED[13:], "truncated or damaged gzip file"),
    ],
)
def test_other_damage_is_an_error(tmp_path, content, text):
    path = tmp_path / "bad"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"bad: .*{text}"):
        read_idx(path)
