"""Ten steps of training with transplanted weights: the losses and weights are PyTorch's."""

import numpy as np
import pytest

from convolith import layers, losses, optimizers
from convolith.models import Sequential

pytestmark = pytest.mark.torch

OPTIMIZERS = {
    "sgd": (lambda: optimizers.SGD(1 / 16), lambda torch, p: torch.optim.SGD(p, 1 / 16)),
    "momentum": (
        lambda: optimizers.SGD(1 / 64, momentum=0.9),
        lambda torch, p: torch.optim.SGD(p, 1 / 64, momentum=0.9),
    ),
    "nesterov": (
        lambda: optimizers.SGD(1 / 64, momentum=0.9, nesterov=True),
        lambda torch, p: torch.optim.SGD(p, 1 / 64, momentum=0.9, nesterov=True),
    ),
    # Keras adds epsilon to the uncorrected root, torch to the corrected one; with float64 and a tiny one they agree.
    "adam": (
        lambda: optimizers.Adam(1 / 64, epsilon=1e-30),
        lambda torch, p: torch.optim.Adam(p, 1 / 64, eps=1e-30),
    ),
}


def networks(torch, dtype):
    ours = Sequential(
        [
            layers.Input((12, 12, 2), dtype=dtype),
            layers.Conv2D(6, 3, padding="same", activation="relu", bias_initializer="random_normal", dtype=dtype),
            layers.MaxPooling2D(),
            layers.Conv2D(8, 3, strides=2, dtype=dtype),
            layers.Activation("tanh"),
            layers.AveragePooling2D(),
            layers.Flatten(),
            layers.Dense(16, activation="sigmoid", dtype=dtype),
            layers.Dense(5, activation="softmax", dtype=dtype),
        ]
    )
    theirs = torch.nn.Sequential(
        torch.nn.Conv2d(2, 6, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(6, 8, 3, stride=2),
        torch.nn.Tanh(),
        torch.nn.AvgPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(8, 16),
        torch.nn.Sigmoid(),
        torch.nn.Linear(16, 5),
    ).to(getattr(torch, dtype))
    with torch.no_grad():
        for weight, parameter in zip(ours.get_weights(), theirs.parameters(), strict=True):
            parameter.copy_(torch.from_numpy(as_torch(weight)))
    return ours, theirs


def as_torch(weight):
    """HWIO kernels as torch's OIHW, (inputs, outputs) as (outputs, inputs)."""
    return np.ascontiguousarray(weight.transpose({4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}[weight.ndim]))


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 3e-5), ("float64", 1e-12)])
def test_ten_steps(generator, name, dtype, tolerance):
    import torch

    ours, theirs = networks(torch, dtype)
    make_ours, make_theirs = OPTIMIZERS[name]
    ours.compile(make_ours(), loss="sparse_categorical_crossentropy")
    optimizer = make_theirs(torch, theirs.parameters())
    x = generator.normal(size=(10, 7, 12, 12, 2)).astype(dtype)
    y = generator.integers(0, 5, (10, 7))
    for step in range(10):
        images = torch.from_numpy(np.ascontiguousarray(x[step].transpose(0, 3, 1, 2)))
        loss = torch.nn.functional.cross_entropy(theirs(images), torch.from_numpy(y[step]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        np.testing.assert_allclose(ours.train_on_batch(x[step], y[step]), loss.item(), rtol=tolerance)
    for weight, parameter in zip(ours.get_weights(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(as_torch(weight), parameter.detach().numpy(), rtol=0, atol=tolerance)
    expected = torch.softmax(theirs(images), 1).detach().numpy()
    np.testing.assert_allclose(ours.predict(x[-1], verbose=0), expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize(
    ("loss", "torch_loss", "labels"),
    [
        (losses.MeanSquaredError(), "mse_loss", lambda g: g.normal(size=(6, 3))),
        (losses.MeanAbsoluteError(), "l1_loss", lambda g: g.normal(size=(6, 3))),
        (losses.CategoricalCrossentropy(from_logits=True), "cross_entropy", lambda g: g.dirichlet([1, 1, 1], 6)),
        (losses.SparseCategoricalCrossentropy(from_logits=True), "cross_entropy", lambda g: g.integers(0, 3, 6)),
    ],
    ids=["mse", "mae", "categorical", "sparse"],
)
def test_a_loss_and_its_gradient(generator, loss, torch_loss, labels):
    import torch

    import convolith

    logits, target = generator.normal(size=(6, 3)), labels(generator)
    value, pullback = convolith.vjp(lambda z: loss(target, z), logits)
    (gradient,) = pullback(np.ones(()))
    z = torch.from_numpy(logits).requires_grad_()
    expected = getattr(torch.nn.functional, torch_loss)(z, torch.from_numpy(target))
    expected.backward()
    np.testing.assert_allclose(value, expected.item(), rtol=1e-12)
    np.testing.assert_allclose(gradient, z.grad.numpy(), rtol=1e-10, atol=1e-14)


def test_label_smoothing(generator):
    import torch

    logits, y = generator.normal(size=(6, 3)), generator.integers(0, 3, 6)
    loss = losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
    expected = torch.nn.functional.cross_entropy(torch.from_numpy(logits), torch.from_numpy(y), label_smoothing=0.1)
    np.testing.assert_allclose(loss(np.eye(3)[y], logits), expected.item(), rtol=1e-12)
