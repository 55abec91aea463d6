"""``convolith train``: data, model, training that Ctrl-C may end, and the files written."""

from __future__ import annotations

import argparse
import sys
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from convolith.applications import LeNet5
from convolith.config import get_num_threads, set_num_threads
from convolith.datasets import cifar10, cifar100, digits, fashion_mnist, images, mnist
from convolith.datasets.resize import resize
from convolith.files import replace
from convolith.layers import Input, InputLayer, Rescaling
from convolith.models import Sequential
from convolith.optimizers import Adam
from convolith.utils import set_random_seed
from convolith.visualize import plot_history

from .arguments import CLASS_NAMES_FILE, FOLDER_RECIPE, INTERRUPTED, MODEL_FILE, RECIPES, CommandError, users_mistakes

IMAGE_SIZE = (28, 28)
TEST_BATCH_SIZE = 128
DATA_SETS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "digits": (digits, tuple("0123456789")),
    "fashion_mnist": (fashion_mnist, fashion_mnist.CLASS_NAMES),
    "mnist": (mnist, tuple("0123456789")),
    "cifar10": (cifar10, cifar10.CLASS_NAMES),
    "cifar100": (cifar100, cifar100.FINE_NAMES),
}


class Data(NamedTuple):
    """Images uint8 (n, height, width, channels), 0 to 255, and their classes, for training and for the test."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    class_names: tuple[str, ...]


def train(options: argparse.Namespace) -> int:
    """Train, write what came of it, and print the test accuracy as the last line."""
    recipe = RECIPES.get(options.data, FOLDER_RECIPE)
    epochs = options.epochs or recipe.epochs
    batch_size = options.batch_size or recipe.batch_size
    learning_rate = options.learning_rate or recipe.learning_rate
    name = Path(options.data).resolve().name
    out = folder(options.out, Path("runs", f"{options.model}-{name}"), options.overwrite)
    with users_mistakes():
        data = load(options.data)
    if options.threads:
        with users_mistakes("--threads: "):
            set_num_threads(options.threads)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"--out: {out} cannot be made: {error.strerror}") from error
    set_random_seed(options.seed)
    model = lenet5(data.x_train.shape[1:], len(data.class_names), learning_rate)
    print(
        f"{options.model} on {name}: {len(data.x_train)} training and {len(data.x_test)} test images, "
        f"{len(data.class_names)} classes; batch size {batch_size}, learning rate {learning_rate:g}, "
        f"seed {options.seed}, threads {get_num_threads()}",
        flush=True,
    )
    history, interrupted = fit(model, data, epochs, batch_size)
    written = ", ".join(map(str, write(out, model, data.class_names, history)))
    if interrupted:
        complete = len(history.get("loss", []))
        counted = f"interrupted after {complete} of {epochs} epochs"
        print(f"convolith train: {counted}; saved what was trained so far: {written}", file=sys.stderr)
        return INTERRUPTED
    print(f"wrote {written}")
    _, accuracy = model.evaluate(data.x_test, data.y_test, batch_size=TEST_BATCH_SIZE, verbose=0)
    print(f"test accuracy: {accuracy:.4f}")
    return 0


def folder(chosen: Path | None, default: Path, overwrite: bool) -> Path:
    """Choose where to write, so that no earlier model is lost.

    Args:
        chosen: ``--out``, or None.
        default: taken without it; with a number behind it where there is a model already.
        overwrite: whether a model that is there may be replaced.

    Raises:
        CommandError: ``--out`` is a file, or holds a model that may not be replaced.

    Example:
        >>> from convolith.command.train import folder
        >>> from pathlib import Path
        >>> folder(None, Path("runs", "lenet5-digits"), overwrite=True).name
        'lenet5-digits'
    """
    out = chosen or default
    if out.exists() and not out.is_dir():
        raise CommandError(f"--out: {out} is a file, expected a folder")
    if overwrite or not (out / MODEL_FILE).exists():
        return out
    if chosen:
        raise CommandError(f"--out: {out} holds a model already; name another folder, or say --overwrite")
    numbered = (out.with_name(f"{out.name}-{number}") for number in count(2))
    return next(one for one in numbered if not one.exists())


def load(name: str) -> Data:
    """Load a data set, or a folder of class folders as grey images of 28 x 28 pixels.

    Args:
        name: One of RECIPES, or the folder's path.

    Returns:
        Data with images uint8 (n, 28, 28, 1), of CIFAR (n, 32, 32, 3), 0 to 255.

    Raises:
        ValueError: A file is damaged (named), or the folder has less than two class folders.
        OSError: Files are missing.
        ImportError: The folder's images need Pillow, which is not installed.

    Example:
        >>> from convolith.command.train import load
        >>> load("digits").x_test.shape
        (355, 28, 28, 1)
    """
    if name in DATA_SETS:
        data_set, class_names = DATA_SETS[name]
        (x_train, y_train), (x_test, y_test) = data_set.load_data()
    elif Path(name).is_dir():
        (x_train, y_train), (x_test, y_test), class_names = images.load_data(name, "grayscale", IMAGE_SIZE)
        if len(class_names) < 2:
            raise ValueError(f"{name}: expected at least two class folders, got only {class_names[0]!r}")
    else:
        raise NotADirectoryError(f"--data: {name!r} is neither a folder nor one of {', '.join(RECIPES)}")
    if x_train.ndim == 3 or x_train.shape[3] == 1:
        x_train, x_test = (resize(x.reshape(*x.shape[:3], 1), IMAGE_SIZE) for x in (x_train, x_test))
    return Data(x_train, y_train.ravel(), x_test, y_test.ravel(), class_names)


def lenet5(input_shape: tuple[int, ...], classes: int, learning_rate: float) -> Any:
    """Build LeNet-5 for pixels of 0 to 255, compiled with Adam.

    The scaling to 0 ... 1 is a layer of the model, so that ``predict`` treats an image as training did.

    Args:
        input_shape: (height, width, channels) of an image.
        classes: How many.
        learning_rate: Adam's.

    Returns:
        The model: (n, *input_shape) to probabilities (n, classes).

    Example:
        >>> from convolith.command.train import lenet5
        >>> lenet5((28, 28, 1), 10, 0.001).count_params()
        61706
    """
    network = LeNet5(input_shape=input_shape, classes=classes)
    layers = [layer for layer in network.layers if not isinstance(layer, InputLayer)]
    model = Sequential([Input(input_shape), Rescaling(1 / 255), *layers], name="lenet5")
    model.compile(Adam(learning_rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def fit(model: Any, data: Data, epochs: int, batch_size: int) -> tuple[dict[str, list[float]], bool]:
    """Train; return the history of the complete epochs, and whether Ctrl-C ended it (after some step, never within)."""
    interrupted = False
    try:
        model.fit(
            data.x_train,
            data.y_train,
            batch_size=batch_size,
            epochs=epochs,
            validation_data=(data.x_test, data.y_test),
            validation_batch_size=TEST_BATCH_SIZE,
        )
    except KeyboardInterrupt:
        interrupted = True
    history = model.history.history
    complete = min(map(len, history.values()), default=0)  # Ctrl-C may come between two lists of one epoch
    return {name: values[:complete] for name, values in history.items()}, interrupted


def write(out: Path, model: Any, class_names: tuple[str, ...], history: dict[str, list[float]]) -> list[Path]:
    """Write model, names, history and (with matplotlib there) curves; return the paths."""
    written = [out / MODEL_FILE, out / CLASS_NAMES_FILE, out / "history.csv"]
    model.save(out / MODEL_FILE)
    names = "".join(f"{name}\n" for name in class_names)
    replace(out / CLASS_NAMES_FILE, lambda path: path.write_text(names, encoding="utf-8"))
    rows = [["epoch", *history]]
    rows += [[str(epoch), *map(str, row)] for epoch, row in enumerate(zip(*history.values(), strict=True), 1)]
    table = "".join(",".join(row) + "\n" for row in rows)
    replace(out / "history.csv", lambda path: path.write_text(table, encoding="utf-8"))
    if history:
        try:
            plot_history(history, out / "curves.png")
            written.append(out / "curves.png")
        except ImportError as error:
            print(f"no curves.png: {error}")
    return written
