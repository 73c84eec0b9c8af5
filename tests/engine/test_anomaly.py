"""Anomaly mode: the first operation that gives a NaN or an infinity is named, with its label and source line."""

import asyncio
import contextlib
import copy
import linecache
import math
import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

import numpy as np
import pytest

import autograd_lite
from autograd_lite import (
    AnomalyError,
    Value,
    detect_anomaly,
    formula,
    grad,
    hessian,
    maximum,
)
from autograd_lite.engine import anomaly, origin
from autograd_lite.engine.ops import Op
from autograd_lite.nn import Network
from autograd_lite.storage import load_graph, save_graph
from autograd_lite.train import data_loss, train


def caught(run):
    """The error that `run` gives in anomaly mode; afterwards nothing is watched."""
    with pytest.raises(AnomalyError) as found, detect_anomaly():
        run()
    assert not anomaly.watched
    return found.value


def here(marker):
    """The number of the line of this file that ends with the marker."""
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    return next(k for k, line in enumerate(lines, 1) if line.endswith(f"# {marker}"))


def test_forward():
    """The first operation whose value is not finite raises, and says what it was given, in which line."""
    x, w = Value(0.0, "x"), Value(2.0, "w")

    def model():
        z = w * x
        z.label = "z"
        bad = z.log()  # line: forward
        return bad * 0.0

    error = caught(model)
    line = here("line: forward")
    assert str(error) == (
        f"forward: log gave -inf at 'z' = 0.0 ({__file__}, line {line}, in model: bad = z.log()  # line: forward)"
    )
    assert (error.origin.file, error.origin.line, error.origin.function) == (__file__, line, "model")
    assert error.node.op.name == "log"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Value(1e300, "a") * 1e300, "mul gave inf at 'a' = 1e+300, 1e+300"),
        (lambda: Value(-1.0).sqrt(), "sqrt gave nan at -1.0"),
        (lambda: 1.0 / Value(0.0, "b"), "div gave inf at 1.0, 'b' = 0.0"),
        (lambda: Value(math.nan, "n") + 1.0, "add gave nan at 'n' = nan, 1.0; 'n' was so before"),
        (lambda: Value(1.0, "x") * math.inf, "mul gave inf at 'x' = 1.0, inf; inf was so before"),
        (lambda: autograd_lite.exp(Value(1000.0)), "exp gave inf at 1000.0"),
        (lambda: Value(0.0, "x") ** -1, "pow gave inf at 'x' = 0.0, -1.0"),
        (lambda: np.array([1.0, 0.0]) / Value(0.0, "d"), "div gave inf at 1.0, 'd' = 0.0"),
    ],
)
def test_what_is_said_of_values(make, says):
    """The message has the operation, its value, its arguments with their names, and whose fault it is not."""
    error = caught(make)
    assert str(error).startswith(f"forward: {says} (")
    assert error.origin.file == __file__


def test_backward():
    """A slope that is infinite at a finite value is found before any gradient is changed."""
    w, x = Value(2.0, "w"), Value(0.0, "x")
    w.grad = 7.0

    def run():
        z = w * x
        root = z.sqrt()  # line: backward
        root.label = "root"
        (root * 3.0).backward()

    error = caught(run)
    assert str(error).startswith(
        "backward: sqrt ('root') at 0.0 has the slope inf along its argument; "
        "times its own gradient, 3.0, that is inf ("
    )
    assert error.origin.line == here("line: backward")
    assert (w.grad, x.has_grad) == (7.0, False)


def test_nodes_made_before():
    """A graph made outside the block is checked all the same; only its lines are not known."""
    x = Value(0.0, "x")
    root = x.sqrt() + 1.0
    for run in (root.backward, lambda: grad(root, "x")):
        error = caught(run)
        assert "sqrt at 'x' = 0.0 has the slope inf along 'x'" in str(error)
        assert "made outside detect_anomaly()" in str(error)
        assert error.origin is None
    hidden = maximum(Value(-math.inf, "low"), 1.0)
    assert str(caught(hidden.backward)) == "forward: the leaf 'low' holds -inf"


def test_sum_of_parts():
    """Finite parts whose sum overflows are told as such."""
    x = Value(1.0, "x")
    error = caught(lambda: overflowing(x).backward())
    assert str(error) == "backward: the gradient of 'x' is inf, a sum of parts"


def test_gradients_that_are_added_up():
    """A gradient that overflows when a second `backward()` adds to it raises, and stays what it was."""
    w = Value(1.0, "w")
    with detect_anomaly():
        (w * 1e308).backward()
        with pytest.raises(AnomalyError, match=r"is not finite when .* is added to the .* that it has"):
            (w * 1e308).backward()
    assert w.grad == 1e308


def overflowing(x):
    """Slopes of 1.5e308 twice, with values that are finite."""
    return (x - 1.0) * 1.5e308 + (x - 1.0) * 1.5e308


