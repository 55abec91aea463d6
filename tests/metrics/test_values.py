"""Metrics by loops over their definitions, and Keras's own values, over several weighted batches."""

import itertools

import numpy as np
import pytest

from convolith import losses, metrics
from tests.bounds import gamma


def binary(generator, shape=(40,)):
    return generator.integers(0, 2, shape), generator.uniform(size=shape).astype("float32")


def table(generator):
    return binary(generator, (40, 3))


def one_hot(generator):
    return np.eye(4)[generator.integers(0, 4, 40)], generator.dirichlet(np.ones(4), 40).astype("float32")


def classes(generator):
    return generator.integers(0, 4, 40), generator.dirichlet(np.ones(4), 40).astype("float32")


def class_pairs(generator):
    return generator.integers(0, 4, (40, 3)), generator.integers(0, 4, (40, 3))


def numbers(generator):
    return generator.gamma(2.0, size=(40, 3)).astype("float32"), generator.gamma(2.0, size=(40, 3)).astype("float32")


def maps(generator):
    return generator.normal(size=(40, 3, 4)).astype("float32"), generator.normal(size=(40, 3, 4)).astype("float32")


def signs(generator):
    return generator.choice([-1.0, 1.0], (40, 3)), generator.normal(size=(40, 3)).astype("float32")


def one_hot_pairs(generator):
    return np.eye(4)[generator.integers(0, 4, (40, 3))], generator.dirichlet(np.ones(4), (40, 3)).astype("float32")


CURVES = [
    ("AUC", dict(curve=curve, summation_method=method), binary)
    for curve, method in itertools.product(("ROC", "PR", "PRGAIN"), ("interpolation", "minoring", "majoring"))
]
CASES = [
    ("Accuracy", {}, lambda generator: (generator.integers(0, 2, 40), generator.integers(0, 2, 40))),
    ("BinaryAccuracy", {"threshold": 0.3}, binary),
    ("CategoricalAccuracy", {}, one_hot),
    ("SparseCategoricalAccuracy", {}, classes),
    ("TopKCategoricalAccuracy", {"k": 2}, one_hot),
    ("SparseTopKCategoricalAccuracy", {"k": 3}, classes),
    *[(name, {"thresholds": thresholds}, binary)
      for name in ("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives", "Precision", "Recall")
      for thresholds in (None, 0.7, [0.1, 0.9, 0.5], [0.0, 0.25, 0.5, 0.75, 1.0])],
    ("Precision", {"top_k": 2}, one_hot),
    ("Precision", {"top_k": 2, "class_id": 1}, one_hot),
    ("Recall", {"top_k": 2, "thresholds": 0.3}, one_hot),
    ("Recall", {"class_id": 2}, table),
    ("SensitivityAtSpecificity", {"specificity": 0.5}, binary),
    ("SpecificityAtSensitivity", {"sensitivity": 0.5, "num_thresholds": 1}, binary),
    ("PrecisionAtRecall", {"recall": 0.6, "num_thresholds": 7}, binary),
    ("RecallAtPrecision", {"precision": 0.6}, binary),
    *CURVES,
    ("AUC", {"thresholds": [0.2, 0.9, 0.4]}, binary),
    ("AUC", {"multi_label": True, "label_weights": [1.0, 2.0, 3.0]}, table),
    ("AUC", {"multi_label": True, "num_labels": 3, "curve": "PR"}, table),
    ("AUC", {"label_weights": [1.0, 2.0, 3.0]}, table),
    ("AUC", {"from_logits": True}, signs),
    ("F1Score", {}, one_hot),
    ("F1Score", {"average": "macro", "threshold": 0.3}, one_hot),
    ("FBetaScore", {"average": "micro", "beta": 2.0}, one_hot),
    ("FBetaScore", {"average": "weighted", "beta": 0.5}, one_hot),
    ("IoU", {"num_classes": 4, "target_class_ids": [0, 2]}, class_pairs),
    ("IoU", {"num_classes": 3, "target_class_ids": [0], "ignore_class": 1}, class_pairs),
    ("BinaryIoU", {"threshold": 0.3}, table),
    ("MeanIoU", {"num_classes": 5}, class_pairs),
    ("OneHotIoU", {"num_classes": 4, "target_class_ids": [1, 3]}, one_hot_pairs),
    ("OneHotMeanIoU", {"num_classes": 4, "ignore_class": 0}, one_hot_pairs),
    ("MeanSquaredError", {}, numbers),
    ("RootMeanSquaredError", {}, numbers),
    ("MeanAbsoluteError", {}, numbers),
    ("MeanAbsolutePercentageError", {}, numbers),
    ("MeanSquaredLogarithmicError", {}, numbers),
    ("CosineSimilarity", {}, numbers),
    ("LogCoshError", {}, numbers),
    ("PearsonCorrelation", {}, numbers),
    ("PearsonCorrelation", {"axis": 1}, maps),
    ("ConcordanceCorrelation", {}, numbers),
    ("ConcordanceCorrelation", {"axis": (1, 2)}, maps),
    ("R2Score", {}, numbers),
    ("R2Score", {"class_aggregation": None}, numbers),
    ("R2Score", {"class_aggregation": "variance_weighted_average", "num_regressors": 2}, numbers),
    ("KLDivergence", {}, one_hot),
    ("Poisson", {}, numbers),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, table),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, one_hot),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, classes),
    ("Hinge", {}, signs),
    ("SquaredHinge", {}, signs),
    ("CategoricalHinge", {}, one_hot),
]  # fmt: skip
BATCHES = (slice(0, 16), slice(16, 17), slice(17, 40))


