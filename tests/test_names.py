"""The public names: imported when they are asked for, and known to type checkers."""

import ast
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import convolith


def test_type_checkers_see_the_names_that_are_imported_lazily():
    tree = ast.parse(Path(convolith.__file__).read_text())
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {}
    for statement in block.body:
        assert isinstance(statement, ast.ImportFrom)
        for alias in statement.names:
            assert alias.asname == alias.name  # what makes it public to a type checker
            seen[alias.name] = statement.module
    modules = dict.fromkeys(convolith._MODULES, "convolith")
    assert seen == {**modules, **convolith._NAMES}


def test_every_name_is_there():
    for name in convolith.__all__:
        assert getattr(convolith, name) is not None
        assert name in dir(convolith)


def public_modules(module):
    """A module and those among its public names."""
    yield module
    for name in module.__all__:
        if isinstance(value := getattr(module, name), ModuleType):
            yield from public_modules(value)


MODULES = {module.__name__: module for module in public_modules(convolith)}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_shows_its_public_names_and_none_that_it_needs_itself(name):
    module = MODULES[name]
    assert dir(module) == sorted(set(module.__all__))
    assert all(getattr(module, shown) is not None for shown in dir(module))


def test_the_public_modules_are_all_visited():
    assert {f"convolith.{name}" for name in convolith._MODULES} <= set(MODULES)
    nested = {"ops.image", "optimizers.schedules", "preprocessing.image", "datasets.mnist", "applications.resnet50"}
    assert {f"convolith.{name}" for name in nested} <= set(MODULES)


def test_a_first_model_imports_no_more_than_it_needs():
    """Time at import is time at every start; names of modules do not depend on the machine's mood as seconds do."""
    code = (
        "import sys, numpy; before = set(sys.modules); import convolith as keras\n"
        "keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    late = {"saving", "graph_config", "objective", "loops", "summary"}
    assert not {f"convolith.models.{name}" for name in late} & set(imported)
    assert not {"convolith.losses", "convolith.metrics", "convolith.optimizers", "convolith.callbacks"} & set(imported)
    assert not {"safetensors", "tqdm", "matplotlib", "argparse", "json", "zipfile"} & set(imported)
