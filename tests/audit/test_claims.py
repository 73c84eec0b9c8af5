"""Claims: the model case, every mistake in every weight, right tables."""

import csv
import json
import math
import re
from decimal import Decimal

import numpy as np
import pytest
from claimed import DATA, WEIGHTS, computed, hidden, network, texts
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import build, programs
from thorough import some

from autograd_lite import (
    Value,
    formula,
    grad,
)
from autograd_lite.audit import check_claims
from autograd_lite.audit.judging.verdicts import TO_ITS_DIGITS
from autograd_lite.examples import EXAMPLES, era_s6, mazur
from autograd_lite.examples.published import ScalarExample
from autograd_lite.train import data_loss

# --- the model case ---------------------------------------------------------------------------------------------------


def sheet():
    """The first row of the published sheet."""
    with (DATA / "era_s6_sheet.csv").open(encoding="utf-8", newline="") as file:
        return next(csv.DictReader(file))


def test_published_sheet():
    """Of the sheet's eight printed gradients two are wrong, since a_h1 stands where a_h2 belongs, and that is named."""
    net, y = network()
    row = sheet()
    report = check_claims(y, {w: row[f"∂E/∂{w}"] for w in WEIGHTS}, wrt=net.weights)
    assert report.score == "6 of 8 right"
    assert not report
    for name in ("w3", "w4"):
        assert report[name].verdict == "wrong"
        assert [mistake.text for mistake in report[name].mistakes] == ["a_h1 where a_h2 belongs"]
        assert report[name].mistakes[0].kind == "swap"
        assert report[name].chance < 0.01
    assert report.shared == (("a_h1 where a_h2 belongs", ("w3", "w4")),)
    assert "In w3 and w4 alike: a_h1 where a_h2 belongs." in str(report)
    assert "right:     ∂E_total/∂w3 = ((a_o1 - t1)" in str(report)


def test_published_sheet_in_formulas():
    """The cells' formulas, the derivative of the wrong activation in both places, are found and put right."""
    _, y = network()
    right = texts()
    cells = {name: right[name].replace("a_h2", "a_h1") for name in ("w3", "w4")}
    report = check_claims(y, right | cells)
    assert report.score == "6 of 8 right"
    for name in cells:
        first = report[name].mistakes[0]
        assert (first.kind, first.text) == ("swap", "a_h1 where a_h2 belongs")
        # Put right, it is the formula again.
        assert check_claims(y, {name: first.repaired}).ok
        assert re.sub(r"[ ()]", "", first.repaired) == re.sub(r"[ ()]", "", right[name])


def test_model_case_with_two_mistakes():
    """One path left out and the derivative of the wrong activation: both are named."""
    _, y = network()
    claim = "(a_o1 - t1) * a_o1 * (1 - a_o1) * w6 * a_h1 * (1 - a_h1) * i1"
    report = check_claims(y, {"w3": claim})
    text = report["w3"].mistakes[0].text
    assert "a_h1 where a_h2 belongs" in text
    assert "the path E_total → E2 → a_o2 → o2 → a_h2 → h2 → w3 is left out" in text


def test_mazur_errata():
    """Hidden gradients made with the updated output weights, as Mazur's program did, are recognised."""
    example = mazur()
    net = example.network()
    updates = example.mistaken_updates(net, *example.forward(net), example.lr)
    staggered = {w.label: (w.data - new.data) / example.lr for w, new in updates.items()}
    net, y = network(mazur)
    for rate in (0.5, None):
        report = check_claims(y, {name: f"{x:.9e}" for name, x in staggered.items()}, wrt=net.weights, lr=rate)
        assert report.score == "4 of 8 right"
        for name in WEIGHTS[:4]:
            first = report[name].mistakes[0]
            assert first.kind == "updated first"
            assert "updated already (learning rate 0.5)" in first.text
    published = json.loads((DATA / "worked_examples.json").read_text(encoding="utf-8"))["mazur"]
    printed = dict(zip(WEIGHTS, published["published gradients w1..w8 (9 decimals)"], strict=True))
    assert check_claims(y, printed)


# --- every mistake, in every weight -----------------------------------------------------------------------------------


OTHER = {"1": "2", "2": "1"}


