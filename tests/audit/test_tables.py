"""Claims: the table and its report, its size, bad input."""

import copy
import math
import re
import xml.etree.ElementTree as ET
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from claimed import network, texts

from autograd_lite import (
    StaleGraphError,
    Value,
    detect_anomaly,
    formula,
    grad,
    named,
    sigmoid,
    tanh,
)
from autograd_lite.audit import check_claims

# --- the table --------------------------------------------------------------------------------------------------------


def test_missing_and_extra():
    """What was asked for and not claimed is missing; what was claimed beside it is said; nothing asked, all is well."""
    net, y = network()
    g = {w.label: grad(y, w).data for w in net.weights}
    some = {name: g[name] for name in ("w5", "w6")}
    report = check_claims(y, some)
    assert report.ok
    assert report.unclaimed == ("w1", "w2", "w3", "w4", "w7", "w8")
    assert "Nothing is claimed of w1, w2, w3, w4, w7 and w8." in str(report)
    report = check_claims(
        y, some | {"a_h1": grad(y, "a_h1").data, "w7": None, "w8": " "}, wrt=["w5", "w6", "w7", "w8", "w1"]
    )
    assert not report.ok
    assert [(c.name, c.verdict) for c in report] == [
        ("w5", "right"),
        ("w6", "right"),
        ("a_h1", "right"),
        ("w7", "missing"),
        ("w8", "missing"),
        ("w1", "missing"),
    ]
    assert report.extra == ("a_h1",)
    assert report.score == "3 of 6 right"
    assert check_claims(y, {}, wrt="w5")["w5"].verdict == "missing"


def test_names_of_rows():
    """Rows are named by label, node, derivative or Python name; what is not there is a row that says so."""
    _, y = network()
    g = grad(y, "w5").data
    for name in ("w5", "∂E_total/∂w5", "dE_total/dw5", "dE_total_dw5", named(y)["w5"]):
        report = check_claims(y, {name: g})
        assert report.ok
        assert report["w5"].node is named(y)["w5"]
    x = Value(2.0, "my weight")
    assert check_claims(x * 3.0, {"my_weight": 3})
    report = check_claims(y, {"w55": 1, "W5": g})
    assert [c.verdict for c in report] == ["no such name"] * 2
    assert "did you mean w5?" in str(report)


def test_the_gradient_itself():
    """A formula that names the gradient in question says nothing; other derivatives may be used by name."""
    _, y = network()
    for claim in ("∂E_total/∂w5", "dE_total/dw5 * 1"):
        row = check_claims(y, {"w5": claim})["w5"]
        assert row.verdict == "not readable"
        assert "instead of saying what that is" in row.note
    assert check_claims(y, {"w5": "∂E_total/∂o1 * a_h1", "w6": "dE_total/do1 * do1/dw6"})


def test_two_nodes_of_one_label():
    """A label of two nodes is not guessed at."""
    a, b = Value(2.0, "x"), Value(5.0, "x")
    y = a * b
    report = check_claims(y, {"x": 5})
    assert report["x"].verdict == "no such name"
    assert "2 nodes have this label" in report["x"].note
    assert check_claims(y, {a: 5, b: 2, "x (2)": 2.0})


def test_no_dependence():
    """A node that the result does not depend on has the gradient 0, and that is said."""
    y, q = Value(2.0, "a") * 3.0, Value(1.0, "q")
    assert check_claims(y, {q: 0})
    row = check_claims(y, {q: 3})[q]
    assert row.verdict == "wrong"
    assert "does not depend on this node" in row.note


