"""Where accuracy is measured: points all over an operation's domain, beside its edges, zeros and thresholds."""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from random import Random

import mpmath

from autograd_lite.engine.ops import Interval, Op

__all__ = ["corners", "points"]

INF = math.inf
HIGHEST, LOWEST = 1024, -1074  # exponents of two: floats are below the one, and multiples of the other
SMALLEST, NORMAL, LARGEST = 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308

WINDOWS = (
    *((-1.0, 1.0), (-2.0, 2.0), (-8.0, 8.0), (-40.0, 40.0), (-800.0, 800.0)),
    *((708.0, 710.6), (-746.0, -708.0)),  # exp and its kin overflow, and underflow, by way of subnormals
    *((350.0, 373.0), (-373.0, -350.0)),  # and where their squares do
    *((17.0, 40.0), (-40.0, -17.0)),  # 1 - tanh(x) and 1 - sigmoid(x) vanish
)
"""Intervals in which something happens to one operation or another, and points lie close."""

PLACES = (
    *(0.0, 0.5, math.log(2.0), 1.0, 1.5, 2.0, 19.061547465398498, 22.0, 36.7368005696771, 37.42994775023705),
    *(math.pi / 4, math.pi / 2, math.pi, 354.8913564466919, 372.5666095709705, 373.0, 1e150, 1e154, 1e160),
    *(708.3964185322641, 709.782712893384, 710.4758600739439, 744.4400719213812, 745.1332191019411, 746.0),
    *(1.3407807929942596e154, 1e-150, 1.4916681462400413e-154, 1e-160, NORMAL, 2.0**-53, 2.0**-27),
    *(2.0**52, 2.0**53, 2.0**64, 1e300, LARGEST / 2, LARGEST),
    *(1.3281912796014312, 2.0719997447636, 4.560003659630533, 4.129432174116449),  # slopes of tanh and sigmoid once
)
"""Thresholds of overflow, underflow and saturation, and hard places; the floats around them are all taken."""

SIZES = (
    *(SMALLEST, 1e-320, 0.9 * NORMAL, NORMAL, 1e-300, 1e-160, 1.5e-154, 1e-20, 2.0**-53, 0.1, 0.5, 1.0 - 2.0**-53),
    *(1.0, 1.0 + 2.0**-52, 1.5, 2.0, 3.0, 10.0, 708.0, 1023.0, 2.0**53, 1e20, 1e150, 1.34e154, 1e160, 1e300),
    *(LARGEST / 2, LARGEST),
)
"""Of two arguments, every one of these is put beside every other, with both signs, and beside zero."""

WHOLE: dict[str, tuple[Interval, Interval]] = dict.fromkeys(
    ("div", "over_square", "pow", "pow_slope", "pow_log", "mod", "floor_divide"), ((-INF, INF), (-INF, INF))
)
"""Rows that have values and slopes outside the domain in the table too, which is for those who must keep inside."""


def points(op: Op, count: int) -> Iterator[tuple[float, ...]]:
    """Yield the points, the same ones on every run: some `count` drawn ones after the fixed ones.

    For one argument: the floats around `PLACES` and beside finite edges of the domain; for sin, cos and tan the floats
    nearest to multiples of π/2; drawn from every binade, subnormal ones included, with both signs, if `count` is 8,400
    or more (from evenly spread binades if it is less), and the rest from `WINDOWS`.

    For two: all pairs of `SIZES`; drawn from all binades, from moderate sizes, and so that the result or a slope is
    about to overflow, is subnormal, or loses digits.
    """
    rng = Random(0)  # noqa: S311  (points to look at, no secrets)
    domain = WHOLE.get(op.name, op.domain)
    if op.arity == 1:
        fixed: Iterable[tuple[float, ...]] = ((x,) for x in _fixed(op))
        drawn: Iterable[tuple[float, ...]] = ((x,) for x in _singles(op.domain[0], count, rng))
    else:
        fixed = itertools.product(_signed(SIZES), repeat=2)
        drawn = _pairs(op, count, rng)
    yield from (point for point in itertools.chain(dict.fromkeys(fixed), drawn) if _inside(op, point, domain))


