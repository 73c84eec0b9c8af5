"""The live page without a browser: its markup, policy, data and formulas, and how large a network it takes."""

import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mathml import MathReader

import autograd_lite
from autograd_lite import Network, Value, explain, page, sigmoid, zero_grad
from autograd_lite.draw import engines
from autograd_lite.examples import EXAMPLES, ScalarExample, mazur
from autograd_lite.losses import binary_cross_entropy_from_logits, half_squared_error, mean_squared_error
from autograd_lite.nn import ACTIVATIONS
from autograd_lite.pages.explorer.building import of_graph, of_network
from autograd_lite.pages.explorer.bundle import bundled
from autograd_lite.pages.explorer.formulas import Formulas
from autograd_lite.pages.explorer.formulas import math as math_line
from autograd_lite.pages.markup import Html
from autograd_lite.text.layout import number, printable

VOID = {"meta", "input", "br", "hr", "img", "link"}
HOSTILE = [
    '<img src=x onerror="alert(1)">',
    "</script><script>alert(1)</script>",
    "</template>",
    "-->",
    "\u2028",
    '"',
    "${x}",
]


def mazur_html():
    example = mazur()
    net = example.network()
    return page(net, [(example.inputs, example.targets)], parameters=net.weights, title=example.title).html


class Markup(HTMLParser):
    """Reads a page strictly: every element is closed in order. Keeps the elements and the text of each."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.found = [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):  # noqa: D102
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute twice: {tag} {attrs}"
        self.found.append([tag, dict(attrs), ""])
        if tag not in VOID:
            self.open.append((tag, self.found[-1]))

    def handle_endtag(self, tag):  # noqa: D102
        assert self.open[-1][0] == tag, f"</{tag}> closes <{self.open[-1][0]}>"
        self.open.pop()

    def handle_data(self, data):  # noqa: D102
        if self.open:
            self.open[-1][1][2] += data

    def all(self, tag):
        """Return the elements of that name."""
        return [one for one in self.found if one[0] == tag]


def hash_of(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def data_of(markup):
    return json.loads(next(text for _, attributes, text in markup.all("script") if attributes.get("id") == "data"))


def test_the_policy_allows_this_script_and_style_and_nothing_else():
    """The policy names the hashes of the one style and the one script; nothing else can run or be loaded."""
    markup = Markup(mazur_html())
    policy = next(a["content"] for _, a, _ in markup.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    (style,) = (text for _, _, text in markup.all("style"))
    scripts = [(a["type"], text) for _, a, text in markup.all("script")]
    assert [kind for kind, _ in scripts] == ["application/json", "module"]
    assert policy == (
        f"default-src 'none'; script-src {hash_of(scripts[1][1])}; style-src {hash_of(style)}; img-src data:"
    )
    for _, attributes, _ in markup.found:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert "src" not in attributes


def test_markup():
    """Elements are closed in order, ids are unique, labels name what there is; what is marked is in the data."""
    markup = Markup(mazur_html())
    ids = [a["id"] for _, a, _ in markup.found if "id" in a]
    assert len(set(ids) - {"selected"}) == len([x for x in ids if x != "selected"])
    data = data_of(markup)
    keys = {q["key"] for q in data["nodes"]}
    known = keys | {f"∂{key}" for key in keys} | {f"∂{e['of']}/∂{e['wrt']}" for e in data["edges"]}
    known |= {f"{what}{key}" for key in keys for what in ("mean ∂", "before ", "slope ", "Δ", "after ")}
    known |= {f"{key}⁺" for key in keys} | {":rate", ":epoch", ":mean"}
    assert {a["data-q"] for _, a, _ in markup.found if "data-q" in a} <= known
    assert {a["data-s"].removeprefix("∂") for _, a, _ in markup.found if "data-s" in a} <= keys
    names = {a["data-name"] for _, a, _ in markup.all("template")}
    used = {a[x] for _, a, _ in markup.found for x in ("data-use", "data-first") if x in a}
    assert used <= names
    assert all(a.get("aria-label") for tag, a, _ in markup.found if tag == "input")
    assert all(text.strip() or a.get("aria-label") for _, a, text in markup.all("button"))


def test_passes_are_counted_in_epochs():
    """Buttons, slider and charts count epochs, as the command line does; an update is the step of the parameters."""
    markup = Markup(mazur_html())
    texts = [text for _, _, text in markup.found] + [x for _, a, _ in markup.found for x in a.values() if x]
    texts.append(bundled())
    assert {"1 epoch", "E_total by epoch", "weights by epoch", "Epoch shown"} <= set(map(str.strip, texts))
    assert [text for text in texts if re.search(r"\d updates?\b|\b(by|many|ten) updates?\b|Update \$", text)] == []


@pytest.mark.parametrize(
    ("chosen", "fixed"), [("weights", {"b1", "b2"}), ("biases", {f"w{k}" for k in range(1, 9)}), ("parameters", set())]
)
def test_fixed_parameters_are_marked(chosen, fixed):
    """What is not trained is marked "fixed" in the picture, in the table and in its panel; nothing else is."""
    net = mazur().network()
    parameters = net.parameters() if chosen == "parameters" else getattr(net, chosen)
    text = page(net, ([0.05, 0.1], [0.01, 0.99]), parameters=parameters).html
    picture = ET.fromstring(re.search(r"<svg.*?</svg>", text, re.DOTALL)[0])
    marked = {row.get("data-s") for row in picture.iter("g") if any(x.text == "fixed" for x in row.findall("text"))}
    assert marked == fixed
    assert set(re.findall(r'data-s="(\w+)">\w+<small> fixed</small>', text)) == fixed
    assert text.count(", fixed: not trained") == len(fixed)
    assert ("<b>fixed</b> not trained" in text) == bool(fixed)


def test_scripts():
    """No script makes code from text, writes markup, or asks for anything; a bundle is one module without imports."""
    text = re.sub(r"/\*\*.*?\*/", "", bundled(), flags=re.DOTALL)
    for forbidden in ("eval", "Function(", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "fetch(",
                      "XMLHttpRequest", "import(", "http:", 'setAttribute("on', "</script"):  # fmt: skip
        assert forbidden not in text.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"^\s*(import|export)\b", text, re.MULTILINE)
    assert text.index("const OPERATIONS") < text.index("class Interpreter") < text.index("class Model")


def test_bundling_says_what_it_cannot_do():
    """Scripts that import each other, one name twice, and other forms of import are refused."""
    a = 'import { b } from "./b.js";\nexport const a = 1;\n'
    files = {"a.js": a, "b.js": 'import { a } from "./a.js";\nexport const b = 1;\n'}
    with pytest.raises(ValueError, match=r"import each other: a\.js -> b\.js -> a\.js"):
        bundled("a.js", files.__getitem__)
    with pytest.raises(ValueError, match=r"a is declared in both b\.js and a\.js"):
        bundled("a.js", {"a.js": a, "b.js": "export const a = 1;\n"}.__getitem__)
    with pytest.raises(ValueError, match=r"a form that is not bundled"):
        bundled("a.js", {"a.js": 'import x from "./b.js";\n'}.__getitem__)
    assert bundled("a.js", {"a.js": a, "b.js": "export const b = 2;\n"}.__getitem__) == (
        "// --- b.js\nconst b = 2;\n\n// --- a.js\nconst a = 1;\n"
    )


def test_sizes():
    """Mazur's page is small; a network of 500 parameters is taken, more is not, and the message names the report."""
    assert len(mazur_html().encode()) < 1_000_000
    data = [([0.1] * 20, [0.5])]
    assert page(Network([20, 22, 1], biases="layer"), data).html  # 464 parameters, 952 computed nodes
    with pytest.raises(ValueError, match=r"this network has 507 parameters; a page takes 500: .* the report"):
        page(Network([20, 23, 1], biases="neuron"), data)
    x = Value(1.0, "x")
    y = x
    for _ in range(1000):
        y = y + x
    assert len(of_graph(y, title="").model.quantities) == 1001
    with pytest.raises(ValueError, match=r"this graph computes 1,001 nodes; a page takes 1,000 .* the report"):
        page(y + x)


