"""The whole graph: a box for every node, with operation, value and gradient."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from autograd_lite.draw.diagram import Diagram
from autograd_lite.draw.style import (
    CONSTANT,
    HIDDEN,
    LEAF,
    LOSS,
    MUTED,
    Look,
    box,
    cell,
    constant,
    gradient,
    number,
    row,
    sheet,
    short,
    signed,
    text_width,
    tooltip,
)
from autograd_lite.engine import ops
from autograd_lite.engine.chain import edited
from autograd_lite.engine.elsewhere import kind
from autograd_lite.engine.graph import adjoints, topological
from autograd_lite.engine.value import Value, locked

__all__ = ["check_size", "graph"]

COMMUTATIVE = {ops.add, ops.mul, ops.maximum, ops.minimum}
ENTRY = {"LR": "w", "TB": "n"}  # the side of a box at which edges from its operands arrive


@locked
def graph(
    root: Value | Iterable[Value],
    *,
    rankdir: str = "LR",
    max_nodes: int = 500,
    max_edges: int = 1500,
    force: bool = False,
) -> Diagram:
    """Return the diagram of everything that `root`, or each of several roots, was computed from.

    A box per node: its operation, its label, its value, and the gradient of the result with respect to it ("—" before
    `backward()` has reached the result, for several results, and where a leaf was changed since); constants have small
    boxes of their own. `x * x` has two edges. Where the order of operands matters, they are numbered 1 and 2.

    Args:
        root: a node, or several.
        rankdir: "LR" draws from left to right, "TB" from top to bottom.
        max_nodes: more boxes than this are refused,
        max_edges: and more edges than this,
        force: unless this is true.

    Raises:
        ValueError: no root, a graph above the limits, another `rankdir`.
        TypeError: a root that is not a Value.
    """
    if rankdir not in ENTRY:
        raise ValueError(f"rankdir is 'LR' (left to right) or 'TB' (top to bottom), got {rankdir!r}")
    roots = _roots(root)
    order = _order(roots)
    operands = [x for node in order for x in _drawn(node)]
    constants = sum(not isinstance(x, Value) for x in operands)
    if not force:
        check_size("graph", len(order) + constants, len(operands), max_nodes, max_edges)
    changed = edited(order)
    slopes = {} if changed or len(roots) > 1 or not order[-1].has_grad else adjoints(order[-1])
    legend = _legend(roots, order, _gradient_of(roots, order, changed), constants=constants > 0)
    dot = sheet(rankdir=rankdir, nodesep="0.2", ranksep="0.25", label=legend)
    names = {node: f"n{k}" for k, node in enumerate(order)}
    for node, name in names.items():
        value = ("changed to " if node in changed else "") + number(node.data)
        dot.node(name, _label(node, roots, rankdir, value, slopes.get(node)), tooltip=_tooltip(node, changed, slopes))
        for k, x in enumerate(_drawn(node)):
            source = names[x] if isinstance(x, Value) else f"{name}c{k}"
            if not isinstance(x, Value):
                dot.node(source, _constant(x), tooltip=f"constant {x!r}")
            dot.edge(source, f"{name}:p{k}:{ENTRY[rankdir]}" if _ordered(node) else name)
    return Diagram(dot.source, _alt(roots, order, constants, changed, slopes))


def check_size(what: str, nodes: int, edges: int, max_nodes: int, max_edges: int, *, least: bool = False) -> None:
    """Raise `ValueError` if a picture of so many boxes and edges, or with `least` of more, is above the limits."""
    if nodes > max_nodes or edges > max_edges:
        raise ValueError(
            f"this {what} has {'at least ' * least}{nodes:,} boxes and {edges:,} edges; above {max_nodes:,} boxes or "
            f"{max_edges:,} edges a picture cannot be read, and takes long. Draw a part of it (draw.graph of a node "
            "further down, draw.gradient for one leaf, draw.network for a network), raise max_nodes and max_edges, or "
            "pass force=True"
        )


def _roots(root: object) -> dict[Value, None]:
    if isinstance(root, Value):
        return {root: None}
    roots: dict[Value, None] = {}
    for one in root if isinstance(root, Iterable) else [root]:
        if not isinstance(one, Value):
            raise TypeError(f"draw.graph takes a Value or several, got {kind(one)}")
        roots[one] = None
    if not roots:
        raise ValueError("draw.graph takes at least one Value, got none")
    return roots


@dataclass(eq=False)
class _Both:
    """Two results under one root, for their graphs to be walked in one go."""

    _a: "Value | _Both"
    _b: Value
    op = ops.add


def _order(roots: dict[Value, None]) -> list[Value]:
    """The nodes of all results, parents first, those of the first result before the others."""
    first, *others = roots
    top: Any = first
    for one in others:
        top = _Both(top, one)
    return [node for node in topological(top) if isinstance(node, Value)]


def _drawn(node: Value) -> tuple[Value | float, ...]:
    """The operands that get an edge: all but a constant exponent, which stands in the box."""
    args = node.args
    return args[:1] if node.op is ops.power and not isinstance(args[1], Value) else args


def _ordered(node: Value) -> bool:
    return len(_drawn(node)) == 2 and node.op not in COMMUTATIVE


def _symbol(node: Value) -> str:
    assert node.op is not None
    exponent = node.args[-1]
    if node.op is ops.power and not isinstance(exponent, Value):
        return f"^{constant(exponent)}"
    return node.op.symbol


# --- one box -------------------------------------------------------------------------------------------------------


def _look(node: Value, roots: dict[Value, None]) -> Look:
    return LEAF if node.op is None else LOSS if node in roots else HIDDEN


def _box(look: Look, *rows: str, result: bool = False) -> str:
    """A box whose shape tells its kind where colour does not: leaves are rounded, results have a thick border."""
    return box(*rows, look=look, border=2.5 if result else 1, style="ROUNDED" if look is LEAF else "")


def _label(node: Value, roots: dict[Value, None], rankdir: str, value: str, slope: float | None) -> str:
    look = _look(node, roots)
    title = [cell(short(node.label), size=11, bold=True, WIDTH=_room(node.label))] if node.label else []
    if node.op is not None:
        title.insert(0, cell(_symbol(node), size=12, color=look.text, bold=True))
    if not title:
        title = [cell("leaf", size=9, color=MUTED)]
    span = len(title)
    words, color = gradient(slope)
    lines = [title, [cell(value, COLSPAN=span)], [cell(f"∂ {words}", size=9, color=color, COLSPAN=span)]]
    if _ordered(node):
        first, second = (cell(str(k + 1), size=8, color=MUTED, PORT=f"p{k}") for k in range(2))
        if rankdir == "LR":
            for line, port in zip(lines, (first, cell(), second), strict=True):
                line.insert(0, port)
        else:
            both = f'<TABLE BORDER="0" CELLBORDER="0">{row(first, second)}</TABLE>'
            lines.insert(0, [f'<TD COLSPAN="{span}">{both}</TD>'])
    return _box(look, *(row(*line) for line in lines), result=node in roots)


def _room(label: str) -> int:
    """A width for a label that keeps it clear of rounded corners."""
    return math.ceil(text_width(short(label), 11, bold=True)) + 12


def _constant(x: float) -> str:
    return box(row(cell(constant(x), size=9, color=MUTED)), look=CONSTANT, style="DASHED", padding=1)


def _tooltip(node: Value, changed: set[Value], slopes: Mapping[Value, float]) -> str:
    kind = "leaf" if node.op is None else node.op.name
    name = f"{node.label} = " if node.label else ""
    slope = repr(slopes[node]) if node in slopes else "—"
    return tooltip(f"{name}{node.data!r}{', changed since' * (node in changed)}, gradient {slope} ({kind})")


# --- around them ---------------------------------------------------------------------------------------------------


def _legend(roots: dict[Value, None], nodes: list[Value], gradients: str, *, constants: bool) -> str:
    """The line under the picture: what the boxes are, and whose gradient is shown."""
    kinds = {_look(node, roots): node for node in nodes}
    samples = [(LEAF, "leaf"), (HIDDEN, "operation"), (LOSS, "result")]
    boxes = [_box(look, row(cell(word, size=8)), result=look is LOSS) for look, word in samples if look in kinds]
    if constants:
        boxes.append(box(row(cell("constant", size=8, color=MUTED)), look=CONSTANT, style="DASHED", padding=1))
    tables = [f"<TD>{sample[1:-1]}</TD>" for sample in boxes]
    words = cell(gradients, size=9, color=MUTED)
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="2" CELLPADDING="1">{row(*tables, words)}</TABLE>>'


def _gradient_of(roots: dict[Value, None], nodes: list[Value], changed: set[Value]) -> str:
    """Whose gradient is shown, or why none is."""
    name = short(nodes[-1].label) if nodes[-1].label else "the result"
    if changed:
        return "∂ — : a leaf was changed after the other values were computed from it"
    if len(roots) > 1:
        return "∂ — : a gradient is of one result; draw one alone"
    if nodes[-1].has_grad:
        return f"∂ = gradient of {name} with respect to it"
    left = any(node.has_grad for node in nodes)
    return "∂ — : backward() has not run" + f" from {name}; what another one left is not shown" * left


def _alt(
    roots: dict[Value, None], order: list[Value], constants: int, changed: set[Value], slopes: Mapping[Value, float]
) -> str:
    """The picture in words: the results, the leaves as far as they can be listed, and how much lies between."""

    def in_words(node: Value) -> str:
        grad = f" (gradient {signed(slopes[node])})" if node in slopes else ""
        since = " (changed since)" if node in changed else ""
        return f"{short(node.label) if node.label else 'unlabelled'} = {number(node.data)}{since}{grad}"

    given = [node for node in order if node.op is None]
    listed = ", ".join(map(in_words, given[:12])) + (f" and {len(given) - 12} more" if len(given) > 12 else "")
    computed = len(order) - len(given)
    return (
        f"Computation graph of {', '.join(map(in_words, list(roots)[:12]))}: {_count(computed, 'operation')}, "
        f"{_count(constants, 'constant')}, {_count(len(given), 'leaf', 'leaves')} {listed}"
    )


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n:,} {one if n == 1 else many or one + 's'}"
