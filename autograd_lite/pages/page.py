"""Sections shown as one HTML page that needs nothing else: no script, no font, no picture from elsewhere."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from autograd_lite.draw.picture import TURNED
from autograd_lite.pages.document import Block, Cell, Code, Column, Figure, Formula, Section, Table, Text
from autograd_lite.pages.markup import Html, element, joined

__all__ = ["Picture", "folded", "page"]

POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True)
class Picture:
    """A picture as SVG text, or why there is none."""

    svg: str = ""
    missing: str = ""


def page(
    title: str, sections: Sequence[Section], pictures: Mapping[str, Picture], *, made_by: str, live: str = ""
) -> str:
    """Return the page: a heading, the contents, then the sections; `pictures` are those of the figures, by name.

    `live` is the name of the page beside it on which the numbers can be changed.

    Raises `KeyError` if a picture is not there.
    """
    names = _anchors(sections)
    contents = [element("li", element("a", s.title, href=f"#{names[id(s)]}")) for s in sections]
    return str(
        joined(
            Html("<!DOCTYPE html>\n"),
            element(
                "html",
                element(
                    "head",
                    element("meta", charset="utf-8"),
                    element("meta", name="viewport", content="width=device-width, initial-scale=1"),
                    element("meta", http_equiv="Content-Security-Policy", content=POLICY),
                    element("meta", name="color-scheme", content="light dark"),
                    element("meta", name="generator", content=made_by),
                    element("title", title),
                    element("style", Html(STYLE.replace("TURNED", TURNED))),
                ),
                element(
                    "body",
                    element("header", element("h1", title), *([_live(live)] if live else [])),
                    element("nav", element("ol", *contents), aria_label="Contents"),
                    element("main", *(_section(s, names, pictures, 2) for s in sections)),
                    element(
                        "footer", element("p", f"Made by {made_by}. Every number was computed when this page was.")
                    ),
                ),
                lang="en",
            ),
            "\n",
        )
    )


def _live(name: str) -> Html:
    return element("p", element("a", "The same live", href=name), ": every number can be changed, step by step.")


def folded(sections: Sequence[Section]) -> list[Html]:
    """Return sections as elements that open on demand, without their pictures."""
    found = []
    for section in sections:
        blocks = (_block(block, {}) for block in section.blocks if not isinstance(block, Figure))
        found.append(element("details", element("summary", section.title), *blocks))
    return found


def _anchors(sections: Sequence[Section]) -> dict[int, str]:
    """A name for the address of each section: unique, and of plain letters whatever the title."""
    names: dict[int, str] = {}
    for section in sections:
        name = re.sub(r"[^a-z0-9]+", "-", section.title.lower()).strip("-") or "section"
        while name in names.values():
            name += "-"
        names[id(section)] = name
    return names


def _section(section: Section, names: Mapping[int, str], pictures: Mapping[str, Picture], level: int) -> Html:
    return element(
        "section",
        element(f"h{level}", section.title, id=names.get(id(section), "")),
        *(_block(block, pictures) for block in section.blocks),
        *(_section(part, names, pictures, level + 1) for part in section.parts),
    )


def _block(block: Block, pictures: Mapping[str, Picture]) -> Html:
    if isinstance(block, Text):
        return element("p", block.text, class_="note" if block.note else "")
    if isinstance(block, Code):
        return element("pre", element("code", block.text), tabindex="0")
    if isinstance(block, Formula):
        return element("div", Html(block.mathml), class_="math", tabindex="0", role="region", aria_label="Formula")
    if isinstance(block, Figure):
        return _figure(block, pictures[block.name])
    return _table(block)


def _table(table: Table) -> Html:
    head = (element("th", column.heading, scope="col", class_=_side(column)) for column in table.columns)
    rows = (
        element(
            "tr",
            element("th", _content(row[0]), scope="row", class_=_side(table.columns[0])),
            *map(_data, row[1:], table.columns[1:]),
        )
        for row in table.rows
    )
    table_element = element(
        "table",
        element("caption", table.caption, class_="" if table.shown else "heard"),
        element("thead", element("tr", *head)),
        element("tbody", *rows),
    )
    # A table wider than the page scrolls in its own box, with the keyboard too.
    return element("div", table_element, class_="wide", tabindex="0", role="region", aria_label=table.caption)


def _data(cell: Cell, column: Column) -> Html:
    exact = "" if cell.exact is None else repr(cell.exact)
    return element("td", _content(cell), class_=f"{_side(column)} {cell.tone}".strip(), title=exact)


def _content(cell: Cell) -> str:
    return element("a", cell.text, href=quote(cell.link, safe="", errors="replace")) if cell.link else cell.text


def _side(column: Column) -> str:
    return "number" if column.number else "formula" if column.formula else ""


def _figure(figure: Figure, picture: Picture) -> Html:
    if not picture.svg:
        return element("p", f"Not drawn: {picture.missing}", class_="note")
    svg = picture.svg[picture.svg.index("<svg") :].strip()
    width = re.search(r'^<svg[^>]*? width="([\d.]+)(pt|px)?"', svg)
    points = 0.0 if width is None else float(width[1]) * (1.0 if width[2] == "pt" else 0.75)
    # A picture shrinks with the page until its text would be too small, then scrolls.
    scale = f"min-width:{points * 0.7:.0f}pt"
    styled = Html(svg.replace("<svg", f'<svg style="{scale}"', 1))
    box = element("div", styled, class_="picture", tabindex="0", role="region", aria_label=figure.caption)
    return element("figure", box, element("figcaption", figure.caption))


STYLE = """
:root { color-scheme: light dark; --ink: #1f2933; --paper: #fff; --quiet: #5f6b7a; --line: #d5dbe1; --box: #f4f6f8;
  --good: #00634a; --differs: #a33f00; --link: #0061a0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ec; --paper: #14181d; --quiet: #a3adb8; --line: #39424d;
  --box: #1e242b; --good: #5fd0a8; --differs: #ffa466; --link: #7cc4f5; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0 auto; padding: 1rem; max-width: 66rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 1rem 0; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .5rem; padding-top: .5rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .25rem; }
p, figcaption { max-width: 46rem; overflow-wrap: break-word; }
a { color: var(--link); }
nav ol { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; padding: 0; list-style: none; }
.note { border-left: .25rem solid var(--differs); padding: .5rem .8rem; background: var(--box); }
.wide, .picture, .math, pre { overflow-x: auto; margin: .8rem 0; }
.math { overflow-y: hidden; padding: .2rem 0; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums lining-nums; font-size: .93rem; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
.heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { padding: .28rem .7rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { vertical-align: bottom; color: var(--quiet); font-weight: 600; border-bottom-width: 2px; max-width: 9rem; }
tbody th { font-weight: 600; white-space: nowrap; }
td { overflow-wrap: normal; }
.formula { white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
thead .number { white-space: normal; }
td.good { color: var(--good); }
td.differs { color: var(--differs); font-weight: 600; }
td.quiet { color: var(--quiet); }
pre { background: var(--box); padding: .6rem .8rem; font-size: .9rem; white-space: pre-wrap; }
.math { padding: .2rem 0; font-size: 1.05rem; }
.math math { width: max-content; margin: 0; }
figure { margin: 1rem 0 1.5rem; }
figcaption { color: var(--quiet); font-size: .9rem; }
.picture { background: #fff; border: 1px solid var(--line); border-radius: .4rem; padding: .5rem;
  width: max-content; min-width: 100%; max-width: calc(100vw - 3rem); margin-left: 50%; transform: translateX(-50%); }
.picture svg { display: block; max-width: 100%; height: auto; margin: 0 auto; }
@media screen and (prefers-color-scheme: dark) { .picture { border-color: #d5dbe1; filter: TURNED; } }
footer { margin-top: 3rem; color: var(--quiet); font-size: .85rem; border-top: 1px solid var(--line); }
@media print {
  :root { --ink: #000; --paper: #fff; --quiet: #444; --line: #bbb; --box: #fff; --good: #00634a; --differs: #a33f00;
    --link: #000; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav { display: none; }
  .wide, .picture, .math, pre { overflow: visible; }
  .picture { max-width: 100%; margin-left: 0; transform: none; }
  .picture svg { min-width: 0 !important; max-height: 22cm; }
  figure, tr, .note { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
"""
