"""Expressions and graphs with sharing, smooth at a point, of the operations that are asked for."""

from collections.abc import Iterable, Sequence
from typing import Any

from hypothesis import strategies as st

from autograd_lite.engine.ops import OPS, Op
from autograd_lite.engine.validation import is_unordered, whole
from autograd_lite.testing.strategies.domains import named
from autograd_lite.testing.strategies.graph_builder import CHOICES, Choice, GraphBuilder, Limits
from autograd_lite.testing.strategies.graph_code import RESERVED, Graph, as_python
from autograd_lite.testing.strategies.option_checks import distance, largest_value
from autograd_lite.testing.untraced import untraced

__all__ = ["expressions", "graphs"]

Drawn = st.SearchStrategy
REACH = 4.0  # most variables and constants of graphs are within it


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

    >>> from autograd_lite.testing import assert_gradient, expressions, given
    >>> @given(expressions(ops=["add", "mul", "tanh"]))
    ... def test_mine(g):
    ...     assert_gradient(g)
    >>> test_mine()
    """
    limits = Limits(distance(margin), largest_value(largest), smooth)
    return _built(limits, _variables(variables), _size(size), _rows(ops), constants=constants, tree=True)


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
    new variable or constant gets a number that suits it. No draw is given up as
    invalid; a tenth is cut short by hypothesis itself, early in a run and for their length, as with any lists.

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
    return _built(limits, _variables(variables), _size(size), _rows(ops), constants=constants, tree=False)


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


def _built(limits: Limits, names: list[str], size: int, rows: list[Op], *, constants: bool, tree: bool) -> Drawn[Graph]:
    numbers = st.floats(-REACH, REACH)
    arguments = st.integers(0, CHOICES - 1)
    turns = st.sampled_from([(k, place) for k, op in enumerate(rows) for place in range(op.arity)])
    choice = st.tuples(turns, arguments, arguments, numbers)
    # Of lists alone, long ones would be rare.
    choices = st.one_of([st.lists(choice, min_size=n, max_size=size) for n in (1, size // 2 + 1)])

    @untraced
    def grow(variables: tuple[float, ...], chosen: list[tuple[tuple[int, int], int, int, float]]) -> Graph:
        builder = GraphBuilder(limits, variables, constants=constants, tree=tree)
        for k, choice in enumerate(chosen, 1):
            builder.step(rows, Choice(*choice), len(chosen) - k)
        if not builder.loose():
            raise ValueError(
                f"none of the operations {', '.join(op.name for op in rows)} can be applied anywhere in its domain "
                f"with values and slopes up to {limits.largest!r}, {limits.margin!r} away from edges and kinks"
            )
        return builder.graph(names)

    return st.builds(grow, st.tuples(*[numbers] * len(names)), choices)
