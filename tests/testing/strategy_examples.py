"""What the tests of strategies share."""

import collections
import math
import struct
from fractions import Fraction

import hypothesis
import pytest
from hypothesis import settings
from strategies import ROWS

from autograd_lite.engine.ops import Op
from autograd_lite.testing import (
    expressions,
    given,
    graphs,
)

CUBE = Op("cube", lambda x: x * x * x, lambda y, x: 3.0 * x * x)


LOG_FAR = Op("log_far", lambda x: math.log(x - 50.0), lambda y, x: 1.0 / (x - 50.0), domain=((50.0, math.inf),))


HINGE = Op(
    "hinge",
    lambda a, b: max(0.0, 1.0 - (a - b)),
    lambda y, a, b: (-float(a - b < 1.0), float(a - b < 1.0)),
    domain=((-math.inf, math.inf),) * 2,
    kinks=lambda a, b: (float(a - b > 1.0) - float(a - b < 1.0), a - b == 1.0),
)


ROWS_OF_ALL = [*ROWS.values(), CUBE, LOG_FAR, HINGE]
every = pytest.mark.parametrize("row", ROWS_OF_ALL, ids=str)


both = pytest.mark.parametrize("strategy", [expressions, graphs])


def examples_of(strategy, count=80):
    """What hypothesis draws, the same in every run."""
    examples = []

    @settings(max_examples=count, derandomize=True, database=None, phases=[hypothesis.Phase.generate])
    @given(strategy)
    def collect(x):
        examples.append(x)

    collect()
    assert len(examples) > count / 2
    return examples


def bits(x):
    return struct.pack("<d", x)


def distance(row, point):
    """How far the first argument is from the next kink, the other one being what it is."""
    if row.name in {"mod", "floor_divide"}:
        rest = Fraction(point[0]) % Fraction(point[1])
        return min(rest, Fraction(point[1]) - rest)
    kinks = (Fraction(point[1]) + (row is HINGE),) if callable(row.kinks) else map(Fraction, row.kinks)
    return min([abs(Fraction(point[0]) - kink) for kink in kinks], default=math.inf)


def applied(graph):
    """Every operation of a graph with the numbers it is applied to, and its value."""
    numbers = graph.floats()
    for line, y in zip(graph.lines, numbers[len(graph.leaves) :], strict=True):
        yield line, [x if isinstance(x, float) else numbers[x] for x in line.args], y


def uses(graph):
    """How often each node is used as an argument, and whether one is twice by one operation."""
    count = collections.Counter(x for line in graph.lines for x in line.args if isinstance(x, int))
    twice = any(
        len(line.args) == 2 and isinstance(line.args[0], int) and line.args[0] == line.args[1] for line in graph.lines
    )
    return count, twice


def run(code):
    """The names that code binds after a star import of the package, in a fresh namespace."""
    scope = {}
    exec("from autograd_lite import *", scope)
    exec(code, scope)
    return scope
