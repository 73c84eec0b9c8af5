"""Tables on terminals of any width: a number is whole or not there, and keys stay."""

import functools
import os
import pty
import re
import select
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_lite import Network
from autograd_lite.cli.app import run
from autograd_lite.pages.document import Cell, Column, Table
from autograd_lite.pages.fitting import GAP, fitted, stacked, wrapped
from autograd_lite.storage import Task, save_task
from autograd_lite.testing import accuracy
from autograd_lite.text.layout import width

WIDTHS = (*range(40, 131, 18), 60, 80, 99, 130)
NUMBER = re.compile(r"(?<![\w.])[-−+]?\d[\d,]*\.?\d*(?:e[-−+]?\d+)?(?![\w.]*\w)")
MEASURED = functools.cache(accuracy.measure)
COMMANDS = {
    "example mazur": ("example", "mazur", "--epochs", "3"),
    "example baydin": ("example", "baydin"),
    "sweep": ("sweep", "era-s6", "0.5", "1000", "--epochs", "12"),
    "explain w1": ("explain", "mazur", "w1", "w5"),
    "explain": ("explain", "mazur"),
    "explain by errors": ("explain", "mazur", "--form", "delta", "--names", "index"),
    "list": ("list",),
    "check": ("check", "exp", "pow", "leaky_relu", "--points", "3"),
    "train": ("train", "own.json"),
}


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """What a command prints at each width; pictures are not drawn, the numbers are the same without."""
    folder = tmp_path_factory.mktemp("widths")
    data = [([0.5, 1e-7], [1.0]), ([123.25, 0.0], [0.0])]
    save_task(Task(Network([2, 2, 1], seed=2), data, lr=0.1, epochs=12), folder / "own.json")
    found = {}

    def at(name, columns, capsys, monkeypatch):
        if (name, columns) not in found:
            monkeypatch.chdir(folder)
            monkeypatch.setenv("COLUMNS", str(columns))
            monkeypatch.setattr(sys, "argv", ["autograd-lite", *COMMANDS[name]])
            for drawing in ("network_report", "scalar_report", "sweep_charts"):
                monkeypatch.setattr(f"autograd_lite.cli.published.{drawing}", lambda *_: {})
            monkeypatch.setattr("autograd_lite.cli.published.Folder.page", lambda *_, **__: None, raising=False)
            monkeypatch.setattr("autograd_lite.cli.own.training_report", lambda *_: "")
            monkeypatch.setattr(accuracy, "measure", MEASURED)
            assert run() == 0
            lines = capsys.readouterr().out.splitlines()
            found[name, columns] = [line for line in lines if not line.startswith(("Page: ", "Written", "Not of this"))]
        return found[name, columns]

    return at


def numbers(lines):
    """The numbers that are printed; where something was left out and why is told in words."""
    text = re.sub(r"Left out here, shown from \d+\s+columns\s+on:[^.]*\.", "", "\n".join(lines))
    return set(NUMBER.findall(text))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_number_is_whole(name, printed, capsys, monkeypatch):
    """At 40 to 130 columns each number that is printed at 120 is printed whole, or a note says that it is left out.

    No other numbers are printed, and no line is wider than the terminal.
    """
    whole = numbers(printed(name, 120, capsys, monkeypatch))
    assert whole
    for columns in WIDTHS:
        lines = printed(name, columns, capsys, monkeypatch)
        here = numbers(lines)
        assert here <= whole, (columns, here - whole)
        assert here == whole or "Left out here, shown from" in " ".join(lines), (columns, whole - here)
        assert max(width(line) for line in lines) <= columns, columns


@pytest.mark.parametrize("columns", WIDTHS)
def test_the_keys_stay(columns, printed, capsys, monkeypatch):
    """The first column is there, whole, at every width: quantities, gradients, weights, epochs, operations."""
    lines = printed("example mazur", columns, capsys, monkeypatch)
    begins = [line.split()[0] for line in lines if line.strip()]
    keys = ["h1", "a_h2", "E_total", *(f"∂E_total/∂w{k}" for k in range(1, 9)), *(f"w{k}" for k in range(1, 9)), "3"]
    assert set(keys) <= set(begins)
    begins = [line.split()[0] for line in printed("check", columns, capsys, monkeypatch) if line.strip()]
    assert {"exp", "pow", "leaky_relu"} <= set(begins)


