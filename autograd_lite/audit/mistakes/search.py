"""Which single mistake explains a wrong claim: candidates, made on purpose and compared with what was claimed."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from autograd_lite.audit.mistakes import table
from autograd_lite.audit.mistakes.candidates import Candidate, ComputedFormula, Mistake
from autograd_lite.audit.mistakes.edits import Edit, edits
from autograd_lite.audit.mistakes.fitting import Points, at_points
from autograd_lite.audit.mistakes.hunt import TREE, Hunt
from autograd_lite.audit.mistakes.ranking import WINDOW, Search, is_same, plainest, ranked, window
from autograd_lite.audit.mistakes.rows import ONLY_WITHIN_TOLERANCE, Likelihood
from autograd_lite.audit.notation.numbers import Given, last_digit, slips
from autograd_lite.audit.places.comparing import Tolerance
from autograd_lite.audit.places.points import Place, Setting
from autograd_lite.engine.value import Value
from autograd_lite.text.expression import Expr, Name, Number

__all__ = ["of_formula", "of_number"]

ACROSS = 2
"""So many points beyond kinks are looked at."""


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
        return Search((Mistake.of(table.NOT_COMPUTED),), 1) if claim.text else Search()
    slipped = [Mistake.of(table.LAST_DIGIT, how=how)] if (how := last_digit(claim, gradient)) else []
    slipped += [Mistake.of(table.COPIED, slip=slip)] if (slip := slips(claim, gradient)) else []
    fitting: list[tuple[Sequence[float], Mistake]] = []
    digits = Tolerance(0.0, claim.tolerance)
    # A candidate that gives the gradient itself, as far as numbers go, is no mistake.
    itself = max(1e-12 * abs(gradient), 5e-324)
    near_by = window(tolerance)
    places = [here, *setting.around(frozenset(), ())[:1]]
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
        near_loosely += 1.0 < loosely <= near_by
        if loosely <= 1.0 or is_same(value, claim.value):
            one = candidate.mistake
            one = one if units <= 1.0 else replace(one, cost=one.cost + ONLY_WITHIN_TOLERANCE * loosely)
            fitting.append(([candidate.at(place) for place in places], one))
    by_digits = any(digits.close(claim.value, values[0]) for values, _ in fitting)
    chance = near / (WINDOW - 1.0) if by_digits or tolerance is None else near_loosely / (near_by - 1.0)
    return ranked([*slipped, *plainest(fitting)], tried, chance)


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
    formula = ComputedFormula(tree)
    candidates = list(Hunt(setting, wrt, rates).all(strangers=True))
    changes = list(edits(setting, tree, strangers=True)) if tree.size <= TREE else []
    beyond = (*setting.across[:ACROSS], *also)
    everywhere = _search_around(setting, wrt, formula, candidates, changes, tolerance, beyond)
    if everywhere.mistakes or not setting.across:
        return everywhere
    here = _search_around(setting, wrt, formula, candidates, changes, tolerance, also)
    mistakes = (replace(one, text=f"{one.text}, on this side of the kinks", repaired="") for one in here.mistakes)
    return replace(here, mistakes=tuple(mistakes))


def _search_around(
    setting: Setting,
    wrt: Value,
    formula: ComputedFormula,
    candidates: Sequence[Candidate],
    changes: Sequence[Edit],
    tolerance: Tolerance | None,
    also: Sequence[Place],
) -> Search:
    """The likeliest mistakes that fit here, around, and at other places."""
    search = Search()
    for around in _surroundings(setting, formula):
        pairs = {
            place: (formula.value(place), place.slope(wrt))
            for place in dict.fromkeys((setting.here, *around[:3], *also))
        }
        places = [place for place, pair in pairs.items() if all(map(math.isfinite, pair))]
        if setting.here in places and len(places) > 1:
            claimed, expected = ([pairs[place][k] for place in places] for k in (0, 1))
            points = Points(places, claimed, expected, tolerance)
            search = min(search, at_points(setting, formula, candidates, changes, points), key=_cost)
        if _cost(search)[0] < Likelihood.OCCASIONAL:
            break  # nothing simpler is looked for where less is moved
    return search


def _cost(search: Search) -> tuple[float, bool]:
    """How far-fetched the simplest mistake is that was found."""
    return (search.mistakes[0].cost if search.mistakes else math.inf), not search.tried


def _surroundings(setting: Setting, formula: ComputedFormula) -> Iterator[Sequence[Place]]:
    """Points around where a mistake has to fit; held leaves are moved unless their numbers are in the formula.

    In the last of them one-hot targets add up to 1.
    """
    yield setting.around(frozenset(), ())
    named = {setting.by_name[x.text] for x in formula.order if isinstance(x, Name) and isinstance(x.text, str)}
    numbers = {float(x.value) for x in formula.order if isinstance(x, Number)}
    stay = {x for x in setting.held if x.data in numbers and x not in named}
    for group in setting.one_hot:
        if not stay.isdisjoint(group) and named.isdisjoint(group):
            stay.update(group)
    if stay:
        yield setting.around(frozenset(stay), ())
    one_hot = [group for group in setting.one_hot if not stay.issuperset(group)]
    if one_hot:
        yield setting.around(frozenset(stay.difference(*one_hot)), one_hot)
