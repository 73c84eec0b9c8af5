"""Pickling graphs of any depth: a node's ancestors are written before it, parents first."""

import threading
from collections.abc import Iterator
from typing import Any

from autograd_lite.chain import Node, topological

__all__ = ["ancestors_to_write"]

_writing = threading.local()


def ancestors_to_write(node: Node) -> "Ancestors | None":
    """Return what is to be written before `node`; None if that is being done, or there is nothing.

    A node pickled on its own after its ancestors finds them written, and never recurses deeper than to its operands.
    """
    return None if node.op is None or getattr(_writing, "now", False) else Ancestors(node)


class Ancestors:
    """What a node was made from, pickled as a list, parents first."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (), None, self._nodes()

    def _nodes(self) -> Iterator[Node]:
        _writing.now = True
        try:
            yield from topological(self.node)[:-1]
        finally:
            _writing.now = False
