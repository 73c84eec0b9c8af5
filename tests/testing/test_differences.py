"""Slopes by differences: right within their own error estimates, at any scale, at kinks, jumps and edges of domains."""

import math

import mpmath
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from strategies import ROWS, points

from autograd_lite import log, testing
from autograd_lite.testing import Slope, central_difference, oracle
from autograd_lite.testing.gradients.estimates import settled
from autograd_lite.testing.gradients.number_text import exactly, ratio, short, uncertain, uncertainty
from autograd_lite.testing.gradients.slopes import Around, steps
from autograd_lite.testing.gradients.verdicts import RESOLVED, check_slope

mp = oracle.mp


def quiet(f):
    """The function, NaN where it raises."""

    def inside(x):
        try:
            return f(x)
        except (ArithmeticError, ValueError):
            return math.nan

    return inside


def verdict(f, x, claimed, **options):
    return check_slope(f, x, claimed, **options)[0].verdict


# Name: the function as people write it, and its slope in 50 digits.
SMOOTH = {
    "log": (math.log, lambda x: 1 / x),
    "sqrt": (math.sqrt, lambda x: 1 / (2 * mp.sqrt(x))),
    "exp": (math.exp, mp.exp),
    "tanh": (math.tanh, lambda x: mp.sech(x) ** 2),
    "atan": (math.atan, lambda x: 1 / (1 + x * x)),
    "asin": (math.asin, lambda x: 1 / mp.sqrt((1 - x) * (1 + x))),
    "1/x": (lambda x: 1 / x, lambda x: -1 / (x * x)),
    "x³": (lambda x: x * x * x, lambda x: 3 * x * x),
    "x log x": (lambda x: x * math.log(x), lambda x: mp.log(x) + 1),
    "x√x": (lambda x: x * math.sqrt(x), lambda x: 1.5 * mp.sqrt(x)),
    "1e6 + atan x": (lambda x: 1e6 + math.atan(x), lambda x: 1 / (1 + x * x)),
    "1/(x² + 1e-6)": (lambda x: 1 / (x * x + 1e-6), lambda x: -2 * x / (x * x + mp.mpf(1e-6)) ** 2),
}
# The same for functions that oscillate, which float arguments can follow only so far.
WAVES = {
    "sin": (math.sin, mp.cos),
    "tan": (math.tan, lambda x: 1 / mp.cos(x) ** 2),
    "sin 1000x": (lambda x: math.sin(1000 * x), lambda x: 1000 * mp.cos(1000 * x)),
    "x exp(sin 3x)": (
        lambda x: x * math.exp(math.sin(3 * x)),
        lambda x: mp.exp(mp.sin(3 * x)) * (1 + 3 * x * mp.cos(3 * x)),
    ),
}

SCALES = st.builds(lambda sign, power: sign * 10.0**power, st.sampled_from([-1.0, 1.0]), st.floats(-300.0, 300.0))
NEAR_ONE = st.builds(
    lambda sign, power: sign * (1.0 - 10.0**power), st.sampled_from([-1.0, 1.0]), st.floats(-15.0, 0.0)
)
PLACES = (0.7, 0.3)  # inside the domain of every row, away from every kink
ANYWHERE = st.one_of(st.just(0.0), st.floats(-30.0, 30.0), SCALES, NEAR_ONE)


def truth(f, slope, x):
    """The value and the slope at a point, in its domain."""
    value = quiet(f)(x)
    assume(math.isfinite(value))
    with mp.workdps(60):
        try:
            true = slope(mp.mpf(x))
        except ZeroDivisionError:
            assume(False)  # an edge with an infinite slope
        assume(isinstance(true, mpmath.mpf | mp.mpf) and math.isfinite(float(true)))
        return true


def judged(name, x):
    """The finding about the true slope, rounded to a float, and the true slope."""
    f, slope = (SMOOTH | WAVES)[name]
    true = truth(f, slope, x)
    return check_slope(f, x, float(true))[0], true


