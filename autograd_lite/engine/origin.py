"""Where in the user's source something was made: the line outside this package on the way to it."""

import linecache
import os
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Origin", "origin"]


@dataclass(frozen=True)
class Origin:
    """A line of the user's source: the last one outside this package and NumPy on the way to an operation."""

    file: str
    line: int
    function: str
    """The function it is in; `<module>` at the top of a file or notebook cell."""

    @property
    def text(self) -> str:
        """What the line says; empty where the source is not at hand."""
        if self.file == "<string>":  # the name of any text that is run: Python 3.13 knows that of `python -c` alone
            return ""
        return _printable(linecache.getline(self.file, self.line).strip())

    def __str__(self) -> str:
        inside = "" if self.function.startswith("<") else f", in {self.function}"
        text = self.text if len(self.text) <= 100 else self.text[:97] + "..."
        file = self.file if len(self.file) <= 200 else "..." + self.file[-197:]
        return f"{_printable(file)}, line {self.line}{inside}" + (f": {text}" if text else "")


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isprintable())


PACKAGE = str(Path(__file__).parents[1])


def origin() -> Origin:
    """The innermost line that is neither in this package nor in NumPy, whose functions call operators of nodes."""
    frame = sys._getframe(1)
    while frame.f_back is not None and (
        frame.f_code.co_filename.startswith(PACKAGE + os.sep)
        or str(frame.f_globals.get("__name__")).partition(".")[0] == "numpy"
    ):
        frame = frame.f_back
    return Origin(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
