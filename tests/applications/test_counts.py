"""Every network's number of weights, as published or as Keras and torchvision count."""

from __future__ import annotations

import pytest

from convolith import applications
from convolith.applications.googlenet import inference

pytestmark = pytest.mark.usefixtures("shapes_only")

# All weights, as keras.applications counts; SqueezeNet as torchvision; AlexNet, ZFNet and GoogLeNet as the layers of
# their papers' figures and tables sum up to (below).
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
    "MobileNetV3Small": 2_554_968,
    "MobileNetV3Large": 5_507_432,
    "Xception": 22_910_480,
    "InceptionV3": 23_851_784,
    "InceptionResNetV2": 55_873_736,
    "EfficientNetB0": 5_330_571,
    "EfficientNetB1": 7_856_239,
    "EfficientNetB2": 9_177_569,
    "EfficientNetB3": 12_320_535,
    "EfficientNetB4": 19_466_823,
    "EfficientNetB5": 30_562_527,
    "EfficientNetB6": 43_265_143,
    "EfficientNetB7": 66_658_687,
    "ConvNeXtTiny": 28_589_128,
    "AlexNet": 62_378_344,
    "ZFNet": 62_357_608,
    "GoogLeNet": 6_998_552,
    "SqueezeNet": 1_235_496,
}
# Those that training changes, where the published number counts these: torchvision's and the papers' do.
TRAINED = {
    "VGG11": 132_863_336,
    "VGG13": 133_047_848,
    "ResNet18": 11_689_512,
    "ResNet34": 21_797_672,
    "ResNeXt50": 25_028_904,
    "ResNeXt101": 88_791_336,
    "SEResNet50": 28_088_024,
    "WideResNet50": 68_883_240,
    "WideResNet101": 126_886_696,
    "EfficientNetB0": 5_288_548,
    "MobileNetV3Small": 2_542_856,
    "MobileNetV3Large": 5_483_032,
    "ShuffleNetV2": 2_278_604,
}
SMALL = {
    "ResNet20": 269_722,
    "ResNet32": 464_154,
    "ResNet44": 658_586,
    "ResNet56": 853_018,
    "ResNet110": 1_727_962,
    "WideResNet": 36_479_194,
}


# Inputs of a unit, units: figure 2 of NIPS 2012 with the filters of both towers in one; arXiv 1311.2901, figure 3;
# arXiv 1409.4842, table 1.
FIVE = ((25 * 96, 256), (9 * 256, 384), (9 * 384, 384), (9 * 384, 256), (36 * 256, 4096), (4096, 4096), (4096, 1000))
MODULES = (
    (192, 64, 96, 128, 16, 32, 32),
    (256, 128, 128, 192, 32, 96, 64),
    (480, 192, 96, 208, 16, 48, 64),
    (512, 160, 112, 224, 24, 64, 64),
    (512, 128, 128, 256, 24, 64, 64),
    (512, 112, 144, 288, 32, 64, 64),
    (528, 256, 160, 320, 32, 128, 128),
    (832, 256, 160, 320, 32, 128, 128),
    (832, 384, 192, 384, 48, 128, 128),
)
UNITS = {
    "AlexNet": ((121 * 3, 96), *FIVE),
    "ZFNet": ((49 * 3, 96), *FIVE),
    "GoogLeNet": (
        *((49 * 3, 64), (64, 64), (9 * 64, 192), (1024, 1000)),
        *(
            unit
            for maps, one, reduce3, three, reduce5, five, behind in MODULES
            for unit in (
                *((maps, one), (maps, reduce3), (9 * reduce3, three)),
                *((maps, reduce5), (25 * reduce5, five), (maps, behind)),
            )
        ),
    ),
}


@pytest.mark.parametrize("name", UNITS)
def test_totals_as_published_tables_sum_up(name):
    assert sum((inputs + 1) * units for inputs, units in UNITS[name]) == TOTALS[name]


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


@pytest.mark.parametrize("name", SMALL)
def test_networks_for_small_images(name):
    model = getattr(applications, name)()
    assert trained(model) == SMALL[name]
    assert (model.input_shape, model.output_shape) == ((None, 32, 32, 3), (None, 10))


