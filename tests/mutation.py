"""The mutation test: break each rule of the table and each guard in turn, and see that the tests notice.

    python tests/mutation.py                     everything
    python tests/mutation.py --only ieee.py      what has this text in its description (a regular expression)
    python tests/mutation.py --since HEAD~3      what is on lines changed since a commit
    python tests/mutation.py --list              show what would be broken
    python tests/mutation.py --deep              break more than rules and guards, to find tests that are missing

Each change is made in a copy of the tree, never in the checkout, in the compiled module and not in its source, so that
tests that read the source find it as it is. First all tests run unbroken, twice: for their times, and for which lines
each of them executes. A mutant is then judged by the tests that execute it, the quickest and those that noticed its
neighbours first, and passes for a survivor only when the whole suite has not noticed it. A test that takes far longer
than unbroken is ended and has noticed: it hung. At the end all tests that noticed something run once more with nothing
broken; one that fails then is no judge, and what it noticed is judged again. Hypothesis draws the same examples always.

The exit code is 0 if every mutant is noticed, but for those that `data/equivalent_mutants.toml` says are none: changes
that nobody could observe, each with its reason. POSIX only.
"""

import argparse
import bisect
import contextlib
import hashlib
import importlib.util
import itertools
import json
import marshal
import math
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mutants import Mutant, broken, mutants

__all__ = ["Equivalent", "Result", "equivalents", "main", "score"]

HERE = Path(__file__).resolve().parent
PACKAGE = "autograd_lite"
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist", "node_modules", "*.pyc")
ENVIRONMENT = {"PYTHONHASHSEED": "0", "HYPOTHESIS_PROFILE": "mutation", "PYTHONDONTWRITEBYTECODE": "", "COLUMNS": "80"}
WARM = ["hypothesis.strategies", "_hypothesis_pytestplugin", "numpy", "mpmath", "graphviz", "typer.testing"]
"""What tests import and the package does not change."""
FIRST = 1.5
"""Seconds that the tests take, unbroken, that judge a mutant first."""
FILES = 3
"""From at most this many files, for a file takes its time to read."""
SLACK = 20.0
"""Seconds beyond eight times what a test takes unbroken, after which it is said to hang."""


# --- what is said of a mutant --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    """How a mutant fared."""

    mutant: Mutant
    outcome: str
    """noticed, hung (also noticed), survived, or equivalent."""
    test: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Equivalent:
    """A change that nobody can observe."""

    at: str
    change: str
    reason: str


def equivalents(file: Path) -> list[Equivalent]:
    """Read the list of changes that are none."""
    if not file.exists():
        return []
    return [Equivalent(**entry) for entry in tomllib.loads(file.read_text(encoding="utf-8"))["mutant"]]


# --- the tree that is broken ---------------------------------------------------------------------------------------


class Tree:
    """A copy of the project whose modules are compiled, so that one can be exchanged for a broken one."""

    def __init__(self, source: Path, copy: Path) -> None:
        self.root = copy
        shutil.copytree(source, copy, ignore=LEFT_OUT, symlinks=True)
        self.sources = {
            file.relative_to(copy).as_posix(): file.read_text(encoding="utf-8")
            for file in (copy / PACKAGE).rglob("*.py")
        }
        for path in self.sources:
            self.mend(path)

    def mend(self, path: str) -> None:
        """Make a module what its source says."""
        self._write(path, self.sources[path])

    @contextlib.contextmanager
    def broken(self, mutant: Mutant) -> Iterator[None]:
        """Have the mutant in place of its module."""
        self._write(mutant.path, broken(self.sources[mutant.path], mutant))
        try:
            yield
        finally:
            self.mend(mutant.path)

    def _write(self, path: str, code: Any) -> None:
        file = self.root / path
        compiled = compile(code, str(file), "exec", dont_inherit=True)
        cached = Path(importlib.util.cache_from_source(str(file)))
        cached.parent.mkdir(exist_ok=True)
        # A hash-based file that is never compared with its source; see PEP 552.
        header = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8)
        cached.write_bytes(header + marshal.dumps(compiled))


