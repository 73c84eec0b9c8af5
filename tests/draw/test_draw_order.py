"""Where the boxes of a graph stand, how large its text is on a page, and how names are typeset."""

import itertools
import re
import xml.etree.ElementTree as ET

import drawing
import pytest
from drawing import ENGINES, HOSTILE, SVG
from hypothesis import given, settings

from autograd_lite import Value, draw, grad
from autograd_lite.draw.layers import layers
from autograd_lite.draw.lettering import lettered
from autograd_lite.draw.style import short
from autograd_lite.engine.graph import topological
from autograd_lite.examples import era_s6, mazur
from autograd_lite.testing import graphs

by_engine = pytest.mark.parametrize("engine", ENGINES)
worked = pytest.mark.parametrize("example", [mazur(), era_s6()], ids=lambda example: example.name)
PAGE = 900.0  # pixels


def picture(example, weight):
    """The graph of the loss, or of its gradient along a weight."""
    net = example.network()
    loss = example.loss(net)
    loss.backward()
    return draw.graph(loss if weight is None else grad(loss, weight))


# --- the worked examples -------------------------------------------------------------------------------------------


@by_engine
@worked
@pytest.mark.parametrize("weight", [None, "w1", "w5", "w8"])
def test_text_can_be_read_on_a_page(example, weight, engine):
    """On a page of 900 pixels no text of the worked examples, subscripts included, is smaller than 9 pixels."""
    svg = picture(example, weight).svg(engine=engine)
    width = float(re.search(r' width="([\d.]+)pt"', svg)[1])
    pixels = min(4 / 3, PAGE / width)  # a page makes a picture smaller, never larger
    sizes = {float(size) for size in re.findall(r'font-size="([\d.]+)"', svg)}
    assert min(sizes) * pixels >= 9.0


IN_ORDER = [f"{name}1 {name}2".split() for name in ("i", "h", "a_h", "o", "a_o", "t", "E")]
IN_ORDER += [["w1", "w2", "w3", "w4"], ["w5", "w6", "w7", "w8"]]


@by_engine
@worked
@pytest.mark.parametrize("weight", [None, "w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8"])
def test_reading_order(example, weight, engine):
    """Inputs, weights, neurons, targets and errors stand in order: from above, or from the left."""
    source = picture(example, weight).source
    labels = dict(re.findall(r'^\t(n\d+) \[.* tooltip="([\w/∂]+) = ', source, re.MULTILINE))
    boxes = {labels[box.name]: box for box in drawing.rectangles(source, engine) if box.name in labels}
    along = (lambda box: -box.y) if "rankdir=LR" in source else (lambda box: box.x)
    for names in IN_ORDER:
        places = [along(boxes[name]) for name in names if name in boxes]
        assert places == sorted(places), names


@by_engine
@worked
@pytest.mark.parametrize(("weight", "most"), [(None, 2), ("w1", 3), ("w3", 4), ("w5", 2)])
def test_few_edges_cross(example, weight, most, engine):
    """In order, two edges must cross where two inputs lead to two neurons; a gradient has two more at most."""
    assert drawing.crossings(picture(example, weight).source, engine) <= most


@by_engine
@pytest.mark.parametrize("kind", ["graph of Mazur", "graph of hostile labels", "graph of x*x"])
def test_text_stands_in_the_middle(kind, engine):
    """Each line of a box is centred in it, whatever the font; where operands have numbers, in the room beside them."""
    diagram = drawing.diagrams()[kind]
    checked = 0
    for group in ET.fromstring(diagram.svg(engine=engine)).iter(f"{SVG}g"):
        lines = list(group.iter(f"{SVG}text"))
        if group.get("class") != "node" or len(lines) != 3:
            continue
        shape = next(x for x in group.iter() if x.tag in {f"{SVG}polygon", f"{SVG}path"})
        pairs = re.findall(r"([-\d.]+),([-\d.]+)", shape.get("points") or shape.get("d"))
        xs = [float(x) for x, _ in pairs]
        for line in lines:
            assert line.get("text-anchor") == "middle"
            assert abs(float(line.get("x")) - (min(xs) + max(xs)) / 2) <= 1.0
        checked += 1
    assert checked > 1


# --- any graph -----------------------------------------------------------------------------------------------------


def test_direction():
    """Without a direction a picture goes from left to right if it fits a page, else the narrower way."""
    short_chain = chain = Value(1.0, "x").sin()
    for _ in range(30):
        chain = chain.sin()
    row = [Value(1.0, f"x{k}") for k in range(64)]
    while len(row) > 1:
        row = [a + b for a, b in itertools.pairwise(row)][::2]
    wide = row[0].sin()
    for _ in range(20):
        wide = wide.sin()
    cases = [(short_chain, None), (chain, None), (wide, None), (chain, "LR"), (short_chain, "TB")]
    found = [re.search("rankdir=(..)", draw.graph(y, rankdir=way).source)[1] for y, way in cases]
    assert found == ["LR", "TB", "LR", "LR", "TB"]


