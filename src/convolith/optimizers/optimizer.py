"""The base of all optimizers: learning rate, slots, and what happens to gradients and weights around a step."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Sequence, Sized
from dataclasses import replace
from typing import Any

from convolith.graph.tensor import Variable
from convolith.ops.update import assign, assign_result
from convolith.ops.update_effect import Accumulate, LearningRate, MovingAverage, Quotient, WeightDecay, every
from convolith.ops.update_rule import UpdateRule
from convolith.optimizers.arguments import COMMON, checked_common, checked_weights
from convolith.optimizers.clipping import clip_by_global_norm, clip_by_norm, clip_by_value
from convolith.optimizers.schedules import serialize
from convolith.optimizers.state import OptimizerState
from convolith.registry import custom_object_scope, name_or_class


class Optimizer(OptimizerState):
    """Base of all optimizers: subclasses define ``slots``, and ``rule`` or ``step``.

    A layer's ``learning_rate_multiplier`` scales the learning rate, and with it the weight decay, of its weights.

    Args:
        learning_rate: a number >= 0, which may be set later, also in the middle of training; a
            ``schedules.LearningRateSchedule``; or a function without arguments that gives the number.
        weight_decay: None, or how much of a weight goes with each step, times the learning rate.
        clipnorm: None, or the largest norm of a weight's gradient.
        clipvalue: None, or the largest magnitude in a gradient.
        global_clipnorm: None, or the largest norm of all gradients together.
        use_ema: whether to keep moving averages of the weights, which ``fit`` ends with.
        ema_momentum: in [0, 1]: how much of the average is kept.
        ema_overwrite_frequency: None, or after every how many steps the averages become the weights.
        loss_scale_factor: None; what float32 computes needs no scaling.
        gradient_accumulation_steps: None, or of how many batches, at least 2, a step takes the mean gradient.
        name: None takes the class's.
        kwargs: nothing else; old names of arguments are told their new ones.

    Raises:
        TypeError: use_ema is neither True nor False.
        ValueError: another argument is none of these, or more than one kind of clipping is asked for.

    Source:
        keras.optimizers.Optimizer.
    """

    weight_decay: float | None
    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    ema_momentum: float
    ema_overwrite_frequency: int | None

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        owner = type(self).__name__
        self.name = name_or_class(owner, name)
        given = {
            "weight_decay": weight_decay,
            "clipnorm": clipnorm,
            "global_clipnorm": global_clipnorm,
            "clipvalue": clipvalue,
            "use_ema": use_ema,
            "ema_momentum": ema_momentum,
            "ema_overwrite_frequency": ema_overwrite_frequency,
            "loss_scale_factor": loss_scale_factor,
            "gradient_accumulation_steps": gradient_accumulation_steps,
        }
        vars(self).update(checked_common(owner, given, kwargs))
        super().__init__(learning_rate)
        self._without_decay: tuple[list[Variable], str | None] = ([], None)
        self.trains: Any = None  # a weak reference to the model that it has trained, and may train on

    def exclude_from_weight_decay(
        self, var_list: Sequence[Variable] | None = None, var_names: Sequence[str] | None = None
    ) -> None:
        """Leave weights alone by the decay.

        Args:
            var_list: the weights.
            var_names: regular expressions that are searched in the weights' short names, such as "bias".

        Raises:
            ValueError: the optimizer was built already.
        """
        if self.built:
            raise ValueError(f"{type(self).__name__}: exclude_from_weight_decay comes before the first step, not after")
        self._without_decay = list(var_list or []), "|".join(var_names) if var_names else None

    def _is_spared(self, variable: Variable) -> bool:
        """Tell whether a weight is left alone by the decay."""
        listed, pattern = self._without_decay
        named = pattern is not None and re.search(pattern, variable.name or "") is not None
        return named or any(variable is one for one in listed)

    # Steps.

    def apply(self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None) -> None:
        """Change weights by their gradients: at once for arrays, at the end of a run inside a trace.

        Args:
            grads: one array or tensor a weight, of its shape; None leaves the weight alone.
            trainable_variables: the weights; None takes those that ``build`` was given.

        Raises:
            ValueError: the numbers or shapes differ, or no weight has a gradient.
            TypeError: the gradients are no list, or a weight is no Variable.
        """
        owner = type(self).__name__
        variables = checked_weights(owner, self.slots_by_weight if trainable_variables is None else trainable_variables)
        if not isinstance(grads, Sized):
            raise TypeError(f"{owner}: gradients must be a list, one for each weight, got {grads!r}")
        if len(grads) != len(variables):
            raise ValueError(f"{owner}: expected {len(variables)} gradients, got {len(grads)}")
        missing = [variable.path for variable, gradient in zip(variables, grads, strict=True) if gradient is None]
        if variables and len(missing) == len(variables):
            raise ValueError(f"{owner}: at least one weight must have a gradient, got None for all of {missing}")
        if missing:
            warnings.warn(f"the loss does not depend on {missing}, which training leaves alone", stacklevel=2)
        self.build(variables)
        changed = [variable for variable, gradient in zip(variables, grads, strict=True) if gradient is not None]
        present = [gradient for gradient in grads if gradient is not None]
        period = self.gradient_accumulation_steps
        count: Any = self._iterations
        rate = LearningRate(self._rate)(count)
        if period is None:
            self._step_all(changed, self._clipped(present), rate, count)
        else:
            count = Quotient(period)(count)
            sums = [self.slot(variable, "gradient_accumulator") for variable in changed]
            totals = [gradient + one for gradient, one in zip(present, sums, strict=True)]
            means = self._clipped([total / period for total in totals])
            every(period, self._iterations, lambda: self._step_all(changed, means, rate, count))
            for one, total in zip(sums, totals, strict=True):
                Accumulate(period)(one, total, self._iterations)
        if self.use_ema:
            self._average(variables, count)
        for variable in changed:
            if variable.constraint is not None:
                assign_result(variable, variable.constraint)
        self._iterations.assign_add(1)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> None:
        """Do the same for pairs (gradient, weight)."""
        pairs = list(grads_and_vars)
        self.apply([gradient for gradient, _ in pairs], [variable for _, variable in pairs])

    def _clipped(self, gradients: list[Any]) -> list[Any]:
        if norm := self.clipnorm:
            return [clip_by_norm(gradient, norm) for gradient in gradients]
        if norm := self.global_clipnorm:
            return clip_by_global_norm(gradients, norm)
        if limit := self.clipvalue:
            return [clip_by_value(gradient, limit) for gradient in gradients]
        return gradients

    def _step_all(self, variables: list[Variable], gradients: list[Any], rate: Any, count: Any) -> None:
        multipliers = {variable.learning_rate_multiplier for variable in variables}
        rates = {multiplier: rate if multiplier == 1 else rate * multiplier for multiplier in multipliers}
        by_rule = type(self).step is Optimizer.step
        rules: dict[tuple[float, float], tuple[UpdateRule, tuple[Any, ...]]] = {}
        for variable, gradient in zip(variables, gradients, strict=True):
            own_rate = rates[variable.learning_rate_multiplier]
            slots = self.slots_by_weight[variable][: len(self.slots)]
            decay = 0.0 if self._is_spared(variable) else self.decay_of(variable)
            if by_rule:
                key = decay, variable.learning_rate_multiplier
                if key not in rules:  # worked out once for all weights
                    rule = replace(self.rule, weight_decay=decay)
                    rules[key] = rule, rule.settings(own_rate, count)
                rule, settings = rules[key]
                rule.along(variable, gradient, settings, *slots)
                continue
            if decay:
                WeightDecay(decay)(variable, own_rate)
            self.step(variable, gradient, own_rate, count, *slots)

    def decay_of(self, variable: Variable) -> float:
        """Give how much of a weight goes with each step, times the learning rate, unless it is spared."""
        return self.weight_decay or 0.0

    @property
    def rule(self) -> UpdateRule:
        """The step of a weight, with its decay; what has none overrides ``step``."""
        raise NotImplementedError(f"optimizer {type(self).__name__} must define step(variable, gradient, rate, count)")

    def step(self, variable: Variable, gradient: Any, rate: Any, count: Any, *slots: Variable) -> None:
        """Change one weight and its slots, with effects of ``convolith.ops``: by default by ``rule``.

        Args:
            variable: the weight.
            gradient: array or tensor of its shape and dtype.
            rate: the learning rate, of shape ().
            count: how many steps were done before, of shape ().
            slots: one Variable for each of ``slots``.
        """
        self.rule(variable, gradient, rate, count, *slots)

    def _average(self, variables: list[Variable], count: Any) -> None:
        for variable in variables:
            MovingAverage(self.ema_momentum)(self.slot(variable, "average"), variable, count)
        frequency = self.ema_overwrite_frequency
        if frequency is not None:
            every(frequency, count, lambda: self.finalize_variable_values(variables))

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        """Set weights to their moving averages, if there are any; ``fit`` ends so."""
        if self.use_ema:
            for variable in var_list:
                if variable in self.slots_by_weight:
                    assign(variable, self.slot(variable, "average"))

    # Configuration.

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        rate = float(self._learning_rate) if self._schedule is None else serialize(self._schedule)
        return {"name": self.name, "learning_rate": rate, **{argument: getattr(self, argument) for argument in COMMON}}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Optimizer:
        """Make an optimizer from what ``get_config`` returned; ``custom_objects`` names the user's own schedules."""
        with custom_object_scope(custom_objects):
            return cls(**config)

    def __repr__(self) -> str:
        rate = f"{float(self._learning_rate):g}" if self._schedule is None else repr(self._schedule)
        return f"<{type(self).__name__} learning_rate={rate}>"
