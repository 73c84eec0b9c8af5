"""From a formula to text in some notation: brackets where they are needed, shared parts named once."""

from collections import ChainMap
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import count
from string import Formatter
from typing import Any

from autograd_lite.engine import ops
from autograd_lite.engine.ops import Op
from autograd_lite.text.expression import Apply, Derivative, Expr, Name, Number, Product, Sum, parts
from autograd_lite.text.notation import PRODUCT, SIGN, SUM, Notation, Rope, Written, fraction
from autograd_lite.text.reading import Formula

__all__ = ["Texts", "write"]


LINEAR = {ops.mul, ops.div, ops.xlogy, ops.xlog1py}
"""Operations whose result changes sign with their first argument."""


class Texts:
    """What stands for each name in a notation: the same everywhere, and for no two names the same.

    The names of `above` keep their texts, and others are told apart from them.
    """

    def __init__(
        self, notation: Notation, names: Iterable[str | Derivative] = (), above: "Texts | None" = None
    ) -> None:
        self.notation = notation
        self.found: ChainMap[str | Derivative, Written] = ChainMap({}, *(above.found.maps if above else ()))
        self.used: ChainMap[str, None] = ChainMap({}, *(above.used.maps if above else ()))
        self.found.update(notation.names([x for x in dict.fromkeys(names) if x not in self.found], self.used))

    def text(self, name: str | Derivative) -> str:
        """Return what stands for a name."""
        return _join(self.found[name].text)


