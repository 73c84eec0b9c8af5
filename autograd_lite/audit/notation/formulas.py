"""Reading a formula that a person wrote. The text is only ever read: nothing in it is run or looked up in Python."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from autograd_lite.audit.notation.equations import CLOSING, OPERATORS, Definition
from autograd_lite.audit.notation.functions import COMPARISONS, CONSTANTS, FUNCTIONS, SIGNS, call, compared
from autograd_lite.audit.notation.numbers import Written
from autograd_lite.audit.notation.tokens import (
    DIGITS,
    LOWERED,
    RAISED,
    FormulaError,
    Token,
    brief,
    derivative_parts,
    nearest,
    place,
)
from autograd_lite.audit.notation.trees import apply, operands_first, replaced
from autograd_lite.engine import ops
from autograd_lite.text.expression import Derivative, Expr, Name, Number
from autograd_lite.text.python import visible

__all__ = ["Formulas", "Names", "read_formula"]

Names = Mapping[str, str]
"""The texts that stand for quantities of a graph, and what these are called."""


BINDS = {ops.add: 1, ops.sub: 1, ops.mul: 2, ops.div: 2, ops.mod: 2, ops.floor_divide: 2, ops.neg: 3, ops.power: 4}


def read_formula(pieces: Sequence[Token], text: str, names: Names, definitions: Sequence[Definition]) -> Expr:
    """Return the formula that these pieces of a text are, as `Formulas` does."""
    return Formulas(text, names, definitions).read(pieces)


class Formulas:
    """Reads formulas with what a text defines for them.

    Accepted is what `formula()` prints in the styles "plain" and "python", and other ways of writing the same: · and ×
    for *, ^ and ² for **, − for -, ln, σ, dE/dw for ∂E/∂w, [a > b] for 1 where that is so and 0 elsewhere. A product
    needs its sign: 2*x, not 2x.

    Raises `FormulaError`.
    """

    def __init__(self, text: str, names: Names, definitions: Sequence[Definition]) -> None:
        self._text, self._names = text, names
        self._local: dict[str, Name] = {}
        for one in definitions:
            if one.name in self._local:
                raise FormulaError(f"{brief(one.name)!r} is defined twice")
            self._local[one.name] = Name(one.name)
        self._trees = {
            name: _Reader(text, one.right, names, self._local).tree()
            for name, one in zip(self._local.values(), definitions, strict=True)
        }
        self._done: dict[Expr, Expr] = {}

    def read(self, pieces: Sequence[Token]) -> Expr:
        """Return the formula that these pieces of the text are as a tree; its names are quantities of the graph."""
        return self._resolved(_Reader(self._text, pieces, self._names, self._local).tree())

    def _missing(self, tree: Expr) -> list[Name]:
        names = (x for x in operands_first(tree) if isinstance(x, Name))
        return [x for x in names if x in self._trees and x not in self._done]

    def _resolved(self, target: Expr) -> Expr:
        """The target with the definitions put in, each before what uses it."""
        waiting: set[Name] = set()
        above = self._missing(target)
        while above:
            name = above[-1]
            first = [] if name in self._done else self._missing(self._trees[name])
            if first and name in waiting:
                raise FormulaError(f"{brief(str(name.text))!r} is defined by itself")
            if first:
                waiting.add(name)
                above += first
                continue
            above.pop()
            if name not in self._done:
                self._done[name] = replaced(self._trees[name], self._done)
        return replaced(target, self._done)


# --- one formula ---------------------------------------------------------------------------------------------------


class _Reader:
    """An operator-precedence reader with stacks of its own, so that no depth of brackets is too deep."""

    def __init__(self, text: str, pieces: Sequence[Token], names: Names, local: Mapping[str, Name]) -> None:
        self.text, self.tokens, self.names, self.local = text, pieces, names, local
        self.operands: list[Expr] = []
        self.waiting: list[tuple[object, int, int]] = []
        """Operators and brackets that wait for their right side: what, where, and how many operands lay below."""
        self.euler: set[Expr] = set()
        self.at = 0

    def tree(self) -> Expr:
        """Read all of it."""
        value_due = True
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            value_due = self._value(token) if value_due else self._operator(token)
        if value_due:
            raise FormulaError(
                f"after {self.tokens[-1].text!r} the formula ends, where a name, a number or a bracket is due"
                if self.tokens
                else "there is no formula after the equals sign"
            )
        self._reduce(0)
        if self.waiting:
            sign, at, _ = self.waiting[-1]
            sign = sign[0] if isinstance(sign, (str, tuple)) else sign
            raise FormulaError(f"the {sign} {place(self.text, at)} is never closed")
        return self.operands.pop()

    def _value(self, token: Token) -> bool:
        """Take a token where an operand is due; return whether one is due still."""
        self._foreign(token)
        kind, text = token.kind, token.text
        if kind == "number":
            if len(text) > DIGITS:
                raise FormulaError(f"a number of {len(text):,} digits {place(self.text, token.at)} is too long")
            # whole numbers are exact, and so are fractions of them, whatever their length
            self.operands.append(Number(Fraction(int(text)) if text.isdecimal() else Written(text.translate(LOWERED))))
        elif kind == "float":
            self.operands.append(Number(float(text[7:-2])))
        elif text == "√" or (kind == "name" and self._next() == "("):
            return self._function(token)
        elif kind in {"name", "derivative"}:
            self.operands.append(self._name(token))
        elif text in CLOSING or text == "|":
            self.waiting.append((text, token.at, len(self.operands)))
            return True
        elif OPERATORS.get(text) is ops.sub:
            self.waiting.append((ops.neg, token.at, len(self.operands)))
            return True
        elif text == "+":
            return True
        else:
            what = f"before {text!r} " if text not in {")", "]", "}"} else "in front of the closing bracket "
            raise FormulaError(f"{what}a name, a number or a bracket is missing {place(self.text, token.at)}")
        return self._raised()

    def _operator(self, token: Token) -> bool:
        self._foreign(token)
        text = token.text
        if token.kind == "sign" and text in OPERATORS:
            op = OPERATORS[text]
            # a power waits for what stands right of it
            self._reduce(BINDS[op] + (op is ops.power))
            self.waiting.append((op, token.at, len(self.operands)))
            return True
        if token.kind == "sign" and text in {")", "]", "}", "|", ","}:
            return self._close(token)
        if text in COMPARISONS:
            return self._comparison(token)
        if token.kind == "raised" or (token.kind == "name" and not text.strip(RAISED)):
            self.at -= 1
            return self._raised()
        if text in {"=", "=="}:
            raise FormulaError(f"{text!r} {place(self.text, token.at)} stands inside the formula")
        before = self.tokens[self.at - 2].text
        raise FormulaError(
            f"between {brief(before)!r} and {brief(text)!r} an operator is missing; for a product write *"
        )

    def _foreign(self, token: Token) -> None:
        """Raise for a letter that has no place in formulas."""
        if token.kind != "other":
            return
        where = place(self.text, token.at)
        if token.text == '"':
            raise FormulaError(f"the quotation mark {where} is never closed")
        hint = ' labels that are no words are quoted with ", as in "a b"' if token.text in "'`“”„" else ""
        raise FormulaError(f"{visible(token.text)} {where} has no meaning in a formula{';' * bool(hint)}{hint}")

    def _reduce(self, binds: int) -> None:
        """Apply the operators that wait and bind at least as tightly."""
        while self.waiting and isinstance(self.waiting[-1][0], ops.Op) and BINDS[self.waiting[-1][0]] >= binds:
            op, _, _ = self.waiting.pop()
            assert isinstance(op, ops.Op)
            right = self.operands.pop()
            if op is ops.neg:
                self.operands.append(_minus(right))
                continue
            left = self.operands.pop()
            power_of_e = op is ops.power and left in self.euler
            self.operands.append(apply(ops.exp, right) if power_of_e else _applied(op, left, right))

    def _comparison(self, token: Token) -> bool:
        """Take the sign of a comparison, which the bracket around it keeps."""
        self._reduce(0)
        opening, start, below = self.waiting[-1] if self.waiting else (None, 0, 0)
        if opening != "[":
            sign = f"the {token.text} {place(self.text, token.at)}"
            raise FormulaError(f"{sign} compares two formulas, which stand in square brackets: [a {token.text} b]")
        self.waiting[-1] = ("[" + token.text, start, below)
        return True

    def _close(self, token: Token) -> bool:
        self._reduce(0)
        text = token.text
        opening, start, below = self.waiting[-1] if self.waiting else (None, 0, 0)
        function = opening if isinstance(opening, tuple) else None
        if text == "," and function:
            return True
        if text == ",":
            raise FormulaError(f"the comma {place(self.text, token.at)} separates nothing; decimals have a point: 0.5")
        if opening == "|" == text:
            self.operands.append(apply(ops.absolute, self.operands.pop()))
        elif isinstance(opening, str) and opening[1:] and text == "]":
            right, left = self.operands.pop(), self.operands.pop()
            self.operands.append(compared(opening[1:], left, right))
        elif function and text == ")":
            args = self.operands[below:]
            del self.operands[below:]
            self.operands.append(call(str(function[1]), args))
        elif opening is None:
            raise FormulaError(f"the {text} {place(self.text, token.at)} was never opened")
        elif not isinstance(opening, str) or CLOSING.get(opening) != text:
            sign = opening[0] if isinstance(opening, (str, tuple)) else opening
            raise FormulaError(
                f"the {text} {place(self.text, token.at)} does not close the {sign} {place(self.text, start)}"
            )
        self.waiting.pop()
        return self._raised()

    def _raised(self) -> bool:
        """Take exponents written small, after an operand."""
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        if token is not None and not token.text.strip(RAISED):
            self.at += 1
            before = self.text[: token.at]
            self._small(before[len(before.rstrip(RAISED)) :] + token.text, token.at)
        return False

    def _small(self, raised: str, at: int) -> None:
        digits = raised.translate(LOWERED)
        if not re.fullmatch(r"[-+]?[0-9]{1,9}", digits):
            raise FormulaError(f"{raised!r} {place(self.text, at)} is no exponent")
        self.operands.append(apply(ops.power, self.operands.pop(), Number(float(digits))))

    def _next(self) -> str:
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def _function(self, token: Token) -> bool:
        text = token.text
        if self._next() != "(":
            raise FormulaError(f"after {text} a bracket is due {place(self.text, token.at + 1)}")
        base = text.removesuffix("'")
        if text not in FUNCTIONS and base not in FUNCTIONS and text not in SIGNS:
            if text in self.names or text in self.local:
                numbered = f"{text} ({self.tokens[self.at + 1].text})" if self.at + 1 < len(self.tokens) else ""
                hint = f'; the quantity "{brief(numbered)}" is written in quotation marks'
                raise FormulaError(
                    f"between {brief(text)!r} and '(' an operator is missing; for a product write *"
                    + hint * (numbered in self.names.values())
                )
            raise FormulaError(f"{brief(text)!r} is no function; {nearest(text, [*FUNCTIONS, *SIGNS])}")
        self.waiting.append((("(", text), self.tokens[self.at].at, len(self.operands)))
        self.at += 1
        return True

    def _name(self, token: Token) -> Expr:
        text = token.text
        defined = self.local.get(text) or self._defined(text)
        if defined is not None:
            return defined
        if text in self.names:
            return Name(self.names[text])
        if token.kind == "derivative":
            return self._derivative(text)
        found = self._quotient(token)
        if found is not None:
            return found
        plain = text.rstrip(RAISED)
        if plain != text and (plain in self.local or plain in self.names):
            self.operands.append(self.local.get(plain) or Name(self.names[plain]))
            self._small(text[len(plain) :], token.at + len(plain))
            return self.operands.pop()
        if text in CONSTANTS:
            number = Number(CONSTANTS[text])
            if text == "e":
                self.euler.add(number)
            return number
        if text in FUNCTIONS or text in SIGNS:
            raise FormulaError(f"{text} is a function: what it is taken of stands in brackets, {text}(...)")
        known = [*self.local, *self.names]
        raise FormulaError(f"the name {brief(text)!r} is not known; {nearest(text, known)}")

    def _derivative(self, text: str) -> Name:
        if text in self.names:
            return Name(self.names[text])
        of, along = derivative_parts(text)
        wrt = "∂".join(along)
        known = self.names
        if of in known and wrt in known:
            return Name(Derivative(known[of], (known[wrt],)))
        unknown = [x for x in (of, wrt) if x not in known]
        raise FormulaError(f"{brief(text)!r} is not known; {nearest(unknown[0], known)}")

    def _defined(self, text: str) -> Name | None:
        """The derivative dE/dw, if it was defined."""
        after = [x.text for x in self.tokens[self.at : self.at + 2]]
        found = self.local.get(f"{text}/{after[1]}") if after[:1] == ["/"] and len(after) == 2 else None
        if found is not None:
            self.at += 2
        return found

    def _quotient(self, token: Token) -> Name | None:
        """The derivative dE/dw, where dE and dw are no names themselves, but E and w are."""
        after = [x.text for x in self.tokens[self.at : self.at + 2]]
        if len(after) < 2 or after[0] != "/":
            return None
        known = self.names
        pair = (token.text, after[1])
        if not all(x.startswith("d") and x not in known and x[1:] in known for x in pair):
            return None
        self.at += 2
        return Name(Derivative(known[pair[0][1:]], (known[pair[1][1:]],)))


def _applied(op: ops.Op, left: Expr, right: Expr) -> Expr:
    """An operation of two; a fraction of whole numbers is one number."""
    if op is ops.div and isinstance(left, Number) and isinstance(right, Number) and right.value:
        a, b = left.value, right.value
        if isinstance(a, Fraction) and isinstance(b, Fraction):
            return Number(a / b)
    return apply(op, left, right)


def _minus(x: Expr) -> Expr:
    return Number(-x.value) if isinstance(x, Number) else apply(ops.neg, x)
