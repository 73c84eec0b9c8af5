"""How a checked table of claims is printed, as text and as HTML."""

import html
import math
import re
from collections.abc import Sequence
from typing import Any, Protocol

from autograd_lite.audit.judging.verdicts import LAST, RIGHT, WRONG
from autograd_lite.audit.mistakes.candidates import Mistake
from autograd_lite.audit.mistakes.rows import Kind
from autograd_lite.audit.notation.numbers import given, read_number
from autograd_lite.audit.notation.tokens import brief
from autograd_lite.engine.value import Value
from autograd_lite.text.layout import number, page, signed, table, web_table

__all__ = ["as_html", "as_text"]

WIDE = 34
"""Characters of a claim in the table."""
LONG = 400
"""Characters of a claim or message in the explanations."""
ROWS = 8
"""Lines of a formula in the explanations."""
SHOWN = 3
"""Explanations of one row that are shown."""
NAMES = 12
"""Names in a list that are shown."""
FORTUITOUS = 0.05
"""If more mistakes are expected to fit by chance, that is said."""


GREEN, RED = "#00865F", "#C75000"
"""Told apart by colour-blind eyes, and legible on light pages and on dark ones."""
FORMULAS = {"claimed:", "put right:", "right:"}
"""What stands before formulas in the explanations."""
FIGURE = "\N{FIGURE SPACE}"
"""A space as wide as a digit."""
Detail = tuple[str | None, str]
"""A line of an explanation: what stands before it, empty if the line goes on with the one before, or None; its text."""
NUMBER = re.compile(r"[-+−]?[0-9]+\.[0-9]*")


