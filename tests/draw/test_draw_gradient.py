"""The drawing of one gradient: paths, factors, products and their sum."""

import math
import re
import sys

import drawing
import pytest

from autograd_lite import StaleGraphError, Value, draw
from autograd_lite.draw.style import STROKES, signed
from autograd_lite.explanation.derivative import explain


def boxes(source):
    """The texts in each box, by id."""
    labels = re.findall(r"^\t(n\w+) \[label=<(.*?)>(?: tooltip=.*)?\]$", source, re.MULTILINE)
    return {name: re.findall(r">([^<>]+)<", label) for name, label in labels}


def edges(source):
    """The visible edges as (tail, head, texts of the label, attributes)."""
    arrows = re.findall(r"^\t(n\d+) -> (n\d+) \[(?:label=<(.*?)> )?(.*dir=back.*)\]$", source, re.MULTILINE)
    return [
        (a, b, [text for text in re.findall(r">([^<>]+)<", label) if text != "&#160;"], rest)
        for a, b, label, rest in arrows
    ]


def table(source):
    """The rows of texts in the table under the picture."""
    label = re.search(r"graph \[.*? label=<(.*)> labeljust", source)[1]
    rows = [re.findall(r">([^<>]+)<", one) for one in label.split("<TR>")[1:]]
    return [[text.strip() for text in row if text.strip() and text != "&#160;"] for row in rows]


def test_one_path():
    """The gradient of w5 has one path: five boxes, four edges, four factors, and their product."""
    _, loss = drawing.mazur()
    source = draw.gradient(loss, "w5").source
    assert [texts[0] for texts in boxes(source).values()] == ["E_total", "E1", "a_o1", "o1", "w5"]
    assert boxes(source)["n4"] == ["w5", "0.4000", "∂ +0.0822"]
    assert [texts for _, _, texts, _ in edges(source)] == [
        ["∂E_total/∂E1", "1.0000"],
        ["∂E1/∂a_o1", "0.7414"],
        ["∂a_o1/∂o1", "0.1868"],
        ["∂o1/∂w5", "0.5933"],
    ]
    assert table(source) == [
        ["chain rule", "product"],
        [
            "path 1",
            "———",
            "∂E_total/∂E1",
            "1.0000",
            "×",
            "∂E1/∂a_o1",
            "0.7414",
            "×",
            "∂a_o1/∂o1",
            "0.1868",
            "×",
            "∂o1/∂w5",
            "0.5933",
            "=",
            "+0.08217",
        ],
        ["∂E_total/∂w5", "the only path", "=", "+0.08217"],
        ["∂ in a box: gradient of E_total with respect to it"],
    ]


def test_two_paths_share_an_edge():
    """The gradient of w1 has two paths, unlike in colour and dash; an edge of both has a stripe of each."""
    _, loss = drawing.mazur()
    source = draw.gradient(loss, "w1").source
    blue, vermillion = STROKES[0].line, STROKES[1].line
    looks = {
        texts[0]: re.search(r'color="([^"]*)".* style=(\w+)', rest).groups() for _, _, texts, rest in edges(source)
    }
    assert looks["∂o1/∂a_h1"] == (blue, "solid")
    assert looks["∂o2/∂a_h1"] == (vermillion, "dashed")
    assert looks["∂h1/∂w1"] == (f"{blue}:{vermillion}", "solid")
    assert len(looks) == 10
    assert [row[-1] for row in table(source)[:4]] == ["product", "+0.0006684", "−0.0002298", "+0.0004386"]
    assert [row[1] for row in table(source)[1:3]] == ["———", "– – –"]
    assert ["a line of several stripes belongs to several paths"] in table(source)


def test_edges_lead_from_the_loss_to_the_weight():
    """The weight is on the left, the loss on the right, and the arrows point back to the weight."""
    _, loss = drawing.mazur()
    source = draw.gradient(loss, "w5").source
    assert "rankdir=LR" in source
    assert [(tail, head) for tail, head, _, _ in edges(source)] == [
        ("n1", "n0"),
        ("n2", "n1"),
        ("n3", "n2"),
        ("n4", "n3"),
    ]


def test_node_or_label():
    """The weight may be given as a node or by its label."""
    net, loss = drawing.mazur()
    assert draw.gradient(loss, net["w3"]).source == draw.gradient(loss, "w3").source


def test_gradients_are_those_of_this_result():
    """The gradients in the boxes are those of the result drawn, whatever backward() calls have left in the nodes."""
    net, loss = drawing.mazur()
    before = draw.gradient(loss, "w5").source
    loss.backward()
    loss.parents[0].backward()
    assert draw.gradient(loss, "w5").source == before
    assert net["w5"].grad != pytest.approx(0.0822, abs=1e-3)


