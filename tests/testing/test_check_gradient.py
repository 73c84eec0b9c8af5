"""Gradient checks: right gradients pass, and so do those that come beside the function."""

import copy
import json
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from functions_to_check import PLACES, look, plain, slopes_of_plain, verdicts
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from strategies import ROWS, at_kink, build, points, programs

from autograd_lite import (
    Value,
    abs,  # noqa: A004  (the package's, which is in no star import)
    exp,
    sin,
    topological,
)
from autograd_lite.engine.ops import OPS
from autograd_lite.losses import half_squared_error
from autograd_lite.nn import Network
from autograd_lite.testing import check_gradient
from autograd_lite.train import data_loss

# --- right gradients --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OPS)
def test_no_row_has_a_wrong_slope(name):
    """No operation of the table has a wrong slope, anywhere in its domain, tails and the smallest floats included.

    Only where the next steps are beyond the largest float a kink may hide: there is but one side to look at. And where
    a remainder jumps at every float, differences see a smooth function of noise: that is not asked here.
    """
    row = OPS[name]

    @given(points(row, reach=1e300))
    @settings(max_examples=25)
    @example(PLACES[: row.arity])
    def check(point):
        jumps = name == "mod" and abs(point[0]) >= 2.0**52 * abs(point[1])
        if math.isfinite(row(*point)) and not jumps:
            report = look(row, point)
            assert not report.wrong, str(report)
            # A kink may be nearer than the smallest step, but then the slope of one side is the one got.
            assert all(row.kinks for slope in report if slope.verdict == "kink")

    check()


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("second_order", [False, True])
def test_every_row_is_confirmed(name, second_order):
    """At ordinary points every operation is confirmed, with its second derivatives."""
    row = ROWS[name]

    @given(st.tuples(*(st.floats(max(low + 0.1, -0.9), min(high - 0.1, 0.9)) for low, high in row.domain)))
    @settings(max_examples=8)
    @example(PLACES[: row.arity])
    def check(point):
        if not at_kink(row, point, 0.05):
            assert check_gradient(row, point, second_order=second_order)

    check()


@given(programs())
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_random_graphs(steps):
    """No gradient of a random calculation is wrong, nor a second derivative of a short one."""
    root = build(steps)[-1]
    if math.isfinite(root.data):
        report = look(root, second_order=len(steps) < 8)
        assert not report.wrong, str(report)


def test_functions_of_one_and_of_several_numbers():
    """A number, a sequence of any kind, and a dict are points; the report has a slope for each input."""

    def f(x, y=2.0):
        return x * exp(-y)

    for at in (2.0, 2, Fraction(2), np.float64(2.0), np.array(2.0)):
        assert [s.wrt for s in check_gradient(f, at)] == [("x",)]
    for at in ([2.0, 0.5], (2, 0.5), list(np.array([2.0, 0.5])), iter([2.0, 0.5]), {"y": 0.5, "x": 2.0}.values()):
        assert [s.wrt for s in check_gradient(f, at)] == [("x",), ("y",)]
    report = check_gradient(f, {"y": 0.5, "x": 2.0})
    assert [s.wrt for s in report] == [("y",), ("x",)]
    assert report["x"].got == pytest.approx(math.exp(-0.5))
    assert [s.wrt for s in check_gradient(lambda *w: w[0] * w[1], [1.0, 2.0])] == [("x1",), ("x2",)]
    assert [s.wrt for s in check_gradient(lambda x1, *w: x1 * w[0], [1.0, 2.0])] == [("x1",), ("x2",)]
    assert check_gradient(lambda x, *, k: x * k, {"x": 1, "k": 2}).ok


