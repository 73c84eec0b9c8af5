"""Formulas: as people write them, equal to what they stand for when evaluated, whatever the labels are."""

import builtins
import keyword
import math
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import ROWS, build, programs

from autograd_lite import (
    Value,
    compare,
    exp,
    formula,
    grad,
    leaky_relu,
    leaves,
    log,
    maximum,
    minimum,
    relu,
    sigmoid,
    sin,
    sqrt,
    tanh,
    topological,
    xlogy,
)
from autograd_lite.engine.ops import HELPERS
from autograd_lite.losses import (
    binary_cross_entropy,
    binary_cross_entropy_from_logits,
    half_squared_error,
    mean_squared_error,
)
from autograd_lite.nn import Network
from autograd_lite.testing.oracle import judge, mp, tape
from autograd_lite.text import STYLES, formulas, symbols
from autograd_lite.text.layout import many, number, signed, table, width
from autograd_lite.text.python import visible


def tutorial():
    """The 2-2-2 network of the tutorials, and its loss."""
    net = Network([2, 2, 2], biases="none", weights=[0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55])
    return net, half_squared_error(net([0.05, 0.1]), [0.01, 0.99])


# --- the tutorials -------------------------------------------------------------------------------------------------

TO_HIDDEN = "((a_o1 - t1) * a_o1 * (1 - a_o1) * {} + (a_o2 - t2) * a_o2 * (1 - a_o2) * {}) * {a} * (1 - {a}) * {}"
EIGHT = {
    "w1": TO_HIDDEN.format("w5", "w7", "i1", a="a_h1"),
    "w2": TO_HIDDEN.format("w5", "w7", "i2", a="a_h1"),
    "w3": TO_HIDDEN.format("w6", "w8", "i1", a="a_h2"),
    "w4": TO_HIDDEN.format("w6", "w8", "i2", a="a_h2"),
    "w5": "(a_o1 - t1) * a_o1 * (1 - a_o1) * a_h1",
    "w6": "(a_o1 - t1) * a_o1 * (1 - a_o1) * a_h2",
    "w7": "(a_o2 - t2) * a_o2 * (1 - a_o2) * a_h1",
    "w8": "(a_o2 - t2) * a_o2 * (1 - a_o2) * a_h2",
}


@pytest.mark.parametrize("name", EIGHT)
def test_the_eight_gradients(name):
    """The gradients of the 2-2-2 network read as they are derived by hand, from the node or from the gradient."""
    net, loss = tutorial()
    expected = f"∂E_total/∂{name} = {EIGHT[name]}"
    assert formula(grad(loss, net[name])) == expected
    assert formula(loss, name) == expected
    assert formula(loss, net[name], style="python") == expected.replace(f"∂E_total/∂{name}", f"dE_total_d{name}")


def test_the_forward_pass():
    """The forward pass reads as in the tutorials, node by node and as a whole."""
    _, loss = tutorial()
    expected = [
        "h1 = w1*i1 + w2*i2",
        "a_h1 = σ(h1)",
        "h2 = w3*i1 + w4*i2",
        "a_h2 = σ(h2)",
        "o1 = w5*a_h1 + w6*a_h2",
        "a_o1 = σ(o1)",
        "E1 = 1/2 * (t1 - a_o1)^2",
        "o2 = w7*a_h1 + w8*a_h2",
        "a_o2 = σ(o2)",
        "E2 = 1/2 * (t2 - a_o2)^2",
        "E_total = E1 + E2",
    ]
    assert formulas(loss) == expected
    nodes = {node.label: node for node in topological(loss)}
    assert [formula(nodes[line.split(" = ")[0]]) for line in expected] == expected


def test_latex_of_the_tutorial():
    """LaTeX has subscripts, fractions and brackets that grow."""
    net, loss = tutorial()
    assert formula(loss, net["w5"], style="latex") == (
        r"\frac{\partial E_{\mathrm{total}}}{\partial w_{5}} = \left(a_{o1} - t_{1}\right) \cdot a_{o1} \cdot "
        r"\left(1 - a_{o1}\right) \cdot a_{h1}"
    )
    assert r"E_{1} = \tfrac{1}{2} \cdot {\left(t_{1} - a_{o1}\right)}^{2}" in formulas(loss, style="latex")


