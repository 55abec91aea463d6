"""The half of a layer that owns weights: making them, finding those of sub-layers, freezing, copying in and out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from convolith.graph.changes import changes
from convolith.graph.tensor import Variable
from convolith.initializers import get as get_initializer
from convolith.layers.first_values import claim, first_values
from convolith.layers.rules import object_named
from convolith.ops.arguments import flag
from convolith.registry import checked_name

# A layer's and a model's own records; every other attribute is searched for sub-layers and variables.
RECORDS = frozenset({
    "_calls", "_init_arguments", "_losses", "_trainable_added", "_non_trainable_added", "_states", "compile_arguments",
})  # fmt: skip


PLAIN = frozenset({bool, int, float, str, type(None)})  # most attributes are, and hold nothing to look for


def unique(items: list[Any]) -> list[Any]:
    """Drop repetitions of the same object, keeping the order."""
    return list(dict(zip(map(id, items), items, strict=True)).values())


def found(values: Iterable[Any], kind: type | tuple[type, ...]) -> list[Any]:
    """List the objects of a class, or of several, among values, and in nested lists, tuples and dicts of them."""
    objects: list[Any] = []
    for value in values:
        if type(value) in PLAIN:
            continue
        if isinstance(value, kind):
            objects.append(value)
        elif isinstance(value, (list, tuple, dict)):
            inner = value.values() if isinstance(value, dict) else value
            if not PLAIN.issuperset(map(type, inner)):
                objects += found(inner, kind)
    return objects


def attributes(layer: Any) -> list[Any]:
    """List a layer's attributes, in the order in which they were set, without its own records."""
    return [value for key, value in vars(layer).items() if key not in RECORDS]


def only_none(owner: str, **arguments: Any) -> None:
    """Refuse Keras's arguments that convolith does not have yet, unless they are left at None.

    Raises:
        ValueError: one of them is not None.
    """
    for name, value in arguments.items():
        if value is not None:
            raise ValueError(f"{owner}: convolith does not have {name} yet, it must be None, got {value!r}")


class SetByInit:
    """Stands in a class for an attribute that ``Layer.__init__`` sets in each layer, for those that did not call it."""

    def __get__(self, layer: Any, kind: type | None = None) -> Any:
        if layer is None:
            return self
        raise RuntimeError(f"{type(layer).__name__}.__init__ must call super().__init__() before it sets attributes")


