"""Whether a formula gives the gradient at a point, and whether rounding leaves enough of both to tell."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from autograd_lite.audit.places.points import Place, rounding
from autograd_lite.engine.value import Value

__all__ = ["RESOLVED", "Compared", "Tolerance", "compare", "is_told", "near_zero"]

CERTAIN = 1e-12
"""Numbers that differ by less, relatively, are the same but for their rounding."""
UNBOUNDED = 1e-9
"""Where rounding may have changed a number by any amount, those that differ by less, relatively, may be the same."""
RESOLVED = 1e-6
"""A comparison tells something if rounding can have changed less of the gradient than that."""


@dataclass(frozen=True)
class Tolerance:
    """How far a number may be off what it is to be."""

    rtol: float
    atol: float = 0.0

    def of(self, x: float) -> float:
        """How far off this number may be."""
        return self.atol + self.rtol * abs(x)

    def close(self, claimed: float, x: float) -> bool:
        """Whether a claim is no farther off a number."""
        if claimed == x or (math.isnan(claimed) and math.isnan(x)):
            return True
        return abs(claimed - x) <= self.of(x) < math.inf

    def units(self, claimed: float, x: float) -> float:
        """How often the room around a number goes into the distance of a claim from it."""
        off, room = abs(claimed - x), self.of(x)
        return off / room if room > 0.0 and off < math.inf else math.inf


@dataclass(frozen=True)
class Compared:
    """A formula and the gradient at one point."""

    claimed: float
    gradient: float
    agrees: bool | None
    """Whether they differ by no more than rounding explains; None where they are not finite, or rounding unbounded."""
    resolved: bool = True
    """Whether rounding leaves so many digits that agreement tells something."""
    lost_in_claim: bool = False
    """Whether it is the formula that rounding leaves less of."""

    @property
    def same(self) -> bool:
        """Whether both are one number, however much of it is rounding."""
        return _close(self.claimed, self.gradient, CERTAIN)


def compare(place: Place, wrt: Value, claim: Value) -> Compared:
    """Compare a formula with the gradient at a point."""
    c, g = claim.data, place.slope(wrt)
    if not (math.isfinite(c) and math.isfinite(g)):
        return Compared(c, g, c == g or None)
    of_claim, of_gradient = rounding(claim), place.rounding(wrt)
    bound = 2.0 * (of_claim + of_gradient)
    lost = of_claim > of_gradient
    if not math.isfinite(bound):
        return Compared(c, g, _close(c, g, UNBOUNDED) or None, resolved=False, lost_in_claim=lost)
    # an agreement within what the formula itself may have lost is none: 5*x + 1e20 - 1e20 is off by 16384
    resolved = bound <= RESOLVED * abs(g) or near_zero(place, g, bound)
    return Compared(c, g, _close(c, g, CERTAIN) or abs(c - g) <= bound, resolved, lost)


def near_zero(place: Place, gradient: float, bound: float) -> bool:
    """Whether a gradient is zero but for rounding, which is small beside the numbers that it was computed from."""
    return abs(gradient) <= bound <= RESOLVED * place.size


def is_told(found: Sequence[Compared]) -> bool:
    """Whether comparisons that all agree tell that formula and gradient are the same.

    One of them has to be resolved; or formula and gradient, however little of them is certain, are the same number
    everywhere, and another one at each point: so are two that do the same steps.
    """
    numbers = {x.gradient for x in found}
    return any(x.resolved for x in found) or (len(numbers) > 1 and all(x.same for x in found))


def _close(a: float, b: float, tolerance: float) -> bool:
    return a == b or abs(a - b) <= tolerance * max(abs(a), abs(b)) < math.inf
