"""What the networks expect and tell, under the name of Keras's module; see `convolith.applications.imagenet`."""

from convolith.applications.imagenet import decode_predictions, preprocess_input

__all__ = ["decode_predictions", "preprocess_input"]


def __dir__() -> list[str]:
    return sorted(__all__)
