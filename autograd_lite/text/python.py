"""Formulas as Python that computes them."""

import keyword
import math
import re
import unicodedata
from collections.abc import Iterable, MutableMapping
from decimal import Decimal
from fractions import Fraction

from autograd_lite.engine import ops
from autograd_lite.text.expression import Derivative, exact
from autograd_lite.text.notation import (
    CALL,
    LOOSE,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    Notation,
    Row,
    Written,
    called,
)

__all__ = ["PYTHON", "RESERVED", "WORD", "decimal", "visible"]

WORD = re.compile(r"[^\W\d]\w*(\.\w+)*(⁽\w+⁾)?(\[\w+\])*'*")
"""Labels that can stand in a formula as they are."""
RESERVED = {*keyword.kwlist, *ops.OPS, *ops.HELPERS, "float", "math"}
"""Names that mean something in the Python text."""


def visible(text: str) -> str:
    r"""Return the text in one line, what cannot be seen written as in Python: a line break as \n."""
    return "".join(
        c if c == " " or unicodedata.category(c)[0] not in "CZ" else c.encode("unicode_escape", "replace").decode()
        for c in text
    )


def decimal(x: Fraction) -> str:
    """Return the shortest decimal digits of a number as a float, without a trailing .0."""
    try:
        text = repr(float(x))
    except OverflowError:
        return str((Decimal(x.numerator) / Decimal(x.denominator)).normalize()).replace("E", "e")
    return text.removesuffix(".0")


TABLE: dict[str, Row] = {
    "add":              ("{0:1} + {1:2}", SUM),
    "sub":              ("{0:1} - {1:2}", SUM),
    "mul":              ("{0:2} * {1:3}", PRODUCT),
    "div":              ("{0:2} / {1:3}", PRODUCT),
    "neg":              ("-{0:3}", SIGN),
    "pow":              ("{0:5} ** {1:3}", POWER),
    "mod":              ("{0:3} % {1:3}", LOOSE),
    "floor_divide":     ("{0:3} // {1:3}", PRODUCT),
    "inverse":          ("1 / {0:3}", PRODUCT),
    "lorentz":          ("1 / (1 + {0:5} ** 2)", PRODUCT),
    "over_square":      ("{0:2} / {1:5} ** 2", PRODUCT),
    "pow_slope":        ("{1:2} * {0:5} ** ({1:1} - 1)", PRODUCT),
    "pow_log":          ("{0:5} ** {1:3} * log({0})", PRODUCT),
    "sech2":            ("1 / cosh({0}) ** 2", PRODUCT),
    "bell":             ("sigmoid({0}) * sigmoid(-{0:3})", PRODUCT),
    "one_minus_square": ("1 - {0:5} ** 2", SUM),
    "larger":           ("maximum(compare({0}, {1}), 0)", CALL),
}  # fmt: skip
"""Operators; and slopes in functions that `autograd_lite` has. All others are such functions."""


def _identifier(name: str | Derivative) -> str:
    if isinstance(name, Derivative):
        order = str(len(name.wrt)) if len(name.wrt) > 1 else ""
        return f"d{order}{_identifier(name.of)}_" + "_".join(f"d{_identifier(x)}" for x in name.wrt)
    # Python reads identifiers in normal form KC, so two labels may be one identifier in disguise.
    text = unicodedata.normalize("NFKC", name)
    # From Python 3.13 on, joiners that nobody sees may stand in them.
    text = "".join(c if c.isprintable() and f"_{c}".isidentifier() else "_" for c in text)
    text = re.sub(r"_{2,}", "_", text).strip("_")
    if not text.isidentifier():
        text = f"_{text}" if text else "_"
    return f"{text}_" if text in RESERVED or text in ops.OWN else text


def _identifiers(names: Iterable[str | Derivative], used: MutableMapping[str, None]) -> dict[str | Derivative, Written]:
    """An identifier for each name; those that are identifiers already come first and stay what they are."""
    identifiers: dict[str | Derivative, str] = {}
    names = list(names)
    for unchanged in (True, False):
        for name in names:
            text = _identifier(name)
            if name in identifiers or (unchanged and text != name):
                continue
            k, base = 1, text
            while text in used:
                k += 1
                text = f"{base}_{k}"
            used[text] = None
            identifiers[name] = text
    return {name: Written(identifiers[name]) for name in names}


def _python_number(x: Fraction | float) -> Written:
    if isinstance(x, Fraction):
        if x.denominator > 1 and exact(float(x)) != x:
            return Written(f"{x.numerator} / {x.denominator}", 2)
        digits = decimal(x)
    elif math.isfinite(x):
        whole = x.is_integer() and abs(x) < 1e16 and (x != 0.0 or math.copysign(1.0, x) > 0.0)
        digits = str(int(x)) if whole else repr(x)
    else:
        return Written(f'float("{x}")')
    positive = Written(digits.removeprefix("-"))
    return Written(digits, 3, opposite=positive) if digits.startswith("-") else positive


PYTHON = Notation(
    names=_identifiers,
    number=_python_number,
    table=TABLE,
    call=lambda op: called(op.name, op.arity),
    lines=lambda equations: "\n".join(f"{left} = {right}" if left else right for left, right in reversed(equations)),
    bracket_signs=False,
    deepest=60,  # brackets nested deeper than 200 are a SyntaxError, long sums a RecursionError of the compiler
)
"""Assignments in Python, with the functions of `autograd_lite`; labels that are no identifiers are turned into some."""
