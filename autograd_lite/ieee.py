"""The numbers that operations compute with: floats as IEEE 754 has them, where Python would raise."""

import math
import numbers
from collections.abc import Callable

__all__ = [
    "compare",
    "cosh",
    "div",
    "exp",
    "expm1",
    "inverse",
    "log",
    "log1p",
    "lorentz",
    "lowered",
    "number",
    "or_nan",
    "pow",
    "sech2",
    "short",
    "sigmoid",
    "sinh",
    "softplus",
    "xlog1py",
    "xlogy",
]

INF, NAN = math.inf, math.nan


def number(x: object) -> float:
    """Return `x` as a float: Python and NumPy numbers, anything scalar with `__float__`.

    Raises `TypeError` for what is not a real number (text, None, complex, a list...), and
    `OverflowError` for an int beyond the largest float, 1.8e308.
    """
    if type(x) is float:
        return x
    if type(x) is not int and not _is_number(x):
        shown = f" {short(x)}" if isinstance(x, (str, bytes, complex)) else ""
        remedy = "; the number in it is its .data" if hasattr(x, "_record") else ""
        raise TypeError(
            "expected a real number (int, float, NumPy scalar, Fraction, Decimal), "
            f"got {type(x).__name__}{shown}{remedy}"
        )
    try:
        return float(x)  # type: ignore[arg-type]  # an int, or what _is_number has looked at
    except OverflowError:
        raise OverflowError(
            f"this {type(x).__name__} is beyond the largest float, 1.797e+308; scale the data, or pass math.inf"
        ) from None


def _is_number(x: object) -> bool:
    if isinstance(x, numbers.Real):
        return True
    if hasattr(x, "__float__") and getattr(x, "shape", None) == ():  # a scalar of NumPy, PyTorch, ...
        return getattr(getattr(x, "dtype", None), "kind", "f") in "biuf"
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


def sigmoid(x: float) -> float:
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)  # for negative x the form above overflows
    return e / (1.0 + e)


def softplus(x: float) -> float:
    return (x if x > 0.0 else 0.0) + math.log1p(math.exp(-abs(x)))


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


def sech2(x: float) -> float:
    e = math.exp(-2.0 * abs(x))  # 1 - tanh(x)**2 is 0 in the tails, 1/cosh(x)**2 loses digits there
    return 4.0 * e / ((1.0 + e) * (1.0 + e))


def lowered(a: float, b: float) -> float:
    return 0.0 if b == 0.0 and (a == 0.0 or a != a) else b - 1.0
