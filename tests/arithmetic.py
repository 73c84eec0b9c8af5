"""Arithmetic in 60 digits for formulas that were printed, with nothing of the package.

Exponents go up to 65536, and a zero has no sign. What is not finite is as in IEEE 754: 1/0 is inf, log(-1) is NaN.
"""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import mpmath

ctx = mpmath.mp.clone()
ctx.dps = 60
INF, NAN, ZERO, ONE = ctx.inf, ctx.nan, ctx.zero, ctx.one
WIDEST = 65536
"""Numbers of larger exponents are infinite or zero: those of towers of powers would fill the memory."""


class Unreadable(ValueError):  # noqa: N818  (what the text is)
    """The text is no formula, can be read in two ways, or uses what is not said."""


def real(x: Any) -> Any:
    """A number of any kind as an mpf."""
    if isinstance(x, Fraction):
        return ctx.mpf(x.numerator) / x.denominator
    return ranged(ctx.mpf(x))


def ranged(x: Any) -> Any:
    """The number, unless its exponent is too large."""
    if not x or not ctx.isfinite(x):
        return x
    size = ctx.mag(x)
    return x if abs(size) <= WIDEST else ZERO if size < 0 else INF if x > 0 else -INF


def whole(x: Any) -> bool:
    return bool(ctx.isfinite(x) and ctx.isint(x))


def fraction(x: Any) -> Fraction:
    mantissa, exponent = x.man_exp
    return Fraction(int(ctx.sign(x)) * int(mantissa)) * Fraction(2) ** int(exponent)


def by_floats(fn: Callable[..., float], *args: Any) -> Any:
    """What C's function gives, where an argument is not finite."""
    try:
        return ctx.mpf(fn(*map(float, args)))
    except OverflowError:
        return INF
    except (ValueError, ZeroDivisionError):
        return NAN


def div(a: Any, b: Any) -> Any:
    if b:
        return ranged(a / b)
    return NAN if ctx.isnan(a) or not a else INF if a > 0 else -INF


def power(a: Any, b: Any) -> Any:
    if not (ctx.isfinite(a) and ctx.isfinite(b)):
        return by_floats(math.pow, a, b)
    if not b:
        return ONE
    if not a:
        return ZERO if b > 0 else INF
    if a < 0 and not whole(b):
        return NAN
    size = exp(b * ctx.log(abs(a))) if abs(b) > 4096 or not whole(b) else abs(a) ** int(b)
    return ranged(-size if a < 0 and int(b) % 2 else size)


def remainder(a: Any, b: Any) -> Any:
    if not b or not (ctx.isfinite(a) and ctx.isfinite(b)):
        return by_floats(lambda x, y: x % y, a, b)
    return real(fraction(a) % fraction(b))


