"""What the tests of drawing share: the graphs to draw, and how to read a picture back."""

import itertools
import re
import shutil
import xml.etree.ElementTree as ET
from dataclasses import dataclass

import pytest

from autograd_lite import Value, draw
from autograd_lite.draw.engines import find, render
from autograd_lite.losses import half_squared_error, mean_squared_error
from autograd_lite.nn import Network

SVG = "{http://www.w3.org/2000/svg}"
DRAWN = {"svg", "g", "title", "polygon", "polyline", "path", "text", "tspan", "ellipse"}
needs_dot = [pytest.mark.dot, pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")]
ENGINES = [pytest.param("dot", marks=needs_dot), "pure"]

HOSTILE = [
    "<script>alert(1)</script>",
    'a & b "q" \\N\\G',
    "&lt;b&gt; &amp; \\\\n",
    "n0:p:w -> n1",
    "</title></svg><g onload='x'>",
    "]]>-->",
    "line\nbreak",
    "\u202egnp.exe",
    "\ud800 \x00",
    "αβγ_Ω",
    "漢字の重み",
    "x" * 300,
    "   ",
]


def mazur(*, biases="layer"):
    """The network of Mazur's example, and its loss after backward()."""
    given = [0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55]
    net = Network([2, 2, 2], biases=biases, weights=given, bias_values=[0.35, 0.6] if biases == "layer" else None)
    loss = half_squared_error(net([0.05, 0.1]), [0.01, 0.99])
    loss.backward()
    return net, loss


def trained(sizes, **options):
    """A network of these sizes, and its loss after backward()."""
    net = Network(sizes, **options)
    loss = half_squared_error(net([0.1 * k for k in range(1, sizes[0] + 1)]), [0.5] * sizes[-1])
    loss.backward()
    return net, loss


def square():
    """X * x for x = 3, after backward()."""
    x = Value(3.0, "x")
    y = x * x
    y.label = "y"
    y.backward()
    return x, y


def hostile():
    """A sum with labels that try to break out of a picture."""
    leaves = [Value(1.5, label) for label in HOSTILE]
    total = sum(leaves[1:], leaves[0] * 2.0)
    for leaf in leaves[:3]:
        total = total * leaf
        total.label = leaf.label + "!"
    return leaves, total


def diagrams():
    """Every kind of diagram, by name."""
    net, loss = mazur()
    plain, plain_loss = mazur(biases="none")
    deep, deep_loss = trained([3, 4, 4, 2], seed=3)
    _wide, wide_loss = trained([2, 5, 6, 2], seed=3, biases="none")
    one, one_loss = trained([2, 1], seed=1)
    large, large_loss = trained([10, 30, 20], seed=1, biases="layer")
    relu = Network([2, 3, 1], activation=["relu", "linear"], seed=1)
    x, y = square()
    leaves, total = hostile()
    return {
        "graph of Mazur": draw.graph(loss),
        "graph of x*x": draw.graph(y),
        "graph from the top": draw.graph(2.0**x - y / x, rankdir="TB"),
        "graph of hostile labels": draw.graph(total),
        "network of Mazur": draw.network(net, loss),
        "network without biases": draw.network(plain, plain_loss),
        "network without a loss": draw.network(net),
        "network after an update": draw.network(net, loss, before={"w5": 0.5, "b1": 0.3}),
        "network 3-4-4-2": draw.network(deep, deep_loss),
        "network with relu": draw.network(relu, mean_squared_error(relu([0.1, -0.2]), [1.0])),
        "one neuron": draw.network(one, one_loss),
        "900 weights": draw.network(large, large_loss),
        "gradient of w1": draw.gradient(loss, "w1"),
        "gradient of w5": draw.gradient(loss, "w5"),
        "gradient in 3-4-4-2": draw.gradient(deep_loss, "w1"),
        "gradient over 60 paths": draw.gradient(wide_loss, "i1"),
        "gradient of x*x": draw.gradient(y, x),
        "gradient of hostile labels": draw.gradient(total, leaves[0]),
        "gradient of nothing": draw.gradient(loss, Value(1.0, "z")),
    }


def runs(root):
    """The pieces of text in a picture, in order, with the elements that they stand in: names in their plain form."""
    for text in root.iter(f"{SVG}text"):
        for run in [text] if text.text or text.get("aria-label") else text:
            yield (run.get("aria-label") or run.text or "").replace("\u00a0", " "), run


def texts(svg):
    """The pieces of text in a picture, in order."""
    return [text for text, _ in runs(ET.fromstring(svg))]


@dataclass
class Rectangle:
    """A box of a picture, in points."""

    name: str
    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other):
        """Whether two boxes cover each other by more than rounding."""
        across = abs(self.x - other.x) - (self.width + other.width) / 2
        down = abs(self.y - other.y) - (self.height + other.height) / 2
        return across < -0.5 and down < -0.5


def rectangles(source, engine):
    """The boxes of a picture, as the engine places them."""
    import subprocess

    done = subprocess.run([find(engine).path, "-Tplain"], input=source.encode(), capture_output=True, check=True)
    plain = done.stdout.decode().replace("\\\n", "")
    places = re.findall(r"^node (\w+) ([-\d.e]+) ([-\d.e]+) ([-\d.e]+) ([-\d.e]+) ", plain, re.MULTILINE)
    return [Rectangle(name, *(72.0 * float(x) for x in numbers)) for name, *numbers in places]


def crossings(source, engine):
    """Count the pairs of edges that meet in a picture, of those that have no box in common."""
    root = ET.fromstring(render(source, "svg", engine=engine))
    edges = []
    for group in root.iter(f"{SVG}g"):
        if group.get("class") == "edge" and group.find(f"{SVG}path") is not None:
            ends = {end.partition(":")[0] for end in group.find(f"{SVG}title").text.split("->")}
            points = [complex(*map(float, pair)) for pair in re.findall(r"([-\d.]+),([-\d.]+)", group[1].get("d"))]
            edges.append((ends, _line(points)))
    return sum(not a & b and _meet(one, other) for (a, one), (b, other) in itertools.combinations(edges, 2))


def _line(points):
    """A curve of Bézier pieces, as points along it."""
    line = [points[0]]
    for k in range(0, len(points) - 1, 3):
        a, b, c, d = points[k : k + 4]
        line += [
            (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t * t * (1 - t) * c + t**3 * d
            for t in (step / 8 for step in range(1, 9))
        ]
    return line


def _meet(one, other):
    def side(a, b, c):
        return ((b - a).conjugate() * (c - a)).imag

    return any(
        side(a, b, c) * side(a, b, d) < 0.0 > side(c, d, a) * side(c, d, b)
        for a, b in itertools.pairwise(one)
        for c, d in itertools.pairwise(other)
        if max(a.real, b.real) >= min(c.real, d.real) and max(c.real, d.real) >= min(a.real, b.real)
    )