def test_report_as_data():
    """Rows are found by name and node, iterated over, and given as dicts; the report is true if all is right."""
    net, y = network()
    report = check_claims(y, {"w5": 0.0129, "w3": "w9"})
    assert len(report) == 2
    assert [claim.name for claim in report] == ["w5", "w3"]
    assert report[net["w5"]] is report["w5"]
    assert report["w5"].ok
    assert report.right == 1
    assert report.rows()[0]["verdict"] == "right"
    assert set(report.rows()[0]) == {"name", "claimed", "value", "gradient", "verdict", "note", "mistakes", "formula"}
    assert report["w5"].gradient == grad(y, "w5").data
    with pytest.raises(KeyError, match="no row 'w4'"):
        report["w4"]
    assert bool(check_claims(y, {"w5": 0.0129})) is True
    assert bool(report) is False
    assert repr(report) == "<ClaimsReport of E_total: 1 of 2 right>"


def test_printed_table():
    """The table lines up its columns by the decimal point, and says below what is not right."""
    _, y = network()
    report = check_claims(y, {"w5": "0.0129", "w6": "-0.012976", "w4": "a_h9"})
    lines = str(report).splitlines()
    assert lines[:6] == [
        "Gradients of E_total: 1 of 3 right",
        "",
        "        claimed     gradient",
        "  w5   0.0129    0.012881     right, to 3 digits",
        "  w6  −0.012976  0.01297608   wrong",
        "  w4       a_h9  0.000703553  not readable",
    ]
    assert "w6: wrong" in lines
    assert "  explained: the sign is wrong" in lines
    assert "  the name 'a_h9' is not known; did you mean a_h2?" in lines or any("a_h" in x for x in lines)
    html = report._repr_html_()
    ET.fromstring(html)
    for word in ("1 of 3 right", "the sign is wrong", "not readable"):
        assert word in html


HOSTILE = [
    "<script>alert(1)</script>",
    '"; drop\n',
    "\u202eevil",
    "a" * 100_000,
    "=cmd|",
    "$x$",
    "{0}",
    "]]>",
    "\x1b[31m",
    " ",
]


def test_hostile_labels():
    """Labels are text in every part of the report: nothing in them is markup, ends a line or fills pages."""
    nodes = [Value(0.3 + k / 7, label) for k, label in enumerate(HOSTILE)]
    y = nodes[0]
    for node in nodes[1:]:
        y = sigmoid(y * node + node)
        y.label = f"<b>{node.label[:5]}"
    claims = {x: grad(y, x).data * (1.01, -1.0, 2.0)[k % 3] for k, x in enumerate(nodes)}
    report = check_claims(y, claims | {"<img src=x>": 3, "\x1b[0m": "<u>\u202e"})
    assert not report
    text, html = str(report), report._repr_html_()
    for shown in (text, html):
        assert not set("\u202e\x1b") & set(shown)
        assert len(shown) < 60_000
        assert max(map(len, text.splitlines())) < 1000
    ET.fromstring(html)
    assert f"\n  {'a' * 39}…  " in text
    for tag in ("<script", "<img", "<u>", "<b>a"):
        assert tag not in html
    for style in ("plain", "python"):
        assert check_claims(y, {x: formula(y, x, style=style) for x in nodes if len(x.label) < 1000})


def test_nothing_is_changed():
    """The graph keeps its data, gradients and labels, and no node is added to it."""
    net, y = network()
    y.backward()
    before = {name: (x.data, x.grad, x.label) for name, x in named(y).items()}
    check_claims(y, {"w3": texts()["w3"].replace("a_h2", "a_h1"), "w4": 0.1, "w5": grad(y, "w5")}, wrt=net.weights)
    assert {name: (x.data, x.grad, x.label) for name, x in named(y).items()} == before
    fresh = network()[1]
    check_claims(fresh, {"w3": 1.0})
    assert not any(node.has_grad for node in named(fresh).values())


def test_inside_detect_anomaly():
    """A NaN at the points around is no anomaly of the user's."""
    with detect_anomaly():
        x = Value(0.01, "x")
        y = (x.log() + 5.0).sqrt()
        assert check_claims(y, {"x": formula(y, x)})
        assert not check_claims(y, {"x": "1 / x"})
        assert not check_claims(y, {"x": "sqrt(log(x))"})


