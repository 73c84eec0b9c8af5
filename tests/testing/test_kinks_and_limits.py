"""Gradient checks: kinks, jumps, and what differences cannot tell."""

import math

import numpy as np
import pytest
from functions_to_check import CUBE, WRONG_CUBE, look, made, verdicts

from autograd_lite import (
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
    xlogy,
)
from autograd_lite.engine.ops import OPS
from autograd_lite.testing import GradientError, check_gradient

# --- kinks, jumps, vertical tangents ----------------------------------------------------------------------------------


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
def test_the_report_says_that_it_is_a_kink(f, at, got, between):
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


def test_an_infinite_slope_at_an_edge():
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


# --- what differences cannot tell -------------------------------------------------------------------------------------


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
    assert "∂f/∂x: the slope is 1e−12: forward and reverse mode agree on it" in str(report)
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
    text = str(look(lambda x: x * x.data + 1e16, 1.5))
    assert "moved to 1.4999998807907104 other operations or constants are recorded: part of the result is" in text
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
    """A slope that differences cannot confirm raises, unless allowed beside others; the report says so still."""
    with pytest.raises(GradientError, match="could not be checked") as caught:
        check_gradient(sin, 1e150)
    assert caught.value.report.inconclusive
    assert not caught.value.report.wrong
    with pytest.raises(GradientError, match="could not be checked"):
        check_gradient(sin, 1e150, allow_inconclusive=True)
    allowed = check_gradient(lambda x, y: sin(x) + y, [1e150, 1.0], allow_inconclusive=True)
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
    assert verdicts(look(f, x, gradient=0.0)) == ["wrong"]  # whether the values around change or not
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


# --- nearer than any step ---------------------------------------------------------------------------------------------


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