def test_resnet_1001_by_its_definition():
    # 111 bottlenecks a stack behind 16 maps; each normalisation has two weights a channel.
    expected, channels = 3 * 9 * 16, 16
    for filters in (16, 32, 64):
        for number in range(111):
            expected += 2 * channels + channels * filters + 2 * filters + 9 * filters**2 + 2 * filters + 4 * filters**2
            expected += 0 if number else channels * 4 * filters
            channels = 4 * filters
    expected += 2 * channels + 10 * channels + 10
    model = applications.ResNet1001()
    assert trained(model) == expected == 10_327_706
    assert sum(type(layer).__name__ == "Conv2D" for layer in model.layers) == 999 + 1 + 3


def test_variants():
    assert applications.AlexNet(original=False).count_params() == 61_100_840
    assert applications.SqueezeNet("1.0").count_params() == 1_248_424
    assert applications.AlexNet().get_layer("conv1").count_params() == 34_944
    assert applications.AlexNet().get_layer("conv1").output.shape == (None, 55, 55, 96)


@pytest.mark.parametrize(
    ("depth", "weights"), [(11, 132_868_840), (13, 133_053_736), (16, 138_365_992), (19, 143_678_248)]
)
def test_vgg_with_batch_normalization(depth, weights):
    assert trained(applications.VGG(depth, batch_normalization=True)) == weights


@pytest.mark.parametrize(("depth", "weights"), [(50, 25_557_032), (101, 44_549_160), (152, 60_192_808)])
def test_resnets_as_torchvision_has_them(depth, weights):
    assert trained(getattr(applications, f"ResNet{depth}")(original=False)) == weights


def test_se_resnet_18_is_resnet_18_with_each_block_squeezed():
    added = 0
    for channels in (64, 128, 256, 512):
        inner = channels // 16
        added += 2 * (channels * inner + inner + inner * channels + channels)
    assert trained(applications.SEResNet18()) == TRAINED["ResNet18"] + added == 11_778_592


def of_resnext(counts, groups, width):
    """The weights that the layers of arXiv 1611.05431, table 1, have; each normalisation two a map."""
    weights, maps = 49 * 3 * 64 + 2 * 64, 64
    for stack, count in enumerate(counts):
        inner, outer = groups * width * 2**stack, 256 * 2**stack
        for number in range(count):
            weights += maps * inner + 9 * inner * inner // groups + inner * outer + 2 * (inner + inner + outer)
            weights += 0 if number else maps * outer + 2 * outer
            maps = outer
    return weights + 2048 * 1000 + 1000


def test_resnexts_as_published_tables_sum_up():
    assert of_resnext((3, 4, 6, 3), 32, 4) == TRAINED["ResNeXt50"]
    assert of_resnext((3, 4, 23, 3), 32, 8) == TRAINED["ResNeXt101"]


@pytest.mark.parametrize(
    ("depth", "groups", "width", "weights"),
    [(50, 64, 4, 45_192_488), (101, 32, 4, 44_177_704), (101, 64, 4, 83_455_272)],
)
def test_other_resnexts(depth, groups, width, weights):
    assert of_resnext((3, 4, 6 if depth == 50 else 23, 3), groups, width) == weights
    assert trained(applications.ResNeXt(depth, groups, width)) == weights


@pytest.mark.parametrize(("width", "weights"), [(0.5, 1_366_792), (1.5, 3_503_624), (2.0, 7_393_996)])
def test_shufflenet_widths(width, weights):
    assert trained(applications.ShuffleNetV2(width)) == weights


@pytest.mark.parametrize(
    ("original", "with_heads", "without"), [(True, 13_378_280, 6_998_552), (False, 13_004_888, 6_624_904)]
)
def test_googlenet_and_its_auxiliary_heads(original, with_heads, without):
    model = applications.GoogLeNet(original=original, auxiliary=True)
    assert trained(model) == with_heads
    assert {name: tensor.shape for name, tensor in model.output.items()} == dict.fromkeys(
        ("predictions", "auxiliary1", "auxiliary2"), (None, 1000)
    )
    assert trained(inference(model)) == trained(applications.GoogLeNet(original=original)) == without
    assert inference(model).output_shape == (None, 1000)


def test_se_inception_squeezes_each_module():
    added = 0
    for channels in (256, 480, 512, 512, 512, 528, 832, 832, 1024):
        inner = channels // 16
        added += channels * inner + inner + inner * channels + channels
    assert applications.SEInception().count_params() == 6_998_552 + added == 7_478_655
