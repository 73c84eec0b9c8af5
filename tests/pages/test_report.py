"""Reports: the numbers in them are the computed ones, and the page is whole, safe and readable on its own."""

import math
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_lite import draw, named
from autograd_lite.draw import engines
from autograd_lite.draw.picture import TURNED
from autograd_lite.engine.extras import install
from autograd_lite.examples import (
    EXAMPLES,
    NetworkExample,
    ScalarExample,
    Sweep,
    baydin,
    era_s6,
    mazur,
    sweep,
)
from autograd_lite.pages import (
    Folder,
    NetworkStudy,
    ScalarStudy,
    network_report,
    rates,
    scalar_report,
    sections,
    sweep_charts,
    tables,
)
from autograd_lite.pages.document import (
    Cell,
    Code,
    Column,
    Figure,
    Section,
    Table,
    Text,
    Tone,
    compact,
    decimals,
    padded,
)
from autograd_lite.pages.markup import Html, element
from autograd_lite.pages.page import Picture, page
from autograd_lite.text.layout import number, printable
from autograd_lite.train import TrainingDivergedError

VOID = {"meta", "br", "hr", "img", "link"}


class Page(HTMLParser):
    """Reads a page, and fails where a tag is not closed as it was opened."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.text, self.tables, self.styles = [], [], "", {}, ""
        self.feed(text)
        self.close()
        assert self.open == [], f"not closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        """Take an opening tag."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.rows = []
        elif tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append(["", dict(attrs).get("title")])

    def handle_startendtag(self, tag, attrs):
        """Take a tag that closes itself, as they are in SVG."""
        assert "svg" in self.open, f"<{tag}/> outside of a picture"
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        """Take a closing tag."""
        assert self.open, f"</{tag}> where nothing is open"
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Take text."""
        if "style" in self.open:
            self.styles += data
            return
        self.text += data
        if "caption" in self.open:
            self.tables[data] = self.rows
        elif "td" in self.open or "th" in self.open:
            self.rows[-1][-1][0] += data

    def column(self, caption, heading):
        """The texts and the exact numbers in a column of a table."""
        head, *rows = self.tables[caption]
        at = [text for text, _ in head].index(heading)
        return [row[at][0] for row in rows], [row[at][1] for row in rows]

    def attribute(self, name):
        """All values of an attribute."""
        return [attrs[name] for _, attrs in self.tags if name in attrs]


@pytest.fixture(scope="module")
def trained():
    study = NetworkStudy(mazur(), epochs=3)
    study.train(progress=False)
    return study


@pytest.fixture(scope="module")
def folder(trained, tmp_path_factory):
    whole = Folder(tmp_path_factory.mktemp("report") / "deep" / "folder")
    network_report(trained, whole)
    return whole


@pytest.fixture(scope="module")
def mazur_page(folder):
    return Page((folder.path / "report.html").read_text("utf-8"))


def listed(path):
    return {entry.name for entry in path.iterdir()}


def no_dot(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert shutil.which("dot") is None


# --- finite differences --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_gradient_is_confirmed(name):
    """In every example the differences confirm all gradients, with an error far below the printed digits."""
    example = EXAMPLES[name]()
    if isinstance(example, NetworkExample):
        study = NetworkStudy(example)
        gradients = {w.label: w.grad for w in study.net.weights}
    else:
        study = ScalarStudy(example)
        gradients = {node.label: node.grad for node in study.inputs}
    assert gradients.keys() == study.slopes.keys()
    for label, gradient in gradients.items():
        assert study.slopes[label].confirms(gradient)
        assert study.slopes[label].error < 1e-9 * max(1.0, abs(gradient))


# --- cells, escaping -----------------------------------------------------------------------------------------------


def test_decimals():
    """Numbers of one column have one number of decimals: 12, fewer where there are digits before the point."""
    assert [c.text for c in decimals([0.5, None, -1e-5])] == ["0.500000000000", "", "-0.000010000000"]
    assert [c.text for c in decimals([645.577, 1.0])] == ["645.577000000", "1.000000000"]
    assert [c.text for c in decimals([math.nan, math.inf, 2e15])] == ["nan", "inf", "2e+15"]
    assert decimals([0.1])[0].exact == 0.1


def test_padded():
    """Printed numbers are filled up behind, so that their decimal points are in one line."""
    assert [c.text.replace("\u2007", "_") for c in padded(["0.3775", "1.1", "-12", ""])] == [
        "0.3775",
        "1.1___",
        "-12_____",
        "",
    ]


@pytest.mark.parametrize(("x", "text"), [(0.0, "0"), (0.0141813779, "0.0141814"), (3.51e-5, "3.51000e-05"), (2.0, "2")])
def test_compact(x, text):
    """A loss has six significant digits, small ones in scientific notation."""
    assert compact(x).text == text


@given(st.text(), st.text())
def test_escaping(text, value):
    """Whatever the text, an element has what can be seen of it as text and as attribute, and no further element."""
    read = Page(element("p", text, title=value))
    assert [tag for tag, _ in read.tags] == ["p"]
    assert read.text == printable(text)
    assert (read.tags[0][1].get("title") or "") == printable(value)


def test_markup_is_kept():
    """Only what is marked as HTML is left as it is."""
    assert element("p", Html("<b>x</b>"), "<b>") == "<p><b>x</b>&lt;b&gt;</p>"


# --- the page ------------------------------------------------------------------------------------------------------


def check_page(read):
    """What must hold for every page."""
    assert ("html", {"lang": "en"}) in read.tags
    assert "width=device-width, initial-scale=1" in read.attribute("content")
    tags = {tag for tag, _ in read.tags}
    assert tags.isdisjoint({"script", "link", "iframe", "img", "image", "object", "embed"})
    assert not [name for _, attrs in read.tags for name in attrs if name.startswith("on")]
    assert read.attribute("src") == []
    ids = read.attribute("id")
    assert len(ids) == len(set(ids))
    for _, attrs in read.tags:
        for name in ("href", "xlink:href"):
            link = attrs.get(name, "#")
            assert not re.match(r"[a-z]+:|//|/", link), link
            if link.startswith("#") and link != "#":
                assert link[1:] in ids
    assert not re.search(r"url\(\s*['\"]?(?!#)|@import", read.styles)
    headings = [int(tag[1]) for tag, _ in read.tags if re.fullmatch(r"h\d", tag)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(headings))
    for tag, attrs in read.tags:
        if tag == "svg":
            assert attrs["role"] == "img"
            assert len(attrs["aria-label"]) > 10
        if tag == "th":
            assert attrs["scope"] in {"col", "row"}
    for rows in read.tables.values():
        assert {len(row) for row in rows} == {len(rows[0])}


def test_page_is_whole(mazur_page):
    """The page is well formed, loads nothing, runs nothing, and can be read by ear and by keyboard."""
    check_page(mazur_page)


def test_page_has_all_sections(mazur_page):
    """The sections of the story are there, in order, and one for each weight."""
    contents = [attrs["href"] for tag, attrs in mazur_page.tags if tag == "a" and attrs["href"].startswith("#")]
    assert contents == [
        *("#the-example", "#the-network", "#forward-pass", "#gradients", "#backward-pass", "#each-weight"),
        *(
            "#in-the-notation-of-courses",
            "#first-update",
            "#training",
            "#result-against-the-published-one",
            "#the-full-graph",
            "#files",
        ),
    ]
    assert [f"∂E_total/∂w{k} by paths" in mazur_page.tables for k in range(1, 9)] == [True] * 8


def test_gradients_in_the_page_are_the_computed_ones(mazur_page, trained):
    """The table of gradients has the numbers of backward(), and beside them the published ones and the differences."""
    caption = "The gradients before any update"
    texts, exact = mazur_page.column(caption, "computed")
    computed = [w.grad for w in trained.net.weights]
    assert exact == [repr(x) for x in computed]
    assert [float(text) for text in texts] == pytest.approx(computed, abs=1e-12)
    published, _ = mazur_page.column(caption, "published")
    printed = [p.printed for p in mazur().published if p.stage == "gradients"]
    assert [text.rstrip("\u2007") for text in published] == printed
    _, differences = mazur_page.column(caption, "finite difference")
    assert [float(x) for x in differences] == pytest.approx(computed, abs=1e-11)
    assert [float(x) for x in differences] != computed  # found in another way
    assert set(mazur_page.column(caption, "digits that agree")[0]) == {"6 of 6", "7 of 7", "8 of 8"}


def test_forward_pass_in_the_page(mazur_page, trained):
    """The forward pass has every computed quantity in the order of the network, with its formula."""
    names, _ = mazur_page.column("The forward pass", "quantity")
    assert names == ["h1", "a_h1", "h2", "a_h2", "o1", "a_o1", "o2", "a_o2", "E1", "E2", "E_total"]
    _, exact = mazur_page.column("The forward pass", "computed")
    assert exact == [repr(trained.history[0][name]) for name in names]
    formulas, _ = mazur_page.column("The forward pass", "formula")
    assert formulas[:2] == ["w1*i1 + w2*i2 + b1", "σ(h1)"]
    assert formulas[-1] == "E1 + E2"


def test_first_update_in_the_page(mazur_page, trained):
    """The first update has the weights after it, all as published."""
    _, after = mazur_page.column("The first update", "after")
    assert after == [repr(trained.history[1][f"w{k}"]) for k in range(1, 9)]
    _, changes = mazur_page.column("The first update", "change")
    assert [float(x) for x in changes] == [-0.5 * w.grad for w in trained.net.weights]
    assert {text.split()[0] for text in mazur_page.column("The first update", "digits that agree")[0]} == {"8", "9"}
    assert "E_total falls from 0.2984 to 0.2910." in mazur_page.text


def test_paths_in_the_page(mazur_page, trained):
    """The products along the paths to w1 add up to its gradient."""
    _, exact = mazur_page.column("∂E_total/∂w1 by paths", "product")
    *products, total = map(float, exact)
    assert len(products) == 2
    assert sum(products) == pytest.approx(total, rel=1e-12)
    assert total == trained.net["w1"].grad


def test_formulas_in_the_page(mazur_page):
    """The gradient of each weight has its formula, typeset and as plain text that can be copied."""
    assert "∂E_total/∂w5 = (a_o1 - t1) * a_o1 * (1 - a_o1) * a_h1\n∂E_total/∂w5 = +0.08217" in mazur_page.text
    # Beside these, 4 errors, 8 gradients, 8 updates; and 11 equations of matrices, each again in numbers.
    assert [tag for tag, _ in mazur_page.tags].count("math") == 8 + 20 + 2 * 11


def test_erratum_in_the_page(mazur_page):
    """The published loss after one update is shown with what the source's mistake gives, and the erratum."""
    columns = ("published", "computed", "digits that agree", "with the source's mistake")
    row = [mazur_page.column("After 1 epoch", name)[0][0] for name in columns]
    assert row == ["0.291027924", "0.291027773694", "6 of 9", "0.291027923905"]
    assert "Erratum. The later losses are not those of gradient descent." in mazur_page.text


