"""The chain rule with something left out: a local derivative, a path, the derivative of an activation."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from weakref import WeakKeyDictionary

from autograd_lite.audit.mistakes import table
from autograd_lite.audit.mistakes.candidates import Candidate
from autograd_lite.audit.mistakes.edits import name_text
from autograd_lite.audit.mistakes.rows import ALL_BUT_ONE, UNLABELLED
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


class _LocalDerivatives:
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


def left_out(setting: Setting, wrt: Value) -> Iterator[Candidate]:
    """Return what comes of the chain rule with something left out."""
    known: WeakKeyDictionary[Place, _LocalDerivatives] = WeakKeyDictionary()

    def local(place: Place) -> _LocalDerivatives:
        if place not in known:
            known[place] = _LocalDerivatives(place, wrt)
        return known[place]

    here = local(setting.here)
    if not here.edges or len(here.edges) > EDGES or setting.y not in set(here.graph.between):
        return
    gradient = here.gradient({})
    yield from _paths(local, here, gradient)
    yield from _activations(local, here)
    for k, edge in enumerate(here.edges):
        rest = here.gradient({k: 0.0})
        if not edge.wrt.label or _is_nothing(gradient - rest, gradient):
            continue
        parts = {"factor": _written_out(edge), "where": defined(here.graph, (edge.of, edge.wrt))}
        slope = _is_slope(edge)
        if edge.value != 1.0:
            row = table.SLOPE_LEFT_OUT if slope else table.LINK_LEFT_OUT
            yield Candidate(row, _with(local, k, lambda _: 1.0), {**parts, "function": _called(edge)})
        if not _is_nothing(rest, gradient):
            yield Candidate(table.BRANCH_LEFT_OUT, _with(local, k, lambda _: 0.0), parts)
        yield Candidate(table.LINK_SIGN, _with(local, k, lambda e: -e.value), parts)
        if slope:
            for wrong, value in _slopes(edge, *(name_text(here.graph.names[x]) for x in (edge.of, edge.wrt))):
                said = {**parts, "derivative": edge.symbol, "wrong": wrong}
                yield Candidate(table.OTHER_SLOPE, _with(local, k, value), said)


def _is_nothing(part: float, gradient: float) -> bool:
    """Whether what comes by some way is nothing, but for rounding: then it cannot have been left out."""
    return abs(part) <= NOTHING * abs(gradient)


def defined(graph: NamedGraph, nodes: Iterable[Value]) -> str:
    """Say what those of the nodes are that a text calls v1, v2, ... since they have no label."""
    ends = {graph.y: "the result", graph.wrt[0]: "the quantity of this row"}
    named = dict.fromkeys(nodes)
    texts = [f"{graph.names[x]} is {what}" for x, what in ends.items() if x in named and not x.label]
    formulas, _ = graph.definitions(x for x in named if x not in ends)
    texts += (write(one, graph.vocabulary.texts("plain")) for node, one in formulas.items() if node not in ends)
    return f" ({', '.join(texts[:DEFINED])})" if texts else ""


def _with(
    local: Callable[[Place], _LocalDerivatives], k: int, value: Callable[[Factor], float]
) -> Callable[[Place], float]:
    return lambda place: local(place).gradient({k: value(local(place).edges[k])})


def _without(local: Callable[[Place], _LocalDerivatives], some: Sequence[int]) -> Callable[[Place], float]:
    return lambda place: local(place).gradient(dict.fromkeys(some, 1.0))


def _written_out(edge: Factor) -> str:
    formula = edge.formula
    return f"{edge.symbol} = {formula}" if 0 < len(formula) <= 60 else edge.symbol


def _is_slope(edge: Factor) -> bool:
    """Whether a factor is the derivative of a function of one argument, such as an activation."""
    op = edge.of.op
    return op is not None and op.arity == 1 and op is not ops.neg and edge.of.args[0] is edge.wrt


def _called(edge: Factor) -> str:
    """What the derivative of a function is called."""
    if edge.of.op is None:
        return ""
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


def _activations(local: Callable[[Place], _LocalDerivatives], here: _LocalDerivatives) -> Iterator[Candidate]:
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
            yield Candidate(table.LAYER_LEFT_OUT, _without(local, some), {"names": names})


def _paths(
    local: Callable[[Place], _LocalDerivatives], here: _LocalDerivatives, gradient: float
) -> Iterator[Candidate]:
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
        product = _product(local, steps)
        parts, less_likely = {"path": text, "where": where}, UNLABELLED if where else 0.0
        yield Candidate(table.PATH_LEFT_OUT, _rest(local, product), parts, less_likely)
        if count > 2:
            yield Candidate(table.ONLY_PATH, product, parts, less_likely + ALL_BUT_ONE)


def _product(local: Callable[[Place], _LocalDerivatives], steps: Sequence[int]) -> Callable[[Place], float]:
    return lambda place: math.prod((local(place).edges[k].value for k in steps), start=1.0)


def _rest(local: Callable[[Place], _LocalDerivatives], product: Callable[[Place], float]) -> Callable[[Place], float]:
    return lambda place: local(place).gradient({}) - product(place)
