"""One line in a test: what it takes, what it says when it fails, and the code that makes the failure again."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from strategy_examples import CUBE, examples_of

import autograd_lite as al
from autograd_lite import Value, testing
from autograd_lite.engine.graph import topological
from autograd_lite.losses import half_squared_error
from autograd_lite.nn import Network
from autograd_lite.testing import Graph, Problem, assert_gradient, check_gradient, floats, gradient_property, networks
from autograd_lite.testing.gradients.replay import Replay
from autograd_lite.testing.gradients.reproduction import LONGEST, as_code

WRONG = dataclasses.replace(CUBE, partials=lambda y, x: 2.0 * x * x)


def cubes(x):
    """A sum of cubes of an array."""
    return float((x**3).sum())


def slopes(x):
    """Its gradient."""
    return 3.0 * x**2


def wrong_slopes(x):
    """A gradient with one entry off."""
    return 3.0 * x**2 + (x == x.max())


# --- what it takes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "at", "options"),
    [
        (lambda x, y: x * al.exp(y), [2.0, 0.5], {"second_order": True}),
        (math.sin, 0.5, {"gradient": math.cos}),
        (cubes, np.array([[0.5, 1.0]]), {"gradient": slopes}),
        (np.sin, np.array([0.5, 1.0]), {"vjp": lambda v: v * np.cos([0.5, 1.0])}),
        (Graph('x = Value(2.0, "x"); root = x * x'), None, {}),
        (Graph('x = Value(2.0, "x"); root = x * x'), [3.0], {}),
        (Value(2.0, "x").sin(), None, {}),
        (Problem(Network([2, 1]), [([1.0, 2.0], [0.5])], half_squared_error), None, {"rtol": 1e-9}),
    ],
)
def test_whatever_tests_deal_in(what, at, options):
    """Functions, results, graphs and problems are asserted in one line, with the options of a check."""
    report = assert_gradient(what, at, **options)
    assert report.ok
    assert not report.inconclusive


@pytest.mark.parametrize(
    ("what", "options", "told"),
    [(3.0, {}, "expected a function, a node"), (abs, {"at": 1.0, "raises": False}, "always raises")],
)
def test_what_it_does_not_take(what, options, told):
    """A number, and the option not to raise, are a TypeError."""
    with pytest.raises(TypeError, match=told):
        assert_gradient(what, **options)


def test_nothing_checked_is_no_pass():
    """A report in which nothing could be checked is false, also if inconclusive entries are allowed; some is enough."""
    none = check_gradient(lambda x: x.sin(), 1e150, allow_inconclusive=True, raises=False)
    assert not none.ok
    assert "could not be checked" in str(none)
    assert check_gradient(lambda x, y: x.sin() + y, [1e150, 1.0], allow_inconclusive=True)
    unchecked = check_gradient(
        cubes, np.ones(200), gradient=slopes, entries=0, directions=0, allow_inconclusive=True, raises=False
    )
    assert not unchecked.ok


# --- networks ---------------------------------------------------------------------------------------------------------


def test_large_networks_take_no_longer(monkeypatch):
    """A network of 130 parameters is computed some hundred times in a check, not some thousand times."""
    calls = []
    value = Replay.value
    monkeypatch.setattr(Replay, "value", lambda self, point: calls.append(1) or value(self, point))
    for problem in examples_of(networks([4, 8, 8, 2]), 3):
        calls.clear()
        assert assert_gradient(problem)
        assert len(calls) < 900


@pytest.mark.parametrize("entry", [0, 7, 23])
def test_a_wrong_entry_of_a_large_network(entry):
    """Where one of the parameters has a wrong slope, it is found by bisection, and named."""
    net = Network([2, 6, 2], activation="tanh", weights=[0.1 * k - 1.0 for k in range(24)])
    root = Problem(net, [([1.0, -0.5], [0.5, 0.25])], half_squared_error).build().root
    root.backward()
    leaves = [node for node in topological(root) if node.op is None]
    gradient = [leaf.grad for leaf in leaves]
    wrong = [leaf.label for leaf in leaves].index(f"w{entry + 1}")
    gradient[wrong] += 1e-4
    report = check_gradient(root, gradient=gradient, raises=False, entries=0)
    assert report[f"w{entry + 1}"].verdict == "wrong"


# --- what it says -----------------------------------------------------------------------------------------------------


def notes(error):
    return "\n".join(getattr(error, "__notes__", []))


def test_a_message_is_short():
    """The message names the wrong entries and few others, in a dozen lines; the report has them all."""
    with pytest.raises(testing.GradientError) as caught:
        assert_gradient(cubes, np.linspace(0.1, 1.0, 20), gradient=wrong_slopes)
    text = str(caught.value)
    assert len(text.splitlines()) < 20
    assert "∂cubes/∂x[19]" in text
    assert "and 10 more, confirmed" in text
    assert len(caught.value.report) == 20
    with pytest.raises(testing.GradientError, match="and 10 more, 10 of them not right"):
        assert_gradient(cubes, np.linspace(0.1, 1.0, 20), gradient=lambda x: slopes(x) + 1.0)


@pytest.mark.parametrize(
    ("f", "at", "options"),
    [
        (cubes, np.array([[0.5, 1.0]]), {"gradient": wrong_slopes}),
        (cubes, np.array([0.5, 1.0], dtype=np.float32), {"gradient": wrong_slopes}),
        (cubes, {"x": np.array([0.5, 1.0])}, {"gradient": np.zeros(2), "rtol": 1e-3}),
        (WRONG, 0.5, {}),
        (WRONG, [np.float64(0.1)], {"second_order": True}),
        (WRONG(Value(2.0, "x") + 1.0), None, {}),
        (Value(2.0, "x").sin(), [3.0], {"gradient": [0.1]}),
    ],
)
def test_the_code_makes_the_failure_again(f, at, options):
    """What a failure shows as code raises the same message."""
    with pytest.raises(testing.GradientError) as caught:
        check_gradient(f, at, **options)
    code = notes(caught.value).removeprefix("The same check as code:\n")
    scope = {**vars(testing), "np": np, "cubes": cubes, "wrong_slopes": wrong_slopes, "cube": WRONG, "f": WRONG}
    with pytest.raises(testing.GradientError) as again:
        eval(code, {**vars(al), **scope})
    assert str(again.value) == str(caught.value)


def test_code_that_is_long_is_left_out():
    """A point of a thousand numbers is not shown as code, nor what cannot be written."""
    with pytest.raises(testing.GradientError) as caught:
        assert_gradient(cubes, np.linspace(0.1, 1.0, 20) ** 3.3, gradient=wrong_slopes, entries=2)
    assert len(notes(caught.value)) <= LONGEST + 30
    with pytest.raises(testing.GradientError) as caught:
        assert_gradient(cubes, np.linspace(0.1, 1.0, 600), gradient=wrong_slopes)
    assert not notes(caught.value)
    with pytest.raises(TypeError, match="object is not written as code"):
        as_code(object())


# --- the property over arrays -----------------------------------------------------------------------------------------

SHAPES = arrays(float, array_shapes(max_dims=2, max_side=3), elements=floats("sin", reach=10.0))


@settings(max_examples=8, deadline=None)
@gradient_property({"gradient": slopes}, x=SHAPES)
def test_arrays(x):
    """Arrays of all shapes are drawn, and their gradient is confirmed."""
    return cubes(x)


def layers(sizes):
    """Parameters and input of a layer, of shapes that belong together."""
    n, m = sizes
    numbers = st.floats(-1.0, 1.0)
    return st.fixed_dictionaries(
        {
            "W": arrays(float, (m, n), elements=numbers),
            "b": arrays(float, m, elements=numbers),
            "x": arrays(float, n, elements=numbers),
        }
    )


def backward(layer):
    """The gradient of the sum of a layer of tanh."""
    y = np.tanh(layer["W"] @ layer["x"] + layer["b"])
    g = 1.0 - y * y
    return {"layer": {"W": np.outer(g, layer["x"]), "b": g, "x": layer["W"].T @ g}}


@settings(max_examples=8, deadline=None)
@gradient_property({"gradient": backward}, layer=st.tuples(st.integers(1, 3), st.integers(1, 3)).flatmap(layers))
def test_shapes_that_belong_together(layer):
    """A dict of arrays is one argument."""
    return float(np.tanh(layer["W"] @ layer["x"] + layer["b"]).sum())


@settings(max_examples=8, deadline=None)
@gradient_property(x=arrays(float, (2, 2), elements=floats("sin", reach=10.0)))
def test_a_function_of_arrays_that_records(x):
    """Without a gradient beside it, a function records with arrays too."""
    return al.sin(x[0, 0]) * x[1, 1] + (x * x).sum()


@pytest.mark.parametrize("x", [1.1125369292536007e-308, -5e-324, 1e-290])
def test_numbers_as_small_as_there_are(x):
    """Beside the smallest floats there is no smaller step, and no error."""
    assert assert_gradient(lambda x: float(np.tanh(x).sum()), [np.array([x])], gradient=lambda x: 1.0 - np.tanh(x) ** 2)


def test_a_failing_property_shows_code():
    """A failing property shows its smallest point as a call that looks at it again, without hypothesis."""

    @settings(database=None, derandomize=True, max_examples=30, phases=[Phase.generate, Phase.shrink], deadline=None)
    @gradient_property({"gradient": wrong_slopes}, x=SHAPES)
    def mine(x):
        return cubes(x)

    with pytest.raises(testing.GradientError) as caught:
        mine()
    (code,) = [note for note in caught.value.__notes__ if note.startswith("The same")]
    code = code.splitlines()[1]
    assert code.startswith("mine.check(x=np.array([")
    assert len(code) < 40
    report = eval(code, {"mine": mine, "np": np})
    assert str(report) == str(caught.value)
    assert mine.check(x=np.array([[0.5, 2.0]])).wrong[0].wrt == ("x[0, 1]",)