def test_files(folder, trained):
    """The folder has the page, a picture for each part of it, and the history; the page lists them all."""
    names = {"index.html", "report.html", "network.svg", "graph.svg", "loss.svg", "update.svg", "history.csv"}
    names |= {f"gradient-w{k}.svg" for k in range(1, 9)}
    assert listed(folder.path) == names
    assert folder.problems == {}
    assert set(folder.written) == names
    read = Page((folder.path / "report.html").read_text("utf-8"))
    assert {attrs["href"] for tag, attrs in read.tags if tag == "a" and "#" not in attrs["href"]} == names
    assert len((folder.path / "history.csv").read_text().splitlines()) == 1 + len(trained.history)


def test_pictures_stand_in_the_page(mazur_page):
    """Each picture of the folder is in the page too, and says in words what it shows."""
    words = [attrs["aria-label"] for tag, attrs in mazur_page.tags if tag == "svg"]
    assert len(words) == 12
    assert len(set(words)) == 12


SHOWN = {
    "baydin": ("v1 v2 v4 v3 y", "y = v4 - v3"),
    "speelpenning": ("y", "y = x1 * x2 * x3 * x4 * x5"),
    "cs231n-circuit": ("f", "f = (x + y) * z"),
    "cs231n-neuron": ("f", "f = σ(w0*x0 + w1*x1 + w2)"),
    "micrograd-readme": ("c d e f g", "g = f / 2 + 10 / f"),
    "micrograd-sanity": ("z h q y", "y = h + q + q*x"),
    "karpathy-expression": ("L", "L = (a*b + c) * f"),
    "karpathy-neuron": ("o", "o = tanh(x1*w1 + x2*w2 + b)"),
}


