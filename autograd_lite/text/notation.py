"""What a language of formulas is: a table of operations, names and numbers, and how equations stand together."""

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from autograd_lite.engine.ops import Op
from autograd_lite.text.expression import Derivative

__all__ = [
    "CALL",
    "LOOSE",
    "POWER",
    "PRODUCT",
    "SIGN",
    "SUM",
    "Notation",
    "Rope",
    "Row",
    "Written",
    "called",
    "fraction",
]

LOOSE, SUM, PRODUCT, SIGN, POWER, CALL = 0, 1, 2, 3, 4, 9
"""How tightly a formula holds together: in brackets wherever they could matter; as a sum; ...; nowhere in brackets."""

Row = tuple[str, int]
"""How an operation is written: a template, and how tightly that holds together.

`{0:2}` in the template is argument 0, in brackets if it binds looser than 2.
"""

Rope = Any
"""Text in pieces: a string, or a list of ropes. Joined once, so that the time grows with the length only."""


@dataclass(frozen=True, slots=True)
class Written:
    """A piece of formula: its text, and how tightly it holds together."""

    text: Rope
    binds: int = CALL
    tight: Rope = None
    """The text without spaces, as in w1*i1 + w2*i2; None unless it is made of nothing but names and numbers."""
    opposite: "Written | None" = None
    """The same without the minus sign it starts with; None if it starts with none."""


@dataclass(frozen=True)
class Notation:
    """How formulas are written down: a table of operations, and what a language has beside it."""

    names: Callable[[Iterable[str | Derivative], MutableMapping[str, None]], Mapping[str | Derivative, Written]]
    """Turns names into text that cannot be taken for anything else, each into another than those that are used."""
    number: Callable[[Fraction | float], Written]
    table: Mapping[str, Row]
    """By the name of the operation."""
    call: Callable[[Op], Row]
    """How an operation is written that the table does not have: called by its name."""
    lines: Callable[[Sequence[tuple[str, str]]], str]
    """Puts equations together, left and right sides; the first is what was asked for, what it uses comes after it.
    Its left side may be empty."""
    beside_zero: Mapping[tuple[str, int], str] = field(default_factory=dict)
    """Templates of operations by their name and the number of an argument, for when that is the number 0."""
    brackets: tuple[str, str] = ("(", ")")
    product: str = ""
    """Template of a product without spaces, if there is one."""
    bracket_signs: bool = True
    """Whether to write x * (-y) rather than x * -y."""
    deepest: int = 0
    """So many operations in each other, and terms or factors in a row, are written; what has more is split. 0: any."""

    def row(self, op: Op) -> Row:
        """Return how an operation is written."""
        return self.table.get(op.name) or self.call(op)

    def template(self, op: Op, args: Sequence[Written]) -> str:
        """Return the template of an operation on these arguments."""
        for k, x in enumerate(args):
            if (op.name, k) in self.beside_zero and x.text == self.number(Fraction(0)).text:
                return self.beside_zero[op.name, k]
        return self.row(op)[0]


def called(name: str, arity: int, start: str = "(", end: str = ")", comma: str = ", ") -> Row:
    """Return how a function is written that is called by its name; braces in the texts are doubled."""
    return name + start + comma.join(f"{{{k}}}" for k in range(arity)) + end, CALL


def fraction(x: Fraction) -> bool:
    """Whether a number is better read as a fraction, 1/2 and 2/3, than with decimals, 0.1 and 2.5."""
    q = x.denominator
    rest = q
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return q > 1 and (q <= 1000 if rest > 1 else q <= 8 and q != 5 and abs(x) < 1)
