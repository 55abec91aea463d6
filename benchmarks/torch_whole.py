"""Whole networks trained and run by torch, eager, in each of its ways: memory layout, optimizer step, frozen script."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from benchmarks.network_data import LEARNING_RATE, MOMENTUM, Network, images_and_labels
from benchmarks.timing import seconds_a_call
from benchmarks.torch_networks import build, share_weights
from benchmarks.torch_training import LAYOUTS

STEPS = {"fused": {"fused": True}, "foreach": {"foreach": True}, "plain": {"foreach": False, "fused": False}}
MODES = ("eager", "frozen script")


def training_call(network: Network, way: str, dropout: bool = True, shared: bool = True) -> Callable[[], float]:
    """A call that does one step of SGD with momentum on one batch and returns the loss before it.

    `way` is a layout and one of STEPS: "channels_last, fused".
    """
    layout, step = way.split(", ")
    module, images, labels = _ready(network, layout, dropout, shared)
    optimizer = torch.optim.SGD(module.parameters(), LEARNING_RATE, momentum=MOMENTUM, **STEPS[step])
    loss_of = nn.CrossEntropyLoss()

    def call() -> float:
        with torch.enable_grad():
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(module(images), labels)
            loss.backward()
            optimizer.step()
        return loss.item()

    return call


def inference_call(network: Network, way: str) -> Callable[[], np.ndarray]:
    """A call that computes one batch's logits; `way` is a layout and one of MODES: "contiguous, frozen script".

    A frozen script has its batch normalisation folded into the kernels, as convolith and ONNX Runtime do it.
    """
    layout, mode = way.split(", ")
    module, images, _ = _ready(network, layout)
    module.eval()
    if mode == "frozen script":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            module = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(module, images)))

    @torch.inference_mode()
    def call() -> np.ndarray:
        return module(images).numpy()

    return call


def _ready(
    network: Network, layout: str, dropout: bool = True, shared: bool = True
) -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    module = build(network, dropout)
    if shared:
        share_weights(module)
    images, labels = images_and_labels(network)
    nchw = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(memory_format=LAYOUTS[layout])
    return module.to(memory_format=LAYOUTS[layout]), nchw, torch.from_numpy(labels)


def best_way(network: Network, kind: str) -> str:
    """The fastest of torch's ways to do a step of training or an inference: the faster layout's fastest optimizer
    step, or the fastest of both layouts' modes.
    """

    def seconds(way: str) -> float:
        call = training_call(network, way) if kind == "training" else inference_call(network, way)
        call()
        return seconds_a_call(call, turn=0.2, least=2)

    if kind != "training":
        return min((f"{layout}, {mode}" for layout in LAYOUTS for mode in MODES), key=seconds)
    layout = min(LAYOUTS, key=lambda layout: seconds(f"{layout}, fused"))
    return min((f"{layout}, {step}" for step in STEPS), key=seconds)


def export(network: Network, path: str) -> None:
    """Write the network with the shared weights as an ONNX file: NCHW images in, logits out."""
    module, images, _ = _ready(network, "contiguous")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module.eval(), (images,), path, dynamo=False, input_names=["images"], output_names=["logits"])
