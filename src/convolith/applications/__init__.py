"""The networks of the field, each with its published weights' number, built with the public API only."""

from convolith.applications.alexnet import AlexNet
from convolith.applications.densenet import DenseNet121, DenseNet169, DenseNet201
from convolith.applications.lenet import LeNet5
from convolith.applications.mobilenet import MobileNet
from convolith.applications.mobilenet_v2 import MobileNetV2
from convolith.applications.resnet import (
    ResNet18,
    ResNet34,
    ResNet50,
    ResNet101,
    ResNet152,
    ResNeXt,
    ResNeXt50,
    ResNeXt101,
    SEResNet18,
    SEResNet50,
)
from convolith.applications.resnet_v2 import ResNet50V2, ResNet101V2, ResNet152V2
from convolith.applications.squeezenet import SqueezeNet
from convolith.applications.vgg import VGG, VGG11, VGG13, VGG16, VGG19
from convolith.applications.xception import Xception

__all__ = [
    "AlexNet", "DenseNet121", "DenseNet169", "DenseNet201", "LeNet5", "MobileNet", "MobileNetV2", "ResNeXt",
    "ResNeXt50", "ResNeXt101", "ResNet18", "ResNet34", "ResNet50", "ResNet50V2", "ResNet101", "ResNet101V2",
    "ResNet152", "ResNet152V2", "SEResNet18", "SEResNet50", "SqueezeNet", "VGG", "VGG11", "VGG13", "VGG16", "VGG19",
    "Xception",
]  # fmt: skip