# --- errors are estimated honestly ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SMOOTH)
@given(ANYWHERE)
@example(2.2250738585e-313)  # where all values are 0.0, and so is their scatter
@settings(max_examples=30)
def test_the_true_slope_is_within_the_uncertainty(name, x):
    """At points of every size the true slope of a smooth function is within the uncertainty, so it is never wrong."""
    finding, true = judged(name, x)
    assert finding.verdict in {"confirmed", "inconclusive"}
    assert abs(true - mp.mpf(finding.expected)) <= finding.uncertainty or math.isnan(finding.expected)


@given(st.floats(-30.0, -4.0))
def test_beside_a_peak(power):
    """Beside the top of a peak, left and right of which all is even, the slope is not taken for that of the top."""
    x = 10.0**power
    finding, true = judged("1/(x² + 1e-6)", x)
    assert finding.verdict in {"confirmed", "inconclusive"}
    assert abs(true - mp.mpf(finding.expected)) <= finding.uncertainty


@pytest.mark.parametrize("name", WAVES)
@given(st.one_of(st.just(0.0), st.floats(-30.0, 30.0), st.floats(-1e5, 1e5), NEAR_ONE, st.floats(-1e-9, 1e-9)))
@settings(max_examples=30)
def test_the_true_slope_of_waves(name, x):
    """So it is for functions that oscillate, a thousand times between the point and the largest step too."""
    finding, true = judged(name, x)
    assert finding.verdict in {"confirmed", "inconclusive"}
    assert abs(true - mp.mpf(finding.expected)) <= finding.uncertainty or math.isnan(finding.expected)


@pytest.mark.parametrize("name", SMOOTH | WAVES)
@given(st.floats(0.01, 0.99) | st.floats(-0.99, -0.01))
@settings(max_examples=30)
def test_the_uncertainty_is_small(name, x):
    """For numbers of ordinary size it is below 1e-6 of the slope, or that part of what the function does around it."""
    finding, true = judged(name, x)
    assert finding.verdict == "confirmed"
    assert finding.uncertainty <= 1e-6 * max(1.0, abs(true))


@pytest.mark.parametrize("name", ROWS)
def test_differences_confirm_every_row(name):
    """The true slopes of every operation, of ordinary size, are within the uncertainty; a quarter more is wrong.

    Stairs that are finer than the steps of differences are a slope to them: of % and // the jumps are kept apart.
    """
    row = ROWS[name]
    stairs = name in {"mod", "floor_divide"}

    @given(testing.points(row, reach=100.0) if stairs else points(row, tiny=1e-12, reach=100.0))
    @settings(max_examples=25)
    @example(PLACES[: row.arity])
    def check(point):
        for along, true in enumerate(oracle.slopes(name, *point)):

            def f(t, along=along):
                return row(*point[:along], t, *point[along + 1 :])

            finding, _ = check_slope(f, point[along], float(true))
            assert finding.verdict in {"confirmed", "inconclusive"} or (
                # Where a kink is as near as the neighbouring float, the slope lies between those on both sides.
                finding.verdict == "kink" and row.kinks
            )
            if finding.verdict == "confirmed":
                assert abs(true - mp.mpf(finding.expected)) <= finding.uncertainty
                if finding.uncertainty < 0.01 * abs(true):
                    assert verdict(f, point[along], 1.25 * float(true)) != "confirmed"

    check()


@pytest.mark.parametrize("name", ["log", "exp", "x³", "sin", "1e6 + atan x"])
@given(st.floats(0.1, 10.0), st.sampled_from([1e-4, -1e-4, 1e-2, 1.0, -2.0]))
@settings(max_examples=20)
def test_a_slope_that_is_off_is_wrong(name, x, off):
    """A slope that is off by 1e-4 of it, or has the other sign, is wrong, and what is expected is the true slope."""
    f, slope = (SMOOTH | WAVES)[name]
    true = float(slope(mp.mpf(x)))
    assume(abs(true) > 1e-2)
    finding, _ = check_slope(f, x, true * (1.0 + off))
    assert finding.verdict == "wrong"
    assert abs(true - finding.expected) <= finding.uncertainty < 1e-5 * abs(true)


