"""What users draw: floats, expressions, graphs, networks; what holds by construction, how it prints and shrinks."""

import ast
import builtins
import collections
import dataclasses
import doctest
import functools
import importlib
import math
import os
import pickle
import random
import struct
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import hypothesis
import pytest
from hypothesis import find, settings
from hypothesis import strategies as st
from hypothesis.statistics import collector
from strategies import ROWS

import autograd_lite
from autograd_lite import Value, exp, log, losses, testing
from autograd_lite.engine.ops import OPS, Op
from autograd_lite.nn import ACTIVATIONS, Network
from autograd_lite.testing import (
    Graph,
    Problem,
    assert_gradient_agrees,
    expressions,
    floats,
    given,
    gradient_property,
    graphs,
    networks,
    points,
)
from autograd_lite.testing.strategies import recipe
from autograd_lite.testing.strategies.domains import evaluate
from autograd_lite.testing.strategies.growth import CHOICES, Choice, Growth, Limits
from autograd_lite.testing.strategies.problems import LOSSES

CUBE = Op("cube", lambda x: x * x * x, lambda y, x: 3.0 * x * x)
LOG_FAR = Op("log_far", lambda x: math.log(x - 50.0), lambda y, x: 1.0 / (x - 50.0), domain=((50.0, math.inf),))
HINGE = Op(
    "hinge",
    lambda a, b: max(0.0, 1.0 - (a - b)),
    lambda y, a, b: (-float(a - b < 1.0), float(a - b < 1.0)),
    domain=((-math.inf, math.inf),) * 2,
    kinks=lambda a, b: (float(a - b > 1.0) - float(a - b < 1.0), a - b == 1.0),
)

every = pytest.mark.parametrize("row", [*ROWS.values(), CUBE, LOG_FAR, HINGE], ids=str)
both = pytest.mark.parametrize("strategy", [expressions, graphs])


def drawn(strategy, count=80):
    """What hypothesis draws, the same in every run."""
    found = []

    @settings(max_examples=count, derandomize=True, database=None, phases=[hypothesis.Phase.generate])
    @given(strategy)
    def collect(x):
        found.append(x)

    collect()
    assert len(found) > count / 2
    return found


def bits(x):
    return struct.pack("<d", x)


def distance(row, point):
    """How far the first argument is from the next kink, the other one being what it is."""
    if row.name in {"mod", "floor_divide"}:
        rest = Fraction(point[0]) % Fraction(point[1])
        return min(rest, Fraction(point[1]) - rest)
    kinks = (Fraction(point[1]) + (row is HINGE),) if callable(row.kinks) else map(Fraction, row.kinks)
    return min([abs(Fraction(point[0]) - kink) for kink in kinks], default=math.inf)


def applied(graph):
    """Every operation of a graph with the numbers it is applied to, and its value."""
    numbers = graph.floats()
    for line, y in zip(graph.lines, numbers[len(graph.leaves) :], strict=True):
        yield line, [x if isinstance(x, float) else numbers[x] for x in line.args], y


# --- floats and points ---------------------------------------------------------------------------------------------


@every
def test_floats_are_on_the_smooth_part(row):
    """Floats and points keep the margin from the ends of the domain and from kinks, within the reach."""
    for point in drawn(points(row)):
        assert len(point) == row.arity
        assert distance(row, point) >= 0.99e-3
        y = row.fn(*point)
        slopes = row.partials(y, *point)
        assert all(map(math.isfinite, [y, *([slopes] if row.arity == 1 else slopes)]))
        for x, (low, high) in zip(point, row.domain, strict=True):
            assert low + 1e-3 <= x <= high - 1e-3
            assert abs(x) <= 750.0
    for argument, (low, high) in enumerate(row.domain):
        for x in drawn(floats(row, argument, margin=0.25, reach=80.0), 30):
            assert low + 0.25 <= x <= high - 0.25
            assert abs(x) <= 80.0
            assert argument or callable(row.kinks) or all(abs(x - kink) >= 0.25 for kink in row.kinks)
            assert row.arity > 1 or math.isfinite(row.fn(x))
    for point in drawn(points(row, margin=0.25, reach=5.0 if row is not LOG_FAR else 80.0, finite=False), 50):
        assert distance(row, point) >= 0.2499


@every
def test_floats_without_margin(row):
    """With margin 0 the floats next to the ends of the domain come up, and no end or kink itself."""
    point_of = drawn(points(row, margin=0.0, reach=math.inf, finite=False), 200)
    for point in point_of:
        assert distance(row, point) > 0.0
    for along, (low, high) in enumerate(row.domain):
        xs = [point[along] for point in point_of]
        assert all(low < x < high for x in xs)
        if math.isfinite(low):
            assert sum(x - low < 1e-5 for x in xs) > 10
        if math.isfinite(high):
            assert sum(high - x < 1e-5 for x in xs) > 10
        if math.isinf(high):
            assert any(x > 1e6 for x in xs)