def test_a_recorded_result():
    """A recorded graph is checked at its leaves' numbers, at others for all of them, or for some by label."""
    x, y = Value(2.0, label="x"), Value(0.5, label="y")
    z = x * x + sin(y * x)
    z.label = "z"
    report = check_gradient(z)
    assert (report.name, report.point) == ("z", (("x", 2.0), ("y", 0.5)))
    z.backward()
    assert [s.got for s in report] == [x.grad, y.grad]
    assert check_gradient(z, [3.0, 1.0]).point == (("x", 3.0), ("y", 1.0))
    assert check_gradient(z, {"y": 7.0}).point == (("x", 2.0), ("y", 7.0))
    assert check_gradient(Value(3.0)).slopes[0].got == 1.0
    unnamed = Value(1.0) * Value(2.0) * Value(3.0, label="x") * Value(4.0, label="x")
    assert [s.wrt for s in check_gradient(unnamed)] == [("v1",), ("v2",), ("x",), ("x (2)",)]


def test_nothing_of_the_users_changes():
    """The user's nodes keep their data, gradients, labels and number; what the report holds are numbers and text."""
    x = Value(2.0, label="x")
    y = exp(x) * x
    y.backward()
    before = [(node, node.data, node.grad, node.label, node.op) for node in topological(y)]
    report = check_gradient(y, second_order=True)
    assert [(node, node.data, node.grad, node.label, node.op) for node in topological(y)] == before
    assert pickle.loads(pickle.dumps(report)).rows() == report.rows()
    assert copy.deepcopy(report).slopes == report.slopes
    json.dumps(report.rows())


def test_a_network():
    """The loss of a network on data, as a recorded result, with weights, inputs and targets as leaves."""
    net = Network([2, 3, 1], activation=["tanh", "sigmoid"], seed=3)
    loss = data_loss(net, [([0.1, -0.4], [0.7]), ([0.9, 0.2], [0.1])], half_squared_error)
    report = check_gradient(loss)
    assert {w.label for w in net.parameters()} < {slope.wrt[0] for slope in report}
    assert set(verdicts(report)) == {"confirmed"}


def test_long_and_wide_graphs():
    """A chain of 20,000 operations does not recurse; one leaf used 10,000 times counts as one."""
    x = Value(1e-5, label="x")
    y = x
    for _ in range(10_000):
        y = y * 0.9999 + x
    assert len(check_gradient(y, at={"x": 0.5})) == 1


def test_second_order():
    """The Hessian is checked entry by entry, and named like one."""
    report = check_gradient(lambda x, y: x * x * y + sin(y), [3.0, 0.5], second_order=True)
    assert [s.symbol for s in report] == ["∂f/∂x", "∂f/∂y", "∂²f/∂x²", "∂²f/∂x∂y", "∂²f/∂y∂x", "∂²f/∂y²"]
    assert [s.got for s in report][2:] == pytest.approx([1.0, 6.0, 6.0, -math.sin(0.5)])
    assert report["x", "y"].got == 6.0
    assert "all 6 derivatives are right" in str(report)


# --- gradients that come beside the function --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "gradient",
    [
        slopes_of_plain,
        slopes_of_plain(0.5, 3.0),
        list(slopes_of_plain(0.5, 3.0)),
        np.array(slopes_of_plain(0.5, 3.0)),
        dict(zip("yx", reversed(slopes_of_plain(0.5, 3.0)), strict=True)),
        lambda x, y: dict(zip("xy", slopes_of_plain(x, y), strict=True)),
        lambda x, y: np.array(slopes_of_plain(x, y)),
        lambda x, y: (g for g in slopes_of_plain(x, y)),
    ],
)
@pytest.mark.parametrize("at", [[0.5, 3.0], {"y": 3.0, "x": 0.5}])
def test_gradients_by_hand(gradient, at):
    """A gradient beside a function of floats: a function, numbers, a dict; in the order of the point."""
    if isinstance(at, dict) and not isinstance(gradient, dict):
        at = dict(reversed(at.items()))
    assert check_gradient(plain, at, gradient=gradient)


def test_one_number_by_hand():
    """For a function of one number the gradient is a number, a list of one, or a function that gives one of these."""
    for gradient in (math.cos, math.cos(1.0), [math.cos(1.0)], lambda x: [math.cos(x)], Value(math.cos(1.0))):
        assert check_gradient(math.sin, 1.0, gradient=gradient)
        assert not look(math.cos, 1.0, gradient=gradient)


