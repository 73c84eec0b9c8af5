"""The backward pass in errors δ and in matrices: every printed equation gives the number or matrix of `backward()`."""

import math
import re
import xml.etree.ElementTree as ET

import evaluating
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from web_formulas import seen, seen_html

import autograd_lite
from autograd_lite import Value, explain, named, topological
from autograd_lite.losses import (
    binary_cross_entropy,
    binary_cross_entropy_from_logits,
    half_squared_error,
    mean_squared_error,
)
from autograd_lite.nn import ACTIVATIONS, Network
from autograd_lite.text.formulas import STYLES
from autograd_lite.text.web import as_html
from autograd_lite.train import data_loss

NETWORKS = [
    ([2, 2, 2], ["sigmoid", "sigmoid"], "layer", half_squared_error, 1),
    ([3, 2, 3, 1], ["tanh", "relu", "sigmoid"], "neuron", binary_cross_entropy, 2),
    ([2, 4, 2], ["softplus", "linear"], "none", mean_squared_error, 3),
    ([2, 2], ["linear"], "layer", binary_cross_entropy_from_logits, 2),
    ([1, 1, 1, 1], ["sin", "linear", "tanh"], "layer", half_squared_error, 1),
    ([2, 3, 1], ["relu", "sigmoid"], "layer", binary_cross_entropy, 1),
]
"""Sizes, activations, biases, loss, samples."""


def network(sizes, activations, biases, loss, samples):
    """A network with biases that differ, and its loss, after `backward()`."""
    net = Network(sizes, activation=activations, biases=biases, seed=7)
    for k, b in enumerate(net.biases, 1):
        b.data = k / 16
    data = [([0.3 * k + 0.1 * s for k in range(1, sizes[0] + 1)], [0.25, 0.75][: sizes[-1]]) for s in range(samples)]
    y = data_loss(net, data, loss)
    y.backward()
    return net, y


# --- neuron by neuron ----------------------------------------------------------------------------------------------

SLOPES = {
    "σ": lambda z: (s := 1 / (1 + math.exp(-z))) * (1 - s),
    "tanh": lambda z: 1 - math.tanh(z) ** 2,
    "relu": lambda z: float(z > 0),
    "softplus": lambda z: 1 / (1 + math.exp(-z)),
    "sin": math.cos,
}
"""The derivatives of the activations."""


@pytest.mark.parametrize("names", ["labels", "index"])
@pytest.mark.parametrize("case", NETWORKS, ids=lambda case: f"{case[0]} {case[3].__name__}")
def test_deltas(case, names):
    """Each side of each equation, read in each style, gives what `backward()` left in the node; so do the numbers."""
    net, y = network(*case)
    shown = explain(y, form="delta", names=names, lr=0.5)
    grads = {node.grad for node in topological(y)}
    for one in shown:
        assert one.group == "updates" or one.value in grads
        for style in STYLES:
            texts = one.known.texts(style)
            values = {texts.text(name): x for name, x in one.known.values.items()}
            for side in one.sides(style)[1:]:
                assert math.isclose(scalar(style, side, values), one.value, rel_tol=1e-10, abs_tol=1e-14), (style, side)
        text = one.numbers()
        if " = " in text and not re.search(r"[a-zσ]\(|\^", text):
            assert evaluating.sums(text).right, text
        elif " = " in text:
            left = evaluating.plain(text.rpartition(" = ")[0], {})
            assert math.isclose(left, one.value, rel_tol=0.01, abs_tol=1e-3), text
    for p in net.parameters():
        name = net_name(shown, p, names)
        assert shown[f"∂E_total/∂{name}"].value == p.grad
        assert shown[name].value == p.data - 0.5 * p.grad


def net_name(shown, parameter, names):
    """What a parameter is called."""
    return next(k for k, node in autograd_lite.text.symbols(shown.root, names=names).items() if node is parameter)


