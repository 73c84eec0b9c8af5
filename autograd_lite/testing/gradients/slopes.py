"""The surroundings of a point of a function: windows of all sizes on both sides, and what they say together."""

import itertools
import math
import statistics
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from autograd_lite.testing.gradients.estimates import PLACES, Glimpse, Slope, glimpse, settled, symmetric, with_errors
from autograd_lite.testing.gradients.foreign import EPSILON

__all__ = ["Around", "Window", "largest_step", "steps", "units_of", "value_or_nan"]

UNITS = 4.0  # by how many units in the last place a value may be off
TINY = 2.0**-1074
SMALL = 2.0**-12  # of |x|: what is not smooth in a window of that size is taken for scatter
SHRUNK = 1e-6  # secants that are less steep than others by so much come near to 0
ALIKE = 6  # so many of the smallest windows tell a jump or a vertical tangent


@dataclass(frozen=True, slots=True)
class Window:
    """What was seen in one window: the slopes from the left, from the right and from both sides, if there are any."""

    step: float
    left: Glimpse | None
    right: Glimpse | None
    both: Glimpse | None
    moved: tuple[float, float]
    """The largest change of the value on the left and on the right; NaN where values are not finite."""
    noise: float
    """How far off a value may be."""


def value_or_nan(f: Callable[[], float]) -> float:
    """Return what `f` gives; NaN if it raises anything: away from the point of a check it has no value there."""
    try:
        return f()
    except Exception:  # noqa: BLE001  (a function of the user's may raise whatever it likes outside its domain)
        return math.nan


def units_of(size: float) -> float:
    """How far off a value of that size may be that was computed with care."""
    return UNITS * sys.float_info.epsilon * size + UNITS * TINY


def largest_step(x: float, scale: float = 1.0) -> int:
    """Return the exponent of the largest step: an eighth of |x|, or of the scale if that is more."""
    return math.frexp(max(scale, abs(x)))[1] - 4


def steps(x: float, depth: int, scale: float = 1.0) -> list[float]:
    """Return the sizes of the windows to look through at `x`, powers of 2, ascending.

    Depth 0 is four windows or less: suited to functions that change over distances of |x| or of the scale, and two
    smaller ones. Depth 1 is all from there up, each a quarter of the next one, or further apart between |x| and the
    scale.
    Depth 2 goes on to the smallest that has floats enough, which is where kinks are found that are very near.
    """
    top = largest_step(x, scale)
    if x == 0.0:
        if depth == 0:
            return [math.ldexp(1.0, k) for k in (top - 23, top - 13, top - 2)]
        # No smaller: a square or fourth power of the step has to stay above zero.
        chosen = {*range(top, -60, -2), *(range(-60, -261, -20) if depth == 2 else ())}
    else:
        own = min(top, max(math.frexp(x)[1] - 4, -1072))
        grid = math.frexp(math.ulp(x))[1] + 1
        bottom = grid if depth == 2 else max(grid, own - 23)
        if depth == 0:
            chosen = {top - 2, own - 2, own - 13, own - 23}
        else:
            chosen = {*range(top, max(own, top - 30), -2), *range(top, own, -40), *range(own, bottom - 1, -2)}
        chosen = {k for k in chosen if k >= bottom}
    return [math.ldexp(1.0, k) for k in sorted(chosen)]


