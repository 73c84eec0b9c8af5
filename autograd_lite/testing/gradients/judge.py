"""The entries of a gradient judged: by differences of the whole, and by those of every operation where these fail."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from autograd_lite.engine.derivatives import grad
from autograd_lite.engine.graph import readable, shortened
from autograd_lite.testing.gradients.complex_step import complex_step
from autograd_lite.testing.gradients.domain import Domain, quiet
from autograd_lite.testing.gradients.fits import PAIRS
from autograd_lite.testing.gradients.flat import Beyond, beyond
from autograd_lite.testing.gradients.number_text import exactly
from autograd_lite.testing.gradients.operation_slopes import Suspect, Trace, counted, reverse, rounding, trace
from autograd_lite.testing.gradients.recorded import BY_HAND, Recorded, at_a_kink, undecided, unresolved, wrong_ones
from autograd_lite.testing.gradients.replay import Point
from autograd_lite.testing.gradients.report import CheckedSlope
from autograd_lite.testing.gradients.second_by_hand import SecondByHand
from autograd_lite.testing.gradients.slopes import units_of
from autograd_lite.testing.gradients.subject import FunctionSubject, Subject, settled_value, unsteady
from autograd_lite.testing.gradients.typical_errors import with_typical_errors
from autograd_lite.testing.gradients.verdicts import (
    NEGLIGIBLE,
    RESOLVED,
    UNSEEN,
    Finding,
    Verdict,
    cautious,
    check_slope,
    negligible,
)
from autograd_lite.text.layout import partial
from autograd_lite.text.python import visible

__all__ = ["Judge"]

LOST = 40.0  # so many times the scatter is what rounding may make of a slope
FEW, MANY = 10, 100  # of more inputs each is looked at less long where rounding hides digits, to find them behind it
SEEN = 1e-2  # so much of a slope its uncertainty may be for a step in complex numbers to be compared with it
MOST_LOST = 1e-8  # but no larger part of it: scatter that is more is no rounding of an argument


@dataclass
class Judge:
    """Judges the gradient and the Hessian of a subject; what may explain the verdicts gathers in it."""

    subject: Subject
    rtol: float
    value: float

    def __post_init__(self) -> None:
        self._domain = Domain(self.subject.called)
        self._takes_complex, self._complex = True, ""
        self._gradients: dict[tuple[float, ...], list[float]] = {}
        self.graph = Recorded(self.subject, self.rtol) if self.subject.recorded else None

    @property
    def suspect(self) -> Suspect | None:
        """The first operation whose slope is wrong, if one was found."""
        return self.graph.suspect if self.graph else None

    @property
    def remarks(self) -> list[str]:
        """What explains the verdicts, in sentences."""
        return [*(self.graph.remarks if self.graph else ()), *filter(None, [self._complex, self._domain.remark])]

    # --- the gradient ----------------------------------------------------------------------------------------------

    def first_order(self, given: list[float] | None) -> list[CheckedSlope]:
        """Check the gradient, the one given or that of reverse mode."""
        subject, graph = self.subject, self.graph
        claimed = given if graph is None or given is not None else graph.reverse
        assert claimed is not None  # without a graph it was given
        noise = graph.noise if graph else subject.noise
        judged = [self._along(subject.value, k, slope, noise) for k, slope in enumerate(claimed)]
        moved = max((moved for _, moved in judged), default=0.0)
        findings = _weighed([finding for finding, _ in judged], moved, negligible(subject.inputs.epsilon))
        if graph:
            self._floats(graph)
            graph.given = given
            findings = graph.explained(findings)
        else:
            findings = [self._as_far_as_seen(k, finding, moved) for k, finding in enumerate(findings)]
            findings = self._beside_scatter(findings, claimed)
            findings = [self._beside_complex(k, finding, claimed[k]) for k, finding in enumerate(findings)]
        symbols = [partial(subject.name, shortened(name)) for name in subject.names]
        findings = with_typical_errors(findings, claimed, symbols)
        rows = zip(subject.names, symbols, subject.point, claimed, findings, strict=True)
        return [CheckedSlope((name,), symbol, x, slope, *_outcome(finding)) for name, symbol, x, slope, finding in rows]

    def _along(
        self, f: Callable[[tuple[float, ...]], float], k: int, slope: float, noise: float
    ) -> tuple[Finding, float]:
        """Check one slope, with the other inputs held."""
        along, point = self._function(f, k), self.subject.point
        with quiet():
            known = self.subject.recorded
            size = self.subject.inputs.size
            fit = max(PAIRS) if size <= FEW else min(PAIRS) if size <= MANY else 0
            epsilon, scale = self.subject.epsilon(k), self.subject.scale(k)
            finding, moved = check_slope(
                along,
                point[k],
                slope,
                noise=noise,
                rtol=self.rtol,
                known=known,
                scale=scale,
                fit=fit,
                epsilon=epsilon,
            )
        return cautious(finding, slope, epsilon), moved

    def _function(self, f: Callable[[tuple[float, ...]], float], k: int) -> Callable[[float], float]:
        """`f` as a function of one input, with the others held."""
        point = self.subject.point
        before, after = point[:k], point[k + 1 :]
        return self._domain.watched(lambda t: f((*before, t, *after)), self.subject.names[k])

    def _as_far_as_seen(self, k: int, finding: Finding, moved: float) -> Finding:
        """The finding for plain floats that do not change at all: nobody knows whether rounding hides every change.

        That is no matter if the changes would be small beside what the other inputs do; if none of these do anything,
        0 passes where no slope to speak of could be hidden, and the result does not begin to change farther off as
        what is hidden by rounding does.
        """
        if not (finding.still and finding.verdict == Verdict.CONFIRMED):
            return finding.hidden() if moved == 0.0 and finding.verdict == Verdict.WRONG else finding
        with quiet():
            how = beyond(self._function(self.subject.value, k), self.subject.point[k], self.value)
        if how is Beyond.NOTHING:
            seen = finding.effect <= RESOLVED * moved or finding.uncertainty <= UNSEEN
        else:
            seen = finding.effect <= NEGLIGIBLE * moved or self.value == 0.0
        seen = how is Beyond.KINK or (seen and how is not Beyond.STEPS)
        return finding if seen else finding.hidden(how.value)

    def _beside_complex(self, k: int, finding: Finding, claimed: float) -> Finding:
        """The finding with the slope by a step in complex numbers, if it is sharper than differences and agrees."""
        subject = self.subject
        if not (isinstance(subject, FunctionSubject) and finding.uncertainty <= SEEN * abs(finding.expected)):
            return finding
        if finding.between or not self._takes_complex or finding.uncertainty <= BY_HAND * abs(finding.expected):
            return finding
        before, after = subject.point[:k], subject.point[k + 1 :]
        with quiet():
            exact = complex_step(lambda z: subject.on_numbers((*before, z, *after)), subject.point[k], self.value)
        self._takes_complex = exact is not None
        if exact is None:
            return finding
        error = exact.error + BY_HAND * abs(exact.value)
        if error >= finding.uncertainty:
            return finding
        if abs(exact.value - finding.expected) > exact.error + finding.uncertainty:
            name, slope = readable(subject.names[k]), exactly(exact.value)
            if not finding.verdict.good:
                self._complex = (
                    f"A step in complex numbers gives {slope} along {name}, not what differences give: it is not used, "
                    f"{subject.called} does not seem to be analytic there (abs, comparisons and conversions are not)."
                )
            return finding
        right = abs(claimed - exact.value) <= error + self.rtol * abs(exact.value)
        verdict = Verdict.CONFIRMED if right else Verdict.WRONG
        return replace(
            finding, verdict=verdict, expected=exact.value, uncertainty=error, within=right, note=finding.note
        )

    def _beside_scatter(self, findings: list[Finding], claimed: list[float]) -> list[Finding]:
        """The findings for plain floats, with what rounding along the other inputs may make of the slopes.

        In sin(a) / sin(b + c) the sum is rounded. Along a that is no scatter, but another slope: by the same part of
        it as the values along b scatter.
        """
        parts = [LOST * finding.scatter / abs(self.value) if self.value else 0.0 for finding in findings]
        first = max(range(len(parts)), key=parts.__getitem__)
        second = max((part for k, part in enumerate(parts) if k != first), default=0.0)
        return [
            finding.widened(min(second if k == first else parts[first], MOST_LOST) * abs(finding.expected), x)
            if math.isfinite(finding.uncertainty) and not finding.still
            else finding
            for k, (finding, x) in enumerate(zip(findings, claimed, strict=True))
        ]

    def _floats(self, graph: Recorded) -> None:
        """Raise if the function gives other numbers for floats than for nodes."""
        subject = self.subject
        if not isinstance(subject, FunctionSubject):
            return
        other = subject.on_floats(subject.point)
        if other is None or not math.isfinite(other):
            return
        if abs(other - self.value) > 4.0 * graph.noise + units_of(abs(self.value)):
            again = subject.on_floats(subject.point)
            if again != other:  # it is just another number each time, or goes on from what it was called with before
                raise ValueError(unsteady(subject, other, math.nan if again is None else again))
            settled_value(subject, self.value)
            raise ValueError(
                f"{subject.called} gives {self.value!r} for Values, but {other!r} for floats at the same point: "
                "it treats them otherwise, so that its gradient is that of another function"
            )

    # --- second derivatives ----------------------------------------------------------------------------------------

    @quiet()
    def second_order(self) -> list[CheckedSlope]:
        """Check the Hessian by rows, against differences of the gradient."""
        graph, checked = self.graph, []
        assert graph is not None  # check_gradient has seen to it
        try:
            rows = grad(graph.root, graph.leaves)
        except Exception as error:
            error.add_note("raised when the slopes were recorded for second derivatives: they have to work on Values")
            raise
        for i, row in enumerate(rows):
            noise = rounding(row)
            seconds = reverse(row, graph.leaves)
            judged = [self._along(lambda p, i=i: self._gradient(p)[i], k, x, noise) for k, x in enumerate(seconds)]  # type: ignore[misc]
            findings = _weighed([finding for finding, _ in judged], max(moved for _, moved in judged))
            wrong = wrong_ones(findings)
            if wrong and not graph.suspect:
                steps = trace(row, [graph.leaves[k] for k in wrong], self.rtol, graph.known)
                graph.suspect = steps.first
                if not steps.first:
                    findings = self._beyond(graph, i, steps, findings)
            checked += [self._second(i, k, seconds[k], finding) for k, finding in enumerate(findings)]
        return checked

    def second_order_by_hand(self, gradient: Callable[[Point], list[float]]) -> list[CheckedSlope]:
        """Check the Hessian of plain floats, which is that of a gradient by hand."""
        subject = self.subject
        hand = SecondByHand(subject.value, gradient, subject.point, self._function, self.rtol)
        count = range(len(subject.names))
        with quiet():
            return [self._second(i, k, *hand.entry(i, k)) for i in count for k in count]

    def _second(self, i: int, k: int, got: float, finding: Finding) -> CheckedSlope:
        subject = self.subject
        one, other = shortened(subject.names[i]), shortened(subject.names[k])
        below = f"∂{one}²" if i == k else f"∂{one}∂{other}"
        names = (subject.names[i], subject.names[k])
        return CheckedSlope(names, f"∂²{subject.name}/{below}", subject.point[k], got, *_outcome(finding))

    def _beyond(self, graph: Recorded, i: int, steps: Trace, findings: list[Finding]) -> list[Finding]:
        """Say what may be wrong with a row of the Hessian if no operation is, or that nobody can tell."""
        first = visible(partial(self.subject.name, shortened(self.subject.names[i])))
        right = f"In the graph of {first} {'every slope' if steps.whole else counted(steps)} is right"
        # where an operation is at a kink its slope jumps: in the graph of the slopes that is another operation
        kinks = trace(graph.root, [graph.leaves[i]], self.rtol, graph.known).kinks or steps.kinks
        if kinks:
            graph.remarks.append(f"{right}, but {at_a_kink(kinks)}")
        elif steps.unresolved:
            return undecided(findings, wrong_ones(findings), unresolved(steps))
        elif steps.whole:
            why = "one of the operations has slopes (partials) that compute otherwise with Values than with floats."
            graph.remarks.append(f"{right}: {why}")
        else:
            graph.remarks.append(f"{right}.")
        return findings

    def _gradient(self, point: tuple[float, ...]) -> list[float]:
        if point not in self._gradients:
            self._gradients[point] = reverse(*self.subject.record(point))
        return self._gradients[point]


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
