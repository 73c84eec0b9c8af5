"""The tests themselves: small files, names of their own, a sentence each."""

import ast
from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FOLDERS = sorted({file.parent for file in TESTS.rglob("test_*.py")})


def functions_of(file):
    """The functions of a file that pytest runs."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_files_are_small(folder):
    """No file of tests has more than 800 lines."""
    sizes = {file.name: len(file.read_text(encoding="utf-8").splitlines()) for file in folder.glob("test_*.py")}
    assert {name: size for name, size in sizes.items() if size > 800} == {}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_name_stands_twice_in_a_folder(folder):
    """A failing test is found by its name."""
    names = Counter(test.name for file in folder.glob("test_*.py") for test in functions_of(file))
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_test_says_what_it_expects(folder):
    """A test's docstring is a sentence."""
    without = [
        test.name for file in folder.glob("test_*.py") for test in functions_of(file) if not ast.get_docstring(test)
    ]
    assert without == []
