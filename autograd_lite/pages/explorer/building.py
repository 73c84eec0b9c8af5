"""From a network with data, or a node, to the page's content: what is what, and how much a page takes."""

from collections.abc import Iterable, Sequence
from typing import Any

from autograd_lite.engine.graph import display_names, topological
from autograd_lite.engine.validation import is_list
from autograd_lite.engine.value import Value
from autograd_lite.losses import Loss
from autograd_lite.nn import Network
from autograd_lite.pages.explorer.graph import graph_picture
from autograd_lite.pages.explorer.markup import Content
from autograd_lite.pages.explorer.network import network_picture
from autograd_lite.pages.explorer.quantities import Kind, Model
from autograd_lite.pages.explorer.steps import training_step

__all__ = ["MOST_NODES", "MOST_PARAMETERS", "of_graph", "of_network"]

MOST_PARAMETERS, MOST_NODES = 500, 1_000
REPORT = "what is larger is for draw.network, draw.graph and the report (autograd-lite example), which show it whole"


def of_network(
    net: Network, data: Any, *, loss: Loss, lr: float, parameters: Iterable[Value] | None, title: str
) -> Content:
    """Return the content of a network's page."""
    count = len(net.parameters())
    if count > MOST_PARAMETERS:
        raise ValueError(f"this network has {count:,} parameters; a page takes {MOST_PARAMETERS}: {REPORT}")
    samples = _samples(data)
    first = samples[0]
    inputs = [Value(x, f"i{k}") for k, x in enumerate(first[0], 1)]
    targets = [Value(x, f"t{k}") for k, x in enumerate(first[1], 1)]
    done = net.forward(inputs)
    root = loss(done.outputs, targets)
    root.label = root.label or "loss"
    _check_nodes(topological(root))
    kinds: dict[Value, tuple[Kind, int]] = dict.fromkeys(inputs, (Kind.INPUT, 0)) | dict.fromkeys(
        targets, (Kind.TARGET, 0)
    )
    for k, layer in enumerate(net.layers, 1):
        kinds |= {w: (Kind.WEIGHT, k) for row in layer.weights for w in row} | dict.fromkeys(
            layer.biases, (Kind.BIAS, k)
        )
        kinds |= dict.fromkeys(done.sums[k - 1], (Kind.SUM, k))
        kinds |= {a: (Kind.ACTIVATION, k) for a in done.activations[k - 1] if a not in set(done.sums[k - 1])}
    errors = {f"E{k}" for k in range(1, len(targets) + 1)}
    kinds |= {
        node: (Kind.ERROR, len(net.layers)) for node in topological(root) if node.label in errors and node is not root
    }
    model = Model(root, kinds, [*inputs, *targets, *net.parameters()])
    wanted = net.parameters() if parameters is None else list(parameters)
    unknown = [x for x in wanted if x not in set(net.parameters())]
    if unknown:
        raise ValueError(f"parameters are some of the network's, got {unknown[0]!r}")
    trained = [model.of[x] for x in wanted if x in model.of]
    fixed = {model.of[x] for x in net.parameters()} - set(trained)
    return Content(
        title=title or f"A network, {'-'.join(map(str, net.sizes))}",
        model=model,
        picture=network_picture(
            net,
            model,
            [model.of[x] for x in inputs],
            [model.of[x] for x in targets if x in model.of],
            fixed,
        ),
        steps=training_step(model, trained, network=True),
        trained=trained,
        fixed=fixed,
        samples=[[float(x) for x in (*a, *t)] for a, t in samples],
        rate=lr,
        selected=model.of[net.weights[0]].key,
    )


def _samples(data: Any) -> list[tuple[Sequence[float], Sequence[float]]]:
    """The samples as pairs of numbers; one pair stands for one sample."""
    due = "data is a list of pairs (inputs, targets), such as [([0.05, 0.1], [0.01, 0.99])]"
    if not is_list(data) or len(data) == 0:
        raise TypeError(due)
    pairs = [data] if len(data) == 2 and all(is_list(x) and not any(map(is_list, x)) for x in data) else list(data)
    if not all(is_list(pair) and len(pair) == 2 and all(map(is_list, pair)) for pair in pairs):
        raise TypeError(due)
    found = [tuple([x.data if isinstance(x, Value) else float(x) for x in part] for part in pair) for pair in pairs]
    if len({tuple(map(len, pair)) for pair in found}) > 1:
        raise ValueError("all samples have as many inputs, and as many targets, as the first one")
    return found  # type: ignore[return-value]


def of_graph(y: Value, *, title: str) -> Content:
    """Return the content of a graph's page: that of a copy in which every node has a name."""
    order = topological(y)
    _check_nodes(order)
    copy = _named(y, order)
    model = Model(copy, {})
    leaves = model.leaves
    name = model.result.name
    return Content(
        title=title or f"The graph of {name}",
        model=model,
        picture=graph_picture(model),
        steps=training_step(model, [], network=False),
        samples=[],
        selected=leaves[0].key if leaves else model.result.key,
    )


def _named(y: Value, order: Sequence[Value]) -> Value:
    """A copy of a graph, each node under the name that it has wherever it is shown."""
    names = display_names(order)
    copies: dict[Value, Value] = {}
    for node in order:
        if node.op is None:
            copies[node] = Value(node.data, names[node])
            continue
        copies[node] = node.op(*(copies[x] if isinstance(x, Value) else x for x in node.args))
        copies[node].label = names[node]
    return copies[y]


def _check_nodes(order: Sequence[Value]) -> None:
    computed = sum(node.op is not None for node in order)
    if computed > MOST_NODES:
        raise ValueError(f"this graph computes {computed:,} nodes; a page takes {MOST_NODES:,} a sample: {REPORT}")
