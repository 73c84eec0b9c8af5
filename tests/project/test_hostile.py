"""Hostile labels through every way out: whatever a label says, it is text there, and no output does what it says."""

import builtins
import csv
import io
import itertools
import keyword
import math
import pickle
import re
import sys
import unicodedata
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest
from drawing import DRAWN, SVG, needs_dot, rectangles

from autograd_lite import (
    AnomalyError,
    StaleGraphError,
    Value,
    charts,
    detect_anomaly,
    draw,
    explain,
    formula,
    grad,
    named,
    step,
)
from autograd_lite import abs as absolute
from autograd_lite.draw import Diagram
from autograd_lite.draw.style import short
from autograd_lite.engine.graph import find
from autograd_lite.engine.ops import ANY, HELPERS, OPS, Op
from autograd_lite.examples.examples import ScalarExample
from autograd_lite.history import History
from autograd_lite.losses import half_squared_error
from autograd_lite.nn import Network
from autograd_lite.optim import GradientDescent, NonFiniteError
from autograd_lite.pages import Folder, ScalarStudy, scalar_report, sections
from autograd_lite.pages.document import Cell, Column, Section, Table, Text
from autograd_lite.pages.page import Picture, page
from autograd_lite.pages.terminal import Screen
from autograd_lite.testing import check_claims, check_gradient
from autograd_lite.text import formulas, symbols
from autograd_lite.text.formulas import STYLES
from autograd_lite.text.latex import subscripted
from autograd_lite.train import TrainingDivergedError, train

LABELS = {
    "quotes": "a\"b'c`d",
    "backslashes": "\\N\\G\\l a\\\\",
    "line ends": "a\nb\r\nc\u2028d\u2029e\x85f\vg\fh",
    "NUL": "a\x00b",
    "script": "<script>alert(1)</script>",
    "end of CDATA and comment": "<![CDATA[ ]]>-->",
    "event": "</title></svg><g onload='x'>",
    "attribute": '" onmouseover="x" a="',
    "end of a page": "</td></table></code></pre></style><img src=x onerror=y>",
    "entities": "&lt;b&gt; &amp;#60; &#x3c; &",
    "reordering": "\u202egnp.exe\u2066x\u200f",
    "zero width": "w\u200b\u200d\ufeff\u00ad1",
    "tags": "\U000e0041\U000e007f",
    "lone surrogates": "\ud800a\udfff",
    "no characters": "\ufffe\uffff\ue000\U0010ffff",
    "combining": "e" + "\u0301" * 40,
    "emoji": "\U0001f469\u200d\U0001f467 \U0001f3f3\ufe0f",
    "wide": "漢字の重み",
    "formula of a spreadsheet": "=cmd|' /C calc'!A0",
    "plus": "+1+cmd|x",
    "minus": "-2+3",
    "at": "@SUM(1)",
    "tab": "\t=1+1",
    "cell of another separator": "a;=1+1;\t-1",
    "row of another": "a\n=1+1\r@x",
    "NUL and formula": "\x00=1+1",
    "invisible and formula": "\ufeff\u200b=1+1",
    "wide formula": "＝1+1",
    "path up": "../../x",
    "path": "/etc/passwd",
    "path of Windows": "C:\\x\\..\\con.svg",
    "template": "{{ 7*7 }} {% raw %} {# x",
    "substitution": "${7*7} $(x) %(x)s %s {0} {x!r}",
    "LaTeX input": r"\input{x}",
    "LaTeX end": r"}\end{aligned}\write18{x}",
    "signs of TeX": "% $ # & ~ ^ _ ^^5c ^^M",
    "dollars": "$\\frac{$ \\(x\\)",
    "colour of a terminal": "\x1b[31mred\x1b[0m",
    "clipboard of a terminal": "\x1b]52;c;aGk=\x07",
    "link of a terminal": "\x1b]8;;http://x\x1b\\l\x1b]8;;\x1b\\",
    "C1 of a terminal": "\x9b31m\x90q\x9c",
    "backspaces": "abc\b\b\b\x7f\rxyz",
    "markup of rich": "[red]x[/red] [link=http://x]y[/] :warning: [/]",
    "port": "a:b:ne -> n1",
    "label of DOT": "<b>x</b><TABLE><TR>",
    "record of DOT": "{a|b}|<p> \\|",
    "end of DOT": '"]; } digraph { x [label="',
    "Mermaid": 'end\n A-->B["x"] %%{init}%%',
    "call of Python": "__import__('os').system('x')",
    "lines of Python": "x = 1\nimport os #",
    "keyword of Python": "lambda",
    "name of Python": "__class__",
    "another identifier": "ﬁ",
    "blank": "   ",
    "other blanks": "\u00a0\u3000",
    "name of our own": "v1",
    "derivative": "∂y/∂x",
    "long": "x" * 5000,
    "shown whole at times": "x y " * 47,
}
by_label = pytest.mark.parametrize("label", LABELS.values(), ids=LABELS)


