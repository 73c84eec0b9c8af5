"""Saving and loading networks and graphs: what is loaded is what was saved, to the bit, or nothing was saved."""

import errno
import gc
import itertools
import math
import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from counting import lines_run
from hypothesis import given
from hypothesis import strategies as st
from saved import LABELS, NUMBERS, ODD, bits, described, graph_file, nan, picture, small_graph, small_network
from strategies import ROWS, build, programs

from autograd_lite import (
    StaleGraphError,
    Value,
    grad,
    leaves,
    storage,
    topological,
)
from autograd_lite.engine.ops import Op
from autograd_lite.nn import ACTIVATIONS, Network
from autograd_lite.storage import files, load_graph, load_network, save_graph, save_network
from autograd_lite.train import data_loss, train

ROOT = Path(storage.__file__).parents[2]
posix = pytest.mark.skipif(os.name != "posix", reason="limits and permissions of POSIX")


@pytest.fixture
def path(tmp_path):
    """Where to save."""
    return tmp_path / "saved.json"


@pytest.fixture(scope="module")
def shared_path(tmp_path_factory):
    """The same for tests that hypothesis repeats."""
    return tmp_path_factory.mktemp("storage") / "saved.json"


def same(saved, path):
    """Save, load and compare, then again after `backward()` from each of the roots; return what was loaded."""
    assert save_graph(saved, path) == path
    loaded = load_graph(path)
    assert picture(loaded) == picture(saved)
    for roots in (saved, loaded):
        for root in [roots] if isinstance(roots, Value) else roots:
            root.backward()
    assert picture(loaded, one_nan=True) == picture(saved, one_nan=True)
    return loaded


# --- graphs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("x", NUMBERS + ODD, ids=bits)
def test_every_float_comes_back_to_the_bit(path, x):
    """As a leaf's number, as a constant and as a gradient; NaN with its sign and payload."""
    leaf, other = Value(x), Value(2.0)
    leaf.grad = x
    y = leaf * x + other
    y.grad = x
    same([y, leaf, Value(x) - 1.0], path)


@given(st.integers(0, 2**64 - 1).map(nan), st.integers(0, 2**64 - 1).map(nan))
def test_any_bits_come_back(shared_path, x, y):
    """Whatever 64 bits a float has."""
    leaf = Value(x)
    leaf.grad = y
    same(leaf * y, shared_path)


@pytest.mark.parametrize("row", ROWS.values(), ids=str)
def test_every_operation_comes_back(path, row):
    """Every row of the table, at ordinary and odd arguments, with constants in either place."""
    points = itertools.product([0.5, 2.0, -1.5, 0.0, -0.0, 1e-320, 750.0, *ODD[:4]], repeat=row.arity)
    roots = [
        row(*(x if k == constant else Value(x) for k, x in enumerate(args)))
        for args in points
        for constant in ((None, 0, 1) if row.arity == 2 else (None,))
    ]
    if row.arity == 2:
        roots += [row(x, x) for x in (Value(0.5), Value(1.0))]
    same(roots, path)


@given(programs())
def test_any_graph_comes_back(shared_path, steps):
    """Graphs drawn by hypothesis, with sharing: the same nodes, and bit for bit the same gradients afterwards."""
    same(build(steps)[-1], shared_path)


@given(st.lists(st.text(st.characters(), max_size=5), min_size=1, max_size=4))
def test_any_label_comes_back(shared_path, labels):
    """Any text, lone surrogates and NUL included."""
    total = Value(0.0)
    for label in labels:
        total = total + Value(1.0, label)
    total.label = labels[0]
    same(total, shared_path)


@pytest.mark.parametrize("label", LABELS)
def test_hostile_labels_come_back(path, label):
    """Text that means something to JSON, terminals, spreadsheets, templates: on leaves and on results."""
    y = Value(2.0, label) * 3.0
    y.label = label
    same(y, path)
    assert path.read_bytes().isascii()
    net = Network([1, 1], biases="none")
    net.weights[0].label = label
    assert described(load_network(save_network(net, path))) == described(net)


def test_a_label_of_10_megabytes(path):
    """It comes back, quotes and brackets and all."""
    y = Value(1.0, '["\\' * 2_500_000) + 1.0
    save_graph(y, path)
    assert picture(load_graph(path)) == picture(y)


