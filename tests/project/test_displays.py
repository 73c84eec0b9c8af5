"""Every public class as a prompt and a notebook show it: one short line, and HTML that any notebook keeps whole."""

import base64
import importlib
import inspect
import math
import re
import xml.etree.ElementTree as ET
from functools import cache

import pytest
from hostile_labels import Skeleton, by_label, calculation, harmless, shows

from autograd_lite import Network, Value, charts, compile, draw, examples, explain, page  # noqa: A004
from autograd_lite.audit import check_claims
from autograd_lite.displays import DISPLAYS
from autograd_lite.displays.parts import ENDS, POINTS, curve, ends
from autograd_lite.history import History, Remark, RemarkKind
from autograd_lite.losses import half_squared_error
from autograd_lite.optim import GradientDescent, descent
from autograd_lite.program.iteration import Iteration
from autograd_lite.storage import Task
from autograd_lite.testing import central_difference, check_gradient

ROOMS = [
    *("audit", "draw", "draw.charts", "examples", "explanation", "history", "losses", "nn", "optim", "pages.explorer"),
    *("program", "storage", "testing", "text", "train"),
]
APART = {
    "Verdict": "a word, and equal to it",
    "Stopped": "a word, and equal to it",
    "RemarkKind": "a word, and equal to it",
    "Loss": "a type for annotations",
    "Built": "three fields of Python's own kind, made in tests",
    "Graph": "its text is the code that makes it again, which Hypothesis prints",
    "Problem": "its text is the code that makes it again, which Hypothesis prints",
    "Op": "a function: help() says what it does",
    "Index": "a tuple with names",
}
"""Public classes without a display, and why."""


def public():
    """The public classes by name, but errors."""
    found = {"Value": Value, "Iteration": Iteration}
    for room in ROOMS:
        module = importlib.import_module(f"autograd_lite.{room}")
        for name in getattr(module, "__all__", ()):
            x = getattr(module, name)
            if inspect.isclass(x) and not issubclass(x, BaseException) and x.__module__.startswith("autograd_lite"):
                found[name] = x
    return found


