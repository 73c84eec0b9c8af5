"""Numbers, arrays, lists, dicts and tuples of these as one row of floats whose entries have names; and back again."""

import bisect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_lite.engine.graph import readable
from autograd_lite.engine.ieee import number
from autograd_lite.engine.value import Value
from autograd_lite.testing.gradients.foreign import (
    EPSILON,
    floats_of,
    has_shape,
    maker,
    precision,
)

__all__ = ["Flat", "Leaf", "Structure", "count", "in_a_row", "is_many", "shape_of", "some"]

Flat = Sequence[float]
"""A row of floats: a tuple, or an array of NumPy where arrays are involved."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A number or an array, and where its entries are in the row."""

    name: str
    start: int
    shape: tuple[int, ...] | None
    """None for a number."""
    make: Callable[[Any], Any]
    """From a float, or a NumPy array of floats, to what was given."""
    epsilon: float
    """The distance from 1 to the next number of its type."""

    @property
    def size(self) -> int:
        """How many entries it has."""
        return 1 if self.shape is None else math.prod(self.shape)

    def entry(self, k: int) -> str:
        """The name of its k-th entry, such as W[3, 2]."""
        if not self.shape:
            return self.name
        indices = []
        for n in reversed(self.shape):
            k, index = divmod(k, n)
            indices.append(str(index))
        return f"{self.name}[{', '.join(reversed(indices))}]"

    @property
    def text(self) -> str:
        """Its name and shape."""
        return f"{readable(self.name)} {self.shape}" if self.shape else readable(self.name)


class Names(Sequence[str]):
    """The names of all entries, made when they are asked for: of a million few are."""

    def __init__(self, leaves: Sequence[Leaf], size: int) -> None:
        self._leaves, self._size = leaves, size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, k: Any) -> Any:
        if isinstance(k, slice):
            return [self[i] for i in range(*k.indices(self._size))]
        leaf = self._leaves[self.place(range(self._size)[k])]
        return leaf.entry(range(self._size)[k] - leaf.start)

    def place(self, k: int) -> int:
        """Return which leaf the k-th entry is in."""
        return bisect.bisect_right(self._leaves, k, key=lambda leaf: leaf.start) - 1

    def __iter__(self) -> Iterator[str]:
        return (leaf.entry(k) for leaf in self._leaves for k in range(leaf.size))


class Structure:
    """What is inside some values by name, as one row of floats; other rows are put in its form again."""

    def __init__(self, values: Mapping[str, Any], who: str) -> None:
        """Read the values; `who` they are, in errors, such as `at`.

        Raises `TypeError` and `ValueError` for what is no float, not finite, or empty.
        """
        self.leaves: list[Leaf] = []
        self.size = 0
        self._who = who
        self._parts: list[Any] = []
        short = not _ambiguous(values)
        self.values = {
            name: self._tree(x, name, "" if short and isinstance(x, Mapping) else name) for name, x in values.items()
        }
        self.flat = in_a_row(self._parts)
        del self._parts
        self.names = Names(self.leaves, self.size)

    @property
    def arrays(self) -> bool:
        """Whether an array is among the values."""
        return any(leaf.shape is not None for leaf in self.leaves)

    @property
    def epsilon(self) -> float:
        """The distance from 1 to the next number, of the coarsest type among them."""
        return max(leaf.epsilon for leaf in self.leaves)

    def epsilon_of(self, k: int) -> float:
        """The distance from 1 to the next number, of the type of the k-th entry."""
        return self.leaves[self.names.place(k)].epsilon

    def size_of(self, k: int) -> float:
        """The root mean square of the array that the k-th entry is in, or of the number; 1 if it is 0."""
        leaf = self.leaves[self.names.place(k)]
        part = self.flat[leaf.start : leaf.start + leaf.size]
        return math.sqrt(math.fsum(x * x for x in part) / leaf.size) or 1.0

    def _tree(self, x: Any, name: str, path: str) -> Any:
        if isinstance(x, Mapping):
            if not x:
                raise ValueError(f"{self._who} for {readable(name)} is an empty dict")
            return {key: self._tree(y, *[f"{path}.{key}" if path else str(key)] * 2) for key, y in x.items()}
        if isinstance(x, (list, tuple)):
            if not x:
                raise ValueError(f"{self._who} for {readable(name)} is empty: there is nothing to differentiate along")
            inner = [self._tree(y, *[_indexed(name, k)] * 2) for k, y in enumerate(x)]
            return type(x)(*inner) if hasattr(x, "_fields") else type(x)(inner)
        leaf = self._array(x, name) if has_shape(x) else self._number(x, name)
        self.leaves.append(leaf)
        self.size += leaf.size
        return leaf

    def _array(self, x: Any, name: str) -> Leaf:
        import numpy as np

        array = floats_of(x, f"{self._who} for {readable(name)}").ravel()
        leaf = Leaf(name, self.size, tuple(x.shape), maker(x), precision(x) or EPSILON)
        if not np.isfinite(array).all():
            k = int(np.argmin(np.isfinite(array)))
            self._infinite(leaf.entry(k), float(array[k]))
        self._parts.append(array)
        return leaf

    def _number(self, x: Any, name: str) -> Leaf:
        try:
            value = number(x)
        except (TypeError, OverflowError) as error:
            raise type(error)(f"{self._who} for {readable(name)}: {error}") from None
        if not math.isfinite(value):
            self._infinite(name, value)
        self._parts.append(value)
        epsilon = precision(x) or EPSILON
        return Leaf(name, self.size, None, type(x) if epsilon > EPSILON else float, epsilon)

    def _infinite(self, name: str, value: float) -> None:
        raise ValueError(f"{self._who} for {readable(name)} is {value}: gradients are checked at finite points")

    def build(self, row: Sequence[Any], *, nodes: bool = False, copied: bool = True) -> list[Any]:
        """Return the values, in their form, with the numbers or the nodes of a row.

        A function may write into arrays: they are copies of the row, unless nobody else needs it.
        """
        return [_built(tree, row, nodes=nodes, copied=copied) for tree in self.values.values()]


