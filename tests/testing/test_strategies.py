"""Strategies: floats and points, graphs and expressions."""

import ast
import collections
import math
import random
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.statistics import collector
from strategies import ROWS
from strategy_examples import CUBE, HINGE, LOG_FAR, ROWS_OF_ALL, applied, both, distance, examples_of, run, uses
from thorough import some

import autograd_lite
from autograd_lite import Value, exp, losses, testing
from autograd_lite.engine.ops import OPS, Op
from autograd_lite.testing import (
    Graph,
    assert_gradient,
    expressions,
    floats,
    given,
    graphs,
    networks,
    points,
)
from autograd_lite.testing.strategies.graph_builder import CHOICES, Choice, GraphBuilder, Limits

# --- floats and points ------------------------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("row", some(ROWS_OF_ALL, 2), ids=str)
def test_floats_are_on_the_smooth_part(row):
    """Floats and points keep the margin from the ends of the domain and from kinks, within the reach."""
    for point in examples_of(points(row)):
        assert len(point) == row.arity
        assert distance(row, point) >= 0.99e-3
        y = row.fn(*point)
        slopes = row.partials(y, *point)
        assert all(map(math.isfinite, [y, *([slopes] if row.arity == 1 else slopes)]))
        for x, (low, high) in zip(point, row.domain, strict=True):
            assert low + 1e-3 <= x <= high - 1e-3
            assert abs(x) <= 750.0
    for argument, (low, high) in enumerate(row.domain):
        for x in examples_of(floats(row, argument, margin=0.25, reach=80.0), 30):
            assert low + 0.25 <= x <= high - 0.25
            assert abs(x) <= 80.0
            assert argument or callable(row.kinks) or all(abs(x - kink) >= 0.25 for kink in row.kinks)
            assert row.arity > 1 or math.isfinite(row.fn(x))
    for point in examples_of(points(row, margin=0.25, reach=5.0 if row is not LOG_FAR else 80.0, finite=False), 50):
        assert distance(row, point) >= 0.2499


@pytest.mark.thorough
@pytest.mark.parametrize("row", some(ROWS_OF_ALL, 2), ids=str)
def test_floats_without_margin(row):
    """With margin 0 the floats next to the ends of the domain come up, and no end or kink itself."""
    point_of = examples_of(points(row, margin=0.0, reach=math.inf, finite=False), 200)
    for point in point_of:
        assert distance(row, point) > 0.0
    for along, (low, high) in enumerate(row.domain):
        xs = [point[along] for point in point_of]
        assert all(low < x < high for x in xs)
        if math.isfinite(low):
            assert sum(x - low < 1e-5 for x in xs) > 3
        if math.isfinite(high):
            assert sum(high - x < 1e-5 for x in xs) > 3
        if math.isinf(high):
            assert any(x > 1e6 for x in xs)


def test_tails_come_up():
    """Numbers near those that overflow, and where functions are flat, are drawn often."""
    xs = examples_of(floats("exp"), 300)
    assert sum(x > 650.0 for x in xs) > 5
    assert max(xs) <= 709.79
    sizes = [abs(x) for x in examples_of(floats("sigmoid"), 300)]
    for low, high in ((0.0, 2.0), (2.0, 40.0), (40.0, 700.0), (749.9, 750.0)):
        assert sum(low <= size <= high for size in sizes) > 4
    powers = examples_of(points("pow"), 300)
    assert all(math.isfinite(a**b) for a, b in powers)
    assert sum(a**b > 1e30 for a, b in powers) > 5


@pytest.mark.parametrize("name", ["sin", "log", "relu"])
def test_the_inside_has_its_share(name):
    """More than half of the floats are within 10 of 0, and no interval of length 2 is left out there."""
    xs = examples_of(floats(name), 600)
    assert sum(abs(x) <= 10.0 for x in xs) > 300
    for k in range(-10 if name != "log" else 0, 10, 2):
        assert any(k < x < k + 2 for x in xs), k


