"""Numbers in formulas that may be rounded: what their digits leave open."""

import math
from collections.abc import Sequence

from autograd_lite.audit.notation.numbers import Written
from autograd_lite.engine.graph import adjoints
from autograd_lite.engine.value import Value
from autograd_lite.text.expression import Number

__all__ = ["SHORT", "explains", "half_unit", "last_place", "left_open", "may_be_short", "told_digits"]

SHORT = "numbers of two digits, such as 0.25, count as exact: if one is rounded, give more of its digits"
SHORTEST = 0.1
"""How much of the gradient they may leave open, so that rounding is to be thought of."""
ROOM = 1.01
"""For what rounded numbers make of each other, beside the first order."""


def half_unit(number: Number, *, short: bool = False) -> float:
    """Return half a unit of the last digit that a number has.

    Nothing for whole numbers, quotients of such and numbers of nodes, which are exact, and for those of one digit, and
    of two unless `short`: 0.5 and 0.25 are mostly what they are.
    """
    x = number.value
    if not isinstance(x, Written) or x.is_integer() or x.digits <= (1 if short else 2):
        return 0.0
    return x.half


def left_open(claim: Value, numbers: Sequence[tuple[Number, Value]], *, short: bool = False) -> float:
    """Return by how much the digits of the numbers in a formula leave open what it gives, to first order."""
    slopes = adjoints(claim)
    return sum(abs(slopes.get(leaf, 0.0)) * half_unit(part, short=short) for part, leaf in numbers)


def explains(off: float, value: float, gradient: float) -> bool:
    """Whether digits that leave a value open by so much, to first order, explain that it is not the gradient."""
    return 0.0 < off < math.inf and abs(value - gradient) <= ROOM * off


def may_be_short(claim: Value, numbers: Sequence[tuple[Number, Value]], value: float, gradient: float) -> bool:
    """Whether numbers of two digits, if they are rounded, explain why a formula is not the gradient."""
    more = left_open(claim, numbers, short=True)
    return left_open(claim, numbers) < more < SHORTEST * abs(gradient) and explains(more, value, gradient)


def told_digits(value: float, off: float) -> int:
    """Return how many digits of a value are certain that is off by so much."""
    if not (value and math.isfinite(value)):
        return 0
    return max(0, math.floor(math.log10(abs(value))) - last_place(off) + 1)


def last_place(off: float) -> int:
    """Return the power of ten of the last digit of what is off by so much: by half a unit of it, or less."""
    return math.ceil(math.log10(2.0 * off) - 1e-9)
