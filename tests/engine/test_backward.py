"""backward(): again and again, after edits, after errors, in threads."""

import concurrent.futures
import dis
import linecache
import math
import os
import signal
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from nodes import bits, gradients
from strategies import build, programs

from autograd_lite import StaleGraphError, Value
from autograd_lite.engine import chain, value
from autograd_lite.engine.ops import Op

# --- backward, again and again ----------------------------------------------------------------------------------------


def test_repeated_backward():
    """Each further call adds the same to the leaves, exactly; the nodes between have the gradient of one call."""
    x, w = Value(0.3), Value(-1.7)
    h = x * w
    y = (h * h).tanh() + h
    y.backward()
    once, between = gradients(x, w), gradients(h, y)
    for times in (2, 3, 4):
        y.backward()
        assert gradients(h, y) == between
        assert gradients(x, w) == pytest.approx([times * g for g in once], rel=1e-15)
        if times in {2, 4}:
            assert gradients(x, w) == [times * g for g in once]


@given(programs())
def test_a_second_backward_doubles_the_leaves(steps):
    """In any graph a second call doubles the gradient of every leaf, bit for bit, and changes no other node's."""
    nodes = build(steps)
    nodes[-1].backward()
    first = gradients(*nodes)
    nodes[-1].backward()
    for node, before in zip(nodes, first, strict=True):
        assert node.grad == (2.0 * before if node.op is None else before)


def test_two_roots_that_share_nodes():
    """Two roots' calls leave the sum of both gradients in shared leaves, in either order."""
    for first, second in ((0, 1), (1, 0)):
        x = Value(3.0)
        shared = x * x
        roots = (shared * 2.0, shared + x)
        roots[first].backward()
        roots[second].backward()
        assert x.grad == 12.0 + 7.0
        assert shared.grad == (1.0 if second else 2.0)


def test_a_root_inside_another_graph():
    """A node can be a root after the graph above it was, and the other way round."""
    x = Value(3.0)
    y = x * x
    z = y * y
    z.backward()
    assert x.grad == 4.0 * 27.0
    y.backward()
    assert x.grad == 4.0 * 27.0 + 6.0
    assert y.grad == 1.0
    z.backward()
    assert x.grad == 2 * 4.0 * 27.0 + 6.0


def test_a_shared_node():
    """A node that is used many times receives the sum over its uses."""
    x = Value(2.0)
    h = x * 3.0
    y = h + h * h + 5.0 * h
    y.backward()
    assert h.grad == 1.0 + 12.0 + 5.0
    assert x.grad == 54.0


def test_backward_of_a_leaf():
    """A leaf is a graph of one node: its own gradient is 1, and 2 after the second call."""
    x = Value(3.0)
    x.backward()
    assert x.grad == 1.0
    x.backward()
    assert x.grad == 2.0


def test_grad_before_and_after():
    """`grad` is 0.0 before backward() and `has_grad` tells that from a computed zero; it can be set and forgotten."""
    x = Value(3.0)
    y = x * 0.0
    assert (x.grad, x.has_grad, y.has_grad) == (0.0, False, False)
    y.backward()
    assert (x.grad, x.has_grad, y.has_grad) == (0.0, True, True)
    x.grad = 5
    y.backward()
    assert x.grad == 5.0
    assert type(x.grad) is float
    x.grad = None
    assert (x.grad, x.has_grad) == (0.0, False)
    with pytest.raises(TypeError, match="str"):
        x.grad = "1.0"


@given(programs())
def test_two_runs_are_bit_identical(steps):
    """The same calculation, built and differentiated again, has the same gradients to the last bit."""
    runs = []
    for _ in range(2):
        nodes = build(steps)
        nodes[-1].backward()
        runs.append([bits(x) for node in nodes for x in (node.data, node.grad)])
    assert runs[0] == runs[1]


