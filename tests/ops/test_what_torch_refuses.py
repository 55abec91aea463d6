"""Values that torch refuses are refused, before any work, by an error that names operation, argument and what came."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convolith import ops
from convolith.graph.plan import Plan
from convolith.graph.tensor import Spec
from convolith.graph.trace import trace
from tests.ops.keywords import function_of, keywords_of


def floats(*shapes: tuple[int, ...]) -> list[np.ndarray]:
    return [np.ones(shape, np.float32) for shape in shapes]


def integers(*rows: Any) -> list[np.ndarray]:
    return [np.array(row) for row in rows]


STEPS = [0, -1, 1.5, "x", None, (1,), (1, 2, 3), (), (0, 1), (1, -1), (1.5, 1), True, 2**31]
SIZES = [*STEPS, 7, (7, 2)]  # no window of images of 6 x 5 is as large
PADDINGS = [-1, "reflect", None, ((1, 1),), ((0, -1), (0, 0)), ((1.5, 1), (0, 0)), ((1, 1, 1), (0, 0))]
POSITIVE = [0, -1, float("nan"), float("inf"), "x", 1j, True]
NUMBERS = [float("nan"), float("inf"), "x", None, 1j]
AXES = [4, -5, 1.5, "x", (0, 0)]
IMAGES = floats((5, 4), (4,), (2, 6, 0, 4), (2, 6, 5, 0))
PER_CHANNEL = floats((3,), (1,), (), (1, 4), (4, 1))
POOLED: dict[str, list[Any]] = {
    "inputs": IMAGES,
    "pool_size": SIZES,
    "strides": [*STEPS[:4], *STEPS[5:]],  # None is pool_size
    "padding": [*PADDINGS, ((2, 0), (0, 0)), ((0, 0), (1, 2))],
    "dilation_rate": [*STEPS, 6],
    "ceil_mode": [None, 1, "x"],
}

# By operation and argument: what the argument must not be when all others are as in `keywords_of`.
REFUSED: dict[str, dict[str, list[Any]]] = {
    "conv": {
        "inputs": [*IMAGES, *floats((2, 6, 5, 3), (2, 1, 5, 4))],
        "kernel": floats((3, 2, 4), (3, 2, 3, 6), (7, 2, 4, 6), (3, 6, 4, 6), (0, 2, 4, 6), (3, 2, 0, 6), (3, 2, 4, 0)),
        "bias": floats((5,), (1,), (), (1, 6), (6, 1)),
        "strides": STEPS,
        "padding": [*PADDINGS, "causal"],
        "dilation_rate": [*STEPS, 3],
        "groups": [0, -1, 3, 4, 5, 1.5, None, True, (1,)],
    },
    "conv_transpose": {
        "inputs": [*IMAGES, *floats((2, 6, 5, 3))],
        "kernel": floats((3, 2, 6), (3, 2, 6, 3), (0, 2, 6, 4), (3, 2, 0, 4)),
        "bias": floats((5,), (1,), (), (1, 6)),
        "strides": [*STEPS[:4], *STEPS[5:]],
        "padding": [*PADDINGS, ((6, 6), (6, 6))],
        "output_padding": [-1, 2, (1, 2), (2, 0), 1.5, "x", (1,), (1, 1, 1), (1, -1)],
        "groups": [0, -1, 3, 1.5, None, True],
    },
    "depthwise_conv": {
        "inputs": floats((2, 7), (2, 7, 3), (2, 0, 4), (2, 2, 4)),
        "kernel": floats((3, 4), (3, 3, 2), (8, 4, 2), (0, 4, 2), (3, 4, 0)),
        "bias": floats((4,), (1,), (4, 2)),
    },
    "locally_connected": {
        "kernel": floats((5, 12), (4, 12, 3), (5, 11, 3), (5, 12, 0)),
        "kernel_size": [0, -1, 8, 1.5, (3, 3)],
        "bias": floats((3, 5), (4,), (5, 4)),
    },
    **{name: POOLED for name in ("max_pool", "min_pool", "max_pool_with_indices")},
    "max_unpool": {
        "inputs": floats((2, 3, 2, 3), (2, 3, 3, 4)),
        "indices": integers(np.full((2, 3, 2, 4), 30), np.full((2, 3, 2, 4), -1), np.ones((2, 3, 2, 4)), [0]),
        "pool_size": STEPS,
        "strides": [*STEPS[:4], *STEPS[5:]],
        "padding": [*PADDINGS, ((2, 0), (0, 0))],
        "dilation_rate": STEPS,
        "output_size": [(6,), (6, 5, 4), (0, 5), (-6, 5), (4, 5), (8, 5), (6, 2), (6.5, 5), "x"],
    },
    **{
        name: {"inputs": IMAGES, "output_size": [0, -1, 1.5, "x", None, (1,), (1, 2, 3), (0, 1), True]}
        for name in ("adaptive_average_pool", "adaptive_max_pool")
    },
    "upsample": {"inputs": IMAGES[:2], "size": STEPS},
    "unfold": {
        "x": floats((2, 6, 5), (4,)),
        "kernel_size": SIZES,
        "dilation": [*STEPS, 6],
        "padding": [-1, 1.5, (1,), (0, -1)],
        "stride": STEPS,
    },
    "fold": {
        "x": floats((8, 4), (2, 7, 4), (2, 8, 5), (2, 8, 4, 1)),
        "output_size": [0, -1, 1, 4, (3, 4), (3,), 1.5],
        "kernel_size": [0, -1, 3, (2,)],
        "stride": [0, -1, 2, (1,)],
    },
    "depth_to_space": {"x": floats((5, 4), (2, 6, 5, 3)), "block_size": [0, -1, 3, 1.5, None, (2,), True]},
    "space_to_depth": {"x": floats((5, 4), (2, 5, 4, 3)), "block_size": [0, -1, 3, 1.5, None, (2,), True]},
    "average_pool": {**POOLED, "count_include_pad": [None, 1, "x"]},
    "lp_pool": {**POOLED, "norm_type": [0, 0.5, -1, float("nan"), float("inf"), "x", None, True]},
    "normalize_batch": {
        "x": floats((1, 4), (1, 1, 1, 4), (4,), (0, 4)),
        "gamma": PER_CHANNEL,
        "beta": PER_CHANNEL,
        "epsilon": POSITIVE,
        "axis": AXES,
    },
    "instance_normalization": {
        "x": floats((2, 1, 4), (2, 1, 1, 4), (2, 4), (2, 0, 4)),
        "gamma": PER_CHANNEL,
        "beta": PER_CHANNEL,
        "epsilon": POSITIVE,
        "axis": [0, *AXES],
    },
    "group_normalization": {
        "x": floats((2, 2), (1, 1, 2), (2, 1, 1, 2), (4,), (2, 0, 4)),
        "groups": [0, -1, 3, 5, 1.5, None],
        "gamma": PER_CHANNEL,
        "epsilon": POSITIVE,
    },
    "batch_normalization": {"mean": PER_CHANNEL, "variance": PER_CHANNEL, "scale": PER_CHANNEL, "epsilon": POSITIVE},
    "layer_normalization": {
        "gamma": [*PER_CHANNEL, *floats((5, 4), (5, 4, 1, 1, 1))],
        "beta": PER_CHANNEL,
        "epsilon": POSITIVE,
        "axis": [*AXES, None, ()],
    },
    "rms_normalization": {
        "scale": [*PER_CHANNEL, *floats((2, 6, 5, 4))],
        "epsilon": POSITIVE,
        "axis": [*AXES, None, ()],
    },
    "normalize": {"order": [0, -1, float("nan"), "x"], "epsilon": POSITIVE, "axis": [2, -3, (0, 0)]},
    "local_response_normalization": {
        "inputs": floats((4,), (5, 4)),
        "size": [0, -1, 1.5, "x", (3,)],
        "bias": POSITIVE,
        "alpha": NUMBERS,
        "beta": NUMBERS,
    },
    "prelu": {"alpha": floats((3,), (5,), (2, 3, 4), (0,))},
    "glu": {"x": floats((3, 5)), "axis": [0, 2, -3, 1.5, "x"]},
    "softmax": {"axis": [2, -3, 1.5, "x", None]},
    "pad": {"pad_width": [-1, ((0, -1), (0, 0)), ((1,), (1,), (1,)), 1.5, "x"], "mode": ["x", None, 3, ""]},
    "roll": {"shift": [(1, 1), (), 1.5, "x", None], "axis": [(0, 2), (), 2, 1.5]},
    "one_hot": {"x": [np.ones(2), np.ones(2, bool)], "num_classes": [0, -1, 1.5, None, "x", (4,), True]},
    "multi_hot": {"inputs": [np.ones(2)], "num_classes": [0, -1, 1.5, None, "x", (4,), True]},
    "take": {"indices": integers([4], [-5], [1.0]), "axis": [2, -3, 1.5, "x"]},
    "take_along_axis": {"indices": integers([[4]] * 3, [[-5]] * 3, [[1.0]] * 3, [0], [[0]] * 2), "axis": [2, -3, "x"]},
    "scatter": {
        "indices": integers([[5]] * 3, [[-6]] * 3, [[1.0]] * 3, [0, 1, 2], [[0, 0]] * 3),
        "values": floats((4,), (3, 2)),
        "shape": [(-1,), 1.5, "x"],
    },
    "in_top_k": {"targets": [np.ones(3), np.ones(2, int)], "k": [-1, 5, 1.5, None, (1,)]},
    "top_k": {"k": [-1, 5, 1.5, None, "x", (2,)]},
    "sparse_categorical_crossentropy": {"target": integers([4, 0, 0], [-1, 0, 0], [0, 1], [0.5, 0, 1], [[[1]]])},
    "categorical_crossentropy": {"target": floats((3, 5), (4, 3), (2, 4), (3, 4, 1))},
    "ctc_loss": {
        "target": integers([[1, 4]] * 2, [[1, -1]] * 2, [[1, 2]], [[1.5, 2]] * 2),
        "target_length": integers([3, 1], [-1, 1], [2], [0.5, 1], [True, True]),
        "output_length": integers([7, 1], [-1, 1], [2], [0.5, 1], [True, True]),
        "output": floats((2, 0, 4), (0, 6, 4), (2, 6), (2, 6, 0)),
        "mask_index": [4, -1, 1.5, None],
    },
    "matmul": {"x2": floats((3, 2), (3,), (2, 3, 2), ())},
    "tensordot": {"axes": [2, 3, -1, 1.5, "x", ((0,), (0,)), ((0, 1), (0,)), ((5,), (0,)), ((1, 1), (0, 0))]},
    "reshape": {"newshape": [(5, 3), (-1, -1), (-1, 5), (-2, 6), (4, 3.0), "x"]},
    "broadcast_to": {"shape": [(3, 5), (4,), (), (3, -1), (3, 0), 1.5]},
    "transpose": {"axes": [(0,), (0, 0), (0, 2), (0, 1, 2), (0, 1.5)]},
    "repeat": {"repeats": [-1, 1.5, (1, 2), (1, 2, -1)], "axis": [2, -3, 1.5]},
    "tile": {"repeats": [-1, 1.5, "x"]},
    "split": {"indices_or_sections": [0, -1, 3, 1.5, (3, 1), (-1,), (5,), (1, 9)], "axis": [2, -3, 1.5]},
    "dropout": {"rate": [-0.1, 1, 1.5, float("nan"), "x", None]},
    "arange": {"step": [0, -1, -0.5, float("nan"), 1e-30, "x"], "stop": [-1, float("inf"), "x"]},
    "norm": {"ord": [3, "x", "nuc", float("nan"), True, ()], "axis": [(), 2, (0, 0), 1.5]},
    "eye": {"N": [-1, 1.5, None, (3,)], "M": [-1, 1.5, (3,)]},
}
CASES = [(name, argument) for name, arguments in REFUSED.items() for argument in arguments]


@pytest.mark.parametrize(("name", "argument"), CASES)
def test_it_is_refused_by_name(name, argument):
    for wrong in REFUSED[name][argument]:
        keywords = {**keywords_of(name), argument: wrong}
        with pytest.raises((ValueError, TypeError, IndexError)) as refused:
            function_of(name)(**keywords)
        operation, _, message = str(refused.value).partition(": ")
        shown = f"{name}: {argument}={wrong!r}: {refused.value}"
        assert operation == name and argument in message, shown
        if isinstance(wrong, np.ndarray) and wrong.dtype == np.float32:
            window = " x ".join(map(str, wrong.shape[:-2]))
            assert str(wrong.shape) in message or f"kernel {window} does not fit in inputs of shape" in message, shown


def test_mirrored_and_repeated_elements_are_there_once():
    x = np.arange(4.0)
    for mode, widest in [("reflect", 3), ("symmetric", 4), ("wrap", 4)]:
        np.testing.assert_array_equal(ops.pad(x, widest, mode), np.pad(x, widest, mode), strict=True)
        for wide in (widest + 1, (0, widest + 1), (9, 1)):
            with pytest.raises(ValueError, match=rf"pad: pad_width must be at most {widest} for mode .* shape \(4,\)"):
                ops.pad(x, wide, mode)


def test_averages_of_windows_larger_than_volumes():
    """torch refuses them, whatever the padding; "same" is Keras's, and has a meaning."""
    volumes = np.ones((1, 2, 3, 3, 1), np.float32)
    message = r"average_pool: pool_size must not be larger than volumes, got .3, 3, 3. .* of shape .1, 2, 3, 3, 1."
    for keywords in ({"padding": ((1, 1), (0, 0), (0, 0))}, {"ceil_mode": True}):
        with pytest.raises(ValueError, match=message):
            ops.average_pool(volumes, 3, **keywords)
    assert ops.average_pool(volumes, 3, padding="same").tolist() == np.ones((1, 1, 1, 1, 1)).tolist()
    assert ops.average_pool(volumes[:, 0], 4, padding=((1, 1), (1, 1))).shape == (1, 1, 1, 1)
    with pytest.raises(ValueError, match="lp_pool: pool_size must not be larger than volumes"):
        ops.lp_pool(volumes, 3, ceil_mode=True)
    assert ops.lp_pool(volumes, 3, padding=((1, 1), (0, 0), (0, 0))).shape == (1, 1, 1, 1, 1)


