"""The numbers that operations compute with: floats as IEEE 754 has them, where Python would raise."""

import math
import numbers
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

from autograd_lite.engine.elsewhere import kind

__all__ = [
    "acos",
    "asin",
    "bell",
    "comparable",
    "compare",
    "constant",
    "cos",
    "cosh",
    "div",
    "exp",
    "expm1",
    "floor_divide",
    "inverse",
    "larger",
    "leaky_relu",
    "log",
    "log1p",
    "lorentz",
    "maximum",
    "minimum",
    "mod",
    "number",
    "one_minus_square",
    "or_nan",
    "over_square",
    "pow",
    "pow_log",
    "pow_slope",
    "relu",
    "sech2",
    "short",
    "sigmoid",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "step",
    "tan",
    "xlog1py",
    "xlogy",
]

INF, NAN = math.inf, math.nan


def number(x: object) -> float:
    """Return `x` as a float: Python and NumPy numbers, anything scalar with `__float__`.

    Raises `TypeError` for what is not a real number (text, None, complex, a list...), `OverflowError` for a finite
    number beyond the largest float, 1.8e308, and `ValueError` for a signaling NaN of `decimal`.
    """
    if type(x) is float:
        return x
    if type(x) is not int and not _is_number(x):
        shown = f" {short(x)}" if isinstance(x, (str, bytes, complex)) else ""
        inside = hasattr(x, "_record") and not isinstance(x, type)
        remedy = "; the number in it is its .data" if inside else ""
        raise TypeError(
            f"expected a real number (int, float, NumPy scalar, Fraction, Decimal), got {kind(x)}{shown}{remedy}"
        )
    try:
        return float(x) if type(x) is int else _float(x)
    except OverflowError:
        raise OverflowError(
            f"this {type(x).__name__} is beyond the largest float, 1.797e+308; scale the data, or pass math.inf"
        ) from None


def constant(x: object) -> float:
    """Return `x` as a float, as an operand beside a node; raises as `number` does."""
    try:
        return number(x)
    except TypeError as error:
        raise TypeError(f"arithmetic with a Value: {error}") from None


def comparable(x: Any) -> float:
    """Return `x` as a float, or for what is beyond them an int that is so too: floats compare alike with both."""
    try:
        return number(x)
    except OverflowError:
        return BEYOND if x > 0 else -BEYOND


BEYOND = 2**1024


def _float(x: Any) -> float:
    y = float(x)
    if math.isinf(y) and x != y:  # a Decimal and NumPy's longdouble, other than an int, do not raise
        raise OverflowError
    return y


def _is_number(x: object) -> bool:
    if getattr(getattr(x, "dtype", None), "kind", "f") not in "biuf":  # a span of time, which NumPy takes for an int
        return False
    if isinstance(x, numbers.Real):
        return True
    if hasattr(x, "__float__") and getattr(x, "shape", None) == ():  # a scalar of NumPy, PyTorch, ...
        return True
    return type(x).__name__ == "Decimal" and type(x).__module__ == "decimal"


def short(x: object) -> str:
    text = repr(x)
    return text if len(text) <= 40 else text[:37] + "..."


# --- values: infinities where Python would raise, NaN outside the domain, never a complex number


def div(a: float, b: float) -> float:
    try:
        return a / b
    except ZeroDivisionError:
        return NAN if a == 0.0 or a != a else math.copysign(INF, a) * math.copysign(1.0, b)


def pow(a: float, b: float) -> float:
    if b == 2.0:
        return a * a  # rounded once, where C libraries promise a little less
    if b != b:
        return NAN  # C99 has 1**NaN = 1; here a NaN is never hidden
    try:
        return math.pow(a, b)
    except OverflowError:
        return -INF if a < 0.0 and b % 2.0 == 1.0 else INF
    except ValueError:  # zero to a negative power is a pole; a negative base with a fraction as exponent has no value
        if a != 0.0:
            return NAN
        return math.copysign(INF, a) if b % 2.0 == 1.0 else INF


def exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return INF


def expm1(x: float) -> float:
    try:
        return math.expm1(x)
    except OverflowError:
        return INF


def log(x: float) -> float:
    try:
        return math.log(x)
    except ValueError:
        return -INF if x == 0.0 else NAN


def log1p(x: float) -> float:
    try:
        return math.log1p(x)
    except ValueError:
        return -INF if x == -1.0 else NAN


def cosh(x: float) -> float:
    try:
        return math.cosh(x)
    except OverflowError:
        return INF


def sinh(x: float) -> float:
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(INF, x)


def or_nan(f: Callable[[float], float]) -> Callable[[float], float]:
    """`f`, but NaN where the `math` function raises: outside its domain."""

    def inside(x: float) -> float:
        try:
            return f(x)
        except ValueError:
            return NAN

    return inside


def sin(x: float) -> float:
    y = _sin(x)
    return y if abs(y) > NEAR_ZERO or abs(x) < FAR else _turned(x, 0)


def cos(x: float) -> float:
    y = _cos(x)
    return y if abs(y) > NEAR_ZERO or abs(x) < FAR else _turned(x, 1)


def tan(x: float) -> float:
    y = _tan(x)
    if NEAR_ZERO < abs(y) < 1.0 / NEAR_ZERO or abs(x) < FAR or y != y:
        return y
    return _turned(x, 0) / _turned(x, 1)


sqrt, asin, acos = or_nan(math.sqrt), or_nan(math.asin), or_nan(math.acos)
_sin, _cos, _tan = or_nan(math.sin), or_nan(math.cos), or_nan(math.tan)

FAR, NEAR_ZERO = 1e5, 1e-9
"""C libraries lose the digits of a zero of sine or cosine that is far away: glibc 2.36 all of them at 1.6e74."""


