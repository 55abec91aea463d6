from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convolith import ops
from convolith.graph.tensor import Spec, Tensor
from tests.geometries import seeds
from tests.ops.plans import check_in_plan
from tests.ops.slopes import check_slopes

SIZES = {"a": 2, "b": 3, "c": 4, "d": 1, "e": 2}
UNKNOWN = Tensor(Spec((None, 3, 4), np.dtype(np.float32)))
letters = st.lists(st.sampled_from("abcde"), unique=True, max_size=3).map("".join)


def whole(*shapes, seed=0):
    """Arrays of small integers, whose sums of products are exact in whatever order."""
    numbers = np.random.default_rng(seed)
    return [numbers.integers(-9, 10, shape).astype(np.float64) for shape in shapes]


def same(result, expected):
    np.testing.assert_array_equal(result, expected, strict=True)


@settings(max_examples=30)
@given(terms=st.lists(letters, min_size=1, max_size=3), data=st.data(), arrow=st.booleans())
def test_einsum(terms, data, arrow):
    used = sorted(set("".join(terms)))
    result = data.draw(st.permutations(used)) if used else []
    result = result[: data.draw(st.integers(0, len(result)))]
    subscripts = ",".join(terms) + ("->" + "".join(result) if arrow else "")
    arrays = whole(*([SIZES[one] for one in term] for term in terms))
    same(ops.einsum(subscripts, *arrays), np.einsum(subscripts, *arrays))
    check_slopes(lambda *arrays: ops.einsum(subscripts, *arrays), *arrays)


@pytest.mark.parametrize(
    "subscripts, shapes",
    [
        ("ii", [(3, 3)]),
        ("ii->i", [(3, 3)]),
        ("iji->j", [(3, 2, 3)]),
        ("iij,j->i", [(3, 3, 2), (2,)]),
        ("...ij,...jk->...ik", [(5, 2, 3), (1, 3, 4)]),
        ("...ij,jk", [(5, 2, 3), (3, 4)]),
        ("i...,i...->...", [(3, 2, 2), (3, 2)]),
        ("... -> ...", [(2, 3)]),
        ("b...c,cd->b...d", [(2, 3, 4, 5), (5, 2)]),
        ("bqhd,bkhd->bhqk", [(2, 3, 2, 4), (2, 5, 2, 4)]),
        ("ab,bc,cd,d->a", [(2, 3), (3, 4), (4, 2), (2,)]),
        ("i,j->ji", [(2,), (3,)]),
        (" i j , j -> i ", [(2, 3), (3,)]),
        ("ij->", [(2, 0)]),
    ],
)
def test_einsum_by_example(subscripts, shapes):
    arrays = whole(*shapes)
    same(ops.einsum(subscripts, *arrays), np.einsum(subscripts, *arrays))
    check_slopes(lambda *arrays: ops.einsum(subscripts, *arrays), *arrays)
    check_in_plan(lambda *arrays: ops.einsum(subscripts, *(x * 2 for x in arrays)), *arrays)


@given(axes=st.integers(0, 2) | st.sampled_from([(1, 0), [[0, 2], [1, 2]], ((-1,), (-1,)), ([], [])]))
def test_tensordot(axes):
    x1, x2 = whole((2, 3, 4), (3, 2, 4))
    x2 = x2.transpose(2, 0, 1) if axes == 1 else np.ascontiguousarray(x2[..., :5]) if axes != 2 else x2.reshape(3, 4, 2)
    same(ops.tensordot(x1, x2, axes), np.tensordot(x1, x2, axes))
    check_slopes(lambda x1, x2: ops.tensordot(x1, x2, axes), x1, x2)


@pytest.mark.parametrize(
    "shapes",
    [
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3, 4)),
        ((2, 3), (4, 3, 2)),
        ((), (2,)),
        ((2, 2, 3), (2, 3, 4)),
    ],
)
def test_dot(shapes):
    x1, x2 = whole(*shapes)
    same(ops.dot(x1, x2), np.dot(x1, x2))
    check_slopes(ops.dot, x1, x2)


