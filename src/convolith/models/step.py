"""One step of training, testing or predicting: traced, differentiated, planned once a batch shape, then run."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np

from convolith.graph.arena import Arena
from convolith.graph.changes import changes
from convolith.graph.differentiate import gradients
from convolith.graph.fusion import fuse
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec, Tensor, Variable
from convolith.graph.trace import Graph, extend, trace
from convolith.layers.call import inside_call
from convolith.layers.structure import flatten, map_structure
from convolith.models.custom_step import NamedLogs, StepPlan, pack_x_y_sample_weight, step_plan
from convolith.models.memory_limit import limited
from convolith.models.samples import Layout
from convolith.models.seen import Seen, settings

if TYPE_CHECKING:
    from convolith.models.objective import Objective

PLANS = 8  # that a model keeps: batch shapes times modes


class Planner:
    """Makes a model's plans, and keeps the last few; all run in one arena.

    Args:
        model: a Model, which owns the planner; it is held weakly, so that a dropped model's memory goes at once.
    """

    def __init__(self, model: Any):
        self._model = weakref.ref(model)
        self.arena = Arena()
        self._lock = threading.RLock()
        self.seen = Seen()
        self._plans: OrderedDict[Any, Plan] = OrderedDict()
        self._trained: tuple[int, list[Variable]] = (-1, [])

    @property
    def model(self) -> Any:
        """The model that owns the planner."""
        return self._model()

    def forget(self) -> None:
        """Drop all plans and their memory."""
        self.arena = Arena()
        self._plans.clear()
        self.seen.forget()
        self.forget_weights()

    def plan(self, mode: str, layout: Layout, specs: tuple[Spec, ...], objective: Objective | None) -> Plan:
        """Return the plan of a mode for a batch's shapes, from those kept or new.

        Args:
            mode: "train", "test" or "predict"; "train_step" or "test_step" where the model defines its own.
            layout: what the arrays of a batch are.
            specs: of these arrays.
            objective: what to train or test for; None to predict.
        """
        rates = self.rates() if "train" in mode else ()
        key = (mode, repr(layout), specs, rates, settings())
        with self._lock:
            plan = None if self.model.run_eagerly else self._plans.get(key)
            if plan is None:
                plan = self._plans[key] = self.make(mode, layout, specs, objective, self.arena)
                if len(self._plans) > PLANS:
                    self._plans.popitem(last=False)
                    self.seen.forget()  # which may hold it
            self._plans.move_to_end(key)
            return plan

    def forget_weights(self) -> None:
        """Look the trained weights up again when they are needed."""
        self._trained = (-1, [])

    def trained_weights(self) -> list[Variable]:
        """Return the weights that training changes; looked up again where any was made or frozen since."""
        if self._trained[0] != changes.count:
            self._trained = (changes.count, self.model.trainable_weights)
        return self._trained[1]

    def rates(self) -> tuple[tuple[int, float], ...]:
        """Return the trained weights, as numbers that tell them apart, with the factors of their learning rates."""
        return tuple([(id(weight), weight.learning_rate_multiplier) for weight in self.trained_weights()])

    def make(
        self,
        mode: str,
        layout: Layout,
        specs: tuple[Spec, ...],
        objective: Objective | None,
        arena: Arena,
        optimizer: Any = None,
    ) -> Plan:
        """Make a plan; arguments as for ``plan``, and an optimizer where it is not the model's."""
        model = self.model
        if mode in ("train_step", "test_step"):
            return step_plan(model, mode, layout, specs, arena)

        def forward(*tensors: Tensor) -> Any:
            arguments = map_structure(lambda number: tensors[number], layout.structure)
            if objective is None and model.defines("predict_step"):
                return model.predict_step(pack_x_y_sample_weight(arguments))
            with inside_call(mode == "train") as added:
                predictions = model(arguments)
            if objective is None:
                return predictions
            flat = flatten(predictions)
            labels, weights = layout.labels_and_weights(tensors)
            model._losses = added
            total, losses = model.traced_losses(objective, arguments, labels, weights, predictions, mode == "train")
            model._losses = []
            return total, losses, [flat[number] for number in objective.needs_predictions()], added

        graph = fuse(trace(forward, *specs), self.trained_weights() if mode == "train" else ())
        if mode == "train":
            graph = fuse(self._with_training(graph, optimizer or model.optimizer))
            graph = limited(graph, model.memory_limit, specs[0].shape[0] or 0)
        return Plan(graph, arena)

    def _with_training(self, graph: Graph, optimizer: Any) -> Graph:
        """Append the gradients of the first output, the loss, and the optimizer's changes."""
        weights = self.trained_weights()

        def backward(*outputs: Tensor) -> Any:
            by_weights = gradients(outputs[:1], [np.ones((), outputs[0].dtype)], weights)
            optimizer.apply(by_weights, weights)
            return outputs

        extended = extend(graph, backward)
        return Graph(extended.inputs, extended.outputs, graph.structure, extended.effects)