SERIES, FIRST, WINDOWS = floats((2, 3, 4), (2, 4, 3, 3), (8, 8, 4, 1))
CHANNELS_FIRST = {"data_format": "channels_first"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ops.conv(FIRST, WINDOWS, **CHANNELS_FIRST), "8 x 8 .* inputs of shape .2, 4, 3, 3."),
        (lambda: ops.max_pool(FIRST, 8, **CHANNELS_FIRST), "8 x 8 .* inputs of shape .2, 4, 3, 3."),
        (
            lambda: ops.conv(FIRST, floats((2, 3, 3, 4))[0], **CHANNELS_FIRST),
            r"kernel of shape .2, 3, 3, 4. reads 3 .* inputs must have 3 channels, got shape .2, 4, 3, 3.$",
        ),
        (
            lambda: ops.conv_transpose(FIRST, floats((2, 3, 4, 3))[0], **CHANNELS_FIRST),
            r"kernel of shape .2, 3, 4, 3. reads 3 channels, .* got shape .2, 4, 3, 3.$",
        ),
        (
            lambda: ops.conv_transpose(floats((2, 3, 4, 5))[0], floats((2, 4, 5, 3))[0], groups=2, **CHANNELS_FIRST),
            r"multiple of groups = 2 channels, got shape .2, 3, 4, 5.$",
        ),
        (
            lambda: ops.locally_connected(FIRST, floats((4, 3, 3))[0], 3, **CHANNELS_FIRST),
            r"kernel must have shape .1, 36, filters. for inputs of shape .2, 4, 3, 3., .* got .4, 3, 3.$",
        ),
        (
            lambda: ops.depthwise_max_pool(FIRST, 3, **CHANNELS_FIRST),
            r"pool_size must divide the channels, got 3 with inputs of shape .2, 4, 3, 3.$",
        ),
        (
            lambda: ops.max_unpool(FIRST, floats((2, 3, 3, 4))[0].astype(int), 2, **CHANNELS_FIRST),
            r"indices must have the shape of inputs, got .2, 3, 3, 4. with .2, 4, 3, 3.$",
        ),
        (
            lambda: ops.max_pool(FIRST, 2, 1, "same", "channels_first", (1, 4)),
            r"does not, with pool_size .* on inputs of shape .2, 4, 3, 3.$",
        ),
        (
            lambda: ops.conv(FIRST, floats((2, 3, 3, 4))[0], 1, "causal", "channels_first"),
            r"as inputs of shape .2, 4, 3, 3. have more",
        ),
        *(
            (
                lambda images=images: ops.image.extract_patches(images, 4, **CHANNELS_FIRST),
                f"size .4, 4. with .* does not fit in images of shape .{shown}.$",
            )
            for images, shown in ((FIRST, "2, 4, 3, 3"), (FIRST[0], "4, 3, 3"))
        ),
        (
            lambda: ops.image.fold(FIRST[0], (4, 4), 3, 1, **CHANNELS_FIRST),
            r"patches must be 2 x 2 and of a multiple of 9 elements .* got shape .4, 3, 3.$",
        ),
        (
            lambda: ops.image.crop_images(FIRST[0], 2, 0, 2, 0, **CHANNELS_FIRST),
            r"something of the 3 pixels, .* with images of shape .4, 3, 3.$",
        ),
        (
            lambda: ops.image.affine_transform(FIRST, floats((3, 8))[0], **CHANNELS_FIRST),
            r"got shapes .3, 8. and .2, 4, 3, 3.$",
        ),
        (
            lambda: ops.image.filter_images(FIRST[0], floats((4, 2))[0], "valid", **CHANNELS_FIRST),
            r"filter_images: kernel 4 x 2 does not fit in images of shape .4, 3, 3. with",
        ),
        (
            lambda: ops.adaptive_max_pool(floats((2, 4, 0, 3))[0], 2, "channels_first"),
            r"inputs must have a pixel at least, got shape .2, 4, 0, 3.$",
        ),
        (lambda: ops.depthwise_conv(SERIES, WINDOWS[0]), "kernel 8 does not fit in inputs of shape .2, 3, 4."),
        (lambda: ops.separable_conv(SERIES, WINDOWS[0], WINDOWS[:1, 0]), "kernel 8 .* inputs of shape .2, 3, 4."),
        (lambda: ops.matmul(SERIES[0], np.ones(3)), r"got shapes .3, 4. and .3,."),
        (lambda: ops.matmul(np.ones(2), SERIES), r"got shapes .2,. and .2, 3, 4."),
        (lambda: ops.matmul(SERIES, np.ones((3, 4, 1))), "x1 of shape .2, 3, 4. and x2 of shape .3, 4, 1. must have"),
    ],
)
def test_the_shapes_are_those_that_came(call, message):
    """Not what the operations make of them inside."""
    with pytest.raises(ValueError, match=message):
        call()


def test_indices_are_checked_where_the_result_is_empty_too():
    nothing = np.zeros((4, 0), np.float32)
    outside = np.array([9])
    for function in (
        lambda x, places: ops.take(x, places, 0),
        lambda x, places: ops.get_item(x, places),
        lambda x, places: ops.scatter(ops.reshape(places, (1, 1)), ops.reshape(x, (1, 4, 0))[:, 0], (4, 0)),
    ):
        with pytest.raises(IndexError, match=r"must be in \[-4, 4\) for axis 0 of shape \(4, 0\), got 9 to 9"):
            function(nothing, outside)
        plan = Plan(trace(function, *(Spec(array.shape, array.dtype) for array in (nothing, outside))))
        with pytest.raises(IndexError, match=r"must be in \[-4, 4\) for axis 0 of shape \(4, 0\), got 9 to 9"):
            plan.run(nothing, outside)
        assert function(nothing, np.array([-4])).size == 0
