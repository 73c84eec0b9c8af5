"""Claims that are numbers, however they are written: in brackets, with signs, or as a calculation with numbers only."""

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from autograd_lite.audit.judging.verdicts import (
    FEWEST,
    NONE,
    UNCLEAR,
    WRONG,
    Found,
    Rules,
    judge_number,
    to_its_digits,
)
from autograd_lite.audit.mistakes.search import of_number
from autograd_lite.audit.notation.numbers import PRECISE, Given, read_number
from autograd_lite.audit.notation.trees import build, operands_first
from autograd_lite.audit.places.comparing import RESOLVED
from autograd_lite.audit.places.points import Setting, rounding
from autograd_lite.audit.places.rounded import SHORT, explains, last_place, left_open, may_be_short, told_digits
from autograd_lite.engine import ops
from autograd_lite.engine.value import Value
from autograd_lite.text.expression import Apply, Expr, Name, Number

__all__ = ["bare_number", "is_calculation", "judge_calculation"]

BITS = 20_000
"""Fractions of more are not computed with."""
MINUS = "-−–"


def bare_number(text: str) -> Given | None:
    """Return the number that a text is, brackets and signs around it taken off; None if it is none."""
    minus = 0
    bare = text.strip()
    while True:
        signs = re.match(r"[-+−–\s]*", bare)
        assert signs is not None
        minus += sum(sign in MINUS for sign in signs[0])
        bare = bare[signs.end() :]
        if not (bare.startswith("(") and bare.endswith(")")):
            break
        bare = bare[1:-1].strip()
    return read_number(f"-{bare}" if minus % 2 else bare)


def is_calculation(tree: Expr) -> bool:
    """Whether a formula has numbers only."""
    return not any(isinstance(part, Name) for part in operands_first(tree))


def judge_calculation(setting: Setting, wrt: Value, tree: Expr, rules: Rules) -> Found:
    """Compare what a calculation with numbers gives with the gradient, as far as the digits of its numbers go."""
    order = operands_first(tree)
    node, numbers = build(order, setting.here.named)
    true = exactly(order)
    value = node.data if true is None else _float(true)
    blur = 0.0 if true is not None else 2.0 * rounding(node)
    if not blur <= RESOLVED * abs(value) < math.inf and not rules.loose and math.isfinite(value):
        return Found(UNCLEAR, "rounding leaves too few digits of what it gives to compare", value)
    off = left_open(node, numbers)
    if off <= 0.5 * math.ulp(value) or rules.loose or not math.isfinite(value + off):  # no digit of a float is open
        decimal = Decimal(value) if true is None else PRECISE.divide(Decimal(true.numerator), Decimal(true.denominator))
        found = judge_number(setting, wrt, Given("", value, Decimal(blur), 17, decimal), rules)
    else:
        found = _rounded(setting, wrt, value, off, rules)
    gradient = setting.here.slope(wrt)
    if found.verdict == WRONG and not rules.loose and may_be_short(node, numbers, value, gradient):
        return Found(WRONG, SHORT, value)  # what rounding explains is no other mistake
    return found


def _rounded(setting: Setting, wrt: Value, value: float, off: float, rules: Rules) -> Found:
    """What there is to say of a number that the digits of its calculation leave open by so much."""
    gradient = setting.here.slope(wrt)
    if not explains(off, value, gradient):
        unit = Decimal(10) ** last_place(off)
        rounded = Decimal(value).quantize(unit, context=PRECISE)
        claim = Given("", value, unit / 2, told_digits(value, off), rounded)
        search = of_number(setting, wrt, claim, rules.rates, rules.tolerance) if rules.searching else NONE
        return Found(WRONG, "", value, search)
    if off >= FEWEST * abs(gradient):
        return Found(UNCLEAR, "the numbers in it have too few digits to tell", value)
    return to_its_digits(value, off, rules)


def exactly(order: Sequence[Expr]) -> Fraction | None:
    """Return what a calculation with numbers, operands first, is without rounding; None if no fraction is it."""
    done: dict[Expr, Fraction] = {}
    for expr in order:
        found = _number(expr) if isinstance(expr, Number) else None
        if isinstance(expr, Apply):
            args = [done[x] for x in expr.args]
            found = _power(*args) if expr.op is ops.power else _arithmetic(expr.op, args)
        if found is None or found.numerator.bit_length() + found.denominator.bit_length() > BITS:
            return None
        done[expr] = found
    return done[order[-1]]


def _number(expr: Number) -> Fraction | None:
    """A number as it is written: 0.1 is a tenth."""
    if isinstance(expr.value, Fraction):
        return expr.value
    return Fraction(repr(float(expr.value))) if math.isfinite(expr.value) else None


def _arithmetic(op: ops.Op, args: Sequence[Fraction]) -> Fraction | None:
    if op is ops.neg:
        return -args[0]
    if op is ops.div:
        return args[0] / args[1] if args[1] else None
    if op in {ops.add, ops.sub, ops.mul}:
        a, b = args
        return a + b if op is ops.add else a - b if op is ops.sub else a * b
    return None


def _power(base: Fraction, exponent: Fraction) -> Fraction | None:
    bits = base.numerator.bit_length() + base.denominator.bit_length()
    if exponent.denominator != 1 or abs(exponent) * bits > BITS or (not base and exponent < 0):
        return None
    return base ** int(exponent)


def _float(x: Fraction) -> float:
    try:
        return float(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf
