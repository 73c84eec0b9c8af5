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
    one_number,
    plain,
    precision,
    size_text,
)

__all__ = ["Flat", "Structure", "count", "is_many", "shape_of", "some"]

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
        self.flat = self._row(self._parts)
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

    def _row(self, parts: Sequence[Any]) -> Flat:
        """Parts, numbers and arrays, one after the other."""
        if not self.arrays:
            return tuple(parts)
        import numpy as np

        return np.concatenate([np.atleast_1d(part) for part in parts])  # type: ignore[return-value]

    def build(self, row: Sequence[Any], *, nodes: bool = False) -> list[Any]:
        """Return the values, in their form, with the numbers or the nodes of a row."""

        def built(tree: Any) -> Any:
            if isinstance(tree, Leaf):
                return _made(tree, row, nodes=nodes)
            if isinstance(tree, dict):
                return {key: built(x) for key, x in tree.items()}
            inner = [built(x) for x in tree]
            return type(tree)(*inner) if hasattr(tree, "_fields") else type(tree)(inner)

        return [built(tree) for tree in self.values.values()]

    # --- other numbers in the same form ----------------------------------------------------------------------------

    def read(self, given: Any, who: str, *, lead: tuple[int, ...] = ()) -> Flat:
        """Return the row of what has the form of these values: a gradient beside a point.

        Of several values: a sequence in their order, or a dict by name; of one, also that one's by itself. Arrays and
        lists of numbers of the same shape may stand for each other.

        Args:
            given: the numbers.
            who: what they are, in errors.
            lead: a shape that every array has in front of its own, as a Jacobian has that of the result; a row of
                rows is returned then.

        Raises:
            TypeError: what is no number.
            ValueError: shapes or names that differ; both are named.
        """
        return self._row_of(self._listed(given, who, lead), who, lead)

    def _row_of(self, listed: Sequence[Any], who: str, lead: tuple[int, ...]) -> Flat:
        parts: list[Any] = []
        for (name, tree), x in zip(self.values.items(), listed, strict=True):
            _walk(tree, x, f"{who} for {readable(name)}", lead, parts)
        if not lead:
            return self._row(parts)
        import numpy as np

        return np.concatenate([part.reshape(math.prod(lead), -1) for part in parts], axis=1)  # type: ignore[return-value]

    def _listed(self, given: Any, who: str, lead: tuple[int, ...]) -> list[Any]:
        """What is given for each of the values, in their order."""
        names = list(self.values)
        if isinstance(given, (str, bytes, set, frozenset)):
            raise TypeError(
                f"{who} is a number, a sequence of numbers or a dict by name, got {type(given).__name__}; "
                "for arrays, arrays of the same shapes"
            )
        if isinstance(given, Mapping):
            if len(names) == 1 and isinstance(self.values[names[0]], dict) and set(given) != set(names):
                return [given]
            _same_names(names, given, who, "input")
            return [given[name] for name in names]
        if len(names) == 1:
            given = given if _iterable(given) is None or has_shape(given) else list(given)
            return [_alone(self.values[names[0]], given, lead)]
        if lead and has_shape(given) and len(names) == self.size and not self.arrays:
            array = plain(given)
            if array.shape == (*lead, self.size):  # the matrix of a function of numbers: a column for each
                return [array[..., k] for k in range(self.size)]
        listed = [given] if _iterable(given) is None else list(given)
        if len(listed) != len(names):
            kind = "number" if not self.arrays and self.size == len(names) else "part"
            there = some(leaf.text for leaf in self.leaves)
            raise ValueError(f"{who} has {count(len(listed), kind)}, but there are {len(names)} inputs: {there}")
        return listed


def _iterable(x: Any) -> Any:
    """An iterator over what is given; None for one thing."""
    if isinstance(x, Value) or getattr(x, "shape", None) == ():
        return None
    try:
        return iter(x)
    except TypeError:
        return None


def _alone(tree: Any, given: Any, lead: tuple[int, ...]) -> Any:
    """What is given for a single value: itself, or a sequence of one thing that is for it."""
    if not isinstance(given, (list, tuple)) or len(given) != 1 or (lead and not isinstance(given, tuple)):
        return given
    if isinstance(tree, (list, tuple)) and len(tree) == 1 and not is_many(given[0]):
        return given
    if isinstance(tree, Leaf) and tree.shape is not None and tree.shape[:1] == (1,) and not has_shape(given[0]):
        return given
    return given[0]


