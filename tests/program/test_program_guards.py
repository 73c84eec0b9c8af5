"""What freezes in a program, and how that is noticed: branches, leaves, and inputs that are none."""

import copy
import pickle
import random
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from replayed import same, ways

from autograd_lite import StaleGraphError, Value, compile, grad, maximum  # noqa: A004
from autograd_lite.program import FrozenBranchError


def clipped(x):
    """Between 0 and 1, by comparisons in a chain."""
    if 0.0 <= x <= 1.0:
        return x * 2.0
    return x - 1.0


def largest(a, b, c):
    """The largest number, by Python's `max`."""
    return max(a, b, c) * 1.0


def middle(xs):
    """The second of a list in order."""
    return sorted(xs)[1] * 3.0


def two(a):
    """Another value at 2."""
    return a * 5.0 if a == 2.0 else a + 1.0


def beyond(x):
    """Compare with an int that no float is."""
    return x * 2.0 if -(10**400) < x < 10**400 else x


CASES = [
    # function, recorded at, holds at, breaks at
    (clipped, (0.5,), [(0.0,), (1.0,), (0.25,)], [(-0.1,), (1.5,)]),
    (clipped, (3.0,), [(2.0,)], [(0.5,), (-1.0,)]),
    (largest, (1.0, 3.0, 2.0), [(0.0, 4.0, 1.0)], [(5.0, 4.0, 1.0), (0.0, 4.0, 9.0)]),
    (middle, [3.0, 1.0, 2.0], [(9.0, 0.0, 5.0)], [(1.0, 2.0, 3.0)]),
    (two, (2.0,), [(2.0,)], [(2.5,)]),
    (two, (1.0,), [(3.0,)], [(2.0,)]),
    (beyond, (1.0,), [(1.7e308,), (-1.7e308,)], [(float("inf"),), (float("-inf"),)]),
]


@pytest.mark.parametrize(("function", "at", "holds", "breaks"), CASES, ids=lambda x: getattr(x, "__name__", ""))
def test_a_branch_gone_the_other_way(function, at, holds, breaks):
    """Where comparisons come out as recorded the floats are the function's; elsewhere the line of one is named."""
    program = compile(function, at=at)
    for one in (program, pickle.loads(pickle.dumps(program)), copy.copy(program), copy.deepcopy(program)):
        one.verify(holds)
        for point in breaks:
            for run in ways(one):
                with pytest.raises(Exception, match=r"^$") as bare:
                    run(*point)
                assert type(bare.value).__name__ == "BrokenGuardError"
            for call in (one, one.quantities):
                with pytest.raises(FrozenBranchError, match="has the other branch only") as found:
                    call(*point)
                assert found.value.origin.function == function.__name__
                assert found.value.origin.file == __file__
                assert (found.value.epoch, found.value.row) == (None, None)
                assert str(pickle.loads(pickle.dumps(found.value))) == str(found.value)


def test_at_takes_a_dict():
    """A function recorded with its arguments by name is pickled with its guards."""
    program = compile(largest, at={"c": 1.0, "a": 3.0, "b": 2.0})
    assert program.inputs == ("c", "a", "b")
    again = pickle.loads(pickle.dumps(program))
    assert again(1.0, 4.0, 2.0).value == 4.0
    with pytest.raises(FrozenBranchError):
        again(5.0, 4.0, 2.0)


def test_equality_of_nodes_cannot_be_asked():
    """`==` between two nodes is identity, which no program can ask; outside of recordings it stays what it is."""
    with pytest.raises(TypeError, match="same node"):
        compile(lambda a, b: a if a == b else b, at=(1.0, 2.0))
    a, b = Value(1.0), Value(1.0)
    assert a != b


def test_compared_nodes_survive():
    """A node that nothing but a comparison uses is computed; one that depends on no input is not compared again."""

    def f(x):
        c = Value(3.0)
        return x if x.sin() > 0.0 and c > 2.0 else -x

    program = compile(f, at=1.0)
    assert len(program.code.guards) == 1
    assert [op.name for op in program.code.ops if op] == ["sin"]


def test_comparisons_of_other_threads_do_not_count():
    """What another thread compares while a function is recorded is no guard of it."""
    entered, done = threading.Event(), threading.Event()

    def elsewhere():
        entered.wait(10)
        _ = Value(1.0) < Value(2.0)
        done.set()

    def f(x):
        entered.set()
        assert done.wait(10)
        return x * 2.0

    other = threading.Thread(target=elsewhere)
    other.start()
    assert compile(f, at=1.0).code.guards == ()
    other.join()


def peeking(x):
    """Reads a number past the nodes."""
    return x * x.data


