"""VGG-16 under the name of Keras's module; it is built in `convolith.applications.vgg`."""

from convolith.applications.vgg import VGG16, decode_predictions, preprocess_input

__all__ = ["VGG16", "decode_predictions", "preprocess_input"]


def __dir__() -> list[str]:
    return sorted(__all__)