def swapped_slope(w, text):
    """The derivative of the neuron beside it."""
    return re.sub(
        r"(a_[ho])(\d) \* \(1 - \1\2\)(?! \* w)", lambda m: m[0].replace(m[1] + m[2], m[1] + OTHER[m[2]]), text
    )


def swap_text(w, text):
    a = re.search(r"(a_[ho]\d) \* \(1 - \1\)(?! \* w)", text)[1]
    return f"{a[:-1]}{OTHER[a[-1]]} where {a} belongs"


MISTAKES = {
    "swap": (swapped_slope, swap_text),
    "transposed": (
        hidden(lambda w, text: text.replace("w6", "W").replace("w7", "w6").replace("W", "w7")),
        lambda w, text: "w6 where w7 belongs" if "w7" in text else "w7 where w6 belongs",
    ),
    "sign": (lambda w, text: f"-({text})", lambda w, text: "the sign is wrong"),
    "twice": (lambda w, text: f"2 * ({text})", lambda w, text: "twice the gradient"),
    "half": (lambda w, text: f"({text}) / 2", lambda w, text: "half the gradient"),
    "rate": (lambda w, text: f"0.05 * ({text})", lambda w, text: "multiplied by a learning rate of 0.05"),
    "updated": (
        lambda w, text: f"{w} - 0.1 * ({text})",
        lambda w, text: f"it is {w} after an update with learning rate 0.1",
    ),
    "path": (
        hidden(lambda w, text: re.sub(r" \+ [^+]* \* (w[78])\)", ")", text)),
        lambda w, text: "the path E_total → E2 → a_o2 → o2",
    ),
    "other path": (
        hidden(lambda w, text: re.sub(r"\(\(a_o1[^+]* \+ ", "(", text)),
        lambda w, text: "the path E_total → E1 → a_o1 → o1",
    ),
    "activation": (
        lambda w, text: re.sub(r"(a_[ho]\d) \* \(1 - \1\) \* (?=i|a)", "", text),
        lambda w, text: "the derivative of an activation, ∂",
    ),
    "output activation": (
        hidden(lambda w, text: text.replace("a_o1 * (1 - a_o1) * ", "", 1)),
        lambda w, text: r"the derivative of an activation, ∂a_o1/∂o1 = a_o1 \* \(1 - a_o1\), is left out",
    ),
    "all output activations": (
        hidden(lambda w, text: re.sub(r"(a_o\d) \* \(1 - \1\) \* ", "", text)),
        lambda w, text: "the derivatives of the activations, ∂a_o[12]/∂o[12], ∂a_o[12]/∂o[12], are left out",
    ),
    "half an activation": (
        lambda w, text: re.sub(r" \* \(1 - a_[ho]\d\)(?= \* [ia])", "", text),
        lambda w, text: "is taken for a_|the factor 1 - a_[ho][12] is left out",
    ),
    "tanh": (
        lambda w, text: re.sub(r"(a_[ho]\d) \* \(1 - \1\)(?= \* [ia])", r"(1 - \1**2)", text),
        lambda w, text: "the derivative of tanh",
    ),
    "input left out": (
        lambda w, text: re.sub(r" \* (i\d|a_h\d)$", "", text),
        lambda w, text: "is left out",
    ),
    "other input": (
        lambda w, text: re.sub(r"(i|a_h)(\d)$", lambda m: m[1] + OTHER[m[2]], text),
        lambda w, text: "it is the gradient of w|exchanged with w",
    ),
    "weight left out": (
        hidden(lambda w, text: re.sub(r" \* w[56]", "", text, count=1)),
        lambda w, text: "the factor ∂o1/∂a_h",
    ),
    "sum": (
        lambda w, text: re.sub(r"\(1 - (a_[ho]\d)\)(?= \* [ia])", r"(1 + \1)", text),
        lambda w, text: r"1 \+ a_",
    ),
    "value": (lambda w, text: w, lambda w, text: f"it is the value of {w}, not a gradient"),
}


