"""A process that is killed while it saves leaves the old file whole, or the new one, whenever that comes."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("killed.py")


@pytest.mark.skipif(sys.platform != "linux", reason="forks, and limits the sizes of files")
@pytest.mark.parametrize("way", ["save", "save_weights", "ModelCheckpoint", "BackupAndRestore"])
def test_killed_at_every_moment(way, tmp_path):
    command = [sys.executable, str(PROGRAM), way, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    killed, renamed = map(int, done.stdout.split())
    assert killed >= 12 and 0 < renamed < killed
