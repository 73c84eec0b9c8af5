"""Nodes, networks and gradient descent as HTML."""

import html
from collections.abc import Iterator, Sequence
from itertools import islice

from autograd_lite.displays.parts import ends, exact, facts, gradient, name
from autograd_lite.draw.network import network as drawing
from autograd_lite.engine.value import Value
from autograd_lite.nn import Layer, Network, Pass
from autograd_lite.optim import GradientDescent
from autograd_lite.storage.task import Task
from autograd_lite.text.formulas import formula
from autograd_lite.text.layout import number, page, web_table
from autograd_lite.text.web import as_html

__all__ = ["descent", "layer", "network", "node", "steps", "task"]

DRAWN = 60
"""Weights of a network that is drawn."""
READ = 300
"""Nodes of a graph whose formula is shown."""
SIGNS = 1_000
"""Characters of a formula that is shown."""


def node(v: Value) -> str:
    """Return a node's number, gradient and formula."""
    slope = exact(v.grad) if v.has_grad else "—"
    head = ("label", "data", "gradient", "operation", "formula")
    return page(web_table(head, [[name(v.label), exact(v.data), slope, _operation(v), _formula(v)]], "lrrll"))


def _operation(v: Value) -> str:
    return "leaf" if v.op is None else html.escape(v.op.name)


def _formula(v: Value) -> str:
    """The formula in the names of labelled nodes; none of leaves and large graphs."""
    if v.op is None or len(list(islice(_graph(v), READ + 1))) > READ:
        return "—"
    plain = formula(v)
    return as_html(formula(v, style="mathml")) if len(plain) <= SIGNS else "—"


def _graph(v: Value) -> Iterator[Value]:
    """The nodes of a graph, nearest to the result first."""
    seen, above = {v}, [v]
    while above:
        one = above.pop()
        yield one
        above += [x for x in dict.fromkeys(one.parents) if x not in seen]
        seen.update(one.parents)


def _span(nodes: Sequence[Value]) -> str:
    """The labels of parameters, of several the first and last."""
    different = list(dict.fromkeys(nodes))
    if not different:
        return "none"
    labels = [name(x.label) for x in different]
    return labels[0] if len(labels) == 1 else f"{labels[0]} to {labels[-1]}"


def _row(one: Layer) -> list[str]:
    weights = [w for row in one.weights for w in row]
    return [
        name(one.name),
        str(len(one.weights)),
        str(len(one.weights[0])),
        one.activation,
        _span(weights),
        _span(one.biases),
    ]


HEAD = ("layer", "neurons", "inputs", "activation", "weights", "biases")


def network(net: Network) -> str:
    """Return a network's layers as a table, and the picture of a small one."""
    count = len(net.parameters())
    title = f"Network {'-'.join(map(str, net.sizes))}, {count:,} parameter{'s' * (count != 1)}"
    shown = drawing(net)._repr_html_() if len(net.weights) <= DRAWN else ""
    return page(f"<p>{title}</p>", web_table(HEAD, ends([_row(one) for one in net.layers]), "lrrlll"), shown)


def layer(one: Layer) -> str:
    """Return a layer's names and numbers: a row a neuron."""
    inputs = len(one.weights[0])
    head = ("neuron", *(f"input {k}" for k in range(1, min(inputs, 12) + 1)), *["…"] * (inputs > 12), "bias")
    rows = []
    for j, row in enumerate(one.weights):
        cells = [f"{name(w.label)} {number(w.data)}" for w in row[:12]] + ["…"] * (inputs > 12)
        bias = f"{name(one.biases[j].label)} {number(one.biases[j].data)}" if one.biases else "—"
        rows.append([name(one.sum_name(j)), *cells, bias])
    return page(f"<p>Layer {name(one.name)}, {one.activation}</p>", web_table(head, ends(rows), "l" * len(head)))


def steps(done: Pass) -> str:
    """Return the nodes of a forward pass: a row a node, with gradients where there are some."""
    layers = [("input", done.inputs)]
    for k, (sums, active) in enumerate(zip(done.sums, done.activations, strict=True), 1):
        layers.append((f"layer {k}, sum", sums))
        if active is not sums and active != sums:
            layers.append((f"layer {k}, activation", active))
    rows = [[what, name(x.label), number(x.data), _slope(x)] for what, nodes in layers for x in nodes]
    return page("<p>Forward pass</p>", web_table(("", "", "value", "gradient"), ends(rows), "llrr"))


def _slope(x: Value) -> str:
    return gradient(x.grad if x.has_grad else None)


def descent(rule: GradientDescent) -> str:
    """Return the parameters, their gradients, and what the next step makes of them."""
    rows = [
        [name(p.label), number(p.data, 4), _slope(p), number(p.data - rule.lr * p.grad, 4) if p.has_grad else "—"]
        for p in rule.parameters
    ]
    title = f"Gradient descent, learning rate {rule.lr:g}: w ← w − {rule.lr:g} · ∂E/∂w"
    return page(f"<p>{title}</p>", web_table(("parameter", "now", "gradient", "after step()"), ends(rows), "lrrr"))


def task(one: Task) -> str:
    """Return how a network is trained, its first samples, and the network."""
    rows = [[", ".join(map(exact, inputs)), ", ".join(map(exact, targets))] for inputs, targets in one.data]
    known = {
        "loss": html.escape(getattr(one.loss, "__name__", "a function")),
        "trained": html.escape(one.trained),
        "learning rate": "" if one.lr is None else exact(one.lr),
        "epochs": "" if one.epochs is None else f"{one.epochs:,}",
    }
    samples = web_table(("inputs", "targets"), ends(rows), "ll") if rows else ""
    return facts(f"Training task, {len(rows):,} sample{'s' * (len(rows) != 1)}", known, samples, network(one.net))
