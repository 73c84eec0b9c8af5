"""The table of mistakes: each row is what it says, by its examples; likelihoods stand in it alone."""

import ast
import inspect
import math
import pkgutil
import re
from pathlib import Path
from string import Formatter

import pytest

import autograd_lite
from autograd_lite import Value, named
from autograd_lite.audit import check_claims, mistakes
from autograd_lite.audit.mistakes.candidates import ComputedFormula
from autograd_lite.audit.mistakes.edits import edits
from autograd_lite.audit.mistakes.hunt import Hunt
from autograd_lite.audit.mistakes.rows import Example, Kind, Likelihood
from autograd_lite.audit.mistakes.table import ROWS
from autograd_lite.audit.notation.equations import read_equation
from autograd_lite.audit.notation.formulas import read_formula
from autograd_lite.audit.places.points import Setting

LEAVES = {
    "w": 1.3, "x": 0.697, "z": 2.1, "u": 0.45, "v": 1.7, "t": 0.3,
    "w1": 0.62, "w2": -0.47, "w3": 0.81, "w4": 0.29, "x1": 1.9, "i1": 1.1, "t1": 0.7, "x2": 0.37,
}  # fmt: skip
FUNCTIONS = {name: getattr(autograd_lite, name) for name in ("exp", "sin", "cos", "tanh", "sigmoid")}
EXAMPLES = [
    pytest.param(row, example, id=f"{name}-{k}") for name, row in ROWS.items() for k, example in enumerate(row.examples)
]


def built(graph):
    """The result of a graph that is written as definitions, its nodes labelled."""
    nodes = {name: Value(x, name) for name, x in LEAVES.items() if re.search(rf"\b{name}\b", graph)}
    for definition in graph.split("; "):
        name, text = definition.split(" = ")
        nodes[name] = eval(text, {"__builtins__": {}}, nodes | FUNCTIONS)
        nodes[name].label = name
    return nodes[name]


def pattern(words):
    """What fits the words of a row, whatever is filled in."""
    return "".join(
        re.escape(text) + (".*" if field is not None else "") for text, field, *_ in Formatter().parse(words)
    )


def claim_of(example: Example, y):
    """The claim; where it starts with =, the number that the formula gives."""
    if not example.claim.startswith("= "):
        return example.claim
    numbers = {name: node.data for name, node in named(y).items()}
    functions = {name: lambda x, f=f: f(Value(x)).data for name, f in FUNCTIONS.items()}
    return eval(example.claim[2:], {"__builtins__": {}}, numbers | functions)


def numbers_made(row, example, y, claim):
    """The numbers that come of making the mistake of a row: in the right formula, or undone in the claimed one."""
    setting = Setting(y)
    wrt = setting.by_name[example.wrt]
    for candidate in Hunt(setting, wrt, ()).all(strangers=True):
        if candidate.row is row and candidate.mistake.text.startswith(example.words):
            yield candidate.at(setting.here), None
    if isinstance(claim, str):
        equation = read_equation(claim)
        tree = read_formula(equation.sides[-1], claim, setting.texts, equation.definitions)
        for edit in edits(setting, tree, strangers=True):
            if edit.row is row and edit.undone.startswith(example.words):
                yield None, ComputedFormula(tree).changed(edit).at(setting.here)


NOT_AMONG_CANDIDATES = [
    ROWS[name] for name in ("LAST_DIGIT", "COPIED", "NOT_COMPUTED", "SOME_FACTOR", "NO_DEPENDENCE", "NUMBER")
]
"""Rows that the claim itself is needed for: these are found by calculation, not by trying."""


@pytest.mark.parametrize(("row", "example"), EXAMPLES)
def test_every_row(row, example):
    """A row's example is wrong, and is explained in the row's words; made on purpose, the mistake gives the claim."""
    y = built(example.graph)
    claim = claim_of(example, y)
    answer = check_claims(y, {example.wrt: claim})[example.wrt]
    assert answer.verdict == ("last digit wrong" if row.kind == Kind.LAST_DIGIT else "wrong")
    explanations = [one for one in answer.mistakes if one.kind is row.kind and one.text.startswith(example.words)]
    assert explanations, [(one.kind, one.text) for one in answer.mistakes]
    text = explanations[0].text
    assert any(re.fullmatch(pattern(words), text) for words in (row.words, row.undone) if words)
    numbers = list(numbers_made(row, example, y, claim))
    if row not in NOT_AMONG_CANDIDATES:
        assert any(
            math.isclose(answer.value, wrong, rel_tol=1e-9)
            if right is None
            else math.isclose(answer.gradient, right, rel_tol=1e-9)
            for wrong, right in numbers
        ), numbers


@pytest.mark.parametrize("name", ROWS)
def test_rows_are_made_where_they_say(name):
    """Each row names the function that makes it: that one has the row in it, or is called where the row is used."""
    row = ROWS[name]
    assert row.did.endswith(".")
    assert row.examples or row.kind == Kind.EXCHANGED
    maker = pkgutil.resolve_name(f"autograd_lite.audit.{row.made_by}")
    files = [file.read_text(encoding="utf-8") for file in Path(inspect.getfile(mistakes)).parents[1].rglob("*.py")]
    assert any(re.search(rf"table\.{name}\b", text) and maker.__name__ in text for text in files)


def test_both_directions_have_the_same_parts():
    """What is said of a change and of its opposite is filled in with the same names."""
    for row in ROWS.values():
        parts = [{field for _, field, *_ in Formatter().parse(words) if field} for words in (row.words, row.undone)]
        assert not row.undone or {*parts[0]} - {"after"} == {*parts[1]} - {"before"}


def test_every_kind_has_a_row():
    """No kind is without a row, and the classes of likelihood are in order, no two the same."""
    assert {row.kind for row in ROWS.values()} == set(Kind)
    assert list(Likelihood) == sorted(Likelihood)
    assert len(Likelihood.__members__) == len(Likelihood)
    assert {row.likelihood for row in ROWS.values()} == set(Likelihood)


FILES = sorted(Path(inspect.getfile(mistakes)).parent.glob("*.py"))


@pytest.mark.parametrize(
    "file", [file for file in FILES if file.name not in {"table.py", "rows.py"}], ids=lambda x: x.name
)
def test_no_likelihood_outside_the_table(file):
    """How likely a mistake is stands in its row, or in a named refinement: never as a number where it is made."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Edit", "Candidate", "Mistake"}:
            for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                shallow = [x for x in ast.walk(argument) if not isinstance(argument, (ast.Lambda, ast.Call, ast.Dict))]
                numbers = {
                    x.value for x in shallow if isinstance(x, ast.Constant) and isinstance(x.value, (int, float))
                }
                assert numbers <= {0.0}, ast.unparse(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            sides = (node.left, node.right)
            cost = any(
                isinstance(x, (ast.Attribute, ast.Name)) and ast.unparse(x).endswith(("cost", "likely")) for x in sides
            )
            assert not (cost and any(isinstance(x, ast.Constant) for x in sides)), ast.unparse(node)
        if isinstance(node, ast.FunctionDef) and "strangeness" in node.name:
            assert not any(
                isinstance(x, ast.Constant) and isinstance(x.value, float) and x.value for x in ast.walk(node)
            )