@cache
def objects():
    """An object of each class with a display, and the facts that its text form has to have."""
    example = examples.mazur()
    net = example.network()
    done, loss = example.forward(net)
    loss.backward()
    why, passed = explain(loss, "w1"), explain(loss)
    layered = explain(loss, form="matrix", lr=0.5)
    report = check_claims(loss, {"w5": "0.0822", "w1": "0.1"})
    checked = check_gradient(lambda x: x * x, 3.0)
    program = compile(loss, inputs=net.weights, wrt=net.weights[:2], updates=descent(loss, net.weights, 0.5))
    history = example.train(example.network(), epochs=30, progress=False)
    lanes = program.iterate_map([[x.data] * 3 for x in net.weights], 2, record="E_total")
    sweep = examples.sweep(example, [0.1, 2.0], epochs=5)
    erratum = example.errata[0]
    check = next(c for c in example.checks(example.train(example.network(), progress=False)) if not c.agrees)
    first = "0.2983711087600027"
    return {
        "Value": (loss, ["E_total", first, "grad=1.0"]),
        "Network": (net, ["[2, 2, 2]", "sigmoid", "layer"]),
        "Layer": (net.layers[0], ["h", "2 x 2", "sigmoid"]),
        "Pass": (done, ["2 inputs", "2 layers", "2 outputs"]),
        "GradientDescent": (GradientDescent(net.weights, 0.5), ["8 parameters", "0.5"]),
        "History": (history, ["31 rows", "0.2984", f"{history[-1]['E_total']:.4g}", "epochs"]),
        "Sweep": (sweep, ["mazur", "2 rates", "0.1", "2"]),
        "Program": (program, ["8 inputs", "E_total", "2 gradients", "8 updates", f"{len(program)} instructions"]),
        "Result": (program([x.data for x in net.weights]), [first]),
        "Iteration": (program.iterate(epochs=3, record="E_total", progress=False), ["8 numbers", "4 rows"]),
        "NetworkExample": (example, ["mazur", "2-2-2", "0.5", "10000 epochs"]),
        "ScalarExample": (examples.baydin(), ["baydin", "y = 11.652", "x1=2"]),
        "Lanes": (lanes, ["Lanes: 3 of 8 numbers", "3 epochs of 1 quantities"]),
        "Remark": (Remark(RemarkKind.DEAD, "h1 is 0 for every sample", ("h1",)), ["dead units", "h1 is 0"]),
        "Task": (Task(net, [(example.inputs, example.targets)], lr=0.5), ["2-2-2", "1 samples", "lr=0.5"]),
        "Published": (example.published[0], [example.published[0].printed]),
        "Check": (check, [check.published.printed, f"{check.computed:.10g}", "explained"]),
        "Erratum": (erratum, [erratum.title[:20], f"{len(erratum.quantities)} numbers"]),
        "Claim": (report["w1"], ["w1", "0.1", "wrong"]),
        "ClaimsReport": (report, ["E_total", "1 of 2 right"]),
        "Mistake": (report["w1"].mistakes[0], [report["w1"].mistakes[0].kind]),
        "CheckedSlope": (checked.slopes[0], ["∂f/∂x", "6", "confirmed"]),
        "GradientReport": (checked, ["f", "right"]),
        "Slope": (central_difference(lambda x: x * x, 3.0), ["6", "step"]),
        "Explanation": (why, ["∂E_total/∂w1", "+0.0004386", "2 paths"]),
        "BackwardPass": (passed, ["E_total", "0.2984", f"{len(passed)} gradients"]),
        "LayerwisePass": (layered, ["E_total", "0.2984", f"{len(layered)} equations"]),
        "Equation": (layered["δ⁽¹⁾"], ["δ⁽¹⁾ = ((W⁽²⁾)ᵀ δ⁽²⁾) ⊙ σ'(z⁽¹⁾)"]),
        "Factor": (why.factors[1], ["∂E1/∂a_o1", "a_o1 - t1", "0.7414"]),
        "Path": (why.paths[0], ["∂E_total/∂E1", "∂h1/∂w1", "+0.0006684"]),
        "Step": (passed["w5"], ["∂E_total/∂w5", "+0.08217"]),
        "Diagram": (draw.graph(loss), ["E_total = 0.2984"]),
        "Chart": (charts.loss_curve([1.0, 0.5]), ["1 before training"]),
        "Page": (page(net, (example.inputs, example.targets)), ["save"]),
    }


CLASSES = [
    *DISPLAYS,
    "ClaimsReport",
    "GradientReport",
    "Explanation",
    "BackwardPass",
    "LayerwisePass",
    "Equation",
    "Diagram",
    "Chart",
    "Page",
]
by_class = pytest.mark.parametrize("name", CLASSES)


def numbers_in(html):
    """The numbers in a display's text, as floats; digits inside names are none."""
    text = " ".join(ET.fromstring(html).itertext()).replace("−", "-")
    return [float(x) for x in re.findall(r"(?<![\w.])[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])", text)]


def cells(html):
    """The rows of all tables of a display, as text."""
    rows = ET.fromstring(html).iter("tr")
    return [["".join(cell.itertext()).replace("−", "-") for cell in row] for row in rows]


def test_every_public_class_is_here():
    """Every public class has an instance here, or a reason to have no display."""
    assert set(objects()) == set(CLASSES)
    assert set(public()) - set(CLASSES) - set(APART) == set()


@by_class
def test_text_form(name):
    """The text form is one line of at most 100 characters, with the name of the class and what matters most."""
    x, due = objects()[name]
    text = repr(x)
    assert type(x).__name__ == name
    assert shows(text, "")
    assert name in text
    assert [fact for fact in due if fact not in text] == []
    if name != "Result":  # a tuple of Python's, all of whose numbers are asked for
        assert len(text) <= 100, text


@by_class
def test_html(name):
    """The HTML is well formed, with nothing that a notebook removes until it is trusted, and a frame for the page."""
    x, _ = objects()[name]
    html = x._repr_html_()
    tags = {element.tag for element in ET.fromstring(html.replace("&nbsp;", " ")).iter()} if name != "Page" else set()
    assert tags.isdisjoint({"svg", "math", "script", "iframe", "object", "form"})
    assert "prefers-color-scheme" not in html or name == "Page"
    assert not hasattr(x, "_repr_latex_")


