"""Brackets in formulas: whatever stands where in a row's template, it is read as the operation it is."""

import ast
import re

import pytest
from strategies import ROWS

from autograd_lite.text.latex import LATEX
from autograd_lite.text.python import PYTHON

rows = pytest.mark.parametrize("row", ROWS.values(), ids=str)


class Text:
    """A piece of a formula, in brackets where its place asks for more than it binds."""

    def __init__(self, text, binds=10):
        self.text, self.binds = text, binds

    def __format__(self, spec):
        return f"({self.text})" if self.binds < int(spec or 0) else self.text


def tree(text):
    """How a formula is read."""
    return ast.dump(ast.parse(text, mode="eval"))


def latex_tree(text):
    r"""How LaTeX is read by a person: as Python, once \left, \right and the backslashes are gone."""
    signs = [
        (r"\left|", "abs("),
        (r"\right|", ")"),
        (r"\left\lfloor", "floor("),
        (r"\right\rfloor", ")"),
        (r"\bmod", "%"),
    ]
    for old, new in [*signs, (r"\left", ""), (r"\right", ""), (r"\cdot", "*")]:
        text = text.replace(old, new)
    return tree(text.translate(str.maketrans({"{": "(", "}": ")", "\\": "", "^": "**"})).strip())


def seen(template):
    """A LaTeX template without the braces around a base, which nobody sees: {a + b}^{2} looks like a + b^2."""
    return re.sub(r"\{\{(\{\d(?::\d)?\})\}\}\^", r"\1^", template)


@rows
def test_python_brackets(row):
    """A formula inside a formula, with brackets where the table asks for them, is read as if it had them everywhere."""
    for inner in ROWS.values():
        template, binds = PYTHON.row(inner)
        text = template.format(Text("x"), Text("y"))
        for place in range(row.arity):
            plain, forced = [Text("z")] * 2, [Text("z")] * 2
            plain[place], forced[place] = Text(text, binds), Text(f"({text})")
            template = PYTHON.row(row)[0]
            assert tree(template.format(*plain)) == tree(template.format(*forced)), (inner, place)


@rows
def test_latex_brackets(row):
    """The same in LaTeX, where some formulas bind otherwise."""
    for inner in ROWS.values():
        template, binds = LATEX.row(inner)
        text = seen(template).format(Text("x"), Text("y"))
        for place in range(row.arity):
            plain, forced = [Text("z")] * 2, [Text("z")] * 2
            plain[place], forced[place] = Text(text, binds), Text(f"({text})")
            template = seen(LATEX.row(row)[0])
            assert latex_tree(template.format(*plain)) == latex_tree(template.format(*forced)), (inner, place)
