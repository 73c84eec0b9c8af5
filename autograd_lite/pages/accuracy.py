"""What a measurement of accuracy says: as a table of largest errors, as points above the bounds, and as data."""

import json
import math
from collections.abc import Sequence

from autograd_lite.pages.document import Block, Cell, Code, Column, Section, Table, Text, Tone
from autograd_lite.testing.accuracy import Figure, Measured, machine

__all__ = ["above", "as_json", "rounded_up", "sections", "what"]

COLUMNS = (
    Column("operation"),
    Column("of"),
    Column("largest error", number=True),
    Column("bound", number=True),
    Column("libm alone", number=True, minor=1),
    Column("where the error is largest", minor=2),
)


def rounded_up(ulps: float, places: int = 2) -> str:
    """Return an error with few decimals, never made smaller; none for large ones, and 0 for exact results."""
    if ulps == 0.0 or math.isinf(ulps):
        return f"{ulps:g}"
    scale = 10.0**places if ulps < 100.0 else 1.0
    return f"{math.ceil(ulps * scale) / scale:,.{places if ulps < 100.0 else 0}f}"


def what(row: Measured, figure: Figure) -> str:
    """Return what the figure is of: the value, the slope, or which of two slopes."""
    if figure.along is None:
        return "value"
    return "slope" if row.op.arity == 1 else f"slope {figure.along + 1}"


def sections(found: Sequence[Measured]) -> list[Section]:
    """Return the table, with the verdict, and what is above its bound, if anything is."""
    shown = [(row, figure) for row in found for figure in row.figures if figure.bound is not None or row.own]
    table = Table("Largest errors", COLUMNS, tuple(_line(row, figure) for row, figure in shown))
    text = (
        f"Of {sum(row.points for row in found):,} points, against results in 50 digits, on {machine()}. libm: the C "
        "library's function alone, where the number is a single call of it."
    )
    if any(row.helper for row in found):
        text += (
            " Operations in brackets are for slopes only: their values are slopes of the others. Their own slopes are "
            "second derivatives, for which ulps are not promised."
        )
    if any(row.own for row in found):
        text += " An operation of your own is as accurate as its definition makes it, and has no bound."
    measured = Section("Largest errors, in units in the last place", (Text(text), table, Text(verdict(found))))
    wrong = [_report(row, figure) for row in found for figure in row.figures if not figure.ok]
    return [measured, Section("Above the bound", tuple(wrong))] if wrong else [measured]


def verdict(found: Sequence[Measured]) -> str:
    """Return the verdict in one sentence."""
    names = above(found)
    if names:
        return f"Above the bound: {', '.join(names)}."
    bounded = sum(not row.own for row in found)
    held = f"Every bound holds: {bounded} operation{'s' if bounded > 1 else ''}, value and slopes."
    return held if bounded else "No bounds: every operation is your own."


def above(found: Sequence[Measured]) -> list[str]:
    """Return what is above its bound, each as `tanh (slope)`."""
    return [f"{row.op.name} ({what(row, figure)})" for row in found for figure in row.figures if not figure.ok]


def _line(row: Measured, figure: Figure) -> tuple[Cell, ...]:
    name = f"({row.op.name})" if row.helper else row.op.name
    return (
        Cell(name if figure.along is None else ""),
        Cell(what(row, figure)),
        Cell(rounded_up(figure.ulps), Tone.of(figure.ok), figure.ulps),
        Cell(
            "—" if figure.bound is None else f"{figure.bound}" if figure.ok else f"> {figure.bound}",
            Tone.PLAIN if figure.ok else Tone.DIFFERS,
        ),
        Cell("" if figure.library is None else rounded_up(figure.library), Tone.QUIET),
        Cell("" if figure.worst is None else ", ".join(map(repr, figure.worst.point)), Tone.QUIET),
    )


def _report(row: Measured, figure: Figure) -> Block:
    worst = figure.worst
    assert worst is not None
    return Code(
        f"{row.op.name}, {what(row, figure)}: {rounded_up(figure.ulps)} ulps where {figure.bound} are promised; "
        f"above in {figure.above} of {row.points} points\n"
        f"  at   {', '.join(map(repr, worst.point))}\n"
        f"       {', '.join(map(float.hex, worst.point))}\n"
        f"  got  {worst.got!r}  {worst.got.hex()}\n"
        f"  true {worst.true}"
    )


def as_json(found: Sequence[Measured]) -> str:
    """Return all figures as JSON; arguments and results exactly, as Python's `float.hex` writes them."""
    rows = [
        {
            "operation": row.op.name,
            "helper": row.helper,
            "of": "value" if figure.along is None else f"slope along argument {figure.along + 1}",
            "ulps": _finite(figure.ulps),
            "bound": figure.bound,
            "holds": figure.ok,
            "library_ulps": None if figure.library is None else _finite(figure.library),
            "points": row.points,
            "points_above": figure.above,
            "at": [] if figure.worst is None else [x.hex() for x in figure.worst.point],
            "got": None if figure.worst is None else figure.worst.got.hex(),
            "true": None if figure.worst is None else figure.worst.true,
        }
        for row in found
        for figure in row.figures
    ]
    return json.dumps({"machine": machine(), "holds": all(row.ok for row in found), "figures": rows}, indent=1)


def _finite(x: float) -> float | str:
    return x if math.isfinite(x) else "inf"
