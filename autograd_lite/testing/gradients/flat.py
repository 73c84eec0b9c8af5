"""A function that does not change around a point: whether it changes farther off, and how that begins."""

import math
from collections.abc import Callable
from enum import Enum

from autograd_lite.testing.gradients.slopes import units_of, value_or_nan

__all__ = ["Beyond", "beyond"]

FARTHEST = 60  # so many powers of 2 above |x| and 1 are looked at
SEEN = 64.0  # so many times the rounding is a change that rounding does not make
BESIDE = 2.0**-20  # so near, beside the distance, to where it begins


class Beyond(Enum):
    """How a function that is constant around a point changes farther off."""

    NOTHING = "it does not depend on the inputs, or rounding hides every change"
    KINK = "farther off it bends, as relu does"
    STEPS = "rounding may hide every change, farther off it jumps as what is left of large numbers does"
    FAINT = "rounding may hide every change, farther off they begin as those of a sigmoid do"


def beyond(f: Callable[[float], float], x: float, middle: float) -> Beyond:
    """Return how a function changes that has the value `middle` around `x`; errors and NaN count as no value."""

    def change(t: float) -> float:
        value = value_or_nan(lambda: f(t)) if math.isfinite(t) else math.nan
        return abs(value - middle) if math.isfinite(value) else 0.0

    far = _first(change, x)
    if far is None:
        return Beyond.NOTHING
    near = x
    while near < (halfway := 0.5 * near + 0.5 * far) < far or far < halfway < near:
        near, far = (near, halfway) if change(halfway) else (halfway, far)
    step = BESIDE * (far - x)
    first, fourth = change(far + step), change(far + 4.0 * step)
    if first <= SEEN * units_of(abs(middle)):
        return Beyond.FAINT
    return Beyond.KINK if fourth > 1.5 * first else Beyond.STEPS


def _first(change: Callable[[float], float], x: float) -> float | None:
    """The nearest of some points, ever farther off on both sides, where there is a change."""
    for k in range(0, FARTHEST + 1, 2):
        for sign in (1.0, -1.0):
            t = x + sign * math.ldexp(max(1.0, abs(x)), k)
            if change(t):
                return t
    return None
