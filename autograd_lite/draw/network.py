"""A network: layers as columns, every weight with its value and gradient."""

import math
from collections.abc import Callable, Iterable, Mapping

from autograd_lite.draw.columns import Box, Column, Line, Part, lay_out, make_box
from autograd_lite.draw.diagram import Diagram
from autograd_lite.draw.reading import Reading
from autograd_lite.draw.style import (
    BIAS,
    HIDDEN,
    INK,
    INPUT,
    LEAF,
    LOSS,
    LOWERS,
    MUTED,
    OUTPUT,
    RAISES,
    Look,
    constant,
    gradient,
    number,
    short,
    signed,
    tooltip,
)
from autograd_lite.draw.summary import summarised
from autograd_lite.engine.value import Value, locked
from autograd_lite.nn import ACTIVATIONS, Layer, Network

__all__ = ["network"]

GAP = 6.0  # points between boxes of a column


@locked
def network(
    net: Network,
    loss: Value | None = None,
    *,
    suffix: str = "",
    before: Mapping[str, float] | None = None,
    trained: Iterable[Value] | None = None,
    max_weights: int = 200,
) -> Diagram:
    """Return the diagram of a network: its layers as columns, a small box per weight with value and gradient.

    With a `loss`, the sums, activations, targets and errors of the pass that made it are shown too, and, once
    `backward()` has run, its gradients ("—" before that). Every ∂ is of the loss that is shown, whatever other calls of
    `backward()` have left in the nodes. The larger |weight|, the thicker its line; it is dashed for w < 0.

    Args:
        net: any network.
        loss: what was computed from it, such as `half_squared_error(net(x), t)`; None shows the parameters alone.
        suffix: the sample to show where the loss is over several, such as "[1]": its values, its own loss, and the
            gradients of that.
        before: old values of weights or biases by name, such as `{"w5": 0.4}`, to show how an update changed them;
            with gradients, as in `{"w5": 0.4, "dE_total/dw5": 0.08}`, these too, so that a row of a `History` will do.
            The gradient at the old values is shown only if it is given here, or if the pass of the loss is the one
            before the update, which is computed again to see that it is.
        trained: the parameters that are trained, such as `net.weights`; the others are marked as fixed. By default
            those whose gradients a row of a `History` has, else all.
        max_weights: a network with more is summarised layer by layer.

    Raises:
        TypeError: not a network, or a loss that is not a Value.
        ValueError: a loss of another network, an unknown sample, an unknown name in `before` or gradients of several
            results, a node in `trained` that is no parameter, two nodes of one label.
    """
    reading = Reading(net, loss, suffix, before, trained)
    if len(net.weights) > max_weights:
        columns, lines = summarised(reading, titles(net))
        reading.notes.append(
            f"{len(net.weights)} weights, more than max_weights={max_weights}: each layer is summarised, "
            "single weights and neurons are not shown"
        )
    else:
        columns, lines = _in_full(reading)
    source = lay_out(columns, lines, _legend(reading, full=len(net.weights) <= max_weights))
    return Diagram(source, _alt(reading), names=map(short, reading.names()))


def titles(net: Network) -> list[list[str]]:
    """The headings of the layers: which they are, and the formula of the activation."""
    headings = []
    for k, layer in enumerate(net.layers, 1):
        last = k == len(net.layers)
        kind = "output" if last else "hidden" if len(net.layers) == 2 else f"hidden {k}"
        name, function = layer.name.rstrip("_"), ACTIVATIONS[layer.activation]
        headings.append([kind, "linear" if function is None else f"a_{name} = {function.symbol}({name})"])
    return headings


# --- every weight --------------------------------------------------------------------------------------------------


