"""A gradient checked at a point, by reverse mode against differences: `check_gradient`."""

from collections.abc import Callable
from functools import partial
from typing import Any

from autograd_lite.engine.ieee import number
from autograd_lite.engine.value import Value
from autograd_lite.testing.gradients.controls import control_text, controlled
from autograd_lite.testing.gradients.foreign import EPSILON
from autograd_lite.testing.gradients.judge import Judge
from autograd_lite.testing.gradients.number_text import exactly
from autograd_lite.testing.gradients.parts import reverse_of
from autograd_lite.testing.gradients.report import CheckedSlope, GradientError, GradientReport
from autograd_lite.testing.gradients.reproduction import check_as_code
from autograd_lite.testing.gradients.steadiness import settled, still_settled
from autograd_lite.testing.gradients.structure import Structure, some
from autograd_lite.testing.gradients.subject import (
    FunctionSubject,
    GraphSubject,
    Subject,
    given_slopes,
    slopes_at,
)
from autograd_lite.testing.gradients.survey import Effort, Survey
from autograd_lite.testing.gradients.vector import Claims, VectorCheck
from autograd_lite.testing.gradients.widening import widened
from autograd_lite.testing.untraced import untimed, untraced

__all__ = ["CheckedSlope", "GradientError", "GradientReport", "check_gradient"]

LISTED = 1000  # so many inputs are kept in the report, with their numbers


