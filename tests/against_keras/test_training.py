"""Ten steps of training a network that mixes layers, losses, metrics and what optimizers do, beside Keras."""

import numpy as np
import pytest

import convolith

STEPS = 10
ROUNDING = float(np.finfo(np.float32).eps)


def network(k):
    """Convolutions of several kinds, normalisations, merging, pooling, regularizers, constraints, and two heads."""
    inputs = k.Input((12, 12, 3), name="images")
    x = k.layers.Rescaling(2.0, -1.0)(inputs)
    x = k.layers.Conv2D(8, 3, padding="same", use_bias=False, kernel_regularizer="l2")(x)
    x = first = k.layers.Activation("relu")(k.layers.BatchNormalization(momentum=0.9, gamma_regularizer="l1")(x))
    x = k.layers.SeparableConv2D(8, 3, padding="same", depthwise_constraint="max_norm", activation="elu")(x)
    x = k.layers.GroupNormalization(4)(x)
    x = k.layers.Add()([x, first])
    x = k.layers.MaxPooling2D()(x)
    left = k.layers.DepthwiseConv2D(3, padding="same", activation="silu")(x)
    penalty = k.regularizers.L1L2(0.01, 0.02)
    right = k.layers.Conv2D(8, 1, activation="gelu", bias_regularizer=penalty)(k.layers.LayerNormalization()(x))
    x = k.layers.Concatenate()([left, right, k.layers.AveragePooling2D(3, 1, "same")(x)])
    up = k.layers.UpSampling2D()(k.layers.Conv2DTranspose(4, 3, padding="same", activation="tanh")(x))
    mask = k.layers.Conv2D(1, 3, padding="same", activation="sigmoid", name="mask")(up)
    x = k.layers.PReLU(shared_axes=[1, 2])(k.layers.ZeroPadding2D(1)(x))
    x = k.layers.GlobalAveragePooling2D()(k.layers.Multiply()([x, k.layers.Softmax()(x)]))
    x = k.layers.Dense(6, "leaky_relu", activity_regularizer="l2", kernel_constraint="unit_norm")(x)
    return k.Model(inputs, [k.layers.Dense(4, "softmax", name="kind")(x), mask])


OPTIMIZERS = {
    "momentum, a schedule, clipping": lambda k: k.optimizers.SGD(
        k.optimizers.schedules.CosineDecay(0.05, 20, warmup_target=0.1, warmup_steps=3),
        momentum=0.9, nesterov=True, global_clipnorm=1.0,
    ),
    "weight decay, moving averages": lambda k: k.optimizers.AdamW(
        0.003, weight_decay=0.01, use_ema=True, ema_momentum=0.9, epsilon=1e-3
    ),
    "accumulation": lambda k: k.optimizers.RMSprop(0.003, gradient_accumulation_steps=2, epsilon=1e-3),
}  # fmt: skip


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_ten_steps(keras, generator, optimizer):
    images = generator.random((40, 12, 12, 3)).astype("float32")
    kinds, masks = generator.integers(0, 4, 40), generator.integers(0, 2, (40, 12, 12, 1)).astype("float32")
    weights = generator.uniform(0.5, 1.5, 40).astype("float32")
    ours, theirs = network(convolith), network(keras)
    assert [weight.shape for weight in ours.weights] == [tuple(weight.shape) for weight in theirs.weights]
    ours.set_weights(theirs.get_weights())
    start = theirs.get_weights()
    histories = []
    for k, model in ((convolith, ours), (keras, theirs)):
        model.compile(
            OPTIMIZERS[optimizer](k),
            loss=["sparse_categorical_crossentropy", k.losses.Dice()],
            loss_weights=[0.8, 0.2],
            metrics=[["accuracy", k.metrics.SparseTopKCategoricalAccuracy(2)], ["mae"]],
        )
        history = model.fit(
            images, [kinds, masks], batch_size=4, epochs=1, shuffle=False, verbose=0,
            sample_weight=[weights, weights], validation_data=(images, [kinds, masks]),
        )  # fmt: skip
        histories.append(history.history)
    own, peer = histories
    assert sorted(own) == sorted(peer)
    for name, values in peer.items():
        np.testing.assert_allclose(own[name], values, rtol=0, atol=2000 * ROUNDING, err_msg=name)
    # A step's gradient errs by some hundred roundings of its size; the path that a weight went is as long as its steps.
    names = [weight.path for weight in theirs.weights]
    for name, one, other, before in zip(names, ours.get_weights(), theirs.get_weights(), start, strict=True):
        assert np.abs(other - before).max() > 0, name
        scale = max(1.0, float(np.abs(other).max()))
        np.testing.assert_allclose(one, other, rtol=0, atol=STEPS * 500 * ROUNDING * scale, err_msg=name)