class Worker:
    """A copy of the tree and the process that runs tests in it."""

    def __init__(self, source: Path, folder: Path) -> None:
        self.tree = Tree(source, folder)
        environment = os.environ | ENVIRONMENT | {"PYTHONPATH": str(folder)}
        command = [sys.executable, str(HERE / "forkserver.py"), str(folder), *WARM]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=folder
        )

    def run(
        self, files: Iterable[str], tests: dict[str, float], *, limit: float, stop: bool = True, trace: bool = False
    ) -> dict[str, Any]:
        """Run these tests of these files in this order, each with its limit in seconds; all if there are none.

        `limit` is for all else: reading the files, tests that have none.
        """
        request = {"files": [*files], "tests": tests, "limit": limit, "stop": stop, "trace": trace, "package": PACKAGE}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("the process that runs the tests has ended")
        return json.loads(answer)

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


# --- the suite, unbroken -------------------------------------------------------------------------------------------


@dataclass
class Suite:
    """What is known of the tests when nothing is broken."""

    durations: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    lines: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    """Lines by file of the package, for each test, and for each file of tests what it executes when it is read."""
    users: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    """Which tests execute a line."""
    breadth: Counter[str] = field(default_factory=Counter)
    by_file: dict[str, list[str]] = field(default_factory=dict)
    reach: dict[str, dict[str, set[int]]] = field(default_factory=dict)
    """Which lines of a module a file of tests executes."""

    def index(self) -> None:
        """Turn lines by test into tests by line, without those that fail."""
        self.users, self.breadth, self.by_file, self.reach = {}, Counter(), {}, {}
        good = {test: None for test in self.durations if test not in set(self.failed)}
        for test in good:
            self.by_file.setdefault(file_of(test), []).append(test)
        for context, files in self.lines.items():
            tests = [context] if "::" in context else self.by_file.get(context, [])
            for path, lines in files.items():
                self.reach.setdefault(path, {}).setdefault(file_of(context), set()).update(lines)
                for line in lines:
                    self.users.setdefault((path, line), set()).update(test for test in tests if test in good)
                self.breadth[context] += len(lines)

    def first(self, mutant: Mutant) -> list[str]:
        """The tests that execute what is broken, those that are quick and to the point first."""
        chosen: set[str] = set()
        for line in mutant.lines or ():
            chosen |= self.users.get((mutant.path, line), set())
        named: set[str] = set()
        if mutant.row:
            named = {test for test in self.durations if f"<operation {mutant.row}(" in test} - set(self.failed)
        if mutant.lines is None and not named:
            for (path, _), tests in self.users.items():
                if path == mutant.path:
                    chosen |= tests
        return sorted(named | chosen, key=lambda test: (test not in named, self.cost(test), test))

    def cost(self, test: str) -> float:
        """Seconds, and a little for each line it executes."""
        return self.durations[test] + 2e-4 * self.breadth[test]

    def all(self, path: str) -> list[str]:
        """Every test, first those of the file that executes most of the module: some may run it in other processes."""
        executed = {file: len(lines) for file, lines in self.reach.get(path, {}).items()}
        seconds = {file: sum(self.durations[test] for test in tests) for file, tests in self.by_file.items()}
        home = max(self.by_file, key=lambda file: (executed.get(file, 0), -seconds[file]), default="")
        files = sorted(self.by_file, key=lambda file: (file != home, seconds[file]))
        return [test for file in files for test in self.by_file[file]]


def file_of(test: str) -> str:
    """The file of a test."""
    return test.partition("::")[0]


def unbroken(workers: Sequence[Worker], say: Callable[[str], None], *, verbose: bool) -> Suite:
    """Run the whole suite on the tree as it is: how it ends, how long it takes, and what it executes."""
    suite = Suite()
    files = sorted(file.relative_to(workers[0].tree.root).as_posix() for file in find_tests(workers[0].tree.root))
    start = time.monotonic()

    def job(worker: Worker, task: tuple[str, bool]) -> None:
        file, trace = task
        answer = worker.run([file], {}, limit=600, stop=False, trace=trace)
        if verbose:
            say(f"{'lines' if trace else 'times'} of {file}: {answer['seconds']:.0f} s")
        if trace:
            suite.lines |= answer.get("lines", {})
            return
        suite.durations |= answer.get("durations", {})
        suite.failed += answer.get("failed", [])
        if answer["outcome"] in {"hung", "crashed"} or (answer["outcome"] == "failed" and not answer["failed"]):
            suite.failed.append(file)
        if answer["outcome"] not in {"passed", "empty"}:
            say(f"UNBROKEN {answer['outcome']}: {file} {answer.get('failed', '')}\n{answer['said'][-1500:]}")

    share(workers, [(file, False) for file in files], job)
    files.sort(key=lambda file: -sum(seconds for test, seconds in suite.durations.items() if file_of(test) == file))
    share(workers, [(file, True) for file in files], job)
    suite.index()
    total = sum(suite.durations.values())
    seconds = time.monotonic() - start
    say(f"{len(suite.durations)} tests take {total:.0f} s one by one, unbroken (and {seconds:.0f} s to find that out)")
    return suite


