"""The examples are short, say what came out of them, and use names that there are."""

import ast
import importlib
import re
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.py"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example(path):
    text = path.read_text()
    tree = ast.parse(text)
    assert len(text.splitlines()) <= 120
    assert re.search(r"accuracy.*\b0\.\d\d", ast.get_docstring(tree), re.DOTALL)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = importlib.import_module(node.module)
            assert all(hasattr(module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            assert all(importlib.import_module(alias.name) for alias in node.names)


def test_there_are_examples():
    assert {path.stem for path in EXAMPLES} >= {"lenet5_fashion_mnist", "transfer_learning"}
