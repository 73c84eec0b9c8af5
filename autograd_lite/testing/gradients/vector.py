"""Functions that give several numbers: their Jacobian, and its products with vectors from the left and the right.

A matrix of few entries is checked entry by entry. Of larger ones, and of products, sums of the results with random
weights v are: the slope of v·f is the product of v and the Jacobian, so that any wrong entry makes it wrong.
"""

import contextlib
import inspect
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autograd_lite.engine.value import Value
from autograd_lite.testing.gradients.directions import ROUNDINGS, scales, signed
from autograd_lite.testing.gradients.foreign import EPSILON, has_shape
from autograd_lite.testing.gradients.judge import Judge
from autograd_lite.testing.gradients.matching import matched
from autograd_lite.testing.gradients.operation_slopes import Suspect
from autograd_lite.testing.gradients.parts import Entries, Weighted, reverse_of
from autograd_lite.testing.gradients.replay import Point
from autograd_lite.testing.gradients.report import CheckedSlope
from autograd_lite.testing.gradients.steadiness import settled
from autograd_lite.testing.gradients.structure import Structure, is_many, shape_of
from autograd_lite.testing.gradients.subject import FunctionSubject, unsteady
from autograd_lite.testing.gradients.survey import SINGLY, Effort, Survey
from autograd_lite.testing.gradients.verdicts import Verdict

__all__ = ["Claims", "VectorCheck"]

ENTRIES = 400
"""A Jacobian of so many entries is checked entry by entry."""
LETTERS = "vw"  # so many sums with random weights, and so many random tangents, are looked at
TANGENTS = {"v": "u", "w": "u2"}
TRACED = 4  # so many wrong slopes of sums are traced to a single result
RESULTS = 1000  # if there are not more of them
KEPT = 10**6  # so many numbers of results are kept, of points that come again


@dataclass(frozen=True, slots=True)
class Claims:
    """What is claimed of a function that gives several numbers; none of it: that reverse mode is right."""

    jacobian: Any = None
    vjp: Callable[[Any], Any] | None = None
    jvp: Callable[..., Any] | None = None

    def __bool__(self) -> bool:
        return any(x is not None for x in (self.jacobian, self.vjp, self.jvp))


class Line:
    """A function along a direction of its inputs, as one of a single number t, with the point at t = 1."""

    recorded = False

    names: Sequence[str]

    def __init__(self, function: FunctionSubject, moves: Any, name: str) -> None:
        self._function, self._moves = function, moves
        self.name, self.noise = function.name, function.noise
        self.inputs = Structure({name: 1.0}, "`at`")
        self.names, self.point = self.inputs.names, self.inputs.flat

    def record_all(self, point: Point) -> tuple[list[Value], list[Value]]:
        """Nothing is recorded along a line."""
        raise NotImplementedError

    def values(self, point: Point) -> Any:
        """The values with the inputs moved."""
        (t,) = point
        x: Any = self._function.inputs.flat
        if hasattr(x, "shape"):
            return self._function.values(x + (t - 1.0) * self._moves)
        return self._function.values(tuple(a + (t - 1.0) * d for a, d in zip(x, self._moves, strict=True)))