def test_tails_come_up():
    """Numbers near those that overflow, and where functions are flat, are drawn often."""
    xs = drawn(floats("exp"), 300)
    assert sum(x > 650.0 for x in xs) > 5
    assert max(xs) <= 709.79
    sizes = [abs(x) for x in drawn(floats("sigmoid"), 300)]
    for low, high in ((0.0, 2.0), (2.0, 40.0), (40.0, 700.0), (749.9, 750.0)):
        assert sum(low <= size <= high for size in sizes) > 20
    powers = drawn(points("pow"), 300)
    assert all(math.isfinite(a**b) for a, b in powers)
    assert sum(a**b > 1e30 for a, b in powers) > 5


def test_bounds_of_floats():
    """Nothing is drawn outside low and high, and what overflows becomes what does not."""
    assert all(2.0 <= x <= 3.0 for x in drawn(floats("log", low=2.0, high=3.0), 50))
    assert all(708.0 <= x < 709.79 for x in drawn(floats("exp", low=708.0), 50))
    assert all(-9.0 <= x <= -0.001 for x in drawn(floats("relu", low=-9.0, high=0.0), 50))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: floats("lgo"), "did you mean 'log'"),
        (lambda: points("lgo"), "did you mean 'log'"),
        (lambda: graphs(ops=["lgo"]), "did you mean 'log'"),
        (lambda: floats("log", 1), "1 argument,"),
        (lambda: floats("pow", 2), "2 arguments,"),
        (lambda: floats("ln"), "no operation named 'ln'; it is called 'log'$"),
        (lambda: floats("arcsin"), "it is called 'asin'$"),
        (lambda: floats("pow", -1), "2 arguments, counted from 0, got -1"),
        (lambda: floats("pow", True), "2 arguments, counted from 0, got True"),
        (lambda: floats("pow", 1.0), r"2 arguments, counted from 0, got 1\.0"),
        (lambda: floats("log", low="a"), "low is a number or infinite; got 'a'"),
        (lambda: floats("log", low=math.nan), "low is a number or infinite; got nan"),
        (lambda: floats("log", high=None), "high is a number or infinite; got None"),
        (lambda: floats("log", reach=0.0), r"reach is a number above 0, or math.inf; got 0\.0"),
        (lambda: floats("log", reach=math.nan), "reach is a number above 0, or math.inf; got nan"),
        (lambda: floats("log", margin=-5), r"margin is a distance from 0 to 1e\+100; got -5"),
        (lambda: points("pow", margin=[1]), r"margin is a distance from 0 to 1e\+100; got \[1\]"),
        (lambda: points("pow", low=1j), "low is a number or infinite; got 1j"),
        (lambda: points("pow", high=10**400), "high is a number or infinite; got 1000"),
        (lambda: points("pow", reach=-1.0), r"reach is a number above 0, or math.inf; got -1\.0"),
        (lambda: floats("log", low=-2.0, high=-1.0), "nothing of it is between"),
        (lambda: graphs(0), "variables are a number, 1 or more, .*, got 0$"),
        (lambda: graphs(-1), "variables are a number, 1 or more, .*, got -1$"),
        (lambda: graphs(True), "variables are a number, 1 or more, .*, got True$"),
        (lambda: expressions(2.0), r"variables are a number, 1 or more, .*, got 2\.0$"),
        (lambda: graphs([1]), "of which 1 is none"),
        (lambda: graphs([math]), "of which <module 'math'.* is none"),
        (lambda: graphs(["x", "x"]), "variables"),
        (lambda: graphs(["x", "exp"]), "'exp' is none"),
        (lambda: graphs(["x y"]), "'x y' is none"),
        (lambda: expressions(size=0), "size"),
        (lambda: graphs(size=2.0), r"size .* 1 or more, got 2\.0"),
        (lambda: graphs(margin=math.nan), r"margin is a distance from 0 to 1e\+100; got nan"),
        (lambda: graphs(margin=math.inf), r"margin is a distance from 0 to 1e\+100; got inf"),
        (lambda: expressions(margin=True), r"margin is a distance from 0 to 1e\+100; got True"),
        (lambda: graphs(largest=0.5), r"largest is a number, 1 or more; got 0\.5"),
        (lambda: expressions(largest="big"), "largest is a number, 1 or more; got 'big'"),
        (lambda: expressions(ops=[]), "ops is empty"),
        (lambda: networks(samples=0), "samples"),
        (lambda: networks(samples=2.0), r"samples .* 1 or more, got 2\.0"),
        (lambda: networks(margin=1e101), r"margin is a distance from 0 to 1e\+100; got 1e\+101"),
        (lambda: networks(margin="0"), r"margin is a distance from 0 to 1e\+100; got '0'"),
        (lambda: networks(activations=5), "activations are a list of at least one of .*; got 5"),
        (lambda: networks([2]), "sizes"),
        (lambda: networks(activations=["sigmoid", "rleu"]), "activations are a list"),
        (lambda: networks(biases=[]), "biases are a list"),
        (lambda: networks(losses=["mse"]), "half_squared_error"),
        (lambda: networks(activations=["relu"], biases=["none"]), "kink"),
        (lambda: networks(activations=["relu"], losses=[losses.binary_cross_entropy]), "sigmoid"),
    ],
)
def test_wrong_options(wrong, message):
    """Options that make nothing are a ValueError at once, which says what is wrong and what is valid."""
    with pytest.raises(ValueError, match=message):
        wrong()


