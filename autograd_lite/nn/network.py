"""Networks of fully connected layers, their nodes named as in the classic backpropagation tutorials."""

import difflib
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, SupportsFloat

from autograd_lite.engine import ops
from autograd_lite.engine.chain import as_label
from autograd_lite.engine.elsewhere import kind
from autograd_lite.engine.ieee import short
from autograd_lite.engine.ops import Op, number
from autograd_lite.engine.showing import Shown
from autograd_lite.engine.validation import in_order, is_list, whole
from autograd_lite.engine.value import Operand, Value, locked
from autograd_lite.nn.matrices import Index, LayerMatrices, LayerPass, entry, index_of, parameters_of

__all__ = ["ACTIVATIONS", "Biases", "Layer", "Network", "Pass"]

ACTIVATIONS: dict[str, Op | None] = {
    "linear": None,
    **{op.name: op for op in (ops.sigmoid, ops.tanh, ops.relu, ops.softplus, ops.sin)},
}
"""Activation functions by name. A linear layer's activation is the sum itself, with no node of its own."""

Activation = str | Op | Callable[[Value], Value]

Biases = Literal["none", "layer", "neuron"]
"""No biases, one shared by the neurons of a layer (as in Mazur's example), or one per neuron."""


@dataclass(frozen=True)
class Layer(LayerMatrices, Shown):
    """The neurons that share their inputs: `weights[j][i]` goes from input `i` to neuron `j`.

    As NumPy arrays: W and dW of shape (neurons, inputs), b and db of shape (neurons,), or () where one bias is shared.
    """

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

    @property
    def layers(self) -> tuple[LayerPass, ...]:
        """By layer, z, a and after `backward()` delta as NumPy arrays; `layers[k]` is of `net.layers[k]`."""
        return tuple(map(LayerPass, self.sums, self.activations))

    def __repr__(self) -> str:
        outputs = f"{len(self.outputs)} outputs" if self.activations else "not computed"
        return f"<Pass: {len(self.inputs)} inputs, {len(self.sums)} layers, {outputs}>"