def test_what_is_finite_passes():
    """Nothing finite raises, also where parts that no gradient is made of are not finite; results are the same."""
    v = Value(-2.0, "v")
    with detect_anomaly():
        y = v**3  # the slope along the exponent, which is a constant, is NaN
        y.label = "y"
        y.backward()
        g = grad(y, "v")
        assert (v.grad, g.data, formula(g)) == (12.0, 12.0, "∂y/∂v = 3 * v^2")
        assert grad(g, "v").data == -12.0
        assert hessian(lambda a, b: a * b)(1.0, 2.0) == [[0.0, 1.0], [1.0, 0.0]]
        net = Network([2, 2, 2])
        data_loss(net, [([0.05, 0.1], [0.0, 1.0])]).backward()
    assert formula(grad(Value(0.0, "a").sqrt(), "a"))  # outside nothing is watched


def test_an_infinite_second_derivative_is_found():
    """An infinite second derivative is found when it is computed, by the line that asked for the first."""
    x = Value(0.0, "x")

    def run():
        y = x**1.5
        first = grad(y, "x")  # line: first
        assert first.data == 0.0
        first.backward()

    error = caught(run)
    assert str(error).startswith("backward: pow_slope")
    assert error.origin.line == here("line: first")


def test_lines_of_networks_and_training():
    """Inside the package's own functions the line is that of the user's call."""
    net = Network([1, 1], weights=[1e200], activation="linear", biases="none")

    def run():
        return net([1e200])  # line: call

    assert caught(run).origin.line == here("line: call")
    w = Value(0.0, "w")
    error = caught(lambda: train(lambda: abs(w).sqrt(), [w], lr=0.1, epochs=3))
    assert "sqrt" in str(error)
    assert w.data == 0.0


def test_labels_and_copies_keep_the_line():
    """A label given later does not lose the line; copies and pickles may, and work."""
    with detect_anomaly():
        x = Value(0.0, "x")
        y = x.sqrt()  # line: kept
        y.label = "first"
        y.label = "second"
        for duplicate in (copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))):
            assert duplicate(y).label == "second"
    error = caught(y.backward)
    assert error.origin.line == here("line: kept")
    assert "'second'" in str(error)


def test_other_threads_are_not_watched():
    """The block holds for its own thread, and another's ending does not end it."""
    results = []

    def other():
        results.append(Value(0.0).log().data)

    with detect_anomaly():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        with pytest.raises(AnomalyError), detect_anomaly():
            Value(0.0).log()
        with pytest.raises(AnomalyError):
            Value(0.0).log()
    assert results == [-math.inf]
    assert Value(0.0).log().data == -math.inf


def test_a_thread_that_has_left_its_block():
    """Having been watched once, a thread is not watched when another is."""
    with detect_anomaly():
        pass
    entered, done = threading.Event(), threading.Event()

    def other():
        with detect_anomaly():
            entered.set()
            done.wait(10.0)

    thread = threading.Thread(target=other)
    thread.start()
    entered.wait(10.0)
    try:
        assert Value(0.0).log().data == -math.inf
    finally:
        done.set()
        thread.join()


def test_own_operations():
    """A row that a user made is named like those of the table."""
    bad = Op("mine", lambda x: x, lambda y, x: math.nan)
    x = Value(1.0, "x")
    assert "mine at 'x' = 1.0 has the slope nan" in str(caught(lambda: bad(x).backward()))


def test_a_neighbour_of_the_package():
    """A file of the user's beside the package, whose name begins as the package's, is the user's."""
    file = f"{origin.PACKAGE}_homework.py"
    error = caught(lambda: exec(compile("Value(0.0).log()", file, "exec"), {"Value": Value}))
    assert (error.origin.file, error.origin.line) == (file, 1)


def test_numpy_between():
    """Where NumPy calls the operators, the line is that of the user's call of NumPy, not one of its own."""
    many = np.array([Value(1e200), Value(1e200)])
    error = caught(lambda: np.prod(many))  # line: prod
    assert (error.origin.file, error.origin.line) == (__file__, here("line: prod"))
    named = {"np": np, "many": many, "__name__": "numpy_homework"}
    error = caught(lambda: exec(compile("np.prod(many)", "mine.py", "exec"), named))
    assert error.origin.file == "mine.py"


def test_long_file_names():
    """Of a long path the message has the end."""
    name = f"{'x' * 300}/mine.py"
    error = caught(lambda: exec(compile("Value(0.0).log()", name, "exec"), {"Value": Value}))
    assert error.origin.file == name
    assert f"(...{name[-197:]}, line 1)" in str(error)
    name = "y" * 200
    error = caught(lambda: exec(compile("Value(0.0).log()", name, "exec"), {"Value": Value}))
    assert f"({name}, line 1)" in str(error)


def test_hostile_labels_and_sources(monkeypatch):
    """Labels are quoted, so that no control character gets into a message; the source line loses its own."""
    error = caught(lambda: Value(0.0, "\x1b[31m\n'").log())
    assert "\x1b" not in str(error)
    assert "\n" not in str(error)
    scope = {"Value": Value}
    monkeypatch.setitem(linecache.cache, "<string>", (9, None, ["of python -c\n"], "<string>"))
    error = caught(lambda: exec("Value(0.0).log()", scope))
    assert error.origin.file == "<string>"
    assert str(error).endswith("(<string>, line 1)")


