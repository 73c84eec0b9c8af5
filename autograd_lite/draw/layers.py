"""Where the boxes of a graph stand: in layers along the computation, and in each layer in an order with few crossings.

The method is that of Sugiyama, Tagawa, Toda, Methods for Visual Understanding of Hierarchical System Structures, 1981.
"""

from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from statistics import fmean

__all__ = ["layers"]

Order = list[list[str]]
SWEEPS = 12
EXCHANGES = (0, 1, 2, 4)  # rounds of them after a sweep
WORK = 100_000  # links to look at in all: large graphs are to be drawn quickly too
SECOND = 0.25  # where the second operand arrives, as a part of the step from box to box


def layers(
    operands: Mapping[str, Sequence[str]],
    *,
    ordered: Collection[str],
    joined: Collection[str],
    numbered: Mapping[str, tuple[str, int]],
) -> Order:
    """Return the names of the boxes, layer by layer, those of a layer in the order in which they are drawn.

    Each box stands in the layer before the first one that uses it, so that only what is used again has long edges. The
    weight of a product stands just before the product in its layer, so that edges from inputs to neurons do not run
    between the weights. Boxes that are numbered stand by their numbers. Apart from that the order is that of
    `operands`, unless another one is found that has fewer crossings.

    Args:
        operands: those of each box, by name; a box comes after its operands.
        ordered: boxes at which the first operand arrives before the second; at the others it does not matter.
        joined: boxes beside which the leaf may stand that is one of their two operands.
        numbered: what boxes are called and which one of that name they are, such as ("h", 2).
    """
    layer = _depths(operands)
    beside = _beside(operands, joined, layer)
    standing = dict(numbered) | {box: numbered[x] for x, box in beside.items() if x in numbered and box not in numbered}
    drawing = _Drawing([[] for _ in range(1 + max(layer.values()))], ordered, standing)
    for box, used in operands.items():
        if box not in beside:
            drawing.order[layer[box]].append(box)
            for x in used:
                if beside.get(x) != box:
                    start = beside.get(x, x)
                    drawing.link(start, layer[start], box, layer[box])
    drawing.count_off()
    before = {box: x for x, box in beside.items()}
    return [
        [box for one in boxes if one in operands for box in ([before[one], one] if one in before else [one])]
        for boxes in drawing.with_few_crossings()
    ]


def _depths(operands: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """The layer of each box: as late as the ones that use it allow."""
    depth: dict[str, int] = {}
    for box, used in operands.items():
        depth[box] = max((depth[x] + 1 for x in used), default=0)
    layer: dict[str, int] = {}
    for box in reversed(list(operands)):
        layer.setdefault(box, depth[box])  # a result
        for x in operands[box]:
            layer[x] = min(layer.get(x, layer[box]), layer[box] - 1)
    return layer


def _beside(operands: Mapping[str, Sequence[str]], joined: Collection[str], layer: Mapping[str, int]) -> dict[str, str]:
    """The given boxes that stand beside the first one that uses them, by that one: weights, constants."""
    uses = Counter((x, layer[box]) for box, used in operands.items() for x in used)
    beside = {}
    for box in operands:
        if box in joined:
            given = [x for x in operands[box] if not operands[x]]
            first = [x for x in given if layer[x] == layer[box] - 1 and uses[x, layer[box]] == 1]
            if len(first) == 1:
                beside[first[0]] = box
    return beside


@dataclass
class _Drawing:
    """Boxes in layers, and the links between neighbouring layers; where a long edge passes, a place is kept for it."""

    order: Order
    ordered: Collection[str]
    numbered: Mapping[str, tuple[str, int]]
    back: dict[str, list[str]] = field(default_factory=dict)
    ahead: dict[str, list[tuple[str, int]]] = field(default_factory=dict)

    def link(self, start: str, first: int, end: str, last: int) -> None:
        """Link two boxes, given their layers."""
        for k in range(first + 1, last):
            place = f"{start} {k}"  # one for all edges from that box, which run together
            if place not in self.back:
                self.order[k].append(place)
                self._link(f"{start} {k - 1}" if k > first + 1 else start, place)
        self._link(f"{start} {last - 1}" if last > first + 1 else start, end)

    def _link(self, start: str, end: str) -> None:
        operands = self.back.setdefault(end, [])
        self.ahead.setdefault(start, []).append((end, len(operands) if end in self.ordered else 0))
        operands.append(start)

    def with_few_crossings(self) -> Order:
        """Order each layer by where the neighbours stand, to and fro, and return the best order that came up."""
        start = best = self._copy()
        fewest = self._crossings()
        sweeps = min(SWEEPS, WORK // (1 + sum(map(len, self.back.values()))))
        # Each search stops at some order that it cannot better; the next one takes another way.
        for rounds, sweep in product(EXCHANGES, range(sweeps)):
            if not fewest:
                break
            if not sweep:
                self.order = [boxes[:] for boxes in start]
            self._sweep(-1 if sweep % 2 else 1)
            self.count_off()
            for _ in range(rounds):
                self._exchange(sweep // 2 % 2)
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = self._copy(), crossings
        return best

    def _copy(self) -> Order:
        return [boxes[:] for boxes in self.order]

    def _ends(self, k: int, step: int) -> dict[str, list[float]]:
        """Where the links of each box of a layer end in the layer `step` further, if there is one."""
        if not 0 <= k + step < len(self.order):
            return {}
        at = {box: float(place) for place, box in enumerate(self.order[k + step])}
        if step < 0:
            return {box: [at[x] for x in self.back.get(box, ())] for box in self.order[k]}
        return {box: [at[x] + SECOND * second for x, second in self.ahead.get(box, ())] for box in self.order[k]}

    def count_off(self) -> None:
        """Exchange the boxes of one name, so that they stand by their numbers."""
        for boxes in self.order:
            places: dict[str, list[int]] = {}
            for place, box in enumerate(boxes):
                if box in self.numbered:
                    places.setdefault(self.numbered[box][0], []).append(place)
            for own in places.values():
                standing = sorted((boxes[place] for place in own), key=lambda box: self.numbered[box])
                for place, box in zip(own, standing, strict=True):
                    boxes[place] = box

    def _sweep(self, step: int) -> None:
        for k in range(len(self.order))[::step]:
            ends, boxes = self._ends(k, -step), self.order[k]
            at = {box: float(place) for place, box in enumerate(boxes)}
            boxes.sort(key=lambda box: fmean(ends[box]) if ends.get(box) else at[box])

    def _exchange(self, least: int) -> None:
        """Exchange two neighbours where that leaves at least so many crossings fewer, and breaks no count."""
        for k, boxes in enumerate(self.order):
            sides = [ends for step in (-1, 1) if (ends := self._ends(k, step))]
            for i in range(len(boxes) - 1):
                one, other = boxes[i : i + 2]
                fewer = sum((x > y) - (x < y) for ends in sides for x in ends[one] for y in ends[other])
                if fewer >= least and self._name(one) != self._name(other):
                    boxes[i : i + 2] = other, one

    def _name(self, box: str) -> str:
        return self.numbered[box][0] if box in self.numbered else box

    def _crossings(self) -> int:
        """Count the links that cross: pairs that begin in one order and end in the other."""
        count = 0
        for k in range(1, len(self.order)):
            ends, passed = self._ends(k, -1), list[float]()
            for box in self.order[k]:
                groups = [[x] for x in ends[box]] if box in self.ordered else [ends[box]]
                for starts in groups:
                    count += sum(len(passed) - bisect_right(passed, x) for x in starts)
                    for x in starts:
                        insort(passed, x)
        return count