class WeightOwner:
    """Base of ``Layer``: its variables and its sub-layers'.

    Nothing is registered when an attribute is set: sub-layers are looked up in the attributes (and in lists, tuples
    and dicts there) whenever they are asked for, so a list may grow after it was assigned.
    """

    name: Any = SetByInit()
    input_shape_argument: Any = SetByInit()
    dtype: str
    built: bool
    _trainable: bool
    _learning_rate_multiplier = 1.0
    _path: str | None = None  # once it is built, with the names of the layers within which it was
    _trainable_added: list[Variable]
    _non_trainable_added: list[Variable]
    _states: list[Variable]

    def who(self) -> str:
        """Name the layer in errors."""
        return f"{type(self).__name__} {vars(self).get('name', '?')!r}"

    def _held(self) -> tuple[list[Variable], list[Any]]:
        """Return the variables and the layers among the attributes, in the order in which these were set."""
        objects = unique(found(attributes(self), (Variable, WeightOwner)))
        variables = [one for one in objects if isinstance(one, Variable)]
        return variables, [one for one in objects if isinstance(one, WeightOwner) and one is not self]

    def sublayers(self) -> list[Any]:
        """Return the layers that the layer is made of."""
        return self._held()[1]

    def sublayers_by_path(self) -> dict[str, Any]:
        """Return the same by name of attribute, with the place in lists and dicts: ``main/0``."""
        paths: dict[str, Any] = {}

        def walk(path: str, value: Any) -> None:
            if isinstance(value, WeightOwner):
                if value is not self and not any(value is other for other in paths.values()):
                    paths[path] = value
            elif isinstance(value, (list, tuple, dict)):
                for key, item in value.items() if isinstance(value, dict) else enumerate(value):
                    walk(f"{path}/{key}", item)

        for key, value in vars(self).items():
            if key not in RECORDS:
                walk(key, value)
        return paths

    def add_weight(
        self,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str = "none",
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Variable:
        """Make a weight that belongs to the layer.

        Args:
            shape: a tuple of integers; None is ().
            initializer: a name, an object or a function (shape, dtype) -> array; None: Glorot uniform, of
                integers and bools zeros.
            dtype: None takes the layer's.
            trainable: whether training changes it.
            autocast: of no effect, as ``aggregation``; Keras's.
            regularizer: None, or a name, an object or a function (weight) -> number, which is added to the loss.
            constraint: None, or a name, an object or a function (weight) -> weight, with which each step ends.
            aggregation: of no effect.
            overwrite_with_gradient: False; gradients are never values here.
            name: None takes "variable".

        Returns:
            the Variable; usable in ops and with Python operators.

        Raises:
            TypeError: ``trainable`` is neither True nor False.
            ValueError: the shape is not of integers, the initializer gives another shape or no numbers, or an argument
                has no such value; the text names the layer, the weight and the argument.
        """
        only_none(self.who(), overwrite_with_gradient=overwrite_with_gradient or None)
        name = checked_name(f"{self.who()}: add_weight", name or "variable")
        who = f"{self.who()}: add_weight: {name!r}"
        given, shape = shape, () if shape is None else shape
        shape = (shape,) if isinstance(shape, (int, np.integer)) else shape
        sizes: list[Any] = list(shape) if isinstance(shape, Iterable) and not isinstance(shape, dict) else [None]
        if not all(isinstance(size, (int, np.integer)) and not isinstance(size, bool) and size >= 0 for size in sizes):
            raise ValueError(f"{who}: shape must be a tuple of integers >= 0, got {given!r}")
        trainable = flag(who, "trainable", trainable)
        rules = {
            rule: object_named(who, rule, value)
            for rule, value in [("initializer", initializer), ("regularizer", regularizer), ("constraint", constraint)]
        }
        try:
            dtype = np.dtype(dtype or self.dtype).newbyteorder("=")
        except TypeError:
            raise ValueError(f"{who}: dtype must be one that arrays can have, got {dtype!r}") from None
        shape = tuple(map(int, sizes))
        claim(self.who(), shape, dtype)
        usual = "glorot_uniform" if dtype.kind == "f" else "zeros"
        first = rules["initializer"] or get_initializer(usual)
        value, own = first_values(f"{who}: initializer", first, shape, dtype)
        variable = Variable(value, trainable and self._trainable, name, f"{self._path or self.name}/{name}", own)
        variable.regularizer, variable.constraint = rules["regularizer"], rules["constraint"]
        variable.learning_rate_multiplier = self._learning_rate_multiplier
        (self._trainable_added if trainable else self._non_trainable_added).append(variable)
        changes.count += 1
        return variable

    add_variable = add_weight

    def add_state(self, value: Any, name: str) -> Variable:
        """Make a variable that is no weight: it is neither saved as one nor counted (a dropout layer's stream)."""
        variable = Variable(value, trainable=False, name=name, path=f"{self.name}/{name}")
        self._states.append(variable)
        return variable

    @property
    def own_weights(self) -> list[Variable]:
        """The layer's weights without the sub-layers'."""
        return self._own(self._held()[0])

    @property
    def weights(self) -> list[Variable]:
        """All weights, in Keras's order: the layer's trainable ones, its others, then the sub-layers'."""
        return list(self._trained())

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that training changes."""
        return [weight for weight, trained in self._trained().items() if trained]

    def _trained(self, within: bool = True) -> dict[Variable, bool]:
        """Tell for each weight, in the order of ``weights``, whether training changes it.

        Args:
            within: whether training changes those of the layers within which this one is.
        """
        within = within and self._trainable
        variables, layers = self._held()
        trained = {weight: within and weight.trainable for weight in self._own(variables)}
        for layer in layers:
            for weight, there in layer._trained(within).items():
                trained[weight] = there or trained.get(weight, False)
        return trained

    def _own(self, held: list[Variable]) -> list[Variable]:
        """Order the variables that it holds, those that a user made and set as attributes last, without its states."""
        known = {*self._trainable_added, *self._non_trainable_added, *self._states}
        extra = [variable for variable in held if variable not in known]
        trainable = self._trainable_added + [variable for variable in extra if variable.trainable]
        return trainable + self._non_trainable_added + [variable for variable in extra if not variable.trainable]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that training leaves alone."""
        return [weight for weight, trained in self._trained().items() if not trained]

    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    @property
    def states(self) -> list[Variable]:
        """The variables that are no weights, the sub-layers' too."""
        return unique(self._states + [state for layer in self.sublayers() for state in layer.states])

    @property
    def variables(self) -> list[Variable]:
        """Weights and states."""
        return self.weights + self.states

    @property
    def trainable(self) -> bool:
        """Whether training changes the weights; setting it sets the sub-layers' too."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = flag(self.who(), "trainable", value)
        changes.count += 1
        for variable in self._trainable_added:
            variable.trainable = self._trainable
        for layer in self.sublayers():
            layer.trainable = value

    @property
    def learning_rate_multiplier(self) -> float:
        """The factor of the optimizer's learning rate for these weights; setting it sets the sub-layers' too."""
        return self._learning_rate_multiplier

    @learning_rate_multiplier.setter
    def learning_rate_multiplier(self, value: float) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 <= value < np.inf:
            raise ValueError(f"{self.who()}: learning_rate_multiplier must be a number >= 0, got {value!r}")
        self._learning_rate_multiplier = float(value)
        changes.count += 1
        for variable in self.own_weights:
            variable.learning_rate_multiplier = float(value)
        for layer in self.sublayers():
            layer.learning_rate_multiplier = value

    def regularization_losses(self) -> list[Any]:
        """Return the regularizers' values for the weights that training changes."""
        terms = [(weight, weight.regularizer) for weight, trained in self._trained().items() if trained]
        return [regularizer(weight) for weight, regularizer in terms if regularizer is not None]

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of the weights' values, in the order of ``weights``."""
        return [weight.numpy() for weight in self.weights]

    def set_weights(self, weights: Any) -> None:
        """Copy values into the weights.

        Args:
            weights: arrays of the weights' shapes, in the order of ``weights``.

        Raises:
            ValueError: their number or a shape is another; then no weight changes.
        """
        own, values = self.weights, [np.asarray(value) for value in weights]
        if len(own) != len(values):
            raise ValueError(f"{self.who()}: set_weights expects {len(own)} arrays, got {len(values)}")
        for weight, value in zip(own, values, strict=True):
            if weight.shape != value.shape:
                raise ValueError(f"{self.who()}: weight {weight.path} has shape {weight.shape}, got {value.shape}")
        for weight, value in zip(own, values, strict=True):
            weight.assign(value)

    def count_params(self) -> int:
        """Return the number of values in all weights.

        Raises:
            ValueError: the layer is not built, so they are not known.
        """
        if not self.built:
            raise ValueError(
                f"{self.who()} is not built, so its weights are unknown; call it, or build(input_shape), first"
            )
        return sum(weight.value.size for weight in self.weights)
