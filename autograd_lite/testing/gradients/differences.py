"""A gradient checked by what a derivative is: the change of the result for a small change of one number."""

import math
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise

from autograd_lite.testing.gradients.estimates import Slope, settled

__all__ = ["Slope", "central_difference"]

FIRST, LAST = -4, -18  # exponents of the steps tried first, for |x| < 1
SMALLEST = -200  # and of the smallest at 0; elsewhere they end where x + h has few floats
UNITS = 4.0  # by how many units in the last place a value of f may be off
PART = 0.1  # slopes of steps that follow each other differ by less, where the function is straight enough


def central_difference(f: Callable[[float], float], x: float) -> Slope:
    """Return the slope of `f` at `x` from the values of `f` around it, with no use of derivatives.

    A central difference D(h) = (f(x + h) - f(x - h)) / 2h errs by a multiple of h² and smaller terms, so that
    R(h) = (4 D(h/2) - D(h)) / 3 errs by a multiple of h⁴ (Richardson 1911). The result is R(h/2). Its estimated error
    is |R(h/2) - R(h)|, some 15 times what remains where `f` is smooth, and a bound of the rounding of `f`, which grows
    as h shrinks. Of the steps 2⁻⁴, 2⁻⁵, ... 2⁻¹⁶, which grow with |x| above 1, the one with the smallest estimated
    error is taken. They are powers of 2, so that x + h is exact or nearly so.

    Where the smallest of these steps still give slopes that differ, by more than rounding and a tenth, or none, `f`
    changes on a smaller scale: then steps are halved as far as floats go, and larger ones are believed as long as they
    agree with the smaller.

    A kink closer to `x` than the steps goes unnoticed: the result is then the mean of the slopes on both sides. So does
    what waves on a small scale and makes little of the slope there.

    Where no step gives a finite result, or none gives slopes that settle, the value is NaN and the error infinite.
    """
    scale = max(0, math.frexp(x)[1])
    found = _slopes(f, x, range(scale + FIRST, scale + LAST - 1, -1))
    if found and not any(loud for _, loud in found[-3:]):
        return min((slope for slope, _ in found), key=lambda slope: slope.error)
    last = math.frexp(math.ulp(x))[1] + 3 if x else SMALLEST
    found += _slopes(f, x, range(scale + LAST + 2, last - 1, -1))
    best = settled([slope for slope, _ in reversed(found)])
    unknown = best is None or (best, True) in found or any(loud for _, loud in found[-3:])
    return Slope(math.nan, math.inf, math.ldexp(1.0, scale + FIRST)) if best is None or unknown else best


def _slopes(f: Callable[[float], float], x: float, exponents: Sequence[int]) -> list[tuple[Slope, bool]]:
    """The slopes R(h/2) for steps h, the largest first; and whether each differs from R(h) by more than rounding."""
    steps = [math.ldexp(1.0, k) for k in exponents]
    differences, largest = [], 0.0
    for h in steps:
        above, below = x + h, x - h
        values = f(above), f(below)
        largest = max(largest, *map(abs, values))
        differences.append((values[0] - values[1]) / (above - below))
    extrapolated = [(4.0 * fine - coarse) / 3.0 for coarse, fine in pairwise(differences)]
    found = []
    for h, (first, second) in zip(steps, pairwise(extrapolated), strict=False):
        # What the weights 4/3 and 1/3 make of the rounding of two values, for the steps h/4 and h/2.
        rounding = 1.5 * UNITS * sys.float_info.epsilon * largest / (h / 4.0)
        change = abs(second - first)
        if math.isfinite(second) and math.isfinite(change):
            found.append((Slope(second, change + rounding, h), change > max(rounding, PART * abs(second))))
    return found