P, Q = ["w1", "p1"], ["w2", "p2"]
TWO = {"i": [], "w1": [], "p1": ["w1", "i"], "w2": [], "p2": ["w2", "i"], "s": ["p1", "p2"]}
CROSSED = {"a": [], "b": [], "fb": ["b"], "fa": ["a"], "y": ["fa", "fb"]}
CASES = {
    "a weight stands beside its product": (TWO, {"joined": {"p1", "p2"}}, [["i"], [*P, *Q], ["s"]]),
    "as an operand that is joined to none it does not": (TWO, {}, [["w1", "i", "w2"], ["p1", "p2"], ["s"]]),
    "a leaf used twice in a layer stands before it": (
        {"b": [], "x": [], "f": ["x"], "g": ["x"], "p": ["f", "b"], "q": ["g", "b"], "y": ["p", "q"]},
        {"joined": {"p", "q", "y"}},
        [["x"], ["f", "b", "g"], ["p", "q"], ["y"]],
    ),
    "fewer crossings come before reading order": (CROSSED, {}, [["a", "b"], ["fa", "fb"], ["y"]]),
    "operands stand in order where it counts": (CROSSED, {"ordered": {"y"}}, [["a", "b"], ["fa", "fb"], ["y"]]),
    "numbers come before crossings": (
        {"a": [], "b": [], "h2": ["a"], "h1": ["b"]},
        {"numbered": {"h1": ("h", 1), "h2": ("h", 2)}},
        [["b", "a"], ["h1", "h2"]],
    ),
    "a box stands just before the first that uses it": (
        {"x": [], "f": ["x"], "g": ["f"], "late": [], "h": ["g", "late"]},
        {},
        [["x"], ["f"], ["g", "late"], ["h"]],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_layers(case):
    """What the name of the case says."""
    operands, options, expected = CASES[case]
    assert layers(operands, **({"ordered": set(), "joined": set(), "numbered": {}} | options)) == expected


@given(graphs())
@settings(max_examples=30)
def test_layers_of_any_graph(drawn):
    """Every box stands in one layer, after all that it is computed from, or beside a leaf of its own."""
    used = {f"n{k}": [f"n{j}" for j in row] for k, row in enumerate(_operands(drawn))}
    joined = {box for box, row in used.items() if len(row) == 2}
    placed = layers(used, ordered=set(), joined=joined, numbered={})
    assert sorted(box for layer in placed for box in layer) == sorted(used)
    at = {box: k for k, layer in enumerate(placed) for box in layer}
    for box, row in used.items():
        for x in row:
            beside = not used[x] and x in placed[at[box]] and placed[at[box]].index(x) + 1 == placed[at[box]].index(box)
            assert at[x] < at[box] or beside


def _operands(drawn):
    """The places of the operands of each node, operands first."""
    order = topological(drawn.build().root)
    places = {node: k for k, node in enumerate(order)}
    return [[places[x] for x in node.parents] for node in order]


@by_engine
def test_a_graph_at_the_limit_is_drawn(engine):
    """A graph of nearly 500 boxes with skip connections, constants and nodes without labels is drawn whole."""
    nodes = [Value(1.0 + k / 10, f"x{k}") for k in range(10)]
    for k in range(330):
        nodes.append(nodes[-1] * nodes[-2 - k * k % 8] if k % 3 else nodes[-1] - 0.5)
    svg = draw.graph(nodes[-1]).svg(engine=engine)
    assert svg.count('class="node"') > 440


# --- names ---------------------------------------------------------------------------------------------------------

TYPESET = {
    "w5": "w_5",
    "a_h1": "a_h1",
    "E_total": "E_total",
    "w_1_2": "w_1,2",
    "β1": "β_1",
    "∂E_total/∂w1": "∂E_total^/∂w_1",
    "x": None,
    "loss": None,
    "5": None,
    "a_": None,
    "w 5": None,
    "∂<b>1/∂w1": None,
}


@by_engine
@pytest.mark.parametrize(("label", "expected"), TYPESET.items())
def test_subscripts(label, expected, engine):
    """Names of a word and indices have these lowered; they keep their plain form; others stay as they are."""
    svg = draw.graph(Value(1.5, label)).svg(engine=engine)
    (text,) = [text for text in ET.fromstring(svg).iter(f"{SVG}text") if text.get("font-size") == "13.00"]
    pieces, down = text.text or "", 0.0
    for part in text:
        down += float(part.get("dy"))
        pieces += ("_" if float(part.get("dy")) > 0.0 else "^") + part.text
    assert pieces == (expected or label)
    assert text.get("aria-label") == (label if expected else None)
    assert label in drawing.texts(svg)


@by_engine
@pytest.mark.parametrize("draws", [lambda y, x: draw.graph(y), draw.gradient])
@pytest.mark.parametrize("label", [f"{label}_h1" for label in HOSTILE])
def test_hostile_names_stay_plain(label, draws, engine):
    """A label that is no plain name is never taken apart, whatever it ends in, and adds no element of its own."""
    x = Value(1.5, label)
    y = x * 2.0
    root = ET.fromstring(draws(y, x).svg(engine=engine))
    named = [text for text in root.iter(f"{SVG}text") if text.get("aria-label") == short(label)]
    assert not named or label == "αβγ_Ω_h1"
    assert all(set(part.keys()) <= {"dy", "font-size"} for text in named for part in text)


def test_only_names_are_typeset():
    """What looks like a name but is none, such as an operation log2 or a number, keeps its form."""
    text = '<text x="1" y="2" font-size="10.00">log2</text>\n'
    assert lettered(text, {"w5"}) == text
    assert "tspan" in lettered(text, {"log2"})