def test_nothing_is_claimed_where_floats_cannot_follow():
    """A sine so far out that neighbouring floats are periods apart is inconclusive, and no number is right or wrong."""
    for x in (72631493506122.69, 1e17, -7.3e40, 1.2e150, 8e300, -1.2914292813664729e206):
        for claimed in (math.cos(x), 0.5, -3.0):
            assert verdict(math.sin, x, claimed) == "inconclusive"


@pytest.mark.parametrize("offset", [1e8, 1e10, 1e12])
@given(st.floats(-3.0, 3.0))
@settings(max_examples=20)
def test_values_on_a_coarse_grid(offset, x):
    """What is left of the rounding of a large number is seen in the values: the right slope is never wrong."""
    assert verdict(lambda t: (t + offset) - offset, x, 1.0) != "wrong"


def test_known_noise_widens_the_uncertainty():
    """Noise that is known beforehand is in the uncertainty: the larger it is the less can be confirmed."""
    findings = [check_slope(math.sin, 1.0, math.cos(1.0), noise=noise)[0] for noise in (0.0, 1e-10, 1e-3)]
    assert [finding.verdict for finding in findings] == ["confirmed", "confirmed", "inconclusive"]
    assert findings[0].uncertainty < 1e-11
    assert 1e-9 < findings[1].uncertainty < RESOLVED < findings[2].uncertainty


def test_steps_match_no_period():
    """A wave whose period divides all powers of 2 is not taken for a constant."""
    finding, _ = check_slope(lambda x: x + math.sin(16.0 * math.pi * x), 0.125, 1.0 + 16.0 * math.pi)
    assert finding.verdict == "confirmed"
    assert verdict(lambda x: x + math.sin(16.0 * math.pi * x), 0.125, 1.0) == "wrong"


def test_rounding_inside_plain_floats():
    """Rounding inside a function of which nothing is known, up to 1e5 times that of the result, is no failure.

    That is an estimate from the scatter of values, and so for fixed points: no bound is promised.
    """

    def f(x):
        return (1.0 - math.cos(x)) / x**2

    for x in (5.086048754207399e-4, *(10.0 ** (-0.05 * k) for k in range(51))):
        t = mp.mpf(x)
        slope = float(mp.sin(t) / t**2 - 2 * (1 - mp.cos(t)) / t**3)
        assert verdict(f, x, slope) != "wrong"
        assert verdict(f, x, slope + 0.1) != "confirmed"


def test_two_scales_of_plain_floats():
    """If large steps confirm a slope and small ones do not, it is not called wrong, if it may be due to rounding."""

    def f(x):
        return x + 1e-7 * math.sin(1e7 * x)

    finding, _ = check_slope(f, 0.3, 1.0)
    assert finding.verdict == "inconclusive"
    assert "either rounding hides the slope, or the function changes on a small scale and on a large" in finding.note
    assert verdict(f, 0.3, 1.0, known=True) == "wrong"
    assert verdict(f, 0.3, 1.0 + math.cos(3e6)) == "confirmed"


def test_rtol_allows_more():
    """A tolerance comes on top of the uncertainty, relative to the slope."""
    assert verdict(math.sin, 1.0, 1.001 * math.cos(1.0)) == "wrong"
    assert verdict(math.sin, 1.0, 1.001 * math.cos(1.0), rtol=1e-2) == "confirmed"
    assert verdict(math.sin, 1.0, 1.02 * math.cos(1.0), rtol=1e-2) == "wrong"


