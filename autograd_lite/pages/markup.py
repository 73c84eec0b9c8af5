"""HTML elements from text, which is always escaped, also what of it could not be seen."""

import html

from autograd_lite.text.layout import printable

__all__ = ["Html", "element", "joined"]

EMPTY = {"meta", "br", "hr", "img", "input", "link"}


class Html(str):
    """Text that is HTML already; any other text is escaped."""

    __slots__ = ()


def element(tag: str, *children: str, **attributes: str) -> Html:
    """Return an element; `class_` stands for class, other underscores for hyphens."""
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_escaped(value)}"' for name, value in attributes.items() if value
    )
    opened = f"<{tag}{given}>"
    return Html(opened if tag in EMPTY else f"{opened}{joined(*children)}</{tag}>")


def joined(*children: str) -> Html:
    """Return the children one after the other."""
    return Html("".join(child if isinstance(child, Html) else _escaped(child, quote=False) for child in children))


def _escaped(text: str, *, quote: bool = True) -> str:
    return html.escape(printable(text), quote)
