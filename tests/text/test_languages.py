"""The languages' tables: each operation in each language, its brackets, and what is written without a row."""

import json
from pathlib import Path

import evaluating
import pytest
from hypothesis import given
from strategies import ROWS, points

from autograd_lite import Value, formula
from autograd_lite.engine.ops import ANY, OPS, Op
from autograd_lite.testing import oracle
from autograd_lite.testing.oracle import mp
from autograd_lite.text import STYLES
from autograd_lite.text.latex import LATEX
from autograd_lite.text.notation import CALL, LOOSE
from autograd_lite.text.python import PYTHON

rows = pytest.mark.parametrize("row", ROWS.values(), ids=str)
styles = pytest.mark.parametrize("style", STYLES)


class Text:
    """A piece of a formula, which puts itself in brackets where it binds looser than its place asks."""

    def __init__(self, text, binds=10):
        self.text, self.binds = text, binds

    def __format__(self, spec):
        return f"({self.text})" if spec and self.binds < int(spec) else self.text


def evaluate(text, **names):
    """Python's value of a formula, its functions being the table's."""
    return eval(text, {**ROWS, **names})


# --- every operation in every language -----------------------------------------------------------------------------

SYMBOLS = {
    "plain": ("x", "z"),
    "python": ("x", "z"),
    "latex": ("x", "z"),
    "mathml": ("<mi>x</mi>", "<mi>z</mi>"),
}


@styles
@rows
def test_a_formula_is_the_operation(row, style):
    """The formula of an operation of two letters, read back and computed in 60 digits, is the operation."""
    point = (0.7, 0.3)[: row.arity]
    nodes = [Value(at, label) for at, label in zip(point, "xz", strict=False)]
    text = formula(row(*nodes), style=style)
    names = dict(zip(SYMBOLS[style], map(mp.mpf, point), strict=False))
    read = getattr(evaluating, style)(text, names)
    assert abs(read - oracle.value(row.name, *point)) <= mp.mpf(10) ** -40


@styles
@rows
def test_a_template_shows_every_argument(row, style):
    """A template shows each argument, and only these; of LaTeX every brace and bracket is closed."""
    template, binds = STYLES[style].row(row)
    text = template.format(Text("XX"), Text("YY"))
    assert ("XX" in text, "YY" in text) == (True, row.arity == 2)
    assert LOOSE <= binds <= CALL
    if style == "latex":
        depth = [text[:k].count("{") - text[:k].count("}") for k in range(len(text) + 1)]
        assert min(depth) == depth[-1] == 0
        assert text.count(r"\left") == text.count(r"\right")


@styles
def test_a_table_has_rows_of_operations_only(style):
    """Each row of a language's table is of an operation of the engine's table."""
    notation = STYLES[style]
    assert set(notation.table) <= set(ROWS)
    assert {name for name, _ in notation.beside_zero} <= set(ROWS)


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("plain", "my_op(x, z)"),
        ("python", "my_op(x, z)"),
        ("latex", r"\operatorname{my\_op}\left(x, z\right)"),
        ("mathml", "<mi>my_op</mi><mo>(</mo><mi>x</mi><mo>,</mo><mi>z</mi><mo>)</mo>"),
    ],
)
def test_an_operation_without_a_row_is_called_by_its_name(style, expected):
    """An operation that a language's table does not have is written as a call of its name."""
    mine = Op("my_op", lambda a, b: a * b, lambda y, a, b: (b, a), domain=(ANY, ANY))
    assert expected in formula(mine(Value(0.7, "x"), Value(0.3, "z")), style=style)


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\mathrm{{gauss}}\left({0}\right)", r"{\mathrm{gauss}\left(x\right)}^{2}"),
        (r"f\left({0}\right)", r"{f\left(x\right)}^{2}"),
        (r"1 + f\left({0}\right)", r"{\left(1 + f\left(x\right)\right)}^{2}"),
        (r"-f\left({0}\right)", r"{\left(-f\left(x\right)\right)}^{2}"),
        (r"e^{{-{0:5}^2}}", r"{\left(e^{-x^2}\right)}^{2}"),
    ],
)
def test_latex_of_an_operation_of_ones_own(latex, expected):
    """A template of a user's is put in brackets where they may matter; only the call of a word needs none."""
    mine = Op("mine", lambda x: x, lambda y, x: 1.0, latex=latex)
    assert formula(mine(Value(0.7, "x")) ** 2, style="latex") == expected


# --- Python --------------------------------------------------------------------------------------------------------


@rows
def test_python_text(row):
    """A row's formula, evaluated by Python on nodes, gives the value again, bit for bit.

    A helper's formula is the one that people write, while its value is the accurate one: the formula gives it to within
    the rounding errors of its own steps, away from where it overflows.
    """
    limits = {} if row.name in OPS else {"tiny": 1e-3, "reach": 100.0}

    @given(points(row, **limits))
    def check(point):
        text = PYTHON.row(row)[0].format(Text("x"), Text("y"))
        got = evaluate(text, x=Value(point[0]), y=Value(point[-1]))
        if row.name in OPS:
            assert repr(got.data) == repr(row(*point))
        else:
            judged = oracle.judge(oracle.tape(got)[0])
            assert abs(mp.mpf(got.data) - oracle.value(row.name, *point)) <= judged.value_errors[-1]

    check()


@pytest.mark.parametrize("row", OPS.values(), ids=str)
def test_python_text_of_operations_in_operations(row):
    """Whatever stands where in a row's formula, brackets included, evaluates to what the rows give one by one."""
    x, y, z = (Value(v) for v in (0.7, 0.3, 0.45))
    template, _ = PYTHON.row(row)
    for inner in OPS.values():
        formula, binds = PYTHON.row(inner)
        text = Text(formula.format(Text("x"), Text("y")), binds)
        value = inner(*(x, y)[: inner.arity])
        for place in range(row.arity):
            texts, values = [Text("z")] * 2, [z] * row.arity
            texts[place], values[place] = text, value
            got = evaluate(template.format(*texts), x=x, y=y, z=z).data
            assert repr(got) == repr(row(*values).data), template.format(*texts)


@rows
def test_how_a_row_is_written(row):
    """A row's formulas in Python and LaTeX, and how tightly they bind, are those of the list in `data/rows.json`."""
    listed = json.loads((Path(__file__).parents[1] / "data" / "rows.json").read_text(encoding="utf-8"))
    expected = next(line for line in listed if line["name"] == row.name)
    assert PYTHON.row(row) == (expected["python"], expected["binds"])
    assert LATEX.row(row)[0] == expected["latex"]
