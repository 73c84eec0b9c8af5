"""A local derivative between two named nodes, with its symbol and formula, and a path of such factors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from autograd_lite.engine.showing import Shown
from autograd_lite.engine.value import Value
from autograd_lite.text.expression import Algebra, Expr
from autograd_lite.text.formulas import Style, Vocabulary
from autograd_lite.text.layout import brief, number, partial, signed
from autograd_lite.text.reading import NEVER, Formula, read_local
from autograd_lite.text.writing import write

__all__ = ["Edge", "Factor", "Path"]

SHOWN = 30
"""Characters of a formula in a repr."""
LONGEST = 400
"""Formulas of local derivatives in which more names and numbers are read are left out."""


@dataclass(frozen=True, eq=False)
class Factor(Shown):
    """One local derivative: how `of` moves with `wrt` when the other named nodes are held."""

    of: Value
    wrt: Value
    value: float
    _edge: "Edge" = field(repr=False)

    @cached_property
    def symbol(self) -> str:
        """Such as "∂o1/∂a_h1".

        An operation that takes one node twice has two: "∂y/∂x (left)" and "∂y/∂x (right)". It is "∂y/∂x (direct)" where
        other paths lead from y to x by way of named nodes, which are held: ∂y/∂x is what all paths add up to.
        """
        names, sides = self._edge.vocabulary.names, self._edge.sides
        side = sides or (" (direct)" if self._edge.is_one_of_several(self.wrt) else "")
        return partial(names[self.of], names[self.wrt]) + side

    @cached_property
    def formula(self) -> str:
        """What it equals, in plain text, such as "a_o1 * (1 - a_o1)"; empty if it would fill pages."""
        return self.written("plain")

    def __repr__(self) -> str:
        formula = self.formula if len(self.formula) <= SHOWN else "…"
        return f"<Factor {brief(self.symbol, SHOWN)} = {formula} = {number(self.value)}>"

    def written(self, style: Style) -> str:
        """Return the formula in one of the styles of `formula()`."""
        expr = self.expression()
        # In one line, for tables: what is used twice is written twice.
        one = Formula(expr, shared_from=NEVER)
        return write(one, self._edge.vocabulary.texts(style)) if expr.size <= LONGEST else ""

    def expression(self, algebra: Algebra | None = None) -> Expr:
        """Return the formula as a tree, made by `algebra` if it is to be a part of another."""
        edge = self._edge
        return read_local(self.of, self.wrt, edge.atoms, edge.way, edge.operand, algebra)


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """What the texts about a local derivative are made from."""

    way: Sequence[Value]
    """The nodes to go through, parents first: both ends, and what is folded between them."""
    operand: int | None
    """The one operand to look at, None for all."""
    sides: str
    vocabulary: Vocabulary
    atoms: Mapping[Value, str]
    """The names of what formulas do not look into."""
    beside: Sequence[Value]
    """Where all edges of the node lead."""
    place: Mapping[Value, int]
    """The place of each node between, parents first."""

    def is_one_of_several(self, x: Value) -> bool:
        """Whether there are other paths to `x`, by way of what is `beside`."""
        place, seen = self.place, {x}
        above = [node for node in self.beside if node is not x]
        while above:
            for parent in above.pop().parents:
                if parent is x:
                    return True
                if parent not in seen and place.get(parent, -1) > place[x]:
                    seen.add(parent)
                    above.append(parent)
        return False


@dataclass(frozen=True, eq=False)
class Path(Shown):
    """One way from the result to the node: its factors from the result on, and their product."""

    factors: tuple[Factor, ...]
    product: float

    def __repr__(self) -> str:
        count = len(self.factors)
        ends = f" {brief(self.factors[0].symbol)} × … × {brief(self.factors[-1].symbol)}" if count > 1 else ""
        ends = ends if count != 1 else f" {brief(self.factors[0].symbol)}"
        return f"<Path{ends}: {count} factor{'s' * (count != 1)}, product {signed(self.product)}>"
