"""The backward pass of a network in errors δ, neuron by neuron: δ_h1 = (w5 δ_o1 + w7 δ_o2) σ'(h1), and so on.

These are BP1 to BP4 of M. Nielsen, "Neural Networks and Deep Learning" (2015), chapter 2, written out for each neuron.
"""

from collections.abc import Sequence

from autograd_lite.engine import ops
from autograd_lite.engine.derivatives import dependent
from autograd_lite.engine.graph import readable, topological
from autograd_lite.engine.value import Value
from autograd_lite.explanation.equations import LONGEST, Equations, function_of, plus, slope_of, times
from autograd_lite.explanation.layerwise import LayerwisePass
from autograd_lite.explanation.network import NetworkGraph
from autograd_lite.text.expression import Derivative, Expr, Name, Number
from autograd_lite.text.formulas import Vocabulary
from autograd_lite.text.indexed import indexed
from autograd_lite.text.layers import Names, Neuron
from autograd_lite.text.matrices import applied
from autograd_lite.text.reading import atoms, derivative_name, read_local

__all__ = ["delta_pass"]


def delta_pass(y: Value, wrt: Sequence[Value] | None, names: Names, lr: float | None) -> LayerwisePass:
    """Return the pass neuron by neuron: δ of each, the gradients of parameters, and with a learning rate the updates.

    Raises `ValueError` where `y` is not made from a network, or where something else is asked for than its parameters.
    """
    made = _Deltas(y, names)
    for layer in reversed(made.net.layers):
        for row in layer.neurons:
            for x in row:
                made.error(x)
    for w in made.net.parameters if wrt is None else wrt:
        made.gradient(w)
        if lr is not None:
            made.update(made.every[w], made.slope(w), lr, ops.mul)
    return made.result(len(made.net.samples))


class _Deltas(Equations):
    """The equations of neurons and parameters."""

    def __init__(self, y: Value, names: Names) -> None:
        self.net = NetworkGraph(y)
        self.every = Vocabulary(y, names=names).names
        """What each node is called."""
        super().__init__(y, self.every[y], matrices=False)
        self.neurons = [x for layer in self.net.layers for row in layer.neurons for x in row]
        self.deltas = {
            x: indexed("δ", x.layer, x.number, after=x.sample) if names == "index" else f"δ_{self.every[x.sum]}"
            for x in self.neurons
        }
        for node, name in self.every.items():
            self.know(name, node.data)
        for x, name in self.deltas.items():
            self.know(name, self.net.gradients[x.sum])
        self.uses = self._uses()
        self._atoms = atoms(self.every)
        sums = [x.sum for row in self.net.layers[-1].neurons for x in row]
        self._after = dependent(topological(y), sums)
        self._beside: dict[tuple[int, str], list[Neuron]] = {}
        """The neurons of a layer in a sample."""
        for x in self.neurons:
            self._beside.setdefault((x.layer, x.sample), []).append(x)

    def _uses(self) -> dict[Value, list[tuple[Neuron, Value | None]]]:
        """By parameter, the neurons that use it, each with what it multiplies: None for a bias."""
        uses: dict[Value, list[tuple[Neuron, Value | None]]] = {}
        for x in self.neurons:
            for w, a in zip(x.weights, x.inputs, strict=True):
                uses.setdefault(w, []).append((x, a))
            if x.bias is not None:
                uses.setdefault(x.bias, []).append((x, None))
        return uses

    def slope(self, node: Value) -> Derivative:
        """The name of the derivative along a node."""
        name = derivative_name(self.root, node, self.every)
        assert name is not None
        return name

    def error(self, x: Neuron) -> None:
        """The error of a neuron: from the loss, or from the errors of the next layer in the same sample."""
        delta = self.net.gradients[x.sum]
        if x.layer == len(self.net.layers):
            general: Expr | None = Name(self.slope(x.sum))
            self.know(self.slope(x.sum), delta)
            right = read_local(self.root, x.sum, self._atoms, self._after)
            if right.size > LONGEST:
                right = Name(self.slope(x.sum))
        else:
            terms = [(up.weights[x.number - 1], up) for up in self._beside[x.layer + 1, x.sample]]
            total = plus(applied(ops.mul, Name(self.every[w]), Name(self.deltas[up])) for w, up in terms)
            right = times(total, slope_of(x, self.every[x.activation], self.every[x.sum]))
            slope = function_of(x, self.every[x.sum], derivative=True)
            general = None if slope is None else applied(ops.mul, total, slope)
        self.add("errors", self.deltas[x], right, delta, general)

    def gradient(self, w: Value) -> None:
        """The gradient of a parameter: the sum over the neurons that use it of error times activation."""
        if w not in self.uses:
            raise ValueError(f"form='delta' is about weights and biases of the network, {readable(w.label)} is none")
        terms = (times(Name(self.deltas[x]), Number(1) if a is None else Name(self.every[a])) for x, a in self.uses[w])
        self.add("gradients", self.slope(w), plus(terms), self.net.gradients[w])
