"""The network in the graph of a loss, layer by layer, for explanations by errors δ and by matrices."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from autograd_lite.engine.derivatives import dependent
from autograd_lite.engine.graph import adjoints, readable, topological
from autograd_lite.engine.operation import Op
from autograd_lite.engine.value import Value
from autograd_lite.text.layers import Neuron, neurons_of
from autograd_lite.text.matrices import Matrix

__all__ = ["LayerGraph", "NetworkGraph"]


@dataclass(frozen=True)
class LayerGraph:
    """One layer in all samples; neurons and samples are counted from 0."""

    number: int
    """From 1 on."""
    neurons: tuple[tuple[Neuron, ...], ...]
    """`neurons[j][s]` is neuron j in sample s."""

    @property
    def first(self) -> Neuron:
        """The first neuron, whose activation is that of all."""
        return self.neurons[0][0]

    @property
    def weights(self) -> tuple[tuple[Value, ...], ...]:
        """A row for each neuron."""
        return tuple(tuple(row[0].weights) for row in self.neurons)

    @property
    def biases(self) -> tuple[Value, ...]:
        """One for each neuron, or one that they share; empty if there are none."""
        return tuple(dict.fromkeys(row[0].bias for row in self.neurons if row[0].bias is not None))

    @property
    def shares_bias(self) -> bool:
        """Whether several neurons have one bias."""
        return len(self.biases) == 1 < len(self.neurons)

    @property
    def function(self) -> Op | None:
        """The activation; None for linear neurons."""
        return None if self.first.activation is self.first.sum else self.first.activation.op

    def of(self, get: Callable[[Neuron], float]) -> Matrix:
        """A number of each neuron: a row for each of them, a column for each sample."""
        return tuple(tuple(get(x) for x in row) for row in self.neurons)


class NetworkGraph:
    """The layers of the network that `y` was computed from, with the gradients of all nodes.

    Raises `ValueError` if there is none, or `y` depends on the layers by other ways than from each one to the next.
    """

    def __init__(self, y: Value) -> None:
        self.y = y
        found = neurons_of(y)
        self.samples = list(dict.fromkeys(x.sample for x in found))
        self.layers = tuple(self._layers(found))
        self.gradients = adjoints(y)
        outputs = [x.activation for row in self.layers[-1].neurons for x in row]
        self.after = dependent(topological(y), outputs)
        """The outputs and what `y` is computed by from them, parents first."""
        self._check_ways()

    @property
    def parameters(self) -> list[Value]:
        """The weights, then the biases."""
        weights = [w for layer in self.layers for row in layer.weights for w in row]
        return list(dict.fromkeys([*weights, *(b for layer in self.layers for b in layer.biases)]))

    def _layers(self, found: Sequence[Neuron]) -> Iterator[LayerGraph]:
        by_place = {(x.layer, x.number, x.sample): x for x in found}
        sizes = Counter(x.layer for x in found if x.sample == self.samples[0])
        for n, size in sorted(sizes.items()):
            missing = next((j for j in range(1, size + 1) for s in self.samples if (n, j, s) not in by_place), 0)
            if missing:
                raise ValueError(
                    f"layer {n} is not whole in this graph, neuron {missing} is missing: explain a result that all "
                    "outputs lead to, such as a loss"
                )
            rows = [tuple(by_place[n, j, s] for s in self.samples) for j in range(1, size + 1)]
            for row in rows:
                if any([*x.weights, x.bias] != [*row[0].weights, row[0].bias] for x in row):
                    raise ValueError(f"the samples have different weights in layer {n}: they are of several networks")
            yield LayerGraph(n, tuple(rows))

    def _check_ways(self) -> None:
        """Raise `ValueError` where a node is used by more than the next layer: its gradient has other parts, too."""
        uses = Counter(x for node in topological(self.y) for x in node.args if isinstance(x, Value))
        due: Counter[Value] = Counter()
        for layer in self.layers:
            for row in layer.neurons:
                for x in row:
                    due.update([*x.weights, *([x.bias] if x.bias is not None else [])])
                    due.update(x.inputs if layer.number > 1 else [])
                    due.update([x.sum] if x.activation is not x.sum else [])
        last = {x.activation for row in self.layers[-1].neurons for x in row}
        other = next((node for node, n in due.items() if uses[node] != n and node not in last), None)
        if other is not None:
            raise ValueError(
                f"{readable(other.label)} is used outside of the layers, too, as in a penalty: its gradient has a part "
                "that errors δ do not bring. Explain the loss without that, or use explain(y, form='paths')"
            )
