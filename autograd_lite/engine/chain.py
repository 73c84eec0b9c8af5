"""The chain rule on a recorded graph: in which order, whether it still holds, and how the gradients flow."""

from collections.abc import Iterable
from itertools import repeat
from typing import Any, Protocol, TypeVar

from autograd_lite.engine.elsewhere import kind, made_by_hand
from autograd_lite.engine.ops import Op

__all__ = [
    "Mark",
    "N",
    "Node",
    "StaleGraphError",
    "as_label",
    "check_recorded",
    "describe",
    "edited",
    "mark_of_leaf",
    "pass_back",
    "step_back",
    "take_back",
    "topological",
]


class StaleGraphError(RuntimeError):
    """A leaf's `data` was changed after the graph was computed: its gradients would mix two points."""


class Mark:
    """A node's label, and how many edits of any leaf's `data` came before the node was made.

    Unlabelled nodes made between two edits share one mark, so that it costs them no memory; it is never changed.
    """

    __slots__ = ("edits", "label")

    def __init__(self, label: str, edits: int) -> None:
        self.label = label
        self.edits = edits

    def labelled(self, label: str) -> "Mark":
        """The mark of the same node with another label."""
        return Mark(label, self.edits)

    def __reduce__(self) -> tuple[Any, ...]:
        # Read back in whatever process, a graph keeps the order of its own edits, and all of them came before now.
        return Mark, (self.label, self.edits - 2**62)


def as_label(label: object, what: str = "label") -> str:
    """Return `label` as plain text; raises `TypeError` for what is no text."""
    if not isinstance(label, str):
        raise TypeError(f'a {what} is text (str), "" for none; got {type(label).__name__}')
    return str(label)


def mark_of_leaf(label: object, op: object, operands: object, now: Mark) -> Mark:
    """The mark of a leaf that is made now; raises `TypeError` for a label that is none, and for operands."""
    if op or operands or (isinstance(label, (tuple, set)) and label):
        made_by_hand()
    return Mark(as_label(label), now.edits)


class Node(Protocol):
    """What the functions here need of a node; `Value` has it."""

    op: Op | None
    _number: float
    _grad: Any
    _mark: Mark
    _a: Any
    _b: Any


N = TypeVar("N", bound=Node)


def topological(root: N, done: set[N] | None = None) -> list[N]:
    """Return the nodes that `root` was made from and `root` itself, each after its parents, leaves included.

    The order depends on nothing but the graph. It is found without recursion, in time linear in the edges. For several
    roots, pass one set as `done`, and roots that are not in it: nodes in it are left out, those found are added. Raises
    `TypeError` for what is no node, and `ValueError` if a node was made from itself, which no operation does.
    """
    if not hasattr(root, "_a"):
        raise TypeError(f"expected a node (Value), got {kind(root)}")
    order: list[N] = []
    # A node is marked when it is finished, not when it is entered. In a graph without cycles that is the same, for
    # none leads back to a node on the way to it; in one with a cycle the way grows, until the check between two rounds.
    done = set() if done is None else done
    above: list[N] = []  # nodes with an operand being visited
    node = root
    rounds = 1000
    while True:
        for _ in repeat(None, rounds):
            a = node._a
            if a is not None and type(a) is not float and a not in done:
                if a.op is not None:
                    above.append(node)
                    node = a
                    continue
                done.add(a)
                order.append(a)
            while True:
                b = node._b
                if b is not None and type(b) is not float and b not in done:
                    if b.op is not None:
                        above.append(node)
                        node = b
                        break
                    done.add(b)
                    order.append(b)
                done.add(node)
                order.append(node)
                if not above:
                    return order
                node = above.pop()
        _check_way(above)
        rounds *= 16


def _check_way(way: list[N]) -> None:
    """Raise `ValueError` if the way from a root downwards comes through one node twice."""
    met: set[N] = set()
    for node in way:
        if node in met:
            raise ValueError(
                f"the graph has a cycle: {describe(node)} was made from itself; nodes are joined by operations only, "
                "do not set their operands"
            )
        met.add(node)


def pass_back(order: list[N], before: list[tuple[N, Any]], now: Mark) -> None:
    """Compute the gradient of the last node in `order` with respect to all of them; leaves add it to what they have.

    That is noted in `before`, for `take_back`. Otherwise as `propagate`.
    """
    for node in order:
        if node.op is None:
            before.append((node, node._grad))
        node._grad = 0.0
    order[-1]._grad = 1.0
    propagate(order, now)
    for leaf, grad in before:
        if grad is not None:
            leaf._grad += grad


def take_back(order: list[N], before: list[tuple[N, Any]]) -> None:
    """Undo what `pass_back` has done, wherever it came to its end."""
    for node in order:
        if node.op is not None:
            node._grad = None
    for leaf, grad in before:
        leaf._grad = grad


def step_back(node: N, now: Mark) -> None:
    """Add to the gradients of the operands of `node` what they get of its own: one step of the chain rule.

    A gradient that nothing has set counts as 0. Nothing happens to a leaf. Raises as `propagate`, with all as before.
    """
    if node.op is None:
        return
    before = [(x, x._grad) for x in (node, node._a, node._b) if x is not None and type(x) is not float]
    try:
        _give(node, before, now)
    except BaseException:
        take_back([], before)
        raise


def _give(node: N, before: list[tuple[N, Any]], now: Mark) -> None:
    for x, grad in before:
        x._grad = 0.0 if grad is None else grad
    propagate([node], now)
    node._grad = before[0][1]


def propagate(order: list[N], now: Mark) -> None:
    """Add to the gradient of every node in `order` what comes from the nodes that use it, last to first.

    `now` is the mark of the nodes made since the last edit: they cannot be stale. Raises `StaleGraphError`.
    """
    for node in reversed(order):
        if node.op is None:
            continue
        if node._mark is not now:
            _check(node)
        grad, a, b = node._grad, node._a, node._b
        if b is None:
            a._grad += grad * node.op.partials(node._number, a._number)
            continue
        x = a if type(a) is float else a._number
        y = b if type(b) is float else b._number
        da, db = node.op.partials(node._number, x, y)
        if x is not a:
            a._grad += grad * da
        if y is not b:
            b._grad += grad * db


def check_recorded(order: list[N]) -> None:
    """Raise `StaleGraphError` if a leaf was changed after one of the nodes in `order` was computed from it."""
    for node in order:
        _check(node)


def _check(node: Node) -> None:
    leaf = _stale_leaf(node)
    if leaf is not None:
        raise StaleGraphError(
            f"the data of {describe(leaf)} was changed after {describe(node)} was computed from it; "
            "compute the result again after changing data, then call backward()"
        )


def _stale_leaf(node: Node) -> Node | None:
    """The leaf among the operands of `node` that was edited after `node` was made."""
    for x in (node._a, node._b):
        if x is not None and type(x) is not float and x.op is None and x._mark.edits > node._mark.edits:
            leaf: Node = x
            return leaf
    return None


def edited(order: Iterable[N]) -> set[N]:
    """Return the leaves that were changed after one of the nodes in `order` was computed from them."""
    return {
        x
        for node in order
        for x in (node._a, node._b)
        if x is not None and type(x) is not float and x.op is None and x._mark.edits > node._mark.edits
    }


def describe(node: Node) -> str:
    """Name a node for a message: by its label, or by what it is."""
    label = node._mark.label
    if label:
        return repr(label) if len(label) <= 40 else repr(label[:37] + "...")
    kind = "a leaf" if node.op is None else f"an unlabelled {node.op.name!r} node"
    return f"{kind} with data {node._number:.6g}"
