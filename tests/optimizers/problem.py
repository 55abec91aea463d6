"""Twenty steps on a small problem: two weights, gradients of a quadratic bowl with noise."""

import numpy as np

STEPS = 20
SHAPES = ((3, 2), (5,))


def starts(generator, dtype):
    return [generator.normal(size=shape).astype(dtype) for shape in SHAPES]


def noises(generator, dtype):
    return [[generator.normal(size=shape).astype(dtype) for shape in SHAPES] for _ in range(STEPS)]


def run(optimizer, weights, noises, values, tensor=np.asarray):
    """Apply `optimizer` to its own kind of `weights`, and give the way in float64.

    `values` turns a weight into an array, `tensor` an array into a gradient.
    """
    way = [[values(weight).astype(np.float64) for weight in weights]]
    for noise in noises:
        half = noise[0].dtype.type(0.5)
        gradients = [tensor(half * values(weight) + part) for weight, part in zip(weights, noise, strict=True)]
        optimizer.apply(gradients, weights)
        way.append([values(weight).astype(np.float64) for weight in weights])
    return way


def travelled(way):
    """How far each element was from 0 at most, plus how far it went: what rounding errors are relative to."""
    return [
        np.max([np.abs(weights[i]) for weights in way], axis=0)
        + sum(np.abs(after[i] - before[i]) for before, after in zip(way, way[1:], strict=False))
        for i in range(len(way[0]))
    ]
