"""Callbacks that write: checkpoints, backups, tables, TensorBoard; and the end of what went wrong."""

import csv
import sys
from types import ModuleType

import numpy as np
import pytest

from convolith import callbacks, layers, models, optimizers
from convolith.models import Sequential
from tests.callbacks.models import Stage, X, Y, classifier

FIT = {"batch_size": 4, "verbose": 0}


def test_a_checkpoint_an_epoch(tmp_path, capsys):
    model = classifier(metrics=["accuracy"])
    path = tmp_path / "deep" / "{epoch:02d}-{loss:.1f}.convolith"
    history = model.fit(X, Y, epochs=2, callbacks=callbacks.ModelCheckpoint(path, verbose=1), **FIT).history
    names = [f"{epoch + 1:02d}-{history['loss'][epoch]:.1f}.convolith" for epoch in range(2)]
    assert sorted(file.name for file in path.parent.iterdir()) == names
    again = models.load_model(path.parent / names[-1])
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))
    assert capsys.readouterr().out.splitlines() == [
        f"Epoch {epoch + 1}: saved to {path.parent / names[epoch]}" for epoch in range(2)
    ]


def test_a_checkpoint_after_batches_of_the_weights_alone(tmp_path):
    path = tmp_path / "{epoch}-{batch}.weights.safetensors"
    saver = callbacks.ModelCheckpoint(path, save_weights_only=True, save_freq=2)
    model = classifier()
    model.fit(X, Y, epochs=2, callbacks=saver, **FIT)
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        f"{name}.weights.safetensors" for name in ("1-2", "2-1", "2-3")
    ]
    other = classifier()
    other.load_weights(tmp_path / "2-3.weights.safetensors")
    np.testing.assert_array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))


@pytest.mark.parametrize(
    ("arguments", "saved"),
    [
        ({}, [0, 1, 4]),
        ({"initial_value_threshold": 4.5}, [1, 4]),
        ({"mode": "max"}, [0, 5]),
        ({"save_best_only": False}, [0, 1, 2, 3, 4, 5]),
    ],
)
def test_only_the_best(tmp_path, arguments, saved):
    stage = Stage()
    stage.save = lambda path, overwrite: stage.saved.append(stage.weights)
    saver = callbacks.ModelCheckpoint(tmp_path / "x.convolith", **{"save_best_only": True, **arguments})
    stage.play(saver, "val_loss", [5.0, 4.0, 4.1, 4.0, 3.0, 6.0])
    assert stage.saved == saved


def test_what_is_not_better_is_told(tmp_path, capsys):
    stage = Stage()
    stage.save = lambda path, overwrite: None
    saver = callbacks.ModelCheckpoint(tmp_path / "x.convolith", save_best_only=True, verbose=1)
    stage.play(saver, "val_loss", [1.0, 2.0])
    assert capsys.readouterr().out.endswith("Epoch 2: val_loss is 2.00000, not better than 1.00000\n")
    with pytest.warns(UserWarning, match="ModelCheckpoint needs 'val_loss'"):
        stage.play(saver, "loss", [1.0])


