"""What a misspelt name may have meant."""

from __future__ import annotations

from collections.abc import Iterable

LEAST_RATIO = 0.75  # of letters in common, as difflib counts them


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the nearest of some names by their letters, whatever their case and underscores; None where none is near.

    Args:
        name: as it came.
        names: that are there. Of those with the same letters, one in the case of ``name`` goes first.

    Example:
        >>> from convolith.misspelling import nearest
        >>> nearest("acuracy", ["Precision", "Accuracy", "accuracy"])
        'accuracy'
    """
    from difflib import get_close_matches

    by_letters: dict[str, list[str]] = {}
    for one in names:
        by_letters.setdefault(_letters(one), []).append(one)
    near = get_close_matches(_letters(name), by_letters, n=1, cutoff=LEAST_RATIO)
    return min(by_letters[near[0]], key=lambda one: one.islower() != name.islower()) if near else None


def _letters(name: str) -> str:
    return name.replace("_", "").lower()
