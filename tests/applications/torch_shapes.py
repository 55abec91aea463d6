"""What the steps without weights give, pooling and activations and joining: how many of which shape."""

from __future__ import annotations

from collections import Counter

from torch.overrides import TorchFunctionMode

KINDS = {
    "relu": "Activation",
    "sigmoid": "Activation",
    "max_pool2d": "MaxPooling2D",
    "avg_pool2d": "AveragePooling2D",
    "adaptive_avg_pool2d": "AdaptiveAveragePooling2D",
    "mean": "GlobalAveragePooling2D",
    "local_response_norm": "LocalResponseNormalization",
    "cat": "Concatenate",
    "add": "Add",
    "mul": "Multiply",
    "flatten": "Flatten",
    "reshape": "Reshape",
    "__getitem__": "Reshape",  # of averages to pixels
    "transpose": "Permute",
}
PADDING = {"conv2d": 4, "max_pool2d": 3}  # where among the arguments


def maps(shape):
    """A shape (height, width, channels); a single pixel is (channels,), as heads are convolutions here or there."""
    return shape[-1:] if shape[:-1] == (1, 1) else shape


def turned(shape):
    """The same of torch's (batch, channels, height, width)."""
    return maps((*shape[-2:], *shape[1:-2]) if len(shape) > 2 else tuple(shape[1:]))


class Recorder(TorchFunctionMode):
    """Counts, within the context, the steps of torch's functions, and the maps with the borders that they lay on."""

    def __init__(self):
        super().__init__()
        self.steps, self.padded = Counter(), Counter()

    def __torch_function__(self, function, types, args=(), kwargs=None):
        result, name = function(*args, **kwargs or {}), getattr(function, "__name__", "")
        if name in KINDS:
            self.steps[KINDS[name], turned(result.shape)] += 1
        if name in PADDING:
            given = (kwargs or {}).get("padding", args[PADDING[name]] if len(args) > PADDING[name] else 0)
            height, width = (given, given) if isinstance(given, int) else given
            *_, channels, rows, columns = args[0].shape
            self.padded[rows + 2 * height, columns + 2 * width, channels] += 1
        return result


def steps_of(model):
    """The same two of a model's layers; the activations within layers count too, but for the classifier's."""
    steps, padded = Counter(), Counter()
    for layer in model.layers:
        kind, shape, activation = type(layer).__name__, layer.output.shape[1:], layer.get_config().get("activation")
        if kind == "ZeroPadding2D":
            padded[shape] += 1
        elif kind == "Dropout":
            assert layer.output.shape == layer.input.shape
        elif kind not in ("Activation", "InputLayer") and not layer.weights:
            steps[kind, maps(shape)] += 1
        if activation not in (None, "linear", "softmax"):
            steps["Activation", maps(shape)] += 1
    return steps, padded
