"""What the tests of saved files share: graphs and networks to save, and what must come back of them."""

import json
import math
import struct

from autograd_lite import Value, exp, topological
from autograd_lite.nn import Network
from autograd_lite.storage import save_graph, save_network


def nan(bits):
    """The NaN with these bits."""
    return struct.unpack(">d", bits.to_bytes(8, "big"))[0]


NUMBERS = [
    *(0.0, -0.0, 1.0, 0.1, -1 / 3, 1e16, 1e17 + 16.0, 2.0**53 + 2.0, 123456789.12345679, 1e-7),
    *(
        5e-324,
        -5e-324,
        2.2250738585072014e-308,
        2.225073858507201e-308,
        1.7976931348623157e308,
        -1.7976931348623157e308,
    ),
]
ODD = [math.inf, -math.inf, math.nan, nan(0xFFF8000000000000), nan(0x7FF8000000000001), nan(0xFFFFFFFFFFFFFFFF)]

LABELS = [
    "h1",
    "∂E/∂w",
    'a "b" \\ \\" \\\\',
    "[{" * 300 + '"]}\\',
    "line\nbreak\r\t\x00\x1b[31m\x7f",
    "\ud800 \udfff\ud800 \U0010ffff",
    "\u202egnp.exe\u200b\ufeff",
    "</script>]]>&lt;",
    "=cmd|' /C calc'!A0",
    '"}, {"op": "mul"}',
    "../../x",
    "{0.__class__} {{x}} %s \\N{BULLET} $x$",
    "   ",
    "nan",
]


def bits(x, *, one_nan=False):
    """The 64 bits of a float; None stays None.

    With `one_nan` all NaN are alike: which of two NaN's bits a sum takes over is up to the interpreter.
    """
    return None if x is None else "nan" if one_nan and math.isnan(x) else struct.pack(">d", x).hex()


def picture(roots, *, one_nan=False):
    """All there is to a graph: its nodes in order, with every bit, how they hang together, and which are the roots."""
    many = [roots] if isinstance(roots, Value) else roots
    position = {}
    for root in many:
        for node in topological(root):
            position.setdefault(id(node), (len(position), node))
    rows = [
        (
            node.op and node.op.name,
            [position[id(x)][0] if isinstance(x, Value) else bits(x) for x in node.args],
            *(node.label, bits(node.data), bits(node._grad, one_nan=one_nan)),
        )
        for _, node in position.values()
    ]
    return rows, [position[id(root)][0] for root in many], isinstance(roots, Value)


def described(net):
    """All there is to a network: with every bit, and which nodes its layers share."""
    place = {id(node): k for k, node in enumerate(net.parameters())}
    layers = [
        (x.name, x.activation, [[place[id(w)] for w in row] for row in x.weights], [place[id(b)] for b in x.biases])
        for x in net.layers
    ]
    return net.sizes, net.bias_mode, layers, [(node.label, bits(node.data)) for node in net.parameters()]


def small_graph():
    """Two results that share a node, with labels, constants, gradients, a NaN."""
    x, w = Value(0.5, "x"), Value(-0.0)
    shared = exp(x * x)
    y = shared * 2.0 + w
    y.label = "y"
    y.backward()
    return [y, (shared - math.inf) * 0.0]


def small_network():
    """A network of two layers."""
    net = Network([2, 2, 1], activation=["relu", "linear"], biases="layer", seed=1, bias_values=[0.5, -0.0])
    net["w2"].label = "second"
    return net


def graph_file(folder):
    """A file with the small graph: its path and its JSON."""
    path = save_graph(small_graph(), folder / "graph.json")
    return path, json.loads(path.read_bytes())


def network_file(folder):
    """A file with the small network: its path and its JSON."""
    path = save_network(small_network(), folder / "network.json")
    return path, json.loads(path.read_bytes())
