"""What is to be trained, in a file that a person can write: a network's sizes and numbers, its data, and how."""

import difflib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from autograd_lite.engine.showing import Shown
from autograd_lite.engine.validation import whole
from autograd_lite.engine.value import Value
from autograd_lite.losses import LOSSES, Loss, half_squared_error
from autograd_lite.nn import Network
from autograd_lite.storage.files import write_whole
from autograd_lite.storage.format import GRAPH, NETWORK, path_text
from autograd_lite.storage.graph import load_graph
from autograd_lite.storage.network import load_network, members, set_labels
from autograd_lite.storage.reading import MAX_BYTES, WrongError, check_type, content, finite, saved_file, shown

__all__ = ["Task", "load", "load_task", "save_task"]

MOST = 100_000
"""Weights that are drawn at random for a file that has none."""

_PARAMETERS = ("weights", "bias_values")
_TYPES: dict[str, tuple[type, ...]] = {
    "sizes": (list,),
    "activation": (str, list),
    "biases": (str,),
    "weights": (list,),
    "bias_values": (list,),
    "seed": (int,),
    "inputs": (list,),
    "targets": (list,),
    "data": (list,),
    "loss": (str,),
    "trained": (str,),
    "lr": (float, int),
    "epochs": (int,),
    "labels": (list,),
}


@dataclass(frozen=True)
class Task(Shown):
    """A network with its data, and how it is trained; what a file does not say is None, or empty."""

    net: Network
    data: list[tuple[list[float], list[float]]] = field(default_factory=list)
    """The samples, pairs (inputs, targets)."""
    loss: Loss = half_squared_error
    trained: str = "all"
    """"all", or "weights" where the biases stay fixed."""
    lr: float | None = None
    epochs: int | None = None

    def __repr__(self) -> str:
        lr = "" if self.lr is None else f", lr={self.lr:g}"
        return f"<Task: {'-'.join(map(str, self.net.sizes)):.40}, {len(self.data)} samples{lr}>"

    @property
    def parameters(self) -> list[Value]:
        """What is trained."""
        return self.net.weights if self.trained == "weights" else self.net.parameters()


def load_task(path: str | os.PathLike[str], *, max_bytes: int = MAX_BYTES) -> Task:
    """Return what a file of JSON describes, or the network alone of a file that `save_network` wrote.

    The members are those of `Network` ("sizes" must be there; "activation", "biases", "weights", "bias_values",
    "seed"), then the sample "inputs" and "targets", or several as "data", a list of pairs; the name of a "loss";
    "trained", which is "all" or "weights"; "lr" and "epochs", as of `train`.

    Raises:
        FileFormatError: a `ValueError`; a member is missing, unknown or wrong; the message names file, member, what is
            due, and what came.
        OSError: the file cannot be read.
    """
    with saved_file(path) as file:
        found = content(file, max_bytes)
        if "format" not in found:
            return _task(found)
        if found["format"] != NETWORK:
            raise WrongError(f"its format is {shown(found['format'])}, and a network is due, {NETWORK!r}")
    return Task(load_network(path, max_bytes=max_bytes))


def load(path: str | os.PathLike[str]) -> Task | Value | list[Value]:
    """Return what a file holds, as `load_task` or `load_graph` does; raises as they do."""
    with saved_file(path) as file:
        graph = content(file, MAX_BYTES).get("format") == GRAPH
    return load_graph(path) if graph else load_task(path)


def save_task(task: Task, path: str | os.PathLike[str]) -> Path:
    """Write a task as `load_task` reads it, exact to the bit, whole or not at all, and return the path.

    Raises `ValueError` for a parameter that is not finite and a loss that has no name in `LOSSES`, `OSError` for a path
    that cannot be written.
    """
    name = next((name for name, loss in LOSSES.items() if loss is task.loss), None)
    if name is None:
        raise ValueError(f"a file names one of {', '.join(LOSSES)}; the loss is another one, {task.loss!r:.60}")
    found = members(task.net)
    found["activation"] = found.pop("activations")
    found |= {"data": task.data} if task.data else {}
    found |= {"loss": name, "trained": task.trained}
    found |= {key: x for key, x in (("lr", task.lr), ("epochs", task.epochs)) if x is not None}
    lines = ",\n".join(f" {json.dumps(key)}: {json.dumps(x, allow_nan=False)}" for key, x in found.items())
    return write_whole(path_text(path), f"{{\n{lines}\n}}\n")


