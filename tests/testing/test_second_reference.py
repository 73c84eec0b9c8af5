"""Gradient checks: what forward mode knows beside differences, and what plain floats hide."""

import math

import pytest
from functions_to_check import look, plain, slopes_of_plain, verdicts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import ROWS, build, points, programs

import autograd_lite
from autograd_lite import Value, exp, relu, sigmoid, sin, sqrt, tanh, topological
from autograd_lite.engine.ops import OPS, Op
from autograd_lite.testing import check_gradient, oracle
from autograd_lite.testing.gradients.duals import forward

mp = oracle.mp

# --- dual numbers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ROWS)
def test_dual_numbers_of_every_row(name):
    """The true slope of every operation is within the bound of forward mode, wherever there is one."""
    row = ROWS[name]

    @given(points(row, reach=1e3))
    @settings(max_examples=30)
    def check(point):
        leaves = [Value(x) for x in point]
        y = row(*leaves)
        for k, leaf in enumerate(leaves):
            found = forward(y, leaf) if math.isfinite(y.data) else None
            if found:
                assert abs(mp.mpf(found[0]) - oracle.slopes(name, *point)[k]) <= found[1]

    check()


@pytest.mark.parametrize("name", OPS)
def test_dual_numbers_know_every_operation(name):
    """At an ordinary point forward mode knows the slopes of every operation of the table, to 13 digits or more."""
    leaves = [Value(x) for x in (0.7, 0.3)[: OPS[name].arity]]
    y = OPS[name](*leaves)
    for leaf, slope in zip(leaves, oracle.slopes(name, *(leaf.data for leaf in leaves)), strict=True):
        value, off = forward(y, leaf)
        assert abs(value - slope) <= off <= 1e-13 * max(1.0, abs(value))


@given(programs())
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_dual_numbers_of_random_graphs(steps):
    """The true gradient of a random calculation is within the bound of forward mode."""
    root = build(steps)[-1]
    if not math.isfinite(root.data):
        return
    lines, line = oracle.tape(root)
    judged = oracle.judge(lines)
    for leaf in topological(root):
        found = forward(root, leaf) if leaf.op is None else None
        k = line[id(leaf)]
        if found and judged.gradient_errors[k] != mp.inf:
            assert abs(mp.mpf(found[0]) - judged.gradients[k]) <= found[1]


def test_where_forward_mode_knows_nothing():
    """At kinks and jumps, of operations without a rule or a definition, and of uncertain arguments nothing is said."""
    x = Value(0.0)
    opaque = Op("opaque", lambda x: x, lambda y, x: 1.0)
    wrongly_defined = Op("twice", lambda x: 2.0 * x, lambda y, x: 2.0, definition=lambda x: 3.0 * x)
    cancelled = (Value(1.0) + x * 0.0 + 1e17) - 1e17
    for y in (relu(x), abs(x) + 1.0, x % 1.0, opaque(x), wrongly_defined(x + 1.0), exp(cancelled * (x + 1.0))):
        assert forward(y, x) is None
    defined = Op("twice", lambda x: 2.0 * x, lambda y, x: 5.0, definition=lambda x: 2.0 * x)
    assert forward(defined(x), x)[0] == 2.0


# --- gradients that are given beside a graph --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (lambda x: sin(x) + 1e16, 0.3, math.cos(0.3)),
        (lambda x: (x + 1e16) - 1e16, 0.3, 1.0),
        (sigmoid, 40.0, math.exp(-40.0)),
        (tanh, 25.0, 4.0 * math.exp(-50.0)),
        (lambda x: exp(-x) + 1.0, 60.0, -math.exp(-60.0)),
    ],
)
def test_the_graph_decides_what_differences_cannot_see(f, x, slope):
    """Where rounding hides every change the right slope passes, and others are wrong, 0 too."""
    assert check_gradient(f, x, gradient=slope)
    for wrong in (0.0, 2.0 * slope, -slope, slope * (1.0 + 1e-3), math.nan):
        report = look(f, x, gradient=wrong)
        assert verdicts(report) == ["wrong"]
        assert "It is the gradient given that is wrong" in str(report)
    assert "forward and reverse mode agree on it" in str(look(f, x, gradient=0.0))


