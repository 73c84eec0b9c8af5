"""Which operation of a graph has a wrong slope: each is compared with differences of its own function."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograd_lite.engine.derivatives import dependent
from autograd_lite.engine.graph import adjoints, display_names, topological
from autograd_lite.engine.ops import HELPERS, OPS, Op
from autograd_lite.engine.value import Value
from autograd_lite.testing.gradients.number_text import exactly, ratio, uncertain
from autograd_lite.testing.gradients.slopes import units_of
from autograd_lite.testing.gradients.verdicts import UNRESOLVED, Finding, Verdict, check_slope
from autograd_lite.text.formulas import notation
from autograd_lite.text.layout import many
from autograd_lite.text.python import visible
from autograd_lite.text.reading import NEVER, Formula, read
from autograd_lite.text.writing import Texts, write

__all__ = ["LIMIT", "Known", "Suspect", "Trace", "counted", "reverse", "rounding", "trace"]

LIMIT = 5000
"""So many operations are looked at."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """An operation whose slope is not what differences of its function give."""

    op: str
    """The name of the operation."""
    label: str
    """What its result is called; empty if it has no name."""
    args: tuple[float, ...]
    """What it was applied to."""
    arguments: tuple[str, ...]
    """What these are called, or what they are made of; numbers for constants and for what is made of much."""
    along: int
    """Which argument the slope is along, from 0."""
    got: float
    """The slope that the operation gives."""
    expected: float
    """The slope of its function by differences."""
    uncertainty: float
    """How far off that may be."""

    def __str__(self) -> str:
        call = f"{self.op}({', '.join(self.arguments)})"
        numbers = f"{self.op}({', '.join(map(exactly, self.args))})"
        off = ratio(abs(self.got - self.expected) / self.uncertainty) if self.uncertainty else ""
        units = f", off by {off} times the uncertainty" if off and off != "nan" else ""
        which = f" along its {_nth(self.along)} argument, {self.arguments[self.along]}" if len(self.args) > 1 else ""
        name = f"{self.label} = " if self.label else ""
        here = f", here {numbers}" if numbers != call else ""
        return (
            f"{name}{call}{here}: its slope{which} is {exactly(self.got)}, "
            f"differences of {self.op} give {uncertain(self.expected, self.uncertainty)}{units}"
        )


@dataclass(frozen=True, slots=True)
class Trace:
    """What came out of looking at the operations on the way from the inputs to the result."""

    first: Suspect | None
    """The first in forward order whose slope is wrong."""
    sure: bool
    """Whether every slope is confirmed, or one of a row of the table, and hidden by rounding."""
    kinks: tuple[str, ...]
    """Operations that are at a kink here, written as calls."""
    unresolved: tuple[str, ...]
    """Operations that change faster than floats near here can follow, or jump."""
    seen: int
    """How many operations were looked at."""
    whole: bool
    """Whether that is all."""
    hidden: bool = False
    """Whether some slopes, of rows of the table, are hidden by rounding."""


def rounding(root: Value) -> float:
    """Return how far off the number of a node may be for the rounding of the operations before it, to first order."""
    total = 0.0
    for node, slope in adjoints(root).items():
        if node.op is not None:
            part = abs(slope) * units_of(0.5 * abs(node.data))
            total += part if math.isfinite(part) else 0.0
    return total


def reverse(root: Value, leaves: Sequence[Value]) -> list[float]:
    """Return the gradient of `root`, as `backward()` computes it, without leaving anything in the nodes.

    Raises `ValueError` for an operation whose slopes cannot be computed, or are too many or too few.
    """
    try:
        slopes = adjoints(root)
    except Exception as error:
        fault = next(filter(None, map(_broken, topological(root))), "")
        if fault:
            raise ValueError(fault) from error
        raise
    return [slopes.get(leaf, 0.0) for leaf in leaves]


def _broken(node: Value) -> str:
    """What is wrong with the slopes of an operation that do not even have the right form."""
    if node.op is None:
        return ""
    name, count = node.op.name, len(node.args)
    try:
        slopes = node.op.partials(node.data, *_numbers(node))
    except Exception as error:  # noqa: BLE001  (the slopes of an operation made by a user may raise anything)
        return f"the slopes (partials) of the operation {name} raised {type(error).__name__}: {error}"
    if count == 1:
        return "" if isinstance(slopes, (int, float)) else f"the slope (partials) of {name} is {slopes!r}, not a float"
    if isinstance(slopes, tuple) and len(slopes) == count:
        return ""
    return f"the operation {name} has {count} arguments, its slopes (partials) are a pair of numbers, got {slopes!r}"


LITTLE = 4
"""What is made of so many operations without names is written out."""
Known = dict[tuple[Op, tuple[float, ...], int], tuple[float, Finding]]
"""Slopes that were checked before, of operations at numbers along an argument."""


def trace(root: Value, leaves: Iterable[Value], rtol: float, known: Known) -> Trace:
    """Compare the slopes of the operations between the leaves and the root with differences, in forward order."""
    order = topological(root)
    names = {node: name for node, name in display_names(order).items() if node.label}
    on_the_way = dependent(order, leaves)
    inside = set(on_the_way)
    done: set[Any] = set()
    kinks: dict[str, None] = {}
    unresolved: dict[str, None] = {}
    sure, hidden = True, False
    for node in on_the_way:
        op, args = node.op, _numbers(node)
        if op is None:
            continue
        if (op, args) not in done and len(done) == LIMIT:
            return Trace(None, False, tuple(kinks), tuple(unresolved), LIMIT, False)
        done.add((op, args))  # though inputs may come in by another argument than before
        for k, x in enumerate(node.args):
            if not isinstance(x, Value) or x not in inside:
                continue
            if (op, args, k) not in known:
                known[op, args, k] = _checked(op, node.data, args, k, rtol)
            got, finding = known[op, args, k]
            if finding.verdict == Verdict.WRONG:
                called = tuple(_called(x, names) for x in node.args)
                name = visible(names[node]) if node.label else ""
                suspect = Suspect(op.name, name, args, called, k, got, finding.expected, finding.uncertainty)
                return Trace(suspect, False, tuple(kinks), tuple(unresolved), len(done), True)
            if finding.verdict == Verdict.KINK:
                kinks[_call(node, names)] = None
            elif finding.verdict == Verdict.JUMP or finding.unresolved or _crowded(op, args, k):
                unresolved[_call(node, names)] = None
            # a row of the table is tested elsewhere; of a user's operation what is not seen is not known
            lost = finding.verdict == Verdict.INCONCLUSIVE and finding.within and not finding.unresolved and _is_row(op)
            hidden |= lost
            sure &= lost or finding.verdict == Verdict.CONFIRMED
    return Trace(None, sure, tuple(kinks), tuple(unresolved), len(done), True, hidden)


def _checked(op: Op, y: float, args: tuple[float, ...], k: int, rtol: float) -> tuple[float, Finding]:
    slopes = op.partials(y, *args)
    got = slopes[k] if len(args) > 1 else slopes
    if not (math.isfinite(y) and math.isfinite(args[k])):
        return got, Finding(Verdict.INCONCLUSIVE, math.nan, math.inf)
    here = op.side(*args) if callable(op.kinks) else None

    def f(t: float) -> float:
        at = (*args[:k], t, *args[k + 1 :])
        return op.fn(*at) if here is None or here[1] or op.side(*at) == here else math.nan

    known = _is_row(op)
    scale = max(1.0, *map(abs, args))
    finding = check_slope(f, args[k], got, rtol=rtol, known=known, scale=scale)[0]
    if here and not here[1] and finding.verdict == Verdict.INCONCLUSIVE:  # kinks lie too close
        finding = replace(finding, note=UNRESOLVED)
    return got, finding


def _crowded(op: Op, args: tuple[float, ...], k: int) -> bool:
    """Whether the steps of differences go over several of the operation's kinks."""
    if not callable(op.kinks):
        return False
    step = 1e-3 * max(1.0, abs(args[k]))
    low, high = (op.side(*args[:k], x, *args[k + 1 :])[0] for x in (args[k] - step, args[k] + step))
    return abs(high - low) > 1.0


