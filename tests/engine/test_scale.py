"""Large graphs: depth, sharing and many paths cost no recursion, no cycles and no more than linear work."""

import copy
import gc
import pickle
import tracemalloc

import pytest
from counting import lines_run
from thorough import THOROUGH

from autograd_lite import Value, leaves, topological
from autograd_lite.explanation.paths import NamedGraph

DEEP = 1_000_000 if THOROUGH else 200_000


def alive():
    """How many nodes there are, found without the collector's help."""
    return sum(type(x) is Value for x in gc.get_objects())


def chain(length):
    """A leaf labelled x, and the last of a chain of nodes above it."""
    x = Value(1.0, "x")
    y = x
    for _ in range(length):
        y = y + 0.5
    return x, y


@pytest.fixture
def no_collector():
    """Memory has to be freed by reference counts alone."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.thorough
def test_a_long_chain(no_collector):
    """A chain of 200,000 nodes (thorough: 1,000,000) builds, differentiates, copies, pickles, and is freed at once."""
    before = alive()
    x, y = chain(DEEP)
    assert y.data == 1.0 + DEEP / 2
    y.backward()
    y.backward()
    assert x.grad == 2.0
    assert len(topological(y)) == DEEP + 1

    twin = copy.deepcopy(y)
    assert alive() == before + 2 * (DEEP + 1)
    twin.backward()
    [leaf] = leaves(twin)
    assert (leaf.label, leaf.grad, x.grad) == ("x", 3.0, 2.0)
    del twin, leaf
    assert alive() == before + DEEP + 1

    written = pickle.dumps(y)
    del x, y
    assert alive() == before
    y = pickle.loads(written)
    y.backward()
    assert [(leaf.label, leaf.grad) for leaf in leaves(y)] == [("x", 3.0)]
    del y
    assert alive() == before
    assert gc.collect() < 1000


def test_deep_to_the_right(no_collector):
    """A chain along second operands, and a comb of both, are as good as one along first operands."""
    before = alive()
    x = Value(1.0)
    y = x
    slope = 1.0
    for i in range(100_000):
        y = 0.5 + y if i % 2 else 3.0 * x - y
        slope = slope if i % 2 else 3.0 - slope
    y.backward()
    assert x.grad == slope
    for twin in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        twin.backward()
        assert leaves(twin)[0].grad == 2.0 * slope
    del x, y, twin
    assert alive() == before


def test_one_node_used_many_times():
    """A node with 100,000 uses receives the sum over all of them."""
    x = Value(2.0)
    h = x * 3.0
    total = Value(0.0)
    for i in range(100_000):
        total = total + h * float(i % 7)
    total.backward()
    expected = float(sum(i % 7 for i in range(100_000)))
    assert (h.grad, x.grad) == (expected, 3.0 * expected)


def test_two_to_the_200_paths():
    """A graph with 2**200 paths is differentiated edge by edge: its 200 nodes are visited once each."""
    x = Value(1.0)
    y = x
    for _ in range(200):
        y = y + y
    y.backward()
    assert x.grad == y.data == 2.0**200
    assert len(topological(y)) == 201
    twin = pickle.loads(pickle.dumps(copy.deepcopy(y)))
    twin.backward()
    assert leaves(twin)[0].grad == 2.0**201


def test_counts_of_paths_are_let_go():
    """The paths through 8000 doublings are counted exactly, and no count is kept longer than it is needed."""
    y = x = Value(0.0)
    for _ in range(8000):
        y = y + y
    graph = NamedGraph(y, [x], topological(y))
    tracemalloc.start()
    try:
        assert graph.count() == 2**8000
        assert tracemalloc.get_traced_memory()[1] < 2_000_000  # all counts together are 4 MB
    finally:
        tracemalloc.stop()


def all_nodes(length, order):
    """The nodes of a chain, in a list."""
    return topological(chain(length)[1])[::order]


@pytest.mark.parametrize(
    ("duplicate", "order"),
    [(copy.deepcopy, 1), (copy.deepcopy, -1), (pickle.dumps, -1)],
    ids=["deepcopy, parents first", "deepcopy, root first", "pickle, root first"],
)
def test_copying_all_nodes_is_linear(duplicate, order):
    """Copying or pickling a list of all nodes of a graph takes work in proportion to their number."""
    few, many = all_nodes(100, order), all_nodes(400, order)
    assert lines_run(lambda: duplicate(many)) < 6 * lines_run(lambda: duplicate(few))


def test_pickles_of_all_nodes_are_linear():
    """The pickle of a list of all nodes, root first, is as large as their number asks."""
    assert len(pickle.dumps(all_nodes(400, -1))) < 5 * len(pickle.dumps(all_nodes(100, -1)))


@pytest.mark.parametrize("what", [Value.backward, topological, copy.deepcopy, pickle.dumps])
def test_work_is_linear_in_the_size(what):
    """Twice the nodes, many of them shared, take twice the work."""

    def ladder(length):
        x, y = Value(1.0), Value(0.5)
        for _ in range(length):
            x, y = x + y, x * y
        return x - y

    few, many = ladder(100), ladder(400)
    assert lines_run(lambda: what(many)) < 6 * lines_run(lambda: what(few))


def test_edits_do_not_add_up():
    """A loop of training, which edits and rebuilds, leaves no more nodes behind after 1000 rounds than after 10."""
    x = Value(3.0)
    counts = []
    for i in range(1000):
        loss = (x * x - 2.0) * (x * x - 2.0)
        x.grad = 0.0
        loss.backward()
        x.data -= 0.01 * x.grad
        if i in {10, 999}:
            counts.append(alive())
    assert x.data == pytest.approx(2.0**0.5, rel=1e-12)
    assert counts[0] == counts[1]
