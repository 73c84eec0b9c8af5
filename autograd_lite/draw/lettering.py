"""The text of an SVG picture from Graphviz, set anew: in the middle of its cell, and names with subscripts."""

import html
import re
from collections.abc import Collection

from autograd_lite.text.latex import subscripted

__all__ = ["lettered"]

_NO_LINE = r"(?:transparent|none)"
_CELL = re.compile(
    rf'<polygon fill="{_NO_LINE}" stroke="{_NO_LINE}"(?: stroke-width="[^"]*")? points="([^"]*)"/>\n'
    r"((?:<text [^>]*>[^<]*</text>\n)*)"
)
_TEXT = re.compile(r"<text ([^>]*)>([^<]*)</text>\n")
_PLACE = re.compile(r'(?<![\w-])(text-anchor|x|y)="([^"]*)" ?')
_SUBSCRIPT = 0.77  # its size, as a part of that of the text
_LOWERED = 0.2  # how far it stands below the line, likewise


def lettered(svg: str, names: Collection[str]) -> str:
    """Return the picture with centred text, and with subscripts in the texts that are `names`, such as w5 and ∂E/∂a_h1.

    Graphviz places text by widths that it guesses, and a reader's font has others. It writes the outline of a cell that
    has a transparent background, and that says where the middle is. A typeset name has its plain form as `aria-label`.
    """
    svg = _CELL.sub(lambda cell: _centred(cell[1], cell[2], names), svg)
    return _TEXT.sub(lambda text: _element(text[1], [(text[1], text[2])], names), svg)


def _centred(points: str, texts: str, names: Collection[str]) -> str:
    """The texts of a cell, line by line, around the middle of the cell; those of the cells after it as they are."""
    across = [float(point.partition(",")[0]) for point in points.split()]
    left, right = min(across), max(across)
    lines: dict[str, list[tuple[str, str]]] = {}
    others = ""
    for text in _TEXT.finditer(texts):
        place = dict(_PLACE.findall(text[1]))
        if left <= float(place["x"]) <= right:
            lines.setdefault(place["y"], []).append((text[1], text[2]))
        else:
            others += text[0]
    centred = (
        _element(f'text-anchor="middle" x="{(left + right) / 2:.2f}" y="{y}" {_PLACE.sub("", runs[0][0])}', runs, names)
        for y, runs in lines.items()
    )
    return "".join(centred) + others


def _element(attributes: str, runs: list[tuple[str, str]], names: Collection[str]) -> str:
    """One line of text in pieces, each with its own look."""
    if len(runs) == 1:
        label, inside = _typeset(*runs[0], names)
        return f"<text {attributes}{label}>{inside}</text>\n"
    pieces = []
    for run, content in runs:
        label, inside = _typeset(run, content, names)
        pieces.append(f"<tspan {_PLACE.sub('', run)}{label}>{inside}</tspan>")
    return f"<text {attributes}>{''.join(pieces)}</text>\n"


def _typeset(attributes: str, content: str, names: Collection[str]) -> tuple[str, str]:
    """A text with its subscripts set, and the attribute with its plain form; as it is if it has none."""
    plain = html.unescape(content).strip()
    pieces = _pieces(plain) if plain in names else []
    size = re.search(r'font-size="([\d.]+)"', attributes)
    if len(pieces) < 2 or not size:
        return "", content
    points = float(size[1])
    inside, low = content[: len(content) - len(content.lstrip())], False
    for text, below in pieces:
        if below:
            inside += f'<tspan dy="{_LOWERED * points:.2f}" font-size="{_SUBSCRIPT * points:.2f}">{text}</tspan>'
        else:
            inside += f'<tspan dy="{-_LOWERED * points:.2f}">{text}</tspan>' if low else text
        low = below
    return f' aria-label="{plain}"', inside


def _pieces(text: str) -> list[tuple[str, bool]]:
    """A name, or a derivative of two, in pieces with whether each is a subscript; none if a part is no plain name."""
    pieces = [("", False)]
    for part in re.split("([∂/])", text):
        name = ("", (), "") if part in {"", "∂", "/"} else subscripted(part)
        if name is None:
            return []
        head, indices, after = name
        if pieces[-1][1]:
            pieces.append(("", False))
        pieces[-1] = (pieces[-1][0] + (head or part), False)
        if indices:
            pieces += [(",".join(indices), True), (after, False)]
    return [piece for piece in pieces if piece[0]]
