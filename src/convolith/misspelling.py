"""What a misspelt name may have meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

LEAST_RATIO = 0.75  # of letters in common, as difflib counts them
LEAST_END = 4  # letters that tell what a name's end is meant for
WORD = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the nearest of some names; None where none is near.

    Where ``name`` has several words, it is the shortest that has them all, or all their letters in a row; else the
    nearest by the letters, whatever their case and underscores.

    Args:
        name: as it came.
        names: that are there. Of those with the same letters, one in the case of ``name`` goes first.

    Example:
        >>> from convolith.misspelling import nearest
        >>> nearest("acuracy", ["Precision", "Accuracy", "accuracy"])
        'accuracy'
    """
    from difflib import get_close_matches

    names = list(names)
    words, letters = _words(name), _letters(name)
    longer = [one for one in names if len(words) > 1 and (words < _words(one) or letters in _letters(one))]
    if longer:
        return min(longer, key=lambda one: (one.islower() != name.islower(), len(one)))
    spelt = _by_letters(name, names)
    near = get_close_matches(letters, spelt, n=1, cutoff=LEAST_RATIO)
    return spelt[near[0]] if near else None


def meant(name: str, names: Iterable[str]) -> list[str]:
    """Return all names that end in ``name``, if it has some letters; where none does, the nearest if there is one.

    Example:
        >>> from convolith.misspelling import meant
        >>> meant("crossentropy", ["binary_crossentropy", "categorical_crossentropy", "hinge"])
        ['binary_crossentropy', 'categorical_crossentropy']
    """
    names, end = list(names), _letters(name)
    longer = [one for letters, one in _by_letters(name, names).items() if letters.endswith(end)]
    longer = longer if len(end) >= LEAST_END else []
    near = None if longer else nearest(name, names)
    return longer if near is None else [near]


def one_of_these(names: Sequence[str]) -> str:
    """Word one name, or several of which one is meant."""
    *others, last = map(repr, names)
    return f"{', '.join(others)} or {last}" if others else last


def unknown_arguments(owner: str, given: Iterable[str], accepted: Iterable[str]) -> str:
    """Word the refusal of keyword arguments: what each may have meant, or which there are."""
    accepted, meant = sorted(accepted), []
    for name in sorted(given):
        near = nearest(name, accepted)
        meant.append(f"{name!r} (did you mean {near!r}?)" if near else repr(name))
    others = "" if all("?" in one for one in meant) else f"; it takes {', '.join(accepted)}"
    return f"{owner}: unknown keyword arguments {', '.join(meant)}{others}"


def _by_letters(name: str, names: Iterable[str]) -> dict[str, str]:
    """Return names by their letters, of those with the same the one in the case of ``name``."""
    found: dict[str, str] = {}
    for one in names:
        if _letters(one) not in found or one.islower() == name.islower() != found[_letters(one)].islower():
            found[_letters(one)] = one
    return found


def _words(name: str) -> set[str]:
    return {word.lower() for word in WORD.findall(name)}


def _letters(name: str) -> str:
    return name.replace("_", "").lower()