def write(formula: Formula, above: Texts) -> str:
    """Return the text of a formula, in which the names of a graph have the texts that they have everywhere."""
    notation = above.notation
    order, shared = _plan(formula)
    if notation.deepest:
        shared |= _too_deep(order, shared, formula, notation.deepest)
    names = dict.fromkeys(expr.text for expr in order if isinstance(expr, Name) and expr.text is not None)
    if formula.left is not None:
        names[formula.left] = None
    fresh = (name for k in count(1) if (name := f"u{k}") not in names and name not in above.found)
    invented = {
        expr: formula.called.get(expr) or next(fresh)
        for expr in order
        if expr in shared or (isinstance(expr, Name) and expr.text is None)
    }
    begun: dict[Expr, list[str]] = {
        expr: [next(fresh) for _ in range((len(parts(expr)) - 1) // notation.deepest)]
        for expr in order
        if notation.deepest and isinstance(expr, (Sum, Product))
    }
    texts = Texts(
        notation, [*names, *invented.values(), *(name for some in begun.values() for name in some)], above
    ).found
    writer = _Writer(notation)
    done: dict[Expr, Written] = {}
    equations: list[tuple[str, str]] = []

    def define(name: Written, whole: Written) -> Written:
        equations.append((_join(name.text), _join(whole.text)))
        return name

    for expr in order:
        if isinstance(expr, Name):
            done[expr] = texts[invented[expr] if expr.text is None else expr.text]
            if expr in formula.definitions:
                define(done[expr], done[formula.definitions[expr]])
            continue
        starts = (texts[name] for name in begun.get(expr, ()))
        whole = writer.write(expr, done, invented, lambda begun, starts=starts: define(next(starts), begun))  # type: ignore[misc]
        done[expr] = define(texts[invented[expr]], whole) if expr in invented else whole
    left = "" if formula.left is None else _join(texts[formula.left].text)
    return notation.lines([(left, _join(done[formula.expr].text)), *reversed(equations)])


def _too_deep(order: Sequence[Expr], shared: Container[Expr], formula: Formula, deepest: int) -> set[Expr]:
    """The parts that are to be named so that no more than `deepest` operations stand in each other."""
    depth: dict[Expr, int] = {}
    named: set[Expr] = set()
    for expr in order:
        if isinstance(expr, (Name, Number)):
            depth[expr] = 0
            continue
        depth[expr] = min(max(1, len(parts(expr)) - 1), deepest) + max(depth[x] for x in parts(expr))
        # A product in a sum is written there, without a beginning of its own, unless it has a name.
        long = isinstance(expr, Product) and len(expr.factors) > deepest
        if (long or depth[expr] >= deepest) and expr is not formula.expr:
            named.add(expr)
        if expr in named or expr in shared:
            depth[expr] = 0
    return named


def _plan(formula: Formula) -> tuple[list[Expr], set[Expr]]:
    """The expressions, parts first, and those that are used more than once and worth a name."""
    order: list[Expr] = []
    uses: dict[Expr, int] = {formula.expr: 1}
    # The last parts come first, so that read backwards, definitions stand in the order in which they are needed.
    above: list[tuple[Expr, Any]] = [(formula.expr, reversed(_below(formula.expr, formula)))]
    while above:
        expr, below = above[-1]
        for x in below:
            uses[x] = uses.get(x, 0) + 1
            if uses[x] == 1:
                above.append((x, reversed(_below(x, formula))))
                break
        else:
            order.append(expr)
            above.pop()
    shared: set[Expr] = {
        expr
        for expr in order
        if uses[expr] > 1 and expr.size >= formula.shared_from and not isinstance(expr, (Name, Number))
    }
    return order, shared


def _below(expr: Expr, formula: Formula) -> Sequence[Expr]:
    return [formula.definitions[expr]] if expr in formula.definitions else parts(expr)


def _join(rope: Rope) -> str:
    pieces: list[str] = []
    stack = [rope]
    while stack:
        piece = stack.pop()
        if isinstance(piece, str):
            pieces.append(piece)
        else:
            stack.extend(reversed(piece))
    return "".join(pieces)


@cache
def _fields(template: str) -> list[tuple[str, int, int]]:
    """The pieces of a template: text, then the argument that follows it (-1 for none) and how tightly it must bind."""
    return [
        (text, -1 if name is None else int(name), int(spec or 0)) for text, name, spec, _ in Formatter().parse(template)
    ]


class _Writer:
    """Puts the text of an expression together from that of its parts."""

    def __init__(self, notation: Notation) -> None:
        self.notation = notation

    def write(
        self,
        expr: Expr,
        done: Mapping[Expr, Written],
        named: Mapping[Expr, str],
        begin: Callable[[Written], Written],
    ) -> Written:
        """Return the text of an expression; `begin` gives the beginning of what is too long a name."""
        if isinstance(expr, Number):
            return self.notation.number(expr.value)
        if isinstance(expr, Apply):
            return self.apply(expr.op, *(done[x] for x in expr.args))
        if isinstance(expr, Product):
            return self._product(expr.coefficient, [(done[base], e) for base, e in expr.factors], begin)
        assert isinstance(expr, Sum)
        total: Written | None = None
        for k, (c, term) in enumerate(expr.terms):
            if total is not None and self._is_long(k):
                total = begin(total)
            factors = term.factors if isinstance(term, Product) and term not in named else ((term, Fraction(1)),)
            size = c if total is None else abs(c)
            if isinstance(term, Number) and term.value == 1:
                part = self.notation.number(size)
            elif isinstance(term, Sum) and c == 1 and term not in named:
                part = replace(done[term], binds=PRODUCT)  # a sum of sums needs no brackets
            else:
                part = self._product(size, [(done[base], e) for base, e in factors], begin)
            total = part if total is None else self.apply(ops.sub if c < 0 else ops.add, total, part)
        assert total is not None
        return total

    def apply(self, op: Op, *args: Written) -> Written:
        """Fill in the operation's template."""
        rules = self.notation
        if op is ops.add and args[1].opposite is not None and args[1].binds > SUM:
            return self.apply(ops.sub, args[0], args[1].opposite)  # x + -2 is x - 2, to the last bit
        template = rules.template(op, args)
        in_sum = op in {ops.add, ops.sub}
        text = self._fill(template, [x.tight or x.text for x in args] if in_sum else [x.text for x in args], args)
        tight = None
        if rules.product and all(x.tight is not None for x in args):
            if op is ops.mul:
                tight = self._fill(rules.product, [x.tight for x in args], args)
            elif op is ops.power:
                tight = text
        opposite = args[0] if op is ops.neg else None
        first = args[0]
        if op in LINEAR and first.opposite is not None and _comes_first(first, template):
            opposite = self.apply(op, first.opposite, args[1])
        return Written(text, rules.row(op)[1], tight, opposite)

    def _fill(self, template: str, texts: Sequence[Rope], args: Sequence[Written]) -> Rope:
        left, right = self.notation.brackets
        rope: list[Rope] = []
        for literal, k, level in _fields(template):
            rope.append(literal)
            if k < 0:
                continue
            x = args[k]
            inside = len(rope) > 1 or literal != ""
            signed = inside and level > 1 and x.opposite is not None and self.notation.bracket_signs
            rope.append([left, x.text, right] if x.binds < level or signed else texts[k])
        return rope

    def _is_long(self, k: int) -> bool:
        """Whether so many terms or factors are enough for one line."""
        return k > 0 and self.notation.deepest > 0 and k % self.notation.deepest == 0

    def _product(
        self,
        coefficient: Fraction,
        factors: Sequence[tuple[Written, Fraction]],
        begin: Callable[[Written], Written],
    ) -> Written:
        above = [self._power(x, e) for x, e in factors if e > 0]
        below = [self._power(x, -e) for x, e in factors if e < 0]
        size = abs(coefficient)
        if below and fraction(size):
            below.insert(0, self.notation.number(Fraction(size.denominator)))
            size = Fraction(size.numerator)
        if size != 1 or not above:
            above.insert(0, self.notation.number(size))
        if coefficient > 0:
            return self._quotient(above, below, begin)
        if self._quotient(above, below).binds >= SIGN:
            return self.apply(ops.neg, self._quotient(above, below, begin))
        above[0] = self.apply(ops.neg, above[0])
        return self._quotient(above, below, begin)

    def _quotient(
        self,
        above: Sequence[Written],
        below: Sequence[Written],
        begin: Callable[[Written], Written] = lambda begun: begun,
    ) -> Written:
        top = self._chain(above, begin)
        return self.apply(ops.div, top, self._chain(below, begin)) if below else top

    def _chain(self, factors: Sequence[Written], begin: Callable[[Written], Written]) -> Written:
        total = factors[0]
        for k, x in enumerate(factors[1:], 1):
            total = self.apply(ops.mul, begin(total) if self._is_long(k) else total, x)
        return total

    def _power(self, x: Written, exponent: Fraction) -> Written:
        return x if exponent == 1 else self.apply(ops.power, x, self.notation.number(exponent))


def _comes_first(first: Written, template: str) -> bool:
    """Whether the text of an operation starts with that of its first argument."""
    text, k, level = _fields(template)[0]
    return not text and k == 0 and first.binds >= level
