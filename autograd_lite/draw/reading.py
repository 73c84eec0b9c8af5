"""What one pass left in a network: the nodes at each place of it, found in the graph of the loss."""

from collections.abc import Mapping

from autograd_lite import ops
from autograd_lite.chain import StaleGraphError
from autograd_lite.graph import adjoints, check_recorded, named, readable, topological
from autograd_lite.ieee import short
from autograd_lite.nn import Layer, Network
from autograd_lite.ops import number
from autograd_lite.value import Value

__all__ = ["Reading"]


class Reading:
    """The named nodes of a network in the graph of `loss`; where there is none, only the parameters are known.

    Raises:
        TypeError: not a network, not a node, or an old value that is not a number.
        ValueError: a loss of another network, a `suffix` that no sample has, or an unknown name in `before`.
    """

    def __init__(self, net: Network, loss: Value | None, suffix: str, before: Mapping[str, float] | None) -> None:
        if not isinstance(net, Network):
            raise TypeError(f"draw.network takes an nn.Network, got {type(net).__name__}")
        if loss is not None and not isinstance(loss, Value):
            raise TypeError(f"the loss is a Value, got {type(loss).__name__}")
        self.net, self.loss, self.suffix = net, loss, suffix
        self.notes: list[str] = []
        """What a reader of the picture has to know besides."""
        self.before = _before(net, before or {})
        order = topological(loss) if loss is not None else []
        present = set(order)
        if loss is not None and not any(p in present for p in net.parameters()):
            raise ValueError("this loss was not computed by this network: none of its weights is in the loss's graph")
        self._nodes = named(loss) if loss is not None else {}
        self.has_values = net.layers[0].sum_name(0) + suffix in self._nodes
        if loss is not None and not self.has_values:
            self._no_sample()
        if suffix and self.has_values:
            self.notes.append(f"sample {readable(suffix)}")
        self._gradients: dict[Value, float] | None = {} if loss is not None else None
        """By node, once `backward()` has run from this loss; None where what it left is all there is."""
        try:
            check_recorded(order)
            if loss is not None and loss.has_grad:
                self._gradients = adjoints(loss)
        except StaleGraphError:
            self._gradients = None
            self.notes.append("sums and activations are those before the parameters were changed")

    def _no_sample(self) -> None:
        first = self.net.layers[0].sum_name(0)
        others = [name[len(first) :] for name in self._nodes if name.startswith(first + "[")]
        if self.suffix:
            raise ValueError(
                f"no sample of this loss has the suffix {short(self.suffix)}; "
                + (
                    f"there are {', '.join(map(readable, others[:8]))}{', ...' * (len(others) > 8)}"
                    if others
                    else "leave suffix out"
                )
            )
        if others:
            self.notes.append(
                f"gradients over {len(others)} samples; suffix={short(others[0])} shows the values of one"
            )

    def gradient(self, node: Value) -> float | None:
        """The gradient of the loss with respect to `node`; None if `backward()` has not run from this loss."""
        if self._gradients is None:
            return node.grad if node.has_grad else None
        return self._gradients.get(node)

    def node(self, name: str) -> Value | None:
        """The node of that label, with the sample's suffix."""
        return self._nodes.get(name + self.suffix)

    def sum(self, layer: Layer, j: int) -> Value | None:
        """The weighted sum of neuron `j`, counted from 0."""
        return self.node(layer.sum_name(j))

    def activation(self, layer: Layer, j: int) -> Value | None:
        """The activation of neuron `j`; for a linear layer the sum again."""
        return self.node(layer.activation_name(j))

    def inputs(self) -> list[tuple[str, Value | None]]:
        """The inputs, each with its label, or i1, i2, ... where it has none."""
        layer = self.net.layers[0]
        total = self.sum(layer, 0)
        found = _factors(total, layer.weights[0]) if total is not None else {}
        inputs = []
        for k, weight in enumerate(layer.weights[0], 1):
            node = found.get(weight, self.node(f"i{k}"))
            label = node.label.removesuffix(self.suffix) if node is not None else ""
            inputs.append((label or f"i{k}", node))
        return inputs


def _factors(total: Value, weights: tuple[Value, ...]) -> dict[Value, Value]:
    """By weight, what it is multiplied by in a weighted sum."""
    wanted = set(weights)
    found: dict[Value, Value] = {}
    above = [total]
    while above:
        node = above.pop()
        if node.op is ops.add:
            above.extend(node.parents)
        elif node.op is ops.mul and len(node.parents) == 2 and node.parents[0] in wanted:
            found[node.parents[0]] = node.parents[1]
    return found


def _before(net: Network, before: Mapping[str, float]) -> dict[Value, float]:
    """The old values by node."""
    known = {node.label: node for node in net.parameters()}
    for name in before:
        if name not in known:
            names = [*map(readable, known)]
            listed = ", ".join(names) if len(names) <= 12 else f"{names[0]}, {names[1]}, ..., {names[-1]}"
            raise ValueError(f"before= has {short(name)}, which is no weight or bias of this network; it has {listed}")
    return {known[name]: number(x) for name, x in before.items()}
