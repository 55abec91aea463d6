"""Nested structures, as Keras's own functions go through them."""

from collections import OrderedDict, defaultdict, namedtuple

import pytest

from convolith import tree

Pair, Twins = namedtuple("Pair", "left right"), namedtuple("Twins", "left right")


class Own(list):
    """A list of a user's own kind, which is no structure."""


STRUCTURES = [
    1, None, [], {}, (), [1, 2], {"b": 1, "a": [2, (3, None)]}, (1, {"x": 2}), [[[]], [1]], Pair(1, [2]),
    OrderedDict(z=1, y=2), defaultdict(list, b=1, a=[2, 3]), [Own([1, 2]), 3],
]  # fmt: skip


@pytest.mark.parametrize("structure", STRUCTURES)
def test_as_keras_does(keras, structure):
    for name in ("is_nested", "flatten", "flatten_with_path"):
        assert getattr(tree, name)(structure) == getattr(keras.tree, name)(structure), name
    found, expected = (each.map_structure(lambda leaf: (leaf,), structure) for each in (tree, keras.tree))
    assert found == expected and type(found) is type(expected)
    flat = list(range(len(tree.flatten(structure))))
    found, expected = (each.pack_sequence_as(structure, flat) for each in (tree, keras.tree))
    assert found == expected and type(found) is type(expected)


@pytest.mark.parametrize("none_is_leaf", [True, False])
def test_several_structures(keras, none_is_leaf):
    one, other = {"a": [1, None], "b": (3,)}, {"b": (30,), "a": [10, None]}
    for each in (tree, keras.tree):
        found = each.map_structure(lambda a, b: (a, b), one, other, none_is_leaf=none_is_leaf)
        assert found == {"a": [(1, 10), (None, None) if none_is_leaf else None], "b": ((3, 30),)}
    if not none_is_leaf:
        for each in (tree, keras.tree):
            with pytest.raises(ValueError, match="None"):
                each.map_structure(lambda a, b: (a, b), one, {"b": (30,), "a": [10, 2]}, none_is_leaf=False)


def sum_of(a, b):
    return a + b


def test_dicts_of_any_kind_go_by_their_keys(keras):
    kinds = [{"a": 1, "b": 2}, OrderedDict(b=20, a=10), defaultdict(int, b=200, a=100)]
    for one in kinds:
        for other in kinds:
            found, expected = (each.map_structure(sum_of, one, other) for each in (tree, keras.tree))
            assert found == expected and type(found) is type(expected)
            assert found == {key: value + other[key] for key, value in one.items()}
    assert tree.map_structure(abs, kinds[2]).default_factory is int


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        (Pair(1, 2), (1, 2), r"structure is Pair\(left=1, right=2\) in one and \(1, 2\) in the other"),
        ([Pair(1, 2)], [Twins(1, 2)], r"structure\[0\] is Pair\(left=1, right=2\) in one and Twins\(left=1, right=2\)"),
        ([1, 2], [1], r"structure has \[0, 1\] in one and \[0\] in the other"),
        ({"a": [1, 2]}, {"a": (1, 2)}, r"structure\['a'\] is \[1, 2\] in one and \(1, 2\) in the other"),
        ({"a": 1}, {"b": 1}, r"structure has \['a'\] in one and \['b'\] in the other"),
        ([1], 1, r"structure is \[1\] in one and 1 in the other"),
    ],
)
def test_what_is_nested_otherwise(keras, one, other, message):
    for first, second in ((one, other), (one, other)[::-1]):
        with pytest.raises(ValueError):
            keras.tree.assert_same_structure(first, second)
        with pytest.raises(ValueError, match="assert_same_structure: structure"):
            tree.assert_same_structure(first, second)
    with pytest.raises(ValueError, match=message):
        tree.map_structure(lambda a, b: a, one, other)


def test_refused():
    with pytest.raises(TypeError, match="map_structure: at least one structure is needed"):
        tree.map_structure(abs)
    with pytest.raises(TypeError, match="flat_sequence must be a list or tuple, got 3"):
        tree.pack_sequence_as([1], 3)
    with pytest.raises(ValueError, match="the structure holds 1, and the sequence 2"):
        tree.pack_sequence_as([1], [1, 2])