@dataclass
class VectorCheck:
    """A check of what is claimed of a function that gives several numbers; what was found gathers in it."""

    function: FunctionSubject
    claims: Claims
    effort: Effort
    rtol: float
    slopes: list[CheckedSlope] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    suspect: Suspect | None = None

    def __post_init__(self) -> None:
        """Make ready for random vectors."""
        assert self.function.results
        self.results = self.function.results
        self.name = self.function.name
        self._random = random.Random(self.effort.seed)  # noqa: S311  (no secret)
        self._values = _remembering(self.function.values)
        self._surveys = 0

    def check(self) -> None:
        """Check all that is claimed."""
        settled(Weighted(self.function, self.function.values, self._weights(), f"v·{self.name}"))
        claims, size = self.claims, self.results.size * self.function.inputs.size
        by_entries = size <= (ENTRIES if self.effort.entries is None else self.effort.entries)
        if not claims:
            self._rows(None) if by_entries else self._sums(None)
        if claims.jacobian is not None:
            matrix = self._matrix()
            row = lambda v: v @ matrix  # noqa: E731
            self._rows(row) if by_entries else self._sums(row)
        if claims.vjp is not None:
            self._sums(self._vjp)
        if claims.jvp is not None:
            self._tangents()
        if claims.vjp is not None and claims.jvp is not None:
            self._both_ways()
        whole = Weighted(self.function, self.function.values, self._weights(), f"v·{self.name}")
        again = Weighted(self.function, self._values, whole.weights, whole.name)
        first, last = again.value(again.point), whole.value(whole.point)
        if first != last:
            raise ValueError(unsteady(whole, first, last))

    # --- from the left ---------------------------------------------------------------------------------------------

    def _matrix(self) -> Any:
        """The Jacobian that was given, with a row for each result."""
        given, function = self.claims.jacobian, self.function
        if callable(given) and not has_shape(given):
            given = function.call(given, function.inputs.build(function.point))
        (form,) = self.results.values.values()
        lead = shape_of(form)
        if lead is None:
            raise TypeError(
                f"jacobian is for a function that gives one array, but {function.called} gives a {type(form).__name__} "
                "of several: give vjp, a function from what multiplies them to the gradient"
            )
        return matched(function.inputs, given, "jacobian", lead=lead)

    def _vjp(self, v: Any) -> Any:
        """The product from the left that was given, for weights of the results."""
        assert self.claims.vjp
        (cotangent,) = self.results.build(v)
        with contextlib.suppress(ValueError):  # of some functions nobody knows what they take
            try:
                inspect.signature(self.claims.vjp).bind(cotangent)
            except TypeError as error:
                raise TypeError(
                    f"vjp is called with the weights of the results alone, at the point of the check: {error}; "
                    "write vjp=lambda v: ..., with the point in it"
                ) from None
        return matched(self.function.inputs, self.claims.vjp(cotangent), "vjp")

    def _weights(self) -> Any:
        """Random weights of the results, from 0.5 to 1.5 with either sign: in short numbers, exact in every type."""
        return self._vector(
            [self._random.choice((-1.0, 1.0)) * self._random.randrange(8, 25) / 16.0 for _ in range(self.results.size)]
        )

    def _unit(self, k: int) -> Any:
        return self._vector([float(i == k) for i in range(self.results.size)])

    def _vector(self, numbers: list[float]) -> Any:
        if not self.results.arrays and self.claims.jacobian is None:
            return numbers
        import numpy as np

        return np.array(numbers)

    def _rows(self, row: Callable[[Any], Any] | None) -> None:
        """Check the gradient of every result by itself."""
        for k in range(self.results.size):
            unit = self._unit(k)
            self._judged(Weighted(self.function, self._values, unit, self.results.names[k]), row and row(unit))

    def _sums(self, row: Callable[[Any], Any] | None) -> None:
        """Check the gradients of sums of the results with random weights; trace what is wrong to one result."""
        for letter in LETTERS:
            v = self._weights()
            before = len(self.slopes)
            self._judged(Weighted(self.function, self._values, v, f"({letter}·{self.name})"), row and row(v))
            wrong = {slope.wrt[0] for slope in self.slopes[before:] if slope.verdict == Verdict.WRONG}
            if wrong:
                if row and self.results.size <= RESULTS:
                    self._traced(wrong, row)
                return

    def _traced(self, wrong: set[str], row: Callable[[Any], Any]) -> None:
        """Add the wrong slopes of single results along inputs whose slope of a sum is wrong."""
        entries = [k for k, name in enumerate(self.function.names) if name in wrong][:TRACED]
        for k in range(self.results.size):
            unit = self._unit(k)
            claimed = row(unit)
            alone = Entries(Weighted(self.function, self._values, unit, self.results.names[k]), entries)
            found = Judge(alone, self.rtol, alone.value(alone.point)).first_order([float(claimed[i]) for i in entries])
            self.slopes += [slope for slope in found if slope.verdict == Verdict.WRONG]

    def _judged(self, subject: Any, claimed: Any) -> None:
        """Check the gradient of one number."""
        value = subject.value(subject.point)
        judge: Judge | Survey
        if len(subject.point) <= SINGLY:
            judge = Judge(subject, self.rtol, value)
            self.slopes += judge.first_order(None if claimed is None else list(map(float, claimed)))
        else:
            claimed = reverse_of(subject) if claimed is None else claimed
            self._surveys += 1
            judge = Survey(subject, claimed, self.effort, self.rtol, value)
            judge.check()
            self.slopes += judge.slopes
        self.suspect = self.suspect or judge.suspect
        # Of several surveys the first says what is looked at.
        new = judge.remarks if self._surveys < 2 or not self.slopes[-1].ok else []
        self.remarks += [remark for remark in new if remark not in self.remarks]

    # --- from the right --------------------------------------------------------------------------------------------

    def _jvp(self, moves: Any) -> Any:
        """The product from the right that was given, for a tangent."""
        assert self.claims.jvp
        function = self.function
        given = function.call(self.claims.jvp, function.inputs.build(moves))
        return matched(self.results, given if is_many(given) else [given], "jvp")

    def _tangents(self) -> None:
        """Check the changes of the results along random tangents; trace what is wrong to one input."""
        function = self.function
        for letter in LETTERS:
            moves = signed(scales(function.inputs, function.inputs.flat), self._random)
            claimed, line = self._jvp(moves), Line(function, moves, TANGENTS[letter])
            values = _remembering(line.values)
            single = self.results.size <= SINGLY
            wrong = []
            for k in range(self.results.size if single else len(LETTERS)):
                v = self._unit(k) if single else self._weights()
                name = self.results.names[k] if single else f"({LETTERS[k]}·{self.name})"
                slope = float(sum(a * b for a, b in zip(v, claimed, strict=True)))
                self._judged(Weighted(line, values, v, name), [slope])
                self.slopes[-1] = replace(self.slopes[-1], at=math.nan)
                wrong += [k] * (self.slopes[-1].verdict == Verdict.WRONG)
            if wrong:
                if single and function.inputs.size <= SINGLY:
                    self._columns(wrong[:TRACED])
                return

    def _columns(self, wrong: Sequence[int]) -> None:
        """Add the wrong slopes of some results along single inputs."""
        size = self.function.inputs.size
        units = [[float(i == k) for i in range(size)] for k in range(size)]
        columns = [self._jvp(unit) for unit in units]
        for k in wrong:
            single = Weighted(self.function, self._values, self._unit(k), self.results.names[k])
            found = Judge(single, self.rtol, single.value(single.point)).first_order([float(c[k]) for c in columns])
            self.slopes += [slope for slope in found if slope.verdict == Verdict.WRONG]

    def _both_ways(self) -> None:
        """Compare the products from both sides: v times the Jacobian times u is one number."""
        function = self.function
        moves, v = signed(scales(function.inputs, function.inputs.flat), self._random), self._weights()
        left = [float(a * b) for a, b in zip(self._vjp(v), moves, strict=True)]
        right = [float(a * b) for a, b in zip(v, self._jvp(moves), strict=True)]
        by_vjp, by_jvp = math.fsum(left), math.fsum(right)
        size = sum(map(abs, left)) + sum(map(abs, right))
        epsilon = max(function.inputs.epsilon, self.results.epsilon, EPSILON)
        room = ROUNDINGS * epsilon * size + self.rtol * abs(by_vjp)
        good = abs(by_jvp - by_vjp) <= room
        note = "" if good else "jvp and vjp do not belong to one Jacobian: at least one of them is wrong"
        self.slopes.append(
            CheckedSlope(
                ("v", "u"),
                "v·Ju by jvp, beside vᵀJ·u by vjp",
                math.nan,
                by_jvp,
                by_vjp,
                room,
                Verdict.CONFIRMED if good else Verdict.WRONG,
                note,
            )
        )


def _remembering(values: Callable[[Point], Any]) -> Callable[[Point], Any]:
    """The same function, which is not computed again for points that come again, as they do for each result."""
    seen: dict[Any, Any] = {}

    def remembered(point: Point) -> Any:
        key = point.tobytes() if hasattr(point, "tobytes") else tuple(point)
        if key not in seen:
            row = values(point)
            if (len(seen) + 1) * (len(row) + len(point)) > KEPT:
                seen.clear()
            seen[key] = row
        return seen[key]

    return remembered