def find_tests(root: Path) -> list[Path]:
    """The files of tests."""
    return sorted((root / "tests").rglob("test_*.py"))


def share(workers: Sequence[Worker], tasks: Iterable[Any], job: Callable[[Worker, Any], None]) -> None:
    """Do every task, on whichever worker is free."""
    waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
    for task in tasks:
        waiting.put(task)
    errors: list[BaseException] = []

    def loop(worker: Worker) -> None:
        while not errors:
            try:
                task = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                job(worker, task)
            except BaseException as error:  # noqa: BLE001  (told in the main thread)
                errors.append(error)

    threads = [threading.Thread(target=loop, args=(worker,), daemon=True) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():  # so that ctrl-C is heard
            thread.join(0.5)
    if errors:
        raise errors[0]


# --- judging a mutant ----------------------------------------------------------------------------------------------


class Judge:
    """Runs tests on mutants until one fails."""

    def __init__(self, suite: Suite, enough: float) -> None:
        self.suite = suite
        self.enough = enough
        """Give up on a mutant after tests that took that many seconds unbroken."""
        self.noticed: dict[str, list[str]] = {}
        """Tests that noticed a mutant, by scope and by module, the last one first."""

    def judge(self, worker: Worker, mutant: Mutant) -> Result:
        """Say whether a mutant is noticed, and by which test."""
        start = time.monotonic()
        with worker.tree.broken(mutant):
            for tests in self.stages(mutant):
                files = list(dict.fromkeys(map(file_of, tests)))
                limits = {test: SLACK + 8 * self.suite.durations[test] for test in tests}
                answer = worker.run(files, limits, limit=SLACK + 4 * len(files))
                outcome = {"failed": "noticed", "crashed": "noticed", "hung": "hung"}.get(answer["outcome"])
                if outcome:
                    test = answer["failed"][0] if answer.get("failed") else "" if outcome == "hung" else "(crashed)"
                    if test in self.suite.durations:
                        self.remember(mutant, test)
                    return Result(mutant, outcome, test, time.monotonic() - start)
        return Result(mutant, "survived", seconds=time.monotonic() - start)

    def stages(self, mutant: Mutant) -> Iterator[list[str]]:
        """The tests to run: a few that are likely to notice, all others that execute it, and all others."""
        failed = set(self.suite.failed)
        before = [*self.noticed.get(mutant.at, []), *self.noticed.get(mutant.path, [])]
        recent = [test for test in before if test not in failed]
        ranked = list(dict.fromkeys([*recent, *self.suite.first(mutant)]))
        done: set[str] = set()
        few = self.few(ranked)
        left = self.enough
        for tests in (few, ranked, self.suite.all(mutant.path)):
            now = [test for test in tests if test not in done]
            done.update(now)
            upto = list(itertools.accumulate(self.suite.durations[test] for test in now))
            now = now[: bisect.bisect(upto, left)]
            if now:
                yield now
                left -= upto[len(now) - 1]

    def few(self, ranked: Sequence[str]) -> list[str]:
        """The first tests that together take little time, from few files."""
        files: dict[str, None] = {}
        chosen: list[str] = []
        seconds = 0.0
        for test in ranked:
            if len(files) == FILES and file_of(test) not in files:
                continue
            seconds += self.suite.durations[test] + 0.001
            if chosen and seconds > FIRST:
                break
            files[file_of(test)] = None
            chosen.append(test)
        return chosen

    def remember(self, mutant: Mutant, test: str) -> None:
        """Have a test come first for the neighbours of the mutant that it noticed."""
        for key in (mutant.at, mutant.path):
            tests = self.noticed.setdefault(key, [])
            if test in tests:
                tests.remove(test)
            tests.insert(0, test)
            del tests[8:]


# --- the command ---------------------------------------------------------------------------------------------------


def score(results: Sequence[Result], notes: Sequence[Equivalent]) -> str:
    """The table of survivors, the equivalent ones with their reasons, and the score."""
    count = Counter(result.outcome for result in results)
    reasons = {(note.at, note.change): note.reason for note in notes}
    lines = []
    if count["survived"]:
        lines += ["", f"NOT NOTICED ({count['survived']}):"]
        lines += [f"  {result.mutant}" for result in results if result.outcome == "survived"]
    if count["equivalent"]:
        lines += ["", f"equivalent, that is no change that could be noticed ({count['equivalent']}):"]
        for result in results:
            if result.outcome == "equivalent":
                reason = reasons[result.mutant.at, result.mutant.change]
                lines.append(f"  {result.mutant}\n      {reason}")
    if count["hung"]:
        lines += ["", f"noticed because the tests no longer end ({count['hung']}):"]
        lines += [f"  {result.mutant}" for result in results if result.outcome == "hung"]
    total = len(results) - count["equivalent"]
    noticed = count["noticed"] + count["hung"]
    share = 100.0 * noticed / total if total else 100.0
    # Rounded down: 99.97 % is not 100 %.
    lines += ["", f"{noticed} of {total} noticed ({int(share * 10) / 10:.1f} %), {count['equivalent']} equivalent"]
    return "\n".join(lines)


def changed_lines(root: Path, commit: str) -> dict[str, set[int]]:
    """The lines of each file that were changed since a commit."""
    command = ["git", "diff", "--unified=0", "--no-color", commit, "--", PACKAGE]
    diff = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    changed: dict[str, set[int]] = {}
    path = ""
    for line in diff.splitlines():
        if line.startswith("+++ "):
            path = line.removeprefix("+++ b/")
        elif match := re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line):
            start, count = int(match[1]), int(match[2] or 1)
            changed.setdefault(path, set()).update(range(start, start + count))
    return changed