def corners(op: Op) -> list[tuple[float, ...]]:
    """Return points with an infinite argument, and for one argument the finite edges of the domain.

    A leaky relu of infinite slope and a negative number to an infinite power are left out: there is nothing to expect.
    """
    if op.arity == 1:
        ends = op.domain[0]
        return [(x,) for x in (*ends, *[-0.0] * (0.0 in ends))]
    parts = []
    for low, high in WHOLE.get(op.name, op.domain):
        sizes = (-1e300, -2.0, -0.5, SMALLEST, 0.5, 2.0, 1e300)
        parts.append([x for x in (low, high) if math.isinf(x)] + [x for x in sizes if low < x < high])
    if op.name == "leaky_relu":
        parts[1] = [x for x in parts[1] if math.isfinite(x)]
    points = itertools.product(*parts)
    return [point for point in points if not all(map(math.isfinite, point)) and _has_power(op, point)]


def _inside(op: Op, point: tuple[float, ...], domain: tuple[Interval, ...]) -> bool:
    inside = all(math.isfinite(x) and low < x < high for x, (low, high) in zip(point, domain, strict=True))
    return inside and _has_power(op, point)


def _has_power(op: Op, point: tuple[float, ...]) -> bool:
    """Whether a power is not a convention: 0**0, or a negative number to what is not a whole number."""
    if op.name not in {"pow", "pow_slope", "pow_log"}:
        return True
    a, b = point
    return a > 0.0 or (a == 0.0 and b != 0.0) or (a < 0.0 and math.isfinite(b) and b % 1.0 == 0.0)


def _signed(sizes: Iterable[float]) -> list[float]:
    return [0.0, *(x for size in sizes for x in (size, -size))]


def _fixed(op: Op) -> Iterator[float]:
    if op.name in {"sin", "cos", "tan"}:
        yield from _quarter_turns()
    for place in _signed(PLACES):
        yield from _around(place, 3)
    for end in op.domain[0]:
        if end and math.isfinite(end):
            yield from (end - end * 2.0**-k for k in range(1, 54))
            yield from (end + end * 2.0**-k for k in range(1, 53))
            yield from _around(end, 10)
    yield from (sign * (1.0 + side * 2.0**-k) for sign in (1.0, -1.0) for side in (1.0, -1.0) for k in range(2, 53))