def harmless(label):
    """A label of the same kind that says nothing: a word, or two."""
    return label.replace("v", "q") if subscripted(label) else "q q"


def calculation(label):
    """A leaf of that label, the result, and between them two quantities with labels that begin with it."""
    x, w = Value(0.5, label), Value(-1.5, f"{label}w")
    h = x * w + x
    h.label = f"{label}h"
    y = (h * h).tanh() + x * h
    y.label = f"{label}y"
    y.backward()
    return x, y


def shows(text, lines=None):
    """Whether everything in the text can be seen, in as many lines as there should be."""
    odd = {
        c for c in text if (unicodedata.category(c)[0] == "C" and c != "\n") or unicodedata.category(c) in {"Zl", "Zp"}
    }
    return not odd and (lines is None or text.count("\n") == lines.count("\n"))


class Skeleton(HTMLParser):
    """A page without its text: the tags, and the names of their attributes."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.text = [], [], ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        """Take an opening tag."""
        self.handle_startendtag(tag, attrs)
        if tag not in {"meta", "br", "hr"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        """Take a tag that closes itself."""
        assert not any(name.startswith("on") or name in {"src", "srcdoc", "action"} for name, _ in attrs)
        assert all(re.match(r"#[\w-]*$|[\w.%~-]+$", value) for name, value in attrs if name.endswith("href"))
        self.tags.append((tag, *(name for name, _ in attrs)))

    def handle_endtag(self, tag):
        """Take a closing tag."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Take text."""
        self.text += data

    def handle_comment(self, data):
        """Comments are not ours."""
        raise AssertionError(data)

    unknown_decl = handle_pi = handle_comment


def same_skeleton(text, other):
    """Whether a page has the elements and attributes of another, and only text that can be seen."""
    read = Skeleton(text)
    return read.tags == Skeleton(other).tags and shows(read.text.replace("\t", " "))


# --- diagrams ------------------------------------------------------------------------------------------------------


def network(label):
    """A network of which inputs, weights and loss have such labels."""
    net = Network([2, 2, 1], seed=1)
    net.weights[0].label, net.biases[0].label = f"{label}w", f"{label}b"
    loss = half_squared_error(net([Value(0.5, label), 0.1]), [0.5])
    loss.label = f"{label}E"
    loss.backward()
    return draw.network(net, loss, before={f"{label}w": 0.25})


DRAWINGS = {
    "graph": lambda label: draw.graph(calculation(label)[1]),
    "gradient": lambda label: draw.gradient(*reversed(calculation(label))),
    "network": network,
}


@pytest.mark.parametrize("kind", DRAWINGS)
@by_label
def test_dot_text(label, kind):
    """The DOT text has the boxes of a harmless one and no more, in one line each, with nothing that cannot be seen."""
    made, plain = DRAWINGS[kind](label), DRAWINGS[kind](harmless(label))
    assert [box.name for box in rectangles(made.source, "pure")] == [
        box.name for box in rectangles(plain.source, "pure")
    ]
    assert shows(made.source.replace("\t", " "), plain.source)
    assert shows(made.alt, "")


@pytest.mark.parametrize(
    ("kind", "engine"), [pytest.param("graph", "dot", marks=needs_dot), ("gradient", "pure"), ("network", "pure")]
)
@by_label
def test_svg(label, kind, engine):
    """The picture is well formed, shows the label, and has the elements and attributes of any, no link, no script."""
    root = ET.fromstring(DRAWINGS[kind](label).svg(engine=engine))
    attributes = set()
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in DRAWN
        assert not [name for name in element.attrib if name.startswith("on") or "href" in name]
        assert "url(" not in "".join(value for name, value in element.attrib.items() if name != "aria-label")
        attributes |= set(element.attrib) - {"stroke-dasharray", "fill-opacity", "stroke-opacity"}
    plain = ET.fromstring(DRAWINGS[kind](harmless(label)).svg(engine=engine))
    assert attributes <= {name for element in plain.iter() for name in element.attrib}
    seen = {(element.text or "").replace("\u00a0", " ") for element in root.iter(f"{SVG}text")}
    assert any(short(label).strip() in text for text in seen), seen
    assert all(map(shows, seen))


