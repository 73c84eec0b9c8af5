"""The text of a formula in pieces: names, numbers, signs; and the error that says what is wrong with it."""

import difflib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import islice

from autograd_lite.text.python import WORD, visible

__all__ = [
    "DIGITS",
    "LINES",
    "LONGEST",
    "LOWERED",
    "RAISED",
    "WORDS",
    "FormulaError",
    "Token",
    "brief",
    "derivative_parts",
    "family",
    "in_order",
    "nearest",
    "place",
    "tokens",
    "unknown_row",
]

RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺"
"""Digits and signs of exponents written small."""
LOWERED = str.maketrans(RAISED + "−–", "0123456789-+--")
"""What makes ordinary ones of these."""
LONGEST = 100_000
"""Characters that a formula may have."""
LINES = 2000
"""Lines and definitions that a formula may have."""
WORDS = ("where", "and")
"""What definitions may follow with."""
DIGITS = 1000
"""Characters that a number may have."""


class FormulaError(ValueError):
    """A text that is no formula in the names of the graph; the message says why."""


def brief(text: str, limit: int = 40) -> str:
    """Return user text for a message: in one line, invisible characters escaped, the end left out if it is long."""
    shown = visible(text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def key_of(name: str) -> tuple[str, int, str]:
    """Return what names are sorted by: w2 before w10."""
    return name.rstrip("0123456789"), len(name), name


def family(label: str) -> str:
    """Return a label without its numbers: a_h1 and a_h2 are of one family."""
    return re.sub(r"\d+", "#", label[:200])


def in_order(names: Iterable[str]) -> list[str]:
    """Return names sorted as people do."""
    return sorted(names, key=key_of)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint for a name that is not known: the nearest known one, or all if they are few."""
    names = in_order(islice((x for x in known if len(x) <= 60), 2000))
    near = difflib.get_close_matches(word[:60], names, 1, 0.6)
    if not near or near[0].lower() != word.lower():
        near = [name for name in names if name.lower() == word[:60].lower()] or near
    if near:
        return f"did you mean {brief(near[0])}?"
    if not names:
        return "no name is known"
    return f"known are {', '.join(brief(name) for name in names[:30])}{', ...' * (len(names) > 30)}"


_WORD = WORD.pattern
_NAME = rf'(?>{_WORD}|"(?:[^"\\]|\\.)*+")'
TOKENS = re.compile(
    rf"(?P<derivative>∂(?P<of>[{RAISED}]*+{_NAME})\s*+/\s*+(?P<along>(?:∂{_NAME}[{RAISED}]*+)++))"
    r'|(?P<float>float\("-?(?:nan|inf)"\))'
    rf"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+−–]?[0-9]+)?)|(?P<name>{_NAME}[′’]*)|(?P<raised>[{RAISED}]+)"
    r"|(?P<sign>\*\*|==|//|[<>]=|[-+*/%^()<>≤≥\[\]{}|,=√−–·⋅∙×÷∕⁄])|(?P<break>[\n;]+)|(?P<space>[^\S\n]+)|(?P<other>.)",
    re.DOTALL,
)


KINDS = ("derivative", "float", "number", "name", "raised", "sign", "break", "space", "other")


@dataclass(frozen=True)
class Token:
    """A piece of a formula: what it is, its text, where it starts, and where it ends."""

    kind: str
    text: str
    """A derivative has none of the spaces that it may have around its stroke."""
    at: int
    end: int


def tokens(text: str, names: Collection[str] = ()) -> list[Token]:
    """Return the pieces of a text, spaces left out; lines and definitions are separated by pieces "break".

    So are the words "where" and "and", unless they are among the names.
    """
    found = []
    for match in TOKENS.finditer(text):
        kind = next(kind for kind in KINDS if match[kind] is not None)
        piece = f"∂{match['of']}/{match['along']}" if kind == "derivative" else match.group()
        if kind == "name" and piece in WORDS and piece not in names:
            kind = "break"
        if kind == "name" and piece[-1] in "′’":
            piece = piece.replace("′", "'").replace("’", "'")
        if kind != "space":
            found.append(Token(kind, piece, match.start(), match.end()))
        if kind == "other" and piece == '"':
            break  # it is never closed, and what comes after it is no formula
    return found


def derivative_parts(derivative: str) -> tuple[str, list[str]]:
    """Return what a derivative written with ∂ is of, and along what, with the orders written small."""
    match = TOKENS.match(derivative)
    assert match is not None
    return match["of"], [x[1] for x in re.finditer(rf"∂({_NAME}[{RAISED}]*+)", match["along"])]


def place(text: str, at: int) -> str:
    """Say where in a formula something is: after what."""
    before = text[max(0, at - 20) : at].strip()
    cut = "…" * (at > 20)
    return f"after {cut + before!r}{f' (character {at + 1:,})' * (at > 20)}" if before else "at the start"


def unknown_row(name: str, result: str, names: Collection[str]) -> str:
    """Return what to say of a row whose name no node has; `result` is what is differentiated."""
    other = re.fullmatch(r"[∂d]([^/]+)/[∂d](.+)", name)
    if other and other[2] in names and result:
        return f"the result is {brief(result)}, not {brief(other[1])}; give its slopes, as {brief(other[2])}"
    return nearest(name, names)
