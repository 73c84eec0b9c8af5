"""A claim in words of mathematics: a number, a formula, or an equation, each part of which has to be right."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from autograd_lite.audit.judging.calculations import bare_number, is_calculation, judge_calculation
from autograd_lite.audit.judging.verdicts import (
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
from autograd_lite.audit.notation.equations import Definition, is_quotient, joined, read_equation
from autograd_lite.audit.notation.formulas import Formulas, Names
from autograd_lite.audit.notation.left_sides import Asked, read_left
from autograd_lite.audit.notation.numbers import Given, read_number
from autograd_lite.audit.notation.tokens import FormulaError, Token, brief, derivative_parts
from autograd_lite.audit.notation.trees import build, operands_first
from autograd_lite.audit.places.points import Setting, rounding
from autograd_lite.audit.places.rounded import left_open
from autograd_lite.engine.value import Value
from autograd_lite.text.expression import Derivative, Expr, Name
from autograd_lite.text.layout import partial

__all__ = ["Part", "Statement", "judge_text", "read_statement"]

MOST = 20
"""Formulas that an equation may have."""
FACTS = 40
"""So many of what is said on the way are looked at."""
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

    def kind(left: Sequence[Token], defined: Collection[str]) -> str:
        return _kind(left, names, replace(asked, defined=defined))

    equation = read_equation(text, names, kind)
    first, *others = equation.sides
    heading = bool(others) and (not first or read_left(first, names, asked) != "formula")
    sides = others if heading else equation.sides
    same = joined(first) if heading else ""
    # but what the claim goes on with is a definition: g = 2*z; g = g*x
    used = _used(sides, equation.definitions)
    defined = {one.name for one in equation.definitions}
    again = [
        one
        for one in equation.definitions
        if one.name not in used and (one.name == same or kind(one.left, defined) in {"row", "like"})
    ]
    rest = [one for one in equation.definitions if one not in again]
    if len(sides) + len(again) > MOST:
        raise FormulaError(f"an equation of {len(sides) + len(again):,} parts is too long to read, the limit is {MOST}")
    # what the claim is called may be gone on with where it does not matter: w_new = w - 0.1*w.grad
    called = {one.name: one for one in (*again, Definition(same, first, sides[-1])) if one.name}
    known = {*names, *used, *(one.name for one in rest)}
    # what number a quantity of the graph has is a fact: elsewhere it has another
    local = [one for one in rest if one.name not in names or bare_number(_said(text, one.right)) is None]
    formulas = Formulas(text, names, [*local, *(one for name, one in called.items() if name not in known)])

    def part(pieces: Sequence[Token], *, leads: bool = False) -> Part:
        said = _said(text, pieces)
        number = None if said in names else bare_number(said)  # a label may be nan, or inf
        return Part(said, number or formulas.read(pieces), leads)

    parts = [part(side, leads=bool(others) and side is first) for side in sides]
    parts += [part(one.right) for one in again]
    quantities = ((_quantity(one, names), one) for one in rest)
    facts = ((quantity, part(one.right)) for quantity, one in quantities if quantity is not None)
    return Statement(parts, [*islice(facts, FACTS)])


def _said(text: str, pieces: Sequence[Token]) -> str:
    return text[pieces[0].at : pieces[-1].end] if pieces else ""


def _kind(left: Sequence[Token], names: Names, asked: Asked) -> str:
    """What a left side is, empty if it is of something else; the name of the row alone may be its number."""
    try:
        return "" if joined(left) in names else read_left(left, names, asked)
    except FormulaError:
        return ""


def _used(sides: Sequence[Sequence[Token]], definitions: Sequence[Definition]) -> set[str]:
    """The names and derivatives that the sides of a claim go on with, and the definitions of these, and so on."""
    by_name = {one.name: one for one in definitions}
    found: set[str] = set()
    waiting = list(sides)
    while waiting:
        formula = waiting.pop()
        quotients = {joined(formula[k : k + 3]) for k, token in enumerate(formula) if token.text[0] == "d"}
        new = quotients.union(token.text for token in formula) - found
        found |= new
        waiting += [by_name[name].right for name in new if name in by_name]
    return found


def _quantity(one: Definition, names: Names) -> Name | None:
    """The quantity or derivative of the graph that a definition is of; None if its name is new."""
    if one.name in names:
        return Name(names[one.name])
    if one.name.startswith("∂"):
        of, along = derivative_parts(one.name)
    elif is_quotient(one.left):
        of, along = one.left[0].text[1:], [one.left[2].text[1:]]
    else:
        return None
    known = of in names and len(along) == 1 and along[0] in names
    return Name(Derivative(names[of], (names[along[0]],))) if known else None


def judge_text(setting: Setting, wrt: Value, text: str, rules: Rules) -> Found:
    """Judge a claim that is text."""
    number = read_number(text)
    if number is not None and text.strip() not in setting.texts:
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
        names.get(setting.y, ""),
        names.get(wrt, wrt.label),
        names.get(base, ""),
        tuple(names.get(x, "") for x in along),
        bool(wrt.label),
        setting.families,
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
    if parts[0].leads and found[0].verdict == UNREADABLE:
        worst = found[0]  # of "2*dy/dx = 4*x" the other parts are not to be the gradient
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
