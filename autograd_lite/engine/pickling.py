"""Copies and pickles of graphs of any depth, with what subclasses have added to their nodes."""

import threading
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any, Self, TypeVar

from autograd_lite.engine.chain import Mark, Node, topological
from autograd_lite.engine.ops import Op

__all__ = ["Copied", "node_of"]

C = TypeVar("C", bound="Copied")

_writing = threading.local()
_met = object()  # the key of the nodes that a deep copy has met, in its memo
_OWN = frozenset(Node.__annotations__)

Attributes = tuple[dict[str, Any], dict[str, Any]]
"""What a subclass has added to a node: in its dictionary, and in slots."""


class Copied:
    """What a node is by which it can be copied and pickled, at the end of a chain of a million others too.

    A subclass of the node's class stays one, and its attributes are kept. Where these refer to nodes, directly or in
    lists, tuples, sets and dicts, the nodes come along like those that a node was made from.
    """

    __slots__ = ()

    op: Op | None
    _number: float
    _grad: Any
    _mark: Mark
    _a: Any
    _b: Any

    def __copy__(self) -> Self:
        twin = node_of(type(self), *_content(self))
        if _is_extended(self):
            _set_attributes(twin, _attributes(self))
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # All nodes first, then their attributes, which may refer to any of them.
        order = [node for node in _together(self, memo.setdefault(id(_met), set())) if id(node) not in memo]
        for node in order:
            op, data, a, b, grad, mark = _content(node)
            a, b = (memo[id(x)] if isinstance(x, Copied) else x for x in (a, b))
            memo[id(node)] = node_of(type(node), op, data, a, b, grad, mark)
        for node in filter(_is_extended, order):
            dictionary, slots = ({name: deepcopy(x, memo) for name, x in part.items()} for part in _attributes(node))
            _set_attributes(memo[id(node)], (dictionary, slots))
        copy: Self = memo[id(self)]
        return copy

    def __reduce__(self) -> tuple[Any, ...]:
        # A node is written after all that it was made from, so that writing it never recurses deeper than to its
        # operands; and before attributes, which may refer to it.
        content = type(self), *_content(self)
        if _is_next(self) or (self.op is None and not _is_extended(self)):
            return _restore, (None, *content)
        order = _together(self, set())
        at = next(k for k, node in enumerate(order) if node is self)
        begun = _restore, (_Nodes(order[:at]), *content)
        added = [(node, _attributes(node)) for node in order if _is_extended(node)]
        return (*begun, (_Nodes(order[at + 1 :]), added), None, None, _give) if added else begun


def node_of(kind: type[C], op: Op | None, data: float, a: Any, b: Any, grad: Any, mark: Mark) -> C:
    """Return a node of that content."""
    node = object.__new__(kind)
    node._number, node._grad, node._mark, node.op, node._a, node._b = data, grad, mark, op, a, b
    return node


def _content(node: Copied) -> tuple[Op | None, float, Any, Any, Any, Mark]:
    # The number is read before the mark: an edit in between makes the copy of what was computed before it stale.
    a, b = (None, None) if node.op is None else (node._a, node._b)
    return node.op, node._number, a, b, node._grad, node._mark


def _restore(_before: object, kind: type[C], *content: Any) -> C:
    return node_of(kind, *content)


def _give(_node: Copied, state: tuple[object, list[tuple[Copied, Attributes]]]) -> None:
    for node, added in state[1]:
        _set_attributes(node, added)


def _is_extended(node: Copied) -> bool:
    """Whether the node is of a subclass of the node's class, which may have attributes of its own."""
    return type(node).__base__ is not Copied


def _attributes(node: Copied) -> Attributes:
    """Return what a subclass has added to a node."""
    state: Any = object.__getstate__(node)
    dictionary, slots = state  # a pair, since a node has slots
    return dict(dictionary or {}), {name: x for name, x in slots.items() if name not in _OWN}


def _set_attributes(node: Copied, added: Attributes) -> None:
    """Give a node what a subclass had added to another."""
    dictionary, slots = added
    if dictionary:
        vars(node).update(dictionary)
    for name, x in slots.items():
        object.__setattr__(node, name, x)


def _together(root: Copied, done: set[Copied]) -> list[Copied]:
    """Return what comes along with `root`: the nodes that it was made from, and those that attributes refer to.

    Of each of these likewise; each comes after its operands. What is in `done` is left out, what is found is added.
    """
    order: list[Copied] = []
    waiting: list[Any] = [root]
    opened = set()
    while waiting:
        x = waiting.pop()
        if isinstance(x, Copied) and x not in done:
            new = topological(x, done)
            order += new
            for node in filter(_is_extended, new):
                dictionary, slots = _attributes(node)
                waiting += (*dictionary.values(), *slots.values())
        elif isinstance(x, (list, tuple, set, frozenset, dict)) and id(x) not in opened:
            opened.add(id(x))
            waiting += (*x.keys(), *x.values()) if isinstance(x, dict) else x
    return order


class _Nodes:
    """Nodes that are pickled as a list, each after its operands: none recurses deeper than to these."""

    def __init__(self, order: Sequence[Copied]) -> None:
        self.order = order

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (), None, self._items()

    def _items(self) -> Iterator[Any]:
        _writing.places, _writing.last = {node: k for k, node in enumerate(self.order)}, -1
        try:
            yield from self.order
            yield _End()  # a pickler may ask for many items before it writes the first
        except BaseException:  # it was broken off
            _end()
            raise


class _End:
    """What comes after the nodes: when it is written, so are they."""

    def __reduce__(self) -> tuple[Any, ...]:
        _end()
        return tuple, ()


def _end() -> None:
    _writing.places, _writing.last = {}, -1


def _is_next(node: Copied) -> bool:
    """Whether the node is written as one of `_Nodes`, so that its operands have been.

    These have lower places. One of them is asked for after it only if they have not: where a pickle was broken off
    unnoticed, and the next begins.
    """
    place = getattr(_writing, "places", {}).get(node, -1)
    if place <= getattr(_writing, "last", -1):
        return False
    _writing.last = place
    return True
