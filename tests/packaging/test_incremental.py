"""setup.py rebuilds what a change touches, and nothing else: tried on a package of two kernels and two modules."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = {
    "csrc/width.h": "#define WIDTH 4\n",
    "csrc/kernels/first.c": """
#include "width.h"
#define NAME_(isa, real) first_##isa##_##real
#define NAME(isa, real) NAME_(isa, real)
int NAME(CONVOLITH_ISA, REAL)(void) { return WIDTH; }
""",
    "csrc/kernels/second.c": """
#define NAME_(isa, real) second_##isa##_##real
#define NAME(isa, real) NAME_(isa, real)
int NAME(CONVOLITH_ISA, REAL)(void) { return 2; }
""",
    "csrc/dispatch.c": """
int first_plain_float(void), second_plain_double(void);
int total(void) { return first_plain_float() + second_plain_double(); }
""",
    "csrc/edge.h": "#define LIMIT 7\n",
    "src/convolith/__init__.py": "",
    "src/convolith/engine/__init__.py": "",
    "src/convolith/engine/dispatch.pyx": 'cdef extern from *:\n    "int total(void);"\n    int total()\n\n\n'
    "def value():\n    return total()\n",
    "src/convolith/engine/other.pyx": 'cdef extern from "edge.h":\n    int LIMIT\n\n\ndef value():\n    return LIMIT\n',
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="MSVC writes no dependency files"),
]


class Tree:
    """A small package that the project's own setup.py builds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in FILES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        (folder / "csrc/openmp").mkdir()
        for name in ("setup.py", "pyproject.toml", "LICENSE", "csrc/openmp/alone.c"):
            shutil.copy(ROOT / name, folder / name)
        (folder / "README.md").write_text("A small package.\n")

    def build(self, **environment: str) -> set[str]:
        """Build in place; return the objects and extensions that were written."""
        before = self.state()
        command = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
        subprocess.run(command, cwd=self.folder, env={**os.environ, **environment}, check=True)
        return {name for name, time_ns in self.state().items() if before.get(name) != time_ns}

    def state(self) -> dict[str, int]:
        """Times of the kernels' objects (`isa/real/stem`) and of the linked extensions (their stems)."""
        kernels = self.folder / "build" / "kernels"
        files = {path.relative_to(kernels).with_suffix("").as_posix(): path for path in kernels.rglob("*.o")}
        for path in self.folder.glob("build/lib*/convolith/engine/*.so"):
            files[f"{path.name.split('.')[0]} linked"] = path
        return {name: path.stat().st_mtime_ns for name, path in files.items()}

    def change(self, name: str, text: str) -> None:
        """Add to a file, later than anything that was built."""
        time.sleep(0.02)
        path = self.folder / name
        path.write_text(path.read_text() + text)

    def values(self) -> list[int]:
        code = "from convolith.engine import dispatch, other; print(dispatch.value(), other.value())"
        command = [sys.executable, "-c", code]
        environment = {**os.environ, "PYTHONPATH": str(self.folder / "src")}
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=True)
        return [int(word) for word in done.stdout.split()]


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Tree:
    pytest.importorskip("Cython")
    pytest.importorskip("setuptools")
    built = Tree(tmp_path_factory.mktemp("tree"))
    everything = built.build()
    assert {"dispatch linked", "other linked", "plain/float/first", "plain/double/second", "dispatch"} <= everything
    assert built.values() == [6, 7]
    return built


def kernels(written: set[str]) -> set[str]:
    return {name.split("/")[-1] for name in written if "/" in name}


def test_nothing_changed_builds_nothing(tree):
    assert tree.build() == set()


def test_one_kernel_recompiles_only_itself_and_relinks_the_table(tree):
    tree.change("csrc/kernels/second.c", "/* changed */\n")
    written = tree.build()
    assert kernels(written) == {"second"}
    assert {name for name in written if "/" not in name} == {"dispatch linked"}


def test_a_header_recompiles_who_includes_it(tree):
    tree.change("csrc/width.h", "#undef WIDTH\n#define WIDTH 8\n")
    written = tree.build()
    assert kernels(written) == {"first"}
    assert {name for name in written if "/" not in name} == {"dispatch linked"}
    assert tree.values()[0] == 10


def test_a_module_rebuilds_only_itself(tree):
    tree.change("src/convolith/engine/other.pyx", "\n\ndef more():\n    return 1\n")
    assert tree.build() == {"other linked"}


def test_a_header_of_a_module_rebuilds_only_it(tree):
    tree.change("csrc/edge.h", "#undef LIMIT\n#define LIMIT 9\n")
    assert tree.build() == {"other linked"}
    assert tree.values()[1] == 9


def test_other_flags_rebuild_the_modules(tree):
    assert tree.build(CONVOLITH_NO_OPENMP="1") == {"dispatch linked", "other linked"}
    assert tree.build() == {"dispatch linked", "other linked"}


def test_an_error_in_a_kernel_fails_the_build_and_is_not_forgotten(tree):
    path = tree.folder / "csrc/kernels/second.c"
    good = path.read_text()
    tree.change("csrc/kernels/second.c", "#error broken\n")
    for _ in range(2):
        with pytest.raises(subprocess.CalledProcessError):
            tree.build()
    path.write_text(good)
    assert kernels(tree.build()) == {"second"}
