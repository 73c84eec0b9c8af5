"""A gradient with many entries along a direction, in which all of them move at once; and where such a slope is wrong.

Along d the slope is the product of the gradient and d. Each entry moves by a power of 2 times a random sign: a single
wrong entry makes the slope wrong whatever the signs are, and several wrong ones seldom cancel. The power of 2 is that
of the entry or of the root mean square of its array, whichever is more: so the sums x + t d are exact for all t that
differences take near 1, and no step is large for its array.
"""

import functools
import itertools
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograd_lite.testing.gradients.estimates import Slope
from autograd_lite.testing.gradients.foreign import EPSILON
from autograd_lite.testing.gradients.parts import Memory
from autograd_lite.testing.gradients.slopes import Around
from autograd_lite.testing.gradients.structure import Structure
from autograd_lite.testing.gradients.subject import Subject
from autograd_lite.testing.gradients.verdicts import Finding, Verdict, cautious, check_slope

__all__ = ["ROUNDINGS", "Direction", "Directions", "Group", "scales", "signed"]

FOUND = 4
"""So many wrong entries are looked for."""
KINKS = 200  # so many groups are looked at for kinks
ARRAYS = 64  # so many are looked at one by one
PLAIN = 100.0  # so many times the uncertainty are off by much
ROUNDINGS = 8.0  # by how many units in the last place an entry of the gradient may be off
SMALL = (1e-3, 1e-6)  # entries with less than this part of the largest effect are moved by themselves too


@dataclass(frozen=True, slots=True)
class Direction:
    """By how much each entry moves, and what came out."""

    moves: Any
    claimed: float
    """The slope that the gradient makes of it."""
    finding: Finding
    moved: float
    """By how much the result was seen to change."""
    step: float = 0.0
    """The window in which the slope is seen best, if it is wrong."""
    sure: bool = True
    """Whether the slope was looked at through all windows."""


@dataclass(frozen=True, slots=True)
class Group:
    """Entries that follow each other, and how far off the slope is along their moves alone."""

    low: int
    high: int
    off: float
    error: float
    """How far off `off` may be."""
    step: float
    """The window in which to look at it."""

    @property
    def clear(self) -> bool:
        """Whether the slope is off by more than the uncertainty."""
        return abs(self.off) > self.error


