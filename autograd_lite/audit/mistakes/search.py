"""Which single mistake explains a wrong claim: candidates, made on purpose and compared with what was claimed."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from autograd_lite.audit.mistakes.candidates import Base, Candidate, Mistake
from autograd_lite.audit.mistakes.edits import Edit, another_number, edits, name_text
from autograd_lite.audit.mistakes.hunt import TREE, Hunt
from autograd_lite.audit.notation.numbers import Given, last_digit, slips
from autograd_lite.audit.places.comparing import Tolerance
from autograd_lite.audit.places.points import Place, Setting
from autograd_lite.engine.graph import topological
from autograd_lite.engine.value import Value
from autograd_lite.text.expression import Derivative, Expr, Name, Number

__all__ = ["Mistake", "Search", "of_formula", "of_number"]

SHOWN = 3
"""How many explanations are kept."""
SPREAD = 2.5
"""An explanation that costs so much more than the simplest is not kept."""
NEXT = 0.7
"""Nor is one that gives the same number as another and costs so much more."""
DROPPED = {"path", "factor left out"}
"""Kinds of changes that leave what is right beside a wrong part, which looks like a path left out."""
LEFT_OUT = {"activation", "factor left out", "path", "divisor left out", "function left out", "exponent"}
"""Kinds of mistakes that are one if they give the same number."""
SAME = 1e-9
"""How far, relative to their size, two numbers may differ that are taken for the same."""
ACROSS = 2
"""So many points beyond kinks are looked at."""
EXACT = 1e-13
"""How far two numbers may differ, relatively, that are the same but for rounding."""
WINDOW = 30.0
"""The candidates within so many times the tolerance tell how many fit by chance."""
LOOSELY = 1.0
"""How much more far-fetched what fits with all of a tolerance is than what fits to all digits."""
TIGHT = 1e-6
"""Within a tolerance of more, relatively, two mistakes at once are not looked for."""
FAR = 2.0
"""If the simplest mistake that fits costs so much, simpler ones are looked for where less is moved."""
SIMPLE = 100
"""Numbers and denominators up to that are thought of in place of one in a formula."""


@dataclass(frozen=True)
class Search:
    """What the search for an explanation has found."""

    mistakes: tuple[Mistake, ...] = ()
    """Those that fit, the simplest first."""
    tried: int = 0
    """How many mistakes were tried."""
    chance: float = 0.0
    """How many of those may be expected to fit by chance, since only so many digits are given."""


def of_number(
    setting: Setting, wrt: Value, claim: Given, rates: Sequence[float], tolerance: Tolerance | None = None
) -> Search:
    """Search for what makes a claimed number out of the gradient, within the digits or the tolerance."""
    here = setting.here
    gradient = here.slope(wrt)
    if not (math.isfinite(gradient) and math.isfinite(claim.value)):
        return Search()
    if claim.value == 0.0:
        # many mistakes give zero, and none is as likely; a calculation, which has no text, is not what backward() left
        zero = Mistake("not computed", "a gradient is 0.0 before backward() has run", 1.0)
        return Search((zero,), 1) if claim.text else Search()
    slipped = [
        Mistake(kind, text, cost)
        for kind, text, cost in (
            ("last digit", last_digit(claim, gradient), 0.5),
            ("slip", slips(claim, gradient), 1.9),
        )
        if text
    ]
    fitting: list[tuple[Sequence[float], Mistake]] = []
    digits = Tolerance(0.0, claim.tolerance)
    # A candidate that gives the gradient itself, as far as numbers go, is no mistake.
    itself = max(1e-12 * abs(gradient), 5e-324)
    window = _window(tolerance)
    beside = [here, *setting.around(frozenset(), ())[:1]]
    tried, near, near_loosely = 0, 0, 0
    for candidate in Hunt(setting, wrt, rates).all(strangers=claim.digits >= 4):
        value = candidate.at(here)
        if not math.isfinite(value) or abs(value - gradient) <= itself:
            continue
        if tolerance is not None and tolerance.close(value, gradient):
            continue
        tried += 1
        units = digits.units(claim.value, value)
        near += 1.0 < units <= WINDOW
        loosely = units if tolerance is None else tolerance.units(claim.value, value)
        near_loosely += 1.0 < loosely <= window
        if loosely <= 1.0 or _same(value, claim.value):
            mistake = candidate.mistake
            mistake = mistake if units <= 1.0 else replace(mistake, cost=mistake.cost + LOOSELY * loosely)
            fitting.append(([candidate.at(place) for place in beside], mistake))
    found = _plainest(fitting)
    by_digits = any(digits.close(claim.value, values[0]) for values, _ in fitting)
    chance = near / (WINDOW - 1.0) if by_digits or tolerance is None else near_loosely / (window - 1.0)
    return _ranked([*slipped, *found], tried, chance)


def _window(tolerance: Tolerance | None) -> float:
    """Within so many times the tolerance candidates are counted, to tell how many fit by chance."""
    return min(WINDOW, max(2.0, 0.5 / tolerance.rtol)) if tolerance is not None and tolerance.rtol else WINDOW


def of_formula(
    setting: Setting,
    wrt: Value,
    tree: Expr,
    rates: Sequence[float],
    tolerance: Tolerance | None = None,
    also: Sequence[Place] = (),
) -> Search:
    """Search for what makes a claimed formula out of the gradient's, and for what puts it right, `also` at places.

    A mistake has to fit beyond the kinks of the graph too. Where none does, those of this side are told as such.
    """
    base = Base(tree)
    candidates = list(Hunt(setting, wrt, rates).all(strangers=True))
    changes = list(edits(setting, tree, strangers=True)) if tree.size <= TREE else []
    beyond = (*setting.across[:ACROSS], *also)
    found = _search_around(setting, wrt, base, candidates, changes, tolerance, beyond)
    if found.mistakes or not setting.across:
        return found
    here = _search_around(setting, wrt, base, candidates, changes, tolerance, also)
    mistakes = (replace(one, text=f"{one.text}, on this side of the kinks", repaired="") for one in here.mistakes)
    return replace(here, mistakes=tuple(mistakes))


def _search_around(
    setting: Setting,
    wrt: Value,
    base: Base,
    candidates: Sequence[Candidate],
    changes: Sequence[Edit],
    tolerance: Tolerance | None,
    also: Sequence[Place],
) -> Search:
    """The likeliest mistakes that fit here, around, and at other places."""
    search = Search()
    for around in _surroundings(setting, base):
        pairs = {
            place: (base.value(place), place.slope(wrt)) for place in dict.fromkeys((setting.here, *around[:3], *also))
        }
        places = [place for place, pair in pairs.items() if all(map(math.isfinite, pair))]
        if setting.here in places and len(places) > 1:
            claimed, expected = ([pairs[place][k] for place in places] for k in (0, 1))
            points = _Points(places, claimed, expected, tolerance)
            search = min(search, _at_points(setting, base, candidates, changes, points), key=_cost)
        if _cost(search)[0] < FAR:
            break
    return search


def _cost(search: Search) -> tuple[float, bool]:
    """How far-fetched the simplest mistake is that was found."""
    return (search.mistakes[0].cost if search.mistakes else math.inf), not search.tried


def _surroundings(setting: Setting, base: Base) -> Iterator[Sequence[Place]]:
    """Points around where a mistake has to fit; held leaves are moved unless their numbers are in the formula.

    In the last of them one-hot targets add up to 1.
    """
    yield setting.around(frozenset(), ())
    named = {setting.by_name[x.text] for x in base.order if isinstance(x, Name) and isinstance(x.text, str)}
    numbers = {float(x.value) for x in base.order if isinstance(x, Number)}
    stay = {x for x in setting.held if x.data in numbers and x not in named}
    for group in setting.one_hot:
        if not stay.isdisjoint(group) and named.isdisjoint(group):
            stay.update(group)
    if stay:
        yield setting.around(frozenset(stay), ())
    one_hot = [group for group in setting.one_hot if not stay.issuperset(group)]
    if one_hot:
        yield setting.around(frozenset(stay.difference(*one_hot)), one_hot)


@dataclass(frozen=True)
class _Points:
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
            if _same(value, x):
                continue
            if self.tolerance is None:
                return math.inf
            worst = max(worst, self.tolerance.units(x, value) if its else self.tolerance.units(value, x))
            if not worst <= WINDOW:
                return math.inf
        return worst

    def fits(self, candidate: Candidate, target: Sequence[float]) -> bool:
        """Whether a candidate is the target everywhere, but for rounding."""
        return all(_same(candidate.at(place), x) for place, x in zip(self.places, target, strict=True))

    @property
    def tight(self) -> bool:
        """Whether the tolerance leaves so little open that two mistakes at once may be told."""
        return self.tolerance is None or all(self.tolerance.of(x) <= TIGHT * abs(x) for x in self.claimed)


def _at_points(
    setting: Setting, base: Base, candidates: Sequence[Candidate], changes: Sequence[Edit], points: _Points
) -> Search:
    """What makes a formula out of the gradient's, and what puts it right, at every point."""
    claimed, expected = points.claimed, points.expected
    if _alike(claimed, expected):
        return _nearly(changes, base, points)
    window = _window(points.tolerance)
    near = 0
    loosely: set[tuple[str, float]] = set()
    fitting: list[tuple[Sequence[float], Mistake]] = []
    for way in candidates if any(claimed) else ():  # many mistakes give zero, and none is as likely
        misfit = points.misfit(way, claimed)
        near += 1.0 < misfit <= window
        if misfit <= 1.0 and (not misfit or points.misfit(way, expected) > 1.0):
            fitting.append((claimed, _as_it_fits(way.mistake, misfit, loosely)))
    found = _plainest(fitting) if any(claimed) else _nothing(setting, base)
    found += _ratio(claimed, expected)
    found += _other_numbers(setting, base, points)
    targets = sorted(_targets(points, candidates), key=lambda target: target[0][0])
    firsts = [target[0][0] for target in targets]
    for edit in changes:
        candidate = base.changed(edit)
        value = candidate.at(setting.here)
        reach = _reach(value, points.tolerance, window)
        for target, text, cost, kind in targets[
            bisect_left(firsts, value - reach) : bisect_right(firsts, value + reach)
        ]:
            misfit = points.misfit(candidate, target, its=False)
            near += 1.0 < misfit <= window
            if misfit <= 1.0 and not (kind == "path" and edit.kind in DROPPED):
                wrong = edit.texts()[1]
                both = f"{wrong}, and {text}" if text else wrong
                repaired = "" if text or misfit else base.repaired(edit)
                found.append(_as_it_fits(Mistake(edit.kind, both, edit.cost + cost, repaired), misfit, loosely))
    ranked = _ranked(found, len(candidates) + len(changes), 0.0, NEXT)
    by_chance = bool(ranked.mistakes) and (ranked.mistakes[0].text, ranked.mistakes[0].cost) in loosely
    return replace(ranked, chance=near / (window - 1.0)) if by_chance else ranked


