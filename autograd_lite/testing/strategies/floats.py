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
SIZES = (2.0, 10.0, 40.0)  # floats up to these sizes have a share of their own
INSIDE = 6  # so many shares have those up to the second


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

    More than half of the floats are within 10 of 0, evenly spread. The others are far out (exp overflows near 710,
    1 - sigmoid(x) vanishes near 37) or beside the ends and the kinks. Nothing is drawn in vain: numbers are chosen
    from intervals that have no kink.

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
    intervals = [interval for part in parts for interval in _intervals(*part)]
    return st.sampled_from(intervals).flatmap(lambda interval: _between(*interval))


def _intervals(a: float, b: float) -> list[Interval]:
    """Parts of an interval to choose from, the simplest first: most are its inside, where most faults are."""
    inner, middle, outer = ((max(a, -size), min(b, size)) for size in SIZES)
    inside = [inner, *[middle] * INSIDE, outer, (a, b), (a, b)]
    left, right = (a, min(b, a + 1e-6 * max(1.0, abs(a)))), (max(a, b - 1e-6 * max(1.0, abs(b))), b)
    ends = [left] * math.isfinite(a) + [right] * math.isfinite(b)
    # What is out of reach of a size is left out, and so are infinities alone.
    chosen = [(low, high) for low, high in (*inside, *ends) if low <= high and math.inf not in {low, -high}]
    return chosen if middle in chosen else [*[(a, b)] * INSIDE, *chosen]


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