@pytest.mark.parametrize("name", [name for name, make in EXAMPLES.items() if isinstance(make(), ScalarExample)])
def test_a_small_example_shows_its_formulas(name):
    """The page has the formula of each quantity, by its name in the source, and each gives the quantity's value."""
    study = ScalarStudy(EXAMPLES[name]())
    text = next(block.text for block in sections.scalar_sections(study)[0].blocks if isinstance(block, Code))
    assert text.splitlines()[-1] == SHOWN[name][1]
    nodes = named(study.root)
    computed = []
    for block in re.split(r"\n(?=\w)", text):
        values = {label: node.data for label, node in nodes.items()}
        functions = {"σ": lambda x: 1.0 / (1.0 + math.exp(-x)), "relu": lambda x: max(x, 0.0)}
        for line in reversed(re.sub(r"\n +(?:where )? *", "\n", block).split("\n")):  # what is used is defined below
            quantity, _, written = line.partition(" = ")
            values[quantity] = eval(written.replace("^", "**"), vars(math) | functions | values)
        computed.append(quantity)
        assert math.isclose(values[quantity], nodes[quantity].data, rel_tol=1e-14)
    assert computed == SHOWN[name][0].split()


def test_a_picture_is_as_wide_as_it_needs(tmp_path):
    """A picture that is wider than the column of text takes the room beside it, before it scrolls."""
    scalar_report(ScalarStudy(baydin()), Folder(tmp_path))
    style = (tmp_path / "report.html").read_text("utf-8")
    assert re.search(r"\.picture \{[^}]*width: max-content; min-width: 100%; max-width: calc\(100vw - 3rem\)", style)