# --- where there is no slope in the usual sense --------------------------------------------------------------------

RELU = staticmethod(lambda x: max(x, 0.0)).__func__


@pytest.mark.parametrize(
    ("f", "x", "low", "high"),
    [
        (RELU, 0.0, 0.0, 1.0),
        (abs, 0.0, -1.0, 1.0),
        (lambda x: abs(x - 2.0) * 3.0 + x, 2.0, -2.0, 4.0),
        (lambda x: max(x, 1.0), 1.0, 0.0, 1.0),
        (lambda x: min(x, 1e9), 1e9, 0.0, 1.0),
        (lambda x: 7.0 + RELU(math.sin(x)), 0.0, 0.0, 1.0),
    ],
)
def test_at_a_kink_what_lies_between_is_accepted(f, x, low, high):
    """At a kink what lies between the slopes of the sides is accepted, ends included, and nothing else."""
    middle = 0.5 * (low + high)
    for claimed in (low, middle, high, low + 0.1, high - 0.1):
        finding, _ = check_slope(f, x, claimed)
        assert finding.verdict == "kink"
        assert finding.between == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))
        assert "kink" in finding.note
    for claimed in (low - 1e-3, high + 1e-3, -high - 5.0, math.nan, math.inf):
        assert verdict(f, x, claimed) == "wrong"


@pytest.mark.parametrize("offset", [0.0, 1.0])
@given(st.floats(-14.0, -1.0), st.sampled_from([-1.0, 1.0]))
@settings(max_examples=30)
def test_a_kink_nearby_spoils_nothing(offset, power, side):
    """Beside a kink, however near, the slope of the own side is never wrong; further away no other is confirmed."""
    d = side * 10.0**power
    own, other = (1.0, 0.0) if side > 0.0 else (0.0, 1.0)

    def f(x):
        return offset + RELU(x)

    assert verdict(f, d, own) in {"confirmed", "kink", "inconclusive"}
    assert verdict(f, d, 0.5) != "confirmed"
    if power > -6.0:
        assert verdict(f, d, own) == "confirmed"
        assert {verdict(f, d, claimed) for claimed in (0.5, other)} == {"wrong"}


def test_slopes_that_contradict_each_other(monkeypatch):
    """If the slope from both sides contradicts those from each side, neither is confirmed, and neither is wrong."""
    side, both = Slope(1.0, 1e-9, 2.0**-5), Slope(1.1, 1e-12, 2.0**-5)
    monkeypatch.setattr(Around, "slopes", lambda _: (side, side, both))
    assert [verdict(math.sin, 1.0, claimed) for claimed in (1.0, 1.05, 1.1)] == ["inconclusive"] * 3
    monkeypatch.setattr(Around, "slopes", lambda _: (side, side, Slope(1.0 + 5e-10, 1e-12, 2.0**-5)))
    assert verdict(math.sin, 1.0, 1.0 + 5e-10) == "confirmed"
    assert verdict(math.sin, 1.0, 1.0) == "wrong"


@given(st.floats(1e-9, 1e-3), st.floats(0.5, 2.0))
def test_a_kink_near_a_point_other_than_zero(d, x):
    """So it is around other points, for which the floats are coarser."""
    finding, _ = check_slope(lambda t: RELU(t - x) + t * t, x + d, 1.0 + 2.0 * (x + d))
    assert finding.verdict == "confirmed"


@pytest.mark.parametrize(
    ("f", "x", "side"),
    [
        (lambda x: float(x > 0.0), 0.0, "right"),
        (lambda x: float(x >= 0.0), 0.0, "left"),
        (math.floor, 3.0, "left"),
        (lambda x: math.copysign(1.0, x - 0.3) + x, 0.3, "left"),
    ],
)
def test_jumps(f, x, side):
    """A jump is told as such, and no slope is right or wrong there."""
    for claimed in (0.0, 1.0, math.inf):
        finding, _ = check_slope(f, x, claimed)
        assert finding.verdict == "jump"
        assert finding.note.endswith(f"on the {side}")


