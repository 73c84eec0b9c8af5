"""The drawing of the whole graph."""

import re

import drawing
import pytest
from counting import lines_run

from autograd_lite import Value, draw, leaky_relu


def nodes(source):
    """The labels of the boxes by id, as the texts in them."""
    labels = re.findall(r"^\t(\w+) \[label=<(.*?)>(?: [a-z]+=.*)?\]$", source, re.MULTILINE)
    return {name: re.findall(r">\u00a0?([^<>]+)<", label) for name, label in labels if name != "graph"}


def edges(source):
    """The edges as pairs of ends."""
    return re.findall(r"^\t([\w:]+) -> ([\w:]+)", source, re.MULTILINE)


def legend(source):
    """The texts under the picture."""
    return re.findall(r">([^<>]+)<", re.search(r"graph \[.*? label=<(.*)> nodesep", source)[1])


def test_square_to_the_letter():
    """X * x is a leaf, a product, and two edges between them: this DOT text."""
    _, y = drawing.square()
    source = draw.graph(y).source
    assert source[source.index("\tn0 [") :] == (
        '\tn0 [label=<<TABLE BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2" STYLE="ROUNDED" '
        'BGCOLOR="#FFFFFF" COLOR="#7B8794"><TR><TD BGCOLOR="transparent" WIDTH="20"><B><FONT POINT-SIZE="13" '
        'COLOR="#1F2933">x</FONT></B></TD></TR><TR><TD BGCOLOR="transparent"><FONT POINT-SIZE="11" COLOR="#1F2933">'
        '3.0000</FONT></TD></TR><TR><TD WIDTH="52" BGCOLOR="transparent"><FONT POINT-SIZE="10" COLOR="#B54700">'
        '∂ +6.0000</FONT></TD></TR></TABLE>> tooltip="x = 3.0, gradient 6.0 (leaf)"]\n'
        '\tn1 [label=<<TABLE BORDER="2.5" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2" BGCOLOR="#FBEBDD" '
        'COLOR="#D55E00"><TR><TD BGCOLOR="transparent" WIDTH="29"><B><FONT POINT-SIZE="13" COLOR="#B54700">×</FONT></B>'
        '<B><FONT POINT-SIZE="13" COLOR="#1F2933">\u00a0y</FONT></B></TD></TR><TR><TD BGCOLOR="transparent">'
        '<FONT POINT-SIZE="11" COLOR="#1F2933">9.0000</FONT></TD></TR><TR><TD WIDTH="52" BGCOLOR="transparent">'
        '<FONT POINT-SIZE="10" COLOR="#B54700">∂ +1.0000</FONT></TD></TR></TABLE>> '
        'tooltip="y = 9.0, gradient 1.0 (mul)"]\n'
        "\tn0 -> n1\n"
        "\tn0 -> n1\n"
        "}\n"
    )


def test_every_node_of_mazur():
    """The graph of Mazur's example has a box for each of its nodes, with symbol, label, value and gradient."""
    _, loss = drawing.mazur()
    boxes = nodes(draw.graph(loss).source)
    shown = {tuple(texts) for texts in boxes.values()}
    assert ("w5", "0.4000", "∂ +0.0822") in shown
    assert ("σ", "a_o1", "0.7514", "∂ +0.7414") in shown
    assert ("×", "E1", "0.2748", "∂ +1.0000") in shown
    assert ("1", "−", "−0.7414", "2", "∂ −0.7414") in shown
    assert ("^2", "0.5496", "∂ +0.5000") in shown
    assert sum(texts == ["0.5"] for texts in boxes.values()) == 2


