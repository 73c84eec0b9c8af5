"""Is it a function at all? Calls that show whether values change from call to call, or with the call before."""

import itertools
import math
import warnings
from typing import Any

from autograd_lite.testing.gradients.subject import Subject, settled_value

__all__ = ["settled", "still_settled"]

ROUNDS = 6  # of four calls each: what happens every tenth call is seen twice
MORE = 128  # so often the function is called again before a gradient is blamed
MOVES = (2.0**-6, -(2.0**-6), 2.0**-20, -(2.0**-20))  # by which parts of itself each number is moved


def settled(subject: Subject) -> float:
    """Return the value at the point, which is finite, and the same in many calls that also go to a point beside it.

    The two points take turns, as in p q q p p q q p: a result that depends on the call before differs, and so does
    one that changes every so many calls, whether that number is odd or even.

    Raises `ValueError` if a value comes out otherwise than before, and says on what the values depend.
    """
    value = settled_value(subject)
    beside = next((moved for part in MOVES if math.isfinite(_beside(subject, moved := _moved(subject, part)))), None)
    seen: dict[tuple[bool, bool], list[float]] = {}
    before = beside is None
    for at_point in (True, False, False, True) * ROUNDS:
        here = at_point or beside is None
        y = subject.value(subject.point) if here else _beside(subject, beside)
        seen.setdefault((here, before), []).append(y)
        before = here
    for here in (True, False):
        by_call_before = [seen[key] for key in ((here, True), (here, False)) if key in seen]
        values = [*[value] * here, *itertools.chain(*by_call_before)]
        if any(not _same(y, values[0]) for y in values):
            steady = len(by_call_before) == 2 and all(_same(y, row[0]) for row in by_call_before for y in row)
            raise ValueError(_unsteady(subject, values, beside=not here, steady=steady))
    return value


def still_settled(subject: Subject, value: float, calls: int = MORE) -> None:
    """Raise `ValueError` if one of so many more calls at the point gives another value."""
    for _ in range(calls):
        again = subject.value(subject.point)
        if not _same(again, value):
            raise ValueError(_unsteady(subject, [value, again]))


def _same(x: float, y: float) -> bool:
    return x == y or (math.isnan(x) and math.isnan(y))


def _moved(subject: Subject, part: float) -> Any:
    """The point with each number moved by a part of itself, and 0 by that part of 1."""
    point: Any = subject.point
    if hasattr(point, "shape"):
        return point + part * abs(point) + part * (point == 0.0)
    return tuple(x + part * (abs(x) or 1.0) for x in point)


def _beside(subject: Subject, point: Any) -> float:
    """The value at another point, where the function need not have one: then it is NaN, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            return subject.value(point)
        except Exception:  # noqa: BLE001  (whatever it is: the function need not have a value there)
            return math.nan


def _unsteady(subject: Subject, values: list[float], *, beside: bool = False, steady: bool = False) -> str:
    """What to say of a function that gives several numbers at one point."""
    other = next(y for y in values if not _same(y, values[0]))
    where = " beside the point" if beside else ""
    if steady:
        return (
            f"{subject.called} gave {values[0]!r}{where}, and {other!r} for the same numbers after a call with others: "
            "it keeps something from the call before, so that no slope is defined"
        )
    count = sum(not _same(y, values[0]) for y in values)
    often = f" in {count} of {len(values)} calls" if len(values) > 2 else ""
    return (
        f"{subject.called} gave {values[0]!r}{where}, and {other!r} when called with the same numbers again{often}: "
        "it draws random numbers (fix the seed), or changes something that it uses"
    )
