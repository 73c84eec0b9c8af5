"""The slope at a point from values around it, and how far off it may be: one window, and a row of windows.

A derivative is a limit, and no one step is right for every function: what is smooth at 0.1 may have a kink at 1e-7, and
at 1e-12 the values may be nothing but rounding. So a point is looked at through windows of many sizes h. In a window
there are four points to the right and four to the left, and the slope at the middle is found from the secants to
them: from those on one side, or from all eight (the polynomial through the points; Richardson's extrapolation for
steps that are not halves of each other, so that no period of the function can match them).

The error of such a slope is estimated from three things: how much it changes when one of the points (a pair, for all
eight) is left out; what the rounding of the values, magnified by the division by h, can amount to; and the scatter
that was seen in smaller windows. Where the changes shrink with h more slowly than they do for a smooth function, the
secants approach their limit slowly, and the changes are taken 40 times instead of four times.

Windows are then read from the smallest on. A larger one is believed if it agrees with those before within the errors;
of those that agree the one with the smallest error is the result. So a kink near the point costs digits, no more.
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

__all__ = ["PLACES", "TINY", "UNIT", "Glimpse", "Slope", "glimpse", "settled", "symmetric", "with_errors"]

PLACES = (1.0, 0.71, 0.47, 0.26)
"""Where in a window of size 1 the points are, on each side."""
UNIT, TINY = 2.0**-52, 2.0**-1073  # no number here is known better
SMOOTH = 4.0  # so many times the error is what leaving out a point changes
EVEN = 1e-6  # by so much at most the errors of the two sides cancel
SLOW = 40.0  # the same where secants come near their limit slowly: enough for those that are off by h**0.05


@dataclass(frozen=True)
class Slope:
    """A slope found by differences: the value, how far off it may be, and the step h of the first difference."""

    value: float
    error: float
    step: float

    def confirms(self, gradient: float) -> bool:
        """Whether the gradient is within the estimated error."""
        return abs(gradient - self.value) <= self.error


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What one window says of the slope, before the error is known."""

    slope: float
    change: float
    """By how much the slope, times h, changes when a point is left out."""
    magnified: float
    """What an error of 1 in every value makes of the slope, times h."""
    noise: float
    """How far off a value may be."""
    unsure: float
    """The same, together with what the rounding of the argument may amount to."""
    step: float
    """The size h of the window."""

    @property
    def loud(self) -> bool:
        """Whether the changes are more than rounding, as far as it is known, can explain."""
        return self.change > 8.0 * self.noise * self.magnified


def _weights(at: Sequence[float]) -> list[float]:
    """With these, secants to the points `at` sum up to the slope at 0 of the polynomial through all of them and 0."""
    return [math.prod([b / (b - a) for b in at if b != a]) for a in at]


def glimpse(at: Sequence[float], changes: Sequence[float], h: float, noise: float, unsure: float) -> Glimpse | None:
    """Return what a window says; None where that is beyond the largest float.

    Args:
        at: where the points are, in units of h; four, or twice four with a pair at the same places in each half.
        changes: the values there, less the one in the middle.
        h: the size of the window.
        noise: how far off a value may be.
        unsure: the same, together with what the rounding of the argument may amount to.
    """
    secants = [change / a for change, a in zip(changes, at, strict=True)]
    weights = _weights(at)
    weighted = [w * q for w, q in zip(weights, secants, strict=True)]
    slope = sum(weighted)
    change = 0.0
    n = len(PLACES)
    for k in range(n):  # the k-th point left out, on each side: that takes its factor out of the other weights
        left_out = at[k::n]
        fewer = sum(
            x * math.prod([1.0 - a / b for b in left_out])
            for i, (x, a) in enumerate(zip(weighted, at, strict=True))
            if i % n != k
        )
        change = max(change, abs(slope - fewer))
    parts = [w / a for w, a in zip(weights, at, strict=True)]
    magnified = sum(map(abs, parts)) + abs(sum(parts))
    if not math.isfinite(slope / h) or not math.isfinite(change):
        return None
    return Glimpse(slope / h, change, magnified, noise, unsure, h)


def with_errors(glimpses: Iterable[Glimpse | None], grid: float) -> list[Slope]:
    """Return the slopes of windows of ascending size, with their errors; those whose error is infinite are left out.

    `grid` is how far off every value is, if not more.
    """
    seen = [g for g in glimpses if g is not None]
    scatter = [g.change / g.magnified for g in seen]  # as if all the change were rounding
    slopes = []
    for k, g in enumerate(seen):
        if any(_diverging(seen[i : i + 3]) for i in range(max(0, k - 2), k + 1)):
            continue
        noise = max(g.unsure, grid, *(2.0 * s for s in scatter[max(0, k - 2) : k]))
        slow = any(itertools.starmap(_slow, itertools.pairwise(seen[max(0, k - 1) : k + 2])))
        error = ((SLOW if slow else SMOOTH) * g.change + noise * g.magnified) / g.step
        error += UNIT * abs(g.slope) + TINY
        if math.isfinite(error):
            slopes.append(Slope(g.slope, error, g.step))
    return slopes


def _slow(small: Glimpse, large: Glimpse) -> bool:
    """Whether the changes shrink so slowly with the window that the function cannot be smooth here."""
    ratio = small.step / large.step
    return small.loud and large.change * ratio**2.5 < small.change < large.change * ratio


def _diverging(seen: Sequence[Glimpse]) -> bool:
    """Whether slopes grow ever more towards the smaller of these three windows, by more than rounding makes them."""
    return len(seen) == 3 and all(
        small.loud and small.slope * large.slope > 0.0 and abs(small.slope) > 1.3 * abs(large.slope)
        for small, large in itertools.pairwise(seen)
    )


def symmetric(both: Iterable[Slope], sides: Iterable[Glimpse | None]) -> list[Slope]:
    """Return the slopes from both sides, with errors no smaller than a part of those of the sides.

    Where the sides do not see the function at all, their errors cancel if it is nearly even around the point.
    """
    change: dict[float, float] = {}
    for side in sides:
        if side:
            change[side.step] = max(side.change, change.get(side.step, 0.0))
    return [replace(x, error=max(x.error, EVEN * SMOOTH * change.get(x.step, 0.0) / x.step)) for x in both]


def settled(slopes: Sequence[Slope]) -> Slope | None:
    """Return the result of a row of windows, smallest first; windows after two that disagree are not believed."""
    best: Slope | None = None
    against = 0
    for slope in slopes:
        if best is None or abs(slope.value - best.value) <= slope.error + best.error:
            against = 0
            if best is None or slope.error < best.error:
                best = slope
        else:
            against += 1
            if against == 2:
                break
    return best
