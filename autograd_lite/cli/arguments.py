"""What the arguments of the command line may be: each is checked as it is read."""

import contextlib
import difflib
import importlib
import math
import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from autograd_lite.engine.ops import Op
from autograd_lite.examples import EXAMPLES, NetworkExample
from autograd_lite.pages.folder import Format
from autograd_lite.testing.strategies.domains import named

__all__ = [
    "Command",
    "Epochs",
    "Inputs",
    "Name",
    "NetworkName",
    "Open",
    "Operations",
    "Out",
    "Pictures",
    "Points",
    "Quiet",
    "Rate",
    "Rates",
    "Subject",
    "SweepEpochs",
    "Targets",
    "known",
    "rate",
]


class Command(TyperCommand):
    """A command that lists the names there are if none was given."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments."""
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            param = getattr(getattr(error, "param", None), "name", "")
            if hasattr(error, "param_type") and param in MISSING:  # the error of an argument that was not given
                error.message = MISSING[param]
            raise


def known(name: str) -> str:
    """Return the name of an example as it is written here; an error names the nearest."""
    return _among(name, list(EXAMPLES), "There are")


def _among(name: str, names: list[str], there: str) -> str:
    usual = name.lower().replace("_", "-")  # era_s6 is the function in Python
    if usual in EXAMPLES:
        return usual
    near = difflib.get_close_matches(usual, names, 1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    file = " Files are for explain, draw, train and page." * name.endswith(".json")
    raise typer.BadParameter(f"there is no example {name!r}.{hint} {there}: {', '.join(names)}.{file}")


def _network(name: str) -> str:
    usual = _among(name, NETWORKS.split(", "), "Networks are")
    if isinstance(EXAMPLES[usual](), NetworkExample):
        return usual
    raise typer.BadParameter(f"{name!r} is not a network, nothing in it is trained. Networks are: {NETWORKS}.")


def rate(text: str) -> float:
    """Return a learning rate; an error says what is one."""
    if text.startswith("-") and not NUMBER.match(text):  # `sweep` takes what begins with - for a number
        near = difflib.get_close_matches(text, ("--epochs", "--format", "--open", "--out", "--quiet"), 1)
        raise typer.BadParameter(f"there is no option {text!r}.{f' Did you mean {near[0]!r}?' if near else ''}")
    with contextlib.suppress(ValueError):
        if 0.0 <= float(text) < math.inf:
            return float(text)
    raise typer.BadParameter(f"a learning rate is a number, 0 or above, such as 0.5; got {text!r}.")


def _count(value: str | int) -> int:
    text = str(value)  # typer has the default parsed too
    if text.isascii() and text.isdigit() and len(text) <= 12:
        return int(text)
    raise typer.BadParameter(f"this is a whole number, 0 or above and of at most 12 digits, such as 100; got {text!r}.")


def _numbers(text: str | list[float]) -> list[float]:
    try:
        found = text if isinstance(text, list) else [float(x) for x in text.split(",")]
    except ValueError:
        found = []
    if found and all(map(math.isfinite, found)):
        return found
    raise typer.BadParameter(f"these are numbers with commas between, such as 0.05,0.1; got {text!r}.")


def _format(text: str) -> str:
    if text.lower() in FORMATS:
        return text.lower()
    raise typer.BadParameter(f"a picture is made as {', '.join(FORMATS)}; got {text!r}.")


def _folder(text: str) -> str:
    if text:
        return text
    raise typer.BadParameter("the name of the folder is empty; for the current one write a dot.")


def _operation(name: str) -> str:
    module, colon, own = name.partition(":")
    if colon:
        return _imported(module, own)
    try:
        return named(name.lower().replace("-", "_")).name
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _imported(module: str, name: str) -> str:
    """The name of an operation of the user's own in a module that can be imported from here."""
    where = f"{module}:{name}"
    if not all(part.isidentifier() for part in (*module.split("."), name)):
        raise typer.BadParameter(f"one of your own operations is given as module:name, as my_ops:swish; got {where!r}.")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        imported = getattr(importlib.import_module(module), name)
    except Exception as error:
        raise typer.BadParameter(f"{where!r} cannot be imported: {type(error).__name__}: {error}") from error
    if not isinstance(imported, Op):
        raise typer.BadParameter(
            f"{where!r} is no operation but {type(imported).__name__}; see autograd_lite.operation."
        )
    if imported.definition is None:
        raise typer.BadParameter(
            f"the slopes of {where!r} were given by hand and only differences can judge them: in Python "
            f"testing.check_gradient({name}, point)."
        )
    return imported.name


NUMBER = re.compile(r"-(\d|\.\d|inf|nan)", re.IGNORECASE)
NAMES = ", ".join(EXAMPLES)
NETWORKS = ", ".join(name for name, make in EXAMPLES.items() if isinstance(make(), NetworkExample))
OWN = "or the file of a network or graph of your own, such as net.json"
MISSING = {
    "name": f"There are: {NAMES}.",
    "network": f"Networks are: {NETWORKS}.",
    "subject": f"There are: {NAMES}; {OWN}.",
}
"""What is said where an argument is missing, by its name in the command's function."""
FORMATS: tuple[Format, ...] = ("svg", "png", "pdf")

Name = Annotated[str, typer.Argument(parser=known, metavar="NAME", help=f"One of {NAMES}.")]
NetworkName = Annotated[str, typer.Argument(parser=_network, metavar="NAME", help=f"One of {NETWORKS}.")]
Subject = Annotated[str, typer.Argument(metavar="NAME|FILE", help=f"One of {NAMES}; {OWN}.")]
Rates = Annotated[
    list[float] | None,
    typer.Argument(parser=rate, metavar="RATE", help="Learning rates; those of ERA session 6 if there are none."),
]
Epochs = Annotated[
    int | None,
    typer.Option(parser=_count, metavar="N", help="Epochs of training [default: as published, or in the file]."),
]
SweepEpochs = Annotated[int, typer.Option(parser=_count, metavar="N", help="Epochs at each learning rate.")]
Rate = Annotated[
    float | None,
    typer.Option(parser=rate, metavar="RATE", help="Learning rate [default: as published, or in the file]."),
]
Open = Annotated[bool, typer.Option("--open", help="Open the page in the browser.")]
Out = Annotated[
    str, typer.Option("--out", "-o", parser=_folder, metavar="FOLDER", help="Where to write; made if it is not there.")
]
Pictures = Annotated[
    str,
    typer.Option("--format", parser=_format, metavar="svg|png|pdf", help="Of the pictures; pdf needs Graphviz's dot."),
]
Inputs = Annotated[
    Any, typer.Option(parser=_numbers, metavar="NUMBERS", help="Of the sample, with commas between, such as 0.05,0.1.")
]
Targets = Annotated[Any, typer.Option(parser=_numbers, metavar="NUMBERS", help="Of the sample, in the same way.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Operations = Annotated[
    list[str] | None,
    typer.Argument(
        parser=_operation,
        metavar="OPERATION",
        help="Such as exp or pow, or one of your own as my_ops:swish; all of the package if there are none.",
    ),
]
Points = Annotated[
    int | None,
    typer.Option(parser=_count, metavar="N", help="Points drawn for each, besides the fixed ones [default: 8400]."),
]
