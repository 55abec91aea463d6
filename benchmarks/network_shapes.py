"""The layers of the measured networks, read from shapes/*.txt: one text file a network, one line a layer."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "shapes"
PASSES = ("forward", "input_gradient", "kernel_gradient")


class Layer(NamedTuple):
    """One layer at one batch size; what does not apply to its op is 0."""

    name: str
    op: str
    n: int
    h: int
    w: int
    ci: int
    co: int
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]
    dilation: tuple[int, int]
    groups: int

    @property
    def passes(self) -> tuple[str, ...]:
        """The passes that this layer has: pooling has no kernel to differentiate by."""
        return PASSES[:2] if self.op.endswith("pool") else PASSES

    @property
    def input_shape(self) -> tuple[int, ...]:
        """NHWC, or (n, ci) for a dense layer."""
        return (self.n, self.ci) if self.op == "dense" else (self.n, self.h, self.w, self.ci)

    @property
    def kernel_shape(self) -> tuple[int, ...]:
        """HWIO, (ci, co) for a dense layer, (h, w, ci, co / ci) for a depthwise one; (h, w, co, ci) transposed."""
        if self.op == "conv_transpose":
            return self.adjoint.kernel_shape
        if self.op == "depthwise_conv":
            return (*self.kernel, self.ci, self.co // self.ci)
        return (self.ci, self.co) if self.op == "dense" else (*self.kernel, self.ci // max(self.groups, 1), self.co)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """NHWC, or (n, co) for a dense layer."""
        if self.op == "dense":
            return (self.n, self.co)
        if self.op == "conv_transpose":
            rows, columns = (
                (size - 1) * stride + dilation * (kernel - 1) + 1 - sum(pads)
                for size, pads, kernel, stride, dilation in zip(
                    (self.h, self.w), self.padding, self.kernel, self.stride, self.dilation, strict=True
                )
            )
            return (self.n, rows, columns, self.co)
        rows, columns = (
            (size + sum(pads) - dilation * (kernel - 1) - 1) // stride + 1
            for size, pads, kernel, stride, dilation in zip(
                (self.h, self.w), self.padding, self.kernel, self.stride, self.dilation, strict=True
            )
        )
        return (self.n, rows, columns, self.co or self.ci)

    @property
    def adjoint(self) -> Layer:
        """The convolution that a transposed one is the adjoint of: it goes from its output back to its input."""
        _, rows, columns, co = self.output_shape
        return self._replace(op="conv", h=rows, w=columns, ci=co, co=self.ci)

    @property
    def operations(self) -> int:
        """Floating point operations of one pass, two a multiply-add, those on padding counted; 0 for pooling."""
        if self.op == "dense":
            return 2 * self.n * self.ci * self.co
        if self.op == "conv_transpose":
            return self.adjoint.operations
        if self.op not in ("conv", "depthwise_conv"):
            return 0
        n, rows, columns, co = self.output_shape
        depth = self.ci // self.groups if self.op == "conv" else 1
        return 2 * n * rows * columns * co * self.kernel[0] * self.kernel[1] * depth

    @property
    def bytes(self) -> int:
        """Bytes of inputs, weights and outputs in float32: what a pass must read and write at least."""
        shapes = [self.input_shape, self.output_shape, *([] if self.op.endswith("pool") else [self.kernel_shape])]
        return 4 * sum(math.prod(shape) for shape in shapes)

    def to_json(self) -> str:
        """The layer as a line that from_json reads back."""
        return json.dumps(self)

    @classmethod
    def from_json(cls, text: str) -> Layer:
        """The layer that to_json wrote."""
        values = json.loads(text)
        pairs = {"kernel", "stride", "dilation"}
        fields = dict(zip(cls._fields, values, strict=True))
        fields.update({name: tuple(fields[name]) for name in pairs})
        fields["padding"] = tuple(tuple(pair) for pair in fields["padding"])
        return cls(**fields)


def networks() -> list[str]:
    """The names of the networks that have a file, smallest file first."""
    return [path.stem for path in sorted(FOLDER.glob("*.txt"), key=lambda path: path.stat().st_size)]


def read_network(name: str) -> list[Layer]:
    """The layers of one network, in its file's order."""
    path = FOLDER / f"{name}.txt"
    if not path.exists():
        raise ValueError(f"no network {name!r} in {FOLDER}; there are {', '.join(networks())}")
    lines = [line.split() for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    header, rows = lines[0], lines[1:]
    return [_layer(dict(zip(header, row, strict=True))) for row in rows]


def _layer(fields: dict[str, str]) -> Layer:
    counts = {name: _count(fields[name]) for name in ("n", "h", "w", "ci", "co", "groups")}
    kernel, stride, dilation = (_pair(fields[name]) for name in ("kernel", "stride", "dilation"))
    padding = tuple(
        _pads(fields["padding"], size, kernel[axis], stride[axis], dilation[axis])
        for axis, size in enumerate((counts["h"], counts["w"]))
    )
    return Layer(
        name=fields["name"], op=fields["op"], kernel=kernel, stride=stride, padding=padding, dilation=dilation, **counts
    )


def _count(text: str) -> int:
    return 0 if text == "-" else int(text)


def _pair(text: str) -> tuple[int, int]:
    if text == "-":
        return (1, 1)
    first, _, second = text.partition("x")
    return (int(first), int(second or first))


def _pads(text: str, size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """How many rows or columns come before and after: "same" puts the odd one after."""
    if text in ("valid", "-"):
        return (0, 0)
    if text != "same":
        return (int(text), int(text))
    total = max(0, (-(-size // stride) - 1) * stride + dilation * (kernel - 1) + 1 - size)
    return (total // 2, total - total // 2)
