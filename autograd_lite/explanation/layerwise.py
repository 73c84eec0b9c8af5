"""The backward pass of a network by layers: equations with their numbers, as neurons or as matrices."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from autograd_lite.engine import ops
from autograd_lite.engine.graph import readable
from autograd_lite.engine.ieee import short
from autograd_lite.engine.value import Value
from autograd_lite.text.expression import Derivative, Expr, Name
from autograd_lite.text.formulas import Style, notation
from autograd_lite.text.indexed import taken_apart
from autograd_lite.text.layout import brief, number, page, signed, width
from autograd_lite.text.matrices import MOST, Matrix, calculated, joined, python_literal, typeset, written
from autograd_lite.text.python import visible
from autograd_lite.text.reading import Formula, names_in
from autograd_lite.text.web import as_html
from autograd_lite.text.writing import Texts

__all__ = ["ETA", "Equation", "Known", "LayerwisePass"]


RESULT = "\0"
"""A name that no label is, for what an equation gives."""


SHOWN = 60
"""A notebook shows so many equations of each part of the pass; with many samples there are thousands."""

ETA = "η"
"""The learning rate."""


class Known:
    """The numbers behind all names of a pass, and what stands for each name in every style."""

    def __init__(self, values: Mapping[str | Derivative, float | Matrix], *, matrices: bool) -> None:
        self.values = values
        self.matrices = matrices
        self.texts = cache(self._texts)

    def _texts(self, style: Style) -> Texts:
        return Texts(typeset(style, elementwise=self.matrices), self.values)


@dataclass(frozen=True, eq=False)
class Equation:
    """One equation of the pass: what it is for, its sides, and the number or the matrix that it gives."""

    group: str
    """The part of the pass: "forward", "errors", "gradients" or "updates"."""
    left: str | Derivative
    right: Expr
    value: float | Matrix
    """A number, or rows of numbers."""
    known: Known
    general: Expr | None = None
    """The right side with f'(z) for the derivative of the activation."""

    @property
    def name(self) -> str:
        """What is on the left, in plain text, such as "δ_h1" or "δ⁽¹⁾"."""
        return self.known.texts("plain").text(self.left)

    def sides(self, style: Style = "plain") -> list[str]:
        """Return the left side and the right ones: with f'(z), and with what f' is. In Python only what computes it."""
        texts = self.known.texts(style)
        shown = [x for x in (self.general, self.right) if x is not None and (x is self.right or style != "python")]
        return list(dict.fromkeys([texts.text(self.left), *(written(x, texts) for x in shown)]))

    def written(self, style: Style = "plain") -> str:
        """Return the equation in one of the styles of `formula()`, such as "δ⁽¹⁾ = (W⁽²⁾)ᵀ δ⁽²⁾ ⊙ σ'(z⁽¹⁾) = ..."."""
        notation(style)
        return joined(style, self.sides(style), update=self.group == "updates")

    def numbers(self, style: Style = "plain", room: int | None = None) -> str:
        """Return the right side with numbers in place of the names, and its result; matrices over several lines.

        In the styles "plain", "latex" and "mathml"; numbers are rounded, and of large matrices some are left out. In
        plain text matrices that `room` columns do not hold go on below an empty line.
        """
        if style == "python":
            raise ValueError("numbers are in the styles 'plain', 'latex' and 'mathml'; for Python see written()")
        notation(style)
        shown = {name: self.known.values[name] for name in names_in(Formula(self.right))} | {RESULT: self.value}
        known = isinstance(self.right, Name)
        if style == "plain" and isinstance(self.value, float) and not self.known.matrices:
            total = number(self.value, 4) if self.group == "updates" else signed(self.value)
            return total if known else f"{calculated([self.right], shown, style)} = {total}"
        return calculated([Name(RESULT)] if known else [self.right, Name(RESULT)], shown, style, room)

    def mathml(self) -> str:
        """Return the equation and below it its numbers, for a web page."""
        if self.known.matrices:
            numbers = self.numbers("mathml").replace("<mrow>", "<mrow><mo>=</mo>", 1)
        else:
            numbers = f"= {html.escape(self.numbers())}"
        return f'{self.written("mathml")}<div style="margin-top:.4em">{numbers}</div>'

    def html(self) -> str:
        """Return the same for a notebook, which removes MathML from what it does not trust."""
        numbers = as_html(self.numbers("mathml")) if self.known.matrices else html.escape(self.numbers())
        return f'{as_html(self.written("mathml"))}<div style="margin-top:4px">= {numbers}</div>'

    def __repr__(self) -> str:
        return f"<Equation {brief(self.written(), 80)}>"

    def __str__(self) -> str:
        return f"{self.written()}\n{self.numbers()}"

    def _repr_html_(self) -> str:
        return page(self.html())


HEADINGS = {
    "forward": "Forward pass",
    "errors": "Errors, from the outputs back",
    "gradients": "Gradients: error times activation",
    "updates": "Updates",
}


