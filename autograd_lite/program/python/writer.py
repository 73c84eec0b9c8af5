"""The language Python: instructions as source that computes the same floats as the nodes, to the last bit."""

import keyword
import math
import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from autograd_lite.engine import ieee
from autograd_lite.engine.ops import Op
from autograd_lite.program.instructions import Instructions
from autograd_lite.program.recording import Operand, Section
from autograd_lite.text.notation import CALL, LOOSE, PRODUCT, SIGN, SUM
from autograd_lite.text.python import PYTHON

__all__ = ["FUNCTIONS", "OWN_NAMES", "Writer"]

DEEPEST = 40
"""So many operations stand inside each other in one expression; Python's compiler refuses 200 brackets."""


@dataclass(frozen=True)
class Row:
    """How an operation is written, and how tightly that holds together; `{0:2}` as in formulas."""

    template: str
    binds: int
    atoms: bool = False
    """Whether the operands are names or constants, since the template has them twice."""


TABLE = {
    "add":     Row("{0:1} + {1:2}", SUM),
    "sub":     Row("{0:1} - {1:2}", SUM),
    "mul":     Row("{0:2} * {1:3}", PRODUCT),
    "neg":     Row("-{0:3}", SIGN),
    "div":     Row("{0} / {1} if {1} else div({0}, {1})", LOOSE, atoms=True),
    "exp":     Row("exp({0}) if {0} < 709.0 else exp_or_inf({0})", LOOSE, atoms=True),
    "log":     Row("log({0}) if {0} > 0.0 else log_or_nan({0})", LOOSE, atoms=True),
    "sqrt":    Row("sqrt({0}) if {0} >= 0.0 else nan", LOOSE, atoms=True),
    "inverse": Row("1.0 / {0} if {0} > 0.0 else inverse({0})", LOOSE, atoms=True),
    "relu":    Row("0.0 if {0} <= 0.0 else {0}", LOOSE, atoms=True),
    "step":    Row("1.0 if {0} > 0.0 else 0.0 if {0} <= 0.0 else nan", LOOSE, atoms=True),
    "maximum": Row("{0} if {0} >= {1} else {1} if {1} > {0} else nan", LOOSE, atoms=True),
    "minimum": Row("{0} if {0} <= {1} else {1} if {1} < {0} else nan", LOOSE, atoms=True),
}  # fmt: skip
"""Operations that are written out, which takes less time than a call; all others call what the nodes call."""

QUOTIENT = Row("{0:2} / {1:3}", PRODUCT)
SQUARE = Row("{0} * {0}", PRODUCT, atoms=True)
DECAY = Row("exp(-{0} if {0} >= 0.0 else {0})", CALL, atoms=True)  # e**-|x|, which never overflows
TWICE = Row("exp(-2.0 * abs({0}))", CALL)

LOGISTIC = Row("(1.0 if {0} >= 0.0 else {1}) / (1.0 + {1})", PRODUCT, atoms=True)
BELL = Row("{0} / (1.0 + {0} * (2.0 + {0}))", PRODUCT, atoms=True)
SOFTPLUS = Row("({0} if {0} > 0.0 else 0.0) + log1p({1})", SUM, atoms=True)
SECH2 = Row("4.0 * {1} / (1.0 + {1} * (2.0 + {1})) if {1} >= 1e-30 else sech2({0})", LOOSE, atoms=True)

PARTS: Mapping[str, Callable[[Callable[..., int], Operand], int]] = {
    "sigmoid": lambda row, x: row(LOGISTIC, x, row(DECAY, x)),
    "bell": lambda row, x: row(BELL, row(DECAY, x)),
    "softplus": lambda row, x: row(SOFTPLUS, x, row(DECAY, x)),
    "sech2": lambda row, x: row(SECH2, x, row(TWICE, x)),
}
"""Operations that share a part with others: a sigmoid's exponential function is that of its slope."""

FUNCTIONS: dict[str, Any] = {
    **{name: getattr(math, name) for name in ("exp", "log", "log1p", "sqrt")},
    "div": ieee.div, "exp_or_inf": ieee.exp, "log_or_nan": ieee.log, "inverse": ieee.inverse, "sech2": ieee.sech2,
    "abs": abs, "nan": math.nan, "inf": math.inf, "range": range,
}  # fmt: skip
"""What the templates call."""

OWN_NAMES = (
    *("run", "iterate", "epochs", "record", "rows", "given", "state", "not_finite", "len", "BrokenGuardError", "_"),
    *keyword.kwlist,
)
"""Names that the source has beside those of quantities and functions."""