def _made(leaf: Leaf, row: Sequence[Any], *, nodes: bool) -> Any:
    if leaf.shape is None:
        x = row[leaf.start]
        return x if nodes else leaf.make(x)
    import numpy as np

    part = row[leaf.start : leaf.start + leaf.size]
    array = np.empty(leaf.size, dtype=object if nodes else float)  # new each time: a function may write into it
    array[:] = part
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


def _walk(tree: Any, given: Any, who: str, lead: tuple[int, ...], parts: list[Any]) -> None:
    """Add to `parts` what is given for each leaf of a tree."""
    if isinstance(tree, Leaf):
        parts.append(_numbers(tree, given, who, lead))
    elif isinstance(tree, dict):
        if not isinstance(given, Mapping):
            raise TypeError(
                f"{who} is a dict, as the point is, with {some(map(str, tree))}; got {type(given).__name__}"
            )
        _same_names(list(tree), given, who, "entry of it")
        for key, inner in tree.items():
            _walk(inner, given[key], f"{who}: {readable(str(key))}", lead, parts)
    elif lead and (shape := shape_of(tree)):
        parts.append(_numbers(Leaf(who, 0, shape, float, EPSILON), given, who, lead))
    else:
        listed = list(given) if is_many(given) and not isinstance(given, Mapping) and not lead else None
        if listed is None:
            raise TypeError(f"{who} is a {type(tree).__name__} of {len(tree)}, as the point is; got {_kind(given)}")
        if len(listed) != len(tree):
            raise ValueError(f"{who} has {count(len(listed), 'entry', 'entries')}, but there are {len(tree)}")
        for k, (inner, x) in enumerate(zip(tree, listed, strict=True)):
            _walk(inner, x, f"{who}[{k}]", lead, parts)


def shape_of(tree: Any) -> tuple[int, ...] | None:
    """Return the shape of an array, or of lists of numbers in lists of one length; None for what has none."""
    if isinstance(tree, Leaf):
        return tree.shape or ()
    inner = {shape_of(x) for x in tree} if isinstance(tree, (list, tuple)) else {None}
    shape = inner.pop()
    return None if inner or shape is None else (len(tree), *shape)


def _numbers(leaf: Leaf, given: Any, who: str, lead: tuple[int, ...]) -> Any:
    """The numbers that are given for a leaf: one, or a flat array."""
    if leaf.shape is None and not lead:
        return one_number(given, who)
    import numpy as np

    wanted = (*lead, *(leaf.shape or ()))
    try:
        array = plain(given) if has_shape(given) else np.asarray(given)
    except ValueError:
        raise ValueError(f"{who} has rows of different lengths, where shape {wanted} is expected") from None
    if array.dtype.kind == "O":
        array = np.array([one_number(x, who) for x in array.flat]).reshape(array.shape)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{who} is an array of {array.dtype}, where floats are due")
    if array.shape != wanted:
        back = "; it is transposed: write .T" if array.shape == wanted[::-1] else ""
        of = f"the shape of the result and then that of {leaf.name} make" if lead else f"{leaf.name} has shape"
        raise ValueError(f"{who} has shape {size_text(array)}, but {of} {wanted}{back}")
    return array.astype(float).ravel()


def _kind(x: object) -> str:
    return f"an array of shape {size_text(x)}" if has_shape(x) else type(x).__name__


def _same_names(names: Sequence[Any], given: Mapping[Any, Any], who: str, what: str) -> None:
    missing = [readable(str(name)) for name in names if name not in given]
    extra = [readable(str(name)) for name in given if name not in names]
    if missing or extra:
        faults = [f"has none for {some(missing)}"] * bool(missing)
        faults += [f"has {some(extra)}, which is no {what}"] * bool(extra)
        there = f"the {what}s are" if what in {"input", "part"} else "there are"
        raise ValueError(f"{who} {' and '.join(faults)}; {there} {some(readable(str(name)) for name in names)}")


def count(n: int, one: str, more: str = "") -> str:
    """Return a count and what is counted."""
    return f"1 {one}" if n == 1 else f"{n:,} {more or one + 's'}"


def some(texts: Any, most: int = 8) -> str:
    """Return the first of some texts, with commas between them."""
    listed = list(texts)
    return ", ".join(listed[:most]) + ", ..." * (len(listed) > most)