def _singles(domain: Interval, count: int, rng: Random) -> Iterator[float]:
    binades = HIGHEST - LOWEST
    both = max(min(count // 4, binades), count // 16)  # points of either sign
    for k in range(both):
        x = math.ldexp(1.0 + rng.random(), LOWEST + (k * binades // both if both < binades else k % binades))
        yield x
        yield -x
    windows = [(max(low, domain[0]), min(high, domain[1])) for low, high in WINDOWS]
    windows = [(low, high) for low, high in windows if low < high]
    for k in range(count - 2 * both):
        low, high = windows[k % len(windows)]
        yield low + (high - low) * rng.random()


def _around(x: float, count: int) -> Iterator[float]:
    yield x
    for towards in (INF, -INF):
        y = x
        for _ in range(count):
            y = math.nextafter(y, towards)
            yield y


@cache
def _quarter_turns() -> tuple[float, ...]:
    """Floats next to multiples of π/2: of the first hundred, and up to the largest floats those that come nearest.

    Those are denominators of convergents of 2**e / (π/2) with at most 53 bits, times 2**e (Kahan; Muller, Elementary
    Functions, 11.3); and multiples of them, so that every binade has one.
    """
    with mpmath.workprec(2500):
        half_pi = mpmath.pi / 2
        turns = [x for k in range(-100, 101) if k for x in _around(float(k * half_pi), 1)]
        denominator = int(mpmath.ldexp(half_pi, 2400))
    for exponent in range(-53, HIGHEST - 52):
        a, b = 1 << (2400 + exponent), denominator
        before, nearest = 1, 0
        while b:
            before, nearest = nearest, a // b * nearest + before
            if nearest >= 1 << 53:
                break
            a, b = b, a % b
        turns += [math.ldexp(before, exponent), math.ldexp(before * ((1 << 53) // before), exponent)]
    return tuple(turns)


# --- pairs ---------------------------------------------------------------------------------------------------------


def _size(rng: Random, low: int = LOWEST, high: int = HIGHEST) -> float:
    """Draw a positive float, every exponent of two between `low` and `high` being as likely."""
    return math.ldexp(1.0 + rng.random(), low + int((high - low) * rng.random()))


def _either(rng: Random, x: float) -> float:
    return x if rng.random() < 0.5 else -x


def _extreme(rng: Random) -> float:
    """Draw a size to aim at: subnormal or nearly, about to overflow, or any."""
    return (_size(rng, LOWEST, -1018), _size(rng, 1018, HIGHEST), _size(rng))[int(3 * rng.random())]


def _near_one(rng: Random) -> float:
    return 1.0 + math.ldexp(rng.random() - 0.5, -int(53 * rng.random()))


def _pow(rng: Random) -> tuple[float, float]:
    aim = math.log(_extreme(rng))
    base = _size(rng) if rng.random() < 0.5 else _near_one(rng)
    log = math.log(base) or 2.0**-53
    exponent = aim / log
    if rng.random() < 0.5:  # the slope along the base is to have this size
        exponent = (aim - math.log(abs(exponent) or 1.0)) / log + 1.0
    return (base, exponent) if rng.random() < 0.75 else (-base, float(round(exponent)))


def _div(rng: Random) -> tuple[float, float]:
    aim, b = _either(rng, _extreme(rng)), _either(rng, _size(rng))
    return (aim * b if rng.random() < 0.5 else b * aim * b), b


def _mod(rng: Random) -> tuple[float, float]:
    """A pair whose quotient is small, or beside a whole number, or beyond those that floats have."""
    b = _either(rng, _size(rng, LOWEST, 960))
    quotient = _either(rng, _size(rng, -3, 60))
    a = b * (round(quotient) if rng.random() < 0.5 else quotient)
    return math.nextafter(a, _either(rng, INF)), b


def _mul(rng: Random) -> tuple[float, float]:
    b = _either(rng, _size(rng))
    return _over(_extreme(rng), b), b


def _sum(rng: Random) -> tuple[float, float]:
    a = _either(rng, _size(rng))
    return a, _either(rng, a * _near_one(rng))


def _xlogy(rng: Random) -> tuple[float, float]:
    b = _size(rng) if rng.random() < 0.5 else _near_one(rng)
    return _over(_either(rng, _extreme(rng)), math.log(b)), b


def _xlog1py(rng: Random) -> tuple[float, float]:
    b = _size(rng) if rng.random() < 0.5 else _either(rng, _size(rng, LOWEST, 0))
    return _over(_either(rng, _extreme(rng)), math.log1p(b) if b > -1.0 else 1.0), b


def _over(a: float, b: float) -> float:
    return a / b if b else a


AIMS: dict[str, Callable[[Random], tuple[float, float]]] = {
    **dict.fromkeys(("add", "sub", "maximum", "minimum", "compare"), _sum),
    **dict.fromkeys(("mul", "leaky_relu"), _mul),
    **dict.fromkeys(("div", "over_square"), _div),
    **dict.fromkeys(("mod", "floor_divide"), _mod),
    **dict.fromkeys(("pow", "pow_slope", "pow_log"), _pow),
    "xlogy": _xlogy,
    "xlog1py": _xlog1py,
}
"""Pairs whose result or slope is of an extreme size, or loses digits."""


def _pairs(op: Op, count: int, rng: Random) -> Iterator[tuple[float, float]]:
    aim = AIMS.get(op.name, _sum)
    for k in range(count):
        reach = (HIGHEST, 30, 3)[k // 2 % 3]
        if k % 2:
            yield aim(rng)
        else:
            yield _either(rng, _size(rng, -reach, reach)), _either(rng, _size(rng, -reach, reach))
