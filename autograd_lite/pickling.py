"""Copies and pickles of graphs of any depth: what comes along, in which order, and what subclasses have added to it."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any

from autograd_lite.chain import N, Node, topological

__all__ = ["Ancestors", "attributes", "is_extended", "is_next", "set_attributes", "together"]

_writing = threading.local()
_OWN = frozenset(Node.__annotations__)

Attributes = tuple[dict[str, Any], dict[str, Any]]
"""What a subclass has added to a node: in its dictionary, and in slots."""


def is_extended(node: Node) -> bool:
    """Whether the node is of a subclass, which may have attributes of its own."""
    return type(node).__base__ is not object


def attributes(node: Node) -> Attributes:
    """Return what a subclass has added to a node."""
    state: Any = object.__getstate__(node)
    dictionary, slots = state  # a pair, since a node has slots
    return dict(dictionary or {}), {name: x for name, x in slots.items() if name not in _OWN}


def set_attributes(node: Node, added: Attributes) -> None:
    """Give a node what a subclass had added to another."""
    dictionary, slots = added
    if dictionary:
        vars(node).update(dictionary)
    for name, x in slots.items():
        object.__setattr__(node, name, x)


def together(root: N, kind: type[N], done: set[N]) -> list[N]:
    """Return what comes along with `root`: the nodes that it was made from, and those that attributes refer to.

    Of each of these likewise; each comes after its operands. Attributes may hold nodes in lists, tuples, sets, dicts.
    Nodes are what is of that kind. What is in `done` is left out, what is found is added.
    """
    order: list[N] = []
    waiting: list[Any] = [root]
    opened = set()
    while waiting:
        x = waiting.pop()
        if isinstance(x, kind) and x not in done:
            found = topological(x, done)
            order += found
            for node in filter(is_extended, found):
                dictionary, slots = attributes(node)
                waiting += (*dictionary.values(), *slots.values())
        elif isinstance(x, (list, tuple, set, frozenset, dict)) and id(x) not in opened:
            opened.add(id(x))
            waiting += (*x.keys(), *x.values()) if isinstance(x, dict) else x
    return order


class Ancestors:
    """Nodes that are pickled as a list, each after its operands: none recurses deeper than to these."""

    def __init__(self, order: Sequence[Node]) -> None:
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


def is_next(node: Node) -> bool:
    """Whether the node is written as one of `Ancestors`, so that its operands have been.

    These have lower places. One of them is asked for after it only if they have not: where a pickle was broken off
    unnoticed, and the next begins.
    """
    place = getattr(_writing, "places", {}).get(node, -1)
    if place <= getattr(_writing, "last", -1):
        return False
    _writing.last = place
    return True
