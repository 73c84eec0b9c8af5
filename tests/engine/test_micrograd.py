"""Code written for micrograd runs with its import changed: its README's example, its two tests, its drawings."""

import random

import graphviz
import micrograd.engine
import micrograd.nn
import pytest

from autograd_lite import Value

both = pytest.mark.parametrize("value", [Value, micrograd.engine.Value], ids=["autograd_lite", "micrograd"])


def readme(value):
    """The calculation that micrograd's README shows: two leaves and the result."""
    a, b = value(-4.0), value(2.0)
    c, d = a + b, a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return (a, b), g


def sanity(value):
    """The calculation of its first test."""
    x = value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    return (x,), h + q + q * x


@both
def test_readme(value):
    """The README's numbers: 24.7041, and the derivatives 138.8338 and 645.5773."""
    (a, b), g = readme(value)
    assert f"{g.data:.4f}" == "24.7041"
    g.backward()
    assert (f"{a.grad:.4f}", f"{b.grad:.4f}") == ("138.8338", "645.5773")
    assert g.data == pytest.approx(24.70408163265306, rel=1e-14)
    assert [a.grad, b.grad] == pytest.approx([138.83381924198252, 645.5772594752186], rel=1e-14)


@both
def test_sanity_check(value):
    """Its first test: value and derivative are exactly -20 and 46."""
    (x,), y = sanity(value)
    y.backward()
    assert (y.data, x.grad) == (-20.0, 46.0)


@both
def test_more_ops(value):
    """Its second test, with all its operations, to its tolerance of 1e-6 and well below."""
    (a, b), g = readme(value)
    g.backward()
    (x, y), reference = readme(micrograd.engine.Value)
    reference.backward()
    for ours, theirs in ((g.data, reference.data), (a.grad, x.grad), (b.grad, y.grad)):
        assert abs(ours - theirs) < 1e-6
        assert ours == pytest.approx(theirs, rel=1e-14)


def trace(root):
    """Collect nodes and edges as micrograd's notebook does."""
    nodes, edges = set(), set()
    todo = [root]
    while todo:
        v = todo.pop()
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                todo.append(child)
    return nodes, edges


def draw_dot(root):
    """Draw as micrograd's notebook does: a record a node, an oval an operation."""
    nodes, edges = trace(root)
    dot = graphviz.Digraph(format="svg", graph_attr={"rankdir": "LR"})
    for n in nodes:
        dot.node(str(id(n)), f"{{ data {n.data:.4f} | grad {n.grad:.4f} }}", shape="record")
        if n._op:
            dot.node(str(id(n)) + n._op, n._op)
            dot.edge(str(id(n)) + n._op, str(id(n)))
    for n1, n2 in edges:
        dot.edge(str(id(n1)), str(id(n2)) + n2._op)
    return dot


@both
def test_draw_dot(value):
    """Its drawing of a neuron runs with either import, and shows the same numbers and operations.

    micrograd has a node for the constant 3, and calls a product `*` instead of `×`.
    """
    x, w, b = value(1.0), value(-2.0), value(0.5)
    y = (x * w + b**2 + 3).relu()
    y.backward()
    source = draw_dot(y).source
    constants = 0 if value is Value else 1
    assert source.count('label="{ data') == 8 + constants
    assert source.count("->") == 5 + 7 + constants
    numbers = ["1.0000 | grad -2.0000", "-2.0000 | grad 1.0000", "0.5000 | grad 1.0000", "0.2500 | grad 1.0000"]
    assert all(f"{{ data {shown} }}" in source for shown in numbers)
    assert [source.count(f"label={shown}]") for shown in ('"+"', '"**2"', "ReLU")] == [2, 1, 1]
    assert source.count('label="×"') + source.count('label="*"') + source.count("label=×") == 1


def test_prev_and_op():
    """`_prev` is the set of operands and `_op` the operation, empty for a leaf."""
    x, y = Value(2.0), Value(3.0)
    assert (x + y)._prev == {x, y}
    assert (x * x)._prev == {x}
    assert x._prev == set()
    assert [v._op for v in (x, x + y, x**2, x**-0.5, x**y, x.relu())] == ["", "+", "**2", "**-0.5", "^", "ReLU"]


def test_its_network_on_our_nodes(monkeypatch):
    """The network of micrograd itself, given our nodes, trains step by step as it does on its own."""
    histories = []
    for value in (micrograd.engine.Value, Value):
        monkeypatch.setattr(micrograd.nn, "Value", value)
        random.seed(1337)
        model = micrograd.nn.MLP(2, [4, 1])
        data = [([0.5, -1.0], 1.0), ([-1.5, 0.3], -1.0), ([2.0, 1.0], -1.0)]
        losses = []
        for step in range(20):
            margins = [(1 + -target * model(list(map(value, inputs)))).relu() for inputs, target in data]
            loss = sum(margins) * (1.0 / 3.0) + 1e-4 * sum(p * p for p in model.parameters())
            model.zero_grad()
            loss.backward()
            for p in model.parameters():
                p.data -= (1.0 - 0.9 * step / 20) * 0.1 * p.grad
            losses.append(loss.data)
        histories.append([*losses, *(p.data for p in model.parameters())])
    assert histories[0] == pytest.approx(histories[1], rel=1e-10)
    assert histories[0][19] < histories[0][0]
