"""Accuracy: every bound holds on a grid of points over each domain, the grid is what it says, and errors are found."""

import dataclasses
import itertools
import math
import platform

import pytest

from autograd_lite.engine.ops import HELPERS, OPS, Op
from autograd_lite.pages import accuracy as report
from autograd_lite.testing import accuracy, grid, oracle
from autograd_lite.testing.accuracy import SINGLE, TIGHT, Figure, Worst, machine, measure
from autograd_lite.testing.oracle import ULPS, mp

ROWS = {**OPS, **HELPERS}
rows = pytest.mark.parametrize("row", ROWS.values(), ids=str)
SUBNORMAL = 2.2250738585072014e-308  # the smallest normal float


# --- what is promised ----------------------------------------------------------------------------------------------


@rows
def test_every_bound_holds(row):
    """Values and slopes are within 4 ulps all over the domain; within 2 where a single rounding or call makes them."""
    measured = measure(row, 300)
    assert report.above([measured]) == []
    assert [figure.along for figure in measured.figures] == [None, *range(row.arity)]
    for figure, call in zip(measured.figures, SINGLE.get(row.name, [None] * 3), strict=False):
        if measured.helper and figure.along is not None:
            assert figure.bound is None
        else:
            assert figure.bound == (TIGHT if call is not None and (figure.library or 0.0) <= 1.0 else ULPS)
            assert figure.ulps <= figure.bound


@rows
def test_the_judge_has_digits_to_spare(row):
    """On the grid the oracle's 50 digits agree with a calculation in 150 to 30 digits, or are far beyond all floats."""
    for point in [*itertools.islice(grid.points(row, 60), 0, None, 17), *grid.corners(row)]:
        rough = accuracy._true(row, point)
        with mp.workdps(150):
            fine = accuracy._true(row, point)
        for a, b in zip(rough, fine, strict=True):
            assert a == b or abs(a - b) <= mp.mpf(10) ** -30 * abs(b) or beyond(a) == beyond(b) != 0, point


def beyond(x):
    """1 or -1 if a number is far above or below all floats, 2 or -2 if it is far too small for them, else 0."""
    return int(mp.sign(x)) * (1 if abs(x) > 1e9 * oracle.HUGE else 2 if abs(x) < 1e-9 * oracle.TINY else 0)


def test_which_rows_are_single_calls():
    """The rows said to be a single operation or call are those of the table, each with its value and slopes."""
    assert set(SINGLE) <= set(ROWS)
    for name, calls in SINGLE.items():
        assert len(calls) == 1 + ROWS[name].arity
    for name in ("sigmoid", "softplus", "sech2", "lorentz"):
        assert name not in SINGLE


# --- the grid ------------------------------------------------------------------------------------------------------


def test_every_binade():
    """With 8,400 points there is one of every binade of floats, subnormal ones included, with either sign."""
    drawn = {(x > 0.0, math.frexp(x)[1]) for (x,) in grid.points(OPS["exp"], accuracy.POINTS) if x}
    assert drawn == set(itertools.product([True, False], range(-1073, 1025)))


