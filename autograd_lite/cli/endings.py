"""How a command ends: with files, with an error that the user can put right, or on ctrl-C."""

import contextlib
import sys
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn, cast

import typer
from rich.console import Console

from autograd_lite import draw
from autograd_lite.draw import engines
from autograd_lite.pages import Folder
from autograd_lite.pages.folder import Format
from autograd_lite.pages.terminal import Screen
from autograd_lite.train import TrainingDivergedError

__all__ = [
    "FAILED",
    "INTERRUPTED",
    "OK",
    "fail",
    "finish",
    "folder_of",
    "interrupts",
    "say",
    "show_page",
    "user_errors",
    "working",
    "written",
]

OK, FAILED, INTERRUPTED = 0, 1, 130  # 2, bad usage, is typer's


def folder_of(out: str, pictures: str) -> Folder:
    """Make the folder that is written to; what cannot be written is refused before the work is done."""
    try:
        engines.able(pictures)
    except draw.EngineNotFoundError:
        pass  # the report goes on without diagrams, and says so at its end
    except draw.FormatError as error:
        fail(f"{error}.")
    try:
        return Folder(Path(out), cast(Format, pictures))
    except FileNotFoundError:  # its parents are made too: the system lets nobody make any there
        fail(f"cannot make the folder {out!r}: no folder can be made there. Another can be given with --out.")


def show_page(screen: Screen, page: Path, *, open_page: bool) -> None:
    """Print the address of a page, and open it in the browser if that is wanted."""
    screen.address("Page:", page)
    if open_page and not webbrowser.open(page.resolve().as_uri()):
        say("No browser could be started; open the address above in one.")


def finish(folder: Folder, screen: Screen, page: str = "index.html", *, open_page: bool = False) -> None:
    """Say what was written, and where its page is; exits with 1 if something could not be drawn."""
    screen.line()
    screen.line(written(folder))
    if page in folder.written:
        show_page(screen, folder.path / page, open_page=open_page)
    if folder.left:
        screen.line(f"Not of this report, there before: {', '.join(folder.left)}")
    for problem in folder.problems:
        say(f"Error: not everything could be drawn: {problem}")
    if folder.problems:
        raise typer.Exit(FAILED)


def written(folder: Folder) -> str:
    """Name the files that were written."""
    names = sorted(folder.written, key=lambda name: not name.endswith(".html") or name == "report.html")
    return f"Written to {folder.path}: {', '.join(names)}" if names else f"Nothing was written to {folder.path}"


@contextlib.contextmanager
def interrupts(folder: Folder) -> Iterator[None]:
    """On ctrl-C say what has been written, and exit with 130."""
    try:
        yield
    except KeyboardInterrupt:
        say(f"Interrupted. {written(folder)}{' (whole; other files are as they were)' if folder.written else ''}.")
        raise typer.Exit(INTERRUPTED) from None
    except TrainingDivergedError:
        if folder.written:
            say(f"{written(folder)} (the history as far as it is finite).")
        raise


@contextlib.contextmanager
def user_errors() -> Iterator[None]:
    """Turn what a user can put right into a message and exit code 1."""
    try:
        yield
    except OSError as error:
        reason = "it is there, and is not a folder" if isinstance(error, FileExistsError) else error.strerror or error
        if error.filename is None:
            fail(f"cannot write: {reason}.")
        fail(f"cannot write {str(error.filename)!r}: {reason}. Another folder can be given with --out.")
    except (TrainingDivergedError, MemoryError) as error:
        fail(f"{error}.")
    except KeyboardInterrupt:
        say("Interrupted.")
        raise typer.Exit(INTERRUPTED) from None


def fail(message: str) -> NoReturn:
    """Exit with 1 and a message."""
    say(f"Error: {message}")
    raise typer.Exit(FAILED)


def say(message: str) -> None:
    """Write a line on standard error."""
    sys.stderr.write(f"{message}\n")


@contextlib.contextmanager
def working(what: str) -> Iterator[Callable[[str], None]]:
    """Show on a terminal that something goes on; calling what is given adds a word to it."""
    console = Console(stderr=True, markup=False, emoji=False)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status(f"{what} ...") as status:
        yield lambda more: status.update(f"{what}: {more} ...")
