"""`check_gradient`: right gradients pass, wrong ones are found and explained, what cannot be checked is no pass."""

import copy
import dataclasses
import html.parser
import json
import math
import pickle
import random
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from strategies import ROWS, at_kink, build, points, programs

from autograd_lite import (
    StaleGraphError,
    Value,
    abs,  # noqa: A004  (the package's, which is in no star import)
    exp,
    grad,
    log,
    maximum,
    minimum,
    relu,
    sigmoid,
    sin,
    sqrt,
    step,
    tanh,
    topological,
    xlogy,
)
from autograd_lite.engine.ops import ANY, OPS, Op
from autograd_lite.losses import half_squared_error
from autograd_lite.nn import Network
from autograd_lite.testing import CheckedSlope, GradientError, GradientReport, check_gradient
from autograd_lite.train import data_loss


def made(name, fn, partials, domain=(ANY,)):
    """An operation made by a user."""
    return Op(name, fn, partials, domain=domain)


CUBE = made("cube", lambda x: x * x * x, lambda y, x: 3.0 * x * x)
WRONG_CUBE = made("cube", lambda x: x * x * x, lambda y, x: 3.0 * x)
PLACES = (0.7, 0.3)  # inside the domain of every row, away from every kink


def look(f, at=None, **options):
    """The report, whatever it says."""
    return check_gradient(f, at, raises=False, **options)


def verdicts(report):
    return [slope.verdict for slope in report]


# --- right gradients -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OPS)
def test_every_row_of_the_table(name):
    """No operation of the table has a wrong slope, anywhere in its domain, tails and the smallest floats included.

    Only where the next steps are beyond the largest float a kink may hide: there is but one side to look at.
    """
    row = OPS[name]

    @given(points(row, reach=1e300))
    @settings(max_examples=25)
    @example(PLACES[: row.arity])
    def check(point):
        if math.isfinite(row(*point)):
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
    for at in ([2.0, 0.5], (2, 0.5), np.array([2.0, 0.5]), iter([2.0, 0.5]), {"y": 0.5, "x": 2.0}.values()):
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


# --- gradients that come beside the function -----------------------------------------------------------------------


def plain(x, y):
    """A function of plain floats."""
    return math.sin(x) * y**2


def slopes_of_plain(x, y):
    return math.cos(x) * y**2, 2.0 * y * math.sin(x)


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
    change, told = wrong
    report = look(plain, [x, y], gradient=lambda x, y: change(slopes_of_plain(x, y)))
    assert verdicts(report) == ["wrong", "confirmed"]
    assert report["x"].units > 1.0 or math.isnan(report["x"].units)
    assert abs(report["x"].expected - slopes_of_plain(x, y)[0]) <= report["x"].uncertainty
    assert told in str(report)


# --- wrong operations ----------------------------------------------------------------------------------------------


def deep(cube):
    """A function with the operation deep in it, and others before and after."""

    def f(x, w1, w2):
        h = tanh(x * w1)
        h.label = "h"
        c = cube(h + 1.0)
        c.label = "c"
        return sin(c * w2) + relu(h) + exp(c / 10.0)

    return f


def test_the_first_wrong_operation_is_named():
    """The report names the first operation with a wrong slope: what it is called, its arguments, both slopes."""
    assert check_gradient(deep(CUBE), [0.3, 2.0, -1.0])
    report = look(deep(WRONG_CUBE), [0.3, 2.0, -1.0])
    assert verdicts(report) == ["wrong", "wrong", "confirmed"]  # w2 comes in after it
    suspect = report.suspect
    argument = math.tanh(0.6) + 1.0
    assert (suspect.op, suspect.label, suspect.args, suspect.along) == ("cube", "c", (argument,), 0)
    assert suspect.got == 3.0 * argument
    assert suspect.expected == pytest.approx(3.0 * argument**2, abs=suspect.uncertainty)
    assert f"c = cube(h + 1), here cube({argument!r}): its slope is {3.0 * argument!r}" in str(report)


@pytest.mark.parametrize(("name", "along"), [(name, k) for name, row in OPS.items() for k in range(row.arity)])
@pytest.mark.parametrize("off", [-1.0, 2.0, 1.0001])
def test_a_wrong_row_of_the_table_is_found(name, along, off):
    """A row of the table with a wrong slope along one argument is found in the middle of a graph."""
    row = OPS[name]

    def partials(y, *args):
        slopes = row.partials(y, *args)
        pair = [slopes] if row.arity == 1 else list(slopes)
        pair[along] = pair[along] * off if pair[along] else off
        return pair[0] if row.arity == 1 else tuple(pair)

    broken = dataclasses.replace(row, partials=partials)
    for each in (row, broken):
        report = look(lambda a, b, each=each: exp(each(*((a + 0.0, b * 1.0)[: each.arity])) * 0.5) + a * b, PLACES)
        if each is row:
            assert report, str(report)
    assert report.wrong
    assert report.suspect.op == name
    assert report.suspect.along == along
    second = " along its second argument" if along else ""
    assert second in str(report)


def test_an_operation_whose_slopes_have_the_wrong_form():
    """Slopes that raise, or are too few, are an error that names the operation."""
    with pytest.raises(ValueError, match=r"operation pair has 2 arguments, its slopes .* got 1\.0"):
        check_gradient(made("pair", lambda a, b: a * b, lambda y, a, b: 1.0, (ANY, ANY)), [1.0, 2.0])
    with pytest.raises(ValueError, match=r"slopes \(partials\) of the operation cube raised KeyError"):
        check_gradient(made("cube", lambda x: x, lambda y, x: {}["slope"]), 1.0)
    with pytest.raises(ValueError, match=r"slope .* of cube is None, not a float"):
        check_gradient(made("cube", lambda x: x, lambda y, x: None), 1.0)


def test_slopes_that_fail_only_sometimes():
    """Where no operation can be blamed when it is tried once more, the error is the one that came."""
    errors = [ZeroDivisionError("only once")]

    def partials(y, x):
        if errors:
            raise errors.pop()
        return 3.0 * x * x

    cube = dataclasses.replace(CUBE, partials=partials)
    with pytest.raises(ZeroDivisionError, match="only once"):
        check_gradient(cube(Value(2.0)))


