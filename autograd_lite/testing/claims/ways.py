"""The chain rule with something left out: a local derivative, a path, the derivative of an activation."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from weakref import WeakKeyDictionary

from autograd_lite import ops
from autograd_lite.graph import topological
from autograd_lite.paths import Factor, NamedGraph
from autograd_lite.testing.claims.points import Place, Setting
from autograd_lite.testing.claims.tokens import family
from autograd_lite.text.layout import partial
from autograd_lite.value import Value

__all__ = ["left_out"]

EDGES = 150
"""With more local derivatives, none is left out to see what comes of it."""
PATHS = 24
"""With more paths, none is left out to see what comes of it."""
STEPS = 12
"""Names of a path that are written out."""

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
    named = all(node.label for node in here.graph.shown[:-1])
    yield from _paths(ways, here, named=named)
    yield from _activations(ways, here)
    for k, edge in enumerate(here.edges):
        if not edge.wrt.label:
            continue
        about = _about(edge)
        slope = _is_activation(edge)
        if edge.value != 1.0:
            what = "the derivative of an activation" if slope else "the factor"
            text = f"{what}, {about}, is left out" if slope else f"{what} {about} is left out"
            cost = 1.7 if slope else 1.9
            yield "activation" if slope else "factor left out", text, cost, _with(ways, k, lambda _: 1.0)
        yield "path", f"what comes by way of {about} is left out", 2.1, _with(ways, k, lambda _: 0.0)
        yield "sign", f"the factor {about} has the wrong sign", 2.3, _with(ways, k, lambda e: -e.value)
        if slope:
            for instead, value in _slopes(edge):
                text = f"{partial(edge.of.label, edge.wrt.label)} is taken for {instead}"
                yield "activation", text, 2.2, _with(ways, k, value)


def _with(ways: Callable[[Place], _Ways], k: int, value: Callable[[Factor], float]) -> Callable[[Place], float]:
    return lambda place: ways(place).gradient({k: value(ways(place).edges[k])})


def _without(ways: Callable[[Place], _Ways], some: Sequence[int]) -> Callable[[Place], float]:
    return lambda place: ways(place).gradient(dict.fromkeys(some, 1.0))


def _about(edge: Factor) -> str:
    formula = edge.formula
    return f"{edge.symbol} = {formula}" if 0 < len(formula) <= 60 else edge.symbol


def _is_activation(edge: Factor) -> bool:
    op = edge.of.op
    return op is not None and op.arity == 1 and op is not ops.neg and edge.of.args[0] is edge.wrt


def _slopes(edge: Factor) -> Iterator[tuple[str, Callable[[Factor], float]]]:
    """Slopes that are taken for that of an activation."""
    a, h = edge.of.label, edge.wrt.label
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
    slopes = [k for k, edge in enumerate(here.edges) if _is_activation(edge) and edge.of.label and edge.wrt.label]
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


def _paths(ways: Callable[[Place], _Ways], here: _Ways, *, named: bool) -> Iterator[Way]:
    """One path left out of the sum, or all but one."""
    count = here.graph.count()
    if not 1 < count <= PATHS:
        return
    for path in here.graph.largest(PATHS):
        steps = [here.index[factor] for factor in path.factors]
        names = [here.graph.names[x] for x in (here.graph.y, *(factor.wrt for factor in path.factors))]
        text = " → ".join(names if len(names) <= STEPS else [*names[: STEPS // 2], "…", *names[-STEPS // 2 :]])

        product = _product(ways, steps)
        cost = 1.8 if named else 3.0
        yield (
            "path",
            f"the path {text} is left out",
            cost,
            _rest(ways, product),
        )
        if count > 2:
            yield "path", f"only the path {text} is counted", cost + 0.4, product


def _product(ways: Callable[[Place], _Ways], steps: Sequence[int]) -> Callable[[Place], float]:
    return lambda place: math.prod((ways(place).edges[k].value for k in steps), start=1.0)


def _rest(ways: Callable[[Place], _Ways], product: Callable[[Place], float]) -> Callable[[Place], float]:
    return lambda place: ways(place).gradient({}) - product(place)
