"""Explanations: the paths, their factors and products, the count of all, the sum; and the worked backward pass."""

import itertools
import math
import xml.etree.ElementTree as ET

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import build, programs

from autograd_lite import StaleGraphError, Value, explain, grad, topological
from autograd_lite.losses import half_squared_error
from autograd_lite.nn import Network


def tutorial():
    """The 2-2-2 network of the tutorials, and its loss."""
    net = Network([2, 2, 2], biases="none", weights=[0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55])
    return net, half_squared_error(net([0.05, 0.1]), [0.01, 0.99])


def ladder(rungs, *, labels=False):
    """A graph of 2**rungs paths, the derivative of which is 1."""
    x = Value(1.0, "x")
    y = x
    for k in range(rungs):
        y = y * 0.75 + y * 0.25
        if labels:
            y.label = f"y{k}"
    return y, x


# --- the tutorial --------------------------------------------------------------------------------------------------


def test_two_paths():
    """∂E_total/∂w1 is the sum over the two paths of the tutorial, largest first, factor by factor."""
    net, loss = tutorial()
    why = explain(loss, net["w1"])
    assert [[f.symbol for f in path.factors] for path in why.paths] == [
        ["∂E_total/∂E1", "∂E1/∂a_o1", "∂a_o1/∂o1", "∂o1/∂a_h1", "∂a_h1/∂h1", "∂h1/∂w1"],
        ["∂E_total/∂E2", "∂E2/∂a_o2", "∂a_o2/∂o2", "∂o2/∂a_h1", "∂a_h1/∂h1", "∂h1/∂w1"],
    ]
    assert [f.formula for f in why.paths[0].factors] == [
        "1", "a_o1 - t1", "a_o1 * (1 - a_o1)", "w5", "a_h1 * (1 - a_h1)", "i1"
    ]  # fmt: skip
    assert [round(f.value, 4) for f in why.paths[0].factors] == [1.0, 0.5965, 0.2387, 0.4, 0.25, 0.05]
    assert [round(path.product, 7) for path in why.paths] == [0.0007116, -0.0005234]
    loss.backward()
    assert (why.count, why.rest, why.gradient) == (2, 0.0, net["w1"].grad)
    assert (why.root, why.wrt) == (loss, net["w1"])
    assert why.formula == (
        "∂E_total/∂w1 = ((a_o1 - t1) * a_o1 * (1 - a_o1) * w5 + (a_o2 - t2) * a_o2 * (1 - a_o2) * w7) "
        "* a_h1 * (1 - a_h1) * i1"
    )


def test_factors_are_shared():
    """A factor on two paths is one object, so that a diagram can draw it once."""
    _, loss = tutorial()
    why = explain(loss, "w1")
    assert why.paths[0].factors[-1] is why.paths[1].factors[-1]
    assert len(why.factors) == 10


PRINTED = """\
∂E_total/∂w1 = +0.0001883, the sum over 2 paths

local derivatives
  ∂E_total/∂E1  = 1                  =   1.0000
  ∂E1/∂a_o1     = a_o1 - t1          =   0.5965
  ∂a_o1/∂o1     = a_o1 * (1 - a_o1)  =   0.2387
  ∂o1/∂a_h1     = w5                 =   0.4000
  ∂a_h1/∂h1     = a_h1 * (1 - a_h1)  =   0.2500
  ∂h1/∂w1       = i1                 =   0.0500
  ∂E_total/∂E2  = 1                  =   1.0000
  ∂E2/∂a_o2     = a_o2 - t2          =  −0.3595
  ∂a_o2/∂o2     = a_o2 * (1 - a_o2)  =   0.2330
  ∂o2/∂a_h1     = w7                 =   0.5000

paths
  1  E_total → E1 → a_o1 → o1 → a_h1 → h1 → w1
     1.0000 × 0.5965 × 0.2387 × 0.4000 × 0.2500 × 0.0500     = +0.0007116
  2  E_total → E2 → a_o2 → o2 → a_h1 → h1 → w1
     1.0000 × (−0.3595) × 0.2330 × 0.5000 × 0.2500 × 0.0500  = −0.0005234
  sum, ∂E_total/∂w1                                          = +0.0001883

∂E_total/∂w1 = ((a_o1 - t1) * a_o1 * (1 - a_o1) * w5 + (a_o2 - t2) * a_o2 * (1 - a_o2) * w7) * a_h1 * (1 - a_h1) * i1"""


