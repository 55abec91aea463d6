"""show_config tells the truth about the installation."""

import importlib.metadata
import os
import platform
import subprocess
import sys

import numpy as np
import pytest

from convolith import config
from convolith.engine import dispatch, threads


def test_dicts_hold_what_the_engine_says():
    entries = config.show_config(mode="dicts")
    assert entries["convolith"] == importlib.metadata.version("convolith")
    assert entries["numpy"] == np.__version__
    assert entries["python"].startswith(platform.python_version())
    assert entries["instruction_set"] == {"used": dispatch.isa(), "available": dispatch.available_isas()}
    assert entries["threads"] == {
        "number": threads.get_num_threads(),
        "reason": threads.num_threads_reason(),
        "openmp": threads.has_openmp(),
    }
    assert entries["build"] == dispatch.build_info() and entries["build"]["compiler"]


def test_every_entry_is_printed(capsys):
    assert config.show_config() is None
    lines = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    assert list(lines)[:6] == ["convolith", "numpy", "python", "platform", "instruction set", "threads"]
    assert lines["instruction set"] == f"{dispatch.isa()} (available: {', '.join(dispatch.available_isas())})"
    assert threads.num_threads_reason() in lines["threads"]
    assert lines["compiler"] == dispatch.build_info()["compiler"]


@pytest.mark.parametrize("isa_name", dispatch.available_isas())
def test_a_forced_instruction_set_and_number_of_threads_show(isa_name):
    done = subprocess.run(
        [sys.executable, "-c", "from convolith.config import show_config; show_config()"],
        env=os.environ | {"CONVOLITH_ISA": isa_name, "CONVOLITH_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"\ninstruction set: {isa_name} (available: " in done.stdout
    assert "\nthreads: 1 (" in done.stdout
    if threads.has_openmp():
        assert "\nthreads: 1 (CONVOLITH_NUM_THREADS)" in done.stdout


def test_threads_set_by_the_program_show_with_the_reason():
    before = threads.get_num_threads()
    try:
        config.set_num_threads(3)
        entry = config.show_config(mode="dicts")["threads"]
        if threads.has_openmp():
            assert entry["number"] == 3 and entry["reason"] == "set_num_threads()"
        else:
            assert entry["number"] == 1
    finally:
        config.set_num_threads(before)


def test_minimal_filtering_is_switched_and_shows(capsys):
    assert config.is_winograd_enabled()
    try:
        config.disable_winograd()
        assert not config.is_winograd_enabled() and config.show_config(mode="dicts")["winograd"] is False
        config.show_config()
        assert "\nwinograd: off\n" in capsys.readouterr().out
    finally:
        config.enable_winograd()
    assert config.is_winograd_enabled()


def test_another_mode_is_an_error():
    with pytest.raises(ValueError, match="mode must be 'stdout' or 'dicts', got 'json'"):
        config.show_config(mode="json")
