"""Random graphs over many operations, with reuse, views, effects, several outputs and results that nobody reads."""

from __future__ import annotations

import random

import numpy as np

from convolith import ops
from convolith.graph.differentiate import gradients
from convolith.graph.tensor import Spec, Variable
from convolith.graph.trace import Graph, trace
from convolith.ops.dropout import advance
from convolith.optimizers.sgd import SGDStep
from tests.graph.effects import add_in_place

SHAPES = [(2, 4, 4, 3), (2, 48), (96,), (4, 4, 6), (2, 3), (3,), (2, 1, 1, 3)]
SIZE = 96  # elements of most tensors, so that buffers can be taken over


def random_graph(seed: int) -> tuple[Graph, list[np.ndarray], list[Variable]]:
    """A graph, arrays to run it on, and its Variables; bounded values, so that nothing becomes infinite."""
    choose = random.Random(seed)
    numbers = np.random.default_rng(seed)
    kernel = Variable(numbers.normal(size=(3, 3, 3, 3)).astype(np.float32), name="kernel")
    matrix = Variable(numbers.normal(size=(48, 48)).astype(np.float32), name="matrix")
    bias = Variable(numbers.normal(size=3).astype(np.float32), name="bias")
    slot = Variable(np.zeros((48, 48), np.float32), name="slot")
    state = Variable(np.array([seed, 5], np.uint64), name="state")
    count = Variable(np.array(0, np.int64), name="count")
    variables = [kernel, matrix, bias, slot, state, count]
    kinds = [choose.choice(["float32", "uint8", "float32"]) for _ in range(choose.randint(1, 3))]
    specs = [Spec((2, 4, 4, 3), np.dtype(kind)) for kind in kinds]

    def function(*inputs):
        tensors = [ops.multiply(tensor, 0.01) for tensor in inputs] + [bias]

        def large():
            return choose.choice([tensor for tensor in tensors if np.prod(tensor.shape) == SIZE])

        def image():
            return ops.reshape(large(), (2, 4, 4, 3))

        steps = [
            lambda: ops.relu(large()),
            lambda: ops.tanh(large()),
            lambda: ops.negative(large()),
            lambda: ops.add(image(), image()),
            lambda: ops.subtract(image(), bias),
            lambda: ops.add(ops.mean(image(), axis=choose.choice([1, 2, (1, 2), (0, 1, 2)]), keepdims=True), image()),
            lambda: ops.multiply(ops.reshape(large(), (2, 48)), ops.reshape(large(), (2, 48))),
            lambda: ops.maximum(image(), choose.choice([0.1, bias, image()])),
            lambda: ops.reshape(large(), choose.choice([shape for shape in SHAPES if np.prod(shape) == SIZE])),
            lambda: ops.transpose(ops.reshape(large(), (4, 4, 6)), (2, 0, 1)),
            lambda: ops.sum(image(), axis=choose.choice([0, (1, 2), 3])),
            lambda: ops.tanh(ops.dense(ops.reshape(large(), (2, 48)), matrix)),
            lambda: ops.tanh(ops.relu(ops.conv(image(), kernel, padding="same", bias=bias))),
            lambda: ops.max_pool(image(), 2),
            lambda: ops.dropout(image(), 0.3, state),
            lambda: ops.softmax(image()),
        ]
        for _ in range(choose.randint(3, 20)):
            tensors.append(choose.choice(steps)())
        loss = ops.mean(ops.square(large())) + ops.mean(image() * image())
        changed = choose.random() < 0.7
        if changed:
            for variable, gradient in zip(
                (kernel, matrix, bias), gradients([loss], [1.0], [kernel, matrix, bias]), strict=True
            ):
                if gradient is not None:
                    step, slots = (SGDStep(0.9), [slot]) if variable is matrix else (SGDStep(), [])
                    step(variable, gradient, 0.1, 0, *slots)
            advance(state)
            add_in_place(count, np.array(1))
            add_in_place(slot, matrix)
        results = choose.sample(tensors, choose.randint(1, 3))
        (by_input,) = gradients([loss], [1.0], inputs[:1]) if choose.random() < 0.3 and kinds[0] != "uint8" else (None,)
        return loss, results, by_input, choose.choice([None, inputs[0], bias])

    arrays = [
        numbers.integers(0, 100, spec.shape).astype(np.uint8)
        if spec.dtype == np.uint8
        else numbers.normal(size=spec.shape).astype(np.float32) * 10
        for spec in specs
    ]
    return trace(function, *specs), arrays, variables