def test_text_of_users_is_text(tmp_path):
    """Titles, labels and sources with markup are shown as they are, and name no file outside of the folder."""
    odd = '<script>alert("x")</script>&amp; [bold]'
    at = {"../up<b>": 2.0, "b&": 3.0}
    example = ScalarExample("odd", odd, odd, at, lambda a, b: a * b, "6", ("3", "2"))
    folder = Folder(tmp_path / "out")
    scalar_report(ScalarStudy(example), folder)
    read = Page((tmp_path / "out" / "report.html").read_text("utf-8"))
    check_page(read)
    assert odd in read.text
    assert listed(tmp_path) == {"out"}
    assert "gradient-.._up_b_.svg" in folder.written


def test_page_without_a_picture():
    """A picture that could not be made is replaced by the reason; a picture that nobody made is an error."""
    shown = [Section("A", (Figure("x", "the picture"), Code("a < b"), Text("n", note=True)))]
    read = Page(page("T", shown, {"x": Picture(missing="no <engine>")}, made_by="me"))
    assert "Not drawn: no <engine>" in read.text
    with pytest.raises(KeyError):
        page("T", shown, {}, made_by="me")


def test_sections_of_one_title():
    """Two sections with one title have addresses of their own."""
    table = Table("c", (Column("a"),), ((Cell("1"),),))
    check_page(Page(page("T", [Section("A", (table,)), Section("A"), Section("∂")], {}, made_by="me")))


# --- engines and files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", [pytest.param("dot", marks=pytest.mark.dot), "pure"])
def test_both_engines(engine, monkeypatch, tmp_path):
    """The report is whole with either layout engine."""
    if engine == "pure":
        no_dot(monkeypatch)
    assert engines.find().name == engine
    folder = Folder(tmp_path)
    scalar_report(ScalarStudy(baydin()), folder)
    assert folder.problems == {}
    check_page(Page((tmp_path / "report.html").read_text("utf-8")))