class Row(Protocol):
    """What is printed of a row; `Claim` has it."""

    @property
    def name(self) -> str: ...
    @property
    def node(self) -> Value | None: ...
    @property
    def claimed(self) -> Any: ...
    @property
    def value(self) -> float | None: ...
    @property
    def gradient(self) -> float | None: ...
    @property
    def verdict(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def mistakes(self) -> tuple[Mistake, ...]: ...
    @property
    def tried(self) -> int: ...
    @property
    def chance(self) -> float: ...
    @property
    def formula(self) -> str: ...


class Report(Protocol):
    """What is printed; `ClaimsReport` has it."""

    @property
    def root(self) -> str: ...
    @property
    def claims(self) -> Sequence[Any]: ...
    @property
    def unclaimed(self) -> tuple[str, ...]: ...
    @property
    def extra(self) -> tuple[str, ...]: ...
    @property
    def shared(self) -> tuple[tuple[str, tuple[str, ...]], ...]: ...

    @property
    def score(self) -> str:
        """Such as "6 of 8 right"."""


def as_text(report: Report) -> str:
    """Return the report as text: the table, then what explains each claim that is not right."""
    names, claimed, gradients, verdicts = zip(*map(_cells, report.claims), strict=True)
    head = ("", "claimed", "gradient", "")
    rows = [head, *zip(names, _pointed(claimed), _pointed(gradients), verdicts, strict=True)]
    lines = [_title(report), "", *table(rows, "lrrl")]
    for row in report.claims:
        if row.verdict != RIGHT:
            lines += ["", f"{_name(row)}: {row.verdict}", *map(_line, _details(row))]
    remarks = _remarks(report)
    return "\n".join([*lines, *([""] if remarks else []), *remarks])


def as_html(report: Report) -> str:
    """Return the report as HTML, everything in it escaped."""
    names, claimed, gradients, verdicts = zip(*map(_cells, report.claims), strict=True)
    columns = zip(names, _pointed(claimed, FIGURE), _pointed(gradients, FIGURE), verdicts, strict=True)
    cells = []
    for row, column in zip(report.claims, columns, strict=True):
        name, number_, gradient, verdict = map(html.escape, column)
        said, comma, rest = verdict.partition(",")
        verdict = f"{_coloured(said, row)}{comma}{rest}"
        cells.append([f"<code>{name}</code>", number_, gradient, verdict])
    return page(
        f"<p><b>{html.escape(_title(report))}</b></p>",
        web_table(("", "claimed", "gradient", ""), cells, "lrrl"),
        *(_explained(row) for row in report.claims if row.verdict != RIGHT),
        *map(html.escape, _remarks(report)),
    )


def _coloured(said: str, row: Row) -> str:
    return f'<b style="color:{GREEN if row.verdict == RIGHT else RED}">{said}</b>'


def _explained(row: Row) -> str:
    """The details of a row, in HTML."""
    lines = []
    for head, text in _details(row):
        shown = html.escape(text)
        if head in FORMULAS:
            shown = f'<code style="white-space:pre-wrap;background:none">{shown}</code>'
        inside = f"<i>{head}</i> {shown}" if head else shown
        lines.append(f'<div style="margin-left:1.5em{";padding-left:1.5em" if head == "" else ""}">{inside}</div>')
    name = f"<code>{html.escape(_name(row))}</code>: {_coloured(row.verdict, row)}"
    return f'<div style="margin-top:0.5em">{name}{"".join(lines)}</div>'


def _title(report: Report) -> str:
    of = f" of {brief(report.root)}" if report.root else ""
    return f"Gradients{of}: {report.score}"


def _remarks(report: Report) -> list[str]:
    lines = [f"In {_listed(names)} alike: {text}." for text, names in report.shared]
    unnamed = [
        f"{row.name} = {row.node.data!r}" for row in report.claims if row.node is not None and not row.node.label
    ]
    if unnamed:
        lines.append(f"Without a label: {_listed(unnamed)}.")
    if report.unclaimed:
        lines.append(f"Nothing is claimed of {_listed(report.unclaimed)}.")
    if report.extra:
        lines.append(f"More than was asked for: {_listed(report.extra)}.")
    return lines


def _listed(names: Sequence[str]) -> str:
    some = [brief(name) for name in names[:NAMES]]
    if len(names) > NAMES:
        return f"{', '.join(some)} and {len(names) - NAMES:,} more"
    return " and ".join(x for x in (", ".join(some[:-1]), some[-1]) if x)


def _pointed(cells: Sequence[str], space: str = " ") -> list[str]:
    """Cells of a column with the decimal points of numbers one below the other."""
    places = [len(cell) - cell.index(".") if NUMBER.fullmatch(cell) else -1 for cell in cells]
    room = max(places, default=0)
    return [cell + space * (room - k) * (k >= 0) for cell, k in zip(cells, places, strict=True)]


def _line(detail: Detail) -> str:
    head, text = detail
    return f"  {text}" if head is None else f"  {head:<11}{text}"


# --- one row -------------------------------------------------------------------------------------------------------


def _cells(row: Row) -> tuple[str, str, str, str]:
    note = f", {row.note}" if row.verdict == RIGHT and row.note else ""
    return _name(row), _claimed(row, WIDE), _gradient(row), f"{row.verdict}{note}"


def _name(row: Row) -> str:
    return brief(row.name) or '""'


def _claimed(row: Row, limit: int) -> str:
    claim = row.claimed
    if claim is None:
        return "—"
    if isinstance(claim, str):
        text = brief(claim.strip(), limit) or "—"
        return text.replace("-", "−") if read_number(claim) else text
    if isinstance(claim, Value):
        return f"a node, {number(claim.data)}"
    try:
        return given(claim).text.replace("-", "−")
    except (TypeError, ValueError, OverflowError):
        return f"({brief(type(claim).__name__, limit)})"


def _gradient(row: Row) -> str:
    """The gradient with two digits more than are claimed."""
    if row.gradient is None:
        return ""
    is_number = row.value is not None and not isinstance(row.claimed, Value)
    claim = read_number(row.claimed) if isinstance(row.claimed, str) else given(row.claimed) if is_number else None
    digits = min(17, claim.digits + 2) if claim is not None and claim.half else 6 if claim is None else 12
    return _digits(row.gradient, max(4, digits))


def _digits(x: float, digits: int) -> str:
    if not math.isfinite(x) or x == 0.0:
        return f"{x:g}".replace("-", "−")
    power = math.floor(math.log10(abs(x)))
    text = (
        f"{x:.{max(1, digits - 1 - power)}f}" if -6 < power < 7 and digits - 1 - power <= 20 else f"{x:.{digits - 1}e}"
    )
    if "e" not in text:
        text = text.rstrip("0")
        text += "0" * text.endswith(".")
    return text.replace("-", "−")


def _details(row: Row) -> list[Detail]:
    lines: list[Detail] = []
    wordy = isinstance(row.claimed, (str, Value)) and not (isinstance(row.claimed, str) and read_number(row.claimed))
    if isinstance(row.claimed, str) and wordy:
        lines += _block("claimed:", row.claimed)
    if row.verdict in {WRONG, LAST} and row.value is not None and row.gradient is not None:
        lines.append((None, _difference(row, wordy=wordy)))
    if row.note:
        lines.append((None, _cut(row.note)))
    lines += _explanations(row)
    if row.formula:
        lines += _block("right:", row.formula)
    return lines


def _block(head: str, text: str) -> list[Detail]:
    """A text of several lines behind a word, each line in its own."""
    lines = [line.rstrip() for line in text[: ROWS * LONG].strip().splitlines() if line.strip()]
    shown = [_cut(line) for line in lines[:ROWS]] + ["…"] * (len(lines) > ROWS)
    return [("" if k else head, line) for k, line in enumerate(shown)]


def _difference(row: Row, *, wordy: bool) -> str:
    claimed, gradient = row.value, row.gradient
    assert claimed is not None
    assert gradient is not None
    given_as = f"it {'gives' if wordy else 'is'} {_digits(claimed, 6)}, "
    if not (math.isfinite(claimed) and math.isfinite(gradient)):
        return f"{given_as}the gradient is {_digits(gradient, 6)}"
    given_as = given_as if wordy else "it is "
    off = f"{signed(abs(claimed - gradient))[1:]} too {'large' if claimed > gradient else 'small'}"
    times = claimed / gradient if gradient else math.inf
    shown = _digits(times, 7)
    return f"{given_as}{off}" + (f", {shown} times the gradient" if math.isfinite(times) and shown != "1.0" else "")


def _explanations(row: Row) -> list[Detail]:
    if not row.mistakes:
        return [("explained:", f"not by any of the {row.tried:,} single mistakes tried")] if row.tried else []
    shown = row.mistakes[:SHOWN]
    guess = row.chance >= FORTUITOUS and shown[0].kind != Kind.LAST_DIGIT
    lines: list[Detail] = []
    if len(row.mistakes) == 1 and not guess:
        lines.append(("explained:", _cut(shown[0].text)))
    else:
        more = len(row.mistakes) - len(shown)
        lines += [("or:" if k else "may be:", _cut(mistake.text)) for k, mistake in enumerate(shown)]
        if more:
            lines[-1] = ("or:", f"{_cut(shown[-1].text)} ({more} more would do)")
    if guess:
        said = f"(a guess: of {row.tried:,} mistakes tried, some {row.chance:.1g} fit by chance)"
        lines.append(("", said))
    repaired = shown[0].repaired
    if repaired and repaired != row.formula.partition(" = ")[2]:
        lines += _block("put right:", repaired)
    return lines


def _cut(text: str) -> str:
    return brief(text, LONG)
