"""A batch that is too large for the machine is refused before the first step, with the largest that fits."""

import re

import numpy as np
import pytest

from convolith import layers, memory
from convolith.graph import arena
from convolith.models import Sequential
from convolith.models.cost import train_plan


@pytest.fixture
def left(monkeypatch):
    """Sets what the machine seems to have left, and asks for it at any size."""

    def set_left(size):
        monkeypatch.setattr(arena, "free_memory", lambda: size)
        monkeypatch.setattr(memory, "free_memory", lambda: size)
        monkeypatch.setattr(arena, "CHECKED", 0)

    return set_left


def network():
    model = Sequential([layers.Input((16, 16, 4), name="in"), layers.Conv2D(8, 3), layers.Flatten(), layers.Dense(2)])
    model.compile("adam", "mse", metrics=["mae"])
    return model


X, Y = np.ones((64, 16, 16, 4), "float32"), np.ones((64, 2), "float32")


def test_the_largest_batch_is_named_and_does_fit(left):
    model = network()
    before = model.get_weights()
    left(400_000)
    with pytest.raises(MemoryError, match="a batch of 64 samples does not fit into memory: a plan needs") as caught:
        model.fit(X, Y, batch_size=64, verbose=0)
    fits = int(re.search("the largest batch that fits is ([0-9]+)", str(caught.value))[1])
    assert 1 < fits < 64
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert int(model.optimizer.iterations) == 0
    with pytest.raises(MemoryError, match=f"the largest batch that fits is {fits}$"):
        model.fit(X, Y, batch_size=fits + 1, verbose=0)
    model.fit(X, Y, batch_size=fits, verbose=0)


def test_not_even_one(left):
    left(100)
    with pytest.raises(MemoryError, match="; not even one sample fits"):
        network().fit(X, Y, verbose=0)
    with pytest.raises(MemoryError, match="a plan needs"):
        network().predict(X, verbose=0)


def test_batches_of_a_generator_are_checked_too(left):
    left(400_000)
    with pytest.raises(MemoryError, match="a batch of 64 samples"):
        network().fit(iter([(X, Y)]), verbose=0)


def test_memory_that_the_model_has_already_counts_as_free(left):
    model = network()
    model.fit(X, Y, batch_size=32, verbose=0)
    more = train_plan(model, 34).needed_bytes - model.planner.arena.block.nbytes
    left(more - 1)
    with pytest.raises(MemoryError, match="the largest batch that fits is 33$"):
        model.fit(X, Y, batch_size=34, verbose=0)
    left(more)
    model.fit(X, Y, batch_size=34, verbose=0)


def test_a_limit_of_the_model_counts_too(left):
    model = network()
    smallest = train_plan(model, 2).needed_bytes
    left(smallest)
    model.compile("adam", "mse", memory_limit=int(2.2 * smallest))
    with pytest.raises(MemoryError, match=r"a batch of 3 samples .*; the largest batch that fits is 2$"):
        model.fit(X, Y, batch_size=3, verbose=0)


def test_where_nothing_is_known_nothing_is_refused(left):
    left(None)
    network().fit(X, Y, verbose=0)


def test_the_least_of_machine_and_container_counts(tmp_path, monkeypatch):
    limit, used, machine = tmp_path / "limit", tmp_path / "used", tmp_path / "meminfo"
    limit.write_text("5000\n")
    used.write_text("1000\n")
    machine.write_text("MemTotal: 99 kB\nMemAvailable:    10 kB\n")
    assert memory._of_machine(machine) == 10240
    assert memory._of_machine(limit) is None
    assert memory._of_machine(tmp_path / "none") is None
    assert memory._of_group(limit, used) == 4000
    limit.write_text("max\n")
    assert memory._of_group(limit, used) is None
    assert memory._of_group(tmp_path / "none", used) is None
    monkeypatch.setattr(memory, "_of_machine", lambda: None)
    monkeypatch.setattr(memory, "LIMITS", ())
    assert memory.free_memory() is None
    monkeypatch.setattr(memory, "_of_machine", lambda: 7)
    assert memory.free_memory() == 7
