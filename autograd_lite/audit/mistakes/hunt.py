"""The mistakes that may be made with a gradient, each made on purpose: what it gives at any point."""

import math
from collections.abc import Callable, Iterator, Sequence

from autograd_lite.audit.mistakes.candidates import Base, Candidate
from autograd_lite.audit.mistakes.chain_rule import left_out
from autograd_lite.audit.mistakes.edits import edits, kin, name_text
from autograd_lite.audit.notation.tokens import brief
from autograd_lite.audit.notation.trees import Term, floats, from_formula, operands_first
from autograd_lite.audit.places.points import Place, Setting
from autograd_lite.engine.value import Value
from autograd_lite.explanation.backward import parameters
from autograd_lite.text.expression import Expr, Name
from autograd_lite.text.layout import partial
from autograd_lite.text.reading import read_derivative

__all__ = ["TREE", "Hunt"]

LARGEST = 2000
"""Graphs with more nodes are not searched beyond what takes one pass."""
TREE = 300
"""Formulas of more names and numbers are not searched."""
RATES = (0.5, 0.1, 0.01, 1.0, 0.05, 0.001)
"""Learning rates that are tried if none is given."""


class Hunt:
    """The mistakes that may be made with the gradient along one node."""

    def __init__(self, setting: Setting, wrt: Value, rates: Sequence[float]) -> None:
        self.setting, self.wrt, self.rates = setting, wrt, rates
        self.small = len(setting.order) <= LARGEST
        self.base = self._right() if self.small else None

    def _right(self) -> Base | None:
        tree = from_formula(read_derivative(self.setting.y, self.wrt, self.setting.names))
        if tree.size > TREE or any(isinstance(x, Name) and x.text is None for x in operands_first(tree)):
            return None
        return Base(tree)

    def all(self, *, strangers: bool) -> Iterator[Candidate]:
        """Every mistake there is to try; `strangers` whether names that are not alike are taken for each other."""
        yield from self._overall()
        yield from self._other()
        if self.small:
            yield from (Candidate(kind, cost, text, at) for kind, text, cost, at in left_out(self.setting, self.wrt))
            yield from self._too_early()
        if self.base is not None:
            yield from map(self.base.changed, edits(self.setting, self.base.tree, strangers=strangers))

    def _slope(self, factor: float = 1.0, of: Value | None = None) -> Callable[[Place], float]:
        return lambda place: factor * place.slope(self.wrt if of is None else of)

    def _updated(self, step: float) -> Callable[[Place], float]:
        return lambda place: place.node(self.wrt).data - step * place.slope(self.wrt)

    def _value(self, node: Value) -> Callable[[Place], float]:
        return lambda place: place.node(node).data

    def _always(self, x: float) -> Callable[[Place], float]:
        return lambda place: x if place is self.setting.here else math.nan

    def _overall(self) -> Iterator[Candidate]:
        """The whole gradient times a number, or a weight updated with it."""
        halved = ", as if the loss had no factor 1/2" * self.setting.is_halved
        for kind, factor, text, cost in OVERALL:
            yield Candidate(kind, cost, text + halved * (factor == 2.0), self._slope(factor))
        for rate, guess in self._rates(0.4):
            if rate != 1.0:
                text = f"it is multiplied by a learning rate of {rate:g}"
                yield Candidate("learning rate", 1.3 + guess, text, self._slope(rate))
                text = f"it is the step of an update, -{rate:g} times the gradient"
                yield Candidate("learning rate", 1.7 + guess, text, self._slope(-rate))
            for step, wrong in ((rate, ""), (-rate, " in the wrong direction")):
                text = f"it is {self._name} after an update{wrong} with learning rate {rate:g}, not its gradient"
                yield Candidate("updated weight", 1.2 + guess + bool(wrong) * 0.8, text, self._updated(step))

    def _other(self) -> Iterator[Candidate]:
        """Another number taken for the gradient."""
        names = self.setting.names
        root, own = names.get(self.setting.y, ""), names.get(self.wrt, "")
        for node, label in names.items():
            if not node.label:
                continue
            text = name_text(label)
            if node is not self.wrt and node is not self.setting.y:
                symbol = f", {partial(brief(root), brief(label))}" if root else ""
                cost = 1.4 if kin(label, own) else 2.6
                said = f"it is the gradient of {text}{symbol}"
                yield Candidate("other gradient", cost, said, self._slope(of=node), node)
            cost = 2.2 if node is self.wrt else 3.4
            yield Candidate("value", cost, f"it is the value of {text}, not a gradient", self._value(node))

    def _too_early(self) -> Iterator[Candidate]:
        """Other weights updated already when the gradient is computed: Mazur's, or all of them, a step too late."""
        weights = {name: x for x in parameters(self.setting.order)[0] if (name := self.setting.names.get(x))}
        used = dict.fromkeys(
            part.text
            for part in (self.base.order if self.base else ())
            if isinstance(part, Name) and part.text in weights
        )
        for rate, guess in self._rates(0.6):
            if self.base is not None and used:
                order = self.base.order

                def at(place: Place, rate: float = rate, order: Sequence[Expr] = order) -> float:
                    def number(term: Term) -> float:
                        step = rate * place.slope(weights[term]) if isinstance(term, str) and term in weights else 0.0
                        return place.number(term) - step

                    return floats(order, number)[order[-1]]

                several = ", ".join(name_text(str(name)) for name in used) if len(used) < 5 else "other weights"
                text = f"{several} had been updated already (learning rate {rate:g}) when it was computed"
                yield Candidate("updated first", 2.0 + guess, text, at)
            late = self.setting.after(rate)
            text = f"it is the gradient after an update of all weights (learning rate {rate:g})"
            yield Candidate("updated first", 2.1 + guess, text, self._always(late.slope(self.wrt)))

    def _rates(self, guess: float) -> Iterator[tuple[float, float]]:
        """Learning rates, and how far-fetched each is: that which was given, or usual ones."""
        return ((rate, 0.0 if self.rates else guess + 0.05 * k) for k, rate in enumerate(self.rates or RATES))

    @property
    def _name(self) -> str:
        return name_text(self.setting.names[self.wrt]) if self.wrt in self.setting.names else "the number itself"


OVERALL = (
    ("sign", -1.0, "the sign is wrong", 1.0),
    ("factor", 2.0, "it is twice the gradient", 1.3),
    ("factor", 0.5, "it is half the gradient", 1.4),
    ("factor", -2.0, "it is twice the gradient, and the sign is wrong", 2.4),
    ("factor", -0.5, "it is half the gradient, and the sign is wrong", 2.4),
    ("factor", 4.0, "it is four times the gradient, as a sum of 4 is of their mean", 2.2),
    ("factor", 0.25, "it is a quarter of the gradient, as a mean of 4 is of their sum", 2.2),
    ("factor", 3.0, "it is three times the gradient, as a sum of 3 is of their mean", 2.4),
    ("factor", 1.0 / 3.0, "it is a third of the gradient, as a mean of 3 is of their sum", 2.4),
    ("decimal point", 10.0, "it is ten times the gradient: the decimal point", 1.8),
    ("decimal point", 0.1, "it is a tenth of the gradient: the decimal point", 1.8),
    ("decimal point", 100.0, "it is a hundred times the gradient: the decimal point", 2.0),
    ("decimal point", 0.01, "it is a hundredth of the gradient: the decimal point", 2.0),
)
