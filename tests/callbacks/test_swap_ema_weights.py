"""Moving averages of the weights in their place."""

import numpy as np
import pytest

import convolith as keras


def trained(**arguments):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile(keras.optimizers.SGD(0.1, **arguments), "mse")
    return model


def test_averages_are_there_while_it_is_validated_and_only_then(generator):
    x, y = generator.random((8, 2)), generator.random((8, 1))
    model, seen = trained(use_ema=True, ema_momentum=0.5), []
    watch = keras.callbacks.LambdaCallback(
        on_test_batch_begin=lambda *_: seen.append(model.get_weights()[0]),
        on_epoch_end=lambda *_: seen.append(model.get_weights()[0]),
    )
    swap = keras.callbacks.SwapEMAWeights()
    model.fit(x, y, validation_data=(x, y), epochs=3, verbose=0, callbacks=[swap, watch])
    averages, weights = seen[::2], seen[1::2]
    assert (averages[1] != weights[1]).any()
    np.testing.assert_allclose(averages[2], 0.5 * averages[1] + 0.5 * weights[2], rtol=1e-6)


def test_the_end_of_an_epoch_may_have_them_too(generator):
    x, y = generator.random((8, 2)), generator.random((8, 1))
    model, seen = trained(use_ema=True, ema_momentum=0.5), []
    swap = keras.callbacks.SwapEMAWeights(swap_on_epoch=True)
    watch = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: seen.append(model.get_weights()[0]))
    model.fit(x, y, epochs=1, verbose=0, callbacks=[swap, watch])
    average = model.optimizer.slot(model.layers[0].kernel, "average").numpy()
    np.testing.assert_array_equal(seen[0], average)  # `fit` ends with the averages, as without the callback
    np.testing.assert_array_equal(model.get_weights()[0], average)


def test_it_needs_averages(generator):
    with pytest.raises(ValueError, match="SwapEMAWeights needs an optimizer with use_ema=True"):
        model = trained()
        model.fit(
            np.ones((2, 2)), np.ones((2, 1)), validation_split=0.5, verbose=0,
            callbacks=[keras.callbacks.SwapEMAWeights()],
        )  # fmt: skip