def test_print():
    """Printed, an explanation is a table of local derivatives, the paths with their products, the sum, the formula."""
    net, loss = tutorial()
    assert str(explain(loss, net["w1"])) == PRINTED


def test_rows():
    """As rows for code, an explanation has a dict for each factor of each path."""
    _, loss = tutorial()
    rows = explain(loss, "w5").rows()
    assert [row["symbol"] for row in rows] == ["∂E_total/∂E1", "∂E1/∂a_o1", "∂a_o1/∂o1", "∂o1/∂w5"]
    assert rows[1] == {
        "path": 1, "step": 2, "of": "E1", "wrt": "a_o1", "symbol": "∂E1/∂a_o1", "formula": "a_o1 - t1",
        "value": pytest.approx(0.5964777), "product": pytest.approx(0.07215707),
    }  # fmt: skip


def parsed(html):
    """HTML that is also XML, which a browser reads in one way only."""
    return ET.fromstring(html)


def test_notebook():
    """In a notebook an explanation is tables and typeset mathematics, in one representation, without LaTeX."""
    net, loss = tutorial()
    for shown in (explain(loss, net["w1"]), explain(loss), explain(loss, Value(1.0)), explain(loss, loss)):
        page = parsed(shown._repr_html_())
        assert page.attrib["class"] == "mathjax_ignore tex2jax_ignore"
        assert not hasattr(shown, "_repr_latex_")
    page = parsed(explain(loss, net["w1"])._repr_html_())
    assert len(page.findall(".//table")) == 2
    assert len(page.findall(".//span[@class='autograd-lite-formula']")) == 11
    assert "+0.0001883" in "".join(page.itertext())


# --- which nodes stand on a path -----------------------------------------------------------------------------------


def test_unlabelled_nodes_are_folded():
    """What lies between labelled nodes is one factor: several ways between two of them add up."""
    x, h = Value(3.0, "x"), None
    h = x * x + 2.0 * x
    h.label = "h"
    y = h.sin() * h
    y.label = "y"
    why = explain(y, x)
    assert [(f.symbol, f.formula) for f in why.paths[0].factors] == [
        ("∂y/∂h", "h * cos(h) + sin(h)"),
        ("∂h/∂x", "2*x + 2"),
    ]
    assert (why.count, why.paths[0].factors[1].value) == (1, 8.0)


def test_every_node_where_nothing_is_labelled():
    """Where only the result and leaves have labels every node shows, and x * x has two edges to x."""
    x = Value(3.0, "x")
    y = x * x + 2.0 * x
    y.label = "y"
    why = explain(y, x)
    assert [(path.product, [f.symbol for f in path.factors]) for path in why.paths] == [
        (3.0, ["∂y/∂v1", "∂v1/∂x (left)"]),
        (3.0, ["∂y/∂v1", "∂v1/∂x (right)"]),
        (2.0, ["∂y/∂v2", "∂v2/∂x"]),
    ]
    assert [f.formula for f in why.paths[2].factors] == ["1", "2"]
    assert [why.name(node) for node in topological(y)] == ["x", "v1", "v2", "y"]
    assert [f.formula for f in explain(x.sigmoid(), x).factors] == ["v1 * (1 - v1)"]


def test_unlabelled_ends():
    """The result and the node count as labelled; without labels they are called v1 and v2."""
    x = Value(2.0)
    h = x.exp()
    h.label = "h"
    why = explain(h * h, x)
    assert [f.symbol for f in why.paths[0].factors] == ["∂v2/∂h", "∂h/∂v1"]
    assert [f.formula for f in why.paths[0].factors] == ["2 * h", "h"]


def test_a_local_derivative_is_one_line():
    """What a local derivative uses twice is written twice, so that a table has a line for each."""
    x, z = Value(0.5, "x"), Value(2.0, "z")
    h = x * z
    h.label = "h"
    y = (h * z).sigmoid() * (h * z).tanh() * h
    y.label = "y"
    for factor in explain(y, x).factors:
        assert "\n" not in factor.formula
        assert f"= {factor.formula} " in str(explain(y, x))


