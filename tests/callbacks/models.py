"""A small model to train, and logs to play to callbacks without training."""

import numpy as np

from convolith import layers, metrics, optimizers, utils
from convolith.models import Sequential

X = np.random.default_rng(1).normal(size=(12, 4)).astype("float32")
Y = np.random.default_rng(2).integers(0, 3, 12)


def classifier(optimizer="adam", **arguments):
    utils.set_random_seed(3)
    model = Sequential([layers.Input((4,)), layers.Dense(5, "relu"), layers.Dropout(0.3), layers.Dense(3, "softmax")])
    model.compile(optimizer, "sparse_categorical_crossentropy", **arguments)
    return model


class Stage:
    """Stands for a model: `play` runs a callback through epochs with given logs, and returns those that ran."""

    def __init__(self, rate=1.0):
        self.optimizer = optimizers.SGD(rate)
        self.metrics = [metrics.Accuracy(), metrics.Mean(name="odd"), metrics.MeanSquaredError(name="mse")]
        self.weights = 0
        self.stop_training = False
        self.saved = []

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights

    def play(self, callback, name, values):
        callback.set_model(self)
        callback.on_train_begin()
        self.stop_training, all_logs = False, []
        for epoch, value in enumerate(values):
            callback.on_epoch_begin(epoch)
            self.weights = epoch
            logs = {} if value is None else {name: value}
            callback.on_epoch_end(epoch, logs)
            all_logs.append(logs)
            if self.stop_training:
                break
        callback.on_train_end()
        return all_logs
