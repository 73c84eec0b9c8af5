"""Line charts of training: the loss by epoch, and by epoch and learning rate. Drawn with matplotlib (extra `plot`)."""

import hashlib
import html
import io
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograd_lite.draw.picture import picture
from autograd_lite.draw.style import short, visible
from autograd_lite.engine.extras import install
from autograd_lite.storage.files import write_whole

__all__ = ["Chart", "MatplotlibNotFoundError", "learning_rates", "loss_curve"]

FORMATS = ("svg", "png", "pdf")
# Okabe and Ito's colours but the yellow, which is faint on white; neighbours differ in dash and marker too.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("-", "--", "-.", ":", (0, (6, 1.5, 1, 1.5, 1, 1.5)))
MARKERS = "osD^vPX<>"
INK, MUTED, GRID = "#1F2933", "#5F6B7A", "#DDE3E9"
LONGEST = 84  # letters of a title
FLOOR = 1e-12  # a smaller loss is shown on the lower edge of a logarithmic scale


class MatplotlibNotFoundError(ImportError):
    """Charts need matplotlib, which is an extra of this package; the message says how to get it."""


class Chart:
    """A chart. It shows itself in notebooks; elsewhere save it. The same data gives the same bytes.

    Args:
        name: put before the ids in the SVG, so that charts of different names can stand in one page.
        alt: what the chart says, in words.
        plot: draws on an empty `matplotlib.axes.Axes`.
    """

    def __init__(self, name: str, alt: str, plot: Callable[[Any], None]) -> None:
        self.name, self.alt, self._plot = name, visible(alt), plot

    def render(self, format: str = "svg") -> bytes:  # noqa: A002
        """Return the chart as a file's bytes: "svg", "png" (150 dpi) or "pdf".

        Raises `MatplotlibNotFoundError`, and `ValueError` for another format.
        """
        if format not in FORMATS:
            raise ValueError(f"a chart is made as {', '.join(FORMATS)}, got {format!r}")
        with _matplotlib(_plain(self.name)) as figure_class:
            figure = figure_class(figsize=(7.5, 4.2), layout="constrained", facecolor="white")
            axes = figure.subplots()
            self._plot(axes)
            file = io.BytesIO()
            # No date and no version: two runs give the same file.
            metadata = {
                "svg": {"Date": None, "Creator": None},
                "pdf": {"CreationDate": None},
                "png": {"Software": None},
            }
            figure.savefig(file, format=format, dpi=150, metadata=metadata[format])
        return _own_ids(file.getvalue(), self.name, self.alt) if format == "svg" else file.getvalue()

    def svg(self) -> str:
        """Return the chart as the text of an SVG file; its text is drawn as outlines, so that it needs no font."""
        return self.render("svg").decode()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the chart to `path`, whole or not at all; the format is that of the suffix: .svg, .png or .pdf.

        Raises `ValueError` for another suffix, `MatplotlibNotFoundError`, and `OSError`.
        """
        return write_whole(path, self.render(Path(path).suffix.lower().lstrip(".")))

    def _repr_html_(self) -> str:
        svg = self.svg()
        return picture(svg[svg.index("<svg") :], self.alt)

    def __repr__(self) -> str:
        return f"<Chart: {short(self.alt, LONGEST)}>"


def loss_curve(losses: Sequence[float], *, title: str = "Loss", name: str = "loss") -> Chart:
    """Return the chart of the loss after 0, 1, 2, ... epochs, on a logarithmic scale where it spans a wide range.

    Args:
        losses: such as `history["E_total"]`, all finite; at least one.
        title: one line, stands above the chart; shortened if it does not fit there.
        name: of the chart.

    Raises `ValueError` for no losses.
    """
    if not losses:
        raise ValueError("there is no loss to draw: the history is empty")
    first, last, epochs = losses[0], losses[-1], len(losses) - 1
    title = short(title, LONGEST)

    def plot(axes: Any) -> None:
        shown = _logarithmic(axes, [losses])[0]
        axes.plot(range(len(losses)), shown, color=COLOURS[0], linewidth=2, marker="o", markevery=[0, epochs])
        _note(axes, f"{first:.6g}", (0, shown[0]), "left", above=True)
        if epochs:
            # On the side that the line does not come from.
            _note(axes, f"{last:.6g}", (epochs, shown[-1]), "right", above=shown[-1] > shown[-2])
        below = min(losses) < FLOOR and axes.get_yscale() == "log"
        _dress(axes, title, "epoch", "E_total, the loss" + f" ({FLOOR:g}: or less)" * below, range(epochs + 1))
        axes.margins(x=0.02, y=0.14)

    alt = f"{title}. Line chart of the loss: {first:.6g} before training, {last:.6g} after {epochs:,} epochs."
    return Chart(name, alt, plot)


def learning_rates(
    losses: Mapping[float, Sequence[float]],
    *,
    title: str = "Loss by epoch and learning rate",
    name: str = "learning-rates",
    ceiling: float | None = None,
) -> Chart:
    """Return the chart of the loss by epoch, one line a learning rate; epoch 0 is before any update.

    Args:
        losses: by learning rate, such as `Sweep.losses`.
        title: one line, stands above the chart; shortened if it does not fit there.
        name: of the chart.
        ceiling: a level that is drawn and named.

    Raises `ValueError` for no losses.
    """
    drawn = {rate: list(line) for rate, line in losses.items() if line}
    if not drawn:
        raise ValueError("there is no loss to draw: no learning rate has any")
    epochs = max(map(len, drawn.values())) - 1
    title = short(title, LONGEST)

    def plot(axes: Any) -> None:
        if ceiling is not None:
            axes.axhline(ceiling, color=MUTED, linewidth=1, zorder=1)
            _note(axes, f"ceiling {ceiling:g}", (epochs, ceiling), "right", above=True)
        every = max(1, (epochs + 1) // 8)
        for k, (rate, line) in enumerate(drawn.items()):
            axes.plot(
                range(len(line)),
                line,
                label=f"{rate:g}",
                color=COLOURS[k % len(COLOURS)],
                linestyle=DASHES[k % len(DASHES)],
                marker=MARKERS[k % len(MARKERS)],
                markevery=(k * every // max(1, len(drawn)), every),
                markersize=5,
                linewidth=1.6,
            )
        if all(x >= 0.0 for line in drawn.values() for x in line):
            axes.set_ylim(bottom=0.0)
        _dress(axes, title, "epoch", "E_total, the loss", range(epochs + 1))
        axes.margins(x=0.02)
        # Beside the lines, not on them.
        axes.legend(title="learning rate", loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, handlelength=3.2)

    ends = "; ".join(f"{rate:g}: from {line[0]:.4g} to {line[-1]:.4g}" for rate, line in drawn.items())
    level = f" The ceiling {ceiling:g} is marked." if ceiling is not None else ""
    return Chart(name, f"{title}. Line chart, {epochs} epochs. By learning rate, {ends}.{level}", plot)


def _logarithmic(axes: Any, lines: Sequence[Sequence[float]]) -> list[list[float]]:
    """Give the axes a logarithmic scale if that shows more; return the lines, with nothing below its lower edge.

    Negative losses, which such a scale cannot show, keep the axes as they are.
    """
    positive = [x for line in lines for x in line if x > FLOOR]
    if not positive or max(positive) < 20.0 * min(positive) or any(x < 0.0 for line in lines for x in line):
        return [list(line) for line in lines]
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    return [[max(x, FLOOR) for x in line] for line in lines]


def _note(axes: Any, text: str, at: tuple[float, float], side: str, *, above: bool) -> None:
    """Write `text` over or under a point, ending or beginning there."""
    offset, edge = (6, "bottom") if above else (-6, "top")
    axes.annotate(text, at, (0, offset), textcoords="offset points", ha=side, va=edge, color=INK, fontsize=9)


def _dress(axes: Any, title: str, x: str, y: str, span: range) -> None:
    """Name the axes, and mark the x axis at whole numbers, of which one is the beginning."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_title(title, loc="left", color=INK, fontsize=12, fontweight="bold")
    axes.set_xlabel(x, color=INK)
    axes.set_ylabel(y, color=INK)
    round_numbers = MaxNLocator(8, integer=True, steps=[1, 2, 5, 10]).tick_values(span[0], max(span[-1], span[0] + 1))
    axes.set_xticks([span[0], *(n for n in round_numbers if span[0] < n <= span[-1])])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda n, _: f"{n:,.0f}"))
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(MUTED)
    axes.tick_params(colors=INK)


