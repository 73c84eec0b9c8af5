"""The sections of a report on a published example, in the order of the story."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from autograd_lite.engine.graph import named, shortened
from autograd_lite.engine.value import Value
from autograd_lite.examples import Check, NetworkExample, ScalarExample
from autograd_lite.explanation.derivative import explain
from autograd_lite.explanation.layerwise import Equation
from autograd_lite.history import Stopped
from autograd_lite.pages import rates, tables
from autograd_lite.pages.document import (
    Block,
    Cell,
    Code,
    Column,
    Figure,
    Formula,
    Section,
    Table,
    Text,
    apart,
    compact,
)
from autograd_lite.pages.study import NetworkStudy, ScalarStudy
from autograd_lite.testing.gradients.differences import Slope
from autograd_lite.text import formula
from autograd_lite.text.layers import index_names
from autograd_lite.text.layout import number, signed

__all__ = [
    "LAYERS",
    "backward_pass",
    "first_update",
    "forward_pass",
    "full_graph",
    "gradients",
    "introduction",
    "layers",
    "listing",
    "network_diagram",
    "network_page",
    "result",
    "scalar_page",
    "scalar_sections",
    "training",
    "weights",
]


# --- network examples ----------------------------------------------------------------------------------------------


def introduction(study: NetworkStudy) -> Section:
    """What the example is: source, network, data."""
    example = study.example
    hidden, *_ = (layer.activation for layer in study.net.layers)
    biases = {
        "none": "no biases",
        "layer": "one bias per layer, which stays fixed",
        "neuron": "one bias per neuron, which stays fixed",
    }[example.biases]
    shape = "-".join(map(str, example.sizes))
    outputs = range(1, len(example.targets) + 1)
    loss = " + ".join(f"1/2 (t{k} - a_o{k})²" for k in outputs)
    given = [
        ("inputs", {f"i{k}": x for k, x in enumerate(example.inputs, 1)}),
        ("targets", {f"t{k}": x for k, x in enumerate(example.targets, 1)}),
        ("weights", {w.label: w.data for w in study.net.weights}),
        ("biases", {b.label: b.data for b in study.net.biases}),
        ("learning rate", {"": study.lr}),
    ]
    rows = tuple(
        (Cell(what), Cell("  ".join(f"{name}={x:g}" if name else f"{x:g}" for name, x in numbers.items())))
        for what, numbers in given
        if numbers
    )
    return Section(
        "The example",
        (
            Text(f"Source: {example.source}."),
            Text(f"A {shape} network with {hidden} neurons and {biases}. Loss: E_total = {loss}."),
            Table("What is given", (Column("what"), Column("values")), rows),
        ),
    )


def network_diagram() -> Section:
    """The picture of the network."""
    caption = "The network with the values of the forward pass, and the gradient of the loss along each (∂)."
    return Section("The network", (Figure("network", caption),))


def forward_pass(study: NetworkStudy) -> Section:
    """The forward pass, computed and published."""
    return Section("Forward pass", (tables.forward(study, [_right_side(node) for node in study.computed.values()]),))


def _right_side(node: Value) -> str:
    return formula(node).partition(" = ")[2]


def gradients(study: NetworkStudy) -> Section:
    """Every gradient: published, computed, by differences."""
    root = study.root.label
    names = [w.label for w in study.net.weights]
    checks = [study.check(f"d{root}/d{name}") for name in names]
    slopes = [study.slopes[name] for name in names]
    computed = [w.grad for w in study.net.weights]
    printed = [tables.partial(root, name) for name in names]
    table = tables.gradients("The gradients before any update", printed, computed, checks, slopes)
    return Section("Gradients", (table, _differences(slopes, computed, shortened(root)), *_errata(study, (0,))))


def _differences(slopes: Sequence[Slope], computed: Sequence[float], root: str) -> Text:
    confirmed = sum(s.confirms(x) for s, x in zip(slopes, computed, strict=True))
    if confirmed == len(slopes):
        summary = "Each computed gradient is within the estimated error of its finite difference"
    else:
        summary = (
            f"{confirmed} of {len(slopes)} computed gradients are within the estimated error of their finite difference"
        )
    steps = [math.frexp(s.step)[1] - 1 for s in slopes]
    span = f"2^{min(steps)}" if min(steps) == max(steps) else f"2^{min(steps)} to 2^{max(steps)}"
    tail = "" if confirmed == len(slopes) else " For the others, look for a kink of the function within the steps."
    return Text(
        f"{summary}, which uses no derivatives: {root} is computed anew at x±h, x±h/2 and x±h/4, and the central "
        f"differences ({root}(x+h) - {root}(x-h)) / 2h of these are extrapolated to h = 0 (Richardson). The step h is "
        f"the power of 2 with the smallest estimated error, here {span}.{tail}"
    )


def first_update(study: NetworkStudy) -> Section:
    """What gradient descent does once."""
    title = "First update"
    if len(study.history) < 2:
        return Section(title, (Text("No update was made."),))
    rule = f"w ← w - {study.lr:g} · ∂E_total/∂w, for all weights at once."
    before, after = (row["E_total"] for row in study.history[:2])
    moved = "falls" if after < before else "rises"
    change = (
        "{} from {} to {}".format(moved, *apart(before, after)) if after != before else f"stays at {number(before)}"
    )
    picture = Figure(
        "update", "The network after the first update, each weight with its change (Δ) and the gradient that made it."
    )
    return Section(title, (Text(f"{rule} E_total {change}."), tables.update(study), *_not_compared(study, 1), picture))


def training(study: NetworkStudy) -> Section:
    """How the loss went."""
    outputs, epochs = [a.label for a in study.done.outputs], len(study.history) - 1
    reached = ", ".join(f"{name} = {number(study.history[-1][name])}" for name in ("E_total", *outputs))
    count = f"{epochs:,} epoch{'s' * (epochs != 1)}, each of one update"
    blocks: list[Block] = [
        Text(
            f"Gradient descent with learning rate {study.lr:g}, {count}. At the end {reached}. All "
            "digits are in history.csv."
        ),
        tables.loss_by_epoch(study.history, outputs),
    ]
    if study.history.stopped == Stopped.INTERRUPTED:
        blocks.append(Text("The training was interrupted.", note=True))
    return Section("Training", (*blocks, Figure("loss", "E_total after each epoch.")))


def result(study: NetworkStudy) -> Section:
    """The trained network against the published one, and what explains the differences."""
    later = list(dict.fromkeys(c.published.epochs for c in study.checks if c.published.epochs))
    blocks: list[Block] = [Text(_tally(study.checks))]
    for epochs in later:
        # The weights after the first update have their published values beside them in the section on that update.
        shown = [c for c in study.checks if c.published.epochs == epochs and (epochs > 1 or c.erratum)]
        if shown:
            blocks.append(tables.comparison(shown[0].published.stage.capitalize(), shown))
    if study.not_compared:
        blocks.append(Text(study.not_compared, note=True))
    return Section("Result against the published one", (*blocks, *_errata(study, later)))


def _tally(checks: Sequence[Check]) -> str:
    agree = sum(c.agrees for c in checks)
    explained = sum(c.explained and not c.agrees for c in checks)
    tally = f"Published numbers compared: {len(checks)}. Agreeing in every printed digit: {agree}."
    if explained:
        tally += (
            f" Differing because of a mistake of the source, which made on purpose gives what is printed: {explained}."
        )
    left = len(checks) - agree - explained
    return f"{tally} Differing with no explanation: {left}." if left else tally


def _errata(study: NetworkStudy, epochs: Iterable[int]) -> list[Block]:
    """The errata that concern a comparison after so many epochs, each with the numbers of the gradients it changes."""
    wanted = set(epochs)
    errata = {c.erratum.title: c.erratum for c in study.checks if c.erratum and c.published.epochs in wanted}
    blocks: list[Block] = []
    for erratum in errata.values():
        early = [c for c in study.checks if c.erratum is erratum and c.published.epochs == 0]
        if early and 0 not in wanted:
            blocks.append(Text(f"Erratum, as told under Gradients. {erratum.title}.", note=True))
            continue
        blocks.append(Text(f"Erratum. {erratum.title}. {erratum.text}", note=True))
        if early:
            blocks.append(tables.comparison("The numbers that the erratum explains", early))
    return blocks


def _not_compared(study: NetworkStudy, epochs: int) -> list[Block]:
    """Say so where a table has no published numbers because the training is another one."""
    published = any(p.epochs == epochs for p in study.example.published)
    compared = any(c.published.epochs == epochs for c in study.checks)
    return [Text(study.not_compared, note=True)] if published and not compared else []


def backward_pass(root: Value, inputs: Sequence[Value]) -> Section:
    """The chain rule step by step, from the result to each of the inputs."""
    introduction = Text("Each gradient from those before it: formula, then numbers, the result first.")
    return Section("Backward pass", (introduction, Code(str(explain(root, inputs)))))


def weights(study: NetworkStudy) -> Section:
    """One part for each weight: why its gradient is what it is."""
    parts = tuple(chain_rule(study.root, weight) for weight in study.net.weights)
    return Section("Each weight", (Text(CHAIN_RULE),), parts)


CHAIN_RULE = (
    "The chain rule: along each path from the result back to where the gradient is wanted, multiply the local "
    "derivatives; the sum of the products over all paths is the gradient."
)


def chain_rule(root: Value, node: Value) -> Section:
    """Why the gradient of one node is what it is: formula, diagram, table of paths."""
    why = explain(root, node)
    name = tables.partial(root.label, node.label)
    value = f"{name} = {signed(why.gradient)}"
    # A formula that would fill pages is left out.
    written = [Formula(why.formula, why.written("mathml"))] if why.formula else []
    code = Code(f"{why.formula}\n{value}" if why.formula else value)
    defined = [Code("\n".join(("where", *why.definitions())))] if why.definitions() else []
    start, end = shortened(root.label), shortened(node.label)
    caption = f"From {start} to {end}: each local derivative, and the products along the paths."
    return Section(end, (*written, code, Figure(f"gradient-{node.label}", caption), tables.paths(why), *defined))


LAYERS = "In the notation of courses"


def layers(study: NetworkStudy) -> Section:
    """The same pass in errors δ and as matrices, and what each weight is called there."""
    root, weights, lr = study.root, study.net.weights, study.lr
    names = index_names(root)
    rows = tuple((Cell(w.label), Cell(names[w]), *(compact(x) for x in (w.data, w.grad))) for w in weights)
    columns = (
        Column("weight"),
        Column("by its indices"),
        Column("value", number=True),
        Column("gradient", number=True),
    )
    deltas, matrices = explain(root, weights, form="delta", lr=lr), explain(root, weights, form="matrix", lr=lr)
    return Section(
        LAYERS,
        (
            Text(
                "w₁₂⁽²⁾ leads from neuron 2 of layer 1 to neuron 1 of layer 2; the inputs are layer 0. δ is the "
                "error of a neuron: the derivative along its weighted sum. The equations are those of chapter 2 of "
                "M. Nielsen, Neural Networks and Deep Learning (2015)."
            ),
            Table("Each weight by its indices", columns, rows),
        ),
        (
            Section("Errors, neuron by neuron", tuple(map(_equation, deltas))),
            Section("As matrices", (Text(" ".join(matrices.legend)), *map(_equation, matrices))),
        ),
    )


def _equation(one: Equation) -> Formula:
    return Formula(f"{one.written()}\n{one.numbers()}", one.mathml())


def full_graph(operations: int) -> Section:
    """The picture of every operation."""
    caption = f"All {operations} operations, with value and gradient; read it from the inputs to the result."
    return Section("The full graph", (Figure("graph", caption),))


# --- all examples --------------------------------------------------------------------------------------------------


def listing(examples: Iterable[NetworkExample | ScalarExample]) -> Section:
    """The examples, with their names for the command line."""
    lines = ((e, "\n".join(filter(None, (e.title, e.source, e.url)))) for e in examples)
    rows = tuple((Cell(e.name), Cell(told, link=e.url)) for e, told in lines)
    columns = (Column("name"), Column("what it is, and its source"))
    return Section("Examples", (Table("Published worked examples", columns, rows),))


# --- scalar examples -----------------------------------------------------------------------------------------------


def scalar_sections(study: ScalarStudy) -> list[Section]:
    """The numbers of a small example: what it is, value and gradients."""
    example, root = study.example, study.root.label
    checks = {c.published.quantity: c for c in study.checks if not c.published.epochs}
    names = [node.label for node in study.inputs]
    at = ", ".join(f"{shortened(name)} = {x:.12g}" for name, x in example.at.items())
    slopes = [study.slopes[name] for name in names]
    computed = [node.grad for node in study.inputs]
    table = tables.gradients(
        "The gradients",
        [tables.partial(root, name) for name in names],
        computed,
        [checks.get(f"d{root}/d{name}") for name in names],
        slopes,
    )
    value = tables.comparison("The value", [checks[root]])
    sections = [
        Section(
            "The example",
            (Text(f"Source: {example.source}."), Code(_program(study.root)), Text(f"At {at}.")),
        ),
        Section("Value", (replace(value, shown=False),)),
        Section("Gradients", (table, _differences(slopes, computed, shortened(root)))),
    ]
    if example.after is not None:
        moved = [c for c in study.checks if c.published.epochs]
        introduction = Text(
            f"Every input is moved by {example.after[0]:g} times its gradient, which raises {shortened(root)}."
        )
        after = replace(tables.comparison("After the step", moved), shown=False)
        sections.append(Section("One step up the gradient", (introduction, after)))
    sections.append(Section("Against the published numbers", (Text(_tally(study.checks)),)))
    return sections


def _program(root: Value) -> str:
    """The formula of each quantity that has a name, in the order in which they are computed."""
    return "\n".join(formula(node) for node in named(root).values() if node.op is not None)


def scalar_page(study: ScalarStudy, operations: int) -> list[Section]:
    """The sections of the page on a small example."""
    parts = tuple(chain_rule(study.root, node) for node in study.inputs)
    backward = backward_pass(study.root, study.inputs)
    return [
        *scalar_sections(study),
        full_graph(operations),
        backward,
        Section("Each input", (Text(CHAIN_RULE),), parts),
    ]


def network_page(study: NetworkStudy, operations: int) -> list[Section]:
    """The sections of the page on a network example."""
    tried = [rates.example_learning_rates(study)] if study.sweeps else []
    first = introduction(study)
    return [
        replace(first, blocks=(*first.blocks, Text(_tally(study.checks)))),
        network_diagram(),
        forward_pass(study),
        gradients(study),
        backward_pass(study.root, study.net.weights),
        weights(study),
        layers(study),
        first_update(study),
        training(study),
        result(study),
        *tried,
        full_graph(operations),
    ]
