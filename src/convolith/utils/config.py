"""Named values of a program, such as its settings: a dict whose entries are attributes too."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, MutableMapping
from difflib import get_close_matches
from typing import Any


class Config(MutableMapping[str, Any]):
    """Named values, read and set as attributes or as in a dict, and frozen when they shall not change any more.

    Args:
        kwargs: the first entries.

    Raises:
        ValueError: an entry is changed, added or removed while it is frozen.
        AttributeError: there is no entry of that name; the text names one that is similar.

    Source:
        keras.utils.Config.

    Example:
        >>> from convolith.utils import Config
        >>> config = Config(learning_rate=0.1)
        >>> config.seed = 3
        >>> config["seed"], config.learning_rate, config.to_json()
        (3, 0.1, '{"learning_rate": 0.1, "seed": 3}')
        >>> config.freeze()
        >>> config.seed = 4
        Traceback (most recent call last):
            ...
        ValueError: Config: seed cannot be set: the config is frozen
    """

    _config: dict[str, Any]
    _frozen: bool

    def __init__(self, **kwargs: Any):
        object.__setattr__(self, "_config", kwargs)
        object.__setattr__(self, "_frozen", False)

    @property
    def frozen(self) -> bool:
        """Whether the entries are kept as they are."""
        return self._frozen

    def freeze(self) -> None:
        """Keep the entries as they are from now on."""
        object.__setattr__(self, "_frozen", True)

    def unfreeze(self) -> None:
        """Let the entries be changed again."""
        object.__setattr__(self, "_frozen", False)

    def as_dict(self) -> dict[str, Any]:
        """Return a dict of the entries, a copy whose values are the same objects."""
        return copy.copy(self._config)

    def to_json(self) -> str:
        """Return the entries as a JSON object.

        Raises:
            TypeError: a value is none that JSON has.
        """
        return json.dumps(self._config)

    def _check(self, name: str, change: str) -> None:
        if self._frozen:
            raise ValueError(f"Config: {name} cannot be {change}: the config is frozen")

    def __getitem__(self, name: str) -> Any:
        return self._config[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._check(name, "set")
        self._config[name] = value

    def __delitem__(self, name: str) -> None:
        self._check(name, "removed")
        del self._config[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._config))

    def __len__(self) -> int:
        return len(self._config)

    def __getattr__(self, name: str) -> Any:
        entries = self.__dict__.get("_config", {})  # which an object that is being copied does not have yet
        if name in entries:
            return entries[name]
        similar = get_close_matches(name, entries, n=1, cutoff=0.7)
        hint = f"; there is {similar[0]!r}" if similar else ""
        raise AttributeError(f"Config: there is no entry {name!r}{hint}")

    def __setattr__(self, name: str, value: Any) -> None:
        if hasattr(type(self), name):
            raise AttributeError(f"Config: {name!r} is a method's name; for an entry use config[{name!r}]")
        self[name] = value

    def __delattr__(self, name: str) -> None:
        if name not in self._config:
            raise AttributeError(f"Config: there is no entry {name!r}")
        del self[name]

    def __repr__(self) -> str:
        return f"<Config {self._config}>"
