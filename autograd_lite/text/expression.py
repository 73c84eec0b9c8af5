"""Formulas as trees, and what simplifies them: like terms, like factors, signs and numbers."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from autograd_lite import ops
from autograd_lite.ops import Op

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
    x·x = x², x/x, -(a - b) = b - a, numbers with numbers. Sums are never multiplied out.
    """

    def __init__(self) -> None:
        self._known: dict[object, Expr] = {}
        self.one = self.number(Fraction(1))
        self._rules: dict[Op, Callable[..., Expr]] = {
            ops.add: lambda a, b: self.sum([*_terms(a, self), *_terms(b, self)]),
            ops.sub: lambda a, b: self.sum([*_terms(a, self), *((-c, term) for c, term in _terms(b, self))]),
            ops.neg: lambda a: self.product(Fraction(-1), [(a, Fraction(1))]),
            ops.mul: lambda a, b: self.product(Fraction(1), [(a, Fraction(1)), (b, Fraction(1))]),
            ops.div: lambda a, b: self.product(Fraction(1), [(a, Fraction(1)), (b, Fraction(-1))]),
            ops.power: self._power,
            # what only accurate slopes are made of
            ops.inverse: lambda a: self.product(Fraction(1), [(a, Fraction(-1))]),
            ops.over_square: lambda a, b: self.product(Fraction(1), [(a, Fraction(1)), (b, Fraction(-2))]),
            ops.pow_slope: lambda a, b: self.apply(ops.mul, b, self._power(a, self.apply(ops.sub, b, self.one))),
            ops.pow_log: lambda a, b: self.apply(ops.mul, self._power(a, b), self._apply(ops.log, a)),
            ops.sech2: lambda a: self.product(Fraction(1), [(self._apply(ops.cosh, a), Fraction(-2))]),
            ops.bell: lambda a: self._bell(self._apply(ops.sigmoid, a)),
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
        return self._rules[op](*args) if op in self._rules else self._apply(op, *args)

    def _apply(self, op: Op, *args: Expr) -> Expr:
        return self._once((op, *map(id, args)), lambda: Apply(op, args, 1 + sum(x.size for x in args)))

    def sum(self, terms: "Iterable[tuple[Fraction, Expr]]") -> Expr:
        """The sum of multiples of expressions."""
        merged: dict[object, tuple[Fraction, Expr]] = {}
        for c, term in terms:
            like = frozenset(term.factors) if isinstance(term, Product) else term  # x·y is like y·x
            before, first = merged.get(like, (Fraction(0), term))
            merged[like] = (before + c, first)
        rounded = ((_rounded(c), c, term) for c, term in merged.values() if c)
        kept = [(c if isinstance(near, float) else near, term) for near, c, term in rounded if near]
        if not kept:
            return self.number(Fraction(0))
        if len(kept) == 1:
            return self.product(kept[0][0], [(kept[0][1], Fraction(1))])
        if all(c < 0 for c, _ in kept):
            return self.product(Fraction(-1), [(self.sum((-c, term) for c, term in kept), Fraction(1))])
        positive = next(k for k, (c, _) in enumerate(kept) if c > 0)
        kept.insert(0, kept.pop(positive))  # b - a rather than -a + b
        return self._once(
            ("sum", *((c, id(term)) for c, term in kept)), lambda: Sum(tuple(kept), sum(term.size for _, term in kept))
        )

    def product(self, coefficient: Fraction, factors: "Iterable[tuple[Expr, Fraction]]") -> Expr:
        """A number times powers of expressions."""
        merged: dict[Expr, Fraction] = {}
        for base, exponent in factors:
            number, inner = _factors(base, exponent)
            coefficient *= number
            for x, e in inner:
                merged[x] = merged.get(x, Fraction(0)) + e
        kept = [(base, e) for base, e in merged.items() if e]
        size = _rounded(coefficient)
        if isinstance(size, float):
            return (
                self._apply(ops.mul, self.number(size), self.product(Fraction(1), kept)) if kept else self.number(size)
            )
        coefficient = size
        if coefficient == 0:
            return self.number(Fraction(0))
        if coefficient < 0:
            for k, (base, e) in enumerate(kept):
                if isinstance(base, Sum) and e.denominator == 1 and e % 2 and _mostly_negative(base):
                    kept[k] = (self.sum((-c, term) for c, term in base.terms), e)
                    return self.product(-coefficient, kept)
        if not kept:
            return self.number(coefficient)
        if coefficient == 1 and len(kept) == 1 and kept[0][1] == 1:
            return kept[0][0]
        return self._once(
            ("product", coefficient, *((id(base), e) for base, e in kept)),
            lambda: Product(coefficient, tuple(kept), (coefficient != 1) + sum(b.size + (e != 1) for b, e in kept)),
        )

    def _power(self, base: Expr, exponent: Expr) -> Expr:
        if isinstance(exponent, Number) and isinstance(exponent.value, Fraction):
            if isinstance(base, Number) and (abs(exponent.value) > 64 or exponent.value.denominator > 1):
                return self._apply(ops.power, base, exponent)
            return self.product(Fraction(1), [(base, exponent.value)])
        return self._apply(ops.power, base, exponent)

    def _bell(self, s: Expr) -> Expr:
        return self.apply(ops.mul, s, self.apply(ops.sub, self.one, s))

    def _once(self, key: object, make: Callable[[], Expr]) -> Expr:
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = make()
        return found


def _terms(expr: Expr, algebra: Algebra) -> "list[tuple[Fraction, Expr]]":
    if isinstance(expr, Sum) and len(expr.terms) < LONG:
        return list(expr.terms)
    if isinstance(expr, Number) and isinstance(expr.value, Fraction):
        return [(expr.value, algebra.one)]
    if isinstance(expr, Product):
        if len(expr.factors) == 1 and isinstance(expr.factors[0][0], Sum) and abs(expr.coefficient) == 1:
            base, exponent = expr.factors[0]
            if isinstance(base, Sum) and exponent == 1 and len(base.terms) < LONG:
                return [(c * expr.coefficient, term) for c, term in base.terms]
        if expr.coefficient != 1:
            return [(expr.coefficient, algebra.product(Fraction(1), expr.factors))]
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