class Network(Shown):
    """A feed-forward network, each layer fully connected to the next.

    Args:
        sizes: number of inputs, then of neurons per layer: `[2, 2, 2]` is the tutorials' network.
        activation: of `ACTIVATIONS` a name, or the function itself, such as `autograd_lite.tanh`, for all layers; or a
            list, one per layer.
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
        *others: Any,
        activation: Activation | Sequence[Activation] = "sigmoid",
        biases: Biases = "neuron",
        weights: Sequence[float] | None = None,
        bias_values: Sequence[float] | None = None,
        seed: int = 0,
    ) -> None:
        self.sizes = _sizes(sizes, *others)
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

    @locked
    def zero_grad(self) -> None:
        """Forget the gradients of all parameters, before the next `backward()` adds to them."""
        for parameter in self.parameters():
            parameter.grad = None

    def predict(self, rows: Sequence[Sequence[SupportsFloat]]) -> list[list[float]]:
        """Return the outputs for rows of inputs as plain floats, a list for each row: the numbers of `net(row)`.

        Raises `TypeError` for what is no list of lists of numbers, and `ValueError` for a row of another length.
        """
        if not is_list(rows) or not all(map(is_list, rows)):
            raise TypeError(
                f"predict takes a list of rows, each a list of {self.sizes[0]} inputs, also for one: [[...]]; "
                f"got {short(rows)}"
            )
        return [self._activations(self.sums(row)[-1], self.layers[-1]) for row in rows]

    @locked
    def sums(self, row: Sequence[SupportsFloat]) -> list[list[float]]:
        """Return the weighted sums of each layer for one row of inputs, as plain floats: those of `forward`."""
        _count("inputs", row, self.sizes[0])
        numbers, done = [number(x) for x in row], list[list[float]]()
        for layer in self.layers:
            if done:
                numbers = self._activations(done[-1], self.layers[len(done) - 1])
            done.append([])
            for j, weights in enumerate(layer.weights):
                total = weights[0].data * numbers[0]
                for weight, x in zip(weights[1:], numbers[1:], strict=True):
                    total += weight.data * x
                done[-1].append(total + layer.biases[j].data if layer.biases else total)
        return done

    @staticmethod
    def _activations(sums: list[float], layer: Layer) -> list[float]:
        function = ACTIVATIONS[layer.activation]
        return sums if function is None else [function(z) for z in sums]

    def __getitem__(self, name: str) -> Value:
        """The weight or bias of that name, such as `net["w5"]`."""
        known = {node.label: node for node in self.parameters()}
        if name in known:
            return known[name]
        near = difflib.get_close_matches(str(name).lower(), known, 1, 0.5)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise KeyError(f"no parameter {short(name)} in this network, it has {_span(self.parameters())}{hint}")

    @classmethod
    def from_matrices(
        cls,
        Ws: Sequence[Any],  # noqa: N803  (matrices)
        bs: Sequence[Any] | None = None,
        *,
        activation: str | Sequence[str] = "sigmoid",
    ) -> "Network":
        """Return the network with these weight matrices, and biases: NumPy arrays, tensors or lists.

        Args:
            Ws: for each layer its W of shape (neurons, inputs), as in courses and in PyTorch; not as in Keras, whose
                kernel is the transpose.
            bs: for each layer its biases, of shape (neurons,) or (neurons, 1); or for each one number, which its
                neurons share; None for no biases.
            activation: as of `Network`.

        Raises:
            ValueError: shapes that make no network, with the shapes named. A transposed W is recognised by the shapes
                of its neighbours and biases: a square one cannot be.
            TypeError: what is no number where one is due.
        """
        return cls(**parameters_of(Ws, bs), activation=activation)

    def index(self, parameter: str | Value) -> Index:
        """Return where a weight or bias stands: `net.index("w5")` is `Index(layer=2, neuron=1, input=1)`, w_11^(2).

        A bias has no input, and one that a layer shares no neuron either. Raises `KeyError` for an unknown name,
        `ValueError` for a node that is no parameter of this network.
        """
        return index_of(parameter if isinstance(parameter, Value) else self[parameter], self.layers)

    def at(self, layer: int, neuron: int | None = None, input: int | None = None) -> Value:  # noqa: A002
        """Return the parameter with these indices, counted from 1: the inverse of `index`.

        `net.at(2, 1, 1)` is w_11^(2), `net.at(2, 1)` the bias b_1^(2); `net.at(2)` the one that layer 2 shares. Raises
        `IndexError` with what there is.
        """
        return entry(self.layers, layer, neuron, input)

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


def _sizes(sizes: Sequence[int], *others: Any) -> tuple[int, ...]:
    due = "sizes are one list: the number of inputs, then of the neurons of each layer, such as [2, 2, 2]"
    if others or isinstance(sizes, int):
        given = [x for one in (sizes, *others) for x in (one if is_list(one) else [one])]
        numbers = len(given) > 1 and all(type(x) is int for x in given)
        meant = f"; write Network({given}, activation=...)" if numbers else ""
        if numbers and isinstance(sizes, int) and is_list(others[0]):
            kinds = ["relu"] * (len(given) - 2) + ["linear"]
            meant = f"; micrograd's MLP({sizes}, {others[0]}) is Network({given}, activation={kinds})"
        raise TypeError(f"{due}, got {', '.join(map(short, (sizes, *others)))}{meant}; all else is given by name")
    if not is_list(sizes):
        raise TypeError(f"{due}, got {kind(sizes)}")
    if len(sizes) < 2:
        raise ValueError(f"{due}, got {sizes!r}")
    return tuple(whole(n, f"{due}, got {sizes!r}; of each layer") for n in sizes)


def _activations(activation: object, layers: int) -> list[str]:
    given: list[Any] = [activation] * layers
    if is_list(in_order(activation, "activations")):
        given = list(activation)  # type: ignore[call-overload]  # that it is one was asked
    if len(given) != layers:
        raise ValueError(f"one activation, or one for each of the {layers} layers, got {len(given)}: {given}")
    return [_activation(one) for one in given]


def _activation(given: object) -> str:
    """The name of an activation that is given by name, as an operation or as a method of nodes."""
    for name, op in ACTIVATIONS.items():
        if (isinstance(given, str) and given == name) or (op and (given is op or given is getattr(Value, name, None))):
            return name
    raise (ValueError if isinstance(given, (str, Op)) else TypeError)(
        f"no activation {short(given)}; there are {', '.join(ACTIVATIONS)}, as names or as functions of autograd_lite"
    )


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
