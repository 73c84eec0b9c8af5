"""Every quantity of a page: its key in the markup, its name, and where the program computes it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from autograd_lite.engine.graph import topological
from autograd_lite.engine.value import Value
from autograd_lite.program.instructions import Instructions, numbered
from autograd_lite.program.javascript import plain
from autograd_lite.program.recording import Operand, Recorder
from autograd_lite.text.layout import printable
from autograd_lite.text.reading import atoms, every_name

__all__ = ["EPOCH", "MEAN", "RATE", "Edge", "Kind", "Model", "Quantity", "delta", "gradient", "mean", "new"]

RATE, EPOCH, MEAN = ":rate", ":epoch", ":mean"
"""Keys of what is no node: the learning rate, the epochs trained, the mean loss over all samples."""
IDENTIFIER = re.compile(r"[A-Za-z]\w{0,31}(\[\w{1,8}\])?", re.ASCII)


class Kind(StrEnum):
    """What part a node plays."""

    INPUT = "input"
    TARGET = "target"
    WEIGHT = "weight"
    BIAS = "bias"
    LEAF = "leaf"
    SUM = "sum"
    ACTIVATION = "activation"
    ERROR = "error"
    RESULT = "result"
    NODE = "node"


@dataclass(frozen=True, eq=False)
class Quantity:
    """A node that has a name, and what it is called in the markup: its label where that is plain, else a number."""

    node: Value
    name: str
    key: str
    kind: Kind
    layer: int = 0
    """Of a network, counted from 1; 0 for what is in none."""


@dataclass(frozen=True, eq=False)
class Edge:
    """A local derivative: how `of` moves with `wrt` when the other named quantities are held."""

    of: Quantity
    wrt: Quantity
    way: tuple[Value, ...]
    """What is gone through, parents first: both ends, and what has no name between them."""

    @property
    def key(self) -> str:
        """Its key in the markup."""
        return f"∂{self.of.key}/∂{self.wrt.key}"


def gradient(key: str) -> str:
    """Return the key of the gradient of the result along a quantity."""
    return f"∂{key}"


def mean(key: str) -> str:
    """Return the key of that gradient's mean over all samples."""
    return f"mean ∂{key}"


def delta(key: str) -> str:
    """Return the key of the change that an update makes."""
    return f"Δ{key}"


def new(key: str) -> str:
    """Return the key of what an update makes of a parameter."""
    return f"{key}⁺"


@dataclass(eq=False)
class Model:
    """A result, and all that it was computed from which has a name: all nodes of a graph whose nodes are all labelled.

    Args:
        root: the result.
        kinds: what part some nodes play, and in which layer.
        first: leaves in the order in which they are to be listed, before all others.
    """

    root: Value
    kinds: Mapping[Value, tuple[Kind, int]]
    first: Sequence[Value] = ()
    names: dict[Value, str] = field(init=False)
    quantities: list[Quantity] = field(init=False)
    edges: list[Edge] = field(init=False)
    code: Instructions = field(init=False)
    places: dict[str, Operand] = field(init=False)
    """Where the program has a quantity, by key."""

    def __post_init__(self) -> None:
        self.names = every_name(self.root)
        order = topological(self.root)
        self.order = order
        self.atoms = atoms(self.names) | {self.root: self.names[self.root]}
        listed = [x for x in dict.fromkeys((*self.first, *order)) if x in self.atoms]
        self.quantities = [self._quantity(node, k) for k, node in enumerate(listed)]
        self.of = {quantity.node: quantity for quantity in self.quantities}
        self._ranks = {node: k for k, node in enumerate(self.of)}
        self.edges = [edge for node in order if node in self.of for edge in self._edges(self.of[node])]
        self._record()

    def _quantity(self, node: Value, k: int) -> Quantity:
        name = self.names[node]
        kind = Kind.RESULT if node is self.root else Kind.LEAF if node.op is None else Kind.NODE
        kind, layer = self.kinds.get(node, (kind, 0))
        return Quantity(node, name, name if IDENTIFIER.fullmatch(name) else f"#{k}", kind, layer)

    @property
    def result(self) -> Quantity:
        """The result."""
        return self.of[self.root]

    @property
    def leaves(self) -> list[Quantity]:
        """What is given."""
        return [x for x in self.quantities if x.node.op is None]

    @property
    def computed(self) -> list[Quantity]:
        """What is computed, in that order."""
        return [self.of[node] for node in self.order if node.op is not None and node in self.of]

    def _edges(self, of: Quantity) -> list[Edge]:
        """The local derivatives of a quantity, along each that it is made of."""
        inner, ends, waiting = {of.node}, dict[Value, None](), [of.node]
        while waiting:
            for x in waiting.pop().parents:
                if x in self.of:
                    ends[x] = None
                elif x not in inner:
                    inner.add(x)
                    waiting.append(x)
        way = [node for node in topological(of.node, set(ends)) if node in inner]
        return [Edge(of, self.of[x], (x, *way)) for x in sorted(ends, key=self._ranks.__getitem__)]

    def _record(self) -> None:
        recorder = Recorder()
        leaves = self.leaves
        for leaf in leaves:
            recorder.places[leaf.node] = recorder.names[leaf.name] = recorder.given()
        recorder.record([self.root])
        found: dict[str, Operand] = {x.key: recorder.places[x.node] for x in self.quantities}
        slopes = recorder.gradients(self.root, [x.node for x in self.quantities])
        found |= {gradient(x.key): slope for x, slope in zip(self.quantities, slopes, strict=True)}
        for of in self.computed:
            edges = [edge for edge in self.edges if edge.of is of]
            found |= zip(
                (edge.key for edge in edges),
                recorder.local(of.node, edges[0].way[1:] if edges else (), [edge.wrt.node for edge in edges]),
                strict=True,
            )
        n = len(self.quantities)
        self.code = numbered(recorder, len(leaves), found.values(), range(n, len(found)), {})
        self.places = dict(zip(found, self.code.outputs, strict=True))

    def numbers(self) -> dict[str, float]:
        """Return all quantities by key, as they are at the data of the leaves."""
        from autograd_lite.program.python.interpreter import Interpreter

        found = Interpreter(self.code).numbers([x.node.data for x in self.leaves])
        return {key: found[x] if isinstance(x, int) else x for key, x in self.places.items()}

    def data(self) -> dict[str, Any]:
        """Return what the page's scripts know of them, as plain data."""
        program = plain(self.code)
        at = dict(zip(self.places, program.pop("outputs"), strict=True))
        del program["names"]  # the page finds everything by key
        places = {leaf: k for k, leaf in enumerate(self.leaves)}
        return {
            "program": program | {"outputs": []},
            "result": self.result.key,
            "nodes": [
                {
                    "key": x.key,
                    "name": printable(x.name),
                    "kind": str(x.kind),
                    "leaf": places.get(x, -1),
                    "value": at[x.key],
                    "gradient": at[gradient(x.key)],
                }
                for x in self.quantities
            ],
            "edges": [{"of": e.of.key, "wrt": e.wrt.key, "local": at[e.key]} for e in self.edges],
        }