def test_parallel_edges():
    """X * x has two paths, one for each use of x, and their sum is 2x."""
    x, y = drawing.square()
    source = draw.gradient(y, x).source
    assert [texts for _, _, texts, _ in edges(source)] == [["∂y/∂x (left)", "3.0000"], ["∂y/∂x (right)", "3.0000"]]
    assert ["∂y/∂x", "sum over 2 paths", "=", "+6.0000"] in table(source)


def test_nothing_labelled():
    """Where nothing is labelled every node shows, with a name made up for it, its operation, and what it is."""
    x = Value(0.5)
    y = x.sin().exp()
    assert list(boxes(draw.gradient(y, x).source).values()) == [
        ["exp", "v3", "v3 = exp(v2)", "1.6151", "∂ +1.0000"],
        ["sin", "v2", "v2 = sin(v1)", "0.4794", "∂ +1.6151"],
        ["v1", "0.5000", "∂ +1.4174"],
    ]


def test_no_path():
    """A node that the result does not depend on: two boxes, no edge, a gradient of 0, and the reason."""
    _, loss = drawing.mazur()
    diagram = draw.gradient(loss, Value(1.0, "z"))
    assert [texts[0] for texts in boxes(diagram.source).values()] == ["E_total", "z", "no path"]
    assert not edges(diagram.source)
    assert table(diagram.source) == [["∂E_total/∂z", "no path", "=", "0.0000"], ["E_total does not depend on z"]]
    assert diagram.alt == "∂E_total/∂z = 0: E_total does not depend on z"


def test_zero_factor():
    """A dead relu makes the gradient 0: the picture shows the factor that does, and says so."""
    x = Value(-1.0, "x")
    a = x.relu()
    a.label = "a"
    y = a * 3.0
    y.label = "y"
    rows = table(draw.gradient(y, x).source)
    assert rows[1] == ["path 1", "———", "∂y/∂a", "3.0000", "×", "∂a/∂x", "0.0000", "=", "0.0000"]
    assert ["a factor of 0 makes the whole product 0"] in rows


def test_result_by_itself():
    """The derivative of a node by itself is 1, over the path of no edge."""
    _, loss = drawing.mazur()
    source = draw.gradient(loss, loss).source
    assert len(boxes(source)) == 1
    assert not edges(source)
    assert ["∂E_total/∂E_total", "the only path", "=", "+1.0000"] in table(source)


def test_more_paths_than_are_listed():
    """Of 60 paths the largest are listed, the others are grey and summed up: the table adds up to the gradient."""
    _, loss = drawing.trained([2, 5, 6, 2], seed=3, biases="none")
    source = draw.gradient(loss, "i1", max_paths=3).source
    rows = table(source)
    why = explain(loss, "i1", limit=60)
    rest = math.fsum(path.product for path in why.paths[3:])
    assert [row[0] for row in rows[1:4]] == ["path 1", "path 2", "path 3"]
    assert [row[-1] for row in rows[1:4]] == [signed(path.product, 4) for path in why.paths[:3]]
    assert rows[4] == ["and 57 more paths (grey), together", "=", signed(rest, 4)]
    assert rows[5] == ["∂E_total/∂i1", "sum over 60 paths", "=", signed(why.gradient, 4)]
    grey = [rest for _, _, texts, rest in edges(source) if not texts]
    assert grey
    assert all('color="#9AA5B1"' in rest for rest in grey)
    assert len(boxes(source)) == 30


def test_labels_interrupt_their_lines_where_many_meet():
    """In a crowded picture each label is a box within its own line, so that no other line runs through it."""
    _, loss = drawing.trained([3, 4, 4, 2], seed=3)
    source = draw.gradient(loss, "w1").source
    labels = dict(re.findall(r"^\t(f\d+) \[label=<.*?>(∂[^<]+)<", source, re.MULTILINE))
    assert sorted(labels.values()) == sorted({f.symbol for path in explain(loss, "w1").paths for f in path.factors})
    assert not edges(source)
    for name in labels:
        assert len(re.findall(rf"-> {name} \[.*dir=back", source)) == 1
        assert len(re.findall(rf"\t{name} -> n\d+ \[.*dir=none", source)) == 1


def test_more_paths_than_can_be_told_apart():
    """The first twelve paths have strokes of their own; further ones that are listed are grey."""
    _, loss = drawing.trained([2, 5, 6, 2], seed=3, biases="none")
    source = draw.gradient(loss, "i1", max_paths=14).source
    swatches = re.findall(r'<TD BGCOLOR="(#\w+)" WIDTH="6">', source)
    assert swatches == [stroke.line for stroke in STROKES] + ["#9AA5B1"] * 3
    assert table(source)[15][:1] == ["and 46 more paths (grey), together"]


