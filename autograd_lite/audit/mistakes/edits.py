"""One thing changed in a formula: a name swapped, a factor or term left out, a sign, an exponent, a function."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import combinations

from autograd_lite.audit.mistakes.brackets import put_in, taken_off
from autograd_lite.audit.notation.tokens import family, in_order, key_of
from autograd_lite.audit.notation.trees import apply, operands_first, replaced
from autograd_lite.audit.places.points import Setting
from autograd_lite.engine import ops
from autograd_lite.text.expression import Apply, Derivative, Expr, Name, Number
from autograd_lite.text.formulas import notation
from autograd_lite.text.reading import Formula
from autograd_lite.text.writing import Texts, write

__all__ = ["Edit", "another_number", "edits", "kin", "name_text", "tree_text"]

POOL = 60
"""With more names than that, only those of one family are swapped."""
FAMILY = 20
"""Of a larger family, only the nearest are swapped."""
PLACES = 5
"""Of a name in more places than that, all are swapped or one."""
CONTEXT = 6
"""What is left out or stands around a name is shown if it is made of no more names and numbers."""

FUNCTIONS = [
    {ops.sin, ops.cos, ops.tan},
    {ops.sigmoid, ops.tanh, ops.relu, ops.softplus, ops.step},
    {ops.exp, ops.log, ops.expm1, ops.log1p},
    {ops.sinh, ops.cosh, ops.tanh},
    {ops.maximum, ops.minimum},
]
"""Operations that are taken for each other."""


Words = tuple[str, str]
"""What the mistake is if the formula was right before the change, and what if it is right after it."""


@dataclass(frozen=True)
class Edit:
    """A change of a formula in one place, or of one name in several."""

    kind: str
    cost: float
    texts: Callable[[], Words]
    """Made when needed: few of many edits explain anything."""
    replacements: Mapping[Expr, Expr]


def name_text(name: str | Derivative) -> str:
    """Return a name as formulas have it, shortened."""
    text = Texts(notation("plain"), [name]).text(name)
    return text if len(text) <= 60 else text[:59] + "…"


def tree_text(tree: Expr) -> str:
    """Return a formula in plain text, in one line: parts that it has twice are written twice."""
    return write(Formula(tree, shared_from=tree.size + 1), Texts(notation("plain")))


def another_number(number: Number, value: Fraction | float) -> Edit:
    """Return the edit that puts another number in a formula in place of one."""
    new = Number(value)
    return Edit("number", 2.2, partial(_written, new, number), {number: new})


def kin(a: str, b: str) -> bool:
    """Whether two labels differ in their numbers alone."""
    return family(a) == family(b)


def edits(setting: Setting, tree: Expr, *, strangers: bool) -> Iterator[Edit]:
    """Return what may have gone wrong in a tree; `strangers` whether names that are not alike are swapped too."""
    order = operands_first(tree)
    above: dict[Expr, Expr] = {x: expr for expr in order if isinstance(expr, Apply) for x in expr.args}
    yield from _swaps(setting, order, above, strangers=strangers)
    for expr in order:
        if isinstance(expr, Apply):
            yield from _operations(expr)
    for bracketed, off in ((put_in(order), False), (taken_off(order), True)):
        for total, old, new in bracketed:
            yield Edit("brackets", 1.9, partial(_brackets, total, taken_off=off), {old: new})


# --- names ---------------------------------------------------------------------------------------------------------


def _swaps(setting: Setting, order: Sequence[Expr], above: Mapping[Expr, Expr], *, strangers: bool) -> Iterator[Edit]:
    places: dict[str, list[Expr]] = {}
    for expr in order:
        if isinstance(expr, Name) and isinstance(expr.text, str):
            places.setdefault(expr.text, []).append(expr)
    pool = [name for node, name in setting.names.items() if node.label and node is not setting.y]
    for name, there in places.items():
        for other in _others(setting, name, pool, strangers=strangers):
            strange = _strangeness(setting, name, other)
            for some, cost in _choices(there):
                swap: dict[Expr, Expr] = {place: Name(other) for place in some}
                texts = partial(_swapped, name, other, swap, above if len(some) < len(there) else None)
                yield Edit("swap", cost + strange, texts, swap)


def _swapped(name: str, other: str, swap: Mapping[Expr, Expr], above: Mapping[Expr, Expr] | None) -> Words:
    before, after = ("", "") if above is None else _around(swap, above)
    a, b = name_text(name), name_text(other)
    return f"{b} where {a} belongs{after}", f"{a} where {b} belongs{before}"


def _others(setting: Setting, name: str, pool: Sequence[str], *, strangers: bool) -> list[str]:
    """The names that may be taken for a name: of a large family those that come next before and after it."""
    if strangers and len(pool) <= POOL:
        return [other for other in pool if other != name]
    alike = in_order(other for other in pool if other != name and not _strangeness(setting, name, other))
    if len(alike) <= FAMILY:
        return alike
    at = bisect_left(alike, key_of(name), key=key_of)
    return alike[max(0, at - FAMILY // 2) : at + FAMILY // 2]


def _strangeness(setting: Setting, a: str, b: str) -> float:
    """How unlikely it is that one name is taken for another."""
    if kin(a, b):
        return 0.0
    x, y = setting.by_name.get(a), setting.by_name.get(b)
    if x is None or y is None:
        return 2.0
    if any(x in node.parents and len(node.args) == 1 for node in (y,)) or (y in x.parents and len(x.args) == 1):
        return 0.3  # h1 and a_h1 = σ(h1)
    return 0.8 if x.op is None and y.op is None else 2.0


def _choices(places: Sequence[Expr]) -> Iterator[tuple[Sequence[Expr], float]]:
    yield places, 2.0
    if len(places) > 1:
        yield from (([place], 2.4) for place in places)
    if 2 < len(places) <= PLACES:
        yield from ((pair, 2.2) for pair in combinations(places, 2))


def _around(swap: Mapping[Expr, Expr], above: Mapping[Expr, Expr]) -> Words:
    """Where the places are, before and after a swap, if what is around them is short."""
    texts: tuple[list[str], list[str]] = ([], [])
    for place in swap:
        outer = above.get(place)
        if outer is not None and outer.size <= CONTEXT:
            for tree, said in zip((outer, replaced(outer, swap)), texts, strict=True):
                said.append(tree_text(tree))
    before, after = (
        f" (in {' and '.join(dict.fromkeys(said))})" if said else f" (in {len(swap)} of its places)" for said in texts
    )
    return before, after


# --- operations ----------------------------------------------------------------------------------------------------


def _operations(expr: Apply) -> Iterator[Edit]:
    rule = _RULES.get(expr.op)
    if rule is not None:
        yield from rule(expr)
    elif len(expr.args) == 1:
        name = expr.op.name
        yield Edit("function left out", 2.4, lambda: _too_many(f"the function {name}"), {expr: expr.args[0]})
    for group in FUNCTIONS:
        for other in sorted(group - {expr.op}, key=lambda x: x.name) if expr.op in group else ():
            yield _instead("function", expr, apply(other, *expr.args), partial(_functions, other, expr.op), 2.6)


def _brackets(total: Expr, *, taken_off: bool) -> Words:
    around = f"around {tree_text(total)}" if total.size <= CONTEXT * 2 else "around a sum"
    missing, many = f"brackets are missing {around}", f"brackets stand {around} that do not belong there"
    return (missing, many) if taken_off else (many, missing)


def _named(x: Expr, what: str) -> str:
    return f"the {what} {tree_text(x)}" if x.size <= CONTEXT * 2 else f"a {what}"


def _too_many(what: str) -> Words:
    return f"{what} is left out", f"{what} is one too many"


def _wrong(wrong: str, right: str) -> Words:
    return f"{wrong} where {right} belongs", f"{right} where {wrong} belongs"


def _functions(wrong: ops.Op, right: ops.Op) -> Words:
    return _wrong(wrong.name, right.name)


def _written(wrong: Expr, right: Expr) -> Words:
    return _wrong(_short(wrong), _short(right))


def _divided(divisor: Expr) -> Words:
    shown = tree_text(divisor) if divisor.size <= CONTEXT * 2 else "the divisor"
    return _wrong(f"times {shown}", f"divided by {shown}")


def _drop(expr: Apply, part: Expr, rest: Expr, what: str, cost: float) -> Edit:
    kind = "path" if what == "term" else f"{what} left out"  # a term of a gradient is what comes by some paths
    return Edit(kind, cost, lambda: _too_many(_named(part, what)), {expr: rest})


def _instead(kind: str, expr: Apply, new: Expr, texts: Callable[[], Words], cost: float) -> Edit:
    return Edit(kind, cost, texts, {expr: new})


def _products(expr: Apply) -> Iterator[Edit]:
    a, b = expr.args
    yield _drop(expr, b, a, "factor", 2.0)
    yield _drop(expr, a, b, "factor", 2.8 if isinstance(a, Apply) and a.op is ops.mul else 2.0)


def _quotients(expr: Apply) -> Iterator[Edit]:
    a, b = expr.args
    yield _drop(expr, b, a, "divisor", 2.2)
    yield _instead("division", expr, apply(ops.mul, a, b), partial(_divided, b), 2.6)


def _sums(expr: Apply) -> Iterator[Edit]:
    a, b = expr.args
    plus = expr.op is ops.add
    yield _drop(expr, b, a, "term", 2.1)
    yield _drop(expr, a, b if plus else apply(ops.neg, b), "term", 2.1)
    for new in (apply(ops.sub, a, b),) if plus else (apply(ops.add, a, b), apply(ops.sub, b, a)):
        yield _instead("sign", expr, new, partial(_written, new, expr), 2.2)


def _minus(expr: Apply) -> Iterator[Edit]:
    yield Edit("sign", 2.0, lambda: _too_many("a minus sign"), {expr: expr.args[0]})


def _exponents(expr: Apply) -> Iterator[Edit]:
    base, exponent = expr.args
    if not isinstance(exponent, Number):
        return
    e = float(exponent.value)
    for other in dict.fromkeys((1.0, 2.0, e - 1.0, e + 1.0, -e)):
        if other not in {e, 0.0}:
            new = base if other == 1.0 else apply(ops.power, base, Number(other))
            yield _instead("exponent", expr, new, partial(_written, new, expr), 2.3)


def _short(tree: Expr) -> str:
    if tree.size <= CONTEXT * 2:
        return tree_text(tree)
    sign = {ops.add: "a plus", ops.sub: "a minus"}.get(tree.op) if isinstance(tree, Apply) else None
    return sign or "a power"


_RULES: dict[ops.Op, Callable[[Apply], Iterator[Edit]]] = {
    ops.mul: _products,
    ops.div: _quotients,
    ops.add: _sums,
    ops.sub: _sums,
    ops.neg: _minus,
    ops.power: _exponents,
}