def _in_full(reading: Reading) -> tuple[list[Column], list[Line]]:
    net = reading.net
    inputs = [make_box(f"i{k}", [_lines(name, node)], INPUT) for k, (name, node) in enumerate(reading.inputs(), 1)]
    columns = [Column(inputs, ["inputs"])]
    lines: list[Line] = []
    tails = [f"{one.id}:e" for one in inputs]
    for k, (layer, heading) in enumerate(zip(net.layers, titles(net), strict=True), 1):
        look = OUTPUT if k == len(net.layers) else HIDDEN
        neurons = [_neuron(reading, layer, j, f"n{k}_{j + 1}", look) for j in range(len(layer.weights))]
        weights, shared = _weights(reading, layer, neurons, k)
        _connect(reading, layer, tails, weights, neurons, lines)
        lines += [Line(f"{b.id}:e", _end(reading, one, "in:w")) for b in shared for one in neurons]
        height = weights[-1].y - weights[0].y
        columns.append(Column(weights + shared, before=_room(height / 14)))
        columns.append(Column(neurons, heading, look.text, before=_room(height / len(neurons) / 6)))
        tails = [_end(reading, one, "out:e") for one in neurons]
    if reading.loss is not None:
        _errors(reading, reading.loss, columns, lines, tails)
    _spread(inputs, 0.55 * max(column.height for column in columns))
    return columns, lines


def _weights(reading: Reading, layer: Layer, neurons: list[Box], k: int) -> tuple[list[Box], list[Box]]:
    """The weights of a layer, those of one neuron beside it, and its shared bias below them."""
    weights: list[Box] = []
    y = 0.0
    for j, (row, neuron) in enumerate(zip(layer.weights, neurons, strict=True), 1):
        group = [_parameter(reading, w, f"w{k}_{j}_{i}", LEAF) for i, w in enumerate(row, 1)]
        height = max(sum(one.height + GAP for one in group), neuron.height + 2 * GAP)
        for i, one in enumerate(group):
            one.y = y + height * (i + 0.5) / len(group)
        neuron.y = y + height / 2
        y += height + GAP
        weights += group
    shared = [_parameter(reading, layer.biases[0], f"b{k}", BIAS)] if reading.net.bias_mode == "layer" else []
    for one in shared:
        one.y = y + GAP + one.height / 2
        y += one.height + 2 * GAP
    for one in (*weights, *shared, *neurons):
        one.y -= (y - GAP) / 2
    return weights, shared


def _connect(
    reading: Reading, layer: Layer, tails: list[str], weights: list[Box], neurons: list[Box], lines: list[Line]
) -> None:
    boxes = iter(weights)
    largest = max((abs(w.data) for w in reading.net.weights if math.isfinite(w.data)), default=0.0) or 1.0
    for row, neuron in zip(layer.weights, neurons, strict=True):
        for tail, weight in zip(tails, row, strict=True):
            size = abs(weight.data) / largest if math.isfinite(weight.data) else 1.0
            width, dashed = 0.6 + 2.0 * size, weight.data < 0.0
            middle = next(boxes).id
            lines.append(Line(tail, f"{middle}:w", width, dashed, arrow=False))
            lines.append(Line(f"{middle}:e", _end(reading, neuron, "in:w"), width, dashed))


def _errors(reading: Reading, loss: Value, columns: list[Column], lines: list[Line], tails: list[str]) -> None:
    """The columns of errors, where the loss has one per output, and of the loss itself."""
    net = reading.net
    groups = [_lines(short(loss.label) if loss.label else "loss", loss)]
    heading = ["loss"]
    targets = [(f"t{j}", reading.node(f"t{j}")) for j in range(1, net.sizes[-1] + 1)]
    shown = [_lines(name, node) if node is not None else [] for name, node in targets]
    errors = reading.errors()
    if errors:
        boxes = []
        for j, (error, target, neuron) in enumerate(zip(errors, shown, columns[-1].boxes, strict=True), 1):
            boxes.append(make_box(f"e{j}", [_lines(error.label, error), target], LOSS))
            boxes[-1].y = neuron.y
        columns.append(Column(boxes, ["errors"], LOSS.text))
        lines += [Line(tail, f"{one.id}:w") for tail, one in zip(tails, boxes, strict=True)]
        tails = [f"{one.id}:e" for one in boxes]
        words, others = reading.composition()
        heading.append(words)
        if others is not None:
            heading.append("+ other terms")
            groups.append([_pair("other terms", signed(others), INK)])
    else:
        groups.append([line for target in shown for line in target])
        last = net.layers[-1]
        known = [reading.activation(last, j) is not None or not reading.has_values for j in range(net.sizes[-1])]
        tails = [tail for tail, there in zip(tails, known, strict=True) if there]
    columns.append(Column([make_box("total", groups, LOSS, border=2)], heading, LOSS.text))
    lines += [Line(tail, "total:w") for tail in tails]