def _task(found: dict[str, Any]) -> Task:
    _check_names(found)
    if "sizes" not in found:
        raise WrongError('it has no "sizes", the numbers of inputs and of each layer\'s neurons, such as [2, 2, 2]')
    for name, value in found.items():
        check_type(value, _TYPES[name], name)
    sizes = [_count(x, f"sizes[{k}]", 1) for k, x in enumerate(found["sizes"])]
    options: dict[str, Any] = {name: _numbers(found[name], name) for name in _PARAMETERS if name in found}
    options |= {name: found[name] for name in ("activation", "biases", "seed") if name in found}
    if "bias_values" in found and "biases" not in found:  # their number says of which kind they are
        kinds = {sum(sizes[1:]): "neuron", 0: "none"}
        options["biases"] = ({len(sizes) - 1: "layer"} | kinds).get(len(found["bias_values"]), "neuron")
    if sum(i * j for i, j in pairwise(sizes)) > max(MOST, len(found.get("weights", ()))):
        raise WrongError(f"sizes: {shown(sizes)} ask for more than {MOST:,} weights, and the file does not have them")
    try:
        net = Network(sizes, **options)
    except (ValueError, TypeError) as error:
        raise WrongError(str(error)) from None
    if "labels" in found:
        set_labels(net, found["labels"])
    lr = finite(found["lr"], "lr") if "lr" in found else None
    if lr is not None and lr < 0.0:
        raise WrongError(f"lr: a learning rate is 0 or above, got {shown(lr)}")
    return Task(
        net,
        _data(found, net),
        LOSSES[_one_of(found.get("loss", "half_squared_error"), LOSSES, "loss")],
        _one_of(found.get("trained", "all"), ("all", "weights"), "trained"),
        lr,
        _count(found["epochs"], "epochs", 0) if "epochs" in found else None,
    )


def _check_names(found: Iterable[str]) -> None:
    for name in found:
        if name not in _TYPES:
            near = difflib.get_close_matches(name.lower(), _TYPES, 1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise WrongError(f"it has a member {shown(name)}, which is unknown; {hint}There are: {', '.join(_TYPES)}")


def _one_of(name: str, names: Iterable[str], what: str) -> str:
    if name in names:
        return name
    near = difflib.get_close_matches(name.lower().replace("-", "_").replace(" ", "_"), names, 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise WrongError(f"{what}: one of {', '.join(names)} is due, got {shown(name)}{hint}")


def _count(x: object, what: str, least: int) -> int:
    try:
        return whole(x, f"{what}: a whole number from {least} is due", least)
    except (ValueError, TypeError) as error:
        raise WrongError(str(error)) from None


def _numbers(found: object, what: str) -> list[float]:
    check_type(found, (list,), what)
    assert isinstance(found, list)
    return [finite(x, f"{what}[{k}]") for k, x in enumerate(found)]


def _data(found: dict[str, Any], net: Network) -> list[tuple[list[float], list[float]]]:
    """The samples: one as inputs and targets, or several as pairs."""
    one = [name for name in ("inputs", "targets") if name in found]
    if "data" in found and one:
        raise WrongError(f'the samples are given twice, as "data" and as "{one[0]}"; leave out one')
    if len(one) == 1:
        raise WrongError(f'it has "{one[0]}" alone; a sample has "inputs" and "targets"')
    samples, places = found.get("data", []), ("data[{}][0]", "data[{}][1]")
    if one:
        samples, places = [[found["inputs"], found["targets"]]], ("inputs", "targets")
    data = []
    for k, sample in enumerate(samples):
        if not isinstance(sample, list) or len(sample) != 2:
            raise WrongError(f"data[{k}]: a pair [inputs, targets] is due, got {shown(sample)}")
        inputs, targets = (_numbers(x, place.format(k)) for x, place in zip(sample, places, strict=True))
        for numbers, place, due, of in (
            (inputs, places[0], net.sizes[0], "inputs"),
            (targets, places[1], net.sizes[-1], "outputs"),
        ):
            if len(numbers) != due:
                raise WrongError(f"{place.format(k)}: the network has {due} {of}, got {len(numbers)} numbers")
        data.append((inputs, targets))
    if "data" in found and not data:
        raise WrongError("data: at least one pair [inputs, targets] is due, got none")
    return data
