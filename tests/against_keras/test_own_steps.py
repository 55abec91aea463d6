"""Steps that a subclass defines, as Keras's guides spell them on PyTorch, beside the same ones here."""

import contextlib

import numpy as np
import pytest

import convolith

ROUNDING = float(np.finfo(np.float32).eps)


def trained(model, loss, k, weights=None, optimizer=None):
    """Do a step of the optimizer, as each side computes gradients."""
    weights = weights or model.trainable_weights
    if k is convolith:
        gradients, without_gradients = model.compute_gradients(loss, weights), contextlib.nullcontext()
    else:
        torch = pytest.importorskip("torch")
        model.zero_grad()
        loss.backward()
        gradients, without_gradients = [weight.value.grad for weight in weights], torch.no_grad()
    with without_gradients:
        (optimizer or model.optimizer).apply(gradients, weights)


def with_compiled_metrics(k):
    class Own(k.Model):
        def train_step(self, data):
            x, y, *weights = data
            sample_weight = weights[0] if weights else None
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred, sample_weight=sample_weight)
            trained(self, loss, k)
            for metric in self.metrics:
                if metric.name == "loss":
                    metric.update_state(loss)
                else:
                    metric.update_state(y, y_pred, sample_weight=sample_weight)
            return {metric.name: metric.result() for metric in self.metrics}

    return Own


def with_metrics_of_its_own(k):
    class Own(k.Model):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.loss_tracker = k.metrics.Mean(name="loss")
            self.mae_metric = k.metrics.MeanAbsoluteError(name="mae")
            self.loss_fn = k.losses.MeanSquaredError()

        def train_step(self, data):
            x, y, *_ = data
            y_pred = self(x, training=True)
            loss = self.loss_fn(y, y_pred) + sum(self.losses)
            trained(self, loss, k)
            self.loss_tracker.update_state(loss)
            self.mae_metric.update_state(y, y_pred)
            return {"loss": self.loss_tracker.result(), "mae": self.mae_metric.result()}

        def test_step(self, data):
            x, y, *_ = data
            y_pred = self(x, training=False)
            self.loss_tracker.update_state(self.loss_fn(y, y_pred))
            self.mae_metric.update_state(y, y_pred)
            return {metric.name: metric.result() for metric in self.metrics}

        @property
        def metrics(self):
            return [self.loss_tracker, self.mae_metric]

    return Own


def with_a_loss_of_its_own(k):
    class Own(k.Model):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.watched = k.metrics.Mean(name="watched")

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            loss = k.ops.mean(k.ops.square(y_pred - y)) + 0.1 * sum(self.losses)
            self.watched.update_state(loss)
            return loss

        def compute_metrics(self, x, y, y_pred, sample_weight):
            return {**super().compute_metrics(x, y, y_pred, sample_weight), "again": self.watched.result()}

    return Own


def with_raw_numbers(k):
    """Logs of an epoch are what its last step returned."""

    class Own(k.Model):
        def train_step(self, data):
            x, y, *_ = data
            rate = 1.0 * self.optimizer.learning_rate
            loss = self.compute_loss(y=y, y_pred=self(x, training=True))
            trained(self, loss, k)
            return {"own": 2 * loss, "rate": rate, "next": self.optimizer.learning_rate}

        def test_step(self, data):
            x, y, *_ = data
            return {"own": self.compute_loss(y=y, y_pred=self(x, training=False))}

    return Own


def with_numbers_named_as_the_metrics(k):
    """Where all names are metrics' own, logs of an epoch are what the metrics say."""

    class Own(k.Model):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.tracker = k.metrics.Mean(name="mean")

        @property
        def metrics(self):
            return [self.tracker]

        def train_step(self, data):
            x, y, *_ = data
            loss = self.compute_loss(y=y, y_pred=self(x, training=True))
            trained(self, loss, k)
            self.tracker.update_state(loss)
            return {"mean": loss}

        def test_step(self, data):
            return {"of the last": k.ops.sum(data[1])}

    return Own


def with_an_average_of_its_weights(k):
    """Assigns to variables in a step, and reads them there."""

    class Own(k.Model):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.averages = [k.Variable(np.zeros(w.shape, "float32"), trainable=False) for w in self.trainable_weights]
            self.steps = k.Variable(0, dtype="int32", trainable=False)

        def train_step(self, data):
            x, y, *_ = data
            loss = self.compute_loss(y=y, y_pred=self(x, training=True))
            pairs = list(zip(self.averages, self.trainable_weights, strict=True))
            for average, weight in pairs:
                average.assign(0.9 * average + 0.1 * weight)
            self.steps.assign_add(3)
            self.steps.assign_sub(1)
            read = sum(k.ops.sum(average) for average in self.averages) + k.ops.cast(self.steps, "float32")
            trained(self, loss, k)
            return {"own": loss, "read": read}

    return Own


def with_two_steps_in_one(k):
    """Reads the weights that the step has trained, to train them again."""

    class Own(k.Model):
        def train_step(self, data):
            x, y, *_ = data
            first = self.compute_loss(y=y, y_pred=self(x, training=True))
            trained(self, first, k)
            second = self.compute_loss(y=y, y_pred=self(1.1 * x, training=True))
            trained(self, second, k)
            return {"first": first, "second": second, "steps": k.ops.cast(self.optimizer.iterations, "float32")}

    return Own