def test_what_is_no_operation():
    """A function that is no row is a TypeError that says what is one."""
    with pytest.raises(TypeError, match=r"a row such as autograd_lite\.exp"):
        floats(math.exp)
    with pytest.raises(TypeError, match=r"a row such as autograd_lite\.exp.* got int"):
        graphs(ops=5)


def test_options_at_their_ends():
    """The smallest and largest numbers that options take are taken: a draw keeps to them."""
    assert all(abs(x) <= 1e-300 for x in drawn(floats("sin", reach=1e-300), 20))
    assert drawn(floats("log", margin=0, reach=math.inf, low=Fraction(1, 2), high=math.inf), 20)
    assert drawn(graphs(1, 1, margin=0, largest=1), 20)
    assert drawn(graphs(largest=math.inf), 20)
    assert drawn(graphs(ops=exp, size=1), 20)
    for problem in drawn(networks([1, 1], margin=1e100, activations=["relu"]), 20):
        assert problem.network().biases


# --- graphs and expressions ----------------------------------------------------------------------------------------


@both
def test_every_operation_comes_up(strategy):
    """In some hundred draws there is every operation, and no graph is larger than it may be."""
    found = drawn(strategy(), 400)
    assert {line.op.name for graph in found for line in graph.lines} == set(OPS)
    assert {len(graph.lines) for graph in found} == set(range(1, 9))
    assert {len(graph.leaves) for graph in found} == {1, 2, 3}
    assert {tuple(graph.at) for graph in found} == {("x",), ("x", "y"), ("x", "y", "z")}


def uses(graph):
    """How often each node is used as an argument, and whether one is twice by one operation."""
    count = collections.Counter(x for line in graph.lines for x in line.args if isinstance(x, int))
    twice = any(
        len(line.args) == 2 and isinstance(line.args[0], int) and line.args[0] == line.args[1] for line in graph.lines
    )
    return count, twice


def test_graphs_share():
    """Many graphs use a result several times, and many use one as both arguments of an operation."""
    found = [(uses(graph), len(graph.leaves)) for graph in drawn(graphs(), 200)]
    assert sum(any(n > 1 for x, n in count.items() if x >= leaves) for (count, _), leaves in found) > 25
    assert sum(twice for (_, twice), _ in found) > 15


def test_expressions_are_trees():
    """In an expression every result but the last is used once; variables are used again in many."""
    found = drawn(expressions(), 150)
    for graph in found:
        count, _ = uses(graph)
        results = range(len(graph.leaves), len(graph.leaves) + len(graph.lines) - 1)
        assert all(count[k] == 1 for k in results)
    assert sum(max(uses(graph)[0].values()) > 1 for graph in found) > 15


@both
@pytest.mark.parametrize(
    "options",
    [{}, {"smooth": False}, {"margin": 0.2, "largest": 20.0}, {"ops": ROWS.values(), "variables": 5, "size": 20}],
    ids=str,
)
def test_what_holds_by_construction(strategy, options):
    """Every result leads to the last; arguments keep the margin; values and gradients stay within the bound."""
    margin, largest = options.get("margin", 0.01), options.get("largest", 1000.0)
    for graph in drawn(strategy(**options)):
        assert len(graph.lines) <= options.get("size", 8)
        assert len(graph.leaves) <= options.get("variables", 3)
        count, _ = uses(graph)
        assert set(count) == set(range(len(graph.leaves) + len(graph.lines) - 1))
        for line, point, y in applied(graph):
            assert abs(y) <= largest
            for x, (low, high) in zip(point, line.op.domain, strict=True):
                assert low + margin <= x <= high - margin
            if options.get("smooth", True):
                assert distance(line.op, point) >= 0.99 * margin
        root, leaves, nodes = graph.build()
        assert [node.data for node in nodes] == graph.floats()
        assert nodes[-1] is root
        root.backward()
        assert sum(abs(leaf.grad) for leaf in leaves.values()) <= largest * (1 + 1e-12)


@both
def test_kinks_are_met_if_allowed(strategy):
    """Without smooth=True many graphs have an argument at a kink, or two arguments whose difference is at one."""
    found = drawn(strategy(smooth=False), 150)
    assert sum(any(distance(line.op, point) == 0.0 for line, point, _ in applied(graph)) for graph in found) > 20