def test_two_nodes_with_one_label():
    """Nodes with one label are told apart, not merged, and the names stay clear of labels."""
    x = Value(1.0, "x")
    first, second = 2.0 * x, 3.0 * x
    first.label = second.label = "h"
    y = first * second * Value(1.0, "h (2)")
    why = explain(y, x)
    assert {f.symbol for path in why.paths for f in path.factors[:1]} == {"∂v2/∂h", "∂v2/∂h (3)"}
    assert (why.name(first), why.name(second)) == ("h", "h (3)")


# --- all paths, and the largest ------------------------------------------------------------------------------------


def label(nodes, chosen):
    """Label some nodes."""
    for k in chosen & set(range(len(nodes))):
        nodes[k].label = f"n{k}"


def listed(why, edges):
    """Every path through the given factors, by brute force."""
    if why.root is why.wrt:
        return [[]]
    below = {}
    for factor in edges:
        below.setdefault(factor.of, []).append(factor)

    def ways(node):
        if node is why.wrt:
            return [[]]
        return [[factor, *rest] for factor in below.get(node, []) for rest in ways(factor.wrt)]

    return ways(why.root)


@pytest.mark.thorough
@given(programs(most=10), st.sets(st.integers(0, 40)), st.data())
def test_products_add_up_to_the_gradient(steps, chosen, data):
    """The products of all paths, and of those shown with the rest, add up to what backward() gives, up to rounding."""
    nodes = build(steps)
    label(nodes, chosen)
    y, x = nodes[-1], data.draw(st.sampled_from(nodes))
    why = explain(y, x, limit=3)
    assume(why.count <= 5000)
    whole = explain(y, x, limit=5000)
    assert len(whole.paths) == whole.count == why.count
    assert len(why.paths) == min(3, why.count)
    y.backward()
    products = [path.product for path in whole.paths]
    rounding = 1e-13 * max([1.0, *map(abs, products)])
    assert why.gradient == whole.gradient == x.grad or y is x
    assert math.fsum(products) == pytest.approx(x.grad if y is not x else 1.0, rel=1e-12, abs=rounding)
    assert math.fsum([*(path.product for path in why.paths), why.rest]) == pytest.approx(why.gradient, rel=1e-15)
    # the largest, in order, each the product of its factors; and no path is missing or listed twice
    sizes = [abs(p) for p in products]
    assert sizes == sorted(sizes, reverse=True)
    # (of two that differ in the last digit only, either may come first)
    assert [abs(path.product) for path in why.paths] == pytest.approx(sizes[:3], rel=1e-14)
    for path in whole.paths:
        assert path.product == math.prod((f.value for f in path.factors), start=1.0)
        assert [f.wrt for f in path.factors][:-1] == [f.of for f in path.factors][1:]
    brute = {tuple(map(id, way)) for way in listed(whole, whole.factors)}
    assert {tuple(map(id, path.factors)) for path in whole.paths} == brute


@pytest.mark.thorough
@given(programs(most=10), st.sets(st.integers(0, 40)), st.data())
def test_factors_are_local_derivatives(steps, chosen, data):
    """A factor is the derivative along `wrt` of `of` alone, made anew from its labelled nodes."""
    nodes = build(steps)
    label(nodes, chosen | {len(nodes) - 1})
    why = explain(nodes[-1], nodes[0], limit=10)
    assume(why.factors)
    factor = data.draw(st.sampled_from(why.factors))
    assume("(" not in factor.symbol)
    stops = {node for node in nodes if node.label} | {f.wrt for f in why.factors}
    copies = {}
    for node in topological(factor.of):
        if node.op is None or (node in stops and node is not factor.of):
            copies[node] = Value(node.data)
        else:
            copies[node] = node.op(*(copies[x] if isinstance(x, Value) else x for x in node.args))
    assert factor.value == pytest.approx(grad(copies[factor.of], copies[factor.wrt]).data, rel=1e-14, abs=1e-14)


