"""The shape files hold each distinct convolution of the networks that they are named after, and nothing else."""

import pytest

from benchmarks import convolith_networks
from benchmarks.network_data import NETWORKS
from benchmarks.network_shapes import networks, read_network
from convolith import applications
from convolith.layers import Conv2D, DepthwiseConv2D, SeparableConv2D

APPLICATIONS = {
    "googlenet": applications.GoogLeNet,
    "resnext50": applications.ResNeXt50,
    "mobilenet": applications.MobileNet,
    "xception": applications.Xception,
}


def in_model(model):
    """(output's height and width, input and output channels, kernel, strides, groups) of each convolution."""
    found = set()
    for layer in model.layers:
        if isinstance(layer, SeparableConv2D):
            (_, *size, outputs), inputs = layer.output.shape, layer.input.shape[-1]
            found.add((*size, inputs, inputs, *layer.kernel_size, *layer.strides, inputs))
            found.add((*size, inputs, outputs, 1, 1, 1, 1, 1))
        elif isinstance(layer, Conv2D | DepthwiseConv2D) and layer.name != "conv_preds":  # MobileNet's dense layer
            (_, *size, outputs), inputs = layer.output.shape, layer.input.shape[-1]
            groups = inputs if isinstance(layer, DepthwiseConv2D) else layer.groups
            found.add((*size, inputs, outputs, *layer.kernel_size, *layer.strides, groups))
    return found


def in_file(name):
    found = set()
    for layer in read_network(name):
        if layer.op in ("conv", "depthwise_conv"):
            _, *size, outputs = layer.output_shape
            found.add((*size, layer.ci, outputs, *layer.kernel, *layer.stride, layer.groups or layer.ci))
    return found


@pytest.mark.parametrize("name", [name for name in networks() if name != "unet"])
def test_each_distinct_convolution_of_the_network(name):
    model = APPLICATIONS[name]() if name in APPLICATIONS else convolith_networks.build(NETWORKS[name])
    assert in_file(name) == in_model(model)
    if name in NETWORKS:
        assert {layer.n for layer in read_network(name)} == {NETWORKS[name].batch}


def test_unet_goes_from_572_pixels_to_388_and_back_up_by_transposed_convolutions():
    layers = read_network("unet")
    assert layers[0].input_shape == (1, 572, 572, 1) and layers[-1].output_shape == (1, 388, 388, 2)
    before = layers[0]
    for layer in layers[1:]:
        assert layer.h == before.output_shape[1]
        assert (layer.op == "conv_transpose") == (layer.name in ("up1", "up2", "up3", "up4"))
        before = layer
