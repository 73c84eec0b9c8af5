"""Where an operation is smooth: its domain without the neighbourhood of its edges and kinks."""

import difflib
import itertools
import math
from collections.abc import Callable, Iterable, Sequence

from autograd_lite.audit.notation.functions import FUNCTIONS
from autograd_lite.engine.ops import HELPERS, OPS, OWN, Interval, Op, Side

__all__ = ["alike", "at_kink", "calm", "evaluate", "inside", "kinks_along", "named", "pieces", "settle", "within_reach"]

CALM = (1.0, 0.5, 0.7, 0.3, 2.0, -1.0, -0.5, 0.0)
"""Where operations tend to be neither steep nor large; one of these is in every domain of the table."""

NEAR = 8.0
BISECTIONS = 64
"""Kinks are looked for within `NEAR` of 0, by so many halvings: as many as tell floats of that size apart."""


def calm(domain: Interval) -> list[float]:
    """Return numbers to fall back on, the simplest first: `CALM`, and for operations of users some of the domain."""
    low, high = domain
    inner = [low + 1.0, low + 0.25 * (high - low), high - 1.0, 0.5 * (low + high)]
    return [*CALM, *(x for x in inner if math.isfinite(x))]


def named(op: Op | str) -> Op:
    """Return the row of that name (or the row itself, of the table or made by a user).

    Raises `ValueError` for an unknown name, and `TypeError` for what is neither.
    """
    if isinstance(op, Op):
        return op
    if not isinstance(op, str):
        raise TypeError(f"an operation is a row such as autograd_lite.exp, or its name, got {type(op).__name__}")
    known = {**OPS, **HELPERS, **OWN}
    if op in known:
        return known[op]
    if op in FUNCTIONS:
        raise ValueError(f"no operation named {op!r}; it is called {FUNCTIONS[op].name!r}")
    near = difflib.get_close_matches(op, known, 1, 0.5)
    raise ValueError(
        f"no operation named {op!r:.60}; " + (f"did you mean {near[0]!r}?" if near else f"there are {', '.join(OPS)}")
    )


def at_kink(op: Op, point: Sequence[float], within: float = 0.0) -> bool:
    """Whether the point is at one of the row's kinks, or would be if one argument were moved by `within` at most."""
    if not callable(op.kinks):
        return any(abs(point[0] - kink) <= within for kink in op.kinks)
    a, b = point
    ways = [((a - within, b), (a + within, b)), ((a, b - within), (a, b + within))] if within else []
    return op.side(a, b)[1] or any(op.side(*low) != op.side(*high) for low, high in ways)


def kinks_along(op: Op, argument: int, other: float | None) -> list[float]:
    """Return numbers of an argument at which the row has a kink, the other argument (None: any) being given.

    Where the kinks are a function, that is one at most, found by bisection of the sides.
    """
    if not callable(op.kinks):
        return [] if argument else list(op.kinks)
    if other is None:
        return []

    def side(x: float) -> Side:
        return op.side(*((other, x) if argument else (x, other)))

    low, high = (math.nextafter(max(op.domain[argument][0], -NEAR), 0.0), min(op.domain[argument][1], NEAR))
    first, last = side(low), side(high)
    for _ in range(BISECTIONS if first != last else 0):
        middle = 0.5 * (low + high)
        here = side(middle)
        if here[1]:
            return [middle]
        low, high = (middle, high) if here == first else (low, middle)
    return []


def pieces(
    domain: Interval, kinks: Iterable[float] = (), *, margin: float, low: float = -math.inf, high: float = math.inf
) -> list[Interval]:
    """Return the closed intervals that remain of an open one between `low` and `high`, the rightmost first.

    What is left out: all that is nearer than `margin` to a finite end or to a kink, and in any case these themselves.
    """
    margin = min(margin, (domain[1] - domain[0]) / 4.0)
    start, end = max(_above(domain[0], margin), low), min(_below(domain[1], margin), high)
    remaining = []
    for kink in sorted(kinks):
        remaining.append((start, min(end, _below(kink, margin))))
        start = max(start, _above(kink, margin))
    remaining.append((start, end))
    return [piece for piece in reversed(remaining) if piece[0] <= piece[1]]


def _above(x: float, margin: float) -> float:
    return max(x + margin, math.nextafter(x, math.inf)) if math.isfinite(x) else x


def _below(x: float, margin: float) -> float:
    return -_above(-x, margin)


def within_reach(domain: Interval, reach: float) -> tuple[float, float]:
    """Return the bounds -reach and reach, or wider ones for a domain that lies beyond."""
    nearest = max(domain[0], -domain[1], 0.0)
    return (-reach, reach) if nearest < reach else (-2.0 * nearest - 1.0, 2.0 * nearest + 1.0)


def inside(op: Op, point: Sequence[float], *, margin: float, smooth: bool) -> bool:
    """Whether each argument is in the row's domain, and that and the row's kinks are `margin` away."""
    for x, (low, high) in zip(point, op.domain, strict=True):
        at_least = min(margin, (high - low) / 4.0)
        if not (_above(low, at_least) <= x <= _below(high, at_least)):
            return False
    # A difference of two arguments that were drawn as far apart may be off by its rounding.
    return not (smooth and at_kink(op, point, 0.999 * margin))


def evaluate(op: Op, point: Sequence[float]) -> tuple[float, tuple[float, ...]]:
    """Return value and slopes, NaN where a row made by a user raises an arithmetic error."""
    try:
        y = op.fn(*point)
        slopes = op.partials(y, *point)
    except (ArithmeticError, ValueError):
        return math.nan, (math.nan,) * len(point)
    return y, (slopes,) if len(point) == 1 else tuple(slopes)


def alike(x: float, domain: Interval) -> list[float]:
    """Return `x`, and numbers that are as far from 0 or from an end of the domain, on the side where that lies."""
    low, high = domain
    return [y for y in (x, abs(x), low + abs(x), high - abs(x)) if math.isfinite(y)]


def settle(
    point: Sequence[float], domains: Sequence[Interval], fits: Callable[[Sequence[float]], bool]
) -> tuple[float, ...] | None:
    """Return the point if it fits, else one alike that does, else one on the way to a calm point; None if none fits.

    On the way to a calm point the result is near the last that does not fit, so numbers that would overflow become
    numbers that nearly do, and no draw is given up. From zero there is no such way: the result is the calm point, for
    the sake of simple numbers.
    """
    if fits(point):
        return tuple(point)
    candidates = [*itertools.product(*(alike(x, domain) for x, domain in zip(point, domains, strict=True)))]
    alternative = next((c for c in candidates if fits(c)), None)
    if alternative is not None and any(point):
        return alternative
    fallback = next((c for c in itertools.product(*map(calm, domains)) if fits(c)), alternative)
    if fallback is None or not any(point):
        return fallback
    best, good, bad = fallback, 0.0, 1.0
    for _ in range(24):
        part = (good + bad) / 2.0 if good else bad / 2.0
        at = tuple(c + part * (x - c) for c, x in zip(fallback, candidates[-1], strict=True))
        if fits(at):
            best, good = at, part
        else:
            bad = part
        if good > 0.9 * bad:
            break
    return best
