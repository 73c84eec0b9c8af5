"""What makes a claimed formula out of the gradient's, or puts it right, at every one of some points."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from autograd_lite.audit.mistakes import table
from autograd_lite.audit.mistakes.candidates import Candidate, ComputedFormula, Mistake
from autograd_lite.audit.mistakes.edits import Edit, another_number, name_text
from autograd_lite.audit.mistakes.hunt import TREE
from autograd_lite.audit.mistakes.ranking import SAME, WINDOW, Search, are_same, is_same, plainest, ranked, window
from autograd_lite.audit.mistakes.rows import AND_A_FACTOR, ONLY_WITHIN_TOLERANCE, TWINS_KEPT, Kind
from autograd_lite.audit.places.comparing import Tolerance
from autograd_lite.audit.places.points import Place, Setting
from autograd_lite.engine.graph import topological
from autograd_lite.text.expression import Derivative, Name, Number

__all__ = ["Points", "at_points"]

DROPPED = {Kind.PATH, Kind.FACTOR_LEFT_OUT}
"""Kinds of changes that leave what is right beside a wrong part, which looks like a path left out."""
EXACT = 1e-13
"""How far two numbers may differ, relatively, that are the same but for rounding."""
TIGHT = 1e-6
"""Within a tolerance of more, relatively, two mistakes at once are not looked for."""
SIMPLE = 100
"""Numbers and denominators up to that are thought of in place of one in a formula."""


@dataclass(frozen=True)
class Points:
    """Where a formula is to be explained, and what it gives there."""

    places: Sequence[Place]
    """The first is the one where the graph was computed."""
    claimed: Sequence[float]
    expected: Sequence[float]
    """The gradient."""
    tolerance: Tolerance | None

    def misfit(self, candidate: Candidate, target: Sequence[float], *, its: bool = True) -> float:
        """How far a candidate is off a target, in units of the tolerance: 0 if nowhere, infinite if beyond counting.

        The tolerance is that of `its` numbers, or of the target's.
        """
        worst = 0.0
        for place, x in zip(self.places, target, strict=True):
            value = candidate.at(place)
            if is_same(value, x):
                continue
            if self.tolerance is None:
                return math.inf
            worst = max(worst, self.tolerance.units(x, value) if its else self.tolerance.units(value, x))
            if not worst <= WINDOW:
                return math.inf
        return worst

    def fits(self, candidate: Candidate, target: Sequence[float]) -> bool:
        """Whether a candidate is the target everywhere, but for rounding."""
        return all(is_same(candidate.at(place), x) for place, x in zip(self.places, target, strict=True))

    @property
    def tight(self) -> bool:
        """Whether the tolerance leaves so little open that two mistakes at once may be told."""
        return self.tolerance is None or all(self.tolerance.of(x) <= TIGHT * abs(x) for x in self.claimed)


def at_points(
    setting: Setting, formula: ComputedFormula, candidates: Sequence[Candidate], changes: Sequence[Edit], points: Points
) -> Search:
    """What makes a formula out of the gradient's, and what puts it right, at every point."""
    claimed, expected = points.claimed, points.expected
    if are_same(claimed, expected):
        return _nearly(changes, formula, points)
    near_by = window(points.tolerance)
    near = 0
    loosely: set[tuple[str, float]] = set()
    fitting: list[tuple[Sequence[float], Mistake]] = []
    for candidate in candidates if any(claimed) else ():  # many mistakes give zero, and none is as likely
        misfit = points.misfit(candidate, claimed)
        near += 1.0 < misfit <= near_by
        if misfit <= 1.0 and (not misfit or points.misfit(candidate, expected) > 1.0):
            fitting.append((claimed, _as_it_fits(candidate.mistake, misfit, loosely)))
    explaining = plainest(fitting) if any(claimed) else _nothing(setting, formula)
    explaining += _ratio(claimed, expected)
    explaining += _other_numbers(setting, formula, points)
    targets = sorted(_targets(points, candidates), key=lambda target: target[0][0])
    firsts = [target[0][0] for target in targets]
    for edit in changes:
        candidate = formula.changed(edit)
        value = candidate.at(setting.here)
        reach = _reach(value, points.tolerance, near_by)
        for target, text, cost, kind in targets[
            bisect_left(firsts, value - reach) : bisect_right(firsts, value + reach)
        ]:
            misfit = points.misfit(candidate, target, its=False)
            near += 1.0 < misfit <= near_by
            if misfit <= 1.0 and not (kind == Kind.PATH and edit.row.kind in DROPPED):
                one = formula.put_right(edit)
                if text:
                    one = replace(one, text=f"{one.text}, and {text}", cost=one.cost + cost)
                repaired = "" if text or misfit else one.repaired
                explaining.append(_as_it_fits(replace(one, repaired=repaired), misfit, loosely))
    search = ranked(explaining, len(candidates) + len(changes), 0.0, TWINS_KEPT)
    by_chance = bool(search.mistakes) and (search.mistakes[0].text, search.mistakes[0].cost) in loosely
    return replace(search, chance=near / (near_by - 1.0)) if by_chance else search


