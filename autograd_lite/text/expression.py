"""Formulas as trees, and what simplifies them: like terms, like factors, signs and numbers."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from autograd_lite.engine import ops
from autograd_lite.engine.graph import topological
from autograd_lite.engine.ops import Op
from autograd_lite.engine.value import Value

__all__ = ["Algebra", "Apply", "Derivative", "Expr", "Name", "Number", "Product", "Sum", "exact", "parts"]


@dataclass(frozen=True, slots=True)
class Derivative:
    """The name of a derivative: of what, along which variables; the last one was differentiated along last."""

    of: str
    wrt: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    """A float as it stands in the graph, or an exact fraction of a simplified formula."""

    value: Fraction | float
    size: int = 1
    """How many names and numbers are read in it."""


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """A quantity that is not looked into; one without a text gets a name when it is written down."""

    text: str | Derivative | None
    size: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Apply:
    """An operation of the table on its arguments."""

    op: Op
    args: "tuple[Expr, ...]"
    size: int


@dataclass(frozen=True, slots=True, eq=False)
class Sum:
    """Two or more terms, each an expression times a number that is not 0; a lone number is a multiple of 1."""

    terms: "tuple[tuple[Fraction, Expr], ...]"
    size: int


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """A number that is not 0, times powers of different expressions with numbers as exponents."""

    coefficient: Fraction
    factors: "tuple[tuple[Expr, Fraction], ...]"
    size: int


Expr = Number | Name | Apply | Sum | Product


LONGEST = 4096  # bits of an exact number
SHORT = 60  # sums of no more names and numbers are multiplied out to see whether that is shorter
LONG = 64  # longer sums and products are not taken apart again, so that the work grows with the length only


def exact(x: float) -> Fraction | float:
    """The number that a person sees in a float: 0.1 in 0.1, 1/3 in 0.3333333333333333; infinities and NaN stay."""
    if not math.isfinite(x):
        return x
    digits = repr(x)
    if len(digits) > 8:
        near = Fraction(x).limit_denominator(1000)
        if float(near) == x:
            return near
    return Fraction(digits)


def _rounded(x: Fraction) -> Fraction | float:
    """The number itself; one of thousands of digits rounded to 63 bits, 0 or infinite where floats long were."""
    above, below = x.numerator.bit_length(), x.denominator.bit_length()
    if above < LONGEST and below < LONGEST:
        return x
    if abs(above - below) > LONGEST:
        return (math.inf if x > 0 else -math.inf) if above > below else Fraction(0)
    cut = [max(0, bits - 64) for bits in (above, below)]
    sign = -1 if x < 0 else 1
    return sign * Fraction(abs(x.numerator) >> cut[0], x.denominator >> cut[1]) * Fraction(2) ** (cut[0] - cut[1])


def parts(expr: Expr) -> "Sequence[Expr]":
    """Return the expressions that an expression is made of."""
    if isinstance(expr, Apply):
        return expr.args
    if isinstance(expr, Sum):
        return [term for _, term in expr.terms]
    if isinstance(expr, Product):
        return [base for base, _ in expr.factors]
    return ()


class Algebra:
    """Makes simplified expressions; equal ones are the same object.

    Every rule is an identity of real numbers wherever both sides have a value: x + 0, 1·x, 0·x, x + x = 2x,
    x·x = x², x/x, -(a - b) = b - a, numbers with numbers. Sums are multiplied out only where that makes the formula
    shorter, so that (-t/p + (1 - t)/(1 - p))·p·(1 - p) becomes p - t.
    """

    def __init__(self) -> None:
        self._known: dict[object, Expr] = {}
        self.one = self.number(Fraction(1))
        self._rules: dict[Op, Callable[..., Expr]] = {
            ops.add: lambda a, b: self.sum([*_terms(a), *_terms(b)]),
            ops.sub: lambda a, b: self.sum([*_terms(a), *((-c, term) for c, term in _terms(b))]),
            ops.neg: lambda a: self.product(Fraction(-1), [(a, Fraction(1))]),
            ops.mul: lambda a, b: self.product(Fraction(1), [(a, Fraction(1)), (b, Fraction(1))]),
            ops.div: lambda a, b: self.product(Fraction(1), [(a, Fraction(1)), (b, Fraction(-1))]),
            ops.power: self._power,
            ops.compare: lambda a, b: self.number(Fraction(0)) if a is b else self._apply(ops.compare, a, b),
        }

    def number(self, value: Fraction | float) -> Expr:
        """A number; the fraction that a float's digits say."""
        if isinstance(value, float):
            value = exact(value)
        # Of floats the digits: 0.0 and -0.0 are equal, NaN is not even equal to itself.
        key = repr(value) if isinstance(value, float) else value
        return self._once(("number", key), lambda: Number(value))

    def name(self, text: str | Derivative) -> Expr:
        """A quantity that is not looked into."""
        return self._once(("name", text), lambda: Name(text))

    def apply(self, op: Op, *args: Expr) -> Expr:
        """The operation, simplified."""
        if op in self._rules:
            return self._rules[op](*args)
        return self._apply(op, *args) if op.meaning is None else self._meant(op, args)

    def _meant(self, op: Op, args: Sequence[Expr]) -> Expr:
        """What people write for an operation: its meaning on nodes, read with the arguments in their place."""
        leaves = [Value(0.5) for _ in args]
        assert op.meaning is not None
        root = op.meaning(*leaves)
        done = dict(zip(leaves, args, strict=True))
        for node in topological(root):
            if node.op is not None:
                done[node] = self.apply(
                    node.op, *(done[x] if isinstance(x, Value) else self.number(x) for x in node.args)
                )
        return done[root]

    def _apply(self, op: Op, *args: Expr) -> Expr:
        return self._once((op, *map(id, args)), lambda: Apply(op, args, 1 + sum(x.size for x in args)))

    def sum(self, terms: "Iterable[tuple[Fraction, Expr]]") -> Expr:
        """The sum of multiples of expressions."""
        kept = self._merged(terms)
        if not kept:
            return self.number(Fraction(0))
        if len(kept) == 1:
            return self.product(kept[0][0], [(kept[0][1], Fraction(1))])
        shorter = self._multiplied_out(kept)
        if shorter is not None:
            return self.sum(shorter)
        if all(c < 0 for c, _ in kept):
            return self.product(Fraction(-1), [(self.sum((-c, term) for c, term in kept), Fraction(1))])
        positive = next(k for k, (c, _) in enumerate(kept) if c > 0)
        kept.insert(0, kept.pop(positive))  # b - a rather than -a + b
        return self._once(
            ("sum", *((c, id(term)) for c, term in kept)), lambda: Sum(tuple(kept), sum(term.size for _, term in kept))
        )

    def _merged(self, terms: "Iterable[tuple[Fraction, Expr]]") -> "list[tuple[Fraction, Expr]]":
        """The terms of a sum, like ones as one."""
        merged: dict[object, tuple[Fraction, Expr]] = {}
        for c, term in (self._multiple(c, term) for c, term in terms):
            like = frozenset(term.factors) if isinstance(term, Product) else term  # x·y is like y·x
            before, first = merged.get(like, (Fraction(0), term))
            merged[like] = (before + c, first)
        rounded = ((_rounded(c), c, term) for c, term in merged.values() if c)
        return [(c if isinstance(near, float) else near, term) for near, c, term in rounded if near]

    def _multiplied_out(self, terms: "Sequence[tuple[Fraction, Expr]]") -> "list[tuple[Fraction, Expr]] | None":
        """The terms with sums in products multiplied out, if that is shorter; None if it is not."""
        size = sum(_size(c, term) for c, term in terms)
        if size > SHORT:
            return None
        products_out: list[tuple[Fraction, Expr]] = []
        for c, term in terms:
            products: list[tuple[Fraction, list[tuple[Expr, Fraction]]]] = [(c, [])]
            for base, e in term.factors if isinstance(term, Product) else [(term, Fraction(1))]:
                inner = self._as_terms(base) if e == 1 else None
                if inner is None:
                    products = [(k, [*factors, (base, e)]) for k, factors in products]
                else:
                    products = [(k * j, [*factors, (x, e)]) for k, factors in products for j, x in inner]
                if len(products) > LONG:
                    return None
            products_out += ((Fraction(1), self.product(k, factors)) for k, factors in products)
        merged = self._merged(products_out)
        return merged if sum(_size(c, term) for c, term in merged) < size else None

    def _as_terms(self, expr: Expr) -> "Sequence[tuple[Fraction, Expr]] | None":
        """What an expression is a sum of: σ(-x) is 1 - σ(x)."""
        if isinstance(expr, Sum):
            return expr.terms
        if isinstance(expr, Apply) and expr.op is ops.sigmoid:
            x = expr.args[0]
            if isinstance(x, Product) and x.coefficient < 0:
                return (Fraction(1), self.one), (
                    Fraction(-1),
                    self._apply(ops.sigmoid, self.product(-x.coefficient, x.factors)),
                )
        return None

    def _multiple(self, c: Fraction, term: Expr) -> tuple[Fraction, Expr]:
        """A multiple of an expression as one of its part without a number: 2 times 3·x as 6 times x."""
        if isinstance(term, Number) and isinstance(term.value, Fraction):
            return c * term.value, self.one
        if isinstance(term, Product) and term.coefficient != 1:
            return self._multiple(c * term.coefficient, self.product(Fraction(1), term.factors))
        return c, term

    def product(self, coefficient: Fraction, factors: "Iterable[tuple[Expr, Fraction]]") -> Expr:
        """A number times powers of expressions."""
        merged: dict[Expr, Fraction] = {}
        for base, exponent in factors:
            number, inner = _factors(base, exponent)
            coefficient *= number
            for x, e in inner:
                merged[x] = merged.get(x, Fraction(0)) + e
        kept = [(base, e) for base, e in merged.items() if e]
        if any(_factors(base, e)[1] != ((base, e),) for base, e in kept):
            return self.product(coefficient, kept)  # roots of a product that are whole powers together
        size = _rounded(coefficient)
        if isinstance(size, float):
            return (
                self._apply(ops.mul, self.number(size), self.product(Fraction(1), kept)) if kept else self.number(size)
            )
        coefficient = size
        if coefficient == 0 or not kept:
            return self.number(coefficient)
        turned = self._turned(kept) if coefficient < 0 else None
        if turned is not None:
            return self.product(-coefficient, turned)
        if coefficient == 1 and len(kept) == 1 and kept[0][1] == 1:
            return kept[0][0]
        cancelled = self._cancelled(kept)
        if cancelled is not None:
            return self.product(coefficient, cancelled)
        return self._once(
            ("product", coefficient, *((id(base), e) for base, e in kept)),
            lambda: Product(coefficient, tuple(kept), (coefficient != 1) + sum(b.size + (e != 1) for b, e in kept)),
        )

    def _turned(self, factors: "Sequence[tuple[Expr, Fraction]]") -> "list[tuple[Expr, Fraction]] | None":
        """The factors with a sum among them that is mostly negative turned to its opposite."""
        for k, (base, e) in enumerate(factors):
            if isinstance(base, Sum) and e.denominator == 1 and e % 2 and _mostly_negative(base):
                return [*factors[:k], (self.sum((-c, term) for c, term in base.terms), e), *factors[k + 1 :]]
        return None

    def _cancelled(self, factors: "Sequence[tuple[Expr, Fraction]]") -> "list[tuple[Expr, Fraction]] | None":
        """The factors, with those that are divisors in a sum beside them put into that, if it is shorter."""
        there = dict(factors)
        for total, exponent in factors:
            if not isinstance(total, Sum) or exponent != 1 or len(total.terms) > LONG:
                continue
            divisors: dict[Expr, Fraction] = {}
            for _, term in total.terms:
                for base, e in term.factors if isinstance(term, Product) else ():
                    if e < 0 and there.get(base, Fraction(0)) >= -e:
                        divisors[base] = max(divisors.get(base, Fraction(0)), -e)
            if not divisors:
                continue
            inside = self.sum(
                (c, self.product(Fraction(1), [(term, Fraction(1)), *divisors.items()])) for c, term in total.terms
            )
            rest = [(x, e - divisors.get(x, Fraction(0))) for x, e in factors if x is not total]
            found = [(inside, Fraction(1)), *((x, e) for x, e in rest if e)]
            if sum(x.size + (e != 1) for x, e in found) < sum(x.size + (e != 1) for x, e in factors):
                return found
        return None

    def _power(self, base: Expr, exponent: Expr) -> Expr:
        if isinstance(exponent, Number) and isinstance(exponent.value, Fraction):
            if isinstance(base, Number) and (abs(exponent.value) > 64 or exponent.value.denominator > 1):
                return self._apply(ops.power, base, exponent)
            return self.product(Fraction(1), [(base, exponent.value)])
        return self._apply(ops.power, base, exponent)

    def _once(self, key: object, make: Callable[[], Expr]) -> Expr:
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = make()
        return known


