"""The mistakes that may be made with a gradient, each made on purpose: what it gives at any point."""

import math
from collections.abc import Callable, Iterator, Sequence

from autograd_lite.audit.mistakes import table
from autograd_lite.audit.mistakes.candidates import Candidate, ComputedFormula
from autograd_lite.audit.mistakes.chain_rule import left_out
from autograd_lite.audit.mistakes.edits import are_alike, edits, name_text
from autograd_lite.audit.mistakes.rows import GUESSED_RATE, OTHER_FAMILY, WRONG_DIRECTION, Row
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
        self.formula = self._right() if self.small else None

    def _right(self) -> ComputedFormula | None:
        tree = from_formula(read_derivative(self.setting.y, self.wrt, self.setting.names))
        if tree.size > TREE or any(isinstance(x, Name) and x.text is None for x in operands_first(tree)):
            return None
        return ComputedFormula(tree)

    def all(self, *, strangers: bool) -> Iterator[Candidate]:
        """Every mistake there is to try; `strangers` whether names that are not alike are taken for each other."""
        yield from self._overall()
        yield from self._other()
        if self.small:
            yield from left_out(self.setting, self.wrt)
            yield from self._too_early()
        if self.formula is not None:
            yield from map(self.formula.changed, edits(self.setting, self.formula.tree, strangers=strangers))

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
        for row, factor, parts in OVERALL:
            yield Candidate(row, self._slope(factor), {"halved": halved * (factor == 2.0), **parts})
        for rate, less_likely in self._rates():
            shown = f"{rate:g}"
            if rate != 1.0:
                yield Candidate(table.TIMES_THE_RATE, self._slope(rate), {"rate": shown}, less_likely)
                yield Candidate(table.STEP, self._slope(-rate), {"rate": shown}, less_likely)
            for step, wrong, wrongly in ((rate, "", 0.0), (-rate, " in the wrong direction", WRONG_DIRECTION)):
                parts = {"name": self._name, "wrong": wrong, "rate": shown}
                yield Candidate(table.UPDATED_WEIGHT, self._updated(step), parts, less_likely + wrongly)

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
                less_likely = 0.0 if are_alike(label, own) else OTHER_FAMILY
                parts = {"name": text, "symbol": symbol}
                yield Candidate(table.OTHER_GRADIENT, self._slope(of=node), parts, less_likely, node)
            less_likely = 0.0 if node is self.wrt else OTHER_FAMILY
            yield Candidate(table.VALUE, self._value(node), {"name": text}, less_likely)

    def _too_early(self) -> Iterator[Candidate]:
        """Other weights updated already when the gradient is computed: Mazur's, or all of them, a step too late."""
        weights = {name: x for x in parameters(self.setting.order)[0] if (name := self.setting.names.get(x))}
        used = dict.fromkeys(
            part.text
            for part in (self.formula.order if self.formula else ())
            if isinstance(part, Name) and part.text in weights
        )
        for rate, less_likely in self._rates():
            if self.formula is not None and used:
                order = self.formula.order

                def at(place: Place, rate: float = rate, order: Sequence[Expr] = order) -> float:
                    def number(term: Term) -> float:
                        step = rate * place.slope(weights[term]) if isinstance(term, str) and term in weights else 0.0
                        return place.number(term) - step

                    return floats(order, number)[order[-1]]

                several = ", ".join(name_text(str(name)) for name in used) if len(used) < 5 else "other weights"
                parts = {"weights": several, "rate": f"{rate:g}"}
                yield Candidate(table.UPDATED_FIRST, at, parts, less_likely)
            late = self.setting.after(rate)
            yield Candidate(table.A_STEP_LATE, self._always(late.slope(self.wrt)), {"rate": f"{rate:g}"}, less_likely)

    def _rates(self) -> Iterator[tuple[float, float]]:
        """Learning rates, and how much less likely each makes a mistake: that which was given, or usual ones."""
        return ((rate, 0.0 if self.rates else GUESSED_RATE) for rate in self.rates or RATES)

    @property
    def _name(self) -> str:
        return name_text(self.setting.names[self.wrt]) if self.wrt in self.setting.names else "the number itself"


OVERALL: tuple[tuple[Row, float, dict[str, str]], ...] = (
    (table.WRONG_SIGN, -1.0, {}),
    (table.TWICE_OR_HALF, 2.0, {"times": "twice"}),
    (table.TWICE_OR_HALF, 0.5, {"times": "half"}),
    (table.TWICE_OR_HALF_AND_SIGN, -2.0, {"times": "twice"}),
    (table.TWICE_OR_HALF_AND_SIGN, -0.5, {"times": "half"}),
    (table.MEAN_OR_SUM, 4.0, {"times": "four times", "wrong": "sum", "count": "4", "right": "mean"}),
    (table.MEAN_OR_SUM, 0.25, {"times": "a quarter of", "wrong": "mean", "count": "4", "right": "sum"}),
    (table.MEAN_OR_SUM, 3.0, {"times": "three times", "wrong": "sum", "count": "3", "right": "mean"}),
    (table.MEAN_OR_SUM, 1.0 / 3.0, {"times": "a third of", "wrong": "mean", "count": "3", "right": "sum"}),
    (table.DECIMAL_POINT, 10.0, {"times": "ten times"}),
    (table.DECIMAL_POINT, 0.1, {"times": "a tenth of"}),
    (table.DECIMAL_POINT, 100.0, {"times": "a hundred times"}),
    (table.DECIMAL_POINT, 0.01, {"times": "a hundredth of"}),
)
"""What the whole gradient may have been multiplied with."""
