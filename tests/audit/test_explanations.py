"""Claims: what is said of a mistake is true."""

import math
import re
from itertools import pairwise

import evaluating
import numpy as np
import pytest
from claimed import network, product
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_lite import (
    Value,
    formula,
    grad,
    named,
    tanh,
)
from autograd_lite.audit import check_claims
from autograd_lite.audit.mistakes.chain_rule import left_out
from autograd_lite.audit.mistakes.edits import edits, tree_text
from autograd_lite.audit.mistakes.hunt import Hunt
from autograd_lite.audit.notation.equations import read_equation
from autograd_lite.audit.notation.formulas import read_formula
from autograd_lite.audit.notation.trees import floats, from_formula, operands_first, replaced
from autograd_lite.audit.places.points import Setting, sides
from autograd_lite.engine.graph import topological
from autograd_lite.testing import graphs
from autograd_lite.text.reading import read_derivative

# --- explanations that are no numbers ---------------------------------------------------------------------------------


def test_an_infinite_formula_explains_nothing():
    """A change of a formula that divides by zero is the gradient nowhere; what does explain it is said."""
    a, b, k = Value(3.0, "x1"), Value(1.0, "x2"), Value(2.0, "k")
    y = k / (a - b) ** 2
    row = check_claims(y, {"x1": "-3*k/(x1-x2)^3"})["x1"]
    assert row.verdict == "wrong"
    assert [mistake.text for mistake in row.mistakes] == ["-3 where -2 belongs"]
    for claim in ("3*k/(x1-x2)", "5*k/(x1-x2)^2"):
        row = check_claims(y, {"x1": claim})["x1"]
        assert not any("(x1 - x1)" in m.repaired or "(x2 - x2)" in m.repaired for m in row.mistakes)


def test_headings_of_unusual_names():
    """A left side that formula() prints is accepted, whatever words it makes of the labels."""
    a, b, c = Value(0.5, "<a>"), Value(1.5, "a"), Value(2.5, "d_d")
    y = a * b * c
    y.label = "b"
    for x in (a, b, c):
        for style in ("plain", "python"):
            assert check_claims(y, {x: formula(y, x, style=style)})


# --- what is said of a mistake is true --------------------------------------------------------------------------------


