"""Sections shown on a terminal, or in a pipe: headings, text and tables."""

import codecs
import io
import os
import re
import sys
from collections.abc import Callable
from textwrap import wrap
from typing import Any, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table as RichTable
from rich.text import Text as RichText

from autograd_lite.pages.document import PAD, Cell, Code, Figure, Formula, Section, Table, Text, Tone
from autograd_lite.text.layout import printable

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
        self._console.width = min(self._console.width, WIDEST)

    def title(self, text: str) -> None:
        """Print the heading of everything."""
        self._console.print(_text(text, "bold"))

    def verbatim(self, text: str) -> None:
        """Print text as it stands, its lines as long as they are."""
        self._console.print(_text(text), soft_wrap=True)

    def line(self, text: str = "") -> None:
        """Print a paragraph."""
        self._console.print(_text(text))

    def section(self, section: Section) -> None:
        """Print a section after an empty line; pictures are left out."""
        self._console.print()
        self._console.print(Rule(_text(section.title, "bold"), align="left", style="dim"))
        shown = [_shown(block) for block in section.blocks if not isinstance(block, Figure)]
        for k, block in enumerate(shown):
            if k:
                self._console.print()
            self._console.print(block)


def _shown(block: Code | Formula | Table | Text) -> Any:
    if isinstance(block, Table):
        return Group(_text(block.caption, "bold"), _table(block)) if block.shown else _table(block)
    if isinstance(block, Code | Formula):
        return Padding(_text(block.text), (0, 0, 0, 2))
    return _text(block.text, "italic" if block.note else "")


def _table(table: Table) -> RichTable:
    shown = RichTable(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    numbers = any(column.number for column in table.columns)
    for k, column in enumerate(table.columns):
        widest = max((len(row[k].text) for row in table.rows), default=0)
        shown.add_column(
            # A heading takes more lines rather than more width, and a number is never broken.
            _text("\n".join(wrap(column.heading, max(widest, 6), break_long_words=False))),
            justify="right" if column.number else "left",
            vertical="bottom" if numbers else "top",
            overflow="fold",
            no_wrap=column.number,
        )
    for row in table.rows:
        shown.add_row(*map(_cell, row))
    return shown


def _cell(cell: Cell) -> RichText:
    return _text(cell.text.replace(PAD, " "), STYLES[cell.tone])


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
