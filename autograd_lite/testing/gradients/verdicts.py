"""Is a number the slope of a function at a point? The verdict of differences, which may be that they cannot tell."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from autograd_lite.testing.gradients.estimates import TINY, Slope
from autograd_lite.testing.gradients.fits import PAIRS, fitted
from autograd_lite.testing.gradients.foreign import EPSILON
from autograd_lite.testing.gradients.number_text import short, uncertain, uncertainty
from autograd_lite.testing.gradients.slopes import Around, largest_step, steps, units_of

__all__ = [
    "NEGLIGIBLE",
    "RESOLVED",
    "UNRESOLVED",
    "UNSEEN",
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
SHARP = 4e-10
"""To an uncertainty of this part of the slope more windows are looked through, though some have confirmed it."""
ENOUGH = 1e-6
"""To an uncertainty of this part of the slope more values are fitted than at first."""
DOUBTS, UNSURE = 8.0, 0.1  # what is off by more, and known better than to this part, is plainly wrong in short floats
HIDDEN = "rounding hides the slope, the differences are too uncertain to confirm it"
RUN = 2  # so many windows in a row, with uncertainties of at most HALF_SURE, make a second opinion
HALF_SURE = 0.05
FEW = 64.0  # so few floats between 0 and the point do not tell a kink at the point from one at 0
UNSEEN = 1e-6  # a slope that rounding may hide passes for 0 up to that, if nothing else gives a scale
STILL = "the result does not change with it"
EDGE = "rounding hides the slope, and the number is at the edge of what it may be"
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
    step: float = 0.0
    """The size of the window in which the slope was seen; 0.0 if that says nothing."""
    scatter: float = 0.0
    """How far off values seem to be, from how they scatter."""
    between: tuple[float, float] | None = None
    """The two slopes of a kink, the lower first."""

    @property
    def unresolved(self) -> bool:
        """Whether the function changes faster than the floats near the point can follow."""
        return self.note == UNRESOLVED

    @property
    def still(self) -> bool:
        """Whether the function did not change at all."""
        return self.note == STILL

    def hidden(self, why: str = "it does not depend on the inputs, or rounding hides every change") -> "Finding":
        """The finding where nothing that was seen says whether there is a slope."""
        return replace(self, verdict=Verdict.INCONCLUSIVE, note=f"the result does not change at all: {why}")

    def widened(self, room: float, claimed: float) -> "Finding":
        """The finding with a larger uncertainty, by which a number that was outside it may be confirmed."""
        error = self.uncertainty + room
        right = self.verdict == Verdict.WRONG and not self.between and abs(claimed - self.expected) <= error
        right = right and error <= RESOLVED * abs(self.expected)
        return replace(self, uncertainty=error, verdict=Verdict.CONFIRMED if right else self.verdict)

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
    return replace(finding, verdict=Verdict.INCONCLUSIVE, note=HIDDEN, within=False, between=None)


def check_slope(
    f: Callable[[float], float],
    x: float,
    claimed: float,
    *,
    noise: float = 0.0,
    rtol: float = 0.0,
    known: bool = False,
    scale: float = 1.0,
    fit: int = max(PAIRS),
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
        known: whether `noise` is a bound, so that what is above it comes from the function and not from rounding.
        fit: how many pairs of values to ask for in a window where rounding hides digits, at most; 0 to be content with
            what the first windows confirm.
        epsilon: the distance from 1 to the next number of the type that `f` computes with: steps are on its grid, and a
            slope counts as known if it is as well as such numbers can tell it.
    """
    around = Around(f, x, noise, epsilon)
    finding = _found(around, claimed, rtol, scale, known=known, quick=not fit or epsilon > EPSILON)
    if not known and fit and epsilon == EPSILON:
        finding = _sharpened(finding, around, claimed, rtol, scale, fit)
    return replace(finding, scatter=around.scatter()), around.reach()[1]


