"""Names to objects and back: what lets ``optimizer="adam"`` and a saved configuration mean the same class."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from typing import Any

from convolith.misspelling import meant, one_of_these

_names_given: Counter[str] = Counter()
_custom_objects: dict[str, Any] = {}
_registered: dict[str, Any] = {}  # a user's own classes and functions, by "package>name"
_own_first = False
_recorded: ContextVar[dict[str, Any] | None] = ContextVar("convolith_own_objects", default=None)


def snake_case(name: str) -> str:
    """Turn a class name into Keras's automatic name: ``MaxPooling2D`` into ``max_pooling2d``."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def as_call(made: Any) -> str:
    """Write an object as the call that makes it: its class, with what its ``get_config`` gives."""
    arguments = ", ".join(f"{name}={value!r}" for name, value in made.get_config().items())
    return f"{type(made).__name__}({arguments})"


def checked_name(owner: str, name: Any) -> str:
    """Return a name that came as an argument.

    Args:
        owner: of the name, for the message.
        name: what came.

    Raises:
        ValueError: it is no string, or "/" is in it, which parts the names of a path.
    """
    if not isinstance(name, str) or "/" in name:
        raise ValueError(f"{owner}: name must be a string without '/', got {name!r}")
    return name


def name_or_class(owner: str, name: str | None) -> str:
    """Return a name as ``checked_name`` does or, where there is none, the class's in snake case."""
    return (None if name is None else checked_name(owner, name)) or snake_case(owner)


def unique_number(prefix: str) -> int:
    """Return how often a name or number was asked for this prefix within the process, from 1."""
    _names_given[prefix] += 1
    return _names_given[prefix]


def unique_name(prefix: str) -> str:
    """Return ``prefix``, then ``prefix_1``, ``prefix_2`` ... within the process."""
    count = unique_number(prefix) - 1
    return f"{prefix}_{count}" if count else prefix


def forget_names() -> None:
    """Start the automatic names again from the first."""
    _names_given.clear()


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[Any], Any]:
    """Make a user's own class or function known, so that files that name it can be read.

    Args:
        package: of the user's; it comes before the name.
        name: None takes the class's or function's.

    Returns:
        a decorator that returns what it is given.

    Raises:
        ValueError: (by the decorator) a class has no ``get_config``, or another thing has the name already.

    Source:
        keras.saving.register_keras_serializable.

    Example:
        >>> from convolith.saving import registered_name
        >>> from convolith.utils import register_keras_serializable
        >>> @register_keras_serializable("lecture")
        ... def cubed(x):
        ...     return x**3
        >>> registered_name(cubed)
        'lecture>cubed'
    """

    def decorate(value: Any) -> Any:
        full = f"{package}>{name or value.__name__}"
        if isinstance(value, type) and not hasattr(value, "get_config"):
            raise ValueError(f"{full}: a class must define get_config to be saved")
        other = _registered.get(full)
        if other is not None and (other.__module__, other.__qualname__) != (value.__module__, value.__qualname__):
            raise ValueError(f"{full} is registered already, for {other!r}")
        _registered[full] = value  # run again in a notebook, the newest counts
        return value

    return decorate


def get_registered_object(
    name: str, custom_objects: dict[str, Any] | None = None, module_objects: dict[str, Any] | None = None
) -> Any:
    """Return a user's own class or function by the name under which it is known, or None.

    Args:
        name: such as "package>name", or a key of one of the dicts.
        custom_objects: looked in after the ``custom_object_scope``.
        module_objects: looked in last.

    Source:
        keras.saving.get_registered_object.

    Example:
        >>> from convolith.utils import get_registered_object
        >>> get_registered_object("mine", {"mine": len})
        <built-in function len>
    """
    for known in (_custom_objects, _registered, custom_objects or {}, module_objects or {}):
        if name in known:
            return known[name]
    return None


def get_registered_name(obj: Any) -> str:
    """Return the name under which a class or function was registered, or its own.

    Source:
        keras.saving.get_registered_name.

    Example:
        >>> from convolith.utils import get_registered_name
        >>> get_registered_name(len)
        'len'
    """
    return registered_name(obj) or obj.__name__


def name_of_own(obj: Any) -> str:
    """Return ``get_registered_name``; for a user's own, while these are recorded, a name that no other has."""
    if not is_recording():
        return get_registered_name(obj)
    full = _full_name(obj)
    return obj.__name__ if full is None else full


def get_custom_objects() -> dict[str, Any]:
    """Return the dict of names that stand for a user's own classes and functions; it may be changed.

    Source:
        keras.saving.get_custom_objects.
    """
    return _registered


def registered_name(value: Any) -> str | None:
    """Return the name under which a class or function was registered, or None."""
    return next((name for name, known in _registered.items() if known is value), None)


@contextmanager
def custom_object_scope(custom_objects: dict[str, Any] | None) -> Iterator[None]:
    """Let names in saved configurations stand for a user's own classes and functions within a ``with`` block.

    Args:
        custom_objects: from names to classes and functions; None for none.

    Source:
        keras.utils.custom_object_scope.
    """
    global _custom_objects
    before = _custom_objects
    _custom_objects = {**before, **(custom_objects or {})}
    try:
        yield
    finally:
        _custom_objects = before


@contextmanager
def file_scope(objects: dict[str, Any] | None) -> Iterator[None]:
    """Do the same while a file is read, where a plain name is always convolith's own if it has one of that name."""
    global _own_first
    before, _own_first = _own_first, True
    try:
        with custom_object_scope(objects):
            yield
    finally:
        _own_first = before


@contextmanager
def recording_own_objects() -> Iterator[dict[str, Any]]:
    """Give the user's own classes and functions that are serialized within a ``with`` block, by what they are named."""
    found: dict[str, Any] = {}
    token = _recorded.set(found)
    try:
        yield found
    finally:
        _recorded.reset(token)


