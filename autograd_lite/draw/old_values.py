"""What callers say of a network's parameters: their values and gradients before an update, and which are trained."""

from collections.abc import Iterable, Mapping

from autograd_lite.engine.graph import readable
from autograd_lite.engine.ieee import short
from autograd_lite.engine.ops import number
from autograd_lite.engine.value import Value
from autograd_lite.nn import Network

__all__ = ["OldValues", "fixed"]


class OldValues:
    """What is said of the parameters as they were: their values, and the gradients of one result there."""

    def __init__(self, net: Network, before: Mapping[str, float]) -> None:
        known = {node.label: node for node in net.parameters()}
        self.values = {known[name]: number(x) for name, x in before.items() if name in known}
        self.slopes: dict[Value, float] = {}
        results: dict[str, None] = {}
        row = "epoch" in before  # of a history, which has much besides
        for name, x in before.items():
            if name in known:
                continue
            of, _, wrt = str(name).rpartition("/d")  # the names of a history's columns
            if of.startswith("d") and wrt in known:
                self.slopes[known[wrt]] = number(x)
                results[of[1:]] = None
            elif not row:
                names = [*map(readable, known)]
                listed = ", ".join(names) if len(names) <= 12 else f"{names[0]}, {names[1]}, ..., {names[-1]}"
                raise ValueError(
                    f"before= has {short(name)}, which is no weight or bias of this network; it has {listed}"
                )
        if row and not self.values:
            raise ValueError(
                "before= is a row of another history: none of its names is a weight or bias of this network"
            )
        if len(results) > 1:
            raise ValueError(f"before= has gradients of several results: {', '.join(map(short, results))}")
        self.slopes_of = next(iter(results), "")
        self.fixed = {p for p in known.values() if p not in self.slopes} if row else set()


def fixed(net: Network, trained: Iterable[Value]) -> set[Value]:
    """Return the parameters that are not in `trained`; raises `TypeError` or `ValueError` for what is none."""
    if isinstance(trained, (Value, str)) or not isinstance(trained, Iterable):
        raise TypeError(f"trained is a list of parameters, such as net.weights, got {type(trained).__name__}")
    parameters = set(net.parameters())
    left = set(parameters)
    for node in trained:
        if not isinstance(node, Value):
            raise TypeError(f"trained is a list of parameters, such as net.weights; one is {type(node).__name__}")
        if node not in parameters:
            raise ValueError(f"trained has {node!r:.80}, which is no parameter of this network")
        left.discard(node)
    return left
