"""The numbers of a picture, read back from it: each is what its label says, and they belong together."""

import math
import re
from dataclasses import dataclass

import pytest
import test_draw_gradient
import test_draw_graph
import test_draw_network
from hypothesis import assume, given
from hypothesis import strategies as st

from autograd_lite import Value, draw, grad, losses, testing
from autograd_lite.draw.style import number, signed
from autograd_lite.engine import ops
from autograd_lite.engine.graph import named, topological
from autograd_lite.history import History
from autograd_lite.nn import ACTIVATIONS, Network
from autograd_lite.optim import GradientDescent
from autograd_lite.train import data_loss


@dataclass(frozen=True)
class Printed:
    """Between which numbers one lies that was rounded to what is printed."""

    low: float
    high: float

    def __add__(self, other):
        return Printed(self.low + other.low, self.high + other.high)

    def __mul__(self, other):
        ends = [x * y for x in (self.low, self.high) for y in (other.low, other.high)]
        return Printed(min(ends), max(ends))

    def meets(self, other, size=0.0):
        """Whether both may be one number, but for the rounding of floats, of numbers of this size on the way."""
        slack = 1e-9 * max(size, *map(abs, (self.low, self.high, other.low, other.high)))
        return self.low <= other.high + slack and other.low <= self.high + slack


def printed(text):
    """What a text such as +0.0822 or −1.25e−7 may stand for."""
    plain = text.replace("−", "-")
    mantissa, _, exponent = plain.partition("e")
    half = 0.5 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
    return Printed(float(plain) - half, float(plain) + half)


def exactly(x):
    """A number of which all digits are known."""
    return Printed(x, x)


def total(terms):
    """The sum of numbers as printed."""
    return sum(terms, exactly(0.0))


NUMBER = re.compile(r"[+−]?\d[\d.]*(e[+−]\d+)?|—|[+−]?inf|nan")


def entries(texts):
    """The names in a box, each with its number or None; those of gradients with the quantity before them."""
    numbers = {}
    quantity = ""
    waiting = []
    for name, value in zip(texts, [*texts[1:], ""], strict=True):
        if NUMBER.fullmatch(name):
            continue
        shown = value if NUMBER.fullmatch(value) else None
        if name in {"before", "∂ before", "Δ"} or (name == "∂" and waiting):
            waiting.append((name, shown))  # of the quantity that comes after them
        elif name in {"∂", "fixed"}:
            numbers[f"{name} {quantity}"] = shown
        else:
            quantity = name
            numbers[quantity] = shown
            numbers |= {f"{what} {quantity}": x for what, x in waiting}
            waiting = []
    return numbers


# --- networks ------------------------------------------------------------------------------------------------------


@dataclass
class Moment:
    """What the engine says at one time: the values of all named nodes, and the gradients of all named results."""

    values: dict
    slopes: dict

    @classmethod
    def of(cls, loss, parameters):
        """Measure it."""
        nodes = named(loss) | {p.label: p for p in parameters}
        results = [name for name in nodes if name.startswith("E")]
        slopes = {
            result: {name: node.data for name, node in zip(nodes, grad(nodes[result], [*nodes.values()]), strict=True)}
            for result in results
        }
        return cls({name: node.data for name, node in nodes.items()}, slopes)


@dataclass(repr=False)
class Drawn:
    """A network, its picture with these options, and what the engine says at each moment."""

    net: Network
    diagram: draw.Diagram
    moments: dict
    options: dict
    update: str

    def __repr__(self):
        return f"{self.net!r}, {sorted(self.options)}: {self.diagram.alt}"