def scalar(style, side, values):
    """The number of one side of an equation; f'(z) is looked up."""
    if style == "mathml":
        side = re.sub(r"<mi>([^<]*)</mi><mo>′</mo>(<mo>\(</mo>)(.*?)(<mo>\)</mo>)(?=<mo>|$)", slope_of(values), side)
        return float(evaluating.mathml(f"<math><mrow>{side}</mrow></math>", values))
    if style == "latex":
        side = re.sub(r"(\\[a-z]+|\\operatorname\{[a-z]+\})'\\left\((.*?)\\right\)", slope_of(values), side)
    elif style == "plain":
        side = re.sub(r"([a-zσ]+)'\(([^()]*)\)", slope_of(values), side)
    return float(getattr(evaluating, style)(side, values))


def slope_of(values):
    """What puts the number of f'(z) in place of its text."""

    def number(found):
        function = re.sub(r"\\operatorname\{(.*)\}", r"\1", found[1]).replace("\\sigma", "σ").lstrip("\\")
        name = found[3] if "<mo>" in found[0] else found[2]
        text = f"{SLOPES[function](float(values[name])):.17f}"
        return f"<mn>{text}</mn>" if "<mo>" in found[0] else text

    return number


def test_the_tutorial_in_deltas():
    """Mazur's example reads as it is taught."""
    net = Network([2, 2, 2], biases="none", weights=[0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55])
    shown = explain(data_loss(net, [([0.05, 0.1], [0.01, 0.99])]), "w5", form="delta", lr=0.5)
    assert [one.written() for one in shown] == [
        "δ_o1 = ∂E_total/∂o1 = (a_o1 - t1) * a_o1 * (1 - a_o1)",
        "δ_o2 = ∂E_total/∂o2 = (a_o2 - t2) * a_o2 * (1 - a_o2)",
        "δ_h1 = (w5 * δ_o1 + w7 * δ_o2) * σ'(h1) = (w5 * δ_o1 + w7 * δ_o2) * a_h1 * (1 - a_h1)",
        "δ_h2 = (w6 * δ_o1 + w8 * δ_o2) * σ'(h2) = (w6 * δ_o1 + w8 * δ_o2) * a_h2 * (1 - a_h2)",
        "∂E_total/∂w5 = δ_o1 * a_h1",
        "w5 ← w5 - η * ∂E_total/∂w5",
    ]
    assert r"\delta _{\mathit{o1}}" in shown["δ_o1"].written("latex") or r"\delta _{o1}" in shown["δ_o1"].written(
        "latex"
    )
    assert "  w5 ← w5 - η * ∂E_total/∂w5\n     = 0.4000 − 0.5000 × " in str(shown)


# --- matrices ------------------------------------------------------------------------------------------------------


class M:
    """A matrix or number, with the operations of the printed equations."""

    def __init__(self, x):
        self.x = np.asarray(x, dtype=float)

    def __matmul__(self, other):
        return M(self.x @ other.x if self.x.ndim and other.x.ndim else self.x * other.x)

    @property
    def T(self):  # noqa: N802
        """The transpose."""
        assert self.x.ndim == 2
        return M(self.x.T)


for _name, _f in {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide, "pow": np.power, "gt": np.greater,
}.items():  # fmt: skip
    setattr(M, f"__{_name}__", lambda self, other, f=_f: M(f(self.x, other.x)))
M.__neg__ = lambda self: M(-self.x)

FUNCTIONS = {
    "σ": autograd_lite.sigmoid, "tanh": np.tanh, "softplus": autograd_lite.softplus, "relu": autograd_lite.relu,
    "sin": np.sin, "cos": np.cos, "step": autograd_lite.step,
}  # fmt: skip


def matrices(style, side, known):
    """The matrix of one side of an equation, as a person reads it: written side by side is multiplied as matrices."""
    names = {}
    for name in sorted(known, key=len, reverse=True):
        names[f"N{len(names)}_"] = M(known[name])
        side = re.sub(rf"(?<![A-Za-z\\_]){re.escape(name)}(?![A-Za-z_])", f"N{len(names) - 1}_", side)
    side = {"plain": lambda x: x, "latex": of_latex, "mathml": of_mathml}[style](side)
    side = side.replace("ᵀ", ".T").replace("⊙", "*").replace("×", "*").replace("^", "**").replace("−", "-")
    side = re.sub(r"\[([^\[\]>]*) > 0\]", r"(\1 > 0)", side)
    side = re.sub(r"(\w+)'\(", lambda found: f"prime_{found[1]}(", side)
    side = re.sub(r"(?<![\w.])(\d+(?:\.\d+)?(?:e-?\d+)?)(?![\w.])", r"M(\1)", side)
    side = re.sub(r"(?<=[\w)]) +(?=[\w(])", " @ ", side)
    scope = {"M": M, "sum": lambda x: M(x.x.sum()), "row_sums": lambda x: M(x.x.sum(axis=1, keepdims=True)), **names}
    scope |= {name: lambda x, f=f: M(f(x.x)) for name, f in FUNCTIONS.items()}
    scope |= {f"prime_{name}": lambda x, f=f: M(np.vectorize(f)(x.x)) for name, f in SLOPES.items()}
    return eval(side, scope).x