def test_kinks_of_a_difference_are_met():
    """A kink at a difference of two arguments that is not zero is met from either side, and left out if smooth."""
    met = collections.Counter()
    for graph in drawn(graphs(size=3, smooth=False, ops=[HINGE]), 400):
        for line, point, _ in applied(graph):
            if line.op is HINGE and abs(point[0] - point[1] - 1.0) < 1e-9:
                met.update(k for k, x in enumerate(line.args) if isinstance(x, float))
    assert min(met[0], met[1]) > 8
    for graph in drawn(graphs(ops=[HINGE, "add"], margin=0.3)):
        assert all(distance(line.op, point) >= 0.299 for line, point, _ in applied(graph))


def test_large_values_are_left_out():
    """An operation whose value is beyond the bound is not applied, however small its slope."""
    far = Op("far", lambda x: x + 5000.0, lambda y, x: 1.0)
    assert all(line.op is not far for graph in drawn(graphs(ops=[far, "add"])) for line in graph.lines)
    assert any(line.op is far for graph in drawn(graphs(ops=[far, "add"], largest=1e4)) for line in graph.lines)


@pytest.mark.parametrize("tree", [False, True])
def test_all_results_lead_to_the_last(tree):
    """Where operations of two arguments can be applied, no operation that was drawn is lost."""
    rng = random.Random(0)
    rows = [OPS[name] for name in ("add", "sub", "maximum")]
    for _ in range(100):
        growth = Growth(Limits(0.01, 1e6, smooth=False), [1.0, 2.0, 3.0], constants=True, tree=tree)
        for remaining in reversed(range(9)):
            first, second = rng.randrange(CHOICES), rng.randrange(CHOICES)
            growth.step(rows, Choice((rng.randrange(3), rng.randrange(2)), first, second, 0.25), remaining)
        assert len(growth.graph("xyz").lines) == 9


def test_constants():
    """Constants come up on either side of every operation of two arguments, and not at all if not allowed."""
    for row in OPS.values():
        if row.arity == 2:
            lines = [line for graph in drawn(graphs(size=3, ops=[row]), 40) for line in graph.lines]
            assert {k for line in lines for k, x in enumerate(line.args) if isinstance(x, float)} == {0, 1}, row
    for graph in drawn(graphs(constants=False)):
        assert all(isinstance(x, int) for line in graph.lines for x in line.args)


def test_chosen_operations_and_names():
    """Only the operations asked for are used, rows of the user's too, and variables have the names given."""
    found = drawn(graphs(["w", "b1"], ops=["add", autograd_lite.tanh, CUBE]))
    assert {line.op.name for graph in found for line in graph.lines} == {"add", "tanh", "cube"}
    assert {name for graph in found for name in graph.at} == {"w", "b1"}
    assert any(graph.build().leaves["w"].label == "w" for graph in found)


@both
@pytest.mark.parametrize("row", [LOG_FAR, OPS["log"], OPS["asin"], HINGE], ids=str)
def test_one_operation(strategy, row):
    """A graph of one operation is possible wherever its domain lies."""
    for graph in drawn(strategy(ops=[row], constants=False), 50):
        assert {line.op for line in graph.lines} == {row}


def test_an_operation_that_is_nowhere_defined():
    """If nothing can be applied anywhere, drawing is a ValueError that names the operations."""
    nowhere = Op("nowhere", lambda x: math.nan, lambda y, x: math.nan)
    with pytest.raises(ValueError, match="nowhere"):
        drawn(graphs(ops=[nowhere]))


STRATEGIES = {
    "floats": floats("log"),
    "points": points("maximum"),
    "powers": points("pow"),
    "expressions": expressions(),
    "graphs": graphs(),
    "graphs of helpers": graphs(4, 16, ops=ROWS.values(), margin=1e-3),
    "networks": networks(),
}


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
def test_no_draw_is_rejected(strategy):
    """Nothing that hypothesis starts to draw is given up as invalid."""
    statuses = collections.Counter()

    @settings(max_examples=100, database=None, derandomize=True)
    @given(strategy)
    def test(x):
        pass

    with collector.with_value(
        lambda found: statuses.update(case["status"] for case in found["generate-phase"]["test-cases"])
    ):
        test()
    assert statuses["valid"] > 50
    assert statuses["invalid"] == 0


def test_nothing_is_filtered():
    """The modules that draw have no filter, no assume and no reject in them."""
    folder = Path(testing.__file__).parent / "strategies"
    for name in ("strategies", "problems", "growth", "domains"):
        tree = ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))
        names = {node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in ast.walk(tree)}
        assert {"Op", "Problem", "Iterable"} & names
        assert not names & {"filter", "assume", "reject"}


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
def test_draws_are_repeatable(strategy):
    """The same seed draws the same."""
    assert drawn(strategy, 20) == drawn(strategy, 20)


