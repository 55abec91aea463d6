"""LeNet-5 trained by torch, eager: images in memory, no DataLoader, gradients set to None between steps."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from benchmarks.training_data import BATCH, CLASSES, LEARNING_RATE, MOMENTUM, images_and_labels, initial_weights

LAYOUTS = {"channels_last": torch.channels_last, "contiguous": torch.contiguous_format}
WAYS = [(layout, fused) for layout in LAYOUTS for fused in (True, False)]


class NhwcFlatten(nn.Module):
    """Flattens in the order of NHWC, as Keras does, so that both peers can start from the same weights."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.permute(0, 2, 3, 1).flatten(1)


def lenet5(layout: str) -> nn.Module:
    """LeNet-5 with rectifiers and max pooling, with the initial weights that both peers have."""
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        NhwcFlatten(),
        nn.Linear(400, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, CLASSES),
    )
    with torch.no_grad():
        for parameter, weight in zip(model.parameters(), initial_weights(), strict=True):
            theirs = torch.from_numpy(weight)
            if theirs.ndim == 4:
                theirs = theirs.permute(3, 2, 0, 1)
            parameter.copy_(theirs.T if theirs.ndim == 2 else theirs)
    return model.to(memory_format=LAYOUTS[layout])


class Training:
    """A model with its optimizer, in one of WAYS (torch's memory layout, and whether its fused step is used)."""

    def __init__(self, optimizer: str, layout: str, fused: bool) -> None:
        self.model = lenet5(layout)
        parameters = self.model.parameters()
        self.optimizer = {
            "sgd": lambda: torch.optim.SGD(parameters, LEARNING_RATE, momentum=MOMENTUM, fused=fused),
            # Keras adds epsilon to the root of the mean before its bias is corrected, and has 1e-7.
            "adam": lambda: torch.optim.Adam(parameters, LEARNING_RATE, eps=1e-7, fused=fused),
        }[optimizer]()
        self.loss = nn.CrossEntropyLoss()
        self.memory_format = LAYOUTS[layout]

    def load(self, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Images in this way's layout, and labels."""
        images, labels = images_and_labels(count)
        nchw = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(memory_format=self.memory_format)
        return nchw, torch.from_numpy(labels)

    def step(self, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """One step; returns the loss before it."""
        with torch.enable_grad():
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.loss(self.model(images), labels)
            loss.backward()
            self.optimizer.step()
        return loss.detach()


def step_call(optimizer: str, layout: str, fused: bool) -> Callable[[], float]:
    """A call that trains on one batch and returns the loss before the step."""
    training = Training(optimizer, layout, fused)
    images, labels = training.load(BATCH)
    return lambda: training.step(images, labels).item()


def epoch_call(optimizer: str, layout: str, fused: bool, count: int) -> Callable[..., float]:
    """A call that trains on `count` images, in shuffled batches or as they come, and returns the mean loss."""
    training = Training(optimizer, layout, fused)
    images, labels = training.load(count)

    def epoch(shuffle: bool = True) -> float:
        total = torch.zeros(())
        order = torch.randperm(count) if shuffle else torch.arange(count)
        for first in range(0, count, BATCH):
            batch = order[first : first + BATCH]
            total += training.step(images[batch], labels[batch]) * len(batch)
        return total.item() / count

    return epoch


def inference_call(layout: str) -> Callable[[], float]:
    """A call that predicts one batch and returns the mean of the outputs."""
    training = Training("sgd", layout, False)
    images, _ = training.load(BATCH)
    training.model.eval()
    return lambda: training.model(images).mean().item()