def near(shown, x):
    """Whether a number that is shown is one that is known: to the digits shown, four decimals or three digits."""
    return math.isclose(shown, x, rel_tol=5e-3, abs_tol=5.1e-5)


# --- every number in a display is that of the object ------------------------------------------------------------------


@pytest.mark.parametrize("trained", [False, True])
def test_value_before_and_after_backward(trained):
    """Before `backward()` a node has a dash for a gradient, in both forms, and not 0.0, which `v.grad` stays."""
    x = Value(2.0, "x")
    y = x * 3.0
    y.label = "y"
    if trained:
        y.backward()
    assert x.grad == (3.0 if trained else 0.0)
    gradient = "3.0" if trained else "—"
    assert repr(x) == f"Value(data=2.0, grad={gradient}, label='x')"
    assert cells(x._repr_html_())[1] == ["x", "2.0", gradient, "leaf", "—"]
    assert cells(y._repr_html_())[1][:4] == ["y", "6.0", "1.0" if trained else "—", "mul"]


def test_a_gradient_of_zero_is_a_zero():
    """A gradient that is known to be 0.0 is shown as such."""
    x = Value(-1.0, "x")
    x.relu().backward()
    assert repr(x) == "Value(data=-1.0, grad=0.0, label='x')"


def test_network():
    """The table of a network has a line for each layer: neurons, inputs, weights by name."""
    net = Network([3, 4, 2], activation=["tanh", "linear"])
    rows = cells(net._repr_html_())
    assert rows[1] == ["h", "4", "3", "tanh", "w1 to w12", "b1 to b4"]
    assert rows[2] == ["o", "2", "4", "linear", "w13 to w20", "b5 to b6"]


def test_larger_networks_are_tables():
    """A network of few weights is drawn too, in one picture; a large one is a table, and short."""
    assert Network([3, 4, 2])._repr_html_().count("<img") == 1
    assert "<img" not in Network([20, 20, 20])._repr_html_()
    assert len(Network([2] * 500)._repr_html_()) < 20_000


def test_layer_and_pass():
    """A layer shows its weights and biases, a pass its nodes with value and gradient."""
    net = objects()["Network"][0]
    rows = cells(net.layers[1]._repr_html_())
    assert rows[1:] == [["o1", "w5 0.4000", "w6 0.4500", "b2 0.6000"], ["o2", "w7 0.5000", "w8 0.5500", "b2 0.6000"]]
    done = objects()["Pass"][0]
    nodes = [
        *done.inputs,
        *(x for pair in zip(done.sums, done.activations, strict=True) for part in pair for x in part),
    ]
    for row, node in zip(cells(done._repr_html_())[1:], nodes, strict=True):
        assert row[1] == node.label
        assert near(float(row[2]), node.data)
        assert near(float(row[3]), node.grad)


def test_linear_layers_have_no_activations_of_their_own():
    """The sums of a linear layer are listed once."""
    done = Network([1, 1], activation="linear").forward([1.0])
    assert [row[1] for row in cells(done._repr_html_())[1:]] == ["i1", "o1"]


def test_gradient_descent():
    """What `step()` will make of each parameter is what it makes."""
    net = examples.mazur().network()
    rule = GradientDescent(net.weights, 0.5)
    assert [row[2:] for row in cells(rule._repr_html_())[1:]] == [["—", "—"]] * 8
    examples.mazur().loss(net).backward()
    rows = cells(rule._repr_html_())[1:]
    assert [near(float(row[2]), w.grad) for row, w in zip(rows, net.weights, strict=True)] == [True] * 8
    rule.step()
    assert [near(float(row[3]), w.data) for row, w in zip(rows, net.weights, strict=True)] == [True] * 8


def test_history():
    """A history shows first and last rows, the loss first, and what training changed; the loss as a curve."""
    history = objects()["History"][0]
    html = history._repr_html_()
    head, *rows = cells(html)
    assert head[:2] == ["epoch", "E_total"]
    assert [row[0] for row in rows] == ["0", "1", "2", "…", "28", "29", "30"]
    for row in rows:
        if row[0] != "…":
            for column, text in zip(head, row, strict=True):
                assert near(float(text), history[int(row[0])][column])
    assert html.count("<img") == 1
    losses = history["E_total"]
    assert near(losses[-1], float(re.search(r"E_total from [\d.]+ to ([\d.]+)", html)[1]))
    assert f"and {len(history.columns) - len(head)} more columns" in html