def test_wrong_arguments():
    """What is neither a network with data nor a node is refused in words that help."""
    net = Network([2, 1])
    with pytest.raises(TypeError, match=r"page\(net, data\) takes the samples after the network"):
        page(net)
    with pytest.raises(TypeError, match=r"page\(\) takes a network with its data, or a node \(Value\), got int"):
        page(3)
    with pytest.raises(TypeError, match="a graph has its numbers in it"):
        page(Value(1.0), [([1.0], [1.0])])
    with pytest.raises(TypeError, match=r"data is a list of pairs"):
        page(net, 3)
    with pytest.raises(ValueError, match="all samples have as many inputs"):
        page(net, [([1.0, 2.0], [1.0]), ([1.0], [1.0])])
    with pytest.raises(ValueError, match="parameters are some of the network's"):
        page(net, ([1.0, 2.0], [1.0]), parameters=[Value(1.0)])


def test_saved_and_shown(tmp_path):
    """A page is saved whole, and in a notebook stands in a frame that can reach nothing outside."""
    made = page(Value(2.0, "x") * 3.0)
    assert made.save(tmp_path / "page.html").read_text("utf-8") == made.html
    shown = Markup(made._repr_html_())
    ((_, attributes, _),) = shown.all("iframe")
    assert attributes["srcdoc"] == made.html
    assert attributes["sandbox"] == "allow-scripts"
    assert "run the cell, or trust the notebook" in made._repr_html_().partition("</iframe>")[2]
    assert autograd_lite.page is page
    assert "page" in dir(autograd_lite)


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels(label):
    """A label is text wherever it stands, in markup, in attributes and in the data."""
    net = Network([2, 2, 1], seed=1)
    net.weights[0].label = label
    for made in (page(net, ([1.0, 2.0], [0.5]), title=label), page(Value(2.0, label) * Value(3.0, label))):
        markup = Markup(made.html)
        assert not markup.all("img")
        assert [a["type"] for _, a, _ in markup.all("script")] == ["application/json", "module"]
        assert printable(label) in [q["name"] for q in data_of(markup)["nodes"]]


