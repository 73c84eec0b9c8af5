"""Second derivatives of plain floats: whether a gradient that is a function is one beside the point as well.

Nothing gives a Hessian to check: it is what differences of the gradient give. It has to be symmetric, as that of every
gradient is, and along its diagonal the gradient has to be the slope of the function at points beside the point too.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from autograd_lite.testing.gradients.differences import central_difference
from autograd_lite.testing.gradients.estimates import Slope
from autograd_lite.testing.gradients.number_text import exactly
from autograd_lite.testing.gradients.replay import Point
from autograd_lite.testing.gradients.slopes import largest_step, value_or_nan
from autograd_lite.testing.gradients.verdicts import RESOLVED, Finding, Verdict, check_slope

__all__ = ["SecondByHand"]

Along = Callable[[Callable[[Point], float], int], Callable[[float], float]]
"""Makes a function of a point one of one input, with the others held."""


@dataclass(frozen=True)
class SecondByHand:
    """Checks the Hessian that a gradient by hand has."""

    value: Callable[[Point], float]
    gradient: Callable[[Point], list[float]]
    point: Point
    along: Along
    rtol: float

    def entry(self, i: int, k: int) -> tuple[float, Finding]:
        """Return the slope of the i-th entry of the gradient along the k-th input, and what is found of it."""
        slope = self._slope(i, k)
        if not math.isfinite(slope.value):
            note = "differences of the gradient give no slope"
            return slope.value, Finding(Verdict.INCONCLUSIVE, math.nan, math.inf, note)
        return slope.value, self._beside(i, slope) if i == k else self._mirrored(i, k, slope)

    def _slope(self, i: int, k: int) -> Slope:
        of_one = self.along(lambda p: self.gradient(p)[i], k)
        return central_difference(lambda t: value_or_nan(lambda: of_one(t)), self.point[k])

    def _mirrored(self, i: int, k: int, slope: Slope) -> Finding:
        """Compare with the slope of the k-th entry along the i-th input."""
        other = self.along(lambda p: self.gradient(p)[k], i)
        finding, moved = check_slope(other, self.point[i], slope.value, rtol=self.rtol)
        finding = finding.widened(slope.error, slope.value)
        small = moved == 0.0 and abs(slope.value) <= slope.error
        if finding.verdict == Verdict.WRONG and not small:
            return replace(finding, note="the Hessian is not symmetric: this is no gradient beside the point")
        return replace(finding, verdict=Verdict.CONFIRMED) if small else finding

    def _beside(self, i: int, slope: Slope) -> Finding:
        """Check the gradient at two points beside the point."""
        x = self.point[i]
        for sign in (1.0, -1.0):
            t = x + sign * math.ldexp(1.0, largest_step(x))
            f, slope_of = self.along(self.value, i), self.along(lambda p: self.gradient(p)[i], i)
            claimed, value = (value_or_nan(functools.partial(g, t)) for g in (slope_of, f))
            if math.isfinite(claimed) and math.isfinite(value):
                finding, _ = check_slope(f, t, claimed, rtol=self.rtol)
                if not finding.verdict.good:
                    note = f"beside the point, at {exactly(t)}, the gradient is {exactly(claimed)}, by differences "
                    note += exactly(finding.expected)
                    return Finding(finding.verdict, math.nan, math.inf, note)
        good = slope.error <= RESOLVED * abs(slope.value) or not slope.value
        verdict = Verdict.CONFIRMED if good else Verdict.INCONCLUSIVE
        note = "the gradient is the slope of the function at points beside the point too"
        return Finding(verdict, slope.value, slope.error, note, within=True)