def test_a_graph_has_dashes_before_backward():
    """Before backward() a gradient is a dash, not 0, and the legend says why; after it, whose gradient it is."""
    x = Value(2.0, "x")
    y = x.exp()
    y.label = "y"
    before = draw.graph(y).source
    assert nodes(before)["n0"] == ["x", "2.0000", "∂ —"]
    assert legend(before)[-1] == "∂ — : backward() has not run"
    y.backward()
    after = draw.graph(y).source
    assert nodes(after)["n0"] == ["x", "2.0000", "∂ +7.3891"]
    assert legend(after)[-1] == "∂ = gradient of y with respect to it"
    other = draw.graph(y * 2.0)
    words = "∂ — : backward() has not run from the result; what another one left is not shown"
    assert legend(other.source)[-1] == words
    assert nodes(other.source)["n0"] == ["x", "2.0000", "∂ —"]
    assert "gradient" not in other.alt


@pytest.mark.parametrize(
    ("compute", "ends"),
    [
        (lambda a, b: a - b, [("n0", "n2:p0:w"), ("n1", "n2:p1:w")]),
        (lambda a, b: b - a, [("n0", "n2:p0:w"), ("n1", "n2:p1:w")]),
        (lambda a, b: a - a, [("n0", "n1:p0:w"), ("n0", "n1:p1:w")]),
        (lambda a, b: a / b, [("n0", "n2:p0:w"), ("n1", "n2:p1:w")]),
        (lambda a, b: a**b, [("n0", "n2:p0:w"), ("n1", "n2:p1:w")]),
        (lambda a, b: a + b, [("n0", "n2"), ("n1", "n2")]),
        (lambda a, b: a.maximum(b), [("n0", "n2"), ("n1", "n2")]),
        (lambda a, b: 1.0 - a, [("n1c0", "n1:p0:w"), ("n0", "n1:p1:w")]),
        (lambda a, b: leaky_relu(a, 0.1), [("n0", "n1:p0:w"), ("n1c1", "n1:p1:w")]),
        (lambda a, b: a**2, [("n0", "n1")]),
        (lambda a, b: 2**a, [("n1c0", "n1:p0:w"), ("n0", "n1:p1:w")]),
    ],
)
def test_order_of_operands(compute, ends):
    """Where the order of operands matters, their edges end at numbered places; where it does not, at the box."""
    source = draw.graph(compute(Value(2.0, "a"), Value(3.0, "b"))).source
    assert edges(source) == ends


def test_top_to_bottom():
    """From top to bottom, edges arrive at the upper side."""
    source = draw.graph(Value(2.0) - Value(3.0), rankdir="TB").source
    assert "rankdir=TB" in source
    assert edges(source) == [("n0", "n2:p0:n"), ("n1", "n2:p1:n")]


def test_constants_have_boxes_of_their_own():
    """Each use of a constant has its own grey, dashed box; a constant exponent stands in the operation's box."""
    x = Value(2.0, "x")
    source = draw.graph(0.5 * x + 0.5 + x**-1 + x**0.5).source
    boxes = nodes(source)
    assert [texts for texts in boxes.values() if len(texts) == 1] == [["0.5"], ["0.5"]]
    assert source.count('STYLE="DASHED" BGCOLOR="#F5F7F9"') == 3  # and one in the legend
    symbols = {texts[0] for texts in boxes.values()}
    assert {"^−1", "^0.5"} <= symbols


def test_kinds_differ_in_more_than_colour():
    """Leaves are rounded, operations are not, a result has a thick border, a constant a dashed one."""
    x = Value(2.0, "x")
    source = draw.graph((x + 1.0).exp()).source
    tables = dict(re.findall(r"^\t(\w+) \[label=<<(TABLE [^>]*)>", source, re.MULTILINE))
    assert 'BORDER="1" ' in tables["n0"]
    assert "ROUNDED" in tables["n0"]
    assert "STYLE" not in tables["n1"]
    assert "DASHED" in tables["n1c1"]
    assert 'BORDER="2.5" ' in tables["n2"]
    assert len({re.search('BGCOLOR="([^"]*)"', table)[1] for table in tables.values()}) == 4
    assert legend(source)[:4] == ["leaf", "operation", "result", "constant"]


