"""Every kind of picture with either engine: it renders, nothing overlaps, and no label breaks out of it."""

import html
import itertools
import re
import xml.etree.ElementTree as ET

import drawing
import pytest
from drawing import DRAWN, ENGINES, HOSTILE, SVG
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_lite import Value, draw
from autograd_lite.draw import Diagram, EngineError, EngineNotFoundError, FormatError, engines
from autograd_lite.draw import diagram as diagram_module
from autograd_lite.draw.style import short, text_width
from autograd_lite.engine.extras import install

KINDS = list(drawing.diagrams())
kinds = pytest.mark.parametrize("kind", KINDS)
by_engine = pytest.mark.parametrize("engine", ENGINES)


@pytest.fixture(scope="module")
def diagrams():
    return drawing.diagrams()


@pytest.fixture
def no_engine(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(engines.metadata, "files", lambda _name: None)


@kinds
@by_engine
def test_every_kind_renders_and_nothing_is_hidden(diagrams, kind, engine):
    """With either engine every kind of diagram renders, its boxes do not overlap, its text is inside the picture."""
    diagram = diagrams[kind]
    boxes = drawing.rectangles(diagram.source, engine)
    assert boxes
    for one, other in itertools.combinations(boxes, 2):
        assert not one.overlaps(other), f"{one} and {other}"
    root = ET.fromstring(diagram.svg(engine=engine))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= DRAWN
    left, top, width, height = map(float, root.get("viewBox").split())
    move = re.search(r"translate\(([-\d.]+)[ ,]([-\d.]+)\)", root.find(f"{SVG}g").get("transform"))
    for text in root.iter(f"{SVG}text"):
        x, y = float(text.get("x")) + float(move[1]), float(text.get("y")) + float(move[2])
        wide = text_width(
            "".join(text.itertext()), float(text.get("font-size")), bold=text.get("font-weight") == "bold"
        )
        x -= wide / 2 if text.get("text-anchor") == "middle" else 0.0
        assert left <= x <= x + 0.9 * wide <= left + width
        assert top <= y <= top + height


@by_engine
@pytest.mark.parametrize("kind", ["network of Mazur", "graph of hostile labels", "gradient of w1"])
def test_png(diagrams, kind, engine):
    """Either engine makes a PNG of each of the three drawings."""
    assert diagrams[kind].render("png", engine=engine).startswith(b"\x89PNG")


@pytest.mark.parametrize("engine", ENGINES[:1])
@pytest.mark.parametrize("kind", ["network of Mazur", "graph of hostile labels", "gradient of w1"])
def test_pdf(diagrams, kind, engine):
    """Graphviz's dot makes a PDF of each of the three drawings."""
    assert diagrams[kind].render("pdf", engine=engine).startswith(b"%PDF")


@kinds
def test_same_graph_same_dot(diagrams, kind):
    """Two graphs built alike have the same DOT text, and the same words."""
    again = drawing.diagrams()[kind]
    assert again.source == diagrams[kind].source
    assert again.alt == diagrams[kind].alt


# --- hostile labels ------------------------------------------------------------------------------------------------


@by_engine
@pytest.mark.parametrize("draws", [lambda v: draw.graph(v * 2.0), lambda v: draw.gradient(v * 2.0, v)])
@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels_are_shown_and_do_nothing(label, draws, engine):
    """A label with markup, quotes, backslashes or invisible characters is shown as it is, and adds no element."""
    node = Value(1.5, label)
    diagram, plain = draws(node), draws(Value(1.5, "w"))
    root, expected = (ET.fromstring(d.svg(engine=engine)) for d in (diagram, plain))
    ours, theirs = ([x.tag for x in one.iter() if x.tag != f"{SVG}tspan"] for one in (root, expected))
    assert ours == theirs
    for element in root.iter():
        assert set(element.keys()) <= {
            *("id", "class", "transform", "points", "d", "fill", "stroke", "stroke-width", "stroke-dasharray"),
            *("x", "y", "dy", "text-anchor", "font-family", "font-size", "font-weight", "role", "aria-label"),
            *("width", "height", "viewBox", "{http://www.w3.org/XML/1998/namespace}space"),
        }
    assert short(label) in drawing.texts(diagram.svg(engine=engine))
    assert short(label) in diagram.alt or short(label, 16) in diagram.alt


@given(st.text(min_size=1, max_size=20) | st.text("\\NGEHTL<>&;\"'#x0:{}|", min_size=1, max_size=20))
@settings(max_examples=40)
def test_any_label_survives(label):
    """Whatever the label, the picture shows it, letter by letter."""
    shown = " ".join(short(label).split())
    assert shown in [" ".join(text.split()) for text in drawing.texts(draw.graph(Value(1.0, label)).svg(engine="pure"))]


@by_engine
def test_tooltips_hold_full_labels(engine):
    """A tooltip has the label in full, backslashes and markup and all, where the box has only its ends."""
    label = r"a very long label \N\G\\ with <b>&amp;</b> in it"
    root = ET.fromstring(draw.graph(Value(0.1, label)).svg(engine=engine))
    assert [element.text for element in root.iter(f"{SVG}title")] == [f"{label} = 0.1, gradient — (leaf)"]


@by_engine
@pytest.mark.parametrize("label", ["href=now", '<a xlink:href="x">', "xlink:href="])
def test_labels_that_look_like_links(label, engine):
    """A label with what a link is written with leaves tooltips without links, as every other does."""
    svg = draw.graph(Value(1.0, label) * 2.0).svg(engine=engine)
    assert [svg.count(part) for part in ("<title>", "<a ", "</a>", "xmlns:xlink")] == [3, 0, 0, 0]


# --- pages and notebooks -------------------------------------------------------------------------------------------


def test_bundle(diagrams):
    """Notebooks get HTML, SVG and text: no PNG and no LaTeX, which JupyterLab would show in their place."""
    diagram = diagrams["network of Mazur"]
    bundle = diagram._repr_mimebundle_()
    assert list(bundle) == ["text/html", "image/svg+xml", "text/plain"]
    assert bundle["text/plain"] == diagram.alt
    assert bundle["text/html"] == diagram._repr_html_()
    image = ET.fromstring(bundle["text/html"]).find(".//img")
    assert image.get("alt") == diagram.alt
    assert image.get("style").startswith("display:block;max-width:100%")
    assert "<?xml" not in bundle["text/html"]
    assert "<!" not in bundle["text/html"]
    assert set(dir(diagram)).isdisjoint({"_repr_png_", "_repr_latex_", "_repr_jpeg_", "_ipython_display_"})


def test_wide_pictures_scroll(diagrams):
    """A picture too wide for the page is not shrunk until it cannot be read, and a small one is not widened."""
    chain = x = Value(1.0, "x")
    for _ in range(40):
        chain = chain.sin()
    assert "min-width" in draw.graph(chain, rankdir="LR")._repr_html_()
    assert "min-width" not in draw.gradient(chain.exp(), chain)._repr_html_()
    assert "min-width" not in draw.graph(x)._repr_html_()


@by_engine
def test_ids_do_not_clash_in_a_page(diagrams, engine):
    """Two different diagrams in one page have no id in common, and each has the same ids every time."""
    one, other = (
        set(re.findall(r' id="([^"]*)"', diagrams[kind].svg(engine=engine)))
        for kind in ("gradient of w1", "one neuron")
    )
    assert len(one) > 20
    assert not one & other
    assert one == set(re.findall(r' id="([^"]*)"', diagrams["gradient of w1"].svg(engine=engine)))


def test_alt_text_says_the_content():
    """The alternative text has the numbers that the picture shows."""
    _, y = drawing.square()
    assert draw.graph(y).alt == (
        "Computation graph of y = 9.0000 (gradient +1.0000): 1 operation, 0 constants, "
        "1 leaf x = 3.0000 (gradient +6.0000)"
    )


def test_alt_text_is_escaped():
    """Alternative text with quotes and markup stays inside its attribute."""
    diagram = Diagram("digraph { a }", '"><script>\n')
    assert ET.fromstring(diagram.svg(engine="pure")).get("aria-label") == r'"><script>\n'


def test_links_of_a_persons_own_dot_survive():
    """DOT text that a person wrote themselves, with links in it, still makes well-formed SVG."""
    svg = Diagram('digraph { a [URL="https://example.org"] b [tooltip="t"] }').svg(engine="pure")
    assert [element.tag for element in ET.fromstring(svg).iter(f"{SVG}a")]


def test_notebook_without_an_engine(no_engine):
    """Without an engine a notebook shows what the picture would say, and how to get one; it does not raise."""
    _, y = drawing.square()
    bundle = draw.graph(y)._repr_mimebundle_()
    assert list(bundle) == ["text/html", "text/plain"]
    assert bundle["text/plain"].startswith("Computation graph of y = 9.0000")
    assert install("viz") in bundle["text/plain"]
    assert bundle["text/html"].startswith("<pre")
    assert html.escape(install("viz")) in bundle["text/html"]
    with pytest.raises(EngineNotFoundError):
        draw.graph(y).svg()


def test_what_an_engine_says_is_text(monkeypatch):
    """What a failing engine writes reaches a notebook as text: no control characters, no markup."""

    def failed(*_args, **_options):
        raise EngineError("\x1b[31m<b>\u202e failed")

    monkeypatch.setattr(diagram_module, "render", failed)
    bundle = Diagram("digraph { a }", "a")._repr_mimebundle_()
    assert bundle["text/plain"].split("\n") == ["a", r"(not drawn: \x1b[31m<b>\u202e failed)"]
    assert r"\x1b[31m&lt;b&gt;\u202e failed" in bundle["text/html"]


# --- files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "start"), [("a.svg", b"<?xml"), ("a.PNG", b"\x89PNG")])
def test_a_diagram_is_saved_by_its_suffix(tmp_path, name, start):
    """The suffix says the format, in capitals too."""
    _, y = drawing.square()
    path = draw.graph(y).save(tmp_path / name, engine="pure")
    assert path.read_bytes().startswith(start)
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["a.dot", "a.gv"])
def test_save_dot_without_an_engine(tmp_path, no_engine, name):
    """DOT text is saved as it is, which needs no engine."""
    _, y = drawing.square()
    diagram = draw.graph(y)
    assert diagram.save(tmp_path / name).read_text(encoding="utf-8") == diagram.source


@pytest.mark.parametrize(("name", "end"), [("a.gif", r"\.gif"), ("a", "none of them")])
def test_unknown_suffix(tmp_path, name, end):
    """Another suffix is refused with the list of the known ones, and nothing is written."""
    with pytest.raises(FormatError, match=r"saved as \.svg, \.png, \.pdf, \.dot, \.gv; .* ends in " + end):
        Diagram("digraph { a }").save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_failed_save_leaves_the_old_file(tmp_path):
    """When the engine fails the old file is still there, whole, and nothing besides."""
    path = tmp_path / "a.svg"
    path.write_text("old")
    with pytest.raises(EngineError):
        Diagram("digraph {").save(path, engine="pure")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.svg"]


def test_save_into_a_missing_folder(tmp_path):
    """A folder that does not exist is an OSError that names the path."""
    with pytest.raises(FileNotFoundError, match=r"missing.a\.svg"):
        Diagram("digraph { a }").save(tmp_path / "missing" / "a.svg", engine="pure")
