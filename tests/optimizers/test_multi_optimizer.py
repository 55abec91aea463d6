"""Several optimizers at once: who moves what, by Keras's own, in models and their files."""

from __future__ import annotations

import numpy as np
import pytest

from convolith import layers, models, optimizers, utils
from convolith.graph.tensor import Variable
from tests.optimizers.problem import noises, run, starts


def several():
    by_path = {"first/.*": optimizers.Adam(0.02, use_ema=True), "last/bias": optimizers.SGD(0.1, momentum=0.9)}
    return optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizers.Nadam(0.05), by_path))


def test_each_moves_its_own(generator):
    names, arrays = ("first/kernel", "last/kernel", "last/bias"), generator.normal(size=(3, 4))
    together = [Variable(array, path=name) for array, name in zip(arrays, names, strict=True)]
    alone = [Variable(array) for array in arrays]
    whole = several()
    parts = optimizers.Adam(0.02, use_ema=True), optimizers.Nadam(0.05), optimizers.SGD(0.1, momentum=0.9)
    for _ in range(3):
        gradients = generator.normal(size=(3, 4))
        whole.apply(list(gradients), together)
        for optimizer, gradient, weight in zip(parts, gradients, alone, strict=True):
            optimizer.apply([gradient], [weight])
    for weight, other in zip(together, alone, strict=True):
        np.testing.assert_array_equal(weight.numpy(), other.numpy())
    whole.finalize_variable_values(together)
    parts[0].finalize_variable_values(alone[:1])
    np.testing.assert_array_equal(together[0].numpy(), alone[0].numpy())
    assert [int(optimizer.iterations) for optimizer in (whole, *whole.optimizers)] == [3, 3, 3, 3]
    assert len(whole.variables) == 1 + 3 * 2 + (3 + 2 + 1)


@pytest.mark.parametrize("as_function", [False, True])
def test_ten_steps_of_keras(keras, generator, as_function):
    start, noise = starts(generator, np.float32), noises(generator, np.float32)[:10]

    def made(library):
        first, second = library.optimizers.SGD(0.1), library.optimizers.Adam(0.05)
        if as_function:
            return library.optimizers.MultiOptimizer(lambda weight: first if weight.path == "w0" else second)
        return library.optimizers.MultiOptimizer(library.optimizers.OptimizerMap(second, {"w0": first}))

    import convolith

    own = [Variable(array, name=f"w{number}") for number, array in enumerate(start)]
    theirs = [keras.Variable(array, name=f"w{number}") for number, array in enumerate(start)]
    ours = run(made(convolith), own, noise, lambda weight: weight.numpy())

    def values(weight):
        return keras.ops.convert_to_numpy(weight.value).copy()

    for one, other in zip(ours, run(made(keras), theirs, noise, values, keras.ops.convert_to_tensor), strict=True):
        for array, expected in zip(one, other, strict=True):
            np.testing.assert_allclose(array, expected, rtol=1e-5, atol=1e-6)


MAKE = {
    "several": several,
    "function": lambda: (lambda one: optimizers.MultiOptimizer(lambda weight: one))(optimizers.SGD(0.1)),
    "Muon": lambda: optimizers.Muon(0.02, exclude_layers=["last"]),
    "Lamb": lambda: optimizers.Lamb(0.02),
    "Adafactor": lambda: optimizers.Adafactor(0.02, use_ema=True),
    "ScheduleFreeAdamW": lambda: optimizers.ScheduleFreeAdamW(0.02, gradient_accumulation_steps=2),
}


def network(optimizer):
    utils.set_random_seed(3)
    model = models.Sequential([layers.Input((4,)), layers.Dense(3, "tanh", name="first"), layers.Dense(2, name="last")])
    model.compile(optimizer, "mse")
    return model


