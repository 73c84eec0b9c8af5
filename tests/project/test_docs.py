"""The pages in docs are what their scripts make, and say what the table of operations does."""

import contextlib
import importlib.util
import io
import re
from pathlib import Path

import pytest
from corners import POLICY, agrees
from drawing import texts

from autograd_lite.engine.ops import HELPERS, OPS, OWN
from autograd_lite.testing import accuracy
from autograd_lite.testing.oracle import ULPS

DOCS = Path(__file__).parents[2] / "docs"
ROWS = {**OPS, **HELPERS}


def script(name):
    """A script of docs as a module."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def text(name):
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def tables(name):
    """The tables of a page, each as a list of lines of cells, headings first."""
    blocks = re.findall(r"(?:^\|.*\|\n)+", text(name), re.MULTILINE)
    split = [[re.split(r" (?<!\\)\| ", line[2:-2]) for line in block.splitlines()] for block in blocks]
    return [[[re.sub(r"\\(.)", r"\1", cell).strip() for cell in line] for line in lines] for lines in split]


@pytest.mark.parametrize("name", ["accuracy", "policy"])
def test_pages_are_whole(name):
    """Lines of a table have as many cells as its heading, links lead to files, and stars are in code or escaped."""
    for table in tables(name):
        assert {len(line) for line in table} == {len(table[0])}
        assert len(table[0]) > 2
    stars = re.sub(r"`[^`]*`|\\\*|\*\*≠\*\*", "", "\n".join(re.findall(r"^\|.*", text(name), re.MULTILINE)))
    assert "*" not in stars
    links = re.findall(r"\]\(([^)]+)\)", text(name))
    assert links
    assert [link for link in links if not (DOCS / link).exists()] == []
    assert text(name).endswith("\n")
    assert not text(name).endswith("\n\n")


@pytest.mark.parametrize("name", ["operations", "audit", "programs", "notation"])
def test_programs(name):
    """The code of a page is one program that prints what the page says."""
    blocks = re.findall(r"^```(python|text)\n(.*?)^```$", text(name), re.MULTILINE | re.DOTALL)
    printed = io.StringIO()
    scope = {"__name__": "page"}
    before = dict(OWN)
    with contextlib.redirect_stdout(printed):
        for language, block in blocks:
            if language == "python":
                exec(block, scope)
    OWN.clear()
    OWN.update(before)
    assert printed.getvalue() == "".join(block for language, block in blocks if language == "text")


# --- policy.md -----------------------------------------------------------------------------------------------------


def test_the_policy_page_is_what_the_script_makes():
    """policy.md is what `python docs/policy.py` writes now."""
    assert text("policy") == script("policy").page()


def test_the_policy_page_has_every_operation():
    """Every operation and helper has its line, with its convention, its domain and its kinks."""
    operations, helpers, _ = tables("policy")
    for lines, rows in ((operations, OPS), (helpers, HELPERS)):
        assert [line[0] for line in lines[2:]] == [f"`{name}`" for name in rows]
        assert [line[-1] for line in lines[2:]] == [row.note for row in rows.values()]
    said = {line[0]: line for line in operations[2:]}
    assert said["`asin`"][1:3] == ["`asin(x)`", "-1 < x < 1"]
    assert said["`pow`"][1:3] == ["`x ** y`", "x > 0"]
    assert said["`exp`"][2:4] == ["all numbers", ""]
    assert said["`maximum`"][3] == "x = y"
    assert said["`leaky_relu`"][3] == "x = 0"
    assert said["`mod`"][1:4] == ["`x % y`", "y > 0", "x / y whole"]
    assert [line[3] != "" for line in operations[2:]] == [bool(row.kinks) for row in OPS.values()]


def numbers(cell):
    """The numbers of a cell such as `nan; inf 0`, or an error's name."""
    return [
        float(x) if re.match(r"[-\d]|inf|nan", x) else x for x in cell.replace("**≠**", "").replace(";", "").split()
    ]


def same(cell, other):
    """Whether two cells have the same numbers, whatever the signs of their zeros."""
    a, b = numbers(cell), numbers(other)
    return len(a) == len(b) and all(x == y or str(x) == str(y) == "nan" for x, y in zip(a, b, strict=True))


def test_the_policy_page_has_every_corner():
    """Each corner's numbers are those of the policy; what the others give is told, and marked where it differs."""
    lines = tables("policy")[-1][2:]
    assert len(lines) == len(POLICY)
    for row, (_, ours, torch, jax, hips, why) in zip(POLICY, lines, strict=True):
        wanted = [row["value"], *row["derivatives"]]
        got = numbers(ours)
        wanted += wanted[1:] * (len(got) - len(wanted))  # "any" stands for all slopes
        assert len(got) == len(wanted)
        assert all(agrees(x, cell) for x, cell in zip(got, wanted, strict=True)), (ours, wanted)
        for cell, name in ((torch, "torch"), (jax, "jax"), (hips, "hips")):
            assert cell.removesuffix(" **≠**") == row[name]
            assert cell.endswith("**≠**") == (not same(ours, row[name])), (ours, cell)
        assert why == row["why"]


