"""Numbers and tables of text: as diagrams show numbers, and columns that stay straight whatever the letters."""

import math
import unicodedata
from collections.abc import Sequence

from autograd_lite.text.python import visible
from autograd_lite.text.web import as_html

__all__ = ["brief", "many", "number", "page", "partial", "printable", "signed", "table", "web_table", "where", "width"]

CELL = "5px 12px"
"""Room around the cells of tables: fractions of neighbouring rows do not touch."""
BLOCKS = ("<div", "<p", "<table", "<style", "<ul")


def number(x: float, digits: int = 3) -> str:
    """Return `x` with 4 decimals, small ones with 3 (or more) significant digits, and a true minus sign.

    >>> number(0.59327), number(-0.000438568), number(2.5e-9), number(1234567.0)
    ('0.5933', '−0.000439', '2.50e−9', '1.235e+6')
    """
    size = abs(x)
    if not math.isfinite(x):
        text = f"{x}"
    elif size == 0.0:
        return "0.0000"
    elif size < 1e-5 or size >= 99999.95:
        mantissa, exponent = f"{x:.{digits - 1 if size < 1.0 else 3}e}".split("e")
        text = f"{mantissa}e{int(exponent):+d}"
    else:
        places = max(4, digits - 1 - math.floor(math.log10(size)))
        text = f"{x:.{places}f}"
    return text.replace("-", "−")


def signed(x: float, digits: int = 4) -> str:
    """Return `x` as `number` does, with an explicit plus sign: the way gradients are shown."""
    return "+" * (x > 0.0) + number(x, digits)


def partial(of: str, wrt: str) -> str:
    """Return ∂of/∂wrt; the name of a derivative in it gets brackets."""
    above, below = (f"({name})" if name.startswith("∂") else name for name in (of, wrt))
    return f"∂{above}/∂{below}"


def many(count: int) -> str:
    """Return a count, of whatever length: exact to a thousand billions, rounded beyond."""
    if count < 10**15:
        return f"{count:,}"
    tens = math.log10(count)
    power = math.floor(tens)
    mantissa = f"{10 ** (tens - power):.2f}"
    return f"1.00e+{power + 1}" if mantissa == "10.00" else f"{mantissa}e+{power}"


def printable(text: str) -> str:
    r"""Return the text as it stands, but what cannot be seen written as in Python, such as \x1b; line breaks stay.

    That is what terminals take for orders, what reorders its neighbours, and what files of text have no place for.
    """
    if text.isprintable():
        return text
    return "".join(
        c if c == "\n" or c.isprintable() or unicodedata.category(c) == "Zs" else c.encode("unicode_escape").decode()
        for c in text
    )


def brief(text: str, letters: int = 24) -> str:
    """Return text of anybody's for a repr: in one line of what can be seen, the middle of a long one left out."""
    text = visible(text[:letters] + "…" + text[-letters:] if len(text) > 4 * letters else text)
    return text if len(text) <= letters else f"{text[: letters * 3 // 5]}…{text[-(letters * 2 // 5 - 1) :]}"


def width(text: str) -> int:
    """Return how many columns of a terminal the text takes: letters of East Asia two, combining marks none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def table(rows: Sequence[Sequence[str]], aligned: str, *, indent: str = "  ") -> list[str]:
    """Return the lines of a table; `aligned` has a letter for each column, "l" or "r". Short rows are allowed."""
    widths = [max((width(row[k]) for row in rows if k < len(row)), default=0) for k in range(len(aligned))]
    lines = []
    for row in rows:
        cells = []
        for cell, side, room in zip(row, aligned, widths, strict=False):
            space = " " * (room - width(cell))
            cells.append(space + cell if side == "r" else cell + space)
        lines.append((indent + "  ".join(cells)).rstrip())
    return lines


def web_table(head: Sequence[str], rows: Sequence[Sequence[str]], aligned: str) -> str:
    """Return an HTML table; cells are HTML. `aligned` has a letter for each column, "l" or "r"."""
    sides = [{"l": "left", "r": "right"}[side] for side in aligned]

    def line(tag: str, cells: Sequence[str]) -> str:
        styled = (
            f'<{tag} style="text-align:{side};vertical-align:middle;padding:{CELL}">{cell}</{tag}>'
            for side, cell in zip(sides, cells, strict=True)
        )
        return f"<tr>{''.join(styled)}</tr>"

    body = "".join(line("td", row) for row in rows)
    top = f"<thead>{line('th', head)}</thead>" if any(head) else ""
    return f"<table>{top}<tbody>{body}</tbody></table>" if rows else ""


def where(definitions: tuple[Sequence[str], bool]) -> str:
    """Return definitions, formulas in MathML, as HTML, a line each, and whether there are more; nothing for none."""
    lines, more = definitions
    listed = [f"<div>{as_html(line)}</div>" for line in lines] + ["<div>and so on</div>"] * more
    return f'<div style="padding:{CELL}"><div>where</div>{"".join(listed)}</div>' if listed else ""


def page(*blocks: str) -> str:
    """Return blocks of HTML as one, for a notebook; a dollar sign in it stays one."""
    inside = "".join(block if block.startswith(BLOCKS) else f"<p>{block}</p>" for block in blocks if block)
    # MathJax, which notebooks run over the page, leaves elements of these classes alone.
    return f'<div class="mathjax_ignore tex2jax_ignore" style="overflow-x:auto">{inside}</div>'