def test_a_gradient_by_hand_beside_nodes():
    """Beside a function that records, or a recorded result, it is compared in the same way, with the graph at hand."""

    def f(w, b):
        return (w * 2.0 + b - 1.0) ** 2

    right = {"w": 4.0 * (1.0 + 0.1 - 1.0), "b": 2.0 * (1.0 + 0.1 - 1.0)}
    assert check_gradient(f, {"w": 0.5, "b": 0.1}, gradient=right)
    assert check_gradient(f(Value(0.5, "w"), Value(0.1, "b")), gradient=right)
    report = look(f, {"w": 0.5, "b": 0.1}, gradient=right | {"w": right["b"]})
    assert verdicts(report) == ["wrong", "confirmed"]
    assert "It is the gradient given that is wrong" in str(report)
    assert "half the slope; or it is ∂f/∂b" in str(report)


SLOPES = st.sampled_from(
    [
        (lambda g: (-g[0], g[1]), "has the other sign"),
        (lambda g: (2.0 * g[0], g[1]), "twice the slope"),
        (lambda g: (0.5 * g[0], g[1]), "half the slope"),
        (lambda g: (g[0] * (1.0 + 1e-4), g[1]), ""),
        (lambda g: (g[0] * (1.0 - 1e-7), g[1]), ""),
        (lambda g: (g[0] + 0.01, g[1]), ""),
        (lambda g: (0.0, g[1]), ""),
        (lambda g: (math.nan, g[1]), ""),
        (lambda g: (math.inf, g[1]), ""),
        (lambda g: (g[1], g[1]), "it is ∂plain/∂y"),
    ]
)


@given(SLOPES, st.floats(0.2, 1.2), st.floats(0.6, 4.0))
def test_wrong_gradients_by_hand(wrong, x, y):
    """A wrong sign, factor, term or argument is found, down to parts of 1e-7, and likened to what it is."""
    change, remark = wrong
    report = look(plain, [x, y], gradient=lambda x, y: change(slopes_of_plain(x, y)))
    assert verdicts(report) == ["wrong", "confirmed"]
    assert report["x"].units > 1.0 or math.isnan(report["x"].units)
    assert abs(report["x"].expected - slopes_of_plain(x, y)[0]) <= report["x"].uncertainty
    assert remark in str(report)


# --- functions that leave the graph -----------------------------------------------------------------------------------


def test_a_part_outside_the_graph():
    """A function that uses `.data` has another gradient than its graph: the report says so, and where they part."""
    report = look(lambda x: x * x.data, 3.0)
    assert verdicts(report) == ["wrong"]
    assert report.suspect is None
    assert "The slope of the operation on the way is right, but part of the result was computed outside" in str(report)
    assert "with x moved to 3.25, f gives 10.5625, but its graph 9.75" in str(report)


def test_a_function_that_detaches():
    """A float for Values is an error with the remedy, not a gradient of 0."""
    for f in (lambda x: x.data * 2.0, lambda x: math.exp(x.data), lambda x: 5.0, lambda x: np.float64(2.0)):
        with pytest.raises(TypeError, match="nothing was recorded, the gradient is lost"):
            check_gradient(f, 1.0)
    with pytest.raises(TypeError, match=r"exp works on floats, but not on Values: use functions that record"):
        check_gradient(math.exp, 1.0)


def test_a_function_that_treats_nodes_otherwise():
    """Another result for Values than for floats is an error."""
    with pytest.raises(ValueError, match=r"f gives 2\.0 for Values, but 3\.0 for floats"):
        check_gradient(lambda x: x * 2.0 if isinstance(x, Value) else x * 3.0, 1.0)


def test_inputs_that_are_not_used():
    """An input without effect has the slope 0, and the report says that nothing changed."""
    report = check_gradient(lambda x, y: x * 2.0, [1.0, 5.0])
    assert (report["y"].got, report["y"].note) == (0.0, "the result does not change with it")
    outside = Value(3.0)
    assert check_gradient(lambda x: x * outside, 2.0).slopes[0].got == 3.0