@st.composite
def pictures(choose):
    """A drawn picture of a drawn network, and what the engine said before and after an update."""
    kind = choose(st.sampled_from(["squared", "mean", "entropy", "logits"]))
    sizes = choose(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    layers = len(sizes) - 1
    hidden = choose(st.lists(st.sampled_from(sorted(ACTIVATIONS)), min_size=layers, max_size=layers))
    last = {"entropy": "sigmoid", "logits": "linear"}.get(kind, hidden[-1])
    net = Network(
        sizes,
        activation=[*hidden[:-1], last],
        biases=choose(st.sampled_from(["none", "layer", "neuron"])),
        seed=choose(st.integers(0, 10)),
    )
    for parameter in net.parameters():
        parameter.data += choose(st.sampled_from([0.0, 0.25, -1.5]))
    parts = st.floats(-2.0, 2.0).map(lambda x: round(x, 3))
    targets = parts if kind in {"squared", "mean"} else st.floats(0.0, 1.0).map(lambda x: round(x, 2))
    sample = st.tuples(
        st.lists(parts, min_size=sizes[0], max_size=sizes[0]), st.lists(targets, min_size=sizes[-1], max_size=sizes[-1])
    )
    data = choose(st.lists(sample, min_size=1, max_size=3))
    loss_of = {
        "squared": losses.half_squared_error,
        "mean": losses.mean_squared_error,
        "entropy": losses.binary_cross_entropy,
        "logits": losses.binary_cross_entropy_from_logits,
    }[kind]
    decay = choose(st.sampled_from([0.0, 0.0, 0.01]))

    def built():
        loss = data_loss(net, data, loss_of)
        if decay:
            loss = loss + decay * net.weights[0] ** 2
            loss.label = "E"
        return loss

    loss = built()
    rounds = choose(st.integers(0, 2))  # of backward(): what it leaves in the leaves is shown nowhere
    for _ in range(rounds):
        loss.backward()
    moments = {"before": Moment.of(loss, net.parameters())}
    suffix = choose(st.sampled_from(["", *(f"[{k}]" for k in range(1, len(data) + 1))])) if len(data) > 1 else ""
    trained = net.weights if choose(st.booleans()) else net.parameters()
    options = {"suffix": suffix, "trained": trained}
    update = choose(st.sampled_from(["none", "old pass", "old values", "row", "forgotten"]))
    if update != "none":
        history = History()
        optimizer = GradientDescent(trained, choose(st.sampled_from([0.1, 0.5])))
        optimizer.zero_grad()
        loss.backward()
        history.record(loss, trained)
        optimizer.step()
        options["before"] = {p.label: moments["before"].values[p.label] for p in trained}
        if update == "row":
            options["before"] = history[0]
            del options["trained"]
        if update == "forgotten":
            del options["before"]
        if update in {"old values", "row"}:
            loss = built()
            loss.backward()
    changed = any(p.data != moments["before"].values[p.label] for p in net.parameters())
    assume(update == "none" or changed)
    old_pass = update in {"none", "old pass", "forgotten"}
    moments["now"] = moments["before"] if old_pass else Moment.of(loss, net.parameters())
    moments[""] = moments["now"]
    return Drawn(net, draw.network(net, loss, **options), moments, options, update)


def told(pattern, texts):
    """What stands at the groups of a pattern in the legend, or None."""
    return next((match.groups() for text in texts if (match := re.fullmatch(pattern, text))), None)


@dataclass
class Labels:
    """What the labels of a picture of a network mean, by its legend."""

    moment: str
    """At which moment the pass was computed, of which `values` are."""
    values: dict
    slopes: dict | None
    """What ∂ is."""
    slopes_before: dict | None
    """What "∂ before" is."""
    rule: tuple | None
    """The rate and the gradient of which Δ is said to be the product."""

    @classmethod
    def of(cls, legend, moments):
        """Read the legend."""
        (moment,) = told(r"value = forward pass(?: at the values (before|now))?", legend) or ("",)
        slope = told(r"∂ = gradient of (\S+)(?: at the values (before|now))? with respect to it:", legend)
        before = told(r"∂ before = gradient of (\S+) at the values before", legend)
        return cls(
            moment or "",
            moments[moment or ""].values,
            moments[slope[1] or ""].slopes[slope[0]] if slope else None,
            moments["before"].slopes[before[0]] if before else None,
            told(r"before \+ Δ = value now(?:, Δ = (\S+) · (∂|∂ before))?", legend),
        )


@pytest.mark.thorough
@given(pictures())
def test_numbers_of_a_network(drawn):
    """Each number is the engine's; old values and changes add up, and so do errors; products make sums, both ways."""
    net, diagram, moments, options = drawn.net, drawn.diagram, drawn.moments, drawn.options
    labels = Labels.of(test_draw_network.legend(diagram.source), moments)
    boxes = test_draw_network.boxes(diagram.source)
    shown = {}
    for name, texts in boxes.items():
        if not name.startswith("heading"):
            shown |= entries(texts)
    check_labels(net, shown, labels, moments["before"].values, options["suffix"])
    check_changes(net, shown, labels)
    if drawn.update in {"old pass", "row"}:
        assert labels.rule[0], "the gradient that made the change is known"
    check_words(net, shown, diagram, options)
    if shown.get("i1") is not None:
        check_forward_and_backward(net, shown, labels.moment)
    check_errors(net, boxes, shown, options["suffix"])


def check_labels(net, shown, labels, old, suffix):
    """Each number is what its label says."""
    now = {p.label: p.data for p in net.parameters()}
    for name, text in shown.items():
        what, _, label = name.rpartition(" ")
        if text is None or name == "other terms":
            continue
        of = label if label in labels.values else label + suffix
        right = {
            "before": lambda label=label: number(old[label]),
            "Δ": lambda label=label: signed(now[label] - old[label]),
            "∂ before": lambda label=label: signed(labels.slopes_before[label]),
            "∂": lambda of=of: "—" if labels.slopes is None else signed(labels.slopes[of]),
            "": lambda label=label, of=of: number(now[label] if label in now else labels.values[of]),
        }
        assert text == right[what](), name


def check_changes(net, shown, labels):
    """Old value and change make the new value, and the change is the rate times the gradient that is named."""
    for label in (p.label for p in net.parameters()):
        if f"before {label}" in shown:
            change = printed(shown[f"Δ {label}"])
            assert (printed(shown[f"before {label}"]) + change).meets(printed(shown[label]))
            if labels.rule[0]:
                made_by = printed(shown[f"{labels.rule[1]} {label}"])
                assert (made_by * exactly(float(labels.rule[0].replace("−", "-")))).meets(change)


def check_words(net, shown, diagram, options):
    """What is not trained is marked, and the alternative text has the numbers of the boxes."""
    trained = {p.label for p in options.get("trained", net.parameters())}
    for p in net.parameters()[:12]:
        value, facts = re.search(rf"[ ,]{p.label} = ([^ ,;]+)(?: \(([^)]*)\))?", diagram.alt).groups()
        assert value == shown[p.label]
        words = facts.split(", ") if facts else []
        if "trained" in options:
            assert (f"fixed {p.label}" in shown) == ("fixed" in words) == (p.label not in trained)
        for word in words:
            what, _, x = word.rpartition(" ")
            own = f"∂ before {p.label}" if what == "gradient before" else ""
            names = {"": "fixed", "before": "before", "change": "Δ"}
            key = own if own in shown else f"{names.get(what, '∂')} {p.label}"
            assert shown[key] == (x if what else None)
        assert len(words) == sum(name.endswith(f" {p.label}") and text != "—" for name, text in shown.items())


def check_errors(net, boxes, shown, suffix):
    """The errors make the loss in the way that its heading says."""
    if "e1" not in boxes:
        return
    errors = total(printed(boxes[f"e{j}"][1]) for j in range(1, net.sizes[-1] + 1))
    assert [boxes[f"e{j}"][0] for j in range(1, net.sizes[-1] + 1)] == [
        f"E{j + 1}{suffix}" for j in range(net.sizes[-1])
    ]
    (words,) = [texts[1:] for name, texts in boxes.items() if name.startswith("heading") and texts[0] == "loss"]
    if words[0] == "mean of the errors":
        errors = errors * exactly(1.0 / net.sizes[-1])
    if words[0] != "not the sum of the errors":
        others = printed(shown["other terms"]) if words[1:] else exactly(0.0)
        assert (errors + others).meets(printed(boxes["total"][1]))


def check_forward_and_backward(net, shown, moment):
    """Weighted sums, activations, and the products of the chain rule, as far as gradients are shown."""

    def weight(p):
        name = f"before {p.label}" if moment == "before" and f"before {p.label}" in shown else p.label
        return printed(shown[name])

    def slope(name):
        # A ∂ stands beside the old value where it is of the old pass.
        return printed(shown[f"∂ {name}"])

    if any(text == "—" for name, text in shown.items() if name.startswith("∂ ")):
        return
    before = [f"i{k}" for k in range(1, net.sizes[0] + 1)]
    for depth, layer in enumerate(net.layers):
        for j, row in enumerate(layer.weights):
            h, a = layer.sum_name(j), layer.activation_name(j)
            biases = [weight(layer.biases[j])] if layer.biases else []
            products = [weight(p) * printed(shown[x]) for p, x in zip(row, before, strict=True)]
            assert total([*products, *biases]).meets(printed(shown[h]))
            function = ACTIVATIONS[layer.activation]
            if function is not None:
                low, high = printed(shown[h]).low, printed(shown[h]).high
                middle = function.fn((low + high) / 2)  # no activation is steeper than 1
                assert Printed(middle - (high - low), middle + (high - low)).meets(printed(shown[a]))
            for p, x in zip(row, before, strict=True):
                assert (slope(h) * printed(shown[x])).meets(slope(p.label)) or p is net.weights[0]  # which may decay
        if depth:
            for i, x in enumerate(before):
                back = total(weight(row[i]) * slope(layer.sum_name(j)) for j, row in enumerate(layer.weights))
                assert back.meets(slope(x))
        before = [layer.activation_name(j) for j in range(len(layer.weights))]


# --- graphs --------------------------------------------------------------------------------------------------------


def box_numbers(texts):
    """The value and the ∂ of a box of a graph."""
    texts = [text for text in texts if text not in {"1", "2"}]
    return texts[-2], texts[-1].removeprefix("∂ ")


@pytest.mark.thorough
@given(testing.graphs(3, 12, largest=1e6), st.data())
def test_numbers_of_a_graph(graph, data):
    """Values are those of the nodes, and sums and products come out; ∂ is of the result drawn, or there is none."""
    root, _, _ = graph.build()
    order = topological(root)
    others = data.draw(st.lists(st.sampled_from(order), max_size=3), label="backward() from")
    for node in others:
        node.backward()
    changed = data.draw(st.sampled_from([None, *(node for node in order if node.op is None)]), label="changed")
    slopes = {node: grad(root, node).data for node in order} if root.has_grad else {}
    if changed is not None:
        changed.data = changed.data + 1.0
    stale = changed is not None and any(changed in set(node.parents) for node in order)
    diagram = draw.graph(root)
    boxes = test_draw_graph.nodes(diagram.source)
    numbers = {}
    for k, node in enumerate(order):
        value, slope = box_numbers(boxes[f"n{k}"])
        numbers[node] = value
        assert value == ("changed to " if stale and node is changed else "") + number(node.data)
        assert slope == (signed(slopes[node]) if slopes and not stale else "—")
    assert ("gradient of" in test_draw_graph.legend(diagram.source)[-1]) == (bool(slopes) and not stale)
    for k, node in enumerate(order):
        if node.op in {ops.add, ops.mul} and not stale:
            a, b = (
                printed(numbers[x] if isinstance(x, Value) else boxes[f"n{k}c{i}"][0]) for i, x in enumerate(node.args)
            )
            assert (a + b if node.op is ops.add else a * b).meets(printed(numbers[node]))


@pytest.mark.thorough
@given(testing.graphs(2, 12, largest=1e6), st.integers(1, 4), st.data())
def test_numbers_of_a_gradient(graph, most, data):
    """Factors make the product of their path, products the sum; the sum is ∂ in the box, whatever backward() left."""
    root, _, _ = graph.build()
    order = topological(root)
    for node in data.draw(st.lists(st.sampled_from(order), max_size=2), label="backward() from"):
        node.backward()
    for k, node in enumerate(order):
        if node.op is not None and data.draw(st.booleans(), label=f"label {k}"):
            node.label = f"n{k}"
    wrt = next(node for node in order if node.op is None)
    right = grad(root, wrt).data
    assume(math.isfinite(right))
    diagram = draw.gradient(root, wrt, max_paths=most)
    rows = test_draw_gradient.table(diagram.source)
    products, sums = [], []
    for row in rows:
        if "=" not in row:
            continue
        at = row.index("=")
        (result,) = row[at + 1 :]
        if row[0].startswith("path "):
            factors = [printed(text) for text in row[:at] if NUMBER.fullmatch(text)]
            assert product(factors).meets(printed(result))
            products.append(printed(result))
        elif row[0].startswith("and "):
            products.append(printed(result))
        else:
            sums.append(result)
    assert sums == [signed(right, 4)]
    assert not products or total(products).meets(printed(sums[0]), size=1.0)
    labelled = {node.label: node for node in order if node.label}
    for texts in test_draw_gradient.boxes(diagram.source).values():
        node = labelled.get(texts[0])
        if node is not None:
            assert texts[1:] == [number(node.data), f"∂ {signed(grad(root, node).data)}"]
    assert signed(right, 4) in diagram.alt or not products


def product(factors):
    """The product of numbers as printed."""
    total = exactly(1.0)
    for factor in factors:
        total = total * factor
    return total