class Directions:
    """The directions in which the inputs of a subject move together."""

    def __init__(self, subject: Subject, gradient: Any, noise: float, rtol: float, seed: int) -> None:
        """Prepare directions for a gradient; entries of it that are not finite do not move."""
        self._subject, self._gradient, self._noise, self._rtol = subject, gradient, noise, rtol
        self._random = random.Random(seed)  # noqa: S311  (no secret)
        self._epsilon = subject.inputs.epsilon
        self._point: Any = subject.inputs.flat
        self._memory, self._steps = Memory(self._point), Memory(self._point).copy()
        self._scales = _finite(scales(subject.inputs, self._point), gradient)
        self.tiers = _tiers(self._scales, gradient, [part for part in SMALL if part > math.sqrt(self._epsilon)])
        """The moves of entries with small slopes alone, if there are such."""
        # What is small for lack of a unit may still move by parts of 1.
        self._reach = max(1.0, 1.0 / max(*self._scales, math.ldexp(1.0, -40)))

    def draw(self, tier: int | None = None) -> Any:
        """Return by how much entries move in a new direction, all of them or those of a tier."""
        return signed(self._scales if tier is None else self.tiers[tier], self._random)

    def look(self, moves: Any) -> Direction:
        """Look at the slope along a direction through few windows: that is enough to see that it is off by much."""
        around = Around(self._along(moves, 0, len(moves)), 1.0, self._noise, self._epsilon)
        around.look(math.ldexp(1.0, -k) for k in (5, 10, 16))
        claimed, room = self._claimed(moves, 0, len(moves))
        best = _best(around)
        if best is None or abs(claimed - best.value) <= PLAIN * (best.error + room):
            return Direction(moves, claimed, Finding(Verdict.INCONCLUSIVE, math.nan, math.inf), 0.0)
        finding = Finding(Verdict.WRONG, best.value, best.error + room)
        return Direction(moves, claimed, finding, around.reach()[1], best.step, sure=False)

    def check(self, moves: Any) -> Direction:
        """Check the slope along a direction."""
        along = functools.cache(self._along(moves, 0, len(moves)))
        claimed, room = self._claimed(moves, 0, len(moves))
        finding, moved = check_slope(
            along,
            1.0,
            claimed,
            noise=self._noise,
            known=self._subject.recorded,
            scale=self._reach,
            epsilon=self._epsilon,
            fit=0,
        )
        finding = cautious(finding, claimed, self._epsilon)
        off = abs(claimed - finding.expected)
        if finding.verdict == Verdict.WRONG and off <= finding.uncertainty + room:
            finding = replace(finding, verdict=Verdict.CONFIRMED, note="", between=None)
        finding = replace(finding, uncertainty=finding.uncertainty + room)
        if finding.verdict != Verdict.WRONG:
            return Direction(moves, claimed, finding, moved)
        around = Around(along, 1.0, self._noise, self._epsilon)
        around.look(math.ldexp(1.0, -k) for k in (3, 5, 9, 13, 16, 21))
        best = _best(around)
        return Direction(moves, claimed, finding, moved, best.step if best else 2.0**-13)

    def _along(self, moves: Any, low: int, high: int) -> Callable[[float], float]:
        """The subject as a function of t, with the entries from `low` to `high` moved by t - 1 times their moves."""

        def value(t: float) -> float:
            row = self._memory.copy()
            if hasattr(row, "shape"):
                import numpy as np

                np.multiply(moves[low:high], t - 1.0, out=self._steps[low:high])
                row[low:high] += self._steps[low:high]
            else:
                row[low:high] = [x + (t - 1.0) * d for x, d in zip(row[low:high], moves[low:high], strict=True)]
            return self._subject.value(row)

        return value

    def _claimed(self, moves: Any, low: int, high: int) -> tuple[float, float]:
        """The slope that the gradient makes of a direction, and how far off that may be."""
        g, d = self._gradient[low:high], moves[low:high]
        if hasattr(d, "shape"):
            import numpy as np

            products = np.where(d == 0.0, 0.0, g) * d
            total, size, square = products.sum(), np.abs(products).sum(), np.sqrt(products @ products)
        else:
            products = [a * b if b else 0.0 for a, b in zip(g, d, strict=True)]
            total, size, square = math.fsum(products), sum(map(abs, products)), math.hypot(*products)
        return float(total), float(ROUNDINGS * self._epsilon * square + (EPSILON + self._rtol) * size)

    # --- where it is wrong -----------------------------------------------------------------------------------------

    def groups(self, direction: Direction) -> list[Group]:
        """Return how far off the slope of each array is along a direction; of all entries together without arrays."""
        moves, inputs = direction.moves, self._subject.inputs
        ends = [leaf.start for leaf in inputs.leaves[1:] if leaf.shape] if len(inputs.leaves) <= ARRAYS else []
        return [
            self._group(moves, low, high, direction.step) for low, high in itertools.pairwise([0, *ends, len(moves)])
        ]

    def wrong_entries(self, direction: Direction, groups: Sequence[Group]) -> Iterator[tuple[int, int]]:
        """Find entries that make a slope wrong, by bisection; yield the ends of the smallest groups seen to be wrong.

        How far off the slope of a group is, is that of its halves together: one of them is measured, the other one
        follows. It ends when what was found explains how far off the slope of the direction is.
        """
        stack = sorted((group for group in groups if group.clear), key=_size)
        missing = direction.claimed - direction.finding.expected
        enough = 1e-3 * abs(missing) + 2.0 * direction.finding.uncertainty
        found = 0
        while stack and found < FOUND and (not found or abs(missing) > enough):
            group = stack.pop()
            halves = self._halves(direction.moves, group) if group.high - group.low > 1 else []
            if halves:
                stack += sorted(halves, key=_size)
                continue
            found += 1
            missing -= group.off
            yield group.low, group.high

    def _halves(self, moves: Any, group: Group) -> list[Group]:
        """The halves of a group that are wrong."""
        middle = (group.low + group.high) // 2
        left = self._group(moves, group.low, middle, group.step)
        right = Group(middle, group.high, group.off - left.off, group.error + left.error, group.step)
        if not left.clear and not right.clear:
            right = self._group(moves, middle, group.high, group.step)
        return [half for half in (left, right) if half.clear]

    def _group(self, moves: Any, low: int, high: int, step: float) -> Group:
        """How far off the slope of a group is."""
        around = Around(self._along(moves, low, high), 1.0, self._noise, self._epsilon)
        around.look([step])
        claimed, room = self._claimed(moves, low, high)
        best = _best(around)
        if best is None:
            return Group(low, high, 0.0, math.inf, step)
        return Group(low, high, claimed - best.value, best.error + room, step)

    # --- where it has a kink ---------------------------------------------------------------------------------------

    def kinks(self, moves: Any) -> list[tuple[int, int]]:
        """Find entries that put the point at a kink; return the ends of the smallest groups in which they were seen.

        There the slopes that are accepted singly need not add up: along a direction nobody knows what is right.
        """
        ends = [0, *(leaf.start for leaf in self._subject.inputs.leaves[1:]), len(moves)]
        stack = list(itertools.pairwise(ends)) if len(ends) <= ARRAYS else [(0, len(moves))]
        found, seen = [], 0
        while stack:
            low, high = stack.pop()
            seen += 1
            if not self._bent(moves, low, high):
                continue
            if high - low == 1 or seen > KINKS:
                found.append((low, high))
            else:
                middle = (low + high) // 2
                stack += [(middle, high), (low, middle)]
        return found

    def _bent(self, moves: Any, low: int, high: int) -> bool:
        """Whether the slopes of a group on both sides of the point differ."""
        around = Around(self._along(moves, low, high), 1.0, self._noise, self._epsilon)
        around.look([2.0**-16 if self._epsilon <= EPSILON else 2.0**-6])
        left, right, _ = around.estimates()
        return any(abs(a.value - b.value) > 4.0 * (a.error + b.error) for a, b in zip(left, right, strict=False))

    def hold(self, groups: Sequence[tuple[int, int]]) -> None:
        """Move these entries no more."""
        for row in (self._scales, *self.tiers):
            for low, high in groups:
                row[low:high] = 0.0 * row[low:high] if hasattr(row, "shape") else [0.0] * (high - low)

    def missed(self, directions: Sequence[Direction]) -> tuple[float, int]:
        """Return which error of a single entry could have been missed, and in how many 0.1 % would have been seen."""
        known = [(d.finding.uncertainty, d.moves) for d in directions if d.finding.verdict == Verdict.CONFIRMED]
        if not known:
            return math.inf, 0
        if hasattr(known[0][1], "shape"):
            import numpy as np

            with np.errstate(divide="ignore"):
                least = np.min([2.0 * u / np.abs(moves) for u, moves in known], axis=0)
            return float(least.max()), int((least <= 1e-3 * np.abs(self._gradient)).sum())
        sizes = [
            min(2.0 * u / abs(moves[k]) if moves[k] else math.inf for u, moves in known)
            for k in range(len(self._gradient))
        ]
        return max(sizes), sum(x <= 1e-3 * abs(g) for x, g in zip(sizes, self._gradient, strict=True))


