"""Nested lists, tuples and dicts."""

from collections import OrderedDict

from convolith.layers.structure import flatten, is_shape, map_structure

NESTED = {"b": [1, (2, 3)], "a": 4}


def test_dicts_go_by_their_keys():
    assert flatten(NESTED) == [4, 1, 2, 3]
    seen = []
    mapped = map_structure(lambda leaf: seen.append(leaf) or str(leaf), NESTED)
    assert mapped == {"b": ["1", ("2", "3")], "a": "4"}
    assert (list(mapped), seen) == (["b", "a"], [4, 1, 2, 3])
    assert flatten(OrderedDict(NESTED)) == [1, 2, 3, 4]
    assert flatten({"b": 1, 2: 3}) == [1, 3]


def test_shapes_are_told_from_lists_of_shapes():
    assert is_shape((None, 3))
    assert is_shape([2, 3])
    assert is_shape(())
    assert not is_shape([(None, 3), (None, 4)])
    assert not is_shape({"a": (None, 3)})
