"""Data sets: the bundled digits, MNIST, Fashion-MNIST, CIFAR-10 and -100, and folders of images."""

from . import cifar10, cifar100, digits, fashion_mnist, images, mnist

__all__ = ["cifar10", "cifar100", "digits", "fashion_mnist", "images", "mnist"]


def __dir__() -> list[str]:
    return sorted(__all__)
