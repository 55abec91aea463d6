"""Outputs on the same weights as Keras's networks.

keras_outputs.json holds, for each network, the height and width of an image and the 10 outputs, before softmax, that
Keras 3.15 computed in float64 (with its torch backend) with the weights and the image that this file draws.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from convolith import applications

KERAS = json.loads(Path(__file__).with_name("keras_outputs.json").read_text())
pytestmark = pytest.mark.usefixtures("shapes_only")


def drawn(index: int, shape: tuple[int, ...]) -> np.ndarray:
    """Factors, shifts, means and variances about 1; kernels that keep the size of what goes through them."""
    generator = np.random.default_rng(index)
    if len(shape) < 2:
        return generator.uniform(0.75, 1.25, shape)
    inputs = shape[:2] if len(shape) == 4 and shape[-1] == 1 else shape[:-1]
    return generator.standard_normal(shape) / np.sqrt(np.prod(inputs))


@pytest.mark.parametrize("name", KERAS)
def test_outputs(name):
    size = KERAS[name]["size"]
    model = getattr(applications, name)(input_shape=(size, size, 3), classes=10, classifier_activation=None)
    weights = [drawn(index, one.shape) if one.ndim else one for index, one in enumerate(model.get_weights())]
    model.set_weights(weights)
    image = np.random.default_rng(7).uniform(0, 255, (1, size, size, 3)).astype("float32")
    outputs, expected = model(image)[0], np.array(KERAS[name]["outputs"])
    # Each layer rounds; the roundings of n layers add up as a random walk does.
    rounding = 4 * np.sqrt(len(model.layers)) * np.finfo(np.float32).eps
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=rounding * np.abs(expected).max())
