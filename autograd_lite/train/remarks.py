"""Why a training stood still, and whether its weights ran away: what its end has to say beside its numbers."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from autograd_lite.engine import ops
from autograd_lite.engine.graph import readable, topological
from autograd_lite.engine.ieee import number
from autograd_lite.engine.ops import Op
from autograd_lite.engine.value import Operand, Value
from autograd_lite.history import Remark, RemarkKind
from autograd_lite.nn import ACTIVATIONS, Network
from autograd_lite.train.data import Sample

__all__ = ["Unit", "fits", "of_parameters", "of_units", "size_of", "units_of_graph", "units_of_network"]

FAR = 1e6
"""So many times the largest parameter that training began with, or 1, is out of all proportion."""
FLAT = 1e-3
"""A slope of a sigmoid or tanh below this part of its largest passes nearly nothing back."""
LOST = 1e-14
"""A step of less than this part of the largest parameter changes hardly a digit,"""
SLOPE = 1e-6
"""and is the fault of the learning rate where the gradient is more than this."""
LEAP = 0.01
"""A step that should lower the loss by more than this part of it, and does not, is too long."""
NOISE = 1e-12
"""A loss below this part of the first one moves in rounding."""
NEAR = 0.01
"""Outputs that are within this part of the targets' size are where they should be."""
SHOWN = 8
_SAMPLE = re.compile(r"\[\d+\]$")  # what `data_loss` puts behind the labels of a sample


@dataclass(frozen=True)
class Unit:
    """A neuron with an activation function, and its weighted sum in each sample."""

    name: str
    layer: str
    function: Op
    sums: tuple[float, ...]
    twin: object
    """Equal for units of a layer that get the same updates, and have the same weights; None where that is not known."""

    @property
    def dead(self) -> bool:
        """Whether it is a relu that is 0 in every sample."""
        return self.function is ops.relu and all(z <= 0.0 for z in self.sums)

    @property
    def saturated(self) -> bool:
        """Whether it is a sigmoid or tanh that is flat in every sample."""
        if self.function not in (ops.sigmoid, ops.tanh):
            return False
        slope = self.function.partials
        most = slope(self.function.fn(0.0), 0.0)
        return all(slope(self.function.fn(z), z) < FLAT * most for z in self.sums)


def units_of_network(net: Network, data: Sequence[Sample]) -> list[Unit]:
    """Return the units of a network, with what they are in all samples."""
    passes = [net.sums([_number(x) for x in inputs]) for inputs, _ in data]
    units = []
    for k, layer in enumerate(net.layers):
        function = ACTIVATIONS[layer.activation]
        after = net.layers[k + 1].weights if k + 1 < len(net.layers) else None
        for j, row in enumerate(layer.weights):
            bias = layer.biases[j].data if layer.biases else 0.0
            twin: object = after and (*(w.data for w in row), bias, *(w[j].data for w in after))
            sums = tuple(one[k][j] for one in passes)
            units.append(Unit(layer.sum_name(j), layer.name, function or ops.add, sums, twin))
    return units


def units_of_graph(root: Value) -> list[Unit]:
    """Return the labelled activations of a graph as units: of the samples, whose labels end in [1], [2], ..., one."""
    samples: dict[str, list[Value]] = defaultdict(list)
    for node in topological(root):
        if node.op in (ops.relu, ops.sigmoid, ops.tanh) and node.label:
            samples[_SAMPLE.sub("", node.label)].append(node)
    units = []
    for label, nodes in samples.items():
        sums = [node.parents[0] for node in nodes]
        name = _SAMPLE.sub("", sums[0].label) or label
        function = nodes[0].op or ops.add
        twin = tuple((z.data, z.grad) for z in sums)
        units.append(Unit(name, name.rstrip("0123456789"), function, tuple(z.data for z in sums), twin))
    return units


def size_of(data: Sequence[Sample]) -> float:
    """Return how large weights may have to be for these samples: targets are large, or an input is tiny in all."""
    rows = [[abs(_number(x)) for x in inputs] for inputs, _ in data]
    largest: list[float] = [most for most in map(max, zip(*rows, strict=True)) if most > 0.0]
    targets = [abs(_number(t)) for _, targets in data for t in targets]
    return max([1.0, *targets]) / min([1.0, *largest])


def fits(net: Network, data: Sequence[Sample]) -> bool:
    """Return whether all outputs are where the targets are, so that nothing is left to learn."""
    targets = [[_number(t) for t in some] for _, some in data]
    bounded = ACTIVATIONS[net.layers[-1].activation] in (ops.sigmoid, ops.tanh)
    size = 1.0 if bounded else max(abs(t) for some in targets for t in some)
    outputs = net.predict([[_number(x) for x in inputs] for inputs, _ in data])
    pairs = (pair for rows in zip(outputs, targets, strict=True) for pair in zip(*rows, strict=True))
    return all(abs(a - t) <= NEAR * size for a, t in pairs)