def _spread(boxes: list[Box], height: float) -> None:
    """Place boxes evenly about the middle, over `height` if they need no more."""
    pitch = max(max(one.height for one in boxes) + GAP, height / len(boxes))
    for k, one in enumerate(boxes):
        one.y = pitch * (k - (len(boxes) - 1) / 2)


def _room(wanted: float) -> float:
    return min(max(wanted, 28.0), 140.0)


def _end(reading: Reading, neuron: Box, port: str) -> str:
    """The end of a line at a neuron: at its sum ("in:w") or its activation ("out:e"), where those have values."""
    return f"{neuron.id}:{port if reading.has_values else port[-1]}"


# --- one box -------------------------------------------------------------------------------------------------------


def _neuron(reading: Reading, layer: Layer, j: int, id: str, look: Look) -> Box:  # noqa: A002
    groups = []
    if layer.biases and reading.net.bias_mode == "neuron":
        groups.append(_trained(reading, layer.biases[j]))
    total, active = reading.sum(layer, j), reading.activation(layer, j)
    names = [layer.sum_name(j), layer.activation_name(j)]
    linear = names[0] == names[1]
    groups.append(
        _lines(
            names[0],
            total,
            "in",
            "out" if linear else "",
            slope=gradient(reading.gradient(total)) if total is not None else None,
        )
    )
    if not linear:
        groups.append(
            _lines(
                names[1], active, "", "out", slope=gradient(reading.gradient(active)) if active is not None else None
            )
        )
    return make_box(id, groups, look)


def _parameter(reading: Reading, node: Value, id: str, look: Look) -> Box:  # noqa: A002
    facts = [f"{node.label} = {node.data!r}", *_facts(reading, node, repr, repr)]
    return make_box(id, [_trained(reading, node)], look, tooltip=tooltip(", ".join(facts)))


def _facts(reading: Reading, node: Value, value: Callable[[float], str], move: Callable[[float], str]) -> list[str]:
    """What there is to say of a weight or bias besides its value; `value` and `move` write numbers."""
    slope, old, slope_before = reading.gradient(node), reading.before.get(node), reading.slopes_before.get(node)
    facts = ["fixed"] if node in reading.fixed else []
    if old is not None:
        facts.append(f"before {value(old)}")
        if slope_before is not None:
            facts.append(f"gradient before {move(slope_before)}")
        facts.append(f"change {move(node.data - old)}")
    if slope is not None and not (old is not None and reading.one_gradient):
        facts.append(f"gradient {move(slope)}")
    return facts


def _trained(reading: Reading, node: Value) -> list[list[Part]]:
    """The lines about a weight or bias: value and gradient; where it was changed, first what it was, and the change."""
    slope, old, slope_before = reading.gradient(node), reading.before.get(node), reading.slopes_before.get(node)
    lines: list[list[Part]] = []
    if old is not None:
        lines.append(_pair("before", number(old), MUTED))
        if slope_before is not None:
            lines.append(_pair("∂" if reading.one_gradient else "∂ before", *gradient(slope_before)))
        lines.append(_pair("Δ", signed(node.data - old), INK, bold=True))
    if (old is not None and reading.one_gradient) or reading.loss is None:
        lines += _lines(node.label, node)
    else:
        lines += _lines(node.label, node, slope=gradient(slope))
    return lines + [[Part("fixed", 9.5, MUTED, align="LEFT")]] * (node in reading.fixed)


