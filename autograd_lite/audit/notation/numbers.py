"""Numbers as people give them: how many digits are claimed, and whether a gradient agrees with these."""

import math
import re
import struct
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Self

from autograd_lite.engine.ieee import number

__all__ = ["Given", "Written", "given", "last_digit", "read_number", "slips"]

PATTERN = re.compile(
    r"[≈~=]?\s*(?P<sign>[-+−–]?)\s*(?P<digits>[0-9]+\.?[0-9]*|\.[0-9]+)"
    r"(?:[eE](?P<e>[-+−–]?[0-9]{1,4})|\s*(?:\*|·|⋅|×|x)\s*10(?:(?:\^|\*\*)\(?(?P<ten>[-+−–]?[0-9]{1,4})\)?|(?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]{1,5})))?"
)
NAMED = {"nan": math.nan, "inf": math.inf, "infinity": math.inf, "∞": math.inf}
LOWERED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺−–", "0123456789-+--")
LONGEST = 400
"""Characters of a text that may be a number."""
LONGEST_POWER = 10_000
"""Beyond it, of either sign, all is zero or infinite."""
PRECISE = Context(prec=60)


@dataclass(frozen=True)
class Given:
    """A number that is claimed."""

    text: str
    """As it was given."""
    value: float
    half: Decimal
    """Half a unit of its last digit: 0 if every digit counts, as those of a whole number do."""
    digits: int
    """How many significant digits it has."""
    decimal: Decimal
    zeros_lost: bool = False
    """Whether it was given as a float, which does not keep the zeros at its end."""

    def has(self, digits: int, gradient: float) -> bool:
        """Whether it has so many significant digits, with the zeros that a float has lost if the gradient has them."""
        if self.digits >= digits or not self.zeros_lost:
            return self.digits >= digits
        if self.value == gradient:
            return True
        half = Decimal(5).scaleb(self.decimal.adjusted() - digits, PRECISE)
        return abs(PRECISE.subtract(Decimal(gradient), self.decimal)) <= half

    def agrees(self, gradient: float, rounding: float = 0.0) -> bool:
        """Whether a gradient, which may be off by `rounding`, is what the digits say."""
        if gradient == self.value or not (math.isfinite(gradient) and math.isfinite(self.value)):
            return gradient == self.value or (math.isnan(gradient) and math.isnan(self.value))
        off = abs(PRECISE.subtract(Decimal(gradient), self.decimal))
        return off <= self.half + Decimal(max(rounding, 0.0) if math.isfinite(rounding) else 0.0)

    @property
    def tolerance(self) -> float:
        """How far from it a number may be that it stands for; of one with all digits, what a calculation may lose."""
        return float(self.half) + 1e-11 * abs(self.value)


class Written(float):
    """A number in a formula, with half a unit of the last digit it was written with, and how many it has."""

    __slots__ = ("digits", "half")

    half: float
    digits: int

    def __new__(cls, text: str) -> Self:
        """Read digits with a point or a power of ten, in the signs of Python."""
        mantissa, _, power = text.lower().partition("e")
        self = super().__new__(cls, text)
        self.digits = len(mantissa.replace(".", "").lstrip("0"))
        exponent = max(-LONGEST_POWER, min(int(power or 0), LONGEST_POWER))
        self.half = float(Decimal(5).scaleb(exponent - len(mantissa.partition(".")[2]) - 1, PRECISE))
        return self

    def __neg__(self) -> "Written":
        other = float.__new__(Written, -float(self))
        other.digits, other.half = self.digits, self.half
        return other


def given(claim: Any) -> Given:
    """Return a number as a claim; what its type says of its digits counts.

    A float has the digits that Python prints, 0.0822 four places; a single-precision one those that tell it from
    its neighbours. Ints and fractions are exact.

    Raises `TypeError` for what is no number, and `OverflowError` for an int beyond the floats.
    """
    if isinstance(claim, bool) or getattr(getattr(claim, "dtype", None), "kind", "") == "b":
        raise TypeError(f"expected a number, got {type(claim).__name__}")
    value = number(claim)
    kind = str(getattr(claim, "dtype", ""))
    if isinstance(claim, Decimal):
        return _read(str(claim)) if claim.is_finite() else _special(str(claim), value)
    if not math.isfinite(value):
        return _special(str(value), value)
    code = "e" if kind.endswith("float16") and "bf" not in kind else "f" if kind.endswith("float32") else "d"
    if isinstance(claim, float) or code != "d" or kind.endswith("float64"):
        text = next(t for k in range(1, 18) if _same(t := f"{value:.{k}g}", value, code))
        if code == "d":
            text = repr(value)
        return replace(_read(text, whole=code == "d" and abs(value) >= 1e16), zeros_lost=True)
    return Given(str(claim), value, Decimal(0), 17, Decimal(value))


