"""The base of all metrics: numbers in variables, changed by a batch at a time, at once or in a step that is traced."""

from __future__ import annotations

from typing import Any

import numpy as np

from convolith.graph.tensor import Variable
from convolith.metrics.within_step import following_steps
from convolith.ops.arguments import one_axis, real
from convolith.ops.conversion import operand, whole_numbers
from convolith.registry import Registry, snake_case, unique_name

REGISTRY = Registry("metric", {})


class Metric:
    """Base of all metrics: ``update_state`` for each batch, ``result`` at any time, ``reset_state`` before an epoch.

    A user's own subclass keeps numbers in variables from ``add_variable``, which ``reset_state`` sets to 0.

    Args:
        dtype: of the variables; None is float32.
        name: in logs; None takes the class's.

    Raises:
        TypeError: the dtype is none of real numbers.
        ValueError: the name is no string.

    Within a ``train_step`` or ``test_step``, a ``compute_loss`` or the ``call`` of a layer, which are traced, the three
    are done at each run, in their order, and ``result`` gives a MetricResult.

    Source:
        keras.metrics.Metric.

    Example:
        >>> import numpy as np
        >>> from convolith.metrics import Metric
        >>> class Largest(Metric):
        ...     def __init__(self, name="largest", dtype=None):
        ...         super().__init__(dtype=dtype, name=name)
        ...         self.value = self.add_variable(name="value")
        ...     def update_state(self, y_true, y_pred, sample_weight=None):
        ...         self.value.assign(max(self.result(), np.max(y_pred)))
        ...     def result(self):
        ...         return self.value.numpy()
        >>> float(Largest()([0.0, 0.0], [1.0, 2.0]))
        2.0
    """

    direction: str | None = None
    """"up" where more is better, "down" where less is; what callbacks with ``mode="auto"`` go by."""

    def __init_subclass__(cls, follows_steps: bool = True, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        if follows_steps:
            following_steps(cls, Metric)

    def __init__(self, dtype: Any = None, name: str | None = None):
        owner = type(self).__name__
        if name is not None and not isinstance(name, str):
            raise ValueError(f"{owner}: name must be None or a string, got {name!r}")
        self.name = name or unique_name(snake_case(owner))
        self.log_name = self.name  # in a model with several outputs, with the output's name before
        self.dtype = real(owner, dtype, np.float32).name
        self._variables: list[Variable] = []
        self.calls_of_steps = Variable(np.zeros((), np.uint8), trainable=False)  # which orders them, see within_step

    @property
    def may_keep_arrays(self) -> bool:
        """Whether it may keep the arrays that it is given, as none of convolith's own does."""
        return is_of_the_user(self)

    @property
    def variables(self) -> list[Variable]:
        """What ``add_variable`` made, and the variables of metrics among the attributes.

        Source:
            keras.metrics.Metric.variables.
        """
        inner = [value for value in vars(self).values() if isinstance(value, Metric)]
        return [*self._variables, *(variable for metric in inner for variable in metric.variables)]

    def add_variable(
        self,
        shape: Any = (),
        initializer: Any = None,
        dtype: Any = None,
        aggregation: str = "sum",
        name: str | None = None,
    ) -> Variable:
        """Make a variable that belongs to the metric.

        Args:
            shape: its shape.
            initializer: of its first value, as ``convolith.initializers.get`` takes it; None is zeros.
            dtype: None takes the metric's.
            aggregation: of no effect; Keras's.
            name: a short name.
        """
        from convolith import initializers

        dtype = self.dtype if dtype is None else dtype
        value = initializers.get("zeros" if initializer is None else initializer)(shape, dtype)
        variable = Variable(value, trainable=False, name=name, path=f"{self.name}/{name}")
        self._variables.append(variable)
        return variable

    def add_weight(
        self, shape: Any = (), initializer: Any = None, dtype: Any = None, name: str | None = None
    ) -> Variable:
        """Do the same as ``add_variable``."""
        return self.add_variable(shape, initializer, dtype, name=name)

    def add_sum(self, name: str, shape: tuple[int, ...] = ()) -> Variable:
        """Make a variable to sum up in: of float64 whatever the metric's dtype, since an epoch has many terms."""
        return self.add_variable(shape, dtype=np.float64, name=name)

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Take in a batch."""
        raise NotImplementedError(f"metric {type(self).__name__} must define update_state")

    def result(self) -> Any:
        """Return the value over all that was taken in, as a float."""
        raise NotImplementedError(f"metric {type(self).__name__} must define result")

    def reset_state(self) -> None:
        """Forget all that was taken in."""
        for variable in self.variables:
            variable.assign(np.zeros_like(variable.value))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Take in a batch and return the value so far."""
        self.update_state(*args, **kwargs)
        return self.result()

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Metric:
        """Make a metric from what ``get_config`` returned."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


following_steps(Metric, Metric)


def is_of_the_user(value: Any) -> bool:
    """Tell an object or a function whose code is not convolith's."""
    return (getattr(value, "__module__", None) or "").partition(".")[0] != "convolith"


def add(variable: Variable, value: Any) -> None:
    """Add to what a variable from ``add_sum`` holds.

    Raises:
        ValueError: ``value`` has another shape, since a batch has another number of labels, classes or outputs.
    """
    if np.shape(value) != variable.shape:
        raise ValueError(
            f"metric {variable.path}: y_true and y_pred must have as many labels, classes or outputs as in the batches "
            f"before, which make shape {variable.shape}, got what makes {np.shape(value)}"
        )
    np.add(variable.memory, value, out=variable.memory)
    variable.changed()


def numbers(owner: str, argument: str, value: Any, dtype: Any = None) -> np.ndarray:
    """Make an array of labels, predictions or weights.

    Args:
        owner: the metric's or function's name, for the message.
        argument: the argument's, likewise.
        value: what came.
        dtype: None keeps it.

    Raises:
        TypeError: it holds no real numbers.
        ValueError: its rows differ in shape.
    """
    operand(owner, argument, value)  # which refuses what is none
    return np.asarray(value, dtype)


def factors(owner: str, sample_weight: Any) -> np.ndarray:
    """Make float64 of the weights of samples, 1 where there are none; errors as for ``numbers``."""
    return numbers(owner, "sample_weight", 1.0 if sample_weight is None else sample_weight, np.float64)


def class_numbers(owner: str, argument: str, value: Any) -> np.ndarray:
    """Make int64 of labels that are class numbers; arguments and errors as for ``numbers``.

    Raises:
        ValueError: one has a fraction or is not finite.
    """
    return whole_numbers(f"{owner}: {argument}", numbers(owner, argument, value)).astype(np.int64)


def place_of_largest(owner: str, argument: str, value: Any, axis: int = -1) -> np.ndarray:
    """Return the places of the largest numbers along an axis; arguments and errors as for ``numbers``.

    Raises:
        ValueError: there is no such axis, or it has no place.
    """
    array = numbers(owner, argument, value)
    number = one_axis(owner, axis, array.shape, argument)
    if not array.shape[number]:
        raise ValueError(f"{owner}: {argument} must have a class at least on axis {axis}, got shape {array.shape}")
    return np.argmax(array, axis=number)


def same_rank(y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Drop or add a last axis of 1 where the labels' rank differs from the predictions' by one."""
    if y_true.ndim == y_pred.ndim + 1 and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    elif y_pred.ndim == y_true.ndim + 1 and y_pred.shape[-1] == 1:
        y_true = y_true[..., None]
    return y_true, y_pred
