"""What is shown is proven: every formula beside a number, evaluated as text, gives it; so do sums and products."""

import math
import re

import evaluating
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import build, programs

from autograd_lite import Value, explain, formula, maximum, topological
from autograd_lite.text import STYLES
from autograd_lite.text.formulas import notation
from autograd_lite.text.reading import derivative_name

LABELS = st.sets(st.integers(0, 40))


class Shown:
    """A graph, and what is shown of it: texts beside the numbers that they have to give."""

    def __init__(self, y, x):
        self.y, self.x = y, x
        self.why, self.whole = explain(y, x, limit=5), explain(y, topological(y))
        names = self.why.graph.names
        self.names = names
        gradients = self.whole.graph.gradients()
        self.known = {name: node.data for node, name in names.items()}
        for node, slope in gradients.items():
            name = derivative_name(y, node, names)
            if name is not None:
                self.known[name] = slope
        sizes = [abs(x) for x in (*self.known.values(), *(f.value for f in self.why.factors)) if math.isfinite(x)]
        self.scale = 1.0 + max(sizes) ** 2

    def values(self, style):
        """The number behind every name, by its text in a style."""
        texts = notation(style).names(list(self.known))
        return {"".join(texts[name].text): number for name, number in self.known.items()}

    def formulas(self):
        """Every formula that is shown, in every style, with its number and what defines names in it."""
        for style in STYLES:
            yield style, formula(self.y, style=style), self.y.data
            yield style, formula(self.y, self.x, style=style), self.why.gradient
            yield style, self.why.written(style), self.why.gradient
            for factor in self.why.factors:
                yield style, factor.written(style), factor.value
            for step in self.whole:
                yield style, step.written(style), step.gradient
            for shown in (self.why, self.whole):
                for text in shown.definitions(style):
                    yield style, text, None
        for row in self.why.rows():
            yield "plain", row["formula"], row["value"]
        for row in self.whole.rows():
            yield "plain", row["formula"], row["local"]

    def printed(self):
        """The formulas that stand in printed text, with what is printed beside them."""
        for line in str(self.why).splitlines():
            found = re.fullmatch(r"  ∂.*?/∂.*?(?: \(\w+\))? += (.*?) += +(\S+)", line)
            if found and "local derivatives" in str(self.why):
                yield found[1], found[2]


EVALUATE = {style: getattr(evaluating, style) for style in STYLES}


def check(shown):
    """Evaluate everything that is shown of a graph."""
    values = {style: shown.values(style) for style in STYLES}
    for style, text, number in shown.formulas():
        if not text:
            continue
        due = defined(style, text, values[style]) if number is None else number
        got = float(EVALUATE[style](text, values[style]))
        assert math.isclose(got, due, rel_tol=1e-9, abs_tol=1e-11 * shown.scale), (style, text, got, due)
    for step in shown.whole:
        agrees(step.numbers())
    lines = str(shown.why).splitlines()
    for line in lines[lines.index("paths") :] if "paths" in lines else ():
        if " × " in line and "…" not in line:
            agrees(line.strip())


def defined(style, text, values):
    """The number of what a definition defines: the last thing in Python, else the first."""
    line = text.splitlines()[-1 if style == "python" else 0]
    if "\\begin{aligned}" in line:
        line = text.splitlines()[1]
    starts = [name for name in values if re.match(r"(<[^m/]*m(ath|row|table|tr|td)[^>]*>|[\s&])*" + re.escape(name), line)]
    return values[max(starts, key=len)]


def agrees(text):
    """Whether a calculation comes out, within what its rounded numbers leave open."""
    found = evaluating.sums(text)
    assert found.right, (text, found)


@given(programs(8), LABELS, st.data())
def test_every_formula_gives_its_number(steps, labels, data):
    """Formulas of nodes, gradients, local derivatives, worked steps and definitions give the number beside them."""
    nodes = build(steps)
    for k in labels & set(range(len(nodes))):
        nodes[k].label = f"n{k}"
    check(Shown(nodes[-1], data.draw(st.sampled_from(nodes))))


def labelled(**nodes):
    """Label nodes by name."""
    for name, node in nodes.items():
        node.label = name


def coefficients():
    """Numbers as factors on either side, of either sign, and a weight decay."""
    x, w = Value(0.7, "x"), Value(-1.5, "w")
    n, m = 3.0 * x, -5.0 * x
    labelled(n=n, m=m)
    product = n * m
    labelled(product=product)
    y = product + 0.05 * w**2 + w * x
    labelled(y=y)
    return y


def skips():
    """A swish, a residual connection, and a square that is used again: paths by way of other labelled nodes."""
    x = Value(1.0, "x")
    s = x.sigmoid()
    labelled(s=s)
    swish = x * s
    labelled(swish=swish)
    h = swish + swish.tanh()
    labelled(h=h)
    square = h * h
    labelled(square=square)
    y = square * h + x
    labelled(y=y)
    return y


def alike():
    """Nodes of one label, labels that are no words, leaves without any."""
    a, b, c = Value(2.0, "h"), Value(3.0, "h"), Value(0.25)
    d = a * b
    labelled(**{"d e": d})
    y = maximum(d, c * a) / b
    labelled(**{'y"': y})
    return y


@pytest.mark.parametrize("graph", [coefficients, skips, alike])
def test_every_formula_of(graph):
    """Coefficients and signs are kept, other named nodes are held, names are told apart."""
    y = graph()
    for x in topological(y):
        check(Shown(y, x))