def _size(c: Fraction, term: Expr) -> int:
    """How many names and numbers are read in a multiple of a term."""
    return term.size + (abs(c) != 1)


def _terms(expr: Expr) -> "list[tuple[Fraction, Expr]]":
    """What an expression is a sum of; sums in a sum are taken apart."""
    if isinstance(expr, Sum) and len(expr.terms) < LONG:
        return list(expr.terms)
    if isinstance(expr, Product) and len(expr.factors) == 1 and abs(expr.coefficient) == 1:
        base, exponent = expr.factors[0]
        if isinstance(base, Sum) and exponent == 1 and len(base.terms) < LONG:
            return [(c * expr.coefficient, term) for c, term in base.terms]
    return [(Fraction(1), expr)]


def _factors(base: Expr, exponent: Fraction) -> "tuple[Fraction, Sequence[tuple[Expr, Fraction]]]":
    """What `base` to the power of `exponent` is a product of, where powers of products may be taken apart."""
    whole = exponent.denominator == 1
    if isinstance(base, Number) and isinstance(base.value, Fraction) and whole and (base.value or exponent > 0):
        return base.value ** int(exponent), ()
    if isinstance(base, Product) and whole and len(base.factors) < LONG:
        # (x²)³ is x⁶. The other way round, √(x²) is not x: so roots of products stay. Huge exponents would be rounded.
        low = abs(exponent) <= 16 and all(abs(e * exponent) <= 1000 for _, e in base.factors)
        if low or abs(exponent) == 1:
            return base.coefficient ** int(exponent), [(x, e * exponent) for x, e in base.factors]
    return Fraction(1), ((base, exponent),)


def _mostly_negative(base: Sum) -> bool:
    return 2 * sum(c < 0 for c, _ in base.terms) >= len(base.terms)
