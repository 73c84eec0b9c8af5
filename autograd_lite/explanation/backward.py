"""The worked backward pass: the derivative along every named quantity, each from those nearer to the result."""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby
from typing import Any

from autograd_lite.engine import ops
from autograd_lite.engine.showing import Shown
from autograd_lite.engine.value import Value
from autograd_lite.explanation.factors import Factor
from autograd_lite.explanation.paths import NamedGraph
from autograd_lite.text.expression import Algebra, Expr
from autograd_lite.text.formulas import Names, Style
from autograd_lite.text.layout import brief, number, page, partial, signed, web_table, where, width
from autograd_lite.text.python import visible
from autograd_lite.text.reading import NEVER, Formula, derivative_name
from autograd_lite.text.web import as_html
from autograd_lite.text.writing import write

__all__ = ["BackwardPass", "Step", "Term", "backward_pass", "parameters"]

DATA = re.compile(r"[it]\d+(\[\w+\])?")
"""Labels that `nn` and `losses` give to inputs and targets."""
TERMS = 12  # more are not written out


@dataclass(frozen=True, eq=False)
class Term:
    """What one use of a quantity contributes to its gradient."""

    factor: Factor
    """The local derivative of the use, `factor.of`, along the quantity."""
    flow: float
    """The gradient that has arrived there: d(root)/d(factor.of)."""
    product: float
    """The two multiplied."""

    def __repr__(self) -> str:
        return f"<Term {number(self.flow)} × {number(self.factor.value)} = {signed(self.product)}>"


@dataclass(frozen=True, eq=False)
class Step(Shown):
    """The gradient of one quantity, from those of the quantities that use it."""

    node: Value
    name: str
    value: float
    """The number of the node."""
    gradient: float
    """d(root)/d(node), the same float as `backward()` gives."""
    terms: tuple[Term, ...]
    level: int
    """How far from the result: the largest number of named quantities between, and one."""
    graph: NamedGraph = field(repr=False)
    """The graph that it is a step in."""

    @property
    def root_name(self) -> str:
        """What the result is called."""
        return self.graph.names[self.graph.y]

    @property
    def formula(self) -> str:
        """The equation in plain text, such as "∂E_total/∂o1 = ∂E_total/∂a_o1 * a_o1 * (1 - a_o1)"."""
        return self.written("plain")

    def written(self, style: Style) -> str:
        """Return the equation in one of the styles of `formula()`; of very many terms it says how many."""
        return write(self._equation(), self.graph.vocabulary.texts(style))

    def __repr__(self) -> str:
        symbol = partial(brief(self.root_name, 24), brief(self.name, 24))
        return f"<Step {symbol} = {signed(self.gradient)}: {len(self.terms)} term{'s' * (len(self.terms) != 1)}>"

    def _equation(self) -> Formula:
        algebra = Algebra()
        root, names = self.graph.y, self.graph.names
        terms: list[Expr] = []
        for term in self.terms[:TERMS]:
            local = term.factor.expression(algebra)
            above = derivative_name(root, term.factor.of, names)
            if term.factor.of is not root and above is not None:
                local = algebra.apply(ops.mul, algebra.name(above), local)
            terms.append(local)
        if len(self.terms) > TERMS:
            terms.append(algebra.name(self._rest))
        total = algebra.sum((Fraction(1), term) for term in terms)
        return Formula(total, derivative_name(root, self.node, names), {}, NEVER)

    @property
    def _rest(self) -> str:
        """What the terms that are not written out are called."""
        return f"{len(self.terms) - TERMS:,} more terms"

    def numbers(self) -> str:
        """Return the right side in numbers, such as "0.1385 × 0.4000 − 0.0381 × 0.5000 = +0.0364"."""
        text = ""
        for term in self.terms[:TERMS]:
            direct = term.factor.of is self.graph.y
            sign, flow = (term.factor.value if direct else term.flow) < 0.0, abs(term.flow)
            text += (" − " if sign else " + ") if text else "−" * sign
            factor = term.factor.value
            text += number(abs(factor), 4) if direct else f"{number(flow, 4)} × {_bracketed(factor)}"
        if len(self.terms) > TERMS:
            rest = sum(term.product for term in self.terms[TERMS:])
            text += f" {'−' if rest < 0.0 else '+'} {number(abs(rest), 4)} ({self._rest})"
        single = len(self.terms) == 1 and self.terms[0].factor.of is self.graph.y
        return signed(self.gradient) if single else f"{text} = {signed(self.gradient)}"


