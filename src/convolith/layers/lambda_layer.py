"""Any function as a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convolith.layers.call import takes
from convolith.layers.layer import Layer
from convolith.layers.weights import only_none
from convolith.registry import Registry

FUNCTIONS = Registry("function", {})  # only what a user names in custom_objects: files hold no code


class Lambda(Layer):
    """A function of tensors as a layer; it is traced, so it computes with ``convolith.ops`` and Python operators.

    Args:
        function: called with the inputs, the ``arguments``, and ``training`` if it names that.
        output_shape: of no effect: shapes are found by tracing.
        mask: None; convolith has no masks.
        arguments: further keyword arguments of the function.
        kwargs: ``name``, ``dtype``, ``input_shape``.

    Raises:
        TypeError: ``function`` cannot be called, or ``arguments`` is no dict.
        ValueError: ``mask`` is given, or the layer is saved with a function that has no name of its own.

    Source:
        keras.layers.Lambda.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Lambda
        >>> Lambda(lambda x: x**2)(np.array([1.0, 3.0])).tolist()
        [1.0, 9.0]
    """

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        mask: None = None,
        arguments: dict[str, Any] | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        only_none(self.who(), mask=mask)
        if not callable(function):
            raise TypeError(f"{self.who()}: function must be callable, got {function!r}")
        if not isinstance(arguments, (dict, type(None))):
            raise TypeError(f"{self.who()}: arguments must be a dict, got {arguments!r}")
        self.function = function
        self.arguments = dict(arguments or {})
        self.output_shape_argument = output_shape
        self._wants_training = takes(function, "training")

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Call the function."""
        more = {"training": training} if self._wants_training else {}
        return self.function(inputs, **self.arguments, **more)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; the function by its name, which ``custom_objects`` answers for."""
        try:
            function = FUNCTIONS.serialize(self.function)
        except ValueError as error:
            raise ValueError(f"{self.who()}: {error}") from None
        return {**super().get_config(), "function": function, "arguments": self.arguments}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a layer from what ``get_config`` returned.

        Raises:
            ValueError: the function is not among the ``custom_objects``.
        """
        return cls(**{**config, "function": FUNCTIONS.get(config["function"])})
