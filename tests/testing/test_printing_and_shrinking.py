"""Strategies: what they draw prints as code, and shrinks to the smallest case."""

import dataclasses
import pickle
import random

import hypothesis
import pytest
from hypothesis import find, settings
from strategies import ROWS
from strategy_examples import CUBE, bits, examples_of, run, uses

import autograd_lite
from autograd_lite import Value, losses, testing
from autograd_lite.engine.ops import OPS
from autograd_lite.nn import Network
from autograd_lite.testing import (
    Graph,
    expressions,
    given,
    graphs,
    networks,
)

# --- how they print ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "strategy",
    [expressions(), graphs(), graphs(smooth=False), graphs(5, 20, ops=ROWS.values(), largest=1e6)],
    ids=["expressions", "graphs", "kinks", "helpers"],
)
def test_code_rebuilds_the_graph(strategy):
    """The lines of a graph, run by themselves, give its values and gradients to the last bit; its repr an equal one."""
    for graph in examples_of(strategy):
        scope = run(graph.code)
        root, leaves, _ = graph.build()
        assert bits(scope["root"].data) == bits(root.data) == bits(graph())
        scope["root"].backward()
        root.backward()
        for name, leaf in leaves.items():
            assert (bits(scope[name].data), bits(scope[name].grad)) == (bits(leaf.data), bits(leaf.grad))
            assert scope[name].label == name
        again = eval(repr(graph))
        assert again == graph
        assert hash(again) == hash(graph)
        assert again.lines == graph.lines
        assert again.leaves == graph.leaves
        assert pickle.loads(pickle.dumps(graph)) == graph


def test_the_code_is_readable():
    """What is used once stands in the formula of what uses it, what is shared has a name, and no line is long."""
    graph = Graph("""
        x = Value(0.5, "x")
        y = Value(2.0, "y")
        v1 = x * y
        root = (v1 - -1.0) ** 2.0 / v1 + (-3.0) ** 2
    """)
    assert graph.code.splitlines() == [
        'x = Value(0.5, "x")',
        'y = Value(2.0, "y")',
        "v1 = x * y",
        "root = (v1 - -1.0) ** 2.0 / v1 + 9.0",
    ]
    for graph in examples_of(graphs(5, 20)):
        assert max(map(len, graph.code.splitlines())) < 120


def failure(test):
    """What hypothesis shows of a failing test."""
    with pytest.raises(AssertionError) as caught:
        test()
    return "\n".join(caught.value.__notes__)


def call(shown):
    """The argument in what hypothesis shows, evaluated."""
    text = shown[shown.index("test(") : shown.index("\n)") + 2]
    scope = {**vars(autograd_lite), **vars(losses), **vars(testing), "Network": Network}
    return eval(text, {**scope, "test": lambda g: g})


@pytest.mark.parametrize("strategy", [graphs(), networks()], ids=["graphs", "networks"])
def test_hypothesis_shows_code(strategy):
    """A failing example is shown as a call that can be evaluated and makes the same graph again."""
    seen = []

    @settings(database=None, phases=set(hypothesis.Phase) - {hypothesis.Phase.explain})
    @given(strategy)
    def test(g):
        seen.append(g)
        assert len(g.build().nodes) < 4

    shown = failure(test)
    assert call(shown) == seen[-1]


def test_equality_of_graphs():
    """Graphs are equal if they are the same calculation at the same numbers, down to the sign of zero."""
    one = Graph('x = Value(0.0, "x"); root = x * x')
    assert one == Graph('x = Value(0, "x"); root = x * x')
    assert len({one, Graph('x = Value(0.0, "x"); root = x * x')}) == 1
    assert one != Graph('x = Value(-0.0, "x"); root = x * x')
    assert one != Graph('x = Value(0.0, "x"); root = x + x')
    assert one != "x"
    mine = dataclasses.replace(CUBE)
    assert Graph("root = cube(Value(1.0))", ops=[CUBE]) != Graph("root = cube(Value(1.0))", ops=[mine])


# --- how they shrink --------------------------------------------------------------------------------------------------


def gradients(graph, row):
    """The gradients of a graph with the right row in the place of that of the same name."""
    right = [(row if line.op.name == row.name else line.op, line.args) for line in graph.lines]
    nodes = [Value(leaf.data) for leaf in graph.leaves]
    leaves = list(nodes)
    for op, args in right:
        nodes.append(op(*(x if isinstance(x, float) else nodes[x] for x in args)))
    nodes[-1].backward()
    return [leaf.grad for leaf in leaves]


SHRINKING = settings(max_examples=200, database=None, phases=tuple(hypothesis.Phase))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("log", 'x = Value(1.0, "x")\nroot = log(x)'),
        ("maximum", 'x = Value(0.0, "x")\ny = Value(1.0, "y")\nroot = maximum(x, y)'),
    ],
)
def test_a_planted_bug_shrinks_to_its_operation(name, code):
    """A graph whose gradient is wrong shrinks to the operation whose slope is wrong, at simple numbers."""
    row = OPS[name]

    def partials(y, *args):
        slopes = row.partials(y, *args)
        return 1.1 * slopes if row.arity == 1 else tuple(1.1 * slope for slope in slopes)

    bad = dataclasses.replace(row, partials=partials)
    smallest = find(
        graphs(ops=[bad if op is row else op for op in OPS.values()]),
        lambda graph: gradients(graph, bad) != gradients(graph, row),
        settings=SHRINKING,
        random=random.Random(1),
    )
    assert smallest.code == code


def test_sharing_shrinks_to_a_square():
    """The smallest graph with a shared result, and the smallest with three variables, are what a person would write."""
    options = {"settings": SHRINKING, "random": random.Random(1)}
    shared = find(graphs(), lambda g: any(n > 1 for x, n in uses(g)[0].items() if x >= len(g.leaves)), **options)
    assert shared.code == 'x = Value(0.0, "x")\nv1 = x + x\nroot = v1 + v1'
    assert find(expressions(), lambda g: True, **options).code == 'x = Value(0.0, "x")\nroot = x + x'
    net = find(networks(), lambda p: True, **options)
    assert repr(net.network()) == "Network([1, 1], activation='linear', biases='none')"