def _as_it_fits(mistake: Mistake, misfit: float, loosely: set[tuple[str, float]]) -> Mistake:
    """The mistake; one that fits within the tolerance alone costs more, the farther off it is, and is noted."""
    if misfit:
        mistake = replace(mistake, cost=mistake.cost + LOOSELY * misfit)
        loosely.add((mistake.text, mistake.cost))
    return mistake


def _reach(value: float, tolerance: Tolerance | None, window: float) -> float:
    """How far from a number a target may be that is looked at."""
    if tolerance is None:
        return 2.0 * SAME * abs(value)
    share = window * tolerance.rtol
    return (
        (window * tolerance.atol + share * abs(value)) / (1.0 - share) + SAME * abs(value) if share < 1.0 else math.inf
    )


def _nothing(setting: Setting, base: Base) -> list[Mistake]:
    """Derivatives in a formula that are 0 since the one quantity is not made of the other."""
    found = []
    for part in base.order:
        if isinstance(part, Name) and isinstance(part.text, Derivative):
            of, wrt = setting.by_name[part.text.of], setting.by_name[part.text.wrt[0]]
            if wrt not in set(topological(of)):
                quantities = f"{name_text(part.text.of)} does not depend on {name_text(part.text.wrt[0])}"
                found.append(Mistake("path", f"{name_text(part.text)} is 0: {quantities}", 1.5))
    return found


