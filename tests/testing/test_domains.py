"""Gradient checks: functions that raise or warn away from the point, and what a call costs."""

import math
import warnings

import numpy as np
import pytest
from functions_to_check import look, verdicts

from autograd_lite import Value, sin
from autograd_lite.engine.ops import Op
from autograd_lite.testing import check_gradient

# --- steps outside the domain -----------------------------------------------------------------------------------------


def raises(error):
    """A function that raises beyond 1.001."""

    def f(x):
        if x > 1.001:
            raise error
        return x * x

    return f


def square_root(x):
    """Left of 0 this is a complex number, which `math.log1p` refuses with a TypeError."""
    return math.log1p(float(x) ** 0.5)


TABLE = {round(0.5 + 0.01 * k, 2): k for k in range(51)}


@pytest.mark.parametrize(
    ("f", "x", "slope", "told"),
    [
        (raises(KeyError("far")), 1.0, 2.0, "with x moved to 1.03125 f raises KeyError: 'far'."),
        (raises(RuntimeError("no\nvalue")), 1.0, 2.0, r"f raises RuntimeError: no\nvalue."),
        (raises(TypeError()), 1.0, 2.0, "f raises TypeError."),
        (raises(LookupError("x" * 1000)), 1.0, 2.0, "f raises LookupError: xxx"),
        (raises(RuntimeWarning("made an error")), 1.0, 2.0, "f raises RuntimeWarning: made an error."),
        (square_root, 0.01, 0.5 / (0.1 * 1.1), "square_root raises TypeError: must be real number, not complex."),
        (lambda x: TABLE[0.5] + float(x) if x < 1.001 else TABLE[x], 1.0, 1.0, "f raises KeyError: "),
    ],
)
@pytest.mark.parametrize("recorded", [False, True])
def test_any_error_at_a_step_is_outside(f, x, slope, told, recorded):
    """Whatever a function raises away from the point, it has no value there: named once, and checked on the rest."""
    if recorded and f is square_root:
        return  # which works on floats only
    function = f if recorded else lambda x: f(float(x))
    function.__name__ = f.__name__ = "square_root" if f is square_root else "f"
    report = check_gradient(function, x, gradient=slope)
    (remark,) = report.remarks
    assert remark.startswith("Some steps are outside the domain, and not used: with x moved to ")
    assert told in remark
    assert len(remark) < 400
    wrong = look(function, x, gradient=1.1 * slope)
    assert verdicts(wrong) == ["wrong"]
    assert str(wrong).count("outside the domain") == 1


def test_errors_at_the_point_come_out():
    """At the point itself an error is the function's own."""
    for error in (KeyError("far"), RuntimeError("no"), RuntimeWarning("w")):
        with pytest.raises(type(error)):
            check_gradient(raises(error), 1.5, gradient=3.0)


def test_second_order_steps_outside():
    """In second derivatives too."""
    report = check_gradient(lambda x: raises(KeyError("far"))(x) * x, 1.0, second_order=True)
    assert verdicts(report) == ["confirmed", "confirmed"]
    assert "KeyError" in str(report)


def numpys(x):
    """A function of NumPy's, which warns left of 0."""
    return float(np.sqrt(np.float64(x))) + float(np.log(np.float64(x)))


@pytest.mark.parametrize("action", ["error", "always"])
def test_warnings_of_steps_are_not_shown(action):
    """NumPy's warnings from steps outside the domain are not shown, nor made errors."""
    x = 0.01
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter(action)
        assert check_gradient(numpys, x, gradient=0.5 / math.sqrt(x) + 1.0 / x)
        assert not look(numpys, x, gradient=0.5 / math.sqrt(x) + 1.1 / x)
    assert not seen


def test_warnings_of_operations_at_steps_are_not_shown():
    """So it is where the operations of a graph are looked at one by one, and in second derivatives."""
    root = Op("root", lambda x: float(np.sqrt(np.float64(x))), lambda y, x: 0.5 / y)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        look(lambda x: root(x) + 1e14, 0.01)
        look(root, 0.01, second_order=True)
        assert not look(lambda x: root(x) * 2.0, 0.01, gradient=5.0)
    assert not seen