def _turned(x: float, quarters: int) -> float:
    """The sine of `x` turned on by quarters of a circle, by a reduction in whole numbers (Payne and Hanek 1983)."""
    if not math.isfinite(x):
        return NAN
    m, e = math.frexp(x)
    half_pi = _half_pi()
    k, rest = divmod((int(m * 2.0**53) << (BITS + e - 53)) + half_pi // 2, half_pi)
    r = (rest - half_pi // 2) / 2**BITS
    k += quarters
    return (math.cos(r) if k % 2 else math.sin(r)) * (-1.0 if k % 4 > 1 else 1.0)


BITS = 1200  # the largest float is 2**1024, and no float is nearer than 2**-62 to a multiple of pi/2


@cache
def _half_pi() -> int:
    """Return pi/2 times 2**BITS, as 8 atan(1/5) - 2 atan(1/239) (Machin 1706)."""
    guard = 32

    def atan_of_inverse(n: int) -> int:
        total, power, k = 0, (1 << (BITS + guard)) // n, 1
        while power:
            total += power // k if k % 4 == 1 else -(power // k)
            power //= n * n
            k += 2
        return total

    return (8 * atan_of_inverse(5) - 2 * atan_of_inverse(239)) >> guard


def mod(a: float, b: float) -> float:
    return a % b if b else NAN


def floor_divide(a: float, b: float) -> float:
    return a // b if b else div(a, b)


def sigmoid(x: float) -> float:
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)  # for negative x the form above overflows
    return e / (1.0 + e)


def softplus(x: float) -> float:
    return (x if x > 0.0 else 0.0) + math.log1p(math.exp(-abs(x)))


def relu(x: float) -> float:
    return 0.0 if x <= 0.0 else x


def leaky_relu(x: float, slope: float) -> float:
    return x if x > 0.0 and slope == slope else slope * x


def maximum(a: float, b: float) -> float:
    return a if a >= b else b if b > a else NAN


def minimum(a: float, b: float) -> float:
    return a if a <= b else b if b < a else NAN


def step(x: float) -> float:
    return 1.0 if x > 0.0 else 0.0 if x <= 0.0 else NAN


def larger(a: float, b: float) -> float:
    return 1.0 if a > b else 0.0 if a <= b else NAN


def compare(a: float, b: float) -> float:
    return float((a > b) - (a < b)) if a == a and b == b else NAN


def xlogy(x: float, y: float) -> float:
    return 0.0 if x == 0.0 and y == y else x * log(y)


def xlog1py(x: float, y: float) -> float:
    return 0.0 if x == 0.0 and y == y else x * log1p(y)


def inverse(x: float) -> float:
    return div(1.0, abs(x)) if x >= 0.0 else NAN


def lorentz(x: float) -> float:
    # 1 + x*x overflows where the slope of atan is still above zero.
    return 1.0 / (1.0 + x * x) if abs(x) < 1e150 else 1.0 / x / x if x == x else NAN


# --- slopes whose parts over- or underflow where the whole does not: there, products are exact, and rounded once

LOW, HIGH = 1e-290, 1e290  # between them nothing has lost digits, and a factor near 1e15 does no harm


def over_square(a: float, b: float) -> float:
    y = div(div(a, b), b)
    if (LOW < abs(y) < HIGH and LOW < abs(b) < HIGH) or not (math.isfinite(a) and math.isfinite(b) and b):
        return y
    return _rounded(Fraction(a) / Fraction(b) ** 2)


def pow_slope(a: float, b: float) -> float:
    if b in {0.0, 2.0}:
        return 2.0 * a if b else 0.0
    c = b - 1.0
    lost = (b - c) - 1.0 if abs(b) >= 1.0 else b - (c + 1.0)  # by how much c is short of b - 1, exactly (Dekker 1971)
    p = pow(a, c)
    if LOW < abs(p) < HIGH and LOW < abs(b) < 2.0**53:
        return b * (p + p * (lost * math.log(abs(a)))) if lost else b * p
    if p != p or a == 0.0 or math.isinf(a) or math.isinf(b):
        return b * p if p or not math.isinf(b) else math.copysign(p, b)  # a power vanishes faster than b grows
    p = pow(abs(a), 0.5 * c)  # overflows only where the slope does
    if math.isinf(p):
        size = p
    else:
        size = _rounded(abs(Fraction(b)) * Fraction(p) ** 2 * (1 + Fraction(lost * math.log(abs(a)))))
    return math.copysign(size, -b if a < 0.0 and b % 2.0 == 0.0 else b)


def pow_log(a: float, b: float, power: float | None = None) -> float:
    y = pow(a, b) if power is None else power
    if LOW < y < HIGH and a > 0.0:
        return y * math.log(a)
    if a == 0.0:
        return 0.0 if b >= 0.0 else -INF if b < 0.0 else NAN
    if not a > 0.0 or b != b:
        return NAN
    if math.isinf(a) or math.isinf(b):
        return y * math.log(a) if y else 0.0  # a power vanishes faster than a logarithm grows
    half = pow(a, 0.5 * b)
    return half * math.log(a) if math.isinf(half) else _rounded(Fraction(half) ** 2 * Fraction(math.log(a)))


def _rounded(x: Fraction) -> float:
    try:
        return float(x)
    except OverflowError:
        return INF if x > 0 else -INF


def sech2(x: float) -> float:
    # 1 - tanh(x)**2 is 0 in the tails, 1/cosh(x)**2 loses digits there
    e = math.exp(-2.0 * abs(x))
    if e < 1e-30:
        e = 2.0 * math.exp(-abs(x))  # rounded once where the slope is subnormal
        return e * e
    return 4.0 * e / (1.0 + e * (2.0 + e))


def one_minus_square(x: float) -> float:
    return 1.0 - x * x if abs(x) < 0.5 else (1.0 - x) * (1.0 + x)


def bell(x: float) -> float:
    # s*(1 - s) is 0 in one tail; e / (1 + e)**2 with one rounding less
    e = math.exp(-abs(x))
    return e / (1.0 + e * (2.0 + e))
