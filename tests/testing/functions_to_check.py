"""What the tests of gradient checks share: functions with right and wrong slopes."""

import math

from autograd_lite.engine.ops import ANY, Op
from autograd_lite.testing import check_gradient


def made(name, fn, partials, domain=(ANY,)):
    """An operation made by a user."""
    return Op(name, fn, partials, domain=domain)


CUBE = made("cube", lambda x: x * x * x, lambda y, x: 3.0 * x * x)


WRONG_CUBE = made("cube", lambda x: x * x * x, lambda y, x: 3.0 * x)


PLACES = (0.7, 0.3)  # inside the domain of every row, away from every kink


def look(f, at=None, **options):
    """The report, whatever it says."""
    return check_gradient(f, at, raises=False, **options)


def verdicts(report):
    return [slope.verdict for slope in report]


def plain(x, y):
    """A function of plain floats."""
    return math.sin(x) * y**2


def slopes_of_plain(x, y):
    return math.cos(x) * y**2, 2.0 * y * math.sin(x)
