"""What pyproject.toml promises, the README's set-up commands, and what must not lie in the source tree."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def shell_commands() -> list[str]:
    """The lines of the fenced blocks in README's Quick start, as .ci/run reads them."""
    done = subprocess.run(["bash", str(ROOT / ".ci" / "readme_commands")], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def pyproject(pattern: str) -> str:
    found = re.search(pattern, (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert found
    return found[1]


def test_installed_version_is_that_of_pyproject():
    assert importlib.metadata.version("convolith") == pyproject(r'^version = "(.*)"')


def test_changelog_speaks_of_this_version():
    version = pyproject(r'^version = "(.*)"')
    assert re.search(rf"^## {re.escape(version)}\b", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_only_three_dependencies_at_run_time():
    required = [line for line in importlib.metadata.requires("convolith") or [] if "extra ==" not in line]
    assert sorted(re.match(r"[\w-]+", line)[0] for line in required) == ["numpy", "safetensors", "tqdm"]


def test_command_is_installed():
    (script,) = importlib.metadata.entry_points(group="console_scripts", name="convolith")
    assert script.value == "convolith.command:main"


@pytest.mark.skipif(sys.platform == "win32", reason="bash reads the README")
def test_readme_sets_up_in_two_commands():
    first, second, *_ = shell_commands()
    assert first.startswith("pip install") and "convolith train" in first
    assert second.startswith('pip install ".[test]"') and "pytest" in second


def test_no_generated_c_in_the_source_tree():
    assert not list((ROOT / "src").rglob("*.c")) and not list((ROOT / "src").rglob("*.html"))


def test_every_engine_module_has_its_stub():
    """Each with a function, class or table that Python sees; the others are for cimport alone."""
    engine = ROOT / "src" / "convolith" / "engine"
    public = re.compile(r"^(def|class|cdef class|[A-Z]+ =) ", re.M)
    seen = {path.stem for path in engine.glob("*.pyx") if public.search(path.read_text())}
    assert len(seen) > 5
    assert seen == {path.stem for path in engine.glob("*.pyi")}


@pytest.mark.parametrize("flag", ["-march=native", "-ffast-math", "-Ofast"])
def test_build_never_passes(flag):
    code = re.sub(r"#.*", "", (ROOT / "setup.py").read_text())
    assert flag not in code and flag not in (ROOT / "pyproject.toml").read_text()