MAKERS = [
    with_compiled_metrics, with_metrics_of_its_own, with_a_loss_of_its_own, with_raw_numbers,
    with_numbers_named_as_the_metrics, with_an_average_of_its_weights, with_two_steps_in_one,
]  # fmt: skip


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("weighted", [False, True])
def test_histories(keras, generator, make, weighted):
    x, y = generator.normal(size=(10, 4)).astype("float32"), generator.normal(size=(10, 2)).astype("float32")
    more = {"sample_weight": generator.uniform(0.5, 1.5, 10).astype("float32")} if weighted else {}
    found = {}
    for k in (keras, convolith):
        inputs = k.Input((4,))
        hidden = k.layers.Dense(3, "tanh", kernel_regularizer="l2")(inputs)
        model = make(k)(inputs, k.layers.Dense(2)(hidden))
        rate = k.optimizers.schedules.ExponentialDecay(0.01, 2, 0.5)
        model.compile(k.optimizers.Adam(rate), "mse", metrics=["mae"], weighted_metrics=["mse"])
        assert model.metrics_names == [metric.name for metric in model.metrics]
        if k is keras:
            start = model.get_weights()
        model.set_weights(start)
        history = model.fit(x, y, batch_size=5, epochs=3, shuffle=False, verbose=0, validation_data=(x, y), **more)
        names = [metric.name for metric in model.metrics]
        logs = model.evaluate(x, y, verbose=0, return_dict=True)
        found[k] = history.history, names, logs, model.evaluate(x, y, verbose=0), model.get_weights()
    own, theirs = found[convolith], found[keras]
    assert own[1] == theirs[1]
    for one, other in ((own[0], theirs[0]), (own[2], theirs[2])):
        assert sorted(one) == sorted(other)
        for name, values in other.items():
            np.testing.assert_allclose(one[name], values, rtol=200 * ROUNDING, err_msg=name)
    np.testing.assert_allclose(own[3], theirs[3], rtol=200 * ROUNDING)
    for one, other in zip(own[4], theirs[4], strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=200 * ROUNDING)


def adversaries(k, weights):
    """A generator against a critic, each with its optimizer: the generator's step reads the critic that was trained."""

    class Adversaries(k.Model):
        def __init__(self):
            super().__init__()
            self.critic = k.Sequential([k.Input((4,)), k.layers.Dense(5, "tanh"), k.layers.Dense(1)])
            self.source = k.Sequential([k.Input((2,)), k.layers.Dense(4)])
            self.built = True

        def compile(self, critic, source):
            super().compile()
            self.critic_optimizer, self.source_optimizer = critic, source

        def train_step(self, data):
            real, noise = data
            for _ in range(2):
                score = k.ops.mean(self.critic(self.source(noise))) - k.ops.mean(self.critic(real))
                trained(self, score, k, self.critic.trainable_weights, self.critic_optimizer)
            loss = -k.ops.mean(self.critic(self.source(noise)))
            trained(self, loss, k, self.source.trainable_weights, self.source_optimizer)
            return {"score": score, "loss": loss}

    model = Adversaries()
    if weights:
        model.set_weights(weights)
    model.compile(k.optimizers.RMSprop(0.01), k.optimizers.Adam(0.01))
    return model


def test_a_generator_against_a_critic(keras, generator):
    real, noise = generator.normal(size=(10, 4)).astype("float32"), generator.normal(size=(10, 2)).astype("float32")
    theirs = adversaries(keras, None)
    own = adversaries(convolith, theirs.get_weights())
    histories = [
        model.fit(real, noise, batch_size=4, epochs=3, shuffle=False, verbose=0).history for model in (own, theirs)
    ]
    for name, values in histories[1].items():
        np.testing.assert_allclose(histories[0][name], values, rtol=1000 * ROUNDING, atol=1000 * ROUNDING)
    for one, other in zip(own.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1000 * ROUNDING)
    assert int(own.critic_optimizer.iterations) == int(theirs.critic_optimizer.iterations) == 18


@pytest.mark.parametrize("shape", [(10,), (10, 1)])
def test_functions_as_losses_get_labels_of_the_predictions_rank_and_dtype(keras, generator, shape):
    """As own losses do; classes of losses get the labels as they are."""
    x, y = generator.normal(size=(10, 4)).astype("float32"), generator.integers(0, 2, shape)
    found, seen = [], []
    for k in (keras, convolith):

        def contrastive(y_true, y_pred, k=k):
            seen.append((tuple(y_true.shape), str(y_true.dtype).removeprefix("torch.")))
            return k.ops.mean(y_true * k.ops.square(y_pred) + (1 - y_true) * k.ops.square(k.ops.maximum(1 - y_pred, 0)))

        model = k.Sequential([k.Input((4,)), k.layers.Dense(1)])
        model.set_weights([np.arange(4, dtype="float32").reshape(4, 1), np.ones(1, "float32")])
        model.compile("sgd", contrastive)
        found.append([model.evaluate(x, y, verbose=0), *model.fit(x, y, verbose=0).history["loss"]])
    np.testing.assert_allclose(found[1], found[0], rtol=100 * ROUNDING)
    assert set(seen) == {((10, 1), "float32")}
