"""The table under a gradient's diagram: a line per path with its factors and product, and the sum."""

import math
import sys
from collections.abc import Sequence

from autograd_lite.draw.style import (
    INK,
    LINE,
    MUTED,
    STROKES,
    Stroke,
    cell,
    joined,
    number,
    row,
    short,
    signed,
    text_width,
)
from autograd_lite.explanation.derivative import Explanation, Factor, Path
from autograd_lite.text.layout import many, partial

__all__ = ["factor_cell", "path_table", "symbol", "symbol_of"]

PER_LINE = 10  # factors, so that the table is narrower than the picture
MOST = 30  # factors shown of a path
DEFINED = 8  # names without a box that are defined under the table
GREY_STROKE = Stroke(LINE, MUTED, "solid")
DASHES = {"solid": "———", "dashed": "– – –", "dotted": "· · · ·"}


def symbol(why: Explanation, factor: Factor) -> str:
    """Return the symbol of a factor with names of readable length, such as ∂o1/∂a_h1."""
    of, wrt = why.name(factor.of), why.name(factor.wrt)
    return partial(short(of, 16), short(wrt, 16)) + factor.symbol.removeprefix(partial(of, wrt))


def factor_cell(name: str, value: float | None, color: str) -> str:
    """Return a cell with a small symbol above its number, in that colour; "…" for a number that no float holds."""
    shown = "…" if value is None else number(value)
    above, below = cell(name, size=8, color=MUTED), cell(shown, color=color, bold=True)
    width = max(text_width(name, 8), text_width(shown, 10, bold=True)) + 4
    # A line of its own height between the two: underscores of the symbol would touch the number.
    between = '<TD><BR/><FONT POINT-SIZE="2">&#160;</FONT><BR/></TD>'
    return joined(above, between, below, BGCOLOR="transparent", WIDTH=f"{width:.0f}")


def path_table(why: Explanation, listed: Sequence[Path], grey: int, defined: Sequence[str]) -> str:
    """Return the table as an HTML-like label.

    `grey` is how many paths besides the listed ones are drawn; `defined` says what names are that have no box.
    """
    paths = [_shown(why, path) for path in listed]
    wide = 2 * max((_per_line(factors) for factors in paths), default=1) - 1  # factors, and the signs between them
    rows = [_heading(wide)] if paths else []
    for k, (path, factors) in enumerate(zip(listed, paths, strict=True)):
        stroke = STROKES[k] if k < len(STROKES) else GREY_STROKE
        rows += _rows(f"path {k + 1}", stroke, factors, signed(path.product, 4), wide)
    if why.count > len(listed):
        rows.append(_rest(why, listed, grey, wide))
    rows.append("<HR/>" * bool(rows) + _sum(why, wide))
    notes = _notes(why, listed) + [short(line, 10 * PER_LINE) for line in defined[:DEFINED]]
    notes += ["and so on"] * (len(defined) > DEFINED)
    rows += [row(cell(), cell(note, size=8, color=MUTED, ALIGN="LEFT", COLSPAN=wide + 3)) for note in notes]
    return (
        f'<<TABLE BORDER="1" COLOR="{LINE}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3" STYLE="ROUNDED" '
        f'BGCOLOR="#FAFBFC">{"".join(rows)}</TABLE>>'
    )


def _heading(wide: int) -> str:
    product = cell("product", size=9, color=MUTED, ALIGN="RIGHT")
    return row(cell(), cell("chain rule", size=9, color=MUTED, ALIGN="LEFT", COLSPAN=wide + 2), product)


def _per_line(factors: Sequence[object]) -> int:
    """How many factors a line of a path has, so that all its lines have about as many."""
    return math.ceil(len(factors) / math.ceil(len(factors) / PER_LINE))


