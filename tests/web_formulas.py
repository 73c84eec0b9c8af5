"""What the eye sees of a formula, in MathML and in the HTML made of it: the same signs in the same places."""

import xml.etree.ElementTree as ET

__all__ = ["seen", "seen_html"]


def seen(mathml):
    """The signs of a formula in MathML, with what stands above, below, raised or lowered in braces."""
    return _math(ET.fromstring(mathml))


def _math(e):
    parts = [_math(x) for x in e]
    if e.tag == "mfrac":
        return f"frac{{{parts[0]}}}{{{parts[1]}}}"
    if e.tag in {"msup", "msub"}:
        return f"{parts[0]}{e.tag[1:]}{{{parts[1]}}}"
    if e.tag == "msubsup":
        return f"{parts[0]}sub{{{parts[1]}}}sup{{{parts[2]}}}"
    if e.tag == "msqrt":
        return f"√{{{''.join(parts)}}}"
    if e.tag == "mtr":
        return f"line{{{''.join(parts)}}}"
    return "".join(parts) + _bare(e.text)


def seen_html(html):
    """The signs of a formula in HTML, but those that take no room."""
    return _html(ET.fromstring(html))


def _html(e):
    style = e.get("style", "")
    if "font-size:0" in style:
        return ""
    text = _bare(e.text) + "".join(_html(x) + _bare(x.tail) for x in e)
    if e.tag in {"sup", "sub"}:
        return f"{e.tag}{{{text}}}"
    if "table-row" in style:
        return f"line{{{text}}}"
    if "inline-block" in style:
        return f"frac{text}"
    if "display:block" in style or "border-top" in style:
        return f"{{{text}}}"
    return f"line{{{text}}}" if e.tag == "div" else text


def _bare(text):
    return "".join((text or "").split())
