"""What is shown is proven: every formula beside a number, evaluated as text, gives it; so do sums and products."""

import html
import itertools
import math
import re
import sys

import evaluating
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import build, programs
from thorough import some
from web_formulas import seen, seen_html

from autograd_lite import Value, draw, explain, formula, maximum, topological
from autograd_lite.audit import check_claims
from autograd_lite.cli.app import run
from autograd_lite.examples import EXAMPLES, NetworkExample
from autograd_lite.losses import (
    binary_cross_entropy,
    binary_cross_entropy_from_logits,
    half_squared_error,
    mean_squared_error,
)
from autograd_lite.nn import Network
from autograd_lite.pages import NetworkStudy, ScalarStudy
from autograd_lite.pages.document import Code, Formula, Table
from autograd_lite.pages.sections import LAYERS, network_page, scalar_page
from autograd_lite.text import STYLES
from autograd_lite.text.formulas import notation
from autograd_lite.text.indexed import indexed
from autograd_lite.text.reading import derivative_name
from autograd_lite.text.web import as_html
from autograd_lite.text.writing import Texts
from autograd_lite.train import data_loss

LABELS = st.one_of(st.just([True]), st.just([False]), st.lists(st.booleans(), min_size=4, max_size=12))
"""Which nodes have labels, again and again: all, none, or some."""


class Shown:
    """A graph, and what is shown of it: texts beside the numbers that they have to give."""

    def __init__(self, y, x, called="labels"):
        self.y, self.x, self.called = y, x, called
        self.why, self.whole = explain(y, x, limit=5, names=called), explain(y, topological(y), names=called)
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
        texts = Texts(notation(style), self.known)
        return {texts.text(name): number for name, number in self.known.items()}

    def formulas(self):
        """Every formula that is shown, in every style, with its number and what defines names in it."""
        for style in STYLES:
            yield style, formula(self.y, style=style, names=self.called), self.y.data
            yield style, formula(self.y, self.x, style=style, names=self.called), self.why.gradient
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
        if style == "mathml":
            assert seen_html(as_html(text)) == seen(text)
    check_text(str(shown.why), values["plain"], shown.scale)
    check_text(str(shown.whole), values["plain"], shown.scale)
    check_picture(draw.gradient(shown.y, shown.x).source)


def check_text(text, values, scale):
    """Evaluate what is printed of an explanation: formulas beside numbers, and calculations with rounded numbers."""
    checked = 0
    lines = text.splitlines()
    for k, line in enumerate(lines):
        row = re.fullmatch(r"  (?:∂.*?/∂.*?(?: \((?:left|right|direct)\))?) += (.*?) += +([-−+.\de]+)", line)
        if row and row[1] != "…":
            within(float(evaluating.plain(row[1], values)), row[2], scale)
            checked += 1
        elif re.match(r" +(.*×.* |)= [-−+.\de(]", line):
            agrees(line.strip().removeprefix("= "))
            if lines[k - 1].startswith("∂"):
                within(float(evaluating.plain(lines[k - 1], values)), line.rpartition(" = ")[2], scale)
            checked += 1
        elif line.startswith("  sum, "):
            agrees(" + ".join(products(lines[:k])) + f" = {line.rpartition(' = ')[2].strip()}")
    return checked


def products(lines):
    """The products of the paths that are printed before the sum."""
    return [f"({line.rpartition(' = ')[2].strip()})" for line in lines[lines.index("paths") :] if " = " in line]


def within(number, printed, scale):
    """Whether a number rounds to what is printed."""
    low, high = evaluating.sums(printed)[:2]
    room = 1e-11 * scale
    assert math.isnan(number) or low - room <= number <= high + room, (number, printed)


