"""What LeNet-5 as published in 1998 has and today's networks have not: its subsampling, its table, its output codes."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith import ops
from convolith.initializers import RandomUniform
from convolith.layers import REGISTRY, Activation, Conv2D, Dense, Flatten, Layer, ZeroPadding2D

# The maps of S2 that each map of C3 is connected to: table I.
TABLE = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5), (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5),
    (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5), (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5),
)  # fmt: skip

# The digits as 12 rows of 7 pixels; each makes the 84 numbers, 1 for ink and -1 for paper, that F6 should show for it.
DIGITS = """
.......  .......  .......  .......  .......  .......  .......  .......  .......  .......
..###..  ...#...  .#####.  .#####.  ....##.  #######  ..####.  #######  .#####.  .#####.
.#...#.  ..##...  #.....#  #.....#  ...#.#.  #......  .#.....  ......#  #.....#  #.....#
#.....#  .#.#...  ......#  ......#  ..#..#.  #......  #......  ......#  #.....#  #.....#
#.....#  ...#...  ......#  ......#  .#...#.  #......  #......  .....#.  #.....#  #.....#
#.....#  ...#...  .....#.  ...###.  #....#.  ######.  #.####.  ....#..  .#####.  .######
#.....#  ...#...  ....#..  ......#  #....#.  ......#  ##....#  ...#...  #.....#  ......#
#.....#  ...#...  ...#...  ......#  #######  ......#  #.....#  ...#...  #.....#  ......#
.#...#.  ...#...  .##....  #.....#  .....#.  #.....#  #.....#  ...#...  #.....#  .....#.
..###..  .#####.  #######  .#####.  .....#.  .#####.  .#####.  ...#...  .#####.  .####..
.......  .......  .......  .......  .......  .......  .......  .......  .......  .......
.......  .......  .......  .......  .......  .......  .......  .......  .......  .......
"""


def digit_codes() -> np.ndarray:
    """Return the digits' codes: float32 (10, 84) of 1 and -1."""
    ink = np.array([[list(digit) for digit in row.split()] for row in DIGITS.split("\n") if row]) == "#"
    return np.where(ink.transpose(1, 0, 2).reshape(10, 84), np.float32(1), np.float32(-1))


def within(fan_in: int) -> RandomUniform:
    """First weights as published: uniform in 2.4 by the number of a unit's inputs, either way."""
    return RandomUniform(-2.4 / fan_in, 2.4 / fan_in)


class ScaledTanh(Layer):
    """1.7159 tanh(2 x / 3), which is 1 at 1 and -1 at -1 (section II.B and appendix A)."""

    def call(self, inputs: Any) -> Any:
        """Squash."""
        return 1.7159 * ops.tanh(inputs * (2 / 3))


class Subsampling(Layer):
    """Averages of 2x2 pixels, times a factor, plus a bias, which each map has for itself (layers S2 and S4)."""

    def build(self, input_shape: Any) -> None:
        """Make the factors and biases."""
        self.coefficient = self.add_weight((input_shape[-1],), initializer=within(1), name="coefficient")
        self.bias = self.add_weight((input_shape[-1],), initializer="zeros", name="bias")

    def call(self, inputs: Any) -> Any:
        """Average, multiply and add."""
        return ops.average_pool(inputs, 2, data_format="channels_last") * self.coefficient + self.bias


class TableConv2D(Layer):
    """5x5 convolution from 6 maps to 16, each connected to those maps only that the table names (layer C3)."""

    def build(self, input_shape: Any) -> None:
        """Make one 5x5 kernel for each connection; the places of the others show an added kernel of zeros."""
        connections = sum(map(len, TABLE))
        self.kernel = self.add_weight((5, 5, connections), initializer=within(25 * 4), name="kernel")
        self.bias = self.add_weight((len(TABLE),), initializer="zeros", name="bias")
        self.places = np.full((input_shape[-1], len(TABLE)), connections)
        pairs = [(source, result) for result, sources in enumerate(TABLE) for source in sources]
        self.places[tuple(np.transpose(pairs))] = np.arange(connections)

    def call(self, inputs: Any) -> Any:
        """Convolve."""
        nothing = np.zeros((5, 5, 1), self.dtype)
        kernel = ops.take(ops.concatenate([self.kernel, nothing], axis=-1), self.places, axis=-1)
        return ops.conv(inputs, kernel, data_format="channels_last") + self.bias


class NegativeDistance(Layer):
    """Minus the squared distances of the inputs from fixed codes: logarithms of Gaussians around these (equation 7)."""

    def build(self, input_shape: Any) -> None:
        """Take the codes, which training does not change."""
        self.codes = self.add_weight((10, 84), initializer="zeros", trainable=False, name="codes")
        self.codes.assign(digit_codes())

    def call(self, inputs: Any) -> Any:
        """Measure."""
        return -ops.sum(ops.square(ops.expand_dims(inputs, 1) - self.codes), axis=-1)


for _layer in (ScaledTanh, Subsampling, TableConv2D, NegativeDistance):
    REGISTRY.entries[_layer.__name__] = _layer


def published_maps() -> list[Layer]:
    """Make the layers from 28x28x1 images to the 120 maps of C5, of one pixel each."""
    return [
        ZeroPadding2D(2, name="pad"),
        Conv2D(6, 5, kernel_initializer=within(25), name="c1"),
        ScaledTanh(name="c1_squashed"),
        Subsampling(name="s2"),
        ScaledTanh(name="s2_squashed"),
        TableConv2D(name="c3"),
        ScaledTanh(name="c3_squashed"),
        Subsampling(name="s4"),
        ScaledTanh(name="s4_squashed"),
        Conv2D(120, 5, kernel_initializer=within(400), name="c5"),
        ScaledTanh(name="c5_squashed"),
    ]


def published_top(activation: Any) -> list[Layer]:
    """Make the layers that tell the digits by these maps."""
    return [
        Flatten(name="flatten"),
        Dense(84, kernel_initializer=within(120), name="f6"),
        ScaledTanh(name="f6_squashed"),
        NegativeDistance(name="distance"),
        Activation(activation, name="output"),
    ]
