"""Floats for an operation, from where it is smooth: for one argument, or for all of them."""

import math
from collections.abc import Sequence

from hypothesis import strategies as st

from autograd_lite.engine.ops import Interval, Op
from autograd_lite.engine.validation import whole
from autograd_lite.testing.strategies.domains import evaluate, inside, kinks_along, named, pieces, settle, within_reach
from autograd_lite.testing.strategies.option_checks import bound, distance, tail

__all__ = ["floats", "points"]

Drawn = st.SearchStrategy
MARGIN = 1e-3


def floats(
    op: Op | str,
    argument: int = 0,
    *,
    margin: float = MARGIN,
    low: float = -math.inf,
    high: float = math.inf,
    reach: float = 750.0,
    finite: bool = True,
) -> Drawn[float]:
    """Floats for an argument of an operation, from the smooth part of its domain.

    Args:
        op: a row such as `autograd_lite.log`, its name, or a row that a user has made.
        argument: which argument of the operation, from 0.
        margin: distance from kinks and from the ends of the domain. With 0 they are left out themselves, but the
            floats beside them are not.
        low: no float is below.
        high: no float is above.
        reach: how far into the tails: no float is larger. For all floats: `math.inf`.
        finite: whether value and slope are to be finite, for operations of one argument.

    What is far out (exp overflows near 710, 1 - sigmoid(x) vanishes near 37) and what lies beside the ends and the
    kinks comes up often. Nothing is drawn in vain: numbers are chosen from intervals that have no kink.

    >>> from autograd_lite.testing import floats, given
    >>> @given(floats("log"))
    ... def test_mine(x):
    ...     assert math.isfinite(math.log(x))
    >>> test_mine()

    Raises `ValueError` if nothing is left between the bounds, and for options that are none.
    """
    op = named(op)
    margin, low, high, reach = _numbers(margin, low, high, reach)
    due = f"{op.name} has {op.arity} argument{'s' * (op.arity > 1)}, counted from 0"
    argument = whole(argument, due, 0, op.arity - 1)
    drawn = _spread(op, argument, margin=margin, low=low, high=high, reach=reach)
    if not finite or op.arity > 1:
        return drawn
    return drawn.map(lambda x: _settled(op, (x,), margin, low, high, finite=True)[0])


def points(
    op: Op | str,
    *,
    margin: float = MARGIN,
    low: float = -math.inf,
    high: float = math.inf,
    reach: float = 750.0,
    finite: bool = True,
) -> Drawn[tuple[float, ...]]:
    """Points at which an operation is smooth: tuples of floats, one for each argument, options as for `floats`.

    A kink of two arguments, as that of `maximum`, is left out too, and with `finite` so is what would overflow.

    >>> from autograd_lite.testing import given, points
    >>> @given(points("pow"))
    ... def test_mine(point):
    ...     base, exponent = point
    ...     assert math.isfinite(base**exponent)
    >>> test_mine()
    """
    op = named(op)
    margin, low, high, reach = _numbers(margin, low, high, reach)
    each = (_spread(op, k, margin=margin, low=low, high=high, reach=reach) for k in range(op.arity))
    drawn: Drawn[tuple[float, ...]] = st.tuples(*each)
    if not finite and not callable(op.kinks):
        return drawn
    return drawn.map(lambda point: _settled(op, point, margin, low, high, finite=finite))


def _numbers(margin: float, low: float, high: float, reach: float) -> tuple[float, float, float, float]:
    return distance(margin), bound("low", low), bound("high", high), tail(reach)


def _spread(op: Op, argument: int, *, margin: float, low: float, high: float, reach: float) -> Drawn[float]:
    """Floats of an argument's smooth domain, with what lies in its tails and beside its ends well represented."""
    domain, kinks = op.domain[argument], kinks_along(op, argument, None)
    near, far = within_reach(domain, reach)
    parts = pieces(domain, kinks, margin=margin, low=max(low, near), high=min(high, far))
    if not parts:
        raise ValueError(
            f"argument {argument} of {op.name} is smooth on {domain}, its kinks {kinks} left out; "
            f"nothing of it is between {low!r} and {high!r}, {margin!r} away from all that"
        )
    intervals: list[Interval] = []
    for size in (2.0, 40.0, math.inf):
        intervals += ((max(a, -size), min(b, size)) for a, b in parts)
    for a, b in parts:
        intervals += [(a, min(b, a + 1e-6 * max(1.0, abs(a))))] * math.isfinite(a)
        intervals += [(max(a, b - 1e-6 * max(1.0, abs(b))), b)] * math.isfinite(b)
    return st.one_of([_between(a, b) for a, b in dict.fromkeys(intervals) if a <= b and math.inf not in {a, -b}])


def _between(a: float, b: float) -> Drawn[float]:
    low, high = (None if math.isinf(end) else end for end in (a, b))
    return st.floats(low, high, allow_nan=False, allow_infinity=False)


def _settled(
    op: Op, point: Sequence[float], margin: float, low: float, high: float, *, finite: bool
) -> tuple[float, ...]:
    """The point, or one on the way from it to a calm one, that is smooth, with value and slopes that are finite."""

    def fits(at: Sequence[float]) -> bool:
        if not (all(low <= x <= high for x in at) and inside(op, at, margin=margin, smooth=True)):
            return False
        y, slopes = evaluate(op, at) if finite else (0.0, ())
        return all(map(math.isfinite, (y, *slopes)))

    domains = [(max(low, d[0]), min(high, d[1])) for d in op.domain]
    return settle(point, domains, fits) or tuple(point)
