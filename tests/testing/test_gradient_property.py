"""Strategies: networks, the property in one line, and names."""

import builtins
import collections
import dataclasses
import doctest
import functools
import importlib
import math
import os
import pickle
import subprocess
import sys
from pathlib import Path

import hypothesis
import pytest
from hypothesis import find, settings
from hypothesis import strategies as st
from strategy_examples import CUBE, bits, examples_of

import autograd_lite
from autograd_lite import Value, exp, log, losses, testing
from autograd_lite.engine.extras import install
from autograd_lite.engine.ops import OPS, Op
from autograd_lite.nn import ACTIVATIONS, Network
from autograd_lite.testing import (
    Graph,
    Problem,
    assert_gradient,
    floats,
    given,
    gradient_property,
    graphs,
    networks,
)
from autograd_lite.testing.strategies import graph_code
from autograd_lite.testing.strategies.domains import evaluate
from autograd_lite.testing.strategies.networks import LOSSES

# --- networks ---------------------------------------------------------------------------------------------------------


def test_networks():
    """All activations, losses and ways of biases come up; values are finite; no relu is near its kink."""
    problems = examples_of(networks(), 300)
    seen = collections.Counter()
    for problem in problems:
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
    for problem in examples_of(networks(), 60):
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
    for problem in examples_of(networks([2, 3, 1], samples=1, **options), 30):
        net = problem.network()
        assert (net.sizes, net.bias_mode, len(problem.data)) == ((2, 3, 1), "layer", 1)
        assert {layer.activation for layer in net.layers} <= {"relu", "linear"}
        assert problem.loss is losses.mean_squared_error


@settings(max_examples=15)
@given(networks(samples=2))
def test_gradients_of_networks_agree_with_differences(problem):
    """Differences confirm the gradients of networks."""
    assert assert_gradient(problem)


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


# --- the property -----------------------------------------------------------------------------------------------------


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
    for what in (graph, graph.build().root):
        with pytest.raises(AssertionError, match="INCONCLUSIVE"):
            assert_gradient(what)


def test_graphs_of_which_nothing_can_be_said():
    """A graph at which nothing can be said is no example; a test of no others fails."""

    @settings(database=None, phases=[hypothesis.Phase.generate])
    @given(st.just(Graph('x = Value(1e150, "x"); root = sin(x)')))
    def mine(graph):
        assert_gradient(graph)

    with pytest.raises(hypothesis.errors.Unsatisfiable, match="mine"):
        mine()


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


@pytest.mark.parametrize(
    "name",
    [
        "gradients.assertion",
        "gradients.number_text",
        "gradients.reproduction",
        "strategies.problem",
        "strategies.networks",
        "strategies.property",
        "strategies.graph_code",
        "strategies.floats",
        "strategies.graphs",
    ],
)
def test_examples_in_docstrings(name, monkeypatch):
    """The examples in the docstrings run, and give what they show."""
    monkeypatch.setattr(builtins, "_", None, raising=False)  # a shown result is left in `_`, for all other tests
    failed, tried = doctest.testmod(importlib.import_module(f"autograd_lite.testing.{name}"))
    assert tried > 0 == failed


# --- names ------------------------------------------------------------------------------------------------------------


def rebuilt(graph):
    """What the printed code of a graph makes."""
    own = {line.op for line in graph.lines if OPS.get(line.op.name) is not line.op}
    scope = {"Graph": Graph, **{graph_code.word(op.name): op for op in own}}
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


# --- one import -------------------------------------------------------------------------------------------------------


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
        f"ModuleNotFoundError autograd_lite.testing.graphs needs hypothesis: {install('testing')}",
        f"ModuleNotFoundError autograd_lite.testing.given needs hypothesis: {install('testing')}",
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
        testing.gradient_property  # noqa: B018
    assert caught.value.name == missing
    assert ("pip install" in str(caught.value)) == (missing == "hypothesis")
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        testing.nothing  # noqa: B018


def test_the_names_that_need_hypothesis():
    """The names that are imported when asked for are `given` and those that the modules of strategies export."""
    modules = {name: importlib.import_module(module) for name, module in testing._NEEDING_HYPOTHESIS.items()}
    assert modules.pop("given") is hypothesis
    assert {name for module in modules.values() for name in module.__all__} == set(modules)
    assert testing.given is hypothesis.given
    assert all(getattr(testing, name) is getattr(module, name) for name, module in modules.items())