def _found(around: Around, claimed: float, rtol: float, scale: float, *, known: bool, quick: bool) -> Finding:
    """The verdict from windows on both sides, of which more are looked through where that helps.

    What few windows confirm more of them may contradict only if they are sharper, and agree with these on the slope.
    """
    around.look(steps(around.x, 0, scale))
    first = _judge(around, claimed, rtol, known=known, last=False)
    if first.verdict != Verdict.CONFIRMED:
        return _deeper(around, claimed, rtol, scale, known=known)
    if quick or _sharp(first, around):
        return first
    more = _deeper(around, claimed, rtol, scale, known=known)
    sharper = more.uncertainty < first.uncertainty and more.between is None
    agrees = abs(more.expected - first.expected) <= more.uncertainty + first.uncertainty
    return more if sharper and agrees and more.verdict in {Verdict.CONFIRMED, Verdict.WRONG} else first


def _deeper(around: Around, claimed: float, rtol: float, scale: float, *, known: bool) -> Finding:
    """The verdict from many windows, of which the smallest are looked through if the others do not confirm."""
    x, findings = around.x, []
    for depth in (1, 2):
        around.look(steps(x, depth, scale))
        findings.append(_judge(around, claimed, rtol, known=known, last=depth == 2))
        if findings[-1].verdict == Verdict.CONFIRMED:
            return findings[-1]
    before, last = findings
    if last.verdict == Verdict.WRONG and last.between and 0.0 < abs(x) < FEW * math.ulp(x):
        # Most of the smallest windows are beyond 0, where many functions have a kink.
        return _unknown(UNRESOLVED)
    # Where nothing bounds the rounding, what smaller windows see may be rounding, if larger ones could see as well.
    unsure = not known and last.verdict == Verdict.WRONG and math.isfinite(last.expected)
    return before if unsure and before.verdict in {Verdict.WRONG, Verdict.INCONCLUSIVE} else last


def _sharp(finding: Finding, around: Around) -> bool:
    """Whether the slope is known so well that more windows are not worth while."""
    reach, moved = around.reach()
    steep = moved / reach if reach else 0.0
    return finding.still or finding.uncertainty <= SHARP * max(abs(finding.expected), steep)


def _sharpened(finding: Finding, around: Around, claimed: float, rtol: float, scale: float, fit: int) -> Finding:
    """The finding where many values tell more, as the scatter of rounding averages out, and do not contradict it."""
    if around.noise or not finding.step or finding.unresolved or _sharp(finding, around):
        return finding
    slope: Slope | None = None
    for pairs in PAIRS:
        if pairs <= fit and (slope is None or slope.error > ENOUGH * abs(slope.value)):
            largest = math.ldexp(1.0, largest_step(around.x, scale) + 3)
            slope = fitted(around, around.x, finding.step, largest, pairs) or slope
    if slope is None or slope.error > 0.5 * finding.uncertainty:
        return finding
    if abs(slope.value - finding.expected) > finding.uncertainty + slope.error:
        return finding
    sharper = _compared(around, slope, claimed, rtol, "")
    # What is confirmed is off by no more than the uncertainty, if the slope is on the other side of its middle.
    edge = sharper.within and abs(claimed - slope.value) > 0.5 * slope.error + rtol * abs(slope.value)
    return replace(sharper, verdict=Verdict.INCONCLUSIVE, note=EDGE, effect=math.inf) if edge else sharper


def _unknown(note: str, verdict: Verdict = Verdict.INCONCLUSIVE) -> Finding:
    """The finding where differences give no slope."""
    return Finding(verdict, math.nan, math.inf, note)


def _judge(around: Around, claimed: float, rtol: float, *, known: bool, last: bool) -> Finding:
    reach, _ = around.reach()
    if around.constant and claimed == 0.0 and reach:
        least = (units_of(abs(around.middle)) + around.noise) / reach + TINY  # less would not be seen
        return Finding(Verdict.CONFIRMED, 0.0, least, STILL, least * reach, within=True)
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
    resolved = max(RESOLVED, around.epsilon ** (1.0 / 3.0), rtol)
    if within and (slope.error <= resolved * size or effect <= negligible(around.epsilon) * moved):
        return Finding(Verdict.CONFIRMED, slope.value, slope.error, note, effect, within, slope.step)
    if within:
        note = f"{HIDDEN}; {note}" if note else HIDDEN
        return Finding(Verdict.INCONCLUSIVE, slope.value, slope.error, note, effect, within, slope.step)
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
        return Finding(verdict, nearest, 0.0, _two_slopes(*ends), 0.0, good, between=(low, high))
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
    return Finding(
        Verdict.KINK if good else Verdict.WRONG, nearest.value, nearest.error, note, 0.0, good, between=between
    )


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
