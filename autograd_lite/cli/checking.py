"""The command `check`: how accurate the operations are on this machine."""

import sys
from typing import Annotated, Any

import typer

from autograd_lite.cli.arguments import Operations, Points, Quiet
from autograd_lite.cli.endings import fail, user_errors, working
from autograd_lite.engine.extras import install
from autograd_lite.engine.ops import HELPERS, OPS
from autograd_lite.pages.terminal import Screen

__all__ = ["check"]


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
            screen.raw(report.as_json(rows))
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
