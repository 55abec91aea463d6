"""How many threads there are, why that many, and that they work."""

from __future__ import annotations

import os
import sys

import pytest

from convolith.engine import cores as engine_cores
from convolith.engine import threads as engine
from tests.engine.fresh import output, run

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc or sets an affinity")
openmp = pytest.mark.skipif(not engine.has_openmp(), reason="built without OpenMP")
NUMBER = "from convolith.engine import threads; print(threads.get_num_threads(), threads.num_threads_reason())"


@openmp
def test_set_and_get(threads):
    for count in (1, 2, 7):
        threads(count)
        assert engine.get_num_threads() == count
    assert "set_num_threads" in engine.num_threads_reason()


@pytest.mark.parametrize("wrong", [0, -1, 10**6])
def test_a_number_that_cannot_be(wrong):
    before = engine.get_num_threads()
    with pytest.raises(ValueError, match=rf"threads.*{wrong}"):
        engine.set_num_threads(wrong)
    assert engine.get_num_threads() == before


@pytest.mark.parametrize("wrong", [1.5, 2.0, "2", None, True])
def test_what_is_no_number(wrong):
    with pytest.raises(TypeError, match="threads"):
        engine.set_num_threads(wrong)


@pytest.mark.skipif(engine.has_openmp(), reason="built with OpenMP")
def test_without_openmp_there_is_one_thread(threads):
    threads(4)
    assert engine.get_num_threads() == 1
    assert "OpenMP" in engine.num_threads_reason()
    assert output(NUMBER, CONVOLITH_NUM_THREADS="3").startswith("1 ")


@openmp
def test_the_environment_variable():
    assert output(NUMBER, CONVOLITH_NUM_THREADS="3").split(" ", 1) == ["3", "CONVOLITH_NUM_THREADS"]
    assert output(NUMBER, CONVOLITH_NUM_THREADS="") == output(NUMBER)


@pytest.mark.parametrize("wrong", ["many", "0", "-2", "1.5"])
def test_an_environment_variable_that_cannot_be(wrong):
    done = run(NUMBER, CONVOLITH_NUM_THREADS=wrong)
    assert done.returncode != 0
    assert "ImportError" in done.stderr and "CONVOLITH_NUM_THREADS" in done.stderr and wrong in done.stderr


@linux
@openmp
def test_the_default_is_the_affinity():
    cores = sorted(os.sched_getaffinity(0))
    for count in range(1, min(len(cores), 3) + 1):
        number = output(f"os.sched_setaffinity(0, {set(cores[:count])})\n{NUMBER}").split()[0]
        assert int(number) <= count
        quota = engine_cores.cgroup_quota()
        if quota is None or quota >= count:
            assert int(number) == count


@openmp
def test_openmps_own_setting_is_respected():
    assert output(NUMBER, OMP_NUM_THREADS="1").startswith("1 ")


@pytest.mark.parametrize(
    ("files", "membership", "expected"),
    [
        ({"cpu.max": "max 100000"}, "0::/\n", None),
        ({"a/cpu.max": "150000 100000"}, "0::/a\n", 1.5),
        ({"cpu.max": "300000 100000", "a/b/cpu.max": "max 100000", "a/cpu.max": "200000 100000"}, "0::/a/b\n", 2.0),
        ({"a/cpu.max": "50000 100000"}, "0::/b\n", None),
        ({"cpu/a/cpu.cfs_quota_us": "400000", "cpu/a/cpu.cfs_period_us": "100000"}, "3:cpu,cpuacct:/a\n", 4.0),
        ({"cpu/a/cpu.cfs_quota_us": "-1", "cpu/a/cpu.cfs_period_us": "100000"}, "3:cpu,cpuacct:/a\n", None),
        ({"cpu.max": "nonsense"}, "0::/\n", None),
        ({}, "0::/gone\n", None),
    ],
)
def test_the_quota_of_a_cgroup(tmp_path, files, membership, expected):
    for name, text in files.items():
        path = tmp_path / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    (tmp_path / "self").write_text(membership)
    assert engine_cores.cgroup_quota(tmp_path / "cgroup", tmp_path / "self") == expected


def test_no_cgroups_no_quota(tmp_path):
    assert engine_cores.cgroup_quota(tmp_path, tmp_path / "missing") is None


@linux
@openmp
def test_large_work_has_a_team_and_small_work_none():
    code = """
    from convolith.engine import threads
    threads.set_num_threads(3)
    small, large = setup(1, 4, 2, 2), setup()
    before = tasks()
    small()
    between = tasks()
    large()
    print(between - before, tasks() - before)
    """
    assert output(code) == "0 2"


@linux
@openmp
def test_the_settings_of_openmp_are_left_alone():
    code = """
    import ctypes
    from convolith.engine import threads
    paths = {line.split()[-1] for line in open("/proc/self/maps") if "/" in line}
    runtimes = [path for path in paths if any(name in path for name in ("libgomp", "libomp", "libiomp"))]
    if not runtimes:
        print("no runtime found")
        sys.exit()
    runtime = ctypes.CDLL(runtimes[0])
    before = runtime.omp_get_max_threads(), runtime.omp_get_dynamic()
    threads.set_num_threads(before[0] + 3)
    setup()()
    assert (runtime.omp_get_max_threads(), runtime.omp_get_dynamic()) == before
    assert "GOMP_SPINCOUNT" not in os.environ
    runtime.omp_set_num_threads(1)  # as threadpoolctl does
    before = tasks()
    threads.set_num_threads(40)
    setup()()
    assert tasks() == before
    print("left alone")
    """
    assert output(code) in ("left alone", "no runtime found")
