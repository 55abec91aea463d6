"""How gradients change weights: Keras's optimizers, as state around the steps of ``convolith.ops``."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from convolith.graph.tensor import Variable
from convolith.ops.update import adam_step, assign_add, sgd_step
from convolith.registry import Registry, custom_object_scope

__all__ = ["SGD", "Adam", "Optimizer", "deserialize", "get", "serialize"]

# Keras's further arguments, each with the value at which it does nothing.
NOT_YET = {
    "weight_decay": None,
    "clipnorm": None,
    "clipvalue": None,
    "global_clipnorm": None,
    "use_ema": False,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}
RENAMED = {"lr": "learning_rate", "beta1": "beta_1", "beta2": "beta_2"}


class Scalar(Variable):
    """A variable of shape () that turns into a Python number."""

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)


class Optimizer:
    """Base of all optimizers: subclasses define ``slots`` and ``step``.

    Args:
        learning_rate: a number >= 0; it may be set later, also in the middle of training.
        name: None takes the class's.
        kwargs: further arguments of Keras, which must be left at their defaults.

    Raises:
        ValueError: an argument is one that convolith does not have, or the learning rate is no number >= 0.

    Source:
        keras.optimizers.Optimizer.
    """

    slots: tuple[str, ...] = ()

    def __init__(self, learning_rate: Any = 0.001, name: str | None = None, **kwargs: Any):
        self.name = name or type(self).__name__.lower()
        for argument, value in kwargs.items():
            if argument in RENAMED:
                raise ValueError(f"{type(self).__name__}: {argument} is called {RENAMED[argument]} now")
            if argument == "ema_momentum":
                continue  # of no effect without use_ema
            if argument not in NOT_YET:
                raise ValueError(f"{type(self).__name__}: unknown argument {argument!r}")
            if value != NOT_YET[argument]:
                raise ValueError(
                    f"{type(self).__name__}: convolith does not have {argument} yet, it must be {NOT_YET[argument]}, "
                    f"got {value!r}"
                )
        self.iterations = Scalar(np.zeros((), np.int64), trainable=False, name="iterations")
        self._learning_rate = Scalar(np.zeros(()), trainable=False, name="learning_rate")
        self.slots_by_weight: dict[Variable, list[Variable]] = {}
        self.trains: Any = None  # a weak reference to the model that it has trained, and may train on
        self.learning_rate = learning_rate

    @property
    def learning_rate(self) -> Any:
        """The learning rate: a Variable of shape (); ``float(...)`` gives its value, assigning changes it."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if callable(value) or isinstance(value, (str, dict)):
            raise ValueError(f"{type(self).__name__}: learning_rate must be a number (no schedules yet), got {value!r}")
        number = np.asarray(value)
        if number.shape != () or number.dtype.kind not in "iuf" or not number >= 0:
            raise ValueError(f"{type(self).__name__}: learning_rate must be a number >= 0, got {value!r}")
        self._learning_rate.assign(float(number))

    @property
    def built(self) -> bool:
        """Whether the slots of any weight were made."""
        return bool(self.slots_by_weight)

    @property
    def variables(self) -> list[Variable]:
        """The iterations, the learning rate, then the slots, slot by slot."""
        by_slot = [slots[index] for index in range(len(self.slots)) for slots in self.slots_by_weight.values()]
        return [self.iterations, self._learning_rate, *by_slot]

    def build(self, variables: Iterable[Variable]) -> None:
        """Make slots (zeros of the weight's shape and dtype) for the weights that have none yet."""
        for variable in variables:
            if variable not in self.slots_by_weight:
                self.slots_by_weight[variable] = [
                    Variable(np.zeros(variable.value.shape, variable.dtype), False, name, f"{variable.path}/{name}")
                    for name in self.slots
                ]

    def apply(self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None) -> None:
        """Change weights by their gradients: at once for arrays, at the end of a run inside a trace.

        Args:
            grads: one array or tensor a weight, of its shape; None leaves the weight alone.
            trainable_variables: the weights; None takes those that ``build`` was given.

        Raises:
            ValueError: the numbers or shapes differ.
        """
        variables = list(self.slots_by_weight if trainable_variables is None else trainable_variables)
        if len(grads) != len(variables):
            raise ValueError(f"{type(self).__name__}: expected {len(variables)} gradients, got {len(grads)}")
        missing = [variable.path for variable, gradient in zip(variables, grads, strict=True) if gradient is None]
        if missing:
            warnings.warn(f"the loss does not depend on {missing}, which training leaves alone", stacklevel=2)
        self.build(variables)
        for variable, gradient in zip(variables, grads, strict=True):
            if gradient is not None:
                self.step(variable, gradient, *self.slots_by_weight[variable])
        assign_add(self.iterations, np.ones((), np.int64))

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> None:
        """Do the same for pairs (gradient, weight)."""
        pairs = list(grads_and_vars)
        self.apply([gradient for gradient, _ in pairs], [variable for _, variable in pairs])

    def step(self, variable: Variable, gradient: Any, *slots: Variable) -> None:
        """Change one weight and its slots, with an operation of ``convolith.ops``."""
        raise NotImplementedError(f"optimizer {type(self).__name__} must define step(variable, gradient, *slots)")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"name": self.name, "learning_rate": float(self._learning_rate)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Optimizer:
        """Make an optimizer from what ``get_config`` returned."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} learning_rate={float(self._learning_rate):g}>"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def _share(owner: str, argument: str, value: Any, below_one: bool = False) -> float:
    """Return a number in [0, 1], or in [0, 1)."""
    if not _is_number(value) or not 0 <= value <= 1 or (below_one and value == 1):
        raise ValueError(f"{owner}: {argument} must be a number in [0, 1{')' if below_one else ']'}, got {value!r}")
    return float(value)


class SGD(Optimizer):
    """Gradient descent: ``w -= learning_rate * g``; with momentum ``v = momentum * v - learning_rate * g; w += v``.

    Args:
        learning_rate: a number >= 0.
        momentum: in [0, 1].
        nesterov: whether the step looks ahead: ``w += momentum * v - learning_rate * g``.
        name: None takes "SGD".
        kwargs: further arguments of Keras, which must be left at their defaults.

    Raises:
        ValueError: an argument is none of these.

    Source:
        keras.optimizers.SGD.

    Example:
        >>> weight = Variable(np.ones(1, "float32"))
        >>> SGD(0.5).apply([np.ones(1, "float32")], [weight])
        >>> weight.numpy().tolist()
        [0.5]
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: None = None,
        clipnorm: None = None,
        clipvalue: None = None,
        global_clipnorm: None = None,
        name: str | None = "SGD",
        **kwargs: Any,
    ):
        later = {"weight_decay": weight_decay, "clipnorm": clipnorm, "clipvalue": clipvalue}
        super().__init__(learning_rate, name, **later, global_clipnorm=global_clipnorm, **kwargs)
        self.momentum = _share("SGD", "momentum", momentum)
        self.nesterov = bool(nesterov)
        self.slots = ("momentum",) if self.momentum else ()

    def step(self, variable: Variable, gradient: Any, *slots: Variable) -> None:
        """Change one weight and its velocity."""
        velocity = slots[0] if slots else None
        sgd_step(variable, gradient, velocity, self._learning_rate, self.momentum, self.nesterov)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}


