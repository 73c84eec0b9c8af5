"""Gradient checks: a wrong operation is found and named."""

import dataclasses
import math
import re

import pytest
from functions_to_check import CUBE, PLACES, WRONG_CUBE, look, made, verdicts

from autograd_lite import (
    Value,
    abs,  # noqa: A004  (the package's, which is in no star import)
    exp,
    maximum,
    relu,
    sin,
    step,
    tanh,
)
from autograd_lite.engine.ops import ANY, OPS
from autograd_lite.testing import check_gradient

# --- wrong operations -------------------------------------------------------------------------------------------------


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
        remark = (
            f"In the graph of ∂f/∂x every slope is right, but {kink} is at a kink, where the conventions for slopes"
        )
        assert remark in str(report)
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
    monkeypatch.setattr("autograd_lite.testing.gradients.operation_slopes.LIMIT", 2)
    frozen = made("frozen", lambda x: x**3, lambda y, x: 3.0 * getattr(x, "data", x) ** 2 * (x / x))
    report = look(lambda x: frozen(x) * 2.0, 1.5, second_order=True)
    assert report.remarks == ("In the graph of ∂f/∂x every slope of the first 2 operations on the way is right.",)


@pytest.mark.parametrize("f", [lambda x: sin(x) / x, lambda x: (exp(x) - 1.0) / x])
def test_a_slope_that_loses_its_digits(f):
    """Where rounding explains what reverse mode is off by, the report says so, and which rtol allows it."""
    report = look(f, 1e-5)
    assert verdicts(report) == ["wrong"]
    (remark,) = report.remarks
    assert "the rounding of its steps makes that much of the slope, which rtol=" in remark
    assert check_gradient(f, 1e-5, rtol=float(re.search(r"rtol=(\S+) allows", remark)[1]))


def test_a_slope_that_rounding_does_not_explain():
    """Nothing is said of rounding if it does not explain the slope, is more than all of it, or nobody can tell."""
    one = made("one", lambda x: x, lambda y, x: math.copysign(1.0, x))  # its slope works on floats only
    for f, x in ((lambda x: sin(x) / x, 3e-8), (lambda x: sin(x) / one(x), 1e-5)):
        report = look(f, x)
        assert verdicts(report) == ["wrong"]
        assert report.remarks[0].endswith("and the graph computes what f does.")
    report = look(lambda x: x * x, 1.5, gradient=3.0 * (1.0 + 5e-10))
    assert verdicts(report) == ["wrong"]
    assert report.remarks[0].endswith("and reverse mode gives 3.0. It is the gradient given that is wrong.")
