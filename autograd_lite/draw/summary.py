"""A network too large for every weight: each layer as one box, with the ranges of what is in it."""

import itertools
import math
from collections.abc import Mapping, Sequence

from autograd_lite.draw.columns import Box, Column, Line, Part, make_box
from autograd_lite.draw.reading import Reading
from autograd_lite.draw.style import HIDDEN, INPUT, LEAF, LOSS, MUTED, OUTPUT, Look, number, short, signed
from autograd_lite.engine.value import Value

__all__ = ["summarised"]


def summarised(reading: Reading, titles: Sequence[Sequence[str]]) -> tuple[list[Column], list[Line]]:
    """Return columns of one box each, for inputs, weights and neurons; `titles` are the layers' headings."""
    net = reading.net
    named = reading.inputs()
    values = [node for _, node in named if node is not None]
    columns = [Column([_box("i", _about("input", [name for name, _ in named], values), INPUT)], ["inputs"])]
    for k, (layer, heading) in enumerate(zip(net.layers, titles, strict=True), 1):
        look = OUTPUT if k == len(net.layers) else HIDDEN
        weights = [w for row in layer.weights for w in row]
        columns.append(Column([_box(f"w{k}", _parameters(reading, "weight", weights), LEAF)]))
        biases = list(dict.fromkeys(layer.biases))
        many = range(len(layer.weights))
        sums = [node for j in many if (node := reading.sum(layer, j)) is not None]
        active = [node for j in many if (node := reading.activation(layer, j)) is not None]
        lines = [_title(f"{len(layer.weights):,} neurons" if len(layer.weights) > 1 else "1 neuron")]
        lines += _about("", [layer.sum_name(j) for j in many], sums)
        if layer.activation_name(0) != layer.sum_name(0):
            lines += _about("", [layer.activation_name(j) for j in many], active)
        groups = [_parameters(reading, "bias", biases, "biases")] if biases else []
        columns.append(Column([make_box(f"n{k}", [lines, *groups], look)], heading, look.text))
    if reading.loss is not None:
        name = short(reading.loss.label) if reading.loss.label else "loss"
        lines = [[Part(name, 11, bold=True), Part(number(reading.loss.data), 11)]]
        columns.append(Column([_box("total", lines, LOSS)], ["loss"], LOSS.text))
    boxes = [column.boxes[0] for column in columns]
    return columns, [Line(f"{a.id}:e", f"{b.id}:w", 2.0) for a, b in itertools.pairwise(boxes)]


def _box(id: str, lines: list[list[Part]], look: Look) -> Box:  # noqa: A002
    return make_box(id, [lines], look)


def _title(text: str) -> list[Part]:
    return [Part(text, 11, bold=True)]


def _about(noun: str, names: Sequence[str], nodes: Sequence[Value]) -> list[list[Part]]:
    """How many there are, from the first name to the last, and between which values."""
    lines = [_title(f"{len(names):,} {noun}{'s' * (len(names) > 1)}")] if noun else []
    span = short(names[0]) if len(names) == 1 else f"{short(names[0], 12)} … {short(names[-1], 12)}"
    lines.append([Part(span, 10, MUTED)])
    return lines + _range(nodes)


def _range(nodes: Sequence[Value]) -> list[list[Part]]:
    if not nodes:
        return []
    values = [node.data for node in nodes if not math.isnan(node.data)]
    if not values:
        return [[Part("nan" if len(nodes) == 1 else "all nan")]]
    low, high = number(min(values)), number(max(values))
    if len(values) < len(nodes):
        return [[Part(f"{low} to {high}, and nan")]]
    return [[Part(low if len(values) == 1 else f"all {low}" if low == high else f"{low} to {high}")]]


def _parameters(reading: Reading, noun: str, nodes: Sequence[Value], plural: str = "") -> list[list[Part]]:
    count = f"{len(nodes):,} {noun if len(nodes) == 1 else plural or noun + 's'}"
    span = nodes[0].label if len(nodes) == 1 else f"{nodes[0].label} … {nodes[-1].label}"
    fixed = sum(node in reading.fixed for node in nodes)
    if fixed:
        count += ", fixed" if fixed == len(nodes) else f", {fixed:,} fixed"
    lines = [_title(count), [Part(short(span), 10, MUTED)], *_range(nodes)]
    if not reading.one_gradient and reading.differentiated:
        lines += _largest("∂", {node: reading.gradient(node) or 0.0 for node in nodes})
    before = [node for node in nodes if node in reading.before]
    slopes = {node: reading.slopes_before[node] for node in before if node in reading.slopes_before}
    lines += _largest("∂" if reading.one_gradient else "∂ before", slopes)
    return lines + _largest("Δ", {node: node.data - reading.before[node] for node in before}, bold=True)


def _largest(what: str, found: Mapping[Value, float], *, bold: bool = False) -> list[list[Part]]:
    """The number of largest size, NaN before all others, and whose it is."""
    if not found:
        return []
    node = max(found, key=lambda node: (math.isnan(found[node]), abs(found[node])))
    return [[Part(f"largest |{what}|: {short(node.label, 12)} {signed(found[node])}", 9, bold=bold)]]
