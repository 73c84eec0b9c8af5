"""Whether one claim is right: a number by its digits, a formula at the recorded point and at others around it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from autograd_lite.graph import adjoints
from autograd_lite.ieee import number
from autograd_lite.testing.claims.edits import name_text
from autograd_lite.testing.claims.mistakes import Mistake, Search, of_formula, of_number
from autograd_lite.testing.claims.numbers import Given
from autograd_lite.testing.claims.points import Place, Setting, rounding, sides
from autograd_lite.testing.claims.trees import build, operands_first, replaced
from autograd_lite.text.expression import Derivative, Expr, Name, Number
from autograd_lite.value import Value

__all__ = [
    "EXPECTED_DIGITS",
    "FEW",
    "HERE",
    "LAST",
    "MISSING",
    "RIGHT",
    "UNCLEAR",
    "UNKNOWN",
    "UNREADABLE",
    "WRONG",
    "Found",
    "Rules",
    "judge_formula",
    "judge_number",
    "read_rules",
]

RIGHT = "right"
HERE = "right here only"
LAST = "last digit wrong"
FEW = "too few digits"
WRONG = "wrong"
UNREADABLE = "not readable"
UNCLEAR = "cannot be judged"
UNKNOWN = "no such name"
MISSING = "missing"

EXPECTED_DIGITS = 12
"""Numbers given with at least so many digits are compared with a bound of what rounding does to the gradient."""
CERTAIN = 1e-12
"""Numbers of formulas that differ by less, relatively, agree whatever rounding may have done."""
UNBOUNDED = 1e-9
"""Where rounding may have changed a gradient by any amount, numbers that differ by less, relatively, agree."""
LARGE, BLURRED = 1000, 1e-3
"""In graphs of more nodes the bound is not computed for claims that are farther off than that, relatively."""
PASTED = 64
"""Ways to put names in the place of numbers that are tried."""


NONE = Search()


@dataclass(frozen=True)
class Rules:
    """How claims are judged."""

    rtol: float | None = None
    atol: float | None = None
    digits: int = 1
    rates: tuple[float, ...] = ()
    searching: bool = True

    @property
    def loose(self) -> bool:
        """Whether tolerances were given, which replace the digits and the bounds."""
        return self.rtol is not None or self.atol is not None

    def close(self, claimed: float, gradient: float) -> bool:
        """Whether a claim is within the tolerances."""
        if claimed == gradient or (math.isnan(claimed) and math.isnan(gradient)):
            return True
        return abs(claimed - gradient) <= (self.atol or 0.0) + (self.rtol or 0.0) * abs(gradient) < math.inf


def read_rules(digits: int, rtol: float | None, atol: float | None, lr: float | None) -> Rules:
    """Return the options of `check_claims` as rules. Raises `TypeError` and `ValueError`."""
    if type(digits) is not int or not 1 <= digits <= 17:
        raise ValueError(f"digits is how many significant digits are due, an int from 1 to 17, got {digits!r}")
    checked = {}
    for name, x in (("rtol", rtol), ("atol", atol), ("lr", lr)):
        checked[name] = None if x is None else number(x)
        if not (x is None or 0.0 <= number(x) < float("inf")):
            raise ValueError(f"{name} is a number from 0 on, got {x!r}")
    rates = () if checked["lr"] is None else (checked["lr"],)
    return Rules(checked["rtol"], checked["atol"], digits, rates)


@dataclass(frozen=True)
class Found:
    """What is known of a claim."""

    verdict: str
    note: str = ""
    value: float | None = None
    search: Search = NONE
    points: int = 0
    """At how many points a formula was compared."""


# --- numbers -------------------------------------------------------------------------------------------------------


def judge_number(setting: Setting, wrt: Value, claim: Given, rules: Rules) -> Found:
    """Compare a number with the gradient."""
    gradient = setting.here.slope(wrt)
    if rules.loose:
        agrees = rules.close(claim.value, gradient)
    else:
        agrees = claim.agrees(gradient) or _within_rounding(setting, wrt, claim)
    if agrees and claim.digits < rules.digits and not rules.loose and gradient != 0.0 and claim.value != 0.0:
        note = (
            f"right as far as it goes, but {rules.digits} significant digits are asked for, and it has {claim.digits}"
        )
        return Found(FEW, note, claim.value)
    if agrees:
        shown = 0 < claim.digits < EXPECTED_DIGITS and not rules.loose and claim.half
        note = f"to {claim.digits} digit{'s' * (claim.digits > 1)}" if shown else ""
        return Found(RIGHT, note, claim.value)
    search = of_number(setting, wrt, claim, rules.rates) if rules.searching else NONE
    verdict = LAST if any(mistake.kind == "last digit" for mistake in search.mistakes) else WRONG
    return Found(verdict, "" if verdict == LAST else _nearly(claim, gradient), claim.value, search)


def _within_rounding(setting: Setting, wrt: Value, claim: Given) -> bool:
    """Whether two calculations in floats may differ so much; asked for claims of as many digits as floats have."""
    gradient = setting.here.slope(wrt)
    if not math.isfinite(gradient) or (claim.half and claim.digits < EXPECTED_DIGITS):
        return False
    if len(setting.order) > LARGE and abs(claim.value - gradient) > BLURRED * abs(gradient):
        return False
    setting.prepare()
    # another calculation may round where this one does not
    bound = 2.0 * rounding(setting.here.gradient(wrt)) + 4.0 * math.ulp(gradient)
    return claim.agrees(gradient, bound)


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
    here = _agree(setting.here, wrt, node, rules)
    if here is False:
        if _as_far_as_numbers_go(setting, wrt, node, numbers):
            return Found(HERE, _pasted(setting, wrt, tree) or "the numbers in it are right at this point only", value)
        search = of_formula(setting, wrt, tree, rules.rates) if rules.searching else NONE
        return Found(WRONG, "", value, search)
    at = sides(setting.y), sides(node)
    same: list[bool] = []
    other: list[bool] = []
    for place in (*setting.beside, *setting.beyond):
        there, _ = build(order, place.named)
        agrees = _agree(place, wrt, there, rules)
        if agrees is not None:
            (same if (sides(place.y), sides(there)) == at else other).append(agrees)
    points = len(same) + len(other) + 1
    if here is None:
        return _unclear(setting, wrt, value, same, other)
    if not all(same) or (not same and not all(other)):
        note = _pasted(setting, wrt, tree) or _accident(setting, wrt, tree, rules) or "elsewhere it differs"
        return Found(HERE, note, value, NONE, points)
    note = "" if all(other) else "on this side of the kinks (relu, abs, max, ...); beyond them it differs"
    if not same and not other:
        note = "compared at this point only"
    return Found(RIGHT, note, value, NONE, points)


def _unclear(setting: Setting, wrt: Value, value: float, same: Sequence[bool], other: Sequence[bool]) -> Found:
    """What there is to say of a formula that cannot be compared where the graph was computed."""
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


def _agree(place: Place, wrt: Value, claim: Value, rules: Rules) -> bool | None:
    """Whether a formula gives the gradient at a point; None if that cannot be said there."""
    gradient = place.gradient(wrt)
    c, g = claim.data, gradient.data
    if rules.loose:
        return rules.close(c, g)
    if c == g or abs(c - g) <= CERTAIN * max(abs(c), abs(g)) < math.inf:
        return True
    if not (math.isfinite(c) and math.isfinite(g)):
        return None
    bound = 2.0 * (rounding(claim) + rounding(gradient))
    if not math.isfinite(bound):
        return True if abs(c - g) <= UNBOUNDED * max(abs(c), abs(g)) else None
    return abs(c - g) <= bound


# --- formulas that are right at one point --------------------------------------------------------------------------


def _half_unit(x: float) -> float:
    """Half a unit of the last digit that a number is written with; nothing for those with one or two."""
    decimal = Decimal(repr(x))
    exponent = decimal.as_tuple().exponent
    if not isinstance(exponent, int) or exponent >= 0 or len(decimal.as_tuple().digits) <= 2:
        return 0.0
    return 0.5 * math.pow(10.0, exponent)


def _as_far_as_numbers_go(setting: Setting, wrt: Value, claim: Value, numbers: Sequence[tuple[Number, Value]]) -> bool:
    """Whether a formula is right as far as the digits of the numbers in it tell."""
    slopes = adjoints(claim)
    off = sum(abs(slopes.get(leaf, 0.0)) * _half_unit(leaf.data) for _, leaf in numbers)
    gradient = setting.here.slope(wrt)
    return 0.0 < off < 0.01 * abs(gradient) and abs(claim.data - gradient) <= 1.1 * off


def _pasted(setting: Setting, wrt: Value, tree: Expr) -> str:
    """Which numbers in the formula stand where names belong: with these it is right everywhere."""
    options: list[list[tuple[Number, str]]] = []
    for part in operands_first(tree):
        if isinstance(part, Number):
            x = float(part.value)
            half = max(_half_unit(x), 1e-12 * abs(x))
            names = [n for node, n in setting.names.items() if node.label and abs(node.data - x) <= half]
            if names:
                options.append([(part, name) for name in names])
    if not options or math.prod(len(some) + 1 for some in options) > PASTED:
        return ""
    # numbers that have to be names come before those that may stay
    for choice in sorted(
        product(*([None, *some] for some in options)), key=lambda some: sum(x is not None for x in some)
    ):
        chosen = [x for x in choice if x is not None]
        if chosen and _right_everywhere(setting, wrt, replaced(tree, {part: Name(name) for part, name in chosen})):
            said = ", ".join(f"{float(part.value):.12g} for {name_text(name)}" for part, name in chosen)
            return (
                f"numbers stand where names belong: {said}"
                if len(chosen) > 1
                else f"the number {said.replace(' for', ' stands for')}"
            )
    return ""


def _accident(setting: Setting, wrt: Value, tree: Expr, rules: Rules) -> str:
    """Which name in the formula is right only because it happens to have the value of another."""
    if not rules.searching:
        return ""
    mistakes: Sequence[Mistake] = of_formula(setting, wrt, tree, rules.rates).mistakes
    return f"{mistakes[0].text}; at this point the two give the same" if mistakes else ""


def _right_everywhere(setting: Setting, wrt: Value, tree: Expr) -> bool:
    order = operands_first(tree)
    rules = Rules()
    found = []
    for place in (setting.here, *setting.beside):
        node, _ = build(order, place.named)
        found.append(_agree(place, wrt, node, rules))
    return len(found) > 1 and all(agrees is not False for agrees in found)