class Elsewhere:
    """A labelled graph computed with other numbers in its leaves, and what comes of mistakes there."""

    def __init__(self, root, numbers):
        order = topological(root)
        self.node = {}
        for x in order:
            args = (self.node[a] if isinstance(a, Value) else a for a in x.args)
            self.node[x] = Value(numbers.get(x, x.data), x.label) if x.op is None else x.op(*args)
            self.node[x].label = x.label
        self.order, self.root = [self.node[x] for x in order], self.node[root]
        self.root.backward()
        self.named = named(self.root)
        self.finite = all(math.isfinite(x.data) and math.isfinite(x.grad) for x in self.order)

    def local(self, of):
        """The derivatives of a node along the labelled ones that it is made of, the others held."""
        received, found = {of: 1.0}, {}
        for x in reversed(self.order):
            if x not in received:
                continue
            if x.op is None or (x.label and x is not of):
                found[x] = received[x]
                continue
            slopes = x.op.partials(x.data, *(a.data if isinstance(a, Value) else a for a in x.args))
            for a, slope in zip(x.args, slopes if isinstance(slopes, tuple) else (slopes,), strict=True):
                if isinstance(a, Value):
                    received[a] = received.get(a, 0.0) + received[x] * slope
        return found

    def path(self, labels):
        """The product of the local derivatives on a path."""
        nodes = [self.named[label] for label in labels.split(" → ")]
        return math.prod(self.local(a).get(b, 0.0) for a, b in pairwise(nodes))

    def instead(self, wrt, edge, change):
        """The gradient with one local derivative changed."""
        received = {self.root: 1.0}
        for x in reversed(self.order):
            if x in received and (x.label or x is self.root) and x.label != wrt:
                for a, slope in self.local(x).items():
                    factor = change(slope) if (x.label, a.label) == edge else slope
                    received[a] = received.get(a, 0.0) + received[x] * factor
        return received.get(self.named[wrt], 0.0)

    def made(self, mistake, wrt):
        """The number that a mistake in these words gives; None for words that have no number of their own."""
        g = self.named[wrt].grad
        for pattern, number in (
            (r"the sign is wrong", lambda: -g),
            (r"it is twice the gradient(?:, as .*)?", lambda: 2.0 * g),
            (r"it is half the gradient", lambda: 0.5 * g),
            (r"it is (\S+) times the gradient", lambda x: float(x) * g),
            (r"it is multiplied by a learning rate of (\S+)", lambda x: float(x) * g),
            (r"it is the gradient of (\w+), .*", lambda x: self.named[x].grad),
            (r"it is the value of (\w+), not a gradient", lambda x: self.named[x].data),
            (r"it is \w+ after an update with learning rate (\S+), .*", lambda x: self.named[wrt].data - float(x) * g),
            (r"the path ([\w →]+) is left out", lambda x: g - self.path(x)),
            (r"only the path ([\w →]+) is counted", self.path),
            (rf"what comes by way of {PARTIAL} is left out", lambda *e: self.instead(wrt, e, lambda _: 0.0)),
            (rf"the factor {PARTIAL} is left out", lambda *e: self.instead(wrt, e, lambda _: 1.0)),
            (rf"the derivative of [\w ]+, {PARTIAL}, is left out", lambda *e: self.instead(wrt, e, lambda _: 1.0)),
            (rf"the factor {PARTIAL} has the wrong sign", lambda *e: self.instead(wrt, e, lambda slope: -slope)),
        ):
            match = re.fullmatch(pattern, mistake)
            if match:
                return number(*match.groups())
        return None


PARTIAL = r"∂(\w+)/∂(\w+)(?: \(direct\))?(?: = .*?)?"


STRAIGHT = r"E → (x|y|z) is|\(direct\)"


"""Words that mean one of several ways if no node between has a label."""


def read_at(place, setting, text):
    """What the package's reader makes of a formula at a place."""
    equation = read_equation(text)
    order = operands_first(read_formula(equation.sides[-1], text, setting.texts, equation.definitions))
    return floats(order, lambda name: place.node[setting.by_name[name]].data)[order[-1]]


def judged_at(place, text):
    """What the formula is by a reader that has nothing of the package."""
    return float(evaluating.plain(text, {name: node.data for name, node in place.named.items()}))


def alike(a, b, digits=1e-7):
    return math.isclose(a, b, rel_tol=digits, abs_tol=1e-9)


@st.composite
def mistaken(draw):
    """A graph with labels on all, some or none of its inner nodes, a formula with one mistake in it, and places."""
    root, leaves, nodes = draw(graphs(3, 7, ops=draw(st.sampled_from([None, SMOOTH])))).build()
    labels = draw(st.sampled_from([{True}, {True, False}, {False}]))
    for k, node in enumerate(nodes):
        if node.op is not None:
            node.label = f"n{k}" if draw(st.sampled_from(sorted(labels))) else ""
    root.label = "E"
    wrt = draw(st.sampled_from(sorted(leaves)))
    setting = Setting(root)
    tree = from_formula(read_derivative(root, leaves[wrt], setting.names))
    changes = [] if tree.size > 60 or not root.op else list(edits(setting, tree, strangers=True))
    change = draw(st.sampled_from(changes)) if changes else None
    claim = tree if change is None else replaced(tree, change.replacements)
    text = draw(st.sampled_from(["{}", "{}", "{}", "-({})", "2*({})"])).format(tree_text(claim))
    moves = draw(st.lists(st.lists(st.floats(0.98, 1.02), min_size=3, max_size=3), min_size=3, max_size=3))
    places = [Elsewhere(root, {})]
    for some in moves:
        place = Elsewhere(root, {x: x.data * move for x, move in zip(leaves.values(), some, strict=False)})
        if place.finite and sides(place.root) == sides(root):
            places.append(place)
    return root, wrt, setting, text, places


