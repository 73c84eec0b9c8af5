"""The live pages of published examples: their numbers and errata beside ours, the source, the files of the folder."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

from autograd_lite.losses import half_squared_error
from autograd_lite.pages import sections
from autograd_lite.pages.explorer.building import of_graph, of_network
from autograd_lite.pages.explorer.page import Page
from autograd_lite.pages.markup import Html, element
from autograd_lite.pages.page import folded
from autograd_lite.pages.study import NetworkStudy, ScalarStudy

__all__ = ["network_explorer", "scalar_explorer"]


def network_explorer(study: NetworkStudy, files: Sequence[str] = ()) -> Page:
    """Return the live page of a network example; `files` are those beside it."""
    example = study.example
    net = example.network()
    content = of_network(
        net,
        [(example.inputs, example.targets)],
        loss=half_squared_error,
        lr=study.lr,
        parameters=net.weights,
        title=example.title,
    )
    parts = [sections.forward_pass(study), sections.gradients(study), sections.result(study)]
    names = (
        "Published numbers: forward pass",
        "Published numbers: gradients",
        "Published numbers: training, and errata",
    )
    shown = [replace(part, title=name) for part, name in zip(parts, names, strict=True)]
    more = _beside([*folded(shown), *_files(files)])
    return Page(replace(content, subtitle=_source(example.source, example.url), more=more))


def scalar_explorer(study: ScalarStudy, files: Sequence[str] = ()) -> Page:
    """Return the live page of a small example; `files` are those beside it."""
    example = study.example
    content = of_graph(study.root, title=example.title)
    parts = [part for part in sections.scalar_sections(study) if part.title != "The example"]
    shown = [replace(part, title=f"Published numbers: {part.title.lower()}") for part in parts]
    more = _beside([*folded(shown), *_files(files)])
    return Page(replace(content, subtitle=_source(example.source, example.url), more=more))


def _source(text: str, url: str) -> Html:
    """Where the example is from, linked where it has an address."""
    return element("span", "Source: ", element("a", text, href=url, rel="noopener noreferrer") if url else text)


def _beside(parts: Sequence[Html]) -> list[Html]:
    """The section of what has been published, with everything in it folded."""
    return [element("section", element("h2", "Beside the published numbers"), *parts, class_="published")]


def _files(names: Sequence[str]) -> list[Html]:
    if not names:
        return []
    links = [element("li", element("a", name, href=quote(name, safe="", errors="replace"))) for name in names]
    return [element("details", element("summary", "The files beside this page"), element("ul", *links))]
