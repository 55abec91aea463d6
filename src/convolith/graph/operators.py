"""Python's operators of tensors: each hands over to the operation of its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

operators: dict[str, Callable[..., Any]] = {}
"""The functions behind them; convolith.ops fills it, so that graph need not import ops."""

OPERATORS_OF_NUMPY = {
    "true_divide": "divide",
    "remainder": "mod",
    "bitwise_and": "logical_and",
    "bitwise_or": "logical_or",
    "bitwise_xor": "logical_xor",
}
"""Which of them NumPy's function of another name stands for."""


class Operators:
    """Base of ``Tensor``: arithmetic, comparisons, logic and indexing."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """Do what the operator behind an array asks for, as in `array + tensor`; refuse other functions of NumPy."""
        name = OPERATORS_OF_NUMPY.get(ufunc.__name__, ufunc.__name__)
        if method == "__call__" and len(inputs) == 2 and not kwargs:
            if name == "equal":
                return False  # an array is no tensor
            if name in operators:
                return operators[name](*inputs)
        self._refuse(f"given to numpy.{ufunc.__name__}")

    def _refuse(self, what: str) -> NoReturn:
        raise TypeError(
            f"{self!r} has no values yet, so it cannot be {what}: it only records what is computed from it. "
            f"Use convolith.ops, and decide on shapes, not on values."
        )

    def __add__(self, other: Any) -> Any:
        return operators["add"](self, other)

    def __radd__(self, other: Any) -> Any:
        return operators["add"](other, self)

    def __sub__(self, other: Any) -> Any:
        return operators["subtract"](self, other)

    def __rsub__(self, other: Any) -> Any:
        return operators["subtract"](other, self)

    def __mul__(self, other: Any) -> Any:
        return operators["multiply"](self, other)

    def __rmul__(self, other: Any) -> Any:
        return operators["multiply"](other, self)

    def __truediv__(self, other: Any) -> Any:
        return operators["divide"](self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return operators["divide"](other, self)

    def __floordiv__(self, other: Any) -> Any:
        return operators["floor_divide"](self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return operators["floor_divide"](other, self)

    def __mod__(self, other: Any) -> Any:
        return operators["mod"](self, other)

    def __rmod__(self, other: Any) -> Any:
        return operators["mod"](other, self)

    def __pow__(self, other: Any) -> Any:
        return operators["power"](self, other)

    def __rpow__(self, other: Any) -> Any:
        return operators["power"](other, self)

    def __matmul__(self, other: Any) -> Any:
        return operators["matmul"](self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return operators["matmul"](other, self)

    def __neg__(self) -> Any:
        return operators["negative"](self)

    def __abs__(self) -> Any:
        return operators["absolute"](self)

    def __round__(self, ndigits: int | None = None) -> Any:
        return operators["round"](self, ndigits or 0)

    # Comparisons are elementwise but for ==, which tells, as in Keras, whether it is the same tensor.
    def __lt__(self, other: Any) -> Any:
        return operators["less"](self, other)

    def __le__(self, other: Any) -> Any:
        return operators["less_equal"](self, other)

    def __gt__(self, other: Any) -> Any:
        return operators["greater"](self, other)

    def __ge__(self, other: Any) -> Any:
        return operators["greater_equal"](self, other)

    def __ne__(self, other: Any) -> Any:
        return operators["not_equal"](self, other)

    def __and__(self, other: Any) -> Any:
        return operators["logical_and"](self, other)

    def __rand__(self, other: Any) -> Any:
        return operators["logical_and"](other, self)

    def __or__(self, other: Any) -> Any:
        return operators["logical_or"](self, other)

    def __ror__(self, other: Any) -> Any:
        return operators["logical_or"](other, self)

    def __xor__(self, other: Any) -> Any:
        return operators["logical_xor"](self, other)

    def __rxor__(self, other: Any) -> Any:
        return operators["logical_xor"](other, self)

    def __invert__(self) -> Any:
        return operators["logical_not"](self)

    def __getitem__(self, key: Any) -> Any:
        return operators["get_item"](self, key)
