"""Copies, deep copies and pickles of nodes."""

import concurrent.futures
import copy
import gc
import io
import multiprocessing
import operator
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from nodes import bits, gradients
from strategies import build, programs

from autograd_lite import StaleGraphError, Value, topological
from autograd_lite.engine import pickling

# --- copies -----------------------------------------------------------------------------------------------------------


COPIES = {"deepcopy": copy.deepcopy} | {
    f"pickle protocol {protocol}": lambda x, protocol=protocol: pickle.loads(pickle.dumps(x, protocol))
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
}


copies = pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)


@copies
@given(steps=programs())
def test_copies_of_graphs(duplicate, steps):
    """A copy of a graph has the same values, gradients, labels, operations and constants, and its own nodes."""
    nodes = build(steps)
    nodes[0].label, nodes[-1].label = "first", "last"
    nodes[-1].backward()
    twin = duplicate(nodes[-1])
    originals, twins = topological(nodes[-1]), topological(twin)
    assert len(originals) == len(twins)
    number = {id(node): i for i, node in enumerate([*originals, *twins])}
    for original, other in zip(originals, twins, strict=True):
        assert other is not original
        assert (bits(other.data), bits(other.grad)) == (bits(original.data), bits(original.grad))
        assert (other.label, other.op, other.has_grad) == (original.label, original.op, True)
        for a, b in zip(original.args, other.args, strict=True):
            if isinstance(a, Value):
                assert number[id(a)] + len(originals) == number[id(b)]
            else:
                assert bits(a) == bits(b)
    before = [bits(node.grad) for node in originals]
    twin.backward()
    assert [bits(node.grad) for node in originals] == before
    nodes[-1].backward()
    assert [bits(node.grad) for node in twins] == [bits(node.grad) for node in originals]


@copies
def test_copies_keep_shared_nodes(duplicate):
    """Nodes that are one object in what is copied are one object in the copy, in whatever order they come."""
    x = Value(2.0, "x")
    y = x * x
    z = y + x
    for order in ([x, y, z], [z, y, x], [y, z, x, y]):
        twins = duplicate(order)
        of = {id(node): twin for node, twin in zip(order, twins, strict=True)}
        assert not {id(twin) for twin in twins} & set(of)
        assert of[id(y)].parents[0] is of[id(y)].parents[1] is of[id(x)]
        assert of[id(z)].parents[0] is of[id(y)]
        assert of[id(z)].parents[1] is of[id(x)]
    twins = duplicate({"params": [x], "loss": z, "again": z})
    assert twins["loss"] is twins["again"]
    twins["loss"].backward()
    assert twins["params"][0].grad == 5.0
    assert not x.has_grad


@copies
def test_copies_have_their_own_edits(duplicate):
    """An edit of an original leaves its copy fresh, and an edit of the copy leaves the original fresh."""
    x = Value(2.0, "x")
    y = x * x
    nodes = duplicate([y, x])
    x.data = 3.0
    nodes[0].backward()
    assert nodes[1].grad == 4.0
    with pytest.raises(StaleGraphError):
        y.backward()
    y = x * x
    nodes = duplicate([y, x])
    nodes[1].data = 5.0
    y.backward()
    assert x.grad == 6.0
    with pytest.raises(StaleGraphError, match="'x'"):
        nodes[0].backward()


@copies
@pytest.mark.parametrize("edited", [0, 1])
def test_copies_of_stale_graphs_are_stale(duplicate, edited):
    """A stale graph is stale when read back, and the error names the leaf that was edited, not another."""
    leaves = [Value(2.0, "first"), Value(3.0, "second")]
    y = (leaves[0] * leaves[1]).exp()
    leaves[edited].data = 4.0
    with pytest.raises(StaleGraphError, match=f"data of '{leaves[edited].label}'"):
        duplicate(y).backward()
    twin, *twins = duplicate([y, *leaves])
    with pytest.raises(StaleGraphError, match=f"data of '{leaves[edited].label}'"):
        twin.backward()
    fresh = twins[0] * twins[1]
    fresh.backward()
    assert gradients(*twins) == [leaf.data for leaf in reversed(leaves)]


@copies
def test_copies_of_copies(duplicate):
    """A copy can be copied, edited and differentiated like the original."""
    x = Value(2.0)
    y = duplicate(duplicate(x * x * 3.0))
    y.backward()
    leaf = topological(y)[0]
    assert (leaf.grad, y.data) == (12.0, 12.0)


def test_copy_of_one_node():
    """copy.copy gives a new node of the same operands: a leaf of its own, or one more result of the same leaves."""
    x = Value(2.0, "x")
    leaf = copy.copy(x)
    leaf.data = 5.0
    leaf.grad = 1.0
    assert (x.data, x.has_grad, leaf.label) == (2.0, False, "x")
    y = x * x
    other = copy.copy(y)
    assert other is not y
    assert other.parents == y.parents
    other.backward()
    assert x.grad == 4.0
    x.data = 3.0
    with pytest.raises(StaleGraphError):
        copy.copy(y).backward()


class Named(Value):
    """A node of the user's."""

    __slots__ = ("near", "note")


class Free(Named):
    """One that takes any attribute."""


