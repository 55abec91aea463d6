"""HDF5 files of others, read with care: no link leads out of the file, and no array is larger than what it is for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, takewhile
from typing import Any

import numpy as np

LARGEST_RATIO = 100  # weights do not shrink to less than a hundredth


def h5py(what: str) -> Any:
    """Return the package h5py.

    Args:
        what: it is needed for, for the message.

    Raises:
        ImportError: it is not installed.
    """
    try:
        import h5py
    except ImportError:
        raise ImportError(f'{what} needs h5py: pip install "convolith[keras]"') from None
    return h5py


@contextmanager
def opened(file: Any, what: str) -> Iterator[Any]:
    """Open an HDF5 file for reading, within a ``with`` block.

    Args:
        file: a path, or a binary file object.
        what: is read, for the messages.

    Raises:
        ImportError: h5py is not installed.
        ValueError: it is no HDF5 file, or damaged, at whatever point of the block that shows.
    """
    package = h5py(f"reading {what}")
    try:
        with package.File(file, "r") as root:
            yield root
    except FileNotFoundError:
        raise
    except (OSError, RuntimeError, KeyError) as error:
        raise ValueError(f"{what} is damaged, or no HDF5 file: {error}") from error


def member(parent: Any, path: str) -> Any:
    """Return the group or dataset at a path below a group; None where there is none.

    Raises:
        ValueError: the path leads through a link to elsewhere.
    """
    package = h5py("reading HDF5")
    here = parent
    for part in path.split("/"):
        name = part.encode()
        if not isinstance(here, package.Group) or not name or not here.id.links.exists(name):
            return None
        if here.id.links.get_info(name).type != package.h5l.TYPE_HARD:
            raise ValueError(f"{part!r} in {here.name} is a link to elsewhere, which is not followed")
        here = here[part]
    return here


def group(parent: Any, path: str) -> Any:
    """Return the group at a path; None where there is none.

    Raises:
        ValueError: there is something else, or a link.
    """
    found = member(parent, path)
    if found is not None and not isinstance(found, h5py("reading HDF5").Group):
        raise ValueError(f"{found.name} should be a group, and is none")
    return found


def dataset(parent: Any, path: str) -> Any:
    """Return the dataset at a path, unread; None where there is none.

    Raises:
        ValueError: there is something else, a link, a dataset whose values lie elsewhere, or one of no numbers.
    """
    found = member(parent, path)
    if found is None:
        return None
    if not isinstance(found, h5py("reading HDF5").Dataset):
        raise ValueError(f"{found.name} should be a dataset, and is none")
    if found.external or found.is_virtual:
        raise ValueError(f"{found.name} has its values in another place, which is not read")
    if found.dtype.kind not in "fiub" or "dtype" in found.attrs:
        raise ValueError(f"{found.name} must hold plain numbers, got {found.attrs.get('dtype', found.dtype)}")
    return found


def held(root: Any) -> int:
    """Return how many bytes the arrays in a file take up at most, whatever their dtype becomes.

    Args:
        root: the file, opened. What it states of its datasets counts up to LARGEST_RATIO times its own size.
    """
    package = h5py("reading HDF5")
    sizes: list[int] = []

    def visit(name: str, item: Any) -> None:
        if isinstance(item, package.Dataset):
            sizes.append(item.size or 0)  # none of an empty one

    root.visititems(visit)
    return min(8 * sum(sizes), LARGEST_RATIO * root.id.get_filesize())


def texts(parent: Any, name: str) -> list[str] | None:
    """Return a list of texts among a group's attributes; None where there is none.

    Keras splits a list that is too long for one attribute into ``name0``, ``name1`` and so on.

    Raises:
        ValueError: it is no list of texts.
    """
    numbered = takewhile(lambda part: part in parent.attrs, (f"{name}{number}" for number in count()))
    parts = [name] if name in parent.attrs else list(numbered)
    found = [item for part in parts for item in np.ravel(parent.attrs[part])]
    decoded = [item.decode("utf-8", "replace") if isinstance(item, bytes) else item for item in found]
    if not all(isinstance(item, str) for item in decoded):
        raise ValueError(f"the attribute {name} of {parent.name} must be a list of texts, got {found[:3]!r}")
    return [str(item) for item in decoded] if parts else None
