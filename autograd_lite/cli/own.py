"""The commands that take a network of one's own as well as an example: `explain`, `draw`, `train` and `page`."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from autograd_lite import draw, storage
from autograd_lite.cli.arguments import Epochs, Inputs, Open, Out, Pictures, Quiet, Rate, Subject, Targets, rate
from autograd_lite.cli.endings import fail, finish, folder_of, interrupts, show_page, user_errors, working
from autograd_lite.cli.subjects import Found, found
from autograd_lite.draw import Diagram
from autograd_lite.engine.graph import leaves, readable
from autograd_lite.engine.value import Value
from autograd_lite.explanation.derivative import explain
from autograd_lite.history import History, Stopped
from autograd_lite.pages import Folder, training_report, training_sections
from autograd_lite.pages.explorer import page as live_page
from autograd_lite.pages.folder import safe_name
from autograd_lite.pages.terminal import Screen
from autograd_lite.train import TrainingDivergedError, train

__all__ = ["draw_picture", "explain_gradient", "train_network", "write_page"]

KINDS = ("network", "gradient", "graph")
FORMS = ("paths", "delta", "matrix")
NAMES = ("labels", "index")
ENDINGS = (".svg", ".png", ".pdf", ".dot", ".gv")


def _kind(text: str) -> str:
    if text.lower() in KINDS:
        return text.lower()
    raise typer.BadParameter(f"a picture is of the {', '.join(KINDS[:-1])} or {KINDS[-1]}; got {text!r}.")


def _one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() in words:
            return text.lower()
        raise typer.BadParameter(f"this is {', '.join(words[:-1])} or {words[-1]}; got {text!r}.")

    return read


def _picture(path: str | Path) -> Path:
    if Path(path).suffix.lower() in ENDINGS:
        return Path(path)
    raise typer.BadParameter(f"the name of a picture ends in {', '.join(ENDINGS)}; got {str(path)!r}.")


Weights = Annotated[
    list[str] | None,
    typer.Argument(metavar="WEIGHT", help="Weights, inputs or other named quantities, such as w1 w5."),
]


def explain_gradient(
    subject: Subject,
    nodes: Weights = None,
    form: Annotated[
        Any,
        typer.Option(parser=_one_of(FORMS), metavar="|".join(FORMS), help="Path by path, in errors δ, or as matrices."),
    ] = "paths",
    names: Annotated[
        Any,
        typer.Option(parser=_one_of(NAMES), metavar="|".join(NAMES), help="By label, as w5, or by index, as w₁₁⁽²⁾."),
    ] = "labels",
    lr: Annotated[
        float | None,
        typer.Option(parser=rate, metavar="RATE", help="Also the updates at this learning rate; not of paths."),
    ] = None,
    inputs: Inputs = None,
    targets: Targets = None,
) -> None:
    """Say why gradients are what they are: every path from the result back to each WEIGHT, factor by factor.

    Without WEIGHT, the backward pass step by step. With --form delta or matrix, the backward pass by layers: in errors
    neuron by neuron, or as equations of matrices.
    """
    if lr is not None and form == "paths":
        raise typer.BadParameter("updates are shown by --form delta and --form matrix.", param_hint="'--lr'")
    what = found(subject, inputs, targets)
    root = what.root()
    screen = Screen(sys.stdout)
    wanted = list(dict.fromkeys(nodes or ()))
    try:
        if form == "paths":
            why = [str(explain(root, node, names=names)) for node in wanted] or [str(explain(root, names=names))]
        else:
            why = [explain(root, wanted or None, form=form, names=names, lr=lr).text(screen.room)]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'WEIGHT'" if wanted else None) from None
    with user_errors():
        screen.title(what.title)
        for one in why:
            screen.line()
            screen.verbatim(one)


def draw_picture(
    subject: Subject,
    node: Annotated[
        str | None, typer.Argument(metavar="WEIGHT", help="Whose gradient is drawn: a weight, input or other name.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            parser=_picture,
            metavar="FILE",
            help=f"The picture to write; its name ends in one of {', '.join(ENDINGS)}.",
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            parser=_kind,
            metavar="|".join(KINDS),
            help="What is drawn [default: the gradient of a WEIGHT, else the network].",
        ),
    ] = None,
    inputs: Inputs = None,
    targets: Targets = None,
) -> None:
    """Draw a network, its graph, or the gradient of one weight with all its paths, to a file.

    Without --out the file is named after what is drawn, as network.svg or gradient-w1.svg.
    """
    what = found(subject, inputs, targets)
    if kind is None:
        kind = "gradient" if node is not None else "graph" if what.task is None else "network"
    if kind == "network" and what.task is None:
        raise typer.BadParameter(f"{what.name!r} is no network; a graph has --kind graph and gradient.")
    if (kind == "gradient") != (node is not None):
        told = "a gradient takes the name of a WEIGHT, such as w1" if node is None else f"the {kind} takes no WEIGHT"
        raise typer.BadParameter(f"a picture of {told}.", param_hint="'WEIGHT'")
    path = Path(safe_name(kind if node is None else f"{kind}-{node}") + ".svg") if out is None else out
    with user_errors(), working("drawing"):
        try:
            _diagram(what, kind, node).save(path)
        except (draw.EngineError, draw.FormatError) as error:
            fail(f"{error}.")
    screen = Screen(sys.stdout)
    if kind == "network" and what.task is not None and len(what.task.data) > 1:
        screen.line(f"Of the {len(what.task.data):,} samples the picture shows the first, with its loss and gradients.")
    screen.address("Picture:", path)


def _diagram(what: Found, kind: str, node: str | None) -> Diagram:
    try:
        if kind == "network" and what.task is not None:
            if not what.task.data:  # the parameters alone
                return draw.network(what.task.net, trained=what.task.parameters)
            root = what.root()
            suffix = "" if len(what.task.data) == 1 else "[1]"
            return draw.network(what.task.net, root, suffix=suffix, trained=what.task.parameters)
        root = what.root()
        return draw.graph(root) if node is None else draw.gradient(root, node)
    except draw.FormatError:
        raise
    except draw.TooLargeError as error:
        fail(f"{error.fact}. {_smaller(what, root, node)}.")
    except ValueError as error:
        if node is not None:
            raise typer.BadParameter(str(error), param_hint="'WEIGHT'") from None
        fail(f"{error}.")


def _smaller(what: Found, root: Value, node: str | None) -> str:
    """What to draw instead of a picture that is too large."""
    if node is not None:
        return f"What it is made of can be read: `autograd-lite explain` with {readable(node)}"
    among = what.task.parameters if what.task else leaves(root)
    names = [readable(leaf.label) for leaf in among if leaf.label]
    one = [f"name a WEIGHT, such as {names[0]}, to see its gradient alone"] if names else []
    all_of_it = ["leave out --kind to see the network"] if what.task else []
    if not one and not all_of_it:
        return "Give it names, and name one here as WEIGHT, to see its gradient alone"
    return f"It can be drawn in part: {', or '.join([*one, *all_of_it])}"


def train_network(
    subject: Subject,
    epochs: Epochs = None,
    lr: Rate = None,
    inputs: Inputs = None,
    targets: Targets = None,
    out: Out = "training",
    pictures: Pictures = "svg",
    open_page: Open = False,  # noqa: FBT002
    quiet: Quiet = False,  # noqa: FBT002
) -> None:
    """Train a network by gradient descent, and write what became of it.

    Prints the loss as it goes, and the parameters before and after. Writes a folder with the live page index.html, the
    chart of the loss, history.csv with all numbers, and the trained network as trained.json, which the commands take.
    """
    what = found(subject, inputs, targets)
    task = what.network()
    task = replace(task, lr=task.lr if lr is None else lr, epochs=task.epochs if epochs is None else epochs)
    for value, name, option in ((task.lr, "learning rate", "--lr"), (task.epochs, "number of epochs", "--epochs")):
        if value is None:
            raise typer.BadParameter(f"the file has no {name}; give it here, or in the file.", param_hint=option)
    what.root()  # an error of the data comes before any folder is made
    with user_errors():
        folder = folder_of(out, pictures)
        with interrupts(folder):
            screen = Screen(sys.stdout, quiet=quiet)
            screen.title(what.title)
            before = {node.label: node.data for node in task.net.parameters()}
            history = _trained(task, folder, progress=False if quiet else None)
            for section in training_sections(task, history, before):
                screen.section(section)
            with working("drawing"):
                problem = training_report(what.title, task, history, folder)
            if problem:
                screen.line()
                screen.line(f"There is no live page: {problem}.")
            finish(folder, screen, open_page=open_page)


def _trained(task: storage.Task, folder: Folder, *, progress: bool | None) -> History:
    assert task.lr is not None
    assert task.epochs is not None
    try:
        history = train(
            task.net,
            task.data,
            loss=task.loss,
            parameters=task.parameters,
            lr=task.lr,
            epochs=task.epochs,
            progress=progress,
        )
    except TrainingDivergedError as error:
        if len(error.history):
            folder.history(error.history)
        raise
    if history.stopped == Stopped.INTERRUPTED:
        folder.history(history)
        raise KeyboardInterrupt
    return history


def write_page(
    subject: Subject,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The page to write.")] = Path("page.html"),
    inputs: Inputs = None,
    targets: Targets = None,
    lr: Rate = None,
    open_page: Open = False,  # noqa: FBT002
) -> None:
    """Write a network or graph as one live page: every number can be changed, followed and explained.

    Of a saved network the sample is given by --inputs and --targets; without them the page begins with 0.5 for each.
    They can be changed in the page.
    """
    with user_errors():
        what = found(subject, inputs, targets)
        task = what.task
        try:
            if task is None:
                assert isinstance(what.graph, Value)
                made = live_page(what.graph, title=what.title)
            else:
                sizes = task.net.sizes
                made = live_page(
                    task.net,
                    task.data or [([0.5] * sizes[0], [0.5] * sizes[-1])],
                    loss=task.loss,
                    lr=next(rate for rate in (lr, task.lr, 0.5) if rate is not None),
                    parameters=task.parameters,
                    title=what.title,
                )
        except ValueError as error:
            fail(f"{error}.")
        made.save(out)
        show_page(Screen(sys.stdout), out, open_page=open_page)
