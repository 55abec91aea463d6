"""What Keras 3's optimizers keep, in the order in which they save it."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.graph.tensor import Variable
from convolith.interop import hdf5
from convolith.interop.pairs import Pair

ONE_BY_ONE = {"RMSprop"}  # whose slots lie one after the other, not the first two of a weight together
TOGETHER = {"Adafactor"}  # whose slots of a weight lie together, be they three
KEEPS_MORE = {
    "Nadam",  # a product of its momenta, which convolith computes anew
    "MultiOptimizer",  # what each optimizer keeps, by the order in which Keras met them
}


def variables(optimizer: Any, weights: list[Variable]) -> list[Variable] | None:
    """Return what an optimizer keeps, in Keras's order; None where Keras keeps more.

    Before its first step that is the scalars alone; a weight that no step has trained yet has what it would begin with.

    Args:
        optimizer: the optimizer.
        weights: that are trained, in their order.
    """
    kind = type(optimizer).__name__
    if kind in KEEPS_MORE:
        return None
    if not optimizer.built:
        return list(optimizer.scalars)
    extra = [name for name in optimizer.slot_names if name not in optimizer.slots]
    slots = list(optimizer.slots)
    together = [slots] if kind in TOGETHER or len(slots) <= 2 else [slots[:2], slots[2:]]
    groups = [[slot] for slot in slots] if kind in ONE_BY_ONE else together
    groups = [*([slot] for slot in extra), *groups]
    slots_of = {weight: _slots(optimizer, weight) for weight in weights}
    named = [(weight, slot) for group in groups for weight in weights for slot in group]
    if kind == "Adafactor":
        return [*optimizer.scalars, *(_kept_or_zeros(slots_of[weight][slot], weight, slot) for weight, slot in named)]
    kept = [slots_of[weight][slot] for weight, slot in named]
    return [*optimizer.scalars, *(slot for slot in kept if slot.shape != (0,))]


def _slots(optimizer: Any, weight: Variable) -> dict[str, Variable]:
    """Give what is kept for a weight, by name; of one that no step has trained yet, what it would begin with."""
    if weight in optimizer.slots_by_weight:
        return optimizer.named_slots(weight)
    return dict(zip(optimizer.slot_names, optimizer.first_slots(weight), strict=True))


def _kept_or_zeros(kept: Variable, weight: Variable, slot: str) -> Variable:
    """Give what is kept for a weight; where it needs none, the zeros of which Keras keeps as many as of the rest."""
    if kept.shape != (0,):
        return kept
    zeros = np.zeros(weight.shape, weight.dtype) if slot == "velocity" else np.zeros((), np.int32)
    return Variable(zeros, trainable=False, name=slot, path=kept.path)


def pairs(root: Any, optimizer: Any, weights: list[Variable]) -> list[Pair] | None:
    """Put a file's state of the optimizer beside the optimizer's; None where it cannot be read.

    Args:
        root: the file, opened.
        optimizer: built.
        weights: that are trained, in their order.
    """
    folder = hdf5.group(root, "optimizer/vars")
    if folder is None:
        return []
    kept = variables(optimizer, weights)
    if kept is not None and len(folder) == len(optimizer.scalars):
        kept = optimizer.scalars  # it was not trained yet
    if kept is None or len(kept) != len(folder):
        return None
    found = [Pair(f"optimizer/vars/{n}", one, hdf5.dataset(folder, str(n))) for n, one in enumerate(kept)]
    return [pair for pair in found if not same_rate(pair)]


def same_rate(pair: Pair) -> bool:
    """Tell whether a learning rate in the file is the one of the configuration, rounded to float32."""
    if pair.variable.name != "learning_rate" or pair.array is None or pair.array.shape != ():
        return False
    return np.float32(pair.array[()]) == np.float32(pair.variable.value)