def test_warnings_at_the_point_are_shown():
    """What NumPy warns of at the point itself is shown, and so are a function's own warnings of another kind."""

    def f(x):
        warnings.warn("old", DeprecationWarning, stacklevel=2)
        return float(np.maximum(np.log(np.float64(x) - 1.0), 0.0)) if x == 0.5 else 0.0

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with pytest.raises(ValueError, match="there is no slope to check"):
            check_gradient(f, 0.5, gradient=0.0)
    assert {warning.category for warning in seen} == {RuntimeWarning, DeprecationWarning}


# --- complex numbers --------------------------------------------------------------------------------------------------


def of_numbers(f):
    """The function for numbers alone, complex ones too."""

    def g(*numbers):
        if any(isinstance(x, Value) for x in numbers):
            raise TypeError("no nodes")
        return f(*numbers)

    return g


def test_a_step_in_complex_numbers_is_sharper():
    """Beside an offset that hides digits a function that takes complex numbers is checked to 1e-9 of its slopes."""
    f = of_numbers(lambda x, y: np.sin(x) * np.exp(y) + 1e7)
    right = [math.cos(0.3) * math.exp(0.5), math.sin(0.3) * math.exp(0.5)]
    assert check_gradient(f, [0.3, 0.5], gradient=right)
    report = look(f, [0.3, 0.5], gradient=[right[0] * (1.0 + 1e-9), right[1]])
    assert verdicts(report) == ["wrong", "confirmed"]
    assert not report.remarks
    assert verdicts(look(lambda x, y: float(f(x, y)), [0.3, 0.5], gradient=right)) == ["confirmed", "confirmed"]


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.abs(x) * x + 1e5,
        lambda x: np.real(x) * x + 1e5,
        lambda x: x * x + 1e5 if isinstance(x, float) else x * 7.0,
        lambda x: x * x + 1e5 if isinstance(x, float) else "complex",
    ],
)
def test_what_is_not_analytic_is_judged_by_differences(f):
    """A step in complex numbers that contradicts differences decides nothing, and is named where something is wrong."""
    assert check_gradient(of_numbers(f), 0.7, gradient=1.4)
    report = look(of_numbers(f), 0.7, gradient=1.5)
    assert verdicts(report) == ["wrong"]
    assert report.slopes[0].expected == pytest.approx(1.4, abs=1e-7)
    contradicted = f(0.7 + 1e-30j) != f(0.7) and not isinstance(f(0.7 + 1e-30j), str)
    assert ("A step in complex numbers gives 0.7 along x" in str(report)) == (contradicted and f(0j) == 1e5)


# --- what a call costs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [float, np.float64])
def test_the_point_is_written_out_only_in_errors(kind, monkeypatch):
    """The numbers of a point are not written out as text while all is well, however many there are."""
    written = []
    monkeypatch.setattr("autograd_lite.testing.gradients.subject.some", written.append)
    at = [0.1 * k for k in range(20)]
    assert check_gradient(lambda *x: kind(sum(t * math.sin(t) for t in x)), at, gradient=slopes_of_waves)
    assert not written


def slopes_of_waves(*x):
    return [math.sin(t) + t * math.cos(t) for t in x]


@pytest.mark.parametrize("count", [10, 40])
def test_calls_grow_with_the_inputs(count):
    """So many calls an input are enough, however many inputs there are."""
    calls = []

    def f(*x):
        calls.append(1)
        return sum(t * math.sin(t) for t in x)

    assert check_gradient(f, [0.5 + 0.01 * k for k in range(count)], gradient=slopes_of_waves)
    assert len(calls) <= 40 * count + 10
    calls.clear()
    assert check_gradient(lambda *x: calls.append(1) or sum(t * sin(t) for t in x), [0.5] * count)
    assert len(calls) <= 60 * count + 10


def test_many_inputs_are_looked_at_less_long():
    """Where rounding hides digits, some hundred values more are asked for of each input, but not of many inputs."""
    calls = []

    def f(*x):
        calls.append(1)
        return 1e6 + sum(map(math.sin, x))

    counts = []
    for count in (10, 110):
        calls.clear()
        at = [0.5 + 0.01 * k for k in range(count)]
        assert look(f, at, gradient=list(map(math.cos, at))).ok
        counts.append(len(calls) / count)
    assert counts[0] > 250.0
    assert counts[1] < 150.0