def test_without_an_engine(monkeypatch, tmp_path):
    """Without a layout engine the page is made without the diagrams, and says once how to get one."""
    no_dot(monkeypatch)
    monkeypatch.setattr(engines, "_pure", lambda: None)
    folder = Folder(tmp_path)
    scalar_report(ScalarStudy(baydin()), folder)
    assert listed(tmp_path) == {"index.html", "report.html"}
    (problem,) = folder.problems
    assert install("viz") in problem
    read = Page((tmp_path / "report.html").read_text("utf-8"))
    check_page(read)
    assert read.text.count(f"Not drawn: {problem}") == 3


def test_a_format_that_the_engine_cannot_make(monkeypatch, tmp_path):
    """Where the engine cannot make PDF, the page still has the diagrams, and the reason is kept."""
    no_dot(monkeypatch)
    folder = Folder(tmp_path, "pdf")
    scalar_report(ScalarStudy(baydin()), folder)
    assert listed(tmp_path) == {"index.html", "report.html"}
    assert "not pdf" in next(iter(folder.problems))
    assert [tag for tag, _ in Page((tmp_path / "report.html").read_text("utf-8")).tags].count("svg") == 3


def test_png(tmp_path):
    """Pictures beside the page can be PNG; those in the page stay SVG."""
    folder = Folder(tmp_path, "png")
    scalar_report(ScalarStudy(baydin()), folder)
    assert (tmp_path / "graph.png").read_bytes().startswith(b"\x89PNG")
    assert set(folder.written) == {"graph.png", "gradient-x1.png", "gradient-x2.png", "index.html", "report.html"}


