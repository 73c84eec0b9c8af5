"""The way of the gradient: every path from the result to one node, with its factors, product and sum."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from autograd_lite.draw.diagram import Diagram
from autograd_lite.draw.graph import check_size
from autograd_lite.draw.paths import factor_cell, path_table, symbol, symbol_of
from autograd_lite.draw.style import (
    HIDDEN,
    INK,
    LEAF,
    LINE,
    LOSS,
    MUTED,
    STROKES,
    Look,
    box,
    cell,
    number,
    row,
    sheet,
    short,
    signed,
    text_width,
    tooltip,
)
from autograd_lite.engine.derivatives import dependent
from autograd_lite.engine.elsewhere import kind
from autograd_lite.engine.graph import adjoints, find, topological
from autograd_lite.engine.validation import whole
from autograd_lite.engine.value import Value, locked
from autograd_lite.explanation.derivative import Explanation, Factor, Path, explain
from autograd_lite.text.writing import write

if TYPE_CHECKING:
    import graphviz

__all__ = ["gradient"]

BUNDLE = 60  # paths drawn in grey besides the coloured ones
CROWDED = 1.3  # edges a node
WIDEST = 32  # letters of a definition
LONG = 10  # factors; the table of a longer path stands at the left, where a reader who scrolls begins


@locked
def gradient(
    y: Value,
    wrt: Value | str,
    *,
    max_paths: int = 8,
    max_nodes: int = 500,
    max_edges: int = 1500,
    force: bool = False,
) -> Diagram:
    """Return the diagram of the derivative of `y` with respect to `wrt`: what lies on a path between them.

    Every edge has its local derivative, symbol above and number below. Every path has a colour and a dash; an edge that
    several share has a stripe of each. Under it the table of all factors, products and their sum. Unlabelled nodes are
    folded into the local derivatives, as `explain` does, unless nothing is labelled.

    Args:
        y: the result.
        wrt: a node that it was made from, or the label of one.
        max_paths: how many paths to list, those of largest |product|. Of the others some are drawn in grey, and the
            table says how many there are and what they add up to.
        max_nodes: more boxes than this are refused,
        max_edges: and more edges than this,
        force: unless this is true.

    Raises:
        ValueError: an unknown label, `max_paths` below 1, a picture above the limits.
        TypeError: what is no Value.
        StaleGraphError: a leaf's data was changed after the graph was computed.
    """
    if not isinstance(y, Value):
        raise TypeError(f"draw.gradient takes the result as a node (Value), got {kind(y)}")
    max_paths = whole(max_paths, "max_paths is how many paths to list, an int from 1 on")
    if not force:
        fewest = _fewest_boxes(y, find(y, wrt))
        check_size("diagram", fewest, fewest - 1, max_nodes, max_edges, least=True)
    why = explain(y, wrt, limit=max_paths + BUNDLE)
    listed, others = why.paths[:max_paths], why.paths[max_paths:]
    edges = _edges(listed, others)
    nodes = list(dict.fromkeys([why.root, *(node for f in edges for node in (f.of, f.wrt)), why.wrt]))
    if not force:
        check_size("diagram", len(nodes), len(edges), max_nodes, max_edges)
    # Labels beside lines are neat as long as few lines meet; where many do, lines would run through the labels of
    # others, unless each label is a box that interrupts its own.
    crowded = len(edges) > CROWDED * len(nodes)
    defined, inside = _defined(why, nodes), set(nodes)
    dot = sheet(
        rankdir="LR",
        nodesep="0.3",
        ranksep="0.3" if crowded else "0.05",
        label=path_table(why, listed, len(others), [text for x, text in defined.items() if x not in inside]),
        labeljust="l" if max((len(path.factors) for path in listed), default=0) > LONG else "c",
    )
    ids = {node: f"n{k}" for k, node in enumerate(nodes)}
    _add_boxes(dot, why, ids, defined)
    _add_edges(dot, why, ids, edges, crowded=crowded)
    if not edges and why.root is not why.wrt:
        nothing = box(row(cell("no path", color=MUTED)), look=Look("white", "white", MUTED), border=0, style="")
        dot.node("nothing", nothing)
        dot.edge(ids[why.wrt], "nothing", style="invis")
        dot.edge("nothing", ids[why.root], style="invis")
    return Diagram(dot.source, _alt(why, listed), names=[symbol_of(why), *(short(why.name(node)) for node in nodes)])


def _fewest_boxes(y: Value, wrt: Value) -> int:
    """How many boxes the shortest path has, one if there is none: what is drawn has at least so many."""
    order = topological(y)
    ends = {y, wrt}
    every = not any(node.label for node in order if node.op is not None and node not in ends)
    fewest = {wrt: 1}
    for node in dependent(order, [wrt]):
        if node is not wrt:
            before = min(fewest[x] for x in node.parents if x in fewest)
            fewest[node] = before + (every or node is y or bool(node.label))
    return fewest.get(y, 1)


def _edges(listed: Sequence[Path], others: Sequence[Path]) -> dict[Factor, list[int]]:
    """Each edge on a path, with the numbers of the strokes it gets: of the listed paths, then -1 for the grey ones."""
    edges: dict[Factor, list[int]] = {}
    for k, path in enumerate((*listed, *others)):
        stroke = k if k < min(len(listed), len(STROKES)) else -1
        for factor in path.factors:
            strokes = edges.setdefault(factor, [])
            if stroke not in strokes:
                strokes.append(stroke)
    return edges


# --- boxes and edges -----------------------------------------------------------------------------------------------


def _add_boxes(
    dot: "graphviz.Digraph", why: Explanation, ids: Mapping[Value, str], defined: Mapping[Value, str]
) -> None:
    slopes = adjoints(why.root)
    for node, name in ids.items():
        slope = slopes.get(node, 0.0)
        meaning = defined.get(node, why.name(node)) if node.op is not None else why.name(node)
        words = f"{meaning} = {node.data!r}, ∂{why.name(why.root)}/∂{why.name(node)} = {slope!r}"
        dot.node(name, _label(why, node, slope, defined.get(node, "")), tooltip=tooltip(words))


def _add_edges(
    dot: "graphviz.Digraph",
    why: Explanation,
    ids: Mapping[Value, str],
    edges: Mapping[Factor, Sequence[int]],
    *,
    crowded: bool,
) -> None:
    for k, (factor, strokes) in enumerate(edges.items()):
        tail, head, line = ids[factor.wrt], ids[factor.of], _line(strokes)
        words, hint = _words(why, factor, strokes), tooltip(f"{factor.symbol} = {factor.value!r}")
        if crowded and words:
            dot.node(f"f{k}", words, tooltip=hint)
            dot.edge(tail, f"f{k}", dir="back", tooltip=hint, **line)
            dot.edge(f"f{k}", head, dir="none", tooltip=hint, **line)
        else:
            # As long as the interrupted ones, so that nodes in line stay in line.
            length = {"minlen": "2"} if crowded else {}
            dot.edge(tail, head, words or None, dir="back", tooltip=hint, labeltooltip=hint, **line, **length)


def _defined(why: Explanation, nodes: Sequence[Value]) -> dict[Value, str]:
    """What the nodes without a label are, such as "v3 = v1 * v2", and those that are named in that."""
    formulas, _ = why.graph.definitions(nodes)
    return {node: write(one, why.graph.vocabulary.texts("plain")).splitlines()[0] for node, one in formulas.items()}


def _label(why: Explanation, node: Value, slope: float, defined: str) -> str:
    look = LOSS if node is why.root else Look(LEAF.fill, INK, INK) if node is why.wrt else HIDDEN
    name = short(why.name(node))
    room = math.ceil(text_width(name, 11, bold=True)) + 12  # clear of the rounded corners
    title = [cell(name, size=11, bold=True, WIDTH=room)]
    if node.op is not None and not node.label:
        title.insert(0, cell(node.op.symbol, size=11, color=look.text, bold=True))
    span = len(title)
    value = cell(number(node.data), COLSPAN=span)
    adjoint = cell(f"∂ {signed(slope)}", size=9, color=MUTED, COLSPAN=span)
    made_of = row(cell(short(defined, WIDEST), size=8, color=MUTED, COLSPAN=span)) if defined and node.op else ""
    border = 2.5 if node is why.root or node is why.wrt else 1
    return box(row(*title) + made_of, row(value), row(adjoint), look=look, border=border)


def _line(strokes: Sequence[int]) -> dict[str, str]:
    """How a line of these strokes is drawn: a stripe for each, dashed if there is one."""
    own = [STROKES[k] for k in strokes if k >= 0]
    if not own:
        return {"color": LINE, "penwidth": "1"}
    alone = len(strokes) == 1
    return {
        "color": ":".join([stroke.line for stroke in own] + [LINE] * (-1 in strokes)),
        "style": own[0].dash if alone else "solid",
        "penwidth": "2.2" if alone else "1.8",
    }


def _words(why: Explanation, factor: Factor, strokes: Sequence[int]) -> str:
    """Symbol and number of an edge; nothing if it is only one of the bundle, which the table does not list."""
    own = [STROKES[k] for k in strokes if k >= 0]
    if not own:
        return ""
    words = row(factor_cell(symbol(why, factor), factor.value, own[0].text if len(strokes) == 1 else INK))
    below = row(f'<TD HEIGHT="{len(strokes)}"></TD>') if len(strokes) > 2 else ""  # clear of the stripes
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">{words}{below}</TABLE>>'


def _alt(why: Explanation, listed: Sequence[Path]) -> str:
    """The picture in words: the sum, and the largest paths with their factors."""
    if not why.count:
        return f"{symbol_of(why)} = 0: {short(why.name(why.root))} does not depend on {short(why.name(why.wrt))}"
    words = [f"Gradient {symbol_of(why)} = {signed(why.gradient, 4)}"]
    for k, path in enumerate(listed[:4], 1):
        factors = " × ".join(f"{symbol(why, f)} {number(f.value)}" for f in path.factors[:12])
        more = " × …" if len(path.factors) > 12 else ""
        words.append(f"path {k}: {factors or '1'}{more} = {signed(path.product, 4)}")
    return "; ".join(words)
