"""A claim in words of mathematics: a number, a formula, or an equation, each part of which has to be right."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from autograd_lite.testing.claims.calculations import bare_number, is_calculation, judge_calculation
from autograd_lite.testing.claims.equations import Definition, joined, read_equation
from autograd_lite.testing.claims.formulas import Names, read_formula
from autograd_lite.testing.claims.lefts import Asked, read_left
from autograd_lite.testing.claims.numbers import Given, read_number
from autograd_lite.testing.claims.points import Setting, rounding
from autograd_lite.testing.claims.tokens import FormulaError, Token, brief
from autograd_lite.testing.claims.trees import build, operands_first
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
    left_open,
)
from autograd_lite.text.expression import Expr, Name
from autograd_lite.text.layout import partial
from autograd_lite.value import Value

__all__ = ["Part", "Statement", "judge_text", "read_statement"]

MOST = 20
"""Formulas that an equation may have."""
SAME = 1e-9
"""How far numbers of the graph may be off, relatively, that are given on the way."""
WORST = (WRONG, UNREADABLE, LAST, HERE, UNCLEAR, FEW, RIGHT)
"""Verdicts, the worst first: that of an equation is the worst of its parts."""


@dataclass(frozen=True)
class Part:
    """What stands between two equals signs."""

    text: str
    meaning: Given | Expr
    """A number, whose digits count, or a formula."""
    leads: bool = False
    """Whether it is no heading, though it stands left of all equals signs."""


@dataclass(frozen=True)
class Statement:
    """A claim in words of mathematics."""

    parts: list[Part]
    """What is claimed: each has to be the gradient."""
    facts: list[tuple[Name, Part]]
    """What is said on the way of other quantities and derivatives of the graph."""


def read_statement(text: str, names: Names, asked: Asked | None = None) -> Statement:
    """Read a claim: "formula", "∂y/∂x = formula" or "∂y/∂x = formula = number", with definitions.

    Names are those of the graph. Raises `FormulaError`.
    """
    asked = asked or Asked()
    equation = read_equation(text, names)
    first, *others = equation.sides
    heading = bool(others) and (not first or read_left(first, names, asked) != "formula")
    sides = others if heading else equation.sides
    # but g = 2*z; g = g*x goes on with what was defined
    same = "" if not heading or joined(first) in [token.text for token in sides[-1]] else joined(first)
    again = [one for one in equation.definitions if one.name == same or _is_row(one, names, asked)]
    rest = [one for one in equation.definitions if one not in again]
    if len(sides) + len(again) > MOST:
        raise FormulaError(f"an equation of {len(sides) + len(again):,} parts is too long to read, the limit is {MOST}")

    def part(pieces: Sequence[Token], *, leads: bool = False) -> Part:
        said = text[pieces[0].at : pieces[-1].at + len(pieces[-1].text)]
        return Part(said, bare_number(said) or read_formula(pieces, text, names, rest), leads)

    parts = [part(side, leads=bool(others) and side is first) for side in sides]
    parts += [part(one.right) for one in again]
    facts = [(known, part(one.right)) for one in rest if (known := _quantity(one, text, names)) is not None]
    return Statement(parts, facts)


def _is_row(one: Definition, names: Names, asked: Asked) -> bool:
    """Whether what looks like a definition says what the row's derivative is."""
    try:
        return one.name not in names and read_left(one.left, names, asked) == "row"
    except FormulaError:
        return False


def _quantity(one: Definition, text: str, names: Names) -> Name | None:
    """The quantity or derivative of the graph that a definition is of; None if its name is new."""
    try:
        found = read_formula(one.left, text, names, ())
    except FormulaError:
        return None
    return found if isinstance(found, Name) else None


def judge_text(setting: Setting, wrt: Value, text: str, rules: Rules) -> Found:
    """Judge a claim that is text."""
    number = read_number(text)
    if number is not None:
        return judge_number(setting, wrt, number, rules)
    try:
        statement = read_statement(text, setting.texts, _asked(setting, wrt))
    except FormulaError as error:
        return Found(UNREADABLE, str(error))
    parts = statement.parts
    found = _together(parts, [_judged(setting, wrt, part.meaning, rules) for part in parts])
    notes = [found.note, *(_told(setting, *fact) for fact in statement.facts)]
    return replace(found, note="; ".join(filter(None, notes)))


def _asked(setting: Setting, wrt: Value) -> Asked:
    names = setting.names
    base, along = setting.derivative
    return Asked(
        names.get(setting.y, ""), names.get(wrt, ""), names.get(base, ""), tuple(names.get(x, "") for x in along)
    )


def _told(setting: Setting, quantity: Name, part: Part) -> str:
    """What to say of a fact that is none."""
    assert quantity.text is not None
    true = setting.here.number(quantity.text)
    if not math.isfinite(true):
        return ""
    if isinstance(part.meaning, Given):
        said, off, shown = part.meaning.value, float(part.meaning.half), ""
    else:
        node, numbers = build(operands_first(part.meaning), setting.here.named)
        said = node.data
        shown = f" = {said:.6g}"
        off = rounding(node) + left_open(node, numbers)
    if abs(said - true) <= 1.1 * off + SAME * abs(true):
        return ""
    text = quantity.text if isinstance(quantity.text, str) else partial(quantity.text.of, quantity.text.wrt[0])
    return f"but {brief(text)} is {true:.6g}, not {brief(part.text)}{shown}"


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
    if parts[k].leads and worst.verdict == WRONG:
        where = f"{said!r} stands left of the equals sign and is not this gradient"
    else:
        where = f"this is of the part {said!r} of the equation"
    return replace(worst, note=f"{worst.note}; {where}" if worst.note else where)