class Writer:
    """Writes instructions as statements, and knows how everything is called in them."""

    def __init__(self, code: Instructions) -> None:
        self.code = code
        self.functions = dict(FUNCTIONS)
        """What the source calls, by name."""
        self.rows: list[tuple[Row, tuple[Operand, ...]] | None] = []
        """The instructions in rows of the language, which are more."""
        self.sections: list[Section] = []
        """The sections of the rows of the language."""
        self.place: list[int] = []
        """Which of the rows gives the result of an instruction; the first ones, what is given, are the same."""
        self._known: dict[Any, int] = {}
        for op, args, section in zip(code.ops, code.args, code.sections, strict=True):
            if op is None:
                self.rows.append(None)
                self.place.append(len(self.rows) - 1)
            else:
                self.place.append(self._lowered(op, [self.at(x) for x in args]))
            self.sections += [section] * (len(self.rows) - len(self.sections))
        self._used = dict.fromkeys([*self.functions, *OWN_NAMES])
        labels = {k: label for k in range(len(code)) if (label := code.label(k))}
        texts = PYTHON.names(labels.values(), self._used)
        self.names: dict[int, str] = {}
        for k, label in labels.items():
            self.names.setdefault(self.place[k], texts[label].text)
        for k, x in code.updates.items():
            if isinstance(x, int) and self.place[x] not in self.names:
                self.names[self.place[x]] = self.unused(f"next_{self.names[k]}")
        self._numbered = (name for k in count(1) if (name := f"v{k}") not in self._used)
        self.uses = [0] * len(self.rows)
        for k in range(len(self.rows)):
            for x in self.operands(k):
                self.uses[x] += 1
        self._unwritten = self.uses.copy()
        """How often each row of the language is yet to be read by statements."""
        self._pending: dict[int, Piece] = {}

    def at(self, x: Operand) -> Operand:
        """The row of the language that gives an operand of an instruction."""
        return self.place[x] if isinstance(x, int) else x

    def _lowered(self, op: Op, args: Sequence[Operand]) -> int:
        if op.name in PARTS:
            return PARTS[op.name](self._row, *args)
        if op.name == "div" and isinstance(args[1], float) and args[1]:
            return self._row(QUOTIENT, *args)
        if op.name == "pow" and args[1] == 2.0 and isinstance(args[1], float):
            return self._row(SQUARE, args[0])
        return self._row(TABLE.get(op.name) or self._call(op), *args)

    def _call(self, op: Op) -> Row:
        base = name = re.sub(r"\W+", "_", op.name)
        k = 1
        while name in OWN_NAMES or self.functions.get(name, op.fn) is not op.fn:
            k += 1
            name = f"{base}_{k}"
        self.functions[name] = op.fn
        return Row(f"{name}({', '.join(f'{{{k}}}' for k in range(op.arity))})", CALL)

    def _row(self, row: Row, *args: Operand) -> int:
        key = (row.template, *args, *map(type, args), *(repr(x) for x in args if x == 0.0))
        if key not in self._known:
            self._known[key] = len(self.rows)
            self.rows.append((row, args))
        return self._known[key]

    # --- statements ------------------------------------------------------------------------------------------------

    def statements(
        self, some: Iterable[int], kept: Container[int], replaced: Mapping[int, int] | None = None
    ) -> list[str]:
        """Write those of the rows of the language.

        `kept` are those whose result is used elsewhere too, `replaced` those that replace another's at the end: they
        do so at once if nothing uses that any more.
        """
        replaced = replaced or {}
        lines: list[str] = []
        for k in some:
            found = self.rows[k]
            if found is None:
                continue
            row, args = found
            pieces = [self._piece(x, lines, atom=row.atoms) for x in args]
            reads = tuple(x for part in pieces for x in part.reads)
            piece = Piece(row.template.format(*pieces), row.binds, 1 + max(x.depth for x in pieces), reads)
            if k in replaced and self._unwritten[replaced[k]] == reads.count(replaced[k]):
                self.names[k] = self.name(replaced[k])
            if self.uses[k] == 1 and k not in kept and k not in self.names and piece.depth < DEEPEST:
                self._pending[k] = piece
            else:
                self._write(k, piece, lines)
        return lines

    def _write(self, k: int, piece: "Piece", lines: list[str]) -> None:
        for x in piece.reads:
            self._unwritten[x] -= 1
        lines.append(f"{self.name(k)} = {piece.text}")

    def operands(self, at: int) -> list[int]:
        """The rows of the language that one of them uses."""
        row = self.rows[at]
        return [x for x in row[1] if isinstance(x, int)] if row else []

    def those(self, some: Iterable[Operand]) -> list[int]:
        """The rows of the language that give some instructions' results."""
        return [self.place[x] for x in some if isinstance(x, int)]

    def name(self, at: int) -> str:
        """The variable of a row of the language."""
        if at not in self.names:
            self.names[at] = next(self._numbered)
        return self.names[at]

    def unused(self, name: str) -> str:
        """The name, or one like it that nothing else has."""
        found = next(other for k in count(1) if (other := f"{name}_{k}" if k > 1 else name) not in self._used)
        self._used[found] = None
        return found

    def value(self, x: Operand) -> str:
        """The name or constant of an operand of an instruction."""
        return self.text(self.at(x))

    def text(self, x: Operand) -> str:
        """The variable of a row of the language, or a constant."""
        return self.name(x) if isinstance(x, int) else self.constant(x)

    def constant(self, x: float) -> str:
        """A number as Python writes it."""
        return repr(x)

    def _piece(self, x: Operand, lines: list[str], *, atom: bool) -> "Piece":
        if isinstance(x, float):
            text = self.constant(x)
            return Piece(text, SIGN if text.startswith("-") else CALL)
        if x not in self._pending:
            return Piece(self.name(x), CALL, reads=(x,))
        piece = self._pending.pop(x)
        if not atom:
            return piece
        self._write(x, piece, lines)
        return Piece(self.name(x), CALL, reads=(x,))


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an expression, which stands in brackets in a template if that asks for more than it has."""

    text: str
    binds: int
    depth: int = 0
    reads: tuple[int, ...] = ()
    """The rows of the language whose variables it has, one that it uses twice two times."""

    def __format__(self, spec: str) -> str:
        return f"({self.text})" if self.binds < int(spec or LOOSE) else self.text