@by_label
def test_bundle_of_a_diagram(label):
    """In a notebook the diagram has the HTML of any: its text has nothing that cannot be seen, its markup is ours."""
    made = DRAWINGS["graph"](label)._repr_mimebundle_()
    assert set(made) == {"text/html", "image/svg+xml", "text/plain"}
    assert shows(made["text/plain"], "")
    Skeleton(made["text/html"])
    no_engine = Diagram("digraph {", made["text/plain"] + label)._repr_mimebundle_()
    assert [tag for tag, *_ in Skeleton(no_engine["text/html"]).tags] == ["pre"]
    assert shows(no_engine["text/plain"])


@pytest.mark.parametrize("kind", DRAWINGS)
def test_png(kind):
    """PNGs are whole files."""
    for label in list(LABELS.values())[:: 2 if kind == "graph" else 9]:
        made = DRAWINGS[kind](label).render("png", engine="pure")
        assert made.startswith(b"\x89PNG\r\n")
        assert made.endswith(b"IEND\xaeB`\x82")


# --- formulas ------------------------------------------------------------------------------------------------------

COMMANDS = {
    "mathrm", "text", "backslash", "wedge", "sim", "vert", "partial", "left", "right", "cdot", "tanh", "cosh", "frac",
    "tfrac", "operatorname", "begin", "end",
}  # fmt: skip
MATH = {"math", "mrow", "mi", "mn", "mo", "mtext", "msub", "msup", "mfrac", "mtable", "mtr", "mtd"}


def every_formula(label, style):
    """Formulas of nodes and of derivatives, first and second, with the label in them."""
    x, y = calculation(label)
    slope = grad(y, x)
    factors = [factor.written(style) for factor in explain(y, x).factors]
    steps = [step.written(style) for step in explain(y, [x])]
    made = [formula(y, style=style), formula(y, x, style=style), formula(slope, x, style=style)]
    return [*made, *formulas(slope, style=style), *factors, *steps, *symbols(y, style=style)]


@by_label
def test_plain_formulas(label):
    """In plain text a formula has the lines of a harmless one, and nothing that cannot be seen."""
    for text, plain in zip(every_formula(label, "plain"), every_formula(harmless(label), "plain"), strict=True):
        assert shows(text, plain)


@by_label
def test_python_formulas(label):
    """Python text computes the numbers with names that are identifiers, and does nothing else."""
    x, y = calculation(label)
    names = symbols(y, style="python")
    assert all(name.isidentifier() and not keyword.iskeyword(name) and not hasattr(builtins, name) for name in names)
    functions = {"abs": builtins.abs} | {name: op for name, op in (OPS | HELPERS).items() if name != "abs"}
    leaves = {name: node.data for name, node in names.items() if node.op is None}
    scope = {**functions, **leaves, "__builtins__": {}}
    for line in formulas(y, style="python"):
        exec(compile(line, "formula", "exec"), scope)
    assert {name: scope[name] for name in names} == {name: node.data for name, node in names.items()}
    line = formula(y, x, style="python")
    exec(compile(line, "formula", "exec"), scope)
    assert scope[line.rpartition("\n")[2].partition(" = ")[0]] == pytest.approx(x.grad, rel=1e-12)
    for line in every_formula(label, "python"):
        assert shows(line)
        compile(line, "formula", "exec", dont_inherit=True)


@by_label
def test_latex_formulas(label):
    """In LaTeX braces balance, what means something to TeX is escaped, and every command is ours."""
    for text in every_formula(label, "latex"):
        depth = 0
        for piece in re.findall(r"\\.|[{}]", text, re.DOTALL):
            depth += {"{": 1, "}": -1}.get(piece, 0)
            assert depth >= 0
        assert depth == 0
        assert set(re.findall(r"\\([A-Za-z]+)", text)) <= COMMANDS
        assert set(re.findall(r"\\([^A-Za-z])", text)) <= set("{}$&#%_\\,")
        assert set(re.findall(r"\\(?:begin|end)\{(\w*)", text)) <= {"aligned"}
        outside = text.replace(r"\\" + "\n", "").replace("&=", "").replace("& ", "") if r"\begin" in text else text
        assert not re.search(r"(?<!\\)[$&#%~]|\^\^", outside)
        assert text.count(r"\\" + "\n") == text.count(r"\\"), "no new lines"
        assert shows(text)


@by_label
def test_mathml_formulas(label):
    """MathML is well formed, its elements are those of mathematics, and it has no attribute but ours."""
    for text in every_formula(label, "mathml"):
        root = ET.fromstring(text) if text.startswith("<math") else ET.fromstring(f"<math>{text}</math>")
        for element in root.iter():
            assert element.tag in MATH
            assert set(element.attrib) <= {"displaystyle", "style"}
            assert element.get("style", "text-align:left") in {"text-align:left", "text-align:right"}
        assert shows("".join(root.itertext()), "")