def of_parameters(
    parameters: Sequence[Value],
    before: Sequence[float],
    lr: float,
    losses: Sequence[float],
    *,
    size: float,
    leaps: bool,
) -> Iterator[Remark]:
    """Give what the parameters alone tell: from where they came, where they are, and what their gradients are.

    `size` is how large they may have to be. Steps are told to be too long if `leaps`: not where the loss is of other
    samples in each epoch, nor where nothing is left to learn.
    """
    largest = max(parameters, key=lambda p: abs(p.data))
    huge = abs(largest.data) > max(FAR * max(1.0, *map(abs, before)), 100.0 * size)
    if huge:
        name = _name(largest, parameters)
        yield Remark(
            RemarkKind.HUGE,
            f"{name} has become {largest.data:.3g}, where all parameters were within {max(map(abs, before)):.3g}: the "
            f"learning rate {lr:g} is probably far too large, whatever the loss says",
            (name,),
        )
    if lr == 0.0 or (losses and losses[-1] <= 0.0):
        return
    steepest = max(parameters, key=lambda p: abs(p.grad))
    name, step = _name(steepest, parameters), lr * abs(steepest.grad)
    if steepest.grad == 0.0 and all(p.data == start for p, start in zip(parameters, before, strict=True)):
        yield Remark(RemarkKind.NO_GRADIENT, "all gradients are 0, so that no parameter has changed", ())
    elif abs(steepest.grad) > SLOPE and 0.0 < step < LOST * max(map(abs, before)):
        yield Remark(
            RemarkKind.LOST,
            f"the steps are lost in rounding: the largest, that of {name}, is {lr:g} * {steepest.grad:.3g}; the "
            "learning rate is far too small",
            (name,),
        )
    fall = lr * sum(p.grad * p.grad for p in parameters)  # of the loss in a short step, to first order
    far = _stands_still(losses) and losses[-1] > NOISE * losses[0]
    if leaps and far and not huge and fall > LEAP * losses[-1]:
        yield Remark(
            RemarkKind.LEAPS,
            f"the steps leap over the minimum: the loss does not fall, though by its slope one step would lower it by "
            f"{fall:.3g}; a smaller learning rate than {lr:g} may help",
            (),
        )


def of_units(units: Iterable[Unit], losses: Sequence[float], *, fitted: bool | None) -> Iterator[Remark]:
    """Give what keeps units from learning, where the loss has neither fallen far nor goes on falling.

    `fitted` is whether all outputs are where they should be, None if that is not known. A layer without any unit that
    learns is told of where they are not, however far its biases alone have brought the loss.
    """
    fell = losses[-1] <= 0.1 * losses[0]
    if fitted or (fell and fitted is None):
        return
    layers: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        layers[unit.layer].append(unit)
    still = _stands_still(losses) and not fell
    for layer in layers.values():
        dead, flat = [x for x in layer if x.dead], [x for x in layer if x.saturated]
        if len(dead) == len(layer) or (still and 2 * len(dead) >= len(layer)):
            yield from _remark(
                RemarkKind.DEAD,
                dead,
                layer,
                "relu is 0 in every sample, so that no gradient gets through",
                "other initial weights, a smaller learning rate or softplus may help",
            )
        if still and 2 * len(flat) >= len(layer):
            yield from _remark(
                RemarkKind.SATURATED,
                flat,
                layer,
                f"{layer[0].function.name} is flat in every sample, so that hardly any gradient gets through",
                "smaller weights, inputs scaled to about 1 or a smaller learning rate may help",
            )
        if not fell:
            yield from _copies(layer)


def _copies(layer: list[Unit]) -> Iterator[Remark]:
    alike: dict[object, list[Unit]] = defaultdict(list)
    for unit in layer:
        if unit.twin is not None:
            alike[unit.twin].append(unit)
    same = [group for group in alike.values() if len(group) > 1]
    if same:
        shown = ", ".join(" = ".join(_shown(group)) for group in same)
        yield Remark(
            RemarkKind.COPIES,
            f"{shown}: equal weights get equal gradients and stay equal, so that these units are as good as one; begin "
            "with random weights",
            tuple(unit.name for group in same for unit in group),
        )


def _remark(kind: RemarkKind, units: list[Unit], layer: list[Unit], what: str, advice: str) -> Iterator[Remark]:
    if units:
        many = "all units of their layer" if len(layer) > 1 else "the only unit of its layer"
        count = many if len(units) == len(layer) else f"{len(units)} of the {len(layer)} units of their layer"
        words = f"{', '.join(_shown(units))} ({count}): {what}; {advice}"
        yield Remark(kind, words, tuple(unit.name for unit in units))


def _shown(units: list[Unit]) -> list[str]:
    names = [readable(unit.name) for unit in units]
    return names if len(names) <= SHOWN else [*names[: SHOWN - 1], "...", names[-1]]


def _stands_still(losses: Sequence[float]) -> bool:
    """Whether the loss has not fallen by a thousandth since half of the time."""
    if len(losses) < 2:
        return False
    middle = losses[(len(losses) - 1) // 2]
    return not losses[-1] < middle - 1e-3 * abs(middle)


def _number(x: Operand) -> float:
    return x.data if isinstance(x, Value) else number(x)


def _name(parameter: Value, parameters: Sequence[Value]) -> str:
    at = next(k for k, p in enumerate(parameters, 1) if p is parameter)
    return readable(parameter.label) if parameter.label else f"parameter {at}"
