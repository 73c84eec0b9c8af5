"""Hostile labels in diagrams, formulas, explanations, tables, reports and charts stay text."""

import builtins
import csv
import io
import keyword
import re
import unicodedata
import xml.etree.ElementTree as ET

import pytest
from drawing import DRAWN, SVG, needs_dot, rectangles, runs
from hostile_labels import (
    CHECKED,
    LABELS,
    Skeleton,
    Terminal,
    by_label,
    calculation,
    harmless,
    network,
    same_skeleton,
    shows,
)
from thorough import some

from autograd_lite import (
    Value,
    charts,
    draw,
    explain,
    formula,
    grad,
    named,
)
from autograd_lite.audit import check_claims
from autograd_lite.draw import Diagram
from autograd_lite.draw.style import short
from autograd_lite.engine.ops import HELPERS, OPS
from autograd_lite.examples import ScalarExample
from autograd_lite.history import History
from autograd_lite.pages import Folder, ScalarStudy, scalar_report, sections
from autograd_lite.pages.document import Cell, Column, Section, Table, Text
from autograd_lite.pages.page import Picture, page
from autograd_lite.pages.terminal import Screen
from autograd_lite.text import formulas, symbols

# --- diagrams ---------------------------------------------------------------------------------------------------------


DRAWINGS = {
    "graph": lambda label: draw.graph(calculation(label)[1]),
    "gradient": lambda label: draw.gradient(*reversed(calculation(label))),
    "network": network,
}


@pytest.mark.parametrize("kind", DRAWINGS)
@pytest.mark.thorough
@pytest.mark.parametrize("label", some(LABELS.values(), 2), ids=some(LABELS, 2))
def test_dot_text(label, kind):
    """The DOT text has the boxes of a harmless one and no more, in one line each, with nothing that cannot be seen."""
    hostile, plain = DRAWINGS[kind](label), DRAWINGS[kind](harmless(label))
    assert [box.name for box in rectangles(hostile.source, "pure")] == [
        box.name for box in rectangles(plain.source, "pure")
    ]
    assert shows(hostile.source.replace("\t", " "), plain.source)
    assert shows(hostile.alt, "")


@pytest.mark.parametrize(
    ("kind", "engine"), [pytest.param("graph", "dot", marks=needs_dot), ("gradient", "pure"), ("network", "pure")]
)
@pytest.mark.thorough
@pytest.mark.parametrize("label", some(LABELS.values(), 2), ids=some(LABELS, 2))
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
    seen = {text for text, _ in runs(root)}
    assert any(short(label).strip() in text for text in seen), seen
    assert all(map(shows, seen))


@by_label
def test_bundle_of_a_diagram(label):
    """In a notebook the diagram has the HTML of any: its text has nothing that cannot be seen, its markup is ours."""
    bundle = DRAWINGS["graph"](label)._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/svg+xml", "text/plain"}
    assert shows(bundle["text/plain"], "")
    Skeleton(bundle["text/html"])
    no_engine = Diagram("digraph {", bundle["text/plain"] + label)._repr_mimebundle_()
    assert [tag for tag, *_ in Skeleton(no_engine["text/html"]).tags] == ["pre"]
    assert shows(no_engine["text/plain"])


@pytest.mark.parametrize("kind", DRAWINGS)
def test_png(kind):
    """PNGs are whole files."""
    for label in list(LABELS.values())[:: 2 if kind == "graph" else 9]:
        picture = DRAWINGS[kind](label).render("png", engine="pure")
        assert picture.startswith(b"\x89PNG\r\n")
        assert picture.endswith(b"IEND\xaeB`\x82")


# --- formulas ---------------------------------------------------------------------------------------------------------


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
    texts = [formula(y, style=style), formula(y, x, style=style), formula(slope, x, style=style)]
    return [*texts, *formulas(slope, style=style), *factors, *steps, *symbols(y, style=style)]


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


