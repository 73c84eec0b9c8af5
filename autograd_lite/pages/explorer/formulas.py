"""Formulas of a page, as MathML in which every quantity is marked: with its symbol, and with its number."""

import re
from collections.abc import Iterable, MutableMapping
from dataclasses import replace
from fractions import Fraction

from autograd_lite.engine import ops
from autograd_lite.pages.explorer.quantities import Edge, Model, Quantity, gradient
from autograd_lite.pages.markup import Html, element, joined
from autograd_lite.text.expression import Algebra, Derivative, Expr
from autograd_lite.text.layout import number
from autograd_lite.text.mathml import MATHML
from autograd_lite.text.notation import Notation, Written
from autograd_lite.text.reading import NEVER, Formula, read, read_local
from autograd_lite.text.writing import Texts, write

__all__ = ["LONGEST", "Formulas", "math"]

LONGEST = 240
"""A formula in which more names and numbers are read is left out: nobody would read it."""
OPENING, CLOSING = "([⌊", ")]⌋"
Names = dict[str | Derivative, Written]


def math(*parts: str) -> Html:
    """Return one line of mathematics; where there is no room for it, it breaks at signs outside brackets."""
    terms = [
        element("mrow", *(element("mrow", factor) for factor in _parted(term, "⋅")))
        for term in _parted(joined(*parts), "=+−")
    ]
    return element("math", element("mrow", *terms), displaystyle="true")


def _parted(text: str, signs: str) -> list[Html]:
    """Part a formula before each of these signs that stands between two, in no brackets and in no element."""
    parts, begin, elements, brackets, before = [""], 0, 0, 0, ""
    for found in re.finditer(r"<mo(?: [^>]*)?>([^<]+)</mo>|<(/?)[^>]*>", text):
        sign = found[1]
        if sign is None:
            elements += -1 if found[2] else 1
        elif elements == 0:
            brackets += (sign in OPENING) - (sign in CLOSING)
            if sign in signs and brackets == 0 and not (sign == "−" and before):
                # At the beginning of a row browsers take it for the sign of a number, and leave no space.
                parts[-1] += text[begin : found.start()]
                parts.append(f'<mo form="infix">{sign}</mo>')
                begin = found.end()
        before = sign if elements == 0 and sign is not None and sign not in CLOSING else ""
    parts[-1] += text[begin:]
    return [Html(part) for part in parts if part]


def sign(text: str) -> Html:
    """Return a sign between two parts of a formula."""
    return element("mo", text)