class Signed:
    """A function whose signature is whatever it says."""

    def __init__(self, error):
        self.error = error

    @property
    def __signature__(self):
        """Not there."""
        raise self.error

    def __call__(self, x, y):
        """Return the product."""
        return x * y


@pytest.mark.parametrize("f", [Signed(ValueError("none")), Signed(TypeError("none")), max], ids="vtm")
def test_functions_without_a_signature(f):
    """A function whose arguments Python does not tell is checked as others are, its arguments have names of ours."""
    report = check_gradient(f, (2.0, 3.0))
    assert report.ok
    assert [slope.wrt for slope in report] == [("x1",), ("x2",)]


def test_slopes_that_freeze_on_nodes():
    """Slopes that lose their argument as nodes give wrong second derivatives, and the report says why."""
    frozen = made("frozen", lambda x: x**3, lambda y, x: 3.0 * getattr(x, "data", x) ** 2 * (x / x))
    report = look(lambda x: frozen(x) * 2.0, 1.5, second_order=True)
    assert verdicts(report) == ["confirmed", "wrong"]
    assert "compute otherwise with Values than with floats" in str(report)
    outright = made("outright", lambda x: x**3, lambda y, x: 3.0 * math.pow(x, 2))
    assert check_gradient(outright, 1.5)
    with pytest.raises(TypeError) as caught:
        check_gradient(outright, 1.5, second_order=True)
    assert "they have to work on Values" in caught.value.__notes__[0]


def test_a_wrong_second_derivative_names_the_operation():
    """If the slope of a slope is wrong, the operation in the graph of the gradient is named."""
    slope = made("slope", lambda x: 3.0 * x * x, lambda y, x: 5.0 * x)
    cube = made("cube", lambda x: x * x * x, lambda y, x: slope(x))
    report = look(lambda x, y: cube(x) * y, [2.0, 1.0], second_order=True)
    assert [s.wrt for s in report.wrong] == [("x", "x")]
    assert report.suspect.op == "slope"


def test_an_operation_that_is_applied_twice_to_the_same_numbers():
    """A slope along another argument than before is looked at, though the numbers are the same."""
    miss = made("miss", lambda a, b: a * b + b * b, lambda y, a, b: (b, a), (ANY, ANY))
    for far in (0.0, 1e16):
        report = look(lambda x, far=far: miss(x, 1.0) + miss(1.0, x) + far, 1.0)
        assert verdicts(report) == ["wrong"]
        assert (report.suspect.op, report.suspect.along) == ("miss", 1)


def test_a_kink_beside_the_point_hides_no_wrong_operation():
    """Where differences of the whole see a kink, an operation that is not at one has the slope of its side."""
    wrong = made("myabs", OPS["abs"].fn, lambda y, x: -OPS["abs"].partials(y, x))
    for off in (1e-13, 3e-15):
        report = look(lambda x: wrong(x - 1.0), 1.0 + off)
        assert verdicts(report) == ["wrong"]
        assert report.suspect.op == "myabs"
        assert report["x"].between is None
        assert "differences of the whole see a kink here, but one of the operations has a wrong slope" in str(report)
        for row in (abs, relu):
            assert check_gradient(lambda x, row=row: row(x - 1.0), 1.0 + off)
    assert verdicts(look(lambda x, y: wrong(x * y - 0.3), [0.1, 3.0])) == ["wrong", "wrong"]
    assert verdicts(look(lambda x: wrong(x - 1.0), 1.0)) == ["kink"]


def test_conventions_that_do_not_add_up_to_a_second_derivative():
    """What is wrong with second derivatives at a kink of the function is the kink, and no operation is blamed."""
    half = made("half", lambda x: max(x, 0.0) ** 2, lambda y, x: 2.0 * relu(x))
    for f, at, kink in (
        (lambda x, y: maximum(x * x, y * y), [0.0, 0.0], "maximum(x * x, y * y)"),
        (lambda x: half(x) + half(-x), 0.0, "relu(-x)"),
        (lambda x: relu(x) ** 2 + relu(-x) ** 2, 0.0, "relu(x)"),
    ):
        report = look(f, at, second_order=True)
        assert report.wrong
        told = f"In the graph of ∂f/∂x every slope is right, but {kink} is at a kink, where the conventions for slopes"
        assert told in str(report)
        assert "compute otherwise" not in str(report)
    frozen = made("frozen", lambda x: x**3, lambda y, x: 3.0 * getattr(x, "data", x) ** 2 * (x / x))
    elsewhere = look(lambda x, y: frozen(x) + relu(y), [1.5, 0.0], second_order=True)
    assert "compute otherwise" in str(elsewhere)


def test_second_derivatives_of_what_jumps():
    """Where a slope is made of what jumps, nobody can tell whether conventions add up."""
    half = made("half", lambda x: max(x, 0.0) ** 2, lambda y, x: 2.0 * x * step(x))
    report = look(lambda x: half(x) + half(-x), 0.0, second_order=True)
    assert verdicts(report) == ["confirmed", "inconclusive"]
    assert "changes faster than the floats near here can follow, or jumps" in str(report)
    assert not report.remarks


def test_second_derivatives_of_more_than_is_looked_at(monkeypatch):
    """Nothing is said of operations that were not looked at."""
    monkeypatch.setattr("autograd_lite.testing.gradients.suspects.LIMIT", 2)
    frozen = made("frozen", lambda x: x**3, lambda y, x: 3.0 * getattr(x, "data", x) ** 2 * (x / x))
    report = look(lambda x: frozen(x) * 2.0, 1.5, second_order=True)
    assert report.remarks == ("In the graph of ∂f/∂x every slope of the first 2 operations on the way is right.",)


@pytest.mark.parametrize("f", [lambda x: sin(x) / x, lambda x: (exp(x) - 1.0) / x])
def test_a_slope_that_loses_its_digits(f):
    """Where rounding explains what reverse mode is off by, the report says so, and which rtol allows it."""
    report = look(f, 1e-5)
    assert verdicts(report) == ["wrong"]
    (told,) = report.remarks
    assert "the rounding of its steps makes that much of the slope, which rtol=" in told
    assert check_gradient(f, 1e-5, rtol=float(re.search(r"rtol=(\S+) allows", told)[1]))