def test_gradients_agree_with_differences():
    """Differences confirm the gradients of nearly all graphs, and refute none."""
    reports = [assert_gradient_agrees(graph) for graph in drawn(graphs(), 60)]
    verdicts = collections.Counter(slope.verdict for report in reports for slope in report.slopes)
    assert verdicts["confirmed"] >= 0.98 * verdicts.total()


# --- how they print ------------------------------------------------------------------------------------------------


def run(code):
    """The names that code binds after a star import of the package, in a fresh namespace."""
    scope = {}
    exec("from autograd_lite import *", scope)
    exec(code, scope)
    return scope


@pytest.mark.parametrize(
    "strategy",
    [expressions(), graphs(), graphs(smooth=False), graphs(5, 20, ops=ROWS.values(), largest=1e6)],
    ids=["expressions", "graphs", "kinks", "helpers"],
)
def test_code_rebuilds_the_graph(strategy):
    """The lines of a graph, run by themselves, give its values and gradients to the last bit; its repr an equal one."""
    for graph in drawn(strategy):
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
    for graph in drawn(graphs(5, 20)):
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


# --- how they shrink -----------------------------------------------------------------------------------------------


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


# --- graphs as objects ---------------------------------------------------------------------------------------------


def test_graphs_are_functions():
    """A graph called with numbers gives a number, with a node a node; what is not given is as it was drawn."""
    graph = Graph('x = Value(2.0, "x"); y = Value(3.0, "y"); root = x * y + x')
    assert graph.at == {"x": 2.0, "y": 3.0}
    assert (graph(), graph(1.0), graph(y=0.0), graph(1.0, y=1.0)) == (8.0, 4.0, 2.0, 2.0)
    assert graph.floats(y=1.0) == [2.0, 1.0, 2.0, 4.0]
    x = Value(1.0)
    y = graph(x)
    y.backward()
    assert (y.data, x.grad) == (4.0, 4.0)
    for wrong in (lambda: graph(1, 2, 3), lambda: graph(1, x=2), lambda: graph(z=1)):
        with pytest.raises(TypeError, match="variables x, y, each to be given once"):
            wrong()


def test_builds_are_fresh():
    """Nodes of two builds have nothing in common, so that gradients do not add up."""
    graph = Graph('x = Value(2.0, "x"); root = x * x')
    for _ in range(2):
        root, leaves, nodes = graph.build()
        root.backward()
        assert leaves["x"].grad == 4.0
        assert nodes == [leaves["x"], root]


def test_graph_of_a_node():
    """The graph of a user's result is printed with names made from labels, and gives the same numbers."""
    nodes = [Value(0.5, "w1"), Value(-2.0, "a b"), Value(3.0), Value(1.0, "exp"), Value(7.0, "w1"), Value(9.0, 'q"\\')]
    y = sum(nodes[1:], nodes[0]) * nodes[0]
    graph = Graph.of(y)
    assert list(graph.at) == ["w1", "x1", "x2", "x3", "x4", "x5"]
    assert graph() == y.data
    assert eval(repr(graph)) == graph
    scope = run(graph.code)
    assert scope["root"].data == y.data
    assert [leaf.label for leaf in graph.leaves] == ["w1", "a b", "", "exp", "w1", 'q"\\']


def test_graph_of_odd_things():
    """A leaf alone, infinities and long chains are graphs too, which print and are read back."""
    alone = Graph.of(Value(2.0, "x"))
    assert (alone(), alone.code) == (2.0, 'x = Value(2.0, "x")\nroot = x')
    odd = Graph.of(Value(math.inf, "x") * -math.inf + Value(math.nan))
    assert eval(repr(odd)) == odd
    negative = Graph.of((-2.0) ** Value(2.0, "x") - (-1.0 - -Value(-3.0, "y")) * -4.0)
    assert eval(repr(negative)) == negative
    assert run(negative.code)["root"].data == negative() == -12.0
    y = x = Value(0.5, "x")
    for _ in range(3000):
        y = y.sin() + x
    long = Graph.of(y)
    assert Graph(long.code) == long
    assert long() == y.data


@pytest.mark.parametrize("code", ["x = Value(1.0)", "root = 3.0", "x = Value(1.0); root = [x]"])
def test_code_without_a_result(code):
    """Code that gives no node called root is a ValueError that shows what is expected."""
    with pytest.raises(ValueError, match=r"root = x \* x"):
        Graph(code)


# --- networks ------------------------------------------------------------------------------------------------------