@dataclass(frozen=True, eq=False)
class BackwardPass:
    """The gradients of all named quantities between `root` and some leaves, in the order of the backward pass."""

    root: Value
    steps: tuple[Step, ...]
    """The root's neighbours first, the leaves last."""
    left_out: tuple[str, ...]
    """Leaves that were left out, because they are named like inputs and targets of a network."""
    graph: NamedGraph = field(repr=False)
    """The named nodes between, and the local derivatives of each."""

    def __getitem__(self, name: str) -> Step:
        """The step of the quantity of that name."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(f"no step for {name!r}, there are {', '.join(step.name for step in self.steps)}")

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def rows(self) -> list[dict[str, Any]]:
        """Return a dict for each term of each step: node, value, gradient, used_in, flow, local, formula, product."""
        return [
            {
                "node": step.name,
                "value": step.value,
                "gradient": step.gradient,
                "used_in": self.graph.names[term.factor.of],
                "flow": term.flow,
                "local": term.factor.value,
                "formula": term.factor.formula,
                "product": term.product,
            }
            for step in self.steps
            for term in step.terms
        ]

    def definitions(self, style: Style = "plain") -> list[str]:
        """Return what the nodes without a label are that the steps name, such as "v3 = v1 + v2"."""
        return self._defined(style)[0]

    def _defined(self, style: Style) -> tuple[list[str], bool]:
        """The definitions, and whether there would be more."""
        if not self.steps:
            return [], False
        printed = [self.root, *(x for step in self.steps for x in (step.node, *(t.factor.of for t in step.terms)))]
        formulas = [term.factor.expression() for step in self.steps for term in step.terms[:TERMS]]
        defined, more = self.graph.definitions(printed, formulas)
        return [write(one, self.graph.vocabulary.texts(style)) for one in defined.values()], more

    def __str__(self) -> str:
        lines = [self._title()]
        for _, steps in groupby(self.steps, key=lambda step: (step.node.op is None, step.level)):
            lines.append("")
            for step in steps:
                left, _, right = step.formula.partition(" = ")
                lines += [f"{left} = {right}", f"{' ' * width(left)} = {step.numbers()}"]
        definitions, more = self._defined("plain")
        if definitions:
            lines += ["", "where", *(f"  {line}" for one in definitions for line in one.splitlines())]
            lines += ["  and so on"] * more
        if self.left_out:
            lines += ["", self._note()]
        return "\n".join(lines)

    def __repr__(self) -> str:
        name = brief(self.steps[0].root_name) if self.steps else "the result"
        return f"<BackwardPass from {name} = {number(self.root.data)}: {len(self.steps)} gradients>"

    def _repr_html_(self) -> str:
        # HTML and no LaTeX in the bundle: JupyterLab would show the LaTeX alone, without the numbers.
        rows = [[as_html(step.written("mathml")), step.numbers()] for step in self.steps]
        defined = where(self._defined("mathml")) if self.steps else ""
        return page(
            html.escape(self._title()), web_table(("gradient", "in numbers"), rows, "lr"), defined, self._note()
        )

    def _title(self) -> str:
        if not self.steps:
            return "There is nothing to differentiate along: the result was made from none of these nodes."
        name = self.steps[0].root_name
        return f"Backward pass from {visible(name)} = {number(self.root.data)}"

    def _note(self) -> str:
        names = ", ".join(self.left_out)  # all as in DATA: nothing to escape
        return f"Left out as data: {names}. To see them, pass them as wrt." if names else ""


def backward_pass(
    y: Value, wrt: Sequence[Value], left_out: Sequence[Value], order: Sequence[Value], names: Names = "labels"
) -> BackwardPass:
    """Return the worked backward pass from `y` to the nodes `wrt`; `order` is the graph of `y`, parents first."""
    graph = NamedGraph(y, wrt, order, names)
    gradients = graph.gradients()
    levels = {y: 0}
    terms: dict[Value, list[Term]] = {}
    for node in reversed(graph.shown):
        for edge in graph.edges.get(node, ()):
            flow = gradients[node]
            levels[edge.wrt] = max(levels.get(edge.wrt, 0), levels[node] + 1)
            terms.setdefault(edge.wrt, []).insert(0, Term(edge, flow, flow * edge.value))
    place = {node: k for k, node in enumerate(graph.shown)}
    nodes = sorted(terms, key=lambda node: (node.op is None, levels[node], place[node]))
    steps = (
        Step(node, graph.names[node], node.data, gradients[node], tuple(terms[node]), levels[node], graph)
        for node in nodes
    )
    return BackwardPass(y, tuple(steps), tuple(graph.names[node] for node in left_out), graph)


def parameters(order: Sequence[Value]) -> tuple[list[Value], list[Value]]:
    """Return the leaves to explain if none are named, and those to leave out: labelled as inputs and targets are.

    Those are left out only where there are other leaves. Where leaves have labels, those without are constants.
    """
    leaves = [node for node in order if node.op is None]
    leaves = [node for node in leaves if node.label] or leaves
    data = [node for node in leaves if DATA.fullmatch(node.label)]
    return (leaves, []) if len(data) == len(leaves) else ([x for x in leaves if x not in set(data)], data)


def _bracketed(x: float) -> str:
    return f"({number(x, 4)})" if x < 0.0 else number(x, 4)
