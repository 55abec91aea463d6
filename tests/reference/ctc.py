"""Connectionist temporal classification by going through every reading of the scores, float64."""

import itertools
import math

import numpy as np

from tests.reference.cross_entropy import log_softmax


def spelled(reading, blank):
    return [label for label, _ in itertools.groupby(reading) if label != blank]


def readings(target, logits, blank):
    """All readings (a class at each time) that spell the target, with their probabilities."""
    times, classes = logits.shape
    scores = log_softmax(logits)
    for reading in itertools.product(range(classes), repeat=times):
        if spelled(reading, blank) == list(target):
            yield reading, math.exp(math.fsum(scores[time, label] for time, label in enumerate(reading)))


def ctc_loss(target, logits, blank=0):
    """-log of the sum of the probabilities of all readings that spell the target."""
    probability = math.fsum(probability for _, probability in readings(target, logits, blank))
    return -math.log(probability) if probability else math.inf


def ctc_loss_gradient(target, logits, blank=0):
    """By the logits: how probable each class is, less its part of the readings at each time; 0 if there is none."""
    parts = np.zeros(logits.shape)
    for reading, probability in readings(target, logits, blank):
        parts[range(len(reading)), reading] += probability
    sums = parts.sum(axis=1, keepdims=True)
    return np.exp(log_softmax(logits)) - parts / sums if sums.all() else np.zeros(logits.shape)