# --- explanations -----------------------------------------------------------------------------------------------------


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
    hostile, plain = EXPLAINED[kind](label), EXPLAINED[kind](harmless(label))
    assert shows(str(hostile), str(plain))
    assert shows(repr(hostile), "")
    assert same_skeleton(hostile._repr_html_(), plain._repr_html_())


# --- reports of checks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CHECKED)
@by_label
def test_reports_of_checks(label, kind):
    """What is found about nodes with such labels has no more lines than else, and nothing that cannot be seen."""
    hostile, plain = CHECKED[kind](label), CHECKED[kind](harmless(label))
    assert shows(str(hostile))
    assert len(str(hostile)) < 12_000
    for claim in hostile if kind == "claims" else ():
        assert all(shows(mistake.text, "") for mistake in claim.mistakes)
    if kind != "claims":  # what can be read and what is near differ
        assert shows(str(hostile), str(plain))
        assert same_skeleton(hostile._repr_html_(), plain._repr_html_())


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


# --- tables -----------------------------------------------------------------------------------------------------------


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


# --- reports ----------------------------------------------------------------------------------------------------------


def study(label):
    """An example of which every word is the label."""
    at = {label: 2.0, f"{label}b": 3.0}

    def build(a, b):
        y = a * b
        y.label = f"{label}y"
        return y

    return ScalarStudy(ScalarExample(label, label, label, at, build, "6", ("3", "2")))


def report(label):
    """The page of such an example, its pictures missing for a hostile reason; and its sections."""
    hostile = study(label)
    content = [
        *sections.scalar_page(hostile, 1),
        Section(
            label, (Text(label, note=True), Table(label, (Column(label),), ((Cell(label, link=label),),), shown=True))
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
    folder = Folder(tmp_path / "out")
    scalar_report(study(label), folder)
    assert folder.problems == {}
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]
    names = {entry.name for entry in (tmp_path / "out").iterdir()}
    assert names == set(folder.written)
    assert len(names) == 5  # two pages, the graph, two gradients
    assert all(re.fullmatch(r"[\w.-]+", name) and len(name.encode()) <= 255 for name in names)
    Skeleton((tmp_path / "out" / "report.html").read_text("utf-8"))


def test_pictures_with_names_that_look_alike_as_files(tmp_path):
    """Labels that differ only in what no file name can have, or in case, get pictures of their own."""
    at = {"a/b": 2.0, "a:b": 3.0, "A:b": 4.0, "x" * 300: 5.0, "x" * 301: 6.0}

    def build(*leaves):
        y = sum(leaves[1:], leaves[0] * 2.0)
        y.label = "y"
        return y

    example = ScalarExample("n", "t", "s", at, build, "1", ("1",) * 5)
    folder = Folder(tmp_path)
    scalar_report(ScalarStudy(example), folder)
    assert len({name.lower() for name in folder.written}) == 8


# --- charts -----------------------------------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
@pytest.mark.parametrize("label", some(LABELS.values(), 3), ids=some(LABELS, 3))
def test_charts(label):
    """The words of a chart are text: no mathematics, no markup, nothing that XML has no place for; and it is drawn."""
    chart = charts.loss_curve([3.0, 2.0, 1.0], title=label, name=label)
    Skeleton(chart._repr_html_())
    root = ET.fromstring(chart.svg())
    assert not [a for e in root.iter() for a in e.attrib if a.startswith("on")]
    assert all(value.startswith("#") for e in root.iter() for a, value in e.attrib.items() if a.endswith("href"))
    drawn = {"svg", "g", "path", "defs", "use", "clipPath", "rect", "style"}
    assert {e.tag.removeprefix(SVG) for e in root.iter()} <= drawn
    assert shows(root.get("aria-label"), "")
    assert shows(repr(chart), "")
    assert shows(charts.Chart(label, label, lambda axes: None).alt, "")
