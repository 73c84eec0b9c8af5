"""The command line: `autograd-lite example mazur`, `page net.json`, `explain mazur w1`, `sweep`, `check`, `list`."""

import csv
import io
import sys
from pathlib import Path
from typing import Annotated, Any, cast

import typer

import autograd_lite
from autograd_lite import draw, examples, storage
from autograd_lite.cli.arguments import (
    Epochs,
    Name,
    NetworkName,
    Numbers,
    Operations,
    Out,
    Pictures,
    Points,
    Quiet,
    Rate,
    Rates,
    Updates,
)
from autograd_lite.cli.endings import (
    FAILED,
    OK,
    fail,
    finish,
    interrupts,
    user_errors,
    working,
)
from autograd_lite.draw import engines
from autograd_lite.engine.extras import install
from autograd_lite.engine.ops import HELPERS, OPS
from autograd_lite.engine.value import Value
from autograd_lite.examples import EXAMPLES, HIGH_RATES, LOW_RATES, NetworkExample, ScalarExample, Sweep
from autograd_lite.explanation.derivative import explain
from autograd_lite.history import Stopped
from autograd_lite.nn import Network
from autograd_lite.pages import (
    Folder,
    NetworkStudy,
    ScalarStudy,
    network_report,
    scalar_report,
    sections,
    sweep_charts,
)
from autograd_lite.pages.explorer import page as live_page
from autograd_lite.pages.folder import Format
from autograd_lite.pages.rates import example_learning_rates, learning_rates
from autograd_lite.pages.terminal import Screen, prepare_streams
from autograd_lite.train import TrainingDivergedError

__all__ = ["app", "run"]

