"""Controls of gradient checks: functions that are none, and the errors that would have been found."""

import math
import random

import numpy as np
import pytest
from strategy_examples import examples_of

import autograd_lite as al
from autograd_lite.testing import check_gradient, graphs
from autograd_lite.testing.gradients.controls import control_text, least_found

# --- functions that are none ------------------------------------------------------------------------------------------


def every(count, sin=al.sin):
    """A function whose every so many-th call gives another number."""
    calls = iter(range(1, 10**6))
    return lambda x: sin(x) + 0.01 * (next(calls) % count == 0)


def from_before(part, sin=al.sin):
    """A function that adds a part of the number of the call before."""
    last = [0.0]

    def f(x):
        y = sin(x) + part * last[0]
        last[0] = x.data if isinstance(x, al.Value) else x
        return y

    return f


def rarely(seed):
    """A function that draws random numbers, of which few matter."""
    draws = random.Random(seed)
    return lambda x: al.sin(x) + 0.01 * (draws.random() < 0.2)


@pytest.mark.parametrize("count", [2, 3, 5, 7, 10, 13, 20])
@pytest.mark.parametrize("kind", ["recorded", "plain", "array"])
def test_what_changes_every_so_many_calls(count, kind):
    """A function that changes with its calls is told as such, and not its gradient as wrong."""
    f = every(count, {"recorded": al.sin, "plain": math.sin, "array": np.sin}[kind])
    at = np.array([0.5, 1.0]) if kind == "array" else 0.5
    options = {
        "recorded": {},
        "plain": {"gradient": math.cos(0.5)},
        "array": {"jacobian": lambda x: np.diag(np.cos(x))},
    }[kind]
    with pytest.raises(ValueError, match=r"draws random numbers .* or changes something that it uses"):
        check_gradient(f, at, **options)


@pytest.mark.parametrize("part", [1.0, 1e-3, 1e-9])
@pytest.mark.parametrize("at", [0.0, 0.5, -300.0])
@pytest.mark.parametrize("sin", [al.sin, math.sin])
def test_what_depends_on_the_call_before(part, at, sin):
    """A function that keeps its last input is told as such."""
    with pytest.raises(ValueError, match="for the same numbers after a call with others: it keeps something"):
        check_gradient(from_before(part, sin), at, gradient=math.cos(at))


@pytest.mark.parametrize("seed", range(5))
def test_rare_random_numbers(seed):
    """What is random in one of five calls is told."""
    with pytest.raises(ValueError, match=r"in \d+ of 1\d calls: it draws|again: it draws"):
        check_gradient(rarely(seed), 0.5)


@pytest.mark.parametrize("count", [60, 100])
def test_before_a_gradient_is_blamed(count):
    """Where a check fails, the function is called more often before its gradient is blamed."""
    with pytest.raises(ValueError, match="changes something"):
        check_gradient(every(count, math.sin), 0.5, gradient=0.9)


def test_a_point_at_the_end_of_the_domain():
    """Where the function has no value on one side or on both, it is still called often enough."""
    assert check_gradient(lambda x: al.sqrt(1.0 - x) + al.sqrt(x - 1.0 + 0.5), 1.0 - 2.0**-30)

    def at_one_point(x):
        if x != 1.0:
            raise ValueError(x)
        return x * next(calls)

    calls = iter([1.0] * 1000)
    assert not check_gradient(at_one_point, 1.0, gradient=1.0, raises=False)
    calls = iter([1.0] * 12 + [2.0] * 100)
    with pytest.raises(ValueError, match=r"in 1 of|again in"):
        check_gradient(at_one_point, 1.0, gradient=1.0)


# --- which errors would have been found -------------------------------------------------------------------------------


def test_errors_that_are_told_are_found():
    """A slope that is off by what the control tells, or by more, is not confirmed; the control is sharp."""
    parts = []
    for graph in examples_of(graphs(2, 4), 12):
        slopes = {name: leaf.grad for name, leaf in differentiated(graph).items()}
        for f in (graph, lambda g=graph, **at: g(**{name: float(x) for name, x in at.items()})):
            report = check_gradient(f, graph.at, gradient=slopes, allow_inconclusive=True)
            for slope in report:
                if math.isfinite(slope.found_above) and slope.got:
                    parts.append(slope.found_above / abs(slope.got))
                    for off in (slope.found_above, -slope.found_above, 10.0 * slope.found_above):
                        wrong = {**slopes, slope.wrt[0]: slope.got + off}
                        assert not check_gradient(f, graph.at, gradient=wrong, raises=False)[slope.wrt].ok
    assert len(parts) > 20
    assert sorted(parts)[len(parts) // 2] < 1e-8


def differentiated(graph):
    """The leaves of a graph after its backward pass."""
    root, leaves, _ = graph.build()
    root.backward()
    return leaves


def test_the_control_in_reports():
    """A report that passes says which errors would have been found; one that fails does not, nor one at a kink."""
    report = check_gradient(lambda x, y: x * al.exp(-y), [2.0, 0.5])
    assert "Wrong slopes were tried too: errors above 4e−12 of a slope would have been found." in str(report)
    assert [row["found_above"] for row in report.rows()] == [slope.found_above for slope in report]
    assert 0.0 < report["x"].found_above < 1e-11
    wrong = check_gradient(lambda x: x * x, 2.0, gradient=3.9, raises=False)
    assert "tried" not in str(wrong)
    kink = check_gradient(al.relu, 0.0)
    assert math.isnan(kink["x"].found_above)
    assert "tried" not in str(kink)


@pytest.mark.parametrize(
    ("claimed", "unsure", "seen", "expected"),
    [
        (1.0, 1e-9, 5e-9, 8e-9),
        (0.0, 1e-9, 1e-9, 2e-9),
        (1.0, 1e-9, math.inf, math.inf),
        (math.inf, 1e-9, 0.0, math.nan),
    ],
)
def test_the_smallest_error_that_is_found(claimed, unsure, seen, expected):
    """Errors are tried with both signs, each four times the one before."""
    for sign in (1.0, -1.0):

        def wrong(slope, sign=sign):
            return sign * (slope - claimed) > seen or sign * (slope - claimed) < 0.0

        assert least_found(wrong, claimed, unsure) == pytest.approx(expected, rel=1e-12, nan_ok=True)


@pytest.mark.parametrize(
    ("tried", "text"),
    [
        ([], ""),
        ([("∂f/∂x", 2.0, math.nan)], ""),
        ([("∂f/∂x", 2.0, 2e-9)], "above 1e−9 of the slope would"),
        ([("∂f/∂x", 2.0, 2e-9), ("∂f/∂y", -1.0, 3e-9)], "above 3e−9 of a slope would"),
        ([("∂f/∂x", 2.0, 2e-9), ("∂f/∂y", 0.0, 3e-9)], "above 1e−9 of a slope and above 3e−9 in ∂f/∂y would"),
        ([("∂f/∂x", 0.0, 2e-9), ("∂f/∂y", 1e-9, 1.0)], "errors above 1 in ∂f/∂y and 1 other that is small or 0 would"),
        ([("∂f/∂x", 1.0, math.inf)], "above ∞ in"),
    ],
)
def test_what_the_control_says(tried, text):
    """Errors are told as parts of slopes, and as numbers where a slope is 0 or less sharp than the others."""
    said = control_text(tried)
    assert text in said
    assert bool(said) == bool(text)