def test_the_page_comes_last(monkeypatch, tmp_path):
    """When something fails on the way, an older page stays as it was."""
    (tmp_path / "index.html").write_text("old")
    monkeypatch.setattr(draw, "gradient", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        scalar_report(ScalarStudy(baydin()), Folder(tmp_path))
    assert (tmp_path / "index.html").read_text() == "old"


def test_folder_that_cannot_be(tmp_path):
    """A file in the place of the folder is found out before any work."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(FileExistsError):
        Folder(tmp_path / "file")
    with pytest.raises(NotADirectoryError):
        Folder(tmp_path / "file" / "deeper")


# --- comparisons ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "stages"),
    [
        ({}, {"forward pass", "gradients", "after 67 epochs"}),
        ({"epochs": 66}, {"forward pass", "gradients"}),
        ({"epochs": 80}, {"forward pass", "gradients", "after 67 epochs"}),
        ({"lr": 2.0}, {"forward pass", "gradients"}),
        ({"lr": 1.0}, {"forward pass", "gradients", "after 67 epochs"}),
        ({"epochs": 0}, {"forward pass", "gradients"}),
    ],
)
def test_only_what_is_comparable_is_compared(options, stages):
    """Published numbers are compared only where rate and number of updates are the published ones; it says so."""
    study = NetworkStudy(era_s6(), **options)
    study.train(progress=False)
    assert {c.published.stage for c in study.checks} == stages
    assert all(c.explained for c in study.checks)
    words = " ".join(block.text for block in sections.result(study).blocks if isinstance(block, Text))
    assert ("cannot be compared" in words) == (len(stages) == 2)
    assert "no explanation" not in words


def test_result_of_era_s6():
    """The sheet's 11 wrong numbers are what its mistake gives; the others agree."""
    study = NetworkStudy(era_s6())
    study.train(progress=False)
    words = sections.result(study).blocks[0].text
    assert words.startswith("Published numbers compared: 34. Agreeing in every printed digit: 23.")
    assert words.endswith("gives what is printed: 11.")


def test_the_history_of_a_training_that_diverges():
    """What there was of a training that did not stay finite is in the history, and the error goes on."""
    huge = replace(era_s6(), inputs=(1e200, 0.1), weights=(0.0, 0.2, 0.0, 0.3, 0.4, 0.45, 0.5, 0.55))
    study = NetworkStudy(huge, lr=1e200, epochs=5)
    with pytest.raises(TrainingDivergedError) as caught:
        study.train(progress=False)
    assert study.history is caught.value.history
    assert len(study.history) > 0


def test_a_difference_without_explanation_is_told():
    """A published number that is neither right nor what a known mistake gives is counted as such."""
    wrong = replace(baydin(), value="11.653")
    words = sections.scalar_sections(ScalarStudy(wrong))[-1].blocks[0].text
    assert (
        words == "Published numbers compared: 3. Agreeing in every printed digit: 2. Differing with no explanation: 1."
    )


def test_verdicts():
    """A verdict counts the printed digits that agree; where nothing was published there is a dash."""
    study = NetworkStudy(era_s6())
    assert tables.verdict(study.check("dE_total/dw3")) == Cell("3 of 10", Tone.DIFFERS)
    assert tables.verdict(study.check("dE_total/dw1")) == Cell("10 of 10", Tone.GOOD)
    assert tables.verdict(study.check("E_total", 1)).text == "—"


@pytest.mark.parametrize("name", EXAMPLES)
def test_result_and_inputs_have_different_names(name):
    """In every small example the result has another name than each input: ∂y/∂y would be 1."""
    example = EXAMPLES[name]()
    if isinstance(example, ScalarExample):
        root, inputs = example.graph()
        assert root.label not in {node.label for node in inputs}


# --- learning rates ------------------------------------------------------------------------------------------------


def test_losses_by_rate():
    """The table of learning rates has the losses after 1, 19 and 67 updates: rows 2, 20 and 68 of the sheet."""
    swept = sweep(era_s6(), [0.1, 100.0])
    table = tables.losses_by_rate(swept, 67)
    assert [c.heading for c in table.columns[1:4]] == ["after 1 epoch", "after 19 epochs", "after 67 epochs"]
    exact = [[cell.exact for cell in row[1:4]] for row in table.rows]
    golden = [
        [0.014100103121132097, 0.012705825423344017, 0.009572139465504783],
        [0.04965679803689651, 0.010714560417526841, 3.1678250821072366e-06],
    ]
    assert exact[0] == pytest.approx(golden[0], rel=1e-12)
    assert exact[1] == pytest.approx(golden[1], rel=1e-9)


def test_saturation_is_explained():
    """At learning rate 1000 the page says that the outputs are saturated, with their slopes, and names the ceiling."""
    saturated = rates.stuck(sweep(era_s6(), [1.0, 1000.0]))
    assert (saturated.rate, saturated.ceiling) == (1000.0, 0.25)
    net = era_s6().network()
    era_s6().train(net, lr=1000.0, epochs=1, progress=False)
    done, root = era_s6().forward(net)
    for active in done.outputs:
        total, value = number(active.parents[0].data), number(active.data, 4)
        assert f"{active.label} = σ({total}) = {value}" in saturated.explanation
    root.backward()
    slope = done.sums[-1][0].grad / done.outputs[0].grad
    assert f"slope {number(slope, 4)};" in saturated.explanation
    assert "0.2499972508 in the first update, and is 0.2499968818 after 67" in saturated.explanation


def test_nothing_is_stuck():
    """Where the loss goes on falling there is nothing to explain; nor is there after a single update."""
    assert rates.stuck(sweep(era_s6(), [0.1, 600.0])) is None
    assert rates.stuck(sweep(era_s6(), [1000.0], epochs=1)) is None


def test_divergence_in_a_sweep(tmp_path):
    """A rate at which training diverges has no losses to show, and the reason."""
    diverging = Sweep(era_s6(), {0.1: [0.2, 0.1], 9.0: []}, {9.0: "w1 is inf"})
    section = rates.learning_rates(diverging, 1, {"learning-rates": diverging})
    assert [cell.text for cell in section.blocks[1].rows[1]] == ["9", "diverged", "—"]
    assert section.blocks[2].text == "Learning rate 9: w1 is inf."
    assert sweep_charts(Folder(tmp_path), {"learning-rates": diverging})["learning-rates"].svg


def test_pictures_in_the_dark(mazur_page):
    """In a dark theme pictures change light and dark, as in notebooks; on paper they are as drawn."""
    rule = f".picture {{ border-color: #d5dbe1; filter: {TURNED}; }}"
    assert f"@media screen and (prefers-color-scheme: dark) {{ {rule} }}" in mazur_page.styles
