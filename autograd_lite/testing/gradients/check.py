"""A gradient checked at a point, by reverse mode against differences: `check_gradient`."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograd_lite.engine.derivatives import grad
from autograd_lite.engine.graph import readable, shortened
from autograd_lite.engine.ieee import number
from autograd_lite.engine.value import Value
from autograd_lite.testing.gradients.neighbourhood import Neighbourhood
from autograd_lite.testing.gradients.number_text import exactly
from autograd_lite.testing.gradients.operation_slopes import Known, Suspect, Trace, counted, reverse, rounding, trace
from autograd_lite.testing.gradients.report import CheckedSlope, GradientError, GradientReport
from autograd_lite.testing.gradients.slopes import units_of
from autograd_lite.testing.gradients.subject import FunctionSubject, GraphSubject, Subject, given_slopes, some
from autograd_lite.testing.gradients.typical_errors import with_typical_errors
from autograd_lite.testing.gradients.verdicts import NEGLIGIBLE, RESOLVED, Finding, check_slope
from autograd_lite.text.layout import partial
from autograd_lite.text.python import visible

__all__ = ["CheckedSlope", "GradientError", "GradientReport", "check_gradient"]


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
    check = _Check(subject, rtol, _settled_value(subject))
    slopes = check.first_order(None if gradient is None else given_slopes(subject, gradient))
    if second_order:
        slopes += check.second_order()
    if subject.value(subject.point) != check.value:
        raise ValueError(_unsteady(subject, check.value, subject.value(subject.point)))
    point = tuple(zip(subject.names, subject.point, strict=True))
    report = GradientReport(
        subject.name, point, tuple(slopes), check.suspect, tuple(check.remarks), allow_inconclusive=allow_inconclusive
    )
    if raises and not report.ok:
        raise GradientError(report)
    return report


def _subject(f: Callable[..., Any] | Value, at: Any, *, needs_graph: bool) -> Subject:
    return GraphSubject(f, at) if isinstance(f, Value) else FunctionSubject(f, at, needs_graph=needs_graph)


def _settled_value(subject: Subject, before: float | None = None) -> float:
    """The value at the point, which has to be finite and the same twice."""
    value = subject.value(subject.point) if before is None else before
    if not math.isfinite(value):
        names = map(readable, subject.names)
        where = some(f"{name} = {x!r}" for name, x in zip(names, subject.point, strict=True))
        raise ValueError(f"{subject.called} is {value} at {where}: there is no slope to check at this point")
    again = subject.value(subject.point)
    if again != value:
        raise ValueError(_unsteady(subject, value, again))
    return value


def _unsteady(subject: Subject, value: float, again: float) -> str:
    return (
        f"{subject.called} gave {value!r}, and {again!r} when called with the same numbers again: it draws random "
        "numbers (fix the seed), or changes something that it uses"
    )


@dataclass
class _Check:
    """A check under way: what is known of the subject, and what was found so far."""

    subject: Subject
    rtol: float
    value: float

    def __post_init__(self) -> None:
        self.suspect: Suspect | None = None
        self.remarks: list[str] = []
        self._known: Known = {}
        self._gradients: dict[tuple[float, ...], list[float]] = {}
        subject = self.subject
        self.noise = 0.0
        if subject.recorded:
            self.root, self.leaves = subject.record(subject.point)
            self.reverse = reverse(self.root, self.leaves)
            self.noise = rounding(self.root)
            self.neighbourhood = Neighbourhood(subject, self.root, self.leaves)

    # --- the gradient ----------------------------------------------------------------------------------------------

    def first_order(self, given: list[float] | None) -> list[CheckedSlope]:
        """Check the gradient, the one given or that of reverse mode."""
        subject = self.subject
        claimed = self.reverse if given is None else given
        found = [self._along(subject.value, k, slope, self.noise) for k, slope in enumerate(claimed)]
        findings = _weighed([finding for finding, _ in found], max((moved for _, moved in found), default=0.0))
        still = [k for k, (_, moved) in enumerate(found) if moved == 0.0]
        if not subject.recorded and len(still) == len(found):
            findings = [_hidden(finding) for finding in findings]
        if subject.recorded:
            self._floats()
            findings = self._explained(findings, given)
        symbols = [partial(subject.name, shortened(name)) for name in subject.names]
        findings = with_typical_errors(findings, claimed, symbols)
        rows = zip(subject.names, symbols, subject.point, claimed, findings, strict=True)
        return [CheckedSlope((name,), symbol, x, slope, *_outcome(found)) for name, symbol, x, slope, found in rows]

    def _along(
        self, f: Callable[[tuple[float, ...]], float], k: int, slope: float, noise: float
    ) -> tuple[Finding, float]:
        """Check one slope, with the other inputs held."""
        point = self.subject.point
        return check_slope(
            lambda t: f((*point[:k], t, *point[k + 1 :])),
            point[k],
            slope,
            noise=noise,
            rtol=self.rtol,
            known=self.subject.recorded,
        )

    def _explained(self, findings: list[Finding], given: list[float] | None) -> list[Finding]:
        """Look at the operations, if that may say more: where one is wrong, or the differences were too uncertain."""
        findings = [self._settled(k, finding, given) for k, finding in enumerate(findings)]
        wrong = [k for k, finding in enumerate(findings) if finding.verdict == "wrong"]
        if not wrong:
            return findings
        steps = trace(self.root, [self.leaves[k] for k in wrong], self.rtol, self._known)
        self.suspect = steps.first
        if steps.first:
            if given is not None and self._same(given, wrong):
                self.remarks.append("The gradient that was given is that of reverse mode.")
            return findings
        if steps.unresolved:
            told = _unresolved(steps)
            open_ = {k for k in wrong if given is None or self._same(given, [k])}
            findings = [
                replace(finding, verdict="inconclusive", note=told) if k in open_ else finding
                for k, finding in enumerate(findings)
            ]
            wrong = [k for k in wrong if k not in open_]
        if wrong:
            self.remarks += self._reasons(steps, {k: findings[k] for k in wrong}, given)
        return findings

    def _settled(self, k: int, finding: Finding, given: list[float] | None) -> Finding:
        """Look again at what passes, and at what the differences of the whole are too uncertain to see.

        They see no jump and no bend that is small beside their steps, and no slope that is small beside its rounding.
        A kink may be beside the point and not at it: an operation that is nearer to 0 there has more floats.
        """
        passed = finding.verdict in {"confirmed", "kink"}
        if not passed and finding.verdict != "inconclusive":
            return finding
        claimed = self.reverse[k] if given is None else given[k]
        jump = self.neighbourhood.jump(k, (claimed, *(finding.between or ()))) if passed else ""
        if jump:
            return replace(finding, verdict="jump", note=jump)
        if given is not None and not self._same(given, [k]):
            return self._beside_reverse(k, finding, given[k])
        unsure = finding.verdict == "kink" or not finding.resolved(self.reverse[k])
        return self._by_steps(k, finding) if unsure else finding

    def _by_steps(self, k: int, finding: Finding) -> Finding:
        """Judge the slope of reverse mode, which the differences of the whole do not resolve, by every operation."""
        steps = trace(self.root, [self.leaves[k]], self.rtol, self._known)
        if steps.first:
            seen = "see a kink here" if finding.verdict == "kink" else "are too uncertain to see it"
            told = f"differences of the whole {seen}, but one of the operations has a wrong slope"
            return replace(finding, verdict="wrong", expected=math.nan, uncertainty=math.inf, note=told, between=None)
        if finding.verdict != "inconclusive" or not steps.sure:
            return finding
        outside = self.neighbourhood.unlike(k) or self.neighbourhood.outside([k])
        if outside:
            return replace(finding, note=f"{finding.note}; {outside.removesuffix('.')}")
        seen = "is confirmed, or one of the table and hidden by rounding" if steps.hidden else "is confirmed"
        return replace(finding, verdict="by steps", note=f"{finding.note}; but by itself {counted(steps)} {seen}")

    def _beside_reverse(self, k: int, finding: Finding, given: float) -> Finding:
        """Judge a slope that was given, and differs from that of reverse mode, by whether every operation is right."""
        slope, seen = self.reverse[k], finding.verdict != "inconclusive"
        size = max(abs(given), abs(slope))
        room = finding.uncertainty + self.rtol * abs(slope) if seen else max(RESOLVED, self.rtol) * size
        if abs(given - slope) <= room or self.neighbourhood.unlike(k) or self.neighbourhood.outside([k]):
            return finding
        steps = trace(self.root, [self.leaves[k]], self.rtol, self._known)
        if not steps.sure:
            return finding
        told = f"the slope is {exactly(slope)}: that of every operation is confirmed by itself"
        if seen:
            told = f"nearer to the point than differences see, {told}"
            return replace(finding, verdict="wrong", note=told, between=None)
        return replace(finding, verdict="wrong", expected=math.nan, uncertainty=math.inf, note=told)

    def _reasons(self, steps: Trace, findings: dict[int, Finding], given: list[float] | None) -> list[str]:
        """What may be wrong if no operation is."""
        wrong = list(findings)
        right = f"{counted(steps)} is right" if steps.seen else "no operation is on the way"
        right = right[0].upper() + right[1:]
        outside = self.neighbourhood.outside(wrong)
        if given is not None and not self._same(given, wrong):
            by_reverse = ", ".join(exactly(self.reverse[k]) for k in wrong[:4]) + ", ..." * (len(wrong) > 4)
            if not outside:
                return [f"{right}, and reverse mode gives {by_reverse}. It is the gradient given that is wrong."]
        if outside:
            return [f"{right}, but {outside}"]
        if any(math.isnan(self.reverse[k]) for k in wrong):
            return [f"{right}, but the chain rule multiplies an infinite slope by 0, which is not a number."]
        if steps.kinks:
            return [f"{right}, but {_at_a_kink(steps.kinks)}"]
        rounded = self._rounded(findings, given or self.reverse)
        return [f"{right}, and the graph computes what {self.subject.called} does{rounded}."]

    def _rounded(self, findings: dict[int, Finding], claimed: list[float]) -> str:
        """What to say if reverse mode itself may be off by as much, as where large numbers cancel."""
        try:
            rows = grad(self.root, [self.leaves[k] for k in findings])
        except Exception:  # noqa: BLE001  (the slopes of an operation made by a user need not work on Values)
            return ""
        part = 0.0
        for row, (k, finding) in zip(rows, findings.items(), strict=True):
            off = rounding(row)
            if not abs(claimed[k] - finding.expected) <= finding.uncertainty + off < 0.3 * abs(finding.expected):
                return ""
            part = max(part, 2.0 * off / abs(finding.expected))
        return f": the rounding of its steps makes that much of the slope, which rtol={part:.0e} allows for"

    def _same(self, given: list[float], wrong: list[int]) -> bool:
        return all(math.isclose(given[k], self.reverse[k], rel_tol=1e-9) for k in wrong)

    def _floats(self) -> None:
        """Raise if the function gives other numbers for floats than for nodes."""
        subject = self.subject
        if not isinstance(subject, FunctionSubject):
            return
        other = subject.on_floats(subject.point)
        if other is None or not math.isfinite(other):
            return
        if abs(other - self.value) > 4.0 * self.noise + units_of(abs(self.value)):
            _settled_value(subject, self.value)  # or is it just another number each time?
            raise ValueError(
                f"{subject.called} gives {self.value!r} for Values, but {other!r} for floats at the same point: "
                "it treats them otherwise, so that its gradient is that of another function"
            )

    # --- second derivatives ----------------------------------------------------------------------------------------

    def second_order(self) -> list[CheckedSlope]:
        """Check the Hessian by rows, against differences of the gradient."""
        subject, checked = self.subject, []
        try:
            rows = grad(self.root, self.leaves)
        except Exception as error:
            error.add_note("raised when the slopes were recorded for second derivatives: they have to work on Values")
            raise
        for i, row in enumerate(rows):
            noise = rounding(row)
            seconds = reverse(row, self.leaves)
            found = [self._along(lambda p, i=i: self._gradient(p)[i], k, x, noise) for k, x in enumerate(seconds)]  # type: ignore[misc]
            findings = _weighed([finding for finding, _ in found], max(moved for _, moved in found))
            wrong = [k for k, finding in enumerate(findings) if finding.verdict == "wrong"]
            if wrong and not self.suspect:
                steps = trace(row, [self.leaves[k] for k in wrong], self.rtol, self._known)
                self.suspect = steps.first
                if not steps.first:
                    findings = self._beyond(i, steps, findings)
            for k, finding in enumerate(findings):
                one, other = shortened(subject.names[i]), shortened(subject.names[k])
                below = f"∂{one}²" if i == k else f"∂{one}∂{other}"
                names = (subject.names[i], subject.names[k])
                checked.append(
                    CheckedSlope(names, f"∂²{subject.name}/{below}", subject.point[k], seconds[k], *_outcome(finding))
                )
        return checked

    def _beyond(self, i: int, steps: Trace, findings: list[Finding]) -> list[Finding]:
        """Say what may be wrong with a row of the Hessian if no operation is, or that nobody can tell."""
        first = visible(partial(self.subject.name, shortened(self.subject.names[i])))
        right = f"In the graph of {first} {'every slope' if steps.whole else counted(steps)} is right"
        # where an operation is at a kink its slope jumps: in the graph of the slopes that is another operation
        kinks = trace(self.root, [self.leaves[i]], self.rtol, self._known).kinks or steps.kinks
        if kinks:
            self.remarks.append(f"{right}, but {_at_a_kink(kinks)}")
        elif steps.unresolved:
            told = _unresolved(steps)
            return [replace(x, verdict="inconclusive", note=told) if x.verdict == "wrong" else x for x in findings]
        elif steps.whole:
            why = "one of the operations has slopes (partials) that compute otherwise with Values than with floats."
            self.remarks.append(f"{right}: {why}")
        else:
            self.remarks.append(f"{right}.")
        return findings

    def _gradient(self, point: tuple[float, ...]) -> list[float]:
        if point not in self._gradients:
            self._gradients[point] = reverse(*self.subject.record(point))
        return self._gradients[point]


def _at_a_kink(kinks: Sequence[str]) -> str:
    told = "is at a kink, where the conventions for slopes do not add up to the slope of the whole"
    return f"{kinks[0]} {told}. Check at another point."


def _unresolved(steps: Trace) -> str:
    return f"{steps.unresolved[0]} changes faster than the floats near here can follow, or jumps"


def _outcome(finding: Finding) -> tuple[Any, ...]:
    return finding.expected, finding.uncertainty, finding.verdict, finding.note, finding.between


def _weighed(findings: list[Finding], moved: float) -> list[Finding]:
    """Confirm what is within its uncertainty, if that is too small to matter beside what the other inputs do."""
    return [
        replace(finding, verdict="confirmed", note="")
        if finding.verdict == "inconclusive" and finding.within and finding.effect <= NEGLIGIBLE * moved
        else finding
        for finding in findings
    ]


def _hidden(finding: Finding) -> Finding:
    if finding.verdict != "wrong":
        return finding
    told = "the result does not change at all: it does not depend on the inputs, or rounding hides every change"
    return replace(finding, verdict="inconclusive", note=told)
