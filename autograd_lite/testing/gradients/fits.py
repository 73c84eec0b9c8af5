"""The slope at a point where rounding hides digits: from many values, by least squares, and how far off it may be.

Pairs of points at both sides, x + h t and x - h t, are seen through a window of size h. Half the difference of their
values is the odd part of the function, t times a polynomial in t². That is fitted with orthogonal polynomials, with
more and more terms (Forsythe 1957); what they leave over is the scatter of the values. The error of the slope is what
that scatter makes of it, taken eight times, and what the next term would change. Scatter averages out where rounding is
like chance, as it is where the values change by many times their rounding; else there is no estimate.
"""

import functools
import itertools
import math
from collections.abc import Callable, Sequence

from autograd_lite.testing.gradients.estimates import TINY, UNIT, Slope, settled

__all__ = ["PAIRS", "fitted"]

PAIRS = (24, 96)  # so many are used at first, and where that is not enough
TERMS = 6  # of the polynomial, at most; the last one is only for the scatter, and for the change that it would make
WINDOWS = 6  # each twice as large as the one before
CHANCE = 8.0  # so many times its standard deviation an average of roundings is off at most, and twice as many
CHANGED = 4.0  # so many times is taken what the next term would change
FLOOR = 0.3 * UNIT  # the scatter of a value that is rounded to the nearest float, beside its size
NOISE, ALIKE = 4.0, 0.4  # by more than that last terms, and values beside each other, are not like chance
LEAST = 12.0  # so many times the scatter has to change the function in a window


def fitted(f: Callable[[float], float], x: float, first: float, largest: float, pairs: int) -> Slope | None:
    """Return the slope of `f` at `x`, which is within half its error; None where scatter is not what hides its digits.

    `f` gives NaN where it has no value; `first` is the size of the smallest window, `largest` is what none exceeds, and
    `pairs` of values are looked at in each.
    """
    sizes = [h for k in range(WINDOWS) if (h := math.ldexp(first, k)) <= largest]
    return settled(list(filter(None, (_window(f, x, h, pairs) for h in sizes))))


def _window(f: Callable[[float], float], x: float, h: float, pairs: int) -> Slope | None:
    above, below = ([f(x + sign * h * t) for t in _places(pairs)] for sign in (1.0, -1.0))
    values = [*above, *below]
    if not all(map(math.isfinite, values)):
        return None
    basis, slopes = _basis(pairs)
    rest = [0.5 * a - 0.5 * b for a, b in zip(above, below, strict=True)]
    parts = []
    for row in basis:
        part = math.fsum(q * r for q, r in zip(row, rest, strict=True))
        parts.append(part)
        rest = [r - part * q for q, r in zip(row, rest, strict=True)]
    square = math.fsum(r * r for r in rest)
    scatter = math.sqrt(square / (pairs - TERMS))
    alike = math.fsum(a * b for a, b in itertools.pairwise(rest))
    if max(map(abs, parts[-2:])) > NOISE * scatter or alike > ALIKE * square:
        return None  # what is left over is no scatter, but more of the function
    scatter = max(scatter, FLOOR * max(map(abs, values)) * math.sqrt(0.5), TINY)
    if max(values) - min(values) < LEAST * scatter:
        return None
    best: Slope | None = None
    slope, square = 0.0, 0.0
    for j in range(TERMS - 1):
        slope += parts[j] * slopes[j]
        square += slopes[j] ** 2
        change = max(abs(parts[i] * slopes[i]) for i in range(j + 1, TERMS))
        error = CHANCE * scatter * math.sqrt(square) + CHANGED * change
        if best is None or error < best.error * h:
            best = Slope(slope / h, error / h + UNIT * abs(slope / h) + TINY, h)
    return best


@functools.cache
def _places(pairs: int) -> tuple[float, ...]:
    """Where in a window of size 1 the points are on one side: irregular, so that they match no period."""
    return tuple((k + 0.5 + 0.3 * math.sin(2.4 * k)) / pairs for k in range(pairs))


@functools.cache
def _basis(pairs: int) -> tuple[Sequence[Sequence[float]], Sequence[float]]:
    """Odd polynomials that are orthonormal on the places, as their values there, and their slopes at 0."""
    at = _places(pairs)
    rows: list[list[float]] = []
    slopes: list[float] = []
    for k in range(TERMS):
        row, slope = [t ** (2 * k + 1) for t in at], float(k == 0)
        for _ in range(2):  # once more, for what rounding has left
            for other, its in zip(rows, slopes, strict=True):
                part = math.fsum(q * r for q, r in zip(other, row, strict=True))
                row = [r - part * q for q, r in zip(other, row, strict=True)]
                slope -= part * its
        size = math.sqrt(math.fsum(r * r for r in row))
        rows.append([r / size for r in row])
        slopes.append(slope / size)
    return rows, slopes
