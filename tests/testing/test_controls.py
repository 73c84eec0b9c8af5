"""Controls of gradient checks: functions that are none, and the errors that would have been found."""

import dataclasses
import math
import random

import numpy as np
import pytest
from strategy_examples import examples_of

import autograd_lite as al
from autograd_lite.testing import check_gradient, graphs
from autograd_lite.testing.gradients.controls import control_text, controlled
from autograd_lite.testing.gradients.judge import Judge
from autograd_lite.testing.gradients.report import CheckedSlope
from autograd_lite.testing.gradients.subject import FunctionSubject
from autograd_lite.testing.gradients.verdicts import Verdict

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
    """With each of the errors that the control tells, of either sign, the check says that the slope is wrong."""
    parts = []
    for graph in examples_of(graphs(2, 4), 14):
        slopes = {name: leaf.grad for name, leaf in differentiated(graph).items()}
        for f in (graph, lambda g=graph, **at: g(**{name: float(x) for name, x in at.items()})):
            options = {"allow_inconclusive": True, "raises": False}
            report = check_gradient(f, graph.at, gradient=slopes, control=True, **options)
            for slope in report:
                if slope.found_above not in {None, math.inf} and slope.got:
                    parts.append(slope.found_above / abs(slope.got))
                    for off in (slope.found_above, -slope.found_above):
                        wrong = {**slopes, slope.wrt[0]: slope.got + off}
                        again = check_gradient(f, graph.at, gradient=wrong, **options)
                        assert again[slope.wrt].verdict == "wrong"
    assert len(parts) > 15
    assert sorted(parts)[len(parts) // 2] < 1e-8


def differentiated(graph):
    """The leaves of a graph after its backward pass."""
    root, leaves, _ = graph.build()
    root.backward()
    return leaves


def test_the_control_in_reports():
    """A report that passes says which errors would be found, or were; one that fails or is at a kink does not."""

    def f(x, y):
        return x * al.exp(-y)

    report = check_gradient(f, [2.0, 0.5])
    assert "By the uncertainties, errors above 4e−12 of a slope would have been found." in str(report)
    assert all(row["found_above"] is None for row in report.rows())
    report = check_gradient(f, [2.0, 0.5], control=True)
    assert "Wrong gradients were tried too: errors above 4e−12 of a slope were found." in str(report)
    assert [row["found_above"] for row in report.rows()] == [2.0 * slope.uncertainty for slope in report]
    wrong = check_gradient(lambda x: x * x, 2.0, gradient=3.9, raises=False, control=True)
    kink = check_gradient(al.relu, 0.0, control=True)
    hessian = check_gradient(f, [2.0, 0.5], second_order=True, control=True)
    for one in (wrong, kink):
        assert one["x"].found_above is None
        assert "errors above" not in str(one)
    assert [slope.found_above is None for slope in hessian] == [False] * 2 + [True] * 4


def test_the_control_of_many_entries():
    """Of many entries those that were checked singly are tried, and that is said."""
    report = check_gradient(
        lambda x: float(np.sin(x).sum()), np.linspace(0.1, 1.0, 300), gradient=np.cos, entries=3, control=True
    )
    assert sum(slope.found_above is not None for slope in report) == 3
    assert "of a slope of those checked singly were found." in str(report)
    with pytest.raises(TypeError, match="control=True is for a function that gives one number"):
        check_gradient(np.sin, np.array([0.5, 1.0]), vjp=lambda v: v, control=True)


def test_errors_that_are_not_found(monkeypatch):
    """An error that is not found makes place for a larger one; where none is found, the control says so."""

    class Lenient(Judge):
        """A judge to whom only errors above a number are wrong."""

        limit = 1e-9

        def first_order(self, given):
            """Judge a gradient."""
            verdicts = ["wrong" if abs(x - 2.0) > self.limit else "confirmed" for x in given]
            return [dataclasses.replace(slope(), verdict=Verdict(verdict)) for verdict in verdicts]

    def slope():
        return CheckedSlope(("x",), "∂f/∂x", 1.0, 2.0, 2.0, 1e-12, Verdict.CONFIRMED)

    monkeypatch.setattr("autograd_lite.testing.gradients.controls.Judge", Lenient)
    subject = FunctionSubject(lambda x: 2.0 * x, 1.0, needs_graph=True)
    (found,) = controlled(subject, 0.0, 2.0, [slope()])
    assert found.found_above == pytest.approx(2e-12 * 8.0**3)
    Lenient.limit = math.inf
    (found,) = controlled(subject, 0.0, 2.0, [slope()])
    assert found.found_above == math.inf
    assert "errors above ∞ in ∂f/∂x were found" in control_text([found], 0.0)


@pytest.mark.parametrize(
    ("rows", "rtol", "text"),
    [
        ([], 0.0, ""),
        ([("x", 2.0, math.inf, "inconclusive")], 0.0, ""),
        ([("x", 2.0, 1e-9, "kink")], 0.0, ""),
        ([("x", 2.0, 1e-9, "confirmed")], 0.0, "above 1e−9 of the slope would"),
        ([("x", 2.0, 1e-9, "confirmed")], 1e-8, "above 2e−8 of the slope would"),
        ([("x", 2.0, 1e-9, "confirmed"), ("y", -1.0, 1e-9, "confirmed")], 0.0, "above 2e−9 of a slope would"),
        (
            [("x", 2.0, 1e-9, "confirmed"), ("y", 0.0, 1e-9, "confirmed")],
            0.0,
            "above 1e−9 of a slope and above 2e−9 in ∂f/∂y would",
        ),
        (
            [("x", 0.0, 1e-9, "confirmed"), ("y", 1e-9, 0.5, "confirmed")],
            0.0,
            "errors above 1 in ∂f/∂y and 1 other that is small or 0 would",
        ),
    ],
)
def test_what_the_control_says(rows, rtol, text):
    """Errors are told as parts of slopes, and as numbers where a slope is 0 or less sharp than the others."""
    slopes = [CheckedSlope((x,), f"∂f/∂{x}", 1.0, got, got, unsure, Verdict(v)) for x, got, unsure, v in rows]
    said = control_text(slopes, rtol)
    assert text in said
    assert bool(said) == bool(text)
