"""Convolutions are computed by definition here, where results can be exact, unless a test asks for the other way."""

from __future__ import annotations

import pytest

from convolith.engine import winograd


@pytest.fixture(autouse=True)
def by_definition():
    """No minimal filtering, whatever the environment says."""
    before = winograd.is_enabled()
    winograd.enable(False)
    yield
    winograd.enable(before)


@pytest.fixture
def filtering(by_definition):
    """Minimal filtering wherever it can be done, also where it does not pay."""
    winograd.enable(True, always=True)
    yield
    winograd.enable(False)
