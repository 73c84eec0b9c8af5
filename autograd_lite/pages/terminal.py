"""Sections shown on a terminal, or in a pipe: headings, text and tables."""

import codecs
import io
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table as RichTable
from rich.text import Text as RichText

from autograd_lite.pages.document import PAD, Cell, Code, Figure, Formula, Section, Table, Text, Tone
from autograd_lite.pages.fitting import GAP, Grid, fitted, stacked, wrapped
from autograd_lite.text.layout import printable, width

__all__ = ["Screen", "prepare_streams"]

WIDEST = 100  # columns: longer lines are hard to read
STYLES = {Tone.PLAIN: "", Tone.GOOD: "green", Tone.DIFFERS: "bold yellow", Tone.QUIET: "dim"}


class Screen:
    """Prints sections to a stream: with colours on a terminal only, in at most 100 columns.

    A reader that goes away, such as `head`, is no error: the rest is not printed. Nothing is, if `quiet`.
    """

    def __init__(self, stream: TextIO, *, quiet: bool = False) -> None:
        file: Any = _Lasting(stream)
        # Text is never markup, nor is anything in it coloured for what it looks like; see also _text.
        self._console = Console(file=file, markup=False, emoji=False, highlight=False, quiet=quiet)
        # In a pipe to another program lines are whole, unless somebody says how wide they may be.
        self.room = self._console.width if self._console.is_terminal or "COLUMNS" in os.environ else None
        self._console.width = min(self._console.width, WIDEST)

    def title(self, text: str) -> None:
        """Print the heading of everything."""
        self._console.print(_text(text, "bold"))

    def verbatim(self, text: str) -> None:
        """Print text as it stands; on a terminal, lines that it has no room for go on in the next."""
        self._console.print(_text(wrapped(text, self.room) if self.room else text), soft_wrap=True)

    def raw(self, text: str) -> None:
        """Print text for other programs, its lines as long as they are."""
        self._console.print(_text(text), soft_wrap=True)

    def line(self, text: str = "") -> None:
        """Print a paragraph."""
        self._console.print(_text(text))

    def address(self, before: str, path: Path) -> None:
        """Print the address of a file, which a terminal opens at a click."""
        uri = path.resolve().as_uri()
        self._console.print(_text(f"{before} ").append(_text(uri, f"link {uri}")), soft_wrap=True)

    def section(self, section: Section) -> None:
        """Print a section after an empty line; pictures are left out."""
        self._console.print()
        if width(section.title) + 2 > self._console.width:  # the rule would shorten it
            self._console.print(_text(section.title, "bold"))
            self._console.print(Rule(style="dim"))
        else:
            self._console.print(Rule(_text(section.title, "bold"), align="left", style="dim"))
        shown = [self._shown(block) for block in section.blocks if not isinstance(block, Figure)]
        for k, block in enumerate(shown):
            if k:
                self._console.print()
            self._console.print(block)

    def _shown(self, block: Code | Formula | Table | Text) -> Any:
        room = self._console.width
        if isinstance(block, Table):
            grid = fitted(block, room)
            parts: list[Any] = [_stacked(block, room)] if grid is None else [_table(grid)]
            if block.shown:
                parts.insert(0, _text(block.caption, "bold"))
            if grid is not None and grid.note:
                parts.append(_text(grid.note, "dim"))
            return Group(*parts)
        if isinstance(block, Code | Formula):
            return Padding(_text(wrapped(block.text, room - 2)), (0, 0, 0, 2))
        return _text(block.text, "italic" if block.note else "")


def _table(grid: Grid) -> RichTable:
    shown = RichTable(box=SIMPLE_HEAD, pad_edge=False, padding=(0, GAP - 1, 0, 0), show_edge=False)
    numbers = any(column.number for column in grid.table.columns)
    for column, heading, size in zip(grid.table.columns, grid.headings, grid.widths, strict=True):
        shown.add_column(
            _text(heading),
            justify="right" if column.number else "left",
            vertical="bottom" if numbers else "top",
            overflow="fold",
            width=size,
        )
    for row in grid.table.rows:
        shown.add_row(*(_cell(cell, size) for cell, size in zip(row, grid.widths, strict=True)))
    return shown


def _stacked(table: Table, room: int) -> RichText:
    """The rows one under another: the key, then each heading with what stands under it."""
    alone = len(table.columns) == 2  # needs no heading
    side = 0 if alone else min(max((width(column.heading) for column in table.columns[1:]), default=0), room // 2)
    text = RichText()
    for key, cells in stacked(table, side):
        text.append(_text(f"{key}\n", "bold"))
        for heading, cell in cells:
            left = [] if alone else heading.split("\n")
            right = wrapped(cell.text.strip(f" {PAD}").replace(PAD, " "), room - side - 2 * GAP).split("\n")
            for k in range(max(len(left), len(right))):
                words = left[k] if k < len(left) else ""
                value = right[k] if k < len(right) else ""
                text.append(_text(f"  {words}{' ' * (side - width(words) + GAP if value and not alone else 0)}", "dim"))
                text.append(_text(value, _style(cell))).append("\n")
    text.right_crop(1)
    return text


def _style(cell: Cell) -> str:
    return f"{STYLES[cell.tone]} link {cell.link}".strip() if cell.link.startswith("https://") else STYLES[cell.tone]


def _cell(cell: Cell, room: int) -> RichText:
    return _text(wrapped(cell.text.replace(PAD, " "), room), _style(cell))


def _text(text: str, style: str = "") -> RichText:
    """The text in that style, with nothing in it that a terminal would take for an order."""
    return RichText(printable(text), style)


class _Lasting:
    """A stream that may be closed at the other end: what is written after that goes nowhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._open = True

    def write(self, text: str) -> int:
        shown = text if self._stream.isatty() else re.sub(r" +$", "", text, flags=re.MULTILINE)
        self._do(lambda: self._stream.write(shown))
        return len(text)

    def flush(self) -> None:
        self._do(self._stream.flush)

    def _do(self, action: Callable[[], object]) -> None:
        if not self._open:
            return
        try:
            action()
        except BrokenPipeError:
            self._open = False
            # What is still in the buffer must not fail at exit.
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self._stream.fileno())
            os.close(null)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


# What stands for a sign that the encoding of the output does not have.
PLAIN = {
    "∂": "d",
    "σ": "sigmoid",
    "←": "<-",
    "→": "->",
    "·": "*",
    "×": "x",
    "±": "+/-",
    "²": "^2",
    "—": "-",
    "−": "-",
    "…": "...",
    "Δ": "D",
}


def prepare_streams() -> None:
    """Make standard output and error ready for any text: never an error for a sign that they cannot show."""
    codecs.register_error("autograd_lite.plain", _plain)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started this process
            setattr(sys, name, io.StringIO())
        if isinstance(stream := getattr(sys, name), io.TextIOWrapper):
            stream.reconfigure(errors="autograd_lite.plain")


def _plain(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return "".join(PLAIN.get(c, "?") for c in error.object[error.start : error.end]), error.end
