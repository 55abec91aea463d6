"""Keras's ``keras.tree``: nested lists, tuples and dicts; dicts sorted by keys, OrderedDicts as they are."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["assert_same_structure", "flatten", "flatten_with_path", "is_nested", "map_structure", "pack_sequence_as"]


def __dir__() -> list[str]:
    return sorted(__all__)


def is_nested(structure: Any) -> bool:
    """Tell lists, tuples, named tuples and dicts from anything else, which a user's own class of theirs is, too.

    Source:
        keras.tree.is_nested.

    Example:
        >>> from convolith.tree import is_nested
        >>> is_nested({"a": 1}), is_nested("a")
        (True, False)
    """
    return _kind(structure) is not None


def flatten_with_path(structure: Any) -> list[tuple[tuple[Any, ...], Any]]:
    """Return what is nested, each with the keys and places that lead to it.

    Source:
        keras.tree.flatten_with_path.

    Example:
        >>> from convolith.tree import flatten_with_path
        >>> flatten_with_path({"b": 1, "a": [2, 3]})
        [(('a', 0), 2), (('a', 1), 3), (('b',), 1)]
    """
    if not is_nested(structure):
        return [((), structure)]
    return [((key, *path), leaf) for key, item in _items(structure) for path, leaf in flatten_with_path(item)]


def flatten(structure: Any) -> list[Any]:
    """Return what is nested as one list.

    Source:
        keras.tree.flatten.

    Example:
        >>> from convolith.tree import flatten
        >>> flatten({"b": 1, "a": [2, (3,)]})
        [2, 3, 1]
    """
    return [leaf for _, leaf in flatten_with_path(structure)]


def map_structure(func: Callable[..., Any], *structures: Any, none_is_leaf: bool = True) -> Any:
    """Apply a function to what is nested, at each place of all structures, and return the results nested likewise.

    Args:
        func: of as many arguments as there are structures.
        structures: nested alike.
        none_is_leaf: whether the function gets None, too; otherwise None, which must be in all of them, stays.

    Raises:
        TypeError: there is no structure.
        ValueError: they are nested otherwise.

    Source:
        keras.tree.map_structure.

    Example:
        >>> from convolith.tree import map_structure
        >>> map_structure(lambda a, b: a + b, {"x": [1, 2]}, {"x": [10, 20]})
        {'x': [11, 22]}
    """
    if not structures:
        raise TypeError("map_structure: at least one structure is needed, got none")
    first, *others = structures
    for other in others:
        assert_same_structure(first, other)
    rows = zip(*(_leaves_along(first, each) for each in structures), strict=True)
    return pack_sequence_as(first, [_applied(func, row, none_is_leaf) for row in rows])


def pack_sequence_as(structure: Any, flat_sequence: Any) -> Any:
    """Nest what ``flatten`` returned, or as many other things, as a structure is nested.

    Args:
        structure: how.
        flat_sequence: a list or tuple.

    Raises:
        TypeError: that is none.
        ValueError: it has more or less than the structure holds.

    Source:
        keras.tree.pack_sequence_as.

    Example:
        >>> from convolith.tree import pack_sequence_as
        >>> pack_sequence_as({"b": 0, "a": (0, 0)}, [1, 2, 3])
        {'b': 3, 'a': (1, 2)}
    """
    if not isinstance(flat_sequence, (list, tuple)):
        raise TypeError(f"pack_sequence_as: flat_sequence must be a list or tuple, got {flat_sequence!r}")
    places = len(flatten(structure))
    if places != len(flat_sequence):
        raise ValueError(f"pack_sequence_as: the structure holds {places}, and the sequence {len(flat_sequence)}")
    return _packed(structure, iter(flat_sequence))


def assert_same_structure(a: Any, b: Any, check_types: None = None) -> None:
    """Check that two structures are nested alike: lists, tuples and dicts of the same lengths and keys.

    Named tuples are alike where their class is the same; dicts of any kind are, in whatever order their keys are.

    Args:
        a: one.
        b: the other.
        check_types: of no effect; Keras's.

    Raises:
        ValueError: they are not; the text tells the place.

    Source:
        keras.tree.assert_same_structure.

    Example:
        >>> from convolith.tree import assert_same_structure
        >>> assert_same_structure({"a": [1, 2]}, {"a": [3, 4]})
        >>> assert_same_structure({"a": [1, 2]}, {"a": [3]})
        Traceback (most recent call last):
        ValueError: assert_same_structure: structure['a'] has [0, 1] in one and [0] in the other
    """
    _check_alike(a, b, "structure")


def _kind(structure: Any) -> type | None:
    """Return what nests it: list, tuple or dict, or the class of a named tuple; None for what is not nested."""
    own = type(structure)
    if own in (OrderedDict, defaultdict):
        return dict
    return own if own in (list, tuple, dict) or (issubclass(own, tuple) and hasattr(own, "_fields")) else None


def _applied(func: Callable[..., Any], row: tuple[Any, ...], none_is_leaf: bool) -> Any:
    without = [leaf is None for leaf in row]
    if none_is_leaf or not any(without):
        return func(*row)
    if not all(without):
        raise ValueError(f"map_structure: None must be in all structures or in none, got {row!r:.100}")
    return None


def _items(structure: Any) -> list[tuple[Any, Any]]:
    if isinstance(structure, OrderedDict):
        return list(structure.items())
    return sorted(structure.items()) if isinstance(structure, dict) else list(enumerate(structure))


def _leaves_along(structure: Any, other: Any) -> Iterator[Any]:
    """Give what is nested in another structure, in the order in which ``flatten`` goes through the first."""
    if not is_nested(structure):
        yield other
        return
    for key, item in _items(structure):
        yield from _leaves_along(item, other[key])


def _packed(structure: Any, leaves: Iterator[Any]) -> Any:
    kind = _kind(structure)
    if kind is None:
        return next(leaves)
    found = {key: _packed(item, leaves) for key, item in _items(structure)}
    if kind is dict:
        pairs = [(key, found[key]) for key in structure]
        own = type(structure)
        return defaultdict(structure.default_factory, pairs) if own is defaultdict else own(pairs)
    return kind(found.values()) if kind in (list, tuple) else kind(*found.values())


def _check_alike(a: Any, b: Any, place: str) -> None:
    kind = _kind(a)
    if kind is not _kind(b):
        raise ValueError(f"assert_same_structure: {place} is {a!r:.100} in one and {b!r:.100} in the other")
    if kind is None:
        return
    here, there = dict(_items(a)), dict(_items(b))
    if set(here) != set(there):
        raise ValueError(f"assert_same_structure: {place} has {list(here)} in one and {list(there)} in the other")
    for key, item in here.items():
        _check_alike(item, there[key], f"{place}[{key!r}]")
