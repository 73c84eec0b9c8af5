"""What a report says, apart from how it is shown: sections of text, tables and pictures."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from autograd_lite.text.layout import number

__all__ = [
    "Block",
    "Cell",
    "Code",
    "Column",
    "Figure",
    "Formula",
    "Section",
    "Table",
    "Text",
    "Tone",
    "apart",
    "compact",
    "decimals",
    "padded",
]

PAD = "\u2007"  # figure space: as wide as a digit


class Tone(StrEnum):
    """How a cell is set off from the others."""

    PLAIN = ""
    GOOD = "good"
    DIFFERS = "differs"
    QUIET = "quiet"

    @classmethod
    def of(cls, good: bool) -> "Tone":  # noqa: FBT001
        """Return the tone of good news, or of bad."""
        return cls.GOOD if good else cls.DIFFERS


@dataclass(frozen=True)
class Cell:
    """One cell: its text, whether it is good news, the number behind it with all its digits, a file beside the page.

    On a terminal the link may be an address, https://...
    """

    text: str
    tone: Tone = Tone.PLAIN
    exact: float | None = None
    link: str = ""


@dataclass(frozen=True)
class Column:
    """The heading of a column, and whether it has numbers (set to the right) or formulas (in one line).

    One that is `minor` is left out where there is no room for all, the highest number first.
    """

    heading: str
    number: bool = False
    formula: bool = False
    minor: int = 0


@dataclass(frozen=True)
class Table:
    """Rows of as many cells as there are columns; the first cell of a row is its heading.

    The caption is `shown` where the heading of the section does not say the same.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    shown: bool = False


@dataclass(frozen=True)
class Text:
    """A paragraph; a note is set off from the text around it."""

    text: str
    note: bool = False


@dataclass(frozen=True)
class Code:
    """Lines to be shown as they stand, such as a formula."""

    text: str


@dataclass(frozen=True)
class Formula:
    """A formula, as plain text and typeset, as MathML."""

    text: str
    mathml: str


@dataclass(frozen=True)
class Figure:
    """A picture, by the name of its file without the ending."""

    name: str
    caption: str


Block = Text | Code | Formula | Table | Figure


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it; `parts` are sections of their own, one level down."""

    title: str
    blocks: tuple[Block, ...] = ()
    parts: tuple["Section", ...] = ()


def decimals(values: Sequence[float | None], tone: Tone = Tone.PLAIN) -> list[Cell]:
    """Return one column of numbers, all with the same number of decimals (12 at most, 12 digits in the largest).

    Where there are numbers of a million and above, all come with 6 digits, the large ones with an exponent.
    """
    largest = max((abs(x) for x in values if x is not None and math.isfinite(x)), default=0.0)
    if largest >= 1e6:
        return [Cell("") if x is None else Cell(f"{x:.6g}", tone, x) for x in values]
    places = 12 if largest < 1.0 else max(0, 11 - math.floor(math.log10(largest)))
    return [Cell("") if x is None else Cell(f"{x:.{places}f}", tone, x) for x in values]


def padded(printed: Iterable[str]) -> list[Cell]:
    """Return one column of numbers as printed, filled up behind so that the decimal points stand in one line."""
    texts = list(printed)
    behind = [len(text.partition(".")[2]) + ("." in text) for text in texts]
    widest = max(behind, default=0)
    return [Cell(text + PAD * (widest - n) if text else "") for text, n in zip(texts, behind, strict=True)]


def apart(before: float, after: float) -> tuple[str, str]:
    """Return two numbers with as many digits as pictures have, or as many more as it takes to tell them apart."""
    texts = number(before), number(after)
    for digits in range(5, 18):
        if before == after or texts[0] != texts[1]:
            break
        texts = f"{before:.{digits}g}", f"{after:.{digits}g}"
    return texts


def compact(x: float) -> Cell:
    """Return a number with 6 significant digits, in scientific notation where it is small."""
    return Cell(f"{x:.6g}" if x == 0.0 or abs(x) >= 1e-4 else f"{x:.5e}", exact=x)
