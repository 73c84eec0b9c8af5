"""Brackets around a sum that are left out, or stand where none belong: a*b - c for a*(b - c)."""

from collections.abc import Iterator, Sequence

from autograd_lite.audit.notation.trees import apply
from autograd_lite.engine import ops
from autograd_lite.text.expression import Apply, Expr

__all__ = ["put_in", "taken_off"]

SUMS = {ops.add, ops.sub}
MOST = 50
"""Of longer products on both sides of a sum, brackets that start in one and end in the other are not tried."""

Bracketed = tuple[Apply, Expr, Expr]
"""The sum that the brackets are around, what is replaced, and what it is replaced with."""


def put_in(order: Sequence[Expr]) -> Iterator[Bracketed]:
    """Return what the sums of a formula become with brackets around one end of them and what stands beside."""
    for expr in order:
        if isinstance(expr, Apply) and expr.op in SUMS:
            a, b = expr.args
            for inner, new in (*_behind(a, expr.op, b), *_before(a, expr.op, b), *_between(a, expr.op, b)):
                yield inner, expr, new


def taken_off(order: Sequence[Expr]) -> Iterator[Bracketed]:
    """Return what a formula becomes with the brackets around a sum taken off."""
    inside = {expr.args[0] for expr in order if isinstance(expr, Apply) and expr.op is ops.mul}
    for expr in order:
        if not isinstance(expr, Apply) or (expr.op is ops.mul and expr in inside):
            continue  # a part of a product: what is beside it takes part
        factors = _factors(expr)
        for k, factor in enumerate(factors):
            rest = [*factors[:k], *factors[k + 1 :]]
            for total, first, last in _open(factor, alone=not rest):
                for at in sorted({k, 0, len(rest)}):  # who derives it may write the factors in another order
                    left, right = _product([*rest[:at], first]), _product([last, *rest[at:]])
                    yield total, expr, apply(total.op, left, right)


def _open(expr: Expr, *, alone: bool) -> Iterator[tuple[Apply, Expr, Expr]]:
    """A sum in brackets, and what stands on both sides of its sign without these."""
    if not isinstance(expr, Apply):
        return
    if expr.op in SUMS and not alone:
        yield expr, expr.args[0], expr.args[1]
    if expr.op in {ops.div, ops.power, ops.sub}:
        a, b = expr.args
        if isinstance(b, Apply) and b.op in SUMS:
            yield b, apply(expr.op, a, b.args[0]), b.args[1]
        if isinstance(a, Apply) and a.op in SUMS and expr.op is not ops.sub:
            yield a, a.args[0], apply(expr.op, a.args[1], b)
    elif expr.op is ops.neg:
        total = expr.args[0]
        if isinstance(total, Apply) and total.op in SUMS:
            yield total, apply(ops.neg, total.args[0]), total.args[1]


def _behind(left: Expr, op: ops.Op, c: Expr) -> Iterator[tuple[Apply, Expr]]:
    """Brackets from somewhere in the left side of a sum to its end."""
    if not isinstance(left, Apply):
        return
    *first, last = left.args
    if left.op is ops.mul:
        factors = _factors(left)
        for k in range(1, len(factors)):
            inner = apply(op, _product(factors[k:]), c)
            yield inner, _product([*factors[:k], inner])
        for inner, new in _behind(factors[-1], op, c):
            yield inner, _product([*factors[:-1], new])
    elif left.op in {ops.div, ops.power, ops.sub, ops.neg}:
        inner = apply(op, last, c)
        yield inner, apply(left.op, *first, inner)


def _before(a: Expr, op: ops.Op, right: Expr) -> Iterator[tuple[Apply, Expr]]:
    """Brackets from the start of a sum to somewhere in its right side."""
    if not isinstance(right, Apply):
        return
    if right.op is ops.mul:
        factors = _factors(right)
        for k in range(1, len(factors)):
            inner = apply(op, a, _product(factors[:k]))
            yield inner, _product([inner, *factors[k:]])
        for inner, new in _before(a, op, factors[0]):
            yield inner, _product([new, *factors[1:]])
    elif right.op in {ops.div, ops.power}:
        inner = apply(op, a, right.args[0])
        yield inner, apply(right.op, inner, right.args[1])


def _between(a: Expr, op: ops.Op, b: Expr) -> Iterator[tuple[Apply, Expr]]:
    """Brackets from somewhere in the product on the left of a sum to somewhere in that on the right."""
    left, right = _factors(a), _factors(b)
    if len(left) * len(right) > MOST:
        return
    for k in range(1, len(left)):
        for m in range(1, len(right)):
            inner = apply(op, _product(left[k:]), _product(right[:m]))
            yield inner, _product([*left[:k], inner, *right[m:]])


def _factors(expr: Expr) -> list[Expr]:
    """The factors of a product, from left to right; of anything else that itself."""
    last: list[Expr] = []
    while isinstance(expr, Apply) and expr.op is ops.mul:
        last.append(expr.args[1])
        expr = expr.args[0]
    return [expr, *reversed(last)]


def _product(factors: Sequence[Expr]) -> Expr:
    total = factors[0]
    for factor in factors[1:]:
        total = apply(ops.mul, total, factor)
    return total