SMOOTH = ["add", "sub", "mul", "div", "neg", "sigmoid", "tanh", "exp"]


@pytest.mark.thorough
@given(mistaken())
def test_reasons_are_true(drawn):
    """What is said to put a claim right is the gradient at any point; a mistake that is said gives what was claimed."""
    root, wrt, setting, text, places = drawn
    leaf = named(root).get(wrt)
    if leaf is None or not places[0].finite:
        return
    claims = [text]
    claimed = [read_at(place, setting, text) for place in places]
    if math.isfinite(claimed[0]) and claimed[0]:
        claims.append(f"{claimed[0]:.16e}")
    for claim in claims:
        row = check_claims(root, {wrt: claim})[wrt]
        assert row.verdict != "not readable", row
        if row.verdict != "wrong":
            continue
        for mistake in row.mistakes:
            there = places if claim is text else places[:1]
            made = [place.made(mistake.text, wrt) for place in there]
            if made[0] is not None and not re.search(STRAIGHT, mistake.text):
                close = 1e-5 if "times the" in mistake.text else 1e-7
                assert all(alike(a, b, close) for a, b in zip(made, claimed, strict=False)), (row, mistake, made)
            if mistake.repaired:
                for place in places:
                    assert alike(read_at(place, setting, mistake.repaired), place.named[wrt].grad), (row, mistake)
                    if "|" not in mistake.repaired:
                        assert alike(judged_at(place, mistake.repaired), place.named[wrt].grad), (row, mistake)


@pytest.mark.thorough
@settings(max_examples=settings.default.max_examples // 2)
@given(mistaken())
def test_mistakes_are_made_as_they_are_called(drawn):
    """Whatever mistake is tried, with or without success, gives what its words say."""
    root, wrt, setting, _, places = drawn
    node = setting.by_name.get(wrt)
    if node is None or not places[0].finite:
        return
    any_label = any(x.label for x in setting.order if x.op is not None and x is not root)
    for place in (setting.here, *setting.nearby[:1]):
        there = Elsewhere(root, {x: place.node(x).data for x in setting.order if x.op is None})
        for candidate in Hunt(setting, node, (0.3,)).all(strangers=False):
            text = candidate.mistake.text
            made = there.made(text, wrt) if any_label or not re.search(STRAIGHT, text) else None
            if made is not None and math.isfinite(made):
                assert alike(candidate.at(place), made), text


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("∂E_total/∂a_h1 * ∂a_h1/∂h1 * ∂h1/∂w3", "∂h1/∂w3 is 0: h1 does not depend on w3"),
        ("∂E_total/∂o1 * ∂o1/∂a_h1 * ∂a_h1/∂h1 * ∂h1/∂w4 * i1", "∂h1/∂w4 is 0: h1 does not depend on w4"),
        ("0 * w3", "the factor 0 is one too many"),
        ("w3 - w3", None),
    ],
)
def test_formulas_that_are_zero(claim, text):
    """Of a formula that is 0 everywhere only that is said which makes it so; nothing of it has been left out."""
    _, y = network()
    row = check_claims(y, {"w3": claim})["w3"]
    assert row.verdict == "wrong"
    found = [mistake.text for mistake in row.mistakes]
    assert found[:1] == [text] if text and "factor" not in text else not any("left out" in x for x in found)


def test_a_formula_that_is_zero_is_not_another_zero():
    """A formula that is 0 everywhere is not said to be the gradient of something that has none."""
    x, u = Value(2.0, "x"), Value(3.0, "u")
    row = check_claims(x * x + u * 0.0, {"x": "0*x"})["x"]
    assert [mistake.text for mistake in row.mistakes] == ["0 where 2 belongs"]