def test_other_losses():
    """Halves and twos cancel, means keep their factor, a single term leaves no sum."""
    net = Network([1, 1], biases="none", weights=[0.5])
    assert formula(half_squared_error(net([2.0]), [1.0]), "w1").endswith("= (a_o1 - t1) * a_o1 * (1 - a_o1) * i1")
    net = Network([1, 2], biases="none", seed=1)
    assert formula(mean_squared_error(net([2.0]), [1.0, 0.0]), "w2").endswith("(a_o2 - t2) * a_o2 * (1 - a_o2) * i1")
    net = Network([1, 3], biases="none", seed=1)
    mean = formula(mean_squared_error(net([2.0]), [1.0, 0.0, 0.5]), "w2")
    assert mean.endswith("= 2/3 * (a_o2 - t2) * a_o2 * (1 - a_o2) * i1")
    net = Network([1, 1], biases="none", weights=[0.5])
    cross = formula(binary_cross_entropy(net([2.0]), [1.0]), "w1")
    assert cross.endswith("= (a_o1 - t1) * i1")


def test_what_is_used_twice_is_named_once():
    """In deeper networks the errors of a layer, used by every neuron before it, are named after what they are."""
    net = Network([3, 2, 2, 1], biases="none", seed=2)
    text = formula(half_squared_error(net([0.1, 0.2, 0.3]), [0.5]), net["w1"])
    assert text.splitlines() == [
        (
            "∂E_total/∂w1 = (∂E_total/∂o1 * w11 * a_h2_1 * (1 - a_h2_1) * w7 "
            "+ ∂E_total/∂o1 * w12 * a_h2_2 * (1 - a_h2_2) * w9) * a_h1_1 * (1 - a_h1_1) * i1"
        ),
        "  where ∂E_total/∂o1 = (a_o1 - t1) * a_o1 * (1 - a_o1)",
    ]
    net = Network([2, 2, 2, 2], biases="none", seed=2)
    lines = formula(half_squared_error(net([0.1, 0.2]), [0.5, 0.1]), net["w1"]).splitlines()
    assert [line.split(" = ")[0] for line in lines[1:]] == ["  where ∂E_total/∂o1", "        ∂E_total/∂o2"]
    net = Network([2, *[4] * 30, 1], seed=2)
    text = formula(mean_squared_error(net([0.1, 0.2]), [0.5]), net["w1"])
    assert len(text) < 30 * 1000  # 4**29 paths


# --- single operations ---------------------------------------------------------------------------------------------

x, z = Value(0.5, "x"), Value(3.0, "z")