def _nearly(changes: Sequence[Edit], base: Base, points: _Points) -> Search:
    """What puts a formula right that is off by so little that all that is nearly the gradient would seem to fit."""
    found = []
    for edit in changes:
        values = [base.changed(edit).at(place) for place in points.places]
        if all(abs(a - b) <= EXACT * abs(b) for a, b in zip(values, points.expected, strict=True)):
            found.append(Mistake(edit.kind, edit.texts()[1], edit.cost, base.repaired(edit)))
    return _ranked(found, len(changes), 0.0, NEXT)


def _targets(points: _Points, candidates: Iterable[Candidate]) -> list[tuple[Sequence[float], str, float, str]]:
    """What a formula may be meant for: the gradient, or what a second mistake makes of it; its words, cost and kind."""
    expected = points.expected
    targets: list[tuple[Sequence[float], str, float, str]] = [(expected, "", 0.0, "")]
    if not points.tight:
        return targets
    for factor, text in ((-1.0, "the sign is wrong"), (2.0, "it is twice as large"), (0.5, "it is half as large")):
        targets.append(([factor * x for x in expected], text, 1.0, "factor"))
    for way in candidates:
        if way.kind in {"path", "activation"}:
            target = [way.at(place) for place in points.places]
            if target[0] and not any(_alike(target, other) for other, *_ in targets):
                targets.append((target, way.mistake.text, way.cost, way.kind))
    return [target for target in targets if not _alike(target[0], points.claimed)]


