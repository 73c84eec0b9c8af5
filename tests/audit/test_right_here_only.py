"""Claims: formulas that are right at one point alone."""

import math
import re

import pytest
from claimed import dead, network, texts, values

from autograd_lite import (
    Value,
    exp,
    formula,
    grad,
    log,
    log1p,
    maximum,
    named,
    relu,
    sigmoid,
    tanh,
)
from autograd_lite.audit import check_claims
from autograd_lite.examples import era_s6
from autograd_lite.nn import Network

# --- right here only --------------------------------------------------------------------------------------------------


def test_right_by_accident():
    """A formula with a_h1 for a_h2 is not right where the two happen to be equal."""
    net = Network([2, 2, 2], biases="none", weights=[0.15, 0.2, 0.15, 0.2, 0.4, 0.45, 0.5, 0.55])
    y = era_s6().loss(net)
    assert values(y)["a_h1"] == values(y)["a_h2"]
    row = check_claims(y, {"w3": texts()["w3"].replace("a_h2", "a_h1")})["w3"]
    assert row.verdict == "right here only"
    assert row.value == pytest.approx(row.gradient, rel=1e-14)
    assert "a_h1 where a_h2 belongs" in row.note
    # A number cannot know, and is right.
    assert check_claims(y, {"w3": row.gradient})


@pytest.mark.parametrize(
    ("claim", "note"),
    [
        ("(a_o1 - 0.5) * a_o1 * (1 - a_o1) * a_h1", "the number 0.5 stands for t1"),
        ("(0.6064777 - t1) * a_o1 * (1 - a_o1) * a_h1", "the number 0.6064777 stands for a_o1"),
        ("(0.60648 - 0.5) * 0.60648 * (1 - a_o1) * a_h1", "0.60648 for a_o1"),
        ("(a_o1 - t1) * 0.2386625 * a_h1", "right at this point only"),
    ],
)
def test_numbers_pasted_in(claim, note):
    """A formula with a number where a name belongs is right here only, and it is said for which name it stands."""
    _, y = network()
    row = check_claims(y, {"w5": claim})["w5"]
    assert row.verdict == "right here only"
    assert note in row.note
    assert not check_claims(y, {"w5": claim})


def test_no_accident_is_told_that_is_none_elsewhere():
    """What explains a formula near by, where all is saturated, and not farther away, is no explanation."""
    v, z = Value(1.5, "v"), Value(800.0, "z")
    a = tanh(z)
    a.label = "a"
    for claim in ("5*(1-a^2)", "7*v*(1-a)"):
        row = check_claims(a * v, {"z": claim})["z"]
        assert (row.verdict, row.note) == ("right here only", "elsewhere it differs")


@pytest.mark.parametrize("claim", ["2*x^2+z", "4*x^2+z", "x^3+z", "3*x^2*z"])
def test_a_wrong_term_is_no_path_left_out(claim):
    """A term or factor that is wrong is not told as one too many beside a path that is left out."""
    x, z = Value(2.0, "x"), Value(1.5, "z")
    row = check_claims(x**3 + x * z, {"x": claim})["x"]
    assert row.verdict == "wrong"
    assert not any("is left out" in mistake.text for mistake in row.mistakes)


@pytest.mark.parametrize(
    ("claim", "text", "repaired"),
    [
        ("2*x^2+z", "2 where 3 belongs", "3*x^2 + z"),
        ("-4*x^2+z", "-4 where 3 belongs", "3*x^2 + z"),
        ("0.5*x^2+z", "1/2 where 3 belongs", "3*x^2 + z"),
        ("z + 12.5 * x^2 / 4", "12.5 where 12 belongs", "z + 12 * x^2 / 4"),
        ("3*x^2 + z + 1", "the term 1 is one too many", "3*x^2 + z"),
        ("3*x^2 + 5*z", "the factor 5 is one too many", "3*x^2 + z"),
        ("z + 3*x^2 + 2*z - 1.75*z", "1.75 where 2 belongs", "z + 3*x^2 + 2*z - 2*z"),
        ("z + 0.01*x^2/50*z/z + 2*x^2 + x^2*0.5", "0.5 where 0.9998 belongs", None),
    ],
)
def test_a_wrong_number_in_a_formula(claim, text, repaired):
    """The number that belongs where a wrong one stands is told, if it is simple."""
    x, z = Value(2.0, "x"), Value(1.5, "z")
    row = check_claims(x**3 + x * z, {"x": claim})["x"]
    assert row.verdict == "wrong"
    found = {mistake.text: mistake.repaired for mistake in row.mistakes}
    assert not any(re.search(r"where [01] belongs", mistake) for mistake in found)
    assert found.get(text) == repaired


