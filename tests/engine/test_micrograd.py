"""Code written for micrograd runs with its import changed: its README, tests, demo and drawings, and the lecture's."""

import math
import random
import re
from pathlib import Path

import graphviz
import micrograd.engine
import micrograd.nn
import numpy as np
import pytest

import autograd_lite
from autograd_lite import AnomalyError, Network, StaleGraphError, Value, detect_anomaly, exp, formula, operation, tanh
from autograd_lite.engine.ops import OWN

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


# --- what the page says --------------------------------------------------------------------------------------------

PAGE = (Path(__file__).parents[2] / "docs" / "micrograd.md").read_text(encoding="utf-8")


def rows(heading):
    """The rows of the table under a heading: the cells of each."""
    table = PAGE.split(f"## {heading}")[1].split("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def code(cell):
    return re.findall(r"`([^`]+)`", cell)


def run(line, names):
    """Run a line of code, and return its value if it has one."""
    try:
        compiled = compile(line, "docs/micrograd.md", "eval")
    except SyntaxError:
        exec(line, names)
        return None
    return eval(compiled, names)


@pytest.fixture
def names(monkeypatch):
    """What the lines of the page are given."""
    monkeypatch.setattr(micrograd.nn, "Value", Value)
    before = dict(OWN)
    yield {
        **{name: Value(x, name) for name, x in {"a": 2.0, "b": -3.0, "x": 0.5, "w": 1.5, "p": 1.0}.items()},
        "Value": Value,
        "Network": Network,
        "operation": operation,
        "exp": exp,
        "math": math,
        "model": micrograd.nn.MLP(2, [3, 1]),
        "foreign": micrograd.engine.Value(2.0),
    }
    OWN.clear()
    OWN.update(before)


@pytest.mark.parametrize("line", [line for row in rows("What runs") for line in code(row[0])])
def test_the_page_says_what_runs(line, names):
    """Every line of the page's first table runs."""
    run(line, names)


@pytest.mark.parametrize(("there", "here", "_"), rows("What is otherwise"))
def test_the_page_says_what_is_otherwise(there, here, _, names):
    """What the second table replaces raises an error with a remedy, and what it says instead runs."""
    with pytest.raises((TypeError, AttributeError)) as caught:
        run(code(there)[0], names)
    assert len(str(caught.value)) > 70
    for line in code(here)[0].split("; "):
        run(line, names)


def test_its_own_network_on_the_page(monkeypatch):
    """The page's remedy for micrograd's own network gives a node of ours, and gradients."""
    monkeypatch.setattr(micrograd.nn, "Value", micrograd.nn.Value)
    names = {}
    exec(re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1], names)
    assert isinstance(names["y"], Value)
    assert any(p.grad for p in names["model"].parameters())


# --- one step of the chain rule ------------------------------------------------------------------------------------


def neuron(value=Value):
    """The lecture's neuron: two inputs, two weights, a bias; its nodes from the result down."""
    x1, x2, w1, w2, b = map(value, (2.0, 0.0, -3.0, 1.0, 6.8813735870195432))
    p1, p2 = x1 * w1, x2 * w2
    s = p1 + p2
    n = s + b
    o = n.tanh()
    return [o, n, s, p1, p2], [x1, x2, w1, w2, b]


def test_the_lectures_steps_by_hand():
    """From a gradient of 1, step by step, come the lecture's numbers, and those of `backward()`."""
    computed, leaves = neuron()
    computed[0].grad = 1.0
    for node in computed:
        node._backward()
    assert computed[0].data == pytest.approx(0.7071, abs=1e-4)
    assert [x.grad for x in leaves] == pytest.approx([-1.5, 0.5, 1.0, 0.0, 0.5])
    again, others = neuron()
    again[0].backward()
    assert [x.grad for x in [*computed, *leaves]] == [x.grad for x in [*again, *others]]


def test_a_loop_over_the_order_of_ones_own():
    """A topological order found by `_prev` and run backwards by `_backward` gives the gradients of `backward()`."""
    (a, b), g = readme(Value)
    order, seen = [], set()

    def visit(v):
        if v not in seen:
            seen.add(v)
            for child in v._prev:
                visit(child)
            order.append(v)

    visit(g)
    g.grad = 1.0
    for v in reversed(order):
        v._backward()
    by_hand = a.grad, b.grad
    (a, b), g = readme(Value)
    g.backward()
    assert by_hand == pytest.approx((a.grad, b.grad), rel=1e-12)


