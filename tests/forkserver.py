"""A process that has pytest imported and forks a child for each run of tests, so that a run starts at once.

It reads requests from its standard input and answers on its standard output, a line of JSON each. A child sees the
package as it is on disk at that moment, since the process itself never imports it. POSIX only.
"""

import contextlib
import ctypes
import importlib
import inspect
import json
import os
import select
import signal
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path
from typing import Any

import pytest

__all__ = ["serve"]


def serve(tree: Path, warm: list[str]) -> None:
    """Answer requests to run tests of `tree` until the input ends, with the modules `warm` imported before."""
    for name in warm:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    os.chdir(tree)
    sys.path[:0] = [str(tree)]
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what is printed by accident is no answer
    for line in sys.stdin:
        answers.write(json.dumps(run(json.loads(line), tree)) + "\n")
        answers.flush()


def run(request: dict[str, Any], tree: Path) -> dict[str, Any]:
    """Run tests in a child with a time limit, and kill all that it started."""
    start = time.monotonic()
    with tempfile.TemporaryFile() as said:
        receiver, sender = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(receiver)
            end_with_parent()
            in_child(request, tree, sender, said.fileno())
        os.close(sender)
        result = receive(receiver, request["limit"])
        os.close(receiver)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        said.seek(max(0, os.fstat(said.fileno()).st_size - 4000))
        result["said"] = said.read().decode("utf-8", "replace")
    result["seconds"] = time.monotonic() - start
    return result


def end_with_parent() -> None:
    """Have this process killed when its parent ends, so that a test that hangs outlives nobody (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def receive(receiver: int, limit: float) -> dict[str, Any]:
    """Read what a child sends: how long its next test may take, for each, and at the end a line of JSON."""
    last = b""
    while True:
        ready, _, _ = select.select([receiver], [], [], limit)
        if not ready:
            return {"outcome": "hung"}
        part = os.read(receiver, 1 << 20)
        if not part:
            return {"outcome": "crashed"}
        *lines, last = (last + part).split(b"\n")
        for line in lines:
            said = json.loads(line)
            if isinstance(said, dict):
                return said
            limit = said


def in_child(request: dict[str, Any], tree: Path, sender: int, said: int) -> None:
    """Run the tests and send the result; never returns."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(said, 1)
        os.dup2(said, 2)
        observer = Observer(request, tree, sender)
        known = "ignore::pytest.PytestAssertRewriteWarning"  # of plugins that are imported already
        options = ["-q", "-p", "no:cacheprovider", "-W", known, "--rootdir", str(tree), *["-x"] * request["stop"]]
        status = pytest.main([*options, *request["files"]], plugins=[observer])
        sys.settrace(None)
        observer.send(observer.result(int(status)))
        code = 0
    except BaseException:  # noqa: BLE001  (a fork that goes on as its parent would be worse)
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