def test_several_roots():
    """Several roots make one picture, in which what they share appears once; each is a result, and no ∂ is shown."""
    x = Value(2.0, "x")
    shared = x.exp()
    one, other = shared + 1.0, shared * 2.0
    source = draw.graph([one, other]).source
    assert len(nodes(source)) == 6
    assert source.count('BORDER="2.5"') == 3  # and one in the legend
    one.backward()
    other.backward()
    assert legend(draw.graph([one, other]).source)[-1] == "∂ — : a gradient is of one result; draw one alone"
    assert draw.graph([one, other]).source.count("∂ +") == 0
    one, other = shared + 1.0, shared * 2.0
    assert draw.graph((one,)).source == draw.graph(one).source
    assert draw.graph(node for node in (one, other)).source == source


def test_unlabelled_leaf_alone():
    """A graph of one unlabelled leaf is a box that says so."""
    assert nodes(draw.graph(Value(1.0)).source) == {"n0": ["leaf", "1.0000", "∂ —"]}


@pytest.mark.parametrize(("x", "shown"), [(float("nan"), "nan"), (float("inf"), "inf"), (-float("inf"), "−inf")])
def test_non_finite_values(x, shown):
    """NaN and infinities are drawn as such."""
    y = Value(x, "x").exp() * 1e300
    y.backward()
    assert nodes(draw.graph(y).source)["n0"][1] == shown


def test_edited_leaf_is_noted():
    """A leaf that was changed afterwards is marked, in words too, and no gradient is shown: it would mix two points."""
    x = Value(2.0, "x")
    y = x.exp() * Value(1.0, "w")
    y.backward()
    assert "changed" not in draw.graph(y).source
    x.data = 3.0
    diagram = draw.graph(y)
    boxes = nodes(diagram.source)
    assert boxes["n0"] == ["x", "changed to 3.0000", "∂ —"]
    assert boxes["n2"] == ["w", "1.0000", "∂ —"]
    assert legend(diagram.source)[-1] == "∂ — : a leaf was changed after the other values were computed from it"
    assert "x = 3.0000 (changed since), w = 1.0000" in diagram.alt


def test_a_large_graph_is_refused_unless_forced():
    """A graph above the limits is refused with its size, the limits and the ways out; force draws it all the same."""
    y = Value(1.0, "x")
    for _ in range(500):
        y = y.sin()
    with pytest.raises(ValueError, match=r"501 boxes and 500 edges; above 500 boxes or 1,500 edges.*force=True"):
        draw.graph(y)
    assert draw.graph(y.parents[0]).source.count("->") == 499
    assert draw.graph(y, force=True).source.count("->") == 500
    assert draw.graph(y, max_nodes=501).source.count("->") == 500
    with pytest.raises(ValueError, match="above 600 boxes or 499 edges"):
        draw.graph(y, max_nodes=600, max_edges=499)


def test_constants_count():
    """Boxes of constants count towards the limit."""
    with pytest.raises(ValueError, match="3 boxes and 2 edges"):
        draw.graph(Value(1.0) + 1.0, max_nodes=2)


def test_what_is_no_graph_is_refused():
    """What is no Value, nothing at all, and an unknown direction are refused in words."""
    with pytest.raises(TypeError, match=r"draw\.graph takes a Value or several, got float"):
        draw.graph(1.0)
    with pytest.raises(TypeError, match="got str"):
        draw.graph("loss")
    with pytest.raises(TypeError, match="got int"):
        draw.graph([Value(1.0), 2])
    with pytest.raises(ValueError, match="at least one Value"):
        draw.graph([])
    with pytest.raises(ValueError, match=r"'LR' \(left to right\), 'TB' \(top to bottom\) or None \(.*\), got 'up'"):
        draw.graph(Value(1.0), rankdir="up")


def test_many_results_are_walked_once():
    """Results that are made from each other cost no walk each: a line or two of Python for each node."""
    nodes = [Value(0.5)]
    for _ in range(2000):
        nodes.append(nodes[-1].sin())

    def refused():
        with pytest.raises(ValueError, match="2,001 boxes and 2,000 edges"):
            draw.graph(nodes)

    assert lines_run(refused) < 100 * 2000