@pytest.mark.parametrize("gradient", [None, 0.0, -0.0, 2.5, *ODD[:3]])
def test_gradients_come_back(path, gradient):
    """No gradient is not a gradient of 0."""
    x = Value(1.0)
    y = x * 2.0
    x.grad = y.grad = gradient
    save_graph(y, path)
    loaded = load_graph(path)
    assert [node.has_grad for node in (loaded, *loaded.parents)] == [gradient is not None] * 2
    assert picture(loaded) == picture(y)


def test_shared_nodes_stay_shared(path):
    """x*x has one x, two results have one leaf, and a result given twice is one node."""
    x = Value(3.0, "x")
    square = x * x
    first, second = square + 1.0, square - x
    loaded = same([first, second, first, x, square], path)
    assert loaded[0] is loaded[2]
    assert loaded[0].parents[0] is loaded[1].parents[0] is loaded[4]
    assert loaded[1].parents[1] is loaded[4].parents[0] is loaded[4].parents[1] is loaded[3]


def test_what_was_saved_is_what_is_loaded(path):
    """One Value gives one, any other collection in order a list."""
    x = Value(1.0, "x")
    y = x + 1.0
    assert isinstance(load_graph(save_graph(y, path)), Value)
    for roots in ([y], (y,), {1: y}.values(), iter([y])):
        loaded = load_graph(save_graph(roots, path))
        assert type(loaded) is list
        assert picture(loaded) == picture([y])
    assert picture(load_graph(save_graph(x, path))) == picture(x)


def test_a_loaded_graph_is_saved_as_the_same_file(path):
    """Saving what was loaded gives the file again, byte for byte; the nodes come in the order of the graph."""
    save_graph(small_graph(), path)
    first = path.read_bytes()
    save_graph(load_graph(path), path)
    assert path.read_bytes() == first


def test_a_loaded_graph_knows_edits(path):
    """The leaves of a loaded graph can be changed, and its results then say that they are out of date."""
    x = Value(1.0, "x")
    x.data = 2.0
    y = x * x
    loaded = load_graph(save_graph(y, path))
    Value(0.0).data = 1.0
    loaded.backward()
    leaves(loaded)[0].data = 3.0
    with pytest.raises(StaleGraphError, match="'x'"):
        loaded.backward()


def test_paths_and_text_are_paths(path):
    """Both work for saving and loading, and the path comes back as a Path."""
    x = Value(1.0)
    for form in (path, str(path)):
        assert save_graph(x, form) == path
        assert load_graph(form).data == 1.0
        assert save_network(small_network(), form) == path
        assert described(load_network(form)) == described(small_network())


def test_a_deep_graph(path):
    """50,000 nodes deep, with shared ones: no recursion, saved, loaded, and the same gradients to the bit."""
    x = Value(1.0, "x")
    y = x
    for k in range(33_000):
        y = y * 0.999 + x if k % 2 else x - y
    same(y, path)


@pytest.mark.parametrize("roots", [lambda nodes: nodes[-1], list], ids=["the last", "all"])
def test_work_is_linear_in_the_size(path, roots):
    """Four times the nodes take no more than some four times the work, also if all of them are results."""
    work = []
    for length in (100, 400):
        nodes = [Value(1.0)]
        for _ in range(length):
            nodes.append(nodes[-1] + nodes[0])
        work.append(lines_run(lambda nodes=nodes: save_graph(roots(nodes), path)))
        work.append(lines_run(lambda: load_graph(path)))
    assert work[2] < 6 * work[0]
    assert work[3] < 6 * work[1]


def test_memory_is_freed_without_the_collector(path):
    """What saving and loading used is freed at once: no reference cycles."""
    y = small_graph()[0]
    gc.collect()
    gc.disable()
    try:
        before = sum(type(x) is Value for x in gc.get_objects())
        save_graph([y, y * y], path)
        loaded = load_graph(path)
        assert sum(type(x) is Value for x in gc.get_objects()) > before
        del loaded
        assert sum(type(x) is Value for x in gc.get_objects()) == before
    finally:
        gc.enable()


def test_a_graph_of_a_derivative_comes_back(path):
    """The rows that only slopes use are saved as well."""
    x = Value(0.7, "x")
    y = x**3.5 / x.tanh() + x.log() + x.atan()
    slope = grad(grad(y, x), x)
    same([y, slope], path)


