"""Metrics: running values worked out by hand."""

import json

import numpy as np
import pytest

from convolith import metrics

PREDICTIONS = np.array([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2], [0.2, 0.2, 0.6]])


@pytest.mark.parametrize(
    ("metric", "y_true", "y_pred", "expected"),
    [
        (metrics.Accuracy(), [1, 2, 3, 4], [0, 2, 3, 4], 0.75),
        (metrics.Accuracy(), [[1], [2]], [[1], [3]], 0.5),
        (metrics.BinaryAccuracy(), [1, 1, 0, 0], [0.98, 1, 0, 0.6], 0.75),
        (metrics.BinaryAccuracy(), [1, 0], [[0.9], [0.8]], 0.5),
        (metrics.BinaryAccuracy(threshold=0.85), [1, 0], [[0.9], [0.8]], 1.0),
        (metrics.CategoricalAccuracy(), np.eye(3), PREDICTIONS, 1 / 3),
        (metrics.SparseCategoricalAccuracy(), [1, 0, 0], PREDICTIONS, 2 / 3),
        (metrics.SparseCategoricalAccuracy(), [[1], [0], [0]], PREDICTIONS, 2 / 3),
        (metrics.SparseCategoricalAccuracy(), [[1, 0]], [PREDICTIONS[:2]], 1.0),
        (metrics.MeanSquaredError(), [[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 0.0]], 0.5),
        (metrics.MeanAbsoluteError(), [0.0, 1.0], [[2.0], [2.0]], 1.5),
    ],
)
def test_values(metric, y_true, y_pred, expected):
    metric.update_state(np.asarray(y_true), np.asarray(y_pred))
    assert metric.result() == pytest.approx(expected)


def test_batches_are_weighted_by_their_samples_and_reset():
    metric = metrics.SparseCategoricalAccuracy()
    metric.update_state([1, 0], PREDICTIONS[:2])
    metric.update_state([0], PREDICTIONS[2:])
    assert metric.result() == pytest.approx(2 / 3)
    metric.reset_state()
    assert metric.result() == 0
    assert metric([1], PREDICTIONS[:1]) == 1


def test_weights_of_samples():
    metric = metrics.Accuracy()
    metric.update_state([1, 2, 3, 4], [0, 2, 3, 4], sample_weight=[1, 1, 0, 0])
    assert metric.result() == 0.5
    mean = metrics.Mean()
    mean.update_state([1, 3, 5, 7], sample_weight=[1, 1, 0, 0])
    assert mean.result() == 2
    mean.update_state([[4.0, 8.0]])
    assert mean.result() == pytest.approx((1 + 3 + 6) / 3)


def test_functions_are_averaged():
    metric = metrics.MeanMetricWrapper(lambda y_true, y_pred, scale: abs(y_true - y_pred) * scale, name="far", scale=2)
    metric.update_state([1.0, 2.0], [2.0, 4.0])
    assert metric.result() == 3


@pytest.mark.parametrize(
    ("y_true", "y_pred", "expected"),
    [
        ((8,), (None, 10), metrics.SparseCategoricalAccuracy),
        ((8, 1), (None, 10), metrics.SparseCategoricalAccuracy),
        ((8, 10), (None, 10), metrics.CategoricalAccuracy),
        ((8, 1), (None, 1), metrics.BinaryAccuracy),
        ((8,), (None, 1), metrics.BinaryAccuracy),
        ((8, 4, 4), (None, 4, 4, 3), metrics.SparseCategoricalAccuracy),
    ],
)
@pytest.mark.parametrize("name", ["accuracy", "acc", "Accuracy"])
def test_accuracy_means_what_the_shapes_say(name, y_true, y_pred, expected):
    metric = metrics.resolve(name, y_true, y_pred)
    assert type(metric) is expected
    assert metric.name == name


def test_get_and_names():
    assert type(metrics.get("sparse_categorical_accuracy")) is metrics.SparseCategoricalAccuracy
    assert type(metrics.get("mae")) is metrics.MeanAbsoluteError
    assert metrics.resolve("mse", (1,), (1,)).name == "mse"
    assert metrics.resolve(metrics.Mean, (1,), (1,)).name == "mean"
    assert repr(metrics.Mean()) == "<Mean name=mean>"


