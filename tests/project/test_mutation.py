"""The mutation test, which `tests/mutation.py` runs: what it breaks, and that it tells what nobody noticed."""

import ast
import json
import marshal
import sys
import textwrap
from pathlib import Path

import mutation
import pytest
from mutants import Mutant, broken, mutants
from mutation import Equivalent, Result, equivalents, main, score
from thorough import some

from autograd_lite.engine.ops import HELPERS, OPS
from autograd_lite.text.latex import LATEX
from autograd_lite.text.mathml import MATHML
from autograd_lite.text.plain import PLAIN
from autograd_lite.text.python import PYTHON

ROOT = Path(__file__).resolve().parents[2]
posix = pytest.mark.skipif(sys.platform == "win32", reason="the mutation test forks")


@pytest.fixture(scope="module")
def every():
    """Every mutant of the package."""
    return mutants(ROOT)


@pytest.fixture(scope="module")
def sources():
    """The package's modules."""
    files = (ROOT / "autograd_lite").rglob("*.py")
    return {file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8") for file in files}


def count(source, kind):
    """How many nodes of a kind a module has that are a statement, or catch something."""
    return sum(isinstance(node, kind) and getattr(node, "type", 1) is not None for node in ast.walk(ast.parse(source)))


# --- what is broken ------------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_mutant_is_a_real_change(every, sources):
    """A mutant's module compiles, and to other code; the change is made once, where the mutant says.

    A sample, so that the test is quick.
    """
    for one in some(every[::40], 5):
        tree = ast.parse(sources[one.path])
        target = list(ast.walk(tree))[one.index]
        assert ast.unparse(target).replace("\n", "; ") == one.before
        assert target.lineno == one.line
        changed = broken(sources[one.path], one)
        assert marshal.dumps(compile(changed, "", "exec")) != marshal.dumps(compile(tree, "", "exec")), one
        before, after = (len(list(ast.walk(node))) for node in (tree, changed))
        new = len(list(ast.walk(ast.parse(one.after)))) - 1 - (not isinstance(target, ast.stmt))
        assert after - before == new - len(list(ast.walk(target))), one  # nothing else is gone, nothing else came


def test_no_two_mutants_are_one(every):
    """Where, what and which of several tell a mutant from every other."""
    assert len({(one.at, one.change) for one in every}) == len(every)
    assert len({(one.path, one.index, one.after) for one in every}) == len(every)


@pytest.mark.parametrize("row", [*OPS.values(), *HELPERS.values()], ids=str)
def test_each_row_is_broken(every, row):
    """Of each row the value is broken, the definition and the meaning if it has some, and its templates."""
    changes = [one.change for one in every if one.row == row.name]
    assert sum("lambda *args: -" in change for change in changes) == 1
    assert sum("lambda *args: 1.0000000000001 * " in change for change in changes) == 1
    for notation in (PLAIN, PYTHON, LATEX, MATHML):
        if row.name in notation.table and notation.table[row.name] != notation.call(row):
            template = notation.table[row.name][0]
            word = template.partition("<mo>(")[0].removeprefix("<mi>").removesuffix("</mi>")
            assert any(change.startswith((repr(template), repr(word))) for change in changes)


def test_each_slope_of_each_row_is_broken(every):
    """Every slope that is not 0, and every definition, is given the other sign and a small error."""
    for row in [*OPS.values(), *HELPERS.values()]:
        mine = [one for one in every if one.row == row.name]
        slopes = {one.index for one in mine if one.after == f"1.0000000000001 * ({one.before})"}
        for index in slopes:
            assert any(one.after == f"-({one.before})" for one in mine if one.index == index)
        assert bool(slopes) == (row.name not in {"compare", "floor_divide"}), row


def test_each_guard_is_broken(every, sources):
    """Every `raise` of the package is left out once, every `except` clause made to catch nothing."""
    for path, source in sources.items():
        mine = [one for one in every if one.path == path]
        raised = [one for one in mine if one.before.startswith("raise") and one.after == "pass"]
        assert len(raised) == count(source, ast.Raise), path
        deaf = [one for one in mine if one.after == "()"]
        assert len(deaf) == count(source, ast.ExceptHandler), path


def test_each_escape_is_broken(every, sources):
    """Every call of html.escape is replaced by what it is called on."""
    for path, source in sources.items():
        replaced = [one for one in every if one.path == path and one.before.startswith("html.escape(")]
        assert len(replaced) == source.count("html.escape("), path


SOURCE = '''
"""A module."""
import math
from contextlib import suppress

def f(x: int | None, y: float = 1.0) -> float | None:
    """Text."""
    assert x is not None
    if x < 0 or not x:
        raise ValueError(f"{x + 1} is " + "below")
    try:
        return x * y if x else math.sin(-y)
    except (TypeError, OverflowError):
        return None
    except BaseException:
        raise
    finally:
        done(2)
'''


def changes(folder, module, source=SOURCE):
    file = folder / "autograd_lite" / f"{module}.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(textwrap.dedent(source), encoding="utf-8")
    return [one.change for one in mutants(folder)]


def test_guards_of_a_module(tmp_path):
    """In any module: `raise`, each part of its condition, its limits, `except`, what it catches, `finally`."""
    assert sorted(changes(tmp_path, "any")) == sorted(
        [
            "raise ValueError(f'{x + 1} is ' + 'below') -> pass",
            "x < 0 or not x -> (not x)",
            "x < 0 or not x -> (x < 0)",
            "x < 0 -> (x) <= (0)",
            "(TypeError, OverflowError) -> ()",
            "(TypeError, OverflowError) -> (OverflowError,)",
            "(TypeError, OverflowError) -> (TypeError,)",
            "BaseException -> ()",
            "BaseException -> Exception",
            "raise -> pass",
            "done(2) -> pass",
        ]
    )


def test_numbers_of_a_numeric_module(tmp_path):
    """In the numeric core also: operators, numbers, signs, functions, conditions; not messages, types or defaults."""
    guards = changes(tmp_path, "any")
    (tmp_path / "autograd_lite" / "any.py").unlink()
    assert sorted(set(changes(tmp_path, "explanation/paths")) - set(guards)) == sorted(
        [
            "x * y -> (x) / (y)",
            "-y -> y",
            "math.sin -> math.cos",
            "x -> True",
            "x -> False",
            "0 -> 1",
            "2 -> 3",
            "x < 0 or not x -> True",
        ]
    )


def test_statements_of_the_engine(tmp_path):
    """In chain.py, value.py and files.py every statement is left out in turn, and a lock is none."""
    source = '''
    def f(self):
        """Text."""
        with _lock:
            self.x = 1
            self.x += g(html.escape(self.y), timeout=3)
            print(_mine(visible("constant")))
    '''
    assert sorted(changes(tmp_path, "engine/value", source)) == sorted(
        [
            "_lock -> __import__('contextlib').nullcontext()",
            "self.x = 1 -> pass",
            "self.x += g(html.escape(self.y), timeout=3) -> pass",
            "html.escape(self.y) -> self.y",
            "3 -> None",
            "print(_mine(visible('constant'))) -> pass",
        ]
    )


# --- the list of changes that are none -----------------------------------------------------------------------------


def test_the_equivalent_ones_exist(every):
    """Each entry of the list is a mutant that there is, is listed once, and has a reason."""
    notes = equivalents(ROOT / "tests" / "data" / "equivalent_mutants.toml")
    keys = [(note.at, note.change) for note in notes]
    assert set(keys) <= {(one.at, one.change) for one in every}
    assert len(set(keys)) == len(keys)
    assert all(len(note.reason) > 20 for note in notes)
    assert len(notes) <= 0.05 * len(every)


# --- the score -----------------------------------------------------------------------------------------------------


def mutant(change="a"):
    return Mutant("p.py", 1, 7, "f", "b", change, None)


def test_the_score():
    """The score counts what is noticed or hangs; equivalent ones are apart, with their reasons; survivors are shown."""
    results = [
        Result(mutant("one"), "noticed", "t"),
        Result(mutant("two"), "hung"),
        Result(mutant("three"), "equivalent"),
        Result(mutant("four"), "survived"),
    ]
    said = score(results, [Equivalent("p.py f", "b -> three", "nobody can see it")])
    assert said.splitlines()[-1] == "2 of 3 noticed (66.6 %), 1 equivalent"
    assert "NOT NOTICED (1):\n  p.py:7 f: b -> four" in said
    assert "p.py:7 f: b -> three\n      nobody can see it" in said
    assert "no longer end (1):\n  p.py:7 f: b -> two" in said


def test_almost_all_is_not_all():
    """One survivor in 3,000 is not 100 %."""
    results = [Result(mutant(str(k)), "noticed") for k in range(2999)] + [Result(mutant("x"), "survived")]
    assert score(results, []).endswith("2999 of 3000 noticed (99.9 %), 0 equivalent")


# --- a run on a small project --------------------------------------------------------------------------------------

CODE = '''
def root(x):
    """The square root."""
    if x < 0:
        raise ValueError("below zero")
    if x > 1e300:
        raise ValueError("too large")
    while x == 2:
        x = forever(x)
    return x**0.5

def forever(x):
    try:
        return 4 / (x - 2)
    except ZeroDivisionError:
        return 4
'''
TESTS = """
import subprocess, sys
import pytest
from autograd_lite.code import root

@pytest.mark.parametrize("x", [-1, -1e300])
def test_negative(x):
    with pytest.raises(ValueError, match="below"):
        root(x)

def test_zero():
    assert root(0) == 0
"""
MORE = """

def test_two():
    assert root(2) == 2

def test_elsewhere():
    code = "from autograd_lite.code import root; root(1e301)"
    assert subprocess.run([sys.executable, "-c", code], stderr=subprocess.DEVNULL).returncode == 1

def test_limit():
    assert root(1e300) == 1e150
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A package with three guards of which tests notice one."""
    monkeypatch.setattr(mutation, "WARM", [])
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name, content in (("autograd_lite/code", CODE), ("autograd_lite/__init__", ""), ("tests/test_code", TESTS)):
        file = tmp_path / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    (tmp_path / "tests" / "data").mkdir()
    return tmp_path


def run(project, capsys, *options):
    code = main(["--tree", str(project), "--jobs", "1", "--verbose", "--deep", *options])
    return code, capsys.readouterr().out


@posix
def test_a_survivor_is_told(project, capsys):
    """What no test notices is shown with its place and change, and the exit code is 1; the tree is not touched."""
    before = {file: file.read_bytes() for file in project.rglob("*") if file.is_file()}
    code, said = run(project, capsys)
    assert code == 1
    survivors = said.partition("NOT NOTICED (3):\n")[2].partition("\n\n")[0]
    assert survivors.split("\n") == [
        "  autograd_lite/code.py:6 root: x > 1e+300 -> (x) >= (1e+300)",
        "  autograd_lite/code.py:7 root: raise ValueError('too large') -> pass",
        "  autograd_lite/code.py:15 forever: ZeroDivisionError -> ()",
    ]
    assert "noticed" in said
    assert "2 of 5 noticed (40.0 %), 0 equivalent" in said
    assert {file: file.read_bytes() for file in project.rglob("*") if file.is_file()} == before


@posix
def test_all_noticed(project, capsys):
    """With tests for the rest the exit code is 0; a test that runs another process notices too."""
    file = project / "tests" / "test_code.py"
    file.write_text(TESTS + MORE, encoding="utf-8")
    record = project / "record.json"
    code, said = run(project, capsys, "--record", str(record), "--baseline", str(project / "base.json"))
    assert code == 0, said
    assert "5 of 5 noticed (100.0 %), 0 equivalent" in said
    noticed = {entry["change"]: entry["test"] for entry in json.loads(record.read_text(encoding="utf-8"))}
    assert noticed["raise ValueError('too large') -> pass"] == "tests/test_code.py::test_elsewhere"
    assert noticed["ZeroDivisionError -> ()"] == "tests/test_code.py::test_two"
    code, said = run(project, capsys, "--only", "forever", "--baseline", str(project / "base.json"))
    assert code == 0
    assert "1 of 1 noticed" in said
    assert "unbroken" not in said  # known from the run before


@posix
def test_equivalent_ones_are_apart(project, capsys):
    """What is listed as no change is not run and not counted; an entry that is no mutant is an error."""
    entry = '[[mutant]]\nat = "autograd_lite/code.py root"\nchange = "{}"\nreason = "an example"\n'
    file = project / "tests" / "data" / "equivalent_mutants.toml"
    file.write_text(entry.format("x > 1e+300 -> (x) >= (1e+300)"), encoding="utf-8")
    code, said = run(project, capsys, "--only", "1e.300|below")
    assert code == 0
    assert "1 of 1 noticed (100.0 %), 1 equivalent" in said
    file.write_text(entry.format("nothing -> something"), encoding="utf-8")
    code, said = run(project, capsys, "--only", "below")
    assert code == 1
    assert "no such mutant: autograd_lite/code.py root: nothing -> something" in said


@posix
def test_a_suite_that_fails_unbroken_judges_nothing(project, capsys):
    """A test that fails with nothing broken is no judge: it is named, and the exit code is 1."""
    (project / "tests" / "test_bad.py").write_text("def test_bad():\n    assert 0\n", encoding="utf-8")
    code, said = run(project, capsys, "--only", "below")
    assert code == 1
    assert "fail with nothing broken" in said
    assert "tests/test_bad.py::test_bad" in said


@posix
def test_a_test_that_needs_another_before_it_is_no_judge(project, capsys):
    """What fails alone with nothing broken is left out, and the mutants that it noticed are judged again."""
    moody = "\nbefore = []\n\ndef test_before():\n    before.append(1)\n\n"
    moody += "def test_moody():\n    root(1)\n    assert before\n"
    (project / "tests" / "test_code.py").write_text(TESTS + moody, encoding="utf-8")
    code, said = run(project, capsys, "--only", "x > 1e")
    assert code == 1
    assert "judging without them: tests/test_code.py::test_moody\n" in said
    assert "NOT NOTICED (1):\n  autograd_lite/code.py:6 root: x > 1e+300 -> (x) >= (1e+300)" in said


@posix
def test_tests_that_do_not_end_have_noticed(project, capsys, monkeypatch):
    """A run that does not end is ended; the mutant counts as noticed, and is listed."""
    monkeypatch.setattr(mutation, "SLACK", 1.0)
    code = "def f(x):\n    while True:\n        x += 1\n        if x > 3:\n            raise ValueError(x)\n"
    (project / "autograd_lite" / "code.py").write_text(code, encoding="utf-8")
    tests = "import pytest\nfrom autograd_lite.code import f\n"
    tests += "def test_f():\n    with pytest.raises(ValueError, match='4'):\n        f(0)\n"
    (project / "tests" / "test_code.py").write_text(tests, encoding="utf-8")
    code, said = run(project, capsys, "--only", "raise")
    assert code == 0
    assert "1 of 1 noticed (100.0 %)" in said
    assert "no longer end (1):\n  autograd_lite/code.py:5 f: raise ValueError(x) -> pass" in said