@dataclass(frozen=True, eq=False)
class LayerwisePass:
    """The equations of a backward pass by layers, in the order in which they are computed.

    Printed, and in notebooks, it shows each with its numbers. The conventions are those of `autograd_lite.nn.matrices`,
    the equations BP1 to BP4 of M. Nielsen, "Neural Networks and Deep Learning" (2015), chapter 2.
    """

    root: Value
    name: str
    """What the result is called."""
    equations: tuple[Equation, ...]
    samples: int
    known: Known

    def __getitem__(self, name: str) -> Equation:
        """The equation of a name in plain text, such as "δ⁽¹⁾"; of a parameter that is updated, the update."""
        for one in self.equations:
            if one.name == name:
                return one
        there = ", ".join(readable(one.name) for one in self.equations[:40]) + ", ..." * (len(self.equations) > 40)
        raise KeyError(f"no equation for {short(name)}, there are {there}")

    def __iter__(self) -> Iterator[Equation]:
        return iter(self.equations)

    def __len__(self) -> int:
        return len(self.equations)

    def rows(self) -> list[dict[str, Any]]:
        """Return a dict for each equation: group, name, equation, value."""
        return [
            {"group": one.group, "name": one.name, "equation": one.written(), "value": one.value}
            for one in self.equations
        ]

    def written(self, style: Style = "plain") -> str:
        """Return all equations in one of the styles of `formula()`.

        Those in Python are a program that computes the pass from the numbers that are given: with the functions of
        `autograd_lite`, and with NumPy where there are matrices.
        """
        if style == "python":
            return "\n".join([*self._given(), *(one.written("python") for one in self.equations)])
        lines = [one.written(style) for one in self.equations]
        if style != "latex":
            return "\n".join(lines)
        return "\\begin{gathered}\n" + " \\\\\n".join(lines) + "\n\\end{gathered}"

    def _given(self) -> list[str]:
        """Assignments of what the equations use and do not compute, as they stood before any update."""
        computed = {one.left for one in self.equations if one.group != "updates"}
        used = set().union(*(names_in(Formula(one.right)) for one in self.equations))
        given = used - computed
        texts = self.known.texts("python")
        lines = [f"{texts.text(name)} = {python_literal(x)}" for name, x in self.known.values.items() if name in given]
        functions = {*ops.OPS, *ops.HELPERS}.intersection(
            re.findall(r"(\w+)\(", "\n".join(one.written("python") for one in self.equations))
        )
        own = [f"from autograd_lite import {', '.join(sorted(functions - {'abs'}))}"] * bool(functions - {"abs"})
        return [*["import numpy as np"] * self.known.matrices, *own, *lines]

    def __str__(self) -> str:
        return self.text()

    def text(self, room: int | None = None) -> str:
        """Return what is printed; matrices that `room` columns do not hold go on in the next lines, or it is said."""
        lines = [self._title(), *self.legend]
        for group, equations in groupby(self.equations, key=lambda one: one.group):
            lines += ["", HEADINGS[group]]
            for one in equations:
                left, *right = one.sides()
                sign = " ← " if group == "updates" else " = "
                space = " " * (2 + width(left))
                lines += ["", f"  {left}{sign}{right[0]}", *(f"{space} = {side}" for side in right[1:])]
                numbers = self._numbers(one, None if room is None else room - len(space) - 3).splitlines()
                middle = ([*numbers, ""].index("") - 1) // 2  # of the first block of lines
                lines += [f"{space}{' = ' if k == middle else '   '}{line}".rstrip() for k, line in enumerate(numbers)]
        return "\n".join(lines)

    def _numbers(self, one: Equation, room: int | None) -> str:
        """The numbers of an equation; if there is no room for matrices, how many columns are missing."""
        text = one.numbers(room=room)
        if room is None or not self.known.matrices:
            return text
        over = max(map(width, text.splitlines())) - room
        return text if over <= 0 else f"... ({over} columns more are needed)"

    def __repr__(self) -> str:
        start = f"<LayerwisePass from {brief(self.name)} = {number(self.root.data)}"
        return f"{start}: {len(self)} equations of {'matrices' if self.known.matrices else 'neurons'}>"

    def _repr_html_(self) -> str:
        parts = []
        for group, equations in groupby(self.equations, key=lambda one: one.group):
            some = list(equations)
            parts.append(f"<p><b>{HEADINGS[group]}</b></p>")
            parts += (f'<div style="padding:6px 10px">{one.html()}</div>' for one in some[:SHOWN])
            if len(some) > SHOWN:
                parts.append(f"<p>... and {len(some) - SHOWN:,} more, which print() shows.</p>")
        return page(*(html.escape(text) for text in (self._title(), *self.legend)), *parts)

    def _title(self) -> str:
        return f"Backward pass by layers from {visible(self.name)} = {number(self.root.data)}"

    @property
    def legend(self) -> list[str]:
        """Lines that say what the letters are."""
        if not self.known.matrices:
            lines = ["δ is the error of a neuron: the derivative along its weighted sum."]
            if taken_apart(self.equations[0].name) is not None:
                lines.append(
                    "w₁₂⁽ˡ⁾ leads from neuron 2 of layer l - 1 to neuron 1 of layer l; the inputs are layer 0."
                )
            return lines
        lines = [
            "W⁽ˡ⁾ has a row for each neuron of layer l and a column for each input; a⁽⁰⁾ are the inputs.",
            "δ⁽ˡ⁾ is the derivative along z⁽ˡ⁾.",
            "⊙ multiplies element by element, as functions, quotients and powers go.",
        ]
        many = f"Each of the {self.samples} samples is a column; biases are added to each column."
        large = f"Of matrices with more than {MOST} rows or columns the first ones and the last one are shown."
        cut = any(len(x) > MOST or len(x[0]) > MOST for x in self.known.values.values() if not isinstance(x, float))
        shared = "A bias that the neurons of a layer share is one number, added to each."
        shares = any(isinstance(x, float) and name != ETA for name, x in self.known.values.items())
        return lines + [shared] * shares + [many] * (self.samples > 1) + [large] * cut
