"""Reading a graph: its order, its leaves, its labelled nodes."""

import pytest
from hypothesis import given
from strategies import build, programs

from autograd_lite import StaleGraphError, Value, leaves, named, topological, zero_grad
from autograd_lite.engine.graph import check_recorded


@given(programs())
def test_topological_order(steps):
    """Every node of the graph comes once, after its parents, leaves included, and the root comes last."""
    nodes = build(steps)
    order = topological(nodes[-1])
    assert sorted(map(id, order)) == sorted(map(id, nodes))
    assert order[-1] is nodes[-1]
    place = {id(node): i for i, node in enumerate(order)}
    for node in order:
        assert all(place[id(parent)] < place[id(node)] for parent in node.parents)


@given(programs())
def test_topological_order_is_of_the_graph_alone(steps):
    """Two graphs of the same calculation have the same order."""
    orders = []
    for _ in range(2):
        nodes = build(steps)
        place = {id(node): i for i, node in enumerate(nodes)}
        orders.append([place[id(node)] for node in topological(nodes[-1])])
    assert orders[0] == orders[1]


def test_topological_by_hand():
    """Operands come in the order in which they are written, each with what it was made from before it."""
    x, y = Value(1.0), Value(2.0)
    left = y * 2.0
    right = left - x
    root = right * left
    assert [id(node) for node in topological(root)] == [id(node) for node in (y, left, x, right, root)]
    assert topological(x) == [x]
    assert topological(x + x)[0] is x


def test_only_what_the_root_was_made_from():
    """Nodes that use the root's ancestors, but not for the root, are not in its graph."""
    x = Value(1.0)
    y = x * 2.0
    _ = y.exp()
    assert len(topological(y)) == 2


def test_leaves():
    """The leaves come in the order of their first use, each once."""
    a, b, c = Value(1.0, "a"), Value(2.0, "b"), Value(3.0, "c")
    assert [leaf.label for leaf in leaves((c * a) * (b + c) * 5.0)] == ["c", "a", "b"]
    assert leaves(a) == [a]


def test_named():
    """Labelled nodes come by label, parents first; the others are left out."""
    x, w = Value(1.0, "x"), Value(2.0)
    h = x * w
    h.label = "h"
    y = h.exp() * h
    assert list(named(y).items()) == [("x", x), ("h", h)]
    assert named(w) == {}


def test_two_nodes_of_one_name():
    """Two different nodes of one label are a ValueError that names it; one node that is used twice is none."""
    x = Value(1.0, "x")
    assert named(x * x) == {"x": x}
    with pytest.raises(ValueError, match="label 'x'"):
        named(x * Value(1.0, "x"))


def test_zero_grad():
    """zero_grad forgets the gradients of all graphs it is given, and of nothing else."""
    x, w, other = Value(3.0), Value(2.0), Value(1.0)
    y, z = x * w, w * other
    y.backward()
    z.backward()
    (other * 5.0).backward()
    zero_grad(y)
    assert not any(node.has_grad for node in (x, w, y))
    assert other.grad == 7.0
    z.backward()
    assert w.grad == 1.0
    zero_grad(y, z)
    assert not any(node.has_grad for node in (x, w, other, y, z))
    zero_grad()


@pytest.mark.parametrize("read", [topological, leaves, named, zero_grad])
@pytest.mark.parametrize("wrong", [3, None, [Value(1.0)]], ids=repr)
def test_what_is_no_node(read, wrong):
    """Something else in place of a node is a TypeError that names its type."""
    with pytest.raises(TypeError, match=rf"expected a node \(Value\), got {type(wrong).__name__}$"):
        read(wrong)


def test_check_recorded():
    """check_recorded finds a stale node in a list of nodes, and says nothing about a fresh graph."""
    x, w = Value(3.0, "x"), Value(2.0)
    y = x * w
    check_recorded(topological(y))
    w.data = 5.0
    x.data = 7.0
    with pytest.raises(StaleGraphError, match="'x'"):
        check_recorded(topological(y))
    check_recorded(topological(x * w))
