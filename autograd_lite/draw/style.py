"""How diagrams look: colours, numbers, and user text made safe for Graphviz's HTML-like labels."""

import math
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograd_lite.text.layout import number

if TYPE_CHECKING:
    import graphviz

__all__ = [
    "BIAS",
    "CONSTANT",
    "FONT",
    "GREY",
    "HIDDEN",
    "INK",
    "INPUT",
    "LEAF",
    "LEVEL",
    "LINE",
    "LOSS",
    "LOWERS",
    "MUTED",
    "OUTPUT",
    "RAISES",
    "STROKES",
    "Look",
    "Stroke",
    "box",
    "cell",
    "constant",
    "gradient",
    "joined",
    "number",
    "row",
    "sheet",
    "short",
    "signed",
    "text_width",
    "tooltip",
    "visible",
]

FONT = "Helvetica"  # alone: a list of fonts is one unknown name to Graphviz
LEVEL = '<FONT POINT-SIZE="2">&#160;</FONT>'
"""Graphviz sets text in one font lower than text in two; this second font, of a space, brings it level with bold."""
INK, MUTED, LINE, GREY = "#1F2933", "#5F6B7A", "#9AA5B1", "#7B8794"


@dataclass(frozen=True)
class Look:
    """The colours of one kind of box: its inside, its border, and text about it."""

    fill: str
    line: str
    text: str


@dataclass(frozen=True)
class Stroke:
    """How the edges of one path are drawn, and the darker colour of its text."""

    line: str
    text: str
    dash: str


# Okabe and Ito's colours, told apart by colour-blind eyes, with text darkened to be read on white.
BLUE, VERMILLION, GREEN, PURPLE = (
    ("#0072B2", "#0061A0"),
    ("#D55E00", "#B54700"),
    ("#009E73", "#007A5A"),
    ("#CC79A7", "#A2457F"),
)
LEAF = Look("#FFFFFF", GREY, MUTED)
INPUT = Look("#EEF1F4", GREY, MUTED)
CONSTANT = Look("#F5F7F9", LINE, MUTED)
HIDDEN = Look("#E3F1FA", "#56B4E9", BLUE[1])
OUTPUT = Look("#DFF3EC", GREEN[0], GREEN[1])
LOSS = Look("#FBEBDD", VERMILLION[0], VERMILLION[1])
BIAS = Look("#FFFFFF", PURPLE[0], PURPLE[1])
RAISES, LOWERS = VERMILLION[1], BLUE[1]

# Neighbours differ in colour and in dash, so that the first ones are told apart in grey print too.
STROKES = tuple(
    Stroke(*colour, dash)
    for shift in range(3)
    for colour, dash in zip(
        (BLUE, VERMILLION, GREEN, PURPLE), (("solid", "dashed", "dotted") * 3)[shift : shift + 4], strict=True
    )
)

# --- numbers -------------------------------------------------------------------------------------------------------


def signed(x: float, digits: int = 3) -> str:
    """Return `x` as `number` does, with an explicit plus sign: the way gradients are shown."""
    return "+" * (x > 0.0) + number(x, digits)


def gradient(x: float | None) -> tuple[str, str]:
    """Return a gradient as text, "—" if it is not known, and its colour: whether it raises the root."""
    if x is None:
        return "—", MUTED
    return signed(x), RAISES if x > 0.0 else LOWERS if x < 0.0 else MUTED


def constant(x: float) -> str:
    """Return a number of the user's program as it was written, as far as six digits go: 2, 0.5, −1."""
    return (f"{x:.6g}" if "e" not in f"{x:.6g}" else _exponent(f"{x:.6g}")).replace("-", "−")


def _exponent(text: str) -> str:
    mantissa, exponent = text.split("e")
    return f"{mantissa}e{int(exponent):+d}"


# --- user text -----------------------------------------------------------------------------------------------------


def visible(text: str) -> str:
    r"""Return `text` in one line: what does not show, or would reorder its neighbours, as an escape such as \n.

    Those are control characters, line ends, zero-width and bidirectional marks, lone surrogates, unassigned and private
    characters. Blank text comes in quotation marks.
    """
    shown = "".join(_visible(c) for c in text)
    return shown if shown.strip() else f'"{shown}"'


def _visible(c: str) -> str:
    kind = unicodedata.category(c)
    if kind == "Zs":
        return " "
    if kind[0] == "C" or kind in {"Zl", "Zp"}:
        return c.encode("unicode_escape").decode("ascii")
    return c


def short(text: str, limit: int = 24) -> str:
    """Return user text for a box: `visible`, its middle left out if it is wider than `limit` letters."""
    if len(text) > 8 * limit:  # what is left out need not be made visible first: a label may be long
        text = text[: 4 * limit] + text[-4 * limit :]
    shown = visible(text)
    if sum(map(_columns, shown)) <= limit:
        return shown
    head, tail = limit * 3 // 5, limit - limit * 3 // 5 - 1
    return f"{_fitting(shown, head)}…{_fitting(shown[::-1], tail)[::-1]}"