def test_a_jump_nearby():
    """Beside a jump the slope is what it is."""
    assert verdict(math.floor, 3.0 + 1e-9, 0.0) == "confirmed"
    assert verdict(lambda x: x + float(x > 0.0), 1e-5, 1.0) == "confirmed"


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (math.sqrt, 0.0, math.inf),
        (math.asin, 1.0, math.inf),
        (math.acos, -1.0, -math.inf),
        (lambda x: math.copysign(abs(x) ** 0.25, x), 0.0, math.inf),
        (lambda x: -(x * math.log(x) if x else 0.0), 0.0, math.inf),
    ],
)
def test_an_infinite_slope_where_secants_grow(f, x, slope):
    """Where secants grow without bound an infinite slope is right, and 0, NaN and the other infinity are wrong."""
    assert verdict(f, x, slope) == "confirmed"
    assert [verdict(f, x, claimed) for claimed in (0.0, 5.0, -slope, math.nan)] == ["wrong"] * 4


def test_a_cusp():
    """At a cusp, the root of |x|, the slopes are infinite on both sides, and anything is between them."""
    finding, _ = check_slope(lambda x: math.sqrt(abs(x)), 0.0, 0.0)
    assert (finding.verdict, finding.between) == ("kink", (-math.inf, math.inf))


def test_edges_of_a_domain():
    """At the end of a domain the slope is that of the side with values; without values on either side, inconclusive."""
    half = quiet(lambda x: x * math.sqrt(x) + 2.0 * x)
    assert verdict(half, 0.0, 2.0) == "confirmed"
    assert verdict(half, 0.0, 2.1) == "wrong"
    assert "right only" in check_slope(half, 0.0, 2.0)[0].note
    alone, _ = check_slope(lambda x: 1.0 if x == 2.0 else math.nan, 2.0, 0.0)
    assert alone.verdict == "inconclusive"
    assert "no finite values" in alone.note


@given(st.floats(-300.0, -1.0))
def test_near_the_end_of_a_domain(power):
    """However near the end of a domain, the steps find room."""
    x = 10.0**power
    assert verdict(math.log, x, 1.0 / x) == "confirmed"
    assert verdict(math.log, x, 1.01 / x) == "wrong"


@pytest.mark.parametrize(
    "error", [ValueError, ZeroDivisionError, OverflowError, AssertionError, KeyError, TypeError, RuntimeError]
)
def test_a_function_may_refuse_points(error):
    """Any error away from the point means that there is no value: the other side, or smaller steps, will do."""

    def f(x):
        if x > 1.001:
            raise error("too large")
        return x * x

    assert verdict(f, 1.0, 2.0) == "confirmed"
    assert verdict(f, 1.001, 2.002) == "confirmed"


def test_errors_at_the_point_are_the_functions_own():
    """An error at the point itself comes out as it is, and so does what is no error, such as ctrl-C, anywhere."""
    with pytest.raises(KeyError):
        check_slope(lambda x: {}[x], 1.0, 1.0)

    def interrupted(x):
        if x > 1.0:
            raise KeyboardInterrupt
        return x

    with pytest.raises(KeyboardInterrupt):
        check_slope(interrupted, 1.0, 1.0)


def test_constant_functions():
    """A function that does not change has the slope 0, exactly, at whatever size, and no other."""
    for value in (0.0, 5.0, 1e300, -1e-300):
        for x in (0.0, 1.0, 1e-200, 1e200):
            finding, moved = check_slope(lambda _, value=value: value, x, 0.0)
            assert (finding.verdict, finding.expected, moved) == ("confirmed", 0.0, 0.0)
            assert finding.uncertainty <= 1e-12 * max(abs(value), 1e-300)
    assert verdict(lambda _: 5.0, 1.0, 1e-6) == "wrong"


