"""Comparisons of nodes, seen while a function is recorded: what an `if` on a node has decided."""

import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine.ieee import comparable
from autograd_lite.engine.origin import Origin, origin

__all__ = ["Comparison", "recorded", "seen", "watched"]

watched: set[int] = set()
"""The recordings that are going on, in whatever thread; comparisons look at the first alone while it is empty."""

_here: ContextVar["list[Comparison] | None"] = ContextVar("comparisons of the recording around", default=None)


@dataclass(frozen=True)
class Comparison:
    """A comparison of a node with another one or a number, how it came out, and where it stands."""

    operation: Callable[[Any, Any], bool]
    """One of `operator.lt`, `le`, `gt`, `ge`, `eq`."""
    node: Any
    other: Any
    outcome: bool
    origin: Origin


@contextmanager
def recorded() -> Iterator[list[Comparison]]:
    """Note the comparisons of nodes that are made inside, in a list."""
    found: list[Comparison] = []
    before = _here.set(found)
    watched.add(id(found))
    try:
        yield found
    finally:
        watched.discard(id(found))
        _here.reset(before)


def seen(operation: Callable[[Any, Any], bool], node: Any, other: Any) -> None:
    """Note a comparison, if a recording is around it.

    Raises `TypeError` for `==` between two nodes: that is identity, which no program can ask.
    """
    found = _here.get()
    if found is None:
        return
    here = origin()
    if not hasattr(other, "_number"):
        try:
            other = number = comparable(other)
        except (TypeError, ValueError):
            return  # the comparison itself says what it thinks of that
    elif operation is operator.eq:
        raise TypeError(
            "`==` between two nodes asks whether they are the same node, and not whether their numbers are equal, so a "
            f"program cannot ask it ({here}); compare a.data == b.data before recording, or use compare(a, b)"
        )
    else:
        number = other._number
    found.append(Comparison(operation, node, other, operation(node._number, number), here))