TABLE = Table(
    "of a test",
    (
        Column("weight"),
        Column("formula", formula=True),
        Column("computed", number=True),
        Column("digits that agree", number=True, minor=1),
        Column("± error", number=True, minor=2),
    ),
    ((Cell("w1"), Cell("w1*i1 + w2*i2 + b1"), Cell("-0.000438567734"), Cell("9 of 9"), Cell("3e-14")),),
)


@pytest.mark.parametrize(
    ("room", "kept"),
    [
        (80, ["weight", "formula", "computed", "digits that agree", "± error"]),
        (55, ["weight", "formula", "computed", "digits that agree"]),
        (48, ["weight", "formula", "computed"]),
        (40, None),
    ],
)
def test_what_is_left_out(room, kept):
    """The least important column goes first, and the note says which, and how much room all would have taken."""
    grid = fitted(TABLE, room)
    if kept is None:
        assert grid is None
        return
    assert [column.heading for column in grid.table.columns] == kept
    gone = [column.heading for column in TABLE.columns if column.heading not in kept]
    assert (grid.note == "") == (not gone)
    if gone:
        assert grid.note.endswith(f": {', '.join(gone)}.")
        needed = int(re.search(r"from (\d+) columns", grid.note)[1])
        assert fitted(TABLE, needed).note == ""
        assert fitted(TABLE, needed - 1).note != ""


CELLS = st.text("0123456789.e- ", max_size=18)


@settings(max_examples=60)
@given(
    st.integers(40, 130),
    st.lists(st.tuples(st.text("w_12", min_size=1, max_size=12), CELLS, CELLS, CELLS), min_size=1, max_size=4),
    st.tuples(*[st.tuples(st.booleans(), st.integers(0, 2))] * 3),
)
def test_any_table(room, rows, kinds):
    """A table fits, whole in its first column and its numbers, or is stacked; then each row has all its cells."""
    columns = tuple(Column(f"heading {k}", number=number, minor=minor) for k, (number, minor) in enumerate(kinds))
    table = Table("", (Column("key"), *columns), tuple(tuple(map(Cell, row)) for row in rows))
    grid = fitted(table, room)
    if grid is None:
        found = [(key, [cell.text for _, cell in cells]) for key, cells in stacked(table, 20)]
        assert found == [(row[0], [text for text in row[1:] if text.strip()]) for row in rows]
        return
    assert_whole(grid, room)
    tight = next(n for n in range(room + 1) if fitted(table, n))  # where nothing is to spare
    assert_whole(fitted(table, tight), tight)


def assert_whole(grid, room):
    assert sum(grid.widths) + GAP * (len(grid.widths) - 1) <= room
    assert grid.table.columns[0].heading == "key"
    for k, column in enumerate(grid.table.columns):
        if k == 0 or column.number:
            assert all(width(row[k].text) <= grid.widths[k] for row in grid.table.rows)


@given(st.lists(st.text("ab=+·×→12.", max_size=9), min_size=12).map(" ".join), st.integers(12, 60))
def test_wrapped_text(text, room):
    """Wrapping breaks at spaces alone and keeps every word; lines have the room that words allow."""
    shown = wrapped(text, room)
    assert shown.split() == text.split()
    for line in shown.split("\n"):
        # An operator stays with what follows; more than two words are never wider than the room.
        assert width(line) <= room or len(line.split()) <= 2


def test_operators_begin_a_line():
    """What is too long goes on with an operator and its operand, further in."""
    assert wrapped("  x = 1.0000 × 0.7414 × 0.1868", 18) == "  x = 1.0000\n   × 0.7414\n   × 0.1868"


def test_a_terminal_links_to_the_page(tmp_path):
    """On a terminal the address is a link, OSC 8; in a pipe it is a plain file:// URL in a line of its own."""
    env = os.environ | {"TERM": "xterm-256color", "COLUMNS": "40"}
    env.pop("NO_COLOR", None)
    command = [sys.executable, "-m", "autograd_lite", "page", "baydin"]
    address = (tmp_path / "page.html").as_uri()
    env["PYTHONPATH"] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120
    plain = subprocess.run(command, check=True, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert plain.stdout == f"Page: {address}\n"
    master, slave = pty.openpty()
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=slave, stderr=slave):
        os.close(slave)
        seen = b""
        while select.select([master], [], [], 60)[0]:
            try:
                piece = os.read(master, 65536)
            except OSError:  # Linux says so at the end
                break
            seen += piece
            if not piece:
                break
    os.close(master)
    assert re.search(rf"\x1b\]8;id=\d+;{re.escape(address)}\x1b\\+.*{re.escape(address)}", seen.decode())
