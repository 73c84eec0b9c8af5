"""Formulas as trees of operations, to be computed at any point and to be changed in one place."""

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from autograd_lite.engine import ops
from autograd_lite.engine.ops import Op
from autograd_lite.engine.value import Value
from autograd_lite.text.expression import Apply, Derivative, Expr, Name, Number, Product, Sum, exact
from autograd_lite.text.reading import Formula

__all__ = [
    "Term",
    "Tree",
    "apply",
    "build",
    "changed",
    "dependents",
    "floats",
    "from_formula",
    "from_node",
    "is_short",
    "operands_first",
    "replaced",
]

Tree = Name | Number | Apply
"""Every name and number in it stands for one place in the text; operations may be shared."""
Term = str | Derivative
"""What a `Name` in a tree names: a quantity, or the derivative of one along another."""

WRITTEN = 200
"""Trees of more names and numbers are not written out in messages."""


def apply(op: Op, *args: Expr) -> Apply:
    """Return the operation on its operands."""
    return Apply(op, args, 1 + sum(x.size for x in args))


def operands_first(tree: Expr) -> list[Expr]:
    """Return the parts of a tree, each once and after its operands, the tree itself last."""
    order: list[Expr] = []
    seen = {tree}
    above = [(tree, iter(tree.args if isinstance(tree, Apply) else ()))]
    while above:
        expr, operands = above[-1]
        for x in operands:
            if x not in seen:
                seen.add(x)
                above.append((x, iter(x.args if isinstance(x, Apply) else ())))
                break
        else:
            order.append(expr)
            above.pop()
    return order


def floats(order: Sequence[Expr], values: Callable[[Term], float]) -> dict[Expr, float]:
    """Return the number that each part is, given those that names stand for."""
    done: dict[Expr, float] = {}
    for expr in order:
        done[expr] = _float(expr, done, values)
    return done


def dependents(order: Sequence[Expr]) -> dict[Expr, list[int]]:
    """Return which of `order`, by place in it, are made of each part, the part itself left out."""
    above: dict[Expr, set[int]] = {expr: set() for expr in order}
    for k in range(len(order) - 1, -1, -1):
        expr = order[k]
        for x in expr.args if isinstance(expr, Apply) else ():
            above[x] |= {k, *above[expr]}
    return {expr: sorted(places) for expr, places in above.items()}


def changed(
    order: Sequence[Expr],
    above: Mapping[Expr, Sequence[int]],
    before: Mapping[Expr, float],
    replacements: Mapping[Expr, Expr],
    values: Callable[[Term], float],
) -> float:
    """Return the number that the last of `order` is with parts replaced; `before` has the numbers without that.

    Replacements are new names and numbers, and operations on such and on parts of the tree, which stay as they were.
    `above` are the `dependents`.
    """
    after = {old: _new(new, before, values) for old, new in replacements.items()}
    places = next(map(above.__getitem__, replacements)) if len(replacements) == 1 else None
    for k in sorted({k for old in replacements for k in above[old]}) if places is None else places:
        expr = order[k]
        assert isinstance(expr, Apply)
        after[expr] = expr.op(*(after[x] if x in after else before[x] for x in expr.args))
    return after.get(order[-1], before[order[-1]])


def _new(expr: Expr, before: Mapping[Expr, float], values: Callable[[Term], float]) -> float:
    if expr in before:
        return before[expr]
    return _float(expr, {x: _new(x, before, values) for x in expr.args} if isinstance(expr, Apply) else {}, values)


def _float(expr: Expr, done: Mapping[Expr, float], values: Callable[[Term], float]) -> float:
    if isinstance(expr, Name):
        assert expr.text is not None
        return values(expr.text)
    if isinstance(expr, Number):
        return _number(expr)
    assert isinstance(expr, Apply)
    result: float = expr.op(*(done[x] for x in expr.args))
    return result


def build(order: Sequence[Expr], values: Callable[[Term], Value]) -> tuple[Value, list[tuple[Number, Value]]]:
    """Return the graph that computes the last of `order` from nodes, and the leaves that its numbers became."""
    done: dict[Expr, Value] = {}
    numbers: list[tuple[Number, Value]] = []
    for expr in order:
        if isinstance(expr, Name):
            assert expr.text is not None
            done[expr] = values(expr.text)
        elif isinstance(expr, Number):
            done[expr] = Value(_number(expr))
            numbers.append((expr, done[expr]))
        else:
            assert isinstance(expr, Apply)
            done[expr] = expr.op(*(done[x] for x in expr.args))
    return done[order[-1]], numbers


def _number(expr: Number) -> float:
    try:
        return float(expr.value)
    except OverflowError:
        return math.inf if expr.value > 0 else -math.inf


