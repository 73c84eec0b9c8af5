"""The layers of a network found in a graph by its labels and operations, and names with indices for its nodes.

The names are those of `autograd_lite.nn.matrices`: w_jk^(l) from neuron k of layer l - 1 to neuron j of layer l,
z_j^(l) the weighted sum, a_j^(l) the activation, b_j^(l) the bias, b^(l) one that several neurons of the graph share,
a_k^(0) an input.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from autograd_lite.engine import ops
from autograd_lite.engine.graph import find, readable, topological
from autograd_lite.engine.value import Value
from autograd_lite.text.indexed import indexed
from autograd_lite.text.reading import origins

__all__ = ["Names", "Neuron", "find_named", "index_names", "neurons_of"]

Names = Literal["labels", "index"]
"""What nodes are called: by their labels, or those of a `Network` by their indices, such as w₁₁⁽²⁾ and a₁⁽¹⁾."""

_SUM = re.compile(r"(h(\d+)_|h|o)(\d+)((?!\d).*)", re.DOTALL)
NO_NETWORK = (
    "names='index', form='delta' and form='matrix' take the graph of a Network, such as data_loss(net, data) or "
    "net(inputs)[0], whose nodes have their labels"
)


@dataclass(frozen=True, eq=False)
class Neuron:
    """One neuron in one forward pass."""

    layer: int
    """From 1 on."""
    number: int
    """In its layer, from 1 on."""
    sample: str
    """What the labels of the pass end with, such as "[2]"."""
    sum: Value
    activation: Value
    """The sum itself where the neuron is linear."""
    weights: Sequence[Value]
    inputs: Sequence[Value]
    """Those that the weights are multiplied with."""
    bias: Value | None


def neurons_of(y: Value) -> list[Neuron]:
    """Return the neurons that `y` was computed from: layer by layer, and in each sample by sample.

    Raises `ValueError` if these are not the sums w1*i1 + w2*i2 + ... + b1 that `Network` makes, or there are none.
    """
    order = topological(y)
    found = [(node, match) for node in order if node.op is not None and (match := _SUM.fullmatch(node.label))]
    if not found:
        raise ValueError(f"{NO_NETWORK}; no node of this graph is labelled as a sum is, such as o1 or h1")
    twice = next((name for name, n in Counter(node.label for node, _ in found).items() if n > 1), None)
    if twice is not None:
        raise ValueError(
            f"several nodes are labelled {readable(twice)}: give each forward pass a suffix, as in net(x, suffix='[2]')"
        )
    named = {node.label: node for node in order if node.label}
    hidden = max((int(match[2] or 1) for _, match in found if match[1] != "o"), default=0)
    neurons = []
    for node, match in found:
        active = named.get(f"a_{node.label}", node)
        if active is not node and node not in active.parents:
            raise ValueError(f"{readable(active.label)} is not one operation on {readable(node.label)}; {NO_NETWORK}")
        layer = hidden + 1 if match[1] == "o" else int(match[2] or 1)
        neurons.append(Neuron(layer, int(match[3]), match[4], node, active, *_terms(node)))
    neurons.sort(key=lambda neuron: neuron.layer)
    _check_connected(neurons)
    return neurons


def _check_connected(neurons: Sequence[Neuron]) -> None:
    """Raise `ValueError` if a neuron's inputs are not its layer's: the activations of the one before, in order."""
    inputs: dict[tuple[int, str], Sequence[Value]] = {}
    before: dict[tuple[int, str], dict[int, Value]] = {}
    for x in neurons:
        before.setdefault((x.layer + 1, x.sample), {})[x.number] = x.activation
    for x in neurons:
        place = x.layer, x.sample
        due = inputs.setdefault(place, x.inputs)
        if x.layer > 1:
            above = before.get(place, {})
            due = [above[k] for k in sorted(above)]
        if [*x.inputs] != [*due]:
            which = "the neurons beside it" if x.layer == 1 else f"layer {x.layer - 1}"
            raise ValueError(f"the inputs of {readable(x.sum.label)} are not those of {which}; {NO_NETWORK}")


def _terms(total: Value) -> tuple[list[Value], list[Value], Value | None]:
    """The weights of a sum, what they are multiplied with, and the bias."""
    terms: list[object] = []
    node: Value | float = total
    while isinstance(node, Value) and node.op is ops.add and (node is total or not node.label):
        terms.append(node.args[1])
        node = node.args[0]
    terms.append(node)
    terms.reverse()
    last = terms[-1]
    bias = last if isinstance(last, Value) and last.op is None else None
    weights, inputs = [], []
    for term in terms if bias is None else terms[:-1]:
        pair = term.args if isinstance(term, Value) and term.op is ops.mul else ()
        weight, x = pair if len(pair) == 2 else (None, None)
        if not isinstance(weight, Value) or weight.op is not None or not isinstance(x, Value):
            raise ValueError(f"{readable(total.label)} is not a sum of weights times inputs; {NO_NETWORK}")
        weights.append(weight)
        inputs.append(x)
    return weights, inputs, bias


def index_names(y: Value) -> dict[Value, str]:
    """Return what the nodes of the network in a graph are called by their indices.

    Raises what `neurons_of` does, and `ValueError` where a node stands in two places.
    """
    names: dict[Value, str] = {}
    for node, name in _pairs(neurons_of(y), y):
        if names.setdefault(node, name) != name:
            both = f"{readable(names[node])} and {readable(name)}"
            raise ValueError(f"{readable(node.label)} is both {both}: it stands in two places")
    taken = {node.label for node in topological(y) if node not in names}.intersection(names.values())
    if taken:
        raise ValueError(
            f"a node is labelled {readable(min(taken))}, which stands for another by its indices; rename it"
        )
    return names


def find_named(y: Value, wrt: Value | str, names: Names) -> Value:
    """Return the node that is meant, by a label or a name with indices; raises what `find` does."""
    if names == "index" and isinstance(wrt, str):
        found = [node for node, name in index_names(origins(y)[0]).items() if name == wrt]
        if found:
            return found[0]
    return find(y, wrt)


def _pairs(neurons: Sequence[Neuron], y: Value) -> Iterator[tuple[Value, str]]:
    users = Counter((x.layer, x.bias) for x in neurons if x.bias is not None and x.sample == neurons[0].sample)
    for x in neurons:
        if x.layer == 1:
            yield from ((node, indexed("a", 0, k, after=x.sample)) for k, node in enumerate(x.inputs, 1))
        yield from ((w, indexed("w", x.layer, x.number, k)) for k, w in enumerate(x.weights, 1))
        if x.bias is not None:
            yield x.bias, indexed("b", x.layer, *[x.number] * (users[x.layer, x.bias] < 2))
        if x.sum is not x.activation or x.sum is y:  # of a sum alone nobody knows its activation
            yield x.sum, indexed("z", x.layer, x.number, after=x.sample)
        if x.sum is not y:
            yield x.activation, indexed("a", x.layer, x.number, after=x.sample)