# --- explanations --------------------------------------------------------------------------------------------------

EXPLAINED = {
    "one gradient": lambda label: explain(*reversed(calculation(label))),
    "backward pass": lambda label: explain(calculation(label)[1]),
    "left out": lambda label: explain(calculation(label)[1] * Value(1.0, "t1") * Value(2.0, "w")),
    "no path": lambda label: explain(calculation(label)[1], Value(1.0, label)),
    "itself": lambda label: explain(*[calculation(label)[1]] * 2),
}


@pytest.mark.parametrize("kind", EXPLAINED)
@by_label
def test_explanations(label, kind):
    """As text an explanation has the lines of a harmless one and nothing that cannot be seen; as HTML its elements."""
    made, plain = EXPLAINED[kind](label), EXPLAINED[kind](harmless(label))
    assert shows(str(made), str(plain))
    assert repr(made) == str(made)
    assert same_skeleton(made._repr_html_(), plain._repr_html_())


# --- reports of checks ---------------------------------------------------------------------------------------------


def _kink(label):
    h = Value(0.0, label) * 1.0
    h.label = f"{label}h"
    y = absolute(h)
    y.label = f"{label}y"
    return check_gradient(y, raises=False)


def _jump(label):
    y = step(Value(0.0, label) * 1.0)
    y.label = f"{label}y"
    return check_gradient(y, raises=False)


def _wrong_operation(label):
    h = Value(2.0, label) * 1.0
    h.label = f"{label}h"
    y = WRONG(h, h)
    y.label = f"{label}y"
    return check_gradient(y, raises=False, second_order=True)


WRONG = Op("wrong", lambda a, b: a * b, lambda y, a, b: (b, 2.0 * a), domain=(ANY, ANY))


def _claims(label):
    """A table with a path left out, an activation, the gradient of another row, and what cannot be read."""
    x, w = Value(0.7, label), Value(-1.3, f"{label}w")
    h = x * w
    h.label = f"{label}h"
    a = h.tanh()
    a.label = f"{label}a"
    y = a * x
    y.label = f"{label}y"
    claims = {
        label: f"{a.data:.6g}",
        f"{label}w": f"{x.data * x.data:.6g}",
        f"{label}h": f"{x.data * (1.0 - a.data):.6g}",
        f"{label}a": f"{a.data + 1e-5:.6g}",
        f"{label}y": f"{label}+",
        f"{label}z": "1.0",
    }
    return check_claims(y, claims, wrt=[x, w, h, a, y])


CHECKED = {"kink": _kink, "jump": _jump, "wrong operation": _wrong_operation, "claims": _claims}


@pytest.mark.parametrize("kind", CHECKED)
@by_label
def test_reports_of_checks(label, kind):
    """What is found about nodes with such labels has no more lines than else, and nothing that cannot be seen."""
    made, plain = CHECKED[kind](label), CHECKED[kind](harmless(label))
    assert shows(str(made))
    assert len(str(made)) < 12_000
    for claim in made if kind == "claims" else ():
        assert all(shows(mistake.text, "") for mistake in claim.mistakes)
    if kind != "claims":  # what can be read and what is near differ
        assert shows(str(made), str(plain))
        assert same_skeleton(made._repr_html_(), plain._repr_html_())


def quoted(label):
    """A label as formulas have it, whatever is in it."""
    escaped = label.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@by_label
def test_notes_on_claims(label):
    """What there is to say of a claim that cannot be read, or of a row, is one short line of what can be seen."""
    x, w = Value(0.7, label), Value(-1.3, f"{label}w")
    h, other = x * w, Value(2.0, f"{label}o")
    h.label = f"{label}h"
    y = h * x + w * w * w
    y.label = f"{label}y"
    q, n, z = quoted(label), quoted(f"{label}n"), quoted(f"{label}zzzz")
    claims = [
        f"{n} = 1; {n} = 2; {n}",
        f"{n} = {n} + 1; {n}",
        f"{n} {n} = 1; 2",
        f"{q} {q}",
        f"{q}(2)",
        f"{n}(2)",
        n,
        f"∂{n}/∂{q} + 1",
        f"∂{quoted(h.label)}/∂{q} = 1",
        f"∂{quoted(y.label)}/∂{quoted(w.label)} = 1",
        f"∂{quoted(y.label)}/∂{z} = 1",
        f"{quoted(h.label)}’ = 1",
        f"{q} + 1 = {q} + 2",
        f"{q} + {n} +",
        f"@{q}",
        f"{q} = 1",
        f"{q} + {n}@",
    ]
    reports = [check_claims(y, {x: claim}) for claim in claims]
    assert {report[x].verdict for report in reports} <= {"not readable", "wrong"}
    dx, dw = (f"{grad(y, node).data:.6g}" for node in (x, w))
    twin = Value(1.0, label) * x
    reports += [
        check_claims(y, {f"d{h.label}/d{label}": 1.0, f"d{label}/dq": 1.0, f"{label}wz": 1.0, "qqqqqqqq": 1.0}),
        check_claims(y, {other: 1.0, x: dw, w: dx}),
        check_claims(y, {w: dx}),
        check_claims(y, {x: f"{grad(y, h).data:.9g}", w: f"{h.data:.9g}", h: f"{w.data:.9g}"}),
        check_claims(twin, {label: 1.0}),
        check_claims(y * 0.0 + twin, {other: 1.0, label: 1.0}),
    ]
    for report in reports:
        for claim in report:
            assert shows(claim.note, "")
            assert len(claim.note) <= (340 if "known are" in claim.note else 280)
            for mistake in claim.mistakes:
                assert shows(mistake.text, "")
                assert len(mistake.text) <= 200


