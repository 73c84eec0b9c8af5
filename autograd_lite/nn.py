"""Networks of fully connected layers, their nodes named as in the classic backpropagation tutorials."""

import difflib
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from autograd_lite.engine import ops
from autograd_lite.engine.chain import as_label
from autograd_lite.engine.ieee import short
from autograd_lite.engine.ops import Op, number
from autograd_lite.engine.showing import Shown
from autograd_lite.engine.validation import in_order, is_list, whole
from autograd_lite.engine.value import Operand, Value

__all__ = ["ACTIVATIONS", "Biases", "Layer", "Network", "Pass"]

ACTIVATIONS: dict[str, Op | None] = {
    "linear": None,
    **{op.name: op for op in (ops.sigmoid, ops.tanh, ops.relu, ops.softplus, ops.sin)},
}
"""Activation functions by name. A linear layer's activation is the sum itself, with no node of its own."""

Biases = Literal["none", "layer", "neuron"]
"""No biases, one shared by the neurons of a layer (as in Mazur's example), or one per neuron."""


@dataclass(frozen=True)
class Layer(Shown):
    """The neurons that share their inputs: `weights[j][i]` goes from input `i` to neuron `j`."""

    name: str
    """Prefix of the neurons' names: h1, h2 in the layer "h"."""
    activation: str
    weights: tuple[tuple[Value, ...], ...]
    biases: tuple[Value, ...]
    """One per neuron (the same node again and again if the layer shares it), or empty."""

    def sum_name(self, j: int) -> str:
        """The label of the weighted sum of neuron `j`, counted from 0."""
        return f"{self.name}{j + 1}"

    def activation_name(self, j: int) -> str:
        """The label of the activation of neuron `j`, counted from 0; a linear neuron's is that of its sum."""
        return self.sum_name(j) if ACTIVATIONS[self.activation] is None else f"a_{self.sum_name(j)}"

    def __repr__(self) -> str:
        return f"<Layer {self.name}: {len(self.weights)} x {len(self.weights[0])} weights, {self.activation}>"


@dataclass(frozen=True)
class Pass(Shown):
    """The nodes of one forward pass, layer by layer."""

    inputs: list[Value]
    sums: list[list[Value]] = field(default_factory=list)
    activations: list[list[Value]] = field(default_factory=list)

    @property
    def outputs(self) -> list[Value]:
        """The activations of the last layer."""
        return self.activations[-1]

    def __repr__(self) -> str:
        outputs = f"{len(self.outputs)} outputs" if self.activations else "not computed"
        return f"<Pass: {len(self.inputs)} inputs, {len(self.sums)} layers, {outputs}>"


