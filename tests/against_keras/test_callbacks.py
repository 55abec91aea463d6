"""Callbacks beside Keras's: the same calls, the same files with the same contents, the same logs, for the same fit."""

import contextlib
import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import convolith

ROUNDING = float(np.finfo(np.float32).eps)
FIT = {"batch_size": 4, "shuffle": False, "verbose": 0}
X = np.random.default_rng(3).normal(size=(12, 4)).astype("float32")
Y = np.random.default_rng(4).normal(size=(12, 2)).astype("float32")


def network(k, weights=None, rate=0.05):
    inputs = k.Input((4,))
    hidden = k.layers.Dense(3, "tanh", name="hidden")(inputs)
    model = k.Model(inputs, k.layers.Dense(2, name="last")(hidden))
    model.compile(k.optimizers.Adam(rate), "mse", metrics=["mae"])
    if weights is not None:
        model.set_weights(weights)
    return model


@pytest.fixture
def start(keras):
    keras.utils.set_random_seed(5)
    return network(keras).get_weights()


def close(own, theirs):
    """Compare numbers after at most ten steps of a small network."""
    np.testing.assert_allclose(own, theirs, rtol=200 * ROUNDING, atol=200 * ROUNDING)


HOOKS = [
    f"on_{what}_{end}"
    for what in ("train", "test", "predict", "epoch", "batch", "train_batch", "test_batch", "predict_batch")
    for end in ("begin", "end")
]


def journal(k):
    class Journal(k.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.entries = []

    def noting(name):
        def hook(self, *arguments, logs=None):
            *number, logs = (*arguments, logs) if logs is not None else arguments
            self.entries.append((name, number, None if logs is None else sorted(logs)))

        return hook

    for name in HOOKS:
        setattr(Journal, name, noting(name))
    return Journal()


def test_the_same_calls(keras, start):
    found = []
    for k in (keras, convolith):
        model, notes = network(k, start), journal(k)
        model.fit(X, Y, epochs=2, validation_data=(X[:5], Y[:5]), callbacks=[notes], **FIT)
        model.evaluate(X, Y, batch_size=5, callbacks=[notes], verbose=0)
        model.predict(X, batch_size=5, callbacks=[notes], verbose=0)
        model.train_on_batch(X, Y)
        found.append([(name, number, logs or []) for name, number, logs in notes.entries])
    assert found[1] == found[0]


ROWS = [
    (0, {"loss": 0.25, "accuracy": np.float32(0.5)}),
    (1, {"accuracy": 0.75, "loss": 1e-7, "val_loss": 3.0, "new": 1}),
    (5, {"loss": float("nan")}),
]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    "rows",
    [ROWS, ROWS[1:2], [(0, {"per_class": [0.5, 0.25], "loss": np.array(2.0)})], [(3, {"text": 'a,"b"'})], [(0, {})]],
)
def test_tables_of_the_same_bytes(keras, tmp_path, separator, rows):
    for turn in range(3):  # new, added to, new again
        for k in (keras, convolith):
            logger = k.callbacks.CSVLogger(tmp_path / k.__name__, separator, append=turn == 1)
            logger.on_train_begin()
            for epoch, logs in rows:
                logger.on_epoch_end(epoch, dict(logs))
            logger.on_train_end()
        assert (tmp_path / "convolith").read_bytes() == (tmp_path / "keras").read_bytes()