# --- tables --------------------------------------------------------------------------------------------------------

ACTIVE = set("=+-@＝＋－＠")
NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@by_label
def test_csv(label, delimiter, tmp_path):
    """No cell of the file begins like a formula, whichever separator a program takes it to have; it reads back."""
    x, y = calculation(label)
    history = History()
    history.record(y, [x])
    path = history.to_csv(tmp_path / "x.csv")
    text = path.read_bytes().decode("utf-8")
    header, *cells = csv.reader(io.StringIO(text, newline=""))
    assert [len(row) for row in cells] == [len(header)] == [len(history.columns)]
    assert [float(cell) for cell in cells[0]] == list(history[0].values())
    for name, column in zip(header, history.columns, strict=True):
        plain = column.encode("utf-8", "backslashreplace").decode()
        assert name.replace("'", "") == plain.replace("'", "")
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        for cell in row:
            first = next((c for c in cell if unicodedata.category(c)[0] not in "CZ"), "")
            assert first not in ACTIVE or NUMBER.fullmatch(cell)
            assert delimiter != "," or cell[:1] not in {"\t", "\r"}


@by_label
def test_rows(label):
    """Rows of an explanation and of a history have the labels themselves: they are data, nothing is made of them."""
    x, y = calculation(label)
    assert {row["wrt"] for row in explain(y, x).rows()} == {named(y)[f"{label}h"].label, label} or len(label) > 200
    history = History()
    history.record(y, [x])
    assert history[label] == [x.data]
    assert list(history[0]) == [
        "epoch",
        f"{label}w",
        label,
        f"{label}h",
        f"{label}y",
        f"d{label}y/d{label}",
        f"d{label}y/d{label}h",
    ]


# --- reports -------------------------------------------------------------------------------------------------------


def study(label):
    """An example of which every word is the label."""
    at = {label: 2.0, f"{label}b": 3.0}

    def build(a, b):
        y = a * b
        y.label = f"{label}y"
        return y

    return ScalarStudy(ScalarExample(label, label, label, label, at, build, "6", ("3", "2")))


def report(label):
    """The page of such an example, its pictures missing for a hostile reason; and its sections."""
    made = study(label)
    content = [
        *sections.scalar_page(made, 1),
        Section(
            label, (Text(label, "note"), Table(label, (Column(label),), ((Cell(label, link=label),),), shown=True))
        ),
    ]
    pictures = {name: Picture(missing=label) for name in ("graph", f"gradient-{label}", f"gradient-{label}b")}
    return page(label, content, pictures, made_by=label), content


@by_label
def test_page(label):
    """A page has the elements and attributes of a harmless one, no link but into itself, and nothing invisible."""
    text, plain = report(label)[0], report(harmless(label))[0]
    text.encode()
    assert same_skeleton(text, plain)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        """Say so."""
        return True


def screened(label, stream):
    """What the screen shows of titles, lines, sections and explanations with that label."""
    screen = Screen(stream)
    screen.title(label)
    screen.line(label)
    screen.verbatim(label)
    screen.verbatim(str(explain(*reversed(calculation(label)))))
    for section in report(label)[1]:
        screen.section(section)
    return stream.getvalue()


@by_label
def test_screen(label, monkeypatch):
    """On a terminal nothing but text and our own colours arrives; in a pipe nothing but text."""
    assert shows(screened(label, io.StringIO()))
    monkeypatch.setenv("TERM", "xterm-256color")
    text, plain = screened(label, Terminal()), screened(harmless(label), Terminal())
    sequence = r"\x1b\[[\d;]*m"
    assert set(re.findall(sequence, text)) <= set(re.findall(sequence, plain)) != set()
    assert shows(re.sub(sequence, "", text))
    assert "http://x" not in re.findall(r"\x1b\]8[^\x1b]*", text)