def test_networks():
    """All activations, losses and ways of biases come up; values are finite; no relu is near its kink."""
    found = drawn(networks(), 300)
    seen = collections.Counter()
    for problem in found:
        net = problem.network()
        seen.update(layer.activation for layer in net.layers)
        seen.update([net.bias_mode, problem.loss, len(problem.data), ("layers", len(net.layers))])
        for inputs, _ in problem.data:
            done = net.forward(inputs)
            for layer, sums in zip(net.layers, done.sums, strict=True):
                if layer.activation == "relu":
                    assert all(abs(node.data) >= 0.0099 for node in sums)
        root, parameters, nodes = problem.build()
        root.backward()
        assert nodes[-1] is root
        assert list(parameters) == [node.label for node in net.parameters()]
        assert all(abs(node.data) < 1e4 for node in nodes)
        assert all(abs(node.grad) < 1e4 for node in parameters.values())
    expected = {*ACTIVATIONS, *LOSSES, "none", "layer", "neuron", 1, 2, 3, ("layers", 1), ("layers", 2), ("layers", 3)}
    assert set(seen) == expected


def test_networks_print_as_code():
    """A problem's repr makes an equal one, with the same loss to the last bit."""
    scope = {**vars(losses), "Network": Network, "Problem": Problem}
    for problem in drawn(networks(), 60):
        again = eval(repr(problem), scope)
        assert again == problem
        assert hash(again) == hash(problem)
        assert bits(again.build().root.data) == bits(problem.build().root.data)
        assert pickle.loads(pickle.dumps(problem)) == problem
    assert problem != repr(problem)


def test_a_problem_stays_what_it_is():
    """Changing the network that a problem was made of, or one that it made, does not change the problem."""
    net = Network([1, 1], activation="linear", biases="layer", weights=[2.0], bias_values=[1.0])
    problem = Problem(net, [([3.0], [Value(5.0)])], losses.mean_squared_error)
    before = repr(problem)
    for node in (net["w1"], problem.network()["b1"], problem.build().leaves["w1"]):
        node.data = 7.0
    problem.data[0][0][0] = 99.0
    assert repr(problem) == before
    assert problem.build().root.data == 4.0


def test_chosen_networks():
    """Sizes, number of samples, activations, biases and losses are those asked for."""
    options = {"activations": ["relu", "linear"], "biases": ["layer"], "losses": [losses.mean_squared_error]}
    for problem in drawn(networks([2, 3, 1], samples=1, **options), 30):
        net = problem.network()
        assert (net.sizes, net.bias_mode, len(problem.data)) == ((2, 3, 1), "layer", 1)
        assert {layer.activation for layer in net.layers} <= {"relu", "linear"}
        assert problem.loss is losses.mean_squared_error


@settings(max_examples=15)
@given(networks(samples=2))
def test_gradients_of_networks_agree_with_differences(problem):
    """Differences confirm the gradients of networks."""
    assert assert_gradient_agrees(problem)


@pytest.mark.parametrize("error", [ZeroDivisionError, OverflowError, ValueError])
@pytest.mark.parametrize("part", ["fn", "partials"])
def test_rows_that_raise(error, part):
    """Where a row made by a user raises an arithmetic error it has neither value nor slopes, and nothing is raised."""

    def fails(*_):
        raise error

    assert evaluate(CUBE, (2.0,)) == (8.0, (12.0,))
    value, slopes = evaluate(dataclasses.replace(CUBE, **{part: fails}), (2.0,))
    assert math.isnan(value)
    assert all(map(math.isnan, slopes))
    assert len(slopes) == 1


# --- the property --------------------------------------------------------------------------------------------------


@gradient_property(x=floats("log", reach=100.0), y=floats("exp", reach=5.0))
def test_the_decorator_makes_a_test(x, y):
    """A function of scalars is a test; this one passes."""
    return log(x) * exp(y)


@pytest.mark.parametrize("k", [1, 2.5])
@settings(max_examples=20)
@gradient_property({"second_order": True}, x=floats("sin", reach=5.0))
def test_the_decorator_leaves_other_arguments_alone(x, k):
    """Arguments without a strategy come from pytest, and settings go on top."""
    return (k * x).sin()


def test_a_wrong_slope_fails_the_property():
    """A function with a wrong derivative fails, and the report names the operation."""
    bad = dataclasses.replace(CUBE, partials=lambda y, x: 2.0 * x * x)

    @settings(database=None, max_examples=20, phases=[hypothesis.Phase.generate])
    @gradient_property(x=floats(bad, reach=5.0))
    def mine(x):
        return bad(x) + x

    assert mine.__name__ == "mine"
    with pytest.raises(AssertionError, match="cube"):
        mine()


def test_inconclusive_points():
    """Where floats cannot follow, nothing is said: such points are no examples, and a test of no others fails."""

    def mine(x):
        return x.sin()

    far = st.just(1e150)
    options = settings(database=None, phases=[hypothesis.Phase.generate])
    options(gradient_property(x=far | st.floats(1.0, 2.0))(mine))()
    with pytest.raises(hypothesis.errors.Unsatisfiable, match="mine"):
        options(gradient_property(x=far)(mine))()
    with pytest.raises(AssertionError, match="INCONCLUSIVE"):
        options(gradient_property({"allow_inconclusive": False}, x=far)(mine))()
    graph = Graph('x = Value(1e150, "x"); root = sin(x)')
    assert assert_gradient_agrees(graph)
    with pytest.raises(AssertionError, match="INCONCLUSIVE"):
        assert_gradient_agrees(graph.build().root)


