"""Whether one claim is right: a number by its digits, a formula at the recorded point and at others around it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from autograd_lite.audit.judging.coincidences import is_rounded, pasted
from autograd_lite.audit.mistakes.ranking import Search
from autograd_lite.audit.mistakes.rows import Kind
from autograd_lite.audit.mistakes.search import of_formula, of_number
from autograd_lite.audit.notation.numbers import Given
from autograd_lite.audit.notation.trees import build, operands_first
from autograd_lite.audit.places.comparing import RESOLVED, Compared, Tolerance, compare, is_told, near_zero
from autograd_lite.audit.places.points import Place, Setting, sides
from autograd_lite.audit.places.rounded import SHORT, explains, left_open, may_be_short, told_digits
from autograd_lite.engine.ieee import number
from autograd_lite.engine.validation import whole
from autograd_lite.engine.value import Value
from autograd_lite.text.expression import Derivative, Expr, Name, Number

__all__ = [
    "EXPECTED_DIGITS",
    "FEW",
    "FEWEST",
    "HERE",
    "LAST",
    "MISSING",
    "NONE",
    "RIGHT",
    "TO_ITS_DIGITS",
    "UNCLEAR",
    "UNKNOWN",
    "UNREADABLE",
    "WRONG",
    "Found",
    "Rules",
    "Verdict",
    "judge_formula",
    "judge_number",
    "read_rules",
    "to_its_digits",
]


class Verdict(StrEnum):
    """What a claim is; equal to its text."""

    RIGHT = "right"
    HERE = "right here only"
    """A formula that gives the gradient where the graph was computed, and differs at other points."""
    LAST = "last digit wrong"
    FEW = "too few digits"
    WRONG = "wrong"
    UNREADABLE = "not readable"
    UNCLEAR = "cannot be judged"
    """Rounding, or the digits given, leave too little to compare."""
    UNKNOWN = "no such name"
    MISSING = "missing"

    __repr__ = str.__repr__


RIGHT, HERE, LAST, FEW, WRONG, UNREADABLE, UNCLEAR, UNKNOWN, MISSING = Verdict

EXPECTED_DIGITS = 12
"""Numbers given with at least so many digits are compared with a bound of what rounding does to the gradient."""
LARGE, BLURRED = 1000, 1e-3
"""In graphs of more nodes the bound is not computed for claims that are farther off than that, relatively."""
FEWEST = 0.01
"""A formula whose numbers leave more of it open, relatively, tells nothing."""
TO_ITS_DIGITS = "as far as the digits of its numbers go"
ONE_SIDE = "on this side of the kinks (relu, abs, max, ...); beyond them it differs"
ALL_ZERO = "on this side of the kinks (relu, abs, max, ...) both are 0; beyond them it differs"


NONE = Search()


@dataclass(frozen=True)
class Rules:
    """How claims are judged."""

    tolerance: Tolerance | None = None
    """What was given in place of the digits and the bounds."""
    digits: int = 1
    rates: tuple[float, ...] = ()
    searching: bool = True

    @property
    def loose(self) -> bool:
        """Whether tolerances were given."""
        return self.tolerance is not None


def read_rules(digits: int, rtol: float | None, atol: float | None, lr: float | None) -> Rules:
    """Return the options of `check_claims` as rules. Raises `TypeError` and `ValueError`."""
    digits = whole(digits, "digits is how many significant digits are due, an int from 1 to 17", 1, 17)
    checked = {}
    for name, x in (("rtol", rtol), ("atol", atol), ("lr", lr)):
        checked[name] = None if x is None else number(x)
        if not (x is None or 0.0 <= number(x) < float("inf")):
            raise ValueError(f"{name} is a number from 0 on, got {x!r}")
    rates = () if checked["lr"] is None else (checked["lr"],)
    loose = rtol is not None or atol is not None
    tolerance = Tolerance(checked["rtol"] or 0.0, checked["atol"] or 0.0) if loose else None
    return Rules(tolerance, digits, rates)


@dataclass(frozen=True)
class Found:
    """What is known of a claim."""

    verdict: Verdict
    note: str = ""
    value: float | None = None
    search: Search = NONE
    points: int = 0
    """At how many points a formula was compared."""


# --- numbers -------------------------------------------------------------------------------------------------------


def judge_number(setting: Setting, wrt: Value, claim: Given, rules: Rules) -> Found:
    """Compare a number with the gradient."""
    gradient = setting.here.slope(wrt)
    loose = rules.tolerance
    agrees = loose.close(claim.value, gradient) if loose is not None else _agrees(setting, wrt, claim)
    if agrees is None:
        return Found(UNCLEAR, _uncertain(gradient, setting.here.rounding(wrt)), claim.value)
    if agrees and not claim.has(rules.digits, gradient) and not rules.loose and gradient != 0.0 and claim.value != 0.0:
        return _too_few(claim.value, rules, f"it has {claim.digits}")
    if agrees:
        shown = 0 < claim.digits < EXPECTED_DIGITS and not rules.loose and claim.half
        digits = max(claim.digits, rules.digits)  # more if zeros at the end of a float count
        note = f"to {digits} digit{'s' * (digits > 1)}" if shown else ""
        return Found(RIGHT, note, claim.value)
    search = of_number(setting, wrt, claim, rules.rates, rules.tolerance) if rules.searching else NONE
    verdict = LAST if any(mistake.kind == Kind.LAST_DIGIT for mistake in search.mistakes) else WRONG
    return Found(verdict, "" if verdict == LAST else _nearly(claim, gradient), claim.value, search)


def _agrees(setting: Setting, wrt: Value, claim: Given) -> bool | None:
    """Whether a number is the gradient as far as its digits go; None if rounding leaves too little of the gradient."""
    gradient = setting.here.slope(wrt)
    by_digits = claim.agrees(gradient)
    if not (math.isfinite(gradient) and math.isfinite(claim.value)):
        return by_digits
    if claim.value == gradient and (claim.digits >= EXPECTED_DIGITS or not gradient):
        return True  # the float that backward() gives
    # in a large graph the bound takes long
    if len(setting.order) > LARGE and abs(claim.value - gradient) > BLURRED * abs(gradient):
        return by_digits
    setting.prepare()
    rounding = setting.here.rounding(wrt)
    if gradient == rounding == 0.0:
        return by_digits
    # another calculation may round where this one does not
    bound = 2.0 * rounding + 4.0 * math.ulp(gradient)
    if not (math.isfinite(bound) and claim.agrees(gradient, bound)):
        return by_digits
    if bound <= RESOLVED * abs(gradient):
        if by_digits or claim.digits >= EXPECTED_DIGITS or not claim.half:
            return True
        return None if bound > claim.half else False
    if near_zero(setting.here, gradient, bound):
        return True
    return True if by_digits and bound <= claim.half else None


def _uncertain(gradient: float, rounding: float) -> str:
    """What rounding leaves of a gradient."""
    certain = math.floor(-math.log10(4.0 * rounding / abs(gradient))) if gradient else 0
    return f"rounding leaves {f'only {certain}' if certain > 0 else 'no'} digit{'s' * (certain > 1)} of this gradient"


def _nearly(claim: Given, gradient: float) -> str:
    """What there is to say of a claim that is nearly right."""
    if claim.value == gradient or not (math.isfinite(claim.value) and math.isfinite(gradient) and gradient):
        return ""
    off = abs(claim.value - gradient) / abs(gradient)
    if claim.value == 0.0:
        return "no digit of the gradient is in it"
    if not claim.half and claim.value.is_integer() and abs(claim.value - gradient) <= 0.5:
        return "it is the gradient rounded to a whole number; a number without a point counts as exact"
    if claim.digits >= EXPECTED_DIGITS and 2.0**-30 <= off <= 2.0**-22:
        return "it agrees to 7 digits, as numbers in single precision do; pass rtol=1e-6 to accept that"
    agree = math.floor(-math.log10(2.0 * off)) if off else 0
    return f"the first {agree} digits agree" if agree >= 3 else ""


# --- formulas ------------------------------------------------------------------------------------------------------


def judge_formula(setting: Setting, wrt: Value, tree: Expr, rules: Rules) -> Found:
    """Compare a formula with the gradient, here and at other points."""
    order = operands_first(tree)
    if any(_is_itself(setting, part, wrt) for part in order):
        return Found(UNREADABLE, "it names the gradient that is asked for instead of saying what that is")
    node, numbers = build(order, setting.here.named)
    value = node.data
    here = _compared(setting.here, wrt, node, rules)
    if here.agrees is False:
        return _off(setting, wrt, tree, node, numbers, rules)
    found = _elsewhere(setting, wrt, order, node, rules)
    if here.agrees is None:
        return _unclear(setting, wrt, value, found)
    if found.points == 1 and found.lost:
        return Found(HERE, "elsewhere it gives no number, though there is a gradient", value)
    if not all(x.agrees for x in found.same or found.other):
        if not here.resolved:
            search = _search(setting, wrt, tree, rules)
            return Found(WRONG, "at this point rounding hides it, elsewhere it is wrong", value, search, found.points)
        if not rules.loose and setting.nearby and is_rounded(setting, setting.nearby[0], wrt, tree):
            return to_its_digits(value, left_open(node, numbers), rules, found.points)
        also = found.differs[:1]
        note = pasted(setting, wrt, tree, also) or _coincidence(setting, wrt, tree, rules, also)
        return Found(HERE, note or "elsewhere it differs", value, NONE, found.points)
    return _right(value, here, found)


def _right(value: float, here: Compared, found: "_Elsewhere") -> Found:
    """The verdict on a formula that is right on this side of the kinks, as far as it can be told."""
    beyond = [x for x in found.other if not x.agrees]
    if any(x.claimed for x in beyond) and not any(x.gradient for x in [here, *found.same]):
        return Found(HERE, ALL_ZERO, value, NONE, found.points)
    if not is_told(found.same or found.other or [here]):
        what = "what it gives" if here.lost_in_claim else "the gradient"
        return Found(UNCLEAR, f"rounding leaves too few digits of {what} to compare", value, NONE, found.points)
    note = ONE_SIDE if beyond else ""
    if found.points == 1:
        note = "compared at this point only"
    return Found(RIGHT, note, value, NONE, found.points)


def _off(
    setting: Setting,
    wrt: Value,
    tree: Expr,
    claim: Value,
    numbers: Sequence[tuple[Number, Value]],
    rules: Rules,
) -> Found:
    """What there is to say of a formula that is not the gradient: the digits of the numbers in it may explain that."""
    value, gradient = claim.data, setting.here.slope(wrt)
    off = left_open(claim, numbers)
    if not rules.loose and explains(off, value, gradient):
        if off >= FEWEST * abs(gradient):
            return Found(UNCLEAR, "the numbers in it have too few digits to tell", value)
        if (setting.nearby or setting.beyond) and not is_rounded(setting, setting.here, wrt, tree):
            return Found(HERE, pasted(setting, wrt, tree) or "the numbers in it are right at this point only", value)
        return to_its_digits(value, off, rules, len(setting.nearby) + 1)
    short = not rules.loose and may_be_short(claim, numbers, value, gradient)
    return Found(WRONG, SHORT if short else "", value, _search(setting, wrt, tree, rules))


def to_its_digits(value: float, off: float, rules: Rules, points: int = 0) -> Found:
    """The verdict on what is right as far as the digits of its numbers go, if these are enough."""
    digits = told_digits(value, off) if off else EXPECTED_DIGITS + 5
    if digits >= rules.digits:
        return Found(RIGHT, TO_ITS_DIGITS, value, NONE, points)
    return _too_few(value, rules, f"its numbers give {digits}")


def _too_few(value: float, rules: Rules, has: str) -> Found:
    due = f"{rules.digits} significant digits are asked for"
    return Found(FEW, f"right as far as it goes, but {due}, and {has}", value)


@dataclass(frozen=True)
class _Elsewhere:
    """A formula and the gradient at other points than that where the graph was computed."""

    same: list[Compared]
    """On the same side of every kink of the graph."""
    other: list[Compared]
    """Beyond some of them."""
    differs: list[Place]
    """Where they differ, on the same side."""
    lost: bool
    """Whether there are points where the gradient is a number, and the formula none."""

    @property
    def points(self) -> int:
        """At how many points they were compared, with that where the graph was computed."""
        return len(self.same) + len(self.other) + 1


def _elsewhere(setting: Setting, wrt: Value, order: Sequence[Expr], claim: Value, rules: Rules) -> _Elsewhere:
    at = sides(setting.y)
    same: list[Compared] = []
    other: list[Compared] = []
    differs: list[Place] = []
    lost = False
    # kinks of its own may be far from here, and the graph have none there
    for place in (*setting.nearby, *setting.beyond, *(setting.wide if sides(claim) else ())):
        there, _ = build(order, place.named)
        compared = _compared(place, wrt, there, rules)
        if compared.agrees is None:
            lost |= math.isfinite(compared.gradient) and not math.isfinite(compared.claimed)
        elif sides(place.y) != at:
            other.append(compared)
        else:
            same.append(compared)
            if not compared.agrees:
                differs.append(place)
    return _Elsewhere(same, other, differs, lost)


def _coincidence(setting: Setting, wrt: Value, tree: Expr, rules: Rules, also: Sequence[Place]) -> str:
    """Which mistake in the formula is right only because it happens to give the same here, and not at other points."""
    if not rules.searching:
        return ""
    mistakes = of_formula(setting, wrt, tree, rules.rates, rules.tolerance, also).mistakes
    return f"{mistakes[0].text}; at this point the two give the same" if mistakes else ""


def _search(setting: Setting, wrt: Value, tree: Expr, rules: Rules) -> Search:
    return of_formula(setting, wrt, tree, rules.rates, rules.tolerance) if rules.searching else NONE


def _unclear(setting: Setting, wrt: Value, value: float, found: _Elsewhere) -> Found:
    """What there is to say of a formula that cannot be compared where the graph was computed."""
    same, other = ([bool(x.agrees) for x in some] for some in (found.same, found.other))
    gradient = setting.here.slope(wrt)
    if not all(same) or not all(other) or (not same and not other and math.isfinite(gradient)):
        return Found(WRONG, f"it gives {value:.6g}, the gradient is {gradient:.6g}; elsewhere it is wrong", value)
    elsewhere = "elsewhere it is right" if same or other else "elsewhere it could not be compared"
    return Found(UNCLEAR, f"it gives {value:.6g}, the gradient is {gradient:.6g}; {elsewhere}", value)


def _is_itself(setting: Setting, part: Expr, wrt: Value) -> bool:
    name = part.text if isinstance(part, Name) else None
    if not isinstance(name, Derivative):
        return False
    return setting.by_name[name.of] is setting.y and setting.by_name[name.wrt[0]] is wrt


def _compared(place: Place, wrt: Value, claim: Value, rules: Rules) -> Compared:
    """A formula and the gradient at a point, compared within the tolerances if there are any."""
    if rules.tolerance is not None:
        gradient = place.slope(wrt)
        return Compared(claim.data, gradient, rules.tolerance.close(claim.data, gradient))
    return compare(place, wrt, claim)