def test_two_processes_are_bit_identical():
    """Gradients do not depend on hash seeds or on where nodes lie in memory."""
    script = (
        "import sys\n"
        "from autograd_lite import Value\n"
        "junk = [object() for _ in range(int(sys.argv[1]))]\n"
        "xs = [Value(0.1 * i) for i in range(50)]\n"
        "ys = [(x * xs[i // 2] + xs[-i].sin()).tanh() for i, x in enumerate(xs)]\n"
        "(sum(ys) * ys[7]).backward()\n"
        "print([x.grad.hex() for x in xs])\n"
    )
    outputs = set()
    for seed in ("0", "1", "77"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", script, seed]
        outputs.add(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)
    assert len(outputs) == 1


def test_inf_nan_and_tiny_numbers_stay_visible():
    """Infinity, NaN and subnormal numbers go through values and gradients as IEEE 754 has it."""
    x = Value(5e-324)
    y = x * 1.0
    y.backward()
    assert (y.data, x.grad) == (5e-324, 1.0)
    big = Value(1e200)
    (big * big).backward()
    assert ((big * big).data, big.grad) == (math.inf, 2e200)
    x, weight = Value(math.nan), Value(0.0)
    y = x * weight + 1.0
    y.backward()
    assert math.isnan(y.data)
    assert math.isnan(weight.grad)
    x = Value(1.0)
    y = (x - 1.0) * math.inf
    y.backward()
    assert math.isnan(y.data)
    assert x.grad == math.inf
    x = Value(0.0)
    (x.sqrt() * 0.0).backward()
    assert math.isnan(x.grad)


# --- edits of data ----------------------------------------------------------------------------------------------------


def test_an_edit_makes_the_graph_stale():
    """backward() after a leaf's data was changed raises, naming the leaf and the node; no gradient changes."""
    x, y = Value(2.0, "x"), Value(3.0, "y")
    z = x * y
    z.label = "z"
    y.data = 4.0
    with pytest.raises(StaleGraphError, match=r"'y' was changed after 'z' was computed.*compute the result again"):
        z.backward()
    assert not any(node.has_grad for node in (x, y, z))
    assert issubclass(StaleGraphError, RuntimeError)


def test_edit_and_rebuild():
    """Computed again after the edit, the result has the gradient at the new point."""
    x = Value(2.0)
    (x * x).backward()
    x.data = 5.0
    x.grad = 0.0
    y = x * x
    y.backward()
    assert (y.data, x.grad) == (25.0, 10.0)


def test_edits_before_the_graph():
    """Edits of a leaf that is in no graph yet are harmless, also between the making of two leaves."""
    x = Value(2.0)
    x.data = 3.0
    y = Value(4.0)
    x.data += 1.0
    (x * y).backward()
    assert (x.grad, y.grad) == (4.0, 4.0)


def test_unlabelled_leaves_are_named_by_their_number():
    """An unlabelled leaf and node are described by their number and operation."""
    x = Value(2.5)
    y = x.exp()
    x.data = 7.0
    with pytest.raises(StaleGraphError, match=r"a leaf with data 7 .*an unlabelled 'exp' node with data 12\.1825"):
        y.backward()


def test_long_labels_are_shortened_in_errors():
    """A very long label does not make a very long message."""
    x = Value(2.5, "x" * 10_000)
    y = x.exp()
    x.data = 7.0
    with pytest.raises(StaleGraphError) as caught:
        y.backward()
    assert len(str(caught.value)) < 300
    assert "xxx..." in str(caught.value)


def test_an_edit_between_two_backwards():
    """The first call's gradients stay when the second finds the graph stale."""
    x, y = Value(2.0, "x"), Value(3.0, "y")
    z = (x * y).exp()
    z.backward()
    before = gradients(x, y)
    x.data = 2.5
    for _ in range(2):
        with pytest.raises(StaleGraphError, match="'x'"):
            z.backward()
        assert gradients(x, y) == before


def test_an_edit_half_way():
    """A graph of which a part was computed before the edit and a part after is stale."""
    x, y = Value(2.0, "x"), Value(3.0, "y")
    old = x * 2.0
    x.data = 5.0
    mixed = old * x + y
    with pytest.raises(StaleGraphError, match="'x'"):
        mixed.backward()
    new = x * 2.0 * x + y
    new.backward()
    assert x.grad == 20.0


@pytest.mark.parametrize("label", ["deep", ""])
def test_an_edit_at_the_bottom_of_a_chain(label):
    """A stale leaf is found however far it is below the root."""
    x = Value(1.0, label)
    y = x
    for _ in range(5000):
        y = y + 1.0
    y = y * Value(2.0)
    x.data = 3.0
    with pytest.raises(StaleGraphError, match="'deep'" if label else "a leaf with data 3 "):
        y.backward()


def test_an_edit_of_a_shared_leaf():
    """A leaf of two graphs makes both stale, and a leaf of one only that one."""
    shared, other = Value(2.0, "shared"), Value(3.0)
    first, second = shared * 2.0, shared * other
    other.data = 4.0
    first.backward()
    with pytest.raises(StaleGraphError):
        second.backward()
    shared.data = 5.0
    with pytest.raises(StaleGraphError, match="'shared'"):
        first.backward()


def test_edits_of_unrelated_leaves():
    """Edits of leaves that a graph was not made from never disturb it."""
    x, unrelated = Value(2.0), Value(0.0, "unrelated")
    y = x * x
    for i in range(100):
        unrelated.data = float(i)
        y = y + x * unrelated.data
    unrelated.data = -1.0
    y.backward()
    assert x.grad == 4.0 + sum(range(100))


@pytest.mark.parametrize(
    "make",
    [
        lambda x, y: x * 0.0 * y,
        lambda x, y: (x * 0.0) * (y * 0.0),
        lambda x, y: x.relu() * y - x * y,
        lambda x, y: x**0.0 + y,
    ],
)
def test_an_edit_that_does_not_show_in_the_value(make):
    """A graph is stale also where the edit leaves its value as it was, since a slope may have changed."""
    x, y = Value(2.0, "x"), Value(3.0)
    z = make(x, y)
    before = z.data
    x.data = 4.0
    assert make(x, y).data == before
    with pytest.raises(StaleGraphError, match="'x'"):
        z.backward()


def test_setting_the_same_number_is_an_edit():
    """Assigning to data counts as an edit, also of the number that was there."""
    x = Value(2.0)
    y = x * x
    x.data = 2.0
    with pytest.raises(StaleGraphError):
        y.backward()


def test_what_is_no_edit():
    """New labels and gradients, and a refused edit, leave a graph as fresh as it was."""
    x, other = Value(2.0), Value(1.0)
    y = x * x
    other.data = 3.0
    x.label, y.label = "x", "y"
    x.grad, y.grad = 1.0, 1.0
    with pytest.raises(TypeError):
        x.data = "3.0"
    with pytest.raises(AttributeError):
        y.data = 3.0
    y.backward()
    assert x.grad == 5.0


def test_a_label_does_not_make_a_stale_graph_fresh():
    """Naming a stale node, or the edited leaf, leaves it stale."""
    x = Value(2.0)
    y = x * x
    x.data = 3.0
    x.label, y.label = "x", "y"
    with pytest.raises(StaleGraphError, match=r"'x'.*'y'"):
        y.backward()


def test_data_of_a_result():
    """The data of a result cannot be set; the error says what can."""
    y = Value(2.0) * 3.0
    with pytest.raises(AttributeError, match=r"an unlabelled 'mul' node.*set the data of the leaves"):
        y.data = 7.0
    y.label = "product"
    with pytest.raises(AttributeError, match="'product'"):
        y.data = 7.0
    assert y.data == 6.0


def test_an_edit_while_a_node_is_being_computed():
    """A leaf edited by another thread between the computing and the marking of a node makes that node stale."""
    x = Value(2.0, "x")

    def slow(a):
        editor = threading.Thread(target=setattr, args=(x, "data", 10.0))
        editor.start()
        editor.join()
        return a * a

    y = Op("slow", slow, lambda y, a: 2.0 * a)(x)
    assert y.data == 4.0
    with pytest.raises(StaleGraphError, match="'x'"):
        y.backward()


# --- errors on the way ------------------------------------------------------------------------------------------------


def failing(error):
    """An operation whose slope raises."""

    def partials(y, x):
        raise error

    return Op("failing", lambda x: x, partials)


@pytest.mark.parametrize("error", [ZeroDivisionError("no slope"), KeyboardInterrupt(), MemoryError()], ids=repr)
def test_backward_is_all_or_nothing(error):
    """When a slope raises, the leaves have the gradients they had before, and later calls are right."""
    x, fresh = Value(2.0), Value(5.0)
    (x * x).backward()
    h = failing(error)(x)
    y = h * x + x * fresh
    with pytest.raises(type(error)):
        y.backward()
    assert (x.grad, x.has_grad) == (4.0, True)
    assert (fresh.grad, fresh.has_grad) == (0.0, False)
    (x * fresh).backward()
    assert gradients(x, fresh) == [9.0, 2.0]


@pytest.mark.parametrize("kind", ["line", "opcode"])
def test_ctrl_c_at_any_moment(kind):
    """Interrupted at whichever line or instruction, backward() gives all gradients or none, and frees its lock."""
    # between some instructions of the `with` in backward() signals are not looked for
    functions = [*[Value.backward] * (kind == "line"), chain.pass_back, chain.propagate, chain.topological]
    traced = {function.__code__ for function in functions}
    for stop in range(10_000):
        xs = [Value(2.0), Value(3.0), Value(5.0)]
        for x in xs[:2]:
            x.grad = 100.0
        y = xs[0] * xs[1] + xs[1] * xs[2]
        seen = 0

        def interrupt(frame, event, argument, stop=stop):
            nonlocal seen
            if frame.f_code not in traced:
                return None
            frame.f_trace_opcodes = kind == "opcode"
            line = linecache.getline(frame.f_code.co_filename, frame.f_lineno or 0).strip()
            if event == kind and not line.startswith(("with ", "try:")):  # where CPython itself has gaps
                seen += 1
                if seen > stop:
                    raise KeyboardInterrupt
            return interrupt

        before = sys.gettrace()
        sys.settrace(interrupt)
        try:
            y.backward()
        except KeyboardInterrupt:
            finished = False
        else:
            finished = True
        finally:
            sys.settrace(before)
        state = [(x.grad, x.has_grad) for x in xs]
        every = [(103.0, True), (107.0, True), (3.0, True)]
        assert state == every or (not finished and state == [(100.0, True), (100.0, True), (0.0, False)]), stop
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            assert pool.submit(value._lock.acquire, blocking=False).result()
            pool.submit(value._lock.release).result()
        if finished:
            break
    assert finished
    assert stop > 20


def test_backward_has_no_loop_of_its_own():
    """From Python 3.12 on ctrl-C at the end of a round passes by the handlers of the function that the loop is in."""
    assert not any("JUMP_BACKWARD" in instruction.opname for instruction in dis.get_instructions(Value.backward))


# --- threads ----------------------------------------------------------------------------------------------------------


def test_threads_that_share_leaves(frequent_switches):
    """Threads that call backward() on graphs with common nodes leave the exact sum of all gradients in the leaves."""
    x, w = Value(3.0), Value(2.0)
    shared = x * w
    for _ in range(1000):
        shared = shared + w
    start = threading.Barrier(4)

    def work():
        root = shared * x + w
        start.wait()
        for _ in range(25):
            root.backward()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert gradients(x, w) == [100 * (2.0 * 3.0 + shared.data), 100 * (3.0 * (3.0 + 1000.0) + 1.0)]


def test_threads_that_edit(frequent_switches):
    """While another thread edits a leaf, a graph has the gradient of its own point or is stale."""
    x = Value(1.0)
    stop = threading.Event()

    def edit():
        i = 0
        while not stop.is_set():
            i += 1
            x.data = float(i % 100)

    editor = threading.Thread(target=edit)
    editor.start()
    wrong = []
    try:
        for _ in range(2000):
            try:
                y = x * 1.0
                z = y * y
                z.backward()
            except StaleGraphError:
                continue
            if y.grad != 2.0 * y.data:
                wrong.append((y.grad, y.data))
    finally:
        stop.set()
        editor.join()
    assert wrong == []


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")  # of Python 3.12 and later: as it is here
@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes that are not forked have locks of their own")
def test_a_fork_while_another_thread_computes():
    """A child process can compute gradients, though a thread that is not in it held the lock."""
    held, done = threading.Event(), threading.Event()

    def hold():
        with value._lock:
            held.set()
            done.wait(60.0)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(60.0)
    child = os.fork()
    if not child:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(10)  # ends what would hang
        x = Value(3.0)
        (x * x).backward()
        os._exit(int(x.grad))
    _, status = os.waitpid(child, 0)
    done.set()
    holder.join()
    assert os.waitstatus_to_exitcode(status) == 6