@pytest.mark.parametrize("rows", [0, 1, 2, 6, 7])
def test_short_histories(rows):
    """Of a short history every row is shown, once; of one row there is no curve."""
    net = examples.mazur().network()
    history = examples.mazur().train(net, epochs=max(0, rows - 1), progress=False) if rows else History()
    html = history._repr_html_()
    shown = [row[0] for row in cells(html)[1:]]
    assert shown == ([str(k) for k in range(rows)] if rows < 7 else ["0", "1", "2", "…", "4", "5", "6"])
    assert ("<img" in html) == (rows > 1)


def test_result_of_a_history():
    """The result's name is that of the gradients' columns, whatever is in it, also where labels look like others."""
    w = Value(0.5, "w")
    loss = w * w
    loss.label = "E/dx"
    loss.backward()
    history = History()
    history.record(loss, [w])
    assert history.result == "E/dx"
    assert History().result == ""


def test_sweep():
    """A sweep shows a row a rate: its first and last loss, and what went wrong."""
    net = examples.mazur()
    sweep = examples.Sweep(net, {0.5: [0.3, 0.2], 9.0: [0.3]}, {9.0: "w1 became <infinite>"})
    rows = cells(sweep._repr_html_())[1:]
    assert [row[:4] for row in rows] == [["0.5", "0.3000", "0.2000", "1"], ["9", "0.3000", "0.3000", "0"]]
    assert rows[1][5] == "w1 became <infinite>"


def test_program_and_what_it_gives():
    """A program lists its instructions, a result all its numbers, an iteration its last state."""
    program, result, iteration = (objects()[name][0] for name in ("Program", "Result", "Iteration"))
    assert str(program).split("\n")[5] in program._repr_html_()
    gradient = {row[1]: float(row[2]) for row in cells(result._repr_html_())[1:]}
    assert gradient == result.gradient
    assert float(cells(result._repr_html_())[0][2]) == result.value
    state = {row[0]: float(row[1]) for row in cells(iteration._repr_html_()) if row[0] in iteration.state}
    assert state == iteration.state


def test_result_of_several_outputs():
    """With several outputs each number stands beside the name of its output."""
    x = Value(3.0, "x")
    y, z = x * x, x * 2.0
    y.label, z.label = "y", "z"
    rows = cells(compile([y, z], inputs=[x], wrt=[x])(3.0)._repr_html_())
    assert rows == [
        *(["value", "y", "9.0"], ["value", "z", "6.0"]),
        *(["gradient of y", "x", "6.0"], ["gradient of z", "x", "2.0"]),
    ]


@pytest.mark.parametrize("name", ["mazur", "era-s6"])
def test_network_example(name):
    """An example shows its data and each number that its source prints, as it is printed, and links the source."""
    example = examples.EXAMPLES[name]()
    html = example._repr_html_()
    text = "".join(ET.fromstring(html).itertext())
    assert [p.printed for p in example.published if f"{p.quantity} {p.printed}" not in text] == []
    assert set(map(abs, (*example.weights, *example.inputs, *example.targets))) <= set(map(abs, numbers_in(html)))
    assert [a.get("href") for a in ET.fromstring(html).iter("a")] == [example.url] * bool(example.url)


def test_check_and_erratum():
    """A check shows all three numbers, an erratum its text and the misprints."""
    check, erratum = objects()["Check"][0], objects()["Erratum"][0]
    known = dict(cells(check._repr_html_()))
    assert known["printed"] == check.published.printed
    assert float(known["computed"]) == check.computed
    assert float(known["with the mistake made on purpose"]) == check.reproduced
    assert int(known["digits that agree"]) == check.digits
    text = "".join(ET.fromstring(erratum._repr_html_()).itertext())
    assert erratum.text in text
    assert all(printed in text and meant in text for printed, meant in erratum.misprints.items())


