"""A picture as HTML for notebooks: it shows before they are trusted, and is no white slab in a dark theme."""

import base64
import html
import re
from xml.etree import ElementTree as ET

from autograd_lite.draw.style import text_width

__all__ = ["TURNED", "picture"]

READABLE = 700  # points; wider pictures scroll in a notebook, rather than shrink until they cannot be read
PAPER = "rgba(255,255,255,.92)"  # white on a light page, grey on a dark one
# A notebook's theme is its own: the system's prefers-color-scheme says nothing about it, so it is not asked. These are
# the signs of JupyterLab, VS Code, marimo, Colab, and Sphinx themes. Elsewhere, and where a notebook that is not
# trusted loses its styles, the paper stays, legible on any page.
DARK = (
    '[data-jp-theme-light="false"]',
    ".vscode-dark",
    ".vscode-high-contrast:not(.vscode-high-contrast-light)",
    ".dark",
    '[theme="dark"]',
    '[data-theme="dark"]',
)
TURNED = "invert(.9) hue-rotate(180deg)"
"""The filter by which light and dark change places, and hues stay."""
STYLE = f"<style>:is({','.join(DARK)}) .autograd-lite-picture{{filter:{TURNED}}}</style>"
SVG = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
Box = tuple[float, float, float, float]


def picture(svg: str, alt: str) -> str:
    """Return an svg element as HTML: an image, with its tooltips as invisible boxes over it.

    JupyterLab removes inline `<svg>` from notebooks that it does not trust, which is any that was just opened; an image
    in a data URI stays. It is never wider than the page, unless it could then not be read.
    """
    # Its own white paper goes, for that of the page.
    bare = svg.replace('<polygon fill="white"', '<polygon fill="none"', 1)
    bare = bare.replace('style="fill: #ffffff"', 'style="fill: none"', 2)
    width = re.search(r' width="([\d.]+)pt"', svg)
    least = f";min-width:{int(float(width[1])) * 27 // 40}pt" if width and float(width[1]) > READABLE else ""
    return (
        f'<div style="overflow-x:auto">{STYLE}<div style="position:relative;display:inline-block;max-width:100%{least};'
        'border:1px solid rgba(128,128,128,.35);border-radius:6px;overflow:hidden">'
        f'<img class="autograd-lite-picture" alt="{html.escape(alt)}" '
        f'style="display:block;max-width:100%{least};height:auto;margin:0;background:{PAPER}" '
        f'src="data:image/svg+xml;base64,{base64.b64encode(bare.encode()).decode()}"/>'
        f"{_tooltips(svg)}</div></div>"
    )


def _tooltips(svg: str) -> str:
    """The tooltips as spans over the image, placed in per cent of it; small ones over large ones."""
    root = ET.fromstring(svg)  # noqa: S314  (what an engine has drawn of our text)
    area = [float(x) for x in root.get("viewBox", "").split()]
    moved = re.search(r"translate\((-?[\d.]+)[ ,]+(-?[\d.]+)\)", svg[:4000])
    if len(area) != 4 or moved is None:
        return ""
    left, top = area[0] - float(moved[1]), area[1] - float(moved[2])
    placed = []
    for group in root.iter(f"{SVG}g"):
        title = group.findtext(f"{SVG}title")
        box = _box(group) if title else None
        if title and box:
            x, y, right, bottom = box
            parts = ((x - left) / area[2], (y - top) / area[3], (right - x) / area[2], (bottom - y) / area[3])
            placed.append((parts, title))
    placed.sort(key=lambda one: -one[0][2] * one[0][3])
    return "".join(
        f'<span title="{html.escape(title)}" style="position:absolute;left:{left:.2%};top:{top:.2%};'
        f'width:{width:.2%};height:{height:.2%}"></span>'
        for (left, top, width, height), title in placed
    )


def _box(group: ET.Element) -> Box | None:
    """What the shapes of a group cover; of the label of an edge, which has none, its text."""
    numbers = [
        [float(x) for x in NUMBER.findall(shape.get("points") or shape.get("d") or "")]
        for shape in group.iter()
        if shape.tag in {f"{SVG}path", f"{SVG}polygon"}
    ]
    if not numbers:
        for text in group.iter(f"{SVG}text"):
            x, y, size = (float(text.get(name, "0")) for name in ("x", "y", "font-size"))
            wide = text_width("".join(text.itertext()), size)
            start = {"middle": x - wide / 2, "end": x - wide}.get(text.get("text-anchor", "start"), x)
            numbers.append([start, y - size, start + wide, y + size / 4])
    across = [x for points in numbers for x in points[::2]]
    down = [y for points in numbers for y in points[1::2]]
    return (min(across), min(down), max(across), max(down)) if across else None