class Adam(Optimizer):
    """Adam: steps of the mean gradient over the root of its mean square.

    Args:
        learning_rate: a number >= 0.
        beta_1: in [0, 1): how long the mean remembers.
        beta_2: in [0, 1): how long the mean square remembers.
        epsilon: added to the root.
        amsgrad: False; convolith does not have it yet.
        name: None takes "adam".
        kwargs: further arguments of Keras, which must be left at their defaults.

    Raises:
        ValueError: an argument is none of these.

    Source:
        keras.optimizers.Adam; Kingma and Ba, "Adam: a method for stochastic optimization", 2014.

    Example:
        >>> weight = Variable(np.ones(1, "float32"))
        >>> Adam(0.5).apply([np.ones(1, "float32")], [weight])
        >>> weight.numpy().round(4).tolist()
        [0.5]
    """

    slots = ("momentum", "velocity")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        weight_decay: None = None,
        clipnorm: None = None,
        clipvalue: None = None,
        global_clipnorm: None = None,
        name: str | None = "adam",
        **kwargs: Any,
    ):
        later = {"weight_decay": weight_decay, "clipnorm": clipnorm, "clipvalue": clipvalue}
        super().__init__(learning_rate, name, **later, global_clipnorm=global_clipnorm, **kwargs)
        if amsgrad:
            raise ValueError(f"Adam: convolith does not have amsgrad yet, it must be False, got {amsgrad!r}")
        if not _is_number(epsilon) or not epsilon > 0:
            raise ValueError(f"Adam: epsilon must be > 0, got {epsilon!r}")
        self.beta_1 = _share("Adam", "beta_1", beta_1, below_one=True)  # at 1, corrections divide by 0
        self.beta_2 = _share("Adam", "beta_2", beta_2, below_one=True)
        self.epsilon = float(epsilon)

    def step(self, variable: Variable, gradient: Any, *slots: Variable) -> None:
        """Change one weight and its two means."""
        mean, square = slots
        rate, count = self._learning_rate, self.iterations
        adam_step(variable, gradient, mean, square, rate, count, self.beta_1, self.beta_2, self.epsilon)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}
        return {**super().get_config(), **own}


REGISTRY = Registry("optimizer", {"sgd": SGD, "adam": Adam})


def get(identifier: Any) -> Any:
    """Turn a name, a configuration or a class into an optimizer; an optimizer comes back as it is.

    Raises:
        ValueError: the name is unknown, or it is none of these.

    Example:
        >>> get("sgd")
        <SGD learning_rate=0.01>
    """
    found = REGISTRY.get(identifier)
    if not isinstance(found, Optimizer):
        raise ValueError(f"an optimizer must be a name or an Optimizer, got {identifier!r}")
    return found


def serialize(optimizer: Any) -> Any:
    """Return the configuration that ``get`` turns back into the optimizer (without its slots)."""
    return REGISTRY.serialize(optimizer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Turn a configuration back into an optimizer."""
    with custom_object_scope(custom_objects):
        return get(config)