def test_a_table_of_a_fit(keras, start, tmp_path):
    tables = []
    for k in (keras, convolith):
        logger = k.callbacks.CSVLogger(str(tmp_path / k.__name__))
        network(k, start).fit(X, Y, epochs=3, validation_data=(X[:5], Y[:5]), callbacks=[logger], **FIT)
        tables.append([line.split(",") for line in (tmp_path / k.__name__).read_text().splitlines()])
    assert tables[1][0] == tables[0][0]
    close(np.array(tables[1][1:], float), np.array(tables[0][1:], float))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("{epoch:02d}-{loss:.2f}-{val_mae:.1f}.keras", {}),
        ("deep/{epoch}.weights.h5", {"save_weights_only": True}),
        ("{epoch}-{batch:03d}.weights.h5", {"save_weights_only": True, "save_freq": 2}),
        ("{epoch}-{batch}-{mae:.1f}.weights.h5", {"save_weights_only": True, "save_freq": 5}),
        ("{epoch}.weights.h5", {"save_weights_only": True, "save_best_only": True, "monitor": "val_mae"}),
        ("{epoch}.weights.h5", {"save_weights_only": True, "save_best_only": True, "mode": "max"}),
        ("{epoch}.weights.h5", {"save_weights_only": True, "save_best_only": True, "initial_value_threshold": 0.7}),
        (
            "{epoch}.weights.h5",
            {"save_weights_only": True, "save_best_only": True, "monitor": "missing", "mode": "min"},
        ),
        ("latest.keras", {"save_best_only": True, "monitor": "loss"}),
    ],
)
def test_checkpoints(keras, start, tmp_path, name, arguments):
    files = {}
    for k in (keras, convolith):
        folder = tmp_path / k.__name__
        saver = k.callbacks.ModelCheckpoint(folder / name, **arguments)
        network(k, start).fit(X, Y, epochs=4, validation_data=(X[:5], Y[:5]), callbacks=[saver], **FIT)
        files[k] = {str(file.relative_to(folder)): file for file in folder.rglob("*") if file.is_file()}
    assert sorted(files[convolith]) == sorted(files[keras]) != []
    for name, own in files[convolith].items():  # Keras reads both
        weights = []
        for file in (own, files[keras][name]):
            model = network(keras)
            if name.endswith(".keras"):
                model = keras.models.load_model(file)
            else:
                model.load_weights(file)
            weights.append(model.get_weights())
        for one, other in zip(*weights, strict=True):
            close(one, other)


@pytest.mark.parametrize(
    "act",
    [
        lambda k: k.ModelCheckpoint("x.keras", save_weights_only=True),
        lambda k: k.ModelCheckpoint("x.keras", save_freq="batch"),
        lambda k: k.BackupAndRestore(""),
        lambda k: k.BackupAndRestore("x", save_freq="batch"),
        lambda k: k.TensorBoard(profile_batch=2),
    ],
)
def test_the_same_is_refused(keras, act):
    for k in (convolith, keras):
        with pytest.raises(ValueError):
            act(k.callbacks)


def stop_at(k, hook, at):
    def stop(number, logs):
        if number == at:
            raise KeyboardInterrupt

    return k.callbacks.LambdaCallback(**{hook: stop})


@pytest.mark.parametrize(
    ("arguments", "hook", "at"),
    [
        ({}, "on_epoch_begin", 2),
        ({}, "on_epoch_end", 1),
        ({"double_checkpoint": True, "delete_checkpoint": False}, "on_epoch_end", 2),
        ({"save_freq": 2}, "on_train_batch_end", 2),
        ({}, "on_train_batch_begin", 0),
    ],
)
def test_training_that_goes_on(keras, start, tmp_path, arguments, hook, at):
    found = {}
    for k in (keras, convolith):
        folder = tmp_path / k.__name__
        keeper = k.callbacks.BackupAndRestore(folder, **arguments)
        first = network(k, start)
        with pytest.raises(KeyboardInterrupt):
            first.fit(X, Y, epochs=4, callbacks=[keeper, stop_at(k, hook, at)], **FIT)
        second = network(k, [np.zeros_like(weight) for weight in start])
        if not folder.exists() or not any(folder.iterdir()):
            second.set_weights(start)  # nothing was kept
        keeper = k.callbacks.BackupAndRestore(folder, **arguments)
        history = second.fit(X, Y, epochs=4, callbacks=[keeper], **FIT)
        kept = folder.exists()
        found[k] = history.epoch, kept, int(second.optimizer.iterations), history.history, second.get_weights()
    own, theirs = found[convolith], found[keras]
    assert own[:3] == theirs[:3]
    assert sorted(own[3]) == sorted(theirs[3])
    for name, values in theirs[3].items():
        close(own[3][name], values)
    for one, other in zip(own[4], theirs[4], strict=True):
        close(one, other)


@pytest.mark.parametrize("value", [-1.0, 0.0])
@pytest.mark.parametrize("at", [0, 6])
def test_the_end_at_nan(keras, start, at, value):
    """The logarithm of a label is NaN or infinite."""
    y = np.ones_like(Y)
    y[at] = value
    found = []
    for k in (keras, convolith):

        def loss(y_true, y_pred, k=k):
            return k.ops.mean(k.ops.square(y_pred) + k.ops.log(y_true), axis=-1)

        model, notes = network(k, start), journal(k)
        model.compile("sgd", loss)
        history = model.fit(X, y, epochs=3, callbacks=[k.callbacks.TerminateOnNaN(), notes], **FIT)
        found.append((history.epoch, int(model.optimizer.iterations), [entry[:2] for entry in notes.entries]))
        model = network(k, start)
        model.compile("sgd", loss)
        with pytest.raises(RuntimeError, match=f"batch {at // 4}"):
            model.fit(X, y, callbacks=[k.callbacks.TerminateOnNaN(raise_error=True)], **FIT)
    assert found[1] == found[0]