def of_latex(side):
    """LaTeX as plain text."""
    for old, new in {
        r"\left(": "(", r"\right)": ")", r"\left[": "[", r"\right]": "]", r"\,": " ", r"\odot": "⊙", r"\times": "×",
        r"\sigma": "σ",
        r"^{\mathsf{T}}": "ᵀ", r"\tanh": "tanh", r"\sin": "sin", r"\cos": "cos", r"\operatorname{sum}": "sum",
        r"\operatorname{row sums}": "row_sums",
    }.items():  # fmt: skip
        side = side.replace(old, new)
    side = re.sub(r"\\operatorname\{(\w+)\}", r"\1", side)
    side = re.sub(r"\\t?frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))", side)
    side = re.sub(r"\{([^{}]*)\}\^\{(\d)\}", r"(\1)^\2", side)
    assert "\\" not in side, side
    return side


def of_mathml(side):
    """MathML as plain text."""
    return mathml_text(ET.fromstring(f"<mrow>{side}</mrow>"))


def mathml_text(part):
    parts = [mathml_text(x) for x in part]
    if part.tag == "mspace":
        return " "
    if part.tag == "mfrac":
        return f"(({parts[0]})/({parts[1]}))"
    if part.tag == "msup":
        return f"{parts[0]}ᵀ" if parts[1] == "T" else f"({parts[0]})^({parts[1]})"
    text = (part.text or "") + "".join(x + (part[k].tail or "") for k, x in enumerate(parts))
    spaced = {sign: f" {sign} " for sign in ">+⊙"}
    return (spaced | {"′": "'", "row sums": "row_sums", "−": " - ", "×": " × "}).get(text, text)


def expected(net, y):
    """Every matrix, from the nodes."""
    nodes = named(y)
    samples = sorted({found[1] for label in nodes if (found := re.fullmatch(r"o1(.*)", label))})
    table = {}
    for n, layer in enumerate(net.layers, 1):
        count = range(len(layer.weights))
        sums = np.array([[nodes[layer.sum_name(j) + s] for s in samples] for j in count])
        active = np.array([[nodes[layer.activation_name(j) + s] for s in samples] for j in count])
        up = "⁰¹²³⁴⁵"[n]
        of, grad = np.vectorize(lambda node: node.data), np.vectorize(lambda node: node.grad)
        table[f"z⁽{up}⁾"], table[f"δ⁽{up}⁾"] = of(sums), grad(sums)
        table[f"a⁽{up}⁾"], table[f"∂E_total/∂a⁽{up}⁾"] = of(active), grad(active)
        table[f"W⁽{up}⁾"], table[f"∂E_total/∂W⁽{up}⁾"] = layer.W - 0.5 * layer.dW, layer.dW
        if layer.biases:
            b, db = ((x if not x.shape else x[:, None]) for x in (layer.b, layer.db))
            table[f"b⁽{up}⁾"], table[f"∂E_total/∂b⁽{up}⁾"] = b - 0.5 * db, db
    return table


@pytest.mark.parametrize("case", NETWORKS, ids=lambda case: f"{case[0]} {case[3].__name__}")
def test_matrices(case):
    """Each side of each equation, read in each style, gives the matrix of the nodes' numbers and of `backward()`."""
    net, y = network(*case)
    shown = explain(y, form="matrix", lr=0.5)
    due = expected(net, y)
    assert {one.name for one in shown} <= set(due)
    assert len(shown) >= len(net.layers) * 5
    for one in shown:
        np.testing.assert_allclose(one.value, due[one.name], rtol=1e-12, atol=1e-15)
        assert np.shape(one.value) == np.shape(due[one.name])
        for style in ("plain", "latex", "mathml"):
            texts = one.known.texts(style)
            known = {texts.text(name): x for name, x in one.known.values.items()}
            for side in one.sides(style)[1:]:
                np.testing.assert_allclose(
                    matrices(style, side, known), one.value, rtol=1e-10, atol=1e-14, err_msg=side
                )


