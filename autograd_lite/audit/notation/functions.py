"""The functions that formulas may call, and what a call of one is."""

import math
from collections import ChainMap
from collections.abc import Mapping
from fractions import Fraction

from autograd_lite.audit.notation.tokens import FormulaError
from autograd_lite.audit.notation.trees import apply, from_slope
from autograd_lite.engine import ops
from autograd_lite.text.expression import Expr, Number

__all__ = ["COMPARISONS", "CONSTANTS", "FUNCTIONS", "SIGNS", "call", "compared"]

CONSTANTS = {"pi": math.pi, "π": math.pi, "e": math.e, "nan": math.nan, "inf": math.inf}
"""Names that are numbers, if no quantity has them."""

_KNOWN = {
    op.name: op for op in ops.OPS.values() if op not in {ops.add, ops.sub, ops.mul, ops.div, ops.neg, ops.compare}
}
_KNOWN |= {
    "σ": ops.sigmoid,
    "logistic": ops.sigmoid,
    "ReLU": ops.relu,
    "ln": ops.log,
    "√": ops.sqrt,
    "arcsin": ops.asin,
    "arccos": ops.acos,
    "arctan": ops.atan,
    "max": ops.maximum,
    "min": ops.minimum,
    "compare": ops.compare,
}
FUNCTIONS: Mapping[str, ops.Op] = ChainMap(_KNOWN, ops.OWN)
"""Operations by the names that people give them; with a ' behind it stands for the derivative."""
SIGNS = ("sgn", "sign")
"""Names of the sign of one number."""

COMPARISONS = {">": ">", "<": "<", ">=": ">=", "<=": "<=", "≥": ">=", "≤": "<="}
"""Signs of comparisons, which stand in square brackets."""


def compared(sign: str, a: Expr, b: Expr) -> Expr:
    """Return what [a > b] is: 1 if it is so, 0 if not (Iverson 1962)."""
    kind = COMPARISONS[sign]
    a, b = (a, b) if kind[0] == ">" else (b, a)
    if not kind[1:]:
        return apply(ops.larger, a, b)
    return apply(ops.minimum, Number(Fraction(1)), apply(ops.add, Number(Fraction(1)), apply(ops.compare, a, b)))


def call(name: str, args: list[Expr]) -> Expr:
    """Return what a function of its arguments is. Raises `FormulaError`."""
    op = FUNCTIONS.get(name)
    if op is not None and op.default is not None and len(args) == 1:
        args = [*args, Number(op.default)]
    count = 1 if op is None else op.arity
    if len(args) != count:
        raise FormulaError(f"{name}() takes {count} argument{'s' * (count > 1)}, got {len(args)}")
    if name in SIGNS:
        return apply(ops.compare, args[0], Number(0.0))
    if op is not None:
        return apply(op, *args)
    op = FUNCTIONS[name.removesuffix("'")]
    if op.arity > 1:
        raise FormulaError(f"{name} is not known: {op.name} has two arguments")
    return from_slope(op, args[0])
