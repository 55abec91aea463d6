"""The instruction set: the best one by default, the forced one if the machine has it, an ImportError otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from convolith.engine import dispatch
from tests.engine.fresh import output, run

NAME = "from convolith.engine import dispatch; print(dispatch.isa(), *dispatch.available_isas())"
CPU = Path("/proc/cpuinfo")
KNOWN = ("avx512", "avx2", "plain")


def test_the_best_is_the_default():
    name, *available = output(NAME, CONVOLITH_ISA="").split()
    assert name == available[0]
    assert available == [known for known in KNOWN if known in available], "the best comes first"
    assert available[-1] == "plain"


@pytest.mark.parametrize("name", dispatch.available_isas())
def test_a_forced_one(name):
    assert output(NAME, CONVOLITH_ISA=name).split()[0] == name


@pytest.mark.parametrize("name", ["nonsense", "AVX2 ", *(set(KNOWN) - set(dispatch.available_isas()))])
def test_one_that_the_machine_lacks_is_an_import_error(name):
    done = run(NAME, CONVOLITH_ISA=name)
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError") and "CONVOLITH_ISA" in last and name in last
    assert all(known in last for known in dispatch.available_isas()), "the message names what there is"


def test_switching_at_run_time():
    before = dispatch.isa()
    for name in dispatch.available_isas():
        dispatch.use_isa(name)
        assert dispatch.isa() == name
    with pytest.raises(ValueError, match="nonsense"):
        dispatch.use_isa("nonsense")
    dispatch.use_isa(before)


@pytest.mark.skipif(not CPU.exists(), reason="reads /proc/cpuinfo")
def test_what_is_available_is_what_the_processor_says():
    flags = next((line.split() for line in CPU.read_text().splitlines() if line.startswith("flags")), [])
    if flags:
        assert ("avx2" in dispatch.available_isas()) == {"avx2", "fma"}.issubset(flags)
        assert ("avx512" in dispatch.available_isas()) <= ("avx512f" in flags)