@pytest.mark.parametrize("case", NETWORKS, ids=lambda case: f"{case[0]} {case[3].__name__}")
def test_matrices_of_numbers(case):
    """What is shown in numbers comes out, as far as the rounded digits say; both sides of it, in LaTeX and MathML."""
    _, y = network(*case)
    for one in explain(y, form="matrix", lr=0.5):
        for style in ("latex", "mathml"):
            text = one.numbers(style)
            inside = text.removeprefix('<math displaystyle="true"><mrow>').removesuffix("</mrow></math>")
            for side in inside.split("<mo>=</mo>" if style == "mathml" else " = "):
                named_side, known = (from_latex if style == "latex" else from_mathml)(side)
                np.testing.assert_allclose(matrices(style, named_side, known), one.value, rtol=0.01, atol=1e-3)


def from_latex(side):
    """A calculation in LaTeX with a name for each matrix, and their numbers."""
    known = {}

    def name(found):
        key = f"X{chr(97 + len(known))}X"
        known[key] = [[number(x) for x in row.split("&")] for row in found[1].split(r"\\")]
        return key

    side = re.sub(r"\\begin\{bmatrix\}(.*?)\\end\{bmatrix\}", name, side)
    return re.sub(r" \\cdot 10\^\{(-?\d+)\}", r"e\1", side), known


def from_mathml(side):
    """A calculation in MathML with a name for each matrix, and their numbers."""
    known = {}

    def name(found):
        key = f"X{chr(97 + len(known))}X"
        rows = re.findall(r"<mtr>(.*?)</mtr>", found[0])
        known[key] = [[number(re.sub("<[^<>]*>", "", x)) for x in re.findall(r"<mtd>(.*?)</mtd>", row)] for row in rows]
        return f"<mi>{key}</mi>"

    side = re.sub("<mtable.*?</mtable>", name, side)
    return side.replace("e−", "e-"), known


def number(text):
    """A printed number."""
    return float(text.strip().replace("−", "-").replace(r" \cdot 10^{", "e").rstrip("}"))


@pytest.mark.parametrize("case", NETWORKS, ids=lambda case: f"{case[0]} {case[3].__name__}")
@pytest.mark.parametrize("form", ["matrix", "delta"])
def test_the_program(case, form):
    """The equations in Python are a program that computes the pass from the numbers that are given."""
    _, y = network(*case)
    shown = explain(y, form=form, lr=0.5)
    scope = {}
    exec(shown.written("python"), scope)
    for one in shown:
        if one is {x.left: x for x in shown}[one.left]:  # the last that has the name
            got = scope[one.known.texts("python").text(one.left)]
            np.testing.assert_allclose(got, one.value, rtol=1e-10, atol=1e-14)


