"""Formulas as HTML, for notebooks that remove MathML."""

import xml.etree.ElementTree as ET

import pytest
from web_formulas import seen, seen_html

from autograd_lite import Network, Value, exp, formula, sqrt
from autograd_lite.engine.ops import OPS
from autograd_lite.text.web import as_html
from autograd_lite.train import data_loss

KEPT = {"span", "sub", "sup", "i", "div"}
"""Elements that notebooks keep, whether they trust an output or not."""


def leaves():
    """Three leaves."""
    return Value(0.5, "a"), Value(0.25, "b_1"), Value(2.0, "c2")


def named(node):
    """The node, called y."""
    node.label = "y"
    return node


def shared(a, b):
    """A part that is used twice, so that it is defined in a line of its own."""
    part = a * b + 1.0
    return part * part.exp()


FORMULAS = {
    "fraction": (lambda a, b, c: (a + b) / c, "y = (a + b_1)/c_2"),
    "power": (lambda a, b, c: (a - b) ** 2 - c, "y = (a − b_1)^2 − c_2"),
    "root": (lambda a, b, c: sqrt(a + c) * b, "y = √(a + c_2)\u2009⋅\u2009b_1"),
    "sign": (lambda a, b, c: -a * exp(-b) + c * -2.0, "y = −a\u2009⋅\u2009e^(−b_1) + c_2\u2009⋅\u2009(−2)"),
    "function": (lambda a, b, c: a.maximum(b).sigmoid() - c, "y = σ(max(a, b_1)) − c_2"),
}


@pytest.mark.parametrize("kind", FORMULAS)
def test_what_is_seen_and_what_is_copied(kind):
    """The eye sees what MathML shows; the text, copied or read aloud, is the formula in one line."""
    build, text = FORMULAS[kind]
    mathml = formula(named(build(*leaves())), style="mathml")
    html = as_html(mathml)
    assert seen_html(html) == seen(mathml)
    assert "".join(ET.fromstring(html).itertext()) == text
    assert {e.tag for e in ET.fromstring(html).iter()} <= KEPT


def test_names_by_indices():
    """An index and a layer are lowered and raised, as in MathML: b_2^(1), not b2(1)."""
    y = data_loss(Network([2, 2, 1], seed=1), [([0.1, 0.2], [0.5])])
    for name in ("w3", "b2"):
        mathml = formula(y, name, names="index", style="mathml")
        html = as_html(mathml)
        assert seen_html(html) == seen(mathml)
    assert "b_2^(1)" in "".join(ET.fromstring(html).itertext())


@pytest.mark.parametrize("name", OPS)
def test_operations_are_seen_as_in_mathml(name):
    """The formula and the slopes of every operation are seen as in MathML."""
    op = OPS[name]
    x = [Value(0.5, "x_1"), Value(0.25, "y2")][: op.arity]
    node = named(op(*x))
    for mathml in (formula(node, style="mathml"), *(formula(node, one, style="mathml") for one in x)):
        assert seen_html(as_html(mathml)) == seen(mathml)


def test_lines_and_labels():
    """Definitions follow in lines of their own; labels stay text, whatever is in them."""
    a, b = Value(0.5, "<i>&"), Value(2.0, "b c")
    mathml = formula(named(shared(a, b)), style="mathml")
    html = as_html(mathml)
    assert seen_html(html) == seen(mathml)
    assert len(ET.fromstring(html).findall("div")) == 2
    assert "<i>&" in "".join(ET.fromstring(html).itertext())
    assert as_html("") == ""


def test_deep_formulas():
    """A formula of fractions in fractions, deeper than Python nests calls, is written."""
    y = x = Value(0.5, "x")
    for _ in range(400):
        y = 1.0 / (y + 1.0)
    html = as_html(formula(named(y), style="mathml"))
    assert html.count("border-bottom") == 400
    assert x.label in html