def test_a_bar_is_no_second_one(keras, start, capfd):
    """Each library draws its own bar; naming the callback changes none of its lines but for the times."""
    for k in (keras, convolith):
        shown = []
        for more in ([], [k.callbacks.ProgbarLogger()]):
            model = network(k, start)
            model.fit(X, Y, epochs=2, batch_size=4, shuffle=False, callbacks=more)
            output = "".join(capfd.readouterr())
            shown.append((output.count("\n"), set(re.findall(r"Epoch \d/\d", output))))
        assert shown[0] == shown[1]
        assert shown[0][1] == {"Epoch 1/2", "Epoch 2/2"}


class Summary:
    """Stands for what both write to: tensorflow.summary for Keras, tensorboardX's SummaryWriter for convolith."""

    def __init__(self):
        self.written, self.stack = [], []

    def create_file_writer(self, folder):
        return SummaryWriter(folder, self)

    def scalar(self, name, value, step):
        if self.stack and self.stack[-1][1]:
            self.stack[-1][0].add_scalar(name, value, step)

    def histogram(self, name, values, step):
        self.stack[-1][0].add_histogram(name, values.numpy(), step)

    @contextlib.contextmanager
    def record_if(self, decide):
        self.stack.append((self.stack[-1][0], decide()))
        yield
        self.stack.pop()


class SummaryWriter:
    def __init__(self, folder, summary):
        self.folder, self.summary = re.split(r"[\\/]", folder)[-1], summary

    @contextlib.contextmanager
    def as_default(self, step=None):
        self.summary.stack.append((self, True))
        yield
        self.summary.stack.pop()

    def add_scalar(self, name, value, step):
        self.summary.written.append((self.folder, name, int(step), float(value)))

    def add_histogram(self, name, values, step):
        self.summary.written.append((self.folder, name, step, float(values.sum())))

    def flush(self):
        pass

    def close(self):
        self.summary.written.append((self.folder, "closed", 0, 0.0))


def tensorboard(k, keras, monkeypatch, folder, summary, **arguments):
    """A TensorBoard that tells the summary, also where tensorboardX is not installed."""
    module = SimpleNamespace(SummaryWriter=lambda folder: SummaryWriter(folder, summary))
    monkeypatch.setitem(sys.modules, "tensorboardX", module)
    board = k.callbacks.TensorBoard(folder, write_graph=False, **arguments)
    if k is keras:
        board._summary_module = summary
    return board


@pytest.mark.parametrize("arguments", [{}, {"histogram_freq": 2}, {"update_freq": 2}, {"update_freq": "batch"}])
@pytest.mark.parametrize("validation", [{}, {"validation_data": (X[:5], Y[:5])}])
def test_what_tensorboard_is_told(keras, start, monkeypatch, tmp_path, arguments, validation):
    found = []
    for k in (keras, convolith):
        summary = Summary()
        board = tensorboard(k, keras, monkeypatch, tmp_path, summary, **arguments)
        model = network(k, start)
        model.fit(X, Y, epochs=3, callbacks=[board], **validation, **FIT)
        if validation and not arguments:
            model.evaluate(X, Y, verbose=0, callbacks=[board])
        found.append(sorted(summary.written))
    theirs, own = found
    assert [entry[:3] for entry in own] == [entry[:3] for entry in theirs]
    close([entry[3] for entry in own], [entry[3] for entry in theirs])


def test_tensorboard_is_told_each_rate(keras, start, monkeypatch, tmp_path):
    found = []
    for k in (keras, convolith):
        summary = Summary()
        board = tensorboard(k, keras, monkeypatch, tmp_path, summary)
        model = network(k, start)
        first, second = k.optimizers.SGD(0.25, name="first"), k.optimizers.SGD(0.5, name="second")
        model.compile(k.optimizers.MultiOptimizer(k.optimizers.OptimizerMap(first, {"last/.*": second})), "mse")
        model.fit(X, Y, callbacks=[board], **FIT)
        found.append(sorted(entry for entry in summary.written if "rate" in entry[1]))
    assert found[1] == found[0]
