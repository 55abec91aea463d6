"""ResNet-50 under the name of Keras's module; it is built in `convolith.applications.resnet`."""

from convolith.applications.resnet import ResNet50, decode_predictions, preprocess_input

__all__ = ["ResNet50", "decode_predictions", "preprocess_input"]


def __dir__() -> list[str]:
    return sorted(__all__)
