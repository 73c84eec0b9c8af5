"""What a recorded graph says of slopes that differences judged: it confirms, contradicts and explains."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from autograd_lite.testing.gradients.domain import quiet
from autograd_lite.testing.gradients.neighbourhood import Neighbourhood
from autograd_lite.testing.gradients.number_text import exactly
from autograd_lite.testing.gradients.operation_slopes import Known, Suspect, Trace, counted, reverse, rounding, trace
from autograd_lite.testing.gradients.references import References
from autograd_lite.testing.gradients.subject import Subject
from autograd_lite.testing.gradients.verdicts import RESOLVED, Finding, Verdict

__all__ = ["BY_HAND", "Recorded", "at_a_kink", "undecided", "unresolved", "wrong_ones"]

BY_HAND = 1e-10
"""So much of a slope may be lost where it is computed by a formula other than that of reverse mode."""

ROUNDED = 1e-7
"""So much of a slope at most may be lost to the rounding of arguments where differences say that it is wrong."""


@dataclass
class Recorded:
    """The graph that a subject recorded at its point, beside the differences; what explains the verdicts gathers in it.

    `given` is the gradient that is checked in place of that of reverse mode.
    """

    subject: Subject
    rtol: float

    def __post_init__(self) -> None:
        self.root, self.leaves = self.subject.record(self.subject.point)
        self.reverse = reverse(self.root, self.leaves)
        self.noise = rounding(self.root)
        self.references = References(self.root, self.leaves, self.reverse)
        self.neighbourhood = Neighbourhood(self.subject, self.root, self.leaves)
        self.given: list[float] | None = None
        self.suspect: Suspect | None = None
        self.remarks: list[str] = []
        self.known: Known = {}

    @quiet()
    def explained(self, findings: list[Finding]) -> list[Finding]:
        """Look at the operations, if that may say more: where one is wrong, or the differences were too uncertain."""
        findings = [self._settled(k, finding) for k, finding in enumerate(findings)]
        wrong = wrong_ones(findings)
        if not wrong:
            return findings
        steps = self._trace(wrong)
        self.suspect = steps.first
        if steps.first:
            if self.given is not None and self._same(wrong):
                self.remarks.append("The gradient that was given is that of reverse mode.")
            return findings
        if steps.unresolved:
            those = [k for k in wrong if self._same([k])]
            findings = undecided(findings, those, unresolved(steps))
            wrong = [k for k in wrong if k not in those]
        if wrong:
            self.remarks += self._reasons(steps, {k: findings[k] for k in wrong})
        return findings

    def _trace(self, inputs: Sequence[int]) -> Trace:
        return trace(self.root, [self.leaves[k] for k in inputs], self.rtol, self.known)

    def _claimed(self, k: int) -> float:
        return self.reverse[k] if self.given is None else self.given[k]

    def _same(self, inputs: Sequence[int]) -> bool:
        """Whether what is checked is what reverse mode gives."""
        given = self.given
        return given is None or all(math.isclose(given[k], self.reverse[k], rel_tol=BY_HAND) for k in inputs)

    def _settled(self, k: int, finding: Finding) -> Finding:
        """Look again at what passes, and at what the differences of the whole are too uncertain to see.

        They see no jump and no bend that is small beside their steps, and no slope that is small beside its rounding.
        A kink may be beside the point and not at it: an operation that is nearer to 0 there has more floats.
        """
        if self.given is not None and finding.verdict == Verdict.WRONG:
            agreed = self.references.agreed(k)  # which knows what the rounding of arguments makes of the slope
            known = agreed and agreed.error <= ROUNDED * abs(agreed.value)
            return finding.widened(agreed.error, self.given[k]) if agreed and known else finding
        passed = finding.verdict in {Verdict.CONFIRMED, Verdict.KINK}
        if not passed and finding.verdict != Verdict.INCONCLUSIVE:
            return finding
        jump = self.neighbourhood.jump(k, (self._claimed(k), *(finding.between or ()))) if passed else ""
        if jump:
            return replace(finding, verdict=Verdict.JUMP, note=jump)
        if self.given is not None and not self._same([k]):
            return self._beside_reverse(k, finding, self.given[k])
        unsure = finding.verdict == Verdict.KINK or not finding.resolved(self.reverse[k])
        return self._by_steps(k, finding) if unsure else finding

    def _by_steps(self, k: int, finding: Finding) -> Finding:
        """Judge the slope of reverse mode, which the differences of the whole do not resolve, by every operation."""
        steps = self._trace([k])
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
        """Judge a slope that was given, and differs from that of reverse mode.

        It is judged by the slope on which reverse and forward mode agree, else by that of reverse mode if every
        operation is right by itself: what these are off for their own rounding is allowed for.
        """
        if self.neighbourhood.unlike(k) or self.neighbourhood.outside([k]):
            return finding.hidden() if finding.still else finding
        agreed = self.references.agreed(k)
        if agreed:
            slope, room = agreed.value, agreed.error + BY_HAND * abs(agreed.value)
            loss = self.noise / max(1.0, abs(self.subject.point[k]))  # what a formula may lose as the result does
            why = f"the slope is {exactly(slope)}: forward and reverse mode agree on it"
        else:
            if not self._trace([k]).sure:
                return finding.hidden() if finding.still else finding
            slope, off = self.reverse[k], self.references.rounding(k)
            room, loss = (0.0 if math.isnan(off) else off), finding.uncertainty
            why = f"the slope is {exactly(slope)}: that of every operation is confirmed by itself"
        room += min(loss, RESOLVED * max(abs(slope), abs(given))) + self.rtol * abs(slope)
        if abs(given - slope) <= room:
            if agreed and finding.verdict == Verdict.INCONCLUSIVE and agreed.error <= RESOLVED * abs(slope):
                return replace(finding, verdict=Verdict.BY_STEPS, note=f"{finding.note}; but {why}")
            return finding
        if finding.verdict == Verdict.INCONCLUSIVE or finding.still:
            return _contradicted(finding, why)
        if not abs(slope - finding.expected) <= finding.uncertainty:
            why = f"nearer to the point than differences see, {why}"
        return _contradicted(finding, why)

    def _reasons(self, steps: Trace, findings: dict[int, Finding]) -> list[str]:
        """What may be wrong if no operation is, the likeliest first."""
        wrong = list(findings)
        right = f"{counted(steps)} is right" if steps.seen else "no operation is on the way"
        right = right[0].upper() + right[1:]
        outside = self.neighbourhood.outside(wrong)
        if not self._same(wrong) and (not outside or all(self._seen(k, finding) for k, finding in findings.items())):
            by_reverse = ", ".join(exactly(self.reverse[k]) for k in wrong[:4]) + ", ..." * (len(wrong) > 4)
            return [f"{right}, and reverse mode gives {by_reverse}. It is the gradient given that is wrong."]
        if outside:
            return [f"{right}, but {outside}"]
        if any(math.isnan(self.reverse[k]) for k in wrong):
            return [f"{right}, but the chain rule multiplies an infinite slope by 0, which is not a number."]
        if steps.kinks:
            return [f"{right}, but {at_a_kink(steps.kinks)}"]
        return [f"{right}, and the graph computes what {self.subject.called} does{self._rounded(findings)}."]

    def _seen(self, k: int, finding: Finding) -> bool:
        """Whether differences see the slope of reverse mode, or say nothing against it."""
        return math.isnan(finding.expected) or abs(finding.expected - self.reverse[k]) <= finding.uncertainty

    def _rounded(self, findings: dict[int, Finding]) -> str:
        """What to say if reverse mode itself may be off by as much, as where large numbers cancel."""
        part = 0.0
        for k, finding in findings.items():
            off = self.references.rounding(k)
            if not abs(self._claimed(k) - finding.expected) <= finding.uncertainty + off < 0.3 * abs(finding.expected):
                return ""
            part = max(part, 2.0 * off / abs(finding.expected))
        return f": the rounding of its steps makes that much of the slope, which rtol={part:.0e} allows for"


def wrong_ones(findings: Sequence[Finding]) -> list[int]:
    """Return which findings are that something is wrong."""
    return [k for k, finding in enumerate(findings) if finding.verdict == Verdict.WRONG]


def undecided(findings: Sequence[Finding], which: Sequence[int], note: str) -> list[Finding]:
    """Return the findings, of which some are inconclusive for a reason."""
    return [
        replace(finding, verdict=Verdict.INCONCLUSIVE, note=note) if k in which else finding
        for k, finding in enumerate(findings)
    ]


def at_a_kink(kinks: Sequence[str]) -> str:
    """Return what to say of operations that are at kinks."""
    why = "is at a kink, where the conventions for slopes do not add up to the slope of the whole"
    return f"{kinks[0]} {why}. Check at another point."


def unresolved(steps: Trace) -> str:
    """Return what to say of operations that change too fast."""
    return f"{steps.unresolved[0]} changes faster than the floats near here can follow, or jumps"


def _contradicted(finding: Finding, why: str) -> Finding:
    """The finding where it is not the differences that show that a slope is wrong."""
    return replace(finding, verdict=Verdict.WRONG, expected=math.nan, uncertainty=math.inf, note=why, between=None)
