"""Hypothesis's profile, the instruction sets as a parameter, and what is skipped where a peer is missing."""

from __future__ import annotations

import functools
import http.server
import importlib.util
import os
import sys
import threading
import warnings
from pathlib import Path

import hypothesis
import numpy as np
import pytest

# `benchmarks` is not installed; its own parts are tested too.
sys.path.insert(0, str(Path(__file__).parents[1]))

# No deadline: a shared machine stalls. Derandomised in CI: a red run must be red again; at home new examples are found.
hypothesis.settings.register_profile(
    "convolith",
    deadline=None,
    max_examples=60,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("convolith")


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="run the tests that build or train for longer, too")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Lets each of pytest-xdist's processes run neighbours, which share what a module's fixtures made."""
    if getattr(config.option, "numprocesses", None) and config.option.dist == "no":
        config.option.dist = "worksteal"


def pytest_collection_modifyitems(config, items):
    slow = config.getoption("--slow") or "slow" in config.getoption("-m")
    for item in items:
        if item.get_closest_marker("torch") and importlib.util.find_spec("torch") is None:
            item.add_marker(pytest.mark.skip(reason="PyTorch is not installed"))
        if item.get_closest_marker("slow") and not slow:
            item.add_marker(pytest.mark.skip(reason="slow: runs with --slow"))
        if "keras" in getattr(item, "fixturenames", ()):
            item.add_marker("keras")
            item.add_marker(pytest.mark.filterwarnings("ignore"))


def pytest_generate_tests(metafunc):
    """A test that takes `isa` runs on every instruction set of the machine, or on the one that CONVOLITH_ISA forces."""
    if "isa" in metafunc.fixturenames:
        from convolith.engine import dispatch

        names = (dispatch.isa(),) if os.environ.get("CONVOLITH_ISA") else dispatch.available_isas()
        metafunc.parametrize("isa", names, indirect=True, scope="module")


@pytest.fixture(scope="module")
def isa(request):
    """Switches the engine to one instruction set for a test, and back."""
    from convolith.engine import dispatch

    before = dispatch.isa()
    dispatch.use_isa(request.param)
    yield request.param
    dispatch.use_isa(before)


@pytest.fixture
def generator():
    """A random generator that starts the same in every test."""
    return np.random.default_rng(20)


@pytest.fixture
def serve(monkeypatch):
    """The function that serves a folder on the loopback interface, and returns its address and the paths asked for."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running = []

    def start(folder):
        asked = []

        class Handler(http.server.SimpleHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                super().do_GET()

            def log_message(self, *_):
                pass

        handler = functools.partial(Handler, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}", asked

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def keras():
    """Keras on PyTorch (or what KERAS_BACKEND says), the independent oracle; skipped where it is missing."""
    if "KERAS_BACKEND" not in os.environ:
        pytest.importorskip("torch")
        os.environ["KERAS_BACKEND"] = "torch"
    with warnings.catch_warnings():  # its own warnings are no fault of ours
        warnings.simplefilter("ignore")
        return pytest.importorskip("keras")


@pytest.fixture
def threads():
    """The function that sets the engine's number of threads; the number before is restored after the test."""
    from convolith.engine import threads as engine_threads

    before = engine_threads.get_num_threads()
    yield engine_threads.set_num_threads
    engine_threads.set_num_threads(before)


@pytest.fixture(scope="module")
def torch():
    """PyTorch on one thread."""
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield torch
    torch.set_num_threads(before)
