"""Layers, by the names that Keras gives them: parameters around ``convolith.ops``."""

from __future__ import annotations

from typing import Any

from convolith.layers.activation import ELU, Activation, LeakyReLU, ReLU
from convolith.layers.adaptive_pool import (
    AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D,
    AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D,
    AdaptiveMaxPooling3D,
)
from convolith.layers.batch_normalization import BatchNormalization
from convolith.layers.build_config import LayerRegistry
from convolith.layers.concatenate import Concatenate, Dot, concatenate, dot
from convolith.layers.conv import Conv1D, Conv2D, Conv3D, Convolution1D, Convolution2D, Convolution3D
from convolith.layers.conv_transpose import (
    Conv1DTranspose,
    Conv2DTranspose,
    Conv3DTranspose,
    Convolution1DTranspose,
    Convolution2DTranspose,
    Convolution3DTranspose,
)
from convolith.layers.cropping import Cropping1D, Cropping2D, Cropping3D
from convolith.layers.dense import Dense
from convolith.layers.depthwise import DepthwiseConv1D, DepthwiseConv2D
from convolith.layers.dropout import AlphaDropout, Dropout, SpatialDropout1D, SpatialDropout2D, SpatialDropout3D
from convolith.layers.global_pool import (
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalAvgPool1D,
    GlobalAvgPool2D,
    GlobalAvgPool3D,
    GlobalConcatPooling2D,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GlobalMaxPool3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
)
from convolith.layers.group_normalization import GroupNormalization
from convolith.layers.identity import ActivityRegularization, Identity
from convolith.layers.input import Input, InputLayer
from convolith.layers.input_spec import InputSpec
from convolith.layers.lambda_layer import Lambda
from convolith.layers.layer import Layer
from convolith.layers.layer_normalization import LayerNormalization, RMSNormalization, UnitNormalization
from convolith.layers.local_response_normalization import LocalResponseNormalization
from convolith.layers.locally_connected import LocallyConnected1D, LocallyConnected2D
from convolith.layers.merge import (
    Add,
    Average,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
    add,
    average,
    maximum,
    minimum,
    multiply,
    subtract,
)
from convolith.layers.noise import GaussianDropout, GaussianNoise
from convolith.layers.padding import ZeroPadding1D, ZeroPadding2D, ZeroPadding3D
from convolith.layers.pool import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    AvgPool1D,
    AvgPool2D,
    AvgPool3D,
    LpPooling2D,
    MaxPool1D,
    MaxPool2D,
    MaxPool3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
    MinPooling2D,
)
from convolith.layers.prelu import PReLU
from convolith.layers.preprocessing.augmentation import AugMix, RandAugment
from convolith.layers.preprocessing.histogram import (
    AutoContrast,
    ContrastLimitedAdaptiveHistogramEqualization,
    Equalization,
)
from convolith.layers.preprocessing.mixing import CutMix, MixUp
from convolith.layers.preprocessing.normalization import Normalization
from convolith.layers.preprocessing.random_color import RandomBrightness, RandomContrast
from convolith.layers.preprocessing.random_crop import RandomCrop
from convolith.layers.preprocessing.random_elastic import RandomElasticTransform
from convolith.layers.preprocessing.random_erasing import RandomErasing
from convolith.layers.preprocessing.random_filter import RandomGaussianBlur, RandomSharpness
from convolith.layers.preprocessing.random_grayscale import (
    RandomColorDegeneration,
    RandomColorJitter,
    RandomGrayscale,
)
from convolith.layers.preprocessing.random_hue import RandomHue, RandomSaturation
from convolith.layers.preprocessing.random_projection import RandomPerspective, RandomShear
from convolith.layers.preprocessing.random_tone import RandomInvert, RandomPosterization, Solarization
from convolith.layers.preprocessing.random_transform import RandomFlip, RandomRotation, RandomTranslation, RandomZoom
from convolith.layers.preprocessing.resizing import CenterCrop, Resizing
from convolith.layers.rescaling import Rescaling
from convolith.layers.separable import SeparableConv1D, SeparableConv2D, SeparableConvolution1D, SeparableConvolution2D
from convolith.layers.shape import Flatten, Permute, RepeatVector, Reshape
from convolith.layers.softmax import Softmax
from convolith.layers.upsampling import UpSampling1D, UpSampling2D, UpSampling3D
from convolith.layers.weight_normalization import SpectralNormalization, WeightNormalization
from convolith.registry import custom_object_scope

