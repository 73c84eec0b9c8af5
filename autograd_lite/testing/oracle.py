"""A second opinion: values and gradients of a graph in 50 digits, and a bound on what rounding may do to floats.

Nothing here comes from the package's table. `VALUES` are mpmath's functions, `SLOPES` their derivatives, written down
from calculus; a row that stands in neither falls back on the mpmath function of its name and on `mpmath.diff`.

The bound. Let u = 2**-53, so that a float is within 2u of the next one, and let tiny = 2**-1074. The table promises
(and test_ops.py measures) that a row's value and slopes, computed from floats, are within ULPS units in the last place
of the true value and slopes *at those floats*; for slopes of helpers, second derivatives, `SLACK` may allow more.
Everything else follows without any fitted tolerance:

Forward. Each node carries its true value v and a bound e: the float is in [v - e, v + e]. A leaf or a constant has
e = 0. A node y = f(a, b) inherits the most that f moves when its arguments move by their own errors, and adds its own
rounding::

    spread = max |f(a + s, b + t) - f(a, b)|   for s in {-ea, 0, ea}, t in {-eb, 0, eb}
    e      = spread + ULPS * (2u * (|f(a, b)| + spread) + tiny)

The intervals are so short (1e-16 or so of the value) that f is a straight line or a parabola on them; its largest
deviation from the middle is then at an end, which is why the ends are enough. Where a calculation is so ill-conditioned
that the interval is not short any more, or where a float overflows, the bound is infinite: nothing is claimed.

Backward. Each node carries the true gradient g and a bound c. An edge with the slope d hands down g * d. The slope is
computed at the floats, so it is off by D = spread of d + ULPS * (2u * (|d| + spread of d) + tiny). The product of two
numbers that are off by c and D, rounded once, is off by at most::

    |g| * D + |d| * c + c * D + u * (|g| + c) * (|d| + D) + tiny

A node that is used n times sums n such products, in any order: n more roundings of at most the sum of their sizes.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath

__all__ = [
    "HUGE",
    "SLACK",
    "SLOPES",
    "TINY",
    "ULPS",
    "VALUES",
    "Judged",
    "Step",
    "U",
    "derivative",
    "judge",
    "mp",
    "slack",
    "slopes",
    "tape",
    "ulps",
    "value",
]

mp = mpmath.mp.clone()
mp.dps = 50

ULPS = 4
"""Units in the last place by which a row's value or slope may be off; the C library's functions alone take 1 or 2."""

U = mp.mpf(2) ** -53
TINY = mp.mpf(2) ** -1074
HUGE = mp.mpf(2) ** 1024 - mp.mpf(2) ** 970
"""The largest float and half a unit: from here on a float is infinite."""


def _sgn(x: Any) -> Any:
    return mp.mpf((x > 0) - (x < 0))


def _power(a: Any, b: Any, less: int = 0) -> Any:
    """a**(b - less). Floats beyond 2**64 are even; mpmath would take them for integers and multiply the power out."""
    if not a or abs(b) < 2**64:
        return mp.power(a, b - less)
    return mp.exp(b * mp.log(abs(a))) / a**less


def _floor(a: Any, b: Any) -> Any:
    """floor(a / b); NaN where numpy.floor_divide is."""
    if mp.isinf(a):
        return mp.nan
    if mp.isinf(b):
        return mp.mpf(-1 if mp.sign(a) * mp.sign(b) < 0 else 0)
    with mp.workprec(EXACT):
        return mp.floor(a / b)


EXACT = 2400
"""Bits of the quotients of floats, of which even the largest is then told from a whole number."""


def _mod(a: Any, b: Any) -> Any:
    """The rest, a - b * floor(a / b); the limit where b is infinite."""
    floor = _floor(a, b)
    if mp.isinf(b) and not mp.isnan(floor):
        return b if floor else a
    with mp.workprec(EXACT):
        return a - b * floor


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


VALUES: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda x: -x,
    "pow": _power,
    "sigmoid": _sigmoid,
    "softplus": lambda x: mp.log1p(mp.exp(x)),
    "relu": lambda x: x if x > 0 else mp.zero,
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "abs": lambda x: x if x > 0 else -x,
    "maximum": max,
    "minimum": min,
    "step": lambda x: mp.mpf(x > 0),
    "compare": lambda a, b: _sgn(a - b),
    "mod": _mod,
    "floor_divide": _floor,
    "xlogy": lambda a, b: a * mp.log(b),
    "xlog1py": lambda a, b: a * mp.log1p(b),
    "inverse": lambda x: 1 / x,
    "lorentz": lambda x: 1 / (1 + x * x),
    "over_square": lambda a, b: a / (b * b),
    "pow_slope": lambda a, b: b * _power(a, b, 1),
    "pow_log": lambda a, b: _power(a, b) * mp.log(a),
    "sech2": lambda x: mp.sech(x) ** 2,
    "bell": lambda x: 1 / ((1 + mp.exp(-x)) * (1 + mp.exp(x))),
    "one_minus_square": lambda x: 1 - x * x,
    "larger": lambda a, b: mp.mpf(a > b),
}
"""What differs in name from mpmath, or is not there."""

SLOPES: dict[str, Callable[..., tuple[Any, ...]]] = {
    "add": lambda a, b: (mp.one, mp.one),
    "sub": lambda a, b: (mp.one, -mp.one),
    "mul": lambda a, b: (b, a),
    "div": lambda a, b: (1 / b, -a / (b * b)),
    "neg": lambda x: (-mp.one,),
    "pow": lambda a, b: (b * _power(a, b, 1), _power(a, b) * mp.log(a)),
    "exp": lambda x: (mp.exp(x),),
    "expm1": lambda x: (mp.exp(x),),
    "log": lambda x: (1 / x,),
    "log1p": lambda x: (1 / (1 + x),),
    "sqrt": lambda x: (1 / (2 * mp.sqrt(x)),),
    "sin": lambda x: (mp.cos(x),),
    "cos": lambda x: (-mp.sin(x),),
    "tan": lambda x: (1 / mp.cos(x) ** 2,),
    "asin": lambda x: (1 / mp.sqrt((1 - x) * (1 + x)),),
    "acos": lambda x: (-1 / mp.sqrt((1 - x) * (1 + x)),),
    "atan": lambda x: (1 / (1 + x * x),),
    "sinh": lambda x: (mp.cosh(x),),
    "cosh": lambda x: (mp.sinh(x),),
    "tanh": lambda x: (1 / mp.cosh(x) ** 2,),
    "sigmoid": lambda x: (1 / ((1 + mp.exp(-x)) * (1 + mp.exp(x))),),
    "softplus": lambda x: (_sigmoid(x),),
    "relu": lambda x: (mp.mpf(x > 0),),
    "leaky_relu": lambda x, slope: (mp.one if x > 0 else slope, mp.zero if x > 0 else x),
    "abs": lambda x: (_sgn(x),),
    "maximum": lambda a, b: (mp.mpf(a > b), mp.mpf(a < b)),
    "minimum": lambda a, b: (mp.mpf(a < b), mp.mpf(a > b)),
    "step": lambda x: (mp.zero,),
    "compare": lambda a, b: (mp.zero, mp.zero),
    "mod": lambda a, b: (mp.one + 0 * _floor(a, b), -_floor(a, b)),
    "floor_divide": lambda a, b: (0 * _floor(a, b),) * 2,
    "xlogy": lambda a, b: (mp.log(b), a / b),
    "xlog1py": lambda a, b: (mp.log1p(b), a / (1 + b)),
    "inverse": lambda x: (-1 / (x * x),),
    "lorentz": lambda x: (-2 * x / (1 + x * x) ** 2,),
    "over_square": lambda a, b: (1 / (b * b), -2 * a / (b * b * b)),
    "pow_slope": lambda a, b: (b * (b - 1) * _power(a, b, 2), _power(a, b, 1) * (1 + b * mp.log(a))),
    "pow_log": lambda a, b: (_power(a, b, 1) * (1 + b * mp.log(a)), _power(a, b) * mp.log(a) ** 2),
    "sech2": lambda x: (-2 * mp.tanh(x) * mp.sech(x) ** 2,),
    "bell": lambda x: (-mp.tanh(x / 2) / ((1 + mp.exp(-x)) * (1 + mp.exp(x))),),
    "one_minus_square": lambda x: (-2 * x,),
    "larger": lambda a, b: (mp.zero, mp.zero),
}


def _second(a: Any, b: Any) -> tuple[Any, Any, Any]:
    """What rounding does to b * (b - 1) * a**(b - 2), a**(b - 1) * (1 + b * ln a) and a**b * ln(a)**2.

    That of b - 1 is magnified by ln a, the terms of the sum may cancel, and what a power has lost to gradual underflow
    is magnified by its factors.
    """
    log, p, lost = abs(mp.log(a)), mp.power(a, b - 1), ULPS * TINY
    lowered = 2 * U * abs(b - 1) * log
    sizes = p + abs(b) * p * log
    return (
        abs(b * (b - 1) * p / a) * lowered + abs(b) * lost,
        sizes * (lowered + ULPS * 2 * U) + (1 + abs(b) * (1 + log)) * lost,
        log * lost,
    )


SLACK: dict[str, Callable[..., tuple[Any, ...]]] = {
    "pow_slope": lambda a, b: _second(a, b)[:2],
    "pow_log": lambda a, b: _second(a, b)[1:],
}
"""How far a slope of a helper, a second derivative, may be off beyond ULPS units."""


def value(name: str, *args: Any) -> Any:
    """The true value of the operation at numbers of mpmath or floats."""
    function = VALUES.get(name) or getattr(mp, name)
    return function(*map(mp.mpf, args))


def slopes(name: str, *args: Any) -> tuple[Any, ...]:
    """The true slopes of the operation, one an argument, away from its kinks."""
    args = tuple(map(mp.mpf, args))
    if name in SLOPES:
        return SLOPES[name](*args)
    return tuple(derivative(lambda *at: value(name, *at), args, along) for along in range(len(args)))


def slack(name: str, *args: Any) -> tuple[Any, ...]:
    """How far each slope may be off beyond `ULPS` units in the last place."""
    return SLACK[name](*map(mp.mpf, args)) if name in SLACK else (mp.zero,) * len(args)


def derivative(f: Callable[..., Any], args: Sequence[Any], along: int) -> Any:
    """`mpmath.diff` of `f` along one argument, with a step and a precision that suit huge and tiny arguments.

    The step is 1e-50 of the smallest of: 1, the argument, its distances from 1 and -1 (edges of domains), all that
    over the other argument (for powers). The square of the step remains: where the slope is 0, some 1e-100 of `f`.
    """
    at = list(map(mp.mpf, args))
    others = [*at[:along], *at[along + 1 :]]
    scale = min(mp.one, *(abs(at[along] - edge) for edge in (0, 1, -1) if at[along] != edge))
    scale /= 1 + max(map(abs, others), default=0)
    with mp.workdps(160 - int(mp.log10(scale)) + max(0, 0, *(int(mp.log10(abs(x))) + 1 for x in at if x))):
        d = mp.diff(lambda x: f(*at[:along], x, *at[along + 1 :]), at[along], h=scale * mp.mpf(10) ** -50)
    return +d


def ulps(got: float, true: Any, slack: Any = 0) -> float:
    """How many units in the last place `got` is from `true`, beyond an absolute `slack`; NaN if `got` is.

    Below the normal floats the unit is 2**-1074, and infinity is the float after the largest.
    """
    if math.isnan(got):
        return math.nan
    if math.isinf(got):
        got = mp.sign(got) * 2**1024
    if abs(true) > HUGE:
        true = mp.sign(true) * 2**1024
    unit = max(TINY, mp.ldexp(1, min(mp.mag(true), 1024) - 53)) if true else TINY
    return float(max(mp.zero, abs(mp.mpf(got) - true) - slack) / unit)


@dataclass(frozen=True)
class Step:
    """One line of a calculation: the operation and its arguments, an int for an earlier line, a float for a constant.

    A leaf is `Step("leaf", (2.5,))`.
    """

    name: str
    args: tuple[int | float, ...]


@dataclass(frozen=True)
class Judged:
    """True values and gradients of each step, and how far a float may be from them."""

    values: list[Any]
    value_errors: list[Any]
    gradients: list[Any]
    gradient_errors: list[Any]


def tape(root: Any) -> tuple[list[Step], dict[int, int]]:
    """Write down the graph of a node as steps, operands first, the node last; also the step of each node, by its id."""
    line: dict[int, int] = {}
    steps: list[Step] = []
    waiting = [root]
    while waiting:
        node = waiting[-1]
        missing = [x for x in node.parents if id(x) not in line]
        if missing:
            waiting += missing
            continue
        waiting.pop()
        if id(node) not in line:
            line[id(node)] = len(steps)
            if node.op is None:
                steps.append(Step("leaf", (node.data,)))
            else:
                steps.append(Step(node.op.name, tuple(x if isinstance(x, float) else line[id(x)] for x in node.args)))
    return steps, line


def _corners(centre: Sequence[Any], errors: Sequence[Any]) -> Iterable[tuple[Any, ...]]:
    points: list[tuple[Any, ...]] = [()]
    for x, e in zip(centre, errors, strict=True):
        points = [(*p, q) for p in points for q in ((x - e, x, x + e) if e else (x,))]
    return points


def _rounded(size: Any) -> Any:
    return ULPS * (2 * U * size + TINY)


def _bounded(x: Any, error: Any) -> Any:
    return error if abs(x) + error < HUGE and error <= mp.mpf(2) ** -20 * max(mp.one, abs(x)) else mp.inf


def _unbounded(name: str, at: Sequence[Any]) -> tuple[Any, list[Any]]:
    """Value and slopes where the arguments may be anything, and so perhaps outside the domain: then zeros."""
    try:
        true, true_slopes = value(name, *at), list(slopes(name, *at))
    except ZeroDivisionError:
        true = None
    if not isinstance(true, mp.mpf) or not all(isinstance(slope, mp.mpf) for slope in true_slopes):
        return mp.zero, [mp.zero] * len(at)
    return true, true_slopes


def judge(steps: Sequence[Step]) -> Judged:
    """Run the steps forward and backward in 50 digits, the last one being the root, with the bounds explained above."""
    values: list[Any] = []
    errors: list[Any] = []
    edges: list[tuple[list[Any], list[Any]]] = []  # of each step: true slopes, and how far the floats' may be off
    for step in steps:
        if step.name == "leaf":
            values.append(mp.mpf(step.args[0]))
            errors.append(mp.zero)
            edges.append(([], []))
            continue
        at = [mp.mpf(x) if isinstance(x, float) else values[x] for x in step.args]
        off = [mp.zero if isinstance(x, float) else errors[x] for x in step.args]
        if mp.inf in off:
            true, true_slopes = _unbounded(step.name, at)
            values.append(true)
            errors.append(mp.inf)
            edges.append((true_slopes, [mp.inf] * len(at)))
            continue
        true, true_slopes = value(step.name, *at), list(slopes(step.name, *at))
        around = list(_corners(at, off))
        spread = max(abs(value(step.name, *p) - true) for p in around)
        error = spread + _rounded(abs(true) + spread)
        values.append(true)
        errors.append(_bounded(true, error))
        slopes_around = [slopes(step.name, *p) for p in around]
        spreads = [max(abs(there[i] - d) for there in slopes_around) for i, d in enumerate(true_slopes)]
        more = slack(step.name, *at)
        slope_errors = [s + _rounded(abs(d) + s) + m for d, s, m in zip(true_slopes, spreads, more, strict=True)]
        edges.append((true_slopes, [_bounded(d, e) for d, e in zip(true_slopes, slope_errors, strict=True)]))

    received: list[list[tuple[Any, Any]]] = [[] for _ in steps]
    received[-1].append((mp.one, mp.zero))
    gradients, gradient_errors = [mp.zero] * len(steps), [mp.zero] * len(steps)
    for i in reversed(range(len(steps))):
        g = sum((x for x, _ in received[i]), mp.zero)
        size = sum((abs(x) + e for x, e in received[i]), mp.zero)
        c = sum((e for _, e in received[i]), mp.zero) + (len(received[i]) * U * size if len(received[i]) > 1 else 0)
        c = c if size + c < HUGE else mp.inf
        gradients[i], gradient_errors[i] = g, c
        if not received[i]:
            continue
        for x, d, off in zip(steps[i].args, *edges[i], strict=False):
            if isinstance(x, float):
                continue
            error = mp.inf  # and not NaN, as the sum below were for 0 * inf
            if mp.inf not in {c, off}:
                error = abs(g) * off + abs(d) * c + c * off + U * (abs(g) + c) * (abs(d) + off) + TINY
            received[x].append((g * d, error if abs(g * d) + error < HUGE else mp.inf))
    return Judged(values, errors, gradients, gradient_errors)
