"""What stands left of the equals sign of a claim: whose derivative it says that the rest is."""

import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from autograd_lite.testing.claims.equations import is_quotient, joined
from autograd_lite.testing.claims.functions import CONSTANTS, FUNCTIONS, SIGNS
from autograd_lite.testing.claims.tokens import LOWERED, RAISED, FormulaError, Token, brief, derivative_parts, nearest
from autograd_lite.text.expression import Derivative
from autograd_lite.text.formulas import notation

__all__ = ["Asked", "Left", "read_left"]

Left = Literal["row", "new", "formula"]
"""What a left side is: the derivative or name of the row, one with names that are new, or a formula to be judged."""


@dataclass(frozen=True)
class Asked:
    """What a claim is of, in names of the graph."""

    root: str = ""
    """The result."""
    row: str = ""
    """Along what."""
    of: str = ""
    """What the result is the derivative of; the result itself if it is none."""
    along: tuple[str, ...] = ()
    """Along what it is that."""
    hints: bool = True
    """Whether errors say which name may be meant, which takes time."""


def read_left(left: Sequence[Token], names: Mapping[str, str], asked: Asked) -> Left:
    """Return what a left side is.

    Raises `FormulaError` for the derivative of something else.
    """
    pieces = [token.text for token in _without_arguments(left, names)]
    if is_quotient(left) and not all(x in names for x in (pieces[0], pieces[2])):
        return _of(pieces[0][1:], (pieces[2][1:],), joined(left), names, asked)
    if len(pieces) != 1 or left[0].kind not in {"name", "derivative"}:
        return "formula"
    text = joined(left[:1])
    if text in names:
        return "row" if names[text] == asked.row else "formula"
    if left[0].kind == "derivative":
        return _of(*derivative_parts(text), text, names, asked)
    if text == _word(asked):
        return "row"
    return "formula" if text in CONSTANTS else _name(text, names, asked)


def _word(asked: Asked) -> str:
    """The row's derivative as formula() prints it in Python."""
    name = Derivative(asked.root, (asked.row,))
    return str(notation("python").names([name])[name].text)


def _without_arguments(left: Sequence[Token], names: Mapping[str, str]) -> Sequence[Token]:
    """The name f of f(x, y), if that is new."""
    if len(left) < 4 or left[0].kind != "name" or left[1].text != "(" or left[-1].text != ")":
        return left
    named = all(token.kind == "name" or token.text == "," for token in left[2:-1])
    new = left[0].text not in {*names, *FUNCTIONS, *SIGNS} and left[0].text.rstrip("'") not in FUNCTIONS
    return left[:1] if named and new else left


def _name(text: str, names: Mapping[str, str], asked: Asked) -> Left:
    """What a name is that no quantity has: the gradient as dy_dx, dx, x.grad or y', or any other, such as g."""
    for at in (match.start() for match in re.finditer("_d", text)):
        of, wrt = text[1:at], text[at + 2 :]
        # words that formula() makes of other labels tell nothing
        known = names.get(wrt) == wrt and (names.get(of) == of or (of not in names and asked.root.startswith(of)))
        if text[0] in "d∂" and known:
            return _of(of, (wrt,), text, names, asked)
    for wrt in (text.removesuffix(".grad"), text.removeprefix("d"), text.removeprefix("grad_")):
        if wrt != text and wrt in names:
            return _of("", (wrt,), text, names, asked)
    of = text.rstrip("'")
    if of == text or of not in names:
        return "new"
    order = len(text) - len(of)
    if (names[of], order) not in {(asked.root, 1), (asked.of, len(asked.along) + 1)}:
        raise FormulaError(f"left of the equals sign stands {brief(text)}, the slope of something else")
    return "row"


def _of(of: str, along: Sequence[str], text: str, names: Mapping[str, str], asked: Asked) -> Left:
    """Say that the derivative of one thing along others is that of the row; all may have names that are new.

    Numbers written small are orders, in "²y" and in "x²".
    """
    start = f"left of the equals sign stands {brief(text)}"
    of, order = _ordered(of, names)
    variables: list[str] = []
    for one in along:
        x, times = _repeated(one, names, RAISED if order == 1 else RAISED + string.digits)
        variables += [x] * times
    if order != len(variables):
        raise FormulaError(f"{start}: in it the orders of the two sides of the stroke differ")
    first = order == 1
    root = asked.root if first else asked.of
    if names.get(of, root) != root:
        raise FormulaError(f"{start}, but the result is {brief(asked.root)}, not {brief(of)}")
    if first:
        wrt = variables[0]
        if wrt in names and names[wrt] != asked.row:
            raise FormulaError(f"{start}: this is the row of {brief(wrt)}")
        if of in names and wrt not in names:
            raise FormulaError(f"{start}, and {brief(wrt)} is not known; {nearest(wrt, names) if asked.hints else ''}")
        return "row" if wrt in names and (of in names or not of) else "new"
    if not asked.row:  # of what the result does not depend on
        return "new"
    if Counter(names.get(x, x) for x in variables) != Counter((*asked.along, asked.row)):
        due = Derivative(asked.of, (*asked.along, asked.row))
        raise FormulaError(f"{start}; what is asked for is {brief(str(notation('plain').names([due])[due].text))}")
    return "row"


def _ordered(name: str, names: Mapping[str, str]) -> tuple[str, int]:
    """A name without the order of a derivative that stands before it, as in d²y and d2y, and that order."""
    bare = name.lstrip(RAISED + string.digits)
    return (name, 1) if name in names or not bare else (bare, _count(name.removesuffix(bare)))


def _repeated(name: str, names: Mapping[str, str], digits: str) -> tuple[str, int]:
    """A name without how often is differentiated along it, as in dx² and dx2, and that number."""
    bare = name.rstrip(digits)
    return (name, 1) if name in names or not bare else (bare, _count(name.removeprefix(bare)))


def _count(digits: str) -> int:
    lowered = digits.translate(LOWERED) or "1"
    return int(lowered) if lowered.isdecimal() and len(lowered) <= 2 else 0
