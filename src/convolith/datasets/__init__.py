"""Data sets: the bundled digits, Fashion-MNIST, and folders of images."""

from . import digits, fashion_mnist, images

__all__ = ["digits", "fashion_mnist", "images"]
