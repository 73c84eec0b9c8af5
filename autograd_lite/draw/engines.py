"""Which program lays a diagram out, Graphviz's `dot` or the one that comes as a wheel; and running it, with a limit."""

import contextlib
import math
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from importlib import metadata
from typing import Literal

from autograd_lite.text.layout import printable

__all__ = [
    "TIMEOUT",
    "Engine",
    "EngineError",
    "EngineName",
    "EngineNotFoundError",
    "EngineTimeoutError",
    "FormatError",
    "able",
    "find",
    "render",
]

EngineName = Literal["dot", "pure"]
"""`dot` of an installed Graphviz, or `graphviz-pure`, the same as a wheel."""

TIMEOUT = 60.0
"""Seconds an engine may take, unless the caller says otherwise."""

FORMATS: dict[EngineName, tuple[str, ...]] = {"dot": ("svg", "png", "pdf"), "pure": ("svg", "png")}
WHOLE = {"svg": (b"<svg", b"</svg>"), "png": (b"\x89PNG\r\n", b"IEND"), "pdf": (b"%PDF-", b"%%EOF")}
"""What a file begins and ends with."""
PNG_DPI = 144  # 1.5 pixels a CSS pixel: sharp in print and on dense screens
INSTALL = 'install Graphviz, so that its `dot` is on the PATH, or run: pip install "autograd-lite[viz]"'


class EngineError(RuntimeError):
    """The layout engine could not be started, or failed; the message has what it wrote."""


class EngineNotFoundError(EngineError):
    """There is no layout engine on this machine; the message names both ways to get one."""


class EngineTimeoutError(EngineError):
    """The layout engine took longer than the limit, and was stopped."""


class FormatError(ValueError):
    """A picture format that does not exist here, or that this engine cannot make."""


@dataclass(frozen=True)
class Engine:
    """A program that turns DOT text into a picture."""

    name: EngineName
    path: str

    @property
    def formats(self) -> tuple[str, ...]:
        """What it can make."""
        return FORMATS[self.name]


def find(engine: EngineName | None = None) -> Engine:
    """Return the engine of that name; with None `dot` if it is on the PATH, else `graphviz-pure`.

    Raises `EngineNotFoundError` if it is not installed, `ValueError` for another name.
    """
    if engine not in {None, "dot", "pure"}:
        raise ValueError(f"engine is 'dot', 'pure' or None (dot if installed, else pure), got {engine!r}")
    if engine != "pure" and (path := shutil.which("dot")):
        return Engine("dot", path)
    if engine != "dot" and (path := _pure()):
        return Engine("pure", path)
    if engine == "dot":
        raise EngineNotFoundError(f"there is no `dot` on the PATH: {INSTALL}, and leave out engine='dot'")
    if engine == "pure":
        raise EngineNotFoundError('graphviz-pure is not installed: run pip install "autograd-lite[viz]"')
    raise EngineNotFoundError(f"no layout engine for diagrams was found: {INSTALL}")


def _pure() -> str | None:
    """The path of the executable in the wheel, which has no module to import."""
    try:
        files = metadata.files("graphviz-pure")
    except metadata.PackageNotFoundError:
        files = None
    for file in files or ():
        if file.stem == "graphviz-pure" and file.suffix in {"", ".exe"}:
            path = os.path.realpath(os.fspath(file.locate()))
            if os.access(path, os.X_OK):
                return path
    return shutil.which("graphviz-pure")  # installed on its own, as a tool


def able(format: str, engine: EngineName | None = None) -> Engine:  # noqa: A002
    """Return the engine that `find` finds, if it can make the format; raises `FormatError`, and as `find` does."""
    if format not in FORMATS["dot"]:
        raise FormatError(f"a picture is made as {', '.join(FORMATS['dot'])}, got {format!r}")
    found = find(engine)
    if format not in found.formats:
        raise FormatError(
            f"the engine in use, graphviz-pure, makes {' and '.join(found.formats)}, not {format}; "
            f"for {format} install Graphviz, so that its `dot` is on the PATH{_instead(engine)}"
        )
    return found


def render(source: str, format: str, *, engine: EngineName | None = None, timeout: float = TIMEOUT) -> bytes:  # noqa: A002
    """Return the picture of the DOT text `source`.

    Args:
        source: DOT text.
        format: "svg", "png" or, with Graphviz's `dot`, "pdf".
        engine: see `find`.
        timeout: seconds; after that the engine is stopped.

    Raises:
        FormatError: the engine cannot make that format, or nothing can.
        EngineError: there is no engine, it failed (with its words), made half a picture, or took too long.
        ValueError: an unknown engine, or a time limit that is none.
    """
    if not 0.0 < timeout < math.inf:
        raise ValueError(f"timeout is a number of seconds above 0, got {timeout!r}")
    found = able(format, engine)
    command = [found.path, f"-T{format}", *([f"-Gdpi={PNG_DPI}"] if format == "png" else [])]
    code, picture, words = _run(command, source.encode("utf-8", "replace"), timeout)
    if code != 0 or not picture:
        raise EngineError(f"the layout engine {found.path} failed with exit code {code}: {_said(words)}")
    start, end = WHOLE[format]
    if start not in picture[:2000] or end not in picture[-2000:]:
        raise EngineError(f"the layout engine {found.path} made no whole {format} file: {_said(words)}")
    return picture


def _said(words: bytes) -> str:
    """The end of what an engine wrote, which may be long, and may have in it what a label says."""
    return printable(words[-2000:].decode("utf-8", "replace").strip())[-2000:] or "(it wrote no message)"


def _instead(engine: EngineName | None) -> str:
    return ", and leave out engine='pure'" if engine else ""


def _run(command: list[str], data: bytes, timeout: float) -> tuple[int, bytes, bytes]:
    pipe = subprocess.PIPE
    try:
        # A session of its own, so that what the engine itself may have started is stopped along with it.
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True)  # noqa: S603
    except OSError as error:
        raise EngineError(f"the layout engine {command[0]} could not be started: {error}") from None
    with process:
        try:
            picture, words = process.communicate(data, timeout)
        except subprocess.TimeoutExpired:
            _kill(process)
            raise EngineTimeoutError(
                f"the layout engine {command[0]} had not finished after {timeout:g} s and was stopped; "
                "draw a smaller graph, or allow more with timeout="
            ) from None
        except BaseException:  # ctrl-C
            _kill(process)
            raise
    return process.returncode, picture, words


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