@pytest.mark.thorough
@pytest.mark.parametrize("kind", some(MISTAKES, 2))
def test_every_mistake_in_every_weight(kind):
    """Whatever is done wrong with whichever weight, in a formula or a number of 10 digits, is named among the first."""
    _, y = network()
    change, expected = MISTAKES[kind]
    right = texts()
    wrong = {name: text for name in right if (text := change(name, right[name])) is not None}
    assert len(wrong) in {4, 8}
    for claims in (wrong, {name: f"{computed(text, y):.9e}" for name, text in wrong.items()}):
        for row in check_claims(y, claims):
            assert wrong[row.name] != right[row.name]
            assert row.verdict == "wrong"
            found = [mistake.text for mistake in row.mistakes[:3]]
            assert any(re.search(expected(row.name, right[row.name]), text) for text in found), (row.claimed, found)
            assert row.value == pytest.approx(computed(wrong[row.name], y), rel=1e-8)


def test_learning_rate_of_the_exercise():
    """With the learning rate given, mistakes that it takes part in come first, unusual rates too."""
    _, y = network()
    g = grad(y, "w5").data
    for claim, kind in ((0.37 * g, "learning rate"), (0.4 - 0.37 * g, "updated weight")):
        row = check_claims(y, {"w5": claim}, lr=0.37)["w5"]
        assert row.mistakes[0].kind == kind
        assert "0.37" in row.mistakes[0].text
        assert check_claims(y, {"w5": claim})["w5"].mistakes == ()


def test_gradient_a_step_late():
    """The gradient after an update of all weights is recognised."""
    net, y = network()
    late = network()[0]
    for w, x in zip(late.weights, grad(y, net.weights), strict=True):
        w.data -= 0.5 * x.data
    again = grad(era_s6().loss(late), late.weights)
    report = check_claims(y, dict(zip(net.weights, (x.data for x in again), strict=True)))
    assert {claim.mistakes[0].text for claim in report} == {
        "it is the gradient after an update of all weights (learning rate 0.5)"
    }


def test_exchanged_rows():
    """Two rows that have each other's gradient are called exchanged."""
    _, y = network()
    right = {name: grad(y, name).data for name in WEIGHTS}
    report = check_claims(y, right | {"w6": right["w7"], "w7": right["w6"]})
    assert report.score == "6 of 8 right"
    assert report["w6"].mistakes[0].text == "exchanged with w7: each is the gradient of the other"
    assert report["w7"].mistakes[0].kind == "exchanged"


def test_what_explains_several_rows_comes_first():
    """Of two explanations of a row, that which explains another row too comes first."""
    net = era_s6().network()
    y = data_loss(net, [([0.05, 0.13], [0.5, 0.5])])
    wrong = {name: texts()[name].replace("i1", "i2") for name in ("w1", "w3")}
    numbers = {name: f"{computed(text, y):.6e}" for name, text in wrong.items()}
    alone = [check_claims(y, {name: x})[name].mistakes[0].text for name, x in numbers.items()]
    assert alone == [f"it is the gradient of {w}, ∂E_total/∂{w}" for w in ("w2", "w4")]
    report = check_claims(y, numbers)
    assert [claim.mistakes[0].text for claim in report] == ["i2 where i1 belongs"] * 2
    assert report.shared == (("i2 where i1 belongs", ("w1", "w3")),)


@pytest.mark.parametrize(
    ("claim", "verdict", "text"),
    [
        ("0.01288", "right", ""),
        ("0.0129", "right", ""),
        ("0.013", "right", ""),
        ("0.0128", "last digit wrong", "cut off instead of rounded to 0.0129"),
        ("0.01289", "last digit wrong", "the gradient rounds to 0.01288"),
        ("0.0128088", "wrong", "two digits are exchanged, 08 for 80"),
        ("0.0138808", "wrong", "one digit is wrong, 3 for 2"),
        ("0.1288", "wrong", "ten times the gradient: the decimal point"),
        ("-0.01288", "wrong", "the sign is wrong"),
        ("0", "wrong", ""),
        ("0.00", "wrong", ""),
    ],
)
def test_slips(claim, verdict, text):
    """Slips in rounding and copying are told from mistakes in the derivation; the gradient is 0.0128808186..."""
    _, y = network()
    row = check_claims(y, {"w5": claim})["w5"]
    assert row.verdict == verdict
    assert text in " ".join(mistake.text for mistake in row.mistakes)


