"""Diagrams and charts as notebooks show them: untrusted, in dark themes, with tooltips."""

import base64
import re
import xml.etree.ElementTree as ET

import pytest

from autograd_lite import Value, draw
from autograd_lite.draw import style
from autograd_lite.draw.picture import DARK, PAPER, TURNED, picture

SVG = "{http://www.w3.org/2000/svg}"
PAGES = {"white": (1.0, 1.0, 1.0), "JupyterLab, dark": (0x11 / 255,) * 3, "black": (0.0, 0.0, 0.0)}
INKS = {name: getattr(style, name) for name in ("INK", "RAISES", "LOWERS")}


def shown(y):
    """The HTML of the diagram of a node, as a tree, and its image as an svg element."""
    page = ET.fromstring(draw.graph(y)._repr_html_())
    image = page.find(".//img")
    start, data = image.get("src").split(",")
    assert start == "data:image/svg+xml;base64"
    return page, ET.fromstring(base64.b64decode(data))


def product():
    """A product with gradients."""
    x, w = Value(2.0, "x"), Value(-3.0, "w")
    y = x * w
    y.label = "y"
    y.backward()
    return y


def test_no_inline_svg():
    """The picture is an image, since notebooks that are not trusted lose inline SVG; the paper is the page's."""
    page, svg = shown(product())
    assert [e.tag for e in page.iter() if e.tag in {f"{SVG}svg", "svg", "script"}] == []
    assert svg.tag == f"{SVG}svg"
    assert svg.find(f".//{SVG}polygon").get("fill") == "none"


def test_tooltips_lie_over_their_boxes():
    """Each tooltip of the SVG is the title of an element over the image, small ones over large, within the picture."""
    page, svg = shown(product())
    spans = page.findall(".//span")
    assert {span.get("title") for span in spans} == {title.text for title in svg.iter(f"{SVG}title")}
    places = [dict(re.findall(r"(left|top|width|height):([\d.]+)%", span.get("style"))) for span in spans]
    areas = [float(place["width"]) * float(place["height"]) for place in places]
    assert areas == sorted(areas, reverse=True)
    for place in places:
        assert float(place["left"]) + float(place["width"]) < 100.1
        assert float(place["top"]) + float(place["height"]) < 100.1
    moved = float(re.search(r"translate\(([\d.]+)", svg[0].get("transform"))[1])
    wide = float(svg.get("viewBox").split()[2])
    for span, place in zip(spans, places, strict=True):
        group = next(g for g in svg.iter(f"{SVG}g") if g.findtext(f"{SVG}title") == span.get("title"))
        for text in group.iter(f"{SVG}text"):  # begins and ends in the box
            length = style.text_width("".join(text.itertext()), float(text.get("font-size"))) / wide
            middle = text.get("text-anchor") == "middle"
            start = ((float(text.get("x")) + moved) / wide - (0.45 * length if middle else 0.0)) * 100
            end = start + 90 * length
            assert float(place["left"]) < start < end < float(place["left"]) + float(place["width"])


def test_a_picture_without_tooltips():
    """An svg element of anybody's, without a place for tooltips, is an image all the same."""
    page = ET.fromstring(picture('<svg xmlns="http://www.w3.org/2000/svg"/>', '"a" <b>'))
    assert page.find(".//img").get("alt") == '"a" <b>'
    assert page.findall(".//span") == []


def _luminance(colour):
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in colour]
    return sum(x * part for x, part in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def _contrast(one, other):
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _rgb(text):
    return tuple(int(text[k : k + 2], 16) / 255 for k in (1, 3, 5))


def _over(page):
    """The paper on a page."""
    *white, alpha = (float(x) for x in re.findall(r"[\d.]+", PAPER))
    return tuple(alpha * x / 255 + (1 - alpha) * y for x, y in zip(white, page, strict=True))


def _turned(colour):
    """What the filter makes of a colour: inverted by a part, hues turned by half a circle (Filter Effects, level 1)."""
    part = float(re.fullmatch(r"invert\(([\d.]+)\) hue-rotate\(180deg\)", TURNED)[1])
    r, g, b = (part + (1.0 - 2.0 * part) * x for x in colour)
    grey = 0.213 * r + 0.715 * g + 0.072 * b
    return tuple(min(1.0, max(0.0, 2 * grey - x)) for x in (r, g, b))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("ink", [*INKS, "MUTED"])
def test_legible_on_any_page(ink, page):
    """Text stands out from the paper by 4.5 to 1 on any page, where the theme is known (dark colours) and where not."""
    colour = _rgb({**INKS, "MUTED": style.MUTED}[ink])
    assert _contrast(colour, _over(PAGES[page])) > 4.5
    assert _contrast(_turned(colour), _turned((1.0, 1.0, 1.0))) > 4.5


def test_no_slab_in_a_dark_theme():
    """Under a dark theme's signs paper is as dark as the page, whatever the system's scheme is."""
    page = draw.graph(product())._repr_html_()
    assert _luminance(_turned((1.0, 1.0, 1.0))) < 0.02
    assert all(sign in page for sign in DARK)
    assert "prefers-color-scheme" not in page