@pytest.mark.parametrize(
    "label", [LABELS[k] for k in ("path up", "path of Windows", "wide", "lone surrogates", "long", "NUL")]
)
def test_files_of_a_report(label, tmp_path):
    """The files of a report lie in its folder, with names that any system takes, one for each picture."""
    label = label * 60 if label == LABELS["wide"] else label
    made = Folder(tmp_path / "out")
    scalar_report(study(label), made)
    assert made.problems == {}
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]
    names = {entry.name for entry in (tmp_path / "out").iterdir()}
    assert names == set(made.written)
    assert len(names) == 4  # the page, the graph, two gradients
    assert all(re.fullmatch(r"[\w.-]+", name) and len(name.encode()) <= 255 for name in names)
    Skeleton((tmp_path / "out" / "index.html").read_text("utf-8"))


def test_pictures_with_names_that_look_alike_as_files(tmp_path):
    """Labels that differ only in what no file name can have, or in case, get pictures of their own."""
    at = {"a/b": 2.0, "a:b": 3.0, "A:b": 4.0, "x" * 300: 5.0, "x" * 301: 6.0}

    def build(*leaves):
        y = sum(leaves[1:], leaves[0] * 2.0)
        y.label = "y"
        return y

    example = ScalarExample("n", "t", "s", "f", at, build, "1", ("1",) * 5)
    made = Folder(tmp_path)
    scalar_report(ScalarStudy(example), made)
    assert len({name.lower() for name in made.written}) == 7


# --- charts --------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
@by_label
def test_charts(label):
    """The words of a chart are text: no mathematics, no markup, nothing that XML has no place for; and it is drawn."""
    chart = charts.loss_curve([3.0, 2.0, 1.0], title=label, name=label)
    made = chart._repr_html_()
    Skeleton(made)
    root = ET.fromstring(made)
    assert not [a for e in root.iter() for a in e.attrib if a.startswith("on")]
    assert all(value.startswith("#") for e in root.iter() for a, value in e.attrib.items() if a.endswith("href"))
    assert {e.tag.removeprefix(SVG) for e in root.iter()} <= {
        "svg",
        "g",
        "path",
        "defs",
        "use",
        "clipPath",
        "rect",
        "style",
    }
    assert shows(root.get("aria-label"), "")
    assert shows(repr(chart), "")
    assert shows(charts.Chart(label, label, lambda axes: None).alt, "")


# --- messages ------------------------------------------------------------------------------------------------------


def _stale(label):
    x, y = calculation(label)
    x.data = 2.0
    y.backward()


def _twice(label):
    named(Value(1.0, label) * Value(2.0, label))


def _unknown(label):
    find(calculation(label)[1], "zzz")


def _unknown_too(label):
    find(calculation("x")[1], label)


def _diverges(label):
    w = Value(1.0, f"{label}w")

    def loss():
        y = (w * 1e300) * (w * 1e300)
        y.label = label
        return y

    train(loss, [w], lr=0.1, epochs=3)


def _overflows(label):
    w = Value(1e308, label)
    w.grad = -1e308
    GradientDescent([w], 10.0).step()


def _changes(label):
    history = History()
    for name in (label, f"{label}2"):
        y = Value(1.0, name) * 2.0
        history.record(y, [])


def _column(label):
    history = History()
    history.record(calculation(label)[1], [])
    history["zzz"]


def _same_names(label):
    w = Value(1.0, f"d{label}/dv")
    y = w * Value(1.0, "v")
    y.label = label
    History().record(y, [w, y.parents[1]])


def _no_leaf(label):
    GradientDescent([calculation(label)[1]], 0.1)


def _before(label):
    draw.network(Network([2, 1]), before={label: 1.0})


def _sample(label):
    net = Network([2, 1], biases="none")
    loss = half_squared_error(net([0.1, 0.2], suffix=f"[{label}"), [0.5])
    draw.network(net, loss, suffix=f"{label}?")


def _step(label):
    explain(calculation(label)[1])["zzz"]


def _data_of_a_result(label):
    calculation(label)[1].data = 1.0


def _parameter(label):
    net = Network([1, 1])
    net.weights[0].label = label
    net["zzz"]


def _no_value(label):
    y = Value(0.0, label).log()
    y.label = f"{label}y"
    check_gradient(y)


def _leaves(label):
    check_gradient(calculation(label)[1], [1.0, 2.0, 3.0])


def _point(label):
    check_gradient(lambda **numbers: 1.0, {label: math.nan})