def select(every: list[Mutant], options: argparse.Namespace) -> list[Mutant]:
    """The mutants that the options ask for."""
    chosen = [one for one in every if options.deep or options.again or not one.deep]
    if options.only:
        chosen = [one for one in chosen if re.search(options.only, str(one))]
    if options.since:
        lines = changed_lines(options.tree, options.since)
        chosen = [one for one in chosen if one.line in lines.get(one.path, ())]
    if options.again:
        record = json.loads(options.again.read_text(encoding="utf-8"))
        names = {(entry["at"], entry["change"]) for entry in record if entry["outcome"] == "survived"}
        chosen = [one for one in chosen if (one.at, one.change) in names]
    return chosen[:: options.every]


def known_suite(file: Path | None, workers: Sequence[Worker], say: Callable[[str], None], *, verbose: bool) -> Suite:
    """What is known of the unbroken tests, from a file of the same tree if there is one."""
    digest = hashlib.sha256()
    for path in sorted(workers[0].tree.root.rglob("*.py")):
        digest.update(path.read_bytes())
    if file and file.exists():
        known = json.loads(file.read_text(encoding="utf-8"))
        if known.pop("tree") == digest.hexdigest():
            suite = Suite(**known)
            suite.index()
            return suite
    suite = unbroken(workers, say, verbose=verbose)
    if file:
        known = {"durations": suite.durations, "failed": suite.failed, "lines": suite.lines}
        file.write_text(json.dumps(known | {"tree": digest.hexdigest()}), encoding="utf-8")
    return suite


def run(
    chosen: Sequence[Mutant], notes: Sequence[Equivalent], options: argparse.Namespace, say: Callable[[str], None]
) -> tuple[list[Result], list[str]]:
    """Judge the mutants; return also the tests that fail with nothing broken."""
    same = set() if options.equivalents else {(note.at, note.change) for note in notes}
    tasks = [one for one in chosen if (one.at, one.change) not in same]
    results = [Result(one, "equivalent") for one in chosen if (one.at, one.change) in same]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mutation-", ignore_cleanup_errors=True)))
        workers: list[Worker] = []
        for k in range(options.jobs):
            workers.append(Worker(options.tree, folder / f"tree{k}"))
            stack.callback(workers[-1].close)
        suite = known_suite(options.baseline, workers, say, verbose=options.verbose)
        if suite.failed:
            say(
                f"{len(suite.failed)} tests fail with nothing broken, and judge nothing: {', '.join(suite.failed[:20])}"
            )
        judge = Judge(suite, options.enough)
        while tasks:
            judged = judge_all(judge, workers, tasks, say, verbose=options.verbose)
            moody = unreliable(judged, workers)
            if moody:
                say(f"these tests fail now and then with nothing broken; judging without them: {', '.join(moody)}")
                suite.failed += moody
                suite.index()
            results += [result for result in judged if result.test not in moody]
            tasks = [result.mutant for result in judged if result.test in moody]
    return sorted(results, key=lambda result: (result.mutant.path, result.mutant.line)), suite.failed


