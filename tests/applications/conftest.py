"""Networks of which only the shapes matter: their weights are zeros, which take no memory before they are written."""

import numpy as np
import pytest

from convolith import utils
from convolith.initializers.random import RandomInitializer


@pytest.fixture
def shapes_only(monkeypatch):
    def zeros(self, shape, *_args, **_kwargs):
        return np.zeros(shape, np.float32)

    monkeypatch.setattr(RandomInitializer, "uniform", zeros)
    monkeypatch.setattr(RandomInitializer, "normal", zeros)
    utils.clear_session()
