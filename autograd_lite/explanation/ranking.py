"""Which paths have the largest products, without a list of all of them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from heapq import heappop, heappush

from autograd_lite.engine.value import Value
from autograd_lite.explanation.factors import Factor, Path

__all__ = ["UNIT", "largest"]

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


def largest(
    nodes: Iterable[Value], edges: Mapping[Value, Sequence[Factor]], start: Value, end: Value, limit: int
) -> tuple[Path, ...]:
    """Return the paths from `start` to `end` of largest |product|, found without listing the others.

    `nodes` are those on the way, the ones nearer to the end first.

    The recursive enumeration algorithm of Jiménez and Marzal (1999): the next way from a node takes the next rest
    of the way it took last. It costs a look at each edge, and for each path one at each of its nodes.
    """
    rankings: dict[Value, _Ranking] = {}
    for node in nodes:
        ranking = rankings[node] = _Ranking(() if node is end else edges.get(node, ()))
        if node is end:
            ranking.found.append(_Tail(UNIT))
        for k in range(len(ranking.edges)):
            _wait(ranking, k, 0, rankings)
        if ranking.waiting:
            ranking.found.append(ranking.waiting[0][-1])
    if start not in rankings:
        return ()
    top = rankings[start]
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


def _times(factor: float, size: Size) -> Size:
    rank, exponent, mantissa = size
    if rank == 2 or not math.isfinite(factor):
        return (2, 0, 0.0)
    if rank == 0 or factor == 0.0:
        return (0, 0, 0.0)
    m, e = math.frexp(abs(factor))
    m, more = math.frexp(m * mantissa)
    return (1, exponent + e + more, m)
