"""The picture of a small graph: laid out by Graphviz, a box for every node, drawn with marked numbers."""

import re
from typing import Any
from xml.etree import ElementTree as ET

from autograd_lite.draw.engines import EngineError, render
from autograd_lite.draw.style import constant, sheet, text_width
from autograd_lite.engine import ops
from autograd_lite.engine.value import Value
from autograd_lite.pages.explorer.picture import Box, Picture, Row, Wire
from autograd_lite.pages.explorer.quantities import Model, Quantity

__all__ = ["graph_picture", "label_of"]

SVG = "{http://www.w3.org/2000/svg}"


def label_of(quantity: Quantity) -> str:
    """Return what a box is headed by: a leaf's name, or the operation with its constant, and the name."""
    node = quantity.node
    if node.op is None:
        return quantity.name
    others = [x for x in node.args if not isinstance(x, Value)]
    if node.op is ops.power and others:
        sign = f"^{constant(others[0])}"
    else:
        sign = node.op.symbol + (f" {constant(others[0])}" if others else "")
    return f"{quantity.name} ({sign})"


def graph_picture(model: Model) -> Picture:
    """Return the picture of a graph, each node of which is a quantity of the model."""
    picture = Picture([], title="The graph: each box shows a value, and under it its gradient ∂")
    boxes: dict[str, Box] = {}
    dot = sheet(rankdir="LR", nodesep="0.25", ranksep="0.45")
    names = {q: f"n{k}" for k, q in enumerate(model.quantities)}
    for q, name in names.items():
        label = label_of(q)
        look = "weight" if q.node.op is None else "loss result" if q is model.result else "hidden"
        width = min(240.0, max(104.0, 96.0 + text_width(label[:16], 12, bold=True)))
        box = boxes[name] = Box([Row(q, label=label)], look, width)
        dot.node(
            name, "", shape="box", fixedsize="true", width=f"{box.width / 72:.4f}", height=f"{box.height / 72:.4f}"
        )
    for edge in model.edges:
        dot.edge(names[edge.wrt], names[edge.of], arrowhead="none")
    picture.boxes = list(boxes.values())
    paths: dict[tuple[str, str], str] = {}
    try:
        svg = render(dot.source, "svg")
    except EngineError:
        _in_columns(model, {q: boxes[name] for q, name in names.items()})
    else:
        _placed(svg, boxes)
        paths = _edges(svg)
    for edge in model.edges:
        ends = [boxes[names[edge.wrt]].rows[0].right, boxes[names[edge.of]].rows[0].left]
        wire = Wire(ends, paths.get((names[edge.wrt], names[edge.of]), ""))
        picture.wires.append(wire)
        picture.routes[edge.key] = wire.d
    return picture


def _in_columns(model: Model, boxes: dict[Quantity, Box]) -> None:
    """Place boxes without a layout engine: each one column after the last of its operands."""
    column = dict.fromkeys(model.quantities, 0)
    for q in model.computed:
        column[q] = 1 + max((column[edge.wrt] for edge in model.edges if edge.of is q), default=0)
    for q in model.leaves:
        column[q] = min((column[edge.of] for edge in model.edges if edge.wrt is q), default=1) - 1
    x = 0.0
    for k in range(1 + max(column.values())):
        some = [boxes[q] for q in model.quantities if column[q] == k]
        for place, box in enumerate(some):
            box.x, box.y = x, (place - (len(some) - 1) / 2) * (box.height + 18)
            box.place()
        x += max((box.width for box in some), default=0.0) + 40


def _groups(svg: bytes, kind: str) -> dict[str, Any]:
    """The groups of nodes or edges in the engine's picture, by their titles."""
    root = ET.fromstring(svg)  # noqa: S314  (what the layout engine wrote of names that are ours)
    found = {}
    for group in root.iter(f"{SVG}g"):
        title = group.find(f"{SVG}title")
        if group.get("class") == kind and title is not None and title.text:
            found[title.text] = group
    return found


def _placed(svg: bytes, boxes: dict[str, Box]) -> None:
    for name, group in _groups(svg, "node").items():
        polygon = group.find(f"{SVG}polygon")
        points = [tuple(map(float, pair.split(","))) for pair in polygon.get("points").split()]
        xs, ys = zip(*points, strict=True)
        box = boxes[name]
        box.x, box.y = (min(xs) + max(xs) - box.width) / 2, (min(ys) + max(ys)) / 2
        box.place()


def _edges(svg: bytes) -> dict[tuple[str, str], str]:
    paths = {}
    for title, group in _groups(svg, "edge").items():
        tail, _, head = title.partition("->")
        d = group.find(f"{SVG}path").get("d")
        if re.fullmatch(r"[MCL\d.,\s-]+", d):
            paths[tail, head] = d
    return paths
