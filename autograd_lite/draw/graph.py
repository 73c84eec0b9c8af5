"""The whole graph: a box for every node, with operation, value and gradient."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from autograd_lite.draw.diagram import Diagram
from autograd_lite.draw.layers import layers
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
    joined,
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

if TYPE_CHECKING:
    import graphviz

__all__ = ["TooLargeError", "check_size", "graph"]

COMMUTATIVE = {ops.add, ops.mul, ops.maximum, ops.minimum}
ENTRY = {"LR": "w", "TB": "n"}  # the side of a box at which edges from its operands arrive
NUMBERED = re.compile(r"(.*\D)(\d{1,9})", re.ASCII)
TITLE, VALUE, SMALL = 13, 11, 10  # sizes of text, in points: subscripts of titles are as small as the smallest
PAGE = 1000  # points: a picture of this width has no text under 9 pixels on a page of 900
GAP = 12  # points between layers


@locked
def graph(
    root: Value | Iterable[Value],
    *,
    rankdir: str | None = None,
    max_nodes: int = 500,
    max_edges: int = 1500,
    force: bool = False,
) -> Diagram:
    """Return the diagram of everything that `root`, or each of several roots, was computed from.

    A box per node: its operation, its label, its value, and the gradient of the result with respect to it ("—" before
    `backward()` has reached the result, for several results, and where a leaf was changed since); constants have small
    boxes of their own. `x * x` has two edges. Where the order of operands matters, they are numbered 1 and 2. Boxes
    beside each other stand in the order in which the computation is read.

    Args:
        root: a node, or several.
        rankdir: "LR" draws from left to right, "TB" from top to bottom; None from left to right if a page of 900
            pixels then shows all text at 9 pixels or more, else in the direction that is narrower.
        max_nodes: more boxes than this are refused,
        max_edges: and more edges than this,
        force: unless this is true.

    Raises:
        ValueError: no root, a graph above the limits, another `rankdir`.
        TypeError: a root that is not a Value.
    """
    if rankdir is not None and rankdir not in ENTRY:
        raise ValueError(
            f"rankdir is 'LR' (left to right), 'TB' (top to bottom) or None (what fits a page), got {rankdir!r}"
        )
    roots = _roots(root)
    order = _order(roots)
    operands = [x for node in order for x in _drawn(node)]
    constants = sum(not isinstance(x, Value) for x in operands)
    if not force:
        check_size("graph", len(order) + constants, len(operands), max_nodes, max_edges)
    changed = edited(order)
    slopes = {} if changed or len(roots) > 1 or not order[-1].has_grad else adjoints(order[-1])
    names = {node: f"n{k}" for k, node in enumerate(order)}
    numbered = _numbered(order)
    used = _used({node: names[node] for node in _reading(order, numbered)})
    where = layers(
        used,
        ordered={name for node, name in names.items() if _ordered(node)},
        joined={name for node, name in names.items() if node.op in COMMUTATIVE and len(node.parents) == 2},
        numbered={names[node]: number for node, number in numbered.items()},
    )
    written = {node: _Written(node, roots, node in changed, slopes.get(node)) for node in order}
    rankdir = rankdir or _direction(where, {names[node]: text.width for node, text in written.items()})
    legend = _legend(roots, order, _gradient_of(roots, order, changed), constants=constants > 0)
    dot = sheet(rankdir=rankdir, nodesep="0.14", ranksep=f"{GAP / 72:.3f}", label=legend)
    for node, name in names.items():
        dot.node(name, written[node].label(rankdir), tooltip=_tooltip(node, changed, slopes))
        for k, (x, source) in enumerate(zip(_drawn(node), used[name], strict=True)):
            if not isinstance(x, Value):
                dot.node(source, _constant(x), tooltip=f"constant {x!r}")
            dot.edge(source, f"{name}:p{k}:{ENTRY[rankdir]}" if _ordered(node) else name)
    _keep_order(dot, where, used)
    labels = {short(node.label) for node in order if node.label}
    return Diagram(dot.source, _alt(roots, order, constants, changed, slopes), names=labels)


class TooLargeError(ValueError):
    """A picture above the limits, which nobody could read."""

    def __init__(self, fact: str, remedy: str) -> None:
        super().__init__(fact, remedy)
        self.fact = fact

    def __str__(self) -> str:
        return ". ".join(self.args)


def check_size(what: str, nodes: int, edges: int, max_nodes: int, max_edges: int, *, least: bool = False) -> None:
    """Raise `TooLargeError` if a picture of so many boxes and edges, or with `least` of more, is above the limits."""
    if nodes > max_nodes or edges > max_edges:
        raise TooLargeError(
            f"this {what} has {'at least ' * least}{nodes:,} boxes and {edges:,} edges; above {max_nodes:,} boxes or "
            f"{max_edges:,} edges a picture cannot be read, and takes long",
            "Draw a part of it (draw.graph of a node further down, draw.gradient for one leaf, draw.network for a "
            "network), raise max_nodes and max_edges, or pass force=True",
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


# --- where the boxes stand -----------------------------------------------------------------------------------------


def _numbered(order: list[Value]) -> dict[Value, tuple[str, int]]:
    """What is called h1, h2, ...: the name without its number, and the number."""
    found = {node: NUMBERED.fullmatch(node.label) for node in order if node.label}
    return {node: (match[1], int(match[2])) for node, match in found.items() if match}


def _reading(order: list[Value], numbered: Mapping[Value, tuple[str, int]]) -> list[Value]:
    """The nodes in the order in which they are read: operands first, and h1 before h2 even if h2 was needed first."""
    first = sorted((node for node in numbered if node.op is not None), key=lambda node: numbered[node])
    done: set[Value] = set()
    return [x for node in first + order[::-1] if node not in done for x in topological(node, done)]


def _used(names: Mapping[Value, str]) -> dict[str, list[str]]:
    """The names of the boxes that each box is computed from; a constant has a box for each use."""
    used: dict[str, list[str]] = {}
    for node, name in names.items():
        sources = [names[x] if isinstance(x, Value) else f"{name}c{k}" for k, x in enumerate(_drawn(node))]
        used |= {source: [] for source in sources if source not in used}
        used[name] = sources
    return used


def _direction(where: list[list[str]], widths: Mapping[str, float]) -> str:
    """From left to right if that fits a page or is narrower, else from top to bottom; constants take little room."""
    across = 2 * GAP + sum(max(widths.get(box, 0.0) for box in layer) + GAP for layer in where)
    down = max(sum(widths.get(box, 0.0) + GAP for box in layer) for layer in where)
    return "LR" if across < PAGE or across <= down else "TB"


def _keep_order(dot: "graphviz.Digraph", where: list[list[str]], used: Mapping[str, list[str]]) -> None:
    """Keep the boxes of each layer in line and in order: where no arrow does it, by arrows that are not seen."""
    uses = Counter(source for sources in used.values() for source in sources)
    for before, layer in pairwise([[], *where]):
        if len(layer) == 1:
            continue
        with dot.subgraph(graph_attr={"rank": "same"}) as line:
            for box in layer:
                line.node(box)
            for one, other in pairwise(layer):
                if one not in used[other]:
                    line.edge(one, other, style="invis")
                elif uses[one] > 1:
                    # Graphviz may move what stands before a box, unless some arrow leads to it from the layer before.
                    for x in [x for x in used[other] if x in before][:1]:
                        dot.edge(x, one, style="invis", weight="0")


# --- one box -------------------------------------------------------------------------------------------------------


def _look(node: Value, roots: dict[Value, None]) -> Look:
    return LEAF if node.op is None else LOSS if node in roots else HIDDEN


def _box(look: Look, *rows: str, result: bool = False) -> str:
    """A box whose shape tells its kind where colour does not: leaves are rounded, results have a thick border."""
    return box(*rows, look=look, border=2.5 if result else 1, style="ROUNDED" if look is LEAF else "")


class _Written:
    """What stands in the box of a node."""

    def __init__(self, node: Value, roots: dict[Value, None], changed: bool, slope: float | None) -> None:  # noqa: FBT001
        self.look, self.result, self.ordered = _look(node, roots), node in roots, _ordered(node)
        self.sign = "" if node.op is None else _symbol(node)
        self.name = short(node.label) if node.label else "" if self.sign else "leaf"
        self.value = "changed to " * changed + number(node.data)
        words, self.color = gradient(slope)
        self.slope = f"∂ {words}"
        self.labelled = bool(node.label)

    @property
    def width(self) -> float:
        """About how wide the box is, in points."""
        title = text_width(f"{self.sign} {self.name}", TITLE, bold=True)
        lines = title, text_width(self.value, VALUE), text_width(self.slope, SMALL)
        return max(lines) + 10 + 12 * self.ordered

    def label(self, rankdir: str) -> str:
        """The HTML-like label: title, value, gradient, and where the order of operands matters their numbers."""
        lines = [[self._title()], [cell(self.value, size=VALUE)], [cell(self.slope, size=SMALL, color=self.color)]]
        if self.ordered:
            first, second = (cell(str(k + 1), size=SMALL, color=MUTED, PORT=f"p{k}") for k in range(2))
            if rankdir == "LR":
                for line, port in zip(lines, (first, cell(), second), strict=True):
                    line.insert(0, port)
            else:
                lines.insert(0, [f'<TD><TABLE BORDER="0" CELLBORDER="0">{row(first, second)}</TABLE></TD>'])
        return _box(self.look, *(row(*line) for line in lines), result=self.result)

    def _title(self) -> str:
        room = math.ceil(text_width(self.name, TITLE, bold=True)) + 12  # clear of the rounded corners
        if not self.sign:
            look = {"size": TITLE, "bold": True} if self.labelled else {"size": SMALL, "color": MUTED}
            return cell(self.name, WIDTH=room, **look)
        sign = cell(self.sign, size=TITLE, color=self.look.text, bold=True)
        name = [cell(f"\u00a0{self.name}", size=TITLE, bold=True)] if self.name else []
        return joined(
            sign, *name, BGCOLOR="transparent", WIDTH=room + math.ceil(text_width(self.sign, TITLE, bold=True))
        )


def _constant(x: float) -> str:
    return box(row(cell(constant(x), size=SMALL, color=MUTED)), look=CONSTANT, style="DASHED", padding=1)


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
    boxes = [_box(look, row(cell(word, size=SMALL)), result=look is LOSS) for look, word in samples if look in kinds]
    if constants:
        boxes.append(box(row(cell("constant", size=SMALL, color=MUTED)), look=CONSTANT, style="DASHED", padding=1))
    tables = [f"<TD>{sample[1:-1]}</TD>" for sample in boxes]
    words = cell(gradients, size=SMALL, color=MUTED)
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
