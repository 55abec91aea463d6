"""Several optimizers, each for some of the weights."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from typing import Any

from convolith.graph.tensor import Variable
from convolith.optimizers.optimizer import Optimizer


def one_of_many(owner: str, optimizer: Any, of: str) -> Optimizer:
    """Return what may be one of several optimizers.

    Raises:
        ValueError: it is no Optimizer, or itself several.
    """
    if not isinstance(optimizer, Optimizer) or isinstance(optimizer, MultiOptimizer):
        raise ValueError(f"{owner}: {of} must be an Optimizer, and no MultiOptimizer, got {optimizer!r}")
    return optimizer


def made_anew(function: Callable[[Variable], Any]) -> Callable[[Variable], Any]:
    """Return a function that gives an optimizer of its own for each that another one gives."""
    made: dict[int, tuple[Any, Optimizer]] = {}  # the given ones are held, so that no other gets their id

    def like_given(variable: Variable) -> Optimizer:
        given = one_of_many("MultiOptimizer", function(variable), f"that of {variable.path!r}")
        if id(given) not in made:
            made[id(given)] = given, type(given).from_config(given.get_config())
        return made[id(given)][1]

    return like_given


class OptimizerMap(MutableMapping):
    """Optimizers by the paths of weights; called with a weight, it gives the weight's.

    Args:
        default_optimizer: the Optimizer of paths that nothing here matches.
        optimizer_map: None, or a dict from paths, or regular expressions of whole paths, to Optimizers.

    Raises:
        TypeError: an argument is none of these.
        ValueError: a key is no string or there already, or a value is no single Optimizer; by a look-up: several
            expressions match.

    Source:
        keras.optimizers.OptimizerMap.

    Example:
        >>> from convolith.optimizers import SGD, Adam, OptimizerMap
        >>> several = OptimizerMap(Adam(), {"head/.*": SGD()})
        >>> several["head/kernel"], several["body/kernel"]
        (<SGD learning_rate=0.01>, <Adam learning_rate=0.001>)
    """

    def __init__(self, default_optimizer: Any, optimizer_map: dict[str, Any] | None = None):
        if not isinstance(default_optimizer, Optimizer):
            raise TypeError(f"OptimizerMap: default_optimizer must be an Optimizer, got {default_optimizer!r}")
        if optimizer_map is not None and not isinstance(optimizer_map, dict):
            raise TypeError(f"OptimizerMap: optimizer_map must be None or a dict, got {optimizer_map!r}")
        self.default_optimizer = one_of_many("OptimizerMap", default_optimizer, "default_optimizer")
        self._by_path: dict[str, Optimizer] = {}
        for path, optimizer in (optimizer_map or {}).items():
            self[path] = optimizer

    def __getitem__(self, key: str) -> Optimizer:
        if key in self._by_path:
            return self._by_path[key]
        found = [pattern for pattern in self._by_path if re.fullmatch(pattern, key)]
        if len(found) > 1:
            raise ValueError(f"OptimizerMap: {key!r} is matched by several of its keys: {found}")
        return self._by_path[found[0]] if found else self.default_optimizer

    def __setitem__(self, key: str, optimizer: Any) -> None:
        if not isinstance(key, str) or key in self._by_path:
            raise ValueError(f"OptimizerMap: a key must be a string that is not there yet, got {key!r}")
        self._by_path[key] = one_of_many("OptimizerMap", optimizer, f"the value of {key!r}")

    def __delitem__(self, key: str) -> None:
        del self._by_path[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_path)

    def __len__(self) -> int:
        return len(self._by_path)

    def __call__(self, variable: Variable) -> Optimizer:
        """Give the optimizer of a weight."""
        return self[variable.path or ""]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        from convolith.optimizers import serialize

        by_path = {path: serialize(optimizer) for path, optimizer in self._by_path.items()}
        return {"default_optimizer": serialize(self.default_optimizer), "optimizer_map": by_path}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> OptimizerMap:
        """Make one of what ``get_config`` returned."""
        from convolith.optimizers import deserialize

        by_path = config["optimizer_map"].items()
        return cls(
            deserialize(config["default_optimizer"], custom_objects),
            {path: deserialize(optimizer, custom_objects) for path, optimizer in by_path},
        )


class MultiOptimizer(Optimizer):
    """Several optimizers, each for some of the weights, with learning rates and settings of their own.

    ``optimizers`` lists them; there is no ``learning_rate`` of all.

    Args:
        optimizer_map: an OptimizerMap, or a function that gives the Optimizer of a weight (one with such a function
            cannot be saved).
        loss_scale_factor: None; what float32 computes needs no scaling.
        name: None takes the class's.

    Raises:
        TypeError: optimizer_map cannot be called.
        ValueError: loss_scale_factor is not None; by the first step: a weight's optimizer is no single Optimizer.

    Source:
        keras.optimizers.MultiOptimizer.

    Example:
        >>> import numpy as np
        >>> from convolith import Variable
        >>> from convolith.optimizers import SGD, MultiOptimizer, OptimizerMap
        >>> weights = [Variable(np.ones(1), name="kernel"), Variable(np.ones(1), name="bias")]
        >>> several = MultiOptimizer(OptimizerMap(SGD(0.5), {"bias": SGD(0.25)}))
        >>> several.apply([np.ones(1), np.ones(1)], weights)
        >>> [weight.numpy().item() for weight in weights]
        [0.5, 0.75]
    """

    def __init__(
        self,
        optimizer_map: OptimizerMap | Callable[[Variable], Any],
        loss_scale_factor: None = None,
        name: str | None = None,
    ):
        super().__init__(0.0, loss_scale_factor=loss_scale_factor, name=name)
        if not callable(optimizer_map):
            raise TypeError(
                f"MultiOptimizer: optimizer_map must be an OptimizerMap or a function, got {optimizer_map!r}"
            )
        self.optimizer_map = optimizer_map
        self.optimizers: list[Optimizer] = []
        self._by_weight: dict[Variable, Optimizer] = {}
        if isinstance(optimizer_map, OptimizerMap):
            for optimizer in (*optimizer_map._by_path.values(), optimizer_map.default_optimizer):
                self._keep(optimizer)

    def _keep(self, optimizer: Optimizer) -> None:
        if not any(optimizer is one for one in self.optimizers):
            self.optimizers.append(optimizer)

    @property
    def learning_rate(self) -> Any:
        """There is none of all: each of ``optimizers`` has its own."""
        raise AttributeError("MultiOptimizer: has no learning_rate of its own; each of its optimizers has one")

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        raise AttributeError("MultiOptimizer: has no learning_rate to set; set that of each of its optimizers")

    def build(self, variables: Iterable[Variable], filled: bool = True) -> None:
        """Find the optimizers of the weights that have none yet, and make their slots."""
        for variable in variables:
            if variable not in self._by_weight:
                optimizer = one_of_many("MultiOptimizer", self.optimizer_map(variable), f"that of {variable.path!r}")
                self._keep(optimizer)
                optimizer.build([variable], filled)
                self._by_weight[variable] = optimizer
                self.slots_by_weight[variable] = optimizer.slots_by_weight[variable]

    def _shares(self, variables: Iterable[Variable]) -> Iterator[tuple[Optimizer, list[Variable]]]:
        """Yield each optimizer with those of the weights that are its own."""
        listed = list(variables)
        for optimizer in self.optimizers:
            own = [variable for variable in listed if self._by_weight.get(variable) is optimizer]
            if own:
                yield optimizer, own

    def apply(self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None) -> None:
        """Change weights by their gradients, each by its optimizer; arguments and errors as for ``Optimizer``."""
        variables = list(self.slots_by_weight if trainable_variables is None else trainable_variables)
        if len(grads) != len(variables):
            raise ValueError(f"MultiOptimizer: expected {len(variables)} gradients, got {len(grads)}")
        self.build(variables)
        gradients = dict(zip(variables, grads, strict=True))
        for optimizer, own in self._shares(variables):
            optimizer.apply([gradients[variable] for variable in own], own)
        self._iterations.assign_add(1)

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        """Set the weights of optimizers that average them to their averages."""
        for optimizer, own in self._shares(var_list):
            optimizer.finalize_variable_values(own)

    @property
    def scalars(self) -> list[Variable]:
        """The iterations, then what each optimizer keeps once."""
        return [self._iterations, *(scalar for optimizer in self.optimizers for scalar in optimizer.scalars)]

    def named_scalars(self) -> dict[str, Variable]:
        """Give the scalars by name, those of an optimizer behind its number."""
        return {"iterations": self._iterations} | {
            f"{number}/{name}": scalar
            for number, optimizer in enumerate(self.optimizers)
            for name, scalar in optimizer.named_scalars().items()
        }

    def named_slots(self, variable: Variable) -> dict[str, Variable]:
        """Give what is kept for a weight, by name."""
        return self._by_weight[variable].named_slots(variable)

    @property
    def variables(self) -> list[Variable]:
        """The iterations, then all that each optimizer keeps."""
        return [self._iterations, *(one for optimizer in self.optimizers for one in optimizer.variables)]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; a function as it is."""
        several = self.optimizer_map
        if isinstance(several, OptimizerMap):
            return {"name": self.name, "optimizer_map": {"class_name": "OptimizerMap", "config": several.get_config()}}
        return {"name": self.name, "optimizer_map": several}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> MultiOptimizer:
        """Make one of what ``get_config`` returned."""
        several = config["optimizer_map"]
        if callable(several):
            made: Any = made_anew(several)
        else:
            made = OptimizerMap.from_config(several["config"], custom_objects)
        return cls(**{**config, "optimizer_map": made})

    def __repr__(self) -> str:
        return f"<MultiOptimizer of {len(self.optimizers)}>"