def test_what_contributes_nothing_is_not_left_out():
    """A way that adds nothing to the gradient, or all of it, is in no reason; nor is 1/2 where the graph has none."""
    x, dead, z = Value(2.0, "x"), Value(0.0, "dead"), Value(1.5, "z")
    h = x * z
    h.label = "h"
    k = x * dead
    k.label = "k"
    y = h * h + k * z
    y.label = "y"
    for claim in ("3.5", "12", "-9.0", "2*h", "10.5", 1e-9):
        row = check_claims(y, {"x": claim}, atol=1e-6)["x"]
        assert not any("∂h/∂x = z is left out" in mistake.text for mistake in row.mistakes if claim == 1e-9), row
        assert not any("∂k/∂x" in mistake.text or "→ k →" in mistake.text for mistake in row.mistakes), row
    assert check_claims(y, {"x": 18.0})["x"].mistakes[0].text == "it is twice the gradient"
    half = 0.5 * y
    assert check_claims(half, {"x": 9.0})["x"].mistakes[0].text.endswith("as if the loss had no factor 1/2")


def test_the_direct_way_has_not_the_name_of_the_gradient():
    """Where a result is made of a quantity both directly and by others, the direct factor is called so."""
    x, s = Value(1.7, "x"), Value(0.4, "s")
    h = x * s
    h.label = "h"
    y = x * h + x.exp()
    y.label = "y"
    row = check_claims(y, {"x": "x*s"})["x"]
    assert row.mistakes[0].text == "the path y → x is left out"
    row = check_claims(y, {"x": "1 + x*s"})["x"]
    assert any(mistake.text.startswith("the factor ∂y/∂x (direct) = ") for mistake in row.mistakes)


@pytest.mark.parametrize(
    ("op", "text"),
    [
        (lambda x: x.tanh(), "the derivative of an activation, ∂a/∂h"),
        (lambda x: x.log(), "the derivative of log, ∂a/∂h"),
        (lambda x: x.exp(), "the derivative of exp, ∂a/∂h"),
    ],
)
def test_what_a_function_is_called(op, text):
    """Only what is used as an activation is called one."""
    w, x = Value(1.3, "w"), Value(2.1, "x")
    h = w * x
    h.label = "h"
    a = op(h)
    a.label = "a"
    y = a * a
    row = check_claims(y, {"w": "2*a*x"})["w"]
    assert row.mistakes[0].text.startswith(text)


def test_rows_of_unlabelled_nodes():
    """A row that is called v1, since its node has no label, says which number that is."""
    x = Value(0.7)
    report = check_claims(x * Value(0.3) + x * x, {x: 1.7, "v2": "v1"})
    assert report.ok
    assert str(report).endswith("Without a label: v1 = 0.7 and v2 = 0.3.")


def test_names_of_unlabelled_nodes_are_explained():
    """A reason that calls a node v1 since it has no label says what that is."""
    x, z = Value(1.7, "x"), Value(2.5, "z")
    y = (x * x) * z + tanh(x * z)
    y.label = "y"
    right = grad(y, x).data
    part = (1.0 - math.tanh(1.7 * 2.5) ** 2) * 2.5
    first = check_claims(y, {"x": f"{right - part:.14e}"})["x"].mistakes[0]
    assert first.text == "what comes by way of ∂v3/∂x = z is left out (v3 = x * z)"
    u, v = x * x, x * z
    y = u * v + u * u
    y.label = "y"
    said = [candidate.mistake.text for candidate in left_out(Setting(y), x)]
    assert "the path y → v3 → v2 → x is left out (v1 = x * x, v2 = x * z, v3 = v1 * v2)" in said
    for text in said:
        for name in set(re.findall(r"v\d+", text)):
            assert f"{name} = " in text
    y.label = ""
    h = x * z
    h.label = "h"
    y = h * z + x
    row = check_claims(y, {"x": "z + 1"})["x"]
    assert all("(v1 is the result)" in m.text for m in row.mistakes if re.search(r"v\d", m.text))


