"""Boxes in columns at fixed places, joined by straight lines: the layout of a network, the same with every engine."""

from collections.abc import Sequence
from dataclasses import dataclass

from autograd_lite.draw.style import INK, LINE, MUTED, Look, box, cell, row, sheet, text_width

__all__ = ["Box", "Column", "Line", "Part", "lay_out", "make_box"]

HEADING = 11
PADDING = 3
LEGEND = 9.5


@dataclass(frozen=True)
class Part:
    """A piece of text in a box, which fills its line or half of it; `port` is a name for lines to end at."""

    text: str
    size: float = 10
    color: str = INK
    bold: bool = False
    align: str = "CENTER"
    port: str = ""


@dataclass
class Box:
    """One box: its node's id in the DOT text, its label, and about how large that is, in points."""

    id: str
    label: str
    width: float
    height: float
    tooltip: str = ""
    y: float = 0.0
    """The middle, counted downwards."""


def make_box(
    id: str,  # noqa: A002
    groups: Sequence[Sequence[Sequence[Part]]],
    look: Look,
    *,
    tooltip: str = "",
    border: float = 1,
) -> Box:
    """Return a box of groups of lines of parts; a rule parts the groups."""
    groups = [group for group in groups if group]
    lines = [line for group in groups for line in group]
    columns = max(map(len, lines))
    rows = "<HR/>".join("".join(_line(line, columns) for line in group) for group in groups)
    width = max(sum(1.15 * text_width(p.text, p.size, bold=p.bold) + 2 * PADDING + 2 for p in line) for line in lines)
    height = sum(1.25 * max(p.size for p in line) + 2 * PADDING for line in lines)
    label = box(rows, look=look, border=border, padding=PADDING)
    return Box(id, label, width + 2 * border + 4, height + 2 * border + len(groups), tooltip)


def _line(line: Sequence[Part], columns: int) -> str:
    cells = []
    bold = any(part.bold for part in line)
    for part in line:
        attributes: dict[str, object] = {"ALIGN": part.align} if part.align != "CENTER" else {}
        if part.port:
            attributes["PORT"] = part.port
        if columns > len(line):
            attributes["COLSPAN"] = columns
        cells.append(cell(part.text, size=part.size, color=part.color, bold=part.bold, beside_bold=bold, **attributes))
    return row(*cells)


@dataclass
class Column:
    """Boxes above each other, under a heading of one line or more."""

    boxes: list[Box]
    heading: Sequence[str] = ()
    color: str = MUTED
    before: float = 30.0
    """Room to the left, in points, for the lines."""

    @property
    def width(self) -> float:
        """Of the widest box, or of the heading."""
        return max([b.width for b in self.boxes] + [1.1 * text_width(text, HEADING) for text in self.heading])

    @property
    def height(self) -> float:
        """From the top of the first box to the bottom of the last, or so."""
        return max(b.y for b in self.boxes) - min(b.y for b in self.boxes) + max(b.height for b in self.boxes)


@dataclass
class Line:
    """A straight line between two boxes; the ends are ids with ports of DOT."""

    tail: str
    head: str
    width: float = 1.0
    dashed: bool = False
    arrow: bool = True


def lay_out(columns: Sequence[Column], lines: Sequence[Line], legend: Sequence[Sequence[tuple[str, str]]]) -> str:
    """Return DOT text with the boxes where the columns put them, and a legend underneath: groups of (text, colour)."""
    left_edges: list[float] = []
    x = 0.0
    for column in columns:
        x += column.before if left_edges else 0.0
        left_edges.append(x)
        x += column.width
    dot = sheet(
        layout="neato", inputscale="72", splines="line", outputorder="edgesfirst", label=_legend(legend, max(x, 260.0))
    )
    for k, (column, left) in enumerate(zip(columns, left_edges, strict=True)):
        middle = left + column.width / 2
        for one in column.boxes:
            dot.node(one.id, one.label, pos=_place(middle, one.y), tooltip=one.tooltip or None)
        if column.heading:
            height = 1.3 * HEADING * len(column.heading)
            top = min(one.y - one.height / 2 for one in column.boxes) - height / 2 - 6
            rows = "".join(row(cell(text, size=HEADING, color=column.color)) for text in column.heading)
            table = f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{rows}</TABLE>>'
            dot.node(f"heading{k}", table, pos=_place(middle, top))
    for line in lines:
        attributes = {"color": LINE, "penwidth": f"{line.width:.2f}"}
        if not line.arrow:
            attributes["arrowhead"] = "none"
        if line.dashed:
            attributes["style"] = "dashed"
        dot.edge(line.tail, line.head, **attributes)
    source: str = dot.source
    return source


def _place(x: float, y: float) -> str:
    return f"{x:.1f},{-y:.1f}!"  # the exclamation mark pins the node there


def _legend(groups: Sequence[Sequence[tuple[str, str]]], width: float) -> str:
    """A table of the texts, in as many rows as keep it within the picture; a group stays in one row."""
    rows: list[list[str]] = [[]]
    used = 0.0
    for group in groups:
        wide = sum(1.15 * text_width(text, LEGEND) + 6 for text, _ in group) + 16
        if rows[-1] and used + wide > width:
            rows.append([])
            used = 0.0
        rows[-1] += [cell(WIDTH=8)] * bool(rows[-1]) + [cell(text, size=LEGEND, color=color) for text, color in group]
        used += wide
    tables = (
        f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="4" CELLPADDING="1">{row(*cells)}</TABLE>' for cells in rows
    )
    return (
        '<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">'
        f"{''.join(f'<TR><TD>{table}</TD></TR>' for table in tables)}</TABLE>>"
    )