def test_a_slope_that_rounding_does_not_explain():
    """Nothing is said of rounding if it does not explain the slope, is more than all of it, or nobody can tell."""
    one = made("one", lambda x: x, lambda y, x: math.copysign(1.0, x))  # its slope works on floats only
    for f, x, gradient in (
        (lambda x: x * x, 1.5, 3.0 * (1.0 + 5e-10)),
        (lambda x: sin(x) / x, 3e-8, None),
        (lambda x: sin(x) / one(x), 1e-5, None),
    ):
        report = look(f, x, gradient=gradient)
        assert verdicts(report) == ["wrong"]
        assert report.remarks[0].endswith("and the graph computes what f does.")


# --- functions that leave the graph --------------------------------------------------------------------------------


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


# --- kinks, jumps, vertical tangents -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "at", "got", "between"),
    [
        (relu, 0.0, [0.0], (0, 1)),
        (abs, 0.0, [0.0], (-1, 1)),
        (lambda x: -3.0 * abs(x - 2.0), 2.0, [0.0], (-3, 3)),
        (maximum, [1.0, 1.0], [0.5, 0.5], (0, 1)),
        (minimum, [-2.0, -2.0], [0.5, 0.5], (0, 1)),
        (lambda x: x.leaky_relu(0.1) + 5.0, 0.0, [0.1], (0.1, 1)),
    ],
)
def test_kinks(f, at, got, between):
    """At a kink the convention of the package is between the slopes of the sides, and the report says it is one."""
    report = check_gradient(f, at)
    assert verdicts(report) == ["kink"] * len(got)
    assert [s.got for s in report] == got
    assert all(s.between == pytest.approx(between, abs=1e-9) and s.units == 0.0 for s in report)
    assert "at a kink" in str(report)
    assert "any between them is accepted" in str(report)


def test_other_conventions_at_a_kink():
    """Whatever lies between is right, as other libraries have it; what does not is wrong."""
    for slope in (0.0, 0.5, 1.0):
        assert check_gradient(lambda x: max(x, 0.0), 0.0, gradient=slope)
    for slope in (-0.1, 1.1):
        assert not look(lambda x: max(x, 0.0), 0.0, gradient=slope)


@pytest.mark.parametrize("near", [1e-3, 1e-7, 1e-10, -1e-7])
def test_a_kink_nearby(near):
    """A kink beside the point spoils nothing."""
    report = check_gradient(lambda x: relu(x) + x * 0.25 + 1.0, near)
    assert verdicts(report) == ["confirmed"]


def test_conventions_that_do_not_add_up():
    """The slope of relu(x) - relu(-x), which is x, is 1; at 0 the conventions give 0: wrong, and why is told."""
    report = look(lambda x: relu(x) - relu(-x), 0.0)
    assert verdicts(report) == ["wrong"]
    assert "relu(x) is at a kink, where the conventions for slopes do not add up" in str(report)


def test_a_jump():
    """At a jump there is no slope: told as such, and no pass."""
    report = look(lambda x: step(x) + x, 0.0)
    assert verdicts(report) == ["jump"]
    assert not report
    assert "jumps here, from its value to another on the right" in str(report)
    assert check_gradient(lambda x: step(x) + x, 1e-6)


def test_vertical_tangents():
    """An infinite slope at the edge of a domain is right where secants grow without bound; a finite one is wrong."""
    report = check_gradient(sqrt, 0.0)
    assert (report.slopes[0].got, report.slopes[0].expected) == (math.inf, math.inf)
    assert not look(math.sqrt, 0.0, gradient=1e9)


def test_infinity_times_zero():
    """A chain rule that multiplies infinity by 0 gives NaN: wrong, and the reason is told."""
    report = look(lambda x: sqrt(x * x), 0.0)
    assert verdicts(report) == ["wrong"]
    assert "multiplies an infinite slope by 0" in str(report)


@pytest.mark.parametrize("error", [ZeroDivisionError, OverflowError, ValueError, AssertionError])
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_functions_that_raise_on_one_side(error, side):
    """At the end of its domain a function may raise on the other side: the slope is checked on the one there is."""

    def f(x):
        if side * x.data > side * 2.0:
            raise error("no value here")
        return x * x

    report = check_gradient(f, 2.0)
    assert verdicts(report) == ["confirmed"]
    assert "there are no finite values on the other side" in str(report)
    assert not look(f, 2.0, gradient=5.0)


@pytest.mark.parametrize("error", [ZeroDivisionError, OverflowError, ValueError, AssertionError])
def test_leaks_of_functions_that_raise(error):
    """What is computed outside the graph is found on the side where there are values."""

    def f(x):
        if x.data > 2.0:
            raise error("no value here")
        return x * x.data

    assert "computed outside the graph" in str(look(f, 2.0))

    def fails(x):
        if x > 2.0:
            raise error("no value here")
        return x

    row = made("mine", fails, lambda y, x: 1.0)
    assert "computed outside the graph" in str(look(lambda x: row(x) * x.data, 2.0))


# --- what differences cannot tell ----------------------------------------------------------------------------------


def test_rounding_that_hides_the_slope():
    """Where rounding hides the slope of the whole, every operation by itself confirms it."""
    report = check_gradient(lambda x: 1e16 + sin(x), 1.0)
    assert verdicts(report) == ["by steps"]
    assert report["x"].uncertainty > 1.0
    assert "but by itself every slope of the 2 operations on the way is confirmed" in str(report)
    assert check_gradient(lambda x: (x + 1e16) - 1e16, 0.3)


def test_rounding_does_not_hide_a_wrong_operation():
    """There a wrong operation is found by itself, whether inconclusive slopes are allowed or not, and is named."""
    for allow in (False, True):
        report = look(lambda x: 1e16 + WRONG_CUBE(x), 1.5, allow_inconclusive=allow)
        assert not report
        assert verdicts(report) == ["wrong"]
        assert report.suspect.op == "cube"
        assert math.isnan(report["x"].expected)
        assert "too uncertain to see it, but one of the operations has a wrong slope" in str(report)


