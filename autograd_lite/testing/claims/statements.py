"""A claim in words of mathematics: a number, a formula, or an equation, each part of which has to be right."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from autograd_lite.testing.claims.calculations import bare_number, is_calculation, judge_calculation
from autograd_lite.testing.claims.equations import read_equation
from autograd_lite.testing.claims.formulas import Names, read_formula
from autograd_lite.testing.claims.lefts import is_heading
from autograd_lite.testing.claims.numbers import Given, read_number
from autograd_lite.testing.claims.points import Setting
from autograd_lite.testing.claims.tokens import FormulaError, brief
from autograd_lite.testing.claims.verdicts import (
    FEW,
    HERE,
    LAST,
    RIGHT,
    UNCLEAR,
    UNREADABLE,
    WRONG,
    Found,
    Rules,
    judge_formula,
    judge_number,
)
from autograd_lite.text.expression import Expr
from autograd_lite.value import Value

__all__ = ["Part", "judge_text", "read_statement"]

MOST = 20
"""Formulas that an equation may have."""
WORST = (WRONG, UNREADABLE, LAST, HERE, UNCLEAR, FEW, RIGHT)
"""Verdicts, the worst first: that of an equation is the worst of its parts."""


@dataclass(frozen=True)
class Part:
    """What stands between two equals signs."""

    text: str
    meaning: Given | Expr
    """A number, whose digits count, or a formula."""


def read_statement(text: str, names: Names, root: str = "", row: str = "") -> list[Part]:
    """Return the parts of a claim, "formula", "∂y/∂x = formula" or "∂y/∂x = formula = number": those to be judged.

    Names are those of the result and of what the claim is of. Raises `FormulaError`.
    """
    equation = read_equation(text)
    sides = equation.sides
    if len(sides) > 1 and (not sides[0] or is_heading(sides[0], names, root, row)):
        sides = sides[1:]
    if len(sides) > MOST:
        raise FormulaError(f"an equation of {len(sides):,} parts is too long to read, the limit is {MOST}")
    parts = []
    for side in sides:
        said = text[side[0].at : side[-1].at + len(side[-1].text)]
        parts.append(Part(said, bare_number(said) or read_formula(side, text, names, equation.definitions)))
    return parts


def judge_text(setting: Setting, wrt: Value, text: str, rules: Rules) -> Found:
    """Judge a claim that is text."""
    number = read_number(text)
    if number is not None:
        return judge_number(setting, wrt, number, rules)
    names = setting.names
    try:
        parts = read_statement(text, setting.texts, names.get(setting.y, ""), names.get(wrt, ""))
    except FormulaError as error:
        return Found(UNREADABLE, str(error))
    return _together(parts, [_judged(setting, wrt, part.meaning, rules) for part in parts])


def _judged(setting: Setting, wrt: Value, meaning: Given | Expr, rules: Rules) -> Found:
    if isinstance(meaning, Given):
        return judge_number(setting, wrt, meaning, rules)
    if is_calculation(meaning):
        return judge_calculation(setting, wrt, meaning, rules)
    return judge_formula(setting, wrt, meaning, rules)


def _together(parts: Sequence[Part], found: Sequence[Found]) -> Found:
    """What is known of an equation: right if every part is."""
    worst = min(found, key=lambda x: WORST.index(x.verdict))
    if worst.verdict == RIGHT:
        notes = dict.fromkeys(x.note for x in found if x.note)
        return replace(worst, note="; ".join(notes), points=max(x.points for x in found))
    if len(found) == 1:
        return worst
    k = list(found).index(worst)
    said = brief(parts[k].text)
    if k == 0 and worst.verdict == WRONG:
        where = f"{said!r} stands left of the equals sign and is not this gradient"
    else:
        where = f"this is of the part {said!r} of the equation"
    return replace(worst, note=f"{worst.note}; {where}" if worst.note else where)