def judge_all(
    judge: Judge, workers: Sequence[Worker], tasks: Sequence[Mutant], say: Callable[[str], None], *, verbose: bool
) -> list[Result]:
    """Judge each mutant, and say how far it has got."""
    numbers = itertools.count(1)
    start = time.monotonic()
    results: list[Result] = []

    def job(worker: Worker, mutant: Mutant) -> None:
        result = judge.judge(worker, mutant)
        results.append(result)
        k = next(numbers)
        if verbose or result.outcome in {"survived", "hung"}:
            word = {"survived": "NOT NOTICED"}.get(result.outcome, result.outcome)
            say(f"[{k}/{len(tasks)}] {word} {result.seconds:.1f} s  {mutant}  {result.test}")
        elif k % 25 == 0:
            say(f"[{k}/{len(tasks)}] {time.monotonic() - start:.0f} s")

    share(workers, tasks, job)
    return results


def unreliable(results: Sequence[Result], workers: Sequence[Worker]) -> list[str]:
    """Run the tests that noticed something with nothing broken, and return those that fail."""
    failed: list[str] = []
    by_file: dict[str, dict[str, float]] = {}
    for result in results:
        if "::" in result.test:
            by_file.setdefault(file_of(result.test), {})[result.test] = 600.0

    def job(worker: Worker, task: tuple[str, dict[str, float]]) -> None:
        file, tests = task
        failed.extend(worker.run([file], tests, limit=600, stop=False).get("failed", []))

    share(workers, by_file.items(), job)
    return failed


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the mutation test and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", metavar="PATTERN", help="a regular expression found in 'file:line scope: old -> new'")
    parser.add_argument("--deep", action="store_true", help="also what is neither a rule nor a guard: a long search")
    parser.add_argument("--since", metavar="COMMIT", help="what is on lines changed since")
    parser.add_argument("--every", metavar="N", type=int, default=1, help="each N-th only, for a sample")
    parser.add_argument("--again", metavar="FILE", type=Path, help="what a record says survived")
    parser.add_argument("--jobs", metavar="N", type=int, default=os.cpu_count() or 1, help="processes at a time")
    parser.add_argument("--list", action="store_true", help="show what would be broken")
    parser.add_argument("--verbose", action="store_true", help="a line for each")
    parser.add_argument("--equivalents", action="store_true", help="break also what is listed as no change")
    parser.add_argument(
        "--enough", metavar="S", type=float, default=math.inf, help="for a quick look: give up after S seconds of tests"
    )
    parser.add_argument("--record", metavar="FILE", type=Path, help="write outcomes, times and tests as JSON")
    parser.add_argument("--baseline", metavar="FILE", type=Path, help="keep here what is known of the unbroken tests")
    parser.add_argument("--tree", metavar="FOLDER", type=Path, default=HERE.parent, help="the project (this one)")
    options = parser.parse_args(arguments)
    options.tree = options.tree.resolve()

    def say(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    every = mutants(options.tree, PACKAGE)
    notes = equivalents(options.tree / "tests" / "data" / "equivalent_mutants.toml")
    stale = [note for note in notes if (note.at, note.change) not in {(one.at, one.change) for one in every}]
    chosen = select(every, options)
    if options.list:
        for one in chosen:
            say(str(one))
        say(f"{len(chosen)} mutants")
        return 0
    start = time.monotonic()
    results, failed = run(chosen, notes, options, say)
    say(score(results, notes))
    say(f"{time.monotonic() - start:.0f} s, {options.jobs} at a time")
    for note in stale:
        say(f"listed as equivalent, but there is no such mutant: {note.at}: {note.change}")
    if options.record:
        entries = [
            {"at": r.mutant.at, "line": r.mutant.line, "change": r.mutant.change}
            | {"outcome": r.outcome, "test": r.test, "seconds": round(r.seconds, 2)}
            for r in results
        ]
        options.record.write_text(json.dumps(entries, indent=1, ensure_ascii=False), encoding="utf-8")
    if failed:
        say(f"{len(failed)} tests fail with nothing broken, and judged nothing")
    return int(bool(stale or failed) or any(result.outcome == "survived" for result in results))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the copies of the tree are removed
    sys.exit(main())
