"""Names, arguments and defaults are Keras's: of the installed Keras, and of 3.15 as listed in signatures.json."""

from __future__ import annotations

import json

import pytest

from tests.against_keras.signatures import STORED, arguments, module, rank_of, shared, table

# A default where Keras demands an argument is no difference to a program that runs on Keras.
MISSING = {
    "input_axes": "initializers of Keras 3.15 count the fans of other layouts than Keras's own layers have",
    "output_axes": "likewise",
    "zipped": "a .convolith file is always one file",
    "max_shard_size": "likewise",
    "skip_mismatch": "of files",
}
OTHERS = {
    ("utils", "image_dataset_from_directory"): "of data",
}
KERAS = json.loads(STORED.read_text())


def differences(one: str, name: str, theirs: dict[str, str] | None) -> list[str]:
    own = arguments(getattr(module("convolith", one), name), rank_of(name), inherited=True)
    if own is None or theirs is None:
        return []
    found = [f"no {argument}" for argument in theirs if argument not in own and argument not in MISSING]
    found += [
        f"{argument}={own[argument]}, Keras has {default}"
        for argument, default in theirs.items()
        if argument in own and default not in ("required", own[argument])
    ]
    both = [argument for argument in own if argument in theirs]
    if both != [argument for argument in theirs if argument in own]:
        found.append(f"the order is {both}")
    return found


CASES = [(one, name) for one, names in KERAS.items() for name in names if (one, name) not in OTHERS]


@pytest.mark.parametrize(("one", "name"), CASES)
def test_arguments_are_keras_s(one, name):
    assert not differences(one, name, KERAS[one][name])


def test_the_list_is_the_installed_keras_s(keras):
    assert table("keras", shared()) == KERAS
