"""The networks of the field, each with its published weights' number, built with the public API only."""

from convolith.applications import imagenet_utils, resnet50, vgg16, vgg19
from convolith.applications.alexnet import AlexNet
from convolith.applications.cifar_resnet import (
    CIFARResNet,
    ResNet20,
    ResNet32,
    ResNet44,
    ResNet56,
    ResNet110,
    ResNet1001,
    WideResNet,
)
from convolith.applications.convnext import ConvNeXtTiny
from convolith.applications.densenet import DenseNet121, DenseNet169, DenseNet201
from convolith.applications.efficientnet import (
    EfficientNetB0,
    EfficientNetB1,
    EfficientNetB2,
    EfficientNetB3,
    EfficientNetB4,
    EfficientNetB5,
    EfficientNetB6,
    EfficientNetB7,
)
from convolith.applications.googlenet import GoogLeNet, SEInception
from convolith.applications.inception_resnet_v2 import InceptionResNetV2
from convolith.applications.inception_v3 import InceptionV3
from convolith.applications.lenet import LeNet5
from convolith.applications.mobilenet import MobileNet
from convolith.applications.mobilenet_v2 import MobileNetV2
from convolith.applications.mobilenet_v3 import MobileNetV3Large, MobileNetV3Small
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
    WideResNet50,
    WideResNet101,
)
from convolith.applications.resnet_v2 import ResNet50V2, ResNet101V2, ResNet152V2
from convolith.applications.shufflenet_v2 import ShuffleNetV2
from convolith.applications.squeezenet import SqueezeNet
from convolith.applications.transfer_learning import (
    bottleneck,
    bottleneck_features,
    learning_rates_per_depth,
    transfer,
    unfreeze,
)
from convolith.applications.vgg import VGG, VGG11, VGG13, VGG16, VGG19
from convolith.applications.xception import Xception
from convolith.applications.zfnet import ZFNet

__all__ = [
    "imagenet_utils",
    "resnet50",
    "vgg16",
    "vgg19",
    "AlexNet",
    "CIFARResNet",
    "ConvNeXtTiny",
    "DenseNet121",
    "DenseNet169",
    "DenseNet201",
    "EfficientNetB0",
    "EfficientNetB1",
    "EfficientNetB2",
    "EfficientNetB3",
    "EfficientNetB4",
    "EfficientNetB5",
    "EfficientNetB6",
    "EfficientNetB7",
    "GoogLeNet",
    "InceptionResNetV2",
    "InceptionV3",
    "LeNet5",
    "MobileNet",
    "MobileNetV2",
    "MobileNetV3Large",
    "MobileNetV3Small",
    "ResNeXt",
    "ResNeXt101",
    "ResNeXt50",
    "ResNet1001",
    "ResNet101",
    "ResNet101V2",
    "ResNet110",
    "ResNet152",
    "ResNet152V2",
    "ResNet18",
    "ResNet20",
    "ResNet32",
    "ResNet34",
    "ResNet44",
    "ResNet50",
    "ResNet50V2",
    "ResNet56",
    "SEInception",
    "SEResNet18",
    "SEResNet50",
    "ShuffleNetV2",
    "SqueezeNet",
    "VGG",
    "VGG11",
    "VGG13",
    "VGG16",
    "VGG19",
    "WideResNet",
    "WideResNet101",
    "WideResNet50",
    "Xception",
    "ZFNet",
    "bottleneck",
    "bottleneck_features",
    "learning_rates_per_depth",
    "transfer",
    "unfreeze",
]


def __dir__() -> list[str]:
    return sorted(__all__)