@pytest.mark.parametrize(
    "metric",
    [
        metrics.Mean(name="m"),
        metrics.BinaryAccuracy(threshold=0.3),
        metrics.SparseCategoricalAccuracy(name="right"),
        metrics.MeanMetricWrapper(np.hypot, name="distance"),
        metrics.Sum(),
        metrics.TopKCategoricalAccuracy(3),
        metrics.SparseTopKCategoricalAccuracy(3, from_sorted_ids=True),
        metrics.Precision([0.2, 0.4], 3, 1),
        metrics.Recall(top_k=2, name="r"),
        metrics.FalseNegatives(0.3),
        metrics.SensitivityAtSpecificity(0.3, 7, 1),
        metrics.RecallAtPrecision(0.3),
        metrics.AUC(7, "pr", "minoring", multi_label=True, num_labels=2, label_weights=[1, 2], from_logits=True),
        metrics.AUC(thresholds=[0.7, 0.3]),
        metrics.F1Score("macro", 0.3),
        metrics.FBetaScore("micro", 2.0),
        metrics.IoU(3, [1], ignore_class=2, sparse_y_true=False, sparse_y_pred=False, axis=1),
        metrics.BinaryIoU([1], 0.3),
        metrics.MeanIoU(3, ignore_class=2, axis=1),
        metrics.OneHotIoU(3, [1], ignore_class=2, sparse_y_pred=True, axis=1),
        metrics.OneHotMeanIoU(3, ignore_class=2, sparse_y_pred=True, axis=1),
        metrics.R2Score(None, 2),
        metrics.CosineSimilarity(axis=1),
        metrics.PearsonCorrelation(axis=(1, 2)),
        metrics.ConcordanceCorrelation(axis=1),
        metrics.SparseCategoricalCrossentropy(from_logits=True, ignore_class=2, axis=1),
    ],
    ids=lambda metric: metric.name,
)
def test_the_configuration_makes_an_equal_metric(metric):
    again = metrics.deserialize(metrics.serialize(metric), custom_objects={"hypot": np.hypot})
    assert type(again) is type(metric)
    assert again.get_config() == metric.get_config()


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: metrics.BinaryAccuracy(threshold=1.5), r"BinaryAccuracy: threshold must be in \(0, 1\), got 1.5"),
        (lambda: metrics.get("magic"), "unknown metric 'magic'"),
        (lambda: metrics.resolve(3, (1,), (1,)), "a metric must be a name, a Metric or a function"),
        (lambda: metrics.Metric().update_state(), "metric Metric must define update_state"),
        (lambda: metrics.Metric().result(), "metric Metric must define result"),
        (lambda: metrics.Precision(thresholds=2), r"Precision: thresholds must be numbers in \[0, 1\], got 2"),
        (lambda: metrics.TruePositives(thresholds=[]), r"TruePositives: thresholds must be numbers in \[0, 1\]"),
        (
            lambda: metrics.Recall(class_id=1)([1], [1]),
            "Recall: y_pred must have an axis of samples and one",
        ),
        (lambda: metrics.Recall()([1, 0], [[1, 2, 3]]), r"Recall: y_true must have the shape of y_pred, \(1, 3\)"),
        (lambda: metrics.Recall()([1, 0], [1, 1], [1, 2, 3]), r"Recall: sample_weight must fit predictions \(2,\)"),
        (lambda: metrics.PrecisionAtRecall(2), r"PrecisionAtRecall: recall must be in \[0, 1\], got 2"),
        (lambda: metrics.SensitivityAtSpecificity(0.5, 0), "num_thresholds must be an integer > 0, got 0"),
        (lambda: metrics.AUC(curve="X"), "AUC: curve must be one of .* got 'X'"),
        (lambda: metrics.AUC(summation_method="X"), "AUC: summation_method must be one of .* got 'X'"),
        (lambda: metrics.AUC(curve=3), "AUC: curve must be one of .* got 3"),
        (lambda: metrics.AUC(num_thresholds=1), "AUC: num_thresholds must be an integer > 1, got 1"),
        (lambda: metrics.AUC(thresholds=[2.0]), r"AUC: thresholds must be numbers in \[0, 1\], got \[2.0\]"),
        (lambda: metrics.AUC(thresholds=0.5), r"AUC: thresholds must be a list of numbers in \[0, 1\], got 0.5"),
        (lambda: metrics.AUC(num_labels=3), "AUC: num_labels goes with multi_label=True only, got 3"),
        (lambda: metrics.AUC(multi_label=True)([1], [1]), r"AUC: y_pred must have shape \(samples, labels\)"),
        (lambda: metrics.AUC(multi_label=True, num_labels=3)([[1]], [[1]]), r"must have shape \(samples, 3\)"),
        (lambda: metrics.F1Score("most"), "F1Score: average must be one of .* got 'most'"),
        (lambda: metrics.FBetaScore(beta=0), "FBetaScore: beta must be a number above 0, got 0"),
        (lambda: metrics.FBetaScore(threshold=0), r"FBetaScore: threshold must be None or a number in \(0, 1\], got 0"),
        (lambda: metrics.F1Score()([1], [1]), r"F1Score: y_true and y_pred must both be \(samples, classes\)"),
        (lambda: metrics.IoU(2, [2]), "IoU: target_class_ids must be classes from 0 to 1"),
        (lambda: metrics.MeanIoU(2)([1, 0], [1]), "MeanIoU: y_true, y_pred and sample_weight must be as many"),
        (lambda: metrics.confusion_matrix([2], [0], 2), "confusion_matrix: labels must be classes from 0 to 1, got 2"),
        (lambda: metrics.confusion_matrix([0], [-1], 2), "predictions must be classes from 0 to 1, got -1"),
        (lambda: metrics.confusion_matrix([0, 0], [1], 2), "labels and predictions differ: 2 and 1"),
        (lambda: metrics.R2Score("most"), "R2Score: class_aggregation must be one of .* got 'most'"),
        (lambda: metrics.R2Score(num_regressors=-1), "R2Score: num_regressors must be an integer >= 0, got -1"),
        (lambda: metrics.R2Score()([1], [1]), r"R2Score: y_true and y_pred must both be \(samples, outputs\)"),
        (lambda: metrics.sparse_top_k_categorical_accuracy([[1, 2]], [[1, 2]]), "y_true must have shape"),
        (lambda: metrics.Mean()([1, 2], [1, 2, 3]), "Mean: sample_weight must have one factor a sample"),
        (lambda: metrics.Mean(name=3), "Mean: name must be None or a string, got 3"),
        (lambda: metrics.get(3), r"a metric must be a name, a Metric or a function \(y_true, y_pred\), got 3"),
        (lambda: metrics.Precision(thresholds=(1, None)), r"Precision: thresholds must be numbers in \[0, 1\]"),
        (lambda: metrics.Precision(top_k=0), "Precision: top_k must be None or an integer >= 1, got 0"),
        (lambda: metrics.Recall(class_id=-1), "Recall: class_id must be None or an integer >= 0, got -1"),
        (
            lambda: metrics.Recall(class_id=2)([[1, 0]], [[1, 0]]),
            r"Recall: class_id must be one of the classes of y_pred \(1, 2\), got 2",
        ),
        (lambda: metrics.RecallAtPrecision(0.5, class_id=-1), "RecallAtPrecision: class_id must be None or an integer"),
        (lambda: metrics.PrecisionAtRecall(np.nan), "PrecisionAtRecall: recall must be finite, got nan"),
        (lambda: metrics.AUC(multi_label=True, num_labels=0), "AUC: num_labels must be None or an integer >= 1, got 0"),
        (lambda: metrics.AUC(label_weights=[[1.0]]), r"AUC: label_weights must hold one factor a label, got shape"),
        (
            lambda: metrics.AUC(multi_label=True, label_weights=[1, 2, 3])([[1, 0]], [[1, 0]]),
            r"AUC: label_weights must hold one factor a label of y_pred \(1, 2\), got 3",
        ),
        (lambda: metrics.AUC(label_weights=[1, 2, 3])([[1, 0]], [[1, 0]]), "AUC: label_weights must hold one factor"),
        (lambda: metrics.F1Score(average=3), "F1Score: average must be one of .* got 3"),
        (lambda: metrics.FBetaScore(beta=np.inf), "FBetaScore: beta must be a number above 0, got inf"),
        (
            lambda: metrics.F1Score()([[1, 0], [0, 1]], [[1, 0], [0, 1]], [1, 2, 3]),
            r"F1Score: sample_weight must hold 2 factors, got shape \(3,\)",
        ),
        (lambda: metrics.R2Score(np.ones(2)), r"R2Score: class_aggregation must be one of .* got array\("),
        (
            lambda: metrics.R2Score()([[1], [2]], [[1], [2]], [1, 2, 3]),
            r"R2Score: y_true and sample_weight must have shapes that broadcast, got \(2, 1\) and \(3, 1\)",
        ),
        (
            lambda: metrics.R2Score()([[1], [2]], [[1], [2]], [[1, 2]]),
            r"R2Score: sample_weight must fit y_true \(2, 1\), got shape \(1, 2\)",
        ),
        (lambda: metrics.MeanIoU(0), "MeanIoU: num_classes must be an integer >= 1, got 0"),
        (
            lambda: metrics.OneHotIoU(2, [0], axis=3)([[1, 0]], [[1, 0]]),
            r"OneHotIoU: axis must be one of the 2 axes of y_true, got 3 and shape \(1, 2\)",
        ),
        (lambda: metrics.BinaryIoU(threshold=np.nan), "BinaryIoU: threshold must be finite, got nan"),
        (lambda: metrics.confusion_matrix([0], [0], 0), "confusion_matrix: num_classes must be an integer >= 1, got 0"),
        (lambda: metrics.confusion_matrix([0], [0], 1, [1, 2]), "confusion_matrix: weights must be one or 1, got 2"),
        (lambda: metrics.TopKCategoricalAccuracy(-1), "TopKCategoricalAccuracy: k must be an integer >= 0, got -1"),
        (
            lambda: metrics.TopKCategoricalAccuracy(3)([[1, 0]], [[1, 0]]),
            r"top_k_categorical_accuracy: k must be at most the classes of y_pred of shape \(1, 2\), got 3",
        ),
        (
            lambda: metrics.SparseTopKCategoricalAccuracy(3)([1], [[1, 0]]),
            r"sparse_top_k_categorical_accuracy: k must be at most the classes of y_pred of shape \(1, 2\), got 3",
        ),
        (
            lambda: metrics.Accuracy()([1, 2], [1, 2, 3]),
            r"accuracy: y_true and y_pred must have shapes that broadcast, got \(2,\) and \(3,\)",
        ),
        (lambda: metrics.BinaryAccuracy()([1, 2], [1, 2, 3]), "binary_accuracy: y_true and y_pred must have shapes"),
        (
            lambda: metrics.CategoricalAccuracy()([[1, 0]] * 2, [[1, 0]] * 3),
            r"categorical_accuracy: y_true and y_pred must have shapes that broadcast, got \(2,\) and \(3,\)",
        ),
        (
            lambda: metrics.CategoricalAccuracy()(np.ones((2, 0)), np.ones((2, 0))),
            r"categorical_accuracy: y_true must have a class at least on axis -1, got shape \(2, 0\)",
        ),
        (lambda: metrics.SparseCategoricalAccuracy()([1, 2], [[1, 0]] * 3), "sparse_categorical_accuracy: y_true and"),
        (lambda: metrics.RootMeanSquaredError()([1, 2], [1, 2, 3]), "RootMeanSquaredError: y_true and y_pred must"),
        (
            lambda: metrics.PearsonCorrelation(axis=2)([[1, 2]], [[1, 2]]),
            r"pearson_correlation: axis must name different axes of the 2 that y_pred has, got \(2,\)",
        ),
        (lambda: metrics.ConcordanceCorrelation(axis=2)([[1, 2]], [[1, 2]]), "concordance_correlation: axis must name"),
    ],
)
def test_a_wrong_argument_is_named(act, message):
    with pytest.raises((ValueError, NotImplementedError), match=message):
        act()


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: metrics.Mean(dtype="x"), "Mean: dtype must be one of real numbers of at most 64 bits, got 'x'"),
        (lambda: metrics.BinaryAccuracy(threshold=(1,)), r"BinaryAccuracy: threshold must be a number, got \(1,\)"),
        (lambda: metrics.binary_accuracy([1], [1], threshold=None), "binary_accuracy: threshold must be a number"),
        (lambda: metrics.MeanMetricWrapper(3), r"MeanMetricWrapper: fn must be a function \(y_true, y_pred\), got 3"),
        (lambda: metrics.Recall(top_k=1.5), "Recall: top_k must be an integer, got 1.5"),
        (lambda: metrics.Recall(class_id="x"), "Recall: class_id must be an integer, got 'x'"),
        (lambda: metrics.PrecisionAtRecall("x"), "PrecisionAtRecall: recall must be a number, got 'x'"),
        (lambda: metrics.PrecisionAtRecall(0.5, 1.5), "PrecisionAtRecall: num_thresholds must be an integer, got 1.5"),
        (lambda: metrics.AUC(num_thresholds=None), "AUC: num_thresholds must be an integer, got None"),
        (lambda: metrics.AUC(multi_label="no"), "AUC: multi_label must be True or False, got 'no'"),
        (lambda: metrics.AUC(from_logits=1), "AUC: from_logits must be True or False, got 1"),
        (lambda: metrics.AUC(multi_label=True, num_labels=1.5), "AUC: num_labels must be an integer, got 1.5"),
        (lambda: metrics.AUC(label_weights="x"), "AUC: label_weights must hold real numbers"),
        (lambda: metrics.F1Score(threshold=True), "F1Score: threshold must be a number, got True"),
        (lambda: metrics.R2Score(num_regressors=0.5), "R2Score: num_regressors must be an integer, got 0.5"),
        (lambda: metrics.IoU(2.5, [0]), "IoU: num_classes must be an integer, got 2.5"),
        (lambda: metrics.MeanIoU(None), "MeanIoU: num_classes must be an integer, got None"),
        (
            lambda: metrics.IoU(2, [0.5]),
            r"IoU: target_class_ids must be an integer or a sequence of them, got \[0.5\]",
        ),
        (lambda: metrics.IoU(2, [0], ignore_class=np.inf), "IoU: ignore_class must be an integer, got inf"),
        (lambda: metrics.MeanIoU(2, axis=(1,)), r"MeanIoU: axis must be an integer, got \(1,\)"),
        (lambda: metrics.MeanIoU(2, sparse_y_true="no"), "MeanIoU: sparse_y_true must be True or False, got 'no'"),
        (lambda: metrics.MeanIoU(2, sparse_y_pred=0), "MeanIoU: sparse_y_pred must be True or False, got 0"),
        (lambda: metrics.BinaryIoU(threshold=(1,)), r"BinaryIoU: threshold must be a number, got \(1,\)"),
        (lambda: metrics.confusion_matrix([0], [0], 1.5), "confusion_matrix: num_classes must be an integer, got 1.5"),
        (lambda: metrics.confusion_matrix([0], [0], 1, dtype="x"), "confusion_matrix: dtype must be one of real"),
        (lambda: metrics.TopKCategoricalAccuracy(True), "TopKCategoricalAccuracy: k must be an integer, got True"),
        (lambda: metrics.SparseTopKCategoricalAccuracy(2.5), "SparseTopKCategoricalAccuracy: k must be an integer"),
        (
            lambda: metrics.SparseTopKCategoricalAccuracy(from_sorted_ids=None),
            "SparseTopKCategoricalAccuracy: from_sorted_ids must be True or False, got None",
        ),
        (
            lambda: metrics.SparseCategoricalCrossentropy(ignore_class=np.nan),
            "SparseCategoricalCrossentropy: ignore_class must be an integer, got nan",
        ),
        (lambda: metrics.PearsonCorrelation(axis=0.5)([[1, 2]], [[1, 2]]), "pearson_correlation: axis must be an"),
    ],
)
def test_another_kind_of_argument_is_named(act, message):
    with pytest.raises(TypeError, match=f"^{message}"):
        act()


