"""A gradient checked by what a derivative is: the change of the result for a small change of one number."""

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from autograd_lite.engine.showing import Shown

__all__ = ["Slope", "central_difference"]

FIRST, LAST = -4, -18  # exponents of the steps tried, for |x| < 1
UNITS = 4.0  # by how many units in the last place a value of f may be off


@dataclass(frozen=True)
class Slope(Shown):
    """A slope found by differences: the value, how far off it may be, and the step h of the first difference."""

    value: float
    error: float
    step: float

    def __repr__(self) -> str:
        return f"<Slope {self.value:.12g} ± {self.error:.2g}, step {self.step:.2g}>"

    def confirms(self, gradient: float) -> bool:
        """Whether the gradient is within the estimated error."""
        return abs(gradient - self.value) <= self.error


def central_difference(f: Callable[[float], float], x: float) -> Slope:
    """Return the slope of `f` at `x` from the values of `f` around it, with no use of derivatives.

    A central difference D(h) = (f(x + h) - f(x - h)) / 2h errs by a multiple of h² and smaller terms, so that
    R(h) = (4 D(h/2) - D(h)) / 3 errs by a multiple of h⁴ (Richardson 1911). The result is R(h/2). Its estimated error
    is |R(h/2) - R(h)|, some 15 times what remains where `f` is smooth, and a bound of the rounding of `f`, which grows
    as h shrinks. Of the steps 2⁻⁴, 2⁻⁵, ... 2⁻¹⁶, which grow with |x| above 1, the one with the smallest estimated
    error is taken. They are powers of 2, so that x + h is exact or nearly so.

    A kink closer to `x` than the steps goes unnoticed: the result is then the mean of the slopes on both sides.

    Where no step gives a finite result, the value is NaN and the error infinite.
    """
    scale = max(0, math.frexp(x)[1])
    steps = [math.ldexp(1.0, scale + k) for k in range(FIRST, LAST - 1, -1)]
    differences, largest = [], 0.0
    for h in steps:
        above, below = x + h, x - h
        values = f(above), f(below)
        largest = max(largest, *map(abs, values))
        differences.append((values[0] - values[1]) / (above - below))
    extrapolated = [(4.0 * fine - coarse) / 3.0 for coarse, fine in pairwise(differences)]
    best = Slope(math.nan, math.inf, steps[0])
    for h, (first, second) in zip(steps, pairwise(extrapolated), strict=False):
        # What the weights 4/3 and 1/3 make of the rounding of two values, for the steps h/4 and h/2.
        rounding = 1.5 * UNITS * sys.float_info.epsilon * largest / (h / 4.0)
        error = abs(second - first) + rounding
        if error < best.error:
            best = Slope(second, error, h)
    return best