app = typer.Typer(
    name="autograd-lite",
    help="Worked examples of backpropagation: computed, checked against the published numbers, drawn and trained.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


# --- commands ------------------------------------------------------------------------------------------------------


@app.command()
def example(
    name: Name,
    out: Out = "report",
    epochs: Epochs = None,
    lr: Rate = None,
    pictures: Pictures = "svg",
    quiet: Quiet = False,  # noqa: FBT002
) -> None:
    """Compute a published example, check it, train it, draw it, and write the report.

    Prints the forward pass, the gradients, the training and its result beside the published numbers. Writes a folder
    with the live page index.html, the report, the diagrams, the charts and the history of the training.
    """
    chosen = EXAMPLES[name]()
    if isinstance(chosen, ScalarExample) and (epochs is not None or lr is not None):
        raise typer.BadParameter(f"{name!r} is not a network, nothing in it is trained; leave out --epochs and --lr.")
    with user_errors():
        _check_format(pictures)
        folder = _folder(out, pictures)
        with interrupts(folder):
            screen = Screen(sys.stdout, quiet=quiet)
            screen.title(chosen.title)
            if isinstance(chosen, ScalarExample):
                _scalar(ScalarStudy(chosen), folder, screen)
            else:
                _trained(NetworkStudy(chosen, lr=lr, epochs=epochs), folder, screen, progress=False if quiet else None)
            finish(folder, screen)


def _folder(out: str, pictures: str) -> Folder:
    try:
        return Folder(Path(out), cast(Format, pictures))
    except FileNotFoundError:  # its parents are made too: the system lets nobody make any there
        fail(f"cannot make the folder {out!r}: no folder can be made there. Another can be given with --out.")


def _check_format(pictures: str) -> None:
    """Refuse a format that the layout engine cannot make, before the work is done."""
    try:
        engines.able(pictures)
    except draw.EngineNotFoundError:
        pass  # the report goes on without diagrams, and says so at its end
    except draw.FormatError as error:
        fail(f"{error}.")


def _scalar(study: ScalarStudy, folder: Folder, screen: Screen) -> None:
    for section in sections.scalar_sections(study):
        screen.section(section)
    with working("drawing"):
        scalar_report(study, folder)


def _trained(study: NetworkStudy, folder: Folder, screen: Screen, *, progress: bool | None) -> None:
    screen.section(sections.introduction(study))
    screen.section(sections.forward_pass(study))
    screen.section(sections.gradients(study))
    try:
        study.train(progress=progress)
    except TrainingDivergedError:
        _keep(study, folder)
        raise
    if study.history.stopped == Stopped.INTERRUPTED:
        _keep(study, folder)
        raise KeyboardInterrupt
    screen.section(sections.first_update(study))
    screen.section(sections.training(study))
    with working("comparing with the published numbers"):
        result = sections.result(study)
    screen.section(result)
    if study.sweeps:
        screen.section(example_learning_rates(study))
    with working("drawing"):
        network_report(study, folder)


def _keep(study: NetworkStudy, folder: Folder) -> None:
    """Write the history of a training that ended early."""
    if len(study.history):
        folder.history(study.history)


@app.command()
def page(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A network or graph that was saved, as JSON.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The page to write.")] = Path("page.html"),
    inputs: Numbers = None,
    targets: Numbers = None,
    lr: Rate = None,
) -> None:
    """Write a saved network or graph as one live page: every number can be changed, followed and explained.

    Of a network the sample is given by --inputs and --targets, numbers with commas between; without them the page
    begins with 0.5 for each. They can be changed in the page.
    """
    with user_errors():
        loaded = _loaded(file)
        sample = None
        if isinstance(loaded, Network):
            first, last = loaded.sizes[0], loaded.sizes[-1]
            sample = (
                _numbers(inputs, first, "--inputs", "inputs"),
                _numbers(targets, last, "--targets", "outputs"),
            )
        elif inputs is not None or targets is not None:
            raise typer.BadParameter(
                "the file is a graph, which has its numbers in it; leave out --inputs and --targets."
            )
        try:
            made = live_page(loaded, sample, lr=0.5 if lr is None else lr, title=file.stem)
        except ValueError as error:
            fail(f"{error}.")
        made.save(out)
        sys.stdout.write(f"Written: {out}\n")


def _loaded(file: Path) -> Network | Value:
    """The network or graph of a file."""
    try:
        return storage.load_network(file)
    except OSError as error:
        fail(f"cannot read {str(file)!r}: {error.strerror or error}.")
    except storage.FileFormatError as error:
        try:
            loaded = storage.load_graph(file)
        except storage.FileFormatError:
            fail(f"{error}.")
    if not isinstance(loaded, Value):
        fail(f"{str(file)!r} has a graph of {len(loaded)} results; a page shows one.")
    return loaded


def _numbers(given: list[float] | None, count: int, option: str, what: str) -> list[float]:
    if given is None:
        return [0.5] * count
    if len(given) != count:
        raise typer.BadParameter(f"this network has {count} {what}, got {len(given)} numbers.", param_hint=option)
    return given


@app.command()
def sweep(
    name: NetworkName,
    rates: Rates = None,
    updates: Updates = 67,
    out: Out = "report",
    pictures: Pictures = "svg",
    quiet: Quiet = False,  # noqa: FBT002
) -> None:
    """Train a network anew at each learning rate, and chart the loss by step and learning rate.

    Prints a table. Writes the chart learning-rates, or without given RATES two, learning-rates-low and -high, of the
    rates that ERA session 6 charts, whichever the network; and all losses as learning-rates.csv.
    """
    chosen = EXAMPLES[name]()
    assert isinstance(chosen, NetworkExample)
    with user_errors():
        folder = _folder(out, pictures)
        with interrupts(folder):
            screen = Screen(sys.stdout, quiet=quiet)
            screen.title(f"{chosen.title}: learning rates")
            with working("training") as tell:
                swept = examples.sweep(
                    chosen,
                    rates or (*LOW_RATES, *HIGH_RATES),
                    updates=updates,
                    tick=lambda rate: tell(f"rate {rate:g}"),
                )
            parts = {"learning-rates": swept} if rates else _era_parts(swept)
            screen.section(learning_rates(swept, updates, parts))
            with working("drawing"):
                sweep_charts(folder, parts)
            folder.write("learning-rates.csv", _losses_csv(swept), "every loss by step and learning rate")
            finish(folder, screen)


def _era_parts(swept: Sweep) -> dict[str, Sweep]:
    charts = {"learning-rates-low": LOW_RATES, "learning-rates-high": HIGH_RATES}
    return {
        name: Sweep(
            swept.example,
            {rate: swept.losses[rate] for rate in rates},
            {rate: why for rate, why in swept.diverged.items() if rate in rates},
        )
        for name, rates in charts.items()
    }


def _losses_csv(swept: Sweep) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["updates", *(f"lr {rate!r}" for rate in swept.losses)])
    for n in range(max(map(len, swept.losses.values()))):
        writer.writerow([n, *(repr(losses[n]) if n < len(losses) else "" for losses in swept.losses.values())])
    return text.getvalue()