TOLERANT = ("sign", "twice", "activation", "path", "other path", "tanh", "all output activations", "transposed")


@pytest.mark.thorough
@pytest.mark.parametrize("kind", some(TOLERANT, 3))
@pytest.mark.parametrize("factor", [1.004, 0.996])
def test_mistakes_within_a_tolerance(kind, factor):
    """A claim within 1 % of what a mistake gives is explained by it with rtol=0.01, and not without."""
    _, y = network()
    change, expected = MISTAKES[kind]
    right = texts()
    wrong = {name: text for name in right if (text := change(name, right[name])) is not None}
    formulas = {name: f"{factor}*({text})" for name, text in wrong.items()}
    numbers = {name: factor * computed(text, y) for name, text in wrong.items()}
    for claims in (formulas, numbers):
        exactly = check_claims(y, claims)
        for row in check_claims(y, claims, rtol=0.01):
            found = [mistake.text for mistake in row.mistakes[:3]]
            pattern = expected(row.name, right[row.name])
            assert any(re.search(pattern, text) for text in found), (row.claimed, found)
            assert not any(re.fullmatch(pattern, mistake.text) for mistake in exactly[row.name].mistakes)
            assert row.mistakes[0].repaired == "" or check_claims(y, {row.name: row.mistakes[0].repaired})


def test_chance_of_a_fit_within_a_tolerance():
    """How many mistakes fit by chance follows the tolerance; what fits to all digits does so by none."""
    _, y = network()
    claims = {"w5": -1.02 * grad(y, "w5").data, "w6": f"-1.02*({texts()['w6']})"}
    for name in claims:
        chances = [check_claims(y, claims, rtol=rtol)[name].chance for rtol in (0.03, 0.1)]
        assert 0.05 < chances[0] < chances[1]
        assert "fit by chance" in str(check_claims(y, claims, rtol=0.1))
    exact = check_claims(y, {"w6": f"-({texts()['w6']})"}, rtol=0.03)["w6"]
    assert (exact.mistakes[0].text, exact.chance) == ("the sign is wrong", 0.0)
    row = check_claims(y, {"w5": -0.0129}, atol=5e-5)["w5"]
    assert row.mistakes[0].text == "the sign is wrong"
    row = check_claims(y, {"w5": -0.0133}, atol=5e-5)["w5"]
    assert "the sign is wrong" not in [mistake.text for mistake in row.mistakes]


# --- right tables are never flagged -----------------------------------------------------------------------------------


LABELS = [
    "x",
    "w5",
    "a b",
    '"q"\\',
    "σ",
    "exp",
    "v1",
    "v2",
    "dE",
    "e",
    "h1 (2)",
    "x²",
    "f'",
    "lambda",
    "<i>",
    "∂y/∂x",
    "",
]


@pytest.mark.parametrize("make", [lambda x: x * x, lambda x: x - x, lambda x: x.tanh() * x])
def test_zero_where_all_is_zero(make):
    """A gradient that is exactly zero is, also where no number in the graph is another."""
    x = Value(0.0, "x")
    report = check_claims(make(x), {"x": 0.0, x: formula(make(x), x)})
    assert report.ok, report
    assert check_claims(make(x), {"x": 0.1})["x"].verdict == "wrong"


def test_quotients_of_whole_numbers_are_exact():
    """A quotient of ints has no last digit that it could be rounded to, whatever its float looks like."""
    x = Value(1.5, "x")
    assert check_claims(x / 1.003575262437793, {"x": "1000000000000000 / 1003575262437793"})
    assert check_claims(x / 1.003575262437793, {"x": "1000000000000000 / 1003575262437000"})["x"].verdict == "wrong"
    assert check_claims(x * 0.125, {"x": "1/8"})
    assert check_claims(x * 0.1251, {"x": "1/8"})["x"].verdict == "wrong"
    assert check_claims(x * x * 0.1251, {"x": "1/8 * 2 * x"})["x"].verdict == "wrong"


