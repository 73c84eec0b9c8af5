"""A gradient checked in one line of a test, of whatever tests deal in: functions, results, what Hypothesis drew."""

import sys
from collections.abc import Callable
from typing import Any

from autograd_lite.engine.value import Value
from autograd_lite.testing.gradients.check import GradientError, GradientReport, check_gradient
from autograd_lite.testing.strategies.graph_code import Graph
from autograd_lite.testing.strategies.problem import Problem
from autograd_lite.testing.untraced import untraced

__all__ = ["assert_gradient"]

SINGLY = 12
"""Networks with more parameters are checked along directions, so that no example takes long."""


@untraced
def assert_gradient(
    what: Graph | Problem | Value | Callable[..., Any],
    at: Any = None,
    *,
    allow_inconclusive: bool | None = None,
    **options: Any,
) -> GradientReport:
    """Assert that a gradient agrees with finite differences: `check_gradient` for whatever tests deal in.

    Args:
        what: a function, as for `check_gradient`; the node that is the result of a graph; a `Graph` or `Problem` that
            hypothesis drew. The gradient of a problem with many parameters is checked along random directions, and
            entry by entry where one is wrong: `entries=...` checks more of them singly.
        at: the point; None for what has one: results, graphs and problems.
        allow_inconclusive: whether to pass where differences are too uncertain to say anything of some entries; by
            default for what hypothesis drew, which is seldom such a place, but not for what somebody chose. Where
            nothing at all can be said, what hypothesis drew is no example, as with `hypothesis.reject`.
        options: all other options of `check_gradient`, such as `gradient=...` or `second_order=True`.

    >>> from autograd_lite import exp
    >>> from autograd_lite.testing import Graph, assert_gradient
    >>> assert_gradient(lambda x, y: x * exp(-y), [2.0, 0.5]).ok
    True
    >>> assert_gradient(Graph('x = Value(0.5, "x"); root = x * x')).ok
    True

    Returns the report of `check_gradient`, true if all is well.

    Raises what `check_gradient` raises: an `AssertionError` with a report where they do not agree, and `TypeError` for
    what is none of these.
    """
    __tracebackhide__ = True
    if "raises" in options:
        raise TypeError("assert_gradient always raises; for a report that is looked at there is check_gradient")
    drawn = isinstance(what, (Graph, Problem))
    allowed = drawn if allow_inconclusive is None else allow_inconclusive
    if not isinstance(what, (Graph, Problem)):
        if not isinstance(what, Value) and not callable(what):
            raise TypeError(f"expected a function, a node (Value), a Graph or a Problem, got {type(what).__name__}")
        return check_gradient(what, at, allow_inconclusive=allowed, **options)
    built = what.build()
    if isinstance(what, Problem) and len(built.leaves) > SINGLY:
        options.setdefault("entries", 0)
    report = check_gradient(built.root, at, allow_inconclusive=allowed, raises=False, **options)
    if not report.ok:
        hypothesis = sys.modules.get("hypothesis")
        if allowed and not report.wrong and hypothesis and hypothesis.currently_in_test_context():
            hypothesis.reject()
        raise GradientError(report)
    return report