def test_verify_finds_what_was_read_past_the_nodes():
    """A number read as `.data`, or drawn anew, is frozen: `verify` says where that shows."""
    program = compile(peeking, at=2.0)
    program.verify([(2.0,), {"x": 2.0}])
    with pytest.raises(ValueError, match=r"at x=3.0 the program gives 6.0 for v1, the nodes 9.0"):
        program.verify([(2.0,), (3.0,)])
    with pytest.raises(ValueError, match="random"):
        compile(lambda x: x * random.random(), at=2.0).verify([(2.0,)])


# --- frozen leaves, copies, threads --------------------------------------------------------------------------------


def test_an_edit_of_a_frozen_leaf_is_noticed():
    """A leaf that is no input must stay; inputs may be edited, before pickling too."""
    w, c = Value(0.5, "w"), Value(2.0, "c")
    program = compile(w * c, inputs=[w])
    w.data = 7.0
    again = [program, copy.copy(program), copy.deepcopy(program), pickle.loads(pickle.dumps(program))]
    for one in again:
        assert one(3.0) == (6.0, {"w": 2.0})
    read = again[-1]
    (leaf,) = read._frozen
    leaf.data = 5.0
    c.data = 4.0
    for one in (program, again[1], read):
        for call in (one, one.quantities, lambda x, one=one: pickle.dumps(one)):
            with pytest.raises(StaleGraphError, match="'c' was changed after this program was recorded"):
                call(1.0)
    assert again[2](3.0).value == 6.0  # a deep copy has nodes of its own
    y = w * c
    c.data = 6.0
    with pytest.raises(StaleGraphError, match="after an unlabelled 'mul' node"):
        compile(y)


def test_copies_iterate_alike():
    """Copies and pickles of a program with updates have its floats."""
    w, x = Value(0.5, "w"), Value(2.0, "x")
    y = (w * x).tanh()
    program = compile(y, inputs=[w, x], updates={w: w - 0.1 * grad(y, w)})
    wanted = program.iterate((0.5,), 5, data=[1.0, 2.0], record="all").history.rows()
    wanted = list(wanted)
    for one in (copy.copy(program), copy.deepcopy(program), pickle.loads(pickle.dumps(program))):
        assert str(one) == str(program)
        assert list(one.iterate((0.5,), 5, data=[1.0, 2.0], record="all").history.rows()) == wanted


@pytest.mark.usefixtures("frequent_switches")
def test_threads_call_one_program():
    """Threads that call one program at once, for the first time too, get its floats."""
    for _ in range(10):
        w, x = Value(0.5, "w"), Value(2.0, "x")
        y = maximum((w * x).tanh(), w - x)
        program = compile(y, inputs=[w, x])
        points = [(k / 7.0, -k / 3.0) for k in range(40)]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(program, *zip(*points, strict=True)))
        alone = compile(y, inputs=[w, x])
        assert [one.value for one in found] == [alone(*point).value for point in points]
        assert same([one.gradient["w"] for one in found], [alone(*point).gradient["w"] for point in points])


# --- bad input -----------------------------------------------------------------------------------------------------

W, X, OTHER = Value(0.5, "w"), Value(2.0, "x"), Value(1.0, "other")
H = W * X
Y = H.tanh()
P = compile(Y, inputs=[W, X], wrt=[W])
U = compile(Y, inputs=[W, X], wrt=[W], updates={W: W * 0.5})