# --- the steps -----------------------------------------------------------------------------------------------------


@given(ANYWHERE)
def test_steps(x):
    """Steps are powers of 2 in ascending order, a few floats wide or more, and no more than a quarter of |x| or 1."""
    shallow, middle, deep = (steps(x, depth) for depth in range(3))
    assert 1 <= len(shallow) <= 4
    assert {len(shallow) <= len(middle), len(middle) <= len(deep), len(deep) <= 80} == {True}
    for sizes in (shallow, middle, deep):
        assert sizes == sorted(set(sizes))
        assert all(math.frexp(h)[0] == 0.5 and h >= 2.0 * math.ulp(x) for h in sizes)
        assert sizes[-1] <= 0.25 * max(1.0, abs(x))


def test_windows_are_believed_up_to_two_that_disagree():
    """One window that disagrees is passed over; after two, no larger one is believed, however sure it is of itself."""
    near, other, sure = Slope(1.0, 0.1, 1e-6), Slope(5.0, 0.1, 1e-5), Slope(1.01, 1e-9, 1e-2)
    assert settled([near, other, sure]) is sure
    assert settled([near, other, other, sure]) is near
    assert settled([near, other, sure, other, sure]) is sure
    assert settled([]) is None


def test_few_values_are_needed():
    """For a smooth function and the right slope, at most 33 values are asked for, and none of them twice.

    Where these know the slope to a few parts in 1e10 only, as far from 0, some hundreds make it sharper.
    """
    asked = []

    def f(x):
        asked.append(x)
        return math.sin(x)

    for x, most in ((0.0, 33), (0.3, 33), (2.0, 33), (1e-8, 33), (-1e4, 450)):
        asked.clear()
        assert verdict(f, x, math.cos(x)) == "confirmed"
        assert len(asked) == len(set(asked)) <= most
        assert all(type(t) is float for t in asked)


def test_what_windows_remember():
    """What was seen stays known: windows are looked through once."""
    asked = []
    around = Around(lambda x: asked.append(x) or x * x, 3.0)
    around.look(steps(3.0, 0))
    count = len(asked)
    around.look(steps(3.0, 0))
    assert len(asked) == count
    assert around.middle == 9.0
    assert around.reach() == (around.windows[-1].step, pytest.approx(6.0 * around.windows[-1].step, rel=0.1))


# --- a single central difference, as reports show it ---------------------------------------------------------------


@given(st.floats(-20.0, 20.0))
def test_central_differences_of_smooth_functions(x):
    """For smooth functions the slope by differences is within its estimated error, which is small."""
    for f, slope in ((math.sin, math.cos(x)), (math.exp, math.exp(x)), (lambda t: t * t * t, 3 * x * x)):
        estimate = central_difference(f, x)
        assert estimate.confirms(slope)
        assert estimate.error <= 1e-8 * max(1.0, abs(slope), abs(f(x)))


@given(st.floats(-20.0, 20.0), st.sampled_from([1e-6, 1e-3, 1.0]))
def test_central_differences_find_a_wrong_gradient(x, off):
    """A gradient that is off by more than a millionth is not confirmed."""
    assert not central_difference(math.sin, x).confirms(math.cos(x) + off)


def test_central_differences_at_a_kink():
    """A kink nearer than the steps gives the mean of both slopes, and confirms neither; further away it is harmless."""
    near = central_difference(RELU, 2.0**-30)
    assert near.value == pytest.approx(0.5, abs=1e-4)
    assert not near.confirms(1.0)
    assert not near.confirms(0.0)
    assert central_difference(RELU, 2.0**-10).confirms(1.0)