class Called:
    """Objects that are called, and methods."""

    def __call__(self, x):
        """A square."""
        return x * x

    def method(self, x):
        """A square."""
        return x * x

    @gradient_property(x=floats("sin", reach=5.0))
    def test_a_method(self, x):
        """A square."""
        return self.method(x)


def scaled(x, k=2.0):
    """A function with a default value."""
    return k * x


@pytest.mark.parametrize(
    "function",
    [
        functools.partial(lambda x: x * x),
        functools.partial(scaled, k=3),
        Called(),
        Called().method,
        scaled,
        lambda *, k=1, x: k * x,
    ],
    ids=["partial", "keyword", "object", "method", "default", "by-name"],
)
def test_whatever_can_be_called_is_a_test(function):
    """Also what has no name, as functools.partial; arguments with a value of their own keep it."""
    options = settings(database=None, max_examples=5)
    assert not options(gradient_property(x=floats("exp", reach=5.0))(function))()


def test_methods_are_tests():
    """In a class of tests too: the object is passed on."""
    assert not Called().test_a_method()


def test_the_property_names_what_has_no_name():
    """A report calls functools.partial and the like by their type."""
    bad = dataclasses.replace(CUBE, partials=lambda y, x: 2.0 * x * x)
    options = settings(database=None, max_examples=20, phases=[hypothesis.Phase.generate])
    with pytest.raises(AssertionError, match="a partial"):
        options(gradient_property(x=floats(bad, reach=5.0))(functools.partial(lambda x, k: k * bad(x), k=1.0)))()


@pytest.mark.parametrize(
    ("function", "missing"),
    [
        (lambda x, /: x, "x"),
        (lambda a, /, x: x, "a"),
        (lambda *x: x[0], "x"),
        (lambda **x: x["x"], "x"),
        (lambda **rest: rest["x"], "x"),
        (functools.partial(lambda x, k: k * x, 2.0), "x"),
        (abs, "x"),
        (exp, "x"),
    ],
)
def test_arguments_that_cannot_be_given_by_name(function, missing):
    """Arguments are given by name, so one that cannot be is a TypeError at once, which says so."""
    with pytest.raises(TypeError, match=f"of the arguments .*, none called '{missing}' can be given by name"):
        gradient_property(x=floats("sin"))(function)


def test_wrong_use_of_the_decorator():
    """No strategies, or one for an argument that is not there, is a TypeError at once."""
    with pytest.raises(TypeError, match="a strategy for each argument"):
        gradient_property()
    with pytest.raises(TypeError, match="none called 'z'"):
        gradient_property(z=floats("log"))(lambda x: x)
    with pytest.raises(TypeError, match="Graph, a Problem or a node"):
        assert_gradient_agrees(lambda x: x)


@pytest.mark.parametrize(
    "name",
    [
        "gradients.agree",
        "strategies.problem",
        "strategies.problems",
        "strategies.property",
        "strategies.recipe",
        "strategies.strategies",
    ],
)
def test_examples_in_docstrings(name, monkeypatch):
    """The examples in the docstrings run, and give what they show."""
    monkeypatch.setattr(builtins, "_", None, raising=False)  # a shown result is left in `_`, for all other tests
    failed, tried = doctest.testmod(importlib.import_module(f"autograd_lite.testing.{name}"))
    assert tried > 0 == failed


# --- names ---------------------------------------------------------------------------------------------------------


def rebuilt(graph):
    """What the printed code of a graph makes."""
    own = {line.op for line in graph.lines if OPS.get(line.op.name) is not line.op}
    scope = {"Graph": Graph, **{recipe.word(op.name): op for op in own}}
    return eval(repr(graph), scope)


def squared(name):
    """An operation of a user's own."""
    return Op(name, lambda x: x * x, lambda _, x: 2.0 * x)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Value(1.0, "ϵ") - Value(2.0, "ε"),
        lambda: Value(1.0, "µ") * 10.0 - Value(2.0, "μ"),
        lambda: Value(1.0, "float") * math.inf,
        lambda: Value(-math.inf, "float") * -math.inf,
        lambda: Value(1.0, "__debug__") * 2.0,
        lambda: Value(1.0, "root") * 2.0,
        lambda: squared("x")(Value(3.0, "x")),
        lambda: squared("v1")(sum_of_many()),
        lambda: squared("my square")(Value(3.0, "x")) + 1.0,
        lambda: squared("class")(Value(3.0, "op_class")) + 1.0,
        lambda: squared("Value")(Value(3.0, "x")) + squared("float")(Value(math.inf, "y")),
        lambda: squared("__debug__")(Value(3.0, "x")),
        lambda: squared("root")(Value(3.0, "x")),
        lambda: squared("ﬁx")(Value(3.0, "fix")) + 1.0,
    ],
)
def test_printed_code_makes_the_same_whatever_the_names(make):
    """Letters that are one in Python, words of Python and of the code, names of a user's operations."""
    graph = Graph.of(make())
    again = rebuilt(graph)
    assert again == graph
    assert again() == graph() == make().data