# --- explanations of claims that are nearly right, or nothing ---------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("2*x*z + 1e-9", "the term 1e-09 is one too many"),
        ("2*x*z * 1.0000000001", "the factor 1.0000000001 is one too many"),
        ("2*x^1.0000000001*z", "x^1.0000000001 where x belongs"),
        ("2*x*z + 1e-10*z + 1e-10", None),
        ("1.0000000001*z*x*1.9999999999 + 1e-9" + "*1" * 400, None),
    ],
)
def test_what_is_nearly_the_gradient(claim, text):
    """Of a formula that is off by 1e-10 only that is named which puts it right, and no ratio of 1."""
    report = check_claims(product(), {"x": claim})
    row = report["x"]
    assert row.verdict == "wrong"
    assert [mistake.text for mistake in row.mistakes] == [text] * (text is not None)
    assert not row.mistakes or check_claims(product(), {"x": row.mistakes[0].repaired})
    assert not re.search(r"\b1(\.0)? times", str(report))
    assert "1.5 times the gradient" in str(check_claims(product(), {"x": "3*x*z"}))


BRACKETS = [
    ("a*(b - c)", "a*b - c", "are missing around b - c"),
    ("(b - c)*a", "b - c*a", "are missing around b - c"),
    ("a*(b*c - d)*c", "a*b*c - d*c", "are missing around b[*]c - d"),
    ("a*(b*c - d)", "a*b*c - d", "are missing around b[*]c - d"),
    ("a*(b + c)*d", "a*b + c*d", "are missing around b . c"),
    ("(a + b)^2*c", "a + b^2*c", "are missing around a . b"),
    ("c*(a + b)^2", "c*a + b^2", None),
    ("a^(b - 1)*b", "a^b - 1*b", "are missing around b - 1"),
    ("b*a^(b - 1)", "b*a^b - 1", "are missing around b - 1"),
    ("a/(b + c)", "a/b + c", "are missing around b . c"),
    ("(a + b)/c", "a + b/c", "are missing around a . b"),
    ("(a*b + c)/d", "a*b + c/d", "are missing around a[*]b . c"),
    ("a - (b*d - c)", "a - b*d - c", "are missing around b[*]d - c|stand around b[*]d \\+ c"),
    ("-(a*b + c)", "-a*b + c", None),
    ("a*b - c", "a*(b - c)", "stand around b - c"),
    ("a*b + c*d", "a*(b + c)*d", "stand around b . c"),
    ("a^b - c", "a^(b - c)", "stand around b - c"),
    ("a + b^c", "(a + b)^c", "stand around a . b"),
    ("a + b/c", "(a + b)/c", "stand around a . b"),
    ("a/b + c", "a/(b + c)", "stand around b . c"),
    ("a - b*d - c", "a - (b*d - c)", "stand around b[*]d - c"),
    ("b*c - exp(d)", "-(exp(d) + b*c)", None),
]


@pytest.mark.parametrize(("right", "wrong", "text"), BRACKETS)
def test_brackets(right, wrong, text):
    """Brackets around a sum that are missing, or stand where none belong, are named, in formulas and in numbers."""
    a, b, c, d, w = (Value(x, name) for x, name in ((2.5, "a"), (3.1, "b"), (0.7, "c"), (1.9, "d"), (1.3, "w")))
    nodes = {"a": a, "b": b, "c": c, "d": d, "exp": lambda x: x.exp()}
    y = w * eval(right.replace("^", "**"), {"__builtins__": {}}, nodes)
    numbers = {"a": 2.5, "b": 3.1, "c": 0.7, "d": 1.9, "exp": math.exp}
    number = eval(wrong.replace("^", "**"), {"__builtins__": {}}, numbers)
    assert check_claims(y, {"w": right})
    assert check_claims(y, {"w": wrong})["w"].verdict == "wrong"
    if text is None:
        return
    for claim in (wrong, number):
        first = check_claims(y, {"w": claim})["w"].mistakes[0]
        assert first.kind == "brackets", claim
        assert re.match(f"brackets ({text})", first.text), claim
    repaired = check_claims(y, {"w": wrong})["w"].mistakes[0].repaired
    assert not repaired or check_claims(y, {"w": repaired})