FIT = np.eye(2)
OF_ARRAYS = [
    metrics.Accuracy, metrics.BinaryAccuracy, metrics.CategoricalAccuracy, metrics.MeanSquaredError,
    metrics.RootMeanSquaredError, metrics.Recall, metrics.AUC, metrics.F1Score, metrics.R2Score, metrics.BinaryIoU,
    lambda: metrics.SensitivityAtSpecificity(0.5), lambda: metrics.OneHotMeanIoU(2), metrics.PearsonCorrelation,
]  # fmt: skip


@pytest.mark.parametrize("make", OF_ARRAYS, ids=lambda make: type(make()).__name__)
@pytest.mark.parametrize(
    "wrong", [[["a", "b"]] * 2, [[None, None]] * 2, np.full((2, 2), 1j)], ids=["text", "None", "1j"]
)
def test_arrays_hold_real_numbers(make, wrong):
    name = type(make()).__name__
    for argument in ("y_true", "y_pred", "sample_weight"):
        with pytest.raises(TypeError, match=f"^{name}: {argument} must hold real numbers of at most 64 bits, got"):
            make()(**{"y_true": FIT, "y_pred": FIT, argument: wrong})
    with pytest.raises(ValueError, match=f"^{name}: y_pred must have rows of one shape, got"):
        make()(FIT, [[1.0], [1.0, 2.0]])


