"""The command: what it prints and writes, and that every mistake is one line and exit code 2."""

import csv
import os
import re
import signal
import subprocess
import sys

import numpy as np
import pytest

from convolith import command, datasets
from convolith.command import main

COMMAND = [sys.executable, "-m", "convolith"]


def run(*arguments, cwd=None, **environment):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=cwd, env=os.environ | environment, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The output of the default training, and its folder, for all tests that need a model."""
    folder = tmp_path_factory.mktemp("trained")
    return run("train", cwd=folder), folder / "runs" / "lenet5-digits"


@pytest.fixture
def image_of_each_class(tmp_path):
    """Image files of the first test digit of each class, by class."""
    image_module = pytest.importorskip("PIL.Image")
    from convolith.datasets import digits

    _, (x_test, y_test) = digits.load_data()
    paths = [tmp_path / f"a {label}.png" for label in range(10)]
    for label, path in enumerate(paths):
        image_module.fromarray(x_test[y_test == label][0]).save(path)
    return paths


# train


def test_default_training_reaches_its_accuracy_and_ends_with_it(trained):
    done, _ = trained
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    assert re.fullmatch(r"test accuracy: 0\.\d{4}", last)
    assert float(last.split()[-1]) >= 0.97


def test_model_history_names_and_curves_are_written_and_named(trained):
    done, folder = trained
    names = {"model.convolith", "history.csv", "class_names.txt"}
    try:
        import matplotlib  # noqa: F401

        names.add("curves.png")
    except ImportError:
        assert 'no curves.png: drawing curves needs matplotlib: pip install "convolith[plot]"' in done.stdout
    assert {file.name for file in folder.iterdir()} == names
    wrote = next(line for line in done.stdout.splitlines() if line.startswith("wrote "))
    assert all(name in wrote for name in names)
    assert (folder / "class_names.txt").read_text().split() == list("0123456789")


def test_history_has_a_row_an_epoch_and_the_last_is_the_test_accuracy(trained):
    done, folder = trained
    with open(folder / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert set(rows[0]) == {"epoch", "loss", "accuracy", "val_loss", "val_accuracy"}
    assert [row["epoch"] for row in rows] == [str(epoch) for epoch in range(1, len(rows) + 1)]
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"])
    assert done.stdout.splitlines()[-1] == f"test accuracy: {float(rows[-1]['val_accuracy']):.4f}"


def test_one_seed_gives_one_model_whatever_the_threads(tmp_path, capsys):
    from convolith.models import load_model

    weights = []
    for name, *more in (("one", "--threads", "1"), ("two", "--threads", "2"), ("other", "--seed", "1")):
        out = tmp_path / name
        assert main(["train", "--epochs", "1", "--batch-size", "100", "--out", str(out), *more]) == 0
        weights.append(load_model(out / "model.convolith").get_weights())
    assert all(a.tobytes() == b.tobytes() for a, b in zip(*weights[:2], strict=True))
    assert any(a.tobytes() != b.tobytes() for a, b in zip(*weights[1:], strict=True))


def test_no_earlier_model_is_lost(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    quick = ["train", "--epochs", "1", "--batch-size", "721"]
    first = tmp_path / "runs" / "lenet5-digits"
    assert main([*quick, "--threads", "1"]) == 0
    before = (first / "model.convolith").read_bytes()
    for seed, name in ((1, "lenet5-digits-2"), (2, "lenet5-digits-3")):
        assert main([*quick, "--seed", str(seed)]) == 0
        wrote = f"wrote {os.path.join('runs', name, 'model.convolith')}, "
        assert wrote in capsys.readouterr().out.splitlines()[-2]
    assert sorted(path.name for path in first.parent.iterdir()) == [f"lenet5-digits{end}" for end in ("", "-2", "-3")]
    assert main([*quick, "--seed", "1", "--out", str(first)]) == 2
    printed = capsys.readouterr()
    assert f"--out: {first} holds a model already; name another folder, or say --overwrite" in printed.err
    assert printed.err.count("\n") == 1 and printed.out == ""
    assert (first / "model.convolith").read_bytes() == before
    for out in (["--out", str(first)], []):
        (first / "model.convolith").write_bytes(b"old")
        assert main([*quick, "--overwrite", *out]) == 0
        assert (first / "model.convolith").stat().st_size > 100_000
    assert len(list(first.parent.iterdir())) == 3


def test_options_reach_the_training(tmp_path, capsys):
    out = tmp_path / "deep" / "er"
    options = ["--epochs", "2", "--batch-size", "721", "--learning-rate", "0.25", "--threads", "1", "--seed", "5"]
    assert main(["train", *options, "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "batch size 721, learning rate 0.25, seed 5, threads 1\n" in printed
    assert len((out / "history.csv").read_text().splitlines()) == 3


def test_a_folder_of_class_folders_is_learnt(tmp_path, capsys):
    image_module = pytest.importorskip("PIL.Image")
    generator = np.random.default_rng(0)
    for name, low in (("dark", 0), ("light", 155)):
        (tmp_path / "walls" / name).mkdir(parents=True)
        for i in range(30):
            pixels = generator.integers(low, low + 100, (20, 24, 3), np.uint8)
            image_module.fromarray(pixels).save(tmp_path / "walls" / name / f"{i:02}.png")
    out = tmp_path / "out"
    assert main(["train", "--data", str(tmp_path / "walls"), "--epochs", "8", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "lenet5 on walls: 48 training and 12 test images, 2 classes" in printed
    assert printed.splitlines()[-1] == "test accuracy: 1.0000"
    image = tmp_path / "walls" / "light" / "04.png"
    assert main(["predict", str(out), str(image)]) == 0
    assert capsys.readouterr().out.startswith(f"{image}: light (")


@pytest.mark.parametrize(
    ("name", "image_shape", "label_shape", "names"),
    [
        ("mnist", (28, 28), (), [str(digit) for digit in range(10)]),
        ("fashion_mnist", (28, 28), (), datasets.fashion_mnist.CLASS_NAMES),
        ("cifar10", (32, 32, 3), (1,), datasets.cifar10.CLASS_NAMES),
        ("cifar100", (32, 32, 3), (1,), datasets.cifar100.FINE_NAMES),
    ],
)
def test_a_published_data_set_is_learnt_from_its_images(
    name, image_shape, label_shape, names, tmp_path, capsys, monkeypatch
):
    """On a few images of its shapes that take the data set's place: the whole takes minutes."""
    from convolith.models import load_model

    x = np.random.default_rng(0).integers(0, 256, (200, *image_shape), np.uint8)
    y = (np.arange(200, dtype=np.uint8) % len(names)).reshape(-1, *label_shape)
    monkeypatch.setattr(getattr(datasets, name), "load_data", lambda: ((x, y), (x[:50], y[:50])))
    assert main(["train", "--data", name, "--epochs", "1", "--out", str(tmp_path)]) == 0
    assert (
        f"lenet5 on {name}: 200 training and 50 test images, {len(names)} classes; batch size 128"
        in capsys.readouterr().out
    )
    assert (tmp_path / "class_names.txt").read_text().splitlines() == list(names)
    expected = image_shape if len(image_shape) == 3 else (*image_shape, 1)
    assert load_model(tmp_path / "model.convolith").input_shape == (None, *expected)


