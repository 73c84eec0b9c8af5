"""Formulas of nodes and of derivatives, in the notation asked for."""

from collections.abc import Mapping
from typing import Literal

from autograd_lite.engine.derivatives import Gradient
from autograd_lite.engine.elsewhere import kind
from autograd_lite.engine.graph import topological
from autograd_lite.engine.value import Value, locked
from autograd_lite.text.expression import Derivative
from autograd_lite.text.latex import LATEX
from autograd_lite.text.layers import Names, find_named, index_names
from autograd_lite.text.mathml import MATHML
from autograd_lite.text.notation import Notation
from autograd_lite.text.plain import PLAIN
from autograd_lite.text.python import PYTHON
from autograd_lite.text.reading import atoms, every_name, name_of, origins, read, read_derivative
from autograd_lite.text.writing import Texts, write

__all__ = ["STYLES", "Names", "Style", "Vocabulary", "formula", "formulas", "notation", "symbols"]

Style = Literal["plain", "python", "latex", "mathml"]

STYLES: dict[str, Notation] = {"plain": PLAIN, "python": PYTHON, "latex": LATEX, "mathml": MATHML}
"""Notations by name."""


@locked
def formula(y: Value, wrt: Value | str | None = None, *, style: Style = "plain", names: Names = "labels") -> str:
    """Return the formula of a node, or of its derivative with respect to another, in the names of labelled nodes.

    A node's formula is what was computed: `a_h1 = σ(h1)`. Unlabelled nodes are written out. Those that are used more
    than once, and unlabelled leaves, are called v1, v2, ..., as in explanations and pictures of the same graph; what
    they are follows in lines of their own.

    The formula of a derivative, `formula(y, w)` or `formula(grad(y, w))`, is what a person derives: from the slopes as
    they are usually written, such as a·(1 - a) for the sigmoid, and simplified. Its numbers are those of the gradient
    up to rounding; for numbers, use `grad()`. Derivatives that it uses more than once are named after it, as in
    ∂E/∂o1 = ...; other parts u1, u2, ... [a > b] is 1 if a is the larger, else 0 (Iverson's bracket).

    Args:
        y: a node.
        wrt: a node that it was made from, or its label; None for the formula of `y` itself.
        style: "plain"; "python", assignments that compute it with the functions of `autograd_lite`; "latex", for
            mathematics mode; "mathml". Labels stay text in each: in Python they become identifiers if they are none.
        names: "labels"; or "index", for the graph of a `Network`: w_jk^(l) leads from neuron k of layer l - 1 to
            neuron j of layer l, as in Nielsen's book (2015, chapter 2); z_j^(l) is a sum, a_j^(l) an activation (and
            the sum of a linear neuron), b_j^(l) a bias, b^(l) one that the layer shares, a_k^(0) an input. In plain
            text w₁₁⁽²⁾; `wrt` may be such a name.

    Raises `TypeError` for what is no node, `ValueError` for an unknown label or style, and for "index" in a graph
    without a network.
    """
    rules = notation(style)
    if not isinstance(y, Value):
        raise TypeError(f"formula() takes a node (Value), got {kind(y)}")
    x = None if wrt is None else find_named(y, wrt, names)
    every = _every(names, y) if x is None else _every(names, y, x)
    known = atoms(every)
    if x is not None:
        expression = read_derivative(y, x, known, every)
    else:
        expression = read_derivative(y.of, y.wrt, known, every) if isinstance(y, Gradient) else read(y, known, every)
    return write(expression.complete(), Texts(rules, _all(known)))


@locked
def formulas(y: Value, *, style: Style = "plain", names: Names = "labels") -> list[str]:
    """Return the formulas of all labelled nodes that `y` was computed from, in the order of computation, and its own.

    In the style "python" they are a program, once the leaves have values: `symbols()` has their names.
    Raises what `formula()` raises.
    """
    rules = notation(style)
    if not isinstance(y, Value):
        raise TypeError(f"formulas() takes a node (Value), got {kind(y)}")
    every = _every(names, y)
    known = atoms(every)
    shown = [node for node in topological(y) if node.op is not None and (node.label or node is y)]
    texts = Texts(rules, _all(known))
    return [write(read(node, known, every).complete(), texts) for node in shown]


@locked
def symbols(y: Value, *, style: Style = "plain", names: Names = "labels") -> dict[str, Value]:
    """Return the nodes that formulas of the graph of `y` may name, by the text that stands for each.

    Raises what `formula()` raises.
    """
    rules = notation(style)
    known = atoms(_every(names, y))
    texts = Texts(rules, _all(known))
    nodes: dict[str, Value] = {}
    for node in known:
        name = name_of(node, known)
        assert name is not None
        nodes[texts.text(name)] = node
    return nodes


def notation(style: str) -> Notation:
    """Return the notation of that name; raises `ValueError`."""
    if style not in STYLES:
        raise ValueError(f"style is one of {', '.join(map(repr, STYLES))}, got {style!r}")
    return STYLES[style]


class Vocabulary:
    """What the nodes of graphs are called wherever they are shown, and what stands for each name in every style."""

    def __init__(self, *roots: Value, names: Names = "labels") -> None:
        self.names = _every(names, *roots)
        """Of every node: its label, or its name with indices; else v1, v2, ..."""
        self._texts: dict[str, Texts] = {}

    def texts(self, style: Style) -> Texts:
        """Return the texts of all names."""
        if style not in self._texts:
            self._texts[style] = Texts(notation(style), self.names.values())
        return self._texts[style]


def _every(names: Names, y: Value, *others: Value) -> dict[Value, str]:
    """What each node is called; raises `ValueError`."""
    if names not in ("labels", "index"):  # a tuple, since a list may come
        raise ValueError(f"names is 'labels' or 'index', got {names!r:.60}")
    every = every_name(y, *others)
    return every | index_names(origins(y)[0]) if names == "index" else every


def _all(names: Mapping[Value, str]) -> dict[str | Derivative, None]:
    return dict.fromkeys(name for node in names if (name := name_of(node, names)) is not None)