# --- networks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("biases", ["none", "layer", "neuron"])
@pytest.mark.parametrize("sizes", [[1, 1], [2, 2, 2], [3, 1, 4, 2]], ids=str)
def test_networks_come_back(path, sizes, biases):
    """Sizes, activations, kind of biases and parameters, to the bit; what they compute is the same."""
    names = list(ACTIVATIONS) * 2
    for shift in range(len(ACTIVATIONS)):
        net = Network(sizes, activation=names[shift : shift + len(sizes) - 1], biases=biases, seed=shift)
        for k, bias in enumerate(net.biases):
            bias.data = 0.1 * k - 0.1
        save_network(net, path)
        loaded = load_network(path)
        assert described(loaded) == described(net)
        inputs = [0.3 * k for k in range(sizes[0])]
        assert [bits(y.data) for y in loaded(inputs)] == [bits(y.data) for y in net(inputs)]


def test_every_finite_float_is_a_parameter(path):
    """The largest, subnormal ones, -0.0."""
    net = Network([len(NUMBERS), 1], weights=NUMBERS, bias_values=[-0.0])
    assert described(load_network(save_network(net, path))) == described(net)


def test_a_trained_network_goes_on_as_if_nothing_had_happened(path):
    """Saved and loaded half-way, training ends with the same bits. Gradients are not saved."""
    net = Network([2, 3, 1], seed=4)
    data = [([0.0, 1.0], [1.0]), ([1.0, 1.0], [0.0])]

    train(lambda: data_loss(net, data), net.parameters(), lr=0.5, epochs=5)
    loaded = load_network(save_network(net, path))
    assert not any(node.has_grad for node in loaded.parameters())
    for each in (net, loaded):
        train(lambda each=each: data_loss(each, data), each.parameters(), lr=0.5, epochs=5)
    assert described(loaded) == described(net)


def test_changed_labels_come_back(path):
    """Labels are saved where they are not w1, w2, ... and b1, ...; the empty label too."""
    net = small_network()
    assert "labels" in path_text(save_network(net, path))
    assert load_network(path)["second"].data == net["second"].data
    net["b1"].label = ""
    assert described(load_network(save_network(net, path))) == described(net)
    assert "labels" not in path_text(save_network(Network([2, 2]), path))


def path_text(path):
    """What a file says."""
    return path.read_text(encoding="ascii")


# --- what cannot be saved -----------------------------------------------------------------------------------------


def refused(error, match, save, *args):
    """Saving is this error, and the file that was there is as it was."""
    path = args[-1]
    path.write_bytes(b"old")
    with pytest.raises(error, match=match):
        save(*args)
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_an_operation_of_ones_own_is_refused(path):
    """The error names the node and the operation; so too for one that has the name of a row of the table."""
    for name in ("cube", "exp"):
        cube = Op(name, lambda x: x**3, lambda _y, x: 3.0 * x * x)
        y = cube(Value(2.0))
        y.label = "y"
        refused(
            ValueError, rf"^'y' was made by the operation '{name}', which is not in .* table", save_graph, y + 1.0, path
        )


def test_a_stale_graph_is_refused(path):
    """A leaf that was changed after the graph was computed: its file would hold two points."""
    x = Value(1.0, "x")
    y = x * x
    x.data = 2.0
    refused(StaleGraphError, "'x'", save_graph, [Value(1.0), y], path)


def test_a_cycle_is_refused(path):
    """Made by hand, for no operation makes one."""
    y = Value(1.0) + 1.0
    z = y * 2.0
    y._b = z
    try:
        refused(ValueError, "cycle", save_graph, z, path)
    finally:
        y._b = 1.0


@pytest.mark.parametrize("x", ODD[:4], ids=bits)
@pytest.mark.parametrize("name", ["w3", "b2"])
def test_parameters_that_are_not_finite_are_refused(path, name, x):
    """No Network takes them; the file of the network before it went wrong stays."""
    net = small_network()
    net[name].data = x
    refused(ValueError, f"^'{name}' is -?(nan|inf): .* finite .* nothing was written$", save_network, net, path)