def test_the_steps_of_central_differences():
    """The steps are as many as the docstring says: the smallest where the function changes fast, the largest if not."""
    assert central_difference(lambda x: math.sin(1e4 * x), 0.0).step == 2.0**-16
    assert central_difference(lambda x: x, 0.0).step == 2.0**-4
    assert central_difference(lambda x: x, 5.0).step == 2.0**-1
    asked = set()
    central_difference(lambda x: asked.add(x) or 0.0, 0.0)
    assert sorted(asked) == sorted(sign * 2.0**k for sign in (1, -1) for k in range(-18, -3))


def test_central_differences_of_what_is_not_finite():
    """Where the function has no finite values, nothing is confirmed."""
    slope = central_difference(lambda _: math.nan, 1.0)
    assert math.isnan(slope.value)
    assert not slope.confirms(0.0)


@pytest.mark.parametrize("scale", [1e-3, 1e-5, 1e-8, 1e-12])
@pytest.mark.parametrize("at", [1.0, 0.0, 0.3, 100.0])
def test_central_differences_find_the_scale(scale, at):
    """Of a function that changes on a small scale smaller steps see the slope."""
    x = at * scale
    estimate = central_difference(lambda t: math.sin(t / scale), x)
    assert estimate.confirms(math.cos(x / scale) / scale)
    assert estimate.error <= 1e-6 / scale


def test_central_differences_near_the_end_of_a_domain():
    """Where only the smallest steps have values, these are taken."""
    for x in (1e-9, 1e-300):
        estimate = central_difference(log, x)
        assert estimate.confirms(1.0 / x)
        assert estimate.error <= 1e-6 / x


@pytest.mark.parametrize(("f", "x"), [(math.sin, 1e150), (lambda x: math.sin(1.0 / x) if x else 0.0, 0.0)])
def test_central_differences_say_that_they_cannot(f, x):
    """Where no step gives slopes that settle, the value is NaN and the error infinite."""
    estimate = central_difference(f, x)
    assert math.isnan(estimate.value)
    assert estimate.error == math.inf


def test_central_differences_use_no_derivatives():
    """The slope comes from values of the function alone: a function of floats that knows no nodes will do."""
    asked = []

    def f(x):
        asked.append(x)
        return 2.0 * x

    slope = central_difference(f, 0.3)
    assert slope.value == pytest.approx(2.0, abs=1e-12)
    assert all(type(x) is float for x in asked)
    assert slope.step in {2.0**-k for k in range(4, 17)}


# --- numbers in messages -------------------------------------------------------------------------------------------


def test_numbers_with_uncertainties():
    """A number is shown to the digit before last of its uncertainty, which is rounded up to one digit."""
    assert uncertain(12.000000000012, 2e-9) == "12.0000000000 ± 2e−9"
    assert uncertain(-0.5, 0.25) == "−0.50 ± 0.3"
    assert uncertain(3.2e-8, 4e-20) == "3.2000000000000e−8 ± 4e−20"
    assert uncertain(0.0, 5e-14) == "0 ± 5e−14"
    assert uncertain(1e300, 1e290) == "1.00000000000e300 ± 1e290"
    assert uncertain(2.5, 0.0) == "2.5"
    assert uncertain(2.5, math.inf) == "2.5 ± ∞"
    assert uncertain(-math.inf, 0.0) == "−∞"
    assert [uncertainty(x) for x in (2.04e-11, 0.5, 0.0, 9.5, 1500.0, 0.00021, 5e-324)] == [
        "3e−11",
        "0.5",
        "0",
        "10",
        "2000",
        "0.0003",
        "5e−324",
    ]
    assert [ratio(x) for x in (0.0, 0.04, 3.21, 1234.0, 5.61e11, math.inf)] == [
        "0",
        "0.04",
        "3.2",
        "1,234",
        "6e11",
        "∞",
    ]
    assert [exactly(x) for x in (-0.1, 2.0, 1e-300, -math.inf)] == ["−0.1", "2.0", "1e−300", "−∞"]
    assert [short(x) for x in (-0.1000000001, 1.0, math.inf)] == ["−0.1", "1", "∞"]
