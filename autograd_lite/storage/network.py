"""A network in a file: sizes, activations and parameters."""

import json
import math
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from autograd_lite.engine.chain import describe
from autograd_lite.engine.value import locked
from autograd_lite.nn import ACTIVATIONS, Network
from autograd_lite.storage.format import NETWORK, checksum, path_text, write
from autograd_lite.storage.reading import MAX_BYTES, WrongError, check_sum, check_type, finite, read, saved_file, shown

__all__ = ["load_network", "members", "save_network", "set_labels"]

_MEMBERS = {"sizes": (list,), "activations": (list,), "biases": (str,), "weights": (list,), "bias_values": (list,)}


def save_network(net: Network, path: str | os.PathLike[str]) -> Path:
    """Write `net` to a JSON file, whole or not at all, and return the path.

    Saved are sizes, activations, the kind of biases, the parameters, exact to the bit, and their labels if they were
    changed. Gradients are not: they belong to a graph.

    Raises:
        ValueError: a parameter is NaN or infinite, which no `Network` takes. An older file at `path`, the network
            before training went wrong perhaps, stays as it is.
        TypeError: `net` is not a `Network`, or `path` not a path.
        OSError: the file cannot be written, or `path` is a pipe, a device or a folder; an older one stays as it is.
    """
    if not isinstance(net, Network):
        raise TypeError(f"save_network(net, path) saves a Network, got {type(net).__name__}; for Values use save_graph")
    return write(path_text(path), NETWORK, _pieces(net))


@locked
def _pieces(net: Network) -> list[str]:
    for what, values, used in (
        ("weights", net.weights, [w for layer in net.layers for row in layer.weights for w in row]),
        ("biases", net.biases, list(dict.fromkeys(b for layer in net.layers for b in layer.biases))),
    ):
        if list(map(id, values)) != list(map(id, used)):
            raise ValueError(
                f"net.{what} are not the nodes that the layers compute with; set the data of those instead"
            )
    for k, node in enumerate(net.parameters()):
        if not math.isfinite(node.data):
            what = describe(node) if node.label else f"parameter {k}"
            raise ValueError(
                f"{what} is {node.data}: a network is saved with finite parameters only; nothing was written"
            )
    return list(_body(net))


def load_network(path: str | os.PathLike[str], *, max_bytes: int = MAX_BYTES) -> Network:
    """Return the network that `save_network` wrote to `path`. Nothing in the file is executed.

    Raises:
        FileFormatError: a `ValueError`; the file is cut short, foreign, of a newer version, larger than `max_bytes`,
            damaged, or wrong in any part; the message names the file, the place and the reason.
        ValueError: `max_bytes` is below 1.
        TypeError: `path` is not a path, or `max_bytes` not a whole number.
        OSError: the file cannot be read.
    """
    with saved_file(path) as file:
        content = read(file, max_bytes, NETWORK, _MEMBERS, {"labels"})
        weights, biases = (
            [finite(x, f"{name}[{k}]") for k, x in enumerate(content[name])] for name in ("weights", "bias_values")
        )
        _check_counts(content)
        net = Network(
            content["sizes"],
            activation=content["activations"],
            biases=content["biases"],
            weights=weights,
            bias_values=biases,
        )
        if "labels" in content:
            set_labels(net, content["labels"])
        check_sum(content, checksum(_body(net)))
    return net


def _check_counts(content: dict[str, Any]) -> None:
    """Count everything before anything is made: a file's word for a size is to cost no memory."""
    sizes, activations, biases, weights = (content[name] for name in ("sizes", "activations", "biases", "weights"))
    for k, size in enumerate(sizes):
        if type(size) is not int or size < 1:
            raise WrongError(f"sizes[{k}]: a whole number from 1 is due, got {shown(size)}")
        if size > len(weights):
            raise WrongError(f"sizes[{k}]: {shown(size)} is more than the weights in the file, {len(weights)}")
    if len(sizes) < 2:
        raise WrongError(f"sizes: the numbers of inputs and of each layer's neurons are due, got {shown(sizes)}")
    for k, name in enumerate(activations):
        if not isinstance(name, str) or name not in ACTIVATIONS:
            raise WrongError(f"activations[{k}]: one of {', '.join(ACTIVATIONS)} is due, got {shown(name)}")
    if biases not in ("none", "layer", "neuron"):
        raise WrongError(f"biases: 'none', 'layer' or 'neuron' is due, got {shown(biases)}")
    layers = len(sizes) - 1
    for name, due in (
        ("activations", layers),
        ("weights", sum(i * j for i, j in pairwise(sizes))),
        ("bias_values", {"none": 0, "layer": layers, "neuron": sum(sizes[1:])}[biases]),
    ):
        if len(content[name]) != due:
            of = f"sizes {shown(sizes)}" + f" with biases {biases!r}" * (name == "bias_values")
            raise WrongError(f"{name}: {of} ask for {due}, there are {len(content[name])}")


def set_labels(net: Network, labels: object) -> None:
    """Give the parameters their labels."""
    parameters = net.parameters()
    if not isinstance(labels, list) or len(labels) != len(parameters):
        raise WrongError(f"labels: a list of {len(parameters)} texts is due, got {shown(labels)}")
    for k, (node, label) in enumerate(zip(parameters, labels, strict=True)):
        check_type(label, (str,), f"labels[{k}]")
        node.label = label


def _body(net: Network) -> Iterator[str]:
    for name, value in members(net).items():
        yield f'"{name}": {json.dumps(value, allow_nan=False)},\n'


def members(net: Network) -> dict[str, Any]:
    """Return what a file says of a network, by name."""
    found = {
        "sizes": list(net.sizes),
        "activations": [layer.activation for layer in net.layers],
        "biases": net.bias_mode,
        "weights": [w.data for w in net.weights],
        "bias_values": [b.data for b in net.biases],
    }
    labels = [node.label for node in net.parameters()]
    if labels != [f"w{k + 1}" for k in range(len(net.weights))] + [f"b{k + 1}" for k in range(len(net.biases))]:
        found["labels"] = labels
    return found
