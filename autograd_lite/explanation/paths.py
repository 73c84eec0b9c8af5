"""The named nodes between a result and a node, the local derivatives between them, and the paths these make."""

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from heapq import heappop, heappush

from autograd_lite.engine.derivatives import dependent
from autograd_lite.engine.value import Value
from autograd_lite.text.expression import Algebra, Derivative, Expr, Number
from autograd_lite.text.formulas import Style, Vocabulary
from autograd_lite.text.layout import partial
from autograd_lite.text.reading import NEVER, Formula, atoms, names_in, read, read_local
from autograd_lite.text.writing import write

__all__ = ["Factor", "NamedGraph", "Path"]

SIDES = (" (left)", " (right)")
DEFINED = 40
"""So many nodes without a label are defined that are named in definitions alone."""
LONGEST = 400
"""Formulas of local derivatives in which more names and numbers are read are left out."""


@dataclass(frozen=True, eq=False)
class Factor:
    """One local derivative: how `of` moves with `wrt` when the other named nodes are held."""

    of: Value
    wrt: Value
    value: float
    _edge: "_Edge" = field(repr=False)

    @cached_property
    def symbol(self) -> str:
        """Such as "∂o1/∂a_h1".

        An operation that takes one node twice has two: "∂y/∂x (left)" and "∂y/∂x (right)". It is "∂y/∂x (direct)" where
        other paths lead from y to x by way of named nodes, which are held: ∂y/∂x is what all paths add up to.
        """
        names, sides = self._edge.vocabulary.names, self._edge.sides
        side = sides or (" (direct)" if self._edge.is_one_of_several(self.wrt) else "")
        return partial(names[self.of], names[self.wrt]) + side

    @cached_property
    def formula(self) -> str:
        """What it equals, in plain text, such as "a_o1 * (1 - a_o1)"; empty if it would fill pages."""
        return self.written("plain")

    def written(self, style: Style) -> str:
        """Return the formula in one of the styles of `formula()`."""
        expr = self.expression()
        # In one line, for tables: what is used twice is written twice.
        one = Formula(expr, shared_from=NEVER)
        return write(one, self._edge.vocabulary.texts(style)) if expr.size <= LONGEST else ""

    def expression(self, algebra: Algebra | None = None) -> Expr:
        """Return the formula as a tree, made by `algebra` if it is to be a part of another."""
        edge = self._edge
        return read_local(self.of, self.wrt, edge.atoms, edge.way, edge.operand, algebra)


@dataclass(frozen=True, slots=True, eq=False)
class _Edge:
    """What the texts about a local derivative are made from."""

    way: Sequence[Value]
    """The nodes to go through, parents first: both ends, and what is folded between them."""
    operand: int | None
    """The one operand to look at, None for all."""
    sides: str
    vocabulary: Vocabulary
    atoms: Mapping[Value, str]
    """The names of what formulas do not look into."""
    beside: Sequence[Value]
    """Where all edges of the node lead."""
    place: Mapping[Value, int]
    """The place of each node between, parents first."""

    def is_one_of_several(self, x: Value) -> bool:
        """Whether there are other paths to `x`, by way of what is `beside`."""
        place, seen = self.place, {x}
        above = [node for node in self.beside if node is not x]
        while above:
            for parent in above.pop().parents:
                if parent is x:
                    return True
                if parent not in seen and place.get(parent, -1) > place[x]:
                    seen.add(parent)
                    above.append(parent)
        return False


@dataclass(frozen=True, eq=False)
class Path:
    """One way from the result to the node: its factors from the result on, and their product."""

    factors: tuple[Factor, ...]
    product: float


Size = tuple[int, int, float]
"""|product| without over- or underflow: 0 zero, 1 finite, 2 infinite or NaN; then exponent and mantissa."""
UNIT: Size = (1, 1, 0.5)


class _Tail:
    """A way from a node to the end: its first edge, and the rest of the way; the end itself has neither."""

    __slots__ = ("edge", "rest", "size")

    def __init__(self, size: Size, edge: Factor | None = None, rest: "_Tail | None" = None) -> None:
        self.size, self.edge, self.rest = size, edge, rest


class _Ranking:
    """The ways from a node to the end, the largest first, as far as they were asked for.

    For each edge of the node one way waits: the largest through it that was not taken, and the one taken last.
    """

    __slots__ = ("edges", "found", "waiting")

    def __init__(self, edges: Sequence[Factor]) -> None:
        self.edges = edges
        self.found: list[_Tail] = []
        # Ways of one size come in the order of their edges, then of their rests.
        self.waiting: list[tuple[int, int, float, int, int, _Tail]] = []