@both
def test_each_step_adds(value):
    """A step adds to what is there, a second one again, and to a node on both sides twice; a leaf has none."""
    x = value(3.0)
    y = x * x
    y.grad = 1.0
    y._backward()
    assert (x.grad, y.grad) == (6.0, 1.0)
    y._backward()
    assert x.grad == 12.0
    x._backward()
    assert (x.grad, y.grad) == (12.0, 1.0)


@both
def test_a_step_without_a_gradient(value):
    """Without a gradient of its own a node passes 0 on."""
    x = value(3.0)
    (x * 2.0)._backward()
    assert x.grad == 0.0


def test_a_step_leaves_alone_what_it_does_not_reach():
    """What has no gradient keeps none: the node itself, and those beyond its operands."""
    x, y = Value(3.0), Value(2.0)
    z = x * y
    top = z + 1.0
    top._backward()
    assert [v.has_grad for v in (top, z, x, y)] == [False, True, False, False]
    top.grad = 1.0
    top._backward()
    top.backward()  # sets afresh what is computed, and adds to leaves
    assert [v.grad for v in (top, z, x, y)] == [1.0, 1.0, 2.0, 3.0]


def test_a_step_of_an_old_graph():
    """After an edit a step raises, and changes nothing."""
    x = Value(3.0, "x")
    y = x * x
    y.grad = 1.0
    x.data = 4.0
    with pytest.raises(StaleGraphError, match="'x' was changed"):
        y._backward()
    assert not x.has_grad
    assert y.grad == 1.0


@pytest.mark.parametrize("x", [0.0, math.inf])
def test_a_step_in_anomaly_mode(x):
    """Anomaly mode names what is not finite, a value or what a step passes on, and nothing is added."""
    leaf = Value(x, "x")
    y = leaf.sqrt()
    y.grad = 1.0
    with detect_anomaly(), pytest.raises(AnomalyError, match="sqrt"):
        y._backward()
    assert not leaf.has_grad
    leaf = Value(4.0, "x")
    y = leaf * 2.0
    leaf.grad, y.grad = 1e308, 8e307
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"'x' is not finite when 1.6e.308 is added to the 1e.308"):
        y._backward()
    assert leaf.grad == 1e308


def test_a_step_that_fails(monkeypatch):
    """Where the slopes raise, all gradients are as before."""
    x = Value(0.5, "x")
    y = tanh(x)
    y.grad = 1.0
    monkeypatch.setattr(autograd_lite.engine.chain, "propagate", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        y._backward()
    assert (x.has_grad, y.grad) == (False, 1.0)


# --- the lecture and the demo --------------------------------------------------------------------------------------


def test_the_lectures_first_half():
    """An expression worked backwards by hand, a nudge along the gradient, a node used twice, tanh in parts."""
    a, b, c, f = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c"), Value(-2.0, label="f")
    e = a * b
    d = e + c
    loss = d * f
    d.label, loss.label = "d", "L"
    loss.backward()
    assert (loss.data, d.grad, f.grad, c.grad, a.grad, b.grad) == (-8.0, -2.0, 4.0, -2.0, 6.0, -4.0)
    for leaf in (a, b, c, f):
        leaf.data += 0.01 * leaf.grad
    assert ((a * b + c) * f).data == pytest.approx(-7.286496)
    u = Value(3.0)
    (u + u).backward()
    assert u.grad == 2.0
    (_, n, *_), (x1, *_) = neuron()
    t = (2 * n).exp()
    ((t - 1) / (t + 1)).backward()
    assert x1.grad == pytest.approx(-1.5)


class Unit:
    """A neuron as people write it: a sum that begins with the bias, and tanh."""

    def __init__(self, inputs):
        self.w = [Value(random.uniform(-1, 1)) for _ in range(inputs)]
        self.b = Value(random.uniform(-1, 1))

    def __call__(self, x):
        """Its activation."""
        return sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b).tanh()


def test_the_lectures_second_half():
    """A network of such neurons is trained on four rows by hand, to a loss near 0; a draw shows all its nodes."""
    random.seed(7)
    layers = [[Unit(inputs) for _ in range(outputs)] for inputs, outputs in ((3, 4), (4, 4), (4, 1))]
    parameters = [p for layer in layers for unit in layer for p in [*unit.w, unit.b]]
    assert len(parameters) == 41

    def predict(x):
        for layer in layers:
            x = [unit(x) for unit in layer]
        return x[0]

    xs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    ys = [1.0, -1.0, -1.0, 1.0]
    losses = []
    for _ in range(60):
        loss = sum((y - wanted) ** 2 for wanted, y in zip(ys, map(predict, xs), strict=True))
        for p in parameters:
            p.grad = 0.0
        loss.backward()
        for p in parameters:
            p.data += -0.1 * p.grad
        losses.append(loss.data)
    assert losses[-1] < 0.1 < losses[0]
    nodes, edges = trace(loss)
    assert len(nodes) > 200
    assert len(edges) > len(nodes)


