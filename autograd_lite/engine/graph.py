"""Reading a graph: its order, its labelled nodes, a name for each node."""

import difflib
from collections.abc import Iterable
from itertools import count

from autograd_lite.engine.chain import check_recorded, topological
from autograd_lite.engine.elsewhere import kind
from autograd_lite.engine.ieee import short
from autograd_lite.engine.value import Value, locked

__all__ = [
    "adjoints",
    "check_recorded",
    "display_names",
    "find",
    "leaves",
    "named",
    "readable",
    "shortened",
    "topological",
    "zero_grad",
]

LONGEST = 200
"""Letters of a label that names in formulas and tables have; of longer ones beginning and end."""


def leaves(root: Value) -> list[Value]:
    """Return the leaves that `root` was made from, in the order in which they are first used.

    Raises `TypeError` for what is no node.
    """
    return [node for node in topological(root) if node.op is None]


def named(root: Value) -> dict[str, Value]:
    """Return the labelled nodes of the graph of `root`, by label, parents first.

    Raises `ValueError` if two different nodes have one label, and `TypeError` for what is no node.
    """
    by_label: dict[str, Value] = {}
    for node in topological(root):
        if node.label and by_label.setdefault(node.label, node) is not node:
            raise ValueError(f"two nodes of the graph have the label {short(node.label)}; give each its own")
    return by_label


def display_names(order: Iterable[Value], others: Iterable[str] = ()) -> dict[Value, str]:
    """Return a name for each node in `order`, no two alike: its label, else v1, v2, ... in that order.

    The second node with the label h1 is called "h1 (2)". Labels of more than 200 letters lose their middle. No name is
    one of the labels `others`, unless it is the node's own.
    """
    order = list(order)
    taken = {shortened(node.label) for node in order} | {shortened(label) for label in others}
    used: set[str] = set()
    numbered = (name for k in count(1) if (name := f"v{k}") not in taken)
    names: dict[Value, str] = {}
    for node in order:
        name = shortened(node.label) or next(numbered)
        if name in used:
            name = next(other for k in count(2) if (other := f"{name} ({k})") not in taken)
            taken.add(name)
        used.add(name)
        names[node] = name
    return names


def shortened(label: str) -> str:
    """Return a label, of more than 200 letters its beginning and end."""
    return label if len(label) <= LONGEST else f"{label[: LONGEST - 61]}…{label[-60:]}"


def readable(label: str) -> str:
    """Return a label for a message: as it is if it is short and can be seen, else its beginning as Python writes it."""
    return label if len(label) <= 40 and label.isprintable() else short(label)


def find(root: Value, wrt: Value | str) -> Value:
    """Return `wrt` if it is a node, which may lie outside the graph of `root`; for a label, the node that has it.

    Raises `TypeError` for what is neither, and `ValueError` for a label that no node of the graph has, or several.
    """
    if isinstance(wrt, Value):
        return wrt
    if not isinstance(wrt, str):
        raise TypeError(f"expected a node (Value) or the label of one, got {kind(wrt)}")
    nodes = topological(root)
    matches = [node for node in nodes if node.label == wrt] if wrt else []
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise ValueError(f"{len(matches)} nodes of the graph have the label {short(wrt)}; pass the node itself")
    labels = list(dict.fromkeys(node.label for node in nodes if node.label))
    near = difflib.get_close_matches(wrt, [x for x in labels if len(x) <= 100], 1, 0.5) if len(wrt) <= 100 else []
    labels.sort(key=lambda label: (label.rstrip("0123456789"), len(label), label))
    there = ", ".join(map(readable, labels[:40])) + ", ..." * (len(labels) > 40)
    hint = f"did you mean {short(near[0])}?" if near else f"there are {there}" if labels else "no node has a label"
    raise ValueError(f"no node of the graph has the label {short(wrt)}; {hint}")


@locked
def adjoints(y: Value) -> dict[Value, float]:
    """Return the gradient of `y` with respect to every node of its graph; the nodes' `grad` stay as they are."""
    order = topological(y)
    received = dict.fromkeys(order, 0.0)
    received[y] = 1.0
    for node in reversed(order):
        if node.op is None:
            continue
        args = node.args
        slopes = node.op.partials(node.data, *(x.data if isinstance(x, Value) else x for x in args))
        for x, slope in zip(args, slopes if len(args) > 1 else (slopes,), strict=True):
            if isinstance(x, Value):
                received[x] += received[node] * slope
    return received


@locked
def zero_grad(*roots: Value) -> None:
    """Forget the gradients of every node in the graphs of `roots`, as if `backward()` had not run.

    Raises `TypeError` for what is no node.
    """
    for root in roots:
        for node in topological(root):
            node.grad = None
