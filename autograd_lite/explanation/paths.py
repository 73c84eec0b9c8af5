"""The named nodes between a result and a node, the local derivatives between them, and the paths these make."""

import math
from collections import deque
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush

from autograd_lite.engine.derivatives import dependent
from autograd_lite.engine.value import Value
from autograd_lite.explanation.factors import Edge, Factor, Path
from autograd_lite.explanation.ranking import largest
from autograd_lite.text.expression import Derivative, Expr, Number
from autograd_lite.text.formulas import Names, Vocabulary
from autograd_lite.text.reading import Formula, atoms, names_in, read

__all__ = ["NamedGraph", "rest_of"]

SIDES = (" (left)", " (right)")
DEFINED = 40
"""So many nodes without a label are defined that are named in definitions alone."""


class NamedGraph:
    """The nodes on the way from `y` to the nodes `wrt`, as far as they have names, and the edges between them.

    If no computed node but `y` and `wrt` has a label, every node counts as named, and `x * x` has two edges to `x`.
    Otherwise what lies between two labelled nodes is folded into one edge, whose value sums up all ways between them.

    Args:
        y: the result.
        wrt: where to arrive.
        order: the graph of `y`, parents first, and what of `wrt` lies outside it.
        names: as of `formula()`.
    """

    def __init__(self, y: Value, wrt: Sequence[Value], order: Sequence[Value], names: Names = "labels") -> None:
        self.y, self.wrt = y, wrt
        ends = {y, *wrt}
        every = not any(node.label for node in order if node.op is not None and node not in ends)
        self.vocabulary = Vocabulary(y, *wrt, names=names)
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

    def _edge(self, way: Sequence[Value], beside: Sequence[Value], operand: int | None = None, sides: str = "") -> Edge:
        return Edge(way, operand, sides, self.vocabulary, self.atoms, beside, self._place)

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
        """The paths from `y` to the first of `wrt` of largest |product|."""
        return largest(self.shown, self.edges, self.y, self.wrt[0], limit)


def _slopes(node: Value) -> tuple[float, ...]:
    assert node.op is not None
    slopes = node.op.partials(node.data, *(x.data if isinstance(x, Value) else x for x in node.args))
    return slopes if type(slopes) is tuple else (slopes,)


def rest_of(gradient: float, shown: Iterable[Path]) -> float:
    """Return what the paths that are not shown add up to: the gradient less the others, rounded once."""
    terms = [gradient, *(-path.product for path in shown)]
    return math.fsum(terms) if all(map(math.isfinite, terms)) else math.nan