def test_labels_that_are_numbers_elsewhere():
    """A quantity called nan or inf is meant by its name."""
    q, p, r = Value(3.0, "nan"), Value(2.0, "p"), Value(5.0, "inf")
    assert check_claims(q * p * r, {"p": "nan * inf"})
    assert check_claims(q * p, {"p": "nan"})
    assert check_claims(q * p, {"p": "dy/dp = nan = 3"})
    assert check_claims(r * p, {"p": "inf"})


def test_held_data():
    """Leaves that are held may have their numbers in a formula."""
    _, y = network()
    claim = {"w5": "(a_o1 - 0.5) * a_o1 * (1 - a_o1) * a_h1"}
    assert check_claims(y, claim, held=["t1", "t2", "i1", "i2"])
    assert not check_claims(y, claim, held=["t2"])
    # Without a label nothing could stand in a formula but the number.
    w = Value(3.0, "w")
    assert check_claims(w * Value(2.5), {"w": "2.5"})


def softmax(numbers, targets):
    """The cross-entropy of a softmax."""
    zs = [Value(x, f"z{k}") for k, x in enumerate(numbers, 1)]
    ys = [Value(x, f"y{k}") for k, x in enumerate(targets, 1)]
    powers = [exp(z) for z in zs]
    ps = [power / sum(powers) for power in powers]
    for k, p in enumerate(ps, 1):
        p.label = f"p{k}"
    loss = -sum(y * log(p) for y, p in zip(ys, ps, strict=True))
    loss.label = "L"
    return loss


def bce():
    """The binary cross-entropy of a sigmoid, with target 1."""
    w, x, y = Value(0.7, "w"), Value(1.3, "x"), Value(1.0, "y")
    p = sigmoid(w * x)
    p.label = "p"
    loss = -(y * log(p) + (1.0 - y) * log(1.0 - p))
    loss.label = "L"
    return loss


SOFTMAX = [
    ("z1", "(p1 - y1)*p1*(1 - p1)", None, None),
    ("z2", "(p2 - y2)*p2*(1 - p2)", None, None),
    ("z1", "y1 - p1", "the sign is wrong", None),
    ("z2", "y2 - p2", "the sign is wrong", None),
    ("z2", "1 - p2", "the sign is wrong", None),
    ("z1", "2*(p1 - y1)", "it is twice the gradient", "p1 - y1"),
    ("z1", "p2 - y1", "p2 where p1 belongs", "p1 - y1"),
    ("z1", "p1 - y2", "y2 where y1 belongs", "p1 - y1"),
    ("z1", "0.1*(p1 - y1)", "it is multiplied by a learning rate of 0.1", "p1 - y1"),
]


