"""The base of all layers: parameters around ops, called on arrays and on symbolic tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith import regularizers
from convolith.graph.tensor import Spec, Tensor, Variable
from convolith.layers.arguments import arguments_by_name, float_name, keywords_taken, named, shape_argument
from convolith.layers.building import arguments_of, marking_built
from convolith.layers.call import LayerCall, call_layer, flatten_shapes, inside_call, takes
from convolith.layers.input_spec import InputSpec
from convolith.layers.reports import Reports
from convolith.layers.rules import object_named
from convolith.layers.stateless import Stateless
from convolith.layers.structure import as_shapes, flatten, is_shape, map_structure
from convolith.layers.weights import WeightOwner
from convolith.misspelling import unknown_arguments
from convolith.ops.arguments import flag
from convolith.registry import ConfigMismatch, checked_name, snake_case, unique_name


class Layer(Reports, Stateless, WeightOwner):
    """A callable with weights.

    Subclasses define ``build(input_shape)``, which makes the weights with ``add_weight``, and ``call(inputs)`` or
    ``call(inputs, training=None)``, which computes with ``convolith.ops`` and Python operators. Attributes that are
    layers, or lists, tuples or dicts of layers, are sub-layers: their weights are the layer's too.

    Args:
        activity_regularizer: None, or a name, an object or a function of the outputs that is added to the loss, divided
            by the samples.
        trainable: whether training changes the weights.
        dtype: of the weights, "float32" (None) or "float64".
        autocast: whether arrays and tensors of integers or bools come to ``call`` in the layer's dtype.
        name: None takes the class's name with a number, as in ``conv2d_1``.
        kwargs: ``input_shape`` or ``input_dim`` (without the batch axis), for the first layer of a Sequential;
            ``learning_rate_multiplier``, a number >= 0 (1.0), by which the optimizer's learning rate is multiplied for
            the weights.

    Raises:
        TypeError: ``trainable`` is neither True nor False.
        ValueError: an argument is unknown, or has a value that convolith does not have.

    Source:
        keras.layers.Layer.

    Example:
        >>> import numpy as np
        >>> from convolith.layers import Layer
        >>> class Scale(Layer):
        ...     def build(self, input_shape):
        ...         self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="factor")
        ...
        ...     def call(self, inputs):
        ...         return inputs * self.factor
        >>> Scale()(np.full((1, 2), 3, "float32")).tolist()
        [[3.0, 3.0]]
    """

    input_spec: InputSpec | None = None
    takes_training = False
    not_taken: frozenset[str] = frozenset()
    """Keyword arguments of a class above that this one does not take."""
    supports_masking = False
    _build_shape: Any = None
    _init_arguments: tuple[tuple[Any, ...], dict[str, Any]]

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        if "build" in vars(cls):
            cls.build = marking_built(cls.build)  # type: ignore[method-assign]
        if "call" in vars(cls):
            cls.takes_training = takes(cls.call, "training")

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Remember the arguments, for subclasses that define no ``get_config``; refuse those of ``not_taken``."""
        refused = cls.not_taken.intersection(kwargs).difference(arguments_of(cls.__init__))
        if refused:
            raise ValueError(unknown_arguments(named(cls, kwargs), refused, keywords_taken(cls)))
        layer = super().__new__(cls)
        layer._init_arguments = (args, kwargs)
        return layer

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ):
        input_dim = kwargs.pop("input_dim", None)
        input_shape = kwargs.pop("input_shape", None if input_dim is None else (input_dim,))
        own = type(self).__name__
        self.name = unique_name(snake_case(own)) if name is None else checked_name(own, name)
        multiplier = kwargs.pop("learning_rate_multiplier", None)
        if kwargs:
            raise ValueError(unknown_arguments(self.who(), kwargs, keywords_taken(type(self))))
        self.activity_regularizer = object_named(self.who(), "activity_regularizer", activity_regularizer)
        self.dtype = float_name(dtype, self.who())
        self.input_shape_argument = None if input_shape is None else shape_argument(input_shape, self.who())
        self.built = False
        self.casts_integers = flag(self.who(), "autocast", autocast)
        self._trainable = flag(self.who(), "trainable", trainable)
        self._calls: list[LayerCall] = []
        self._trainable_added: list[Variable] = []
        self._non_trainable_added: list[Variable] = []
        self._states: list[Variable] = []
        self._losses: list[Any] = []
        if multiplier is not None:
            self.learning_rate_multiplier = multiplier

    def build(self, input_shape: Any) -> None:
        """Make the weights; ``input_shape`` has None for the batch (a list of shapes for a list of inputs)."""
        self.built = True

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs from arrays or tensors."""
        raise NotImplementedError(f"{self.who()} must define call(inputs)")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Build the layer if it is not, and call it.

        Args:
            args: arrays (computed at once), or symbolic tensors; the first may be a list or dict of them. Integers and
                bools are turned into the layer's dtype; arrays of float64 stay, and give a result of float64.
            kwargs: what ``call`` takes; ``training`` is passed on to the layers within.

        Returns:
            an array, or a symbolic tensor of shape and dtype of the result.

        Raises:
            ValueError: the shape does not fit the layer; the text names the layer, what was expected and what came.
        """
        return call_layer(self, args, kwargs)

    def compute_output_shape(self, input_shape: Any = None, **shapes: Any) -> Any:
        """Return the shape that comes out for a shape (or a list of shapes), which may start with None.

        Of a layer whose ``call`` takes several arguments each shape goes by its name, as in ``query_shape=(None, 3)``.
        """
        name = self.dtype

        def tensor(shape: Any) -> Any:
            return Tensor(Spec(tuple(shape), np.dtype(name)))

        named = {key.removesuffix("_shape"): tensor(shape) for key, shape in shapes.items()}
        if not shapes:
            inputs = tensor(input_shape) if is_shape(input_shape) else [tensor(s) for s in flatten_shapes(input_shape)]
        with inside_call(None):
            return map_structure(lambda result: result.shape, call_layer(self, () if shapes else (inputs,), named))

    @property
    def path(self) -> str | None:
        """The names of the layers within which it was built, and its own, with slashes between; None before.

        Source:
            keras.layers.Layer.path.
        """
        return self._path or (self.name if self.built else None)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """Return the mask of the outputs, which is that of the inputs; no layer of convolith's makes or reads one."""
        return previous_mask

    @property
    def input(self) -> Any:
        """The tensor (or list of tensors) of the layer's first symbolic call.

        Raises:
            AttributeError: there was none.
        """
        tensors = self._first_call().inputs
        return tensors[0] if len(tensors) == 1 else tensors

    @property
    def output(self) -> Any:
        """The result of the layer's first symbolic call.

        Raises:
            AttributeError: there was none.
        """
        return self._first_call().outputs

    def _first_call(self) -> LayerCall:
        if not self._calls:
            raise AttributeError(f"{self.who()} was never called on a symbolic tensor, so it has no input or output")
        return self._calls[0]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, for ``from_config`` and saving.

        Raises:
            NotImplementedError: a subclass has arguments that are no plain values and defines no ``get_config``.
        """
        config: dict[str, Any] = {"name": self.name, "trainable": self.trainable, "dtype": self.dtype}
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        if self.learning_rate_multiplier != 1:
            config["learning_rate_multiplier"] = self.learning_rate_multiplier
        if type(self).__init__ is Layer.__init__ or self.defines_config():
            return config
        own, takes_any = arguments_by_name(type(self).__init__, *self._init_arguments)
        if any(not isinstance(leaf, (str, int, float, bool, type(None), np.generic)) for leaf in flatten(own)):
            raise NotImplementedError(
                f"{self.who()} has arguments that are no plain values, so it must define get_config() to be saved"
            )
        return {**(config if takes_any else {}), **own}

    def defines_config(self) -> bool:
        """Tell whether the class says itself what its constructor's arguments were."""
        return type(self).get_config is not Layer.get_config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a layer from what ``get_config`` returned.

        Raises:
            TypeError: it is no dict, or the class takes no such arguments, or needs others.
        """
        if not isinstance(config, dict):
            raise ConfigMismatch(f"{cls.__name__}: the config must be a dict, got {config!r}")
        try:
            return cls(**config)
        except TypeError as error:
            raise ConfigMismatch(f"{named(cls, config)}: the config does not fit it: {error}") from error

    @property
    def compute_dtype(self) -> str:
        """The dtype in which the layer computes and keeps its weights: ``dtype``, as there are no policies."""
        return self.dtype

    variable_dtype = input_dtype = compute_dtype

    def get_build_config(self) -> dict[str, Any] | None:
        """Return the shape that the layer was built for, as {"input_shape": ...}; None where it is not known.

        Where ``build`` takes several, they are {"shapes_dict": {"a_shape": ...}}.

        Source:
            keras.layers.Layer.get_build_config.

        Example:
            >>> from convolith.layers import Dense
            >>> layer = Dense(2)
            >>> layer.build((None, 3))
            >>> layer.get_build_config()
            {'input_shape': (None, 3)}
        """
        if self._build_shape is None:
            return None
        several = len(arguments_of(type(self).build)) > 1
        return {"shapes_dict" if several else "input_shape": self._build_shape}

    def build_from_config(self, config: dict[str, Any] | None) -> None:
        """Make the weights for the shape that ``get_build_config`` returned; nothing without one, or where they are.

        Raises:
            ValueError: the shape does not fit the layer.

        Source:
            keras.layers.Layer.build_from_config.

        Example:
            >>> from convolith.layers import Layer
            >>> layer = Layer()
            >>> layer.build_from_config({"input_shape": (None, 3)})
            >>> layer.built
            True
        """
        shape, several = (config or {}).get("input_shape"), (config or {}).get("shapes_dict")
        if several and not self.built:
            self.build(**as_shapes(several))
        elif shape and not self.built:
            self.build(as_shapes(shape))

    def __getstate__(self) -> dict[str, Any]:
        """Leave out, of a copy or a pickle, the calls and what they added: tensors between this layer and others."""
        return {**vars(self), "_calls": [], "_losses": []}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"
