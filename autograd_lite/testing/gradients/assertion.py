"""The property that a gradient agrees with finite differences, of whatever these tests deal in."""

from typing import Any

from autograd_lite.engine.value import Value
from autograd_lite.testing.gradients.check import GradientReport, check_gradient
from autograd_lite.testing.strategies.graph_code import Graph
from autograd_lite.testing.strategies.problem import Problem

__all__ = ["assert_gradient_agrees"]


def assert_gradient_agrees(
    what: Graph | Problem | Value, *, allow_inconclusive: bool | None = None, **options: Any
) -> GradientReport:
    """Check that the gradient of a graph agrees with finite differences, in all its variables.

    Args:
        what: a `Graph` or `Problem` that hypothesis drew, or the node that is the result of a graph.
        allow_inconclusive: whether to pass where differences are too uncertain to say anything; by default for what
            hypothesis drew, which is seldom such a place, but not for a node that somebody chose.
        options: other options of `check_gradient`, such as `second_order=True`.

    >>> from autograd_lite.testing import Graph, assert_gradient_agrees
    >>> assert_gradient_agrees(Graph('x = Value(0.5, "x"); root = x * x')).ok
    True

    Returns the report of `check_gradient`, true if all is well.

    Raises what `check_gradient` raises: an `AssertionError` with a report where they do not agree, and `TypeError` for
    what is no graph.
    """
    __tracebackhide__ = True
    drawn = isinstance(what, (Graph, Problem))
    if not drawn and not isinstance(what, Value):
        raise TypeError(
            f"expected a Graph, a Problem or a node (Value), got {type(what).__name__}; "
            "for a function and a point there is check_gradient(f, at)"
        )
    root = what if isinstance(what, Value) else what.build().root
    allowed = drawn if allow_inconclusive is None else allow_inconclusive
    return check_gradient(root, allow_inconclusive=allowed, **options)
