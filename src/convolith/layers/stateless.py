"""Calling a layer with other values in its weights, as a function without side effects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from convolith.graph.tensor import Tensor, Variable
from convolith.graph.trace import is_tracing
from convolith.layers.structure import flatten


class Stateless:
    """The part of ``Layer`` that calls it as a function of its weights."""

    built: bool
    trainable_variables: list[Variable]
    non_trainable_variables: list[Variable]
    states: list[Variable]

    if TYPE_CHECKING:  # what Layer has

        @property
        def losses(self) -> list[Any]: ...  # noqa: D102

        def who(self) -> str: ...  # noqa: D102

        def __call__(self, *args: Any, **kwargs: Any) -> Any: ...  # noqa: D102

    def stateless_call(
        self,
        trainable_variables: Any,
        non_trainable_variables: Any,
        *args: Any,
        return_losses: bool = False,
        **kwargs: Any,
    ) -> tuple[Any, ...]:
        """Call with other values in the weights, which are as before afterwards.

        Args:
            trainable_variables: arrays for ``self.trainable_variables``.
            non_trainable_variables: arrays for ``self.non_trainable_variables``.
            args: of the call: arrays.
            return_losses: whether to return ``losses`` too.
            kwargs: of the call.

        Returns:
            the outputs, the values that the call left in the non-trainable variables, and perhaps the losses.

        Raises:
            ValueError: the layer is not built, or the arrays are not as many or of other shapes.
            TypeError: something has no values yet.

        Source:
            keras.layers.Layer.stateless_call.

        Example:
            >>> import numpy as np
            >>> from convolith.layers import Dense
            >>> layer = Dense(1)
            >>> layer.build((None, 2))
            >>> layer.stateless_call([np.ones((2, 1)), np.zeros(1)], [], np.ones((1, 2)))
            (array([[2.]]), [])
        """
        if not self.built:
            raise ValueError(
                f"{self.who()}: stateless_call needs a layer that is built; call it, or build(input_shape)"
            )
        tensors = [value for value in flatten([args, kwargs]) if isinstance(value, Tensor)]
        if is_tracing() or any(not isinstance(tensor, Variable) for tensor in tensors):
            raise TypeError(
                f"{self.who()}: stateless_call computes with arrays, not with tensors that have no values yet"
            )
        groups = (
            ("trainable_variables", self.trainable_variables, trainable_variables),
            ("non_trainable_variables", self.non_trainable_variables, non_trainable_variables),
        )
        for name, own, given in groups:
            if len(own) != len(given):
                raise ValueError(f"{self.who()}: stateless_call: {name} must be {len(own)} arrays, got {len(given)}")
        values = [np.asarray(value) for _, _, given in groups for value in given]
        with _holding([*groups[0][1], *groups[1][1], *self.states], [*values, *(state.value for state in self.states)]):
            outputs = self(*args, **kwargs)
            changed = [variable.numpy() for variable in groups[1][1]]
            losses = ([np.asarray(loss) for loss in self.losses],) if return_losses else ()
        return outputs, changed, *losses


@contextmanager
def _holding(variables: list[Variable], values: list[np.ndarray]) -> Iterator[None]:
    """Let variables hold other values within a ``with`` block."""
    before = [variable.numpy() for variable in variables]
    try:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        yield
    finally:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
