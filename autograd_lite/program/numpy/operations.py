"""The language NumPy: each operation on arrays, a number in each lane.

What NumPy has no function for, and the few lanes where the nodes take more care, call the function of the nodes.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_lite.engine.ieee import FAR, HIGH, LOW, NEAR_ZERO
from autograd_lite.engine.operation import ROWS
from autograd_lite.engine.ops import Op

__all__ = ["decay", "function", "shared"]

MINUS, ZERO, ONE, TWO = map(np.array, (-1.0, 0.0, 1.0, 2.0))  # a float would be made an array at each call
Array = Any
"""An array, or a float."""
Function = Callable[..., Array]
"""Of one or two arrays or floats, at least one an array, and `out`, an array that the result may be put into."""


def _seldom(rare: Array, common: Array, op: Op, *args: Array) -> Array:
    """`common`, but what the nodes' function gives where `rare` holds."""
    places = np.flatnonzero(rare)
    if places.size:
        wide = [np.broadcast_to(x, common.shape) for x in args]
        for k in places.tolist():
            common[k] = op.fn(*(float(x[k]) for x in wide))
    return common


def decay(x: Array, out: Array) -> Array:
    """e**-|x|, which never overflows."""
    np.copysign(x, MINUS, out)
    return np.exp(out, out)


def _over_bell(numerator: Array, e: Array, out: Array) -> Array:
    """Numerator / (1 + e)**2, rounded less often."""
    np.add(e, TWO, out)
    np.multiply(out, e, out)
    np.add(out, ONE, out)
    return np.divide(numerator, out, out)


def _sigmoid(x: Array, e: Array, out: Array) -> Array:
    np.add(e, ONE, out)
    return np.divide(np.where(x >= ZERO, ONE, e), out, out)


def _softplus(x: Array, e: Array, out: Array) -> Array:
    np.log1p(e, out)
    return np.add(np.where(x > 0.0, x, 0.0), out, out)


def _sech2(x: Array, out: Array) -> Array:
    size = np.abs(x)
    e = np.exp(-2.0 * size)
    _over_bell(4.0 * e, e, out)
    if e.min() < 1e-30:
        tail = 2.0 * np.exp(-size)
        np.copyto(out, tail * tail, where=e < 1e-30)
    return out


def _relu(x: Array, out: Array) -> Array:
    np.copyto(out, x)
    out[x <= 0.0] = 0.0
    return out


def _leaky_relu(x: Array, slope: Array, out: Array) -> Array:
    np.multiply(slope, x, out=out)
    np.copyto(out, x, where=(x > 0.0) & ~np.isnan(slope))
    return out


def _maximum(a: Array, b: Array, out: Array) -> Array:
    np.copyto(out, np.where(a >= b, a, np.where(b > a, b, math.nan)))
    return out


def _minimum(a: Array, b: Array, out: Array) -> Array:
    np.copyto(out, np.where(a <= b, a, np.where(b < a, b, math.nan)))
    return out


def _larger(a: Array, b: Array, out: Array) -> Array:
    np.copyto(out, np.where(a > b, 1.0, np.where(a <= b, 0.0, math.nan)))
    return out


def _compare(a: Array, b: Array, out: Array) -> Array:
    np.copyto(out, np.where(a > b, 1.0, np.where(a < b, -1.0, np.where(a == b, 0.0, math.nan))))
    return out


def _times(log: Function) -> Function:
    def xlog(x: Array, y: Array, out: Array) -> Array:
        np.multiply(x, log(y), out=out)
        np.copyto(out, 0.0, where=(x == 0.0) & ~np.isnan(y))
        return out

    return xlog


def _inverse(x: Array, out: Array) -> Array:
    np.divide(1.0, np.abs(x), out=out)
    np.copyto(out, math.nan, where=~(x >= 0.0))
    return out


def _lorentz(x: Array, out: Array) -> Array:
    np.divide(1.0, 1.0 + x * x, out=out)
    np.copyto(out, 1.0 / x / x, where=~(np.abs(x) < 1e150))
    return out


def _one_minus_square(x: Array, out: Array) -> Array:
    np.subtract(1.0, x * x, out=out)
    np.copyto(out, (1.0 - x) * (1.0 + x), where=~(np.abs(x) < 0.5))
    return out


