"""Four recipes of transfer learning: a small ResNet learns clothes, then shoes and bags, then handwritten digits.

Test accuracy, and seconds of training on 2 cores with AVX-512 while other programs ran (239 seconds in all):
    few images, similar task (20)         0.796 in  0.2, from scratch 0.726 in  2.2
    few images, different task (50)       0.870 in  0.4, from scratch 0.887 in  4.4
    many images, similar task (24,000)    0.974 in 50.7, from scratch 0.959 in 62.9
    many images, different task (1,442)   0.992 in 14.8, from scratch 0.994 in 14.4
"""

import tempfile
import time

import numpy as np

import convolith as keras
from convolith import applications
from convolith.datasets.resize import resize

CLOTHES, OTHERS = [0, 1, 2, 3, 4, 6], [5, 7, 8, 9]  # shirts, trousers, coats ...; sandals, sneakers, bags, boots
FEW = 5  # images a class where there are few


def of_classes(x, y, classes, a_class=None):
    """Images of some classes, drawn at random if it is ``a_class`` of each, and their labels from 0."""
    draw = np.random.default_rng(0).permutation
    chosen = np.concatenate([draw(np.flatnonzero(y == label))[:a_class] for label in classes])
    return x[chosen], np.searchsorted(classes, y[chosen])


def network(classes):
    """A ResNet of 8 layers; conv2_block1_out, conv3_block1_out and conv4_block1_out end its three stacks."""
    return applications.CIFARResNet(8, input_shape=(28, 28, 1), classes=classes)


def train(model, x, y, epochs, rate=1e-3):
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    model.fit(x, y, batch_size=64, epochs=epochs, verbose=0)
    return model


def accuracy(model, x, y):
    return np.mean(model.predict(x, batch_size=128, verbose=0).argmax(axis=1) == y)


def pretrained():
    base = network(len(CLOTHES))
    base.set_weights(weights)
    return base


def frozen_head(data, classes, cut):
    """Recipes 1 and 2: what the frozen layers give is computed once, and only the head is trained on it."""
    x, y = data
    model = applications.transfer(pretrained(), classes, cut=cut, pooling="flatten")
    features, head = applications.bottleneck(model)
    train(head, applications.bottleneck_features(features, x, cache=cache), y, epochs=500)
    return model


def small_and_similar(data, classes):
    return frozen_head(data, classes, cut="conv4_block1_out")


def small_and_different(data, classes):
    """The last layers know clothes only: take the maps before them."""
    return frozen_head(data, classes, cut="conv3_block1_out")


def large_and_similar(data, classes):
    """The head first; then all layers, the slower the nearer they are to the image."""
    model = applications.transfer(pretrained(), classes)
    train(model, *data, epochs=1, rate=1e-2)
    applications.unfreeze(model, normalization=True)
    applications.learning_rates_per_depth(model, first=0.1)
    train(model, *data, epochs=2)
    return model


def large_and_different(data, classes):
    """What was learnt is a beginning, and no more: all layers at the full rate."""
    model = applications.transfer(pretrained(), classes, freeze=False)
    train(model, *data, epochs=12)
    return model


started = time.perf_counter()
keras.utils.set_random_seed(0)
cache = tempfile.mkdtemp()
(x_train, y_train), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
x_train, x_test = (x[..., None].astype("float32") / 255 for x in (x_train, x_test))
(digits, digit_labels), (test_digits, test_labels) = keras.datasets.digits.load_data()
digits, test_digits = (resize(x[..., None], (28, 28)).astype("float32") / 255 for x in (digits, test_digits))

base = network(len(CLOTHES))
train(base, *of_classes(x_train, y_train, CLOTHES), epochs=3)
weights = base.get_weights()
print(f"clothes, 36,000 images: test accuracy {accuracy(base, *of_classes(x_test, y_test, CLOTHES)):.3f}")

shoes_test, digits_test = of_classes(x_test, y_test, OTHERS), (test_digits, test_labels)
print("recipe, images                  transfer, seconds    from scratch, seconds")
for recipe, a_class, epochs, digital in (
    (small_and_similar, FEW, 100, False),
    (small_and_different, FEW, 100, True),
    (large_and_similar, None, 3, False),
    (large_and_different, None, 12, True),
):
    classes = list(range(10)) if digital else OTHERS
    data = of_classes(*((digits, digit_labels) if digital else (x_train, y_train)), classes, a_class)
    began = time.perf_counter()
    ours, middle = recipe(data, len(classes)), time.perf_counter()
    plain, end = train(network(len(classes)), *data, epochs), time.perf_counter()
    test = (test_digits, test_labels) if digital else of_classes(x_test, y_test, OTHERS)
    print(
        f"{recipe.__name__:22}{len(data[0]):6}{accuracy(ours, *test):10.3f}{middle - began:8.1f}"
        f"{accuracy(plain, *test):14.3f}{end - middle:10.1f}"
    )
print(f"{time.perf_counter() - started:.0f} seconds in all")