@pytest.mark.parametrize("wrong", [[0.5, 1.0], [np.nan, 1.0], [np.inf, 1.0]])
@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_class_numbers_with_fractions_are_refused(kind, wrong):
    labels, right = np.array(wrong, kind), np.array([0, 1], kind)
    for act, message in (
        (lambda: metrics.MeanIoU(2)(labels, right), "MeanIoU: y_true"),
        (lambda: metrics.MeanIoU(2)(right, labels), "MeanIoU: y_pred"),
        (lambda: metrics.confusion_matrix(labels, right, 2), "confusion_matrix: labels"),
        (lambda: metrics.confusion_matrix(right, labels, 2), "confusion_matrix: predictions"),
        (
            lambda: metrics.sparse_top_k_categorical_accuracy(labels, np.eye(2), 1),
            "sparse_top_k_categorical_accuracy: y_true",
        ),
    ):
        with pytest.raises(ValueError, match=f"^{message} must hold whole numbers, got {wrong[0]}"):
            act()
    assert metrics.MeanIoU(2)(right, right) == 1
    assert metrics.sparse_top_k_categorical_accuracy(right, np.eye(2), 1).tolist() == [True, True]


def test_fractions_of_weights_are_kept_or_refused():
    for dtype in (None, "int64"):
        with pytest.raises(ValueError, match="^confusion_matrix: weights for dtype int.* must hold whole numbers, got"):
            metrics.confusion_matrix([0, 1], [0, 1], 2, weights=[2.0, 0.5], dtype=dtype)
    assert metrics.confusion_matrix([0, 1], [0, 1], 2, [0.5, 0.25], "float32").tolist() == [[0.5, 0], [0, 0.25]]
    assert metrics.confusion_matrix([0, 1], [0, 1], 2, [2.0, 3.0]).tolist() == [[2, 0], [0, 3]]


