"""The chain rule with something left out: a local derivative, a path, the derivative of an activation."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from weakref import WeakKeyDictionary

from autograd_lite.audit.mistakes.edits import name_text
from autograd_lite.audit.notation.tokens import family
from autograd_lite.audit.places.points import Place, Setting
from autograd_lite.engine import ops
from autograd_lite.engine.graph import topological
from autograd_lite.engine.value import Value
from autograd_lite.explanation.factors import Factor
from autograd_lite.explanation.paths import NamedGraph
from autograd_lite.text.writing import write

__all__ = ["defined", "left_out"]

EDGES = 150
"""With more local derivatives, none is left out to see what comes of it."""
PATHS = 24
"""With more paths, none is left out to see what comes of it."""
STEPS = 12
"""Names of a path that are written out."""
DEFINED = 6
"""So many of the names that nodes without a label get are explained in a text."""
NOTHING = 1e-12
"""What is less than that of a gradient is rounding."""
ACTIVATIONS = {ops.sigmoid, ops.tanh, ops.relu, ops.softplus, ops.step}

Way = tuple[str, str, float, Callable[[Place], float]]
"""Kind, text and cost of a mistake, and what it gives at a point."""


class _Ways:
    """The local derivatives between the result and a node at one point, in an order that is the same everywhere."""

    def __init__(self, place: Place, wrt: Value) -> None:
        order = topological(place.y)
        self.graph = NamedGraph(place.y, [place.node(wrt)], order)
        self.edges = [edge for node in self.graph.shown for edge in self.graph.edges.get(node, ())]
        self.index = {edge: k for k, edge in enumerate(self.edges)}

    def gradient(self, instead: Mapping[int, float]) -> float:
        """The gradient with other numbers in place of local derivatives, by place in `edges`."""
        received = dict.fromkeys(self.graph.shown, 0.0)
        received[self.graph.y] = 1.0
        for node in reversed(self.graph.shown):
            for edge in self.graph.edges.get(node, ()):
                k = self.index[edge]
                received[edge.wrt] += received[node] * instead.get(k, edge.value)
        return received[self.graph.wrt[0]]


def left_out(setting: Setting, wrt: Value) -> Iterator[Way]:
    """Return what comes of the chain rule with something left out."""
    known: WeakKeyDictionary[Place, _Ways] = WeakKeyDictionary()

    def ways(place: Place) -> _Ways:
        if place not in known:
            known[place] = _Ways(place, wrt)
        return known[place]

    here = ways(setting.here)
    if not here.edges or len(here.edges) > EDGES or setting.y not in set(here.graph.between):
        return
    gradient = here.gradient({})
    yield from _paths(ways, here, gradient)
    yield from _activations(ways, here)
    for k, edge in enumerate(here.edges):
        rest = here.gradient({k: 0.0})
        if not edge.wrt.label or _is_nothing(gradient - rest, gradient):
            continue
        where = defined(here.graph, (edge.of, edge.wrt))
        about = _about(edge)
        slope = _is_slope(edge)
        if edge.value != 1.0:
            what = _called(edge)
            text = f"{what}, {about}, is left out" if slope else f"{what} {about} is left out"
            cost = 1.7 if slope else 1.9
            yield "activation" if slope else "factor left out", text + where, cost, _with(ways, k, lambda _: 1.0)
        if not _is_nothing(rest, gradient):
            yield "path", f"what comes by way of {about} is left out{where}", 2.1, _with(ways, k, lambda _: 0.0)
        yield "sign", f"the factor {about} has the wrong sign{where}", 2.3, _with(ways, k, lambda e: -e.value)
        if slope:
            for instead, value in _slopes(edge, *(name_text(here.graph.names[x]) for x in (edge.of, edge.wrt))):
                text = f"{edge.symbol} is taken for {instead}{where}"
                yield "activation", text, 2.2, _with(ways, k, value)


def _is_nothing(part: float, gradient: float) -> bool:
    """Whether what comes by some way is nothing, but for rounding: then it cannot have been left out."""
    return abs(part) <= NOTHING * abs(gradient)


def defined(graph: NamedGraph, nodes: Iterable[Value]) -> str:
    """Say what those of the nodes are that a text calls v1, v2, ... since they have no label."""
    ends = {graph.y: "the result", graph.wrt[0]: "the quantity of this row"}
    named = dict.fromkeys(nodes)
    said = [f"{graph.names[x]} is {what}" for x, what in ends.items() if x in named and not x.label]
    found, _ = graph.definitions(x for x in named if x not in ends)
    said += (write(one, graph.vocabulary.texts("plain")) for node, one in found.items() if node not in ends)
    return f" ({', '.join(said[:DEFINED])})" if said else ""


def _with(ways: Callable[[Place], _Ways], k: int, value: Callable[[Factor], float]) -> Callable[[Place], float]:
    return lambda place: ways(place).gradient({k: value(ways(place).edges[k])})


def _without(ways: Callable[[Place], _Ways], some: Sequence[int]) -> Callable[[Place], float]:
    return lambda place: ways(place).gradient(dict.fromkeys(some, 1.0))


def _about(edge: Factor) -> str:
    formula = edge.formula
    return f"{edge.symbol} = {formula}" if 0 < len(formula) <= 60 else edge.symbol


def _is_slope(edge: Factor) -> bool:
    """Whether a factor is the derivative of a function of one argument, such as an activation."""
    op = edge.of.op
    return op is not None and op.arity == 1 and op is not ops.neg and edge.of.args[0] is edge.wrt


def _called(edge: Factor) -> str:
    """What a factor is."""
    if not _is_slope(edge):
        return "the factor"
    assert edge.of.op is not None
    return "the derivative of an activation" if edge.of.op in ACTIVATIONS else f"the derivative of {edge.of.op.name}"


def _slopes(edge: Factor, a: str, h: str) -> Iterator[tuple[str, Callable[[Factor], float]]]:
    """Slopes that are taken for that of an activation, from the names of its value and its argument."""
    logistic = edge.of.op is ops.sigmoid
    if logistic or edge.of.op is ops.tanh:
        yield f"1 - {a}", lambda e: 1.0 - e.of.data
        yield a, lambda e: e.of.data
        yield f"{h} * (1 - {h})", lambda e: e.wrt.data * (1.0 - e.wrt.data)
    if logistic:
        yield f"1 - {a}^2, the derivative of tanh", lambda e: 1.0 - e.of.data**2
        yield f"the derivative at {a} instead of {h}", lambda e: ops.sigmoid(e.of.data) * ops.sigmoid(-e.of.data)
    if edge.of.op is ops.tanh:
        yield f"{a} * (1 - {a}), the derivative of the sigmoid", lambda e: e.of.data * (1.0 - e.of.data)
        yield f"the derivative at {a} instead of {h}", lambda e: 1.0 - math.tanh(e.of.data) ** 2


def _activations(ways: Callable[[Place], _Ways], here: _Ways) -> Iterator[Way]:
    """The derivatives of the activations of a layer left out, or of all."""
    slopes = [k for k, edge in enumerate(here.edges) if edge.of.op in ACTIVATIONS and edge.of.label and edge.wrt.label]
    slopes = [k for k in slopes if _is_slope(here.edges[k])]
    groups: dict[str, list[int]] = {}
    for k in slopes:
        groups.setdefault(family(here.edges[k].of.label), []).append(k)
    if len(groups) > 1:
        groups[""] = slopes
    for some in groups.values():
        if len(some) > 1:
            names = ", ".join(here.edges[k].symbol for k in some[:STEPS])
            yield (
                "activation",
                f"the derivatives of the activations, {names}, are left out",
                1.8,
                _without(ways, some),
            )


def _paths(ways: Callable[[Place], _Ways], here: _Ways, gradient: float) -> Iterator[Way]:
    """One path left out of the sum, or all but one."""
    count = here.graph.count()
    if not 1 < count <= PATHS:
        return
    for path in here.graph.largest(PATHS):
        if _is_nothing(path.product, gradient) or _is_nothing(gradient - path.product, gradient):
            continue
        steps = [here.index[factor] for factor in path.factors]
        nodes = [here.graph.y, *(factor.wrt for factor in path.factors)]
        nodes = nodes if len(nodes) <= STEPS else [*nodes[: STEPS // 2], *nodes[-STEPS // 2 :]]
        names = [here.graph.names[x] for x in nodes]
        text = " → ".join(names if len(path.factors) < STEPS else [*names[: STEPS // 2], "…", *names[STEPS // 2 :]])
        where = defined(here.graph, nodes)
        product = _product(ways, steps)
        cost = 3.0 if where else 1.8
        yield "path", f"the path {text} is left out{where}", cost, _rest(ways, product)
        if count > 2:
            yield "path", f"only the path {text} is counted{where}", cost + 0.4, product


def _product(ways: Callable[[Place], _Ways], steps: Sequence[int]) -> Callable[[Place], float]:
    return lambda place: math.prod((ways(place).edges[k].value for k in steps), start=1.0)


def _rest(ways: Callable[[Place], _Ways], product: Callable[[Place], float]) -> Callable[[Place], float]:
    return lambda place: ways(place).gradient({}) - product(place)