def test_bounds_of_floats():
    """Nothing is drawn outside low and high, and what overflows becomes what does not."""
    assert all(2.0 <= x <= 3.0 for x in examples_of(floats("log", low=2.0, high=3.0), 50))
    assert all(708.0 <= x < 709.79 for x in examples_of(floats("exp", low=708.0), 50))
    assert all(-9.0 <= x <= -0.001 for x in examples_of(floats("relu", low=-9.0, high=0.0), 50))


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
    assert all(abs(x) <= 1e-300 for x in examples_of(floats("sin", reach=1e-300), 20))
    assert examples_of(floats("log", margin=0, reach=math.inf, low=Fraction(1, 2), high=math.inf), 20)
    assert examples_of(graphs(1, 1, margin=0, largest=1), 20)
    assert examples_of(graphs(largest=math.inf), 20)
    assert examples_of(graphs(ops=exp, size=1), 20)
    for problem in examples_of(networks([1, 1], margin=1e100, activations=["relu"]), 20):
        assert problem.network().biases


# --- graphs and expressions -------------------------------------------------------------------------------------------


@both
def test_every_operation_comes_up(strategy):
    """In some hundred draws there is every operation, and no graph is larger than it may be."""
    examples = examples_of(strategy(), 400)
    assert {line.op.name for graph in examples for line in graph.lines} == set(OPS)
    assert {len(graph.lines) for graph in examples} == set(range(1, 9))
    assert {len(graph.leaves) for graph in examples} == {1, 2, 3}
    assert {tuple(graph.at) for graph in examples} == {("x",), ("x", "y"), ("x", "y", "z")}


def test_graphs_share():
    """Many graphs use a result several times, and many use one as both arguments of an operation."""
    counts = [(uses(graph), len(graph.leaves)) for graph in examples_of(graphs(), 200)]
    assert sum(any(n > 1 for x, n in count.items() if x >= leaves) for (count, _), leaves in counts) > 25
    assert sum(twice for (_, twice), _ in counts) > 15


def test_expressions_are_trees():
    """In an expression every result but the last is used once; variables are used again in many."""
    trees = examples_of(expressions(), 150)
    for graph in trees:
        count, _ = uses(graph)
        results = range(len(graph.leaves), len(graph.leaves) + len(graph.lines) - 1)
        assert all(count[k] == 1 for k in results)
    assert sum(max(uses(graph)[0].values()) > 1 for graph in trees) > 15


@both
@pytest.mark.parametrize(
    "options",
    [{}, {"smooth": False}, {"margin": 0.2, "largest": 20.0}, {"ops": ROWS.values(), "variables": 5, "size": 20}],
    ids=str,
)
def test_what_holds_by_construction(strategy, options):
    """Every result leads to the last; arguments keep the margin; values and gradients stay within the bound."""
    margin, largest = options.get("margin", 0.01), options.get("largest", 1000.0)
    for graph in examples_of(strategy(**options)):
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
    examples = examples_of(strategy(smooth=False), 150)
    assert sum(any(distance(line.op, point) == 0.0 for line, point, _ in applied(graph)) for graph in examples) > 20


def test_kinks_of_a_difference_are_met():
    """A kink at a difference of two arguments that is not zero is met from either side, and left out if smooth."""
    met = collections.Counter()
    for graph in examples_of(graphs(size=3, smooth=False, ops=[HINGE]), 400):
        for line, point, _ in applied(graph):
            if line.op is HINGE and abs(point[0] - point[1] - 1.0) < 1e-9:
                met.update(k for k, x in enumerate(line.args) if isinstance(x, float))
    assert min(met[0], met[1]) > 8
    for graph in examples_of(graphs(ops=[HINGE, "add"], margin=0.3)):
        assert all(distance(line.op, point) >= 0.299 for line, point, _ in applied(graph))