def test_a_wrong_operation_that_is_small_beside_another_input():
    """What is too small beside another input for differences to see is judged by its operations."""
    report = look(lambda x, z: WRONG_CUBE(x) * 1e-15 + z, [1.5, 1.0])
    assert verdicts(report) == ["wrong", "confirmed"]
    assert report.suspect.op == "cube"
    assert verdicts(look(lambda x, z: CUBE(x) * 1e-15 + z, [1.5, 1.0])) == ["confirmed", "confirmed"]


def test_a_gradient_that_is_small_beside_another():
    """A given slope that differences cannot tell from the right one is judged by the operations of the graph."""

    def f(x, y):
        return y + 1e-12 * x

    report = look(f, [1.0, 1.0], gradient=(3e-12, 1.0))
    assert verdicts(report) == ["wrong", "confirmed"]
    assert "∂f/∂x: the slope is 1e−12: that of every operation is confirmed by itself" in str(report)
    assert "It is the gradient given that is wrong" in str(report)
    assert look(f, [1.0, 1.0], gradient=(1e-12, 1.0))


def test_a_rounded_corner_is_no_kink():
    """Where differences see a kink and no operation has one, a given slope is that of the operations, or wrong."""

    def f(x):
        return sqrt((x - 1.0) ** 2 + 1e-28)

    report = look(f, 1.0, gradient=0.7)
    assert verdicts(report) == ["wrong"]
    assert report["x"].between is None
    assert "nearer to the point than differences see, the slope is 0.0" in str(report)
    assert look(f, 1.0, gradient=0.0)
    assert verdicts(look(abs, 0.0, gradient=0.7)) == ["kink"]


def test_rounding_does_not_hide_what_is_outside_the_graph():
    """There a function that leaves its graph is not confirmed by its operations."""
    report = look(lambda x: 1e14 + (x + 5.0 * x.data), 3.0)
    assert verdicts(report) == ["inconclusive"]
    report = look(lambda x: (1e14 + 5.0 * x.data) + x, 3.0)  # a constant that is the same for all floats near here
    assert verdicts(report) == ["inconclusive"]
    assert "with x moved to 3.25, f gives 100000000000019.5, but its graph 100000000000018.25" in str(report)


def test_a_graph_that_is_another_one_beside_the_point():
    """What is computed outside the graph is seen in the operations and constants, where rounding hides its value."""
    for gradient in (None, 1.5, 3.0):
        report = look(lambda x: x * x.data + 1e16, 1.5, gradient=gradient)
        assert verdicts(report) == ["inconclusive"]
    told = str(look(lambda x: x * x.data + 1e16, 1.5))
    assert "moved to 1.4999998807907104 other operations or constants are recorded: part of the result is" in told
    scale = Value(3.0, "scale")  # a leaf that is no input is a constant
    assert verdicts(look(lambda x: x * scale + 1e16, 1.5)) == ["by steps"]
    assert verdicts(look(lambda x: x * Value(x.data) + 1e16, 1.5)) == ["inconclusive"]
    assert verdicts(look(lambda x: (x * x if x.data == 1.5 else x) + 1e16, 1.5)) == ["inconclusive"]
    far = check_gradient(lambda x: (x * x if x.data > 1.4 else x * (x + 1e-3)) + 1e16, 1.5)
    assert verdicts(far) == ["by steps"]  # another branch is no matter if it is not near


def test_a_function_that_has_a_value_at_the_point_alone():
    """Where nothing is there to compare with, the operations confirm nothing."""
    report = look(lambda x: x * x if x.data == 1.0 else x / 0, 1.0)
    assert verdicts(report) == ["inconclusive"]
    assert "there are no finite values on either side; there is no graph beside the point" in str(report)


def test_inconclusive_is_no_pass():
    """A slope that differences cannot confirm raises, unless that is allowed; then the report says so all the same."""
    with pytest.raises(GradientError, match="could not be checked") as caught:
        check_gradient(sin, 1e150)
    assert caught.value.report.inconclusive
    assert not caught.value.report.wrong
    allowed = check_gradient(sin, 1e150, allow_inconclusive=True)
    assert allowed
    assert "INCONCLUSIVE" in str(allowed)
    assert "could not be checked" in str(allowed)
    with pytest.raises(GradientError):
        check_gradient(math.sin, 1.0, gradient=1.0, allow_inconclusive=True)


SATURATED = [
    (sigmoid, 30.0),
    (tanh, 16.0),
    (sigmoid, 40.0),
    (sigmoid, 100.0),
    (tanh, 20.0),
    (lambda x: 3.0 * tanh(-x), 20.0),
]


@pytest.mark.parametrize(("f", "x"), SATURATED)
def test_a_saturated_activation(f, x):
    """A slope that makes less of a value than its rounding is no reason to fail; one that makes more is wrong."""
    report = check_gradient(f, x)
    assert verdicts(report) == ["by steps"]
    slope = grad(f(v := Value(x)), v).data
    assert slope != 0.0
    assert check_gradient(f, x, gradient=slope)
    seen = f in {sigmoid, tanh} and x in {30.0, 16.0}  # how the values around change
    assert verdicts(look(f, x, gradient=0.0)) == ["wrong" if seen else "confirmed"]
    assert verdicts(look(f, x, gradient=1e-3)) == ["wrong"]


def test_a_wrong_slope_that_is_not_too_small():
    """Of a saturated operation a slope that would be seen is wrong, and at a kink nothing is too small."""
    off = made("off", OPS["sigmoid"].fn, lambda y, x: 1e-12)
    assert verdicts(look(off, 40.0)) == ["wrong"]
    assert verdicts(look(lambda x: off(x) + 1e17, 40.0)) == ["wrong"]
    assert verdicts(look(lambda x: abs(x) + 1e17, 0.0, gradient=0.7)) != ["wrong"]