@given(st.floats(-2.0, 2.0), st.sampled_from([1e-3, -1e-5, 1e-7, -1e-9]), st.sampled_from([0.0, 1e3, -1e5]))
def test_small_errors_beside_a_graph(x, part, offset):
    """An error of 1e-9 of a slope is found, beside an offset that hides it from differences too; no right one is."""

    def f(x):
        return sin(x) * exp(x) + offset

    slope = math.exp(x) * (math.sin(x) + math.cos(x))
    assert check_gradient(f, x, gradient=slope)
    if abs(slope * part) > 1e-15 * (1.0 + abs(offset)):
        assert verdicts(look(f, x, gradient=slope * (1.0 + part))) == ["wrong"]


def test_a_graph_that_does_not_decide():
    """Where rounding hides every change, 0 is inconclusive if part of the result is outside the graph, or unknown."""
    opaque = Op("opaque", OPS["sigmoid"].fn, lambda y, x: 1e-15)
    for f, x in (
        (lambda x: x * x.data + 1e16, 1.5),
        (lambda x: (x * x if x.data == 1.5 else x) + 1e16, 1.5),
        (lambda x: opaque(x) + 1e17, 40.0),
    ):
        assert verdicts(look(f, x, gradient=0.0)) == ["inconclusive"]


def test_the_rounding_of_reverse_mode():
    """A right gradient is not rejected because reverse mode rounds; one that is off by as much is still wrong."""

    def f(x, y):
        return (x - x) * y + 0.1 * x

    assert check_gradient(f, [1.0, 1e10], gradient=[0.1, 0.0])
    assert verdicts(look(f, [1.0, 1e10], gradient=[0.1000004, 0.0])) == ["wrong", "confirmed"]
    given = [[0.1, 0.0], [0.1001, 0.0]]
    hidden = [verdicts(look(lambda x, y: f(x, y) + 1e16, [1.0, 1e10], gradient=gradient))[0] for gradient in given]
    assert hidden == ["by steps", "wrong"]  # by forward mode, which rounds less here
    opaque = Op("opaque", lambda x: x, lambda y, x: 1.0)  # with that forward mode knows nothing
    assert check_gradient(lambda x, y: f(opaque(x), y), [1.0, 1e10], gradient=[0.1, 0.0])


def ratio_of_sines(functions):
    return lambda a, b, c, d: functions.sin(d - b) / functions.sin(a + c)


@pytest.mark.parametrize(
    "at",
    [
        [0.27318, 2.55e-8, -9364.11, 0.0015556],
        [0.2731799750591418, 2.5499974240443042e-08, -9364.138390665436, 0.0015556089827609006],
        [0.0420889483305158, 2.9055953611338016e-09, -43953.829029788176, 0.0011413847621592078],
        [0.28634960763505046, 2.534587664113981e-07, -20913.460546584163, 0.00035940567318234817],
        [0.07833815577418313, 1.9818992418980808e-07, -59473.215783701955, 0.00017909270685206622],
        [0.12221941775626266, 1.4118325658804797e-07, -58996.065071941426, 0.00016907675410528195],
        [0.07481884082779013, 2.1171279803622705e-08, -3556.5566926637057, 0.00017174232778650932],
    ],
)
@pytest.mark.parametrize("recorded", [True, False])
def test_the_rounding_of_arguments(at, recorded):
    """What the rounding of a + c makes of the slopes along b and d is in their uncertainty: no right one is wrong."""
    with mp.workdps(40):
        a, b, c, d = map(mp.mpf, at)
        along_c = -mp.sin(d - b) * mp.cos(a + c) / mp.sin(a + c) ** 2
        along_d = mp.cos(d - b) / mp.sin(a + c)
    f = ratio_of_sines(autograd_lite if recorded else math)
    right = [float(x) for x in (along_c, -along_d, along_c, along_d)]
    assert not look(f, at, gradient=right).wrong
    for part in (1e-5, 1e-7):
        report = look(f, at, gradient=[*right[:3], right[3] * (1.0 + part)])
        assert [slope.wrt for slope in report.wrong] == [("d",)]


# --- plain floats -----------------------------------------------------------------------------------------------------


def logistic(x):
    return 1.0 / (1.0 + math.exp(-x))