def test_the_error_is_a_floating_point_error():
    """The error is of Python's own kind for it, and survives a pickle."""
    error = caught(lambda: Value(0.0, "x").log())
    assert isinstance(error, FloatingPointError)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.origin, again.node.data) == (str(error), error.origin, -math.inf)


def test_saving_and_loading(tmp_path):
    """What is not finite is saved and loaded as it is: neither computes anything."""
    a = Value(1.0, "a")
    roots = [a * 2.0, (a - 1.0).log()]
    with detect_anomaly():
        save_graph(roots, tmp_path / "graph.json")
        assert [root.data for root in load_graph(tmp_path / "graph.json")] == [2.0, -math.inf]


def test_stale_graphs():
    """A stale graph is told as stale, not judged by a mixture of two points."""
    x = Value(1.0, "x")
    y = x.log() * 2.0
    x.data = 0.0
    with detect_anomaly(), pytest.raises(autograd_lite.StaleGraphError):
        y.backward()


# --- blocks that are left in another order or place ----------------------------------------------------------------


def block():
    """A generator that waits inside a block."""
    with detect_anomaly():
        yield


def is_checked():
    """Whether operations are checked here."""
    try:
        Value(0.0).log()
    except AnomalyError:
        return True
    return False


def test_the_end_of_another_block_ends_no_block():
    """A generator that is closed inside a block, and began before it, leaves the block as it is."""
    other = block()
    next(other)
    assert is_checked()  # it waits inside
    with detect_anomaly():
        other.close()
        assert is_checked()
        with detect_anomaly():
            assert is_checked()
        assert is_checked()
    assert not is_checked()
    assert not anomaly.watched


def test_blocks_that_end_in_the_order_they_began():
    """Two generators, the first of which ends first, leave nothing behind, whoever opens a block elsewhere."""
    first, second = block(), block()
    next(first)
    next(second)
    first.close()
    assert is_checked()
    second.close()
    assert not is_checked()
    assert not anomaly.watched
    with ThreadPoolExecutor(1) as pool:
        elsewhere = block()
        pool.submit(next, elsewhere).result()
        assert not is_checked()
        assert pool.submit(is_checked).result()
        elsewhere.close()  # in another thread than it began
        assert not anomaly.watched
        with detect_anomaly():
            assert not pool.submit(is_checked).result()
            assert is_checked()
    assert not is_checked()


def test_blocks_leave_nothing_behind():
    """However many blocks there were, and in whatever order they ended, none is kept."""
    waiting = [block() for _ in range(10)]
    for one in waiting:
        next(one)
    for one in waiting[::2] + waiting[1::2]:
        one.close()
    for _ in range(10):
        with detect_anomaly():
            assert len(anomaly._blocks.get()) == 1
    assert anomaly._blocks.get() == ()


class Interrupter:
    """Raises KeyboardInterrupt at the n-th instruction of anomaly mode and of what Python adds to its blocks."""

    FILES = frozenset({anomaly.__file__, contextlib.__file__})

    def __init__(self, at):
        self.at, self.count, self.places = at, 0, set()

    def trace(self, frame: FrameType, event, arg):
        """What `sys.settrace` calls."""
        if frame.f_code.co_filename not in self.FILES:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            self.count += 1
            self.places.add(frame.f_code.co_name)
            if self.count == self.at:
                raise KeyboardInterrupt
        return self.trace

    def run(self, block):
        """Whether a block was entered and left without an interrupt."""
        before = sys.gettrace()
        sys.settrace(self.trace)
        try:
            with block():
                pass
        except KeyboardInterrupt:
            return False
        finally:
            sys.settrace(before)
        return True


@pytest.mark.parametrize("block", [detect_anomaly, anomaly.unchecked])
@pytest.mark.parametrize("around", [contextlib.nullcontext, detect_anomaly])
def test_ctrl_c_on_the_way_in_or_out(block, around):
    """Interrupted at any instruction that enters or leaves a block, what is checked is what was before."""
    moment, finished = 0, False
    with around():
        checked, watched = is_checked(), set(anomaly.watched)
        while not finished:
            moment += 1
            interrupter = Interrupter(moment)
            finished = interrupter.run(block)
            assert is_checked() == checked, moment
            assert anomaly.watched == watched, moment
            assert anomaly._lenient == set(), moment
    assert interrupter.places >= {block.__name__, "_inside", "_open", "__enter__", "__exit__"}
    assert moment > 50
    with block():
        assert len((*anomaly._blocks.get(), *anomaly._parts.get())) == 1


def test_a_block_in_an_asynchronous_generator():
    """One that is left at the first item ends its block, in whatever task that is done."""

    async def numbers():
        with detect_anomaly():
            yield 1

    async def work():
        async for _ in numbers():
            break

    asyncio.run(work())
    assert not anomaly.watched
    assert not is_checked()


def test_derivatives_in_a_block_are_lenient_inside_alone():
    """After a derivative, parts of which may be what they like, the block is what it was."""
    with detect_anomaly():
        x = Value(2.0, "x")
        assert grad(x * x, x).data == 4.0
        assert is_checked()