def is_recording() -> bool:
    """Tell whether ``recording_own_objects`` is under way."""
    return _recorded.get() is not None


class ConfigMismatch(TypeError):
    """A configuration does not fit its class, which the message names."""


INTERNAL = "Wrapper"  # ends the names of what makes objects of functions


class Registry:
    """The objects of one kind (initializers, losses ...) under the names that Keras gives them."""

    def __init__(self, kind: str, entries: dict[str, Any], elsewhere: tuple[str, ...] = ()):
        """Keep the entries.

        Args:
            kind: words the errors.
            entries: every accepted name with its class or function.
            elsewhere: modules that add entries of their own, imported when a name is not among the others.
        """
        self.kind = kind
        self.entries = entries
        self.elsewhere = elsewhere

    def get(self, identifier: Any) -> Any:
        """Turn a name, a configuration, a class or an object into an object.

        Args:
            identifier: None (returned as it is); a name such as ``"adam"``; a configuration
                ``{"class_name": str, "config": dict}``, of a function ``{"class_name": "function", "config": name}``;
                a class (called without arguments); or any callable or object, returned as it is.

        Raises:
            ValueError: the name is unknown, or the configuration lacks ``class_name`` or does not fit the class.
        """
        if isinstance(identifier, str):
            entry = self.find(identifier)
            return entry() if isinstance(entry, type) else entry
        if isinstance(identifier, dict):
            if "class_name" not in identifier:
                raise ValueError(f"{self.kind}: a configuration needs the key 'class_name', got {identifier!r}")
            name, config = identifier["class_name"], identifier.get("config")
            if not isinstance(name, str):
                raise ValueError(f"{self.kind}: a configuration's class_name must be a string, got {name!r}")
            if name == "function":
                if not isinstance(config, str):
                    raise ValueError(f"{self.kind}: a function's config must be its name, got {config!r}")
                return self.find(config)
            entry = self.find(name)
            if not hasattr(entry, "from_config"):
                return entry
            try:
                return entry.from_config(config or {})
            except ConfigMismatch as error:
                raise ValueError(f"{self.kind}: {error}") from error
            except (TypeError, KeyError, AttributeError) as error:
                raise ValueError(f"{self.kind}: the config of {name} does not fit it: {error}") from error
        return identifier() if isinstance(identifier, type) else identifier

    def find(self, name: str) -> Any:
        """Return the class or function of that name; a ``custom_object_scope`` goes first.

        Args:
            name: as in ``entries``, or with a module before it ("module.mse"), as ``serialize`` writes what is no part
                of convolith: only a ``custom_object_scope`` answers that, by the whole name or by its last part.

        Raises:
            ValueError: there is none.
        """
        if name in _registered:
            return _registered[name]
        module, _, plain = name.rpartition(".")
        found = self._own(name)
        if found is None and not module:
            for one in self.elsewhere:
                import_module(one)
            found = self._own(name)
        if found is not None and _own_first:
            return found
        for key in (name, *_spellings(plain)):
            if key in _custom_objects:
                return _custom_objects[key]
        if module:
            raise ValueError(
                f"unknown {self.kind} {name!r}; it is not convolith's own: give it in custom_objects={{{plain!r}: ...}}"
            )
        if found is None:
            near = meant(name, [*self._names(), *(key for key in self.entries if not key.endswith(INTERNAL))])
            own = ", ".join(self._names())
            others = f"convolith has: {own}" if own else f"give it in custom_objects={{{plain!r}: ...}}"
            what = f"did you mean {one_of_these(near)}?" if near else others
            raise ValueError(f"unknown {self.kind} {name!r}; {what}")
        return found

    def _names(self) -> list[str]:
        """Name each entry once, as its class where there is a function of the same name, too."""
        found = {}
        for key, entry in self.entries.items():
            own = getattr(entry, "__name__", key)
            name = own if self._own(own) is entry else key
            if not name.endswith(INTERNAL) and (isinstance(entry, type) or snake_case(name) not in found):
                found[snake_case(name)] = name
        return sorted(found.values())

    def _own(self, name: str) -> Any:
        return next((self.entries[key] for key in _spellings(name) if key in self.entries), None)

    def name_of(self, value: Any) -> str:
        """Name a class or function; a user's own gets its module before it, and so is never taken for convolith's."""
        full = None if self._own(value.__name__) is value and registered_name(value) is None else _full_name(value)
        return value.__name__ if full is None else full

    def serialize(self, value: Any) -> Any:
        """Turn an object into what ``get`` takes back: None, a name (a function) or a configuration.

        Raises:
            ValueError: a function has no name that can be looked up again (a lambda).
        """
        if value is None or isinstance(value, (str, dict)):
            return value
        if hasattr(value, "get_config"):
            return {"class_name": self.name_of(type(value)), "config": value.get_config()}
        if not getattr(value, "__name__", "<lambda>").isidentifier():
            raise ValueError(f"{self.kind} {value!r} cannot be saved: give it a name (def) instead of a lambda")
        return self.name_of(value)


def _full_name(value: Any) -> str | None:
    """Return a user's own class's or function's name with its module, recorded if need be; None for convolith's."""
    registered, module = registered_name(value), str(getattr(value, "__module__", "numpy"))  # NumPy 1's ufuncs
    if registered is None and module.partition(".")[0] == "convolith":
        return None
    full = registered or f"{module}.{value.__name__}"
    recorded = _recorded.get()
    if recorded is not None:
        recorded[full] = value
    return full


def _spellings(name: str) -> tuple[str, ...]:
    return (name, snake_case(name), name.lower()) if name.isidentifier() else (name,)