def _shown(why: Explanation, path: Path) -> list[tuple[str, float | None]]:
    """The factors of a path as (symbol, value); the middle of a long one as one, None if it over- or underflows."""
    factors: list[tuple[str, float | None]] = [(symbol(why, f), f.value) for f in path.factors]
    if len(factors) <= MOST:
        return factors or [(symbol_of(why), 1.0)]
    half = MOST // 2
    middle = [f.value for f in path.factors[half : len(factors) - half]]
    product = math.prod(middle)
    lost = all(map(math.isfinite, middle)) and 0.0 not in middle and not sys.float_info.min <= abs(product) < math.inf
    return [*factors[:half], (f"{len(middle):,} factors", None if lost else product), *factors[-half:]]


def _rows(name: str, stroke: Stroke, factors: Sequence[tuple[str, float | None]], product: str, wide: int) -> list[str]:
    per_line = _per_line(factors)
    lines = [factors[k : k + per_line] for k in range(0, len(factors), per_line)]
    rows = []
    for k, line in enumerate(lines):
        cells = [f'<TD BGCOLOR="{stroke.line}" WIDTH="6"></TD>', _name(name, stroke) if k == 0 else cell()]
        for at, (above, value) in enumerate(line):
            cells += [_sign("×")] * (at > 0) + [factor_cell(above, value, INK)]
        if wide > 2 * len(line) - 1:
            cells.append(cell(COLSPAN=wide - 2 * len(line) + 1))
        last = k == len(lines) - 1
        cells += [_sign("="), cell(product, bold=True, ALIGN="RIGHT")] if last else [_sign("×"), cell()]
        rows.append(row(*cells))
    return rows


def _name(name: str, stroke: Stroke) -> str:
    """The name of a path, and under it how its line is dashed."""
    inside = cell(name, color=stroke.text, bold=True)
    dash = cell(DASHES[stroke.dash], size=8, color=stroke.text)
    end = '<TD><BR ALIGN="LEFT"/></TD>'
    return joined(inside, end, dash, end, ALIGN="LEFT")


def _sign(text: str) -> str:
    return cell(text, color=MUTED, beside_bold=True)


def _rest(why: Explanation, listed: Sequence[Path], grey: int, wide: int) -> str:
    more = why.count - len(listed)
    others = [path.product for path in why.paths[len(listed) :]]
    together = math.fsum([why.rest, *others]) if all(map(math.isfinite, others)) else math.nan
    drawn = "" if not grey else " (grey)" if grey == more else f" (the {grey} largest of them grey)"
    words = f"and {many(more)} more path{'s' * (more > 1)}{drawn}{', together' * (more > 1)}"
    swatch = f'<TD BGCOLOR="{LINE}" WIDTH="6"></TD>' if grey else cell()
    words_cell = cell(words, color=MUTED, ALIGN="LEFT", COLSPAN=wide + 1, beside_bold=True)
    return row(swatch, words_cell, _sign("="), cell(signed(together, 4), bold=True, ALIGN="RIGHT"))


def _sum(why: Explanation, wide: int) -> str:
    words = f"sum over {many(why.count)} paths" if why.count > 1 else "the only path" if why.count else "no path"
    name, words_cell = cell(symbol_of(why), size=11, bold=True), cell(f"\u00a0\u00a0 {words}", color=MUTED)
    total = cell(signed(why.gradient, 4), size=13, bold=True, ALIGN="RIGHT")
    return row(cell(), joined(name, words_cell, ALIGN="LEFT", COLSPAN=wide + 1), _sign("="), total)


def symbol_of(why: Explanation) -> str:
    """Return the symbol of the whole derivative."""
    return partial(short(why.name(why.root), 16), short(why.name(why.wrt), 16))


def _notes(why: Explanation, listed: Sequence[Path]) -> list[str]:
    root = short(why.name(why.root))
    notes = [f"∂ in a box: gradient of {root} with respect to it"]
    factors = [f for path in listed for f in path.factors]
    if len(set(factors)) < len(factors):
        notes.append("a line of several stripes belongs to several paths")
    if listed and all(path.product == 0.0 and any(f.value == 0.0 for f in path.factors) for path in listed):
        notes.append("a factor of 0 makes the whole product 0")
    return notes if why.count else [f"{root} does not depend on {short(why.name(why.wrt))}"]
