"""Connectionist temporal classification by going through every reading of the scores, float64."""

import itertools
import math

from tests.reference.cross_entropy import log_softmax


def spelled(reading, blank):
    return [label for label, _ in itertools.groupby(reading) if label != blank]


def ctc_loss(target, logits, blank=0):
    """-log of the sum of the probabilities of all readings (a class at each time) that spell the target."""
    times, classes = logits.shape
    scores = log_softmax(logits)
    probability = math.fsum(
        math.exp(math.fsum(scores[time, label] for time, label in enumerate(reading)))
        for reading in itertools.product(range(classes), repeat=times)
        if spelled(reading, blank) == list(target)
    )
    return -math.log(probability) if probability else math.inf
