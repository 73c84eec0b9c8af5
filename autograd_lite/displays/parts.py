"""What displays are made of: names and numbers as HTML, tables with their middle left out, and small curves."""

import html
import math
from collections.abc import Mapping, Sequence

from autograd_lite.draw.picture import picture
from autograd_lite.draw.style import BLUE, GREY, short
from autograd_lite.text.layout import number, page, signed, web_table

__all__ = ["ENDS", "code", "curve", "ends", "exact", "facts", "gradient", "name", "text"]

ENDS = 10
"""Rows of a long table that are shown at either end."""
LETTERS = 60
"""Of a name in a display."""
WIDE, HIGH, MARGIN = 240.0, 64.0, 6.0
POINTS = 400
"""Of a curve: of more, the least and the greatest of each piece are drawn."""
LOGARITHMIC = 20.0
"""A curve whose numbers span more than this ratio has a logarithmic scale."""


def text(words: str) -> str:
    """Return words of anybody's as HTML, in one line of what can be seen."""
    return html.escape(short(words, 400))


def name(label: str) -> str:
    """Return a label as HTML, shortened; a dash for none."""
    return f"<code>{html.escape(short(label, LETTERS))}</code>" if label else "—"


def code(lines: str) -> str:
    """Return lines of text as they stand, as HTML."""
    return f'<pre style="white-space:pre;overflow-x:auto">{html.escape(lines)}</pre>'


def exact(x: float) -> str:
    """Return a number with all its digits, and a true minus sign."""
    return repr(float(x)).replace("-", "−")


def gradient(x: float | None) -> str:
    """Return a gradient with its sign; a dash before `backward()`."""
    return "—" if x is None else signed(x)


def facts(title: str, rows: Mapping[str, str], *more: str) -> str:
    """Return a title, what is known of it by name, and further blocks; values are HTML, empty ones are left out."""
    return page(
        f"<p>{title}</p>", web_table(("", ""), [[what, said] for what, said in rows.items() if said], "ll"), *more
    )


def ends(rows: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """Return the rows of a table, of many the first and last with a row between that says how many are left out."""
    if len(rows) <= 2 * ENDS + 1:
        return list(rows)
    left = len(rows) - 2 * ENDS
    return [*rows[:ENDS], [f"… {left:,} more", *[""] * (len(rows[0]) - 1)], *rows[-ENDS:]]


def curve(losses: Sequence[float], what: str) -> str:
    """Return a small picture of numbers in their order, on a logarithmic scale if they span a wide range.

    Nothing for fewer than two. Numbers that are not finite have no place in it, and are said.
    """
    drawn = [(k, x) for k, x in enumerate(losses) if math.isfinite(x)]
    if len(drawn) < 2:
        return ""
    low, high = (pick(x for _, x in drawn) for pick in (min, max))
    log = low > 0.0 and high > LOGARITHMIC * low
    scale = math.log if log else float
    bottom, span = scale(low), (scale(high) - scale(low)) or 1.0
    across = (WIDE - 2 * MARGIN) / (len(losses) - 1)
    points = [
        (MARGIN + k * across, HIGH - MARGIN - (HIGH - 2 * MARGIN) * ((scale(x) - bottom) / span))
        for k, x in _thin(drawn)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    marks = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{BLUE[0]}"/>' for x, y in (points[0], points[-1]))
    size = f'width="{WIDE:g}pt" height="{HIGH:g}pt" viewBox="0 0 {WIDE:g} {HIGH:g}"'
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'
        f'<path d="M{MARGIN},{HIGH - 2}H{WIDE - MARGIN}" stroke="{GREY}" stroke-width=".7"/>'
        f'<polyline points="{line}" fill="none" stroke="{BLUE[0]}" stroke-width="1.8" stroke-linejoin="round"/>'
        f"{marks}</svg>"
    )
    odd = len(losses) - len(drawn)
    words = f"{short(what, LETTERS)} from {number(drawn[0][1])} to {number(drawn[-1][1])}"
    words += f", least {number(low)}, greatest {number(high)}"
    words += ", logarithmic scale" * log + f", {odd} not finite and not drawn" * (odd > 0)
    return picture(svg, words) + f"<div>{html.escape(words)}</div>"


def _thin(drawn: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """The points to draw: all of few, else the first and last, and of each piece between its least and greatest."""
    if len(drawn) <= POINTS:
        return list(drawn)
    piece = 2 * len(drawn) // POINTS + 1
    kept = {drawn[0], drawn[-1]}
    for k in range(0, len(drawn), piece):
        part = drawn[k : k + piece]
        kept |= {min(part, key=lambda one: one[1]), max(part, key=lambda one: one[1])}
    return sorted(kept)