@pytest.mark.parametrize("shapes", [((3,), (2,)), ((2, 2), (3,)), ((), (2,)), ((0,), (2,))])
def test_outer(shapes):
    x1, x2 = whole(*shapes)
    same(ops.outer(x1, x2), np.outer(x1, x2))
    check_slopes(ops.outer, x1, x2)


def test_unknown_batches():
    kernel = np.ones((4, 5), np.float32)
    assert ops.einsum("bij,jk->bik", UNKNOWN, kernel).shape == (None, 3, 5)
    assert ops.einsum("bij,bkj->bik", UNKNOWN, UNKNOWN).shape == (None, 3, 3)
    assert ops.einsum("bij,ij->b", UNKNOWN, np.ones((3, 4))).shape == (None,)
    assert ops.tensordot(UNKNOWN, kernel, 1).shape == (None, 3, 5) and ops.dot(UNKNOWN, kernel).shape == (None, 3, 5)
    assert ops.einsum("bij->ijb", UNKNOWN).shape == (3, 4, None)
    with pytest.raises(ValueError, match="einsum: a batch size that is not known must come first"):
        ops.einsum("hij,hjbk->hibk", np.ones((2, 3, 4)), Tensor(Spec((2, 4, None, 5), np.dtype("f4"))))


@pytest.mark.parametrize(
    "subscripts, shapes, message",
    [
        ("ij", [(2, 3), (3,)], "subscripts must name 2 operands, got 'ij'"),
        ("ij,j->k", [(2, 3), (3,)], "the result must have letters of the operands, each once"),
        ("ij,j->ii", [(2, 3), (3,)], "the result must have letters of the operands, each once"),
        ("ijk", [(2, 3)], "must name each axis, got 'ijk' for 2 axes"),
        ("i", [(2, 3)], "must name each axis, got 'i' for 2 axes"),
        ("i1", [(2, 3)], "must name each axis, got 'i1' for 2 axes"),
        (
            "ij,j",
            [(2, 3), (2,)],
            r"axes of x1 and x2 .* must have one size, got shapes \(2, 3\), \(2,\)",
        ),
        ("ii", [(2, 3)], r"axes of one letter must have one size, got \(2, 3\) for 'i'"),
    ],
)
def test_what_einsum_refuses(subscripts, shapes, message):
    with pytest.raises(ValueError, match=f"einsum: .*{message}"):
        ops.einsum(subscripts, *map(np.ones, shapes))


def test_what_the_others_refuse():
    x = np.ones((2, 3))
    for axes in (3, -1):
        with pytest.raises(ValueError, match="tensordot: axes must be at most the axes of"):
            ops.tensordot(x, x, axes)
    with pytest.raises(ValueError, match="tensordot: axes must name as many of x1 as of x2"):
        ops.tensordot(x, x, ((0, 1), (0,)))
    for axes in (((0, 0), (0, 1)), (2, 0)):
        with pytest.raises(ValueError, match="tensordot: axes must name different axes of the 2 that x1 has"):
            ops.tensordot(x, x, axes)
    for function in (lambda: ops.tensordot(x, x, 1), lambda: ops.dot(x, x)):
        with pytest.raises(ValueError, match="(tensordot|dot): axes of x1 and x2 that are multiplied must have"):
            function()


@given(st.lists(st.integers(1, 3), max_size=2), st.integers(1, 4), st.lists(st.integers(1, 3), max_size=2), seeds)
def test_dot_of_drawn_shapes(before, length, after, seed):
    x1, x2 = whole((*before, length), (*after, length), seed=seed)
    if after:
        x2 = np.moveaxis(x2, -1, -2)
    same(ops.dot(x1, x2), np.dot(x1, x2))
    check_slopes(ops.dot, x1, x2)
