"""Forward mode by dual numbers, with bounds of its rounding: a reference for graphs that is not the table of slopes.

A dual number carries a value and its slope along one leaf, and how far off the two may be. The derivatives of the
primitives stand here once more, written down from calculus; all else follows from the definitions of the operations.
The bounds are running ones, to first order: what the error of an argument makes of a value and of a slope (that takes
the second derivative), and the rounding of every step. Where the arguments are so uncertain that this would not hold,
at kinks and jumps, and for operations that have neither a rule nor a definition, there is no dual number.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine.graph import topological
from autograd_lite.engine.ops import HELPERS, OPS, Op
from autograd_lite.engine.value import Value

__all__ = ["Dual", "forward"]

UNIT, TINY = 2.0**-52, 2.0**-1074
LIBRARY = 2.0 * UNIT  # what a function of the C library may be off, relative to its value
NEAR = 2.0**-6  # by so much of the distance over which its second derivative changes an argument may be off


class UnsureError(ArithmeticError):
    """Nothing is known of a slope here."""


@dataclass(frozen=True, slots=True)
class Dual:
    """A value and its slope, and how far off they may be."""

    value: float
    slope: float = 0.0
    off: float = 0.0
    slope_off: float = 0.0

    def _record(self, op: Op, *args: Any) -> "Dual":
        """Apply an operation, as calling it does; raises `UnsureError` where nothing is known of the slope."""
        return applied(op, [x if isinstance(x, Dual) else Dual(float(x)) for x in args])

    def __add__(self, other: Any) -> "Dual":
        return self._record(OPS["add"], self, other)

    def __radd__(self, other: Any) -> "Dual":
        return self._record(OPS["add"], other, self)

    def __sub__(self, other: Any) -> "Dual":
        return self._record(OPS["sub"], self, other)

    def __rsub__(self, other: Any) -> "Dual":
        return self._record(OPS["sub"], other, self)

    def __mul__(self, other: Any) -> "Dual":
        return self._record(OPS["mul"], self, other)

    def __rmul__(self, other: Any) -> "Dual":
        return self._record(OPS["mul"], other, self)

    def __truediv__(self, other: Any) -> "Dual":
        return self._record(OPS["div"], self, other)

    def __rtruediv__(self, other: Any) -> "Dual":
        return self._record(OPS["div"], other, self)

    def __pow__(self, other: Any) -> "Dual":
        return self._record(OPS["pow"], self, other)

    def __neg__(self) -> "Dual":
        return self._record(OPS["neg"], self)


def forward(root: Value, leaf: Value) -> tuple[float, float] | None:
    """Return the slope of a graph along a leaf and how far off it may be; None where nothing is known of it."""
    duals: dict[Value, Dual] = {}
    try:
        for node in topological(root):
            if node.op is None:
                duals[node] = Dual(node.data, float(node is leaf))
            else:
                duals[node] = applied(node.op, [duals[x] if isinstance(x, Value) else Dual(x) for x in node.args])
    except Exception:  # noqa: BLE001  (the definition of a user's operation need not work on dual numbers)
        return None
    return duals[root].slope, duals[root].slope_off


def applied(op: Op, args: Sequence[Dual]) -> Dual:
    """Return an operation of dual numbers, by its rule or its definition."""
    if op.name in RULES and OPS[op.name] is op:
        result = RULES[op.name](*args)
    elif op.definition is not None:
        result = op.definition(*args)
        result = result if isinstance(result, Dual) else Dual(float(result))
        value = op.fn(*(x.value for x in args))
        own = OPS.get(op.name, HELPERS.get(op.name)) is op
        if abs(value - result.value) > 2.0 * result.off + 8.0 * UNIT * abs(value) + (1e-9 * abs(value) if own else 0.0):
            raise UnsureError("the definition has another value")
        # A row of the table is more accurate than its definition, and has the value of that, but for rounding.
        result = Dual(value, result.slope, result.off + abs(value - result.value), result.slope_off)
    else:
        raise UnsureError("no rule")
    if not all(map(math.isfinite, (result.value, result.slope, result.off, result.slope_off))):
        raise UnsureError("not finite")
    return result


# --- sums and products: rounded once, to the nearest float ----------------------------------------------------------


def _sum(a: Dual, b: Dual, sign: float = 1.0) -> Dual:
    value, slope = a.value + sign * b.value, a.slope + sign * b.slope
    return Dual(value, slope, a.off + b.off + UNIT * abs(value), a.slope_off + b.slope_off + UNIT * abs(slope))


def _product(a: Dual, b: Dual) -> Dual:
    value = a.value * b.value
    one, other = a.slope * b.value, a.value * b.slope
    rounded = 2.0 * UNIT * (abs(one) + abs(other)) + TINY
    return Dual(
        value,
        one + other,
        abs(a.value) * b.off + a.off * (abs(b.value) + b.off) + UNIT * abs(value) + TINY,
        _of_product(a.slope, a.slope_off, b.value, b.off) + _of_product(b.slope, b.slope_off, a.value, a.off) + rounded,
    )


def _of_product(x: float, x_off: float, y: float, y_off: float) -> float:
    """How far off a product is for the errors of its factors."""
    return abs(x) * y_off + x_off * (abs(y) + y_off)


def _quotient(a: Dual, b: Dual) -> Dual:
    if b.off > NEAR * abs(b.value) or not b.value:
        raise UnsureError("division by what may be zero")
    least = abs(b.value) - b.off
    value = a.value / b.value
    off = (a.off + abs(value) * b.off) / least + UNIT * abs(value) + TINY
    top = a.slope - value * b.slope
    top_off = a.slope_off + _of_product(b.slope, b.slope_off, value, off)
    top_off += UNIT * (abs(a.slope) + 2.0 * abs(value * b.slope))
    slope = top / b.value
    return Dual(value, slope, off, (top_off + abs(slope) * b.off) / least + UNIT * abs(slope) + TINY)


# --- functions of one number ----------------------------------------------------------------------------------------


def _function(
    f: Callable[[float], float], rule: Callable[[float, float], tuple[float, float, float]]
) -> Callable[[Dual], Dual]:
    """The rule of a function: `rule` gives its first and second derivative, and over which distance this changes."""

    def on_dual(x: Dual) -> Dual:
        y = f(x.value)
        first, second, distance = rule(x.value, y)
        if x.off > NEAR * distance:
            raise UnsureError("an argument that is too uncertain")
        bend = 2.0 * abs(second)
        slope = first * x.slope
        rounded = 2.0 * LIBRARY * abs(slope) + 8.0 * TINY * (1.0 + abs(x.slope))
        return Dual(
            y,
            slope,
            x.off * (abs(first) + bend * x.off) + LIBRARY * abs(y) + TINY,
            abs(first) * x.slope_off + bend * x.off * (abs(x.slope) + x.slope_off) + rounded,
        )

    return on_dual


def _tail(x: float) -> float:
    """The slope of the logistic function, which is even."""
    e = math.exp(-abs(x))
    return e / ((1.0 + e) * (1.0 + e))


def _asin_rule(x: float, _: float) -> tuple[float, float, float]:
    inside = (1.0 - x) * (1.0 + x)
    return 1.0 / math.sqrt(inside), x / inside**1.5, 1.0 - abs(x)


def _acos_rule(x: float, y: float) -> tuple[float, float, float]:
    first, second, distance = _asin_rule(x, y)
    return -first, -second, distance


def _bent(f: Callable[[Dual, Dual], tuple[float, float, float, float]]) -> Callable[..., Dual]:
    """The rule of an operation that is straight on each side of a kink or jump.

    `f` gives the value, the slopes along both arguments, and how far the kink is.
    """

    def on_duals(a: Dual, b: Dual) -> Dual:
        value, along_a, along_b, distance = f(a, b)
        if not a.off + b.off < distance:
            raise UnsureError("at a kink")
        slope = along_a * a.slope + along_b * b.slope
        rounded = UNIT * (abs(along_a * a.slope) + abs(along_b * b.slope)) * bool(along_a and along_b)
        off = abs(along_a) * a.off + abs(along_b) * b.off
        slope_off = abs(along_a) * a.slope_off + abs(along_b) * b.slope_off + rounded
        return Dual(value, slope, off, slope_off)

    return on_duals


def _larger(a: Dual, b: Dual) -> tuple[float, float, float, float]:
    first = float(a.value > b.value)
    return max(a.value, b.value), first, 1.0 - first, abs(a.value - b.value)


def _smaller(a: Dual, b: Dual) -> tuple[float, float, float, float]:
    first = float(a.value < b.value)
    return min(a.value, b.value), first, 1.0 - first, abs(a.value - b.value)


def _sign(a: Dual, b: Dual) -> tuple[float, float, float, float]:
    return math.copysign(1.0, a.value - b.value), 0.0, 0.0, abs(a.value - b.value)


def _pieces(a: Dual, b: Dual) -> tuple[float, float, float]:
    """How often the second goes into the first, the rest, and how far that is from where they jump."""
    whole, rest = divmod(a.value, b.value)
    apart = min(abs(rest), abs(b.value - rest)) - 4.0 * UNIT * abs(a.value)
    return whole, rest, apart / (1.0 + abs(whole))


def _rest(a: Dual, b: Dual) -> tuple[float, float, float, float]:
    whole, rest, apart = _pieces(a, b)
    return rest, 1.0, -whole, apart


def _whole(a: Dual, b: Dual) -> tuple[float, float, float, float]:
    whole, _, apart = _pieces(a, b)
    return whole, 0.0, 0.0, apart


def _power(a: Dual, b: Dual) -> Dual:
    """x**n of a constant n by its own rule; all else as exp(b log a)."""
    n = b.value
    if b.slope or b.off or b.slope_off:
        return RULES["exp"](_product(b, RULES["log"](a)))
    if n == 0.0:
        return Dual(1.0)
    whole = n.is_integer() and n > 0.0
    size = abs(a.value) + a.off

    def rule(x: float, y: float) -> tuple[float, float, float]:
        second = n * (n - 1.0) * (size if whole else x) ** (n - 2.0) if n not in {1.0, 2.0} else 2.0 * (n == 2.0)
        distance = math.inf if whole else abs(x) / (1.0 + abs(n))
        first = n * y / x if n != 1.0 and y else n * x ** (n - 1.0)  # rounding n - 1 would be magnified
        return first, second, distance

    return _function(lambda x: x**n, rule)(a)


RULES: dict[str, Callable[..., Dual]] = {
    "add": _sum,
    "sub": lambda a, b: _sum(a, b, -1.0),
    "mul": _product,
    "div": _quotient,
    "neg": lambda x: Dual(-x.value, -x.slope, x.off, x.slope_off),
    "pow": _power,
    "exp": _function(math.exp, lambda _, y: (y, y, 1.0)),
    "expm1": _function(math.expm1, lambda x, _: (math.exp(x), math.exp(x), 1.0)),
    "log": _function(math.log, lambda x, _: (1.0 / x, 1.0 / (x * x), abs(x))),
    "log1p": _function(math.log1p, lambda x, _: (1.0 / (1.0 + x), 1.0 / (1.0 + x) ** 2, abs(1.0 + x))),
    "sqrt": _function(math.sqrt, lambda x, y: (0.5 / y, 0.25 / (x * y), abs(x))),
    "sin": _function(math.sin, lambda x, _: (math.cos(x), 1.0, 1.0)),
    "cos": _function(math.cos, lambda x, _: (-math.sin(x), 1.0, 1.0)),
    "asin": _function(math.asin, _asin_rule),
    "acos": _function(math.acos, _acos_rule),
    "atan": _function(math.atan, lambda x, _: (1.0 / (1.0 + x * x), min(1.0, 2.0 / (1.0 + x * x)), 1.0)),
    "sinh": _function(math.sinh, lambda x, _: (math.cosh(x), math.cosh(x), 1.0)),
    "cosh": _function(math.cosh, lambda x, y: (math.sinh(x), y, 1.0)),
    "tanh": _function(math.tanh, lambda x, _: (4.0 * _tail(2.0 * x), 8.0 * _tail(2.0 * x), 0.5)),
    "sigmoid": _function(OPS["sigmoid"].fn, lambda x, _: (_tail(x), _tail(x), 1.0)),
    "softplus": _function(OPS["softplus"].fn, lambda x, _: (OPS["sigmoid"].fn(x), _tail(x), 1.0)),
    "abs": lambda x: _bent(_larger)(x, Dual(-x.value, -x.slope, x.off, x.slope_off)),
    "maximum": _bent(_larger),
    "minimum": _bent(_smaller),
    "compare": lambda a, b: Dual(0.0) if a is b else _bent(_sign)(a, b),
    "mod": _bent(_rest),
    "floor_divide": _bent(_whole),
}
"""The primitives, and two operations whose definitions have a kink where they have none."""