class Around:
    """The surroundings of a point of a function of one number, seen through windows."""

    def __init__(self, f: Callable[[float], float], x: float, noise: float = 0.0, epsilon: float = EPSILON) -> None:
        """Look at `f` around `x`, its values being off by `noise` besides the rounding of the result itself.

        `epsilon` is the distance from 1 to the next number of the type that `f` computes with: it gets no others.

        Away from `x`, any error of `f` means that it has no value there.
        """
        self.x = x
        self.noise = noise
        self.epsilon = epsilon
        self._f = f
        self._values: dict[float, float] = {x: f(x)}
        self._windows: dict[float, Window] = {}
        self._estimates: tuple[int, tuple[list[Slope], list[Slope], list[Slope]]] = 0, ([], [], [])

    @property
    def middle(self) -> float:
        """The value at the point."""
        return self._values[self.x]

    def __call__(self, x: float) -> float:
        """The value at `x`, NaN where there is none."""
        if x not in self._values:
            self._values[x] = value_or_nan(lambda: self._f(x)) if math.isfinite(x) else math.nan
        return self._values[x]

    @property
    def constant(self) -> bool:
        """Whether all values seen are the same, where there are any."""
        return all(value == self.middle or math.isnan(value) for value in self._values.values())

    def look(self, sizes: Iterable[float]) -> None:
        """Look through windows of these sizes."""
        for h in sizes:
            if h not in self._windows:
                self._windows[h] = self._window(h)

    @property
    def windows(self) -> list[Window]:
        """The windows looked through so far, smallest first."""
        return [self._windows[h] for h in sorted(self._windows)]

    def _window(self, h: float) -> Window:
        sides = [self._side(h, -1.0), self._side(h, 1.0)]
        there = [side for side in sides if side]
        sizes = [abs(self.middle), *(abs(self.middle + change) for _, changes in there for change in changes)]
        noise = units_of(max(sizes)) + self.noise
        steepest = max((abs(c / at) / h for side in there for at, c in zip(*side, strict=True)), default=0.0)
        # The last term: what the rounding of the argument, in the first operation of the function, may amount to.
        unsure = noise + UNITS * self.epsilon * abs(self.x) * steepest
        left, right = (glimpse(*side, h, noise, unsure) if side else None for side in sides)
        both = None
        if len(there) == 2:
            at, changes = (there[0][k] + there[1][k] for k in (0, 1))
            both = glimpse(at, changes, h, noise, unsure)
        moved = [max(map(abs, side[1])) if side else math.nan for side in sides]
        return Window(h, left, right, both, (moved[0], moved[1]), noise)

    def _side(self, h: float, sign: float) -> tuple[list[float], list[float]] | None:
        """The points on a side, in units of h as they came out on the grid of floats, and the changes of the value."""
        points = [self.x + sign * h * place for place in PLACES]
        if self.epsilon > EPSILON:
            points = [_rounded(point, self.epsilon) for point in points]
        at = [(point - self.x) / h for point in points]
        if len({0.0, *at}) <= len(PLACES):
            return None
        changes = [self(point) - self.middle for point in points]
        return (at, changes) if all(map(math.isfinite, changes)) else None

    # --- what the windows say together -----------------------------------------------------------------------------

    def estimates(self) -> tuple[list[Slope], list[Slope], list[Slope]]:
        """Return what every window says, smallest first: from the left, from the right, from both sides."""
        if self._estimates[0] != len(self._windows):
            limit, grid = self._limit(), self._grid()
            seen = [w for w in self.windows if w.step <= limit]
            rows = [w.left for w in seen], [w.right for w in seen], [w.both for w in seen]
            left, right, both = (with_errors(row, grid) for row in rows)
            self._estimates = len(self._windows), (left, right, symmetric(both, [*rows[0], *rows[1]]))
        return self._estimates[1]

    def _limit(self) -> float:
        """The largest window in which to trust: where the values end, the function need not be smooth further on.

        That goes for the other side too, for which the end is as near. If values end at the point itself, there is no
        such distance, but that to 0, where the domains of many functions end.
        """
        ends = [max((w.step for w in self.windows if math.isfinite(w.moved[side])), default=0.0) for side in (0, 1)]
        if min(ends) == 0.0 and self.x != 0.0:
            return max(abs(self.x), self.windows[0].step)
        return min(ends) or max(ends)

    def slopes(self) -> tuple[Slope | None, Slope | None, Slope | None]:
        """Return the slope from the left, from the right and from both sides, where there are any."""
        left, right, both = self.estimates()
        return settled(left), settled(right), settled(both)

    def sides(self) -> tuple[bool, bool]:
        """Return whether there are values on the left and on the right."""
        left, right = ([math.isfinite(w.moved[side]) for w in self.windows] for side in (0, 1))
        return any(left), any(right)

    def reach(self) -> tuple[float, float]:
        """Return the size of the largest window with values, and by how much the value changes in it."""
        for window in reversed(self.windows):
            seen = [moved for moved in window.moved if math.isfinite(moved)]
            if seen:
                return window.step, max(seen)
        return 0.0, 0.0

    def scatter(self) -> float:
        """Return how far off values seem to be, from what is not smooth in windows so small that all else is."""
        small = SMALL * (abs(self.x) or 1.0)
        return max((w.both.change / w.both.magnified for w in self.windows if w.both and w.step <= small), default=0.0)

    def follows(self, slope: Slope) -> bool:
        """Whether the slope of a window says more than that the values in it are as far apart as they are."""
        window = self._windows[slope.step]
        moved = max((m for m in window.moved if math.isfinite(m)), default=0.0)
        if moved <= 64.0 * window.noise or slope.error * slope.step < 0.1 * moved:
            return True
        # As x * sqrt(abs(x)) at 0, whose secants come to 0 slowly: how steep they are in larger windows is known.
        steep = [m / w.step for w in self.windows if w.step >= slope.step for m in w.moved if math.isfinite(m)]
        return slope.error < SHRUNK * max(steep, default=0.0)

    def waves(self, slope: Slope) -> bool:
        """Whether the slope of a side says no more than that, and not for rounding alone: waves, not noise."""
        seen = (side for w in self.windows if w.step <= slope.step for side in (w.left, w.right) if side)
        return not self.follows(slope) and any(side.loud for side in seen)

    def stuck(self) -> tuple[bool, bool]:
        """Return whether the changes on the left and on the right do not shrink, down to the smallest windows."""
        sides = []
        for side in (0, 1):
            seen = [w for w in self.windows if math.isfinite(w.moved[side])][:ALIKE]
            moved = [w.moved[side] for w in seen]
            room = max(64.0 * seen[0].noise, self._nothing(side)) if seen else 0.0
            # The middle one of the larger three: a single window may have seen a pole.
            sides.append(len(seen) == ALIKE and max(moved[:2]) > max(room, 0.2 * statistics.median(moved[-3:])))
        return sides[0], sides[1]

    def _nothing(self, side: int) -> float:
        """A change that is none: what the slope on the other side makes of a few floats.

        The point may be that far from a kink, and then the values on this side all differ from its own by as much.
        """
        seen = [w.moved[1 - side] / w.step for w in self.windows if math.isfinite(w.moved[1 - side])][:ALIKE]
        return 16.0 * math.ulp(self.x) * seen[-1] if seen else 0.0

    def _near(self, side: int, count: int) -> list[tuple[float, float]]:
        """Offsets and changes of the value in the `count` smallest windows on the left (0) or right (1), ascending."""
        sign = 2.0 * side - 1.0
        seen = [w.step for w in self.windows if math.isfinite(w.moved[side])][:count]
        points = [self.x + sign * h * place for h in seen for place in reversed(PLACES)]
        return sorted((abs(point - self.x), self(point) - self.middle) for point in points)

    def jump(self) -> str:
        """Return on which side the function jumps from its value at the point to another: "left", "right" or ""."""
        for side, name in enumerate(("left", "right")):
            changes = [change for _, change in self._near(side, ALIKE // 2)]
            sizes = [abs(change) for change in changes]
            same = len({change > 0.0 for change in changes}) == 1
            if self.stuck()[side] and same and min(sizes) > 0.8 * max(sizes):
                return name
        return ""

    def vertical(self) -> tuple[float, float]:
        """Return the slope of the steepest secant on each side on which secants grow without bound; elsewhere 0.0.

        That is so if they grow from each point of the smallest windows to the next nearer one, and from window to
        window as much as before or more.
        """
        steepest = []
        for side, sign in ((0, -1.0), (1, 1.0)):
            points = self._near(side, ALIKE)
            sizes = [abs(change / offset) for offset, change in points]
            growth = [a - b for a, b in itertools.pairwise(sizes[:: len(PLACES)])]
            steady = all(a > b for a, b in itertools.pairwise(sizes)) and len({c > 0.0 for _, c in points}) == 1
            steady = steady and max(abs(change) for _, change in points) > self._nothing(side)
            if steady and len(growth) == ALIKE - 1 and all(a >= 0.97 * b for a, b in itertools.pairwise(growth)):
                steepest.append(math.copysign(sizes[0], sign * points[0][1]))
            else:
                steepest.append(0.0)
        return steepest[0], steepest[1]

    def _grid(self) -> float:
        """The spacing of the values, if it is much coarser than that of floats of their size, else 0.0.

        It is what remains of the rounding of a large number from which another was subtracted.
        """
        values = {abs(value) for value in self._values.values() if math.isfinite(value) and value}
        if len(values) < 4:
            return 0.0
        lowest = min(map(_lowest_bit, values))
        return math.ldexp(1.0, lowest) if lowest - math.frexp(max(values))[1] > -48 else 0.0


def _rounded(x: float, epsilon: float) -> float:
    """The number nearest to x of those that are `epsilon` apart beyond 1."""
    mantissa, exponent = math.frexp(x)
    return math.ldexp(round(2.0 * mantissa / epsilon) * epsilon, exponent - 1)


def _lowest_bit(x: float) -> int:
    """The exponent of the lowest bit that is set."""
    mantissa, exponent = math.frexp(x)
    whole = int(math.ldexp(mantissa, 53))
    return exponent - 53 + (whole & -whole).bit_length() - 1
