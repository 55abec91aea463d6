"""The arguments of ``convolith``, their defaults, and how mistakes in them are told."""

from __future__ import annotations

import argparse
import contextlib
import signal
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple, NoReturn

MODEL_FILE = "model.convolith"
CLASS_NAMES_FILE = "class_names.txt"
INTERRUPTED = 128 + signal.SIGINT


class Recipe(NamedTuple):
    """Defaults of ``convolith train`` for one data set; the optimizer is Adam."""

    epochs: int
    batch_size: int
    learning_rate: float


# digits reach 0.97 and Fashion-MNIST 0.89, with room for other seeds and machines; the others follow Fashion-MNIST.
RECIPES = {
    "digits": Recipe(14, 64, 2e-3),
    "fashion_mnist": Recipe(12, 128, 1e-3),
    "mnist": Recipe(12, 128, 1e-3),
    "cifar10": Recipe(20, 128, 1e-3),
    "cifar100": Recipe(20, 128, 1e-3),
}
FOLDER_RECIPE = Recipe(20, 32, 1e-3)

PREDICT_NOTE = f"""Images should look like those that the model has learnt: for digits, mnist and fashion_mnist what is
shown is bright on a dark ground and fills the image. {CLASS_NAMES_FILE} beside the model names the classes; without
it they are numbers."""


class CommandError(Exception):
    """A mistake of the user's, told in one line."""


@contextlib.contextmanager
def users_mistakes(before: str = "") -> Iterator[None]:
    """Stand around the reading of what the user gave: a ValueError or TypeError there is about the file or argument.

    Args:
        before: what the message begins with.
    """
    try:
        yield
    except (ValueError, TypeError) as error:
        raise CommandError(f"{before}{error}") from error


class OneLineParser(argparse.ArgumentParser):
    """Tells a mistake in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Leave with code 2."""
        self.exit(2, f"{self.prog}: {' '.join(message.split())}\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line; its result has ``command`` and that command's options."""
    whole = OneLineParser(
        prog="convolith", description="Train and run convolutional networks on the CPU.", allow_abbrev=False
    )
    whole.add_argument("--version", action="version", version=f"convolith {version('convolith')}")
    commands = whole.add_subparsers(dest="command", required=True, parser_class=OneLineParser)
    _add_train(commands.add_parser("train", help="train a network and write it", allow_abbrev=False))

    predict = commands.add_parser("predict", help="tell the class of images", epilog=PREDICT_NOTE, allow_abbrev=False)
    predict.add_argument("model", type=Path, metavar="MODEL", help=f"a model file, or a folder with {MODEL_FILE}")
    predict.add_argument("images", type=Path, nargs="+", metavar="IMAGE", help="image files of any size")

    summary = commands.add_parser("summary", help="show the layers of a model", allow_abbrev=False)
    summary.add_argument("model", type=Path, metavar="MODEL", help=f"a model file, or a folder with {MODEL_FILE}")

    commands.add_parser("config", help="show versions, instruction set, threads, compiler", allow_abbrev=False)
    commands.metavar = "|".join(commands.choices)  # which a missing one is told
    return whole


def _add_train(train: argparse.ArgumentParser) -> None:
    def defaults(field: str) -> str:
        recipes = RECIPES | {"DIR": FOLDER_RECIPE}
        return ", ".join(f"{getattr(recipe, field):g} for {data}" for data, recipe in recipes.items())

    train.add_argument("--model", choices=["lenet5"], default="lenet5", help="the network (default: %(default)s)")
    train.add_argument(
        "--data",
        type=_data,
        metavar="|".join([*RECIPES, "DIR"]),
        default="digits",
        help="a data set (all but digits are downloaded where they are not on the machine), or a folder with one "
        "subfolder of images a class (default: %(default)s)",
    )
    train.add_argument(
        "--epochs", type=_at_least_one, metavar="N", help=f"passes over the data (default: {defaults('epochs')})"
    )
    train.add_argument(
        "--batch-size", type=_at_least_one, metavar="N", help=f"images a step (default: {defaults('batch_size')})"
    )
    train.add_argument(
        "--learning-rate", type=_positive, metavar="RATE", help=f"of Adam (default: {defaults('learning_rate')})"
    )
    train.add_argument("--threads", type=_at_least_one, metavar="N", help="default: the cores that the process may use")
    train.add_argument(
        "--seed", type=_seed, default=0, metavar="N", help="the same one gives the same weights (default: 0)"
    )
    train.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="where to write (default: runs/MODEL-DATA, and while a model is there, runs/MODEL-DATA-2 and so on)",
    )
    train.add_argument("--overwrite", action="store_true", help="replace the model that is there")


def _data(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError(f"expected {', '.join(RECIPES)} or a folder, got ''")
    return text


def _at_least_one(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return int(text)


def _seed(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"expected a whole number from 0 to 4294967295, got {text!r}")
    return int(text)


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return value