def _is_row(op: Op) -> bool:
    """Whether an operation is one of the package's own, or a user's that is made of these."""
    return (OPS.get(op.name) or HELPERS.get(op.name)) is op or op.definition is not None


def _call(node: Value, names: Mapping[Value, str]) -> str:
    assert node.op is not None
    return f"{node.op.name}({', '.join(_called(x, names) for x in node.args)})"


def _called(x: Value | float, names: Mapping[Value, str]) -> str:
    """What an argument is called, or what it is made of, if that is little; else its number."""
    if not isinstance(x, Value):
        return exactly(x)
    if x in names:
        return visible(names[x])
    inner, waiting = 0, [x]
    while waiting and inner <= LITTLE:
        node = waiting.pop()
        if node.op is not None and node not in names:
            inner += 1
            waiting += node.parents
    if not 0 < inner <= LITTLE:
        return exactly(x.data)
    return write(Formula(read(x, names).expr, shared_from=NEVER), Texts(notation("plain")))


def _numbers(node: Value) -> tuple[float, ...]:
    return tuple(x.data if isinstance(x, Value) else x for x in node.args)


def _nth(k: int) -> str:
    return ("first", "second")[k]


def counted(trace: Trace) -> str:
    """Return the slopes of which operations were looked at, in words."""
    if trace.seen == 1:
        return "the slope of the operation on the way"
    return f"every slope of the {'' if trace.whole else 'first '}{many(trace.seen)} operations on the way"