def test_the_same_report_each_time():
    """Two runs say the same, digit for digit."""
    claims = {"w3": texts()["w3"].replace("a_h2", "a_h1"), "w4": "0.00070", "w1": "w5 * a_h1 * 0.5"}
    assert str(check_claims(network()[1], claims)) == str(check_claims(network()[1], claims))
    assert str(check_claims(copy.deepcopy(network()[1]), claims)) == str(check_claims(network()[1], claims))


def test_second_derivatives():
    """The result may be a gradient itself."""
    x = Value(0.7, "x")
    y = tanh(x)
    y.label = "y"
    dy = grad(y, x)
    assert check_claims(dy, {"x": "-2 * y * (1 - y^2)"})
    assert check_claims(dy, {"x": grad(dy, x)})
    assert not check_claims(dy, {"x": "2 * y * (1 - y^2)"})


def test_unlabelled_graph():
    """Where nothing has a label, nodes are claimed of as nodes, and formulas use the names that formula() gives."""
    a, b = Value(2.0), Value(3.0)
    y = a * b + a
    assert check_claims(y, {a: 4, b: 2.0})
    assert check_claims(y, {a: formula(y, a), b: formula(y, b)})
    assert not check_claims(y, {a: formula(y, b)})


# --- size -------------------------------------------------------------------------------------------------------------


def test_many_paths():
    """2**200 paths are no hindrance: right and wrong claims are told apart, and no path is listed."""
    x = Value(1.0, "x")
    y = x
    for k in range(200):
        y = y + y
        y.label = f"h{k}"
    assert check_claims(y, {"x": 2**200, "h100": "2^99"})
    assert check_claims(y, {"x": 2.0**200})
    report = check_claims(y, {"x": -(2.0**200), "h100": "2^98"})
    assert report["x"].mistakes[0].text == "the sign is wrong"
    assert report["h100"].verdict == "wrong"
    assert len(str(report)) < 5000


def test_deep_and_wide_graphs():
    """Deep and wide graphs are checked without recursion; explanations are given up in time."""
    x = Value(0.5, "x")
    y = x
    for _ in range(20_000):
        y = y * 1.00001
    report = check_claims(y, {"x": grad(y, x).data, "y": 1})
    assert report["x"].ok
    assert not check_claims(y, {"x": 3.0})
    weights = [Value(0.1 + k % 7, f"w{k}") for k in range(100)]
    total = weights[0]
    for a, b in pairwise(weights):
        total = total + tanh(a * b)
    total.backward()
    report = check_claims(total, {w: w.grad + 1.0 for w in weights})
    assert report.right == 0


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda y: check_claims(3.0, {"a": 1}), TypeError, "takes the result as a node (Value), got float"),
        (lambda y: check_claims(y, [1, 2]), TypeError, "claims are a dict such as {'w5': 0.0822}, got list"),
        (lambda y: check_claims(y, {}), ValueError, "there are no claims to check"),
        (lambda y: check_claims(y, {1: 2.0}), TypeError, "claims are given by name (str) or node (Value), got int 1"),
        (lambda y: check_claims(y, {"a": 1}, wrt="c"), ValueError, "no node of the graph has the label 'c'"),
        (lambda y: check_claims(y, {"a": 1}, wrt=3), TypeError, "expected a list of labels or nodes, got int"),
        (lambda y: check_claims(y, {"a": 1}, held=[None]), TypeError, "expected a node (Value) or the label"),
        (lambda y: check_claims(y, {"a": 1}, held=[y]), ValueError, "is computed; what can be held are leaves"),
        (lambda y: check_claims(y, {"a": 1}, digits=0), ValueError, "an int from 1 to 17, got 0"),
        (lambda y: check_claims(y, {"a": 1}, rtol=-1.0), ValueError, "rtol is a number from 0 on, got -1.0"),
        (lambda y: check_claims(y, {"a": 1}, atol=math.nan), ValueError, "atol is a number from 0 on, got nan"),
        (lambda y: check_claims(y, {"a": 1}, lr="x"), TypeError, "expected a real number"),
    ],
)
def test_bad_input(call, error, message):
    """What cannot be checked is an error that says what came and what is valid."""
    y = Value(2.0, "a") * Value(3.0, "b")
    with pytest.raises(error, match=re.escape(message)):
        call(y)


