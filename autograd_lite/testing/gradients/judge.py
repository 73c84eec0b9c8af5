"""The entries of a gradient judged: by differences of the whole, and by those of every operation where these fail."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograd_lite.engine.derivatives import grad
from autograd_lite.engine.graph import shortened
from autograd_lite.testing.gradients.neighbourhood import Neighbourhood
from autograd_lite.testing.gradients.number_text import exactly
from autograd_lite.testing.gradients.operation_slopes import Known, Suspect, Trace, counted, reverse, rounding, trace
from autograd_lite.testing.gradients.report import CheckedSlope
from autograd_lite.testing.gradients.slopes import units_of
from autograd_lite.testing.gradients.subject import FunctionSubject, Subject, settled_value
from autograd_lite.testing.gradients.typical_errors import with_typical_errors
from autograd_lite.testing.gradients.verdicts import (
    NEGLIGIBLE,
    RESOLVED,
    Finding,
    Verdict,
    cautious,
    check_slope,
    negligible,
)
from autograd_lite.text.layout import partial
from autograd_lite.text.python import visible

__all__ = ["Judge"]


@dataclass
class Judge:
    """Judges the gradient and the Hessian of a subject; what may explain the verdicts gathers in it."""

    subject: Subject
    rtol: float
    value: float

    def __post_init__(self) -> None:
        self.suspect: Suspect | None = None
        self.remarks: list[str] = []
        self._known: Known = {}
        self._gradients: dict[tuple[float, ...], list[float]] = {}
        subject = self.subject
        self.noise = subject.noise
        if subject.recorded:
            self.root, self.leaves = subject.record(subject.point)
            self.reverse = reverse(self.root, self.leaves)
            self.noise = rounding(self.root)
            self.neighbourhood = Neighbourhood(subject, self.root, self.leaves)

    # --- the gradient ----------------------------------------------------------------------------------------------

    def first_order(self, given: Sequence[float] | None) -> list[CheckedSlope]:
        """Check the gradient, the one given or that of reverse mode."""
        subject = self.subject
        claimed = self.reverse if given is None else given
        judged = [self._along(subject.value, k, slope, self.noise) for k, slope in enumerate(claimed)]
        moved = max((moved for _, moved in judged), default=0.0)
        findings = _weighed([finding for finding, _ in judged], moved, negligible(subject.inputs.epsilon))
        still = [k for k, (_, moved) in enumerate(judged) if moved == 0.0]
        if not subject.recorded and len(still) == len(judged):
            findings = [_hidden(finding) for finding in findings]
        if subject.recorded:
            self._floats()
            findings = self._explained(findings, given)
        symbols = [partial(subject.name, shortened(name)) for name in subject.names]
        findings = with_typical_errors(findings, claimed, symbols)
        rows = zip(subject.names, symbols, subject.point, claimed, findings, strict=True)
        return [CheckedSlope((name,), symbol, x, slope, *_outcome(finding)) for name, symbol, x, slope, finding in rows]

    def _along(
        self, f: Callable[[tuple[float, ...]], float], k: int, slope: float, noise: float
    ) -> tuple[Finding, float]:
        """Check one slope, with the other inputs held."""
        point = self.subject.point
        finding, moved = check_slope(
            lambda t: f((*point[:k], t, *point[k + 1 :])),
            point[k],
            slope,
            noise=noise,
            rtol=self.rtol,
            known=self.subject.recorded,
            epsilon=self.subject.epsilon(k),
            scale=self.subject.scale(k),
        )
        return cautious(finding, slope, self.subject.epsilon(k)), moved

    def _explained(self, findings: list[Finding], given: Sequence[float] | None) -> list[Finding]:
        """Look at the operations, if that may say more: where one is wrong, or the differences were too uncertain."""
        findings = [self._settled(k, finding, given) for k, finding in enumerate(findings)]
        wrong = _wrong(findings)
        if not wrong:
            return findings
        steps = trace(self.root, [self.leaves[k] for k in wrong], self.rtol, self._known)
        self.suspect = steps.first
        if steps.first:
            if given is not None and self._same(given, wrong):
                self.remarks.append("The gradient that was given is that of reverse mode.")
            return findings
        if steps.unresolved:
            undecided = [k for k in wrong if given is None or self._same(given, [k])]
            findings = _undecided(findings, undecided, _unresolved(steps))
            wrong = [k for k in wrong if k not in undecided]
        if wrong:
            self.remarks += self._reasons(steps, {k: findings[k] for k in wrong}, given)
        return findings

    def _settled(self, k: int, finding: Finding, given: Sequence[float] | None) -> Finding:
        """Look again at what passes, and at what the differences of the whole are too uncertain to see.

        They see no jump and no bend that is small beside their steps, and no slope that is small beside its rounding.
        A kink may be beside the point and not at it: an operation that is nearer to 0 there has more floats.
        """
        passed = finding.verdict in {Verdict.CONFIRMED, Verdict.KINK}
        if not passed and finding.verdict != Verdict.INCONCLUSIVE:
            return finding
        claimed = self.reverse[k] if given is None else given[k]
        jump = self.neighbourhood.jump(k, (claimed, *(finding.between or ()))) if passed else ""
        if jump:
            return replace(finding, verdict=Verdict.JUMP, note=jump)
        if given is not None and not self._same(given, [k]):
            return self._beside_reverse(k, finding, given[k])
        unsure = finding.verdict == Verdict.KINK or not finding.resolved(self.reverse[k])
        return self._by_steps(k, finding) if unsure else finding

    def _by_steps(self, k: int, finding: Finding) -> Finding:
        """Judge the slope of reverse mode, which the differences of the whole do not resolve, by every operation."""
        steps = trace(self.root, [self.leaves[k]], self.rtol, self._known)
        if steps.first:
            seen = "see a kink here" if finding.verdict == Verdict.KINK else "are too uncertain to see it"
            return _contradicted(
                finding, f"differences of the whole {seen}, but one of the operations has a wrong slope"
            )
        if finding.verdict != Verdict.INCONCLUSIVE or not steps.sure:
            return finding
        outside = self.neighbourhood.unlike(k) or self.neighbourhood.outside([k])
        if outside:
            return replace(finding, note=f"{finding.note}; {outside.removesuffix('.')}")
        seen = "is confirmed, or one of the table and hidden by rounding" if steps.hidden else "is confirmed"
        return replace(finding, verdict=Verdict.BY_STEPS, note=f"{finding.note}; but by itself {counted(steps)} {seen}")

    def _beside_reverse(self, k: int, finding: Finding, given: float) -> Finding:
        """Judge a slope that was given, and differs from that of reverse mode, by whether every operation is right."""
        slope, seen = self.reverse[k], finding.verdict != Verdict.INCONCLUSIVE
        size = max(abs(given), abs(slope))
        room = finding.uncertainty + self.rtol * abs(slope) if seen else max(RESOLVED, self.rtol) * size
        if abs(given - slope) <= room or self.neighbourhood.unlike(k) or self.neighbourhood.outside([k]):
            return finding
        steps = trace(self.root, [self.leaves[k]], self.rtol, self._known)
        if not steps.sure:
            return finding
        why = f"the slope is {exactly(slope)}: that of every operation is confirmed by itself"
        if seen:
            why = f"nearer to the point than differences see, {why}"
            return replace(finding, verdict=Verdict.WRONG, note=why, between=None)
        return _contradicted(finding, why)

    def _reasons(self, steps: Trace, findings: dict[int, Finding], given: Sequence[float] | None) -> list[str]:
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

    def _rounded(self, findings: dict[int, Finding], claimed: Sequence[float]) -> str:
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

    def _same(self, given: Sequence[float], wrong: list[int]) -> bool:
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
            settled_value(subject, self.value)  # or is it just another number each time?
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
            judged = [self._along(lambda p, i=i: self._gradient(p)[i], k, x, noise) for k, x in enumerate(seconds)]  # type: ignore[misc]
            findings = _weighed([finding for finding, _ in judged], max(moved for _, moved in judged))
            wrong = _wrong(findings)
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
            return _undecided(findings, _wrong(findings), _unresolved(steps))
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


def _wrong(findings: Sequence[Finding]) -> list[int]:
    return [k for k, finding in enumerate(findings) if finding.verdict == Verdict.WRONG]


def _undecided(findings: Sequence[Finding], which: Sequence[int], note: str) -> list[Finding]:
    return [
        replace(finding, verdict=Verdict.INCONCLUSIVE, note=note) if k in which else finding
        for k, finding in enumerate(findings)
    ]


def _contradicted(finding: Finding, why: str) -> Finding:
    """The finding where it is not the differences that show that a slope is wrong."""
    return replace(finding, verdict=Verdict.WRONG, expected=math.nan, uncertainty=math.inf, note=why, between=None)


def _at_a_kink(kinks: Sequence[str]) -> str:
    why = "is at a kink, where the conventions for slopes do not add up to the slope of the whole"
    return f"{kinks[0]} {why}. Check at another point."


def _unresolved(steps: Trace) -> str:
    return f"{steps.unresolved[0]} changes faster than the floats near here can follow, or jumps"


def _outcome(finding: Finding) -> tuple[Any, ...]:
    return finding.expected, finding.uncertainty, finding.verdict, finding.note, finding.between


def _weighed(findings: list[Finding], moved: float, little: float = NEGLIGIBLE) -> list[Finding]:
    """Confirm what is within its uncertainty, if that is too small to matter beside what the other inputs do.

    That is a `little` part of how the result moves; in short floats, where it is more, also of the steepest slope.
    """
    steepest = max((abs(x.expected) for x in findings if x.verdict.good), default=0.0)
    least = little * steepest if little > NEGLIGIBLE else 0.0
    return [
        replace(finding, verdict=Verdict.CONFIRMED, note="")
        if finding.verdict == Verdict.INCONCLUSIVE
        and finding.within
        and (finding.effect <= little * moved or finding.uncertainty <= least)
        else finding
        for finding in findings
    ]


def _hidden(finding: Finding) -> Finding:
    if finding.verdict != Verdict.WRONG:
        return finding
    note = "the result does not change at all: it does not depend on the inputs, or rounding hides every change"
    return replace(finding, verdict=Verdict.INCONCLUSIVE, note=note)