def test_the_bracket_of_an_exponent():
    """z*x^z-1 for the slope of a power is one mistake, not two that cancel, and is put right."""
    x, z = Value(2.5, "x"), Value(3.0, "z")
    row = check_claims(x**z, {"x": "z*x^z-1"})["x"]
    assert [mistake.text for mistake in row.mistakes] == ["brackets are missing around z - 1"]
    assert row.mistakes[0].repaired == "z * x^(z - 1)"


@pytest.mark.parametrize(
    ("largest", "text"), [(np.float32(3.4028235e38), "3.4028235e+38"), (np.float16(65504), "65504")]
)
def test_the_largest_numbers_of_small_types(largest, text):
    """Fewer digits of the largest number of a type stand for one beyond it, which is no number of that type."""
    x = Value(1.0, "x")
    report = check_claims(x * float(largest), {"x": largest})
    assert report.ok
    assert text in str(report)


@pytest.mark.parametrize("zero", [0, 0.0, "0", "0.0", -0.0, np.float32(0.0)])
def test_gradients_before_backward(zero):
    """Zeros in place of gradients are what a node has before backward() has run, and that alone is said."""
    y = product()
    report = check_claims(y, {"x": zero, "z": zero})
    assert report.right == 0
    for row in report:
        assert [(mistake.kind, mistake.text) for mistake in row.mistakes] == [
            ("not computed", "a gradient is 0.0 before backward() has run")
        ]
    assert "In x and z alike: a gradient is 0.0 before backward() has run." in str(report)
    assert check_claims(y * 0.0, {"x": zero})


def test_names_in_capitals():
    """A name in capitals, or without them, is recognised."""
    x, w = Value(2.0, "Xin"), Value(3.0, "w")
    y = x * w
    assert check_claims(y, {"w": "XIN"})["w"].note == "the name 'XIN' is not known; did you mean Xin?"
    assert "did you mean w?" in check_claims(y, {"Xin": "W"})["Xin"].note
    assert "did you mean w?" in str(check_claims(y, {"W": 2.0}))


def test_labels_of_millions_of_characters():
    """However long the labels are, reports and errors are short."""
    long = "a" * 10_000_000
    x, w = Value(2.0, long), Value(3.0, long + "b")
    y = x * w
    y.label = long + "c"
    for claims in ({x: 3.5, w: "x*x"}, {x: f"∂q/∂{long[:90_000]} = 3"}, {long: 7.0, "q": 3.0, long + "d": 2.0}, {x: w}):
        report = check_claims(y, claims)
        assert len(str(report)) < 5000
        assert len(report._repr_html_()) < 10_000
        assert all(len(row.note) < 1000 for row in report)
    with pytest.raises(KeyError) as caught:
        check_claims(y, {x: 3.0})[long + "d"]
    assert len(str(caught.value)) < 1000
    with pytest.raises(ValueError, match="no node") as error:
        check_claims(y, {x: 3.0}, wrt=[long + "d"])
    assert len(str(error.value)) < 1000


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("2*[x > 0] + 0.4*[x < 0]", "0.4 where 0.2 belongs"),
        ("2*[x > 0] + 0.2*[x < 0] + 0.01", "the term 0.01 is one too many"),
        ("0.2 + 0.2*[x < 0]", "it is twice the gradient, on this side of the kinks"),
    ],
)
def test_reasons_hold_beyond_kinks(claim, reason):
    """A mistake explains a claim on both sides of a kink; one of this side alone is told so, and repairs nothing."""
    x = Value(-1.0, "x")
    y = x.leaky_relu(0.1) * 2.0
    y.label = "y"
    first = check_claims(y, {"x": claim})["x"].mistakes[0]
    assert first.text == reason
    assert bool(first.repaired) is ("this side" not in reason)
