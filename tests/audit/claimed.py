"""What the tests of claims share."""

from pathlib import Path

from autograd_lite import (
    Value,
    named,
    relu,
)
from autograd_lite.examples import era_s6

DATA = Path(__file__).parents[1] / "data"


WEIGHTS = [f"w{k}" for k in range(1, 9)]


def network(example=era_s6):
    """The 2-2-2 network of an example, and its loss."""
    net = example().network()
    return net, example().loss(net)


def texts():
    """The eight formulas as the tutorials derive them."""
    found = {}
    for k, (j, i) in enumerate(((1, 1), (1, 2), (2, 1), (2, 2)), 1):
        paths = " + ".join(f"(a_o{o} - t{o}) * a_o{o} * (1 - a_o{o}) * w{2 * o + 2 + j}" for o in (1, 2))
        found[f"w{k}"] = f"({paths}) * a_h{j} * (1 - a_h{j}) * i{i}"
    for k, (o, j) in enumerate(((1, 1), (1, 2), (2, 1), (2, 2)), 5):
        found[f"w{k}"] = f"(a_o{o} - t{o}) * a_o{o} * (1 - a_o{o}) * a_h{j}"
    return found


def values(y):
    """The numbers of the named nodes."""
    return {name: node.data for name, node in named(y).items()}


def computed(text, y):
    """What Python makes of a formula in the names of the graph."""
    return eval(text, {"__builtins__": {}}, values(y))


def hidden(change):
    """A mistake that only hidden weights have."""
    return lambda w, text: change(w, text) if w in WEIGHTS[:4] else None


def dead():
    """A unit whose relu is 0."""
    w, x, v, t = Value(-0.5, "w"), Value(2.0, "x"), Value(3.0, "v"), Value(1.0, "t")
    h = w * x
    h.label = "h"
    a = relu(h)
    a.label = "a"
    o = v * a
    o.label = "o"
    return (o - t) ** 2


def product():
    """The product y = x * x * z, whose slope along x is 12."""
    x, z = Value(3.0, "x"), Value(2.0, "z")
    y = x * x * z
    y.label = "y"
    return y
