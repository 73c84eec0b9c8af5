"""What a command works on: a published example, by its name, or a network or graph of one's own, by its file."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typer

from autograd_lite import storage
from autograd_lite.cli.arguments import OWN, known
from autograd_lite.cli.endings import fail
from autograd_lite.engine.value import Value
from autograd_lite.examples import EXAMPLES, NetworkExample
from autograd_lite.storage import Task
from autograd_lite.train import data_loss

__all__ = ["Found", "found"]


@dataclass(frozen=True)
class Found:
    """A network with its data, or else a graph, and its name."""

    title: str
    name: str
    task: Task | None = None
    graph: Value | None = None

    def root(self) -> Value:
        """The loss, or the result of the graph, with its gradients; an error if there is no sample to compute it of."""
        if self.task is None:
            assert self.graph is not None
            root = self.graph
        elif not self.task.data:
            raise typer.BadParameter(
                "the file has a network and no sample; give one with --inputs and --targets, or write it to the file.",
                param_hint="FILE",
            )
        else:
            try:
                root = data_loss(self.task.net, self.task.data, self.task.loss)
            except ValueError as error:
                fail(f"{error}.")
        root.backward()
        return root

    def network(self) -> Task:
        """The network; an error if there is none."""
        if self.task is None:
            raise typer.BadParameter(f"{self.name!r} is not a network, nothing in it is trained.")
        return self.task


def found(text: str, inputs: list[float] | None = None, targets: list[float] | None = None) -> Found:
    """Return what `text` names, with the sample that is given instead of its own."""
    what = _file(Path(text)) if _is_file(text) else _example(text)
    if inputs is None and targets is None:
        return what
    if what.task is None:
        raise typer.BadParameter("this is a graph, which has its numbers in it; leave out --inputs and --targets.")
    if inputs is None or targets is None:
        raise typer.BadParameter("a sample has --inputs and --targets; give both, or neither.")
    sizes = what.task.net.sizes
    _check(inputs, sizes[0], "--inputs", "inputs")
    _check(targets, sizes[-1], "--targets", "outputs")
    return replace(what, task=replace(what.task, data=[(inputs, targets)]))


def _check(given: list[float], count: int, option: str, what: str) -> None:
    if len(given) != count:
        raise typer.BadParameter(f"this network has {count} {what}, got {len(given)} numbers.", param_hint=option)


def _is_file(text: str) -> bool:
    if text.lower().replace("_", "-") in EXAMPLES:
        return False
    return os.sep in text or "/" in text or bool(Path(text).suffix) or Path(text).is_file()


def _example(text: str) -> Found:
    try:
        name = known(text)
    except typer.BadParameter as error:
        raise typer.BadParameter(f"{error.message.rstrip('.')}; {OWN}.", param_hint="NAME") from None
    example: Any = EXAMPLES[name]()
    if isinstance(example, NetworkExample):
        data = [(list(example.inputs), list(example.targets))]
        task = Task(example.network(), data, trained="weights", lr=example.lr, epochs=example.epochs)
        return Found(example.title, name, task)
    return Found(example.title, name, graph=example.graph()[0])


def _file(path: Path) -> Found:
    try:
        held = storage.load(path)
    except OSError as error:
        fail(f"cannot read {str(path)!r}: {error.strerror or error}.")
    except storage.FileFormatError as error:
        fail(f"{error}.")
    if isinstance(held, Task):
        return Found(path.stem, path.stem, held)
    if isinstance(held, list):
        fail(f"{str(path)!r} has a graph of {len(held)} results; one is due.")
    return Found(path.stem, path.stem, graph=held)
