"""A gradient checked at a point, by reverse mode against differences: `check_gradient`."""

from collections.abc import Callable
from typing import Any

from autograd_lite.engine.ieee import number
from autograd_lite.engine.value import Value
from autograd_lite.testing.gradients.judge import Judge
from autograd_lite.testing.gradients.report import CheckedSlope, GradientError, GradientReport
from autograd_lite.testing.gradients.subject import (
    FunctionSubject,
    GraphSubject,
    Subject,
    given_slopes,
    settled_value,
    unsteady,
)
from autograd_lite.testing.untraced import untraced

__all__ = ["CheckedSlope", "GradientError", "GradientReport", "check_gradient"]


@untraced
def check_gradient(
    f: Callable[..., Any] | Value,
    at: Any = None,
    *,
    gradient: Any = None,
    second_order: bool = False,
    rtol: float = 0.0,
    allow_inconclusive: bool = False,
    raises: bool = True,
) -> GradientReport:
    """Check the gradient of `f` at a point against differences of its values, and raise an error if it is wrong.

    >>> from autograd_lite import exp
    >>> from autograd_lite.testing import check_gradient
    >>> check_gradient(lambda x, y: x * exp(-y), [2.0, 0.5]).ok
    True

    No tolerance is needed: differences are taken with steps of many sizes and extrapolated, which gives a slope and an
    estimate of how far off it may be; the gradient has to be within that. It is typically 1e-9 to 1e-13 of the slope.
    Verdicts, one for each entry of the gradient:

    - *confirmed*: within the uncertainty, and that is at most 1e-4 of the slope (or too small to matter: what it
      makes of the result is less than a millionth of how the result changes around the point).
    - *kink*: the slopes on both sides differ, as those of relu at 0, and the number is between them, ends included.
      Any convention for such a point is accepted, and the report says that it is one. Each input is looked at by
      itself: slopes that are possible one by one may not be so together, such as 1 and 1 of max(x, y) at a tie.
    - *by steps*: the differences of the whole are too uncertain, as for 1e16 + sin(x), but those of every operation
      by itself confirm its slope.
    - *wrong*: outside the uncertainty.
    - *inconclusive*: the differences are too uncertain to say anything. That is no pass: it raises as well, unless
      allowed.
    - *jump*: the function jumps at this point, and has no slope. Counts as inconclusive.

    Of a function of plain floats only values are known. Its rounding is estimated from them: it goes unseen where a
    huge number is added and its rounding hides every change. So does what bends or waves on a scale far below the
    steps, such as sin(1e9 * x) / 1e9. Of functions that record, the operations are known.

    Args:
        f: a function of numbers that works on Values; or of plain floats, if its gradient is given beside it; or a
            result that was recorded (a Value), which is computed again by its operations. Nothing of the user's is
            changed: no data, no `grad`.
        at: the point: a number, a sequence of numbers for f(x, y), or a dict of numbers by name for f(x=..., y=...).
            For a recorded result: None for the numbers that its leaves have, a sequence of numbers for all leaves in
            the order in which they are first used, or a dict of some by label.
        gradient: what to check in place of reverse mode: a function that is called as `f` is, with floats, or what
            it would return: one number, a sequence in the order of `at`, or a dict by name.
        second_order: check the Hessian too, against differences of the gradient; for what is recorded only.
        rtol: how much of the slope an entry may be off in addition to the uncertainty.
        allow_inconclusive: whether entries that could not be checked count as right.
        raises: whether to raise an error; else look at the report.

    Returns:
        The report: true if the gradient is right; printed, a table.

    Raises:
        GradientError: the gradient is wrong, or could not be checked; an `AssertionError` whose message is the report.
        TypeError: `f` is no function of so many numbers, returns no number, or no Value for Values.
        ValueError: the value at the point is not finite, changes from call to call, or `at` and `gradient` do not fit.
        StaleGraphError: a leaf's `data` was changed after the result was recorded.
    """
    __tracebackhide__ = True  # pytest shows the report, not this function
    if not 0.0 <= number(rtol) < 1.0:
        raise ValueError(f"rtol is a part of the slope, from 0 to below 1, got {rtol!r}")
    subject = _subject(f, at, needs_graph=gradient is None)
    if second_order and not subject.recorded:
        raise TypeError(
            f"second_order needs a graph, but {subject.called} works on floats only; to check a second derivative, "
            "pass the gradient as f and the second derivative as gradient"
        )
    judge = Judge(subject, rtol, settled_value(subject))
    slopes = judge.first_order(None if gradient is None else given_slopes(subject, gradient))
    if second_order:
        slopes += judge.second_order()
    if subject.value(subject.point) != judge.value:
        raise ValueError(unsteady(subject, judge.value, subject.value(subject.point)))
    point = tuple(zip(subject.names, subject.point, strict=True))
    report = GradientReport(
        subject.name, point, tuple(slopes), judge.suspect, tuple(judge.remarks), allow_inconclusive=allow_inconclusive
    )
    if raises and not report.ok:
        raise GradientError(report)
    return report


def _subject(f: Callable[..., Any] | Value, at: Any, *, needs_graph: bool) -> Subject:
    return GraphSubject(f, at) if isinstance(f, Value) else FunctionSubject(f, at, needs_graph=needs_graph)