def test_large_values_are_left_out():
    """An operation whose value is beyond the bound is not applied, however small its slope."""
    far = Op("far", lambda x: x + 5000.0, lambda y, x: 1.0)
    assert all(line.op is not far for graph in examples_of(graphs(ops=[far, "add"])) for line in graph.lines)
    assert any(line.op is far for graph in examples_of(graphs(ops=[far, "add"], largest=1e4)) for line in graph.lines)


@pytest.mark.parametrize("tree", [False, True])
def test_all_results_lead_to_the_last(tree):
    """Where operations of two arguments can be applied, no operation that was drawn is lost."""
    rng = random.Random(0)
    rows = [OPS[name] for name in ("add", "sub", "maximum")]
    for _ in range(100):
        builder = GraphBuilder(Limits(0.01, 1e6, smooth=False), [1.0, 2.0, 3.0], constants=True, tree=tree)
        for remaining in reversed(range(9)):
            first, second = rng.randrange(CHOICES), rng.randrange(CHOICES)
            builder.step(rows, Choice((rng.randrange(3), rng.randrange(2)), first, second, 0.25), remaining)
        assert len(builder.graph("xyz").lines) == 9


def test_constants():
    """Constants come up on either side of every operation of two arguments, and not at all if not allowed."""
    for row in OPS.values():
        if row.arity == 2:
            lines = [line for graph in examples_of(graphs(size=3, ops=[row]), 40) for line in graph.lines]
            assert {k for line in lines for k, x in enumerate(line.args) if isinstance(x, float)} == {0, 1}, row
    for graph in examples_of(graphs(constants=False)):
        assert all(isinstance(x, int) for line in graph.lines for x in line.args)


def test_chosen_operations_and_names():
    """Only the operations asked for are used, rows of the user's too, and variables have the names given."""
    examples = examples_of(graphs(["w", "b1"], ops=["add", autograd_lite.tanh, CUBE]))
    assert {line.op.name for graph in examples for line in graph.lines} == {"add", "tanh", "cube"}
    assert {name for graph in examples for name in graph.at} == {"w", "b1"}
    assert any(graph.build().leaves["w"].label == "w" for graph in examples)


@both
@pytest.mark.parametrize("row", [LOG_FAR, OPS["log"], OPS["asin"], HINGE], ids=str)
def test_one_operation(strategy, row):
    """A graph of one operation is possible wherever its domain lies."""
    for graph in examples_of(strategy(ops=[row], constants=False), 50):
        assert {line.op for line in graph.lines} == {row}


def test_an_operation_that_is_nowhere_defined():
    """If nothing can be applied anywhere, drawing is a ValueError that names the operations."""
    nowhere = Op("nowhere", lambda x: math.nan, lambda y, x: math.nan)
    with pytest.raises(ValueError, match="nowhere"):
        examples_of(graphs(ops=[nowhere]))


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
    """Nothing is given up as invalid; what hypothesis itself cuts short, as it does long lists, is under a third."""
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
    assert statuses["overrun"] < statuses.total() / 3


def test_nothing_is_filtered():
    """The modules that draw have no filter, no assume and no reject in them."""
    folder = Path(testing.__file__).parent / "strategies"
    for name in ("floats", "graphs", "networks", "graph_builder", "domains"):
        tree = ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))
        names = {node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in ast.walk(tree)}
        assert {"Op", "Problem", "Iterable"} & names
        assert not names & {"filter", "assume", "reject"}


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
def test_draws_are_repeatable(strategy):
    """The same seed draws the same."""
    assert examples_of(strategy, 20) == examples_of(strategy, 20)


def test_gradients_agree_with_differences():
    """Differences confirm the gradients of nearly all graphs, and refute none."""
    reports = [assert_gradient(graph) for graph in examples_of(graphs(), 60)]
    verdicts = collections.Counter(slope.verdict for report in reports for slope in report.slopes)
    assert verdicts["confirmed"] >= 0.98 * verdicts.total()


# --- graphs as objects ------------------------------------------------------------------------------------------------


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