@copies
def test_copies_of_subclasses(duplicate):
    """A copy has its class and its attributes, in slots and not; what they refer to is copied once, circles too."""
    x = Free(2.0, "x")
    y = x * x
    x.note, x.near, x.circle = "mine", [y, {"me": (x,)}], x
    twins = duplicate([y, x])
    for twin in (duplicate(x), twins[1], twins[0].parents[0]):
        assert (type(twin), twin.note, twin.label, twin.data) == (Free, "mine", "x", 2.0)
        assert twin is not x
        assert twin.circle is twin.near[1]["me"][0] is twin.near[0].parents[0] is twin
        assert type(twin.near[0]) is Value
    assert twins[0] is twins[1].near[0]
    assert type(twins[1] * 2.0) is Value
    assert not hasattr(duplicate(Named(1.0)), "near")


@copies
def test_deep_copies_of_subclasses(duplicate):
    """Nodes are copied without recursion where attributes refer to nodes, in containers and before or after them."""
    first = last = Named(1.0)
    for k in range(3000):
        node = Named(float(k))
        node.near = [last] if k % 2 else last * 2.0
        last = node
    first.near = last
    twin = start = duplicate(last)
    for k in reversed(range(3000)):
        assert (type(twin), twin.data) == (Named, float(k))
        twin = twin.near[0] if k % 2 else twin.near.parents[0]
    assert twin.near is start


def test_a_shallow_copy_of_a_subclass():
    """copy.copy keeps the class, and the same attributes."""
    x = Free(2.0, "x")
    x.near, x.more = [x], 5
    twin = copy.copy(x)
    assert (type(twin), twin.near is x.near, twin.more, twin.label) == (Free, True, 5, "x")
    twin.more = 6
    assert x.more == 5


def test_a_shared_node_of_a_deep_copy():
    """A node that the memo of a deep copy has already is not copied."""
    x = Value(2.0)
    y = copy.deepcopy(x * x, {id(x): x})
    assert y.parents == (x, x)


@pytest.mark.parametrize("pickler", [pickle.Pickler, pickle._Pickler], ids=["C", "Python"])
def test_a_pickle_of_what_cannot_be(pickler):
    """A node of a class that pickle cannot find is its error; what is pickled next is whole."""

    class Local(Value):
        __slots__ = ()

    y = Value(1.0)
    for _ in range(3000):
        y = y + 1.0
    z = y * Local(1.0)
    for root in (z, y + z):
        with pytest.raises((AttributeError, pickle.PicklingError), match="Local"):
            pickler(io.BytesIO(), 5).dump(root)
        file = io.BytesIO()
        pickler(file, 5).dump([y, y + 1.0])
        assert pickle.loads(file.getvalue())[1].parents[0].data == 3001.0


def test_a_failed_pickle_leaves_no_trace():
    """After pickling was broken off half way, the next pickle of a deep graph is whole."""
    y = Value(1.0)
    for _ in range(5000):
        y = y + 1.0

    class Broken:
        def write(self, data):
            raise OSError("disk full")

    for _ in range(2):
        with pytest.raises(OSError, match="disk full"):
            pickle.Pickler(Broken(), 5).dump([y, y * 2.0])
        assert pickling._writing.places == {}
    assert pickle.loads(pickle.dumps(y)).data == 5001.0


def test_another_process():
    """A graph sent to a process that starts afresh and back is the same graph, also where its leaf was edited."""
    x = Value(2.0, "x")
    y = (x * x).exp()
    stale = x * 3.0
    fresh = Value(1.5, "w")
    z = fresh * fresh
    x.data = 4.0
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, context) as pool:
        back = pool.submit(operator.pos, z).result(timeout=120)
        stale_back = [pool.submit(operator.pos, node).result(timeout=120) for node in (y, stale)]
        there = pool.submit(operator.methodcaller("backward"), z).result(timeout=120)
        with pytest.raises(StaleGraphError, match="'x'"):
            pool.submit(operator.methodcaller("backward"), stale).result(timeout=120)
    assert there is None
    back.backward()
    assert (back.data, topological(back)[0].grad, topological(back)[0].label) == (2.25, 3.0, "w")
    for node in stale_back:
        with pytest.raises(StaleGraphError, match="'x'"):
            node.backward()


def test_pickles_are_portable_between_sessions(tmp_path: Path):
    """A graph written after many edits is fresh in a session of few, takes part in new graphs, and notices edits."""
    x = Value(2.0, "x")
    for _ in range(1000):
        x.data = 2.0
    path = tmp_path / "graph.pickle"
    path.write_bytes(pickle.dumps([x, x * x]))
    script = (
        "import pickle, sys\n"
        "from autograd_lite import Value\n"
        "other = Value(1.0)\n"
        "for _ in range(int(sys.argv[2])): other.data += 1.0\n"
        "x, y = pickle.load(open(sys.argv[1], 'rb'))\n"
        "y.backward()\n"
        "(y * x).backward()\n"
        "x.data = 3.0\n"
        "(x * x).backward()\n"
        "print(x.grad)\n"
        "try: y.backward()\n"
        "except RuntimeError as error: print(error)\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    for edits in ("0", "3"):
        command = [sys.executable, "-c", script, str(path), edits]
        output = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
        grad, error = output.splitlines()
        assert grad == str(4.0 + 12.0 + 6.0)
        assert "'x' was changed" in error


def test_no_reference_cycles():
    """A graph that was built, differentiated, copied and dropped is freed at once, without the collector."""

    def alive():
        return sum(isinstance(x, Value) for x in gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        before = alive()
        y = Value(0.5)
        for _ in range(100):
            y = (y * y + y).tanh()
        y.backward()
        twin = copy.deepcopy(y)
        twin.backward()
        twin = pickle.loads(pickle.dumps(y))
        twin.backward()
        assert alive() >= before + 600
        del y, twin
        assert alive() == before
    finally:
        gc.enable()
