"""The commands on published examples: `example`, `sweep` and `list`."""

import csv
import io
import sys

import typer

from autograd_lite import examples
from autograd_lite.cli.arguments import (
    Epochs,
    Name,
    NetworkName,
    Open,
    Out,
    Pictures,
    Quiet,
    Rate,
    Rates,
    SweepEpochs,
)
from autograd_lite.cli.endings import finish, folder_of, interrupts, user_errors, working
from autograd_lite.examples import EXAMPLES, HIGH_RATES, LOW_RATES, NetworkExample, ScalarExample, Sweep
from autograd_lite.history import Stopped
from autograd_lite.pages import (
    Folder,
    NetworkStudy,
    ScalarStudy,
    network_report,
    scalar_report,
    sections,
    sweep_charts,
)
from autograd_lite.pages.rates import example_learning_rates, learning_rates
from autograd_lite.pages.terminal import Screen
from autograd_lite.train import TrainingDivergedError

__all__ = ["example", "list_examples", "sweep"]

SWEEP = "learning-rates.html"


def example(
    name: Name,
    out: Out = "report",
    epochs: Epochs = None,
    lr: Rate = None,
    pictures: Pictures = "svg",
    open_page: Open = False,  # noqa: FBT002
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
        folder = folder_of(out, pictures)
        with interrupts(folder):
            screen = Screen(sys.stdout, quiet=quiet)
            screen.title(chosen.title)
            if isinstance(chosen, ScalarExample):
                _scalar(ScalarStudy(chosen), folder, screen)
            else:
                _trained(NetworkStudy(chosen, lr=lr, epochs=epochs), folder, screen, progress=False if quiet else None)
            finish(folder, screen, open_page=open_page)


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


def sweep(
    network: NetworkName,
    rates: Rates = None,
    epochs: SweepEpochs = 67,
    out: Out = "report",
    pictures: Pictures = "svg",
    open_page: Open = False,  # noqa: FBT002
    quiet: Quiet = False,  # noqa: FBT002
) -> None:
    """Train a network anew at each learning rate, and chart the loss by epoch and learning rate.

    Prints a table. Writes the page learning-rates.html and its chart, learning-rates, or without given RATES two,
    learning-rates-low and -high, of the rates that ERA session 6 charts, whichever the network; and all losses as
    learning-rates.csv.
    """
    chosen = EXAMPLES[network]()
    assert isinstance(chosen, NetworkExample)
    with user_errors():
        folder = folder_of(out, pictures)
        with interrupts(folder):
            screen = Screen(sys.stdout, quiet=quiet)
            title = f"{chosen.title}: learning rates"
            screen.title(title)
            with working("training") as tell:
                swept = examples.sweep(
                    chosen,
                    rates or (*LOW_RATES, *HIGH_RATES),
                    epochs=epochs,
                    tick=lambda rate: tell(f"rate {rate:g}"),
                )
            parts = {"learning-rates": swept} if rates else _era_parts(swept)
            section = learning_rates(swept, epochs, parts)
            screen.section(section)
            folder.write("learning-rates.csv", _losses_csv(swept), "every loss by epoch and learning rate")
            with working("drawing"):
                drawn = sweep_charts(folder, parts)
                folder.page(title, [section], drawn, name=SWEEP, live="")
            finish(folder, screen, SWEEP, open_page=open_page)


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
    writer.writerow(["epoch", *(f"lr {rate!r}" for rate in swept.losses)])
    for n in range(max(map(len, swept.losses.values()))):
        writer.writerow([n, *(repr(losses[n]) if n < len(losses) else "" for losses in swept.losses.values())])
    return text.getvalue()


def list_examples() -> None:
    """List the examples and their sources."""
    with user_errors():
        screen = Screen(sys.stdout)
        screen.title("Worked examples, by the name that `autograd-lite example` takes")
        screen.section(sections.listing([make() for make in EXAMPLES.values()]))