class NamedGraph:
    """The nodes on the way from `y` to the nodes `wrt`, as far as they have names, and the edges between them.

    If no computed node but `y` and `wrt` has a label, every node counts as named, and `x * x` has two edges to `x`.
    Otherwise what lies between two labelled nodes is folded into one edge, whose value sums up all ways between them.

    Args:
        y: the result.
        wrt: where to arrive.
        order: the graph of `y`, parents first, and what of `wrt` lies outside it.
    """

    def __init__(self, y: Value, wrt: Sequence[Value], order: Sequence[Value]) -> None:
        self.y, self.wrt = y, wrt
        ends = {y, *wrt}
        every = not any(node.label for node in order if node.op is not None and node not in ends)
        self.vocabulary = Vocabulary(y, *wrt)
        self.names = self.vocabulary.names
        """Of every node in the graph."""
        self.atoms = self.names if every else atoms(self.names) | {node: self.names[node] for node in ends}
        """The names of what formulas do not look into."""
        self.numbers = {node: node.data for node in self.names if node.op is None and not node.label}
        """Of leaves without a label."""
        self.between = dependent(order, wrt)
        """The nodes on the way, towards `y`."""
        self._place = {node: k for k, node in enumerate(self.between)}
        self.slopes = {node: _slopes(node) for node in self.between if node.op is not None}
        self.shown = self.between if every else [node for node in self.between if node.label or node in ends]
        """Those of them that have names."""
        self.edges: dict[Value, list[Factor]] = self._every() if every else self._folded()
        """By node, the local derivatives of it."""

    def _every(self) -> dict[Value, list[Factor]]:
        edges: dict[Value, list[Factor]] = {}
        for node, slopes in self.slopes.items():
            targets = [x for x in node.parents if x in self._place]
            twice = len(targets) == 2 and targets[0] is targets[1]
            edges[node] = [
                Factor(node, x, slope, self._edge((x, node), targets, k, SIDES[k] if twice else ""))
                for k, (x, slope) in enumerate(zip(node.args, slopes, strict=True))
                if isinstance(x, Value) and x in self._place
            ]
        return edges

    def _folded(self) -> dict[Value, list[Factor]]:
        place = self._place
        ends = set(self.shown)
        edges: dict[Value, list[Factor]] = {}
        for node in self.shown:
            received: dict[Value, float] = {node: 1.0}
            waiting = [-place[node]]
            reached: list[Value] = []
            while waiting:
                at = self.between[-heappop(waiting)]
                for x, slope in zip(at.args, self.slopes.get(at, ()), strict=False):
                    if not isinstance(x, Value) or x not in place:
                        continue
                    if x in received:
                        received[x] += received[at] * slope
                        continue
                    received[x] = received[at] * slope
                    if x in ends:
                        reached.append(x)
                    else:
                        heappush(waiting, -place[x])
            # Other ends are held: what comes by way of them is other edges'.
            inner = sorted((x for x in received if x is node or x not in ends), key=place.__getitem__)
            reached.sort(key=place.__getitem__)
            edges[node] = [Factor(node, x, received[x], self._edge((x, *inner), reached)) for x in reached]
        return edges

    def _edge(
        self, way: Sequence[Value], beside: Sequence[Value], operand: int | None = None, sides: str = ""
    ) -> _Edge:
        return _Edge(way, operand, sides, self.vocabulary, self.atoms, beside, self._place)

    def definitions(self, printed: Iterable[Value], formulas: Iterable[Expr] = ()) -> tuple[dict[Value, Formula], bool]:
        """Return what those of some nodes are that have no label, what is named in that, and so on; parents first.

        Args:
            printed: the nodes.
            formulas: others, whose names are printed too.

        The second result is whether there would be more than `DEFINED` beside what is printed.
        """
        by_name = {name: node for node, name in self.names.items() if not node.label}
        used: set[str | Derivative] = set().union(*(names_in(Formula(expr)) for expr in formulas)) if by_name else set()
        waiting = deque(dict.fromkeys([*printed, *(by_name[x] for x in used if x in by_name)]))
        most = len(waiting) + DEFINED
        formulas_of: dict[Value, Formula] = {}
        while waiting and len(formulas_of) < most:
            node = waiting.popleft()
            if node.label or node in formulas_of:
                continue
            if node.op is None:
                formulas_of[node] = Formula(Number(self.numbers[node]), self.names[node])
                continue
            formula = formulas_of[node] = read(node, self.atoms, self.names)
            formula.left = self.names[node]
            waiting += (by_name[x] for x in names_in(formula) if x in by_name)
        place = {node: k for k, node in enumerate(self.names)} if formulas_of else {}
        more = any(not node.label and node not in formulas_of for node in waiting)
        return {node: formulas_of[node] for node in sorted(formulas_of, key=place.__getitem__)}, more

    def gradients(self) -> dict[Value, float]:
        """The derivative of `y` with respect to each node between, the same floats as `backward()` gives."""
        received = dict.fromkeys(self.between, 0.0)
        if self.y in received:
            received[self.y] = 1.0
        for node in reversed(self.between):
            for x, slope in zip(node.args, self.slopes.get(node, ()), strict=False):
                if isinstance(x, Value) and x in received:
                    received[x] += received[node] * slope
        return received

    def count(self) -> int:
        """The number of paths from `y` to the first of `wrt`, by dynamic programming."""
        uses = dict.fromkeys(self.shown, 0)
        for edges in self.edges.values():
            for edge in edges:
                uses[edge.wrt] += 1
        counts: dict[Value, int] = {}
        for node in self.shown:
            total = 1 if node is self.wrt[0] else 0
            for edge in () if total else self.edges.get(node, ()):
                total += counts[edge.wrt]
                uses[edge.wrt] -= 1
                if not uses[edge.wrt] and edge.wrt is not self.y:
                    del counts[edge.wrt]  # numbers of thousands of digits need not all be kept
            counts[node] = total
        return counts.get(self.y, 0)

    def largest(self, limit: int) -> tuple[Path, ...]:
        """The paths from `y` to the first of `wrt` of largest |product|, found without listing the others.

        The recursive enumeration algorithm of Jiménez and Marzal (1999): the next way from a node takes the next rest
        of the way it took last. It costs a look at each edge, and for each path one at each of its nodes.
        """
        rankings: dict[Value, _Ranking] = {}
        for node in self.shown:
            end = node is self.wrt[0]
            ranking = rankings[node] = _Ranking(() if end else self.edges.get(node, ()))
            if end:
                ranking.found.append(_Tail(UNIT))
            for k in range(len(ranking.edges)):
                _wait(ranking, k, 0, rankings)
            if ranking.waiting:
                ranking.found.append(ranking.waiting[0][-1])
        if self.y not in rankings:
            return ()
        top = rankings[self.y]
        while len(top.found) < limit and _advance(top, rankings):
            pass
        paths = map(_path, top.found[:limit])
        return tuple(sorted(paths, key=lambda path: _times(path.product, UNIT), reverse=True))


