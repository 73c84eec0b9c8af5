"""Gradient checks: bad input, and the report."""

import dataclasses
import html.parser
import math
import pickle
import random
import re

import pytest
from functions_to_check import CUBE, WRONG_CUBE, look, made, plain, slopes_of_plain

from autograd_lite import (
    StaleGraphError,
    Value,
    abs,  # noqa: A004  (the package's, which is in no star import)
    exp,
    log,
    maximum,
    relu,
    sigmoid,
    sin,
    step,
)
from autograd_lite.testing import CheckedSlope, GradientError, GradientReport, check_gradient

# --- bad input --------------------------------------------------------------------------------------------------------


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
        (lambda x: x, [1.0, 2.0], TypeError, "2 numbers: too many positional arguments; if it takes one list"),
        (lambda x, y: x, 1.0, TypeError, "1 number: missing a required argument: 'y'"),
        (lambda x, y: x, {"x": 1.0, "z": 2.0}, TypeError, "cannot be called with `at`, {x, z}"),
        (lambda p: p["x"], {"x": 1.0}, TypeError, "if it is the one argument, write at=[p] with the dict p"),
        (lambda x: [x, "1"], 1.0, TypeError, "the result for f[1]: expected a real number"),
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


def test_second_order_needs_a_graph_or_a_function():
    """Second derivatives of a function of floats with numbers for its gradient are an error with the remedy."""
    with pytest.raises(TypeError, match="needs a graph, or a gradient that is a function, but plain works on floats"):
        check_gradient(plain, [0.5, 3.0], gradient=slopes_of_plain(0.5, 3.0), second_order=True)


# --- the report -------------------------------------------------------------------------------------------------------


def test_the_error():
    """A wrong gradient raises an AssertionError whose message is the report; it can be pickled."""
    with pytest.raises(AssertionError) as caught:
        check_gradient(math.sin, 1.0, gradient=-0.5)
    error = caught.value
    assert isinstance(error, GradientError)
    assert str(error) == str(error.report)
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
    assert list(row) == ["wrt", "at", "got", "expected", "uncertainty", "units", "verdict", "note", "found_above"]
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