@pytest.mark.parametrize(
    ("f", "at", "gradient", "verdict"),
    [
        (lambda x: math.sin(x) + 1e16, 0.3, 0.0, "inconclusive"),
        (lambda x: float(x) + 1e16 - 1e16, 0.3, 0.0, "inconclusive"),
        (lambda x, y: (float(x) + 1e16 - 1e16) + math.sin(y), [0.3, 1.0], [0.0, math.cos(1.0)], "inconclusive"),
        (logistic, 40.0, 0.0, "inconclusive"),
        (math.tanh, 20.0, 0.0, "inconclusive"),
        (logistic, 40.0, 1e-3, "wrong"),
        # What bends farther off, is constant as far as one sees, or too small beside another input, is 0.
        (lambda x: max(float(x), 0.0) + 1.0, -3.0, 0.0, "confirmed"),
        (lambda x: 5.0, 0.3, 0.0, "confirmed"),
        (lambda x: 0.0, 0.3, 0.0, "confirmed"),
        (math.exp, -800.0, 0.0, "confirmed"),
        (lambda x, y: math.sin(y) + 1e8, [0.3, 1.0], [0.0, math.cos(1.0)], "confirmed"),
        (lambda x, y: logistic(x) + math.sin(y), [40.0, 1.0], [0.0, math.cos(1.0)], "confirmed"),
    ],
)
def test_a_result_that_does_not_change(f, at, gradient, verdict):
    """Of plain floats a slope of 0 is confirmed where none could be hidden, else inconclusive."""
    assert verdicts(look(f, at, gradient=gradient))[0] == verdict


def test_why_nothing_changes():
    """What is said of a result that does not change is no more than what was seen."""
    assert "farther off they begin as those of a sigmoid do" in str(look(logistic, 40.0, gradient=0.0))
    steps = look(lambda x: float(x) + 1e16 - 1e16, 0.3, gradient=0.0)
    assert "farther off it jumps as what is left of large numbers does" in str(steps)
    waves = look(lambda x: math.sin(x) + 1e16, 0.3, gradient=0.0)
    assert "it does not depend on the inputs, or rounding hides every change" in str(waves)


SHARP = {
    "sin x exp x": (lambda x: math.sin(x) * math.exp(x), lambda x: mp.exp(x) * (mp.sin(x) + mp.cos(x))),
    "tanh(x²)": (lambda x: math.tanh(x * x), lambda x: 2 * x * mp.sech(x * x) ** 2),
    "log(1.5 + sin 3x)": (
        lambda x: math.log(1.5 + math.sin(3 * x)),
        lambda x: 3 * mp.cos(3 * x) / (1.5 + mp.sin(3 * x)),
    ),
}


@pytest.mark.parametrize("name", SHARP)
@pytest.mark.parametrize(("offset", "part"), [(0.0, 1e-9), (1e3, 1e-7), (1e7, 1e-4)])
@given(st.floats(-2.0, 2.0), st.sampled_from([-1.0, 1.0]))
@settings(max_examples=15)
def test_small_errors_of_plain_floats(name, offset, part, x, sign):
    """Errors of 1e-9 of a slope are found, and beside an offset those of as many digits less as it hides."""
    f, slope = SHARP[name]
    right = float(slope(mp.mpf(x)))
    assert not look(lambda x: f(x) + offset, x, gradient=right).wrong
    if abs(right) > 0.1:
        report = look(lambda x: f(x) + offset, x, gradient=right * (1.0 + sign * part))
        assert verdicts(report) == ["wrong"]
        assert abs(report.slopes[0].expected - right) <= report.slopes[0].uncertainty


@given(st.floats(-2.0, 2.0), st.floats(2.0, 9.0), st.floats(-9.0, -3.0))
@settings(max_examples=60)
def test_nothing_that_is_confirmed_is_off_by_more_than_the_uncertainty(x, power, part):
    """What is confirmed is within the uncertainty of the true slope, however small the error, and the offset large."""
    right = math.exp(x) * (math.sin(x) + math.cos(x))
    claimed = right * (1.0 + 10.0**part)
    (slope,) = look(lambda x: math.sin(x) * math.exp(x) + 10.0**power, x, gradient=claimed)
    assert not slope.ok or abs(claimed - right) <= slope.uncertainty + 1e-15 * abs(right)