class Step:
    """Runs batches of one mode, and updates the objective's running means.

    Args:
        planner: the model's.
        mode: "train", "test", "train_step" or "test_step".
        layout: what the arrays of a batch are.
        objective: losses and metrics, or NamedLogs for the two last modes.
    """

    def __init__(self, planner: Planner, mode: str, layout: Layout, objective: Any):
        self._planner, self._mode = planner, mode
        self.layout, self.objective = layout, objective
        self._metrics = planner.model.metrics
        self._plans: dict[Any, Plan] = {}

    def __call__(self, batch: list[np.ndarray]) -> None:
        """Run one batch of inputs, labels and weights."""
        objective, plan = self.objective, self.plan(batch)
        if isinstance(objective, NamedLogs):
            assert isinstance(plan, StepPlan)
            with plan.arena.lock:
                objective.update(plan.restore(plan.run(*batch)), plan.results)
            return
        with plan.arena.lock:
            total, losses, predictions, added = plan.restore(plan.run(*batch))
            if added:
                self._planner.model._losses = [loss.copy() for loss in added]
            wanted = dict(zip(objective.needs_predictions(), predictions, strict=True))
            labels, weights = self.layout.labels_and_weights(batch)
            objective.update(len(batch[0]), total, tuple(losses), labels, weights, wanted)

    def reset(self) -> None:
        """Start the running means and the metrics again."""
        model = self._planner.model
        if isinstance(self.objective, NamedLogs):
            self.objective.reset()
            self._metrics = model.metrics  # the step may make some
        if model.defines("reset_metrics"):
            model.reset_metrics()
            return
        for metric in self._metrics:
            metric.reset_state()

    def logs(self) -> dict[str, Any]:
        """Return what is known so far by name, in the order of ``evaluate``."""
        from convolith.models.compile_metrics import in_order, metric_results

        if isinstance(self.objective, NamedLogs):
            logs = self.objective.logs()
        else:
            model = self._planner.model
            own = model.defines("get_metrics_result")
            logs = model.get_metrics_result() if own else metric_results(self._metrics)
        return in_order(self._metrics, logs)

    def plan(self, batch: list[Any]) -> Plan:
        """Return the plan for a batch's shapes; ``batch`` may be of arrays or of Specs.

        Raises:
            MemoryError: the machine has not enough memory left; for training the text names the largest batch.
        """
        key = (settings(), *[array.shape for array in batch])
        plan = None if self._planner.model.run_eagerly else self._plans.get(key)
        if plan is None:
            specs = tuple(Spec(array.shape, array.dtype) for array in batch)
            if len(self._plans) >= PLANS:
                self._plans.clear()
            try:
                plan = self._planner.plan(self._mode, self.layout, specs, self.objective)
            except MemoryError as error:
                raise self._too_large(specs, error) from error
            self._plans[key] = plan
        return plan

    def _too_large(self, specs: tuple[Spec, ...], error: MemoryError) -> MemoryError:
        """Say which batch would fit."""
        from convolith.memory import free_memory
        from convolith.models.cost import largest_batch

        model, free = self._planner.model, free_memory()
        text = f"{model.name}: a batch of {specs[0].shape[0]} samples does not fit into memory: {error}"
        if self._mode == "train" and free is not None:
            fits = largest_batch(model, self.layout, specs, self.objective, free + self._planner.arena.block.nbytes)
            text += f"; the largest batch that fits is {fits}" if fits else "; not even one sample fits"
        return MemoryError(text)
