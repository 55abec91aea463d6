"""What Keras 3's optimizers keep, in the order in which they save it."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.graph.tensor import Variable
from convolith.interop import hdf5
from convolith.interop.pairs import Pair
from convolith.optimizers.multi_optimizer import MultiOptimizer
from convolith.optimizers.nadam import Nadam, product_of_momenta

ONE_BY_ONE = {"RMSprop"}  # whose slots lie one after the other, not the first two of a weight together
TOGETHER = {"Adafactor"}  # whose slots of a weight lie together, be they three


def variables(optimizer: Any, weights: list[Variable]) -> list[Variable]:
    """Return what an optimizer keeps, in Keras's order; of several what each keeps, behind the outer scalars.

    Before its first step that is the scalars alone; a weight that no step has trained yet has what it would begin with.

    Args:
        optimizer: the optimizer.
        weights: that are trained, in their order.
    """
    if isinstance(optimizer, MultiOptimizer):
        inner = [one for each, own in shares(optimizer, weights) for one in variables(each, own)]
        return [*scalars(optimizer)[:2], *inner]
    kind = type(optimizer).__name__
    if not optimizer.built:
        return scalars(optimizer)
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
    more = [_product_of_momenta(optimizer)] if isinstance(optimizer, Nadam) else []
    return [*optimizer.scalars, *(slot for slot in kept if slot.shape != (0,)), *more]


def scalars(optimizer: Any) -> list[Variable]:
    """Return what an optimizer keeps before its first step, in Keras's order."""
    if isinstance(optimizer, MultiOptimizer):  # in Keras it has a learning rate of its own, which nothing reads
        inner = [one for each in optimizer.optimizers for one in scalars(each)]
        return [optimizer._iterations, optimizer._learning_rate, *inner]
    return list(optimizer.scalars)


def shares(optimizer: MultiOptimizer, weights: list[Variable]) -> list[tuple[Any, list[Variable]]]:
    """Return each of several optimizers with those of the weights that are its own."""
    own = {id(inner): listed for inner, listed in optimizer._shares(weights)}
    return [(inner, own.get(id(inner), [])) for inner in optimizer.optimizers]


def _product_of_momenta(optimizer: Nadam) -> Variable:
    """Give what Keras keeps beside Nadam's means; convolith computes it from the number of steps."""
    steps = int(optimizer.iterations)
    product = product_of_momenta(optimizer.beta_1, steps) if steps else 1.0
    return Variable(np.asarray(product, np.float32), trainable=False, name="u_product")


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
    if len(folder) == len(scalars(optimizer)):
        kept = scalars(optimizer)  # it was not trained yet
    if len(kept) != len(folder):
        return None
    return [Pair(f"optimizer/vars/{n}", one, hdf5.dataset(folder, str(n))) for n, one in enumerate(kept)]