def test_targets_may_be_a_set():
    assert metrics.IoU(3, {2, 0}).target_class_ids == [0, 2]


@pytest.mark.parametrize(
    "metric",
    [
        metrics.Precision(top_k=np.int64(1), class_id=np.int32(0)),
        metrics.IoU(np.int64(2), {0, 1}),
        metrics.BinaryIoU(threshold=np.float32(0.5)),
        metrics.FBetaScore(threshold=np.float32(0.5)),
        metrics.BinaryCrossentropy(label_smoothing=np.array(0.125)),
    ],
)
def test_numbers_of_numpy_are_plain_in_the_configuration(metric):
    assert json.loads(json.dumps(metric.get_config())) == metric.get_config()


def test_label_weights_need_labels():
    metric = metrics.AUC(label_weights=[1.0, 2.0])
    with pytest.raises(ValueError, match=r"AUC: label_weights must hold one factor a label of y_pred \(2,\), got 2"):
        metric([0, 1], [0.2, 0.7])


def test_labels_that_are_no_class_are_never_among_the_top():
    probabilities = [[0.1, 0.2, 0.7]] * 4
    found = metrics.sparse_top_k_categorical_accuracy([-1, 3, 2, 0], probabilities, k=3)
    assert found.tolist() == [False, False, True, True]