def test_errors_of_saving_show_labels_safely(path):
    """Long or hostile labels come short and quoted."""
    net = small_network()
    for label, says in (("\x1b[31m" + "x" * 10**6, r"^'\\x1b\[31mx{,40}\.\.\.' is nan"), ("", "^parameter 0 is nan")):
        net.weights[0].label, net.weights[0].data = label, math.nan
        refused(ValueError, says, save_network, net, path)
    y = Op("\x1b[31m", lambda x: x, lambda _y, _x: 1.0)(Value(1.0))
    y.label = "\x1b[31m" + "x" * 10**6
    refused(ValueError, r"^'\\x1b\[31mx{,40}\.\.\.' was made by the operation '\\x1b\[31m'", save_graph, y, path)


def test_replaced_parameters_are_refused(path):
    """A node put in the list of weights is not what the network computes with."""
    for what in ("weights", "biases"):
        net = small_network()
        nodes = getattr(net, what)
        nodes[0] = Value(nodes[0].data, nodes[0].label)
        refused(ValueError, rf"net\.{what} are not the nodes", save_network, net, path)
        net = small_network()
        getattr(net, what).append(Value(1.0, "more"))
        refused(ValueError, rf"net\.{what} are not the nodes", save_network, net, path)


@pytest.mark.parametrize(
    ("roots", "error", "says"),
    [
        (5, TypeError, "a Value or a list of Values, got int"),
        (None, TypeError, "got NoneType"),
        ("y", TypeError, "got str"),
        (Path("x"), TypeError, r"save_graph\(roots, path\) .* got \w+Path"),
        ([Value(1.0), 2.0], TypeError, "got float as number 1 of a list"),
        ([[Value(1.0)]], TypeError, "got list as number 0"),
        ({"y": Value(1.0)}, TypeError, "results are a list, .* got dict"),
        (["y"], TypeError, "got str as number 0 of a list"),
        (Network([1, 1]), TypeError, "got Network; for networks use save_network"),
        ([], ValueError, "got none: there is nothing to save"),
    ],
    ids=repr,
)
def test_what_is_no_graph(path, roots, error, says):
    """The error says what came and what is valid."""
    refused(error, says, save_graph, roots, path)


@pytest.mark.parametrize("net", [None, Network, Value(1.0), "net", [1, 2]], ids=repr)
def test_what_is_no_network(path, net):
    """The error says what came and what is valid."""
    refused(TypeError, rf"save_network\(net, path\) saves a Network, got {type(net).__name__}", save_network, net, path)


class _InBytes:
    """A path as the operating system has it."""

    def __fspath__(self):
        return b"x.json"


@pytest.mark.parametrize(
    "bad", [None, 0, 1, True, b"x.json", _InBytes(), 1.5, ["x"], Value(1.0)], ids=lambda x: type(x).__name__
)
def test_what_is_no_path(bad):
    """An int would be an open file; all but text and path objects is a TypeError, for saving and loading."""
    for call in (
        lambda: save_graph(Value(1.0), bad),
        lambda: save_network(small_network(), bad),
        lambda: load_graph(bad),
        lambda: load_network(bad),
    ):
        with pytest.raises(TypeError, match=f"a path is text or a pathlib.Path, got {type(bad).__name__}$"):
            call()


@pytest.mark.parametrize("bad", ["", "a\0b", "a\ud800b"], ids=repr)
def test_what_is_no_file_name(bad):
    """Text that can name no file is a ValueError that shows it, quoted."""
    if os.name == "nt" and "\ud800" in bad:
        pytest.skip("a file name there")
    for call in (lambda: save_graph(Value(1.0), bad), lambda: load_network(bad)):
        with pytest.raises(ValueError, match="no file can have the name") as caught:
            call()
        assert repr(bad) in str(caught.value)


# --- whole or not at all ------------------------------------------------------------------------------------------

SAVES = [lambda path: save_graph(small_graph(), path), lambda path: save_network(small_network(), path)]


@pytest.mark.parametrize("save", SAVES)
@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt(), MemoryError()]
)
def test_a_failure_leaves_the_old_file(path, monkeypatch, save, error):
    """When the new file cannot be moved into place the old one is there, whole, and nothing else."""

    def fail(*_args):
        raise error

    path.write_bytes(b"old")
    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(type(error)):
        save(path)
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


@posix
@pytest.mark.parametrize("save", SAVES)
def test_a_full_disk_leaves_the_old_file(path, save):
    """Beyond a limit of the operating system: an OSError that names the file, the old one whole, no litter."""
    resource = pytest.importorskip("resource")
    path.write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(OSError, match=r"saved\.json") as caught:
            save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.errno == errno.EFBIG
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("save", SAVES)
def test_missing_folders_are_named(tmp_path, save):
    """They are not made."""
    with pytest.raises(FileNotFoundError) as caught:
        save(tmp_path / "missing" / "x.json")
    assert caught.value.filename == str(tmp_path / "missing" / "x.json")