BAD = {
    "too many inputs": (lambda: P(1.0, 2.0, 3.0), TypeError, "takes 2 inputs, w, x; got 3"),
    "too few inputs": (lambda: P(1.0), TypeError, "inputs w, x; not given: x"),
    "twice": (lambda: P(1.0, 2.0, w=1.0), TypeError, "w is given twice"),
    "text": (lambda: P("1", 2.0), TypeError, "input w: expected a real number .* got str '1'"),
    "a node": (lambda: P(W, 2.0), TypeError, "input w: expected a real number .* its .data"),
    "NaN": (lambda: P(1.0, float("nan")), ValueError, "input x is NaN"),
    "too large": (lambda: P(10**400, 1.0), OverflowError, "input w: .* beyond the largest float"),
    "unknown name": (lambda: P(w=1.0, xx=2.0), ValueError, "no input 'xx'; did you mean 'x'"),
    "unknown node": (lambda: P({W: 1.0, OTHER: 2.0}), ValueError, "no input Value.*there are w, x"),
    "short row": (lambda: P(data=[(1.0, 2.0), (1.0,)]), ValueError, "each of 2 numbers, w, x.*row 1 has 1"),
    "no rows": (lambda: P(data=[]), ValueError, "got none"),
    "data without columns": (lambda: P(1.0, 2.0, data=[1.0]), ValueError, "all are; leave it out|leave .* out"),
    "data a set": (lambda: P(data={1.0, 2.0}), TypeError, "data is a list of rows.* got set"),
    "columns of two lengths": (lambda: P(data={"w": [1.0], "x": [1.0, 2.0]}), ValueError, "of one length"),
    "a column missing": (lambda: P(data={"w": [1.0]}), ValueError, "'x' is missing"),
    "a column that is a number": (lambda: P(data={"w": 1.0, "x": [1.0]}), TypeError, "column w .*list.* got float"),
    "NaN in a row": (lambda: P(data=[(1.0, float("nan"))]), ValueError, "row 0 of data, x is NaN"),
    "reduce": (lambda: P(data=[(1.0, 2.0)], reduce="max"), ValueError, "'mean' or 'sum', got 'max'"),
    "verify a number": (lambda: P.verify([1.0]), TypeError, "a point is .* got float"),
    "backend": (
        lambda: compile(Y, backend="fortran"),
        ValueError,
        "no backend 'fortran'; there are 'python'",
    ),
    "inputs a set": (lambda: compile(Y, inputs={W, X}), TypeError, "order"),
    "wrt lacks": (lambda: compile(Y, wrt=[OTHER]), ValueError, "wrt: .*other.* is not in the graph"),
    "wrt no label": (lambda: compile(Y, wrt="v"), ValueError, "no node of the graph has the label 'v'"),
    "input no leaf": (lambda: compile(Y, inputs=[H]), ValueError, "inputs are leaves"),
    "input lacks": (lambda: compile(Y, inputs=[OTHER]), ValueError, "inputs: .* is not in the graph"),
    "update of no input": (lambda: compile(Y, inputs=[W], updates={X: X * 1.0}), ValueError, "updates replace inputs"),
    "update by text": (lambda: compile(Y, updates={W: "w"}), TypeError, "real number"),
    "updates no dict": (lambda: compile(Y, updates=[(W, X)]), TypeError, "updates is a dict .* got list"),
    "no node": (lambda: compile(3.0), TypeError, "recorded from a node"),
    "no outputs": (lambda: compile([]), TypeError, "recorded from a node"),
    "an output no node": (lambda: compile([Y, 1.0]), TypeError, "one of them is float"),
    "an output twice": (lambda: compile([Y, Y]), ValueError, "twice|one name"),
    "at of a graph": (lambda: compile(Y, at=1.0), TypeError, "at= says where a function"),
    "no at": (lambda: compile(clipped), TypeError, "at a point"),
    "wrt of a function": (lambda: compile(clipped, at=1.0, wrt="x"), TypeError, "are its arguments"),
    "None": (lambda: compile(lambda x: None, at=1.0), TypeError, "the function returns None"),
    "a float": (lambda: compile(lambda x: 1.0, at=1.0), TypeError, "the function returns 1.0"),
    "no updates": (lambda: P.iterate((1.0,)), ValueError, "has no updates"),
    "negative epochs": (lambda: U.iterate((1.0,), -1, inputs={X: 1.0}), ValueError, "epochs is a whole number"),
    "half an epoch": (lambda: U.iterate((1.0,), 1.5, inputs={X: 1.0}), (TypeError, ValueError), "epochs is a whole"),
    "every 0": (lambda: U.iterate((1.0,), 1, inputs={X: 1.0}, every=0), ValueError, "every is a whole number"),
    "state of a number": (lambda: U.iterate(1.0, 1, inputs={X: 1.0}), TypeError, "state is .* got float"),
    "long state": (lambda: U.iterate((1.0, 2.0), 1, inputs={X: 1.0}), TypeError, "got 2"),
    "short state": (lambda: U.iterate((), 1, inputs={X: 1.0}), TypeError, "state is w; not given: w"),
    "no inputs": (lambda: U.iterate((1.0,)), TypeError, "not given: x; pass inputs="),
    "inputs a list": (lambda: U.iterate((1.0,), inputs=[1.0]), TypeError, "inputs is a dict .* got list"),
    "record what": (lambda: U.iterate((1.0,), inputs={X: 1.0}, record="q"), ValueError, "no quantity 'q'"),
    "record a number": (lambda: U.iterate((1.0,), inputs={X: 1.0}, record=[3]), ValueError, "no quantity 3"),
    "record None": (lambda: U.iterate((1.0,), inputs={X: 1.0}, record=None), TypeError, "record is .* got NoneType"),
    "update by row": (
        lambda: compile(Y, inputs=[W, X], updates={W: W + X}).iterate((1.0,), data=[1.0, 2.0]),
        ValueError,
        "x differs from row to row",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    """What cannot be used is refused, with what came and what is valid."""
    call, error, message = BAD[case]
    with pytest.raises(error) as found:
        call()
    assert re.search(message, str(found.value)), str(found.value)
    assert len(str(found.value)) < 400


def test_a_point_of_another_number_of_arguments():
    """`at` has a number for each argument; what is missing is said."""
    with pytest.raises(TypeError, match=r"at= has a number for each argument of the function, got 1: missing .* 'b'"):
        compile(lambda a, b: a * b, at=(1.0,))
    with pytest.raises(TypeError, match="got 3: too many positional arguments"):
        compile(lambda a, b: a * b, at=(1.0, 2.0, 3.0))
