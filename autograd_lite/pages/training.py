"""The report on the training of a network of one's own."""

from collections.abc import Mapping

from autograd_lite.draw import charts
from autograd_lite.history import History
from autograd_lite.losses import LOSSES
from autograd_lite.pages import tables
from autograd_lite.pages.document import Cell, Column, Section, Table, Text, apart, decimals
from autograd_lite.pages.explorer import page
from autograd_lite.pages.folder import Folder
from autograd_lite.storage import Task, save_task

__all__ = ["training_report", "training_sections"]

SHOWN = 40  # parameters in the table


def training_sections(task: Task, history: History, before: Mapping[str, float]) -> list[Section]:
    """How the loss went, and the parameters `before` and after."""
    epochs = len(history) - 1
    outputs = [name for name in history[0] if name.startswith("a_o")] if len(task.data) == 1 else []
    loss = next((name for name, loss in LOSSES.items() if loss is task.loss), "")
    samples = f"{len(task.data):,} sample{'s' * (len(task.data) != 1)}"
    first, last = apart(history["E_total"][0], history["E_total"][-1])
    text = (
        f"Gradient descent on {samples} with learning rate {task.lr:g}, {epochs:,} epoch{'s' * (epochs != 1)}. The "
        f"loss, {loss.replace('_', ' ')}, goes from {first} to {last}. All digits are in history.csv."
    )
    return [
        Section("Training", (Text(text), tables.loss_by_epoch(history, outputs))),
        Section("Parameters", (_parameters(task, before),)),
    ]


def _parameters(task: Task, before: Mapping[str, float]) -> Table | Text:
    nodes = task.net.parameters()
    if len(nodes) > SHOWN:
        return Text(f"There are {len(nodes):,}; trained.json has them.")
    trained = set(map(id, task.parameters))
    old, new = decimals([before[node.label] for node in nodes]), decimals([node.data for node in nodes])
    change = [
        cell if id(node) in trained else Cell("fixed")
        for node, cell in zip(nodes, decimals([node.data - before[node.label] for node in nodes]), strict=True)
    ]
    columns = (
        Column("parameter"),
        Column("before", number=True, minor=1),
        Column("change", number=True, minor=2),
        Column("after", number=True),
    )
    names = [Cell(node.label) for node in nodes]
    return Table("The parameters before and after", columns, tuple(zip(names, old, change, new, strict=True)))


def training_report(title: str, task: Task, history: History, folder: Folder) -> str:
    """Write the network that was trained, its history, the chart of the loss and the live page.

    Returns why there is no live page, or nothing.
    """
    losses = history["E_total"]
    folder.picture("loss", "the loss by epoch", lambda: charts.loss_curve(losses, title=f"{title}: loss by epoch"))
    folder.history(history)
    save_task(task, folder.path / "trained.json")
    folder.written["trained.json"] = "the trained network with its data"
    lr = 0.5 if task.lr is None else task.lr
    try:
        live = page(task.net, task.data, loss=task.loss, lr=lr, parameters=task.parameters, title=title)
    except ValueError as error:
        return str(error)
    folder.explorer(live)
    return ""
