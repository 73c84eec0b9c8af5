"""How accurate the table of operations is on this machine: the largest errors of values and slopes, in ulps."""

import itertools
import math
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine.ops import HELPERS, OWN, Op
from autograd_lite.engine.validation import whole
from autograd_lite.engine.value import Value
from autograd_lite.testing import grid, oracle
from autograd_lite.testing.oracle import ULPS, mp
from autograd_lite.testing.strategies.domains import at_kink, named

__all__ = ["POINTS", "SINGLE", "TIGHT", "Figure", "Measured", "Worst", "machine", "measure"]

POINTS = 8400
"""How many points are drawn for an operation, besides the fixed ones, if nothing else is asked for."""

TIGHT = 2
"""Bound in ulps for a single IEEE operation, and for a single call of the C library where that is within 1 ulp."""

Call = Callable[..., float]


def _ieee(*_: float) -> float:
    """Stands for an operation of IEEE 754 itself, which calls nothing."""
    return math.nan


SINGLE: dict[str, tuple[Call | None, ...]] = {
    **dict.fromkeys(("neg", "relu", "abs", "step", "inverse"), (_ieee, _ieee)),
    **dict.fromkeys(("add", "sub", "mul", "leaky_relu", "maximum", "minimum", "compare"), (_ieee, _ieee, _ieee)),
    "div": (_ieee, _ieee, None),
    "pow": (math.pow, None, None),
    "exp": (math.exp, math.exp),
    "expm1": (math.expm1, math.exp),
    "log": (math.log, _ieee),
    "log1p": (math.log1p, None),
    "sqrt": (_ieee, None),
    "sin": (math.sin, math.cos),
    "cos": (math.cos, lambda x: -math.sin(x)),
    "tan": (math.tan, None),
    "asin": (math.asin, None),
    "acos": (math.acos, None),
    "atan": (math.atan, None),
    "sinh": (math.sinh, math.cosh),
    "cosh": (math.cosh, math.sinh),
    "tanh": (math.tanh, None),
    "mod": (_ieee, _ieee, None),
    "floor_divide": (None, _ieee, _ieee),
    "xlogy": (None, lambda _, y: math.log(y), _ieee),
    "xlog1py": (None, lambda _, y: math.log1p(y), None),
}
"""What a row's value and slopes are, if not made of several roundings: an IEEE operation, or a call of the library."""


@dataclass(frozen=True)
class Worst:
    """The point with the largest error: arguments, what was computed there, and the true number in 20 digits.

    `ulps` is infinite where the one is NaN, or one of the two is infinite and the other is not nearly.
    """

    ulps: float
    point: tuple[float, ...]
    got: float
    true: str

    @property
    def call(self) -> str:
        """The arguments as Python reads them back, exactly."""
        return f"({', '.join(map(repr, self.point))})"


@dataclass(frozen=True)
class Figure:
    """The largest error of a row's value, or of its slope along one argument.

    `along` is None for the value. `worst` is None if every number was exact. `bound` is what is promised, in ulps,
    None for slopes of helpers and for operations of users. `library` is the largest error of the C library's function
    alone, at the same points, if the number is a single call of it. `above` counts the points above the bound.
    """

    along: int | None
    worst: Worst | None
    bound: int | None
    library: float | None
    above: int

    @property
    def ulps(self) -> float:
        """The largest error, in units in the last place."""
        return self.worst.ulps if self.worst else 0.0

    @property
    def ok(self) -> bool:
        """Whether the bound holds, or none was promised."""
        return not self.above


@dataclass(frozen=True)
class Measured:
    """What was found for one row: `figures` are of the value and of the slope along each argument."""

    op: Op
    points: int
    figures: tuple[Figure, ...]

    @property
    def helper(self) -> bool:
        """Whether the row is one that only slopes use. Its value is a slope; its own slopes are second derivatives."""
        return self.op.name in HELPERS

    @property
    def own(self) -> bool:
        """Whether the operation is one that a user has made."""
        return OWN.get(self.op.name) is self.op

    @property
    def ok(self) -> bool:
        """Whether every bound holds."""
        return all(figure.ok for figure in self.figures)


class _Largest:
    """The largest error so far, and how many are above each of the two bounds."""

    def __init__(self) -> None:
        self.worst: Worst | None = None
        self.above = {TIGHT: 0, ULPS: 0}

    def see(self, point: tuple[float, ...], got: float, true: Any, error: float) -> None:
        for bound in self.above:
            self.above[bound] += error > bound
        if error > (self.worst.ulps if self.worst else 0.0):
            self.worst = Worst(error, point, got, mp.nstr(true, 20))


