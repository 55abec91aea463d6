"""Plans are tested with arguments of both kinds: those that are copied, and those that are read in place."""

from __future__ import annotations

import pytest

from convolith.graph import plan


@pytest.fixture(params=["copied", "read in place"])
def arguments(request, monkeypatch):
    if request.param == "read in place":
        monkeypatch.setattr(plan, "SMALL", -1)