def _built(tree: Any, row: Sequence[Any], *, nodes: bool, copied: bool) -> Any:
    if isinstance(tree, Leaf):
        return _made(tree, row, nodes=nodes, copied=copied)
    if isinstance(tree, dict):
        return {key: _built(x, row, nodes=nodes, copied=copied) for key, x in tree.items()}
    inner = [_built(x, row, nodes=nodes, copied=copied) for x in tree]
    return type(tree)(*inner) if hasattr(tree, "_fields") else type(tree)(inner)


def in_a_row(parts: Sequence[Any]) -> Flat:
    """Return numbers and flat arrays one after the other."""
    if not any(hasattr(part, "shape") for part in parts):
        return tuple(parts)
    import numpy as np

    return np.concatenate([np.atleast_1d(part) for part in parts])  # type: ignore[return-value]


def _made(leaf: Leaf, row: Sequence[Any], *, nodes: bool, copied: bool) -> Any:
    if leaf.shape is None:
        x = row[leaf.start]
        return x if nodes else leaf.make(x)
    import numpy as np

    part: Any = row[leaf.start : leaf.start + leaf.size]
    if not copied and hasattr(part, "shape"):
        return leaf.make(part.reshape(leaf.shape))
    array = np.empty(leaf.size, dtype=object if nodes else float)
    array[:] = part
    if nodes and not isinstance(array[0], Value):
        return array.astype(complex).reshape(leaf.shape)  # for a step in complex numbers
    return array.reshape(leaf.shape) if nodes else leaf.make(array.reshape(leaf.shape))


def is_many(x: object) -> bool:
    """Whether something may have several numbers in it."""
    return isinstance(x, (list, tuple, Mapping)) or has_shape(x)


def _indexed(name: str, k: int) -> str:
    """The name of an entry of a list, lists in lists as a matrix: A[1, 0]."""
    return f"{name[:-1]}, {k}]" if name.endswith("]") else f"{name}[{k}]"


def _ambiguous(values: Mapping[str, Any]) -> bool:
    """Whether two names would be the same if the entries of dicts were called by their keys alone."""
    seen: set[str] = set()
    for name, x in values.items():
        for key in map(str, x) if isinstance(x, Mapping) else (name,):
            if key in seen:
                return True
            seen.add(key)
    return False


def shape_of(tree: Any) -> tuple[int, ...] | None:
    """Return the shape of an array, or of lists of numbers in lists of one length; None for what has none."""
    if isinstance(tree, Leaf):
        return tree.shape or ()
    inner = {shape_of(x) for x in tree} if isinstance(tree, (list, tuple)) else {None}
    shape = inner.pop()
    return None if inner or shape is None else (len(tree), *shape)


def count(n: int, one: str, more: str = "") -> str:
    """Return a count and what is counted."""
    return f"1 {one}" if n == 1 else f"{n:,} {more or one + 's'}"


def some(texts: Any, most: int = 8) -> str:
    """Return the first of some texts, with commas between them."""
    listed = list(texts)
    return ", ".join(listed[:most]) + ", ..." * (len(listed) > most)