def _wait(ranking: _Ranking, k: int, rank: int, rankings: Mapping[Value, _Ranking]) -> None:
    """Let the way through edge `k` wait whose rest is the one of this rank, if there is one."""
    edge = ranking.edges[k]
    rests = rankings[edge.wrt].found
    if rank < len(rests):
        size = _times(edge.value, rests[rank].size)
        heappush(ranking.waiting, (-size[0], -size[1], -size[2], k, rank, _Tail(size, edge, rests[rank])))


def _advance(ranking: _Ranking, rankings: Mapping[Value, _Ranking]) -> bool:
    """Find the next way of a ranking, and tell whether there is one."""
    above = []
    while ranking.waiting:
        *_, k, rank, _ = ranking.waiting[0]
        above.append((ranking, k, rank + 1))
        ranking = rankings[ranking.edges[k].wrt]
        if rank + 1 < len(ranking.found):
            break
    there = False
    for ranking, k, rank in reversed(above):
        heappop(ranking.waiting)
        _wait(ranking, k, rank, rankings)
        there = bool(ranking.waiting)
        if there:
            ranking.found.append(ranking.waiting[0][-1])
    return there


def _path(tail: _Tail) -> Path:
    factors = []
    while tail.edge is not None and tail.rest is not None:
        factors.append(tail.edge)
        tail = tail.rest
    return Path(tuple(factors), math.prod((factor.value for factor in factors), start=1.0))


def _slopes(node: Value) -> tuple[float, ...]:
    assert node.op is not None
    slopes = node.op.partials(node.data, *(x.data if isinstance(x, Value) else x for x in node.args))
    return slopes if type(slopes) is tuple else (slopes,)


def _times(factor: float, size: Size) -> Size:
    rank, exponent, mantissa = size
    if rank == 2 or not math.isfinite(factor):
        return (2, 0, 0.0)
    if rank == 0 or factor == 0.0:
        return (0, 0, 0.0)
    m, e = math.frexp(abs(factor))
    m, more = math.frexp(m * mantissa)
    return (1, exponent + e + more, m)


def rest_of(gradient: float, shown: Iterable[Path]) -> float:
    """Return what the paths that are not shown add up to: the gradient less the others, rounded once."""
    terms = [gradient, *(-path.product for path in shown)]
    return math.fsum(terms) if all(map(math.isfinite, terms)) else math.nan
