"""No public operation is without tests of drawn arguments, of exact gradients, of errors, and against torch."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.ops.calls import CALLS, OF_SIZES
from tests.ops.test_every_op import PUBLIC, differentiable, names_of

ROOT = Path(__file__).parents[2]
# What torch has no function of: shapes without arrays, the question for tensors, and numbers drawn in another way.
NOT_IN_TORCH = {
    *["conv_output_shape", "conv_transpose_output_shape", "dropout", "explicit_padding", "is_tensor"],
    *["pool_output_shape", "receptive_field", "count_flops", "count_parameters", "output_shape"],
}
ON_GIVEN_ARRAYS = {"convert_to_numpy", "polar"}  # with torch, as their values have no roundings
NO_TENSORS = {"arange", "convert_to_numpy", "linspace"}  # which have no gradients then
NO_SLOPE = {"full", "full_like", "ones_like", "zeros_like"}  # torch does not differentiate by what fills them


@cache
def definitions(path: Path) -> dict[str, ast.AST | tuple[Path, str]]:
    """What a module's names stand for: statements of its own, or names of other modules of tests."""
    found: dict[str, ast.AST | tuple[Path, str]] = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found[node.name] = node
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found.update({target.id: node for target in targets if isinstance(target, ast.Name)})
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("convolith.ops"):
            found.update({name.asname or name.name: node for name in node.names})
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests."):
            source = ROOT / f"{(node.module or '').replace('.', '/')}.py"
            found.update({name.asname or name.name: (source, name.name) for name in node.names if source.exists()})
    return found


THEMSELVES = {"test_memory.py", "test_array_kinds.py"}  # where operations are compared with themselves
MARKS = {"torch", "vjp", "raises", "check_slopes", "compare_gradients"}


def mentioned(node: ast.AST) -> set[str]:
    """What a piece of a test names of the operations: ops.conv, image.resize, a table's keys and texts; and the marks.

    NumPy's and torch's functions of the same names, methods and other keywords do not count.
    """
    if isinstance(node, ast.Attribute):
        owner = getattr(node.value, "attr", getattr(node.value, "id", None))
        return {node.attr} if owner in ("ops", "image") or node.attr in MARKS else set()
    if isinstance(node, ast.ImportFrom):
        own = (node.module or "").startswith("convolith.ops")
        return {name.name for name in node.names} if own else set()
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict":
        return {keyword.arg for keyword in node.keywords if keyword.arg}
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    return {node.id} & MARKS if isinstance(node, ast.Name) else set()


def reached(path: Path, name: str) -> frozenset[str]:
    """Every operation and mark in a module's function and in all of the tests' modules that it comes to."""
    waiting, seen, names = [(path, name)], set(), set()
    while waiting:
        place = waiting.pop()
        statement = definitions(place[0]).get(place[1])
        if place in seen or statement is None:
            continue
        seen.add(place)
        if isinstance(statement, tuple):
            waiting.append(statement)
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                waiting.append((place[0], node.id))
            names |= mentioned(node)
        decorators = [getattr(one, "func", one) for one in getattr(statement, "decorator_list", [])]
        names |= {"given"} & {one.id for one in decorators if isinstance(one, ast.Name)}  # no variable of that name
    return frozenset(names)


@cache
def reaching(*marks: str) -> list[frozenset[str]]:
    """What each test of tests/ops reaches that reaches all the marks."""
    paths = [path for path in Path(__file__).parent.rglob("test_*.py") if not path.name.startswith("test_every")]
    paths = [path for path in paths if path.name not in THEMSELVES]
    tests = [reached(path, name) for path in paths for name in definitions(path) if name.startswith("test_")]
    return [names for names in tests if names.issuperset(marks)]


def of(name: str, *marks: str) -> list[frozenset[str]]:
    """The same of those tests that come to an operation."""
    return [names for names in reaching(*marks) if names & names_of(name)]


@pytest.mark.parametrize("name", PUBLIC)
def test_drawn_arguments_and_errors(name):
    assert of(name, "given"), f"no test under Hypothesis's @given calls {name}"
    if name in OF_SIZES:
        assert of(name, "raises"), f"no test of an error calls {name}"


@pytest.mark.parametrize("name", [name for name in CALLS if name not in NO_TENSORS])
def test_gradients_of_drawn_arguments(name):
    """Element by element, and not by what values grow by alone, which is one number for all of them."""
    if differentiable(name):
        exact = [names for names in of(name, "given", "vjp") if "check_slopes" not in names]
        assert exact, f"no test under @given compares the gradients of {name} with exact ones"


@pytest.mark.parametrize("name", [name for name in PUBLIC if "." not in name and name not in NOT_IN_TORCH])
def test_torch(name):
    marks = ["torch"] if name in ON_GIVEN_ARRAYS | set(OF_SIZES) else ["torch", "given"]
    assert of(name, *marks), f"no test in which torch is an oracle calls {name}"
    if name in CALLS and name not in NO_TENSORS | NO_SLOPE | ON_GIVEN_ARRAYS and differentiable(name):
        assert of(name, "torch", "vjp"), f"no test compares the gradients of {name} with torch's"


def test_what_a_test_reaches():
    """Through its module's tables and through other modules, but no other test."""
    names = reached(Path(__file__).parent / "test_elementwise_against_torch.py", "test_unary")
    assert names >= {"given", "torch", "compare_gradients", "vjp", "tanh"}
    assert not names & {"logaddexp", "check_slopes"}
    by_itself = reached(Path(__file__).parent / "test_array_kinds.py", "test_other_dtypes_become_floats_as_in_keras")
    assert "conv" in by_itself and "given" not in by_itself  # which is a variable there