def test_a_users_own_metric_keeps_variables():
    class Total(metrics.Metric):
        def __init__(self, **arguments):
            super().__init__(**arguments)
            self.total = self.add_weight(name="total", initializer="ones")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.total.assign_add(np.sum(y_pred))
            self.total.assign_sub(np.sum(y_true))

        def result(self):
            return self.total.numpy()

    metric = Total(name="t")
    assert metric([1.0], [5.0]) == 5
    assert [variable.path for variable in metric.variables] == ["t/total"]
    metric.reset_state()
    assert metric.result() == 0


@pytest.mark.parametrize(
    ("metric", "names", "shape"),
    [
        (metrics.MeanAbsoluteError(), ["total", "count"], ()),
        (metrics.Sum(), ["total"], ()),
        (metrics.Precision([0.2, 0.5]), ["true_positives", "false_positives"], (2,)),
        (metrics.Recall(), ["true_positives", "false_negatives"], (1,)),
        (metrics.TrueNegatives(), ["accumulator"], (1,)),
        (metrics.AUC(5), ["true_positives", "false_positives", "true_negatives", "false_negatives"], (5,)),
        (metrics.AUC(5, multi_label=True), [], None),
        (metrics.F1Score(), [], None),
        (metrics.MeanIoU(4), ["total_confusion_matrix"], (4, 4)),
        (metrics.R2Score(), ["num_samples"], ()),
    ],
)
def test_sums_are_kept_in_variables(metric, names, shape):
    assert [variable.name for variable in metric.variables] == names
    assert [variable.path for variable in metric.variables] == [f"{metric.name}/{name}" for name in names]
    assert {variable.shape for variable in metric.variables} == ({shape} if names else set())
    assert not any(variable.trainable for variable in metric.variables)