@pytest.mark.parametrize(("name", "arguments", "make"), CASES)
@pytest.mark.parametrize("weighted", [False, True])
def test_values_of_keras(keras, generator, name, arguments, make, weighted):
    own, theirs = getattr(metrics, name)(**arguments), getattr(keras.metrics, name)(**arguments)
    y_true, y_pred = make(generator)
    weights = generator.integers(1, 5, y_true.shape if "IoU" in name and "One" not in name else 40)
    if "OneHot" in name:
        weights = generator.integers(1, 5, (40, 3))
    for batch in BATCHES:
        # Keras cuts weights of IoU to integers.
        given = None if not weighted else weights[batch] if "IoU" in name else weights[batch].astype("float32")
        own.update_state(y_true[batch], y_pred[batch], given)
        theirs.update_state(y_true[batch], y_pred[batch], given)
    expected = np.asarray(keras.ops.convert_to_numpy(theirs.result()), float)
    # Keras sums 120 terms in float32, and adds 1e-7 to some divisors.
    np.testing.assert_allclose(own.result(), expected, rtol=gamma(500), atol=1e-6)
    assert own.direction == {"up": "up", "down": "down", None: own.direction}[getattr(theirs, "_direction", None)]
    assert own.name.rstrip("_0123456789") == theirs.name.rstrip("_0123456789")
    assert [one.path.split("/")[-1] for one in own.variables] == [one.name for one in theirs.variables]
    for one, other in zip(own.variables, theirs.variables, strict=True):
        kept = keras.ops.convert_to_numpy(other.value)
        np.testing.assert_allclose(one.value, kept, rtol=gamma(500), atol=1e-6, err_msg=one.path)
    own.reset_state()
    assert not any(variable.value.any() for variable in own.variables)
    theirs.reset_state()
    own.update_state(y_true[:16], y_pred[:16])
    theirs.update_state(y_true[:16], y_pred[:16])
    expected = np.asarray(keras.ops.convert_to_numpy(theirs.result()), float)
    np.testing.assert_allclose(own.result(), expected, rtol=gamma(500), atol=1e-6)


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 1.0])
def test_counts_one_by_one(generator, threshold):
    y_true, y_pred = table(generator)
    y_pred[0] = threshold  # is not above it
    y_pred[1, 1] = np.nan  # nor is this
    weights = generator.uniform(size=40)
    found = dict.fromkeys(("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives"), 0.0)
    for row, column in np.ndindex(40, 3):
        yes = y_pred[row, column] > np.float32(threshold)  # NumPy 1 would compare with a Python float in float64
        right = "True" if yes == y_true[row, column] else "False"
        found[f"{right}{'Positives' if yes else 'Negatives'}"] += weights[row]
    results = {name: getattr(metrics, name)(threshold)(y_true, y_pred, weights) for name in found}
    assert results == pytest.approx(found, rel=1e-12)
    true, wrong, missed = found["TruePositives"], found["FalsePositives"], found["FalseNegatives"]
    expected = true / (true + wrong) if true else 0.0
    assert metrics.Precision(threshold)(y_true, y_pred, weights) == pytest.approx(expected, rel=1e-12)
    expected = true / (true + missed)
    assert metrics.Recall(threshold)(y_true, y_pred, weights) == pytest.approx(expected, rel=1e-12)


def test_the_area_is_the_chance_to_order_a_pair_rightly(generator):
    y_true = generator.integers(0, 2, 200)
    y_pred = (generator.integers(0, 50, 200) + 0.5) / 50  # between the thresholds of 51
    right = [
        (yes > no) + 0.5 * (yes == no)
        for yes, no in itertools.product(y_pred[y_true == 1], y_pred[y_true == 0])
    ]  # fmt: skip
    assert metrics.AUC(51)(y_true, y_pred) == pytest.approx(np.mean(right), rel=1e-9)


