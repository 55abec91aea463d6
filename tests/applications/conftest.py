"""Networks of which only the shapes matter: their weights are zeros, which take no memory before they are written."""

import math

import numpy as np
import pytest

from convolith import utils
from convolith.graph.arena import ALIGNMENT
from convolith.initializers.random import RandomInitializer


@pytest.fixture
def shapes_only(monkeypatch):
    def zeros(self, shape, dtype=None):
        size = math.prod(shape) * np.dtype(dtype or np.float32).itemsize
        block = np.zeros(size + ALIGNMENT, np.uint8)  # pages that nothing has touched
        return np.ndarray(tuple(shape), dtype or np.float32, block, -block.ctypes.data % ALIGNMENT)

    monkeypatch.setattr(RandomInitializer, "__call__", zeros)
    utils.clear_session()