class Network(Shown):
    """A feed-forward network, each layer fully connected to the next.

    Args:
        sizes: number of inputs, then of neurons per layer: `[2, 2, 2]` is the tutorials' network.
        activation: a name of `ACTIVATIONS` for all layers, or one per layer.
        biases: "none", "layer" (one shared by a layer's neurons) or "neuron" (one each).
        weights: initial weights in the order w1, w2, ... (see below); drawn at random if not given.
        bias_values: initial biases in the order b1, b2, ...; 0 if not given.
        seed: of the random weights. They are uniform in ±sqrt(6 / (inputs + outputs)) of the layer (Glorot and
            Bengio 2010), in ±sqrt(6 / inputs) before relu (He et al. 2015). One seed, one network.

    Raises:
        ValueError: sizes, names, counts or numbers that make no network; the message says which are valid.
        TypeError: something that is not a number where one is due.

    Names: inputs i1 i2; weights w1, w2, ... counted layer by layer, neuron by neuron, input by input, so that in a
    2-2-2 network w1: i1->h1, w2: i2->h1, w3: i1->h2, ... w5: a_h1->o1, ... w8: a_h2->o2; sums h1 h2 and o1 o2,
    activations a_h1, a_o1. Biases are b1, b2, ... by layer or by neuron. With more than one hidden layer, neuron 3
    of the second is h2_3 and its activation a_h2_3.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        activation: str | Sequence[str] = "sigmoid",
        biases: Biases = "neuron",
        weights: Sequence[float] | None = None,
        bias_values: Sequence[float] | None = None,
        seed: int = 0,
    ) -> None:
        self.sizes = _sizes(sizes)
        names = _activations(activation, len(self.sizes) - 1)
        if biases not in ("none", "layer", "neuron"):  # a tuple, since a list of numbers may come
            raise ValueError(
                f"biases are 'none', 'layer' or 'neuron', got {biases!r}; their values are bias_values, "
                "as in biases='layer', bias_values=[0.35, 0.6]"
            )
        self.bias_mode: Biases = biases
        shape = list(zip(self.sizes, self.sizes[1:], strict=False))
        bias_count = {"none": 0, "layer": len(shape), "neuron": sum(self.sizes[1:])}[biases]
        rng = random.Random(whole(seed, "seed is a whole number, 0 or above", 0))  # noqa: S311  (reproducible, not secret)
        drawn = _initial(shape, names, rng) if weights is None else weights
        counts = " + ".join(f"{i}*{j}" for i, j in shape)
        self.weights: list[Value] = _parameters("w", drawn, sum(i * j for i, j in shape), f"weights ({counts})")
        self.biases: list[Value] = _parameters(
            "b", [0.0] * bias_count if bias_values is None else bias_values, bias_count, f"biases ({biases!r})"
        )
        self.layers = tuple(self._layers(shape, names))

    def _layers(self, shape: list[tuple[int, int]], names: list[str]) -> Iterator[Layer]:
        weights, biases = iter(self.weights), iter(self.biases)
        for k, ((inputs, neurons), activation) in enumerate(zip(shape, names, strict=True), 1):
            name = "o" if k == len(shape) else "h" if len(shape) == 2 else f"h{k}_"
            rows = tuple(tuple(next(weights) for _ in range(inputs)) for _ in range(neurons))
            layer_biases: tuple[Value, ...] = ()
            if self.bias_mode == "layer":
                layer_biases = (next(biases),) * neurons
            elif self.bias_mode == "neuron":
                layer_biases = tuple(next(biases) for _ in range(neurons))
            yield Layer(name, activation, rows, layer_biases)

    def parameters(self) -> list[Value]:
        """The weights, then the biases."""
        return self.weights + self.biases

    def __getitem__(self, name: str) -> Value:
        """The weight or bias of that name, such as `net["w5"]`."""
        known = {node.label: node for node in self.parameters()}
        if name in known:
            return known[name]
        near = difflib.get_close_matches(str(name).lower(), known, 1, 0.5)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise KeyError(f"no parameter {short(name)} in this network, it has {_span(self.parameters())}{hint}")

    def forward(self, inputs: Sequence[Operand], *, suffix: str = "") -> Pass:
        """Compute the network, and return all the named nodes.

        `suffix` is appended to the labels of what is computed: it tells the samples of a data set apart.

        Raises `ValueError` if the number of inputs is not the network's, and `TypeError` for what is no list of them,
        such as a set or a dict.
        """
        _count("inputs", inputs, self.sizes[0])
        suffix = as_label(suffix, "suffix")
        nodes = [x if isinstance(x, Value) else Value(x, f"i{k}{suffix}") for k, x in enumerate(inputs, 1)]
        done = Pass(nodes)
        for layer in self.layers:
            sums, activations = [], []
            function = ACTIVATIONS[layer.activation]
            for j, row in enumerate(layer.weights):
                total = row[0] * nodes[0]
                for weight, node in zip(row[1:], nodes[1:], strict=True):
                    total = total + weight * node
                if layer.biases:
                    total = total + layer.biases[j]
                total.label = layer.sum_name(j) + suffix
                active = total
                if function is not None:
                    active = function(total)
                    active.label = layer.activation_name(j) + suffix
                sums.append(total)
                activations.append(active)
            done.sums.append(sums)
            done.activations.append(activations)
            nodes = activations
        return done

    __iter__ = None  # its parameters are net.parameters(); without this Python would try net[0], net[1], ...

    def __call__(self, inputs: Sequence[Operand], *, suffix: str = "") -> list[Value]:
        """Compute the network, and return its outputs: one node per neuron of the last layer."""
        return self.forward(inputs, suffix=suffix).outputs

    def __repr__(self) -> str:
        kinds = [layer.activation for layer in self.layers]
        kind = repr(kinds[0]) if len(set(kinds)) == 1 else short(kinds)
        return f"Network({short(list(self.sizes))}, activation={kind}, biases={self.bias_mode!r})"


def _sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    due = "sizes are the number of inputs and of the neurons of each layer, such as [2, 2, 2]"
    if not is_list(sizes):
        raise TypeError(f"{due}, got {type(sizes).__name__}")
    if len(sizes) < 2:
        raise ValueError(f"{due}, got {sizes!r}")
    return tuple(whole(n, f"{due}, got {sizes!r}; of each layer") for n in sizes)


def _activations(activation: str | Sequence[str], layers: int) -> list[str]:
    names = [activation] * layers if isinstance(activation, str) else list(in_order(activation, "activations"))
    if len(names) != layers:
        raise ValueError(f"one activation, or one for each of the {layers} layers, got {len(names)}: {names}")
    for name in names:
        if name not in ACTIVATIONS:
            raise ValueError(f"no activation {name!r}; there are {', '.join(ACTIVATIONS)}")
    return names


def _initial(shape: list[tuple[int, int]], names: list[str], rng: random.Random) -> list[float]:
    drawn: list[float] = []
    for (inputs, neurons), name in zip(shape, names, strict=True):
        bound = math.sqrt(6 / (inputs if name == "relu" else inputs + neurons))
        drawn += (rng.uniform(-bound, bound) for _ in range(inputs * neurons))
    return drawn


def _parameters(letter: str, values: Sequence[float], count: int, what: str) -> list[Value]:
    _count(what, values, count)
    nodes = [Value(number(x), f"{letter}{k}") for k, x in enumerate(values, 1)]
    for node in nodes:
        if not math.isfinite(node.data):
            raise ValueError(f"{node.label} is {node.data}; parameters are finite numbers")
    return nodes


def _count(what: str, values: Sequence[object], count: int) -> None:
    if not is_list(values):
        raise TypeError(f"this network takes a list of {count} {what}, got {type(values).__name__}")
    if len(values) != count:
        raise ValueError(f"this network takes {count} {what}, got {len(values)}")


def _span(nodes: Sequence[Value]) -> str:
    labels = [short(node.label)[1:-1] if len(node.label) > 40 else node.label for node in nodes]
    return ", ".join(labels) if len(labels) <= 12 else f"{labels[0]} to {labels[-1]}"
