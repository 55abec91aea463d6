"""Nested lists, tuples and dicts."""

from convolith.layers.structure import flatten, is_shape, map_structure

NESTED = {"b": [1, (2, 3)], "a": 4}


def test_flatten_and_map_keep_the_order():
    assert flatten(NESTED) == [1, 2, 3, 4]
    assert map_structure(str, NESTED) == {"b": ["1", ("2", "3")], "a": "4"}


def test_shapes_are_told_from_lists_of_shapes():
    assert is_shape((None, 3))
    assert is_shape([2, 3])
    assert is_shape(())
    assert not is_shape([(None, 3), (None, 4)])
    assert not is_shape({"a": (None, 3)})