def check_picture(source):
    """Multiply and add up what the table of a gradient's picture says."""
    table = source[source.index("label=<<TABLE") : source.index("node [")]
    texts = [text for x in re.findall(r">([^<>]+)</FONT>", table) if (text := html.unescape(x).strip())]
    parts = [k for k, text in enumerate(texts) if re.fullmatch(r"path \d+", text)] + [len(texts)]
    sums = []
    for start, end in itertools.pairwise(parts):
        row = texts[start:end]
        numbers = [text for text in row[: row.index("=") + 2] if re.fullmatch(r"[-−+.\de]+|inf|nan|[+−]inf", text)]
        agrees(" × ".join(f"({x})" for x in numbers[:-1]) + f" = {numbers[-1]}")
        sums.append(f"({numbers[-1]})")
    if "more path" not in table and sums:
        total = texts[len(texts) - texts[::-1].index("=")]
        agrees(" + ".join(sums) + f" = {total}")


def defined(style, text, values):
    """The number of what a definition defines: the last thing in Python, else the first."""
    line = text.splitlines()[-1 if style == "python" else 0]
    if "\\begin{aligned}" in line:
        line = text.splitlines()[1]
    starts = [
        name for name in values if re.match(r"(<[^m/]*m(ath|row|table|tr|td)[^>]*>|[\s&])*" + re.escape(name), line)
    ]
    return values[max(starts, key=len)]


def agrees(text):
    """Whether a calculation comes out, within what its rounded numbers leave open."""
    equations = evaluating.sums(text)
    assert equations.right, (text, equations)


@pytest.mark.thorough
@given(programs(8), LABELS, st.data())
def test_every_formula_gives_its_number(steps, labels, data):
    """Formulas of nodes, gradients, local derivatives, worked steps and definitions give the number beside them."""
    nodes = build(steps)
    for k, (node, has) in enumerate(zip(nodes, itertools.cycle(labels), strict=False)):
        node.label = f"n{k}" * has
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


@pytest.mark.thorough
@pytest.mark.parametrize("biases", some(["layer", "none", "neuron"], 3))
@pytest.mark.parametrize(
    ("sizes", "activations", "loss"),
    [
        ([2, 2, 2], "sigmoid", half_squared_error),
        ([1, 2, 2, 1], ["tanh", "relu", "sigmoid"], binary_cross_entropy),
        ([1, 10, 1], ["softplus", "linear"], mean_squared_error),
        ([2, 1], "linear", binary_cross_entropy_from_logits),
        ([1, 1, 1], ["sin", "tanh"], half_squared_error),
    ],
)
def test_every_formula_of_a_network_by_indices(sizes, activations, loss, biases):
    """Names with indices, in every style, stand for the numbers of their nodes, with one sample and with two."""
    net = Network(sizes, activation=activations, biases=biases, seed=5)
    sample = [0.3, -0.8][: sizes[0]], [0.25, 0.75][: sizes[-1]]
    y = data_loss(net, [sample] * (2 if len(net.weights) < 9 else 1), loss)
    check(Shown(y, (net.biases or net.weights)[0], "index"))


# --- what prints explanations --------------------------------------------------------------------------------------


def root_of(example):
    """The result of an example."""
    return (NetworkStudy(example) if isinstance(example, NetworkExample) else ScalarStudy(example)).root


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_command_line(name, capsys, monkeypatch):
    """What `explain` prints of every example, and of each of its weights and inputs, is true."""
    root = root_of(EXAMPLES[name]())
    shown = Shown(root, root)
    values = shown.values("plain")
    for arguments in ([], *([x.label] for x in topological(root) if x.op is None and x.label)):
        monkeypatch.setattr(sys, "argv", ["autograd-lite", "explain", name, *arguments])
        assert run() == 0
        assert check_text(capsys.readouterr().out, values, shown.scale) > 0