@pytest.mark.parametrize("count", [0, 1, 7, 300, 8000])
def test_fewer_points_are_spread(count):
    """Fewer points are spread over all binades; there are about as many as asked for, besides the fixed ones."""
    fixed = len(list(grid.points(OPS["exp"], 0)))
    xs = [x for (x,) in grid.points(OPS["exp"], count)]
    assert len(xs) == fixed + count
    if count >= 300:
        assert {math.frexp(x)[1] // 100 for x in xs[fixed:] if x} >= set(range(-10, 10))


@rows
def test_points_are_inside_the_domain(row):
    """Points are finite and inside the domain (outside it only where the operation goes on), the same on every run."""
    drawn_points = list(grid.points(row, 200))
    assert drawn_points == list(grid.points(row, 200))
    assert len(set(drawn_points)) > 0.95 * len(drawn_points) > 100
    for point in drawn_points:
        assert all(map(math.isfinite, point))
        if row.name not in grid.WHOLE:
            assert all(low < x < high for x, (low, high) in zip(point, row.domain, strict=True))


@pytest.mark.parametrize("name", ["mul", "div", "pow", "xlogy", "xlog1py"])
def test_extreme_results(name):
    """Among the pairs are results that are subnormal, that are about to overflow, and that do."""
    results = [abs(OPS[name](*point)) for point in grid.points(OPS[name], 1000)]
    assert sum(0.0 < y < SUBNORMAL for y in results) > 50
    assert sum(1e306 < y < math.inf for y in results) > 25
    assert math.inf in results


@pytest.mark.parametrize("name", ["asin", "acos", "log1p"])
def test_beside_edges(name):
    """The ten floats next to a finite edge of the domain are there, and the edge itself is a corner."""
    row = OPS[name]
    xs = {x for (x,) in grid.points(row, 0)}
    for end in row.domain[0]:
        if math.isfinite(end):
            inside = list(itertools.accumulate(range(10), lambda x, _: math.nextafter(x, 0.5), initial=end))
            assert set(inside[1:]) <= xs
            assert (end,) in grid.corners(row)


def test_far_zeros_of_sine_and_cosine():
    """The float that comes nearest to a multiple of π/2 of all (Kahan's) is there, and one of nearly every binade."""
    xs = {x for (x,) in grid.points(OPS["cos"], 0)}
    assert 6381956970095103.0 * 2.0**797 in xs
    with mp.workdps(400):
        near = {math.frexp(x)[1] for x in xs if abs(x) > 1e5 and abs(mp.sin(2 * mp.mpf(x))) < 1e-14}
    assert len(near) > 900


# --- errors are found ----------------------------------------------------------------------------------------------


def off(f, ulps):
    """The function, a number of ulps too large."""
    return lambda *args: f(*args) + ulps * math.ulp(f(*args))


def test_a_wrong_value_is_found():
    """A value that is three ulps off is above the bound of a single call, and not above that of other rows."""
    exp = dataclasses.replace(OPS["exp"], fn=off(OPS["exp"].fn, 3))
    measured = measure(exp, 50)
    value = measured.figures[0]
    assert not measured.ok
    assert not value.ok
    assert 3.0 <= value.ulps < 7.0  # below a power of two the unit is half of what it is above
    assert value.above > 100
    assert value.bound == TIGHT
    sigmoid = dataclasses.replace(OPS["sigmoid"], fn=off(OPS["sigmoid"].fn, 1))
    assert measure(sigmoid, 50).figures[0].ok


def test_a_slope_that_is_wrong_in_the_tail_is_found():
    """A slope that is wrong in the tail only is found, with that point, what came, and the truth."""
    row = OPS["sigmoid"]
    bad = dataclasses.replace(row, partials=lambda y, x: row.partials(y, x) if x > -700.0 else 0.0)
    figure = measure(bad, 50).figures[1]
    assert not figure.ok
    assert figure.worst.got == 0.0
    assert figure.worst.point[0] <= -700.0
    assert 0.0 < float(figure.worst.true) < 1e-300


def test_the_slope_of_two_arguments_is_told_apart():
    """Of two slopes the wrong one is named."""
    bad = dataclasses.replace(OPS["mul"], partials=lambda y, a, b: (b, a * (1.0 + 2.0**-49)))
    measured = measure(bad, 50)
    assert [figure.ok for figure in measured.figures] == [True, True, False]
    assert report.above([measured]) == ["mul (slope 2)"]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("log", {"fn": lambda x: OPS["log"](x) if x else -1.7976931348623157e308}),
        ("log", {"partials": lambda y, x: 1.0 / x if x else -math.inf}),
        ("sqrt", {"partials": lambda y, x: 0.5 / y if y else math.nan}),
        ("tanh", {"fn": lambda x: OPS["tanh"](x) if math.isfinite(x) else math.nan}),
        ("atan", {"partials": lambda y, x: OPS["atan"].partials(y, x) if math.isfinite(x) else math.nan}),
        ("exp", {"fn": lambda x: min(OPS["exp"](x), 1.797e308)}),
        ("exp", {"fn": lambda x: OPS["exp"](x) or 1e-300}),
        ("asin", {"partials": lambda y, x: OPS["asin"].partials(y, x) if abs(x) < 1.0 else 1e300}),
        ("maximum", {"fn": lambda a, b: a if a >= b else b if b < math.inf else a}),
    ],
)
def test_wrong_limits_are_found(name, wrong):
    """At the edges of a domain, at infinity and beyond the largest float, a number other than the limit is found."""
    measured = measure(dataclasses.replace(OPS[name], **wrong), 0)
    assert not measured.ok