def _same(text: str, value: float, code: str) -> bool:
    try:
        return struct.pack(code, float(text)) == struct.pack(code, value)
    except OverflowError:
        return False


def read_number(text: str) -> Given | None:
    """Return the number that a text is, None if it is none: 0.0822, −8.22e-2, 8.22·10⁻²."""
    text = text.strip()
    if len(text) > LONGEST:
        return None
    plain = text.removeprefix("≈").strip().lower()
    bare = plain.lstrip("-+−")
    if bare in NAMED and len(plain) - len(bare) <= 1:
        return _special(text, -NAMED[bare] if plain[0] in "-−" else NAMED[bare])
    return _read(text) if PATTERN.fullmatch(text) else None


def _special(text: str, value: float) -> Given:
    return Given(text, value, Decimal(0), 1, Decimal(value))


def _read(text: str, *, whole: bool = False) -> Given:
    """Read the digits; a number without a point and a power of ten has all its digits, as has a zero."""
    match = PATTERN.fullmatch(text)
    if match is None:  # a Decimal's text has an exponent as in 1E+3
        match = PATTERN.fullmatch(text.replace("E", "e"))
    assert match is not None
    digits = match["digits"]
    power = match["e"] or match["ten"] or match["raised"]
    sign = "-" if match["sign"] in {"-", "−", "–"} else ""
    value = Decimal(f"{sign}{digits}").scaleb(int(power.translate(LOWERED)) if power else 0, PRECISE)
    places = len(digits.partition(".")[2])
    significant = len(digits.replace(".", "").lstrip("0"))
    exact = whole or not significant or not (power or "." in digits)
    half = (
        Decimal(0)
        if exact
        else Decimal(5).scaleb((int(power.translate(LOWERED)) if power else 0) - places - 1, PRECISE)
    )
    return Given(text, float(value), half, 17 if exact and significant else significant, value)


def last_digit(claim: Given, gradient: float) -> str:
    """Say what is wrong with the last digit if only that is: cut off, or one too high or low; empty if more is."""
    if not claim.half or claim.digits < 2 or not math.isfinite(gradient):
        return ""
    true, unit = Decimal(gradient), 2 * claim.half
    off = PRECISE.subtract(claim.decimal, true)
    if abs(off) > unit or claim.agrees(gradient):
        return ""
    step = unit.normalize(PRECISE)
    rounded, cut = (true.quantize(step, rounding=how, context=PRECISE) for how in (ROUND_HALF_EVEN, ROUND_DOWN))
    shown = f"{rounded:f}" if abs(rounded.adjusted()) < 12 else f"{rounded:e}"
    if claim.decimal == cut:
        return f"cut off instead of rounded to {shown}"
    return f"the gradient rounds to {shown}" if claim.digits > 2 else ""


def slips(claim: Given, gradient: float) -> str:
    """Say which slip in copying makes the claim from the gradient: two digits exchanged, or one digit wrong."""
    if not claim.half or claim.digits < 4 or not math.isfinite(gradient):
        return ""
    if not 0.1 < (claim.value / gradient if gradient else 0.0) < 10.0:
        return ""
    unit = 2 * claim.half
    true = Decimal(gradient).quantize(unit.normalize(PRECISE), context=PRECISE)
    pair = [str(int((abs(x) / unit).to_integral_value())) for x in (claim.decimal, true)]
    if len(pair[0]) != len(pair[1]):
        return ""
    off = [k for k, (a, b) in enumerate(zip(*pair, strict=True)) if a != b]
    wrong, right = pair
    if len(off) == 2 and off[1] == off[0] + 1 and wrong[off[0]] == right[off[1]] and wrong[off[1]] == right[off[0]]:
        return f"two digits are exchanged, {wrong[off[0]]}{wrong[off[1]]} for {right[off[0]]}{right[off[1]]}"
    if len(off) == 1 and claim.digits >= 5 and off[0] < len(wrong) - 1:
        return f"one digit is wrong, {wrong[off[0]]} for {right[off[0]]}"
    return ""