@pytest.mark.thorough
@settings(max_examples=settings.default.max_examples * 2 // 3)
@given(programs(most=8), st.data())
def test_right_claims_of_drawn_graphs(steps, data):
    """For any graph and any labels, what formula() and grad() give is right, in every style and to any digits."""
    nodes = build(steps)
    for node in nodes:
        node.label = data.draw(st.sampled_from(LABELS))
    y = nodes[-1]
    wrt = data.draw(st.sampled_from(nodes))
    gradient = grad(y, wrt)
    for style in ("plain", "python"):
        row = check_claims(y, {wrt: formula(y, wrt, style=style)})[wrt] if wrt is not y else None
        assert row is None or row.verdict == "right", row
    claims = [gradient, gradient.data, repr(gradient.data), Decimal(gradient.data)]
    claims += [text for n in (1, 3, 7) if float(text := f"{gradient.data:.{n}e}")]
    for claim in claims:
        assert check_claims(y, {wrt: claim}), claim


@settings(max_examples=40)
@given(programs(most=8), st.sampled_from([1.001, -1.0, 0.5, 1.0 + 1e-7]))
def test_wrong_claims_of_drawn_graphs(steps, factor):
    """For any graph a gradient times a number is not right, given as a number, a formula or a node."""
    nodes = build(steps)
    y, x = nodes[-1], nodes[0]
    gradient = grad(y, x)
    if not 1e-3 < math.fabs(gradient.data) < 1e6:
        return
    right = formula(y, x)
    for claim in (gradient * factor, gradient.data * factor, f"{factor!r} * ({right})" if "=" not in right else "0"):
        row = check_claims(y, {x: claim})[x]
        # 1.001 * 0.0625 is 0.0625 if that was rounded
        assert not row.ok or (type(claim) is str and factor > 1.0 and row.note == TO_ITS_DIGITS)


@pytest.mark.parametrize("name", EXAMPLES)
def test_published_examples(name):
    """The printed gradients of every published example are right to their digits, but for those in the errata."""
    example = EXAMPLES[name]()
    if isinstance(example, ScalarExample):
        root, inputs = example.graph()
        printed = dict(zip([node.label for node in inputs], example.gradient, strict=True))
        # whole numbers without a point count as exact, and all of these are
        assert check_claims(root, printed, wrt=inputs)
        return
    net, y = network(lambda: example)
    printed = {p.quantity: p.printed for p in example.published if p.stage == "gradients"}
    wrong = {name for e in example.errata for _, name in e.quantities}
    report = check_claims(y, printed, wrt=net.weights)
    assert {claim.name for claim in report if not claim.ok} == wrong & set(printed)


def test_all_styles_of_the_network():
    """All eight formulas of grad() are accepted, and in the tutorials' words."""
    net, y = network()
    for claims in (
        {w: formula(grad(y, w)) for w in net.weights},
        {w: formula(y, w, style="python") for w in net.weights},
        {w: grad(y, w) for w in net.weights},
        texts(),
    ):
        assert check_claims(y, claims, wrt=net.weights).score == "8 of 8 right"


def test_another_calculation_in_floats():
    """All digits of another calculation of the same gradient are right within the bound of rounding, not beyond."""
    _, y = network()
    text = texts()["w3"]
    other = computed(text, y)
    assert check_claims(y, {"w3": other})
    assert not check_claims(y, {"w3": other * (1 + 1e-13)})
    # A sum whose terms cancel loses digits, and a claim may lose them too.
    x, big = Value(1.1, "x"), Value(1e8, "big")
    z = ((x + big) * (x + big) - big * big) * 1e-8
    g = grad(z, big).data
    assert check_claims(z, {"big": g * (1 + 1e-9)})
    exact = check_claims(z, {"big": "2 * x * 1e-8"})["big"]
    assert math.fabs(exact.value / g - 1.0) > 1e-10
    assert exact.ok
    assert not check_claims(z, {"big": "2.0001 * x * 1e-8"})
    assert not check_claims(z, {"big": g * (1 + 1e-5)})


def test_single_precision():
    """A single-precision number has the digits that tell it from its neighbours; a float made of one is explained."""
    _, y = network()
    x = np.float32(grad(y, "w5").data)
    assert check_claims(y, {"w5": x})
    assert check_claims(y, {"w5": np.float16(x)})
    row = check_claims(y, {"w5": float(x)})["w5"]
    assert row.verdict == "wrong"
    assert "single precision" in row.note
    assert check_claims(y, {"w5": float(x)}, rtol=1e-6)