def test_rows_of_reports():
    """A claim, an entry of a gradient, a path and a step show the numbers they have."""
    claim, checked, path, step = (objects()[name][0] for name in ("Claim", "CheckedSlope", "Path", "Step"))
    assert float(dict(cells(claim._repr_html_()))["gradient"]) == claim.gradient
    known = dict(cells(checked._repr_html_()))
    assert float(known["got"]) == checked.got
    assert [float(x) for x in known["by differences"].split(" ± ")] == [checked.expected, checked.uncertainty]
    rows = cells(path._repr_html_())[1:]
    assert math.isclose(math.prod(float(row[2]) for row in rows[:-1]), path.product, rel_tol=2e-3)
    assert near(float(rows[-1][2]), path.product)
    assert near(float(cells(step._repr_html_())[1][1].split("= ")[1]), step.gradient)


# --- parts ------------------------------------------------------------------------------------------------------------


def test_long_tables():
    """Of a long table the first and last rows stay, and the row between says how many are left out."""
    rows = [[str(k), ""] for k in range(100)]
    shown = ends(rows)
    assert shown[:ENDS] + shown[-ENDS:] == rows[:ENDS] + rows[-ENDS:]
    assert shown[ENDS] == ["… 80 more", ""]
    assert ends(rows[: 2 * ENDS + 1]) == rows[: 2 * ENDS + 1]


def drawn(html):
    """The points of a curve."""
    image = ET.fromstring(f"<div>{html}</div>").find(".//img")
    svg = ET.fromstring(base64.b64decode(image.get("src").partition(",")[2]))
    line = svg.find("{http://www.w3.org/2000/svg}polyline").get("points")
    return [tuple(map(float, point.split(","))) for point in line.split(" ")]


def test_curve():
    """A curve goes from left to right, higher for larger numbers, with a logarithmic scale for a wide range."""
    points = drawn(curve([4.0, 2.0, 3.0], "loss"))
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert points[0][1] < points[2][1] < points[1][1]
    (_, top), (_, middle), (_, bottom) = drawn(curve([100.0, 10.0, 1.0], "loss"))
    assert middle == pytest.approx((top + bottom) / 2, abs=0.1)
    assert "logarithmic" in curve([100.0, 1.0], "loss")
    assert "logarithmic" not in curve([100.0, 0.0], "loss")


def test_a_long_curve_keeps_its_spikes():
    """Of many numbers the extremes stay in the picture; what is not finite is said."""
    losses = [1.0] * 5000
    losses[3217], losses[4001] = 9.0, math.nan
    html = curve(losses, "loss")
    points = drawn(html)
    assert len(points) <= POINTS + 3
    assert min(y for _, y in points) == pytest.approx(6.0)
    assert "1 not finite and not drawn" in html
    assert curve([1.0, math.inf], "loss") == ""


# --- labels that try to be code ---------------------------------------------------------------------------------------


def labelled(label):
    """Displays of what has such labels."""
    x, y = calculation(label)
    net = Network([2, 1], seed=1)
    net.weights[0].label, net.biases[0].label = f"{label}w", f"{label}b"
    done = net.forward([Value(0.5, label), 0.1])
    loss = half_squared_error(done.outputs, [0.5])
    loss.label = f"{label}E"
    history = History()
    for _ in range(3):
        history.record(loss, net.parameters())
    why = explain(y, x)
    program = compile(y, inputs=[x], wrt=[x])
    claim = check_claims(y, {x: 0.123})
    return [
        *(x, y, net, net.layers[0], done, GradientDescent(net.parameters(), 0.1), history, program, program(0.5)),
        *(why, why.paths[0], why.factors[0], explain(y), explain(y, [x])[why.name(x)], claim[x]),
        *(examples.Erratum(label, label, frozenset({(0, label)}), {label: label}), examples.Published(label, "1.0")),
    ]


@cache
def plain(label):
    """The elements of these displays with a harmless label."""
    return [Skeleton(x._repr_html_()) for x in labelled(label)]


@by_label
def test_hostile_labels(label):
    """Whatever the labels, text forms are one line that can be seen, and displays have the elements of any."""
    for x, due in zip(labelled(label), plain(harmless(label)), strict=True):
        if type(x).__name__ != "Result":  # Python's own: names as in the dict
            assert shows(repr(x), "")
            assert len(repr(x)) < 200
        read = Skeleton(x._repr_html_())
        assert shows(read.text.replace("\t", " "), due.text)
        assert {tag for tag, *_ in read.tags} <= {tag for tag, *_ in due.tags} | {"i", "sub", "span"}
