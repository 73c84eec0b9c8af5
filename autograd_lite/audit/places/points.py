"""The point where a graph was computed and others around it: where a formula is compared with the gradient."""

import math
import random
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from autograd_lite.audit.notation.tokens import family
from autograd_lite.audit.notation.trees import Term
from autograd_lite.engine import ops
from autograd_lite.engine.derivatives import Gradient, grad
from autograd_lite.engine.graph import adjoints, check_recorded, topological
from autograd_lite.engine.ops import Side
from autograd_lite.engine.value import Value
from autograd_lite.explanation.backward import parameters
from autograd_lite.text.expression import Derivative
from autograd_lite.text.formulas import symbols
from autograd_lite.text.reading import names_of

__all__ = ["Place", "Setting", "rounding", "sides"]

UNIT = sys.float_info.epsilon / 2.0
TINY = 5e-324
ULPS = 4.0
"""Units in the last place that the value of an operation may be off."""
NEAR, FAR, WIDE = 4, 4, 24
"""How many points to try on the same side of every kink, anywhere, and at very different sizes."""
DRAWS = 40


def rounding(node: Value) -> float:
    """Return how far off rounding may have made a node, to first order: the sum over its graph of |slope| · 4 ulp.

    Leaves count as exact. What a rounding error in each node does to the last is the gradient along it (Linnainmaa
    1976).
    """
    total = 0.0
    for x, slope in adjoints(node).items():
        if x.op is not None and slope != 0.0 and x.data != 0.0:
            total += abs(slope) * ULPS * (2.0 * UNIT * abs(x.data) + TINY)
    return total


def sides(root: Value) -> tuple[Side, ...]:
    """Return on which side of its kinks each operation of a graph is, in the graph's order."""
    return tuple(
        node.op.side(*(x.data if isinstance(x, Value) else x for x in node.args))
        for node in topological(root)
        if node.op is not None and node.op.kinks
    )


class Place:
    """A graph computed somewhere: the numbers behind its names, and gradients."""

    def __init__(self, y: Value, nodes: Mapping[Value, Value], by_name: Mapping[str, Value]) -> None:
        self.y = nodes.get(y, y)
        self._nodes, self._by_name = nodes, by_name
        self._gradients: dict[tuple[Value, Value], Value] = {}
        self._rounding: dict[Value, float] = {}

    def node(self, original: Value) -> Value:
        """The node that stands here for one of the user's graph."""
        return self._nodes.get(original, original)

    def named(self, name: Term) -> Value:
        """The node of a quantity, or of a derivative, by name."""
        if isinstance(name, Derivative):
            return self._gradient(self.node(self._by_name[name.of]), self.node(self._by_name[name.wrt[0]]))
        return self.node(self._by_name[name])

    def number(self, name: Term) -> float:
        """What a name stands for."""
        return self.named(name).data

    def prepare(self, wrt: Iterable[Value]) -> None:
        """Compute the gradients of the result along nodes of the user's graph, all at once."""
        nodes = [self.node(x) for x in dict.fromkeys(wrt)]
        for x, gradient in zip(nodes, grad(self.y, nodes), strict=True):
            self._gradients[self.y, x] = gradient

    @cached_property
    def gradients(self) -> dict[Value, float]:
        """The gradient along every node here, the same floats as `backward()` gives."""
        return adjoints(self.y)

    def slope(self, wrt: Value) -> float:
        """The gradient along a node of the user's graph, as a number."""
        return self.gradients.get(self.node(wrt), 0.0)

    def gradient(self, wrt: Value) -> Value:
        """The gradient of the result along a node of the user's graph."""
        return self._gradient(self.y, self.node(wrt))

    def rounding(self, wrt: Value) -> float:
        """How far off rounding may have made the gradient along a node of the user's graph."""
        if wrt not in self._rounding:
            self._rounding[wrt] = rounding(self.gradient(wrt))
        return self._rounding[wrt]

    @cached_property
    def size(self) -> float:
        """The size of the numbers in the graph: the largest of the result and the leaves with names."""
        leaves = (node.data for name, x in self._by_name.items() if name and (node := self.node(x)).op is None)
        return max((abs(x) for x in (self.y.data, *leaves) if math.isfinite(x)), default=0.0)

    def _gradient(self, of: Value, wrt: Value) -> Value:
        if (of, wrt) not in self._gradients:
            self._gradients[of, wrt] = grad(of, wrt)
        return self._gradients[of, wrt]


