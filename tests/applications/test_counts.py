"""Every network's number of weights, as published or as Keras and torchvision count."""

from __future__ import annotations

import pytest

from convolith import applications

# All weights, and those that training changes where the published number counts these.
TOTALS = {
    "VGG16": 138_357_544,
    "VGG19": 143_667_240,
    "ResNet50": 25_636_712,
    "ResNet101": 44_707_176,
    "ResNet152": 60_419_944,
    "ResNet50V2": 25_613_800,
    "ResNet101V2": 44_675_560,
    "ResNet152V2": 60_380_648,
    "DenseNet121": 8_062_504,
    "DenseNet169": 14_307_880,
    "DenseNet201": 20_242_984,
    "MobileNet": 4_253_864,
    "MobileNetV2": 3_538_984,
    "Xception": 22_910_480,
    "AlexNet": 62_378_344,
    "SqueezeNet": 1_235_496,
}
TRAINED = {
    "VGG11": 132_863_336,
    "VGG13": 133_047_848,
    "ResNet18": 11_689_512,
    "ResNet34": 21_797_672,
    "ResNeXt50": 25_028_904,
    "ResNeXt101": 88_791_336,
    "SEResNet50": 28_088_024,
}


def trained(model) -> int:
    return sum(weight.value.size for weight in model.trainable_weights)


@pytest.mark.parametrize("name", TOTALS)
def test_total(name):
    model = getattr(applications, name)()
    assert model.count_params() == TOTALS[name]
    assert model.output_shape == (None, 1000)


@pytest.mark.parametrize("name", TRAINED)
def test_trained(name):
    assert trained(getattr(applications, name)()) == TRAINED[name]


def test_variants():
    assert applications.AlexNet(original=False).count_params() == 61_100_840
    assert applications.SqueezeNet("1.0").count_params() == 1_248_424
    assert trained(applications.VGG16(batch_normalization=True)) == 138_365_992
    assert applications.AlexNet().get_layer("conv1").count_params() == 34_944
    assert applications.AlexNet().get_layer("conv1").output.shape == (None, 55, 55, 96)