def test_a_poor_library_widens_the_bound(monkeypatch):
    """Where the library's function alone is more than 1 ulp off, the bound of what calls it is the general one."""
    monkeypatch.setitem(SINGLE, "exp", (off(math.exp, 2), math.exp))
    value, slope = measure("exp", 50).figures
    assert 2.0 <= value.library < 5.0
    assert (value.bound, slope.bound) == (ULPS, TIGHT)
    assert value.ulps < 1.0


def test_kinks_are_left_out():
    """At kinks slopes are a convention: the 0.5 of a tie and the 0 of relu are no errors."""
    for name in ("relu", "abs", "maximum", "minimum", "leaky_relu", "step", "compare"):
        assert [figure.ulps for figure in measure(name, 0).figures[1:]] == [0.0] * OPS[name].arity


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        (("exq",), ValueError, "did you mean 'exp'"),
        (("exp", -1), ValueError, "0 or more, got -1"),
        (("exp", 1.5), TypeError, r"whole number, 0 or more, got 1\.5"),
        (("exp", True), TypeError, "whole number, 0 or more, got True"),
        ((math.exp,), TypeError, "got builtin_function_or_method"),
        ((Op("cube", lambda x: x**3, lambda y, x: 3.0 * x * x),), ValueError, "what cube truly is"),
    ],
)
def test_bad_arguments(arguments, error, told):
    """What cannot be measured is an error that says what came and what is valid."""
    with pytest.raises(error, match=told):
        measure(*arguments)


# --- how it is told ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ulps", "places", "text"),
    [
        (0.0, 2, "0"),
        (0.5, 1, "0.5"),
        (0.5000001, 1, "0.6"),
        (0.501, 2, "0.51"),
        (4.0, 2, "4.00"),
        (4.0000001, 2, "4.01"),
        (1e-9, 1, "0.1"),
        (99.99, 1, "100.0"),
        (136920.2, 2, "136,921"),
        (math.inf, 1, "inf"),
    ],
)
def test_figures_are_rounded_up(ulps, places, text):
    """A figure that is shown is never smaller than the error that was found."""
    assert report.rounded_up(ulps, places) == text


def test_the_machine():
    """The figures come with the versions they depend on."""
    assert platform.python_version() in machine()
    assert platform.machine() in machine()


def test_an_exact_row_has_no_worst_point():
    """Where every result is exact there is no point to show."""
    for figure in measure("neg", 10).figures:
        assert figure.worst is None
        assert figure.ulps == 0.0


def test_nan_is_infinitely_wrong():
    """A NaN in the place of a number is an infinite error, not one that comparisons overlook."""
    bad = dataclasses.replace(OPS["sin"], fn=lambda x: math.nan if x == 0.5 else OPS["sin"].fn(x))
    figure = measure(bad, 0).figures[0]
    assert isinstance(figure, Figure)
    assert isinstance(figure.worst, Worst)
    assert (figure.ulps, figure.above, figure.worst.point) == (math.inf, 1, (0.5,))
    assert oracle.ulps(1.0, mp.mpf(1)) == 0.0
