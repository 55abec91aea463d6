"""How a layer's ``build`` comes to its shapes: that of the first argument, or each by the name of its argument."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any


def marking_built(build: Callable[..., None]) -> Callable[..., None]:
    """Wrap a layer's ``build`` so that a layer which was built once, by whomever, is not built again."""

    @functools.wraps(build)
    def marked(self: Any, *args: Any, **kwargs: Any) -> None:
        build(self, *args, **kwargs)
        self.built = True
        names = arguments_of(build)
        if len(names) > 1:
            self._build_shape = dict(zip(names, args, strict=False)) | kwargs
        else:
            self._build_shape = next(iter([*args, *kwargs.values()]), None)

    return marked


def arguments_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """Name what a method takes besides ``self``, but for ``*args`` and ``**kwargs``."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    code = getattr(function, "__code__", None)
    return () if code is None else code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]


def several_shapes(layer: Any, shapes: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what a ``build(self, a_shape, b_shape)`` takes, for a ``call(self, a, b)``; None where it takes one shape.

    Args:
        layer: whose ``build`` it is.
        shapes: of the arguments of ``call`` by their names; None for those without.

    Raises:
        ValueError: a name of ``build`` is not that of an argument of ``call`` with ``_shape`` behind it.

    Source:
        keras.layers.Layer.build.
    """
    names, arguments = arguments_of(type(layer).build), arguments_of(type(layer).call)
    if len(names) < 2:
        return None
    for name in names:
        if name.removesuffix("_shape") == name or name.removesuffix("_shape") not in arguments:
            raise ValueError(
                f"build takes {name!r}, but of several shapes each must be named as an argument of call, which has "
                f"{[*arguments]}, with '_shape' behind it"
            )
    given = {name: shapes.get(name.removesuffix("_shape")) for name in names}
    return {name: shape for name, shape in given.items() if shape is not None}