@app.command("explain")
def explain_gradient(
    name: Name,
    node: Annotated[
        str | None, typer.Argument(metavar="WEIGHT", help="A weight, input or other named quantity, such as w1.")
    ] = None,
) -> None:
    """Say why a gradient is what it is: every path from the result back to WEIGHT, factor by factor.

    Without WEIGHT, the backward pass step by step.
    """
    chosen = EXAMPLES[name]()
    root = (NetworkStudy(chosen) if isinstance(chosen, NetworkExample) else ScalarStudy(chosen)).root
    try:
        why = explain(root) if node is None else explain(root, node)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'WEIGHT'") from None
    with user_errors():
        screen = Screen(sys.stdout)
        screen.title(chosen.title)
        screen.line()
        screen.verbatim(str(why))


@app.command()
def check(
    names: Operations = None,
    points: Points = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,  # noqa: FBT002
    quiet: Quiet = False,  # noqa: FBT002
) -> None:
    """Measure how accurate the operations are on this machine, against results in 50 digits.

    Prints the largest error of each value and slope in units in the last place (ulps), and the point where it is.
    The exit code is 1 if one is above its bound: 2 ulps for a single call of a C library that is within 1, else 4.
    """
    with user_errors():
        accuracy, report = _accuracy()
        rows = []
        with working("measuring") as tell:
            for name in dict.fromkeys(names or [*OPS, *HELPERS]):
                tell(name)
                rows.append(accuracy.measure(name, accuracy.POINTS if points is None else points))
        screen = Screen(sys.stdout, quiet=quiet)
        if as_json:
            screen.verbatim(report.as_json(rows))
        else:
            screen.title("The accuracy of autograd-lite on this machine")
            for section in report.sections(rows):
                screen.section(section)
        if not all(row.ok for row in rows):
            fail(report.verdict(rows))


def _accuracy() -> tuple[Any, Any]:
    try:
        from autograd_lite.pages import accuracy as report
        from autograd_lite.testing import accuracy
    except ModuleNotFoundError as error:
        if error.name != "mpmath":
            raise
        fail(f"the true results are computed by mpmath, which is not installed: {install('testing')}")
    return accuracy, report


@app.command("list")
def list_examples() -> None:
    """List the examples and their sources."""
    with user_errors():
        screen = Screen(sys.stdout)
        screen.title("Worked examples, by the name that `autograd-lite example` takes")
        screen.section(sections.listing([make() for make in EXAMPLES.values()]))


def _version(*, wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"autograd-lite {autograd_lite.__version__}\n")
        raise typer.Exit(OK)


@app.callback()
def _options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=lambda value: _version(wanted=value), is_eager=True, help="The version."),
    ] = False,
) -> None:
    pass


def run() -> int:
    """Run the command line with the arguments of this process, and return the exit code."""
    prepare_streams()
    try:
        app(prog_name="autograd-lite")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else OK if end.code is None else FAILED
    return OK