def test_what_is_made_with_the_first_labels_says_zero_before():
    score = metrics.F1Score("micro")
    assert (score.result(), metrics.AUC(multi_label=True).result()) == (0.0, 0.0)
    score.update_state([[1, 0], [0, 1]], [[0.9, 0.1], [0.8, 0.2]])
    names = {variable.name: variable.value.tolist() for variable in score.variables}
    expected = {"true_positives": 1, "false_positives": 1, "false_negatives": 1, "intermediate_weights": 2}
    assert names == expected
    with np.errstate(all="ignore"):
        assert np.isnan(metrics.R2Score().result())


def test_variables_of_metrics_within_a_metric_are_its_own():
    class Pair(metrics.Metric):
        def __init__(self):
            super().__init__(name="pair")
            self.seen = self.add_variable(name="seen")
            self.mean = metrics.Mean()

    assert [variable.path for variable in Pair().variables] == ["pair/seen", "mean/total", "mean/count"]


@pytest.mark.parametrize(
    ("metric", "variable"),
    [
        (metrics.AUC(multi_label=True, name="auc"), "auc/true_positives"),
        (metrics.F1Score(name="f1"), "f1/true_positives"),
        (metrics.FBetaScore("macro", name="fbeta"), "fbeta/true_positives"),
        (metrics.R2Score(name="r2"), "r2/squared_sum"),
    ],
)
@pytest.mark.parametrize("classes", [1, 3])
def test_batches_of_another_number_of_classes_are_refused(metric, variable, classes):
    metric.reset_state()
    metric.update_state(np.eye(4), np.eye(4))
    before = [one.numpy() for one in metric.variables]
    with pytest.raises(ValueError, match=f"metric {variable}: y_true and y_pred must have as many labels, classes or"):
        metric.update_state(np.ones((2, classes)), np.ones((2, classes)))
    for one, value in zip(metric.variables, before, strict=True):
        np.testing.assert_array_equal(one.value, value)