@contextmanager
def _matplotlib(salt: str) -> Iterator[Any]:
    """Give the class of figures, with the settings of our charts; no window, and pyplot is left alone."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MatplotlibNotFoundError(
            f"charts are drawn with matplotlib, which cannot be imported ({error}): {install('plot')}"
        ) from None
    settings: Any = {
        "svg.hashsalt": salt,
        "svg.fonttype": "path",
        "font.family": "DejaVu Sans",  # comes with matplotlib
        "font.size": 10,
        "text.usetex": False,
        "text.parse_math": False,  # a dollar sign in a title is a dollar sign
        "path.simplify": True,
        "path.sketch": None,
    }
    with mpl.rc_context(settings):
        yield Figure


def _plain(name: str) -> str:
    """The name as it can stand in an id; long ones lose their end to a number made of it."""
    if len(name) > LONGEST:
        name = name[:20] + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:16]
    return re.sub(r"[^A-Za-z0-9-]", "-", name)


def _own_ids(svg: bytes, name: str, alt: str) -> bytes:
    """Return the SVG with the chart's name before its ids, its style on itself alone, and the alternative text."""
    text = svg.decode()
    text = re.sub(r"<!DOCTYPE.*?>\s*|<metadata>.*?</metadata>\s*|<!--.*?-->\s*", "", text, flags=re.DOTALL)
    # A rule for * would hold for everything else in the page.
    text = re.sub(r"<defs>\s*<style[^>]*>\*\{([^}]*)\}</style>\s*</defs>\s*", "", text)
    prefix = _plain(name) + "_"
    text = re.sub(r'(\sid="|url\(#|href="#)', rf"\g<1>{prefix}", text)
    given = f'role="img" aria-label="{html.escape(alt)}" stroke-linejoin="round"'
    return text.replace("<svg", f"<svg {given}", 1).encode()