# Ctrl-C


def test_ctrl_c_ends_after_a_step_and_saves(tmp_path, capsys, monkeypatch):
    from convolith.callbacks import Callback
    from convolith.command import train
    from convolith.models import load_model

    class PressedInEpochTwo(Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.epoch = epoch

        def on_train_batch_end(self, batch, logs=None):
            if self.epoch == 1 and batch == 3:
                self.weights = self.model.get_weights()
                os.kill(os.getpid(), signal.SIGINT)

    recorder = PressedInEpochTwo()
    fit = train.Sequential.fit
    monkeypatch.setattr(train.Sequential, "fit", lambda *data, **options: fit(*data, **options, callbacks=[recorder]))
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert main(["train", "--epochs", "5", "--out", str(tmp_path)]) == 130
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, handler)
    printed = capsys.readouterr()
    assert "test accuracy" not in printed.out
    assert "interrupted after 1 of 5 epochs; saved what was trained so far: " in printed.err
    assert str(tmp_path / "model.convolith") in printed.err
    saved = load_model(tmp_path / "model.convolith").get_weights()
    assert all(a.tobytes() == b.tobytes() for a, b in zip(saved, recorder.weights, strict=True))
    assert len((tmp_path / "history.csv").read_text().splitlines()) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT to another process")
def test_ctrl_c_ends_the_process_cleanly(tmp_path):
    """From outside, at whatever point the training is; the parent may have SIGINT ignored, a terminal has not."""
    process = subprocess.Popen(
        [*COMMAND, "train", "--epochs", "100000", "--out", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        output = b""
        while b"2/100000" not in output:
            output += process.stdout.read1()
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert b"Traceback" not in output + rest
    assert b"saved what was trained so far" in rest
    assert {"model.convolith", "history.csv"} <= {file.name for file in tmp_path.iterdir()}


# predict, summary, config


def test_predict_tells_the_class_of_each_image(trained, image_of_each_class, capsys):
    assert main(["predict", str(trained[1] / "model.convolith"), *map(str, image_of_each_class)]) == 0
    lines = capsys.readouterr().out.splitlines()
    right = 0
    for label, (path, line) in enumerate(zip(image_of_each_class, lines, strict=True)):
        found = re.fullmatch(rf"{re.escape(str(path))}: (\d) \((0\.\d{{4}}|1\.0000)\)", line)
        assert found
        right += found[1] == str(label)
    assert right >= 9


def test_predict_takes_the_folder_and_treats_images_as_training_did(trained, image_of_each_class, capsys):
    from convolith.command.train import load
    from convolith.models import load_model

    data = load("digits")
    first = data.x_test[data.y_test == 7][:1]
    expected = load_model(trained[1] / "model.convolith").predict(first, verbose=0)[0]
    assert main(["predict", str(trained[1]), str(image_of_each_class[7])]) == 0
    assert capsys.readouterr().out.endswith(f": {expected.argmax()} ({expected.max():.4f})\n")


def test_predict_without_names_beside_the_model_tells_numbers(trained, tmp_path, image_of_each_class, capsys):
    moved = tmp_path / "moved.convolith"
    moved.write_bytes((trained[1] / "model.convolith").read_bytes())
    assert main(["predict", str(moved), str(image_of_each_class[3])]) == 0
    assert re.search(r": \d \(", capsys.readouterr().out)
    (tmp_path / "class_names.txt").write_text("cat\ndog\n")
    assert main(["predict", str(moved), str(image_of_each_class[3])]) == 2
    assert "expected 10 names, one a line, for the model beside it, got 2" in capsys.readouterr().err


def test_summary_shows_layers_and_parameters(trained, capsys):
    assert main(["summary", str(trained[1])]) == 0
    printed = capsys.readouterr().out
    assert "conv2d" in printed.lower() and "rescaling" in printed.lower()
    assert "61,706" in printed


def test_config_prints_show_config(capsys):
    from convolith.config import show_config

    show_config()
    expected = capsys.readouterr().out
    assert main(["config"]) == 0
    assert capsys.readouterr().out == expected


def test_a_closed_pipe_is_no_traceback(trained):
    process = subprocess.Popen(
        [*COMMAND, "summary", str(trained[1])], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    assert process.wait() in (0, 141)
    assert error == ""


# mistakes


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "convolith: the following arguments are required: train|predict|summary|config"),
        (["fly"], "invalid choice: 'fly'"),
        (["train", "--model", "lenet6"], "--model: invalid choice: 'lenet6'"),
        (["train", "--epochs", "0"], "--epochs: expected a whole number of at least 1, got '0'"),
        (["train", "--epochs", "2.5"], "--epochs: expected a whole number of at least 1, got '2.5'"),
        (["train", "--epochs", "²"], "--epochs: expected a whole number of at least 1, got '²'"),
        (["train", "--batch-size", "-3"], "--batch-size: expected"),
        (["train", "--threads", "two"], "--threads: expected"),
        (
            ["train", "--threads", "5000"],
            "convolith train: --threads: set_num_threads(): expected 1 to 1024 threads, got 5000",
        ),
        (["train", "--out", "file/deep"], f"--out: {os.path.join('file', 'deep')} cannot be made: "),
        (["train", "--seed", "4294967296"], "--seed: expected a whole number from 0 to 4294967295"),
        (["train", "--learning-rate", "0"], "--learning-rate: expected a number above 0, got '0'"),
        (["train", "--learning-rate", "nan"], "--learning-rate: expected a number above 0, got 'nan'"),
        (["train", "--learning-rate", "inf"], "--learning-rate: expected"),
        (["train", "--epoch", "3"], "unrecognized arguments: --epoch 3"),
        (
            ["train", "--data", ""],
            "--data: expected digits, fashion_mnist, mnist, cifar10, cifar100 or a folder, got ''",
        ),
        (["train", "--data", "nowhere", "--out", "file"], "--out: file is a file, expected a folder"),
        (["train", "--data", "mnits"], "--data: 'mnits' is neither a folder nor one of digits, fashion_mnist, mnist,"),
        (["train", "--data", "empty"], "empty: expected one subfolder of images a class"),
        (["train", "--data", "one"], "one: expected at least two class folders, got only 'cat'"),
        (["train", "--data", "broken"], "2 of 2 files are no readable images: "),
        (["train", "--out", "file"], "--out: file is a file, expected a folder"),
        (["predict"], "MODEL"),
        (["predict", "nothing.convolith", "image.png"], "nothing.convolith: no such model file"),
        (["predict", "empty", "image.png"], "model.convolith: no such model file"),
        (["predict", "file", "image.png"], "file"),
        (["summary", "nothing.convolith"], "nothing.convolith: no such model file"),
        (["summary", "file"], "file"),
        (["config", "--fast"], "unrecognized arguments: --fast"),
    ],
    ids=lambda value: " ".join(value) or "nothing" if isinstance(value, list) else "",
)
def test_a_mistake_is_one_line_and_code_2(arguments, text, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("neither folder nor model")
    (tmp_path / "empty").mkdir()
    for name in ("one/cat", "broken/cat", "broken/dog"):
        (tmp_path / name).mkdir(parents=True)
    if {"one", "broken"} & set(arguments):
        image_module = pytest.importorskip("PIL.Image")
        for i in range(5):
            image_module.fromarray(np.zeros((2, 2), np.uint8)).save(tmp_path / "one" / "cat" / f"{i}.png")
    (tmp_path / "broken" / "cat" / "1.png").write_bytes(b"no image")
    (tmp_path / "broken" / "dog" / "1.png").write_bytes(b"no image")
    try:
        code = main(arguments)
    except SystemExit as left:
        code = left.code
    printed = capsys.readouterr()
    assert code == 2
    assert text in printed.err
    assert printed.err.startswith("convolith") and printed.err.count("\n") == 1 and printed.err.endswith("\n")
    assert "test accuracy" not in printed.out
    assert not (tmp_path / "runs").exists()


def test_a_missing_image_is_one_line_and_code_2(trained, tmp_path, capsys):
    pytest.importorskip("PIL")
    (tmp_path / "broken.png").write_bytes(b"no image")
    for name, text in (("nothing.png", "no such image file"), ("broken.png", "not a readable image")):
        assert main(["predict", str(trained[1]), str(tmp_path / name)]) == 2
        printed = capsys.readouterr()
        assert f"{name}: {text}" in printed.err and printed.err.count("\n") == 1 and printed.out == ""


def test_an_unreadable_image_does_not_keep_the_others_from_being_told(trained, tmp_path, image_of_each_class, capsys):
    (tmp_path / "broken.png").write_bytes(b"no image")
    good = [str(image_of_each_class[3]), str(image_of_each_class[4])]
    assert main(["predict", str(trained[1]), *good]) == 0
    expected = capsys.readouterr().out
    mixed = [good[0], str(tmp_path / "broken.png"), good[1], str(tmp_path / "nothing.png")]
    assert main(["predict", str(trained[1]), *mixed]) == 2
    printed = capsys.readouterr()
    assert printed.out == expected
    first, second = printed.err.splitlines()
    assert "broken.png: not a readable image" in first and "nothing.png: no such image file" in second


def test_fashion_mnist_that_is_nowhere_is_one_line_that_names_the_three_ways(tmp_path, capsys, monkeypatch):
    from convolith.datasets import fashion_mnist, published

    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", tmp_path)
    monkeypatch.setattr(published, "cache_folder", lambda: tmp_path)
    monkeypatch.setitem(sys.modules, "pooch", None)
    monkeypatch.delenv("CONVOLITH_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    assert main(["train", "--data", "fashion_mnist"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "CONVOLITH_DATA" in error and "apt-get install" in error and "convolith[data]" in error


@pytest.mark.parametrize("variable", ["CONVOLITH_ISA", "CONVOLITH_NUM_THREADS"])
def test_a_wrong_environment_is_one_line_and_code_2(variable, tmp_path):
    done = run("config", cwd=tmp_path, **{variable: "nonsense"})
    assert done.returncode == 2
    assert variable in done.stderr and done.stderr.count("\n") == 1 and done.stdout == ""


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_told_before_training(tmp_path, capsys):
    tmp_path.chmod(0o500)
    assert main(["train", "--out", str(tmp_path / "out")]) == 2
    printed = capsys.readouterr()
    assert "out" in printed.err and printed.err.count("\n") == 1 and printed.out == ""


def test_help_lists_the_four_commands(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    printed = capsys.readouterr().out
    assert all(re.search(rf"^ +{name} ", printed, re.MULTILINE) for name in ("train", "predict", "summary", "config"))


def test_the_version(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert re.fullmatch(r"convolith \d+\.\d+\.\S+\n", capsys.readouterr().out)


def test_the_defaults_are_in_the_help(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    printed = " ".join(capsys.readouterr().out.split())
    for data, recipe in command.arguments.RECIPES.items():
        assert f"{recipe.epochs} for {data}" in printed
        assert f"{recipe.batch_size} for {data}" in printed


def test_the_help_of_predict_says_what_images_should_look_like(capsys):
    with pytest.raises(SystemExit):
        main(["predict", "--help"])
    printed = " ".join(capsys.readouterr().out.split())
    assert "bright on a dark ground and fills the image" in printed
    assert "class_names.txt beside the model names the classes; without it they are numbers" in printed
