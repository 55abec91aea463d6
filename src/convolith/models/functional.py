"""Models made from symbolic inputs and outputs."""

from __future__ import annotations

from typing import Any

from convolith.layers import REGISTRY
from convolith.models.model import Model
from convolith.registry import custom_object_scope


class Functional(Model):
    """What ``Model(inputs, outputs)`` makes; see ``Model``.

    Source:
        keras.Model (its functional form).

    Example:
        >>> from convolith import layers
        >>> from convolith.models import Model
        >>> inputs = layers.Input((4,))
        >>> type(Model(inputs, layers.Dense(2)(inputs))).__name__
        'Functional'
    """

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """Make a model from what ``get_config`` returned, with new weights; ``custom_objects`` as for ``load_model``.

        Raises:
            ValueError: the configuration is incomplete or names what does not exist.
        """
        from convolith.models.graph_config import model_of_graph

        with custom_object_scope(custom_objects):
            return model_of_graph(cls, config)


REGISTRY.entries["Functional"] = Functional