def floor_div(a: Any, b: Any) -> Any:
    if not b:
        return div(a, b)
    if not (ctx.isfinite(a) and ctx.isfinite(b)):
        return by_floats(lambda x, y: x // y, a, b)
    return real(fraction(a) // fraction(b))


def function(fn: Callable[[Any], Any], ends: Callable[[float], float], low: float = -INF, high: float = INF) -> Any:
    """A function that is not defined below `low` and above `high`, and is `ends` at infinities."""

    def calculated(x: Any) -> Any:
        if not ctx.isfinite(x):
            return by_floats(ends, x)
        return ranged(fn(x)) if low <= x <= high else NAN

    return calculated


def log(x: Any) -> Any:
    return -INF if not x else INF if x == INF else ctx.log(x) if x > 0 else NAN


def log1p(x: Any) -> Any:
    return -INF if x == -1 else INF if x == INF else ctx.log1p(x) if x > -1 else NAN


def sigmoid(x: Any) -> Any:
    return div(ONE, 1 + exp(-x)) if x >= 0 else div(exp(x), 1 + exp(x)) if x > -INF else x if ctx.isnan(x) else ZERO


def sgn(x: Any) -> Any:
    return x if ctx.isnan(x) else ONE if x > 0 else -ONE if x < 0 else ZERO


def compare(a: Any, b: Any) -> Any:
    return NAN if ctx.isnan(a) or ctx.isnan(b) else ONE if a > b else -ONE if a < b else ZERO


def extreme(choose: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: NAN if any(ctx.isnan(x) for x in args) else choose(args)


def times_log(logarithm: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda a, b: ZERO if not a and not ctx.isnan(b) else ranged(a * logarithm(b))


def capped(fn: Callable[[Any], Any], top: Any, bottom: Any) -> Callable[[Any], Any]:
    """The function, of which numbers beyond a million need not be asked."""
    return lambda x: fn(x) if abs(x) <= 10**6 else top if x > 0 else bottom


exp = function(capped(ctx.exp, INF, ZERO), math.exp)
tanh = function(capped(ctx.tanh, ONE, -ONE), math.tanh)
cosh = function(capped(ctx.cosh, INF, INF), math.cosh)

OPERATORS: dict[str, Callable[..., Any]] = {
    "+": lambda a, b: ranged(a + b),
    "-": lambda a, b: ranged(a - b),
    "*": lambda a, b: ranged(a * b),
    "/": div,
    "%": remainder,
    "//": floor_div,
    "^": power,
    "neg": lambda a: -a,
}
SLOPE = ctx.mpf(0.01)  # of a leaky relu, where none is given
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": exp,
    "expm1": function(capped(ctx.expm1, INF, -ONE), math.expm1),
    "log": log,
    "log1p": log1p,
    "sqrt": function(ctx.sqrt, math.sqrt, 0),
    "sin": function(ctx.sin, math.sin),
    "cos": function(ctx.cos, math.cos),
    "tan": function(ctx.tan, math.tan),
    "asin": function(ctx.asin, math.asin, -1, 1),
    "acos": function(ctx.acos, math.acos, -1, 1),
    "atan": function(ctx.atan, math.atan),
    "sinh": function(capped(ctx.sinh, INF, -INF), math.sinh),
    "cosh": cosh,
    "tanh": tanh,
    "sech": lambda x: div(ONE, cosh(x)),
    "sech2": lambda x: power(div(ONE, cosh(x)), ctx.mpf(2)),
    "sigmoid": sigmoid,
    "softplus": lambda x: x + log1p(exp(-x)) if x > 0 else log1p(exp(x)),
    "relu": lambda x: ZERO if x <= 0 else x,
    "leaky_relu": lambda x, slope=SLOPE: x if x > 0 and not ctx.isnan(slope) else slope * x,
    "step": lambda x: x if ctx.isnan(x) else ONE if x > 0 else ZERO,
    "sgn": sgn,
    "compare": compare,
    "abs": abs,
    "floor": lambda x: ctx.floor(x) if ctx.isfinite(x) else x,
    "max": extreme(max),
    "min": extreme(min),
    "xlogy": times_log(log),
    "xlog1py": times_log(log1p),
}
FUNCTIONS |= {"maximum": FUNCTIONS["max"], "minimum": FUNCTIONS["min"], "σ": sigmoid, "ln": log, "sign": sgn}
FUNCTIONS |= {f"arc{name}": FUNCTIONS[f"a{name}"] for name in ("sin", "cos", "tan")}


def apply(name: str, args: Sequence[Any]) -> Any:
    try:
        return FUNCTIONS[name](*args)
    except TypeError:
        raise Unreadable(f"{name} of {len(args)} arguments") from None


def holds(sign: str) -> Callable[[Any, Any], Any]:
    """A comparison in Iverson's brackets: 1 where it is true, 0 where not."""
    true = {"<": {-1}, ">": {1}, "≤": {-1, 0}, "≥": {0, 1}, "=": {0}, "≠": {-1, 1}}[sign]

    def value(a: Any, b: Any) -> Any:
        c = compare(a, b)
        return c if ctx.isnan(c) else ONE if int(c) in true else ZERO

    return value


COMPARISONS = {sign: holds(sign) for sign in "<>≤≥=≠"}


def read_number(text: str) -> Any:
    """The float that a decimal number stands for; beyond floats, the number itself."""
    near = float(text)
    return ctx.mpf(near) if 0.0 < abs(near) < math.inf else ranged(ctx.mpf(text))
