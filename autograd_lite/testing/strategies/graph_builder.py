"""A graph under construction: which operations can be applied to what is there, inside their smooth domains."""

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, NamedTuple

from autograd_lite.engine.ops import Op
from autograd_lite.testing.strategies.domains import calm, evaluate, inside, kinks_along, settle
from autograd_lite.testing.strategies.graph_code import Graph, Leaf, Line

__all__ = ["CHOICES", "Choice", "GraphBuilder", "Limits"]

CHOICES = 24
"""How many choices there are for an argument; more than things to choose from, so that these come round again."""


@dataclass(frozen=True)
class Limits:
    """What every number of a graph keeps to."""

    margin: float
    """Distance of each argument from the edges of its domain and from kinks."""
    largest: float
    """Bound of values, and of the slope of each along all variables together; slopes of operations that are not 0 are
    at least the inverse, since where a function has all but flattened out, rounding hides its changes."""
    smooth: bool
    """Whether to keep away from kinks."""


class Choice(NamedTuple):
    """What is drawn for one operation, without regard to what there is, so that any operation can be left out.

    It is little, and 0 is the simplest everywhere, since that is what hypothesis shrinks well: it takes out up to five
    draws at a time, these four and the one that says that another operation follows.
    """

    turn: tuple[int, int]
    """The number of the row, and the number of its argument that is settled first."""
    first: int
    """The argument that is settled first, below `CHOICES`: the latest result that nothing uses yet, the one before ...,
    the other nodes, a new variable, and round again; if even, one of the results that nothing uses yet."""
    second: int
    """The other argument: the same nodes, a new variable, a constant, and round again."""
    number: float
    """What a constant is, or is like."""


class _New(Enum):
    """What may become an argument and is not there yet."""

    VARIABLE = auto()
    CONSTANT = auto()


@dataclass(eq=False)
class _Node:
    value: float
    steepness: float
    """At least the sum of the sizes of the slopes along all variables."""
    line: Line | None = None
    used: bool = False