def test_a_users_operation_that_is_not_seen_is_not_confirmed():
    """What is too small to be seen in a value is trusted of rows of the table alone: what follows may see it."""
    wrong = made("mysig", OPS["sigmoid"].fn, lambda y, x: -OPS["sigmoid"].fn(-x))
    true = 1e20 * math.exp(-45.0) + 1.0
    for gradient in (None, [true]):
        assert verdicts(look(lambda t: wrong(t) * 1e20 + t, [45.0], gradient=gradient)) == ["inconclusive"]
    steep = made("steep", OPS["sigmoid"].fn, lambda y, x: 5.0 * y * (1.0 - y))
    assert verdicts(look(lambda t: steep(t) * t, 30.0)) == ["wrong"]
    report = check_gradient(sigmoid, 40.0)
    assert "is confirmed, or one of the table and hidden by rounding" in str(report)
    assert "of the table" not in str(check_gradient(lambda x: 1e16 + sin(x), 1.0))


def test_waves_that_cancel():
    """Waves that are the same on both sides and do not settle on either are no slope, though they cancel."""
    for f, slope in (
        (lambda x: abs(x) * math.cos(1.0 / x) if x else 0.0, 0.0),
        (lambda x: x * math.sin(1.0 / x) if x else 0.0, 0.0),
        (lambda x: x + x * math.sin(1.0 / x) if x else 0.0, 1.0),
    ):
        report = look(f, 0.0, gradient=slope)
        assert verdicts(report) == ["inconclusive"]
        assert "faster than the floats near here can follow" in str(report)
    for f in (math.cos, lambda x: x * x, lambda x: 1e9 + x * x, lambda x: x * x * math.sin(1.0 / x) if x else 0.0):
        assert check_gradient(f, 0.0, gradient=0.0)


def test_rtol_of_what_records():
    """A gradient that is given may be off by `rtol`, beside one of reverse mode too."""
    for f in (lambda x: x * x, lambda x: float(x) ** 2, (x := Value(2.0, "x")) * x):
        at = None if isinstance(f, Value) else 2.0
        assert check_gradient(f, at, gradient=4.1, rtol=0.05)
        assert verdicts(look(f, at, gradient=4.3, rtol=0.05)) == ["wrong"]
    single = [float(np.float32(1.21)), float(np.float32(6.6))]
    assert check_gradient(lambda w, x: w * x * x, [3.0, 1.1], gradient=single, rtol=1e-5)
    assert verdicts(look(lambda w, x: w * x * x, [3.0, 1.1], gradient=single)) == ["wrong", "wrong"]
    hidden = lambda x: sin(x) + 1e17  # noqa: E731
    assert verdicts(look(hidden, 1.0, gradient=math.cos(1.0) * 1.04, rtol=0.05)) == ["inconclusive"]
    assert verdicts(look(hidden, 1.0, gradient=math.cos(1.0) * 1.06, rtol=0.05)) == ["wrong"]


def test_what_reverse_mode_gives_is_judged_the_same_when_it_is_given():
    """The number of reverse mode, given by hand, is not wrong where nobody can tell; another one beside it is."""
    for f, x in ((lambda x: sin(1000.0 * x), 1e12), (lambda x: sin(exp(x)), 40.0)):
        slope = grad(f(v := Value(x)), v).data
        for gradient in (None, slope):
            report = look(f, x, gradient=gradient)
            assert verdicts(report) == ["inconclusive"]
            assert not report.remarks
        report = look(f, x, gradient=2.0 * slope + 1.0)
        assert verdicts(report) == ["wrong"]
        assert "It is the gradient given that is wrong" in str(report)
    both = look(lambda x, z: sin(1000.0 * x) * z, [1e12, 1.0], gradient=[1000.0 * math.cos(1e15), 7.0])
    assert verdicts(both) == ["inconclusive", "wrong"]
    assert len(both.remarks) == 1


def test_floats_that_cannot_follow():
    """So far out that a sine changes sign from float to float, nothing is right or wrong."""
    for f in (sin, lambda x: x - sin(x)):
        report = look(f, 1e150)
        assert verdicts(report) == ["inconclusive"]
        assert "faster than the floats near here can follow" in str(report)


def test_a_result_that_never_changes():
    """Plain floats that never change may be a constant or hidden by rounding: a slope other than 0 is no pass."""
    for f in (lambda x: 5.0, lambda x: (math.exp(x) + 1e20) - 1e20):
        report = look(f, 1.0, gradient=1.0)
        assert verdicts(report) == ["inconclusive"]
        assert "does not change at all" in str(report)
    assert check_gradient(lambda x: 5.0, 1.0, gradient=0.0)
    assert verdicts(look(lambda x, b: math.exp(x), [1.0, 2.0], gradient=[math.e, 1.0])) == ["confirmed", "wrong"]


def test_rtol():
    """A tolerance comes on top of the uncertainty."""
    assert not look(math.sin, 1.0, gradient=0.5403)
    assert check_gradient(math.sin, 1.0, gradient=0.5403, rtol=1e-5)
    assert not look(math.sin, 1.0, gradient=0.5402, rtol=1e-5)
    for bad in (-0.1, 1.0, math.nan):
        with pytest.raises(ValueError, match="rtol is a part of the slope"):
            check_gradient(sin, 1.0, rtol=bad)
    with pytest.raises(TypeError, match="real number"):
        check_gradient(sin, 1.0, rtol="1e-5")


# --- bad input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "at", "error", "told"),
    [
        (5, 1.0, TypeError, "takes a function, or a recorded result (Value), got int 5"),
        ("sin", 1.0, TypeError, "got str 'sin'"),
        (None, 1.0, TypeError, "got NoneType None"),
        (sin, None, TypeError, "say where to check"),
        (sin, [], ValueError, "`at` is empty"),
        (sin, {}, ValueError, "`at` is empty"),
        (sin, "1.0", TypeError, "`at` is a number, a list of numbers or a dict"),
        (sin, {1.0}, TypeError, "got set"),
        (sin, math.nan, ValueError, "`at` for x is nan"),
        (sin, [math.inf], ValueError, "`at` for x is inf"),
        (sin, 1 + 2j, TypeError, "`at` for x: expected a real number"),
        (sin, 10**400, OverflowError, "`at` for x: this int is beyond the largest float"),
        (sin, [Value(1.0)], TypeError, "its .data"),
        (sin, Value(1.0), TypeError, "pass v.data"),
        (lambda v: v[0], [[1.0, 2.0]], TypeError, "for a function of one list pass lambda *x: f(x)"),
        (lambda x: x, [1.0, 2.0], TypeError, "2 numbers: too many positional arguments; if it takes one list"),
        (lambda x, y: x, 1.0, TypeError, "1 number: missing a required argument: 'y'"),
        (lambda x, y: x, {"x": 1.0, "z": 2.0}, TypeError, "cannot be called with `at`, {x, z}"),
        (lambda x: [x, x], 1.0, TypeError, "gave list"),
        (lambda x: [x, x], 1.0, TypeError, "check each of several results by itself"),
        (lambda x: None, 1.0, TypeError, "is a `return` missing?"),
        (lambda x: "1", 1.0, TypeError, "gave str '1', not one number"),
        (log, 0.0, ValueError, "is -inf at x = 0.0: there is no slope to check"),
        (log, -1.0, ValueError, "is nan at x = -1.0"),
        (lambda x: exp(x * 1e3), 1.0, ValueError, "f is inf at x = 1.0"),
    ],
)
def test_bad_input(f, at, error, told):
    """What cannot be checked is an error that says what came, what is valid and what to do."""
    with pytest.raises(error, match=re.escape(told)):
        check_gradient(f, at)


