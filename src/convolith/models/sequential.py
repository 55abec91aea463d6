"""Models that are one layer after the other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from convolith import layers as layers_module
from convolith.graph.tensor import Tensor, Variable
from convolith.layers.call import named
from convolith.layers.input import InputLayer
from convolith.layers.layer import Layer
from convolith.layers.structure import is_shape
from convolith.layers.weights import only_none
from convolith.models.layer_graph import LayerGraph
from convolith.models.model import Model
from convolith.registry import custom_object_scope


class Sequential(Model):
    """A model that is one layer after the other.

    Where it starts with an ``Input`` (or its first layer has ``input_shape``) it is built as it grows; otherwise the
    first data that it sees decide the shape.

    Args:
        layers: layers, and an ``Input`` first if you like.
        trainable: whether training changes the weights.
        name: None takes ``sequential`` with a number.

    Raises:
        ValueError: something is no layer, a name comes twice, or a layer does not fit the one before.

    Source:
        keras.Sequential.

    Example:
        >>> from convolith import layers
        >>> from convolith.models import Sequential
        >>> model = Sequential([layers.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10)])
        >>> model.output_shape, model.count_params()
        ((None, 10), 7850)
    """

    def __init__(self, layers: Any = None, trainable: bool = True, name: str | None = None):
        super().__init__(name=name, trainable=trainable)
        self.casts_integers = False  # its layers do
        self._stack: list[Layer] = []
        self._chain: list[Any] = []  # the tensors that come out of the layers of the stack, once the shape is known
        if layers is not None and not isinstance(layers, Iterable):
            raise TypeError(f"{self.who()}: layers must be a list of layers, got {layers!r}")
        for layer in layers or ():
            self.add(layer)

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Append a layer.

        Args:
            layer: a layer; first, an ``Input`` too.
            rebuild: of no effect; Keras's.

        Raises:
            ValueError: it is no layer, its name is taken, or it does not fit the one before.
        """
        if isinstance(layer, Tensor) and layer.layer_call and isinstance(layer.layer_call.layer, InputLayer):
            layer = layer.layer_call.layer
        if not isinstance(layer, Layer):
            raise ValueError(f"{self.who()}: only layers can be added, got {layer!r} of type {type(layer).__name__}")
        if any(layer.name == other.name for other in self._stack):
            raise ValueError(f"{self.who()} has a layer named {layer.name!r} already; names must differ")
        if isinstance(layer, InputLayer):
            if self._stack:
                raise ValueError(f"{self.who()}: an Input can only come first, got {layer!r} after {self._stack[-1]!r}")
            self._start(layer)
        else:
            if not self._stack:
                self._start_from(layer)
            if self._chain:
                with named(self.name):
                    self._chain.append(layer(self._chain[-1]))
            self._stack.append(layer)
        self._structure_changed()

    def pop(self, rebuild: bool = True) -> Layer:
        """Remove the last layer, and return it; ``rebuild`` is of no effect.

        Raises:
            ValueError: there is none.
        """
        if not self.layers:
            raise ValueError(f"{self.who()} has no layers to pop")
        layer = self._stack.pop()
        self._chain = self._chain[:-1]
        self._structure_changed()
        return layer

    def build(self, input_shape: Any = None) -> None:
        """Build the layers for an input shape, with None for the batch.

        Raises:
            ValueError: there are no layers, the model was built for another shape, or a layer does not fit.
        """
        if not self.layers:
            raise ValueError(f"{self.who()} has no layers to build; add some")
        if self._chain:
            expected = self._stack[0].output.shape
            if input_shape is not None and tuple(input_shape)[1:] != expected[1:]:
                raise ValueError(f"{self.who()} was built for input shape {expected}, got {tuple(input_shape)}")
        elif not is_shape(input_shape):
            super().build(input_shape)
        else:
            stack, chain = self._stack, [InputLayer(batch_shape=(None, *input_shape[1:]), dtype=self._stack[0].dtype)]
            tensors = [chain[0].output]
            with named(self.name):
                for layer in stack:
                    tensors.append(layer(tensors[-1]))
            self._stack, self._chain = [*chain, *stack], tensors
            self._structure_changed()

    def _start(self, layer: InputLayer) -> None:
        self._stack, self._chain = [layer], [layer.output]

    def _start_from(self, layer: Layer) -> None:
        """Take the input shape from the first layer where it knows one."""
        if layer.input_shape_argument is not None:
            self._start(InputLayer(layer.input_shape_argument, dtype=layer.dtype))
        elif isinstance(layer, Model) and layer._graph is not None and len(layer.inputs) == 1:
            self._start(InputLayer(batch_shape=layer.inputs[0].shape, dtype=layer.inputs[0].dtype))

    def _structure_changed(self) -> None:
        """Take the graph that belongs to the layers of now, and forget what was traced for the old ones."""
        self._graph = LayerGraph(self._chain[0], self._chain[-1]) if len(self._chain) > 1 else None
        self.built = self._graph is not None
        self._forget_plans()

    def call(self, inputs: Any, training: bool | None = None, mask: None = None) -> Any:
        """Call one layer after the other; there are no masks."""
        only_none(self.who(), mask=mask)
        if self._graph is not None:
            return self._graph.run(inputs)
        for layer in self.layers:
            inputs = layer(inputs)
        return inputs

    def _held(self) -> tuple[list[Variable], list[Layer]]:
        """Return the variables among the attributes, and the layers, without the input."""
        return super()._held()[0], [layer for layer in self._stack if not isinstance(layer, InputLayer)]

    @classmethod
    def takes_graph(cls) -> bool:
        """Tell that it is made from layers."""
        return False

    def get_config(self) -> dict[str, Any]:
        """Return what ``from_config`` makes the model from, without weights."""
        return {
            "name": self.name,
            "trainable": self.trainable,
            "layers": [layers_module.serialize(layer) for layer in self._stack],
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """Make a model from what ``get_config`` returned, with new weights; ``custom_objects`` as for ``load_model``.

        Raises:
            ValueError: the configuration is incomplete or names what does not exist.
        """
        if not isinstance(config.get("layers"), list):
            raise ValueError(f"the configuration of a Sequential needs a list 'layers', got the keys {sorted(config)}")
        with custom_object_scope(custom_objects):
            layers = [layers_module.REGISTRY.get(item) for item in config["layers"]]
        return cls(layers, trainable=config.get("trainable", True), name=config.get("name"))


layers_module.REGISTRY.entries["Sequential"] = Sequential
