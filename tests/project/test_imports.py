"""Who imports whom: the layers of the package, no cycles, nothing heavy at import, small modules."""

import ast
import graphlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import autograd_lite

PACKAGE = Path(autograd_lite.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))

LAYERS = [
    ["engine"],
    ["nn", "losses", "optim"],
    ["text"],
    ["storage"],
    ["history"],
    ["program"],
    ["explanation", "train"],
    ["draw", "audit", "testing", "examples"],
    ["displays"],
    ["own_operations"],
    ["pages"],
    ["__init__"],
    ["cli"],
    ["__main__"],
]
"""A room imports from its own and from those above in this list: arrows go one way."""

RANKS = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}

HEAVY = ["graphviz", "typer", "rich", "numpy", "matplotlib", "hypothesis", "mpmath", "IPython"]


def name_of(file):
    """The dotted name inside the package: `draw.graph`, and `draw` for its __init__."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


MODULES = {name_of(file): file for file in FILES}


def top(name):
    return name.split(".")[0]


def resolve(name):
    """The module of the package that a dotted name without `autograd_lite.` means: itself or what it is a name in."""
    while name and name not in MODULES:
        name = name.rpartition(".")[0]
    return name or "__init__"


def imports_of(name):
    """The package's modules that a module imports, each with whether it is in a `_repr_*_` method."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    in_repr = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and function.name.startswith("_repr_") and function.name.endswith("_")
        for node in ast.walk(function)
    }
    imports = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: imports are absolute"
            targets = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for target in targets:
            package, _, rest = target.partition(".")
            if package == "autograd_lite":
                imports.add((resolve(rest), id(node) in in_repr))
    return imports


@pytest.mark.parametrize("name", MODULES)
def test_layers(name):
    """A module imports only from its own layer and those below; an object asks for its display in `_repr_*_`."""
    assert top(name) in RANKS, f"give {top(name)} its layer in this test"
    for target, in_repr in imports_of(name):
        if name in {"engine.showing", "program.result"} and in_repr and top(target) == "displays":
            continue
        assert RANKS[top(target)] <= RANKS[top(name)], f"{name} must not import {target}"


def test_no_cycles():
    """No two modules import each other, however many lie between, imports inside functions included."""
    graph = {name: {target for target, in_repr in imports_of(name) if not in_repr} - {name} for name in MODULES}
    graphlib.TopologicalSorter(graph).prepare()


AUDIT = ["notation", "places", "mistakes", "judging", "report", "claims", "__init__"]
"""What the audit is made of; each uses only what stands before it."""


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("audit.")])
def test_the_audit_goes_one_way(name):
    """Reading comes before the other points, these before mistakes, mistakes before judging, and the report last."""
    ranks = {room: rank for rank, room in enumerate(AUDIT)}
    for target, _ in imports_of(name):
        if target.startswith("audit."):
            assert ranks[target.split(".")[1]] <= ranks[name.split(".")[1]], f"{name} must not import {target}"


def test_the_test_finds_imports():
    """The reader of imports sees plain ones, those of names and those inside functions."""
    assert ("engine.ops", False) in imports_of("engine.value")
    assert ("engine.value", False) in imports_of("engine.graph")
    assert {target for target, _ in imports_of("__init__")} >= {"engine.ops", "engine.value", "engine.graph"}
    assert resolve("engine.operation.Op") == "engine.operation"
    assert resolve("Value") == "__init__"
    assert imports_of("engine.operation") == {("engine.arrays", False), ("engine.ieee", False)}


@pytest.mark.parametrize("name", MODULES)
def test_modules_explain_themselves(name):
    """A module opens with one line that says what it is for, and has `__all__`, of names that exist."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    lines = (ast.get_docstring(tree) or "").splitlines()
    assert lines, "no docstring"
    assert lines[0].endswith("."), "the first line of the docstring is a sentence"
    assert len(lines) == 1 or not lines[1], "the first line of the docstring stands alone"
    values = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and "__all__" in map(ast.unparse, node.targets)
    ]
    assert len(values) == 1, "one __all__"
    exported = ast.literal_eval(values[0])
    assert len(set(exported)) == len(exported)
    module = "autograd_lite" if name == "__init__" else f"autograd_lite.{name}"
    if name != "__main__":
        __import__(module)
        assert [x for x in exported if not hasattr(sys.modules[module], x)] == []


@pytest.mark.parametrize("name", MODULES)
def test_modules_are_small(name):
    """No module is longer than 400 lines, one concern each; but the node, whose operators are written out."""
    assert len(MODULES[name].read_text(encoding="utf-8").splitlines()) <= (480 if name == "engine.value" else 400)


def run(script):
    """What a fresh Python prints."""
    environment = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}
    return subprocess.run(
        [sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True
    ).stdout.split()


def test_import_loads_nothing_heavy():
    """`import autograd_lite`, and a gradient on top, load no drawing, plotting, table or testing package."""
    loaded = run(
        "import sys, autograd_lite\n"
        "x = autograd_lite.Value(2.0); y = autograd_lite.exp(x * 3) ** 2; y.backward(); repr(y)\n"
        "print(*sys.modules)"
    )
    assert "autograd_lite.engine.value" in loaded
    assert {name.partition(".")[0] for name in loaded} & set(HEAVY) == set()


def test_modules_when_they_are_asked_for():
    """`import autograd_lite` is enough for `autograd_lite.nn` and the other modules that users take."""
    script = (
        "import sys, autograd_lite as ag\n"
        "print({'nn', 'draw', 'testing'} <= set(dir(ag)), 'autograd_lite.nn' in sys.modules)\n"
        "print(ag.nn.Network.__name__, hasattr(ag, 'nothing'))\n"
        "print(all(getattr(ag, name) is sys.modules[f'autograd_lite.{name}'] for name in ag._ROOMS))\n"
        "print(ag.Network is ag.nn.Network, ag.charts.__name__, 'ops' in dir(ag), 'engine' in dir(ag))"
    )
    assert run(script) == [
        *("True", "False", "Network", "False", "True"),
        *("True", "autograd_lite.draw.charts", "False", "False"),
    ]
    with pytest.raises(AttributeError, match="module 'autograd_lite' has no attribute 'nothing'"):
        autograd_lite.nothing  # noqa: B018


def test_star_import():
    """A star import brings the public names and leaves Python's own abs and pow alone."""
    script = (
        "import builtins\n"
        "from autograd_lite import *\n"
        "print(abs is builtins.abs, pow is builtins.pow, 'Value' in dir(), 'exp' in dir())"
    )
    assert run(script) == ["True"] * 4