@pytest.mark.parametrize(
    ("gradient", "error", "told"),
    [
        ([1.0], ValueError, "gradient has 1 number, but there are 2 inputs: x, y"),
        (lambda x, y: (1.0, 2.0, 3.0), ValueError, "gradient has 3 numbers, but there are 2 inputs"),
        ({"x": 1.0}, ValueError, "gradient has none for y; the inputs are x, y"),
        ({"x": 1.0, "y": 1.0, "z": 2.0}, ValueError, "gradient has z, which is no input"),
        ("12", TypeError, "gradient is a number, a sequence of numbers or a dict by name, got str"),
        ({1.0, 2.0}, TypeError, "got set"),
        (lambda x, y: None, ValueError, "gradient has 1 number, but there are 2 inputs"),
        (lambda x, y: (1.0, None), TypeError, "gradient for y gave NoneType None"),
        (lambda x, y: (1.0, [2.0]), TypeError, "gradient for y gave list [2.0]"),
    ],
)
def test_bad_gradients(gradient, error, told):
    """A gradient that does not fit the inputs is an error that names them."""
    with pytest.raises(error, match=re.escape(told)):
        check_gradient(plain, [0.5, 3.0], gradient=gradient)


def test_bad_points_of_a_recorded_result():
    """A point that does not fit the leaves is an error that names them."""
    x, y = Value(2.0, label="x"), Value(0.5, label="y")
    h = x * y
    h.label = "h"
    z = h + x
    with pytest.raises(ValueError, match=r"2 leaves \(x, y\), but `at` has 3 numbers"):
        check_gradient(z, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="no node of the graph has the label 'q'"):
        check_gradient(z, {"q": 1.0})
    with pytest.raises(ValueError, match="'h' is computed, not a leaf"):
        check_gradient(z, {"h": 1.0})
    with pytest.raises(TypeError, match="names leaves by their labels"):
        check_gradient(z, {3: 1.0})
    with pytest.raises(TypeError, match="beside a recorded result, gradient is numbers"):
        check_gradient(z, gradient=lambda x, y: (1.0, 2.0))
    x.data = 3.0
    with pytest.raises(StaleGraphError, match="'x' was changed"):
        check_gradient(z)
    with pytest.raises(ValueError, match="`at` for v1 is nan"):
        check_gradient(sin(Value(math.nan)))


def test_functions_that_are_no_functions():
    """A function that draws random numbers, counts its calls, or changes its argument, is an error."""
    drawn = random.Random(1)
    with pytest.raises(ValueError, match=r"called with the same numbers again: it draws random numbers"):
        check_gradient(lambda x: x * drawn.random(), 1.0)
    with pytest.raises(ValueError, match="it draws random numbers"):
        check_gradient(lambda x: x * drawn.random(), 1.0, gradient=0.5)
    seen = []

    def learns(x):
        seen.append(x)
        return x * (1.0 if len(seen) < 8 else 2.0)

    with pytest.raises(ValueError, match="changes something that it uses"):
        check_gradient(learns, 1.0)
    seen.clear()
    with pytest.raises(ValueError, match="changes something that it uses"):
        check_gradient(lambda x: learns(math.exp(x)), 1.0, gradient=math.e)

    def sets(x):
        x.data = 5.0
        return x * 2.0

    with pytest.raises(ValueError, match=r"sets changed its argument x from 1\.0 to 5\.0"):
        check_gradient(sets, 1.0)


def test_errors_of_the_function_itself():
    """An error of the function at the point comes out as it is, with a note that says who called."""

    def f(x):
        raise LookupError("no such table")

    with pytest.raises(LookupError, match="no such table") as caught:
        check_gradient(f, 1.0)
    assert caught.value.__notes__ == ["raised by f when check_gradient called it with Values"]
    with pytest.raises(LookupError, match="no such table"):
        check_gradient(f, 1.0, gradient=1.0)


def test_a_function_that_refuses_other_points():
    """A function that raises outside its domain is checked inside."""

    def f(x):
        if x <= 0.0:
            raise ValueError("x has to be positive")
        return math.sqrt(x) + 1.0

    assert check_gradient(f, 1e-9, gradient=0.5 / math.sqrt(1e-9))
    assert not look(f, 1e-9, gradient=0.4 / math.sqrt(1e-9))


def test_second_order_needs_a_graph():
    """Second derivatives of a function of floats are an error with the remedy."""
    with pytest.raises(TypeError, match="second_order needs a graph, but plain works on floats only"):
        check_gradient(plain, [0.5, 3.0], gradient=slopes_of_plain, second_order=True)


# --- the report ----------------------------------------------------------------------------------------------------


