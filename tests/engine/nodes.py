"""What the tests of nodes share."""

import operator
import struct
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]


HUGE = [10**400, -(10**400), Fraction(10**400), Decimal("1e999"), Decimal("-1e999")]


if np.isfinite(np.longdouble("1e400")):  # not so where it is a double
    HUGE.append(np.longdouble("1e400"))


COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]


operators = pytest.mark.parametrize("operate", OPERATORS, ids=lambda f: f.__name__)


def bits(x):
    return struct.pack("<d", x)


def gradients(*nodes):
    return [node.grad for node in nodes]
