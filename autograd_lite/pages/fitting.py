"""How text and tables fit a terminal: a number is whole or not there, and the first column, the key, stays."""

import re
from dataclasses import dataclass, replace
from textwrap import wrap

from autograd_lite.pages.document import PAD, Cell, Table
from autograd_lite.text.layout import width

__all__ = ["GAP", "Grid", "fitted", "stacked", "wrapped"]

GAP = 2
"""Columns of the terminal between two of a table."""
LEAST = 16  # columns of the terminal for text, if there is as much of it: narrower paragraphs are hard to read

# An operator goes on the next line with what follows it, as in printed formulas.
_WORD = re.compile(r"\s*(?:(?:[=×*·+\-−→]|->) +)?\S+")


def wrapped(text: str, room: int) -> str:
    """Return text whose lines have at most `room` columns, as far as its words allow: it breaks at spaces alone.

    What continues a line is indented by up to 4 more than the line.
    """
    return "\n".join(_wrapped(line, room) for line in text.split("\n"))


def _wrapped(line: str, room: int) -> str:
    if width(line) <= room:
        return line
    indent = " " * min(len(line) - len(line.lstrip()) + min(4, room // 10), room // 2)
    lines = [""]
    for word in _WORD.findall(line):
        if lines[-1].strip() and width(lines[-1] + word) > room:
            lines.append(indent + word.lstrip())
        else:
            lines[-1] += word
    return "\n".join(lines)


@dataclass(frozen=True)
class Grid:
    """A table as it fits: the width of each column, its headings in lines, and a note of what was left out."""

    table: Table
    widths: tuple[int, ...]
    headings: tuple[str, ...]
    note: str = ""


def fitted(table: Table, room: int) -> Grid | None:
    """Return the table as it fits in `room` columns of a terminal, or None if its rows have to be stacked.

    Text takes more lines; then `minor` columns are left out, and the note says which.
    """
    whole, kept = table, list(range(len(table.columns)))
    while (needed := _total(_least(table))) > room:
        gone = max(range(len(kept)), key=lambda k: table.columns[k].minor)
        if not table.columns[gone].minor:
            return None
        del kept[gone]
        table = replace(
            whole,
            columns=tuple(whole.columns[k] for k in kept),
            rows=tuple(tuple(row[k] for k in kept) for row in whole.rows),
        )
    widths, wanted = _least(table), _natural(table)
    for _ in range(room - needed):  # what is left goes to the text that lacks most
        k = max(range(len(widths)), key=lambda k: wanted[k] - widths[k])
        widths[k] += wanted[k] > widths[k]
    headings = (
        "\n".join(wrap(column.heading, size, break_long_words=False))
        for column, size in zip(table.columns, widths, strict=True)
    )
    missing = ", ".join(column.heading for k, column in enumerate(whole.columns) if k not in kept)
    note = f"Left out here, shown from {_total(_least(whole))} columns on: {missing}." if missing else ""
    return Grid(table, tuple(widths), tuple(headings), note)


def stacked(table: Table, room: int) -> list[tuple[str, list[tuple[str, Cell]]]]:
    """Return for each row its key, and the heading and cell of each other column; `room` is for the headings.

    A row without a key belongs to the one above, and takes its key.
    """
    rows, key = [], ""
    for row in table.rows:
        key = row[0].text.strip(f" {PAD}") or key
        cells = zip(table.columns[1:], row[1:], strict=True)
        filled = [(column.heading, cell) for column, cell in cells if cell.text.strip(f" {PAD}")]
        rows.append((key, [(wrapped(heading, room), cell) for heading, cell in filled]))
    return rows


def _total(widths: list[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _least(table: Table) -> list[int]:
    """The least width of each column: keys and numbers are whole, text has its longest word whole."""
    natural = _natural(table)
    least = []
    for k, column in enumerate(table.columns):
        if k == 0 or column.number:
            least.append(natural[k])
        else:
            words = [word for row in table.rows for line in row[k].text.split("\n") for word in _WORD.findall(line)]
            longest = max((width(word.strip()) for word in words), default=0)
            least.append(min(natural[k], max(longest, LEAST)))
    return least


def _natural(table: Table) -> list[int]:
    """The width of each column that has room: a heading takes more lines rather than more width."""
    found = []
    for k, column in enumerate(table.columns):
        widest = max((width(line) for row in table.rows for line in row[k].text.split("\n")), default=0)
        heading = wrap(column.heading, max(widest, 6), break_long_words=False)
        found.append(max([widest, *map(width, heading)]))
    return found