def test_the_demo():
    """With NumPy's rows and labels: batches, the hinge loss with its penalty, the accuracy, and the map of scores."""
    results = []
    for value in (micrograd.engine.Value, Value):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(micrograd.nn, "Value", value)
            random.seed(1337)
            model = micrograd.nn.MLP(2, [3, 1])
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(12, 2)), rng.choice([-1, 1], size=12)
        for step in range(3):
            chosen = rng.permutation(x.shape[0])[:8]
            scores = list(map(model, [list(map(value, row)) for row in x[chosen]]))
            losses = [(1 + -yi * score).relu() for yi, score in zip(y[chosen], scores, strict=True)]
            total = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())
            accuracy = np.mean([(yi > 0) == (score.data > 0) for yi, score in zip(y[chosen], scores, strict=True)])
            model.zero_grad()
            total.backward()
            for p in model.parameters():
                p.data -= (1.0 - 0.9 * step / 3) * p.grad
        mesh = np.c_[np.arange(-1, 1, 0.5), np.arange(-1, 1, 0.5)]
        above = np.array([model(list(map(value, row))).data > 0 for row in mesh])
        results.append([float(total.data), accuracy, *above, *(float(p.data) for p in model.parameters())])
    assert results[0] == pytest.approx(results[1], rel=1e-10)


# --- what cannot be ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda a: Value(1.0, (a,), "tanh"),
        lambda a: Value(1.0, {a}),
        lambda a: Value(1.0, _children=(a,), _op="tanh"),
        lambda a: Value(1.0, "", "tanh"),
        lambda a: setattr(a, "_backward", None),
    ],
)
def test_nodes_made_by_hand(make):
    """A node that is given its operands, its operation or its step: the error tells of the decorator."""
    with pytest.raises(TypeError, match=r"@operation above a function of one or two arguments.*operations\.md"):
        make(Value(2.0))


@pytest.mark.parametrize("name", ["m", "v", "velocity", "momentum", "cache"])
def test_what_optimizers_keep(name):
    """An optimizer's attribute on a node is refused with what to write; nodes of a subclass take it."""
    p = Value(2.0)
    assert not hasattr(p, name)
    with pytest.raises(AttributeError, match=rf"{name} = {{p: 0.0 for p in parameters}} and {name}\[p\] = "):
        setattr(p, name, 0.0)

    class Parameter(Value):
        pass

    q = Parameter(2.0)
    assert not hasattr(q, name)
    setattr(q, name, 0.25)
    assert getattr(q, name) == 0.25


@pytest.mark.parametrize(
    ("use", "says"),
    [
        (lambda ours, theirs: ours * theirs, "beside a node of autograd_lite: a graph has nodes of one package"),
        (lambda ours, theirs: ours < theirs, "a graph has nodes of one package"),
        (lambda _, theirs: Value(theirs), "got micrograd.engine.Value, a node of another package"),
        (lambda _, theirs: exp(theirs), "got micrograd.engine.Value, a node of another package"),
        (lambda _, theirs: formula(theirs), "got micrograd.engine.Value, a node of another package"),
        (lambda ours, theirs: formula(theirs * ours), "got micrograd.engine.Value, a node of another package"),
        (lambda ours, theirs: autograd_lite.leaves(theirs + ours), "got micrograd.engine.Value, a node of another"),
        (lambda ours, theirs: autograd_lite.grad(theirs, ours), "got micrograd.engine.Value, a node of another"),
        (lambda ours, _: Value(ours), r"got Value; the number in it is its \.data"),
        (lambda *_: exp(Value), "got the class Value itself"),
        (lambda ours, _: ours + Value, "got the class Value itself"),
        (lambda *_: autograd_lite.maximum(1.0, Value), "got the class Value itself"),
        (lambda *_: formula(Value), "got the class Value itself"),
    ],
)
def test_nodes_of_another_package(use, says):
    """Another package's node, and the class in place of a node, are named for what they are."""
    with pytest.raises(TypeError, match=says):
        use(Value(2.0), micrograd.engine.Value(3.0))