@pytest.mark.parametrize(
    ("claim", "note", "shown"),
    [
        ([3.0], "SCALAR, got list; NODE", "(list)"),
        ((3.0,), "SCALAR, got tuple; NODE", "(tuple)"),
        (np.array([3.0]), "SCALAR, got ndarray; NODE", "(ndarray)"),
        (True, "expected a number, got bool; NODE", "(bool)"),
        (np.True_, "expected a number, got bool; NODE", "(bool)"),
        (3j, "SCALAR, got complex 3j; NODE", "(complex)"),
        (b"3", "SCALAR, got bytes b'3'; NODE", "(bytes)"),
        (10**400, "this int is beyond the largest float, 1.797e+308", "(int)"),
        (Decimal("sNaN"), "cannot convert signaling NaN to float", "(Decimal)"),
        (type("T" * 1000, (), {})(), "got TTT", "TTTT…)"),
        ([3.0] * 1_000_000, "got list", "(list)"),
    ],
)
def test_claims_that_are_no_numbers(claim, note, shown):
    """A claim of a type that is no number is a row that is not readable, with the type; the other rows are checked."""
    y = Value(2.0, "a") * Value(3.0, "b")
    note = note.replace("SCALAR", "expected a real number (int, float, NumPy scalar, Fraction, Decimal)")
    note = note.replace("NODE", "a claim may also be a formula (str) or a node (Value)")
    report = check_claims(y, {"a": claim, "b": 2.0, "c": claim, Value(1.0, "d"): claim})
    assert [row.verdict for row in report] == ["not readable", "right", "no such name", "not readable"]
    assert note in report["a"].note
    assert note in report["d"].note
    assert (report["a"].value, report["a"].gradient) == (None, 3.0)
    text = str(report)
    assert text.count(shown) == 3
    assert len(text) < 5000
    assert shown in report._repr_html_()
    assert report.rows()[0]["claimed"] is claim


def test_stale_graph():
    """A graph whose leaves were changed after it was computed is not checked."""
    a = Value(2.0, "a")
    y = a * a
    a.data = 3.0
    with pytest.raises(StaleGraphError):
        check_claims(y, {"a": 4.0})


def test_absolute_bars():
    """|x| of a graph is written with bars, and read so."""
    x, z = Value(-2.0, "x"), Value(0.5, "z")
    y = abs(abs(x) - z) * x
    assert check_claims(y, {"x": formula(y, x), "z": formula(y, z)})


def test_zero_where_the_gradient_is_rounding():
    """A claim of 0 is right where the gradient is 0 but for the rounding of its parts, however it is written."""
    w, x = Value(2.0, "w"), Value(0.7, "x")
    y = w * (x / 49.0 * 49.0) - w * x
    assert y.data == 0.0 or abs(y.data) < 1e-15
    for zero in ("0", "0.0", 0, 0.0):
        assert check_claims(y, {"x": zero}).ok


def test_what_is_said_of_a_claim_that_is_off_in_late_digits():
    """A number in double precision that is off in its twelfth digit is not taken for one in single precision."""
    x = Value(0.3, "x")
    y = x.exp()
    report = check_claims(y, {"x": y.data * (1.0 + 1e-11)})
    assert not report.ok
    assert "10 digits agree" in str(report)
    assert "single precision" not in str(report)


@pytest.mark.parametrize("key", ["∂E/∂w", "dE/dw", "∂E1/∂w"])
def test_a_derivative_of_something_else(key):
    """A row named as the derivative of another quantity is told what the result is called."""
    w = Value(2.0, "w")
    y = w * 3.0
    y.label = "E_total"
    report = check_claims(y, {key: 3.0})
    assert not report.ok
    assert "the result is E_total, not E" in str(report)