class Observer:
    """Chooses and orders tests, and notes how they end, how long they take and which lines they execute."""

    def __init__(self, request: dict[str, Any], tree: Path, sender: int) -> None:
        self.limits: dict[str, float] = request["tests"] or {}
        self.limit: float = request["limit"]
        self.sender = sender
        self.durations: dict[str, float] = {}
        self.failed: list[str] = []
        self.tracer = Tracer(str(tree / request["package"]) + os.sep, str(tree) + os.sep) if request["trace"] else None

    def result(self, status: int) -> dict[str, Any]:
        """What to answer."""
        outcome = {pytest.ExitCode.OK: "passed", pytest.ExitCode.NO_TESTS_COLLECTED: "empty"}.get(status, "failed")
        lines = self.tracer.result() if self.tracer else {}
        return {"outcome": outcome, "failed": self.failed, "durations": self.durations, "lines": lines}

    def send(self, what: Any) -> None:
        """Send a line to the parent."""
        line = json.dumps(what).encode() + b"\n"
        while line:
            line = line[os.write(self.sender, line) :]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that cannot be read."""
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the tests that were asked for, in that order."""
        rank = {name: k for k, name in enumerate(self.limits)}
        if rank:
            items[:] = sorted((item for item in items if item.nodeid in rank), key=lambda item: rank[item.nodeid])

    def pytest_runtest_logstart(self, nodeid: str, location: Any) -> None:
        """Say how long a test may take."""
        self.send(self.limits.get(nodeid, self.limit))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a test ended."""
        self.durations[report.nodeid] = self.durations.get(report.nodeid, 0.0) + report.duration
        if report.failed:
            self.failed.append(report.nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Any:
        """Trace what a file of tests executes when it is read."""
        with self.traced(collector.nodeid):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        """Trace what a test executes."""
        with self.traced(item.nodeid):
            return (yield)

    @contextlib.contextmanager
    def traced(self, context: str) -> Any:
        """Note the lines executed under this name, if lines are wanted."""
        if self.tracer is None or not context:
            yield
            return
        self.tracer.begin(context)
        try:
            yield
        finally:
            self.tracer.end()


class Seen:
    """What one test has executed of one function."""

    __slots__ = ("fruitless", "lines")

    def __init__(self) -> None:
        self.lines: set[int] = set()
        self.fruitless = 0


class Tracer:
    """Notes which lines of the package's functions are executed.

    A function stops costing once all its lines are known, or when nothing new was seen for long: loops of a million
    turns are traced for a thousand.
    """

    ENOUGH = 1000
    CALLS = 100_000  # after that many, of whatever function, with nothing new a test is not followed any longer

    def __init__(self, package: str, tree: str) -> None:
        self.package, self.tree = package, tree
        self.known: dict[int, tuple[Any, frozenset[int]]] = {}  # by id of a code object, which is kept alive here
        self.seen: dict[int, Seen] = {}
        self.found: dict[str, dict[str, list[int]]] = {}
        self.context = ""
        self.calls = 0

    def begin(self, context: str) -> None:
        """Note from now on, under this name."""
        self.context, self.seen, self.calls = context, {}, 0
        threading.settrace(self.call)
        sys.settrace(self.call)

    def end(self) -> None:
        """Note no longer."""
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
        files = self.found.setdefault(self.context, {})
        for key, seen in self.seen.items():
            name = self.known[key][0].co_filename.removeprefix(self.tree)
            files[name] = sorted({*files.get(name, ()), *seen.lines})

    def call(self, frame: Any, event: str, arg: Any) -> Any:
        """Decide whether a call is followed line by line."""
        self.calls += 1
        if self.calls > self.CALLS:
            sys.settrace(None)
            return None
        code = frame.f_code
        key = id(code)
        known = self.known.get(key)
        if known is None:
            known = self.known[key] = (code, self.lines(code))
        lines = known[1]
        if not lines:
            return None
        seen = self.seen.get(key)
        if seen is None:
            seen = self.seen[key] = Seen()
        elif seen.fruitless > self.ENOUGH or len(seen.lines) == len(lines):
            return None

        def line(frame: Any, event: str, arg: Any) -> Any:
            if frame.f_lineno in lines and frame.f_lineno not in seen.lines:
                seen.lines.add(frame.f_lineno)
                seen.fruitless = self.calls = 0
            else:
                seen.fruitless += 1
            return None if seen.fruitless > self.ENOUGH or len(seen.lines) == len(lines) else line

        return line

    def lines(self, code: Any) -> frozenset[int]:
        """The lines of a function of the package; none of anything else."""
        is_function = code.co_flags & inspect.CO_OPTIMIZED  # no module, no class body
        if not code.co_filename.startswith(self.package) or not is_function:
            return frozenset()
        lines = {line for _, _, line in code.co_lines() if line}
        return frozenset(lines - {code.co_firstlineno} or lines)

    def result(self) -> dict[str, dict[str, list[int]]]:
        """Lines by test and file."""
        return self.found


if __name__ == "__main__":
    serve(Path(sys.argv[1]), sys.argv[2:])
