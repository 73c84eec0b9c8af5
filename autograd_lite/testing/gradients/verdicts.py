"""Is a number the slope of a function at a point? The verdict of differences, which may be that they cannot tell."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from autograd_lite.testing.gradients.differences import Slope
from autograd_lite.testing.gradients.estimates import TINY
from autograd_lite.testing.gradients.foreign import EPSILON
from autograd_lite.testing.gradients.number_text import short, uncertain, uncertainty
from autograd_lite.testing.gradients.slopes import Around, steps, units_of

__all__ = [
    "NEGLIGIBLE",
    "RESOLVED",
    "UNRESOLVED",
    "Finding",
    "Verdict",
    "cautious",
    "check_slope",
    "negligible",
]

RESOLVED = 1e-4
"""An uncertainty above this part of the slope is too much to confirm it."""
NEGLIGIBLE = 1e-6
"""Unless it is an uncertainty of the result of less than this part of how the result changes."""
DOUBTS, UNSURE = 8.0, 0.1  # what is off by more, and known better than to this part, is plainly wrong in short floats
HIDDEN = "rounding hides the slope, the differences are too uncertain to confirm it"
RUN = 2  # so many windows in a row, with uncertainties of at most HALF_SURE, make a second opinion
HALF_SURE = 0.05
FEW = 64.0  # so few floats between 0 and the point do not tell a kink at the point from one at 0
UNRESOLVED = "it changes faster than the floats near here can follow"


class Verdict(StrEnum):
    """What came out of a check; equal to its text."""

    CONFIRMED = "confirmed"
    """The number is within the uncertainty of the differences."""
    KINK = "kink"
    """The slopes on both sides differ, and the number is between them."""
    BY_STEPS = "by steps"
    """The differences of the whole say too little, but those of every operation confirm its slope."""
    WRONG = "wrong"
    INCONCLUSIVE = "inconclusive"
    """The differences say too little."""
    JUMP = "jump"
    """The function jumps, and has no slope."""

    @property
    def good(self) -> bool:
        """Whether the number is confirmed in one way or another."""
        return self in {Verdict.CONFIRMED, Verdict.KINK, Verdict.BY_STEPS}


@dataclass(frozen=True, slots=True)
class Finding:
    """What differences say to a number that is claimed to be the slope."""

    verdict: Verdict
    expected: float
    """The slope by differences; of a kink the side nearest to the number. NaN if there is none."""
    uncertainty: float
    """How far off `expected` may be."""
    note: str = ""
    """What is special here, as a sentence without its full stop."""
    effect: float = 0.0
    """The uncertainty of the result after a large step, that comes from the uncertainty of the slope."""
    within: bool = False
    """Whether the number is within the uncertainty, whatever that is worth."""
    between: tuple[float, float] | None = None
    """The two slopes of a kink, the lower first."""

    @property
    def unresolved(self) -> bool:
        """Whether the function changes faster than the floats near the point can follow."""
        return self.note == UNRESOLVED

    def resolved(self, claimed: float) -> bool:
        """Whether the differences know the slope well enough to tell the number from others."""
        return self.uncertainty <= RESOLVED * max(abs(self.expected), abs(claimed))


def negligible(epsilon: float) -> float:
    """Return which part of how the result changes is too small to matter, for numbers of a type; see `NEGLIGIBLE`."""
    return NEGLIGIBLE if epsilon <= EPSILON else max(NEGLIGIBLE, 8.0 * math.sqrt(epsilon))


def cautious(finding: Finding, claimed: float, epsilon: float) -> Finding:
    """Return the finding; in short floats, of which steps see mostly rounding, what is not plainly wrong is unknown."""
    if epsilon <= EPSILON or finding.verdict != Verdict.WRONG or not math.isfinite(claimed):
        return finding
    size = max(abs(claimed), abs(finding.expected))
    plain = abs(claimed - finding.expected) > DOUBTS * finding.uncertainty and finding.uncertainty < UNSURE * size
    if plain and not finding.between:
        return finding
    return replace(finding, verdict=Verdict.INCONCLUSIVE, note=HIDDEN, within=True, between=None)


def check_slope(
    f: Callable[[float], float],
    x: float,
    claimed: float,
    *,
    noise: float = 0.0,
    rtol: float = 0.0,
    known: bool = False,
    scale: float = 1.0,
    epsilon: float = EPSILON,
) -> tuple[Finding, float]:
    """Judge whether `claimed` is the slope of `f` at `x`; also return by how much `f` was seen to change.

    Args:
        f: has a finite value at `x`; elsewhere it may raise, or return NaN, where it has none.
        x: the point.
        claimed: what should be the slope.
        noise: how far off a value of `f` may be besides the rounding of the result itself.
        rtol: how much of the slope the number may be off besides the uncertainty.
        scale: a distance over which `f` changes, beside |x| and 1, if it is more.
        epsilon: the distance from 1 to the next number of the type that `f` computes with: steps are on its grid, and a
            slope counts as known if it is as well as such numbers can tell it.
        known: whether `noise` is a bound, so that what is above it comes from the function and not from rounding.
    """
    around = Around(f, x, noise, epsilon)
    findings = []
    for depth in range(3):
        around.look(steps(x, depth, scale))
        findings.append(_judge(around, claimed, rtol, known=known, last=depth == 2))
        if findings[-1].verdict == Verdict.CONFIRMED:
            return findings[-1], around.reach()[1]
    before, last = findings[1:]
    if last.verdict == Verdict.WRONG and last.between and 0.0 < abs(x) < FEW * math.ulp(x):
        # Most of the smallest windows are beyond 0, where many functions have a kink.
        return _unknown(UNRESOLVED), around.reach()[1]
    # Where nothing bounds the rounding, what smaller windows see may be rounding, if larger ones could see as well.
    unsure = not known and last.verdict == Verdict.WRONG and math.isfinite(last.expected)
    return before if unsure and before.verdict in {Verdict.WRONG, Verdict.INCONCLUSIVE} else last, around.reach()[1]


def _unknown(note: str, verdict: Verdict = Verdict.INCONCLUSIVE) -> Finding:
    """The finding where differences give no slope."""
    return Finding(verdict, math.nan, math.inf, note)


def _judge(around: Around, claimed: float, rtol: float, *, known: bool, last: bool) -> Finding:
    reach, _ = around.reach()
    if around.constant and claimed == 0.0 and reach:
        least = 10.0 * (units_of(abs(around.middle)) + around.noise) / reach + TINY  # less would not be seen
        return Finding(Verdict.CONFIRMED, 0.0, least, "the result does not change with it", within=True)
    special = _special(around, claimed) if last else None
    left, right, both = around.slopes()
    special = special or _unsettled(around, left, right)
    if special:
        return special
    note = ""
    if left and right:
        gap, room = abs(left.value - right.value), left.error + right.error
        if gap > 4.0 * room:
            return _kink(left, right, claimed, rtol)
        if gap > room:
            slope = Slope(left.value + 0.5 * (right.value - left.value), 0.5 * gap + room, left.step)
        else:
            slope = min(left, right, key=_error)
            # what one side does not see cancels on two if the function is even, and is still there
            if both and both.error < slope.error and not around.waves(slope):
                apart = abs(both.value - slope.value)
                # If they contradict each other, one of the errors is too small, and nobody knows which.
                apart = apart if apart > both.error + slope.error else 0.0
                slope = Slope(both.value, both.error + 2.0 * apart, both.step)
    else:
        slope = left or right or Slope(math.nan, math.inf, 0.0)
        note = f"differences from the {'left' if left else 'right'} only, there are no finite values on the other side"
    finding = _compared(around, slope, claimed, rtol, note)
    if finding.verdict == Verdict.CONFIRMED or not last:
        return finding
    if finding.verdict == Verdict.INCONCLUSIVE:
        return replace(finding, note=UNRESOLVED) if around.waves(slope) else finding
    if not around.follows(slope):
        return Finding(Verdict.INCONCLUSIVE, slope.value, slope.error, UNRESOLVED)
    return finding if known else _second_opinion(around, claimed, slope, rtol) or finding


def _unsettled(around: Around, left: Slope | None, right: Slope | None) -> Finding | None:
    """The verdict where there are no values, or no slopes that settle."""
    there = around.sides()
    if not any(there):
        return _unknown("there are no finite values on either side")
    for side, slope, name in zip(there, (left, right), ("left", "right"), strict=True):
        if side and slope is None:
            return _unknown(f"the differences from the {name} do not settle")
    return None


def _compared(around: Around, slope: Slope, claimed: float, rtol: float, note: str) -> Finding:
    """The verdict on a number where the slope is known."""
    reach, moved = around.reach()
    within = abs(claimed - slope.value) <= slope.error + rtol * abs(slope.value)
    effect = slope.error * reach
    size = max(abs(slope.value), abs(claimed))
    if within and (
        slope.error <= max(RESOLVED, around.epsilon ** (1.0 / 3.0), rtol) * size or effect <= NEGLIGIBLE * moved
    ):
        return Finding(Verdict.CONFIRMED, slope.value, slope.error, note, effect, within)
    if within:
        note = f"{HIDDEN}; {note}" if note else HIDDEN
        return Finding(Verdict.INCONCLUSIVE, slope.value, slope.error, note, effect, within)
    return Finding(Verdict.WRONG, slope.value, slope.error, note, effect)


def _error(slope: Slope) -> float:
    return slope.error


def _special(around: Around, claimed: float) -> Finding | None:
    """The verdict on a number where the function has no slope in the usual sense."""
    side = around.jump()
    if side:
        return _unknown(f"the function jumps here, from its value to another on the {side}", Verdict.JUMP)
    vertical = _vertical(around, claimed)
    if vertical is None and any(around.stuck()):
        return _unknown(UNRESOLVED)
    return vertical


def _vertical(around: Around, claimed: float) -> Finding | None:
    """The verdict where secants grow without bound on a side."""
    left, right, _ = around.slopes()
    steepest = around.vertical()
    if not any(steepest):
        return None
    ends = [
        math.copysign(math.inf, steep) if steep else slope.value if slope else math.nan
        for steep, slope in zip(steepest, (left, right), strict=True)
    ]
    there = [end for end in ends if not math.isnan(end)]
    if len(set(there)) == 2:
        low, high = sorted(there)
        good = low <= claimed <= high
        nearest = low if claimed < low else high
        verdict = Verdict.KINK if good else Verdict.WRONG
        return Finding(verdict, nearest, 0.0, _two_slopes(*ends), 0.0, good, (low, high))
    steep = max(steepest, key=abs)
    if math.isfinite(claimed) and claimed * steep > 0.0 and abs(claimed) > abs(steep):
        note = f"the slope grows towards this point, to {short(steep)} at the smallest step: perhaps without bound"
        return _unknown(note)
    good, note = claimed == there[0], "the slope grows without bound towards this point"
    return Finding(Verdict.CONFIRMED if good else Verdict.WRONG, there[0], 0.0, note, 0.0, good)


def _kink(left: Slope, right: Slope, claimed: float, rtol: float) -> Finding:
    """The verdict where the slopes from the two sides differ."""
    low, high = sorted((left, right), key=lambda slope: slope.value)
    good = low.value - low.error - rtol * abs(low.value) <= claimed <= high.value + high.error + rtol * abs(high.value)
    nearest = min(low, high, key=lambda slope: abs(slope.value - claimed))
    note = _two_slopes(left.value, right.value)
    between = (low.value, high.value)
    return Finding(Verdict.KINK if good else Verdict.WRONG, nearest.value, nearest.error, note, 0.0, good, between)


def _two_slopes(left: float, right: float) -> str:
    return f"a kink, with slope {short(left)} on the left and {short(right)} on the right: any between them is accepted"


def _second_opinion(around: Around, claimed: float, slope: Slope, rtol: float) -> Finding | None:
    """The verdict if larger windows contradict smaller ones, and say that the claim is right."""
    left, right, both = ({estimate.step: estimate for estimate in row} for row in around.estimates())
    best: Slope | None = None
    run = 0
    for h, estimate in both.items():
        others = [side[h] for side in (left, right) if h in side]
        agree = all(abs(claimed - x.value) <= x.error + rtol * abs(x.value) for x in (estimate, *others))
        against = abs(estimate.value - slope.value) > estimate.error + slope.error
        run = run + 1 if agree and against and estimate.error <= HALF_SURE * abs(claimed) else 0
        if run >= RUN:
            best = min(best or estimate, estimate, key=_error)
    if best is None:
        return None
    note = (
        f"steps of {uncertainty(best.step)} give {uncertain(best.value, best.error)}, those of "
        f"{uncertainty(slope.step)} {uncertain(slope.value, slope.error)}: either rounding hides the slope, or the "
        "function changes on a small scale and on a large one"
    )
    return Finding(Verdict.INCONCLUSIVE, slope.value, slope.error, note)