def test_matrix_and_iou_one_by_one(generator):
    y_true, y_pred = class_pairs(generator)
    weights = generator.uniform(size=y_true.shape)
    matrix = np.zeros((4, 4))
    for place in np.ndindex(*y_true.shape):
        matrix[y_true[place], y_pred[place]] += weights[place]
    np.testing.assert_allclose(metrics.confusion_matrix(y_true, y_pred, 4, weights, float), matrix)
    assert metrics.confusion_matrix(y_true, y_pred, 4).dtype == np.int32
    each = []
    for label in range(4):
        both = weights[(y_true == label) & (y_pred == label)].sum()
        each.append(both / weights[(y_true == label) | (y_pred == label)].sum())
        assert metrics.IoU(4, [label])(y_true, y_pred, weights) == pytest.approx(each[-1], rel=1e-12)
    assert metrics.MeanIoU(7)(y_true, y_pred, weights) == pytest.approx(np.mean(each), rel=1e-12)
    assert metrics.MeanIoU(4)([9, -1], [0, 0]) == 0


def test_scores_by_precision_and_recall(generator):
    y_true, y_pred = one_hot(generator)
    chosen = np.eye(4)[y_pred.argmax(axis=1)]
    scores = []
    for column in range(4):
        precision = metrics.Precision()(y_true[:, column], chosen[:, column])
        recall = metrics.Recall()(y_true[:, column], chosen[:, column])
        scores.append(5 * precision * recall / (4 * precision + recall))
    np.testing.assert_allclose(metrics.FBetaScore(beta=2.0)(y_true, y_pred), scores, rtol=1e-12)


def test_r2_by_variance(generator):
    y_true, y_pred = numbers(generator)
    explained = 1 - ((y_true - y_pred) ** 2).sum(axis=0) / ((y_true - y_true.mean(axis=0)) ** 2).sum(axis=0)
    np.testing.assert_allclose(metrics.R2Score(None)(y_true, y_pred), explained, rtol=1e-4)
    with pytest.warns(UserWarning, match="R2Score: 3 labels are too few to adjust for 5 regressors"):
        metrics.R2Score(num_regressors=5)([[1.0], [2.0], [4.0]], [[1.0], [2.0], [3.0]])


def test_correlations_by_numpy(generator):
    y_true, y_pred = numbers(generator)
    by_row = [np.corrcoef(one, other)[0, 1] for one, other in zip(y_true, y_pred.astype(float), strict=True)]
    np.testing.assert_allclose(metrics.pearson_correlation(y_true, y_pred), by_row, atol=1e-5)
    np.testing.assert_allclose(metrics.pearson_correlation(y_true, y_pred.astype(float)), by_row, rtol=1e-12)
    assert metrics.PearsonCorrelation()(y_true, y_pred.astype(float)) == pytest.approx(np.mean(by_row), rel=1e-12)
    together = np.cov(y_true.ravel(), y_pred.ravel().astype(float), bias=True)
    expected = 2 * together[0, 1] / (np.trace(together) + (y_true.mean() - y_pred.astype(float).mean()) ** 2)
    found = metrics.concordance_correlation(y_true, y_pred.astype(float), axis=(0, 1))
    np.testing.assert_allclose(found, expected, rtol=1e-6)  # 1e-7 is added to the divisor, which is about 4
    same = metrics.pearson_correlation([[1.0, 1.0]], [[1.0, 2.0]])
    assert np.isnan(same).all()


def test_functions_of_losses_are_metrics_too(keras):
    for name in ("binary_focal_crossentropy", "categorical_focal_crossentropy", "huber"):
        assert getattr(metrics, name) is getattr(losses, name)
        assert getattr(keras.metrics, name) is getattr(keras.losses, name)


def test_ranks_among_the_top():
    y_pred = [[0.4, 0.3, 0.3, 0.0], [0.1, 0.2, 0.3, 0.4], [np.nan, 0.1, 0.2, 0.3]]
    assert metrics.sparse_top_k_categorical_accuracy([2, 0, 3], y_pred, k=2).tolist() == [True, False, False]
    assert metrics.sparse_top_k_categorical_accuracy([[2], [0], [3]], y_pred, k=4).tolist() == [True, True, False]
    ids = [[3, 1, 2, 0], [0, 1, 2, 3]]
    assert metrics.sparse_top_k_categorical_accuracy([1, 3], ids, 2, from_sorted_ids=True).tolist() == [True, False]


@pytest.mark.parametrize("weights", [3.0, [1, 2, 3], [[1], [2], [3]], np.arange(6).reshape(3, 2)])
@pytest.mark.parametrize("name", ["Mean", "Sum"])
def test_weights_of_values(keras, generator, name, weights):
    values = generator.normal(size=(3, 2)).astype("float32")
    own, theirs = getattr(metrics, name)(), getattr(keras.metrics, name)()
    weights = np.asarray(weights, "float32")
    expected = float(keras.ops.convert_to_numpy(theirs(values, weights)))
    assert own(values, weights) == pytest.approx(expected, rel=1e-5, abs=1e-6)
