"""Dependencies point downward only: applications, models, layers, ops, graph and engine, csrc."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "convolith"
CSRC = ROOT / "csrc"

# A module imports from lower ranks and from its own rank; a new module or package gets its place here.
RANKS = {
    "defaults": 0,
    "files": 0,
    "memory": 0,
    "misspelling": 0,
    "warning": 0,
    "registry": 0,
    "engine": 0,
    "graph": 0,
    "config": 1,
    "ops": 1,
    "random": 1,
    "activations": 2,
    "constraints": 2,
    "initializers": 2,
    "losses": 2,
    "metrics": 2,
    "optimizers": 2,
    "regularizers": 2,
    "layers": 3,
    "interop": 4,
    "callbacks": 5,
    "data": 5,
    "models": 5,
    "datasets": 5,
    "visualize": 5,
    "saving": 6,
    "utils": 6,
    "applications": 6,
    "backend": 7,
    "preprocessing": 7,
    "tree": 0,
    "variable": 4,
    "command": 7,
    "__main__": 8,
    "__init__": 8,
}
# What a rank alone would allow. (importer, imported)
FORBIDDEN = {("graph", "engine"), ("engine", "graph"), ("datasets", "models"), ("models", "datasets")}
REACH_ENGINE = {"engine", "ops", "config", "utils", "__init__"}  # the others go through ops

# Names of instruction sets as the table knows them, and the compilers' macros and headers for them.
SET_NAMES = re.compile(r"\b(avx\w*|sse\d*|neon|sve2?|fma)\b")
SET_MACROS = re.compile(r"\b(__(AVX|SSE|FMA|ARM_)\w*|__aarch64__|__x86_64__|_M_X64|\w*intrin\.h|arm_neon\.h)\b")


def imported_by_python(path: Path) -> set[str]:
    """Full names of the modules that a Python file imports, wherever in it."""
    package = ("convolith", *path.relative_to(PACKAGE).parent.parts) if PACKAGE in path.parents else ()
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) - node.level + 1]] if node.level else []
            base += node.module.split(".") if node.module else []
            names.update(".".join([*base, alias.name]) for alias in node.names)
    return names


def imported_by_cython(path: Path) -> set[str]:
    """Full names of the modules that a Cython file imports or cimports, and the headers that it includes."""
    source = re.sub(r"#.*", "", path.read_text())
    names = set(re.findall(r"^\s*c?import +([\w.]+)", source, re.MULTILINE))
    for base, listed in re.findall(r"^\s*from +([\w.]+) +c?import +(\([^)]*\)|.*)", source, re.MULTILINE):
        stem = ".".join(["convolith.engine", base.lstrip(".")]).rstrip(".") if base.startswith(".") else base
        names.update(f"{stem}.{name.split()[0]}" for name in listed.strip("()").split(",") if name.strip())
    return names | {f'"{name}"' for name in re.findall(r"extern from +[\"']([^\"']+)", source)}


def place(path: Path) -> str:
    """The package or module directly below convolith that a file belongs to."""
    first, *rest = path.relative_to(PACKAGE).parts
    return first if rest else path.stem


def without_comments(source: str) -> str:
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", source, flags=re.DOTALL)


PYTHON = sorted(PACKAGE.rglob("*.py"))
CYTHON = sorted([*PACKAGE.rglob("*.pyx"), *PACKAGE.rglob("*.pxd")])
C_SOURCES = sorted(CSRC.rglob("*.c"))
C_FILES = sorted([*C_SOURCES, *CSRC.rglob("*.h")])


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_every_part_of_the_house_is_there():
    assert {"engine", "graph", "ops", "layers", "models"} <= {place(path) for path in PYTHON}
    assert len(CYTHON) > 5 and len(C_FILES) > 5
    assert len(list((ROOT / "tests" / "reference").glob("*.py"))) > 3


@pytest.mark.parametrize("path", [*PYTHON, *CYTHON], ids=name_of)
def test_imports_point_downward(path):
    importer = place(path)
    assert importer in RANKS, f"give {importer} its place in RANKS"
    imported = imported_by_python(path) if path.suffix == ".py" else imported_by_cython(path)
    for name in sorted(imported):
        root, _, rest = name.partition(".")
        if root != "convolith":
            continue
        target = rest.split(".")[0] or "__init__"
        if target not in RANKS:  # `from convolith import name`, where name is no module
            target = "__init__"
        assert RANKS[target] <= RANKS[importer], f"{name_of(path)} imports {name}, which stands above it"
        assert (importer, target) not in FORBIDDEN, f"{name_of(path)} imports {name}"
        assert target != "engine" or importer in REACH_ENGINE, f"{name_of(path)} imports {name} past convolith.ops"


@pytest.mark.parametrize("path", CYTHON, ids=name_of)
def test_cython_stays_in_the_engine(path):
    assert place(path) == "engine"
    for header in re.findall(r'^"(.*)"$', "\n".join(imported_by_cython(path)), re.MULTILINE):
        assert not header.startswith("kernels/"), f"{name_of(path)} includes {header}, which only the table may"


def included_by(path: Path) -> set[str]:
    """Headers that a C file includes, directly or through others of csrc."""
    found: set[str] = set()
    waiting = [path]
    while waiting:
        file = waiting.pop()
        for header in re.findall(r"^\s*#\s*include\s*[<\"]([^>\"]+)", file.read_text(), re.MULTILINE):
            near = next((folder / header for folder in (file.parent, CSRC) if (folder / header).exists()), None)
            if near and header not in found:
                waiting.append(near)
            found.add(header)
    return found


@pytest.mark.parametrize("path", C_SOURCES, ids=name_of)
def test_kernels_know_no_python_no_threads_and_no_allocation(path):
    """The headers that the engine has in csrc for these (threads, memory) are not for the kernels."""
    allowed = {"dispatch.h", "elementary.h", "kernel_table.h", "kernels.h", "partial.h", "vector.h"}
    allowed |= {"immintrin.h", "math.h", "stddef.h", "stdint.h", "string.h"}
    assert included_by(path) <= allowed
    source = without_comments(path.read_text())
    assert not re.search(r"#\s*pragma\s+omp|\b(malloc|calloc|realloc|free|alloca|aligned_alloc)\s*\(", source)


def test_python_h_is_nowhere_in_csrc():
    for path in C_FILES:
        assert not {"Python.h"} & included_by(path), f"{name_of(path)} includes Python.h"


def test_only_the_table_names_an_instruction_set():
    for path in [*C_FILES, *CYTHON, *PYTHON]:
        if path.stem == "dispatch":
            continue
        source = path.read_text()
        if path.suffix in (".c", ".h"):
            source = without_comments(source)
            assert not SET_NAMES.search(source), f"{name_of(path)} names {SET_NAMES.search(source)}"
        else:
            literals = re.findall(r"\"(avx\w*|sse\w*|neon)\"|'(avx\w*|sse\w*|neon)'", source)
            assert not literals, f"{name_of(path)} names {literals}"
        # What the compiler says of the machine decides only the vectors' size, their masks and the denormals' switch.
        if path.parent == CSRC and path.name in ("vector.h", "partial.h", "denormals.h"):
            continue
        assert not SET_MACROS.search(source), f"{name_of(path)} names {SET_MACROS.search(source)}"


def test_the_reference_never_imports_convolith():
    for path in sorted((ROOT / "tests" / "reference").rglob("*.py")):
        modules = {name.split(".")[0] for name in imported_by_python(path)}
        assert "convolith" not in modules, f"{name_of(path)} imports convolith"


def test_tests_are_found_by_one_stem_an_op():
    """A file of ops/ that defines operations has a test whose name starts with its stem."""
    tested = [path.stem.removeprefix("test_") for path in (ROOT / "tests" / "ops").glob("test_*.py")]
    for path in (PACKAGE / "ops").glob("*.py"):
        if re.search(r"^class \w+\(\w*Operation\):", path.read_text(), re.MULTILINE):
            assert any(f"{name}_".startswith(f"{path.stem}_") for name in tested), f"no test for {name_of(path)}"
