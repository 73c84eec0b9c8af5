"""The loss of a network on samples, as one graph."""

from collections.abc import Iterable, Sequence

from autograd_lite.engine.validation import is_list
from autograd_lite.engine.value import Operand, Value
from autograd_lite.losses import Loss, half_squared_error
from autograd_lite.nn import Network

__all__ = ["Sample", "data_loss", "is_data"]

Sample = tuple[Sequence[Operand], Sequence[Operand]]
"""The inputs and the targets of one example."""


def data_loss(net: Network, data: Sequence[Sample], loss: Loss = half_squared_error) -> Value:
    """Return the loss of the network on all samples, as one graph: the mean over samples, labelled E_total.

    With more than one sample, the labels of sample k carry the suffix [k]: i1[2], a_o1[2], E_total[2].

    Raises `ValueError` if there are no samples, or one does not fit the network; `TypeError` for what is no list of
    pairs of lists, such as a set or a dict.
    """
    if not callable(loss):
        raise TypeError(f"loss is a function, such as half_squared_error of autograd_lite.losses; got {loss!r:.60}")
    if not is_data(data):
        raise TypeError("data is a list of pairs (inputs, targets), such as [([0.05, 0.1], [0.01, 0.99])]")
    if len(data) == 0:  # of an array, there is no truth to ask for
        raise ValueError("there are no samples: data is a list of pairs (inputs, targets)")
    if len(data) == 1:
        return loss(net(data[0][0]), data[0][1])
    total: Value | None = None
    for k, (inputs, targets) in enumerate(data, 1):
        one = loss(net(inputs, suffix=f"[{k}]"), targets, suffix=f"[{k}]")
        total = one if total is None else total + one
    assert total is not None
    mean = total / len(data)
    mean.label = "E_total"
    return mean


def is_data(data: object) -> bool:
    """Return whether something is a list of pairs of lists."""
    if not is_list(data) or not isinstance(data, Iterable):
        return False
    return all(is_list(sample) and len(sample) == 2 and all(map(is_list, sample)) for sample in data)