def _no_number(label):
    check_gradient(lambda **numbers: 1.0, {label: "1"}, gradient=[1.0])


def _no_input(label):
    check_gradient(lambda **numbers: 1.0, {label: 1.0}, gradient={f"{label}2": 1.0})


def _no_slope(label):
    check_gradient(lambda **numbers: 1.0, {label: 1.0}, gradient={label: "1"})


def _slopes(label):
    check_gradient(lambda **numbers: 1.0, {label: 1.0}, gradient=[1.0, 2.0])


def _arguments(label):
    check_gradient(lambda x: x, {label: 1.0})


def _returns(label):
    check_gradient(_callable(label, lambda x: None), 1.0, gradient=1.0)


def _unsteady(label):
    numbers = itertools.count()
    check_gradient(_callable(label, lambda x: x + next(numbers)), 1.0)


def _edits(label):
    def f(x):
        x.data = 2.0
        return x

    check_gradient(_callable(label, f), 1.0)


def _otherwise(label):
    check_gradient(_callable(label, lambda x: x if isinstance(x, Value) else x + 1.0), 1.0)


def _floats_only(label):
    check_gradient(_callable(label, math.exp), 1.0, gradient=math.exp, second_order=True)


def _not_on_values(label):
    check_gradient(_callable(label, math.exp), 1.0)


def _lost(label):
    check_gradient(_callable(label, lambda x: getattr(x, "data", x)), 1.0)


def _computed(label):
    y = calculation(label)[1]
    y.label = f"{label}y"
    check_gradient(y * 1.0, {y.label: 1.0})


def _callable(name, f):
    """A function of that name."""

    def call(*args, **options):
        return f(*args, **options)

    call.__name__ = name
    return call


def _forward(label):
    with detect_anomaly():
        Value(0.0, label).log()


def _backward(label):
    with detect_anomaly():
        Value(0.0, label).sqrt().backward()


def _source(label):
    file = label.replace("\0", "").encode("utf-8", "replace").decode()  # what a file may be called
    code = compile("with detect_anomaly(): Value(0.0).log()", f"{file}.py", "exec")
    exec(code, {"detect_anomaly": detect_anomaly, "Value": Value})


def _not_due(label):
    check_claims(calculation(label)[1], {label: 1.0}, wrt=[f"{label}zzz"])


def _claim_of_what(label):
    check_claims(calculation(label)[1], {(label,): 1.0})


def _diverges_backward(label):
    w = Value(0.0, f"{label}w")

    def loss():
        y = w.sqrt() * 1.0
        y.label = label
        return y

    train(loss, [w], lr=0.1, epochs=3)


def _diverges_unlabelled(label):
    w = Value(1.0)

    def loss():
        y = (w * 1e300 * 1e300) * 1.0
        y.label = label
        return y

    train(loss, [w], lr=0.1, epochs=3)


def _changes_its_argument(label):
    def f(**numbers):
        (x,) = numbers.values()
        if isinstance(x, Value):
            x.data = 2.0
        return x

    check_gradient(f, {label: 1.0})


def _slope_of_what(label):
    check_gradient(lambda **numbers: 1.0, {label: 1.0}, gradient=["1"])


def _not_held(label):
    y = calculation(label)[1]
    y.label = f"{label}y"
    check_claims(y, {label: 1.0}, held=[y])


ERRORS = {
    _stale: StaleGraphError, _twice: ValueError, _unknown: ValueError, _unknown_too: ValueError,
    _diverges: TrainingDivergedError, _overflows: NonFiniteError, _changes: ValueError, _column: KeyError,
    _same_names: ValueError, _no_leaf: ValueError, _before: ValueError, _sample: ValueError, _step: KeyError,
    _data_of_a_result: AttributeError, _parameter: KeyError, _no_value: ValueError, _leaves: ValueError,
    _point: ValueError, _no_number: TypeError, _no_input: ValueError, _no_slope: TypeError, _slopes: ValueError,
    _arguments: TypeError, _returns: TypeError, _unsteady: ValueError, _edits: ValueError, _otherwise: ValueError,
    _floats_only: TypeError, _not_on_values: TypeError, _lost: TypeError, _computed: ValueError,
    _forward: AnomalyError, _backward: AnomalyError, _source: AnomalyError, _not_due: ValueError,
    _not_held: ValueError, _claim_of_what: TypeError, _diverges_backward: TrainingDivergedError,
    _diverges_unlabelled: TrainingDivergedError, _changes_its_argument: ValueError, _slope_of_what: TypeError,
}  # fmt: skip