def test_the_error():
    """A wrong gradient raises an AssertionError whose message is the report; it can be pickled."""
    with pytest.raises(AssertionError) as caught:
        check_gradient(math.sin, 1.0, gradient=-0.5)
    error = caught.value
    assert isinstance(error, GradientError)
    assert str(error) == str(error.report) == repr(error.report)
    assert not error.report
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_the_report_as_text():
    """The report is a title, a table whose columns are straight, and what explains the verdicts."""
    report = look(plain, {"x": 0.5, "y": 3.0}, gradient={"x": 7.8, "y": slopes_of_plain(0.5, 3.0)[1]})
    lines = str(report).splitlines()
    assert lines[0] == "plain at x = 0.5, y = 3.0: 1 of 2 slopes is wrong"
    assert lines[2].split() == ["at", "got", "by", "differences", "error", "/", "±"]
    assert re.fullmatch(r"  ∂plain/∂x  0\.5 +7\.8 +7\.89824305701\d* ± \de−1\d +\de1\d  WRONG", lines[3])
    assert re.fullmatch(r"  ∂plain/∂y  3\.0 +2\.8765\d+ +2\.8765\d+ ± \de−1\d +0[.\d]*  confirmed", lines[4])
    assert lines[3].index("WRONG") == lines[4].index("confirmed")
    assert lines[-1].startswith("(error / ±: how far off it is, in units of the uncertainty")
    assert report["x"].units == pytest.approx(abs(7.8 - report["x"].expected) / report["x"].uncertainty)


def test_titles():
    """The title counts what is wrong, what could not be checked, and kinks."""
    titles = {
        "f at x = 1.0: its slope is right": look(lambda x: x * x, 1.0),
        "f at x = 1.0, y = 2.0: both slopes are right": look(lambda x, y: x * y, [1, 2]),
        "f at x = −1.0, y = 2.0, z = 3.0: all 3 slopes are right": look(lambda x, y, z: x * y * z, [-1, 2, 3]),
        "f at x = 1.0, y = 1.0: both slopes are right, at a kink": look(lambda x, y: 2.0 * maximum(x, y), [1, 1]),
        "f at x = 0.0, y = 1.0: both slopes are right, 1 of them at a kink": look(lambda x, y: relu(x) + y, [0, 1]),
        "f at x = 1.0: its slope is wrong": look(lambda x: x * x, 1.0, gradient=3.0),
        "f at x = 1.0, y = 2.0: both slopes are wrong": look(lambda x, y: x * y, [1, 2], gradient=[3, 3]),
        "f at x = 0.0: its slope could not be checked": look(lambda x: step(x) * 1.0, 0.0),
        "f at x = 0.0, y = 1.0: 1 of 2 slopes could not be checked": look(lambda x, y: step(x) + y, [0, 1]),
    }
    assert [str(report).splitlines()[0] for report in titles.values()] == list(titles)


def test_a_long_report():
    """Of many slopes those that are not right come first, and the rest is counted."""
    right = [2.0 * k for k in range(100)]
    report = look(lambda *w: sum(x * x for x in w), range(100), gradient=[*right[:-1], 5.0])
    lines = str(report).splitlines()
    assert lines[0].endswith("x6 = 5.0, ...: 1 of 100 slopes is wrong")
    assert "WRONG" in lines[3]
    assert "  and 60 more, confirmed" in lines
    assert len(report) == len(report.rows()) == 100


def test_rows():
    """The rows are plain numbers and text."""
    row = look(relu, 0.0).rows()[0]
    assert list(row) == ["wrt", "at", "got", "expected", "uncertainty", "units", "verdict", "note"]
    assert (row["wrt"], row["at"], row["got"], row["verdict"]) == ("x", 0.0, 0.0, "kink")
    with pytest.raises(KeyError, match="no derivative along z was checked"):
        look(relu, 0.0)["z"]


class Words(html.parser.HTMLParser):
    """The text of a page, and its tags."""

    def __init__(self, page):
        super().__init__()
        self.text, self.tags = "", set()
        self.feed(page)

    def handle_data(self, data):
        """Keep the text."""
        self.text += data

    def handle_starttag(self, tag, attrs):
        """Keep the tag."""
        self.tags.add(tag)


@pytest.mark.parametrize(
    "label", ["<script>alert(1)</script>", "a\nb", "\u202ex", "$x$", "]]>", "=1+1", "x" * 10_000, "\x1b[31m", "%s{0}"]
)
def test_hostile_labels(label):
    """Labels are text in the report, one line each, and nothing but text in the page."""
    x = Value(2.0, label=label)
    y = WRONG_CUBE(x * 3.0)
    y.label = label + "!"
    report = look(y)
    assert report.wrong
    lines = str(report).splitlines()
    assert len(lines) < 12
    assert all(c.isprintable() for line in lines for c in line)
    page = Words(report._repr_html_())
    assert page.tags == {"div", "p", "table", "thead", "tbody", "tr", "th", "td"}
    assert "cube" in page.text


@pytest.mark.parametrize("label", ["{0.__class__}", "{", "%s"])
def test_labels_are_no_templates(label):
    """Braces and percent signs in the name of a result are letters, in second derivatives too."""
    bad = dataclasses.replace(CUBE, partials=lambda y, x: 3.0 * x * x if type(x) is float else 2.0 * x * x * x)
    y = bad(Value(2.0, "x"))
    y.label = label
    report = look(y, second_order=True)
    assert report.wrong
    assert report[("x", "x")].symbol == f"∂²{label}/∂x²"
    assert f"In the graph of ∂{label}/∂x every slope is right" in str(report)


@pytest.mark.parametrize("name", ["\x1b[31m", "\u202ex", "a\nb"])
def test_hostile_names_in_remarks(name):
    """What explains a wrong gradient names function and input in one line of what can be seen."""

    def f(**numbers):
        (x,) = numbers.values()
        return x * x.data

    f.__name__ = name
    leak = look(f, {name: 3.0})
    hidden = look(lambda **numbers: f(**numbers) + 1e17, {name: 3.0})
    kind = made("square", lambda x: x * x, lambda y, x: x + x)
    x = Value(3.0, name)
    y = kind(x)
    y.label = f"{name}y"
    wrong = look(y, gradient=[5.0])
    bent = dataclasses.replace(kind, partials=lambda y, x: x + x if type(x) is float else x)
    y = bent(x)
    y.label = f"{name}y"
    second = look(y, second_order=True)
    assert "computed outside" in str(leak)
    assert "other operations or constants are recorded" in str(hidden)
    assert "every slope is right: one of the operations has slopes" in str(second)
    for report in (leak, hidden, wrong, second):
        assert all(c.isprintable() for line in str(report).splitlines() for c in line)


