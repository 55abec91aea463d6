"""Cross-entropy of logits, a row at a time, float64: targets (m, classes) or labels (m,)."""

import math

import numpy as np


def log_softmax(rows):
    out = np.zeros(rows.shape)
    for index, row in enumerate(rows):
        largest = max(row)
        total = math.fsum(math.exp(value - largest) for value in row)
        out[index] = [value - largest - math.log(total) for value in row]
    return out


def cross_entropy(targets, logits):
    return np.array([-math.fsum(t * l) for t, l in zip(targets, log_softmax(logits), strict=True)])  # noqa: E741


def cross_entropy_gradient(targets, logits, upstream):
    out = np.zeros(logits.shape)
    for index, (target, row) in enumerate(zip(targets, log_softmax(logits), strict=True)):
        for label in range(len(row)):
            out[index, label] = upstream[index] * (math.exp(row[label]) * math.fsum(target) - target[label])
    return out


def sparse_cross_entropy(labels, logits):
    return np.array([-row[label] for label, row in zip(labels, log_softmax(logits), strict=True)])


def sparse_cross_entropy_gradient(labels, logits, upstream):
    return cross_entropy_gradient(one_hot(labels, logits.shape[1]), logits, upstream)


def one_hot(labels, classes):
    out = np.zeros((len(labels), classes))
    for index, label in enumerate(labels):
        out[index, label] = 1
    return out
