"""The names under which a model's variables are saved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from convolith.graph.tensor import Variable


def named_weights(model: Any) -> dict[str, Variable]:
    """Return the weights by a name that depends on the model's make-up only, not on what else was made before it."""
    return _named(model, lambda layer: layer.own_weights)


def named_states(model: Any) -> dict[str, Variable]:
    """Return the states (dropout's streams) likewise."""
    return _named(model, lambda layer: layer._states)


def _named(model: Any, of: Callable[[Any], list[Variable]]) -> dict[str, Variable]:
    names: dict[str, Variable] = {}
    seen: set[int] = set()

    def walk(layer: Any, path: str) -> None:
        if id(layer) in seen:
            return
        seen.add(id(layer))
        for variable in of(layer):
            if id(variable) not in seen:
                seen.add(id(variable))
                name, number = f"{path}{variable.name}", 1
                while name in names:
                    name, number = f"{path}{variable.name}_{number}", number + 1
                names[name] = variable
        for key, sublayer in layer.sublayers_by_path().items():
            walk(sublayer, f"{path}{key}/")

    walk(model, "")
    return names


def named_slots(optimizer: Any, weights: dict[str, Variable]) -> Iterator[tuple[str, Variable]]:
    """Yield the optimizer's variables, those of a weight under its name."""
    for name, scalar in optimizer.named_scalars().items():
        yield f"optimizer/{name}", scalar
    names = {id(variable): name for name, variable in weights.items()}
    for variable in optimizer.slots_by_weight:
        if id(variable) in names:
            for kind, slot in optimizer.named_slots(variable).items():
                yield f"optimizer/{names[id(variable)]}/{kind}", slot
