"""What hypothesis draws: floats where operations are smooth, expressions, graphs and networks."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from autograd_lite.engine.ops import OPS, Interval, Op
from autograd_lite.engine.validation import is_unordered, whole
from autograd_lite.testing.strategies.domains import evaluate, inside, kinks_along, named, pieces, settle, within_reach
from autograd_lite.testing.strategies.growth import CHOICES, Choice, Growth, Limits
from autograd_lite.testing.strategies.options import bound, distance, largest_value, tail
from autograd_lite.testing.strategies.problems import networks
from autograd_lite.testing.strategies.property import gradient_property
from autograd_lite.testing.strategies.recipe import RESERVED, Graph, as_python

__all__ = ["expressions", "floats", "given", "gradient_property", "graphs", "networks", "points"]

Drawn = st.SearchStrategy
MARGIN = 1e-3
REACH = 4.0  # most variables and constants of graphs are within it

# --- floats --------------------------------------------------------------------------------------------------------


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
    found: list[Interval] = []
    for size in (2.0, 40.0, math.inf):
        found += ((max(a, -size), min(b, size)) for a, b in parts)
    for a, b in parts:
        found += [(a, min(b, a + 1e-6 * max(1.0, abs(a))))] * math.isfinite(a)
        found += [(max(a, b - 1e-6 * max(1.0, abs(b))), b)] * math.isfinite(b)
    return st.one_of([_between(a, b) for a, b in dict.fromkeys(found) if a <= b and math.inf not in {a, -b}])


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


# --- expressions and graphs ----------------------------------------------------------------------------------------


def expressions(
    variables: int | Sequence[str] = 3,
    size: int = 8,
    *,
    ops: Iterable[Op | str] | None = None,
    constants: bool = True,
    smooth: bool = True,
    margin: float = 0.01,
    largest: float = 1000.0,
) -> Drawn[Graph]:
    """Expressions: trees of operations over named variables, each intermediate result used once; see `graphs`.

    A variable may be used again and again, as in `x * x + x`.

    >>> from autograd_lite.testing import assert_gradient_agrees, expressions, given
    >>> @given(expressions(ops=["add", "mul", "tanh"]))
    ... def test_mine(g):
    ...     assert_gradient_agrees(g)
    >>> test_mine()
    """
    limits = Limits(distance(margin), largest_value(largest), smooth)
    return _grown(limits, _variables(variables), _size(size), _rows(ops), constants=constants, tree=True)


def graphs(
    variables: int | Sequence[str] = 3,
    size: int = 8,
    *,
    ops: Iterable[Op | str] | None = None,
    constants: bool = True,
    smooth: bool = True,
    margin: float = 0.01,
    largest: float = 1000.0,
) -> Drawn[Graph]:
    """Graphs with sharing: calculations at a point, any result of which may be used any number of times.

    Args:
        variables: how many variables at most, or their names.
        size: how many operations at most, 1 or more.
        ops: which operations: rows, names of rows, rows that a user has made. By default the whole table.
        constants: whether arguments may be constants.
        smooth: whether to keep away from kinks. If not, they are met, and met often.
        margin: distance of every argument from the ends of its domain and from kinks.
        largest: bound of all values, and of the gradient of every result along the variables; no operation has a slope
            smaller than the inverse of this, but for those that are 0. So the gradient is nowhere lost in rounding.

    All that holds by construction: an operation is applied to what it can be applied to, at the numbers drawn, and a
    new variable or constant gets a number that suits it. A draw is never rejected.

    What is drawn is a `Graph`: `g.build()` gives fresh nodes, `g.at` the point, `g(...)` the result elsewhere. A
    failing one shrinks to few operations and simple numbers, and prints as code.

    >>> from autograd_lite.testing import given, graphs
    >>> @given(graphs(variables=["x", "w"], size=5))
    ... def test_mine(g):
    ...     root, leaves, nodes = g.build()
    ...     root.backward()
    ...     assert all(abs(leaf.grad) <= 1000 for leaf in leaves.values())
    >>> test_mine()

    Raises `ValueError` for options that make no graph; the message says which do.
    """
    limits = Limits(distance(margin), largest_value(largest), smooth)
    return _grown(limits, _variables(variables), _size(size), _rows(ops), constants=constants, tree=False)


def _variables(variables: Any) -> list[str]:
    due = "variables are a number, 1 or more, or names as in Python, each another, that are no operation's"
    names: list[Any]
    if isinstance(variables, str):
        names = [variables]
    elif isinstance(variables, Iterable):
        names = [] if is_unordered(variables) else list(variables)
    else:
        count = whole(variables, due)
        names = list("xyz"[:count]) if count <= 3 else [f"x{k}" for k in range(1, count + 1)]
    names = [as_python(name) if isinstance(name, str) else name for name in names]
    wrong = [name for name in names if not (isinstance(name, str) and name.isidentifier()) or name in RESERVED]
    if not names or wrong or len(set(names)) < len(names):
        raise ValueError(f"{due}, got {variables!r:.60}" + (f", of which {wrong[0]!r:.60} is none" if wrong else ""))
    return names


def _size(size: int) -> int:
    return whole(size, "size is the largest number of operations, 1 or more")


def _rows(ops: Any) -> list[Op]:
    one = isinstance(ops, str) or not isinstance(ops, Iterable)
    rows = list(OPS.values()) if ops is None else [named(op) for op in ([ops] if one else ops)]
    if not rows:
        raise ValueError("ops is empty: give operations or their names, such as ['add', 'mul', 'exp']")
    return rows


def _grown(limits: Limits, names: list[str], size: int, rows: list[Op], *, constants: bool, tree: bool) -> Drawn[Graph]:
    numbers = st.floats(-REACH, REACH)
    arguments = st.integers(0, CHOICES - 1)
    turns = st.sampled_from([(k, place) for k, op in enumerate(rows) for place in range(op.arity)])
    choice = st.tuples(turns, arguments, arguments, numbers)
    # Of lists alone, long ones would be rare.
    choices = st.one_of([st.lists(choice, min_size=n, max_size=size) for n in (1, size // 2 + 1)])

    def grow(variables: tuple[float, ...], chosen: list[tuple[tuple[int, int], int, int, float]]) -> Graph:
        growth = Growth(limits, variables, constants=constants, tree=tree)
        for k, choice in enumerate(chosen, 1):
            growth.step(rows, Choice(*choice), len(chosen) - k)
        if not growth.loose():
            raise ValueError(
                f"none of the operations {', '.join(op.name for op in rows)} can be applied anywhere in its domain "
                f"with values and slopes up to {limits.largest!r}, {limits.margin!r} away from edges and kinks"
            )
        return growth.graph(names)

    return st.builds(grow, st.tuples(*[numbers] * len(names)), choices)
