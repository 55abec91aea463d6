"""No engine function reads or writes outside its arrays, nor writes to an input."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.fresh import HANGS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="mprotect is POSIX's")


def run(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "tests.engine.guarded", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=HANGS, cwd=Path(__file__).parents[2])


def test_nothing_outside_the_arrays_is_touched(isa):
    done = run(isa)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) > 300


def test_the_fence_is_there():
    """One byte behind an array ends the program: the test above could fail."""
    from convolith.engine import dispatch

    done = run(dispatch.isa(), "--cross")
    assert done.returncode in (-signal.SIGSEGV, -signal.SIGBUS), (done.returncode, done.stderr)
