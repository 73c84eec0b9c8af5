"""The loss of a network on samples, as one graph."""

from collections.abc import Iterable, Sequence

from autograd_lite.engine.validation import is_list
from autograd_lite.engine.value import Operand, Value
from autograd_lite.losses import Loss, as_loss, half_squared_error
from autograd_lite.nn import Network

__all__ = ["Sample", "data_loss", "is_data"]

Sample = tuple[Sequence[Operand], Sequence[Operand]]
"""The inputs and the targets of one example."""


def data_loss(net: Network, data: Sequence[Sample], loss: Loss | str = half_squared_error) -> Value:
    """Return the loss of the network on all samples, as one graph: the mean over samples, labelled E_total.

    `loss` is a function of the network's outputs and the targets, such as those of `autograd_lite.losses`, or the name
    of one of them: "mean_squared_error", "binary_cross_entropy", "mse", ...; by default half the squared error, summed
    over the outputs. A function of your own takes `suffix=` too where there is more than one sample.

    With more than one sample, the labels of sample k carry the suffix [k]: i1[2], a_o1[2], E_total[2].

    Raises `ValueError` if there are no samples, one does not fit the network, or no loss has that name; `TypeError` for
    what is no list of pairs of lists, such as a set or a dict.
    """
    loss = as_loss(loss)
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