def replaced(tree: Expr, replacements: Mapping[Expr, Expr]) -> Expr:
    """Return the tree with parts replaced."""
    done: dict[Expr, Expr] = {}
    for expr in operands_first(tree):
        if expr in replacements:
            done[expr] = replacements[expr]
        elif isinstance(expr, Apply) and any(done[x] is not x for x in expr.args):
            done[expr] = apply(expr.op, *(done[x] for x in expr.args))
        else:
            done[expr] = expr
    return done[tree]


def is_short(tree: Expr) -> bool:
    """Whether a message may have the formula in it."""
    return tree.size <= WRITTEN


# --- where trees come from -----------------------------------------------------------------------------------------


def from_node(node: Value, names: Mapping[Value, str]) -> Tree:
    """Return the tree of what a node was computed from, down to nodes with names and to numbers."""
    inner: list[Value] = []
    seen = {node}
    above = [(node, iter(() if node in names else node.parents))]
    while above:
        at, operands = above[-1]
        for x in operands:
            if x not in seen:
                seen.add(x)
                above.append((x, iter(() if x in names else x.parents)))
                break
        else:
            inner.append(at)
            above.pop()
    done: dict[Value, Expr] = {}

    def operand(x: Any) -> Expr:
        if not isinstance(x, Value):
            return Number(x)
        if x in names:
            return Name(names[x])
        return done[x] if x.op is not None else Number(x.data)

    for x in inner:
        if x.op is not None and x not in names:
            done[x] = apply(x.op, *map(operand, x.args))
    tree = operand(node)
    assert isinstance(tree, (Name, Number, Apply))
    return tree


def from_slope(op: Op, argument: Expr) -> Expr:
    """Return the slope of an operation of one argument, as people write it."""
    x = Value(0.5)
    y = op(x)
    slope = (op.written or op.partials)(y, x)
    if not isinstance(slope, Value):
        return Number(slope)
    tree = from_node(slope, {x: "x"})
    return replaced(tree, {part: argument for part in operands_first(tree) if isinstance(part, Name)})


def from_formula(formula: Formula) -> Expr:
    """Return the tree of a formula that was simplified: its sums and products as one operation after the other."""
    done: dict[Expr, Expr] = {}
    above: list[tuple[Expr, bool]] = [(formula.expr, False)]
    while above:
        expr, ready = above.pop()
        if expr in done:
            continue
        if expr in formula.definitions:
            below: Sequence[Expr] = [formula.definitions[expr]]
        elif isinstance(expr, Sum):
            below = [term for _, term in expr.terms]
        elif isinstance(expr, Product):
            below = [base for base, _ in expr.factors]
        else:
            below = expr.args if isinstance(expr, Apply) else ()
        if not ready:
            above.append((expr, True))
            above.extend((x, False) for x in below)
            continue
        done[expr] = _converted(expr, formula, done)
    return _fresh(done[formula.expr])


def _converted(expr: Expr, formula: Formula, done: Mapping[Expr, Expr]) -> Expr:
    if expr in formula.definitions:
        return done[formula.definitions[expr]]
    if isinstance(expr, Apply):
        return apply(expr.op, *(_fresh(done[x]) for x in expr.args))
    if isinstance(expr, Product):
        return _product(expr.coefficient, [(_fresh(done[base]), e) for base, e in expr.factors])
    if not isinstance(expr, Sum):
        return expr
    total: Expr | None = None
    for c, term in expr.terms:
        size = c if total is None else abs(c)
        if isinstance(term, Number) and isinstance(term.value, Fraction):
            part: Expr = Number(size * term.value)
        elif isinstance(term, Product) and term not in formula.definitions:
            part = _product(size * term.coefficient, [(_fresh(done[base]), e) for base, e in term.factors])
        else:
            part = _product(size, [(_fresh(done[term]), Fraction(1))])
        total = part if total is None else apply(ops.sub if c < 0 else ops.add, total, part)
    assert total is not None
    return total


def _product(coefficient: Fraction, factors: Sequence[tuple[Expr, Fraction]]) -> Expr:
    total: Expr | None = Number(abs(coefficient)) if abs(coefficient) != 1 else None
    for base, e in factors:
        power = base if abs(e) == 1 else apply(ops.power, base, Number(abs(e)))
        if total is None and e < 0:
            total = Number(Fraction(1))
        total = power if total is None else apply(ops.div if e < 0 else ops.mul, total, power)
    if total is None:
        total = Number(Fraction(1))
    return apply(ops.neg, total) if coefficient < 0 else total


def _fresh(expr: Expr) -> Expr:
    """A name or number for this place alone."""
    if isinstance(expr, Name):
        return Name(expr.text)
    if isinstance(expr, Number):
        return Number(exact(expr.value) if isinstance(expr.value, float) else expr.value)
    return expr
