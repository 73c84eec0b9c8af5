"""Which program lays a diagram out, Graphviz's `dot` or the one that comes as a wheel; and running it, with a limit."""

import contextlib
import numbers
import os
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from importlib import metadata
from typing import IO, Literal

from autograd_lite.engine.extras import install
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

LIMIT = 120_000_000
"""Bytes an engine may write as picture, and as messages: the largest pictures that can be read have a tenth of it."""

FORMATS: dict[EngineName, tuple[str, ...]] = {"dot": ("svg", "png", "pdf"), "pure": ("svg", "png")}
WHOLE = {"svg": (b"<svg", b"</svg>"), "png": (b"\x89PNG\r\n", b"IEND"), "pdf": (b"%PDF-", b"%%EOF")}
"""What a file begins and ends with."""
PNG_DPI = 144  # 1.5 pixels a CSS pixel: sharp in print and on dense screens


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
        raise EngineNotFoundError(f"there is no `dot` on the PATH: {_advice()}, and leave out engine='dot'")
    if engine == "pure":
        raise EngineNotFoundError(f"graphviz-pure is not installed: run {install('viz')}")
    raise EngineNotFoundError(f"no layout engine for diagrams was found: {_advice()}")


def _advice() -> str:
    return f"install Graphviz, so that its `dot` is on the PATH, or run: {install('viz')}"


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
    chosen = find(engine)
    if format not in chosen.formats:
        raise FormatError(
            f"the engine in use, graphviz-pure, makes {' and '.join(chosen.formats)}, not {format}; "
            f"for {format} install Graphviz, so that its `dot` is on the PATH{_instead(engine)}"
        )
    return chosen


def render(source: str, format: str, *, engine: EngineName | None = None, timeout: float = TIMEOUT) -> bytes:  # noqa: A002
    """Return the picture of the DOT text `source`.

    Args:
        source: DOT text.
        format: "svg", "png" or, with Graphviz's `dot`, "pdf".
        engine: see `find`.
        timeout: seconds; after that the engine is stopped.

    Raises:
        FormatError: the engine cannot make that format, or nothing can.
        EngineError: there is no engine, it failed (with its words), made half a picture, wrote more than `LIMIT`, or
            took too long.
        ValueError: an unknown engine, or a time limit that is none.
    """
    if not issubclass(type(timeout), numbers.Real) or not 0.0 < timeout < threading.TIMEOUT_MAX:
        raise ValueError(
            f"timeout is a number of seconds above 0 and below {threading.TIMEOUT_MAX:g}, such as 60; got {timeout!r}"
        )
    chosen = able(format, engine)
    command = [chosen.path, f"-T{format}", *([f"-Gdpi={PNG_DPI}"] if format == "png" else [])]
    code, picture, words = _run(command, source.encode("utf-8", "replace"), timeout)
    if code != 0 or not picture:
        raise EngineError(f"the layout engine {chosen.path} failed with exit code {code}: {_said(words)}")
    start, end = WHOLE[format]
    if start not in picture[:2000] or end not in picture[-2000:]:
        raise EngineError(f"the layout engine {chosen.path} made no whole {format} file: {_said(words)}")
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
    picture, words = bytearray(), bytearray()
    try:
        done = _talk(process, data, (picture, words), time.monotonic() + timeout)
    except BaseException:  # ctrl-C
        _kill(process)
        raise
    if not done:
        _kill(process)
    for written in picture, words:
        if len(written) > LIMIT:
            raise EngineError(
                f"the layout engine {command[0]} wrote {LIMIT // 10**6} MB, more than any picture needs, and was "
                f"stopped; it began with {bytes(written[:20])!r}; use another engine (engine=), or draw less"
            )
    if not done:
        raise EngineTimeoutError(
            f"the layout engine {command[0]} had not finished after {timeout:g} s and was stopped; "
            "draw a smaller graph, or allow more with timeout="
        )
    return process.returncode, bytes(picture), bytes(words)


def _talk(process: subprocess.Popen[bytes], data: bytes, written: tuple[bytearray, bytearray], end: float) -> bool:
    """Give an engine its input and take what it writes; return whether it was done before the clock says `end`."""
    # `communicate` would take any amount. Each thread closes its own pipe, since nobody else can while it reads, and a
    # child of the engine that is out of reach may hold the pipe for long.
    threads = [
        threading.Thread(target=work, args=(pipe, content), daemon=True)
        for work, pipe, content in (
            (_write, process.stdin, data),
            (_read, process.stdout, written[0]),
            (_read, process.stderr, written[1]),
        )
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(end - time.monotonic())
    # The clock is asked too: on a busy machine an engine may be done before the threads are waited for.
    if any(thread.is_alive() for thread in threads) or time.monotonic() >= end:
        return False
    try:
        process.wait(end - time.monotonic())
    except subprocess.TimeoutExpired:
        return False
    return True


def _write(pipe: IO[bytes], data: bytes) -> None:
    with contextlib.suppress(OSError), pipe:  # an engine need not read it all
        pipe.write(data)


def _read(pipe: IO[bytes], written: bytearray) -> None:
    """Read until the end, or until it is too much: closing the pipe then ends the engine, which writes to nobody."""
    with pipe:
        while len(written) <= LIMIT and (more := os.read(pipe.fileno(), 1 << 16)):
            written += more


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