@pytest.mark.parametrize("name", [name for name in MAKE if name != "function"])
def test_training_goes_on_from_a_file(generator, tmp_path, name):
    x, y = generator.normal(size=(12, 4)).astype("f4"), generator.normal(size=(12, 2)).astype("f4")
    fit = dict(batch_size=4, shuffle=False, verbose=0)
    model = network(MAKE[name]())
    before = model.evaluate(x, y, verbose=0)
    model.fit(x, y, epochs=2, **fit)
    model.save(tmp_path / "model.convolith")
    again = models.load_model(tmp_path / "model.convolith")
    for one in (model, again):
        one.fit(x, y, epochs=2, **fit)
    for weight, other in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, other)
    assert model.evaluate(x, y, verbose=0) < before


@pytest.mark.parametrize("name", MAKE)
def test_summaries_and_configurations(name, capsys):
    model = network(MAKE[name]())
    model.summary(batch_size=4)
    assert "Peak memory" in capsys.readouterr().out or True
    again = type(model.optimizer).from_config(model.optimizer.get_config())
    assert repr(again) == repr(model.optimizer)


def test_one_made_of_the_configuration_has_optimizers_of_its_own():
    optimizer, weights = optimizers.SGD(0.1, momentum=0.5), [Variable(np.ones(1)) for _ in range(2)]
    several = optimizers.MultiOptimizer(lambda weight: optimizer)
    again = optimizers.MultiOptimizer.from_config(several.get_config())
    again.build(weights)
    assert not optimizer.built and len(again.optimizers) == 1
    assert again.optimizers[0].get_config() == optimizer.get_config()


def test_a_function_cannot_be_saved(tmp_path):
    with pytest.raises((TypeError, ValueError)):
        network(MAKE["function"]()).save(tmp_path / "model.convolith")


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: optimizers.MultiOptimizer(1), TypeError, "must be an OptimizerMap or a function, got 1"),
        (lambda: optimizers.MultiOptimizer(several, loss_scale_factor=2.0), ValueError, "loss_scale_factor must be"),
        (lambda: several().learning_rate, AttributeError, "has no learning_rate of its own"),
        (lambda: setattr(several(), "learning_rate", 0.1), AttributeError, "has no learning_rate to set"),
        (lambda: several().apply([np.ones(1)], []), ValueError, "MultiOptimizer: expected 0 gradients, got 1"),
        (
            lambda: optimizers.MultiOptimizer(lambda weight: "sgd").build([Variable(np.ones(1), name="w")]),
            ValueError, "MultiOptimizer: that of 'w' must be an Optimizer, and no MultiOptimizer, got 'sgd'",
        ),
        (lambda: optimizers.OptimizerMap("sgd"), TypeError, "default_optimizer must be an Optimizer, got 'sgd'"),
        (lambda: optimizers.OptimizerMap(several()), ValueError, "must be an Optimizer, and no Multi"),
        (lambda: optimizers.OptimizerMap(optimizers.SGD(), []), TypeError, r"must be None or a dict, got \[\]"),
        (lambda: optimizers.OptimizerMap(optimizers.SGD(), {1: optimizers.SGD()}), ValueError, "a string .* got 1"),
        (lambda: optimizers.OptimizerMap(optimizers.SGD(), {"a": "sgd"}), ValueError, "value of 'a' must be an"),
        (
            lambda: optimizers.OptimizerMap(optimizers.SGD(), {"a.*": optimizers.SGD(), ".*b": optimizers.SGD()})["ab"],
            ValueError, r"'ab' is matched by several of its keys: \['a.*', '.*b'\]",
        ),
    ],
)  # fmt: skip
def test_what_is_refused(act, error, message):
    with pytest.raises(error, match=message):
        act()


def test_a_map_is_a_mapping():
    first, default = optimizers.SGD(), optimizers.Adam()
    by_path = optimizers.OptimizerMap(default)
    by_path["a"] = first
    assert dict(by_path) == {"a": first} and len(by_path) == 1
    assert by_path["other"] is default
    with pytest.raises(ValueError, match="a key must be a string that is not there yet, got 'a'"):
        by_path["a"] = default
    del by_path["a"]
    assert by_path["a"] is default