class Formulas:
    """Writes the formulas of a model's quantities, their gradients and local derivatives."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._quantities = {x.name: x for x in model.quantities}
        self.numbers = model.numbers()
        """At the data of the leaves, by key: what stands in the markup until the page's program runs."""
        self._uses: dict[Quantity, list[Edge]] = {}
        for edge in model.edges:
            self._uses.setdefault(edge.wrt, []).append(edge)
        self._symbols = Texts(self._notation(self._as_symbols), self._quantities)
        self._values = Texts(self._notation(self._as_values), self._quantities)

    # --- what stands for a name ------------------------------------------------------------------------------------

    @staticmethod
    def _notation(names: object) -> Notation:
        return replace(MATHML, names=names, lines=lambda equations: equations[0][1])  # type: ignore[arg-type]

    def _key(self, name: str | Derivative) -> str:
        """What a name stands for, by its key; empty for what is no quantity of the model."""
        if isinstance(name, Derivative):
            single = len(name.wrt) == 1 and name.of == self.model.result.name and name.wrt[0] in self._quantities
            return gradient(self._quantities[name.wrt[0]].key) if single else ""
        return self._quantities[name].key if name in self._quantities else ""

    def _as_symbols(self, names: Iterable[str | Derivative], used: MutableMapping[str, None]) -> Names:
        found = MATHML.names(names, used)
        return {
            name: Written(element("mrow", Html(one.text), data_s=self._key(name)), one.binds)
            if self._key(name)
            else one
            for name, one in found.items()
        }

    def _as_values(self, names: Iterable[str | Derivative], used: MutableMapping[str, None]) -> Names:
        found = MATHML.names(names, used)
        return {
            name: Written(self.value(key, "bracket"), 9) if (key := self._key(name)) else one
            for name, one in found.items()
        }

    def symbol(self, name: str | Derivative) -> Html:
        """Return a name, typeset and marked."""
        texts = Texts(self._symbols.notation, [name], self._symbols)
        return Html(texts.text(name))

    def value(self, key: str, style: str = "value") -> Html:
        """Return the number of a quantity; `style` is "value", "signed", or "bracket" for one within a formula."""
        return marked("mn", key, style, self.numbers.get(key, 0.0))

    # --- formulas --------------------------------------------------------------------------------------------------

    def _written(self, formula: Expr) -> tuple[Html, Html] | None:
        if formula.size > LONGEST:
            return None
        whole = Formula(formula, shared_from=NEVER)
        return Html(write(whole, self._symbols)), Html(write(whole, self._values))

    def of_value(self, quantity: Quantity) -> list[Html]:
        """Return how a quantity is computed, in lines: with symbols, with numbers, and the result."""
        name = self.symbol(quantity.name)
        if quantity.node.op is None:
            return [math(name, sign("="), self.value(quantity.key))]
        return self._lines(name, self._written(read(quantity.node, self.model.atoms).expr), quantity.key, "value")

    def of_gradient(self, quantity: Quantity) -> list[Html]:
        """Return how the gradient along a quantity is computed from those nearer to the result, in lines."""
        name, key = self.symbol(self.derivative(quantity)), gradient(quantity.key)
        if quantity is self.model.result:
            return [math(name, sign("="), self.value(key))]
        algebra = Algebra()
        terms = [self._term(edge, algebra) for edge in self.uses(quantity)]
        total = algebra.sum((Fraction(1), term) for term in terms) if terms else algebra.number(0.0)
        return self._lines(name, self._written(total), key, "signed")

    def of_local(self, edge: Edge) -> Html:
        """Return how a local derivative is computed, in one line."""
        both = self._written(read_local(edge.of.node, edge.wrt.node, self.model.atoms, edge.way))
        steps = [part for side in both or () for part in (sign("="), side)]
        return math(self.local_name(edge), *steps, sign("="), self.value(edge.key))

    def local_name(self, edge: Edge) -> Html:
        """Return the symbol of a local derivative."""
        above, below = (self.symbol(x.name) for x in (edge.of, edge.wrt))
        upper = element("mrow", sign("∂"), above)
        return element("mfrac", upper, element("mrow", sign("∂"), below))

    def derivative(self, quantity: Quantity) -> Derivative:
        """Return the name of the result's derivative along a quantity."""
        return Derivative(self.model.result.name, (quantity.name,))

    def uses(self, quantity: Quantity) -> list[Edge]:
        """Return the local derivatives along a quantity, one for each that is made of it."""
        return self._uses.get(quantity, [])

    def _term(self, edge: Edge, algebra: Algebra) -> Expr:
        local = read_local(edge.of.node, edge.wrt.node, self.model.atoms, edge.way, None, algebra)
        if edge.of is self.model.result:
            return local
        return algebra.apply(ops.mul, algebra.name(self.derivative(edge.of)), local)

    def _lines(self, name: Html, both: tuple[Html, Html] | None, key: str, style: str) -> list[Html]:
        result = math(sign("="), self.value(key, style))
        if both is None:
            return [math(name), result]
        return [math(name, sign("="), both[0]), math(sign("="), both[1]), result]


def marked(tag: str, key: str, style: str, value: float, /, **attributes: str) -> Html:
    """Return an element that shows the number of a quantity, and keeps showing it when that changes."""
    text = number(value)
    if style == "signed":
        text = "+" * (value > 0.0) + text
    elif style == "bracket" and value < 0.0:
        text = f"({text})"
    return element(tag, text, data_q=key, data_as=style, data_x=repr(value), **attributes)
