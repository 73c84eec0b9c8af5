"""How far a training has come, shown on a terminal or in a notebook."""

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["Advance", "progress_bar", "tell"]

WAIT = 1.0
"""Seconds before a notebook shows anything."""

Advance = Callable[[int, float], None]
"""Is told how many epochs are done, and the loss (NaN if there is none)."""


@contextmanager
def progress_bar(total: int, *, shown: bool | None = None) -> Iterator[Advance]:
    """Show a bar of `total` epochs while a block runs, by default on a terminal and in a notebook."""
    if not _is_shown(shown=shown):
        yield lambda _epoch, _loss: None
    elif _in_notebook():
        yield from _line(total)
    else:
        yield from _bar(total)


def tell(lines: list[str], *, shown: bool | None = None) -> None:
    """Write lines for the reader where a bar would be shown: on standard error, or below the cell."""
    if lines and _is_shown(shown=shown):
        sys.stderr.write("\n".join([*lines, ""]))


def _is_shown(*, shown: bool | None) -> bool:
    terminal = sys.stderr is not None and sys.stderr.isatty()
    return shown is not False and (bool(shown) or terminal or _in_notebook())


def _bar(total: int) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), TextColumn("loss {task.fields[loss]:.3e}"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total, loss=math.nan)
        every = max(1, total // 200)
        last = -every

        def advance(epoch: int, loss: float) -> None:
            nonlocal last
            if epoch - last >= every or epoch == total:
                last = epoch
                bar.update(task, completed=epoch, loss=loss)

        yield advance


def _in_notebook() -> bool:
    """Whether a Jupyter kernel runs this: IPython is looked at only if it is there already."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    return shell is not None and hasattr(shell, "kernel")


def _line(total: int) -> Iterator[Advance]:
    """A line of text below the cell, for what takes longer than a second; replaced as it goes on, empty at its end."""
    from IPython.display import display

    began = shown = time.monotonic()
    handle: Any = None

    def advance(epoch: int, loss: float) -> None:
        nonlocal handle, shown
        now = time.monotonic()
        if now - began < WAIT or now - shown < WAIT / 5:
            return
        shown = now
        text = {"text/plain": f"training: {epoch:,} of {total:,}{'' if math.isnan(loss) else f', loss {loss:.3e}'}"}
        if handle is None:
            handle = display(text, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            handle.update(text, raw=True)

    try:
        yield advance
    finally:
        if handle is not None:
            handle.update({"text/plain": ""}, raw=True)