@pytest.mark.parametrize("optimizer", ["adam", "nadam"])
def test_an_interrupted_training_goes_on_bit_for_bit(tmp_path, optimizer):
    whole = classifier(optimizer)
    expected = whole.fit(X, Y, epochs=5, **FIT).history["loss"]

    class Stop(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    backup = tmp_path / "backup"
    first = classifier(optimizer)
    with pytest.raises(KeyboardInterrupt):
        first.fit(X, Y, epochs=5, callbacks=[callbacks.BackupAndRestore(backup), Stop()], **FIT)
    assert [file.name for file in backup.iterdir()] == ["latest.safetensors"]
    second = classifier(optimizer)
    second.set_weights([np.zeros_like(weight) for weight in second.get_weights()])
    history = second.fit(X, Y, epochs=5, callbacks=callbacks.BackupAndRestore(backup), **FIT)
    assert history.epoch == [3, 4]
    assert history.history["loss"] == expected[3:]
    for one, other in zip(second.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not backup.exists()
    assert second.fit(X, Y, epochs=1, **FIT).epoch == [0]  # the next training begins at its beginning


def test_a_backup_after_batches_begins_the_epoch_again(tmp_path):
    def stop(batch, logs):
        if batch == 2:
            raise KeyboardInterrupt

    keeper = callbacks.BackupAndRestore(tmp_path, save_freq=2)
    with pytest.raises(KeyboardInterrupt):
        classifier().fit(X, Y, callbacks=[keeper, callbacks.LambdaCallback(on_train_batch_end=stop)], **FIT)
    model = classifier()
    again = callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)
    assert model.fit(X, Y, epochs=2, callbacks=again, **FIT).epoch == [0, 1]
    assert int(model.optimizer.iterations) == 2 + 2 * 3
    assert again.path.exists()


def test_a_damaged_backup(tmp_path):
    keeper = callbacks.BackupAndRestore(tmp_path, double_checkpoint=True, delete_checkpoint=False)
    classifier().fit(X, Y, epochs=3, callbacks=keeper, **FIT)
    keeper.path.write_bytes(b"damaged")
    assert classifier().fit(X, Y, epochs=4, callbacks=keeper, **FIT).epoch == [2, 3]
    keeper.path.write_bytes(b"damaged")
    keeper.path_before.unlink()
    model = classifier()
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"BackupAndRestore: .*latest.safetensors: the weights are damaged"):
        model.fit(X, Y, callbacks=keeper, **FIT)
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_backup_of_another_model(tmp_path):
    keeper = callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)
    classifier().fit(X, Y, callbacks=keeper, **FIT)
    other = Sequential([layers.Input((4,)), layers.Dense(3, "softmax")])
    other.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match=r"BackupAndRestore: .*latest.safetensors: the weights are of another model"):
        other.fit(X, Y, callbacks=keeper, **FIT)
    classifier().save_weights(tmp_path / "w.safetensors")
    (tmp_path / "w.safetensors").replace(keeper.path)
    with pytest.raises(ValueError, match="latest.safetensors is no backup of training"):
        classifier().fit(X, Y, callbacks=keeper, **FIT)


def test_a_table_of_epochs(tmp_path):
    path = tmp_path / "log.csv"
    model = classifier(metrics=["accuracy"])
    history = model.fit(X, Y, epochs=2, callbacks=callbacks.CSVLogger(path), **FIT).history
    again = model.fit(X, Y, epochs=1, callbacks=callbacks.CSVLogger(path, append=True), **FIT).history
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert list(rows[0]) == ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
    assert [row["epoch"] for row in rows] == ["0", "1", "0"]
    assert [float(row["loss"]) for row in rows] == history["loss"] + again["loss"]
    assert rows[0]["val_loss"] == "NA"
    model.fit(X, Y, epochs=1, validation_data=(X, Y), callbacks=callbacks.CSVLogger(path, ";"), **FIT)
    (row,) = csv.DictReader(path.read_text().splitlines(), delimiter=";")
    assert float(row["val_loss"]) > 0 and len(row) == 5
    Stage().play(callbacks.CSVLogger(path), "f1", [np.array([1.0, 2.0])])
    assert path.read_text() == 'epoch,f1,val_f1\n0,"""[1.0, 2.0]""",NA\n'
    with pytest.raises(FileNotFoundError):
        model.fit(X, Y, callbacks=callbacks.CSVLogger(tmp_path / "no" / "log.csv"), **FIT)


def test_training_ends_at_nan(capsys):
    model = classifier("sgd")
    model.set_weights([np.full_like(weight, np.nan) for weight in model.get_weights()])
    assert model.fit(X, Y, epochs=3, callbacks=callbacks.TerminateOnNaN(), **FIT).epoch == [0]
    assert int(model.optimizer.iterations) == 1
    assert capsys.readouterr().out == "Batch 0: the loss is nan, training ends\n"
    with pytest.raises(RuntimeError, match="TerminateOnNaN: the loss is nan at batch 0"):
        model.fit(X, Y, callbacks=callbacks.TerminateOnNaN(raise_error=True), **FIT)
    assert len(classifier().fit(X, Y, epochs=2, callbacks=callbacks.TerminateOnNaN(), **FIT).epoch) == 2


