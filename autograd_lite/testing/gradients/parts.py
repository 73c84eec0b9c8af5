"""Parts of what is checked, as something to be checked by itself: some of the inputs, or one sum of the results."""

import sys
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from autograd_lite.engine.value import Value
from autograd_lite.testing.gradients.foreign import EPSILON
from autograd_lite.testing.gradients.operation_slopes import reverse
from autograd_lite.testing.gradients.replay import Point
from autograd_lite.testing.gradients.structure import Structure
from autograd_lite.testing.gradients.subject import UNITS, Subject

__all__ = ["Entries", "Memory", "Weighted", "reverse_of"]


class Memory:
    """A row of numbers, and memory for copies of it: that of the last copy if the function did not keep it."""

    def __init__(self, row: Any) -> None:
        self._row = row
        self._copy: Any = None

    def copy(self) -> Any:
        """Return a copy of the row to be changed."""
        if not hasattr(self._row, "shape"):
            return list(self._row)
        if self._copy is None or sys.getrefcount(self._copy) > 2:  # this attribute, and the argument of the call
            self._copy = self._row.copy()
        else:
            self._copy[...] = self._row
        return self._copy

    def replaced(self, at: Sequence[int], by: Sequence[Any]) -> Any:
        """Return a copy with some of the numbers replaced."""
        new = self.copy()
        for k, x in zip(at, by, strict=True):
            new[k] = x
        return new


class Entries(Subject):
    """A subject of which some inputs alone move, the others are held."""

    def __init__(self, subject: Subject, entries: Sequence[int]) -> None:
        """Let the `entries` of the inputs of a subject move."""
        self._whole, self._entries, self._memory = subject, list(entries), Memory(subject.point)
        self.name, self.inputs, self.recorded, self.noise = (
            subject.name,
            subject.inputs,
            subject.recorded,
            subject.noise,
        )
        self.names = tuple(subject.names[k] for k in entries)
        self.point = tuple(float(subject.point[k]) for k in entries)

    def epsilon(self, k: int) -> float:
        """The distance from 1 to the next number, of the type of the k-th of them."""
        return self._whole.epsilon(self._entries[k])

    def scale(self, k: int) -> float:
        """A distance over which it may change with the k-th of them."""
        return self._whole.scale(self._entries[k])

    def value(self, point: Point) -> float:
        """The value with these numbers in the inputs that move."""
        return self._whole.value(self._memory.replaced(self._entries, point))

    def record(self, point: Point) -> tuple[Value, list[Value]]:
        """Return the graph, and the leaves of the inputs that move."""
        root, leaves = self._whole.record(self._memory.replaced(self._entries, point))
        return root, [leaves[k] for k in self._entries]


class Several(Protocol):
    """What gives several numbers at any point."""

    inputs: Structure
    names: Sequence[str]
    point: Point
    noise: float

    @property
    def recorded(self) -> bool:
        """Whether it gives graphs."""

    def record_all(self, point: Point) -> tuple[list[Value], list[Value]]:
        """Return the graphs of all of them at a point, and the leaves."""


class Weighted(Subject):
    """A sum of the results of a function, each with a weight; one of them if the other weights are 0."""

    def __init__(self, function: Several, values: Callable[[Point], Any], weights: Sequence[float], name: str) -> None:
        """Weigh the results of a function, which `values` computes; `name` is what the sum is called."""
        self._function, self._values, self.name = function, values, name
        self.weights = weights
        self._terms = [(k, float(w)) for k, w in enumerate(weights) if w]
        self.inputs, self.names, self.point = function.inputs, function.names, function.point
        self.recorded = function.recorded
        at = values(self.point)
        # Terms may cancel: what remains is not known better than they are.
        rounding = UNITS * EPSILON * sum(abs(w * at[k]) for k, w in self._terms) if len(self._terms) > 1 else 0.0
        self.noise = max(function.noise * max(abs(w) for _, w in self._terms), rounding)

    def value(self, point: Point) -> float:
        """The sum at a point."""
        row = self._values(point)
        if hasattr(row, "dot") and len(self._terms) > 1:
            return float(row.dot(self.weights))
        return float(sum(w * row[k] for k, w in self._terms))

    def record(self, point: Point) -> tuple[Value, list[Value]]:
        """Return the graph of the sum at a point, and the leaves."""
        roots, leaves = self._function.record_all(point)
        terms = [roots[k] if w == 1.0 else roots[k] * w for k, w in self._terms]
        return sum(terms[1:], start=terms[0]), leaves


def reverse_of(subject: Subject) -> list[float]:
    """Return the gradient of reverse mode at the point."""
    return reverse(*subject.record(subject.point))
