"""One thing changed in a formula: a name swapped, a factor or term left out, a sign, an exponent, a function."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import combinations

from autograd_lite.audit.mistakes import table
from autograd_lite.audit.mistakes.brackets import put_in, taken_off
from autograd_lite.audit.mistakes.rows import (
    BEFORE_ITS_FUNCTION,
    IN_ONE_PLACE,
    IN_TWO_PLACES,
    OTHER_LEAF,
    SEVERAL_FACTORS,
    STRANGER,
    Row,
)
from autograd_lite.audit.notation.tokens import family, in_order, key_of
from autograd_lite.audit.notation.trees import apply, operands_first, replaced
from autograd_lite.audit.places.points import Setting
from autograd_lite.engine import ops
from autograd_lite.text.expression import Apply, Derivative, Expr, Name, Number
from autograd_lite.text.formulas import notation
from autograd_lite.text.reading import Formula
from autograd_lite.text.writing import Texts, write

__all__ = ["Edit", "another_number", "are_alike", "edits", "name_text", "tree_text"]

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


Parts = Mapping[str, str]
"""What is filled in the words of a row of the table."""


@dataclass(frozen=True)
class Edit:
    """A change of a formula in one place, or of one name in several."""

    row: Row
    replacements: Mapping[Expr, Expr]
    parts: Callable[[], Parts]
    """Made when needed: few of many edits explain anything."""
    less_likely: float = 0.0
    """How much more far-fetched it is than its row says."""

    @property
    def cost(self) -> float:
        """How far-fetched it is."""
        return self.row.likelihood + self.less_likely

    @property
    def undone(self) -> str:
        """What the mistake is if the formula is right after the change."""
        return self.row.undone.format(**self.parts())


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
    return Edit(table.NUMBER, {number: new}, partial(_written, new, number))


def are_alike(a: str, b: str) -> bool:
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
    for row, bracketed in ((table.BRACKETS_PUT_IN, put_in(order)), (table.BRACKETS_TAKEN_OFF, taken_off(order))):
        for total, old, new in bracketed:
            yield Edit(row, {old: new}, partial(_brackets, total))


# --- names ---------------------------------------------------------------------------------------------------------


def _swaps(setting: Setting, order: Sequence[Expr], above: Mapping[Expr, Expr], *, strangers: bool) -> Iterator[Edit]:
    places: dict[str, list[Expr]] = {}
    for expr in order:
        if isinstance(expr, Name) and isinstance(expr.text, str):
            places.setdefault(expr.text, []).append(expr)
    pool = [name for node, name in setting.names.items() if node.label and node is not setting.y]
    for name, there in places.items():
        for other in _others(setting, name, pool, strangers=strangers):
            strangeness = _strangeness(setting, name, other)
            for some, less_likely in _choices(there):
                swap: dict[Expr, Expr] = {place: Name(other) for place in some}
                parts = partial(_swapped, name, other, swap, above if len(some) < len(there) else None)
                yield Edit(table.SWAP, swap, parts, less_likely + strangeness)


def _swapped(right: str, wrong: str, swap: Mapping[Expr, Expr], above: Mapping[Expr, Expr] | None) -> Parts:
    before, after = ("", "") if above is None else _around(swap, above)
    return {"wrong": name_text(wrong), "right": name_text(right), "before": before, "after": after}


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
    if are_alike(a, b):
        return 0.0
    x, y = setting.by_name.get(a), setting.by_name.get(b)
    if x is None or y is None:
        return STRANGER
    if any(x in node.parents and len(node.args) == 1 for node in (y,)) or (y in x.parents and len(x.args) == 1):
        return BEFORE_ITS_FUNCTION
    return OTHER_LEAF if x.op is None and y.op is None else STRANGER


def _choices(places: Sequence[Expr]) -> Iterator[tuple[Sequence[Expr], float]]:
    """The places of a name in which it may be another, and how much less likely that is than in all."""
    yield places, 0.0
    if len(places) > 1:
        yield from (([place], IN_ONE_PLACE) for place in places)
    if 2 < len(places) <= PLACES:
        yield from ((pair, IN_TWO_PLACES) for pair in combinations(places, 2))


def _around(swap: Mapping[Expr, Expr], above: Mapping[Expr, Expr]) -> tuple[str, str]:
    """Where the places are, before and after a swap, if what is around them is short."""
    texts: tuple[list[str], list[str]] = ([], [])
    for place in swap:
        outer = above.get(place)
        if outer is not None and outer.size <= CONTEXT:
            for tree, shown in zip((outer, replaced(outer, swap)), texts, strict=True):
                shown.append(tree_text(tree))
    before, after = (
        f" (in {' and '.join(dict.fromkeys(shown))})" if shown else f" (in {len(swap)} of its places)"
        for shown in texts
    )
    return before, after


# --- operations ----------------------------------------------------------------------------------------------------


def _operations(expr: Apply) -> Iterator[Edit]:
    rule = _RULES.get(expr.op)
    if rule is not None:
        yield from rule(expr)
    elif len(expr.args) == 1:
        yield Edit(table.FUNCTION_LEFT_OUT, {expr: expr.args[0]}, partial(dict, function=expr.op.name))
    for group in FUNCTIONS:
        for other in sorted(group - {expr.op}, key=lambda x: x.name) if expr.op in group else ():
            names: Callable[[], Parts] = partial(dict, wrong=other.name, right=expr.op.name)
            yield Edit(table.FUNCTION, {expr: apply(other, *expr.args)}, names)


def _brackets(total: Expr) -> Parts:
    return {"around": f"around {tree_text(total)}" if total.size <= CONTEXT * 2 else "around a sum"}


def _written(wrong: Expr, right: Expr) -> Parts:
    return {"wrong": _short(wrong), "right": _short(right)}


def _divided(divisor: Expr) -> Parts:
    return {"divisor": tree_text(divisor) if divisor.size <= CONTEXT * 2 else "the divisor"}


def _named(part: Expr, what: str) -> Parts:
    return {"part": f"the {what} {tree_text(part)}" if part.size <= CONTEXT * 2 else f"a {what}"}


def _products(expr: Apply) -> Iterator[Edit]:
    a, b = expr.args
    several = isinstance(a, Apply) and a.op is ops.mul
    yield Edit(table.FACTOR, {expr: a}, partial(_named, b, "factor"))
    yield Edit(table.FACTOR, {expr: b}, partial(_named, a, "factor"), SEVERAL_FACTORS if several else 0.0)


def _quotients(expr: Apply) -> Iterator[Edit]:
    a, b = expr.args
    yield Edit(table.DIVISOR, {expr: a}, partial(_named, b, "divisor"))
    yield Edit(table.DIVISION, {expr: apply(ops.mul, a, b)}, partial(_divided, b))


def _sums(expr: Apply) -> Iterator[Edit]:
    a, b = expr.args
    plus = expr.op is ops.add
    yield Edit(table.TERM, {expr: a}, partial(_named, b, "term"))
    yield Edit(table.TERM, {expr: b if plus else apply(ops.neg, b)}, partial(_named, a, "term"))
    for new in (apply(ops.sub, a, b),) if plus else (apply(ops.add, a, b), apply(ops.sub, b, a)):
        yield Edit(table.SIGN_OF_A_TERM, {expr: new}, partial(_written, new, expr))


def _minus(expr: Apply) -> Iterator[Edit]:
    yield Edit(table.MINUS, {expr: expr.args[0]}, dict)


def _exponents(expr: Apply) -> Iterator[Edit]:
    base, exponent = expr.args
    if not isinstance(exponent, Number):
        return
    e = float(exponent.value)
    for other in dict.fromkeys((1.0, 2.0, e - 1.0, e + 1.0, -e)):
        if other not in {e, 0.0}:
            new = base if other == 1.0 else apply(ops.power, base, Number(other))
            yield Edit(table.EXPONENT, {expr: new}, partial(_written, new, expr))


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
