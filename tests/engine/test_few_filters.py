"""Convolutions of few channels and filters, whose neighbouring results are computed as one of more channels."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.passes import Case

SAME_5 = ((2, 2), (2, 2))


@pytest.mark.parametrize("filters", range(1, 18))
@pytest.mark.parametrize(("width", "strides"), [(12, (1, 1)), (12, (1, 2)), (13, (2, 1)), (7, (1, 1))])
def test_every_number_of_filters(isa, filters, width, strides):
    Case((3, 10, width, 1), (5, 5, 1, filters), strides, SAME_5).check()


def test_volumes(isa):
    case = Case((2, 4, 6, 8, 2), (3, 3, 3, 2, 4), (1, 2, 1), ((1, 1),) * 3)
    case.check()
    case.check(np.float64)


@pytest.mark.parametrize("infinite", ["x", "upstream"])
def test_an_infinity_stays_with_the_taps_that_meet_it(isa, infinite):
    """A tap's gradient is not finite where one of its own products is not, and nowhere else."""
    case = Case((1, 8, 12, 1), (3, 3, 1, 6), padding=((0, 0), (0, 0)))
    case.upstream[case.upstream == 0] = 1
    case.x[case.x == 0] = 1
    finite = case.kernel_gradient()
    getattr(case, infinite)[0, 0, 0] = np.inf  # the first pixel: as input met by the first tap alone, as result by all
    gradient = case.kernel_gradient()
    met = np.zeros(gradient.shape, bool)
    if infinite == "x":
        met[0, 0] = True
    else:
        met[...] = True
    assert not np.isfinite(gradient[met]).any()
    np.testing.assert_array_equal(gradient[~met], finite[~met])