def test_the_bar_needs_no_callback(capsys):
    classifier().fit(X, Y, callbacks=callbacks.ProgbarLogger(), **FIT)
    assert capsys.readouterr().out == ""


class Writer:
    """Stands for tensorboardX's SummaryWriter."""

    written: list = []

    def __init__(self, folder):
        self.folder = folder.replace("\\", "/").rsplit("/", 1)[-1]

    def add_scalar(self, name, value, step):
        self.written.append((self.folder, name, step, value))

    def add_histogram(self, name, values, step):
        self.written.append((self.folder, name, step, values.shape))

    def close(self):
        self.written.append((self.folder, "closed"))


@pytest.fixture
def writer(monkeypatch):
    module = ModuleType("tensorboardX")
    module.SummaryWriter = Writer
    monkeypatch.setitem(sys.modules, "tensorboardX", module)
    monkeypatch.setattr(Writer, "written", [])
    return Writer.written


def test_tensorboard(writer, tmp_path):
    board = callbacks.TensorBoard(tmp_path, histogram_freq=2, write_steps_per_second=True, update_freq=2)
    history = classifier().fit(X, Y, epochs=2, validation_data=(X, Y), callbacks=board, **FIT).history
    assert [entry for entry in writer if entry[1] == "epoch_loss"] == [
        ("train", "epoch_loss", 0, history["loss"][0]),
        ("validation", "epoch_loss", 0, history["val_loss"][0]),
        ("train", "epoch_loss", 1, history["loss"][1]),
        ("validation", "epoch_loss", 1, history["val_loss"][1]),
    ]
    assert [entry[2] for entry in writer if entry[1] == "batch_loss"] == [2, 4, 6]
    assert [entry[3] for entry in writer if entry[1] == "epoch_learning_rate"] == pytest.approx([0.001, 0.001])
    assert sum(entry[1] == "epoch_steps_per_second" and entry[3] > 0 for entry in writer) == 2
    assert [entry[3] for entry in writer if entry[1].endswith("/histogram")] == [(4, 5), (5,), (5, 3), (3,)]
    assert writer[-2:] == [("train", "closed"), ("validation", "closed")]


def test_tensorboard_is_an_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(
        ImportError, match=r'TensorBoard needs the package tensorboardX: pip install "convolith\[tensor'
    ):
        callbacks.TensorBoard()


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (
            lambda: callbacks.ModelCheckpoint("x.convolith", save_weights_only=True),
            "ModelCheckpoint: save_weights_only is True: x.convolith: .*; use the ending .weights.safetensors.*"
            "; for the whole model set save_weights_only=False$",
        ),
        (
            lambda: callbacks.ModelCheckpoint("x.weights.safetensors"),
            "ModelCheckpoint: save_weights_only is False: x.weights.safetensors: .*; use the ending .convolith.*"
            "; for weights alone set save_weights_only=True$",
        ),
        (
            lambda: callbacks.ModelCheckpoint("folder"),
            "convolith does not write models to files without an ending",
        ),
        (lambda: callbacks.ModelCheckpoint("{epoch}-{loss:.2f}"), "use the ending .convolith, or .keras for Keras 3"),
        (
            lambda: callbacks.ModelCheckpoint("x.convolith", save_freq=0),
            "ModelCheckpoint: save_freq must be 'epoch' or",
        ),
        (lambda: callbacks.ModelCheckpoint("x.convolith", mode="up"), "ModelCheckpoint: mode must be one of .*'up'"),
        (
            lambda: Stage().play(callbacks.ModelCheckpoint("{acc}.convolith"), "loss", [1.0]),
            "ModelCheckpoint: filepath '{acc}.convolith' names 'acc'; there is: epoch, loss",
        ),
        (lambda: callbacks.BackupAndRestore(""), "BackupAndRestore: backup_dir must name a file or folder, got"),
        (
            lambda: callbacks.BackupAndRestore("x", np.ones(2)),
            "save_freq must be 'epoch' or an integer >= 1, got",
        ),
        (lambda: callbacks.CSVLogger(""), "CSVLogger: filename must name a file or folder, got ''"),
        (lambda: callbacks.CSVLogger("x", separator=""), "CSVLogger: separator must be a single character, got ''"),
        (lambda: callbacks.CSVLogger("x", separator=3), "CSVLogger: separator must be a single character, got 3"),
        (lambda: callbacks.TensorBoard(histogram_freq=-1), "TensorBoard: histogram_freq must be an integer >= 0"),
        (lambda: callbacks.TensorBoard(update_freq=np.ones(2)), "TensorBoard: update_freq must be 'epoch', 'batch' or"),
        (lambda: callbacks.BackupAndRestore("x", "batch"), "BackupAndRestore: save_freq must be 'epoch' or an integer"),
        (lambda: callbacks.TensorBoard(profile_batch=2), "TensorBoard: profile_batch must be 0"),
        (lambda: callbacks.TensorBoard(embeddings_freq=2), "TensorBoard: embeddings_freq must be 0"),
        (lambda: callbacks.TensorBoard(update_freq="day"), "update_freq must be 'epoch', 'batch' or a number >= 1"),
    ],
)
def test_a_wrong_argument_is_named(act, message):
    with pytest.raises(ValueError, match=message):
        act()


