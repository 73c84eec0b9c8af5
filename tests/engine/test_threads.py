"""What reads a recorded graph while another thread edits a leaf shows one point: that before the edit or that after."""

import threading

import pytest

from autograd_lite import (
    StaleGraphError,
    Value,
    draw,
    explain,
    formula,
    grad,
    topological,
    zero_grad,
)
from autograd_lite.audit import check_claims
from autograd_lite.engine import value
from autograd_lite.engine.graph import adjoints
from autograd_lite.history import History
from autograd_lite.losses import half_squared_error
from autograd_lite.nn import Network
from autograd_lite.optim import GradientDescent
from autograd_lite.storage import save_graph, save_network
from autograd_lite.text import formulas, symbols


def graph():
    """A leaf that is read again and again between its first and its last use."""
    x = Value(3.0, "x")
    y = x * x
    for k in range(15):
        y = y + (x * x if k % 3 else x.exp() * x)
    y.label = "y"
    y.backward()
    return y, x, None


def network():
    """A network, its loss and a weight."""
    net = Network([2, 3, 2], seed=1)
    loss = half_squared_error(net([0.5, 0.1]), [0.1, 0.9])
    loss.backward()
    return loss, net["w3"], net


def written(save, what, path):
    return save(what, path / "saved").read_text()


READERS = {
    "grad": (graph, lambda y, x, _net, _path: [node.data for node in topological(grad(y, x)) if node.op]),
    "adjoints": (graph, lambda y, _x, _net, _path: [*adjoints(y).values()]),
    "explain": (
        graph,
        lambda y, x, _net, _path: [(p.product, [f.value for f in p.factors]) for p in explain(y, x).paths],
    ),
    "explain all": (graph, lambda y, _x, _net, _path: [(s.gradient, [t.product for t in s.terms]) for s in explain(y)]),
    "draw.graph": (graph, lambda y, _x, _net, _path: draw.graph(y).source),
    "draw.gradient": (graph, lambda y, x, _net, _path: draw.gradient(y, x).source),
    "draw.network": (network, lambda y, _x, net, _path: draw.network(net, y).source),
    "save_graph": (graph, lambda y, _x, _net, path: written(save_graph, y, path)),
    "save_network": (network, lambda _y, _x, net, path: written(save_network, net, path)),
    "History.measure": (network, lambda y, _x, net, _path: History().measure(y, net.parameters())),
}


class Editor:
    """A thread that edits a leaf once, a while after it was told to."""

    def __init__(self):
        self.told, self.done = threading.Event(), threading.Event()
        self.leaf, self.wait, self.ends = None, 0, False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        """Edit whenever told to."""
        while True:
            self.told.wait()
            self.told.clear()
            if self.ends:
                return
            for _ in range(self.wait):
                pass
            self.leaf.data = 5.0
            self.done.set()

    def edit(self, leaf, wait):
        """Have the leaf edited after that many steps of waiting."""
        self.leaf, self.wait = leaf, wait
        self.done.clear()
        self.told.set()


@pytest.fixture
def editor():
    running = Editor()
    yield running
    running.ends = True
    running.told.set()
    running.thread.join()


def outcome(read, *args):
    """What comes of a reader: what it returns, or that the graph is stale."""
    try:
        return read(*args)
    except StaleGraphError:
        return "stale"


@pytest.mark.parametrize(("make", "read"), READERS.values(), ids=READERS)
def test_an_edit_meanwhile(make, read, editor, frequent_switches, tmp_path):
    """What is read while another thread edits a leaf is what was there before the edit, or what is there after it."""
    for k in range(28):
        y, x, net = make()
        before = outcome(read, y, x, net, tmp_path)
        editor.edit(x, 1 << k % 14)
        result = outcome(read, y, x, net, tmp_path)
        assert editor.done.wait(10)
        assert result in (before, outcome(read, y, x, net, tmp_path)), k


WAITING = READERS | {
    "formula": (graph, lambda y, x, _net, _path: formula(y, x)),
    "formulas": (graph, lambda y, _x, _net, _path: formulas(y)),
    "symbols": (graph, lambda y, _x, _net, _path: symbols(y)),
    "check_claims": (graph, lambda y, _x, _net, _path: check_claims(y, {"x": 1.0})),
    "zero_grad": (graph, lambda y, _x, _net, _path: zero_grad(y)),
    "step": (network, lambda _y, _x, net, _path: GradientDescent(net.parameters(), 0.5).step()),
    "GradientDescent.zero_grad": (
        network,
        lambda _y, _x, net, _path: GradientDescent(net.parameters(), 0.5).zero_grad(),
    ),
    "setting a gradient": (graph, lambda _y, x, _net, _path: setattr(x, "grad", 0.0)),
}


@pytest.mark.parametrize(("make", "read"), WAITING.values(), ids=WAITING)
def test_readers_wait(make, read, tmp_path):
    """What reads a graph's numbers begins when an edit or a backward() in another thread is over, and then is done."""
    y, x, net = make()
    done = threading.Event()
    reader = threading.Thread(target=lambda: (read(y, x, net, tmp_path), done.set()), daemon=True)
    with value._lock:
        reader.start()
        assert not done.wait(0.03)
    assert done.wait(30)
    reader.join()