def test_departures_from_pytorch():
    """These corners and no others differ from PyTorch, and the page counts them right."""
    marked = [line[0].replace("`", "") for line in tables("policy")[-1] if line[2].endswith("**≠**")]
    assert marked == [
        *("relu(x) at nan", "abs(x) at nan"),
        *("maximum(x, y) at nan, 1.0", "maximum(x, y) at 1.0, nan"),
        *("minimum(x, y) at nan, 1.0", "minimum(x, y) at 1.0, nan"),
        *("sqrt(x) at -0.0", "log(x) at -1.0", "log(x) at -0.0", "x ** y at 2.0, 1024.0"),
        *("x % y at 1.0, 0.0", "x % y at inf, 2.0", "x % y at nan, 1.0", "x // y at 0.0, 0.0", "x // y at inf, 2.0"),
    ]
    assert f"Of the {len(POLICY)} corners {len(marked)} differ from PyTorch" in " ".join(text("policy").split())


# --- accuracy.md ---------------------------------------------------------------------------------------------------


def test_the_accuracy_page_has_every_operation():
    """Every operation and helper has its line; no error is above its bound, and the bounds are those of the table."""
    operations, helpers = tables("accuracy")
    assert [line[0] for line in operations[2:]] == [f"`{name}`" for name in OPS]
    assert [line[0] for line in helpers[2:]] == [f"`{name}`" for name in HELPERS]
    for line in [*operations[2:], *helpers[2:]]:
        row = ROWS[line[0].strip("`")]
        cells = line[1:7]
        calls = accuracy.SINGLE.get(row.name, (None,) * 3)
        for k in range(1 + row.arity if row.name in OPS else 1):
            error, bound = cells[2 * k : 2 * k + 2]
            assert float(error.replace(",", "")) <= int(bound)
            assert int(bound) in ({accuracy.TIGHT, ULPS} if calls[k] else {ULPS})
        assert cells[2 * (1 + row.arity) :] == [""] * (6 - 2 * (1 + row.arity)) or row.name in HELPERS
        if len(line) == 8 and line[7]:
            assert float(line[1]) <= max(1.0, float(line[7].replace(",", "")))
            assert int(line[2]) == (accuracy.TIGHT if float(line[7].replace(",", "")) <= 1.0 else ULPS)


def test_the_accuracy_page_is_of_this_script():
    """The text around the table is the script's, and a line of it is as the script makes it now, digits aside."""
    lines = script("accuracy").page([accuracy.measure(name, 0) for name in ("mul", "tanh", "sech2")])
    shape = {re.sub(r"[\d,.]+", "#", line) for line in text("accuracy").splitlines() if "Measured on" not in line}
    assert {re.sub(r"[\d,.]+", "#", line) for line in lines.splitlines() if "Measured on" not in line} <= shape


def test_the_accuracy_page_says_where_it_was_measured():
    """The page names the interpreter, the C library and the processor."""
    assert re.search(r"Measured on CPython 3\.\d+\.\d+, \S.+ \d.*, \S+, at [\d,]{7,} points", text("accuracy"))


# --- architecture.md -----------------------------------------------------------------------------------------------


def test_the_picture_of_the_rooms_is_true():
    """architecture.md and its picture are what the script makes of the imports now."""
    architecture = script("architecture")
    assert text("architecture") == architecture.page()
    kept = (DOCS / "architecture.svg").read_text(encoding="utf-8")
    assert texts(kept) == texts(architecture.picture().svg(engine="pure"))
    assert kept.count("<polygon") == 1 + len(architecture.arrows(architecture.rooms()))  # the ground, and arrowheads


def test_every_room_has_its_sentence():
    """Every folder and module at the top of the package is a room of the picture, and there are no others."""
    architecture = script("architecture")
    assert {architecture.name_of(file) for file in architecture.PACKAGE.rglob("*.py")} - {""} == {*architecture.ROOMS}


def test_arrows_go_one_way():
    """No two rooms use each other, over however many others: each has its floor, above all that it uses."""
    architecture = script("architecture")
    uses = architecture.rooms()
    floors = architecture.floors(uses)
    assert all(floors[room] > floors[below] for room in uses for below in uses[room])
    with pytest.raises(ValueError, match="use each other"):
        architecture.floors({**uses, "engine": {"cli"}})