def test_without_a_layout_engine(monkeypatch):
    """Where no layout engine is installed, boxes stand in columns; a network needs none anyway."""

    def none(*_args, **_kwargs):
        raise engines.EngineNotFoundError("none")

    monkeypatch.setattr("autograd_lite.pages.explorer.graph.render", none)
    x = Value(2.0, "x")
    picture = of_graph((x * 3.0 + x).tanh(), title="").picture
    places = [(box.x, box.y) for box in picture.boxes]
    assert len(set(places)) == len(places) == 4
    assert all(wire.d.startswith("M") for wire in picture.wires)
    assert mazur_html()


# --- numbers and formulas --------------------------------------------------------------------------------------------


def check_model(model, result):
    """Values, gradients and local derivatives are those of nodes and of `explain`."""
    numbers = model.numbers()
    zero_grad(result)
    result.backward()
    for q in model.quantities:
        assert numbers[q.key] == q.node.data
        assert numbers[f"∂{q.key}"] == pytest.approx(q.node.grad, rel=1e-13, abs=1e-300)
    for q in model.leaves:
        why = explain(result, q.node)
        if why.count:
            factors = dict.fromkeys(f for path in why.paths for f in path.factors)
            ends = {(f.of, f.wrt) for f in factors}  # x * x has two factors along x, which are one here
            for of, wrt in ends:
                value = sum(f.value for f in factors if (f.of, f.wrt) == (of, wrt))
                key = f"∂{model.of[of].key}/∂{model.of[wrt].key}"
                assert numbers[key] == pytest.approx(value, rel=1e-12, abs=1e-300)


