"""The equations in the text of a claim: which of them is the claim, its sides, and what the others define."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from autograd_lite.audit.notation.tokens import (
    LINES,
    LONGEST,
    WORDS,
    FormulaError,
    Token,
    brief,
    place,
    tokens,
)
from autograd_lite.engine import ops

__all__ = ["CLOSING", "OPERATORS", "Definition", "Equation", "is_quotient", "joined", "read_equation"]

OPERATORS = {
    **dict.fromkeys("+", ops.add),
    **dict.fromkeys("-−–", ops.sub),
    **dict.fromkeys(("*", "·", "⋅", "∙", "×"), ops.mul),
    **dict.fromkeys(("/", "÷", "∕", "⁄"), ops.div),
    **dict.fromkeys(("^", "**"), ops.power),
    "%": ops.mod,
    "//": ops.floor_divide,
}
CLOSING = {"(": ")", "[": "]", "{": "}"}
EQUALS = {"=", "≈"}


@dataclass(frozen=True)
class Definition:
    """What is defined, a name or a derivative, and the formula for it."""

    name: str
    left: Sequence[Token]
    right: Sequence[Token]


@dataclass(frozen=True)
class Equation:
    """A claim in pieces."""

    sides: list[list[Token]]
    """What stands between the equals signs; the first is empty if there is nothing before the first of them."""
    definitions: list[Definition]


def read_equation(
    text: str, names: Collection[str] = (), kind: Callable[[Sequence[Token], Collection[str]], str] = lambda *_: ""
) -> Equation:
    """Return the equation that a text claims, with the definitions that belong to it.

    It is the formula without a left side, or what has one whose `kind` is "row", or else "like", or the last or first
    of all; the kind is asked for with all that the text defines.

    Definitions follow with "where", "and" or a comma, or stand in lines before or before a semicolon. These words are
    none if they are `names` of the graph.

    Raises `FormulaError`.
    """
    if len(text) > LONGEST:
        raise FormulaError(
            f"a formula of {len(text):,} characters is too long to read, the limit is {LONGEST:,}; give it as a node"
        )
    found = _with_breaks(_without_doubles(tokens(text, names)))
    if not any(token.kind != "break" for token in found):
        raise FormulaError("the formula is empty")
    equations = _equations(found)
    target = equations.pop(_place(found, equations, kind))
    definitions: list[Definition] = []
    for part in equations:
        left, right = _sides(part, text)
        definitions.append(Definition(_key(left, right, text), left, right))
    return Equation(_between(target), definitions)


def is_quotient(left: Sequence[Token]) -> bool:
    """Whether pieces are a derivative written with d, as dE/dw."""
    pieces = [token.text for token in left]
    return len(left) == 3 and pieces[1] == "/" and pieces[0][0] == pieces[2][0] == "d"


def joined(left: Sequence[Token]) -> str:
    """Return the text of a left side without its spaces, as two of the same quantity have it in common."""
    return "".join(token.text for token in left)


def _without_doubles(found: Sequence[Token]) -> list[Token]:
    """A comma at the end of a line is no other than one within it, and one before "where" is that word."""
    kept: list[Token] = []
    for token in found:
        if token.kind == "break" and kept and kept[-1].text == ",":
            kept[-1] = token if token.text in WORDS else kept[-1]
        else:
            kept.append(token)
    return kept


def _with_breaks(found: Sequence[Token]) -> list[Token]:
    """A comma outside brackets before "name =" separates a definition, as a break does."""
    pieces = []
    depth = 0
    for k, token in enumerate(found):
        depth += (token.text in CLOSING) - (token.text in CLOSING.values())
        after = found[k + 1 : k + 5]
        named = _is_equals(after[1:2]) or (is_quotient(after[:3]) and _is_equals(after[3:]))
        if token.text == "," and depth == 0 and named and after[0].kind in {"name", "derivative"}:
            pieces.append(replace(token, kind="break"))
        else:
            pieces.append(token)
    return pieces


def _is_equals(pieces: Sequence[Token]) -> bool:
    return bool(pieces) and pieces[0].text in EQUALS


def _place(
    found: Sequence[Token],
    equations: Sequence[Sequence[Token]],
    kind: Callable[[Sequence[Token], Collection[str]], str],
) -> int:
    """Which of the equations is the claim."""
    left_sides = [_left(equation) for equation in equations]
    bare = [k for k, left in enumerate(left_sides) if left is None]
    if len(bare) == 1:
        return bare[0]
    defined = {joined(left) for left in left_sides if left}
    kinds = [kind(left, defined) if left and not bare else "" for left in left_sides]
    named = [k for k, x in enumerate(kinds) if x == "row"] or [k for k, x in enumerate(kinds) if x == "like"]
    return named[-1] if named else 0 if _comes_first(found, equations) else -1


def _left(equation: Sequence[Token]) -> list[Token] | None:
    """What stands before the first equals sign; None if there is none."""
    at = next((k for k, token in enumerate(equation) if token.text in EQUALS), None)
    return None if at is None else list(equation[:at])


def _comes_first(found: Sequence[Token], equations: Sequence[Sequence[Token]]) -> bool:
    """Whether the first equation is the claim and what follows are definitions, not the other way round."""
    breaks = {token.text for token in found if token.kind == "break"}
    if "where" in breaks or "," not in breaks:
        return "where" in breaks
    used = {token.text for equation in equations[1:] for token in equation}
    first = equations[0]
    return not (len(first) > 1 and first[1].text in EQUALS and first[0].text in used)


def _between(pieces: Sequence[Token]) -> list[list[Token]]:
    """What stands between the equals signs of a claim."""
    sides: list[list[Token]] = [[]]
    for token in pieces:
        if token.text in EQUALS:
            sides.append([])
        else:
            sides[-1].append(token)
    for k, side in enumerate(sides[1:], 1):
        if not side:
            raise FormulaError(f"there is no formula after the {'equals sign' if k == 1 else 'last equals sign'}")
    return sides


def _key(left: Sequence[Token], right: Sequence[Token], text: str) -> str:
    """What an equation defines: a name, or a derivative."""
    if is_quotient(left) or (len(left) == 1 and left[0].kind in {"name", "derivative"}):
        return joined(left)
    if not left:
        start = place(text, right[0].at) if right else "at the end"
        raise FormulaError(f"there are two formulas, one {start}; a definition is a name, an equals sign and a formula")
    pieces = " ".join(token.text for token in left)
    raise FormulaError(f"what is defined {place(text, left[0].at)} is no name: {brief(pieces)}")


def _equations(pieces: Sequence[Token]) -> list[list[Token]]:
    """The tokens of each equation, which may go on over several lines; the last may be a formula alone."""
    if sum(token.kind == "break" for token in pieces) > LINES:
        raise FormulaError(f"a formula of more than {LINES:,} lines is too long to read; give it as a node")
    lines: list[list[Token]] = [[]]
    for token in pieces:
        if token.kind == "break":
            lines.append([])
        else:
            lines[-1].append(token)
    found: list[list[Token]] = []
    depth = 0
    for line in filter(None, lines):
        if found and (depth > 0 or _goes_on(found, line)):
            found[-1] += line
        else:
            found.append(line)
            depth = 0
        depth += sum((token.text in CLOSING) - (token.text in CLOSING.values()) for token in line)
    return found


def _goes_on(before: Sequence[Sequence[Token]], line: Sequence[Token]) -> bool:
    """Whether a line goes on with the equation before, all of whose brackets are closed."""
    last = before[-1]
    if last[-1].text in OPERATORS or last[-1].text in {"=", ","}:
        return True
    if line[0].text in EQUALS:
        return True
    if any(token.text in EQUALS for token in line):
        return False
    if OPERATORS.get(line[0].text) in {ops.add, ops.sub}:
        # "- b" may go on with "a", and may be a formula in what was defined before
        used = {token.text for token in line}
        return not any(
            len(equation) > 1 and equation[1].text in EQUALS and equation[0].text in used for equation in before
        )
    return line[0].text in OPERATORS or line[0].text in CLOSING.values()


def _sides(pieces: list[Token], text: str) -> tuple[list[Token], list[Token]]:
    places = [k for k, token in enumerate(pieces) if token.text in EQUALS]
    if not places:
        return [], pieces
    if len(places) > 1:
        raise FormulaError(f"a second equals sign {place(text, pieces[places[1]].at)}; give one formula alone")
    return pieces[: places[0]], pieces[places[0] + 1 :]
