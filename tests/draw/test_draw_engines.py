"""The choice of the layout engine, its limits and its failures."""

import os
import re
import shutil
import stat
import subprocess
import sys
import threading
import time
from importlib import metadata
from pathlib import Path

import pytest

from autograd_lite.draw import engines
from autograd_lite.draw.engines import EngineError, EngineNotFoundError, EngineTimeoutError, FormatError, find, render
from autograd_lite.engine.extras import install

SOURCE = "digraph { a -> b }"
needs_dot = [pytest.mark.dot, pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")]
both = pytest.mark.parametrize("engine", [pytest.param("dot", marks=needs_dot), "pure"])
posix = pytest.mark.skipif(os.name != "posix", reason="the fake engines are shell scripts")


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine without any engine; returns a folder on its PATH."""

    def files(_name):
        raise metadata.PackageNotFoundError

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(engines.metadata, "files", files)
    return tmp_path


def program(folder: Path, name: str, script: str) -> Path:
    """Put a shell script into `folder`, as an executable of that name."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@both
@pytest.mark.parametrize(("kind", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_makes_svg_and_png(engine, kind, start):
    """Either engine makes SVG and PNG."""
    assert render(SOURCE, kind, engine=engine).startswith(start)


@pytest.mark.parametrize("engine", [pytest.param("dot", marks=needs_dot)])
def test_dot_makes_pdf(engine):
    """Graphviz's dot makes PDF."""
    assert render(SOURCE, "pdf", engine=engine).startswith(b"%PDF")


def test_wheel_is_found_without_a_path(bare, monkeypatch):
    """The executable in the graphviz-pure wheel is found where it was installed, whatever the PATH."""
    monkeypatch.undo()
    monkeypatch.setenv("PATH", "")
    engine = find()
    assert engine.name == "pure"
    assert Path(engine.path).is_file()


@posix
def test_dot_comes_before_the_wheel(bare, monkeypatch):
    """A dot on the PATH is preferred to graphviz-pure, unless that is asked for."""
    monkeypatch.undo()
    monkeypatch.setenv("PATH", str(bare))
    program(bare, "dot", "exit 0")
    assert find() == engines.Engine("dot", str(bare / "dot"))
    assert find("pure").name == "pure"


@posix
def test_wheel_on_the_path(bare):
    """A graphviz-pure installed as a tool of its own is found on the PATH."""
    program(bare, "graphviz-pure", "exit 0")
    assert find() == engines.Engine("pure", str(bare / "graphviz-pure"))


def test_no_engine_names_both_remedies(bare):
    """Without any engine the message names both ways to get one."""
    with pytest.raises(EngineNotFoundError, match=f"install Graphviz.*`dot`.*{re.escape(install('viz'))}"):
        render(SOURCE, "svg")


def test_wheel_without_files(bare, monkeypatch):
    """A wheel whose list of files is missing counts as not installed."""
    monkeypatch.setattr(engines.metadata, "files", lambda _name: None)
    with pytest.raises(EngineNotFoundError):
        find()


def test_forced_engine_that_is_missing(bare):
    """A forced engine that is not there is not replaced by another; the message says how to get it."""
    command = re.escape(install("viz"))
    with pytest.raises(EngineNotFoundError, match=f"install Graphviz.*{command}, and leave out"):
        find("dot")
    with pytest.raises(EngineNotFoundError, match=f"graphviz-pure is not installed: run {command}"):
        find("pure")


def test_unknown_engine():
    """An unknown engine is refused with the names of the known ones."""
    with pytest.raises(ValueError, match=r"'dot', 'pure' or None.*'neato'"):
        render(SOURCE, "svg", engine="neato")


def test_pdf_with_the_wheel(bare, monkeypatch):
    """graphviz-pure makes no PDF: the message says what it makes, and how to get PDF."""
    monkeypatch.undo()
    with pytest.raises(FormatError, match=r"makes svg and png, not pdf.*install Graphviz.*leave out engine='pure'"):
        render(SOURCE, "pdf", engine="pure")
    monkeypatch.setenv("PATH", str(bare))
    with pytest.raises(FormatError, match=r"install Graphviz, so that its `dot` is on the PATH$"):
        render(SOURCE, "pdf")


def test_unknown_format():
    """A format that no engine makes is refused with the list of those that exist."""
    with pytest.raises(FormatError, match="svg, png, pdf, got 'gif'"):
        render(SOURCE, "gif")


@both
def test_failing_engine_is_quoted(engine):
    """What the engine writes about its failure stands in the error."""
    with pytest.raises(EngineError, match=r"(?s)failed with exit code 1.*syntax error"):
        render("digraph { a -> ", "svg", engine=engine)


@posix
@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo out of paper >&2; exit 3", "exit code 3: out of paper"),
        ("exit 0", "it wrote no message"),
        ("kill -9 $$", "exit code -9"),
        ("kill -15 $$", "exit code -15"),
        ("kill -11 $$", "exit code -11"),
        ("echo this is no picture", "made no whole svg file"),
        ("echo '<?xml version=\"1.0\"?><svg><g>'", "made no whole svg file"),
        ("echo '<html>the <svg> of</html>'; echo low on ink >&2", "made no whole svg file: low on ink"),
        ("/usr/bin/head -c 1000 /dev/zero", "made no whole svg file"),
        ("printf '\\033[31mred\\007' >&2; exit 1", r"exit code 1: \\x1b\[31mred\\x07$"),
        ("printf '\\377\\376' >&2; exit 1", "exit code 1: \ufffd\ufffd"),
    ],
)
def test_failures_of_an_engine(bare, script, words):
    """An engine that fails, dies, or makes nothing is an EngineError that says so."""
    program(bare, "dot", script)
    with pytest.raises(EngineError, match=words):
        render(SOURCE, "svg")


@posix
def test_engine_that_cannot_start(bare):
    """A file that is no program is reported as an engine that could not be started."""
    path = bare / "dot"
    path.write_bytes(b"\x00\x01")
    path.chmod(0o755)
    with pytest.raises(EngineError, match="could not be started"):
        render(SOURCE, "svg")


@posix
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
def test_hanging_engine_is_stopped_with_its_children(bare):
    """At the time limit the engine is stopped, and so is what it has started."""
    program(bare, "dot", f"(/bin/sleep 3; : > {bare}/finished) & echo $! > {bare}/child; wait")
    with pytest.raises(EngineTimeoutError, match=r"had not finished after 0\.5 s.*timeout="):
        render(SOURCE, "svg", timeout=0.5)
    child = int((bare / "child").read_text())
    assert ended(child)
    assert not (bare / "finished").exists()


def alive(process: int) -> bool:
    """Whether a process runs, and is not just waiting to be counted."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state not in {"Z", "X"}


def ended(process: int) -> bool:
    """Whether a process that has been killed is gone, after a moment."""
    for _ in range(100):
        if not alive(process):
            return True
        time.sleep(0.02)
    return False


@posix
@pytest.mark.parametrize(("kind", "start"), [("png", "\\211PNG\\r\\n"), ("pdf", "%%PDF-1.7")])
def test_half_a_picture(bare, kind, start):
    """A picture whose end is missing is an EngineError, in every format, though the engine says that all is well."""
    program(bare, "dot", f"printf '{start}' && /usr/bin/head -c 5000 /dev/zero")
    with pytest.raises(EngineError, match=f"made no whole {kind} file"):
        render(SOURCE, kind)


@posix
@pytest.mark.parametrize("code", [0, 1])
def test_an_engine_that_complains_at_length(bare, monkeypatch, code):
    """100 MB of complaints neither block the engine nor get into the message; the end of them does."""
    monkeypatch.setenv("PATH", f"{bare}{os.pathsep}/usr/bin:/bin")
    program(bare, "dot", f"head -c 100000000 /dev/zero >&2; echo '<svg></svg>'; echo end >&2; exit {code}")
    if code == 0:
        assert render(SOURCE, "svg") == b"<svg></svg>\n"
        return
    with pytest.raises(EngineError, match=r"exit code 1: [\\x0]+end$") as caught:
        render(SOURCE, "svg")
    assert len(str(caught.value)) < 2500


@posix
def test_an_engine_that_does_not_read(bare):
    """An engine that closes its input before it has read a long text is judged by what it makes."""
    program(bare, "dot", "exec 0<&-; echo '<svg></svg>'")
    assert render("digraph {" + "a -> b; " * 100_000 + "}", "svg") == b"<svg></svg>\n"


@posix
def test_an_engine_that_will_not_stop(bare, monkeypatch):
    """An engine that ignores every polite signal, and has put a child out of reach, is stopped all the same."""
    monkeypatch.setenv("PATH", f"{bare}{os.pathsep}/usr/bin:/bin")
    program(bare, "dot", "trap '' TERM INT HUP; setsid sleep 2 & while :; do sleep 0.1; done")
    with pytest.raises(EngineTimeoutError, match=r"had not finished after 0\.3 s"):
        render(SOURCE, "svg", timeout=0.3)


@posix
def test_an_engine_that_disappears(bare, monkeypatch):
    """An engine that is removed after it was found, or is a folder or unreadable by then, could not be started."""
    path = program(bare, "dot", "echo '<svg></svg>'")
    engine = find()
    monkeypatch.setattr(engines, "find", lambda _engine: engine)
    path.unlink()
    with pytest.raises(EngineError, match=r"could not be started: .*No such file"):
        render(SOURCE, "svg")
    path.mkdir()
    with pytest.raises(EngineError, match="could not be started"):
        render(SOURCE, "svg")


@posix
def test_an_engine_for_another_machine(bare):
    """A program of another format, or a script for an interpreter that is not there, could not be started."""
    path = program(bare, "dot", "")
    for content in (b"\x7fELF" + bytes(60), b"#!/no/such/interpreter\n"):
        path.write_bytes(content)
        with pytest.raises(EngineError, match="could not be started"):
            render(SOURCE, "svg")


@posix
def test_an_engine_that_is_replaced_while_it_runs(bare):
    """An engine that is exchanged for another while it draws ends its drawing; the next one is drawn by the other."""
    new = program(bare, "new", "echo '<svg>new</svg>'")
    program(bare, "dot", f"/bin/mv {new} {bare}/dot; echo '<svg>old</svg>'")
    assert [render(SOURCE, "svg") for _ in range(2)] == [b"<svg>old</svg>\n", b"<svg>new</svg>\n"]


@posix
def test_ctrl_c_stops_the_engine(bare, monkeypatch):
    """An interrupt while the engine works stops it, and comes out."""
    program(bare, "dot", f"echo $$ > {bare}/engine; exec /bin/sleep 20")

    def interrupted(self, _timeout):
        while not ((bare / "engine").exists() and (bare / "engine").read_text()):
            time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    with pytest.raises(KeyboardInterrupt):
        render(SOURCE, "svg")
    assert not alive(int((bare / "engine").read_text()))


@posix
@pytest.mark.parametrize("stream", ["1", "2"])
def test_an_engine_that_writes_without_end(bare, monkeypatch, stream):
    """An engine that floods either stream is stopped long before the time limit, and before it takes all memory."""
    monkeypatch.setattr(engines, "LIMIT", 2_000_000)
    program(bare, "dot", f"echo $$ > {bare}/engine; exec /usr/bin/yes >&{stream}")
    with pytest.raises(EngineError, match=r"wrote 2 MB, .*, and was stopped; it began with b'y\\ny.*engine=") as caught:
        render("digraph {" + "a -> b; " * 100_000 + "}", "svg", timeout=1e6)  # which nobody would wait for
    assert not isinstance(caught.value, EngineTimeoutError)
    assert not alive(int((bare / "engine").read_text()))


@posix
def test_an_engine_that_writes_without_end_and_will_not_stop(bare, monkeypatch):
    """An engine that goes on after its pipe is closed is stopped at the time limit; the error says what it wrote."""
    monkeypatch.setattr(engines, "LIMIT", 2_000_000)
    program(bare, "dot", f"echo $$ > {bare}/engine; /usr/bin/yes; while :; do /bin/sleep 0.1; done")
    with pytest.raises(EngineError, match="wrote 2 MB"):
        render(SOURCE, "svg", timeout=1)
    assert not alive(int((bare / "engine").read_text()))


@posix
def test_an_engine_that_goes_on_after_its_picture(bare):
    """An engine that closes its output and does not end is stopped at the time limit."""
    program(bare, "dot", f"echo $$ > {bare}/engine; echo '<svg></svg>'; exec /bin/sleep 20 0<&- >&- 2>&-")
    with pytest.raises(EngineTimeoutError):
        render(SOURCE, "svg", timeout=0.5)
    assert not alive(int((bare / "engine").read_text()))


@posix
def test_an_engine_that_leaves_a_child_behind(bare):
    """Nobody knows what a child that still holds the pipe may write: it is waited for, and stopped at the limit."""
    program(bare, "dot", f"/bin/sleep 20 & echo $! > {bare}/child; echo '<svg></svg>'")
    with pytest.raises(EngineTimeoutError):
        render(SOURCE, "svg", timeout=0.5)
    child = int((bare / "child").read_text())
    assert ended(child)


@pytest.mark.parametrize("timeout", [0, -1.0, float("inf"), float("nan"), 1e300, "3", None])
def test_time_limits(timeout):
    """The time limit is a positive, finite number of seconds: there is always one."""
    with pytest.raises(ValueError, match=rf"timeout is a number of seconds above 0 .*; got {re.escape(repr(timeout))}"):
        render(SOURCE, "svg", timeout=timeout)


def test_imports_are_lazy():
    """Importing the package loads no drawing, and importing that loads no graphviz."""
    code = (
        "import sys, autograd_lite; assert 'autograd_lite.draw' not in sys.modules; "
        "import autograd_lite.draw; assert 'graphviz' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
