"""Every layer of the networks that Keras has: its name, its place, its output's shape, its weights.

keras_layers.json.xz holds, for each network of Keras 3.15 as built after ``keras.utils.clear_session()``, [name, shape
of the output without the batch, number of weights] of each of ``model.layers``, and the shapes of ``model.weights``.
"""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest

from convolith import applications

KERAS = json.loads(lzma.decompress(Path(__file__).with_name("keras_layers.json.xz").read_bytes()))
pytestmark = pytest.mark.usefixtures("shapes_only")


@pytest.mark.parametrize("name", KERAS)
def test_layers(name):
    model = getattr(applications, name)()
    layers = [[layer.name, list(layer.output.shape[1:]), layer.count_params()] for layer in model.layers]
    assert layers == KERAS[name]["layers"]
    assert [list(weight.shape) for weight in model.weights] == KERAS[name]["weights"]
