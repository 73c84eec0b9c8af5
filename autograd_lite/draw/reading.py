"""What one pass left in a network: the nodes at each place of it, found in the graph of the loss."""

import math
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from autograd_lite.draw import style
from autograd_lite.draw.old_values import OldValues, fixed
from autograd_lite.engine import ops
from autograd_lite.engine.chain import edited
from autograd_lite.engine.derivatives import dependent
from autograd_lite.engine.graph import adjoints, named, readable, topological
from autograd_lite.engine.ieee import short
from autograd_lite.engine.value import Value
from autograd_lite.nn import Layer, Network

__all__ = ["Moment", "Reading"]


class Moment(StrEnum):
    """Values of the parameters, where there are two: those before an update or those now."""

    UNKNOWN = ""
    BEFORE = "before"
    NOW = "now"


class Reading:
    """The named nodes of a network in the graph of `loss`; where there is none, only the parameters are known.

    Raises:
        TypeError: not a network, not a node, or an old value that is not a number.
        ValueError: a loss of another network, a `suffix` that no sample has, an unknown name in `before` or gradients
            of several results, a node in `trained` that is no parameter of this network.
    """

    def __init__(
        self,
        net: Network,
        loss: Value | None,
        suffix: str,
        before: Mapping[str, float] | None,
        trained: Iterable[Value] | None,
    ) -> None:
        if not isinstance(net, Network):
            raise TypeError(f"draw.network takes an nn.Network, got {type(net).__name__}")
        if loss is not None and not isinstance(loss, Value):
            raise TypeError(f"the loss is a Value, got {type(loss).__name__}")
        self.net, self.suffix = net, suffix
        self.notes: list[str] = []
        """What a reader of the picture has to know besides."""
        self._order = topological(loss) if loss is not None else []
        present = set(self._order)
        if loss is not None and not any(p in present for p in net.parameters()):
            raise ValueError("this loss was not computed by this network: none of its weights is in the loss's graph")
        old = OldValues(net, before or {})
        self.fixed = fixed(net, trained) if trained is not None else old.fixed
        """The parameters that are not trained."""
        self.before = {p: x for p, x in old.values.items() if p not in self.fixed or p.data != x}
        """Old values by node."""
        self.slopes_before, self.slopes_of = old.slopes, old.slopes_of
        """The gradients at the old values by node, and of what they are."""
        self._nodes = named(loss) if loss is not None else {}
        self._sums = self._weighted_sums()
        self.has_values = (net.layers[0].name, 0) in self._sums
        if loss is not None and not self.has_values:
            self._no_sample()
        self.loss = self._own_loss(loss) if loss is not None and suffix else loss
        """The result drawn: of one sample of several its own loss, where that has a name."""
        self.moment = Moment.NOW if self.before else Moment.UNKNOWN
        """At which values the pass was computed, where there are two."""
        self._gradients: dict[Value, float] = {}
        if self.loss is not None and loss is not None:
            self._differentiate(self.loss, loss)
        old_pass = self._gradients if self.moment == Moment.BEFORE else {}
        self.one_gradient = bool(old_pass) and all(
            _same(old_pass.get(p, 0.0), slope) for p, slope in self.slopes_before.items()
        )
        """Whether the gradients at the old values are those of the loss drawn, in its pass."""

    def _weighted_sums(self) -> dict[tuple[str, int], Value]:
        """The nodes that have the names of sums, and are sums with these weights."""
        sums = {}
        for layer in self.net.layers:
            for j, row in enumerate(layer.weights):
                node = self.node(layer.sum_name(j))
                if node is not None and len(_factors(node, row)) == len(row):
                    sums[layer.name, j] = node
        return sums

    def _own_loss(self, loss: Value) -> Value:
        """The loss of the sample."""
        own = next((node for x in (loss.label, "E_total") if x and (node := self.node(x)) is not None), None)
        note = f"sample {readable(self.suffix)}"
        if own is None:
            note += ": its values; loss and ∂ are those of all samples"
        elif own is not loss:
            whole = style.short(loss.label) if loss.label else "the loss"
            note += (
                f": its values, its own loss, and the ∂ of that; {whole} of all samples is {style.number(loss.data)}"
            )
        self.notes.append(note)
        return loss if own is None else own

    def _differentiate(self, drawn: Value, loss: Value) -> None:
        """Find the gradients of what is drawn, at the values at which it was computed, once backward() has run."""
        changed = edited(self._order)
        if not changed:
            self._gradients = adjoints(drawn) if drawn.has_grad else {}
            return
        again = _again(self._order, self.before) if changed <= self.before.keys() else {}
        if not again:
            self.moment = Moment.UNKNOWN
            leaves = [x for x in dict.fromkeys((*self.net.parameters(), *self._order)) if x in changed]
            names = [readable(x.label) if x.label else "a leaf" for x in leaves]
            listed = ", ".join(names) if len(names) <= 3 else f"{names[0]}, ..., {names[-1]}"
            self.notes.append(f"sums, activations and loss are those before the change of {listed}")
            if drawn.has_grad:
                self.notes.append(
                    "∂ — : not known, "
                    + ("the old values do not give these numbers" if self.before else "before= takes the old values")
                )
            return
        self.moment = Moment.BEFORE
        if not drawn.has_grad:
            return
        slopes = adjoints(again[drawn])
        self._gradients = {node: slopes.get(copy, 0.0) for node, copy in again.items()}
        if not self.slopes_before:
            whole = slopes if drawn is loss else adjoints(again[loss])
            self.slopes_before = {p: whole[again[p]] for p in self.before if p in again}
            self.slopes_of = loss.label or "the loss"

    def _no_sample(self) -> None:
        first = self.net.layers[0].sum_name(0)
        others = [name[len(first) :] for name in self._nodes if name.startswith(first + "[")]
        if self.suffix:
            raise ValueError(
                f"no sample of this loss has the suffix {short(self.suffix)}; "
                + (
                    f"there are {', '.join(map(readable, others[:8]))}{', ...' * (len(others) > 8)}"
                    if others
                    else "leave suffix out"
                )
            )
        if others:
            self.notes.append(
                f"loss and gradients over {len(others)} samples; suffix={short(others[0])} shows one of them"
            )
        elif first in self._nodes:
            self.notes.append("what has the names of the sums was not computed with these weights, and is not shown")

    def gradient(self, node: Value) -> float | None:
        """The gradient of the loss drawn with respect to `node`, in its pass; None if that is not known."""
        return self._gradients.get(node, 0.0) if self._gradients else None

    @property
    def differentiated(self) -> bool:
        """Whether the gradients of the loss drawn are known."""
        return bool(self._gradients)

    def rate(self) -> float | None:
        """The learning rate, of 6 digits at most, with which the gradients before made every change to the last bit."""
        slopes = {p: self.slopes_before.get(p, math.nan) for p in self.before}
        steepest = max(slopes, key=lambda p: abs(slopes[p]), default=None)
        if steepest is None or slopes[steepest] == 0.0:
            return None
        about = (self.before[steepest] - steepest.data) / slopes[steepest]
        for digits in range(1, 7):
            rate = float(f"{about:.{digits}g}")
            if all(self.before[p] - rate * slope == p.data for p, slope in slopes.items()):
                return rate
        return None

    def errors(self) -> list[Value]:
        """The nodes E1, E2, ..., if there is one for each output, and none of them is the loss."""
        nodes = [node for j in range(1, self.net.sizes[-1] + 1) if (node := self.node(f"E{j}")) is not None]
        return nodes if len(nodes) == self.net.sizes[-1] and self.loss not in set(nodes) else []

    def composition(self) -> tuple[str, float | None]:
        """How the loss is made of the errors, in words, and what other terms add to it, if there are any."""
        errors = self.errors()
        assert self.loss is not None
        shares, others = _shares(self.loss, errors)
        for words, share in (("sum of the errors", 1.0), ("mean of the errors", 1.0 / len(errors))):
            if shares and all(one == share for one in shares):
                total = math.fsum(error.data for error in errors)
                rest = self.loss.data - (total if share == 1.0 else total / len(errors))
                return words, rest if others else None
        return "not the sum of the errors", None

    def node(self, name: str) -> Value | None:
        """The node of that label, with the sample's suffix."""
        return self._nodes.get(name + self.suffix)

    def sum(self, layer: Layer, j: int) -> Value | None:
        """The weighted sum of neuron `j`, counted from 0."""
        return self._sums.get((layer.name, j))

    def activation(self, layer: Layer, j: int) -> Value | None:
        """The activation of neuron `j`; for a linear layer the sum again."""
        total, active = self.sum(layer, j), self.node(layer.activation_name(j))
        return active if active is total or (active is not None and total in set(active.parents)) else None

    def names(self) -> set[str]:
        """The names of quantities that a picture of the network may show."""
        neurons = [(layer, j) for layer in self.net.layers for j in range(len(layer.weights))]
        return {
            *(name for layer, j in neurons for name in (layer.sum_name(j), layer.activation_name(j))),
            *(name.removesuffix(self.suffix) for name in self._nodes),
            *(name for name, _ in self.inputs()),
            *(node.label for node in (*self.net.weights, *self.net.biases)),
        }

    def inputs(self) -> list[tuple[str, Value | None]]:
        """The inputs, each with its label, or i1, i2, ... where it has none."""
        layer = self.net.layers[0]
        total = self.sum(layer, 0)
        factors = _factors(total, layer.weights[0]) if total is not None else {}
        inputs = []
        for k, weight in enumerate(layer.weights[0], 1):
            node = factors.get(weight, self.node(f"i{k}"))
            label = node.label.removesuffix(self.suffix) if node is not None else ""
            inputs.append((label or f"i{k}", node))
        return inputs


