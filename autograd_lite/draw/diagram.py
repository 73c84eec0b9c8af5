"""A diagram: its DOT text, the pictures made of it, and how notebooks show it."""

import hashlib
import html
import os
import re
from collections.abc import Collection, Iterable
from pathlib import Path

from autograd_lite.draw.engines import TIMEOUT, EngineError, EngineName, FormatError, render
from autograd_lite.draw.lettering import lettered
from autograd_lite.draw.picture import picture
from autograd_lite.draw.style import short, visible
from autograd_lite.storage.files import write_whole

__all__ = ["Diagram"]

SHOWN = 80  # letters of the alternative text in a repr
SUFFIXES = {".svg": "svg", ".png": "png", ".pdf": "pdf", ".dot": "", ".gv": ""}


class Diagram:
    """A picture of a graph. It shows itself in JupyterLab, VS Code and marimo; elsewhere save it.

    Args:
        source: DOT text.
        alt: what the picture says, in words, for those who do not see it.
        names: texts of the picture that are typeset in SVG, such as w5 and ∂E/∂a_h1, with subscripts.
    """

    def __init__(self, source: str, alt: str = "", *, names: Iterable[str] = ()) -> None:
        self.source = source
        """The DOT text, for Graphviz itself or another program that reads it."""
        self.alt = visible(alt or "a diagram")
        """What the picture says, in words."""
        self._names = frozenset(names)

    def render(self, format: str = "svg", *, engine: EngineName | None = None, timeout: float = TIMEOUT) -> bytes:  # noqa: A002
        """Return the picture as a file's bytes.

        Args:
            format: "svg", "png" or, with Graphviz's `dot`, "pdf".
            engine: "dot", "pure", or None for the first of them that is installed.
            timeout: seconds that laying out may take.

        Raises:
            EngineNotFoundError: no layout engine is installed; the message says how to get one.
            EngineTimeoutError: it took too long.
            EngineError: the engine failed, or wrote more than a picture needs.
            FormatError: a format that is none, or that this engine cannot make.
            ValueError: an unknown engine, or a time limit that is none.
        """
        if format == "svg":
            return self.svg(engine=engine, timeout=timeout).encode()
        return render(self.source, format, engine=engine, timeout=timeout)

    def svg(self, *, engine: EngineName | None = None, timeout: float = TIMEOUT) -> str:
        """Return the picture as the text of an SVG file; raises as `render` does."""
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{self._element(engine, timeout)}\n'

    def save(self, path: str | os.PathLike[str], *, engine: EngineName | None = None, timeout: float = TIMEOUT) -> Path:
        """Write the picture to `path`, whole or not at all, and return the path.

        The format is that of the suffix: .svg, .png, .pdf, or .dot and .gv for the DOT text.

        Raises `FormatError` for another suffix, `OSError` for a path that cannot be written, and as `render` does.
        """
        suffix = Path(path).suffix
        if suffix.lower() not in SUFFIXES:
            raise FormatError(
                f"a diagram is saved as {', '.join(SUFFIXES)}; {os.fspath(path)!r} ends in {suffix or 'none of them'}"
            )
        picture = SUFFIXES[suffix.lower()]
        return write_whole(path, self.render(picture, engine=engine, timeout=timeout) if picture else self.source)

    def _element(self, engine: EngineName | None = None, timeout: float = TIMEOUT) -> str:
        svg = render(self.source, "svg", engine=engine, timeout=timeout).decode("utf-8", "replace")
        prefix = f"d{hashlib.sha256(self.source.encode('utf-8', 'replace')).hexdigest()[:8]}_"
        return _tidy(svg, prefix, self.alt, self._names)

    # --- notebooks -------------------------------------------------------------------------------------------------

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        # No PNG and no LaTeX: JupyterLab would show those instead.
        try:
            svg = self._element()
        except EngineError as error:
            words = f"{self.alt}\n(not drawn: {visible(str(error))})"
            return {"text/html": f'<pre style="white-space:pre-wrap">{html.escape(words)}</pre>', "text/plain": words}
        return {"text/html": picture(svg, self.alt), "image/svg+xml": svg, "text/plain": self.alt}

    def _repr_html_(self) -> str:
        return self._repr_mimebundle_()["text/html"]  # marimo asks for this first

    def __repr__(self) -> str:
        return f"<Diagram: {short(self.alt, SHOWN)}>"


def _tidy(svg: str, prefix: str, alt: str, names: Collection[str]) -> str:
    """Return the svg element alone: ids unique in the page, no names that Graphviz made up, tooltips without links."""
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r"<!--.*?-->\n?|<title>[^<]*</title>\n?", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<text [^>]*font-size="2\.00"[^>]*>[^<]*</text>\n?', "", svg)  # see style.LEVEL
    svg = lettered(svg, names)
    if "<a xlink:href=" not in svg:  # in what a label says, < is written as &lt;
        svg = re.sub(r'<a xlink:title="([^"]*)">', r"<g><title>\1</title>", svg).replace("</a>", "</g>")
        svg = svg.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "")
    svg = re.sub(r'(<\w+ id=")', rf"\g<1>{prefix}", svg)
    return svg.replace("<svg", f'<svg role="img" aria-label="{html.escape(alt)}"', 1)