def _ranked(found: Iterable[Mistake], tried: int, chance: float, spread: float = SPREAD) -> Search:
    best: dict[str, Mistake] = {}
    for mistake in found:
        known = best.get(mistake.text)
        if known is None or (bool(known.repaired), -known.cost) < (bool(mistake.repaired), -mistake.cost):
            best[mistake.text] = mistake
    ranked = sorted(best.values(), key=lambda mistake: mistake.cost)
    kept = [mistake for mistake in ranked if mistake.cost <= ranked[0].cost + spread]
    return Search(tuple(kept), tried, chance)


def _plainest(found: Iterable[tuple[Sequence[float], Mistake]]) -> list[Mistake]:
    """Of mistakes that give the same numbers, here and beside, which are mostly one in other words, the plainest."""
    best: list[tuple[Sequence[float], Mistake]] = []
    for values, mistake in sorted(found, key=lambda x: x[1].cost):
        twins = [other for x, other in best if _alike(values, x)]
        kinds = LEFT_OUT if mistake.kind in LEFT_OUT else {mistake.kind}
        if not any(other.kind in kinds or mistake.cost > other.cost + NEXT for other in twins):
            best.append((values, mistake))
    return [mistake for _, mistake in best]


def _same(a: float, b: float) -> bool:
    return abs(a - b) <= SAME * max(abs(a), abs(b)) < math.inf


def _alike(a: Sequence[float], b: Sequence[float]) -> bool:
    return all(map(_same, a, b))


def _ratio(claimed: Sequence[float], expected: Sequence[float]) -> Iterator[Mistake]:
    """A number that the gradient is multiplied with everywhere."""
    if all(expected) and all(claimed):
        ratio = claimed[0] / expected[0]
        if all(_same(c, ratio * x) for c, x in zip(claimed, expected, strict=True)):
            shown = next(text for k in (6, 10) if (text := f"{ratio:.{k}g}") != "1" or k == 10)
            yield Mistake("factor", f"it is {shown} times the gradient", 3.0)


def _other_numbers(setting: Setting, base: Base, points: _Points) -> Iterator[Mistake]:
    """Simple numbers that put a formula right in place of one in it: 3 in 2 * x^2 + z."""
    claimed, expected = points.claimed, points.expected
    for part in base.order if base.tree.size <= TREE else ():
        if isinstance(part, Number):
            x = float(part.value)
            slope = base.changed(another_number(part, x + 1.0)).at(setting.here) - claimed[0]
            due = x + (expected[0] - claimed[0]) / slope if slope else math.inf
            simple = Fraction(due).limit_denominator(SIMPLE) if abs(due) <= SIMPLE else Fraction(0)
            edit = another_number(part, simple)
            # where 0 or 1 belongs, a term or factor is one too many
            if simple not in {0, 1} and points.fits(base.changed(edit), expected):
                yield Mistake(edit.kind, edit.texts()[1], edit.cost, base.repaired(edit))