def network_content(net, data, loss=half_squared_error):
    return of_network(net, data, loss=loss, lr=0.5, parameters=None, title="")


@pytest.mark.parametrize("biases", ["none", "layer", "neuron"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_networks(activation, biases):
    """For every activation and kind of biases the numbers are the nodes', and the picture has a box for each."""
    net = Network([2, 3, 2], activation=activation, biases=biases, seed=4)
    for loss in (half_squared_error, mean_squared_error, binary_cross_entropy_from_logits):
        content = network_content(net, ([0.3, -0.7], [0.2, 0.9]), loss)
        check_model(content.model, content.model.root)
        check_formulas(content.model)
        shown = {row.quantity for box in content.picture.boxes for row in box.rows}
        assert shown == set(content.model.quantities)
        assert set(content.picture.routes) >= {e.key for e in content.model.edges if e.of.kind == "sum"}


def test_a_loss_of_one_s_own():
    """A loss without a label is called loss; one with parts of its own is shown with them as far as they have names."""
    net = Network([2, 2, 2], seed=3)

    def softmax_loss(outputs, targets):
        powers = [a.exp() for a in outputs]
        total = powers[0] + powers[1]
        return -sum(t * (p / total).log() for t, p in zip(targets, powers, strict=True))

    content = network_content(net, ([0.1, 0.2], [0.0, 1.0]), softmax_loss)
    assert content.model.result.name == "loss"
    check_model(content.model, content.model.root)
    check_formulas(content.model)
    Markup(page(net, ([0.1, 0.2], [0.0, 1.0]), loss=softmax_loss).html)


LINES = [
    ("<mi>a</mi><mo>=</mo><mi>b</mi><mo>⋅</mo><mi>c</mi><mo>+</mo><mi>d</mi>", [["a"], ["=b", "⋅c"], ["+d"]]),
    ("<mi>a</mi><mo>=</mo><mo>−</mo><mi>b</mi><mo>−</mo><mi>c</mi>", [["a"], ["=−b"], ["−c"]]),
    ("<mo>=</mo><mi>a</mi><mo>⋅</mo><mo>(</mo><mi>b</mi><mo>−</mo><mi>c</mi><mo>)</mo>", [["=a", "⋅(b−c)"]]),
    ("<mo>=</mo><mo>(</mo><mi>b</mi><mo>)</mo><mo>−</mo><mi>c</mi>", [["=(b)"], ["−c"]]),
    ("<mo>=</mo><mi>a</mi><mo>⋅</mo><mo>−</mo><mi>b</mi>", [["=a", "⋅−b"]]),
    ("<mo>=</mo><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mo>+</mo><mfrac><mi>c</mi><mi>d</mi></mfrac>",
     [["=a+b"], ["+cd"]]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "parts"), LINES)
def test_where_a_line_may_break(text, parts):
    """A line breaks before signs between two terms, or else two factors; not in brackets, nor after a minus sign."""
    (terms,) = ET.fromstring(math_line(Html(text)))
    assert [["".join(part.itertext()) for part in term] for term in terms] == parts


def test_one_output_and_many_layers():
    """With one output there is no error of its own; with several hidden layers the names tell them apart."""
    net = Network([2, 3, 3, 1], seed=2)
    content = network_content(net, [([0.1, 0.2], [0.3]), ([0.4, 0.5], [0.6])])
    check_model(content.model, content.model.root)
    stages = [str(step.stage) for step in content.steps]
    assert list(dict.fromkeys(stages)) == [
        "Forward: predictions", "Loss", "Backward: output layer", "Backward: hidden layers",
        "Gradients of the weights", "Update",
    ]  # fmt: skip
    assert page(net, [([0.1, 0.2], [0.3]), ([0.4, 0.5], [0.6])]).html


@pytest.mark.parametrize("name", [name for name, make in EXAMPLES.items() if isinstance(make(), ScalarExample)])
def test_examples_as_graphs(name):
    """The small examples: numbers and formulas of every node."""
    root, _ = EXAMPLES[name]().graph()
    content = of_graph(root, title="")
    check_model(content.model, content.model.root)
    check_formulas(content.model)
    Markup(page(root).html)


OPERATIONS = [
    lambda x, y, _: x + y, lambda x, y, _: x * y, lambda x, y, _: x - y, lambda x, *_: sigmoid(x),
    lambda x, *_: x.tanh(), lambda x, _, c: x * c, lambda x, _, c: c - x, lambda x, *_: (x * x + 1.0) ** 0.5,
]  # fmt: skip


@given(st.data())
def test_formulas_of_random_graphs(data):
    """Graphs drawn at random, with constants, shared and unlabelled nodes: what every formula evaluates to."""
    a, b, c = (Value(data.draw(st.floats(-2, 2)), name) for name in ("a", "b", "w1"))
    nodes = [a, b, c]
    for _ in range(data.draw(st.integers(1, 9))):
        x, y = data.draw(st.sampled_from(nodes)), data.draw(st.sampled_from(nodes))
        kind = data.draw(st.integers(0, 7))
        constant = data.draw(st.sampled_from([2.0, -1.5, 0.5, 3.0]))
        made = OPERATIONS[kind](x, y, constant)
        if data.draw(st.booleans()):
            made.label = data.draw(st.sampled_from(["h", "z_1", "", "out"]))
        nodes.append(made)
    content = of_graph(nodes[-1], title="")
    check_model(content.model, content.model.root)
    check_formulas(content.model)


def check_formulas(model):
    """What is printed as formula evaluates to the number beside it; symbols are the quantities that they mark."""
    formulas = Formulas(model)
    numbers = formulas.numbers
    for edge in model.edges:
        whole = ET.fromstring(str(formulas.of_local(edge)))
        scale = max(1.0, abs(numbers[edge.key]))
        for side in MathReader(numbers).sides(whole)[1:]:
            assert side == pytest.approx(numbers[edge.key], rel=1e-9, abs=1e-9 * scale)
    for q in model.quantities:
        shown = [(formulas.of_gradient(q), numbers[f"∂{q.key}"])]
        if q.node.op is not None:
            shown.append((formulas.of_value(q), numbers[q.key]))
        for lines, expected in shown:
            if len(lines) < 3:
                continue
            symbols, values, result = (ET.fromstring(str(line)) for line in lines)
            scale = max(1.0, abs(expected))
            assert MathReader(numbers).right_side(symbols) == pytest.approx(expected, rel=1e-9, abs=1e-9 * scale)
            assert MathReader(numbers).right_side(values) == pytest.approx(expected, rel=1e-9, abs=1e-9 * scale)
            assert MathReader(numbers).right_side(result) == expected
            for one in values.iter("mn"):
                if one.get("data-q"):
                    text = number(numbers[one.get("data-q")])
                    assert one.text == (f"({text})" if text.startswith("−") else text)


def test_the_report_and_the_page_stand_side_by_side(tmp_path):
    """The live page of an example has its source, its published numbers, and links to the files beside it."""
    from autograd_lite.pages import Folder, NetworkStudy, network_report

    study = NetworkStudy(mazur(), epochs=2)
    study.train(progress=False)
    folder = Folder(tmp_path)
    network_report(study, folder)
    text = (tmp_path / "index.html").read_text("utf-8")
    markup = Markup(text)
    links = [a["href"] for _, a, _ in markup.all("a")]
    assert mazur().url in links
    assert {"report.html", "history.csv", "network.svg"} <= set(links)
    assert "0.298371109" in html.unescape(text)
    assert 'href="index.html"' in (tmp_path / "report.html").read_text("utf-8")


def test_parameters_that_are_not_trained_are_marked():
    """In the picture each bias of Mazur's network says "fixed", and nothing does where all are trained."""
    example = mazur()
    net = example.network()
    whole = page(net, [(example.inputs, example.targets)]).html
    assert [mazur_html().count(">fixed</text>"), whole.count(">fixed</text>")] == [2, 0]