__all__ = [
    "Activation",
    "ActivityRegularization",
    "AdaptiveAveragePooling1D",
    "AdaptiveAveragePooling2D",
    "AdaptiveAveragePooling3D",
    "AdaptiveMaxPooling1D",
    "AdaptiveMaxPooling2D",
    "AdaptiveMaxPooling3D",
    "Add",
    "AlphaDropout",
    "AugMix",
    "AutoContrast",
    "Average",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "AvgPool1D",
    "AvgPool2D",
    "AvgPool3D",
    "BatchNormalization",
    "CenterCrop",
    "Concatenate",
    "ContrastLimitedAdaptiveHistogramEqualization",
    "Conv1D",
    "Conv1DTranspose",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "Convolution1D",
    "Convolution1DTranspose",
    "Convolution2D",
    "Convolution2DTranspose",
    "Convolution3D",
    "Convolution3DTranspose",
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "CutMix",
    "Dense",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Dot",
    "Dropout",
    "ELU",
    "Equalization",
    "Flatten",
    "GaussianDropout",
    "GaussianNoise",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalAvgPool3D",
    "GlobalConcatPooling2D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPool3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "GroupNormalization",
    "Identity",
    "Input",
    "InputLayer",
    "InputSpec",
    "Lambda",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "LocalResponseNormalization",
    "LocallyConnected1D",
    "LocallyConnected2D",
    "LpPooling2D",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPool3D",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "Maximum",
    "MinPooling2D",
    "Minimum",
    "MixUp",
    "Multiply",
    "Normalization",
    "PReLU",
    "Permute",
    "RMSNormalization",
    "RandAugment",
    "RandomBrightness",
    "RandomColorDegeneration",
    "RandomColorJitter",
    "RandomContrast",
    "RandomCrop",
    "RandomElasticTransform",
    "RandomErasing",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomGrayscale",
    "RandomHue",
    "RandomInvert",
    "RandomPerspective",
    "RandomPosterization",
    "RandomRotation",
    "RandomSaturation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "Resizing",
    "SeparableConv1D",
    "SeparableConv2D",
    "SeparableConvolution1D",
    "SeparableConvolution2D",
    "Softmax",
    "Solarization",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "SpectralNormalization",
    "Subtract",
    "UnitNormalization",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "WeightNormalization",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
    "add",
    "average",
    "concatenate",
    "deserialize",
    "dot",
    "maximum",
    "minimum",
    "multiply",
    "serialize",
    "subtract",
]


def __dir__() -> list[str]:
    return sorted(__all__)


# Models add themselves: a model may be a layer of another.
REGISTRY = LayerRegistry(
    "layer",
    {one.__name__: one for one in list(globals().values()) if isinstance(one, type) and issubclass(one, Layer)},
    elsewhere=tuple(f"convolith.applications.{name}" for name in ("convnext", "inception_resnet_v2", "lenet_1998")),
)


def serialize(layer: Layer) -> dict[str, Any]:
    """Return ``{"class_name", "config"}``, from which ``deserialize`` makes an equal layer with new weights."""
    return REGISTRY.serialize(layer)


def deserialize(config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Layer:
    """Make a layer from what ``serialize`` returned.

    Args:
        config: ``{"class_name": str, "config": dict}``.
        custom_objects: classes of the user's own, by name.

    Raises:
        ValueError: the class is unknown, or the configuration does not fit it.
    """
    with custom_object_scope(custom_objects):
        return REGISTRY.get(config)