def test_tensorboard_beside_several_optimizers(writer, tmp_path):
    model = Sequential([layers.Input((4,)), layers.Dense(3)])
    model.compile(optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizers.SGD())), "mse")
    x, y = np.ones((4, 4), "float32"), np.zeros((4, 3), "float32")
    model.fit(x, y, verbose=0, callbacks=[callbacks.TensorBoard(tmp_path)])
    assert {entry[1] for entry in writer} == {"epoch_loss", "epoch_learning_rate_sgd", "closed"}


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: callbacks.ModelCheckpoint(None), "ModelCheckpoint: filepath must be a path, got None"),
        (lambda: callbacks.ModelCheckpoint(b"x.keras"), "ModelCheckpoint: filepath must be a path, got b'x.keras'"),
        (lambda: callbacks.ModelCheckpoint("x.keras", save_best_only="no"), "save_best_only must be True or False"),
        (lambda: callbacks.ModelCheckpoint("x.keras", save_weights_only=0), "save_weights_only must be True or False"),
        (lambda: callbacks.ModelCheckpoint("x.keras", verbose=None), "ModelCheckpoint: verbose must be an integer"),
        (
            lambda: callbacks.ModelCheckpoint("x.keras", initial_value_threshold="x"),
            "ModelCheckpoint: initial_value_threshold must be a number, got 'x'",
        ),
        (lambda: callbacks.BackupAndRestore(3), "BackupAndRestore: backup_dir must be a path, got 3"),
        (
            lambda: callbacks.BackupAndRestore("x", double_checkpoint=2),
            "double_checkpoint must be True or False",
        ),
        (lambda: callbacks.BackupAndRestore("x", delete_checkpoint=()), "delete_checkpoint must be True or False"),
        (lambda: callbacks.CSVLogger(None), "CSVLogger: filename must be a path, got None"),
        (lambda: callbacks.CSVLogger("x", append="no"), "CSVLogger: append must be True or False, got 'no'"),
        (lambda: callbacks.SwapEMAWeights("no"), "SwapEMAWeights: swap_on_epoch must be True or False, got 'no'"),
        (lambda: callbacks.TensorBoard(None), "TensorBoard: log_dir must be a path, got None"),
        (lambda: callbacks.TensorBoard(histogram_freq=1.5), "TensorBoard: histogram_freq must be an integer, got 1.5"),
    ],
)
def test_another_kind_of_argument_is_named(act, message):
    with pytest.raises(TypeError, match=message):
        act()


def test_a_wrong_argument_is_named_before_a_missing_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(TypeError, match="TensorBoard: write_steps_per_second must be True or False, got 2"):
        callbacks.TensorBoard(write_steps_per_second=2)


def test_a_pace_may_be_an_integer_of_numpy():
    assert callbacks.BackupAndRestore("x", np.int64(2)).pace.save_freq == 2


def test_how_often_may_be_an_integer_of_numpy(writer, tmp_path):
    assert callbacks.TensorBoard(tmp_path, update_freq=np.int64(2)).update_freq == 2