class Setting:
    """The user's graph, its names, and the places where formulas are compared. The graph itself is only read.

    Args:
        y: the result.
    """

    def __init__(self, y: Value) -> None:
        self.y = y
        self.held: set[Value] = set()
        """Leaves that keep their number everywhere: data of the exercise."""
        self.wrt: Sequence[Value] = ()
        """Nodes whose gradients will be asked for."""
        # The formula of a gradient names the quantities that it is the gradient of, whether it was made of them or not.
        roots = [y]
        while isinstance(roots[-1], Gradient):
            roots.append(roots[-1].of)
        self.derivative = roots[-1], [x.wrt for x in reversed(roots) if isinstance(x, Gradient)]
        """What the result is the derivative of, and along what; the result itself, along nothing, if it is none."""
        self.order = list(dict.fromkeys(node for root in reversed(roots) for node in topological(root)))
        check_recorded(self.order)
        self.names = names_of(y)
        self.by_name = {name: node for node, name in self.names.items()}
        self.here = Place(y, {}, self.by_name)
        self._prepared = False
        self._after: dict[float, Place] = {}
        self._around: dict[tuple[frozenset[Value], tuple[tuple[Value, ...], ...]], list[Place]] = {}

    def prepare(self) -> None:
        """Compute the gradients that are asked for as nodes, all at once."""
        if not self._prepared:
            self._prepared = True
            self.here.prepare(self.wrt)

    @cached_property
    def texts(self) -> dict[str, str]:
        """Names of quantities by every text that stands for them in a formula."""
        python, plain = (symbols(self.y, style=style) for style in ("python", "plain"))
        return {text: self.names[node] for text, node in (python | plain).items() if node in self.names}

    @cached_property
    def families(self) -> set[str]:
        """The names without their numbers."""
        return set(map(family, self.by_name))

    @cached_property
    def is_halved(self) -> bool:
        """Whether something in the graph is multiplied by 1/2, as a half squared error is."""

        def is_number(x: object, number: float) -> bool:
            return x.data == number if isinstance(x, Value) and x.op is None else x == number

        return any(
            (node.op is ops.mul and any(is_number(x, 0.5) for x in node.args))
            or (node.op is ops.div and is_number(node.args[1], 2.0))
            for node in self.order
        )

    @cached_property
    def nearby(self) -> list[Place]:
        """Points near by, on the same side of every kink."""
        return self._near(self._free, [])

    def around(self, stay: frozenset[Value], one_hot: Sequence[Sequence[Value]]) -> list[Place]:
        """Points near by where what is held is moved too, but what is to stay, and some leaves as one-hot ones are."""
        if not self.held and not one_hot:
            return self.nearby or self.beyond
        key = stay, tuple(map(tuple, one_hot))
        if key not in self._around:
            self._around[key] = self._near([x for x in self._named if x not in stay], one_hot)
        return self._around[key]

    def _near(self, moved: Sequence[Value], one_hot: Sequence[Sequence[Value]]) -> list[Place]:
        found: list[Place] = []
        here = sides(self.y)
        for k in range(DRAWS if moved else 0):
            reach = 0.2 / 4.0 ** (k // 8)
            numbers = {x: self._beside(x, reach) for x in moved}
            for group in one_hot:
                shares = {x: reach * self._random.random() / len(group) for x in group if not x.data}
                numbers |= {x: shares.get(x, 1.0 - sum(shares.values())) for x in group}
            place = self._at(numbers)
            if place is not None and sides(place.y) == here:
                found.append(place)
                if len(found) == self._enough(NEAR):
                    break
        return found

    def _beside(self, x: Value, reach: float) -> float:
        draw = self._random.uniform(-1.0, 1.0) * reach
        if x in self.held and x.data in {0.0, 1.0}:  # a target, and a probability perhaps
            return abs(draw) if x.data == 0.0 else 1.0 - abs(draw)
        return x.data * (1.0 + draw) if x.data else draw

    @cached_property
    def one_hot(self) -> list[list[Value]]:
        """Leaves that look like a one-hot target: their names differ in numbers alone, one is 1, the others are 0."""
        alike: dict[str, list[Value]] = {}
        for x in self._named:
            alike.setdefault(family(self.names.get(x, "")), []).append(x)
        found = []
        for some in alike.values():
            ones = sum(x.data == 1.0 for x in some)
            size = len(some) // ones if ones and all(x.data in {0.0, 1.0} for x in some) else 1
            groups = [some[k : k + size] for k in range(0, len(some), size)]  # of each sample one
            if size > 1 and all(sum(x.data for x in group) == 1.0 for group in groups):
                found += groups
        return found

    @cached_property
    def beyond(self) -> list[Place]:
        """Points anywhere."""
        scales: list[Callable[[float, float], float]] = [
            lambda x, draw: x * (0.3 + 1.5 * abs(draw)) * math.copysign(1.0, draw) if x else draw,
            lambda _, draw: 2.0 * draw,
            lambda x, draw: x * (0.3 + 1.5 * abs(draw)) if x else abs(draw),
        ]
        found: list[Place] = []
        here = sides(self.y)
        across = 0 if here else FAR  # on other sides of kinks there are some too, if they can be found
        for k in range(DRAWS if self._free else 0):
            place = self._place(scales[k % len(scales)])
            if place is None:
                continue
            other = sides(place.y) != here
            if len(found) < self._enough(FAR) or (other and across < self._enough(FAR)):
                found.append(place)
                across += other
            elif across >= self._enough(FAR):
                break
        return found

    @cached_property
    def across(self) -> list[Place]:
        """Points beyond some of the kinks; none if the graph has none."""
        here = sides(self.y)
        return [place for place in self.beyond if sides(place.y) != here] if here else []

    @cached_property
    def wide(self) -> list[Place]:
        """Points with numbers of either sign, much smaller and much larger."""

        def move(x: float, draw: float) -> float:
            return math.copysign((abs(x) or 1.0) * 1000.0 ** (2.0 * abs(draw) - 1.0), draw)

        places = (self._place(move) for _ in range(self._enough(WIDE) if self._free else 0))
        return [place for place in places if place is not None]

    @cached_property
    def _named(self) -> list[Value]:
        """The leaves; those without a label only where none has one: no formula can name them."""
        ends = [node for node in self.order if node.op is None]
        return [node for node in ends if node.label] or ends

    @cached_property
    def _free(self) -> list[Value]:
        """The leaves that are moved."""
        return [x for x in self._named if x not in self.held]

    @cached_property
    def _random(self) -> random.Random:
        return random.Random(1976)  # noqa: S311  (reproducible, not secret)

    def _enough(self, count: int) -> int:
        return count if len(self.order) <= 10_000 else 1

    def _place(self, move: Callable[[float, float], float]) -> Place | None:
        """The graph computed with other numbers in its leaves; None if that gives no finite result."""
        return self._at({x: move(x.data, self._random.uniform(-1.0, 1.0)) for x in self._free})

    def _at(self, numbers: Mapping[Value, float]) -> Place | None:
        place = self.moved(numbers)
        if not math.isfinite(place.y.data):
            return None
        if self.wrt:
            place.prepare(self.wrt)
        return place

    def after(self, rate: float) -> Place:
        """The graph computed after an update of all weights."""
        if rate not in self._after:
            weights, _ = parameters(self.order)
            self._after[rate] = self.moved({x: x.data - rate * self.here.slope(x) for x in weights})
        return self._after[rate]

    def moved(self, numbers: Mapping[Value, float]) -> Place:
        """The graph computed with other numbers in leaves."""
        nodes: dict[Value, Value] = {}
        for node in self.order:
            if node.op is None:
                nodes[node] = Value(numbers.get(node, node.data), node.label)
            else:
                nodes[node] = node.op(*(nodes[x] if isinstance(x, Value) else x for x in node.args))
                nodes[node].label = node.label
        return Place(self.y, nodes, self.by_name)