@dataclass
class GraphBuilder:
    """The nodes so far, in the order in which they came; a node is meant by its number."""

    limits: Limits
    variables: Sequence[float]
    """What the variables that there may be are, or are like."""
    constants: bool
    """Whether arguments may be constants."""
    tree: bool
    """Whether each result of an operation is used once only; variables may always be used again."""
    nodes: list[_Node] = field(default_factory=list)

    def loose(self) -> list[int]:
        """The results that nothing uses yet, the last ahead."""
        return [k for k in self._usable() if self.nodes[k].line and not self.nodes[k].used]

    def step(self, rows: Sequence[Op], choice: Choice, remaining: int) -> None:
        """Apply the row that was chosen, or the next in the list that can be applied; nothing, if there is none.

        Results are to lead to the last one: when few steps remain, those that nothing uses yet are used, and joined.
        """
        loose = self.loose()
        loose = loose if remaining < len(loose) else []
        first = choice.turn[0]
        for op in (*rows[first:], *rows[:first]):
            args = self._joined(op, choice, loose) or self._arguments(op, choice, loose)
            if args:
                self._apply(op, args)
                return

    def _apply(self, op: Op, args: Sequence[int | float]) -> None:
        y, slopes = evaluate(op, self._point(args))
        for x in args:
            if isinstance(x, int):
                self.nodes[x].used = True
        self.nodes.append(_Node(y, self._steepness(args, slopes), Line(op, tuple(args))))

    # --- arguments -------------------------------------------------------------------------------------------------

    def _joined(self, op: Op, choice: Choice, loose: list[int]) -> list[int | float]:
        """Two loose ends to which the operation can be applied; empty if there are none."""
        pairs = [[a, b] for a, b in itertools.permutations(loose, 2) if op.arity == 2 and self._fits(op, [a, b])]
        return [*pairs[choice.first % len(pairs)]] if pairs else []

    def _arguments(self, op: Op, choice: Choice, loose: list[int]) -> list[int | float]:
        """Arguments to which the operation can be applied, a loose end among them if given; empty if there are none."""
        place = choice.turn[1] % op.arity
        args = self._settled(op, [None] * op.arity, place, choice.first, choice.number, loose)
        if args and op.arity == 2:
            args = self._settled(op, args, 1 - place, choice.second, choice.number, [])
        return args

    def _settled(self, op: Op, args: list[Any], place: int, choice: int, number: float, loose: list[int]) -> list[Any]:
        """The arguments with that one settled; empty if there is nothing for it."""
        nodes = [k for k in loose or self._usable() if self._possible(op, _put(args, place, k))]
        other = next((arg for arg in args if arg is not None), None)
        ends = [k for k in nodes if self.nodes[k].line and not self.nodes[k].used]
        candidates: list[int | _New] = [*nodes]
        if other is None and ends and choice % 2 == 0:
            candidates = [*ends]
        elif not loose and self._may_grow():
            candidates.append(_New.VARIABLE)
        if self.constants and other is not None:  # an operation on constants alone makes no node
            candidates.append(_New.CONSTANT)
        if not candidates:
            return []
        again, k = divmod(choice, len(candidates))
        chosen = candidates[k]
        if isinstance(chosen, int):
            return _put(args, place, chosen)
        if chosen is _New.VARIABLE:
            number = self.variables[self._leaves()]
        kinks = self._kinks(op, place, other) if again % 2 and not self.limits.smooth else []
        if kinks:
            number = kinks[again // 2 % len(kinks)]
        return self._new(op, args, place, number, variable=chosen is _New.VARIABLE)

    def _new(self, op: Op, args: list[Any], place: int, x: float, *, variable: bool) -> list[Any]:
        """The arguments with a new variable or constant in that place, with a number like `x`; empty if none fits."""
        k = len(self.nodes)
        if variable:
            self.nodes.append(_Node(x, 1.0))

        def put(at: Sequence[float]) -> list[Any]:
            if variable:
                self.nodes[k].value = at[0]
            return _put(args, place, k if variable else at[0])

        settled = settle((x,), [op.domain[place]], lambda at: self._possible(op, put(at)))
        if settled is not None:
            return put(settled)
        del self.nodes[k:]
        return []

    def _leaves(self) -> int:
        return sum(node.line is None for node in self.nodes)

    def _may_grow(self) -> bool:
        return self._leaves() < len(self.variables)

    def _usable(self) -> list[int]:
        """The nodes that may become arguments, the simplest ahead: those that nothing uses yet, the last of them."""
        usable = [k for k, node in enumerate(self.nodes) if not (self.tree and node.used and node.line)]
        return sorted(usable, key=lambda k: (self.nodes[k].used, -k))

    def _kinks(self, op: Op, place: int, other: float | None) -> list[float]:
        low, high = op.domain[place]
        value = None if other is None else self._point([other])[0]
        return [x for x in kinks_along(op, place, value) if low < x < high]

    def _possible(self, op: Op, args: Sequence[int | float | None]) -> bool:
        """Whether the operation can be applied to these arguments, if the right one is put in the place of a None."""
        if None not in args:
            return self._fits(op, args)
        place = args.index(None)
        if (self.constants or self._may_grow()) and any(
            self._fits(op, _put(args, place, c)) for c in calm(op.domain[place])
        ):
            return True
        return any(self._fits(op, _put(args, place, k)) for k in self._usable())

    def _fits(self, op: Op, args: Sequence[Any]) -> bool:
        """Whether the operation can be applied: arguments in its smooth domain, the result not large, steep or flat."""
        if (
            self.tree
            and len(args) == 2
            and args[0] == args[1]
            and isinstance(args[0], int)
            and self.nodes[args[0]].line
        ):
            return False
        point = self._point(args)
        if not inside(op, point, margin=self.limits.margin, smooth=self.limits.smooth):
            return False
        y, slopes = evaluate(op, point)
        largest = self.limits.largest
        return (
            abs(y) <= largest
            and all(slope == 0.0 or 1.0 / largest <= abs(slope) < math.inf for slope in slopes)
            and self._steepness(args, slopes) <= largest
        )

    def _point(self, args: Iterable[int | float]) -> list[float]:
        return [self.nodes[x].value if isinstance(x, int) else x for x in args]

    def _steepness(self, args: Iterable[int | float], slopes: Iterable[float]) -> float:
        return sum(
            abs(slope) * self.nodes[x].steepness for x, slope in zip(args, slopes, strict=True) if isinstance(x, int)
        )

    # --- the result ------------------------------------------------------------------------------------------------

    def graph(self, names: Sequence[str]) -> Graph:
        """Return the last result as a graph, without what it does not depend on; the variables it has get the names."""
        needed = {len(self.nodes) - 1}
        for k in reversed(range(len(self.nodes))):
            line = self.nodes[k].line
            if k in needed and line:
                needed.update(x for x in line.args if isinstance(x, int))
        at = [k for k in sorted(needed) if self.nodes[k].line is None]
        leaves = [Leaf(name, self.nodes[k].value, name) for name, k in zip(names, at, strict=False)]
        number = {k: i for i, k in enumerate(at)}
        lines = []
        for k in sorted(needed):
            line = self.nodes[k].line
            if line:
                lines.append(Line(line.op, tuple(number[x] if isinstance(x, int) else x for x in line.args)))
                number[k] = len(number)
        return Graph.from_lines(leaves, lines)


def _put(args: Sequence[Any], place: int, x: float) -> list[Any]:
    return [x if k == place else arg for k, arg in enumerate(args)]