def _best(around: Around) -> Slope | None:
    """The slope that is known best."""
    return min(filter(None, around.slopes()), key=lambda slope: slope.error, default=None)


def _size(group: Group) -> float:
    return abs(group.off)


def _power(x: float) -> float:
    """The least power of 2 above a number; 1 for 0."""
    return math.ldexp(1.0, math.frexp(x)[1]) if x else 1.0


def scales(inputs: Structure, point: Any) -> Any:
    """Return by how much entries move: powers of 2, at least their own size and that of their array."""
    if not inputs.arrays:
        typical = _power(math.sqrt(math.fsum(x * x for x in point) / len(point)))
        return [max(typical, _power(x)) for x in point]
    import numpy as np

    moves = np.empty(len(point))
    for leaf in inputs.leaves:
        part = np.asarray(point[leaf.start : leaf.start + leaf.size])
        typical = _power(float(np.sqrt(np.mean(part * part))))
        # Short floats beyond a power of 2 are few: twice the move is exact there too.
        twice = 2.0 if leaf.epsilon > EPSILON else 1.0
        moves[leaf.start : leaf.start + leaf.size] = np.maximum(typical, np.ldexp(1.0, np.frexp(part)[1])) * twice
    return moves


def _finite(moves: Any, gradient: Any) -> Any:
    """The moves of entries with a slope, 0 elsewhere."""
    if hasattr(moves, "shape"):
        import numpy as np

        return np.where(np.isfinite(gradient), moves, 0.0)
    return [d if math.isfinite(g) else 0.0 for d, g in zip(moves, gradient, strict=True)]


def _tiers(scales: Any, gradient: Any, parts: Sequence[float]) -> list[Any]:
    """The same moves for entries with small slopes alone, which would be lost beside those with large ones."""
    if hasattr(scales, "shape"):
        import numpy as np

        effects = np.where(scales == 0.0, 0.0, np.abs(gradient)) * scales
        tiers = [np.where(effects <= part * effects.max(), scales, 0.0) for part in parts]
        return [moves for moves in tiers if moves.any()]
    effects = [abs(g) * s if s else 0.0 for g, s in zip(gradient, scales, strict=True)]
    most = max(effects)
    lists = [[s if e <= part * most else 0.0 for s, e in zip(scales, effects, strict=True)] for part in parts]
    return [moves for moves in lists if any(moves)]


def signed(moves: Any, drawn: random.Random) -> Any:
    """Return the moves, each with a random sign."""
    if hasattr(moves, "shape"):
        import numpy as np

        signs = np.random.default_rng(drawn.getrandbits(64)).integers(0, 2, len(moves), dtype=np.int8)
        return moves * (2.0 * signs - 1.0)
    return [d if drawn.getrandbits(1) else -d for d in moves]
