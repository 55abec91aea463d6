"""The base of all models: a layer that is made of layers, and that can be trained."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from convolith.graph.tensor import Tensor, Variable
from convolith.layers.call import inside_call
from convolith.layers.layer import Layer
from convolith.layers.structure import is_shape
from convolith.layers.weights import unique
from convolith.models.layer_graph import LayerGraph
from convolith.models.shapes import shapes_of, symbolic
from convolith.models.storing import Stored
from convolith.models.training import Trainer
from convolith.registry import custom_object_scope

# Methods of Keras's by which a subclass changes how it is trained, and which convolith does not call.
NEVER_CALLED = (
    "make_train_function", "make_test_function", "make_predict_function",
)  # fmt: skip


class Model(Trainer, Stored, Layer):
    """A layer with training: ``Model(inputs, outputs)`` from symbolic tensors, or a subclass with ``call``.

    Args:
        inputs: symbolic tensors (see ``Input``), one, a list or a dict.
        outputs: what was computed from them, one, a list or a dict.
        name: None takes ``functional`` (or the subclass's name) with a number.
        trainable: whether training changes the weights.
        kwargs: as for ``Layer``.

    Raises:
        ValueError: the outputs do not come from the inputs, or two layers have the same name.

    Source:
        keras.Model.

    Example:
        >>> from convolith import layers
        >>> from convolith.models import Model
        >>> inputs = layers.Input((4,))
        >>> model = Model(inputs, layers.Dense(2)(inputs))
        >>> model.count_params()
        10
    """

    _graph: LayerGraph | None = None

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        for name in NEVER_CALLED:
            if name in vars(cls):
                raise TypeError(
                    f"{cls.__name__} defines {name}, which would never be called: convolith has no {name} yet; "
                    f"define call, and give losses, metrics and the optimizer to compile"
                )

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make a ``Functional`` where inputs and outputs are given."""
        if cls is Model and (len(args) >= 2 or "outputs" in kwargs):
            from convolith.models.functional import Functional

            cls = Functional
        return super().__new__(cls, *args, **kwargs)

    def __init__(self, inputs: Any = None, outputs: Any = None, name: str | None = None, **kwargs: Any):
        Layer.__init__(self, name=name, **kwargs)
        self._start_trainer()
        if (inputs is None) != (outputs is None):
            raise ValueError(f"{self.who()}: give both inputs and outputs, or neither")
        if inputs is not None:
            self._graph = LayerGraph(inputs, outputs)
            self.casts_integers = False  # its layers do, and the inputs say what they take
            self.built = True
            if not self._trainable:
                self.trainable = False

    def build(self, input_shape: Any) -> None:
        """Make the weights of a model that has no inputs yet, by going through it symbolically.

        Args:
            input_shape: with None for the batch; a list or dict of them for several inputs.

        Raises:
            ValueError: the shape does not fit a layer.
        """
        if self._graph is None:
            shapes = input_shape if isinstance(input_shape, dict) or not is_shape(input_shape) else tuple(input_shape)
            self.output_specs(symbolic(shapes, self.dtype))

    def get_build_config(self) -> dict[str, Any] | None:
        """Return the shape of the inputs, as {"input_shape": ...}; None for a model that has not seen any yet.

        Source:
            keras.Model.get_build_config.

        Example:
            >>> from convolith.layers import Dense, Input
            >>> from convolith.models import Model
            >>> inputs = Input((4,))
            >>> Model(inputs, Dense(2)(inputs)).get_build_config()
            {'input_shape': (None, 4)}
        """
        return super().get_build_config() if self._graph is None else {"input_shape": shapes_of(self.input)}

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Compute the outputs; subclasses define it, unless they are made from inputs and outputs."""
        if self._graph is None:
            raise NotImplementedError(f"{self.who()} must define call(inputs)")
        return self._graph.run(inputs)

    def only_steps(self) -> bool:
        """Tell a model that says how it is trained, but has no ``call``: a pair of networks, say."""
        own = self.defines("train_step") or self.defines("test_step")
        return own and self._graph is None and type(self).call is Model.call

    def output_specs(self, inputs: Any) -> Any:
        """Go through the model symbolically, building what is not built, and return the outputs."""
        with inside_call(None, self.name):
            return self.call(inputs)

    @classmethod
    def takes_graph(cls) -> bool:
        """Tell whether a class is made from inputs and outputs: its constructor takes these and a name, or anything."""
        found = inspect.getfullargspec(cls.__init__)
        anything = found.varargs and found.varkw and not found.args[1:] and not found.kwonlyargs
        return found.args[1:] == ["inputs", "outputs", "name"] or bool(anything)

    def is_functional(self) -> bool:
        """Tell a model of symbolic inputs and outputs whose class is made from them, as ``Model`` is."""
        return self._graph is not None and self.takes_graph()

    def defines_config(self) -> bool:
        """Tell whether the class says itself what its constructor's arguments were."""
        return type(self).get_config not in (Layer.get_config, Model.get_config)

    def get_config(self) -> dict[str, Any]:
        """Return what ``from_config`` makes the model from, without weights: its graph, or a subclass's arguments.

        Raises:
            NotImplementedError: a subclass has arguments that are no plain values and defines no ``get_config``.
            ValueError: something in the graph cannot be saved.
        """
        if not self.is_functional():
            return super().get_config()
        from convolith.models.graph_config import graph_to_config

        return {"name": self.name, "trainable": self.trainable, **graph_to_config(self._needs_graph())}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """Make a model from what ``get_config`` returned, with new weights; ``Model`` itself makes a ``Functional``.

        Args:
            config: what ``get_config`` returned.
            custom_objects: the user's own classes and functions that the model uses, by name.

        Raises:
            ValueError: the configuration is incomplete or names what does not exist.
        """
        with custom_object_scope(custom_objects):
            if "steps" not in config or not cls.takes_graph():
                return super().from_config(config)
            from convolith.models.graph_config import model_of_graph

            return model_of_graph(cls, config)

    # What the model is made of.

    def _held(self) -> tuple[list[Variable], list[Layer]]:
        """Return the variables among the attributes; the layers of the graph, then those among the attributes."""
        variables, layers = super()._held()
        return variables, layers if self._graph is None else unique([*self._graph.layers, *layers])

    def sublayers_by_path(self) -> dict[str, Layer]:
        """Return the same by the names under which weights are saved, which do not depend on what else was made."""
        paths: dict[str, Layer] = {}
        counts: dict[str, int] = {}
        for layer in self.layers:
            kind = type(layer).__name__
            counts[kind] = counts.get(kind, -1) + 1
            paths[f"layers/{kind}_{counts[kind]}"] = layer
        if self._graph is None:
            return super().sublayers_by_path()
        known = {id(layer) for layer in paths.values()}
        return paths | {path: layer for path, layer in super().sublayers_by_path().items() if id(layer) not in known}

    @property
    def layers(self) -> list[Layer]:
        """The layers, an ``InputLayer`` for each input first."""
        return self.sublayers()

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer.

        Args:
            name: its name, or
            index: its place in ``layers``.

        Raises:
            ValueError: there is no such layer, or not just one of the two is given.
        """
        layers = self.layers
        if (name is None) == (index is None):
            raise ValueError(f"{self.who()}: get_layer needs either a name or an index")
        if index is not None:
            if not 0 <= index < len(layers):
                raise ValueError(f"{self.who()} has {len(layers)} layers, there is no layer {index}")
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        raise ValueError(f"{self.who()} has no layer {name!r}; it has {[layer.name for layer in layers]}")

    def _needs_graph(self) -> LayerGraph:
        if self._graph is None:
            raise AttributeError(f"{self.who()} has no defined inputs and outputs yet")
        return self._graph

    @property
    def inputs(self) -> list[Tensor]:
        """The symbolic inputs."""
        return self._needs_graph().inputs

    @property
    def outputs(self) -> list[Tensor]:
        """The symbolic outputs."""
        return self._needs_graph().outputs

    @property
    def input(self) -> Any:
        """The symbolic input, or their list or dict."""
        return self._needs_graph().input_structure

    @property
    def output(self) -> Any:
        """The symbolic output, or their list or dict."""
        return self._needs_graph().output_structure

    @property
    def input_shape(self) -> Any:
        """Shape of the input (with None for the batch), or the list of the shapes of ``inputs``."""
        return shapes_of(self.inputs)

    @property
    def output_shape(self) -> Any:
        """Shape of the output (with None for the batch), or the list of the shapes of ``outputs``."""
        return shapes_of(self.outputs)

    @property
    def input_names(self) -> list[str]:
        """Names by which ``fit`` may be given a dict of inputs."""
        return self._needs_graph().input_names

    @property
    def output_names(self) -> list[str]:
        """Names by which ``compile`` and ``fit`` may be given dicts for outputs."""
        return self._needs_graph().output_names

    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Any = None,
        *,
        batch_size: int | None = None,
    ) -> None:
        """Print the layers with their output shapes and numbers of weights, and the totals.

        Args:
            line_length: characters in a line; None fits them into the terminal.
            positions: None; the columns take the places that they have in Keras.
            print_fn: called with the text; None prints it.
            expand_nested: whether the layers of models within the model are shown too.
            show_trainable: whether a column tells which layers are trained.
            layer_range: None, or names of the first and the last layer to show.
            batch_size: samples in a batch, beyond Keras: adds the floating-point operations of each layer and how many
                pixels of the image (down x across) one of its result sees, and for the whole model operations and peak
                memory of inference and of training.

        Raises:
            ValueError: the model is not built, or ``layer_range`` names no layers.
        """
        from convolith.models.summary import summary_text

        text = summary_text(self, line_length, positions, expand_nested, show_trainable, layer_range, batch_size)
        (print_fn or print)(text)