@pytest.mark.parametrize(
    ("part", "verdict"),
    [(0.0, "confirmed"), (0.4, "confirmed"), (0.75, "inconclusive"), (1.1, "wrong"), (3.0, "wrong")],
)
def test_the_edge_of_the_uncertainty(part, verdict):
    """Where the slope is fitted, half the uncertainty is confirmed, and what is beyond all of it is wrong."""
    for x, offset in ((0.3, 1e6), (-1.1, 1e8), (0.9, 1e4)):
        (right,) = look(lambda x, offset=offset: math.sin(x) + offset, x, gradient=math.cos(x))
        claimed = right.expected + part * right.uncertainty
        (slope,) = look(lambda x, offset=offset: math.sin(x) + offset, x, gradient=claimed)
        assert slope.verdict == verdict
        assert (slope.expected, slope.uncertainty) == pytest.approx((right.expected, right.uncertainty), rel=0.5)


# --- reasons ----------------------------------------------------------------------------------------------------------


def test_a_branch_near_by_is_no_reason():
    """A wrong gradient by hand of plain Python with a branch near by is told as that, and nothing else."""
    report = look(lambda x: x * x if x > 1.0 else x, 1.05, gradient=2.5)
    assert verdicts(report) == ["wrong"]
    (remark,) = report.remarks
    assert remark.endswith("is right, and reverse mode gives 2.1. It is the gradient given that is wrong.")
    inside = look(lambda x: x * x.data if x > 1.0 else x, 1.05, gradient=2.5)
    assert "computed outside the graph" in str(inside)


def test_secants_that_come_to_zero_slowly():
    """At 0 x * sqrt(abs(x)) has the slope 0; other numbers are wrong, NaN since infinity is multiplied by 0."""
    for f in (lambda x: x * sqrt(abs(x)), lambda x: x * math.sqrt(abs(float(x)))):
        assert check_gradient(f, 0.0, gradient=0.0)
        for claimed in (1.0, -1e-3, math.nan):
            assert verdicts(look(f, 0.0, gradient=claimed)) == ["wrong"]
    report = look(lambda x: x * sqrt(abs(x)), 0.0)
    assert verdicts(report) == ["wrong"]
    assert "the chain rule multiplies an infinite slope by 0, which is not a number" in str(report)
    assert "faster than the floats" not in str(report)


def test_a_function_that_goes_on_from_its_last_input():
    """A function that depends on what it was called with before is told as such, and not as one of Values alone."""
    last = [0.0]

    def f(x):
        before, last[0] = last[0], getattr(x, "data", x)
        return x + 1e-9 * before

    with pytest.raises(ValueError, match="it keeps something from the call before"):
        check_gradient(f, 1.0)


# --- second derivatives of plain floats -------------------------------------------------------------------------------


def test_second_derivatives_by_hand():
    """The Hessian of a gradient that is a function is what differences of it give, and is confirmed as one."""
    report = check_gradient(plain, [0.5, 3.0], gradient=slopes_of_plain, second_order=True)
    assert [slope.symbol for slope in report] == [
        "∂plain/∂x",
        "∂plain/∂y",
        "∂²plain/∂x²",
        "∂²plain/∂x∂y",
        "∂²plain/∂y∂x",
        "∂²plain/∂y²",
    ]
    hessian = [-math.sin(0.5) * 9.0, 6.0 * math.cos(0.5), 6.0 * math.cos(0.5), 2.0 * math.sin(0.5)]
    assert [slope.got for slope in report][2:] == pytest.approx(hessian, rel=1e-9)
    assert verdicts(report) == ["confirmed"] * 6
    straight = check_gradient(
        lambda x, y: 2.0 * float(x) - y, [1.0, 2.0], gradient=lambda x, y: (2, -1), second_order=True
    )
    assert verdicts(straight) == ["confirmed"] * 6


@pytest.mark.parametrize(
    ("wrong", "entries"),
    [
        (lambda x, y: slopes_of_plain(0.5, 3.0), {("x", "x"), ("y", "y")}),
        (lambda x, y: (math.cos(x) * y**2 + (y - 3.0), 2.0 * y * math.sin(x)), {("x", "y"), ("y", "x")}),
        (lambda x, y: (math.cos(x) * y**2 + (x - 0.5) ** 2, 2.0 * y * math.sin(x)), {("x", "x")}),
    ],
)
def test_a_gradient_that_is_right_at_the_point_alone(wrong, entries):
    """A gradient that is right at the point and wrong beside it is found by its Hessian."""
    assert check_gradient(plain, [0.5, 3.0], gradient=wrong)
    report = look(plain, [0.5, 3.0], gradient=wrong, second_order=True)
    assert {slope.wrt for slope in report.wrong} == entries
    text = str(report)
    assert "the Hessian is not symmetric" in text or "beside the point, at" in text
