"""Every example in a docstring stands alone, as somebody who reads help() pastes it, and gives what it says."""

import doctest
import importlib
import pkgutil

import pytest

import convolith

MODULES = [module.name for module in pkgutil.walk_packages(convolith.__path__, "convolith.")]
MODULES.remove("convolith.__main__")  # runs the command


@pytest.mark.parametrize("name", MODULES)
def test_examples_run_with_no_names_but_those_they_import(name, tmp_path, monkeypatch, threads):
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    told: list[str] = []
    for example in doctest.DocTestFinder().find(module, name, globs={}):
        example.globs = {"__name__": "__main__"}
        doctest.DocTestRunner().run(example, out=told.append)
    assert not told, "".join(told)


def test_examples_are_found():
    finder = doctest.DocTestFinder()
    for name, least in (("convolith.layers.conv", 3), ("convolith.ops.conv", 1), ("convolith.utils.arrays", 2)):
        found = finder.find(importlib.import_module(name), name, globs={})
        assert sum(bool(example.examples) for example in found) >= least
