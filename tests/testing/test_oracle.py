"""Random graphs: every value and gradient is within its rounding-error bound of a 50-digit calculation."""

import dataclasses
import statistics

import pytest
from hypothesis import given, settings
from strategies import ROWS, build, points, programs, steps_of

from autograd_lite import Value, testing
from autograd_lite.testing import oracle
from autograd_lite.testing.oracle import Step, judge, mp, tape

PLACES = (0.7, 0.3)  # inside the domain of every row, away from every kink


def beyond_bounds(steps, nodes):
    """The nodes whose value or gradient is further from the truth than rounding explains."""
    judged = judge(steps)
    return [
        (i, steps[i])
        for i, node in enumerate(nodes)
        if not (
            abs(mp.mpf(node.data) - judged.values[i]) <= judged.value_errors[i]
            and abs(mp.mpf(node.grad) - judged.gradients[i]) <= judged.gradient_errors[i]
        )
    ]


def leaf_bounds(steps):
    """Of each leaf with a gradient: the bound of the gradient, relative to it."""
    judged = judge(steps)
    return [
        float(error / abs(true))
        for step, true, error in zip(steps, judged.gradients, judged.gradient_errors, strict=True)
        if step.name == "leaf" and true
    ]


@pytest.mark.thorough
@given(programs())
@settings(max_examples=300)
def test_gradients_are_within_the_bound(steps):
    """The value and the gradient of every node, leaves and those between, are within the rounding-error bound."""
    nodes = build(steps)
    nodes[-1].backward()
    assert beyond_bounds(steps, nodes) == []


def test_the_bound_says_something():
    """On graphs as users draw them half of the bounds are below 1e-14 relative, and 19 of 20 below 1e-12."""
    bounds = []

    @given(testing.graphs().map(steps_of))
    @settings(max_examples=400, derandomize=True, database=None)
    def collect(steps):
        bounds.extend(leaf_bounds(steps))

    collect()
    assert len(bounds) > 300
    assert statistics.median(bounds) < 1e-14
    assert statistics.quantiles(bounds, n=20)[-1] < 1e-12


def test_the_bound_of_a_well_conditioned_graph():
    """A chain of 300 products and sums of positive numbers keeps a bound below 1e-12 relative."""
    steps = [Step("leaf", (x,)) for x in (1.1, 0.9, 1.3)]
    total = 0
    for i in range(100):
        last = len(steps)
        steps += [Step("mul", (total, 1)), Step("add", (last, i % 3)), Step("mul", (last + 1, 0.5))]
        total = last + 2
    assert len(steps) == 303
    assert 0.0 < max(leaf_bounds(steps)) < 1e-12


def test_no_bound_where_the_calculation_is_hopeless():
    """Beyond a pole that floats only come near, the bound is infinite, whatever is computed from it."""
    steps = [
        Step("leaf", (0.0,)),
        Step("acos", (0,)),
        Step("tan", (1,)),
        *(Step(name, (2,)) for name in ("log", "inverse", "sqrt", "asin", "exp")),
        Step("log", (6,)),
        Step("add", (3, 8)),
    ]
    judged = judge(steps)
    assert judged.value_errors[1] < 1e-14
    assert set(judged.value_errors[2:]) == {mp.inf}
    assert judged.gradient_errors[0] == mp.inf


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("along", [0, 1])
def test_a_wrong_slope_is_caught(name, along, monkeypatch):
    """A slope that is off by 1e-9 of itself, or by 1e-9 where it is zero, takes a gradient out of its bound."""
    row = ROWS[name]
    if along >= row.arity:
        return

    def off(y, *args):
        slopes = row.partials(y, *args)
        pair = [slopes] if row.arity == 1 else list(slopes)
        pair[along] = pair[along] * (1 + 1e-9) if pair[along] else 1e-9
        return pair[0] if row.arity == 1 else pair

    steps = [*(Step("leaf", (x,)) for x in PLACES[: row.arity]), Step(name, tuple(range(row.arity)))]
    nodes = build(steps)
    nodes[-1].backward()
    assert beyond_bounds(steps, nodes) == []
    monkeypatch.setitem(ROWS, name, dataclasses.replace(row, partials=off))
    nodes = build(steps)
    nodes[-1].backward()
    assert beyond_bounds(steps, nodes) == [(along, steps[along])]


@pytest.mark.parametrize("name", ROWS)
def test_the_oracles_own_slopes(name):
    """The oracle's slopes, written down by hand, are what mpmath.diff gives for its values, to 30 digits."""
    # The step of mpmath.diff is far below 1: nearer kinks are left out.
    drawn = testing.points(name) if callable(ROWS[name].kinks) else points(ROWS[name], reach=750.0)

    @given(drawn)
    @settings(max_examples=30)
    def check(point):
        by_hand = oracle.slopes(name, *point)
        assert len(by_hand) == len(point)
        for along, slope in enumerate(by_hand):
            measured = oracle.derivative(lambda *at: oracle.value(name, *at), point, along)
            nearly_constant = mp.mpf(10) ** -100 * abs(oracle.value(name, *point))
            assert abs(measured - slope) <= mp.mpf(10) ** -30 * abs(slope) + nearly_constant

    check()


def test_tape_reads_a_graph():
    """The tape of a node has a step for each node, operands first, with constants in their places."""
    x = Value(3.0)
    y = 2.0 * x
    z = y * y - x
    steps, line = tape(z)
    assert [step.name for step in steps] == ["leaf", "mul", "mul", "sub"]
    assert steps[line[id(y)]] == Step("mul", (2.0, 0))
    assert steps[-1] == Step("sub", (2, 0))


def test_ulps_counts_floats():
    """The distance of two neighbouring floats is 1, also below the normal floats and at the largest."""
    assert oracle.ulps(1.0, mp.mpf(1)) == 0.0
    assert oracle.ulps(1.0 + 2**-52, mp.mpf(1)) == 1.0
    assert oracle.ulps(5e-324, mp.zero) == 1.0
    assert oracle.ulps(-5e-324, mp.mpf("1e-400")) == pytest.approx(1.0)
    assert oracle.ulps(float("inf"), mp.mpf(1.7976931348623157e308)) == 1.0
    assert oracle.ulps(float("inf"), mp.mpf("1e400")) == 0.0
    assert oracle.ulps(float("-inf"), mp.mpf("1e400")) > 1e15
    assert oracle.ulps(float("inf"), mp.zero) > 1e300
    assert not oracle.ulps(float("nan"), mp.zero) <= oracle.ULPS