@pytest.mark.parametrize("labels", [False, True])
def test_more_paths_than_can_be_listed(labels):
    """A graph of 2**200 paths is explained: their exact number, the largest, and what the others add up to."""
    y, x = ladder(200, labels=labels)
    why = explain(y, x)
    assert why.count == (1 if labels else 2**200)
    assert why.gradient == pytest.approx(1.0)
    assert why.paths[0].product == pytest.approx(1.0 if labels else 0.75**200, rel=1e-12)
    if not labels:
        assert [path.product / 0.75**200 for path in why.paths[1:]] == pytest.approx([1 / 3] * 19, rel=1e-10)
        assert math.fsum([*(path.product for path in why.paths), why.rest]) == pytest.approx(1.0)
        assert "and 1.61e+60 more paths, together" in str(why)


def test_the_largest_product_may_start_small():
    """The search looks at whole products: a path may begin with a small factor."""
    x = Value(1.0, "x")
    far, near = x * 1e6, x * 1.0
    y = far * 1e-3 + near * 2.0
    assert [path.product for path in explain(y, x, limit=1).paths] == [1000.0]


def test_products_beyond_the_range_of_floats():
    """Paths are ranked by their size even where the second half of a product is beyond the range of floats."""
    for power in (100.0, -100.0):
        x = Value(10.0 ** (-2.0 * power))
        ends = []
        for factor in (1.0, 2.0):
            node = x * factor
            for _ in range(4):
                node = node * 10.0**power
            ends.append(node * 10.0 ** (-1.5 * power) * 10.0 ** (-1.5 * power))
        why = explain(ends[0] + ends[1], x, limit=1)
        assert why.paths[0].product == pytest.approx(2.0 * 10.0**power)


def test_the_rest_is_not_lost_among_large_products():
    """What is left besides huge products that cancel is exact: the sum is rounded once."""
    x = Value(1.0, "x")
    y = x * 0.125 + (x * 3.0 + (x * 1e16 + x * -1e16))
    why = explain(y, x, limit=3)
    assert (why.gradient, why.rest) == (3.125, 0.125)


def test_limit():
    """With limit=0 nothing is listed and everything is in the rest; a larger limit than there are paths is fine."""
    y, x = ladder(3)
    none = explain(y, x, limit=0)
    assert (none.paths, none.count, none.rest) == ((), 8, 1.0)
    assert "and 8 more paths, together" in str(none)
    whole = explain(y, x, limit=100)
    assert (len(whole.paths), whole.rest) == (8, 0.0)
    assert "and 1 more path, together" in str(explain(y, x, limit=7))


def test_deep_graphs():
    """A chain of 50,000 nodes has one path of as many factors; it is found, printed short, and freed."""
    x = Value(1.0, "x")
    y = x
    for _ in range(50_000):
        y = y.sin()
    why = explain(y, x)
    assert (why.count, len(why.paths[0].factors)) == (1, 50_000)
    assert "… 49,989 more …" in str(why)
    y = x
    for _ in range(20_000):
        y = y + y
    why = explain(y, x, limit=2)
    assert why.count == 2**20_000
    assert why.gradient == math.inf
    assert "the sum over 3.98e+6020 paths" in str(why)


# --- corners -------------------------------------------------------------------------------------------------------


def test_no_dependence():
    """A node that the result was not made from: no path, gradient 0, and the explanation says so."""
    x, w = Value(2.0, "x"), Value(3.0, "w")
    y = x.exp()
    y.label = "y"
    why = explain(y, w)
    assert (why.count, why.paths, why.rest, why.gradient) == (0, (), 0.0, 0.0)
    assert str(why) == "∂y/∂w = 0, for y does not depend on w"
    assert why.rows() == []
    assert why.formula == "∂y/∂w = 0"
    twin = str(explain(y, Value(2.0, "x")))
    assert twin == "∂y/∂x (2) = 0, for y does not depend on x (2); the 'x' that y was made from is another node"


def test_the_node_itself():
    """The derivative along the result itself is 1, over one path without factors."""
    x = Value(2.0, "x")
    why = explain(x, x)
    assert (why.count, why.gradient, [path.factors for path in why.paths]) == (1, 1.0, [()])
    assert str(why) == "∂x/∂x = 1, for it is the same node"