def _turning(name: str) -> Function:
    turn: Function = getattr(np, name)

    def turned(x: Array, out: Array) -> Array:
        turn(x, out=out)
        size = np.abs(out)
        near = size > NEAR_ZERO
        if name == "tan":
            near &= size < 1.0 / NEAR_ZERO
        return _seldom(~(near | (np.abs(x) < FAR)), out, ROWS[name], x)

    return turned


def _pow(a: Array, b: Array, out: Array) -> Array:
    if isinstance(b, float):
        return np.multiply(a, a, out=out) if b == 2.0 else _power(a, b, out)
    _power(a, b, out)
    np.copyto(out, a * a, where=b == 2.0)
    return out


def _power(a: Array, b: Array, out: Array) -> Array:
    np.power(a, b, out=out)
    np.copyto(out, math.nan, where=np.isnan(b))
    return out


def _over_square(a: Array, b: Array, out: Array) -> Array:
    np.divide(np.divide(a, b), b, out=out)
    size, divisor = np.abs(out), np.abs(b)
    usual = (size > LOW) & (size < HIGH) & (divisor > LOW) & (divisor < HIGH)
    odd = np.isfinite(a) & np.isfinite(b) & (b != 0.0)
    np.copyto(out, 0.0, where=odd & (a == 0.0))
    return _seldom(~usual & odd & (a != 0.0), out, ROWS["over_square"], a, b)


def _pow_slope(a: Array, b: Array, out: Array) -> Array:
    c = b - 1.0
    lost = np.where(np.abs(b) >= 1.0, (b - c) - 1.0, b - (c + 1.0))
    p = _pow(a, c, np.empty_like(out))
    size = np.abs(p)
    np.multiply(b, p, out=out)
    np.copyto(out, b * (p + p * (lost * np.log(np.abs(a)))), where=lost != 0.0)
    rare = ~((size > LOW) & (size < HIGH) & (np.abs(b) > LOW) & (np.abs(b) < 2.0**53))
    np.copyto(out, 2.0 * a, where=b == 2.0)
    np.copyto(out, 0.0, where=b == 0.0)
    return _seldom(rare & (b != 0.0) & (b != 2.0), out, ROWS["pow_slope"], a, b)


def _pow_log(a: Array, b: Array, out: Array) -> Array:
    y = _pow(a, b, np.empty_like(out))
    np.multiply(y, np.log(a), out=out)
    return _seldom(~((y > LOW) & (y < HIGH) & (a > 0.0)), out, ROWS["pow_log"], a, b)


TABLE: dict[str, Function] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "neg": np.negative,
    "abs": np.abs,
    **{name: getattr(np, name) for name in ("exp", "expm1", "log", "log1p", "sqrt", "sinh", "cosh", "tanh")},
    **{name: getattr(np, f"arc{name.removeprefix('a')}") for name in ("asin", "acos", "atan")},
    **{name: _turning(name) for name in ("sin", "cos", "tan")},
    "pow": _pow,
    "sech2": _sech2,
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "maximum": _maximum,
    "minimum": _minimum,
    "step": lambda x, out: _larger(x, 0.0, out),
    "larger": _larger,
    "compare": _compare,
    "xlogy": _times(np.log),
    "xlog1py": _times(np.log1p),
    "inverse": _inverse,
    "lorentz": _lorentz,
    "one_minus_square": _one_minus_square,
    "over_square": _over_square,
    "pow_slope": _pow_slope,
    "pow_log": _pow_log,
}
"""All others call the function of the nodes, lane by lane."""


SHARED: dict[str, Function] = {
    "sigmoid": _sigmoid,
    "bell": lambda _, e, out: _over_bell(e, e, out),
    "softplus": _softplus,
}
"""Operations that are made of x and e**-|x|: a sigmoid's is that of its slope."""


def shared(op: Op) -> Function | None:
    """Return what computes an operation from x and `decay` of x, if it is such a one."""
    return SHARED.get(op.name) if ROWS.get(op.name) is op else None


def function(op: Op) -> Function:
    """Return what computes an operation on arrays."""
    row = TABLE.get(op.name) if ROWS.get(op.name) is op else None
    if row is not None:
        return row

    def by_lanes(*args: Array) -> Array:
        *operands, out = args
        return _seldom(np.ones(out.shape, bool), out, op, *operands)

    return by_lanes
