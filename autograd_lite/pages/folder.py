"""A report as a folder: pictures, charts, the history, report.html, and index.html last."""

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

from autograd_lite import draw
from autograd_lite.draw import charts
from autograd_lite.engine.graph import shortened, topological
from autograd_lite.engine.value import Value
from autograd_lite.examples import Sweep
from autograd_lite.history import History
from autograd_lite.pages import rates, sections
from autograd_lite.pages.document import Cell, Column, Section, Table
from autograd_lite.pages.explorer import Page
from autograd_lite.pages.explorer.published import network_explorer, scalar_explorer
from autograd_lite.pages.maker import made_by
from autograd_lite.pages.page import Picture, page
from autograd_lite.pages.study import NetworkStudy, ScalarStudy
from autograd_lite.storage.files import write_whole

__all__ = ["Drawable", "Folder", "Format", "network_report", "safe_name", "scalar_report", "sweep_charts"]

Format = Literal["svg", "png", "pdf"]


class Drawable(Protocol):
    """What diagrams and charts have in common."""

    def svg(self) -> str:
        """The picture as the text of an SVG file."""
        ...

    def render(self, format: str = "svg") -> bytes:  # noqa: A002
        """The picture as a file's bytes."""
        ...


LIVE, REPORT = "index.html", "report.html"
"""The page that is live, and the report."""
SUFFIXES = {".html", ".svg", ".png", ".pdf", ".csv"}


class Folder:
    """A folder that a report is written to; it and its parents are made if they are not there.

    Each file is written whole or not at all. What cannot be drawn is left out, with the reason in `problems`.

    Args:
        path: of the folder.
        format: of the pictures beside the page; those in the page are SVG.

    Raises `OSError` if the folder cannot be made or written to.
    """

    def __init__(self, path: Path, format: Format = "svg") -> None:  # noqa: A002
        self.path, self.format = path, format
        self.written: dict[str, str] = {}
        """What each file written is, by its name."""
        self.problems: dict[str, None] = {}
        """Why pictures are missing, each reason once."""
        path.mkdir(parents=True, exist_ok=True)
        self._before = {entry.name for entry in path.iterdir() if entry.suffix in SUFFIXES}
        with tempfile.TemporaryFile(dir=path):
            pass  # a folder that cannot be written to is found out before the work, not after it

    @property
    def left(self) -> list[str]:
        """Pages, pictures and tables that were in the folder before, and that this report has not written anew."""
        return sorted(self._before - self.written.keys())

    def write(self, name: str, content: str | bytes, what: str) -> None:
        """Write a file."""
        write_whole(self.path / name, content)
        self.written[name] = what

    def history(self, history: History) -> None:
        """Write the history of a training as CSV."""
        history.to_csv(self.path / "history.csv")
        self.written["history.csv"] = "every named quantity after every epoch, with all its digits"

    def picture(self, name: str, what: str, make: Callable[[], Drawable]) -> Picture:
        """Write a picture, and return it for the page."""
        picture = Picture()
        try:
            drawable = make()
            picture = Picture(drawable.svg())
            content = picture.svg if self.format == "svg" else drawable.render(self.format)
        except (draw.EngineError, charts.MatplotlibNotFoundError, ValueError) as error:
            self.problems[str(error)] = None
            return Picture(picture.svg, str(error))
        self.write(self._file(name), content, what)
        return picture

    def _file(self, name: str) -> str:
        """A name for the file of a picture, no two alike, also where the file system ignores case."""
        used = {other.lower() for other in self.written}
        names = (f"{safe_name(name)}{k}.{self.format}" for k in ("", *(f"-{k}" for k in range(2, len(used) + 3))))
        return next(other for other in names if other.lower() not in used)

    def page(
        self,
        title: str,
        content: Sequence[Section],
        pictures: Mapping[str, Picture],
        *,
        name: str = REPORT,
        live: str = LIVE,
    ) -> None:
        """Write a page without programs: the sections, then one that lists the files; beside it is one that is live."""
        files = self.written | {name: "this page"}
        rows = tuple((Cell(file, link=file), Cell(what)) for file, what in files.items())
        listed = Section("Files", (Table("The files of this folder", (Column("file"), Column("what it is")), rows),))
        text = page(title, [*content, listed], pictures, made_by=made_by(), live=live)
        self.write(name, text, "the report: everything that was computed, in one page without programs")

    def explorer(self, page: Page) -> None:
        """Write index.html: the page that is live."""
        self.write(LIVE, page.html, "the page to begin with: every number live, step by step")


def network_report(study: NetworkStudy, folder: Folder) -> None:
    """Write the report on a network example that has been trained."""
    root = study.root
    pictures = {
        "network": folder.picture(
            "network", "the network", lambda: draw.network(study.net, root, trained=study.net.weights)
        ),
        "graph": folder.picture("graph", "every operation", lambda: draw.graph(root)),
    }
    for weight in study.net.weights:
        pictures |= _gradient(folder, root, weight)
    if len(study.history) > 1:
        pictures["update"] = folder.picture("update", "the first update", lambda: _update(study))
    losses, title = study.history["E_total"], f"{study.example.name}: loss by epoch"
    pictures["loss"] = folder.picture("loss", "the loss by epoch", lambda: charts.loss_curve(losses, title=title))
    if study.sweeps:
        pictures |= sweep_charts(
            folder, dict(zip(("learning-rates-low", "learning-rates-high"), study.sweeps, strict=True))
        )
    folder.history(study.history)
    folder.page(study.example.title, sections.network_page(study, operations(root)), pictures)
    folder.explorer(network_explorer(study, tuple(folder.written)))


def _update(study: NetworkStudy) -> Drawable:
    """The network after the first update, with the change of each weight and the gradient that made it."""
    net = study.example.network()
    for weight in net.weights:
        weight.data = study.history[1][weight.label]
    root = study.example.loss(net)
    root.backward()
    return draw.network(net, root, before=study.history[0])


def scalar_report(study: ScalarStudy, folder: Folder) -> None:
    """Write the report on a small example."""
    pictures = {"graph": folder.picture("graph", "every operation", lambda: draw.graph(study.root))}
    for node in study.inputs:
        pictures |= _gradient(folder, study.root, node)
    folder.page(study.example.title, sections.scalar_page(study, operations(study.root)), pictures)
    folder.explorer(scalar_explorer(study, tuple(folder.written)))


def sweep_charts(folder: Folder, parts: Mapping[str, Sweep]) -> dict[str, Picture]:
    """Write the charts of learning rates, each with its part of the rates."""

    def chart(name: str, part: Sweep) -> Drawable:
        title = f"{part.example.name}: loss by epoch and learning rate"
        stuck = rates.stuck(part)
        return charts.learning_rates(part.losses, title=title, name=name, ceiling=stuck.ceiling if stuck else None)

    what = "the loss by epoch and learning rate"
    return {name: folder.picture(name, what, partial(chart, name, part)) for name, part in parts.items()}


def _gradient(folder: Folder, root: Value, node: Value) -> dict[str, Picture]:
    name = f"gradient-{node.label}"
    return {
        name: folder.picture(
            name, f"the gradient with respect to {shortened(node.label)}", lambda: draw.gradient(root, node)
        )
    }


def operations(root: Value) -> int:
    """Return the number of operations in the graph of `root`."""
    return sum(node.op is not None for node in topological(root))


def safe_name(name: str) -> str:
    """Return the name with nothing in it that a file system could take for more than a name."""
    return re.sub(r"[^\w.-]", "_", name)[:60]  # letters, of four bytes at most