def _factors(total: Value, weights: tuple[Value, ...]) -> dict[Value, Value]:
    """By weight, what it is multiplied by in a weighted sum."""
    wanted = set(weights)
    factors: dict[Value, Value] = {}
    above = [total]
    while above:
        node = above.pop()
        if node.op is ops.add:
            above.extend(node.parents)
        elif node.op is ops.mul and len(node.parents) == 2:
            first, second = node.parents
            if first in wanted:
                factors[first] = second
            elif second in wanted:
                factors[second] = first
    return factors


def _shares(root: Value, errors: Sequence[Value]) -> tuple[list[float], bool]:
    """The factor of each error in `root`, if that is a sum of them, and whether it has other terms; else no factors."""
    order = topological(root)
    ends, inside = set(errors), set(dependent(order, errors))
    shares = dict.fromkeys(order, 0.0) | {root: 1.0}
    others = False
    for node in reversed(order):
        if node in ends or shares[node] == 0.0:
            continue
        constants = [not isinstance(x, Value) for x in node.args]
        if node not in inside:
            others = True
        elif (
            node.op in {ops.add, ops.sub, ops.neg}
            or (node.op is ops.mul and any(constants))
            or (node.op is ops.div and constants[1])
        ):
            slopes = node.op.partials(node.data, *(x.data if isinstance(x, Value) else x for x in node.args))
            for x, slope in zip(node.args, slopes if len(constants) > 1 else (slopes,), strict=True):
                if isinstance(x, Value):
                    shares[x] += shares[node] * slope
            others |= node.op in {ops.add, ops.sub} and any(constants)
        else:
            return [], False
    return [shares.get(error, 0.0) for error in errors], others


def _again(order: Sequence[Value], before: Mapping[Value, float]) -> dict[Value, Value]:
    """The graph computed again with the old values; nothing if that gives other numbers than the nodes have."""
    again: dict[Value, Value] = {}
    for node in order:
        if node.op is None:
            again[node] = Value(before.get(node, node.data))
            continue
        copy = node.op(*(again[x] if isinstance(x, Value) else x for x in node.args))
        if not _same(copy.data, node.data):
            return {}
        again[node] = copy
    return again


def _same(x: float, y: float) -> bool:
    return x == y or (math.isnan(x) and math.isnan(y))
