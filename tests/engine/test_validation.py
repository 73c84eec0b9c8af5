"""What users pass: whole numbers of any type are taken, truth values are not; what has no order is refused."""

import numpy as np
import pytest

from autograd_lite import Value, draw, explain, grad, hvp, jacobian, losses, value_and_grad
from autograd_lite.audit import check_claims
from autograd_lite.history import History
from autograd_lite.nn import Network
from autograd_lite.optim import GradientDescent
from autograd_lite.storage import load_graph, save_graph
from autograd_lite.testing import accuracy, floats, graphs, networks
from autograd_lite.train import data_loss, train

NET = Network([2, 2, 1])
X, Y = Value(2.0, "x"), Value(3.0, "y")
Z = (X * Y).sin()
XOR = [([0.0, 1.0], [1.0]), ([1.0, 1.0], [0.0])]


class Whole:
    """A whole number of the user's."""

    def __index__(self):
        return 2


def trained(**options):
    net = Network([2, 1], weights=[1.0, 2.0])
    return train(lambda: data_loss(net, XOR), net.weights, lr=0.1, **({"epochs": 3} | options))


# What takes a whole number, here always 2; compared is the text of what comes back.
COUNTS = {
    "sizes": lambda n, _: Network([n, n, 1], seed=1).weights,
    "seed": lambda n, _: Network([2, 2], seed=n).weights,
    "epochs": lambda n, _: trained(epochs=n).rows(),
    "patience": lambda n, _: trained(patience=n).rows(),
    "limit": lambda n, _: explain(Z, X, limit=n),
    "max_paths": lambda n, _: draw.gradient(Z, X, max_paths=n).source,
    "max_nodes": lambda n, _: draw.graph(X + 1.0, max_nodes=n + 1).source,
    "digits": lambda n, _: check_claims(Z, {"x": 2.88}, digits=n),
    "argument": lambda n, _: floats("mul", argument=n - 1),
    "size": lambda n, _: graphs(size=n),
    "variables": lambda n, _: graphs(n),
    "samples": lambda n, _: networks(samples=n),
    "points": lambda n, _: accuracy.measure("neg", n).points,
    "max_bytes": lambda n, path: load_graph(save_graph(Z, path / "graph"), max_bytes=n * 10**6),
}


@pytest.mark.parametrize("name", COUNTS)
def test_whole_numbers(name, tmp_path):
    """What Python takes for an index is a whole number, of whatever type."""

    def told(n):
        result = COUNTS[name](n, tmp_path)
        return str([*result] if hasattr(result, "__next__") else result)

    kinds = [np.int64(2), np.uint8(2), np.array(2), Whole()]
    for n in kinds[: {"max_bytes": 1, "variables": 2, "argument": 3, "max_nodes": 3}.get(name)]:
        assert told(n) == told(2), n


@pytest.mark.parametrize("bad", [True, False, np.bool_(True), 2.0, np.float64(2.0), "2", None, [2], 0, -2], ids=repr)
@pytest.mark.parametrize("name", ["sizes", "epochs", "patience", "max_paths", "digits", "size", "samples"])
def test_what_is_no_whole_number(name, bad, tmp_path):
    """Truth values, other numbers, text and numbers out of range are refused; the message says what is due."""
    if (name, bad) == ("patience", None) or (name == "epochs" and bad == 0 and bad is not False):
        return
    with pytest.raises(ValueError, match=r"whole number|how many|sizes are one list|largest number"):
        COUNTS[name](bad, tmp_path)


def test_sizes():
    """Sizes may be an array; what is no list of them is a TypeError."""
    net = Network(np.array([2, 3, 1]))
    assert repr(net) == repr(Network([2, 3, 1]))
    assert {type(n) for n in net.sizes} == {int}
    for bad in ("22", iter([2, 2]), {2, 3}):
        with pytest.raises(TypeError, match=f"sizes are.*got {type(bad).__name__}"):
            Network(bad)
    for bad in ([2], [], [2, 0], [2, 2.0], [True, 2], np.array([2.0, 2.0])):
        with pytest.raises(ValueError, match="sizes are"):
            Network(bad)


LISTS = {
    "sizes": Network,
    "activations": lambda given: Network([2, 1], activation=given),
    "weights": lambda given: Network([2, 1], weights=given),
    "biases": lambda given: Network([2, 2], bias_values=given),
    "inputs": NET,
    **{
        f"{name}: {what}": call
        for name in (
            "half_squared_error",
            "mean_squared_error",
            "binary_cross_entropy",
            "binary_cross_entropy_from_logits",
        )
        for what, call in {
            "outputs": lambda given, name=name: getattr(losses, name)(given, [1.0, 1.0]),
            "targets": lambda given, name=name: getattr(losses, name)([X * 0.1, Y * 0.1], given),
        }.items()
    },
    "data": lambda given: data_loss(NET, given),
    "sample": lambda given: data_loss(NET, [given]),
    "data: inputs": lambda given: data_loss(NET, [(given, [1.0])]),
    "data: targets": lambda given: data_loss(NET, [([1.0, 2.0], given)]),
    "parameters": lambda given: GradientDescent(given, 0.1),
    "train": lambda given: train(lambda: X * X, given, lr=0.1, epochs=1),
    "history": lambda given: History().record(Z, given),
    "grad": lambda given: grad(Z, given),
    "arguments": value_and_grad(sum),
    "results": lambda given: jacobian(lambda _: given)(1.0),
    "direction": lambda given: hvp(lambda x, y: x * y, given)(1.0, 2.0),
    "save_graph": lambda given: save_graph(given, "never written"),
}


@pytest.mark.parametrize(
    "unordered",
    [{0.25, 0.5}, {0.25: 1.0, 0.5: 2.0}, {0.25: 1.0, 0.5: 2.0}.keys(), frozenset([X, Y]), {X: 1, Y: 2}, set()],
    ids=["set", "dict", "keys", "nodes", "dict of nodes", "empty"],
)
@pytest.mark.parametrize("use", LISTS.values(), ids=LISTS)
def test_what_has_no_order(use, unordered):
    """A set or a dict where the order matters is a TypeError that asks for a list."""
    with pytest.raises(TypeError, match=rf"list|sizes are .*got {type(unordered).__name__}"):
        use(unordered)


@pytest.mark.parametrize("bad", [None, 0, 3, False, [], b"[1]"], ids=repr)
def test_suffixes(bad):
    """A suffix of labels is text; an empty one is none."""
    with pytest.raises(TypeError, match=f"a suffix is text.*got {type(bad).__name__}"):
        NET([1.0, 2.0], suffix=bad)
    with pytest.raises(TypeError, match=f"a suffix is text.*got {type(bad).__name__}"):
        losses.half_squared_error([X], [1.0], suffix=bad)
    assert NET([1.0, 2.0], suffix="")[0].label == "a_o1"
