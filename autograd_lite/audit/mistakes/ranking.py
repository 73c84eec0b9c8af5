"""Of the mistakes that fit a claim, those that are told: the likeliest, each once."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autograd_lite.audit.mistakes.candidates import Mistake
from autograd_lite.audit.mistakes.rows import KEPT, TWINS_KEPT, Kind
from autograd_lite.audit.places.comparing import Tolerance

__all__ = ["SAME", "WINDOW", "Search", "are_same", "is_same", "plainest", "ranked", "window"]

LEFT_OUT = {
    Kind.ACTIVATION,
    Kind.FACTOR_LEFT_OUT,
    Kind.PATH,
    Kind.DIVISOR_LEFT_OUT,
    Kind.FUNCTION_LEFT_OUT,
    Kind.EXPONENT,
}
"""Kinds of mistakes that are one if they give the same number."""
SAME = 1e-9
"""How far, relative to their size, two numbers may differ that are taken for the same."""
WINDOW = 30.0
"""The candidates within so many times the tolerance tell how many fit by chance."""


@dataclass(frozen=True)
class Search:
    """What the search for an explanation has found."""

    mistakes: tuple[Mistake, ...] = ()
    """Those that fit, the simplest first."""
    tried: int = 0
    """How many mistakes were tried."""
    chance: float = 0.0
    """How many of those may be expected to fit by chance, since only so many digits are given."""


def window(tolerance: Tolerance | None) -> float:
    """Within so many times the tolerance candidates are counted, to tell how many fit by chance."""
    return min(WINDOW, max(2.0, 0.5 / tolerance.rtol)) if tolerance is not None and tolerance.rtol else WINDOW


def ranked(fitting: Iterable[Mistake], tried: int, chance: float, spread: float = KEPT) -> Search:
    """Return the mistakes in the order of their likelihood, each once, without those that are far less likely."""
    best: dict[str, Mistake] = {}
    for mistake in fitting:
        known = best.get(mistake.text)
        if known is None or (bool(known.repaired), -known.cost) < (bool(mistake.repaired), -mistake.cost):
            best[mistake.text] = mistake
    ranked = sorted(best.values(), key=lambda mistake: mistake.cost)
    kept = [mistake for mistake in ranked if mistake.cost <= ranked[0].cost + spread]
    return Search(tuple(kept), tried, chance)


def plainest(fitting: Iterable[tuple[Sequence[float], Mistake]]) -> list[Mistake]:
    """Of mistakes that give the same numbers, here and beside, which are mostly one in other words, the plainest."""
    best: list[tuple[Sequence[float], Mistake]] = []
    for values, mistake in sorted(fitting, key=lambda x: x[1].cost):
        twins = [other for x, other in best if are_same(values, x)]
        kinds = LEFT_OUT if mistake.kind in LEFT_OUT else {mistake.kind}
        if not any(other.kind in kinds or mistake.cost > other.cost + TWINS_KEPT for other in twins):
            best.append((values, mistake))
    return [mistake for _, mistake in best]


def is_same(a: float, b: float) -> bool:
    """Whether two numbers are the same but for rounding."""
    return abs(a - b) <= SAME * max(abs(a), abs(b)) < math.inf


def are_same(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether the numbers of two lists are the same but for rounding."""
    return all(map(is_same, a, b))
