"""Code run in an interpreter of its own: what happens at import, in a forked child, beside another library."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

HANGS = 600
"""Seconds after which a program is taken to hang; on a busy machine, under the sanitizers, a good one takes minutes."""

# Every program starts with this. `conv` runs one convolution that is large enough for several threads.
PROLOGUE = """
import os, sys, threading, time
import numpy as np

def setup(n=2, size=24, ci=16, co=16):
    from convolith.engine import conv as engine
    from convolith.engine import conv_geometry
    geometry = conv_geometry.ConvGeometry((n, size, size, ci), (3, 3, ci, co), (1, 1), ((1, 1), (1, 1)), (1, 1), 1)
    generator = np.random.default_rng(1)
    x = generator.standard_normal((n, size, size, ci)).astype(np.float32)
    kernel = generator.standard_normal((3, 3, ci, co)).astype(np.float32)
    def conv():
        out = np.empty(geometry.output_shape, np.float32)
        engine.conv(geometry, x, kernel, None, None, out)
        return out
    return conv

def tasks():
    return len(os.listdir("/proc/self/task"))
"""


def run(code: str, **environment: str) -> subprocess.CompletedProcess:
    """Run `code` behind the prologue, with these variables and without the caller's own for convolith and OpenMP."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CONVOLITH_NUM", "OMP_", "GOMP_", "PYTEST"))
    }
    return subprocess.run(
        [sys.executable, "-c", PROLOGUE + textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=HANGS,
        env={**inherited, "OPENBLAS_NUM_THREADS": "1", **environment},
    )


def output(code: str, **environment: str) -> str:
    """What `code` printed; fails with its error output unless it ends well."""
    done = run(code, **environment)
    assert done.returncode == 0, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout.strip()