@untimed
@untraced
def check_gradient(
    f: Callable[..., Any] | Value,
    at: Any = None,
    *,
    gradient: Any = None,
    jacobian: Any = None,
    vjp: Callable[[Any], Any] | None = None,
    jvp: Callable[..., Any] | None = None,
    second_order: bool = False,
    rtol: float = 0.0,
    entries: int | None = None,
    directions: int = 4,
    seed: int = 0,
    seconds: float | None = None,
    control: bool = False,
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

    A report that passes says which errors would have been found, going by the uncertainties. With `control=True` that
    is established: the check runs again on gradients that are off.

    Of a function of plain floats only values are known. Its rounding is estimated from them; where it hides digits, the
    slope is fitted to some hundred values, and where it hides every change, 0 is inconclusive. What bends or waves on a
    scale far below the steps, such as sin(1e9 * x) / 1e9, goes unseen. If the function takes complex numbers, the slope
    by a step along the imaginary axis decides where differences agree with it: that loses no digits.

    Of functions that record, the operations are known. A gradient that is given is compared with that of forward mode
    too (dual numbers, with derivatives of their own and a bound of the rounding), if reverse mode agrees with it: so
    an error of 1e-9 is found, and a wrong 0 where rounding hides every change.

    Whatever the function raises away from the point, it has no value there; the first such error is named.

    Of a gradient with more than 100 entries eight are checked singly, the four largest among them. All together are
    checked along random directions: each entry moves by a random sign times the size of the numbers in its array, and
    the slope has to be the product of the gradient and the direction. Any single wrong entry makes it wrong; it is then
    found by bisection, and named. The report says which entries were checked how, and what could have been missed.

    In float32 and less, differences are taken with steps that such floats have, and know slopes to some 0.1 %. Where a
    NumPy function, and the function that gives its gradient, take float64 as well, both are checked there.

    Args:
        f: a function of numbers or arrays that works on Values; or of plain floats, if its gradient is given beside it;
            or a result that was recorded (a Value), which is computed again by its operations. Nothing of the user's
            is changed: no data, no `grad`.
        at: the point: a number or an array for f(x), a sequence of arguments for f(x, y), or a dict of them by name
            for f(x=..., y=...). An argument is a number, an array, or a list, tuple or dict of such: at=[{"W": W, "b":
            b}, x] is for f(parameters, x), and a list of lists [[1.0, 2.0], [3.0]] for f(x, y) of two lists. Arrays are
            of NumPy or have its interface, as tensors of PyTorch and arrays of JAX do. `f` gets what was given: copies
            of the same kind, shape and precision; arrays of Values where reverse mode is checked.
            For a recorded result: None for the numbers that its leaves have, a sequence of numbers for all leaves in
            the order in which they are first used, or a dict of some by label.
        gradient: what to check in place of reverse mode: a function that is called as `f` is, with floats, or what
            it would return: one number or array, a sequence in the order of `at`, or a dict by name; shapes as in `at`.
        jacobian: for a function that gives an array, likewise: an array for each argument, whose shape is that of the
            result and then that of the argument.
        vjp: for a function that gives an array, or several: a function from what multiplies the result (v, in the form
            of the result) to the product of v and the Jacobian, in the form of a gradient. It is checked for two random
            v, as the gradient of the sum of v times the result; a wrong entry is traced to a single result.
        jvp: likewise a function from tangents of the arguments, with which it is called as `f` is, to the change of the
            result. With `vjp` beside it the two are compared as well: v·Ju is one number from both sides.
        second_order: check the Hessian too, against differences of the gradient. For plain floats, of which the
            gradient is a function beside them, it is what differences of that give, and has to be symmetric; along
            the diagonal the gradient has to be right beside the point as well.
        rtol: how much of the slope an entry may be off in addition to the uncertainty.
        entries: how many entries are checked singly, half of them those with the largest slopes; by default all of up
            to 100, else eight. Of a Jacobian all entries of up to 400.
        directions: along how many random directions the others are checked.
        seed: what they are drawn with.
        seconds: the time after which nothing new is begun. Entries that were not reached are inconclusive.
        control: whether to try wrong gradients too, which takes several times as long: entries that are off by twice
            their uncertainty, and more if that is not found. Of a function of one number, for entries checked singly.
        allow_inconclusive: whether entries that could not be checked count as right, if some could be.
        raises: whether to raise an error; else look at the report.

    Returns:
        The report: true if the gradient is right; printed, a table.

    Raises:
        GradientError: the gradient is wrong, or could not be checked; an `AssertionError` whose message is the report.
        TypeError: `f` is no function of so many arguments, returns no number, or no Value for Values; an array is of
            integers or objects.
        ValueError: the value at the point is not finite, changes from call to call (the function is called
            often enough to see one that changes every tenth call, or with the call before), or `at` and `gradient` do
            not fit; an array is empty.
        StaleGraphError: a leaf's `data` was changed after the result was recorded.
    """
    __tracebackhide__ = True  # pytest shows the report, not this function
    if not 0.0 <= number(rtol) < 1.0:
        raise ValueError(f"rtol is a part of the slope, from 0 to below 1, got {rtol!r}")
    given = {"gradient": gradient, "jacobian": jacobian, "vjp": vjp, "jvp": jvp, "second_order": second_order}
    given |= {"rtol": rtol, "entries": entries, "seed": seed, "allow_inconclusive": allow_inconclusive}
    claims = Claims(jacobian, vjp, jvp)
    if gradient is not None and claims:
        raise TypeError("give the gradient of a number, or jacobian, vjp and jvp of an array: not both")
    effort = Effort(entries, directions, seed, seconds)
    subject = _subject(f, at, needs_graph=gradient is None and not claims)
    several = isinstance(subject, FunctionSubject) and subject.results is not None
    _fit(subject, several=several, gradient=gradient, claims=claims, second_order=second_order)
    if several and control:
        raise TypeError("control=True is for a function that gives one number, such as lambda *x: f(*x)[0]")
    remark = ""
    if callable(gradient) and not second_order and isinstance(subject, FunctionSubject):
        wide = widened(f, at, gradient, subject) if subject.inputs.epsilon > EPSILON else None  # type: ignore[arg-type]
        if wide:
            subject, gradient, remark = wide
            gradient = subject.inputs.build(gradient)
    judge: Judge | Survey | VectorCheck
    if isinstance(subject, FunctionSubject) and several:
        judge = VectorCheck(subject, claims, effort, rtol)
        judge.check()
        slopes = judge.slopes
    else:
        judge, slopes = _checked(subject, gradient, effort, rtol, second_order=second_order, control=control)
    remarks = [*judge.remarks, *([remark] if remark else _precision(subject))]
    report = GradientReport(
        subject.name,
        _listed(subject),
        tuple(slopes),
        judge.suspect,
        tuple(remarks),
        where=_where(subject),
        control=control_text(slopes, rtol),
        entries=len(subject.point) if isinstance(judge, Survey) and judge.partial else 0,
        allow_inconclusive=allow_inconclusive,
    )
    if raises and not report.ok:
        error, code = GradientError(report), check_as_code(f, at, given)
        if code:
            error.add_note(f"The same check as code:\n{code}")
        raise error
    return report


def _checked(
    subject: Subject, gradient: Any, effort: Effort, rtol: float, *, second_order: bool, control: bool
) -> tuple[Judge | Survey, list[CheckedSlope]]:
    """Check the gradient of one number; of many entries some, and directions."""
    value = settled(subject)
    claimed = None if gradient is None else given_slopes(subject, gradient)
    judge: Judge | Survey
    singly = effort.singly(len(subject.point)) == len(subject.point)
    if second_order or (singly and effort.seconds is None):
        judge = Judge(subject, rtol, value)
        slopes = judge.first_order(None if claimed is None else list(map(float, claimed)))
        if second_order and not subject.recorded:
            slopes += judge.second_order_by_hand(partial(slopes_at, subject, gradient))
        elif second_order:
            slopes += judge.second_order()
    else:
        judge = Survey(subject, reverse_of(subject) if claimed is None else claimed, effort, rtol, value)
        judge.check()
        slopes = judge.slopes
    if not all(slope.ok for slope in slopes):
        still_settled(subject, value)  # before a gradient is blamed
    elif control:
        slopes = controlled(subject, rtol, value, slopes)
    return judge, slopes


def _fit(subject: Subject, *, several: bool, gradient: Any, claims: Claims, second_order: bool) -> None:
    """Raise `TypeError` if what is asked does not go with what the function gives."""
    if second_order and not subject.recorded and not callable(gradient):
        raise TypeError(
            f"second_order needs a graph, or a gradient that is a function, but {subject.called} works on floats only; "
            "to check a second derivative, pass the gradient as f and the second derivative as gradient"
        )
    if several and (second_order or gradient is not None):
        assert isinstance(subject, FunctionSubject)
        assert subject.results
        raise TypeError(
            f"{subject.called} gives {_shapes(subject.results)}, not one number: "
            "give jacobian=, of the shape of the result and then that of the input, or vjp=, a function from what "
            "multiplies the result to the gradient, in place of gradient= and second_order=; write .item() if it is one"
        )
    if claims and not several:
        raise TypeError(f"{subject.called} gives one number: what to check is gradient=, not jacobian, vjp or jvp")


def _shapes(results: Structure) -> str:
    """What the results are."""
    return some(f"an array of shape {x.shape}" if x.shape else x.text for x in results.leaves)


def _listed(subject: Subject) -> tuple[tuple[str, float], ...]:
    """The inputs and their numbers; the first, if there are many."""
    return tuple((subject.names[k], float(subject.point[k])) for k in range(min(len(subject.point), LISTED)))


def _precision(subject: Subject) -> list[str]:
    """What to say of inputs of short floats."""
    coarse = [leaf for leaf in subject.inputs.leaves if leaf.epsilon > EPSILON]
    if not coarse:
        return []
    short = "float32" if coarse[0].epsilon < 1e-6 else "half precision"
    return [f"{coarse[0].text} is of {short}, which hides much of the slopes: a check at float64 is far sharper."]


def _where(subject: Subject) -> str:
    """What to call the point in a title if arrays are among the inputs."""
    leaves = subject.inputs.leaves
    if not subject.inputs.arrays:
        return ""
    texts = (
        leaf.text if leaf.shape else f"{leaf.text} = {exactly(float(subject.point[leaf.start]))}" for leaf in leaves
    )
    return some(texts, 6)


def _subject(f: Callable[..., Any] | Value, at: Any, *, needs_graph: bool) -> Subject:
    return GraphSubject(f, at) if isinstance(f, Value) else FunctionSubject(f, at, needs_graph=needs_graph)
