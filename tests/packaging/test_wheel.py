"""The sdist and the wheel: what is in them, what is not, and how large it is once installed.

CONVOLITH_DIST names the folder that holds them; without it they are built first, which takes a minute or two.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIMIT = 8e6  # bytes installed, dependencies aside

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dist(tmp_path_factory) -> Path:
    """A folder with one sdist and the one wheel that was built from it."""
    if "CONVOLITH_DIST" in os.environ:
        return Path(os.environ["CONVOLITH_DIST"])
    folder = tmp_path_factory.mktemp("dist")
    pytest.importorskip("build", reason="the dev extra has it")
    subprocess.run([sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)], check=True)
    return folder


@pytest.fixture(scope="module")
def wheel(dist):
    (path,) = dist.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


@pytest.fixture(scope="module")
def sdist_names(dist) -> set[str]:
    (path,) = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def test_installed_size(wheel):
    assert sum(entry.file_size for entry in wheel.infolist()) <= LIMIT


def test_wheel_holds_every_module_and_every_data_file(wheel):
    names = set(wheel.namelist())
    source = ROOT / "src"
    for path in [*source.rglob("*.py"), *source.rglob("*.pxd"), *source.rglob("*.pyi"), *source.rglob("*.npz")]:
        assert path.relative_to(source).as_posix() in names
    for path in (source / "convolith" / "engine").glob("*.pyx"):
        assert any(re.fullmatch(rf"convolith/engine/{path.stem}\.[\w-]+\.(so|pyd)", name) for name in names)
    assert "convolith/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_wheel_holds_nothing_else(wheel):
    suffixes = {".py", ".pxd", ".pyi", ".so", ".pyd", ".npz", ".gz", ".txt", ".typed"}
    for name in wheel.namelist():
        if ".dist-info/" in name or ".libs/" in name:
            continue
        assert name.startswith("convolith/") and Path(name).suffix in suffixes, name


@pytest.mark.skipif(sys.platform != "linux", reason="reads ELF files")
def test_extensions_are_stripped_and_only_the_table_has_the_kernels(wheel):
    for name in wheel.namelist():
        if not name.endswith(".so") or ".libs/" in name:
            continue
        data = wheel.read(name)
        assert b".symtab" not in data and b".debug_info" not in data, name
    sizes = {Path(name).name.split(".")[0]: wheel.getinfo(name).file_size for name in wheel.namelist() if ".so" in name}
    assert max(sizes, key=sizes.get) == "dispatch"


@pytest.mark.skipif(sys.platform != "linux", reason="reads ELF files")
def test_loading_does_not_touch_the_denormals_of_the_process(wheel, tmp_path):
    """A linker given -ffast-math adds a constructor that switches denormals off for everybody."""
    for name in wheel.namelist():
        assert b"set_fast_math" not in wheel.read(name), name


def test_sdist_holds_what_building_and_testing_need(sdist_names):
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    wanted = {"setup.py", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "csrc/dispatch.c"}
    if tracked.returncode == 0:
        folders = ("src/", "csrc/", "tests/", "benchmarks/", "examples/", "docs/")
        wanted |= {name for name in tracked.stdout.splitlines() if name.startswith(folders)}
    assert not wanted - sdist_names


def test_sdist_holds_nothing_built(sdist_names):
    built = (".so", ".pyc", ".pyd", ".o")
    assert not [name for name in sdist_names if name.startswith("build/") or name.endswith(built)]
    assert not [name for name in sdist_names if name.startswith("src/") and name.endswith(".c")]
