"""The slope of a function that takes complex numbers, by a step along the imaginary axis: no difference, no loss.

f(x + ih) is f(x) + ihf'(x) but for terms in h², so that the imaginary part over h is the slope, for h as small as one
likes (Lyness and Moler 1967; Squire and Trapp 1998). That holds where `f` is analytic: `abs`, comparisons and the
larger of two numbers are not.
"""

import math
import sys
from collections.abc import Callable
from typing import Any

from autograd_lite.testing.gradients.estimates import TINY, UNIT, Slope

__all__ = ["complex_step"]

STEP = 2.0**-100  # beside |x|: its square is nothing
APART = (
    0.0,
    3.0,
    -3.0,
    8.0,
    -8.0,
)  # places beside the point, in floats: what rounding makes of the slope scatters there
SCATTER = 8.0


def complex_step(f: Callable[[Any], Any], x: float, value: float) -> Slope | None:
    """Return the slope of `f` at `x`, where it is `value`; None if `f` takes no complex numbers, or treats them apart.

    The error is what the slopes of some floats beside `x` scatter by, and takes in what they change by.
    """
    h = STEP * (abs(x) or 1.0)
    if h < sys.float_info.min:  # beside numbers that small no step is smaller
        return None
    slopes = []
    for k in APART:
        try:
            result = complex(f(complex(x + k * math.ulp(x), h)))
        except Exception:  # noqa: BLE001  (whatever it is: the function need not work on complex numbers)
            return None
        slopes.append(result.imag / h)
        if k == 0.0 and abs(result.real - value) > 1e-9 * abs(value) + TINY:
            return None
    if not all(map(math.isfinite, slopes)):
        return None
    error = SCATTER * (max(slopes) - min(slopes) + UNIT * abs(slopes[0])) + TINY
    return Slope(slopes[0], error, h)