def test_long_names():
    """Names of ten thousand letters are shortened in the report, of functions and their arguments too."""
    long = "x" * 10_000

    def f(**numbers):
        (x,) = numbers.values()
        return WRONG_CUBE(x)

    f.__name__ = long
    x = Value(2.0, long)
    y = WRONG_CUBE(x)
    y.label = long
    for report in (look(y), look(f, {long: 2.0}), look(f, {long: 2.0}, second_order=True)):
        assert len(str(report)) < 5000
        assert len(report._repr_html_()) < 10_000
    assert look(f, {long: 2.0})[long].verdict == "wrong"


def test_the_page():
    """In a notebook the report is a table with the same cells as its text."""
    report = look(plain, [0.5, 3.0], gradient=[1.0, 2.0])
    page = Words(report._repr_html_()).text
    assert all(cell in page for line in str(report).splitlines()[3:5] for cell in re.split(r" {2,}", line.strip()))
    assert "both slopes are wrong" in page


def test_the_parts_are_exported():
    """The report, its rows and the error are public names; a row of the table is called by its own name."""
    report = check_gradient(sigmoid, 1.0)
    assert report.name == "sigmoid"
    assert type(report) is GradientReport
    assert type(report.slopes[0]) is CheckedSlope


# --- nearer than any step ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1e6, 1e8, 1e9, 1e10, 1e12])
def test_a_bend_that_is_small_beside_the_steps(k):
    """Where differences would confirm the slope that a function has farther off, the graph's own is asked."""

    def f(x):
        return x + tanh(k * x) / k

    assert not check_gradient(f, [0.0], gradient=[1.0], raises=False).ok
    assert check_gradient(f, [0.0], gradient=[2.0], raises=False).ok


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: step(x) + 1e3 * x, 0.0),
        (lambda x: 1e-3 * step(x) + x, 0.0),
        (lambda x: 1e-6 * step(x - 2.0) + exp(x), 2.0),
        (lambda x: x * x if x.data <= 1.0 else x * x + 1e-3, 1.0),
    ],
)
def test_small_jumps(f, x):
    """A jump at the point is found however small it is beside the slope."""
    report = check_gradient(f, [x], raises=False)
    assert report.slopes[0].verdict == "jump"
    assert not report.ok


@pytest.mark.parametrize("f", [lambda x: x * step(x), lambda x: 1e5 * abs(x) + 1e8, lambda x: maximum(x, 0.0) ** 2])
def test_a_kink_is_no_jump(f):
    """What only bends at the point is not taken for a jump."""
    assert check_gradient(f, [0.0], raises=False).ok


@pytest.mark.parametrize(
    ("f", "x", "verdict"),
    [
        (lambda x: (x - 1.0) ** 3, 1.0, "confirmed"),
        (lambda x: (x - 1.0) ** 5, 1.0, "confirmed"),
        (lambda x: log(x) ** 3, 1.0, "confirmed"),
        (lambda x: tanh(x - 2.0) ** 3, 2.0, "confirmed"),
        (lambda x: (x * x - 4.0) ** 3, 2.0, "confirmed"),
        (lambda x: (x - 1.0) ** 3 / (x + 1.0), 1.0, "confirmed"),
        (lambda x: relu(x - 1.0) ** 2, 1.0, "confirmed"),
        (lambda x: relu(x - 1.0), 1.0, "kink"),
        (lambda x: relu(1.0 - x * 2.0), 0.5, "kink"),
        (lambda x: relu(log(x)), 1.0, "kink"),
        (lambda x: relu(x - 1.0) * x, 1.0, "kink"),
        (lambda x: (x - 1.0).leaky_relu(0.01), 1.0, "kink"),
        (lambda x: relu(x - 1.0), 1.0 + 2.3e-16, "kink"),
        (lambda x: relu(x - 1.0), 1.0 - 2.3e-16, "kink"),
        (lambda x: relu(x + 1e9 - 1e9 - 1.0), 1.0, "kink"),
    ],
)
def test_zero_is_no_jump(f, x, verdict):
    """Where a function is 0 its values are known to the last bit, and so is that they move by its slopes alone."""
    assert verdicts(check_gradient(f, x)) == [verdict]


def test_a_given_gradient_beside_zero_is_no_jump():
    """What a function may move by is the slope that is given as well: that of reverse mode may be wrong."""
    for slope in (0.0, 0.5, 1.0):
        assert verdicts(check_gradient(lambda x: relu(x - 1.0), 1.0, gradient=slope)) == ["kink"]
    flat = made("flat", lambda x: x, lambda y, x: 0.0)
    assert verdicts(check_gradient(flat, 1.0, gradient=1.0)) == ["confirmed"]
    bent = made("bent", lambda x: max(x, 1.0) - 1.0, lambda y, x: 0.0)
    assert verdicts(check_gradient(bent, 1.0, gradient=0.0)) == ["kink"]


@pytest.mark.parametrize("x", [1.0 + k * 2.0**-52 for k in (-2, 1, 2, 5)])
def test_a_kink_within_a_few_floats(x):
    """Next to a kink there is one slope on each side, none that grows without bound, and no jump."""
    for slope in (0.0, 0.5, 1.0):
        assert verdicts(check_gradient(lambda x: max(x - 1.0, 0.0), x, gradient=slope)) == ["kink"]
    for slope in (-1.0, 5.0):
        assert verdicts(look(lambda x: max(x - 1.0, 0.0), x, gradient=slope)) == ["wrong"]


@pytest.mark.parametrize("x", [5e-324, -5e-324, 5e-323])
def test_a_kink_at_zero_is_not_told_from_one_at_the_smallest_floats(x):
    """There a slope that is not between those of the sides may be right; without a kink a wrong one is wrong."""
    assert verdicts(look(lambda x: xlogy(abs(x), abs(x)), x)) == ["inconclusive"]
    assert verdicts(look(abs, x)) == ["kink"]
    assert verdicts(look(abs, 0.0, gradient=1.1)) == ["wrong"]
    assert verdicts(look(lambda x: 2.0 * float(x), x, gradient=5.0)) == ["wrong"]