def _fitting(text: str, limit: int) -> str:
    width = 0
    for at, c in enumerate(text):
        width += _columns(c)
        if width > limit:
            return text[:at]
    return text


def _columns(c: str) -> int:
    return 2 if unicodedata.east_asian_width(c) in {"W", "F"} else 1


def tooltip(text: str) -> str:
    """Return text as the value of a tooltip attribute, at most 300 characters of it."""
    shown = visible(text[:301])
    shown = shown if len(shown) <= 300 else shown[:299] + "…"
    # In tooltips Graphviz decodes entities, and takes backslash sequences such as \N for names twice over.
    for plain, safe in (("\\", "\\" * 4), ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        shown = shown.replace(plain, safe)
    return shown


def _markup(text: str) -> str:
    # Graphviz substitutes \N, \G and others in HTML-like labels too.
    for plain, safe in (("\\", "\\\\"), ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(plain, safe)
    return text


# --- how wide text is ----------------------------------------------------------------------------------------------

# Advance widths of Helvetica in thousandths of the size; the rest of ASCII is 556.
_WIDTHS = {
    c: width
    for width, chars in {
        222: "ijl'|", 278: " !,./:;I[]\\ft", 334: '()-r`{}"', 389: "*", 500: "cksvxyzJ^", 584: "+<=>~", 611: "FTZ",
        667: "ABEKPSVXY&", 722: "CDHNRUw", 778: "GOQ", 833: "mM", 889: "%", 944: "W", 1015: "@",
    }.items()
    for c in chars
}  # fmt: skip


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return about how wide `text` is in Helvetica of `size` points, in points, rather too wide than too narrow."""
    thousandths = 0
    for c in text:
        if c.isascii():
            thousandths += _WIDTHS.get(c, 556) + (40 if bold and c.isalpha() else 0)
        elif unicodedata.combining(c):
            continue
        elif _columns(c) == 2 or c in "…→":
            thousandths += 1050
        else:
            thousandths += 850 if c.isupper() else 650
    return thousandths * (1.06 if bold else 1.0) * size / 1000


# --- HTML-like labels ----------------------------------------------------------------------------------------------


def cell(
    text: str = "",
    *,
    size: float = 10,
    color: str = INK,
    bold: bool = False,
    beside_bold: bool = False,
    **attributes: object,
) -> str:
    """Return a table cell with `text`, which may hold anything; `beside_bold` if it shares its line with a bold one.

    Text that is to stand in the middle has a background, which cannot be seen: see `lettering`.
    """
    if not text:
        return f"<TD{_given(attributes)}></TD>"
    if "ALIGN" not in attributes:
        attributes = {"BGCOLOR": "transparent", **attributes}
    if not text.isascii():
        # Engines without the font's measures take every byte of such text for a space.
        attributes = {"WIDTH": math.ceil(text_width(text, size, bold=bold)) + 6, **attributes}
    inside = f'<FONT POINT-SIZE="{size:g}" COLOR="{color}">{_markup(text)}</FONT>'
    if bold:
        inside = f"<B>{inside}</B>"
    elif beside_bold:
        inside += LEVEL
    return f"<TD{_given(attributes)}>{inside}</TD>"


def joined(*cells: str, **attributes: object) -> str:
    """Return one cell with the texts of several, beside each other."""
    return f"<TD{_given(attributes)}>{''.join(one[one.index('>') + 1 : -len('</TD>')] for one in cells)}</TD>"


def _given(attributes: dict[str, object]) -> str:
    return "".join(f' {name}="{value}"' for name, value in attributes.items())


def row(*cells: str) -> str:
    """Return a table row of cells."""
    return f"<TR>{''.join(cells)}</TR>"


def box(*rows: str, look: Look, border: float = 1, style: str = "ROUNDED", padding: int = 2) -> str:
    """Return the HTML-like label of a node: a table of `rows` with a border and a background."""
    kind = f' STYLE="{style}"' if style else ""
    return (
        f'<<TABLE BORDER="{border:g}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="{padding}"{kind} '
        f'BGCOLOR="{look.fill}" COLOR="{look.line}">{"".join(rows)}</TABLE>>'
    )


def sheet(**attributes: str) -> "graphviz.Digraph":
    """Return an empty DOT text with our fonts and colours, to add nodes and edges to; `attributes` are the graph's."""
    import graphviz

    return graphviz.Digraph(
        graph_attr={"bgcolor": "white", "fontname": FONT, "fontsize": "10", "pad": "0.1", **attributes},
        node_attr={"shape": "plain", "fontname": FONT, "fontsize": "10"},
        edge_attr={"fontname": FONT, "fontsize": "9", "color": GREY, "arrowsize": "0.6"},
    )