def blocks(sections):
    """What stands in sections and their parts."""
    for section in sections:
        yield from section.blocks
        yield from blocks(section.parts)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_report(name):
    """Every formula, worked step and table of paths in the report of every example is true."""
    example = EXAMPLES[name]()
    network = isinstance(example, NetworkExample)
    study = NetworkStudy(example, epochs=3) if network else ScalarStudy(example)
    sections = (network_page if network else scalar_page)(study, 1)
    shown = Shown(study.root, study.root)
    values, typeset = shown.values("plain"), shown.values("mathml")
    checked = 0
    for block in blocks(section for section in sections if section.title != LAYERS):
        if isinstance(block, Formula):
            slope = shown.known[next(name for name in shown.known if block.text.startswith(written(name)))]
            assert math.isclose(float(evaluating.plain(block.text, values)), slope, rel_tol=1e-9)
            assert math.isclose(float(evaluating.mathml(block.mathml, typeset)), slope, rel_tol=1e-9)
        elif isinstance(block, Code):
            check_text(block.text, values, shown.scale)
        elif isinstance(block, Table) and block.caption == "The forward pass":
            for quantity, text, _, number, _ in block.rows:
                assert number.exact == values[quantity.text]
                assert math.isclose(float(evaluating.plain(text.text, values)), number.exact, rel_tol=1e-9)
        elif isinstance(block, Table) and block.caption.endswith("by paths"):
            *paths, total = block.rows
            for _, factors, product in paths:
                if factors.text:  # not of the other paths together
                    agrees(f"{factors.text.replace('-', '−')} = {product.text}".replace("-", "−"))
            agrees(f"{' + '.join(f'({row[2].text})' for row in paths)} = {total[2].text}".replace("-", "−"))
        checked += isinstance(block, (Formula, Table))
    assert checked > 2


@pytest.mark.parametrize("name", [name for name in EXAMPLES if isinstance(EXAMPLES[name](), NetworkExample)])
def test_the_report_in_the_notation_of_courses(name):
    """Each weight stands beside its indices; the equations are those of the layerwise pass, proven in its tests."""
    study = NetworkStudy(EXAMPLES[name](), epochs=1)
    section = next(section for section in network_page(study, 1) if section.title == LAYERS)
    table = section.blocks[-1]
    for (label, index, value, slope), w in zip(table.rows, study.net.weights, strict=True):
        layer, neuron, k = study.net.index(label.text)
        assert index.text == indexed("w", layer, neuron, k)
        assert (label.text, value.exact, slope.exact) == (w.label, w.data, w.grad)
    shown = [block.text for part in section.parts for block in part.blocks if isinstance(block, Formula)]
    forms = [explain(study.root, study.net.weights, form=form, lr=study.lr) for form in ("delta", "matrix")]
    assert shown == [f"{one.written()}\n{one.numbers()}" for form in forms for one in form]


def written(name):
    """A name in plain text, up to the equals sign."""
    return Texts(notation("plain"), [name]).text(name) + " = "


# --- claims --------------------------------------------------------------------------------------------------------


@pytest.mark.thorough
@given(programs(6), LABELS, st.data())
def test_right_formulas_of_claims(steps, labels, data):
    """The right formula beside a wrong claim, and the one that is put right, give the gradient."""
    nodes = build(steps)
    for k, (node, has) in enumerate(zip(nodes, itertools.cycle(labels), strict=False)):
        node.label = f"n{k}" * has
    y = nodes[-1]
    x = data.draw(st.sampled_from([node for node in nodes if node.op is None]))
    shown = Shown(y, x)
    wrong = [st.just(shown.why.gradient * 2.0 + 1.0), st.just(formula(y, x).partition(" = ")[2] or "1")]
    claimed = data.draw(st.one_of(wrong))
    if isinstance(claimed, str) and "\n" not in claimed:
        claimed = f"2 * ({claimed}) + 1"
    claim = check_claims(y, {x: claimed}).claims[0]
    values = shown.values("plain")
    repaired = [mistake.repaired for mistake in claim.mistakes if mistake.repaired]
    for text in [claim.formula, *repaired] if claim.verdict == "wrong" else []:
        if text:
            got = float(evaluating.plain(text, values))
            assert math.isclose(got, shown.why.gradient, rel_tol=1e-9, abs_tol=1e-11 * shown.scale), text