def _as_it_fits(one: Mistake, misfit: float, loosely: set[tuple[str, float]]) -> Mistake:
    """The mistake; one that fits within the tolerance alone costs more, the farther off it is, and is noted."""
    if misfit:
        one = replace(one, cost=one.cost + ONLY_WITHIN_TOLERANCE * misfit)
        loosely.add((one.text, one.cost))
    return one


def _reach(value: float, tolerance: Tolerance | None, near_by: float) -> float:
    """How far from a number a target may be that is looked at."""
    if tolerance is None:
        return 2.0 * SAME * abs(value)
    share = near_by * tolerance.rtol
    return (
        (near_by * tolerance.atol + share * abs(value)) / (1.0 - share) + SAME * abs(value) if share < 1.0 else math.inf
    )


def _nothing(setting: Setting, formula: ComputedFormula) -> list[Mistake]:
    """Derivatives in a formula that are 0 since the one quantity is not made of the other."""
    zeros = []
    for part in formula.order:
        if isinstance(part, Name) and isinstance(part.text, Derivative):
            of, wrt = setting.by_name[part.text.of], setting.by_name[part.text.wrt[0]]
            if wrt not in set(topological(of)):
                names = {"of": name_text(part.text.of), "wrt": name_text(part.text.wrt[0])}
                zeros.append(Mistake.of(table.NO_DEPENDENCE, derivative=name_text(part.text), **names))
    return zeros


def _nearly(changes: Sequence[Edit], formula: ComputedFormula, points: Points) -> Search:
    """What puts a formula right that is off by so little that all that is nearly the gradient would seem to fit."""
    exact = []
    for edit in changes:
        values = [formula.changed(edit).at(place) for place in points.places]
        if all(abs(a - b) <= EXACT * abs(b) for a, b in zip(values, points.expected, strict=True)):
            exact.append(formula.put_right(edit))
    return ranked(exact, len(changes), 0.0, TWINS_KEPT)


def _targets(points: Points, candidates: Iterable[Candidate]) -> list[tuple[Sequence[float], str, float, str]]:
    """What a formula may be meant for: the gradient, or what a second mistake makes of it; its words, cost and kind."""
    expected = points.expected
    targets: list[tuple[Sequence[float], str, float, str]] = [(expected, "", 0.0, "")]
    if not points.tight:
        return targets
    for factor, text in ((-1.0, "the sign is wrong"), (2.0, "it is twice as large"), (0.5, "it is half as large")):
        targets.append(([factor * x for x in expected], text, AND_A_FACTOR, Kind.FACTOR))
    for candidate in candidates:
        if candidate.row.kind in {Kind.PATH, Kind.ACTIVATION}:
            target = [candidate.at(place) for place in points.places]
            if target[0] and not any(are_same(target, other) for other, *_ in targets):
                targets.append((target, candidate.mistake.text, candidate.cost, candidate.row.kind))
    return [target for target in targets if not are_same(target[0], points.claimed)]


def _ratio(claimed: Sequence[float], expected: Sequence[float]) -> Iterator[Mistake]:
    """A number that the gradient is multiplied with everywhere."""
    if all(expected) and all(claimed):
        ratio = claimed[0] / expected[0]
        if all(is_same(c, ratio * x) for c, x in zip(claimed, expected, strict=True)):
            shown = next(text for k in (6, 10) if (text := f"{ratio:.{k}g}") != "1" or k == 10)
            yield Mistake.of(table.SOME_FACTOR, ratio=shown)


def _other_numbers(setting: Setting, formula: ComputedFormula, points: Points) -> Iterator[Mistake]:
    """Simple numbers that put a formula right in place of one in it: 3 in 2 * x^2 + z."""
    claimed, expected = points.claimed, points.expected
    for part in formula.order if formula.tree.size <= TREE else ():
        if isinstance(part, Number):
            x = float(part.value)
            slope = formula.changed(another_number(part, x + 1.0)).at(setting.here) - claimed[0]
            due = x + (expected[0] - claimed[0]) / slope if slope else math.inf
            simple = Fraction(due).limit_denominator(SIMPLE) if abs(due) <= SIMPLE else Fraction(0)
            edit = another_number(part, simple)
            # where 0 or 1 belongs, a term or factor is one too many
            if simple not in {0, 1} and points.fits(formula.changed(edit), expected):
                yield formula.put_right(edit)
