"""What ``summary(batch_size=)`` states is what a process takes."""

import sys

import pytest

from benchmarks import memory, network_variants

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self")


@pytest.mark.parametrize("kind", ["training", "inference"])
@pytest.mark.parametrize("name", ["VGG16", "ResNet50"])
def test_a_process_takes_what_is_stated(name, kind):
    row = memory.measure(name, 4, kind)
    assert row.taken == pytest.approx(row.arrays, rel=0.1)
    held = row.arrays - row.beside  # weights and what the optimizer keeps
    assert row.taken - held == pytest.approx(row.beside, rel=0.1)


@pytest.mark.parametrize("kind", ["training", "inference"])
@pytest.mark.parametrize("name", ["LeNet5", "ResNet20", "MobileNetV3Small", "ShuffleNetV2", "SqueezeNet", "GoogLeNet"])
def test_small_networks_keep_to_what_is_stated(name, kind):
    """The least of three processes counts: where pages come to lie adds up to a megabyte by chance."""
    rows = [memory.measure(name, 1, kind) for _ in range(3)]
    assert min(row.taken - row.arrays - row.objects for row in rows) <= 0
    assert rows[0].objects < 12_000_000


def test_a_limit_is_kept():
    free, limited = memory.measure("ResNet20", 1, "training"), memory.measure("ResNet20", 1, "training", "4 MB")
    assert limited.arrays <= 4_000_000 < free.arrays
    assert limited.taken <= limited.arrays + limited.objects


def test_every_network_is_named_once_and_what_fails_is_told():
    names = network_variants.names()
    assert {"LeNet5", "ResNet1001", "EfficientNetB7"} <= {*names} and len({*names}) == len(names) == 50 + 16
    with pytest.raises(RuntimeError, match="(?s)NoNetwork, training: .*no attribute .NoNetwork"):
        memory.measure("NoNetwork", 1, "training")


def test_the_command_tells_who_takes_more(monkeypatch, capsys):
    rows = [memory.MemoryRow("Small", "training", "", 100, 60, 10, taken) for taken in (110, 111)]
    monkeypatch.setattr(memory, "rows", lambda names, batch: iter(rows))
    monkeypatch.setattr(sys, "argv", ["memory"])
    with pytest.raises(SystemExit, match="1"):
        memory.main()
    assert [line.endswith("MORE") for line in capsys.readouterr().out.splitlines()] == [False, False, True]
