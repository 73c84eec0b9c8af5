"""Nothing breaks it: cycles, sizes, processes, threads, interrupts and full disks, in every part of the package."""

import contextlib
import copy
import errno
import gc
import math
import multiprocessing
import operator
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from thorough import THOROUGH

import autograd_lite
from autograd_lite import (
    Value,
    charts,
    draw,
    explain,
    formula,
    grad,
    leaves,
    topological,
    zero_grad,
)
from autograd_lite.draw import engines
from autograd_lite.engine import chain as chain_module
from autograd_lite.engine import derivatives as derivatives_module
from autograd_lite.engine import ops
from autograd_lite.engine.graph import adjoints, named
from autograd_lite.examples import EXAMPLES, mazur
from autograd_lite.explanation import paths
from autograd_lite.explanation.derivative import Explanation
from autograd_lite.history import History
from autograd_lite.losses import binary_cross_entropy, half_squared_error, mean_squared_error
from autograd_lite.nn import Network
from autograd_lite.pages import Folder, ScalarStudy, scalar_report
from autograd_lite.storage import files
from autograd_lite.text import formulas, symbols
from autograd_lite.text.formulas import STYLES
from autograd_lite.train import TrainingDivergedError, data_loss, train

posix = pytest.mark.skipif(os.name != "posix", reason="limits and signals of POSIX")
ROOT = Path(autograd_lite.__file__).parent.parent

# --- cycles made by hand -------------------------------------------------------------------------------------------


def itself():
    """A node that is its own operand."""
    y = Value(2.0, "x") * 3.0
    y._a = y
    return y


def two():
    """Two nodes, each made from the other, below the root."""
    a = Value(2.0, "x") * 3.0
    b = a + 1.0
    a._b = b
    return (b * 2.0).tanh()


def far():
    """A leaf under 5000 nodes that becomes the result of the last of them."""
    x = Value(2.0, "x")
    y = x
    for _ in range(5000):
        y = y * 0.5 + x
    x._a, x._b, x.op = y, 1.0, ops.add
    return y


def by_setstate():
    """A cycle made by setting the state of a node past its attributes."""
    y = Value(2.0, "x") * 3.0
    z = y.exp()
    object.__setattr__(y, "_a", z)
    return z


def reached_last():
    """A cycle that lies beside a long way without one, and is reached last."""
    y = Value(1.0)
    for _ in range(3000):
        y = y + 1.0
    return y + itself()