def sum_of_many():
    """A result that is used twice, and so has a name."""
    x = Value(0.5, "z") * 3.0
    return x * x


def test_names_that_are_one_in_python():
    """Variables are called as Python calls them, and no two of them alike."""
    assert Graph.of(Value(1.0, "ϵ") * 2.0)(ϵ=3.0) == 6.0
    with pytest.raises(ValueError, match="each another"):
        graphs(["ϵ", "ε"])
    graph = find(graphs(["ϵ"], size=1), lambda _: True)
    assert list(graph.at) == ["ε"] == [leaf.label for leaf in graph.leaves]
    assert rebuilt(graph) == graph


def test_two_operations_of_one_name():
    """They would be one in the code: an error, whoever makes the graph."""
    x = Value(2.0, "x")
    two = [squared("twin"), squared("twin")]
    with pytest.raises(ValueError, match="two operations of a graph are called twin"):
        Graph.of(two[0](two[1](x)))
    with pytest.raises(ValueError, match="two operations of a graph are called sin"):
        Graph.of(squared("sin")(OPS["sin"](x)))
    with pytest.raises(ValueError, match="called twin; give one of them another name"):
        Graph('x = Value(2.0, "x")\nroot = twin(x)', ops=two)
    assert Graph('x = Value(2.0, "x")\nroot = twin(x)', ops=two[:1] * 2)() == 4.0


def test_numbers_of_a_problem_that_are_not_finite():
    """A target or input may be no number, and prints as one; a weight may not."""
    net = Network([1, 1], weights=[2.0], activation="linear")
    problem = Problem(net, [([math.inf], [math.nan]), ([1.0], [-math.inf])], losses.half_squared_error)
    scope = {"Problem": Problem, "Network": Network, "half_squared_error": losses.half_squared_error}
    again = eval(repr(problem), scope)
    assert again == problem
    assert repr(again.data) == repr(problem.data)
    net.weights[0].data = math.inf
    with pytest.raises(ValueError, match="w1 is inf"):
        Problem(net, [([1.0], [1.0])], losses.half_squared_error)


# --- one import ----------------------------------------------------------------------------------------------------

BLOCKED = """
import sys
for name in ("hypothesis", "mpmath", "numpy", "pytest"):
    sys.modules[name] = None
import autograd_lite.testing as testing
print(*sorted(set(dir(testing)) & set("expressions floats given gradient_property graphs networks points".split())))
print(testing.Graph('x = Value(2.0); root = x * x')())
for name in ("graphs", "given"):
    try:
        getattr(testing, name)
    except ImportError as error:
        print(type(error).__name__, error)
try:
    testing.nothing
except AttributeError as error:
    print(error)
"""


def test_without_hypothesis():
    """Without hypothesis and mpmath the package imports; a strategy, when asked for, says what to install."""
    environment = os.environ | {"PYTHONPATH": str(Path(autograd_lite.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED], env=environment, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    assert done == [
        "expressions floats given gradient_property graphs networks points",
        "4.0",
        "ModuleNotFoundError autograd_lite.testing.graphs needs hypothesis: pip install 'autograd-lite[testing]'",
        "ModuleNotFoundError autograd_lite.testing.given needs hypothesis: pip install 'autograd-lite[testing]'",
        "module 'autograd_lite.testing' has no attribute 'nothing'",
    ]


@pytest.mark.parametrize("missing", ["hypothesis", "hypothesis.strategies"])
def test_a_missing_module(monkeypatch, missing):
    """Without hypothesis a strategy says what to install; of another module that is missing, the error is its own."""
    for name in [name for name in sys.modules if name.startswith("autograd_lite.testing.strategies")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("autograd_lite.testing.strategies", raising=False)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ModuleNotFoundError) as caught:
        testing.graphs  # noqa: B018
    assert caught.value.name == missing
    assert ("pip install" in str(caught.value)) == (missing == "hypothesis")
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        testing.nothing  # noqa: B018


def test_the_names_that_need_hypothesis():
    """The names that are imported when asked for are those that the module of strategies exports."""
    from autograd_lite.testing.strategies import strategies

    assert set(strategies.__all__) == testing._DRAWN
    assert all(getattr(testing, name) is getattr(strategies, name) for name in testing._DRAWN)