def test_2_to_the_200_paths():
    """A graph with 2**200 paths is drawn, with their number about right, and all others summed up."""
    x = Value(1.0, "x")
    y = x
    for _ in range(200):
        y = y * 0.5 + y * 0.5
    rows = table(draw.gradient(y, x, max_paths=2, max_nodes=1000).source)
    rest = next(k for k, row in enumerate(rows) if row[0].startswith("and "))
    assert rows[rest][0] == "and 1.61e+60 more paths (the 60 largest of them grey), together"
    assert rows[rest][-1] == "+1.0000"
    assert rows[rest + 1][1:] == ["sum over 1.61e+60 paths", "=", "+1.0000"]
    assert rows[-1] == ["and so on"]


def test_long_paths_are_wrapped_and_cut():
    """A path of 25 factors takes three lines; one of 60 shows its middle as one factor; the product is the same."""
    x = Value(1.0, "x")
    y = x
    for _ in range(25):
        y = y * 1.5
    rows = table(draw.gradient(y, x).source)
    assert [sum(text.startswith("∂") for text in row) for row in rows[1:4]] == [9, 9, 7]
    assert rows[3][-2:] == ["=", signed(1.5**25, 4)]
    for _ in range(35):
        y = y / 1.5
    rows = table(draw.gradient(y, x).source)
    assert sum("30 factors" in row for row in rows) == 1
    assert rows[-3][-1] == rows[-2][-1] == signed(1.5**-10, 4)


def test_a_gradient_in_words():
    """The alternative text has the gradient, the factors and the products."""
    _, loss = drawing.mazur()
    assert draw.gradient(loss, "w5").alt == (
        "Gradient ∂E_total/∂w5 = +0.08217; path 1: ∂E_total/∂E1 1.0000 × ∂E1/∂a_o1 0.7414 × ∂a_o1/∂o1 0.1868 × "
        "∂o1/∂w5 0.5933 = +0.08217"
    )


def test_labels_that_nodes_share():
    """Two nodes of one label are two boxes, told apart by name."""
    x = Value(1.0, "x")
    first, second = x.sin(), x.cos()
    first.label = second.label = "f"
    y = first * second
    y.label = "y"
    names = [texts[0] for texts in boxes(draw.gradient(y, x).source).values()]
    assert len(names) == len(set(names)) == 4


def test_a_large_gradient_is_refused_unless_forced():
    """A picture above the limits is refused, unless forced; max_paths is a whole number from 1 on."""
    x = Value(1.0, "x")
    y = x
    for _ in range(20):
        y = y.sin()
    with pytest.raises(
        ValueError, match=r"this diagram has at least 21 boxes and 20 edges; above 20 boxes or 1,500 edges.*force"
    ):
        draw.gradient(y, x, max_nodes=20)
    assert len(edges(draw.gradient(y, x, max_nodes=20, force=True).source)) == 20
    for odd in (0, -1, 2.0):
        with pytest.raises(ValueError, match="max_paths is how many paths to list"):
            draw.gradient(y, x, max_paths=odd)


def test_a_gradient_of_nothing_known_is_refused():
    """An unknown label, what is no node, and a leaf edited since are refused as explain() does."""
    net, loss = drawing.mazur()
    with pytest.raises(ValueError, match="w9"):
        draw.gradient(loss, "w9")
    with pytest.raises(TypeError, match=r"^draw\.gradient takes the result as a node \(Value\), got float$"):
        draw.gradient(1.0, loss)
    with pytest.raises(TypeError, match=r"^expected a node \(Value\) or the label of one, got float$"):
        draw.gradient(loss, 1.0)
    net["w1"].data = 1.0
    with pytest.raises(StaleGraphError):
        draw.gradient(loss, "w1")


def test_a_long_path_is_refused_before_it_is_explained(monkeypatch):
    """Where even the shortest path is above the limit, nothing is explained before the refusal; force=True draws on."""
    x = Value(0.5)
    y = x
    for _ in range(1000):
        y = y + y.sin()  # of 2**1000 paths the shortest has 1,001 nodes
    module = sys.modules["autograd_lite.draw.gradient"]
    monkeypatch.setattr(module, "explain", lambda *_, **__: 1 / 0)
    with pytest.raises(ValueError, match="at least 1,001 boxes and 1,000 edges; above 500 boxes"):
        draw.gradient(y, x)
    for passing in ({"force": True}, {"max_nodes": 1001}):
        with pytest.raises(ZeroDivisionError):
            draw.gradient(y, x, **passing)
    y.parents[0].label = "h"  # now all between is folded: three boxes
    with pytest.raises(ZeroDivisionError):
        draw.gradient(y, x)


def test_product_of_factors_in_the_middle():
    """Where the factors in the middle of a long path have a product that no float holds, it is not shown as 0."""
    x = Value(1.0, "x")
    y = x
    for factor in [1e20] * 15 + [1e-20] * 30 + [1e20] * 15:
        y = y * factor
    row = table(draw.gradient(y, x).source)
    texts = [text for line in row for text in line]
    assert texts[texts.index("30 factors") + 1] == "…"
    assert row[-2][-1] == "+1.0000"