def test_nan_and_infinity():
    """Infinite and NaN products come first, and a rest that is not defined is NaN: nothing is hidden."""
    x, w = Value(0.0, "x"), Value(0.0, "w")
    y = x.log() * w + x * 3.0
    why = explain(y, x)
    assert math.isnan(why.gradient)
    assert math.isnan(why.paths[0].product)
    assert [path.product for path in why.paths[1:]] == [3.0]
    assert "nan" in str(why)
    assert math.isnan(explain(y, x, limit=0).rest)
    assert explain(x.sqrt() + x, x, limit=1).paths[0].product == math.inf


def test_errors():
    """What is no node, an unknown or shared label, a bad limit, a stale graph: clear errors."""
    net, loss = tutorial()
    with pytest.raises(TypeError, match=r"explain\(\) takes the result as a node \(Value\), got float"):
        explain(1.0, net["w1"])
    with pytest.raises(TypeError, match=r"expected a node \(Value\) or the label of one, got int"):
        explain(loss, 3)
    with pytest.raises(TypeError, match="got float"):
        explain(loss, [net["w1"], 2.0])
    with pytest.raises(ValueError, match="no node of the graph has the label 'w55'; did you mean 'w5'"):
        explain(loss, "w55")
    with pytest.raises(ValueError, match="2 nodes of the graph have the label 'w1'; pass the node itself"):
        explain(loss * Value(1.0, "w1"), "w1")
    for limit in (-1, 2.0, None, True):
        with pytest.raises(ValueError, match="limit is how many paths to show, an int from 0 on, got"):
            explain(loss, "w1", limit=limit)
    with pytest.raises(ValueError, match="not in the graph"):
        explain(loss, "w1").name(Value(1.0))
    net["w1"].data = 1.0
    for wrt in (net["w2"], None):
        with pytest.raises(StaleGraphError, match="'w1' was changed"):
            explain(loss, wrt)


HOSTILE = ["<script>alert(1)</script>", "a\nb", "$x$", '"&amp;"', "名前" * 30, "\u202e", "{0}", "|", ""]


def test_whatever_the_labels():
    """Labels stay text: a line of the table stays one line, and the notebook's page has no element of theirs."""
    inputs = [Value(1.0 + k, text) for k, text in enumerate(HOSTILE)]
    total = inputs[0]
    for node in inputs[1:]:
        total = total * node
        total.label = f"{node.label} times"
    for node in inputs:
        why = explain(total, node)
        assert all(line.isprintable() for line in str(why).splitlines())
        where = len(why.definitions()) + 2 if why.definitions() else 0
        assert str(why).count("\n") == 5 + str(why.formula).count("\n") + len(why.factors) + 2 + 1 + where
        assert {element.tag for element in parsed(why._repr_html_()).iter()} <= TAGS
    assert {element.tag for element in parsed(explain(total)._repr_html_()).iter()} <= TAGS
    assert all(line.isprintable() for line in str(explain(total)).splitlines())


TAGS = {
    "div",
    "p",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "code",
    "span",
    "sub",
    "sup",
    "i",
}


def test_second_order():
    """A gradient can be explained, too: it is a node like others."""
    x, w = Value(2.0, "x"), Value(3.0, "w")
    y = (w * x).sigmoid()
    y.label = "y"
    slope = grad(y, w)
    why = explain(slope, x)
    assert why.gradient == grad(slope, x).data
    assert math.fsum(path.product for path in why.paths) == pytest.approx(why.gradient)
    assert why.formula.startswith("∂²y/∂x∂w = ")


# --- the worked backward pass --------------------------------------------------------------------------------------


def test_the_worked_backward_pass():
    """From the outputs' errors through the hidden layer to the weights, each gradient from those before it."""
    _, loss = tutorial()
    loss.backward()
    backward_pass = explain(loss)
    assert [step.name for step in backward_pass] == [
        "E1", "E2", "a_o1", "a_o2", "o1", "o2", "a_h1", "a_h2", "h1", "h2",
        "w5", "w6", "w7", "w8", "w1", "w2", "w3", "w4",
    ]  # fmt: skip
    assert all(step.gradient == step.node.grad for step in backward_pass)
    assert backward_pass["o1"].formula == "∂E_total/∂o1 = ∂E_total/∂a_o1 * a_o1 * (1 - a_o1)"
    assert backward_pass["a_h1"].formula == "∂E_total/∂a_h1 = ∂E_total/∂o1 * w5 + ∂E_total/∂o2 * w7"
    assert backward_pass["w1"].formula == "∂E_total/∂w1 = ∂E_total/∂h1 * i1"
    assert backward_pass["a_h1"].numbers() == "0.1424 × 0.4000 − 0.08376 × 0.5000 = +0.01506"
    for step in backward_pass:
        assert math.fsum(term.product for term in step.terms) == pytest.approx(step.gradient, rel=1e-15)
    assert set(backward_pass.left_out) == {"i1", "i2", "t1", "t2"}
    with pytest.raises(KeyError, match="no step for 'w9', there are E1, E2"):
        backward_pass["w9"]