@st.composite
def cases(draw):
    """A network of any depth, its loss, and how many samples."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    names = st.sampled_from(sorted(ACTIVATIONS))
    activations = draw(st.lists(names, min_size=len(sizes) - 1, max_size=len(sizes) - 1))
    losses = [half_squared_error, mean_squared_error]
    losses += {"sigmoid": [binary_cross_entropy], "linear": [binary_cross_entropy_from_logits]}.get(activations[-1], [])
    sizes[-1] = min(sizes[-1], 2)  # there are two targets
    biases = draw(st.sampled_from(["none", "layer", "neuron"]))
    return sizes, activations, biases, draw(st.sampled_from(losses)), draw(st.integers(1, 2))


@pytest.mark.thorough
@settings(max_examples=max(5, settings.default.max_examples // 20))
@given(cases(), st.sampled_from(["labels", "index"]))
def test_any_network(case, names):
    """All that holds of the networks above holds of any."""
    test_deltas(case, names)
    test_matrices(case)


@pytest.mark.parametrize("case", NETWORKS[:2], ids=lambda case: str(case[0]))
def test_matrices_in_little_room(case):
    """In little room equations of matrices go on below, whole; what does not fit at all is left out, which is said."""
    _, y = network(*case)
    shown = explain(y, form="matrix", lr=0.5)
    assert shown.text(999) == str(shown)
    for room in range(40, 90, 7):
        lines = shown.text(room).split("Forward pass")[1].splitlines()
        assert all(len(line) <= room for line in lines if "⎡" in line or "⎣" in line)
        for one in shown:
            if all(len(line) <= room - 20 for line in one.numbers().splitlines()):
                assert one.numbers(room=room - 20) == one.numbers()
            for found in (r"−?\d[\d.e⁻−]*", r"\S"):  # the numbers, and all else
                broken, whole = (re.findall(found, one.numbers(room=columns)) for columns in (room - 20, None))
                assert sorted(broken) == sorted(whole)
    assert "columns more are needed" in shown.text(20)


PRINTED = """\
Backward pass by layers from E_total = 0.2984
W⁽ˡ⁾ has a row for each neuron of layer l and a column for each input; a⁽⁰⁾ are the inputs.
δ⁽ˡ⁾ is the derivative along z⁽ˡ⁾.
⊙ multiplies element by element, as functions, quotients and powers go.
A bias that the neurons of a layer share is one number, added to each.

Forward pass

  z⁽¹⁾ = W⁽¹⁾ a⁽⁰⁾ + b⁽¹⁾
       = ⎡0.1500  0.2000⎤ ⎡0.05000⎤ + 0.3500 = ⎡0.3775⎤
         ⎣0.2500  0.3000⎦ ⎣ 0.1000⎦            ⎣0.3925⎦

  a⁽¹⁾ = σ(z⁽¹⁾)
       = σ(⎡0.3775⎤) = ⎡0.5933⎤
           ⎣0.3925⎦    ⎣0.5969⎦
"""
ERROR = """\
  δ⁽¹⁾ = ((W⁽²⁾)ᵀ δ⁽²⁾) ⊙ σ'(z⁽¹⁾)
       = ((W⁽²⁾)ᵀ δ⁽²⁾) ⊙ a⁽¹⁾ ⊙ (1 - a⁽¹⁾)
       = (⎡0.4000  0.5000⎤ ⎡  0.1385⎤) ⊙ ⎡0.5933⎤ ⊙ (1 − ⎡0.5933⎤) = ⎡0.008771⎤
          ⎣0.4500  0.5500⎦ ⎣−0.03810⎦    ⎣0.5969⎦        ⎣0.5969⎦    ⎣0.009954⎦

Gradients: error times activation

  ∂E_total/∂W⁽¹⁾ = δ⁽¹⁾ (a⁽⁰⁾)ᵀ
                 = ⎡0.008771⎤ [0.05000  0.1000] = ⎡0.0004386  0.0008771⎤
                   ⎣0.009954⎦                     ⎣0.0004977  0.0009954⎦

  ∂E_total/∂b⁽¹⁾ = sum(δ⁽¹⁾)
                 = sum(⎡0.008771⎤) = 0.01873
                       ⎣0.009954⎦
"""


def mazur():
    """The loss of Mazur's example."""
    weights = [0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55]
    net = Network([2, 2, 2], biases="layer", weights=weights, bias_values=[0.35, 0.6])
    return net, data_loss(net, [([0.05, 0.1], [0.01, 0.99])])


def test_what_is_printed():
    """Matrices stand beside each other, transposed ones turned, each line without spaces at its end."""
    text = str(explain(mazur()[1], form="matrix"))
    assert text.startswith(PRINTED)
    assert ERROR in text
    assert not re.search(r" $", text, re.MULTILINE)


def test_large_matrices():
    """Of large matrices some numbers are left out, where dots stand; the values are whole, and it is said."""
    net = Network([2, 9, 1], seed=1)
    shown = explain(data_loss(net, [([0.1, 0.2], [0.5])]), form="matrix")
    assert "Of matrices with more than 6 rows or columns the first ones and the last one are shown." in str(shown)
    assert shown["∂E_total/∂W⁽¹⁾"].numbers().count("⋮") >= 2
    assert r"\vdots" in shown["∂E_total/∂W⁽¹⁾"].numbers("latex")
    assert np.shape(shown["∂E_total/∂W⁽¹⁾"].value) == (9, 2)
    assert "Of matrices" not in str(explain(mazur()[1], form="matrix"))


