"""What hypothesis draws: points of an operation's domain, and calculations that stay inside every domain."""

import math
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from autograd_lite import Value
from autograd_lite.ops import HELPERS, OPS, Interval, Op
from autograd_lite.testing.oracle import Step

__all__ = ["ROWS", "at_kink", "build", "inside", "points", "programs"]

ROWS: dict[str, Op] = {**OPS, **HELPERS}

TAILS = (750.0, 40.0, 2.0)  # exp overflows near 710, 1 - sigmoid(x) vanishes near 37
REACH = 30.0  # values within it are used as they are in programs, others are scaled first
MARGIN = 0.05  # distance that programs keep from the edges of a domain
NEAR = 1e-3  # distance that programs keep from kinks


def inside(domain: Interval) -> st.SearchStrategy[float]:
    """Floats of an open interval, with what lies in its tails and beside its ends well represented."""
    low, high = domain
    parts = [(low, high), *((max(low, -t), min(high, t)) for t in TAILS)]
    if math.isfinite(low):
        parts.append((low, low + 1e-6 * max(1.0, abs(low))))
    if math.isfinite(high):
        parts.append((high - 1e-6 * max(1.0, abs(high)), high))
    return st.one_of(
        st.floats(
            *(None if math.isinf(end) else end for end in part),
            exclude_min=part[0] == low and math.isfinite(low),
            exclude_max=part[1] == high and math.isfinite(high),
            allow_infinity=False,
            allow_nan=False,
        )
        for part in parts
    )


def at_kink(op: Op, point: Sequence[float], within: float = 0.0) -> bool:
    """Whether one of the arguments, or the difference of two, is one of the row's kinks (or as near as `within`)."""
    places = [*point, point[0] - point[1]] if len(point) == 2 else point
    return any(abs(place - kink) <= within for place in places for kink in op.kinks)


def points(op: Op, tiny: float = 0.0, reach: float = math.inf) -> st.SearchStrategy[tuple[float, ...]]:
    """Arguments from the row's domain, zero or sized from `tiny` to `reach`, kinks left out."""

    def part(domain: Interval) -> st.SearchStrategy[float]:
        low, high = domain
        small = 0.0 if low < 0.0 < high else tiny
        return inside((max(low, -reach), min(high, reach))).map(lambda x: x if abs(x) >= tiny else small)

    return st.tuples(*map(part, op.domain)).filter(lambda point: not at_kink(op, point))


class Program:
    """A calculation under construction: its steps, and the float that each gives."""

    def __init__(self, leaves: Sequence[float]) -> None:
        self.steps = [Step("leaf", (x,)) for x in leaves]
        self.floats = list(leaves)

    def add(self, name: str, *args: float) -> int:
        """Append a step and return its number."""
        self.steps.append(Step(name, args))
        self.floats.append(ROWS[name](*(x if isinstance(x, float) else self.floats[x] for x in args)))
        return len(self.steps) - 1

    def fit(self, i: int, domain: Interval) -> int:
        """Return step `i`, or a step made from it, that lies well inside the domain; by construction, not by chance."""
        low, high = (end + MARGIN * sign for end, sign in zip(domain, (1, -1), strict=True))
        if max(low, -REACH) <= self.floats[i] <= min(high, REACH):
            return i
        if abs(self.floats[i]) > 4.0:
            i = self.add("mul", i, math.ldexp(1.0, 2 - math.frexp(self.floats[i])[1]))
        if math.isfinite(low) and math.isfinite(high):
            return self.add("add", self.add("mul", self.add("tanh", i), 0.45 * (high - low)), 0.5 * (low + high))
        if math.isfinite(low):
            return self.add("add", self.add("mul", i, i), low + 0.25)
        if math.isfinite(high):
            return self.add("sub", high - 0.25, self.add("mul", i, i))
        return i

    def apply(self, op: Op, args: Sequence[int | float]) -> int:
        """Append the row, its arguments moved into its domain and away from its kinks."""
        fitted = [x if isinstance(x, float) else self.fit(x, part) for x, part in zip(args, op.domain, strict=True)]
        while at_kink(op, [x if isinstance(x, float) else self.floats[x] for x in fitted], NEAR):
            fitted[0] = fitted[0] + 0.25 if isinstance(fitted[0], float) else self.add("add", fitted[0], 0.25)
            if len(fitted) == 2:
                fitted[1] = fitted[1] + 0.75 if isinstance(fitted[1], float) else self.add("add", fitted[1], 0.75)
        return self.add(op.name, *fitted)

    def close(self) -> None:
        """Sum up what is not used yet, so that every step leads to the last one."""
        used = {x for step in self.steps for x in step.args if isinstance(x, int)}
        ends = [self.fit(i, (-math.inf, math.inf)) for i in range(len(self.steps)) if i not in used]
        total = ends[0]
        for end in ends[1:]:
            total = self.add("add", total, end)


def _constant(domain: Interval) -> st.SearchStrategy[float]:
    low, high = (end + MARGIN * sign for end, sign in zip(domain, (1, -1), strict=True))
    return st.floats(max(low, -4.0), min(high, 4.0))


@st.composite
def programs(draw: Any, most: int = 16) -> list[Step]:
    """Draw a calculation with sharing: every step takes any earlier ones, the same twice included, or a constant.

    Kinks with more than one argument may lie at an argument or at the difference; programs keep away from both.
    """
    program = Program(draw(st.lists(st.floats(-4.0, 4.0), min_size=1, max_size=4)))
    for op in draw(st.lists(st.sampled_from(list(ROWS.values())), min_size=1, max_size=most)):
        args: list[int | float] = [draw(st.integers(0, len(program.steps) - 1)) for _ in op.domain]
        constant = draw(st.sampled_from((None, None, 0, 1))) if op.arity == 2 else None
        if constant is not None:
            args[constant] = draw(_constant(op.domain[constant]))
        program.apply(op, args)
    program.close()
    return program.steps


def build(steps: Sequence[Step]) -> list[Value]:
    """Run the steps on nodes; the last node is the root."""
    nodes: list[Value] = []
    for step in steps:
        if step.name == "leaf":
            nodes.append(Value(step.args[0]))
        else:
            nodes.append(ROWS[step.name](*(x if isinstance(x, float) else nodes[x] for x in step.args)))
    return nodes
