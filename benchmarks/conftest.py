"""Fixtures of the pytest-benchmark suites: `pytest benchmarks`."""

from __future__ import annotations

import importlib.util

import pytest

from benchmarks.options import available_threads
from benchmarks.peer import Peer


def pytest_collection_modifyitems(items):
    if importlib.util.find_spec("torch") is None:
        for item in items:
            if item.get_closest_marker("torch"):
                item.add_marker(pytest.mark.skip(reason="PyTorch is not installed"))


@pytest.fixture(scope="session")
def convolith_peer():
    with Peer("convolith", available_threads()) as peer:
        yield peer


@pytest.fixture(scope="session")
def torch_peer():
    with Peer("torch", available_threads()) as peer:
        yield peer


@pytest.fixture(scope="session")
def naive_peer():
    with Peer("naive", available_threads()) as peer:
        yield peer
