"""Formulas as HTML without MathML, which notebooks remove from the outputs of what they do not trust."""

import html
from xml.etree import ElementTree as ET

__all__ = ["as_html"]

BESIDE = {
    **dict.fromkeys("+−=><", " {} "),
    "⋅": "\u2009⋅\u2009",
    ",": ", ",
    "mod": " mod ",
}
"""How signs between two operands are written: with spaces, at which a browser may break the line."""
BEFORE_SIGN = {None, "+", "−", "=", ">", "<", "⋅", "(", "[", "|", ",", "mod", "⌊"}
"""What a minus stands behind that is a sign and takes no second operand."""


def as_html(mathml: str) -> str:
    """Return a formula that `formula(..., style="mathml")` gives as HTML that no notebook takes apart.

    It is made of spans, `<sub>`, `<sup>` and `<i>`. What the eye sees from where it stands, the text has as signs that
    take no room: copied or read aloud, a fraction is (a + b)/(c), a power x^(2), a name a_h1.
    """
    if not mathml:
        return ""
    inside = "".join(map(_element, ET.fromstring(mathml)))  # noqa: S314  (our own text)
    return f'<span class="autograd-lite-formula">{inside}</span>'


def _element(e: ET.Element) -> str:
    parts = list(e)
    match e.tag:
        case "mfrac":
            above, below = (_bracketed(x) for x in parts)
            return (
                '<span style="display:inline-block;vertical-align:middle;text-align:center;padding:2px 1px">'
                f'<span style="display:block;border-bottom:1px solid;padding:0 3px 1px">{above}</span>'
                f'<span style="display:block;padding:1px 3px 0">{_unseen("/")}{below}</span></span>'
            )
        case "msup":
            return f"{_element(parts[0])}<sup>{_unseen('^')}{_bracketed(parts[1])}</sup>"
        case "msub":
            return f"{_element(parts[0])}<sub>{_unseen('_')}{_row(parts[1])}</sub>"
        case "msqrt":
            return f'√<span style="border-top:1px solid;padding:0 2px">{_bracketed(parts[0])}</span>'
        case "mtable":
            return "".join(f'<div style="padding:2px 0">{_row(row)}</div>' for row in parts)
        case "mi" if len(e.text or "") == 1:
            return f"<i>{html.escape(e.text or '')}</i>"
        case "mi" | "mn" | "mo" | "mtext":
            return html.escape(e.text or "")
    return _row(e)


def _row(e: ET.Element) -> str:
    """The parts of a row, signs between operands with spaces."""
    if not len(e):
        return _element(e)
    text, before = "", None
    for part in e:
        sign = part.text if part.tag == "mo" else ""
        unary = sign == "−" and before in BEFORE_SIGN
        shown = BESIDE.get(sign or "", "") if not unary else ""
        text += html.escape(shown.format(sign)) if shown else _element(part)
        before = sign
    return text


def _bracketed(e: ET.Element) -> str:
    """A part of a fraction or power, in brackets that are not seen, unless it is one sign."""
    single = e.tag in {"mi", "mn"} or (len(e) == 1 and e.tag == "mrow" and e[0].tag in {"mi", "mn"})
    return _row(e) if single else f"{_unseen('(')}{_row(e)}{_unseen(')')}"


def _unseen(sign: str) -> str:
    return f'<span style="font-size:0">{sign}</span>'