def measure(op: Op | str, points: int = POINTS) -> Measured:
    """Measure one row: its value and the slopes that `backward()` gives, against 50 digits, all over its domain.

    `points` are drawn, the same ones on every run, besides the fixed ones (`grid.points` says which). At kinks slopes
    are a convention and not measured. A true result beyond the largest float must come as infinity (or the largest
    float, one ulp away); at infinite arguments and at the edges of the domain the numbers are the limits from inside,
    wherever there are any; infinite limits must be met exactly.

    An operation of the user's own that is defined by others (`autograd_lite.operation`) is measured against its
    definition in 50 digits, without a bound.

    Raises `ValueError` for a name that is no operation, for a row that the oracle does not know, and for a negative
    number of points; `TypeError` for what is neither.
    """
    row = named(op)
    points = whole(points, "points is how many to draw, a whole number, 0 or more", 0, otherwise=TypeError)
    truth = _truth(row)
    largest = [_Largest() for _ in range(1 + row.arity)]
    library = [_Largest() for _ in range(1 + row.arity)]
    single = SINGLE.get(row.name, (None,) * (1 + row.arity))
    count = 0
    for point in itertools.chain(grid.corners(row), grid.points(row, points)):
        count += 1
        nodes = [Value(x) for x in point]
        y = row(*nodes)
        y.backward()
        for k, (got, true) in enumerate(zip((y.data, *(node.grad for node in nodes)), truth(row, point), strict=True)):
            if true is None:
                continue
            error = _error(got, true)
            largest[k].see(point, got, true, error)
            alone = _called(single[k], point)
            if alone is not None:
                library[k].see(point, alone, true, error if alone == got else _error(alone, true))
    figures = []
    for k, (found, bare, call) in enumerate(zip(largest, library, single, strict=True)):
        error = bare.worst.ulps if bare.worst else 0.0
        bound: int | None = TIGHT if call is not None and error <= 1.0 else ULPS
        if truth is _defined or (k and row.name in HELPERS):
            bound = None
        called = call is not None and call is not _ieee
        above = 0 if bound is None else found.above[bound]
        figures.append(Figure(k - 1 if k else None, found.worst, bound, error if called else None, above))
    return Measured(row, count, tuple(figures))


def _called(call: Call | None, point: tuple[float, ...]) -> float | None:
    """What the C library's function gives, if there is one, and where Python lets it answer."""
    if call is None or call is _ieee or not all(map(math.isfinite, point)):
        return None
    try:
        return call(*point)
    except (ValueError, OverflowError):  # Python's way to say infinity
        return None


def _error(got: float, true: Any) -> float:
    if got == true:
        return 0.0
    if mp.isinf(true):
        return math.inf
    error = oracle.ulps(got, true)
    return math.inf if math.isnan(error) else error


def _true(op: Op, point: tuple[float, ...]) -> list[Any]:
    """The true value and slopes, None for what is not defined there."""
    try:
        value = _number(oracle.value(op.name, *point))
    except ZeroDivisionError:
        value = _pole(op, point, lambda name, x: (oracle.value(name, x),))[0]
    if at_kink(op, point):
        return [value, *[None] * op.arity]
    try:
        slopes = [_number(slope) for slope in oracle.slopes(op.name, *point)]
    except ZeroDivisionError:
        slopes = _pole(op, point, oracle.slopes)
    return [value, *slopes]


def _truth(op: Op) -> Callable[[Op, tuple[float, ...]], list[Any]]:
    """Return what gives the true value and slopes of the row at a point; raises `ValueError` if nothing does."""
    if OWN.get(op.name) is op:
        if op.definition is None:
            raise ValueError(
                f"what {op.name} truly is, is not known, for it has slopes of its own; compare them with differences: "
                f"testing.check_gradient({op.name}, point)"
            )
        return _defined
    if op.name not in oracle.VALUES and not hasattr(mp, op.name):
        raise ValueError(f"what {op.name} truly is, is not known; add it to oracle.VALUES and oracle.SLOPES")
    return _true


def _defined(op: Op, point: tuple[float, ...]) -> list[Any]:
    """The true value and slopes of an operation that a user has defined by others; None where they have none."""
    nodes = [Value(x) for x in point]
    unknown = [None] * (1 + op.arity)
    if not all(map(math.isfinite, point)):
        return unknown
    try:
        steps, line = oracle.tape(op.definition(*nodes))  # type: ignore[misc]  # it has one
        judged = oracle.judge(steps)
    except (ArithmeticError, ValueError, TypeError):  # outside the domain of a part, or beyond what mpmath computes
        return unknown
    slopes = [judged.gradients[line[id(x)]] if id(x) in line else mp.zero for x in nodes]
    true = [_number(x) for x in (judged.values[-1], *slopes)]
    return [true[0], *unknown[1:]] if at_kink(op, point) else true


def _number(x: Any) -> Any:
    return x if isinstance(x, mp.mpf) and not mp.isnan(x) else None


def _pole(op: Op, point: Sequence[float], f: Callable[..., Sequence[Any]]) -> list[Any]:
    """Of one argument, at a finite edge of the domain: infinity with the sign that there is just inside."""
    low, high = op.domain[0]
    if op.arity == 2 or point[0] not in {low, high}:
        return [None] * op.arity
    inside = math.nextafter(point[0], high if point[0] == low else low)
    return [mp.sign(x) * mp.inf for x in f(op.name, inside)]


def machine() -> str:
    """Return what the figures depend on: Python, the C library whose functions it calls, and the processor."""
    library = " ".join(platform.libc_ver()) or f"the C library of {platform.system()} {platform.release()}"
    return f"{platform.python_implementation()} {platform.python_version()}, {library}, {platform.machine()}"