def test_in_a_notebook():
    """In HTML each equation is seen as in MathML, which notebooks remove, with its numbers below."""
    for form, names in (("delta", "labels"), ("delta", "index"), ("matrix", "labels")):
        shown = explain(mazur()[1], form=form, names=names, lr=0.5)
        page = shown._repr_html_()
        tags = {e.tag for e in ET.fromstring(page.replace("&nbsp;", " ")).iter()}
        assert tags <= {"span", "sub", "sup", "i", "b", "div", "p", "style"}
        for one in shown:
            assert one.html() in page
            assert seen_html(as_html(one.written("mathml"))) == seen(one.written("mathml"))
            if form == "matrix":
                assert seen_html(as_html(one.numbers("mathml"))) == seen(one.numbers("mathml"))
    text = "".join(ET.fromstring(shown["δ⁽¹⁾"]._repr_html_().replace("&nbsp;", " ")).itertext())
    assert "([0.4000, 0.5000; 0.4500, 0.5500]\u2009[0.1385; −0.03810]) ⊙ [0.5933; 0.5969] ⊙ (1" in text


def test_short_forms():
    """The text form of a pass and of an equation is one line; a notebook shows the first of thousands of equations."""
    shown = explain(mazur()[1], form="matrix")
    assert repr(shown) == "<LayerwisePass from E_total = 0.2984: 11 equations of matrices>"
    assert repr(shown["a⁽¹⁾"]) == "<Equation a⁽¹⁾ = σ(z⁽¹⁾)>"
    assert str(shown["a⁽¹⁾"]).startswith("a⁽¹⁾ = σ(z⁽¹⁾)\nσ(⎡0.3775⎤)")
    net = Network([1, 3, 1], seed=1)
    many = explain(data_loss(net, [([k / 9], [0.5]) for k in range(30)]), form="delta")
    html = many._repr_html_()
    assert "... and 60 more, which print() shows." in html
    assert html.count("<div") < 200 < 2 * len(many)


def test_softmax():
    """A softmax of one's own on linear outputs: δ is the derivative of the loss along each sum, whatever it couples."""
    net = Network([2, 3, 3], activation=["tanh", "linear"], seed=2)
    outputs = net([0.5, -0.3])
    exps = [o.exp() for o in outputs]
    y = -(exps[1] / (exps[0] + exps[1] + exps[2])).log()
    y.label = "L"
    y.backward()
    p = np.exp([o.data for o in outputs])
    due = p / p.sum() - [0, 1, 0]
    for form, name in (("delta", "δ_o{}"), ("matrix", None)):
        shown = explain(y, form=form)
        got = [shown[name.format(k)].value for k in (1, 2, 3)] if name else np.ravel(shown["δ⁽²⁾"].value)
        np.testing.assert_allclose(got, due, rtol=1e-12)
    assert "∂L/∂a⁽²⁾" not in [one.name for one in shown]  # given in numbers: it is no formula of one output


# --- what is refused -----------------------------------------------------------------------------------------------


def _penalty():
    net, y = mazur()
    return y + 0.01 * net["w5"] ** 2


def _skip():
    _, y = mazur()
    return y + named(y)["a_h1"]


def _one_output():
    net = Network([2, 2, 2])
    return net([1.0, 2.0])[1]


def _two_networks():
    x = [1.0, 2.0]
    return Network([2, 2])(x)[0] + Network([2, 2])(x, suffix="'")[0]