@pytest.mark.parametrize("targets", [(0.0, 1.0), (0.0, 1.0, 0.0)])
@pytest.mark.parametrize(("name", "claim", "text", "repaired"), SOFTMAX)
def test_reasons_hold_for_other_targets(name, claim, text, repaired, targets):
    """What fits only since a target is 0 or 1 explains nothing, whether it is held; what fits for all targets does."""
    y = softmax((0.2, 1.1, -0.4)[: len(targets)], targets)
    right = [f"y{k}" for k in range(1, len(targets) + 1)]
    row = check_claims(y, {name: claim}, held=right)[name]
    assert row.verdict == "wrong"
    if text is None:
        assert not row.mistakes
        return
    assert row.mistakes[0].text.startswith(text)
    assert repaired is None or repaired in {mistake.repaired for mistake in row.mistakes}
    for mistake in row.mistakes:
        assert not mistake.repaired or check_claims(y, {name: mistake.repaired}, held=right)
        assert mistake.kind != "brackets"


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("(p - y)*p*(1 - p)*x", None),
        ("(y - p)*x", "the sign is wrong"),
        ("(1 - p)*x", "the sign is wrong"),
        ("p - y*x", "brackets are missing around p - y"),
        ("(p - y)*p", "p where x belongs"),
    ],
)
def test_reasons_of_binary_cross_entropy(claim, text):
    """A target of 1 that is held gives no reason that another one would not; its number in a formula is taken as it."""
    row = check_claims(bce(), {"w": claim}, held=["y", "x"])["w"]
    assert row.verdict == "wrong"
    assert [m.text for m in row.mistakes[:1]] == ([text] if text else [])
    for mistake in row.mistakes:
        assert not mistake.repaired or check_claims(bce(), {"w": mistake.repaired}, held=["y", "x"])


def test_reasons_with_all_held():
    """Where every leaf is held, a formula is right or wrong by one point, and explained by others."""
    _, y = network()
    everything = [x for x in named(y).values() if x.op is None]
    row = check_claims(y, {"w3": texts()["w3"].replace("a_h2", "a_h1")}, held=everything)["w3"]
    assert (row.verdict, row.mistakes[0].text) == ("wrong", "a_h1 where a_h2 belongs")
    pasted = texts()["w5"].replace("t1", "0.5").replace("* a_h1", "* a_h2")
    row = check_claims(y, {"w5": pasted}, held=everything)["w5"]
    assert "a_h2 where a_h1 belongs" in [mistake.text for mistake in row.mistakes]


def test_what_is_alike_here_alone_is_not_left_out():
    """Of two paths that are equal here, a number cannot tell which was left out: both are named."""
    net = Network([2, 2, 2], biases="none", weights=[0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.4, 0.45])
    y = era_s6().loss(net)
    row = check_claims(y, {"w1": repr(grad(y, "w1").data / 2)})["w1"]
    texts_ = [mistake.text for mistake in row.mistakes]
    assert texts_[0] == "it is half the gradient"
    assert sum("path" in text for text in texts_) == 2


def test_kinks():
    """A formula for one side of a kink is right there, with a remark; the one for all sides is right without."""
    x, w = Value(2.0, "x"), Value(3.0, "w")
    y = relu(w * x)
    row = check_claims(y, {"w": "x"})["w"]
    assert row.ok
    assert "on this side of the kinks" in row.note
    row = check_claims(y, {"w": formula(y, w)})["w"]
    assert (row.verdict, row.note) == ("right", "")
    assert check_claims(-y, {"w": "0"})["w"].verdict == "wrong"
    row = check_claims(maximum(w, x) * 1.0, {"w": "1"})["w"]
    assert row.ok


@pytest.mark.parametrize(
    "claim",
    [
        "2*x+relu(x-3)",
        "min(2*x,3)",
        "min(2*x,5)",
        "max(2*x,-5)",
        "max(2*x,x^2)",
        "2*abs(x)",
        "2*relu(x)",
        "2*|x|",
        "2*sqrt(x^2)",
        "max(2*x,-100)",
    ],
)
def test_kinks_of_the_claim_alone(claim):
    """Where the graph has no kink, those of a formula excuse nothing, be they far from here."""
    x = Value(1.0, "x")
    assert check_claims(x * x, {"x": claim})["x"].verdict == "right here only"


