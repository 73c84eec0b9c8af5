"""Losses, each with its formula and convention: half squared error, mean squared error, binary cross-entropy."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from autograd_lite.engine.chain import as_label
from autograd_lite.engine.ieee import short
from autograd_lite.engine.ops import number, sigmoid, softplus, xlog1py, xlogy
from autograd_lite.engine.validation import is_list
from autograd_lite.engine.value import Operand, Value

__all__ = [
    "LOSSES",
    "Loss",
    "as_loss",
    "binary_cross_entropy",
    "binary_cross_entropy_from_logits",
    "half_squared_error",
    "mean_squared_error",
]


class Loss(Protocol):
    """A function of outputs and targets that returns the total loss as a node."""

    def __call__(self, outputs: Sequence[Value], targets: Sequence[Operand], *, suffix: str = "") -> Value:
        """Return the loss; `suffix` is appended to the labels of the nodes it makes."""
        ...


def half_squared_error(outputs: Sequence[Value], targets: Sequence[Operand], *, suffix: str = "") -> Value:
    """Return the sum over the outputs of E = 1/2 (t - a)², the loss of Mazur's tutorial.

    The half makes the slope a - t (Bishop 2006, eq. 5.11). Targets become leaves t1, t2, ...; each output's error
    is labelled E1, E2, ..., their sum E_total. With one output there is just E_total.

    Raises `ValueError` if there are not as many targets as outputs, or none; `TypeError` for what is no list of them,
    such as a set or a dict.
    """
    return _total(outputs, targets, suffix, lambda a, t: 0.5 * (t - a) ** 2)


def mean_squared_error(outputs: Sequence[Value], targets: Sequence[Operand], *, suffix: str = "") -> Value:
    """Return the mean over the n outputs of E = (t - a)², so that the slope is 2 (a - t) / n, as in PyTorch's MSELoss.

    Labels and errors are those of `half_squared_error`; E_total is the mean.
    """
    return _total(outputs, targets, suffix, lambda a, t: (t - a) ** 2, mean=True)


def binary_cross_entropy(outputs: Sequence[Value], targets: Sequence[Operand], *, suffix: str = "") -> Value:
    """Return the sum over the outputs of E = -(t ln a + (1 - t) ln(1 - a)), for probabilities a.

    The cross-entropy of Bishop 2006, eq. 4.90, for targets from 0 to 1. 0 ln 0 is 0, so an output that is certain and
    right costs nothing; one that is certain and wrong costs inf, nothing is clamped (PyTorch's BCELoss stops at 100).
    ln(1 - a) is accurate for small a. Where outputs are sigmoids of finite sums, `binary_cross_entropy_from_logits` of
    these is always finite.

    Labels and errors are those of `half_squared_error`, and `ValueError` for a target or an output outside [0, 1].
    """
    _probabilities(outputs, targets)
    for k, a in enumerate(outputs, 1):
        if a < 0.0 or a > 1.0:
            raise ValueError(
                f"output {k} is {_number(a)!r}; the cross-entropy takes probabilities from 0 to 1, such as sigmoids "
                "give; for the sums before the sigmoid there is binary_cross_entropy_from_logits"
            )
    return _total(outputs, targets, suffix, lambda a, t: -(xlogy(t, a) + xlog1py(1.0 - t, -a)))


def binary_cross_entropy_from_logits(
    outputs: Sequence[Value], targets: Sequence[Operand], *, suffix: str = ""
) -> Value:
    """Return the sum over the outputs of E = t softplus(-z) + (1 - t) softplus(z): the cross-entropy of sigmoid(z).

    The same value as `binary_cross_entropy` of the sigmoids without their rounding, for z of any size; the slope is
    sigmoid(z) - t, accurate where it is tiny. An infinite z costs nothing where it is right, and inf where it is wrong.
    Labels and errors are those of `binary_cross_entropy`.
    """
    _probabilities(outputs, targets)
    return _total(outputs, targets, suffix, lambda z, t: _cost(t, -z) + _cost(1.0 - t, z))


LOSSES: dict[str, Loss] = {
    loss.__name__: loss
    for loss in (half_squared_error, mean_squared_error, binary_cross_entropy, binary_cross_entropy_from_logits)
}
"""The losses by name."""

_SHORT = {"mse": mean_squared_error, "bce": binary_cross_entropy}


def as_loss(loss: Loss | str) -> Loss:
    """Return a loss that is given as a function, or by its name: one of `LOSSES`, or "mse" or "bce" for short.

    Raises `ValueError` for a name that none has, and `TypeError` for what is neither.
    """
    due = f"there are {', '.join(LOSSES)}, and {' and '.join(_SHORT)} for short"
    if isinstance(loss, str):
        known = {**LOSSES, **_SHORT}
        if loss not in known:
            raise ValueError(f"no loss {short(loss)}; {due}")
        return known[loss]
    given: object = loss
    if not callable(given) or isinstance(given, type):
        raise TypeError(f"loss is a function of outputs and targets, or the name of one: {due}; got {short(given)}")
    return loss


def _cost(weight: Value, z: Value) -> Any:
    """The weight times softplus(z), and 0 for a weight of 0, also where z is infinite."""
    if z == math.inf and weight == 0.0:
        return -xlogy(weight, sigmoid(-z))  # the same function, so that the slopes are right too
    return weight * softplus(z)


def _total(
    outputs: Sequence[Value],
    targets: Sequence[Operand],
    suffix: str,
    error: Callable[[Value, Value], Value],
    *,
    mean: bool = False,
) -> Value:
    _check_lists(outputs, targets)
    suffix = as_label(suffix, "suffix")
    if len(outputs) != len(targets) or len(outputs) == 0:
        raise ValueError(
            f"a loss takes as many targets as outputs, at least one; got {len(targets)} for {len(outputs)}"
        )
    nodes = [t if isinstance(t, Value) else Value(t, f"t{k}{suffix}") for k, t in enumerate(targets, 1)]
    errors = [error(a, t) for a, t in zip(outputs, nodes, strict=True)]
    total = errors[0]
    if len(errors) > 1:
        for k, node in enumerate(errors, 1):
            node.label = f"E{k}{suffix}"
        for node in errors[1:]:
            total = total + node
        if mean:
            total = total / len(errors)
    total.label = f"E_total{suffix}"
    return total


def _check_lists(outputs: object, targets: object) -> None:
    for what, given in (("outputs", outputs), ("targets", targets)):
        if not is_list(given):
            raise TypeError(f"{what} are a list, one for each output of the network, got {type(given).__name__}")


def _probabilities(outputs: Sequence[Value], targets: Sequence[Operand]) -> None:
    _check_lists(outputs, targets)
    for k, t in enumerate(targets, 1):
        x = _number(t)
        if not 0.0 <= x <= 1.0 or math.isnan(x):
            raise ValueError(f"target {k} is {x!r}; the targets of a cross-entropy are probabilities from 0 to 1")


def _number(x: Operand) -> float:
    return x.data if isinstance(x, Value) else number(x)