@pytest.mark.parametrize("fails", ERRORS, ids=lambda f: f.__name__)
@by_label
def test_messages(label, fails):
    """The message of an error is one line of what can be seen, and short however long the label."""
    with pytest.raises(ERRORS[fails]) as caught:
        fails(label)
    assert shows(str(caught.value), "")
    assert len(str(caught.value)) < 1500


@by_label
def test_repr(label):
    """The text form of a node is a line of Python that makes such a node."""
    node = Value(1.5, label)
    assert shows(repr(node), "")
    if len(label) < 100:
        made = eval(repr(node), {"Value": lambda data, grad, label: Value(data, label)})
        assert made.label == label


def test_progress_bar(monkeypatch):
    """The bar of a training shows no label."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    w = Value(1.0, LABELS["clipboard of a terminal"] + "zzz")

    def loss():
        y = w * w
        y.label = LABELS["colour of a terminal"]
        return y

    train(loss, [w], lr=0.1, epochs=3, progress=True)
    assert "training" in stream.getvalue()
    assert not re.search(r"zzz|]52|31m", stream.getvalue())


# --- ten million letters -------------------------------------------------------------------------------------------

LONG = "\x1b<b>{=漢 $a" * 1_000_000  # ten million letters


def sample(label):
    """A drawing of one sample, whose names end with that label."""
    net = Network([2, 1], biases="none")
    loss = half_squared_error(net([0.1, 0.2], suffix=f"[{label}"), [0.5])
    return draw.network(net, loss, suffix=f"[{label}")


@pytest.fixture(scope="module")
def huge():
    x, y = calculation(LONG)
    return x, y, explain(y, x)


WRITTEN = {
    "graph": lambda x, y, why: draw.graph(y).source,
    "picture": lambda x, y, why: draw.graph(y).svg(engine="pure"),
    "gradient": lambda x, y, why: draw.gradient(y, x).source,
    "words": lambda x, y, why: draw.gradient(y, x).alt,
    "network": lambda x, y, why: network(LONG).source,
    "sample": lambda x, y, why: sample(LONG).source + sample(LONG).alt,
    "explanation": lambda x, y, why: str(why),
    "explanation in a page": lambda x, y, why: why._repr_html_(),
    "backward pass": lambda x, y, why: str(explain(y)),
    "backward pass in a page": lambda x, y, why: explain(y)._repr_html_(),
    "no path": lambda x, y, why: str(explain(y, Value(1.0, LONG))),
    "chart": lambda x, y, why: charts.loss_curve([2.0, 1.0], title=LONG, name=LONG).svg(),
    "text form": lambda x, y, why: repr(x),
    **{f"{kind}, checked": lambda x, y, why, make=make: str(make(LONG)) for kind, make in CHECKED.items()},
    **{f"{style} formula": lambda x, y, why, style=style: formula(y, style=style) for style in STYLES},
    **{f"{style} slope": lambda x, y, why, style=style: formula(y, x, style=style) for style in STYLES},
    **{f"{style} names": lambda x, y, why, style=style: "".join(symbols(y, style=style)) for style in STYLES},
}


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
@pytest.mark.parametrize("way", WRITTEN)
def test_a_label_of_ten_million_letters(huge, way):
    """A label of ten million letters is shortened wherever it is shown: no output is longer than a few pages."""
    assert len(WRITTEN[way](*huge)) < 60_000


@pytest.mark.parametrize("fails", ERRORS, ids=lambda f: f.__name__)
def test_messages_about_a_label_of_ten_million_letters(fails):
    """An error about a label of ten million letters has a message of a few lines."""
    with pytest.raises(ERRORS[fails]) as caught:
        fails(LONG)
    assert len(str(caught.value)) < 1500


def test_a_report_about_labels_of_ten_million_letters(tmp_path):
    """A report with such labels is a page as others are, and its files have names as others have."""

    def build(a, b):
        y = a * b
        y.label = f"{LONG}y"
        return y

    example = ScalarExample("n", "t", "s", "f", {LONG: 2.0, f"{LONG}b": 3.0}, build, "6", ("3", "2"))
    made = Folder(tmp_path)
    scalar_report(ScalarStudy(example), made)
    assert len(made.written) == 4
    assert (tmp_path / "index.html").stat().st_size < 100_000


def test_data_of_ten_million_letters(tmp_path):
    """Where a label is data it is whole, of whatever length: in the node, its pickle, and in a history and its file."""
    x = Value(0.5, LONG)
    y = x * 2.0
    y.backward()
    history = History()
    history.record(y, [])
    assert history[LONG] == [0.5]
    assert pickle.loads(pickle.dumps(x)).label == LONG
    csv.field_size_limit(20_000_000)
    with history.to_csv(tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file))[1] == LONG