def test_a_lost_sign():
    """A distance where a difference belongs is right on one side alone."""
    o, t = Value(0.3, "o"), Value(0.9, "t")
    row = check_claims((o - t) ** 2, {"o": "-2*|o-t|"})["o"]
    assert row.verdict == "right here only"
    assert row.note == "the function abs is one too many, and the sign is wrong; at this point the two give the same"
    assert check_claims(abs(o - t), {"o": "(o-t)/|o-t|", "t": "-(o-t)/abs(t-o)"})


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("w", "2*(o-t)*x*step(h)"),
        ("w", "(o-t)*v*step(h)*x"),
        ("w", "2*(o-t)*v*a*x"),
        ("w", "step(h)"),
        ("w", "a"),
        ("v", "2*(o-t)*o"),
        ("v", "2*a"),
    ],
)
def test_zero_on_one_side_tells_nothing(name, claim):
    """On the side where a gradient is 0, what else is 0 there is not right for that."""
    row = check_claims(dead(), {name: claim})[name]
    assert row.verdict == "right here only"
    assert row.note == "on this side of the kinks (relu, abs, max, ...) both are 0; beyond them it differs"


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("w", "0"),
        ("w", "2*(o-t)*v*0*x"),
        ("w", "2*(o-t)*v*step(h)*x"),
        ("v", "2*(o-t)*a"),
        ("v", "(o-t)*0"),
        ("t", "2*(t-o)"),
        ("t", "2*t"),
    ],
)
def test_right_for_a_dead_unit(name, claim):
    """That it is 0 is right on that side, and so is what is right on all."""
    assert check_claims(dead(), {name: claim})[name].ok


@pytest.mark.parametrize("claim", ["(-2)^x", "x*x*(-1)^x", "x+x*(-1)^x"])
def test_no_number_elsewhere(claim):
    """A formula that is a number at this point alone, where the gradient is one at all, is not right."""
    w, x = Value(3.0, "w"), Value(2.0, "x")
    row = check_claims(w * x * x, {"w": claim})["w"]
    assert row.verdict == "right here only"
    assert row.note == "elsewhere it gives no number, though there is a gradient"


def test_no_number_in_some_places():
    """A formula that overflows, or is none, only far from here, is right all the same."""
    z, x = Value(500.0, "z"), Value(2.0, "x")
    assert check_claims(log1p(exp(z)), {"z": "exp(z) / (1 + exp(z))"})["z"].ok
    assert check_claims(x * x, {"x": "2 * exp(log(x))"})["x"].ok


@pytest.mark.parametrize("b", [0.3, 0.5, 0.7, 0.9, 1.1, 1.3])
def test_the_other_side_of_a_kink_is_found(b):
    """The other side of a kink is looked for, even where few points are there."""
    x, w = Value(0.8, "x"), Value(0.9, "w")
    row = check_claims(relu(x * w + b), {"w": "x"})["w"]
    assert row.ok
    assert "on this side" in row.note


def test_explained_beside_a_kink():
    """A wrong formula is explained by its own side of a kink, however near the other is."""
    x, b, c = Value(1.0, "x"), Value(-0.98, "b"), Value(3.0, "c")
    y = relu(x + b) * c
    row = check_claims(y, {"x": "c"})["x"]
    assert row.ok
    assert "on this side" in row.note
    row = check_claims(y, {"x": "-c"})["x"]
    assert row.mistakes[0].text == "the sign is wrong, on this side of the kinks"


def test_zero_gradient():
    """A gradient of 0 is claimed as 0; a small one is not."""
    x = Value(-2.0, "x")
    assert check_claims(relu(x), {"x": 0})
    assert check_claims(relu(x), {"x": "0.0"})
    assert not check_claims(x * 1e-4, {"x": 0.0})
    assert not check_claims(x * 1e-4, {"x": "0.000"})
    assert check_claims(x * 1e-4, {"x": "0.0001"})


def test_not_finite():
    """Infinite and undefined gradients are claimed as such, and never agree with a number."""
    x = Value(0.0, "x")
    y = x**0.5
    assert check_claims(y, {"x": math.inf})
    assert not check_claims(y, {"x": 1e300})
    z = Value(-1.0, "z")
    assert check_claims(z.log(), {"z": math.nan})
    assert not check_claims(z.log(), {"z": -1.0})
    row = check_claims(z.log(), {"z": "1/z"})["z"]
    assert row.verdict == "cannot be judged"
    assert row.note == "it gives -1, the gradient is nan; elsewhere it is right"
    assert check_claims(z * z, {"z": "1/0"})["z"].verdict == "wrong"
