"""Make the page of a network with its data, or of a graph: an object that is saved, or shows itself in a notebook."""

import html as escaping
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from autograd_lite.engine.elsewhere import kind
from autograd_lite.engine.value import Value, locked
from autograd_lite.losses import Loss, as_loss, half_squared_error
from autograd_lite.nn import Network
from autograd_lite.pages.explorer.building import of_graph, of_network
from autograd_lite.pages.explorer.markup import Content, html
from autograd_lite.storage.files import write_whole

__all__ = ["Page", "page"]

UNTRUSTED = (
    "<style>.autograd-lite-untrusted{display:none}</style>"
    '<p class="autograd-lite-untrusted">Here is a live page: run the cell, or trust the notebook, to see it.</p>'
)
"""Notebooks that are not trusted remove the frame; and the style, which hides this elsewhere."""


class Page:
    """A page: one HTML file that needs nothing else."""

    def __init__(self, content: Content) -> None:
        self.html = html(content)
        """The text of the file."""

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to `path`, whole or not at all, and return the path."""
        return write_whole(Path(path), self.html)

    def _repr_html_(self) -> str:
        # Its own scripts run in the frame, and can reach nothing outside.
        return (
            f'<iframe srcdoc="{escaping.escape(self.html)}" sandbox="allow-scripts" title="autograd-lite" '
            'style="width:100%;height:820px;border:1px solid #9993" loading="lazy"></iframe>'
            f"{UNTRUSTED}"
        )

    def __repr__(self) -> str:
        return f"<Page of {len(self.html):,} characters; page.save(path) writes it>"


@locked
def page(
    model: Network | Value,
    data: Any = None,
    *,
    loss: Loss | str = half_squared_error,
    lr: float = 0.5,
    parameters: Iterable[Value] | None = None,
    title: str = "",
) -> Page:
    """Return a network with its data, or the graph of a node, as one live page in one HTML file.

    In the page every number can be changed, and all others follow; each quantity shows its formula, with symbols and
    with numbers, and the chain rule along every path; a training step goes one computation at a time; a network trains.

    Args:
        model: a network, or the node whose graph is to be shown.
        data: for a network the samples, pairs (inputs, targets), or one such pair.
        loss: of the network's outputs and the targets, a function or a name such as "mse"; of several samples the
            mean is trained.
        lr: the learning rate that the page begins with.
        parameters: what is trained, such as `net.weights`; by default all parameters.
        title: the heading.

    Raises:
        TypeError: what is neither a network with data nor a node.
        ValueError: more than 500 parameters, or more than 1,000 computed nodes a sample.
    """
    if isinstance(model, Network):
        if data is None:
            raise TypeError("page(net, data) takes the samples after the network, pairs (inputs, targets)")
        return Page(of_network(model, data, loss=as_loss(loss), lr=float(lr), parameters=parameters, title=title))
    if not isinstance(model, Value):
        raise TypeError(f"page() takes a network with its data, or a node (Value), got {kind(model)}")
    if data is not None:
        raise TypeError("data goes with a network; a graph has its numbers in it")
    return Page(of_graph(model, title=title))