CYCLES = [itself, two, far, by_setstate, reached_last]
USES = {
    "backward": Value.backward,
    "topological": topological,
    "leaves": leaves,
    "named": named,
    "zero_grad": zero_grad,
    "adjoints": adjoints,
    "grad": lambda y: grad(y, "x"),
    "formula": formula,
    "formulas": formulas,
    "symbols": symbols,
    "derivative": lambda y: formula(y, Value(1.0, "z")),
    "explain": explain,
    "explain one": lambda y: explain(y, Value(1.0, "z")),
    "graph": draw.graph,
    "gradient": lambda y: draw.gradient(y, "x"),
    "network": lambda y: draw.network(Network([1, 1]), y),
    "deepcopy": copy.deepcopy,
    "deepcopy of a list": lambda y: copy.deepcopy([Value(1.0), y]),
    "pickle": pickle.dumps,
    "history": lambda y: History().record(y, []),
    "train": lambda y: train(lambda: y, [Value(1.0, "w")], lr=0.1, epochs=1),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("make", CYCLES)
def test_a_cycle_is_an_error_at_once(make, use):
    """Whatever is done with a graph that leads back to itself, the error says so; no gradient changes."""
    y = make()
    with pytest.raises(ValueError, match=r"the graph has a cycle: .* was made from itself"):
        USES[use](y)
    assert not y.has_grad


@pytest.mark.parametrize("attribute", ["args", "parents", "_prev"])
def test_operands_cannot_be_set(attribute):
    """The names under which operands are known refuse to be set: a cycle takes a name with an underscore."""
    y = Value(2.0) * 3.0
    with pytest.raises(AttributeError):
        setattr(y, attribute, (y,))


def test_the_nodes_of_a_cycle_can_be_used_again():
    """Once the cycle is taken out, the graph is as good as before."""
    x = Value(2.0, "x")
    y = x * x
    y._a = y
    with pytest.raises(ValueError, match="cycle"):
        y.backward()
    y._a = x
    y.backward()
    assert x.grad == 4.0


def test_a_leaf_with_operands_is_a_leaf():
    """What was made by no operation has no operands, even if some were set by hand: nothing follows them."""
    x = Value(2.0, "x")
    y = x * x
    x._a = y
    assert x.args == ()
    y.backward()
    assert x.grad == 4.0
    assert copy.deepcopy(y).data == pickle.loads(pickle.dumps(y)).data == 4.0


def test_a_derivative_of_itself():
    """A derivative that was made one of itself by hand has no formula: an error, at once."""
    x = Value(2.0, "x")
    y = x.exp()
    y.label = "y"
    slope = grad(y, x)
    slope.of = slope
    for ask in (formula, formulas, symbols):
        with pytest.raises((ValueError, RecursionError)):
            ask(slope)


# --- NaN and infinity ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("loss", [half_squared_error, mean_squared_error])
def test_what_is_not_finite_goes_through_a_network(bad, loss):
    """A NaN or infinite weight is seen in the loss, in every gradient that it has a part in, and in all that tells."""
    net = Network([2, 2, 1], seed=1, activation=["linear", "linear"])
    net["w1"].data = bad
    root = loss(net([0.5, 0.25]), [0.5])
    root.backward()
    assert not math.isfinite(root.data)
    assert not any(math.isfinite(w.grad) for w in net.weights)
    assert not math.isfinite(grad(root, "w1").data)
    why = explain(root, "w3")
    assert not math.isfinite(why.gradient)
    shown = repr(why.gradient).replace("-", "−")
    assert shown in str(why)
    assert shown in why._repr_html_()
    assert shown in str(explain(root))
    for picture in (draw.graph(root), draw.gradient(root, "w3"), draw.network(net, root)):
        assert shown in picture.alt
        assert shown in picture.source
    with pytest.raises(TrainingDivergedError, match=r"w1 is (nan|-?inf)"):
        train(lambda: loss(net([0.5, 0.25]), [0.5]), net.weights, lr=0.1, epochs=3)


def test_constants_that_are_not_finite_stand_in_formulas():
    """NaN and infinities among the constants are written out in every notation, and Python text computes them."""
    x = Value(2.0, "x")
    y = x * math.inf + math.nan - (-math.inf)
    y.label = "y"
    assert formula(y) == "y = x * inf + nan - (-inf)"
    assert formula(y, style="latex").count(r"\infty") == formula(y, style="mathml").count("∞") == 2
    assert math.isnan(eval(formula(y, style="python").partition(" = ")[2], {"x": 2.0, "float": float}))
    assert math.isinf(eval(formula(y, x, style="python").partition(" = ")[2], {"x": 2.0, "float": float}))


def test_a_cross_entropy_of_nan_is_seen_in_the_mean_of_samples():
    """One NaN among many samples makes the loss NaN: no mean hides it."""
    net = Network([1, 1], seed=1)
    data = [([0.1 * k], [0.5]) for k in range(10)]
    data[7] = ([math.nan], [0.5])
    root = data_loss(net, data, binary_cross_entropy)
    root.backward()
    assert math.isnan(root.data)
    assert all(math.isnan(p.grad) for p in net.parameters())


# --- sizes ---------------------------------------------------------------------------------------------------------


def chain(length):
    """A leaf x, and the last node of a chain of that length, y."""
    x = Value(1.0, "x")
    y = x
    for _ in range(length):
        y = y * 0.5 + 0.5
    y.label = "y"
    return x, y


@pytest.mark.thorough
def test_very_deep():
    """Of 100,000 nodes in a row (thorough: 1,000,000): the derivative, a refused picture, a formula down to a name."""
    count = 500_000 if THOROUGH else 50_000
    x, y = chain(count)
    assert grad(y, x).data == 0.0
    with pytest.raises(ValueError, match=f"{4 * count + 1:,} boxes"):
        draw.graph(y)
    y.parents[0].label = "h"
    assert formula(y) == "y = h + 1/2"
    assert copy.copy(y).parents == y.parents


def test_deep_and_told():
    """Of 10,000 nodes in a row: explained, written down in every notation, and refused as a picture."""
    x, y = chain(5000)
    why = explain(y, x)
    assert (why.count, len(why.paths[0].factors), why.gradient) == (1, 10_000, 0.0)
    assert len(str(why)) < 10_000
    assert len(why._repr_html_()) < 100_000
    for style in STYLES:
        assert len(formula(y, style=style)) > 5000
        assert len(formula(y, x, style=style)) < 1000
    with pytest.raises(ValueError, match="10,001 boxes"):
        draw.gradient(y, x)


def test_numbers_of_thousands_of_digits():
    """The constants of a long product are multiplied out without growing beyond what can be written down."""
    for factor, words in ((0.5, "= 0"), (3.0, "inf"), (0.1, "= 0")):
        x = Value(1.0, "x")
        y = x
        for _ in range(15_000):
            y = y * factor
        y.label = "y"
        assert words in formula(y, x)
    x = Value(1.0, "x")
    y = x
    for k in range(2000):
        y = y * (1.0 / (k + 7)) * (k + 7.5)
    y.label = "y"
    y.backward()
    assert float(formula(y, x).partition(" = ")[2]) == pytest.approx(x.grad, rel=1e-12)


@pytest.mark.thorough
def test_one_node_used_many_times():
    """A node with 20,000 uses (thorough: 100,000): copied, pickled, explained; with 5000 written down and drawn."""

    def fan(uses):
        x = Value(1.0, "x")
        h = x * 3.0
        h.label = "h"
        y = Value(0.0)
        for i in range(uses):
            y = y + h * float(i % 7)
        y.label = "y"
        return x, y, 3.0 * sum(i % 7 for i in range(uses))

    x, y, expected = fan(100_000 if THOROUGH else 20_000)
    assert grad(y, x).data == expected
    why = explain(y, x)
    assert (why.count, why.gradient) == (1, expected)
    with pytest.raises(ValueError, match="boxes"):
        draw.graph(y)
    for twin in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        assert adjoints(twin)[named(twin)["x"]] == expected
    x, y, expected = fan(5000)
    assert f"∂y/∂h  = {expected / 3.0:.0f}" in str(explain(y, x))
    assert formula(y, x) == f"∂y/∂x = {expected:.0f}"
    assert len(formula(y)) > 20_000
    assert draw.gradient(y, x).svg(engine="pure").count("<polygon") > 2


def test_two_to_the_200_paths_are_told():
    """A graph with 2**200 paths: their number is exact, the derivative is one number, the formulas are short."""
    x = Value(1.0, "x")
    y = x
    for _ in range(200):
        y = y + y
    y.label = "y"
    why = explain(y, x)
    assert (why.count, why.gradient, len(why.paths)) == (2**200, 2.0**200, 20)
    assert "1.61e+60" in str(why)
    assert grad(y, x).data == 2.0**200
    for style in STYLES:
        assert len(formula(y, style=style)) < 100_000
        assert len(formula(y, x, style=style)) < 300
    assert len(draw.graph(y).source) < 500_000
    assert copy.deepcopy(grad(y, x)).data == 2.0**200


SHORT_LIVED = """
import gc, resource, sys
gc.disable()
from autograd_lite import Value
x = Value(0.5)
w = Value(0.25)
def rounds(count):
    for n in range(count):
        y = (x * w + 1.0) * x - w  # 4 nodes
        if n % 10 == 0:
            y.backward()
            x.grad = w.grad = None
rounds(1000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rounds(int(sys.argv[1]) // 4)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, len(gc.get_objects()), gc.isenabled())
"""


@posix
@pytest.mark.thorough
def test_nodes_that_come_and_go():
    """2,000,000 short-lived nodes (thorough: 10,000,000), the collector off, some differentiated: no more memory."""
    run = subprocess.run(
        [sys.executable, "-c", SHORT_LIVED, "10_000_000" if THOROUGH else "2_000_000"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    grown, objects, enabled = run.stdout.split()
    kibibytes = 1024 if sys.platform == "darwin" else 1
    assert int(grown) // kibibytes < 1024  # one lost byte in ten nodes would be as much
    assert int(objects) < 100_000
    assert enabled == "False"


# --- other processes -----------------------------------------------------------------------------------------------


def same(thing):
    """What comes in."""
    return thing


def trained(net, data, epochs):
    """Train a network in the process that this runs in; return both."""
    history = train(lambda: data_loss(net, data), net.weights, lr=0.5, epochs=epochs)
    return net, history


def diverged():
    """Fail as a training does."""
    w = Value(1e200, "w")
    train(lambda: w * w * w, [w], lr=0.1, epochs=2)


def gradient_of(make, at):
    """A number and its gradient; `make` is one of our functions."""
    x = Value(at, "x")
    y = make(x)
    y.backward()
    return y.data, x.grad


def test_everything_goes_to_other_processes():
    """Values, networks, histories, operations, explanations, examples, errors: there and back, and computed there."""
    x = Value(0.5, "x")
    y = (x * x).exp() * x
    y.label = "y"
    net = Network([2, 2, 2], seed=1)
    data = [([0.05, 0.1], [0.01, 0.99])]
    here, history = trained(copy.deepcopy(net), data, 3)
    deep = chain(20_000)[1]
    why, steps = explain(y, x), explain(y)
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        sent = [pool.submit(same, thing) for thing in (y, net, history, why, steps, deep, mazur(), draw.graph(y))]
        there = pool.submit(trained, net, data, 3)
        failed = pool.submit(diverged)
        slopes = [pool.submit(gradient_of, op, 0.3) for op in (ops.sigmoid, ops.tanh, ops.exp)]
        drawn = [pool.submit(draw.Diagram.svg, draw.graph(y), engine="pure") for _ in range(2)]
        examples = [
            pool.submit(operator.methodcaller("graph"), EXAMPLES[name]()) for name in ("karpathy-neuron", "baydin")
        ]
        back, net_back, history_back, why_back, steps_back, deep_back, example_back, diagram_back = (
            future.result(timeout=120) for future in sent
        )
        net_there, history_there = there.result(timeout=120)
        with pytest.raises(TrainingDivergedError) as caught:
            failed.result(timeout=120)
        assert [s.result(timeout=120) for s in slopes] == [
            gradient_of(op, 0.3) for op in (ops.sigmoid, ops.tanh, ops.exp)
        ]
        assert len({future.result(timeout=120) for future in drawn}) == 1
        for future, name in zip(examples, ("karpathy-neuron", "baydin"), strict=True):
            root, inputs = future.result(timeout=120)
            assert root.data == EXAMPLES[name]().graph()[0].data
            assert set(inputs) <= set(topological(root))
    assert (back.data, back.label, formula(back)) == (y.data, "y", formula(y))
    assert [w.data for w in net_back.weights] == [w.data for w in net.weights]
    assert net_back.layers[0].weights[0][0] is net_back.weights[0]
    assert (list(history_back), history_back.stopped) == (list(history), "epochs")
    assert list(history_there) == list(history)
    assert [w.data for w in net_there.weights] == [w.data for w in here.weights]
    assert isinstance(why_back, Explanation)
    assert (str(why_back), str(steps_back)) == (str(why), str(steps))
    assert deep_back.data == deep.data
    assert len(topological(deep_back)) == 40_001
    assert example_back == mazur()
    assert (diagram_back.source, diagram_back.alt) == (draw.graph(y).source, draw.graph(y).alt)
    assert (caught.value.epoch, len(caught.value.history)) == (0, 0)
    assert "(an unlabelled mul node)" in caught.value.quantity


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_of_the_larger_things(duplicate):
    """Copies of networks, histories and explanations say the same as what they are copies of."""
    net = Network([2, 3, 1], seed=1)
    root = half_squared_error(net([0.1, 0.2]), [0.5])
    root.backward()
    history = History()
    history.record(root, net.weights)
    why = explain(root, "w1")
    twin = duplicate(net)
    assert [p.data for p in twin.parameters()] == [p.data for p in net.parameters()]
    assert half_squared_error(twin([0.1, 0.2]), [0.5]).data == root.data
    assert list(duplicate(history)) == list(history)
    assert str(duplicate(why)) == str(why)
    assert duplicate(draw.graph(root)).source == draw.graph(root).source


# --- threads -------------------------------------------------------------------------------------------------------


def own_work(seed):
    """Train, differentiate, explain, write down and draw; everything that can be compared of it."""
    net = Network([2, 2, 1], seed=seed)
    data = [([0.1 * seed, 0.2], [0.5]), ([0.3, 0.1 * seed], [0.25])]
    history = train(lambda: data_loss(net, data), net.parameters(), lr=0.5, epochs=5)
    root = data_loss(net, data)
    second = grad(grad(root, "w1"), "w1")
    root.backward()
    picture = draw.gradient(root, "w1")
    return (
        [list(row.values()) for row in history],
        second.data,
        [p.grad for p in net.parameters()],
        str(explain(root, "w1")),
        formula(root, "w1", style="latex"),
        picture.svg(engine="pure"),
        [node.data for node in topological(pickle.loads(pickle.dumps(root)))],
    )


def test_threads_with_graphs_of_their_own(frequent_switches):
    """Threads that train, differentiate, explain, pickle and draw get what one after the other gets."""
    alone = [own_work(seed) for seed in range(1, 5)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(own_work, range(1, 5))) == alone


def test_threads_that_pickle_deep_graphs(frequent_switches):
    """Threads that pickle and copy one deep graph at the same time get the whole of it."""
    y = chain(3000)[1]
    expected = pickle.dumps(y)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: pickle.dumps(y), range(8))) == {expected}
        assert {twin.data for twin in pool.map(lambda _: copy.deepcopy(y), range(8))} == {y.data}


def test_threads_with_a_leaf_in_common(frequent_switches):
    """Threads whose graphs share a leaf that none of them edits add up its gradient exactly."""
    shared = Value(2.0, "shared")
    start = threading.Barrier(4)

    def work(own):
        y = Value(own)
        for _ in range(500):
            y = y + shared * own
        start.wait()
        for _ in range(25):
            y.backward()

    threads = [threading.Thread(target=work, args=(float(k),)) for k in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shared.grad == 25 * 500 * (1.0 + 2.0 + 3.0 + 4.0)


# --- ctrl-C --------------------------------------------------------------------------------------------------------


def test_ctrl_c_at_any_line_of_grad():
    """Interrupted at any line, grad() and explain() leave the graph as it was: gradients, numbers, labels, order."""
    x, w = Value(2.0, "x"), Value(3.0, "w")
    y = (x * w).exp() * x + w
    y.label = "y"
    (x * w).backward()
    traced = {derivatives_module.__file__, chain_module.__file__, paths.__file__}

    def state():
        return [(node.data, node.grad, node.has_grad, node.label, node.args) for node in topological(y)]

    before = state()
    for what in (lambda: grad(grad(y, x), w), lambda: explain(y, x)):
        stop = 0
        finished = False
        while not finished:
            seen = 0

            def interrupt(frame, event, _argument, stop=stop):
                nonlocal seen
                if frame.f_code.co_filename not in traced:
                    return None
                seen += event == "line"
                if seen > stop:
                    raise KeyboardInterrupt
                return interrupt

            sys.settrace(interrupt)
            try:
                what()
                finished = True
            except KeyboardInterrupt:
                pass
            finally:
                sys.settrace(None)
            assert state() == before
            stop += 1 + stop // 20
        assert stop > 50
    assert grad(y, x).data == pytest.approx(6.0 * math.exp(6.0) + math.exp(6.0))


# --- disks ---------------------------------------------------------------------------------------------------------


def some_history():
    """A history of a few rows."""
    net = Network([1, 1], seed=1)
    return train(lambda: half_squared_error(net([0.5]), [0.25]), net.weights, lr=0.1, epochs=2)


def some_diagram():
    """A small diagram."""
    x = Value(2.0, "x")
    return draw.graph(x * x)


SAVERS = {
    "history.csv": lambda path: some_history().to_csv(path),
    "graph.svg": lambda path: some_diagram().save(path, engine="pure"),
    "graph.png": lambda path: some_diagram().save(path, engine="pure"),
    "graph.dot": lambda path: some_diagram().save(path),
    "loss.svg": lambda path: charts.loss_curve([3.0, 2.0, 1.0]).save(path),
    "loss.png": lambda path: charts.loss_curve([3.0, 2.0, 1.0]).save(path),
    "loss.pdf": lambda path: charts.loss_curve([3.0, 2.0, 1.0]).save(path),
    "index.html": lambda path: scalar_report(ScalarStudy(EXAMPLES["baydin"]()), Folder(path.parent)),
}
savers = pytest.mark.parametrize("name", SAVERS)


@pytest.fixture
def old():
    """A folder that others may enter, with a way to put an old file there."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)

    def put(name):
        path = folder / name
        path.write_bytes(b"old")
        return path

    yield put
    folder.chmod(0o755)
    shutil.rmtree(folder)


def whole(path):
    """Whether the old file is there, and beside it nothing that was begun and not ended."""
    return path.read_bytes() == b"old" and not [p for p in path.parent.iterdir() if p.name.endswith(".tmp")]


@posix
@savers
def test_a_full_disk(name, old):
    """When the system writes no more than 50 bytes, each way to save fails with the name; the old file stays."""
    import resource

    path = old(name)
    with contextlib.ExitStack() as stack:
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        save = SAVERS[name]
        if name != "index.html":
            save(path.parent / f"first-{name}")  # what else is written on the way, such as caches of fonts
        resource.setrlimit(resource.RLIMIT_FSIZE, (50, limits[1]))
        stack.callback(resource.setrlimit, resource.RLIMIT_FSIZE, limits)
        with pytest.raises(OSError, match=r"'.*(csv|svg|png|pdf|dot|html)'$") as caught:
            save(path)
    assert caught.value.errno == errno.EFBIG
    assert whole(path)


@posix
@savers
def test_a_read_only_folder(name, old, tmp_path):
    """In a folder that may not be written to, each way to save is a PermissionError that names what it wanted."""
    path = old(name)
    SAVERS[name](tmp_path / name)  # what is imported on the way, from where nobody else may read
    path.parent.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        with pytest.raises(PermissionError) as caught:
            SAVERS[name](path)
    finally:
        if root:
            os.seteuid(0)
    assert str(path.parent) in str(caught.value.filename)
    assert whole(path)
    assert len(list(path.parent.iterdir())) == 1


@savers
def test_ctrl_c_while_saving(name, old, monkeypatch):
    """Interrupted when half of the content is down: the old file, whole, and no litter."""
    path = old(name)

    class Slow:
        def __init__(self, handle, mode):
            self.file = open(handle, mode)  # noqa: PTH123, SIM115

        def write(self, data):
            self.file.write(data[: len(data) // 2])
            raise KeyboardInterrupt

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

    monkeypatch.setattr(files, "open", Slow, raising=False)
    with pytest.raises(KeyboardInterrupt):
        SAVERS[name](path)
    assert whole(path)


@savers
def test_the_disk_is_full_before_anything_is_written(name, old, monkeypatch):
    """When not even a temporary file can be made, the error is that of the system, with the name that was asked for."""
    path = old(name)

    def full(*_arguments, **_options):
        raise OSError(errno.ENOSPC, "No space left on device", "/tmp/x")

    monkeypatch.setattr(files, "os", SimpleNamespace(**{**vars(os), "open": full}))
    with pytest.raises(OSError, match="No space left on device") as caught:
        SAVERS[name](path)
    assert Path(caught.value.filename).parent == Path(os.path.realpath(path.parent))
    assert whole(path)


KILLED = """
import os, signal, sys
from autograd_lite.storage import files
sys.path[:0] = ["tests", "tests/project"]
from test_robust import SAVERS
from pathlib import Path
from types import SimpleNamespace

class Killed:
    def __init__(self, handle, mode):
        self.file = open(handle, mode)
    def write(self, data):
        self.file.write(data[: len(data) // 2])
        self.file.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    def __enter__(self):
        return self
    def __exit__(self, *_):
        pass

files.open = Killed
path = Path(sys.argv[1])
SAVERS[path.name](path)
"""


@posix
@pytest.mark.parametrize("name", ["history.csv", "index.html"])
def test_killed_while_saving(name, old):
    """Killed with half of the content down, the file is the old one; saving again works, and leaves one file."""
    path = old(name)
    run = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=ROOT, capture_output=True, check=False)
    assert run.returncode == -9, run.stderr.decode()
    assert path.read_bytes() == b"old"
    assert hasattr(os, "O_TMPFILE") <= whole(path)
    SAVERS[name](path)
    assert path.stat().st_size > 50


def test_no_engine_leaves_files_behind(old, monkeypatch):
    """Drawing makes no files but the one that is asked for, whether the engine works or not."""
    path = old("graph.svg")
    folder = path.parent / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    some_diagram().save(path, engine="pure")
    with pytest.raises(draw.EngineError):
        draw.Diagram("digraph {").save(path, engine="pure")
    with pytest.raises(engines.EngineTimeoutError):
        some_diagram().save(path, engine="pure", timeout=1e-9)
    assert list(folder.iterdir()) == []
    assert path.read_bytes().startswith(b"<?xml")


def test_the_collector_has_nothing_to_do():
    """What explaining, writing down, drawing and training made is freed when it is dropped: no cycles of references."""
    own_work(1)  # what is made once and kept
    gc.collect()
    gc.disable()
    try:
        before = sum(isinstance(x, Value) for x in gc.get_objects())
        own_work(2)
        assert sum(isinstance(x, Value) for x in gc.get_objects()) == before
    finally:
        gc.enable()
