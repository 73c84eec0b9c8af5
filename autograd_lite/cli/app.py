"""The command line: `autograd-lite example mazur`, `train net.json`, `explain mazur w1`, `draw`, `sweep`, `list`."""

import sys
from typing import Annotated

import typer

import autograd_lite
from autograd_lite.cli import checking, own, published
from autograd_lite.cli.arguments import Command
from autograd_lite.cli.endings import FAILED, OK
from autograd_lite.pages.terminal import prepare_streams

__all__ = ["app", "run"]

app = typer.Typer(
    name="autograd-lite",
    help="Worked examples of backpropagation, and networks of your own: computed, explained, drawn and trained.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

for name, command in (
    ("example", published.example),
    ("explain", own.explain_gradient),
    ("draw", own.draw_picture),
    ("train", own.train_network),
    ("page", own.write_page),
    ("sweep", published.sweep),
    ("check", checking.check),
    ("list", published.list_examples),
):
    # A negative learning rate is no option: what is wrong with it is said where it is read.
    settings = {"ignore_unknown_options": True} if name == "sweep" else {}
    app.command(name, cls=Command, context_settings=settings)(command)


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
