"""A recorded graph as a list of steps, computed again or recorded again for other numbers in its leaves."""

from collections.abc import Mapping, Sequence
from typing import Any

from autograd_lite.engine.graph import topological
from autograd_lite.engine.ops import Op
from autograd_lite.engine.value import Value

__all__ = ["Point", "Replay"]

Point = Sequence[float]


class Replay:
    """A recorded graph as a list of steps, computed again for other numbers in its leaves; the graph stays as it is."""

    def __init__(self, root: Value, leaves: Sequence[Value], names: Sequence[str]) -> None:
        """Read the graph of `root`; leaves of it that are not among `leaves` are constants. `names` are the leaves'."""
        order = topological(root)
        self._labels = [node.label for node in order]
        self._names = names
        line = {node: k for k, node in enumerate(order)}
        self._leaves = [line.get(leaf, -1) for leaf in leaves]
        self._root = len(order) - 1
        self._data = [node.data for node in order]  # the constants come after them
        self._steps: list[tuple[int, Op, tuple[int, ...]]] = []
        for k, node in enumerate(order):
            if node.op is not None:
                self._steps.append((k, node.op, tuple(self._place(x, line) for x in node.args)))

    def _place(self, x: Value | float, line: Mapping[Value, int]) -> int:
        if isinstance(x, Value):
            return line[x]
        self._data.append(x)
        return len(self._data) - 1

    def calculation(self) -> object:
        """The operations and constants, whatever the numbers in the leaves are: equal if they are the same."""
        computed = {k for k, _, _ in self._steps}
        return (
            self._steps,
            self._leaves,
            {k: x for k, x in enumerate(self._data) if k not in computed and k not in self._leaves},
        )

    def value(self, point: Point) -> float:
        """The root's number for these numbers in the leaves."""
        data = list(self._data)
        for k, x in zip(self._leaves, point, strict=True):
            if k >= 0:
                data[k] = x
        for k, op, at in self._steps:
            data[k] = op.fn(data[at[0]]) if len(at) == 1 else op.fn(data[at[0]], data[at[1]])
        return data[self._root]

    def record(self, point: Point) -> tuple[Value, list[Value]]:
        """Return the graph, made anew with these numbers in the leaves, and the leaves."""
        leaves = [Value(x, label=name) for x, name in zip(point, self._names, strict=True)]
        nodes: list[Any] = list(self._data)
        computed = {k for k, _, _ in self._steps}
        for k in range(self._root + 1):
            if k not in computed:
                nodes[k] = Value(self._data[k], label=self._labels[k])
        for k, leaf in zip(self._leaves, leaves, strict=True):
            if k >= 0:
                nodes[k] = leaf
        for k, op, at in self._steps:
            nodes[k] = op(*(nodes[x] for x in at))
            if self._labels[k]:
                nodes[k].label = self._labels[k]
        return nodes[self._root], leaves
