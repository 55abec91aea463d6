"""The whole networks of the benchmarks: the peers' definitions are the same networks, and what is said of them."""

import numpy as np
import pytest

from benchmarks import convolith_networks, targets, versus
from benchmarks.fresh import first_steps, peak_memory
from benchmarks.network_data import NETWORKS, Network, weight
from benchmarks.versus_row import VersusRow

PARAMETERS = {
    "lenet5": 61_706,
    "fashion_cnn": 1_413_834,
    "alexnet": 62_378_344,
    "vgg16": 138_357_544,
    "resnet18": 11_689_512,
    "resnet50": 25_557_032,
}
SMALL = [
    Network("lenet5", "LeNet-5", 3, (28, 28, 1), 10),
    Network("fashion_cnn", "Fashion CNN", 2, (24, 24, 1), 10, dropout=True),
    Network("resnet18", "ResNet-18", 2, (40, 33, 3), 7),
    Network("resnet50", "ResNet-50", 4, (64, 64, 3), 7),  # fewer pixels leave too few to normalise over
]


@pytest.mark.parametrize("network", NETWORKS.values(), ids=lambda network: network.name)
def test_networks_have_as_many_weights_to_train_as_published(network):
    model = convolith_networks.build(network)
    assert sum(np.prod(each.shape) for each in model.trainable_weights) == PARAMETERS[network.name]
    assert Network.from_json(network.to_json()) == network


def test_weights_are_the_same_whenever_they_are_made_and_tell_layers_and_kinds_apart():
    first = weight("conv1/kernel", (3, 3, 8, 4))
    np.testing.assert_array_equal(first, weight("conv1/kernel", (3, 3, 8, 4)))
    assert not np.array_equal(first, weight("conv2/kernel", (3, 3, 8, 4)))
    assert first.std() == pytest.approx(np.sqrt(2 / 72), rel=0.2)
    assert weight("bn/gamma", (50,)).mean() == pytest.approx(1, abs=0.1)
    assert weight("bn/beta", (50,)).mean() == pytest.approx(0, abs=0.1)


@pytest.mark.torch
@pytest.mark.parametrize("network", SMALL, ids=lambda network: network.name)
def test_torch_and_convolith_are_the_same_networks(network):
    from benchmarks import torch_whole

    ours = convolith_networks.training_call(network, dropout=False)
    theirs = torch_whole.training_call(network, "contiguous, plain", dropout=False)
    losses, expected = ([step() for _ in range(2)] for step in (ours, theirs))
    np.testing.assert_allclose(losses[0], expected[0], rtol=1e-4)
    np.testing.assert_allclose(np.diff(losses), np.diff(expected), rtol=0.02)
    logits = torch_whole.inference_call(network, "channels_last, frozen script")()
    np.testing.assert_allclose(
        convolith_networks.inference_call(network)(), logits, rtol=1e-3, atol=1e-4 * abs(logits).max()
    )


@pytest.mark.torch
def test_dropout_is_off_only_where_asked():
    import torch

    from benchmarks import torch_networks

    for dropout, rate in ((True, 0.5), (False, 0.0)):
        module = torch_networks.build(NETWORKS["fashion_cnn"], dropout)
        assert [part.p for part in module.modules() if isinstance(part, torch.nn.Dropout)] == [rate, rate]
        model = convolith_networks.build(NETWORKS["fashion_cnn"], dropout)
        assert [layer.rate for layer in model.layers if hasattr(layer, "rate")] == [rate, rate]


def test_peers_that_computed_something_else_are_refused():
    versus.check("LeNet-5", {"losses": [2.0, 1.9]}, {"losses": [2.0001, 1.9002]})
    versus.check("LeNet-5", {"digest": [1.0, 2.0]}, {"digest": [1.0, 2.0]})
    for losses in ([2.1, 2.0], [2.0, 1.91]):
        with pytest.raises(RuntimeError, match="LeNet-5"):
            versus.check("LeNet-5", {"losses": [2.0, 1.9]}, {"losses": losses})
    with pytest.raises(RuntimeError, match="LeNet-5"):
        versus.check("LeNet-5", {"digest": [1.0, 2.0]}, {"digest": [1.0, 2.1]})


def made(network: str, kind: str, peer: str, ratio: float) -> VersusRow:
    return VersusRow(network, kind, peer, 0.002, 0.002 * ratio, ratio, 0.01, "contiguous", True)


def test_a_row_has_the_medians_of_its_pairs_and_the_spread_of_the_ratios():
    taken = [(1.0, 2.0), (1.0, 3.0), (2.0, 3.0)]
    row = versus.row(NETWORKS["lenet5"], "training", "torch", taken, [b / a for a, b in taken], "plain", True)
    assert (row.value, row.peer_value, row.ratio) == (1.0, 3.0, 2.0)
    assert row.spread == pytest.approx((2.5 - 1.75) / 2 / 2)
    alone = versus.row(NETWORKS["lenet5"], "memory", "torch", [(2.0, 4.0)], [0.5], "contiguous", True)
    assert (alone.ratio, alone.spread) == (0.5, 0)


def test_summaries_have_the_mean_and_the_worst_and_whether_both_are_reached():
    rows = [made("lenet5", "training", "torch", 4.0), made("vgg16", "training", "torch", 1.0)]
    (summary,) = targets.summaries(rows)
    assert (summary.mean, summary.worst, summary.network) == (pytest.approx(2.0), 1.0, "vgg16")
    assert summary.met is False
    assert targets.summaries([rows[0], made("vgg16", "training", "torch", 1.5)])[0].met is True
    memory = [made("lenet5", "memory", "torch", 0.2), made("vgg16", "memory", "torch", 0.9)]
    (summary,) = targets.summaries(memory)
    assert (summary.worst, summary.network, summary.met) == (0.9, "vgg16", False)
    assert targets.summaries([made("lenet5", "batch1", "torch", 0.5)])[0].met is None


def test_instructions_are_limited_for_convolith_and_for_torch(monkeypatch):
    for name in ("CONVOLITH_ISA", "ONEDNN_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY"):
        monkeypatch.setenv(name, "")
    versus.limit_instructions("avx2")
    assert [versus.os.environ[name] for name in ("CONVOLITH_ISA", "ONEDNN_MAX_CPU_ISA")] == ["avx2", "AVX2"]
    assert versus.os.environ["ATEN_CPU_CAPABILITY"] == "avx2"


def test_the_first_step_is_not_among_the_later_ones():
    made = []

    def call():
        made.append(np.ones(1_000_000))

    answer = first_steps(lambda: call, 3)
    assert len(made) == 4 and set(answer) == {"first", "steady", "peak"}
    assert answer["peak"] >= 32_000_000 and abs(answer["peak"] - peak_memory()) < 16_000_000