@pytest.mark.parametrize("form", ["delta", "matrix"])
@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (_penalty, "w5 is used outside of the layers, too, as in a penalty"),
        (_skip, "a_h1 is used outside of the layers, too"),
        (_one_output, "layer 2 is not whole in this graph, neuron 1 is missing"),
        (_two_networks, "the samples have different weights in layer 1: they are of several networks"),
        (lambda: Value(2.0, "x") * 3.0, r"form='delta' and form='matrix' take the graph of a Network"),
    ],
)
def test_what_is_no_layered_pass(graph, message, form):
    """Where errors would not bring the whole gradient, or there is no network, the error says so."""
    y = graph()
    with pytest.raises(ValueError, match=message):
        explain(y, form=form)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"form": "vector"}, "form is 'paths', 'delta' or 'matrix', got 'vector'"),
        ({"lr": 0.5}, "lr is for the updates that form='delta' and form='matrix' show"),
        ({"form": "delta", "wrt": "h1"}, "form='delta' is about weights and biases of the network, h1 is none"),
        ({"form": "matrix", "wrt": "i1"}, "form='matrix' is about weights and biases of the network, i1 is none"),
        ({"form": "matrix", "wrt": "w1"}, r"only a part of W⁽¹⁾ is in wrt; for single weights use form='delta'"),
    ],
)
def test_options(options, message):
    """Other forms, and what a form is not about, are refused."""
    _, y = mazur()
    with pytest.raises(ValueError, match=message):
        explain(y, **options)


@pytest.mark.parametrize(("form", "label"), [("delta", "η"), ("delta", "δ_h1")])
def test_labels_that_stand_for_something_else(form, label):
    """A node that is labelled like the learning rate or an error would be taken for it: it is refused."""
    _, y = mazur()
    named(y)["E1"].label = label
    with pytest.raises(
        ValueError, match=f"a node is labelled {label}, which stands for something else here; rename it"
    ):
        explain(y, form=form, lr=0.5)


def test_learning_rates():
    """A learning rate is a finite number from 0 on, as in training."""
    _, y = mazur()
    with pytest.raises(TypeError, match=r"lr, the learning rate: .* got str"):
        explain(y, form="delta", lr="0.1")
    for lr in (math.nan, -1.0, math.inf):
        with pytest.raises(ValueError, match="the learning rate is a finite number, 0 or above"):
            explain(y, form="matrix", lr=lr)


def test_which_gradients():
    """`wrt` says whose gradients and updates are shown: fixed biases are left out."""
    net, y = mazur()
    for form in ("delta", "matrix"):
        shown = explain(y, net.weights, form=form, lr=0.5)
        assert not any("∂b" in one.name or one.name.startswith("b") for one in shown)
    with pytest.raises(KeyError, match="no equation for 'δ_h9', there are"):
        explain(y, form="delta")["δ_h9"]
    with pytest.raises(ValueError, match="numbers are in the styles"):
        explain(y, form="delta")["δ_h1"].numbers("python")


def test_activations_of_neurons_that_differ():
    """Neurons of one layer with different activations have errors, but no equation of matrices."""
    w = [Value(0.5, f"w{k}") for k in range(1, 5)]
    i1 = Value(0.3, "i1")
    sums = [w[0] * i1, w[1] * i1]
    for k, s in enumerate(sums, 1):
        s.label = f"h{k}"
    active = [sums[0].tanh(), sums[1].sigmoid()]
    for k, a in enumerate(active, 1):
        a.label = f"a_h{k}"
    o1 = w[2] * active[0] + w[3] * active[1]
    o1.label = "o1"
    assert explain(o1, form="delta")["δ_h1"].written().endswith("tanh'(h1) = w3 * δ_o1 * (1 - a_h1^2)")
    with pytest.raises(ValueError, match="the neurons of layer 1 have different activations; use form='delta'"):
        explain(o1, form="matrix")


def test_every_activation_is_among_the_networks():
    """The networks of these tests have every activation."""
    assert {name for _, activations, *_ in NETWORKS for name in activations} == set(ACTIVATIONS)


def test_a_factor_has_a_sign():
    """Between a factor and a number that it multiplies there is a × in every style."""
    net = Network([2, 2, 2], weights=[0.15, 0.2, 0.25, 0.3, -0.4, 0.45, 0.5, 0.55], biases="layer")
    shown = explain(data_loss(net, [([0.05, 0.1], [0.01, 0.99])]), form="matrix", names="index", lr=0.5)
    for style, times in (("plain", "0.5000 × "), ("latex", r"0.5000 \times "), ("mathml", "<mo>×</mo>")):
        assert times in shown["b⁽¹⁾"].numbers(style)