def test_the_backward_pass_in_print():
    """Printed, each gradient is an equation and its numbers under it; what was left out is named."""
    _, loss = tutorial()
    lines = str(explain(loss)).splitlines()
    assert lines[0] == "Backward pass from E_total = 0.2425"
    k = lines.index("∂E_total/∂a_h2 = ∂E_total/∂o1 * w6 + ∂E_total/∂o2 * w8")
    assert lines[k + 1] == "               = 0.1424 × 0.4500 − 0.08376 × 0.5500 = +0.01799"
    assert lines[-1].startswith("Left out as data: ")
    assert "and" not in "".join(lines[:-1])


def test_backward_pass_to_some_nodes():
    """Nodes given, in any form, are what the pass leads to, and only what lies between is worked out."""
    net, loss = tutorial()
    backward_pass = explain(loss, ["w5", net["w6"]])
    assert [step.name for step in backward_pass] == ["E1", "a_o1", "o1", "w5", "w6"]
    assert len(explain(loss, [loss, Value(1.0)])) == 0
    assert str(explain(loss, [])).startswith("There is nothing to differentiate along")
    assert [step.name for step in explain(loss, ["i1"])][-1] == "i1"
    rows = backward_pass.rows()
    assert rows[1] == {
        "node": "a_o1", "value": pytest.approx(0.6064777), "gradient": pytest.approx(0.5964777), "used_in": "E1",
        "flow": 1.0, "local": pytest.approx(0.5964777), "formula": "a_o1 - t1", "product": pytest.approx(0.5964777),
    }  # fmt: skip


def test_leaves_that_are_only_data():
    """Leaves named like data are shown where there are no others, and unlabelled ones where none has a label."""
    t = Value(2.0, "t1")
    assert [step.name for step in explain(t * t)] == ["t1"]
    assert [step.name for step in explain(Value(2.0) * Value(3.0))] == ["v1", "v2"]
    assert [step.name for step in explain(Value(2.0, "w") * Value(3.0))] == ["w"]
    assert len(explain(Value(1.0, "x"))) == 0


@pytest.mark.thorough
@given(programs(most=8), st.sets(st.integers(0, 30)))
def test_steps_add_up(steps, chosen):
    """On any graph each step's terms add up to its gradient, and all gradients are those of backward()."""
    nodes = build(steps)
    label(nodes, chosen)
    backward_pass = explain(nodes[-1])
    nodes[-1].backward()
    for step in backward_pass:
        assert step.gradient == step.node.grad
        size = max([1.0, *(abs(term.product) for term in step.terms)])
        assert math.fsum(term.product for term in step.terms) == pytest.approx(
            step.gradient, rel=1e-12, abs=1e-12 * size
        )
    order = [step.node for step in backward_pass]
    for a, b in itertools.combinations(range(len(order)), 2):
        assert order[b] not in {term.factor.of for term in backward_pass.steps[a].terms}, (
            "a step uses one that comes later"
        )
    assert str(backward_pass)


def test_very_many_terms():
    """A quantity that is used hundreds of times is written with its first uses and the number of the others."""
    w = Value(0.5, "w")
    total = w * 0.0
    for k in range(300):
        part = w * (k + 1.0)
        part.label = f"p{k}"
        total = total + part
    total.label = "total"
    step = explain(total)["w"]
    assert len(step.terms) == 301
    assert "289 more terms" in step.formula
    assert step.numbers().endswith(f" + {sum(range(13, 301)):.4f} (289 more terms) = +{sum(range(301)):.4f}")
