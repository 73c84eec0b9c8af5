"""Formulas as people write them in plain text."""

import math
from collections.abc import Sequence
from fractions import Fraction

from autograd_lite.text.expression import Derivative, exact
from autograd_lite.text.notation import CALL, POWER, PRODUCT, SUM, Notation, Row, Written, called, fraction
from autograd_lite.text.python import PYTHON, WORD, decimal, visible

__all__ = ["PLAIN"]

TABLE: dict[str, Row] = {
    **PYTHON.table,
    "pow":              ("{0:5}^{1:5}", POWER),
    "lorentz":          ("1 / (1 + {0:5}^2)", PRODUCT),
    "over_square":      ("{0:2} / {1:5}^2", PRODUCT),
    "pow_slope":        ("{1:2} * {0:5}^({1:1} - 1)", PRODUCT),
    "pow_log":          ("{0:5}^{1:5} * log({0})", PRODUCT),
    "sech2":            ("1 / cosh({0})^2", PRODUCT),
    "bell":             ("σ({0}) * σ(-{0:3})", PRODUCT),
    "one_minus_square": ("1 - {0:5}^2", SUM),
    "sigmoid":          ("σ({0})", CALL),
    "abs":              ("|{0}|", CALL),
    "maximum":          ("max({0}, {1})", CALL),
    "minimum":          ("min({0}, {1})", CALL),
    "compare":          ("sgn({0:1} - {1:2})", CALL),
    "larger":           ("[{0} > {1}]", CALL),
}  # fmt: skip
"""As in Python, but for the operations listed."""


def _plain_name(name: str | Derivative) -> Written:
    if isinstance(name, Derivative):
        order = len(name.wrt)
        power = "" if order == 1 else str(order).translate(_SUPERSCRIPTS)
        below = [_plain_word(x) for x in name.wrt]
        return Written(
            f"∂{power}{_plain_word(name.of)}/"
            + (f"∂{below[0]}{power}" if len(set(below)) == 1 else "".join(f"∂{x}" for x in below)),
            binds=3,
        )
    text = _plain_word(name)
    return Written(text, tight=text)


_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def _plain_word(name: str) -> str:
    if WORD.fullmatch(name) and name not in {"inf", "nan"}:
        return name
    quoted = visible(name.replace("\\", "\\\\").replace('"', '\\"'))
    return f'"{quoted}"'


def _plain_number(x: Fraction | float) -> Written:
    x = exact(x) if isinstance(x, float) else x
    if isinstance(x, float):
        text = "nan" if x != x else "inf"  # noqa: PLR0124  (NaN is not equal to itself)
        return Written(text) if x != -math.inf else Written("-inf", 3, opposite=Written("inf"))
    if x < 0:
        positive = _plain_number(-x)
        return Written(f"-{positive.text}", min(3, positive.binds), f"-{positive.text}", positive)
    text = f"{x.numerator}/{x.denominator}" if fraction(x) else decimal(x)
    return Written(text, 2 if "/" in text else 9, text)


def _plain_lines(equations: Sequence[tuple[str, str]]) -> str:
    first, *others = (f"{left} = {right}" if left else right for left, right in equations)
    return "\n".join([first, *(("  where " if k == 0 else "        ") + line for k, line in enumerate(others))])


PLAIN = Notation(
    names=lambda names, _: {name: _plain_name(name) for name in names},
    number=_plain_number,
    table=TABLE,
    call=lambda op: called(op.name, op.arity),
    lines=_plain_lines,
    beside_zero={("compare", 1): "sgn({0})", ("larger", 0): "[{1} < 0]"},
    product="{0:2}*{1:3}",
)
"""As people write formulas in plain text: σ(h1), 1/2 * (t1 - a_o1)^2. Other labels than words stand in quotes."""
