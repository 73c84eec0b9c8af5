"""A network with data and its loss, as hypothesis draws and prints it: code that rebuilds it."""

from collections.abc import Sequence
from typing import Any

from autograd_lite.engine.graph import topological
from autograd_lite.engine.ops import number
from autograd_lite.engine.value import Value
from autograd_lite.losses import Loss, as_loss
from autograd_lite.nn import Network
from autograd_lite.testing.strategies.graph_code import Built, float_text
from autograd_lite.train import Sample, data_loss

__all__ = ["Problem"]

Numbers = tuple[float, ...]


class Problem:
    """A network with its weights, the samples and the loss; what `networks()` draws.

    Args:
        net: the network. Its numbers are copied, so that the problem stays what it is when the network learns.
        data: samples, each a pair of inputs and targets.
        loss: one of `autograd_lite.losses`.

    >>> from autograd_lite.losses import half_squared_error
    >>> from autograd_lite.nn import Network
    >>> from autograd_lite.testing import Problem
    >>> p = Problem(Network([1, 1], activation="linear", weights=[2.0]), [([3.0], [5.0])], half_squared_error)
    >>> root, parameters, nodes = p.build()
    >>> root.backward()
    >>> root.data, parameters["w1"].grad
    (0.5, 3.0)

    Two problems are equal if they print alike.

    Raises what `Network` and `data_loss` raise for samples that do not fit the network.
    """

    __slots__ = ("_activations", "_bias_values", "_biases", "_data", "_loss", "_sizes", "_weights")

    def __init__(self, net: Network, data: Sequence[Sample], loss: Loss | str) -> None:
        self._sizes = net.sizes
        self._activations = [layer.activation for layer in net.layers]
        self._biases = net.bias_mode
        self._weights: Numbers = tuple(w.data for w in net.weights)
        self._bias_values: Numbers = tuple(b.data for b in net.biases)
        self._loss = as_loss(loss)
        self.network()  # has the errors for weights that are no numbers
        data_loss(net, data, loss)
        self._data = tuple((_numbers(inputs), _numbers(targets)) for inputs, targets in data)

    @property
    def data(self) -> list[tuple[list[float], list[float]]]:
        """The samples: inputs and targets, as numbers."""
        return [(list(inputs), list(targets)) for inputs, targets in self._data]

    @property
    def loss(self) -> Loss:
        """The function that makes the loss of outputs and targets."""
        return self._loss

    def network(self) -> Network:
        """Return the network, made afresh."""
        return Network(
            self._sizes,
            activation=self._activations,
            biases=self._biases,
            weights=self._weights,
            bias_values=self._bias_values,
        )

    def build(self) -> Built:
        """Return the loss on all samples, the weights and biases by name, and all nodes, made afresh."""
        net = self.network()
        root = data_loss(net, self.data, self._loss)
        return Built(root, {node.label: node for node in net.parameters()}, topological(root))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Problem):
            return NotImplemented
        return repr(self) == repr(other) and self._loss is other._loss

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        kinds = self._activations
        options = [
            repr(list(self._sizes)),
            f"activation={(kinds[0] if len(set(kinds)) == 1 else kinds)!r}",
            f"biases={self._biases!r}",
            f"weights={_listed(self._weights)}",
        ]
        if self._bias_values:
            options.append(f"bias_values={_listed(self._bias_values)}")
        net = f"Network({', '.join(options)})"
        loss = getattr(self._loss, "__name__", repr(self._loss))
        samples = ", ".join(f"({_listed(inputs)}, {_listed(targets)})" for inputs, targets in self._data)
        return f"Problem(\n    {net},\n    [{samples}],\n    {loss},\n)"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: FBT001  (IPython's protocol, and hypothesis')
        for k, line in enumerate(("Problem(...)" if cycle else repr(self)).split("\n")):
            if k:
                printer.break_()
            printer.text(line)


def _listed(values: Numbers) -> str:
    return f"[{', '.join(map(float_text, values))}]"


def _numbers(values: Sequence[Any]) -> Numbers:
    return tuple(x.data if isinstance(x, Value) else number(x) for x in values)
