"""What a model is trained for: Keras's ``compile``, and the metrics that come of it."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from convolith.layers.reports import attribute_metrics, layer_metrics
from convolith.layers.structure import flatten
from convolith.layers.weights import unique
from convolith.models.batches import checked_steps
from convolith.models.layer_graph import LayerGraph
from convolith.models.memory_limit import bytes_of
from convolith.models.step import Planner
from convolith.ops.arguments import flag

# Losses, metrics and optimizers are imported by `compile`: a model that only predicts starts without them.
if TYPE_CHECKING:
    from convolith.metrics.metric import Metric
    from convolith.models.objective import Objective


class Compiled:
    """Base of ``Trainer``: optimizer, losses and metrics, and the plans that are made for them."""

    name: str
    dtype: str
    built: bool
    trainable_weights: list[Any]
    __getstate__: Callable[[], dict[str, Any]]
    _graph: LayerGraph | None

    if TYPE_CHECKING:  # what Layer has

        def sublayers(self) -> list[Any]: ...  # noqa: D102

    def _start_trainer(self) -> None:
        self.planner = Planner(self)
        self.optimizer: Any = None
        self.loss: Any = None
        self.history: Any = None
        self.stop_training = self.stop_evaluating = self.stop_predicting = False
        self.shuffle_seed: int | None = None
        self._initial_epoch: int | None = None  # where a callback that restores a state lets `fit` begin
        self.compile_arguments: dict[str, Any] | None = None
        self.memory_limit: int | None = None
        self.run_eagerly, self.jit_compile, self.steps_per_execution = False, False, 1
        self._objective: Objective | None = None
        self._seen_outputs: dict[Any, Any] = {}

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """Copy layers, weights, optimizer and what was compiled; plans and the history are the copy's own."""
        from copy import deepcopy

        copy = type(self).__new__(type(self))
        memo[id(self)] = copy
        if self._graph is not None:
            self._graph.copy_calls(memo)
        for name, value in self.__getstate__().items():
            if name not in ("planner", "history"):
                setattr(copy, name, deepcopy(value, memo))
        copy.planner, copy.history = Planner(copy), None
        if self.optimizer is not None and self.optimizer.trains is not None:
            copy.optimizer.trains = weakref.ref(copy) if self.optimizer.trains() is self else None
        return copy

    def _forget_plans(self) -> None:
        """Forget what was traced: the model's structure, or what it is trained for, has changed."""
        self.planner.forget()
        self._objective = None
        self._seen_outputs.clear()

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
        memory_limit: int | str | None = None,
    ) -> None:
        """Say how the model is trained.

        Args:
            optimizer: a name or an object of ``convolith.optimizers``.
            loss: a name, an object or a function (y_true, y_pred); a list or dict of one an output. None where layers
                add the loss by ``add_loss``.
            loss_weights: None, or a factor an output, as a list or dict.
            metrics: a list of names, objects or functions; for several outputs a list of lists, or a dict.
            weighted_metrics: the same, for metrics that take the samples' weights.
            run_eagerly: whether ``call`` and steps of one's own are traced anew for every batch, which takes longer,
                instead of once a shape: what Python computes in them without tensors is done each time then. Tensors
                have no values there, either way.
            steps_per_execution: of no effect: callbacks are asked after each batch.
            jit_compile: of no effect; Keras's.
            auto_scale_loss: of no effect; Keras's.
            memory_limit: beyond Keras: bytes, or text such as "1GiB", that weights, optimizer and a step of training
                may take together. What the backward pass reads and does not fit is computed again, at the least extra
                time that is found, with the same results bit for bit.

        Raises:
            ValueError: an argument is none of these, and the model stays compiled as it was; what depends on outputs
                that are not known yet is checked when data come.
            TypeError: likewise, if run_eagerly is neither True nor False.

        Source:
            keras.Model.compile.
        """
        import convolith.models.passes  # noqa: F401  (so that the first step need not)
        from convolith.models.objective import Objective, check_names
        from convolith.optimizers import get as get_optimizer

        limit = bytes_of(f"{self.name}: compile", memory_limit)
        steps = checked_steps(steps_per_execution, f"{self.name}: compile", "steps_per_execution")
        eagerly = flag(f"{self.name}: compile", "run_eagerly", run_eagerly)
        found = get_optimizer(optimizer)
        arguments = {
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
        }
        check_names(loss, [metrics, weighted_metrics])
        objective = None
        if self._graph is not None:
            objective = Objective(self._graph.outputs, self._graph.result_names, **arguments)
        self._forget_plans()
        self.optimizer, self.loss, self.compile_arguments, self._objective = found, loss, arguments, objective
        self.memory_limit = limit
        self.run_eagerly, self.steps_per_execution = eagerly, 1 if steps is None else steps
        self.jit_compile = jit_compile not in ("auto", None, False)

    def get_compile_config(self) -> dict[str, Any]:
        """Return in Keras's form what ``compile`` was told; {} before it, and (with a warning) for a lambda.

        A ``memory_limit``, which Keras does not have, is in it where there is one.

        Source:
            keras.Model.get_compile_config.

        Example:
            >>> from convolith.models import Sequential
            >>> model = Sequential()
            >>> model.compile("sgd", "mse")
            >>> model.get_compile_config()["loss"]
            'mse'
        """
        from convolith.models.compile_config import compiled_as

        return compiled_as(self)

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile as ``get_compile_config`` of convolith's or Keras's says; what is not told is as ``compile`` has it.

        Keras's files are read by this, and all files where a class has its own. A subclass with a ``compile`` of its
        own is left as it is, with a warning, unless it defines this as well.

        Raises:
            ValueError: something in it is unknown.

        Source:
            keras.Model.compile_from_config.

        Example:
            >>> from convolith.models import Sequential
            >>> model = Sequential()
            >>> model.compile_from_config({"optimizer": "sgd", "loss": "mse"})
            >>> type(model.optimizer).__name__
            'SGD'
        """
        from convolith.models.compile_config import compile_as

        if self.compiles_itself():
            return
        compile_as(self, config)
        if self.built:
            self.optimizer.build(self.trainable_weights)

    def defines_compile_config(self) -> bool:
        """Tell whether the class itself says how it is compiled, and takes it back."""
        own, base = type(self), Compiled
        return own.get_compile_config is not base.get_compile_config or (
            own.compile_from_config is not base.compile_from_config
        )

    def compiles_itself(self) -> bool:
        """Tell whether the class has a ``compile`` of its own, and warn that what is read cannot be given to it."""
        if type(self).compile is Compiled.compile:
            return False
        warnings.warn(
            f"{self.name} is read without being compiled, since {type(self).__name__} has its own compile: call it, "
            f"or define get_compile_config and compile_from_config",
            stacklevel=3,
        )
        return True

    @property
    def metrics(self) -> list[Metric]:
        """The mean of the loss, the metrics of ``compile`` as one, the outputs' losses; then the attributes' metrics.

        A subclass may define it: its metrics start again with each epoch, and are what logs have.

        Source:
            keras.Model.metrics.
        """
        compiled = [] if self._objective is None else self._objective.all_metrics()
        return unique([*compiled, *attribute_metrics(self), *layer_metrics(self)])

    def metrics_as_part(self) -> list[Metric]:
        """Leave out what it is trained for itself, where it is part of another model."""
        return layer_metrics(self)

    @property
    def metrics_names(self) -> list[str]:
        """The names of ``metrics``, those of ``compile`` as the one that they are there: as in Keras 3.

        ``evaluate(return_dict=True)`` names each number.

        Source:
            keras.Model.metrics_names.
        """
        return [metric.name for metric in self.metrics]

    @property
    def compiled(self) -> bool:
        """Whether ``compile`` was called."""
        return self.compile_arguments is not None

    def get_metrics_result(self) -> dict[str, Any]:
        """Return what ``metrics`` say by name, as logs have it; within a step that is traced, MetricResults.

        Source:
            keras.Model.get_metrics_result.
        """
        from convolith.models.compile_metrics import metric_results

        return metric_results(self.metrics)

    def reset_metrics(self) -> None:
        """Start ``metrics`` again.

        Source:
            keras.Model.reset_metrics.
        """
        for metric in self.metrics:
            metric.reset_state()

    def _make_objective(self, outputs: Any, names: list[str]) -> Objective:
        from convolith.models.objective import Objective

        assert self.compile_arguments is not None
        self._objective = Objective(flatten(outputs), names, **self.compile_arguments)
        return self._objective