@pytest.mark.parametrize("save", SAVES)
def test_ctrl_c_at_any_line_leaves_the_old_file(tmp_path, save):
    """Interrupted at any line of the code that saves, the file is the old one, or at the very end the new one."""
    own = str(Path(storage.__file__).parent)

    def lines(at, path):
        """Save, interrupted at that line, counted from 1; return how many lines ran."""
        seen = 0

        def trace(frame, event, _arg):
            nonlocal seen
            if not frame.f_code.co_filename.startswith(own):
                return None
            if event == "line":
                seen += 1
                if seen == at:
                    raise KeyboardInterrupt
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            save(path)
        finally:
            sys.settrace(before)
        return seen

    path = tmp_path / "saved.json"
    total = lines(0, path)
    assert total > 15
    for at in range(1, total + 1):
        path.write_bytes(b"old")
        with pytest.raises(KeyboardInterrupt):
            lines(at, path)
        assert path.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [path]


def test_saving_goes_through_write_whole(path, monkeypatch):
    """So that what test_files.py shows of it holds here: kill -9 at any moment, links, permissions."""
    calls = []
    monkeypatch.setattr(storage.format, "write_whole", lambda *args: calls.append(args) or files.write_whole(*args))
    for save in SAVES:
        save(str(path))
    assert [args[0] for args in calls] == [str(path)] * 2


def test_a_path_that_ends_in_a_separator(tmp_path, monkeypatch):
    """It names a folder, so that no file is made of that name without the separator."""
    monkeypatch.chdir(tmp_path)
    for save in SAVES:
        with pytest.raises(IsADirectoryError, match="'new/'"):
            save("new/")
    assert list(tmp_path.iterdir()) == []


# --- across processes and threads ---------------------------------------------------------------------------------


def test_a_process_saves_and_another_loads(path):
    """A graph is handed to a spawned process, saved there, loaded here and in a third one: the same bits."""
    roots = small_graph()
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(save_graph, roots, path).result(60) == path
        there = pool.submit(load_graph, path).result(60)
    assert picture(load_graph(path)) == picture(roots) == picture(there)
    script = (
        "import sys; from autograd_lite import topological; from autograd_lite.storage import load_graph\n"
        "y = load_graph(sys.argv[1])[0]; y.backward()\n"
        "print(*[(node.data.hex(), node.grad.hex()) for node in topological(y)])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    roots[0].backward()
    assert done.stdout.strip() == " ".join(str((x.data.hex(), x.grad.hex())) for x in topological(roots[0]))


def test_threads_save_and_load_their_own(tmp_path):
    """Eight at once, each with a graph and a file of its own, and with one leaf in common."""
    common = Value(0.5, "common")

    def work(k):
        y = common
        for j in range(200):
            y = y * 0.5 + Value(float(j + k))
        for _ in range(5):
            loaded = load_graph(save_graph(y, tmp_path / f"{k}.json"))
            assert picture(loaded) == picture(y)
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))


def test_readers_see_whole_files_while_another_writes(path):
    """A file that is written again and again is at any moment one of those written."""
    contents = [Value(float(k), "x" * 5000) * 2.0 for k in range(4)]
    save_graph(contents[0], path)

    def write():
        for k in range(30):
            save_graph(contents[k % 4], path)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(write)
        while not done.done():
            assert load_graph(path).data in {0.0, 2.0, 4.0, 6.0}
    done.result()


def test_the_form_of_a_file(tmp_path):
    """What the file of a graph looks like, for those who read it with other programs."""
    _, content = graph_file(tmp_path)
    assert {key: content[key] for key in ("format", "version", "roots")} == {
        "format": "autograd_lite graph",
        "version": 1,
        "roots": [5, 7],
    }
    assert content["nodes"][0] == {"label": "x", "data": 0.5, "grad": content["nodes"][0]["grad"]}
    assert content["nodes"][-1] == {"op": "mul", "args": [6, {"constant": 0.0}], "data": content["nodes"][-1]["data"]}
    assert content["nodes"][-2]["args"] == [2, {"constant": "inf"}]
