"""What stands left of the equals sign of a claim: whose derivative it says that the rest is."""

import re
import string
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

from autograd_lite.audit.notation.equations import is_quotient, joined
from autograd_lite.audit.notation.functions import CONSTANTS, FUNCTIONS, SIGNS
from autograd_lite.audit.notation.tokens import LOWERED, RAISED, FormulaError, Token, brief, derivative_parts, family
from autograd_lite.text.expression import Derivative
from autograd_lite.text.formulas import notation
from autograd_lite.text.writing import Texts

__all__ = ["Asked", "Left", "read_left"]

Left = Literal["row", "like", "new", "formula"]
"""What a left side is: the derivative or name of the row; its derivative with a usual letter for the result; a name
that is new; or a formula to be judged."""
LOSS = re.compile(r"[ELJCFℓℒ]_?(tot|total)?|loss|cost|error", re.IGNORECASE)
"""What people call a result, whatever its label."""


@dataclass(frozen=True)
class Asked:
    """What a claim is of, in names of the graph."""

    root: str = ""
    """The result; empty if it has no name."""
    row: str = ""
    """Along what; empty if that has no name."""
    of: str = ""
    """What the result is the derivative of; the result itself if it is none."""
    along: tuple[str, ...] = ()
    """Along what it is that."""
    labelled: bool = False
    """Whether the node of the row has a label, so that another name for it cannot be meant."""
    families: AbstractSet[str] = frozenset()
    """Names of the graph without their numbers."""
    defined: Collection[str] = ()
    """What the text defines: none of it is another letter for the result."""


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
    return Texts(notation("python"), [name]).text(name)


def _without_arguments(left: Sequence[Token], names: Mapping[str, str]) -> Sequence[Token]:
    """The name f of f(x, y), if that is new."""
    if len(left) < 4 or left[0].kind != "name" or left[1].text != "(" or left[-1].text != ")":
        return left
    named = all(token.kind == "name" or token.text == "," for token in left[2:-1])
    new = left[0].text not in {*names, *FUNCTIONS, *SIGNS} and left[0].text.rstrip("'") not in FUNCTIONS
    return left[:1] if named and new else left


def _name(text: str, names: Mapping[str, str], asked: Asked) -> Left:
    """What a name is that no quantity has: the gradient as dy_dx, dx, x.grad or y', or any other, such as g."""
    for of, wrt in _quotients(text, names):
        known = wrt in names or of in names or family(wrt) in asked.families
        if known or len(of) < 4 or _is_usual(of, asked.root):  # dropout_dense is a word
            return _of(of, (wrt,), text, names, asked)
    for wrt in (text.removesuffix(".grad"), text.removeprefix("grad_"), text.removeprefix("d")):
        # "delta" may be a new word, "dw9" beside w1 and w2 is none
        if wrt != text and (wrt in names or text[1:] != wrt or family(wrt) in asked.families):
            return _of("", (wrt,), text, names, asked)
    of = text.rstrip("'")
    if of == text:
        if family(text) in asked.families:
            raise FormulaError(f"{_start(text)}, and no quantity is called that{_due(asked)}")
        return "new"
    return _of(of, ("",) * (len(text) - len(of)), text, names, asked)


def _quotients(text: str, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """The derivatives that a word may be, as dy_dx or d_loss_d_w: of what and along what, those along a name first."""
    found = [(text[1 : m.start()], text[m.end() :]) for m in re.finditer("_d(?=.)", text) if text[0] in "d∂"]
    bare = [[x if x in names else x.strip("_") for x in pair] for pair in found]
    return sorted(((of, wrt) for of, wrt in bare if of and wrt), key=lambda pair: pair[1] not in names)


def _of(of: str, along: Sequence[str], text: str, names: Mapping[str, str], asked: Asked) -> Left:
    """Say that the derivative of one thing along others is that of the row; what is left empty is not said.

    Numbers written small are orders, in "²y" and in "x²".
    """
    of, order = _ordered(of, names) if any(along) else (of, len(along))
    variables: list[str] = []
    for one in along:
        x, times = _repeated(one, names, order)
        variables += [x] * times
    if order != len(variables):
        raise FormulaError(f"{_start(text)}: in it the orders of the two sides of the stroke differ")
    root, due = asked.root, [asked.row]
    if order > 1 or names.get(of) == asked.of != asked.root:
        root, due = asked.of, [*asked.along, asked.row]
    is_root = not of or names.get(of) == root != ""
    if not is_root and (of in names or not _may_be(of, root, asked)):
        wrong = f"but the result is not {brief(of)}" if of in names else f"and {brief(of)} is not known"
        raise FormulaError(f"{_start(text)}, {wrong}{_due(asked)}")
    if not any(variables) and len(variables) == len(due):
        return "row" if is_root else "like"
    meant = [_meant(x, names, asked) for x in variables]
    if Counter(meant) != Counter(due):
        unknown = [x for x in variables if x and x != asked.row and x not in names and _meant(x, names, asked) == x]
        said = f", and {brief(unknown[0])} is not known" if unknown else ""
        raise FormulaError(f"{_start(text)}{said}{_due(asked)}")
    return "row" if is_root and all(x in names or x == asked.row for x in variables) else "like"


def _meant(name: str, names: Mapping[str, str], asked: Asked) -> str:
    """The quantity of the graph that a name left of the equals sign is of: that of the row in other letters too."""
    if name in names:
        return names[name]
    return asked.row if not asked.labelled or _letters(name) == _letters(asked.row) else name


def _may_be(name: str, root: str, asked: Asked) -> bool:
    """Whether a name that is not known may be one for the result."""
    return name not in asked.defined and (not root or _is_usual(name, root))


def _is_usual(name: str, root: str) -> bool:
    """Whether people call a result so, or this is its label in other letters, or the beginning of it."""
    return bool(LOSS.fullmatch(name)) or _letters(root).startswith(_letters(name) or " ")


def _letters(name: str) -> str:
    return name.replace("_", "").casefold()


def _start(text: str) -> str:
    return f"left of the equals sign stands {brief(text)}"


def _due(asked: Asked) -> str:
    """Say what belongs on the left."""
    if not asked.row:
        return "; the node of this row has no name"
    row = f"; this is the row of {brief(asked.row)}"
    if not asked.of:
        return row
    due = Derivative(asked.of, (*asked.along, asked.row))
    return f"{row}, and what is asked for is {brief(Texts(notation('plain'), [due]).text(due))}"


def _ordered(name: str, names: Mapping[str, str]) -> tuple[str, int]:
    """A name without the order of a derivative that stands before it, as in d²y and d2y, and that order."""
    bare = name.lstrip(RAISED + string.digits)
    return (name, 1) if name in names or not bare else (bare, _count(name.removesuffix(bare)))


def _repeated(name: str, names: Mapping[str, str], order: int) -> tuple[str, int]:
    """A name without how often is differentiated along it, as in dx² and dx2, and that number: at most the order."""
    bare = name.rstrip(RAISED)
    if name in names or not bare:
        return name, 1
    if bare == name:
        times = next((k for k in range(order, 1, -1) if name.endswith(str(k))), 1)
        return (name.removesuffix(str(times)), times) if times > 1 and len(name) > len(str(times)) else (name, 1)
    return bare, _count(name.removeprefix(bare))


def _count(digits: str) -> int:
    lowered = digits.translate(LOWERED) or "1"
    return int(lowered) if lowered.isdecimal() and len(lowered) <= 2 else 0