def _lines(
    name: str, node: Value | None, left: str = "", right: str = "", *, slope: tuple[str, str] | None = None
) -> list[list[Part]]:
    """The lines about one quantity: its name and value, then its gradient; where it has no value, its name."""
    if node is None:
        return [[Part(short(name), 11, bold=True, port=left)]]
    value = Part(number(node.data), 11, align="RIGHT", port=right)
    lines = [[Part(short(name), 11, bold=True, align="LEFT", port=left), value]]
    if slope is not None:
        lines.append(_pair("∂", *slope))
    return lines


def _pair(name: str, value: str, color: str, *, bold: bool = False) -> list[Part]:
    # Two cells: engines disagree on the width of ∂ and Δ, which shall not shift the number.
    return [Part(name, 9.5, color, bold=bold, align="LEFT"), Part(value, 9.5, color, bold=bold, align="RIGHT")]


# --- in words ------------------------------------------------------------------------------------------------------


def _legend(reading: Reading, *, full: bool) -> list[list[tuple[str, str]]]:
    loss = reading.loss
    at = f" at the values {reading.moment}" * bool(reading.moment)
    groups = [[(f"value = forward pass{at}", INK)]] if reading.has_values else []
    if reading.differentiated and loss is not None:
        signs = [("+ raises it", RAISES), ("− lowers it", LOWERS)]
        groups.append([(f"∂ = gradient of {_name(loss)}{at} with respect to it:", MUTED), *signs])
    elif loss is not None and not loss.has_grad:
        groups.append([("∂ — : backward() has not run", MUTED)])
    if reading.before:
        name = "∂" if reading.one_gradient else "∂ before"
        rate = reading.rate()
        if reading.slopes_before and not reading.one_gradient:
            groups.append([(f"∂ before = gradient of {short(reading.slopes_of)} at the values before", MUTED)])
        groups.append(
            [("before + Δ = value now" + (f", Δ = {_negative(rate)} · {name}" if rate is not None else ""), INK)]
        )
    if reading.fixed:
        groups.append([("fixed = not trained", MUTED)])
    if full:
        groups.append([("thicker line = larger |weight|, dashed = negative", MUTED)])
    return groups + [[(note, MUTED)] for note in reading.notes]


def _name(loss: Value) -> str:
    return short(loss.label) if loss.label else "the loss"


def _negative(x: float) -> str:
    return constant(0.0 - x)


def _alt(reading: Reading) -> str:
    """The picture in words, with the first dozen of the parameters."""
    net, loss = reading.net, reading.loss
    kinds = ", ".join(dict.fromkeys(layer.activation for layer in net.layers))
    at = f" at the values {reading.moment}" * bool(reading.moment)

    def in_words(p: Value) -> str:
        facts = ", ".join(_facts(reading, p, number, signed))
        return f"{short(p.label)} = {number(p.data)}" + f" ({facts})" * bool(facts)

    listed = net.parameters()
    more = f" and {len(listed) - 12} more" if len(listed) > 12 else ""
    words = [f"Network {'-'.join(map(str, net.sizes))}, {kinds}"]
    if loss is not None:
        words.append(f"{short(loss.label) if loss.label else 'loss'} = {number(loss.data)}{at}")
    last = net.layers[-1]
    outputs = [(last.activation_name(j), reading.activation(last, j)) for j in range(min(12, net.sizes[-1]))]
    words += [f"{name} = {number(node.data)}" for name, node in outputs if node is not None]
    words.append(f"parameters {', '.join(map(in_words, listed[:12]))}{more}")
    if reading.before and reading.slopes_before and not reading.one_gradient:
        words.append(f"gradients before are of {short(reading.slopes_of)}")
    if reading.differentiated and loss is not None:
        words.append(f"gradients{at} are of {_name(loss)}")
    return "; ".join([*words, *reading.notes])