@pytest.mark.parametrize(
    ("y", "plain", "slope"),
    [
        (x * x, "x * x", "2 * x"),
        (x**3, "x^3", "3 * x^2"),
        (x**z, "x^z", "z * x^(z - 1)"),
        (x**-1, "x^(-1)", "-1 / x^2"),
        (x**0.5, "x^(1/2)", "1 / (2 * x^(1/2))"),
        (2**x, "2^x", "y * log(2)"),
        (1 / x, "1 / x", "-1 / x^2"),
        (x / z, "x / z", "1 / z"),
        (x / (z / x), "x / (z / x)", "2 * x / z"),
        (z - (x - z), "z - (x - z)", "-1"),
        (x + -2, "x - 2", "1"),
        (z + -x, "z - x", "-1"),
        (z * -x, "z * (-x)", "-z"),
        (-x * z, "-x * z", "-z"),
        (-(x * z), "-(x * z)", "-z"),
        ((-x) ** 2, "(-x)^2", "2 * x"),
        (-(x**2), "-x^2", "-2 * x"),
        (-x * (1 - z) ** 2, "-x * (1 - z)^2", "-(1 - z)^2"),
        (-x * (1 - z) ** 3, "-x * (1 - z)^3", "(z - 1)^3"),
        ((x + z) * 2, "(x + z) * 2", "2"),
        (2 * x * z + z, "2*x*z + z", "2 * z"),
        (2 * sin(x) + x, "2 * sin(x) + x", "2 * cos(x) + 1"),
        (sigmoid(x), "σ(x)", "y * (1 - y)"),
        (tanh(x * z), "tanh(x * z)", "(1 - y^2) * z"),
        (exp(x), "exp(x)", "y"),
        (log(x) * x, "log(x) * x", "1 + log(x)"),
        (sqrt(x), "sqrt(x)", "1 / (2 * y)"),
        (abs(x), "|x|", "sgn(x)"),
        (compare(x, z), "sgn(x - z)", "0"),
        (maximum(x, z), "max(x, z)", "[x > z]"),
        (relu(x), "relu(x)", "step(x)"),
        (leaky_relu(x, 0.01), "leaky_relu(x, 0.01)", "[x > 0] + 0.01 * [x < 0]"),
        (x.atan(), "atan(x)", "1 / (1 + x^2)"),
        (x.asin(), "asin(x)", "1 / sqrt(1 - x^2)"),
        (x * 0.1, "x * 0.1", "0.1"),
        (x * 1e-20, "x * 1e-20", "1e-20"),
        (x * (1 / 3), "x * (1/3)", "1/3"),
        (x * math.inf, "x * inf", "inf"),
        (x - x, "x - x", "0"),
        (x * z % (x + z) * 2, "((x * z) % (x + z)) * 2", "2*z - 2 * ((x * z) // (x + z))"),
        (-(x % z) + z // x // 2, "-(x % z) + (z // x) // 2", "-1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_single_operations(y, plain, slope):
    """Operations and their slopes read as people write them."""
    y.label = "y"
    assert formula(y) == f"y = {plain}"
    assert formula(grad(y, x)) in {f"∂y/∂x = {slope}", slope, f"{slope} = 3", "z = 3"}
    assert formula(y, x) == f"∂y/∂x = {slope}"


@pytest.mark.parametrize(
    ("slope", "plain"),
    [
        (ROWS["pow_slope"](-x, z + x), "(z + x) * (-x)^(z + x - 1)"),
        (ROWS["pow_slope"](x, x - (z - x)), "(x - (z - x)) * x^(x - (z - x) - 1)"),
        (ROWS["pow_log"](-x, z * x), "(-x)^(z * x) * log(-x)"),
        (ROWS["over_square"](x + z, -z), "(x + z) / (-z)^2"),
        (ROWS["over_square"](x * z, x / z), "x * z / (x / z)^2"),
        (ROWS["sech2"](x + z), "1 / cosh(x + z)^2"),
        (ROWS["bell"](x + z), "σ(x + z) * σ(-(x + z))"),
        (2.0 * grad(x**3, x) + 1.0, "2 * (3 * x^(3 - 1)) + 1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_slopes_in_a_calculation(slope, plain):
    """Where a slope is part of a calculation, it is written with the signs and names of plain text, not of Python."""
    assert formula(slope) == plain


def test_latex_brackets():
    """LaTeX has brackets round the base of a power that is one, and round a sign inside; a fraction needs none."""
    assert formula(exp(x) ** 2, style="latex") == r"{\left(e^{x}\right)}^{2}"
    assert formula(z - xlogy(-1.0, x), style="latex") == r"z - \left(-1 \cdot \ln\left(x\right)\right)"
    assert formula((-x).log1p(), style="latex") == r"\ln\left(1 + \left(-x\right)\right)"
    assert formula(z * (x / z), style="latex") == r"z \cdot \frac{x}{z}"
    assert formula((x / z) ** 2, style="latex") == r"{\left(\frac{x}{z}\right)}^{2}"
    assert formula(abs(x) * sqrt(z), style="latex") == r"\left|x\right| \cdot \sqrt{z}"


def test_second_derivatives():
    """A derivative of a derivative is written from the written slopes, too."""
    y = tanh(x * z)
    y.label = "y"
    assert formula(grad(grad(y, x), x)) == "∂²y/∂x² = 2 * z^2 * y * (y^2 - 1)"
    assert formula(grad(y, x), z) == formula(grad(grad(y, x), z)) == "∂²y/∂z∂x = 2 * z * y * (y^2 - 1) * x + 1 - y^2"


def test_unlabelled_nodes():
    """Unlabelled nodes are written out; leaves, and what is used twice, are called v1, v2, ... and defined."""
    a = Value(2.0)
    shared = a + x
    assert formula(shared * shared) == "v2 * v2\n  where v2 = v1 + x\n        v1 = 2"
    assert formula(shared * shared, style="python") == "v1 = 2\nv2 = v1 + x\nv2 * v2"
    assert formula(a * Value(3.0, "v1")) == "v2 * v1\n  where v2 = 2"
    assert formula(a * Value(3.0, "v1"), a) == "v1"
    assert formula(Value(3.0, "w")) == "w = 3"


def test_a_gradient_as_a_quantity():
    """In a calculation with gradients a labelled one is a name like others."""
    y = x**3
    y.label = "y"
    total = y + 0.1 * grad(y, x)
    assert formula(total) == "y + 0.1 * ∂y/∂x"
    assert formula(total, style="python") == "y + 0.1 * dy_dx"
    assert formula(total, style="latex") == r"y + 0.1 \cdot \frac{\partial y}{\partial x}"
    assert formula(grad(y, x) ** 2.0) == "(∂y/∂x)^2"


def test_a_node_that_is_not_there():
    """The formula of a derivative along a node that plays no part is 0."""
    assert formula(x * z, Value(1.0, "q")) == "0"
    _, loss = tutorial()
    assert formula(loss, Value(1.0, "q")) == "∂E_total/∂q = 0"


def test_errors():
    """Unknown styles and labels, and what is no node, are clear errors."""
    with pytest.raises(ValueError, match="style is one of 'plain', 'python', 'latex', 'mathml', got 'html'"):
        formula(x * z, style="html")
    with pytest.raises(TypeError, match=r"formula\(\) takes a node \(Value\), got float"):
        formula(1.0)
    with pytest.raises(TypeError, match=r"formulas\(\) takes a node"):
        formulas(None)
    with pytest.raises(ValueError, match="no node of the graph has the label 'y'"):
        formula(x * z, "y")
    with pytest.raises(TypeError, match="got int"):
        formula(x * z, 3)


# --- text evaluated back -------------------------------------------------------------------------------------------

FUNCTIONS = {"abs": builtins.abs} | {name: op for name, op in ROWS.items() if name != "abs"}


def label(nodes, chosen):
    """Label the leaves and some other nodes."""
    for k, node in enumerate(nodes):
        if node.op is None or k in chosen:
            node.label = f"n{k}"


CHOICE = st.sets(st.integers(0, 60))


@given(programs(), CHOICE)
def test_python_text_is_the_calculation(steps, chosen):
    """The Python text of a graph, run on the leaves' numbers, gives every labelled node to the last bit.

    A helper's text is its mathematics, not its rounding: then up to the rounding errors of both calculations.
    """
    nodes = build(steps)
    label(nodes, chosen | {len(nodes) - 1})
    text = "\n".join(formulas(nodes[-1], style="python"))
    helped = any(line.name in HELPERS for line in steps)
    leaves = {node.label: Value(node.data) if helped else node.data for node in nodes if node.op is None}
    scope = {**FUNCTIONS, **leaves}
    exec(text, scope)
    for node in topological(nodes[-1]):
        if node.label and not helped:
            assert scope[node.label] == node.data
        elif node.label and node.op is not None:
            got = scope[node.label]
            room = sum(judge(tape(calculated)[0]).value_errors[-1] for calculated in (got, node))
            assert abs(mp.mpf(got.data) - mp.mpf(node.data)) <= room


def deep():
    """Brackets in brackets, 250 times."""
    y = x
    for _ in range(250):
        y = (y + z) * 0.5
    return y


def nested():
    """Functions of functions."""
    y = x
    for _ in range(300):
        y = (y * 0.99).sin()
    return y


def long_sum():
    """A sum of 5,000 products, and as many leaves."""
    y = Value(0.0)
    for k in range(5_000):
        y = y + Value(float(k), f"q{k}") * x
    return y


def fractions():
    """Fractions in fractions."""
    y = x
    for _ in range(150):
        y = 2.0 / (1.0 + y**2)
    return y


@pytest.mark.parametrize("graph", [deep, nested, long_sum, fractions])
def test_python_splits_what_is_too_deep(graph):
    """However deep or long a formula is, its Python is compiled, and computes the same float."""
    y = graph()
    names = {name: node.data for name, node in symbols(y, style="python").items()}
    for text, due in ((formula(y, style="python"), y.data), (formula(y, x, style="python"), grad(y, x).data)):
        *lines, last = text.splitlines()
        scope = {**FUNCTIONS, **names}
        exec("\n".join(lines), scope)
        assert eval(last.rpartition(" = ")[2], scope) == pytest.approx(due, rel=1e-9)


CROSS_ENTROPIES = {
    "by hand": lambda p, z, t: -(t * p.log() + (1 - t) * (1 - p).log()),
    "other signs": lambda p, z, t: (t - 1) * (1 - p).log() - t * p.log(),
    "binary_cross_entropy": lambda p, z, t: binary_cross_entropy([p], [t]),
    "from_logits": lambda p, z, t: binary_cross_entropy_from_logits([z], [t]),
}


@pytest.mark.parametrize("loss", CROSS_ENTROPIES.values(), ids=CROSS_ENTROPIES)
@pytest.mark.parametrize("named", [True, False])
def test_the_slope_of_a_cross_entropy(loss, named):
    """The gradient of a cross-entropy after a sigmoid is the difference that every course derives."""
    w, x1, t = Value(0.3, "w"), Value(2.0, "x1"), Value(1.0, "t")
    z1 = w * x1
    p = z1.sigmoid()
    z1.label, p.label = ("z", "p") if named else ("", "")
    error = loss(p, z1, t)
    error.label = "E"
    assert formula(error, w) in {
        f"∂E/∂w = ({output} - t) * x1" for output in (("p", "σ(z)") if named else ("σ(w * x1)",))
    }


def test_numbers_and_signs_stay():
    """Powers of a negative that are whole together keep its sign, and an infinite factor in a sum is not lost."""
    a, b = Value(-0.7, "a"), Value(2.0, "b")
    assert formula(a + log((-a) ** 2.5), a) == "2.5 / a + 1"
    assert formula((a + b) * log((-a) ** 2.5), a) == "log((-a)^2.5) + 2.5 * (a + b) / a"
    assert formula(a + ((-a) ** -0.5) ** 3, a) == "1 - 1.5 / (a * (-a)^1.5)"
    assert formula(a + math.inf * a, a) == "inf + 1"
    assert formula(a * a - a * math.nan, a) == "2*a - nan"


def test_labels_that_mean_something_else():
    """A label e is not Euler's number, and inf and nan are no numbers."""
    e, inf = Value(1.0, "e"), Value(2.0, "inf")
    assert formula(e.exp(), style="latex") == r"e^{{\text{e}}}"
    assert formula(e.exp(), style="mathml").count("<mi>e</mi>") == 1
    assert formula(inf * Value(3.0, "nan")) == '"inf" * "nan"'
    assert formula(inf * Value(3.0, "∞"), style="mathml").count("<mi>∞</mi>") == 0


def test_slopes_at_corners():
    """Where the slope of a power along its exponent is 0, so is its formula; what is compared with itself is equal."""
    a, b = Value(0.0, "a"), Value(2.0, "b")
    p = a**b
    p.label = "p"
    assert formula(p, b) == "∂p/∂b = xlogy(p, a)"
    assert formula(maximum(b, b * 1.0), b) == "1"


def test_slopes_with_a_condition():
    """The slope of a maximum is 1 or 0 under its condition; at a tie, where it is 1/2, the sign says so."""
    a, b = Value(2.0, "a"), Value(1.0, "b")
    assert formula(maximum(a, b) * 3.0, a) == "3 * [a > b]"
    assert formula(minimum(a, b), a) == "[b > a]"
    assert formula(maximum(a, b), a, style="latex") == r"\left[a > b\right]"
    assert formula(maximum(a, 2.0 * b), a) == "1/2 + 1/2 * sgn(a - 2 * b)"
    assert formula(a.leaky_relu(0.1), a) == "[a > 0] + 0.1 * [a < 0]"
    assert formula(Value(0.0, "a").leaky_relu(0.1), "a") == "0.9 * step(a) + 0.1"


# --- labels are text -----------------------------------------------------------------------------------------------

HOSTILE = [
    "a + b", "a", "b", 'x"y', "x'y", "$x$", r"\input{/etc/passwd}", "<script>alert(1)</script>", "&amp;", "a\nb", " ",
    "\t", "名前", "lambda", "1x", "ﬁ", "fi", "__import__('os')", "%", "exp", "sigmoid", "float", "{0}", "{", "}", "_",
    "a_", "a_b", "a b", "^", "~", "#", "\u202eabc", "\x00", "v1", "v2", "y = 1", "y\n= 1", "dy_dx", "∂y/∂x", "w1",
    "w_1", "α", "Α", "\\", "`", "|", ",", "None", "math", "h1[0]", "x₁", "-1", "∂", "ϕ", "e", "\ud800",
]  # fmt: skip


def hostile_graph(labels):
    """A calculation in which every label occurs once as a leaf, and the result; and the leaves."""
    inputs = [Value(1.0 + k / 7, text) for k, text in enumerate(labels)]
    total = inputs[0] * inputs[0]
    for node in inputs[1:]:
        total = total + sigmoid(node) * node
    total.label = "result"
    return total, inputs


def test_python_whatever_the_labels():
    """Labels become different identifiers, and nothing else: the text computes the numbers of the graph."""
    total, inputs = hostile_graph(HOSTILE)
    names = symbols(total, style="python")
    assert len(names) == len(set(HOSTILE)) + 1
    assert all(name.isidentifier() and not keyword.iskeyword(name) and name not in FUNCTIONS for name in names)
    for name in ("a", "b", "fi", "dy_dx", "h1_0", "名前"):
        assert names[name].label in {name, "h1[0]"}  # what is an identifier stays what it is
    scope = {**FUNCTIONS, "__builtins__": {}, **{name: node.data for name, node in names.items()}}
    code = formula(total, style="python")
    exec(compile(code, "formula", "exec"), scope)
    assert scope["result"] == total.data
    total.backward()
    for node in inputs:
        line = formula(total, node, style="python")
        assert len(line.splitlines()) == 1
        exec(compile(line, "formula", "exec"), scope)
        assert scope[line.partition(" = ")[0]] == pytest.approx(node.grad, rel=1e-12)


def test_latex_whatever_the_labels():
    """In LaTeX, labels are letters and escaped signs: braces balance, dollars are escaped, commands are ours."""
    total, _ = hostile_graph(HOSTILE)
    texts = set(symbols(total, style="latex"))
    assert len(texts) == len(set(HOSTILE)) + 1
    ours = {"mathrm", "text", "backslash", "wedge", "sim", "vert", "partial", "alpha", "sigma", "left", "right", "cdot"}
    for text in [*texts, formula(total, style="latex")]:
        depth = 0
        for piece in re.findall(r"\\.|[{}]", text):
            depth += {"{": 1, "}": -1}.get(piece, 0)
            assert depth >= 0
        assert depth == 0
        assert set(re.findall(r"\\([A-Za-z]+)", text)) <= ours
        assert set(re.findall(r"\\([^A-Za-z])", text)) <= set("{}$&#%_")
        assert not re.search(r"(?<!\\)[$&#%~]", text)
        assert "\n" not in text
        assert text.isprintable()


def test_mathml_whatever_the_labels():
    """MathML is well formed, with the labels' characters as text, and no element but those of mathematics."""
    total, inputs = hostile_graph([text for text in HOSTILE if text not in {"\x00", "\ud800"}])
    for text in (formula(total, style="mathml"), formula(total, inputs[3], style="mathml")):
        root = ET.fromstring(text)
        assert {element.tag for element in root.iter()} <= {
            "math", "mrow", "mi", "mn", "mo", "mtext", "msub", "msup", "mfrac", "mtable", "mtr", "mtd"
        }  # fmt: skip
    assert "<script>alert(1)</script>" in "".join(ET.fromstring(formula(total, style="mathml")).itertext())


def test_plain_whatever_the_labels():
    """In plain text a label that is no word stands in quotes, so that what is read is what was computed."""
    odd, word = Value(2.0, 'a + "b"\n'), Value(3.0, "b2")
    y = odd * word + word
    y.label = "y = 0"
    assert formula(y) == r'"y = 0" = "a + \"b\"\n"*b2 + b2'
    assert formula(y, odd) == r'∂"y = 0"/∂"a + \"b\"\n" = b2'
    total, _ = hostile_graph(HOSTILE)
    assert len(formula(total).splitlines()) == 1
    assert len(symbols(total)) == len(set(HOSTILE)) + 1
    assert formula(total).isprintable()


@given(st.lists(st.text(max_size=6), min_size=1, max_size=6, unique=True))
def test_any_labels(labels):
    """With any labels at all, every style tells the nodes apart, and the Python text computes the number."""
    inputs = [Value(1.5 + k, text) for k, text in enumerate(labels)]
    total = inputs[0]
    for node in inputs[1:]:
        total = total * node
    total = total + 1.0
    for style in STYLES:
        assert len(symbols(total, style=style)) == len(labels)
    scope = {"__builtins__": {}, **{name: node.data for name, node in symbols(total, style="python").items()}}
    *definitions, last = formula(total, style="python").splitlines()
    exec("\n".join(definitions), scope)
    assert eval(last, scope) == total.data


def test_two_nodes_with_one_label():
    """Two nodes with one label have two names."""
    a, b = Value(2.0, "h1"), Value(3.0, "h1")
    y = a * b
    assert formula(y, a) == '"h1 (2)"'
    assert formula(y) == 'h1 * "h1 (2)"'
    assert formula(y, style="python") == "h1 * h1_2"
    assert formula(y, style="latex") == r"h_{1} \cdot {\text{h1 (2)}}"


def test_subscripts():
    """LaTeX sets digits and what follows an underscore as subscripts, words upright and Greek letters as such."""
    expected = {
        "x": "x", "w1": "w_{1}", "a_h1": "a_{h1}", "E_total": r"E_{\mathrm{total}}", "loss": r"\mathrm{loss}",
        "h2_3": "h_{2,3}", "a_h2_3": "a_{h2,3}", "h1[0]": "h_{1}[0]",
        "α": r"\alpha ", "λ2": r"\lambda _{2}", "Σ": r"\Sigma ", "Β": r"\mathrm{B}", "ο": "o", "ς": r"\varsigma ",
        "a b": r"{\text{a b}}", "50%": r"{\text{50}\%}", "x_": r"{\text{x}\_}",
    }  # fmt: skip
    for text, latex in expected.items():
        assert list(symbols(Value(1.0, text), style="latex")) == [latex]


# --- large graphs --------------------------------------------------------------------------------------------------


def test_long_formulas():
    """Deep and wide calculations are written down without recursion, in a time that grows with their length."""
    total = x
    for k in range(1500):
        total = total + Value(1.0, f"q{k}") * x
    assert formula(total).startswith("x + q0*x + q1*x")
    text = formula(total, x)
    assert text.count("q") == 1500
    assert "(" not in text
    deep = x
    for _ in range(1500):
        deep = deep.sin()
    assert formula(deep).count("sin(") == 1500
    assert formula(deep, x).count("cos(") == 1500
    doubled = x
    for _ in range(200):
        doubled = doubled * doubled
    assert len(formula(doubled)) < 10_000
    assert len(formula(doubled, x)) < 10_000


# --- numbers and columns -------------------------------------------------------------------------------------------


def test_numbers():
    """Numbers are shown as in the diagrams: 4 decimals, 3 digits if small, a true minus, a sign on gradients."""
    shown = {0.59327: "0.5933", -0.000438568: "−0.000439", 2.5e-9: "2.50e−9", 0.0: "0.0000", 0.01: "0.0100"}
    shown |= {1234567.0: "1.235e+6", math.inf: "inf", -math.inf: "−inf", -12.5: "−12.5000", 99999.99: "1.000e+5"}
    for value_, text in shown.items():
        assert number(value_) == text
    assert number(math.nan) == "nan"
    assert (signed(0.00071166), signed(-2.0), signed(0.0)) == ("+0.0007117", "−2.0000", "0.0000")


def test_counts():
    """Counts are exact up to fifteen digits; longer ones, of whatever length, are rounded."""
    assert (many(1), many(1234567), many(10**15 - 1)) == ("1", "1,234,567", "999,999,999,999,999")
    assert (many(2**200), many(10**20), many(9999 * 10**30)) == ("1.61e+60", "1.00e+20", "1.00e+34")
    assert many(2**100_000) == "9.99e+30102"


def test_columns():
    """Columns stay straight with letters that take two columns, or none."""
    lines = table([("名", "1"), ("é", "22"), ("abc", "333")], "lr")
    assert lines == ["  名     1", "  é     22", "  abc  333"]
    assert width("名") == 2
    assert visible("a\n\u202e b") == "a\\n\\u202e b"


def test_leaves_of_the_module_are_untouched():
    """Formulas leave gradients and labels of the graph as they are."""
    net, loss = tutorial()
    formula(loss, net["w1"])
    assert not any(node.has_grad for node in leaves(loss))
