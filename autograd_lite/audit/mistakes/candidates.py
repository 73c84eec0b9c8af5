"""A mistake made on purpose: the number that it gives at a point, to be compared with what was claimed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from autograd_lite.audit.mistakes.edits import Edit, tree_text
from autograd_lite.audit.mistakes.rows import Kind, Row
from autograd_lite.audit.notation.trees import changed, dependents, floats, is_short, operands_first, replaced
from autograd_lite.audit.places.points import Place
from autograd_lite.engine.showing import Shown
from autograd_lite.engine.value import Value
from autograd_lite.text.expression import Expr
from autograd_lite.text.layout import brief
from autograd_lite.text.python import visible

__all__ = ["Candidate", "ComputedFormula", "Mistake"]


@dataclass(frozen=True)
class Mistake(Shown):
    """A mistake that makes the claim out of the gradient."""

    kind: Kind
    """Such as "swap", "sign", "factor", "path", "activation", "updated weight"."""
    text: str
    """What it is, such as "a_h1 where a_h2 belongs", in one line of characters that can be seen."""
    cost: float
    """How far-fetched it is: 1 for the simplest."""
    repaired: str = ""
    """The claimed formula without it; empty for a number."""
    node: Value | None = field(default=None, repr=False)
    """Whose gradient was given instead, if that is the mistake."""

    def __repr__(self) -> str:
        return f"<Mistake {self.kind}: {brief(self.text, 70)}>"

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", visible(self.text))

    @classmethod
    def of(cls, row: Row, **parts: str) -> Self:
        """Return the mistake of a row of the table in its words."""
        return cls(row.kind, row.words.format(**parts), float(row.likelihood))


@dataclass(frozen=True)
class Candidate:
    """A mistake made on purpose."""

    row: Row
    at: Callable[[Place], float]
    """What it gives at a point."""
    parts: Mapping[str, str] | Callable[[], Mapping[str, str]] = field(default_factory=dict)
    """What is filled in the words of the row; made when needed if that takes long."""
    less_likely: float = 0.0
    """How much more far-fetched it is than its row says."""
    node: Value | None = None

    @property
    def cost(self) -> float:
        """How far-fetched it is."""
        return self.row.likelihood + self.less_likely

    @property
    def mistake(self) -> Mistake:
        """The mistake in words."""
        parts = self.parts() if callable(self.parts) else self.parts
        return Mistake(self.row.kind, self.row.words.format(**parts), self.cost, node=self.node)


class ComputedFormula:
    """A formula that is to be changed, computed once at each point."""

    def __init__(self, tree: Expr) -> None:
        self.tree, self.order = tree, operands_first(tree)
        self._numbers: dict[Place, dict[Expr, float]] = {}

    @cached_property
    def above(self) -> dict[Expr, list[int]]:
        """Which parts are made of each."""
        return dependents(self.order)

    def numbers(self, place: Place) -> dict[Expr, float]:
        """The number that each part is."""
        if place not in self._numbers:
            self._numbers[place] = floats(self.order, place.number)
        return self._numbers[place]

    def value(self, place: Place) -> float:
        """The number that the formula is."""
        return self.numbers(place)[self.tree]

    def changed(self, edit: Edit) -> Candidate:
        """The formula with one thing changed."""
        return Candidate(
            edit.row,
            lambda place: changed(self.order, self.above, self.numbers(place), edit.replacements, place.number),
            edit.parts,
            edit.less_likely,
        )

    def put_right(self, edit: Edit) -> Mistake:
        """The mistake in the formula if one thing changed in it puts it right."""
        right = replaced(self.tree, edit.replacements)
        return Mistake(edit.row.kind, edit.undone, edit.cost, tree_text(right) if is_short(right) else "")
