"""Formulas as HTML without MathML, which notebooks remove from the outputs of what they do not trust."""

import html
from xml.etree import ElementTree as ET

__all__ = ["as_html"]

BESIDE = {
    **dict.fromkeys("+−=><←×⊙", " {} "),
    "⋅": "\u2009⋅\u2009",
    ",": ", ",
    "mod": " mod ",
}
"""How signs between two operands are written: with spaces, at which a browser may break the line."""
BEFORE_SIGN = {None, "+", "−", "=", ">", "<", "⋅", "←", "×", "⊙", "(", "[", "|", ",", "mod", "⌊"}
"""What a minus stands behind that is a sign and takes no second operand."""

_MATRIX = (
    "display:inline-block;vertical-align:middle;text-align:right;white-space:nowrap;padding:0 4px;margin:2px;"
    "border-left:1.5px solid;border-right:1.5px solid;border-radius:6px;line-height:1.4"
)


def as_html(mathml: str) -> str:
    """Return a formula that `formula(..., style="mathml")` gives as HTML that no notebook takes apart.

    It is made of spans, `<sub>`, `<sup>` and `<i>`. What the eye sees from where it stands, the text has as signs that
    take no room: copied or read aloud, a fraction is (a + b)/c, a power x^2, a name a_h1.
    """
    if not mathml:
        return ""
    root = ET.fromstring(mathml)  # noqa: S314  (our own text)
    written: dict[ET.Element, str] = {}
    for element in reversed(list(root.iter())):  # what is inside comes first; formulas may be deep
        written[element] = _written(element, written)
    return f'<span class="autograd-lite-formula">{written[root]}</span>'


def _written(e: ET.Element, written: dict[ET.Element, str]) -> str:
    """An element as HTML, made of what is inside."""
    inside = [_bracketed(x, written[x]) for x in e]
    match e.tag:
        case "mfrac":
            return (
                '<span style="display:inline-block;vertical-align:middle;text-align:center;padding:2px 1px">'
                f'<span style="display:block;border-bottom:1px solid;padding:0 3px 1px">{inside[0]}</span>'
                f'<span style="display:block;padding:1px 3px 0">{_unseen("/")}{inside[1]}</span></span>'
            )
        case "msup":
            return f"{written[e[0]]}<sup>{_unseen('^')}{inside[1]}</sup>"
        case "msub":
            return f"{written[e[0]]}<sub>{_unseen('_')}{written[e[1]]}</sub>"
        case "msubsup":  # a name by its indices
            below, above = written[e[1]], written[e[2]]
            return f"{written[e[0]]}<sub>{_unseen('_')}{below}</sub><sup>{_unseen('^')}{above}</sup>"
        case "mspace":
            return "\u2009"
        case "msqrt":
            return f'√<span style="border-top:1px solid;padding:0 2px">{inside[0]}</span>'
        case "mtable" if e.get("style"):
            return _matrix(e, written)
        case "mtable":
            return "".join(f'<div style="padding:2px 0">{written[row]}</div>' for row in e)
        case "mi" if len(e.text or "") == 1:
            return f"<i>{html.escape(e.text or '')}</i>"
    return _row(e, written) if len(e) else html.escape(e.text or "")


def _matrix(e: ET.Element, written: dict[ET.Element, str]) -> str:
    """Rows of numbers in brackets; as text [1, 2; 3, 4]."""
    cell = '<span style="display:table-cell;padding:0 4px;text-align:center">'
    rows = [_unseen(", ").join(f"{cell}{written[x]}</span>" for x in row) for row in e]
    inside = _unseen("; ").join(f'<span style="display:table-row">{row}</span>' for row in rows)
    look = "display:inline-table;vertical-align:middle;margin:0 2px;border:solid;border-width:0 2px;border-radius:6px"
    return f'{_unseen("[")}<span style="{look}">{inside}</span>{_unseen("]")}'


def _row(e: ET.Element, written: dict[ET.Element, str]) -> str:
    """The parts of a row, signs between operands with spaces."""
    text, before = "", None
    for part in e:
        sign = (part.text or "") if part.tag == "mo" else ""
        unary = sign == "−" and before in BEFORE_SIGN
        text += written[part] if unary or sign not in BESIDE else html.escape(BESIDE[sign].format(sign))
        before = sign
    return text


def _bracketed(e: ET.Element, text: str) -> str:
    """A part of a fraction or power, in brackets that are not seen, unless it is one sign."""
    while e.tag == "mrow" and len(e) == 1:
        e = e[0]
    return text if e.tag in {"mi", "mn", "msub"} else f"{_unseen('(')}{text}{_unseen(')')}"


def _unseen(sign: str) -> str:
    return f'<span style="font-size:0">{sign}</span>'
