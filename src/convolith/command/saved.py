"""``convolith predict`` and ``convolith summary``: what is done with a saved model."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

from convolith.datasets.images import load_images
from convolith.models import load_model

from .arguments import CLASS_NAMES_FILE, MODEL_FILE, CommandError, users_mistakes


def predict(options: argparse.Namespace) -> int:
    """Print one line an image: its most likely class and that class's probability; or what keeps it from being read."""
    model, file = _load(options.model)
    shape = tuple(model.input_shape)
    if len(shape) != 4 or None in shape[1:] or shape[3] not in (1, 3):
        raise CommandError(f"{file}: expected a model of images (n, height, width, 1 or 3), its input is {shape}")
    if len(model.output_shape) != 2:
        raise CommandError(f"{file}: expected a model that classifies, its output is {model.output_shape}")
    names = _class_names(file.parent / CLASS_NAMES_FILE, model.output_shape[1])
    readable: list[Path] = []
    images: list[np.ndarray] = []
    for path in options.images:
        try:
            images.append(load_images([path], "grayscale" if shape[3] == 1 else "rgb", shape[1:3]))
            readable.append(path)
        except (ValueError, OSError) as error:  # the other images are told all the same
            print(f"convolith predict: {' '.join(str(error).split())}", file=sys.stderr)
    if readable:
        for path, scores in zip(readable, model.predict(np.concatenate(images), verbose=0), strict=True):
            best = int(scores.argmax())
            print(f"{path}: {names[best]} ({scores[best]:.4f})")
    return 0 if len(readable) == len(options.images) else 2


def summary(options: argparse.Namespace) -> int:
    """Print the layers of a model, with shapes and numbers of parameters."""
    _load(options.model)[0].summary()
    return 0


def _load(path: Path) -> tuple[Any, Path]:
    file = path / MODEL_FILE if path.is_dir() else path
    if not file.is_file():
        raise FileNotFoundError(f"{file}: no such model file")
    with users_mistakes():
        return load_model(file), file


def _class_names(file: Path, classes: int) -> list[str]:
    """Return the names written beside the model, or the numbers where there are none."""
    if not file.is_file():
        return [str(label) for label in range(classes)]
    names = file.read_text(encoding="utf-8").splitlines()
    if len(names) != classes:
        raise CommandError(f"{file}: expected {classes} names, one a line, for the model beside it, got {len(names)}")
    return names
