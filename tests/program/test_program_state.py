"""Iterating with state: the floats of a loop written by hand, what is recorded, and what ends it."""

import itertools
import math
import pickle
import sys
from pathlib import Path

import pytest
from interrupting import Interrupter
from replayed import bits, same

import autograd_lite
from autograd_lite import Value, compile, grad  # noqa: A004
from autograd_lite.history import Stopped
from autograd_lite.program import DivergedError, FrozenBranchError, backends
from autograd_lite.storage import load_graph, save_graph

ROWS_OF_DATA = [(0.1, 0.7), (-1.3, 0.2), (2.4, -0.9), (0.3, 0.3)]


@pytest.fixture(params=["source", "interpreter"])
def backend(request, monkeypatch):
    """Programs run as generated source, or by the interpreter."""
    if request.param == "interpreter":
        monkeypatch.setattr(backends, "LARGEST_SOURCE", 0)
    return request.param


def line():
    """A line through a point: its error, parameters and data."""
    w, b, x, t = Value(0.5, "w"), Value(-0.25, "b"), Value(0.0, "x"), Value(0.0, "t")
    error = (w * x + b * x.tanh() - t) ** 2 * 0.5
    error.label = "E"
    return error, w, b, x, t


def along(state, row):
    """Error and gradients at a row of data, by nodes."""
    w, b = Value(state[0], "w"), Value(state[1], "b")
    x, t = map(Value, row)
    error = (w * x + b * x.tanh() - t) ** 2 * 0.5
    error.backward()
    return error.data, w.grad, b.grad


def reduced(state, rows, *, mean):
    """Error and gradients over the rows, added one after the other."""
    totals = [0.0, 0.0, 0.0]
    for row in rows:
        totals = [total + part for total, part in zip(totals, along(state, row), strict=True)]
    return [total / len(rows) for total in totals] if mean else totals


def test_gradient_descent_is_the_loop_of_floats(backend):
    """Descent over rows, mean and sum, has the parameters and errors of an explicit loop in every epoch."""
    for reduce in ("mean", "sum"):
        error, w, b, _, _ = line()
        updates = {w: w - 0.05 * grad(error, w), b: b - 0.05 * grad(error, b)}
        found = compile(error, wrt=[w, b], updates=updates).iterate(
            {"w": 0.5, "b": -0.25}, 40, data=ROWS_OF_DATA, reduce=reduce, record=["E", "w", "b", "dE/dw"]
        )
        state = (0.5, -0.25)
        for row in found.history.rows():
            e, dw, db = reduced(state, ROWS_OF_DATA, mean=reduce == "mean")
            assert same([row["E"], row["w"], row["b"], row["dE/dw"]], [e, *state, dw])
            before, state = state, (state[0] - 0.05 * dw, state[1] - 0.05 * db)
        assert same(found.state.values(), before)
        assert [row["epoch"] for row in found.history.rows()] == list(range(41))


def test_momentum_with_a_rate_that_is_a_state(backend):
    """Momentum with nodes for the velocities, and a learning rate that shrinks, is the loop by hand."""
    error, w, b, x, t = line()
    vw, vb, lr, mu = Value(0.0, "vw"), Value(0.0, "vb"), Value(0.1, "lr"), Value(0.9, "mu")
    new_w, new_b = mu * vw - lr * grad(error, w), mu * vb - lr * grad(error, b)
    updates = {w: w + new_w, b: b + new_b, vw: new_w, vb: new_b, lr: lr * 0.99}
    program = compile(error, wrt=[w, b], inputs=[w, b, vw, vb, lr, mu, x, t], updates=updates)
    found = program.iterate({"w": 0.5, "b": -0.25, "vw": 0.0, "vb": 0.0, "lr": 0.1}, 30, inputs={"mu": 0.9},
                            data=ROWS_OF_DATA)  # fmt: skip
    state, v, rate = (0.5, -0.25), (0.0, 0.0), 0.1
    for _ in range(30):
        _, dw, db = reduced(state, ROWS_OF_DATA, mean=True)
        v = (0.9 * v[0] - rate * dw, 0.9 * v[1] - rate * db)
        state, rate = (state[0] + v[0], state[1] + v[1]), rate * 0.99
    assert same(found.state.values(), [*state, *v, rate])


def test_adam_is_the_loop_of_floats(backend):
    """Adam, written as an update graph with its powers of beta as states, is the loop by hand."""
    w = Value(1.5, "w")
    error = (w * w - 2.0) ** 2
    g = grad(error, w)
    m, s, p1, p2 = Value(0.0, "m"), Value(0.0, "s"), Value(1.0, "p1"), Value(1.0, "p2")
    q1, q2 = p1 * 0.9, p2 * 0.999
    new_m, new_s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
    step = 0.01 * (new_m / (1.0 - q1)) / ((new_s / (1.0 - q2)).sqrt() + 1e-8)
    program = compile(error, inputs=[w], wrt=[w])
    state = [1.5, 0.0, 0.0, 1.0, 1.0]
    found = compile(
        error, inputs=[w, m, s, p1, p2], wrt=[w], updates={w: w - step, m: new_m, s: new_s, p1: q1, p2: q2}
    ).iterate(state, 50)
    for _ in range(50):
        x, m_, s_, a, b = state
        slope = program(x).gradient["w"]
        m_, s_, a, b = 0.9 * m_ + 0.1 * slope, 0.999 * s_ + 0.001 * slope * slope, a * 0.9, b * 0.999
        x -= 0.01 * (m_ / (1.0 - a)) / (math.sqrt(s_ / (1.0 - b)) + 1e-8)
        state = [x, m_, s_, a, b]
    assert same(found.state.values(), state)


def test_updates_are_made_at_once(backend):
    """Updates that swap, shift or use each other all read the state before, in whatever order they are given."""
    a, b, c = Value(1.0, "a"), Value(2.0, "b"), Value(5.0, "c")
    y = a * b * c
    news = {a: b, b: (a * 3.0 + 1.0) * (0.5 * b + 1.0), c: a}
    for order in itertools.permutations(news):
        found = compile(y, inputs=[a, b, c], updates={x: news[x] for x in order}).iterate(epochs=3)
        state = (1.0, 2.0, 5.0)
        for _ in range(3):
            x, z, _ = state
            state = (z, (x * 3.0 + 1.0) * (0.5 * z + 1.0), x)
        assert [found.state[name] for name in "abc"] == list(state)
    new_b = 0.5 * b + 1.0
    new_a = (b * 3.0 + 1.0) * new_b  # reads b after its new value is known
    assert compile(y, inputs=[a, b, c], updates={a: new_a, b: new_b}).iterate((1.0, 4.0), inputs={"c": 0.0}).state == {
        "a": 39.0,
        "b": 3.0,
    }


def test_what_is_recorded(backend):
    """Names, "parameters" and "all", parts of the update too; each n-th epoch, and the last."""
    w = Value(2.0, "w")
    y = w * w
    y.label = "E"
    step = 0.25 * grad(y, w)
    step.label = "step"
    program = compile(y, updates={w: w - step})
    found = program.iterate((2.0,), 5, record="all", every=3).history
    assert set(found.columns) == {"epoch", "E", "w", "dE/dw", "step"}
    assert [row["epoch"] for row in found.rows()] == [0.0, 3.0, 5.0]
    assert found[0] == {"epoch": 0.0, "E": 4.0, "w": 2.0, "dE/dw": 4.0, "step": 1.0}
    assert found[2]["w"] == 2.0 * 0.5**5
    assert program.iterate((2.0,), 2, record="parameters").history["w"] == [2.0, 1.0, 0.5]
    assert program.iterate((2.0,), 2, record=["step", "E"]).history.columns == ("epoch", "step", "E")
    assert program.iterate((2.0,), 0, record="w").history["w"] == [2.0]
    assert len(program.iterate((2.0,), 2).history) == 0


def test_until_ends_before_the_update(backend):
    """A reason to stop ends with the state that has it, at whichever epoch, recorded or not."""
    w = Value(2.0, "w")
    y = w * w
    program = compile(y, updates={w: w * 0.5})
    for last in (0, 1, 2, 7, 20, 30):
        found = program.iterate((2.0,), 30, until=lambda n, _, last=last: Stopped.TARGET_LOSS if n == last else "")
        assert found.state["w"] == 2.0 * 0.5**last
        assert found.history.stopped is Stopped.TARGET_LOSS
    below = program.iterate((2.0,), 30, record="w", until=lambda _, e: Stopped.TARGET_LOSS if e < 0.1 else "")
    assert below.history["w"] == [2.0, 1.0, 0.5, 0.25]


def test_sums_count_every_row(backend):
    """A result or gradient that is the same in every row counts as often; in an update it is refused."""
    w, b, x = Value(2.0, "w"), Value(0.1, "b"), Value(3.0, "x")
    y = w * x + b
    program = compile(y, wrt=[w, b], updates={b: b - 0.5 * grad(y, b)})
    for reduce, gradient in (("sum", {"w": 6.0, "b": 3.0}), ("mean", {"w": 2.0, "b": 1.0})):
        assert program({"w": 2.0, "b": 0.1}, data=[1.0, 2.0, 3.0], reduce=reduce).gradient == gradient
    constant = compile([y, b * 1.0], wrt=[w, b])({"w": 2.0, "b": 0.1}, data=[1.0, 2.0, 3.0], reduce="sum")
    assert constant.value["v2"] == 0.0 + 0.1 + 0.1 + 0.1
    with pytest.raises(ValueError, match="gradient along b is the same in every row"):
        program.iterate((0.1,), inputs={"w": 2.0}, data=[1.0, 2.0], reduce="sum")
    assert program.iterate((0.1,), inputs={"w": 2.0}, data=[1.0, 2.0]).state == {"b": -0.4}


# --- what goes wrong -----------------------------------------------------------------------------------------------


def test_the_first_quantity_that_is_not_finite_is_named(backend):
    """Divergence names quantity and epoch, and keeps state and history of the last finite epoch."""
    w = Value(1.0, "w")
    h = w * 1e100
    h.label = "h"
    y = h * h
    y.label = "E"
    program = compile(y, inputs=[w], updates={w: w * 1e20})
    with pytest.raises(DivergedError, match=r"not finite in epoch 3: E is inf") as found:
        program.iterate((1.0,), 10, record=["E", "w"])
    error = pickle.loads(pickle.dumps(found.value))
    for one in (found.value, error):
        assert (one.quantity, one.epoch, one.state) == ("E", 3, {"w": 1e20 * 1e20})
        assert one.history["w"] == [1.0, 1e20, 1e20 * 1e20]
    with pytest.raises(DivergedError, match="update would make w inf") as found:
        compile(w * 1.0, inputs=[w], updates={w: w * 1e200}).iterate((1.0,), 10)
    assert (found.value.epoch, found.value.state) == (2, {"w": 1e200})


def test_a_state_that_is_not_finite_for_a_moment(backend):
    """A state that is infinite in one epoch and finite in the next does not go unnoticed."""
    w = Value(1e200, "w")
    program = compile(w * 1.0, inputs=[w], updates={w: 1.0 / (w * w)})
    with pytest.raises(DivergedError) as found:
        program.iterate((1e-200,), 6)
    assert (found.value.epoch, found.value.state) == (1, {"w": 1e-200})


def branching(w, x):
    """Branch on a product."""
    if w * x < 1.0:
        return w * x
    return w - x


def test_a_branch_gone_the_other_way_names_epoch_and_row(backend):
    """In rows of data the error has the row; a call has it too, and the line of the comparison."""
    program = compile(branching, at=(0.5, 1.0))
    with pytest.raises(FrozenBranchError, match=r"in row 2 of the data .*if w \* x < 1.0") as found:
        program(0.5, data=[0.1, 1.0, 3.0, 4.0])
    assert (found.value.row, found.value.origin.function) == (2, "branching")
    again = pickle.loads(pickle.dumps(program))
    with pytest.raises(FrozenBranchError, match="for these inputs"):
        again(2.0, 2.0)
    assert again(0.5, 0.5).value == 0.25


FOLDER = Path(autograd_lite.__file__).parent / "program"
FILES = {str(FOLDER / "iteration.py"), str(FOLDER / "python" / "interpreter.py")}


def of_programs(file):
    """Whether a file is the loop of programs, or their source."""
    return file in FILES or file.startswith("<program")


@pytest.mark.parametrize("event", ["line", "opcode"])
def test_ctrl_c_at_any_moment_keeps_a_whole_epoch(event, backend, monkeypatch):
    """Interrupted at any line or instruction of the loop, state and history are those of one whole epoch."""
    monkeypatch.setattr("autograd_lite.program.loops.CHUNK", 0.0)
    w, v = Value(2.0, "w"), Value(1.0, "v")
    y = w * v
    program = compile(y, updates={w: w - 0.1 * v, v: v * 0.5})

    def run(interrupter):
        before = sys.gettrace()
        sys.settrace(interrupter)
        try:
            return program.iterate((2.0, 1.0), 2, record=["w", "v"])
        finally:
            sys.settrace(before)

    full = program.iterate((2.0, 1.0), 2, record=["w", "v"]).history
    counter = Interrupter(0, event, of_programs)
    run(counter)
    first, last = counter.places.index("_run") + 1, counter.count - counter.places[::-1].index("_run")
    assert last - first > 30
    lengths = set()
    for moment in range(first + 1, last):
        try:
            found = run(Interrupter(moment, event, of_programs))
        except KeyboardInterrupt:
            pytest.fail(f"ctrl-C came out at {counter.places[moment - 1]}")
        lengths.add(len(found.history))
        if found.history.stopped != "interrupted":
            assert moment > last - 30
            continue
        assert list(found.history.rows()) == full[: len(found.history)]
        states = [{"w": row["w"], "v": row["v"]} for row in full.rows()]
        done = states.index(found.state)
        assert len(found.history) == done + 1  # the epoch that the state is of has its row
    assert lengths == {1, 2, 3}


def test_rows_are_added_in_their_order():
    """Numbers that cancel show the order in which rows are added."""
    x = Value(0.0, "x")
    program = compile(x * 1.0, wrt=[])
    for rows in itertools.permutations([1e16, 1.0, -1e16, 3.0]):
        total = 0.0
        for row in rows:
            total += row
        assert bits(program(data=list(rows), reduce="sum").value) == bits(total)
        assert bits(program(data=list(rows)).value) == bits(total / 4)


def test_updates_are_made_of_sums_also_where_a_result_is_the_same():
    """What an update makes of a gradient is made of its mean over the rows, whatever else the program computes."""
    a, x, t = Value(0.5, "a"), Value(1.0, "x"), Value(2.0, "t")
    e = (a * x - t) ** 2
    g = grad(e, a)
    squared = g**2
    rows = [(1.0, 2.0), (2.0, -1.0)]
    mean = sum(2.0 * (0.5 * x - t) * x for x, t in rows) / 2
    for outputs in (e, [e, squared]):
        program = compile(outputs, inputs=[a, x, t], wrt=[a], updates={a: a - 0.01 * squared})
        assert program.iterate([0.5], 1, data=rows).state["a"] == pytest.approx(0.5 - 0.01 * mean**2, rel=1e-15)
    u, v, x = Value(0.5, "u"), Value(0.5, "v"), Value(1.0, "x")
    e = u * x + v * x.exp()
    e.label = "e"  # without a label its derivative along u is x itself, of which there is no mean
    program = compile(e, inputs=[u, v, x], updates={u: u - 0.1 * grad(e, u).exp()})
    state = program.iterate([0.5], 1, inputs={v: 0.5}, data=[(0.0,), (2.0,)]).state
    assert state["u"] == pytest.approx(0.5 - 0.1 * math.exp(1.0), rel=1e-15)
    w, x = Value(0.5, "w"), Value(1.0, "x")
    with pytest.raises(ValueError, match="x differs from row to row"):
        compile(w * x, inputs=[w, x], updates={w: w - x}).iterate([0.5], 1, data=[1.0, 2.0])


def test_an_update_that_changes_nothing():
    """A state that is its own update stays."""
    w = Value(1.0, "w")
    program = compile(w * 2.0, updates={w: w})
    assert program.iterate([1.5], 3).state == {"w": 1.5}


@pytest.mark.parametrize("last", range(28, 36))
def test_the_last_finite_epoch_has_its_row(last):
    """With every=7 too, the history ends with the last finite epoch, wherever chunks of epochs end."""
    n = Value(0.0, "n")
    e = ((last + 0.5) - n).sqrt()
    e.label = "E"
    program = compile(e, updates={n: n + 1.0})
    with pytest.raises(DivergedError) as caught:
        program.iterate([0.0], 100, record=["n", "E"], every=7)
    rows = [row["n"] for row in caught.value.history]
    assert rows == sorted({*range(0, last + 1, 7), last})
    assert caught.value.state == {"n": float(last)}


def test_only_what_is_recorded_has_to_be_finite():
    """A result that overflows ends an iteration only where it is recorded."""
    w = Value(1.0, "w")
    e = w**2
    e.label = "E"
    program = compile(e, updates={w: w * 1e10})
    assert program.iterate([1.0], 25, record="w").state["w"] == pytest.approx(1e250)
    with pytest.raises(DivergedError, match="epoch 16: E is inf"):
        program.iterate([1.0], 25, record="E")


def test_sums_of_what_is_the_same_in_every_row():
    """An iteration that sums refuses to record what no row adds to."""
    w, x = Value(2.0, "w"), Value(1.0, "x")
    y = w * x
    y.label = "y"
    program = compile(y, inputs=[w, x], updates={w: w * 1.0})
    with pytest.raises(ValueError, match="dy/dx is the same in every row"):
        program.iterate([2.0], 0, data=[1.0, 2.0, 3.0], reduce="sum", record="dy/dx")


def test_what_has_an_update_is_no_other_input():
    """A state that is given among the inputs is refused, by name and by node, and told where it belongs."""
    w, x = Value(1.0, "w"), Value(2.0, "x")
    program = compile(w * x, inputs=[w, x], updates={w: w * 0.5})
    for key in ("w", w):
        with pytest.raises(ValueError, match="w: with an update it belongs to the state, not to inputs"):
            program.iterate(epochs=1, inputs={key: 1.0, x: 2.0})
    with pytest.raises(TypeError, match="until is a function of the epoch and the result, got 'E'"):
        program.iterate(epochs=1, inputs={x: 2.0}, until="E")


def test_a_program_of_a_saved_graph(tmp_path):
    """What was saved as a graph is compiled again by its labels, and iterates to the same floats."""
    w, x = Value(1.0, "w"), Value(2.0, "x")
    e = (w * x - 3.0) ** 2
    e.label = "E"
    save_graph([e, w - 0.1 * grad(e, w)], tmp_path / "program.json")
    root, new = load_graph(tmp_path / "program.json")
    again = compile(root, inputs=["w", "x"], updates={"w": new})
    program = compile(e, inputs=[w, x], updates={w: w - 0.1 * grad(e, w)})
    run, other = (one.iterate(epochs=5, inputs={"x": 1.5}, record="all") for one in (program, again))
    assert run.state == other.state
    assert run.history["E"] == other.history["E"]


def test_a_result_of_many_gradients_is_short():
    """Of hundreds of gradients the text form has the first few, and how many there are; of a dozen each."""
    for count in (12, 300):
        nodes = [Value(float(k), f"w{k}") for k in range(count)]
        y, z = sum(nodes), sum(node * node for node in nodes)
        result = compile(y, inputs=nodes)(*range(count))
        shown = repr(result)
        assert (f"({count} in all)" in shown) == (count > 12)
        assert (f"'w{count - 1}': 1.0}})" in shown) == (count <= 12)
        assert len(repr(compile([y, z], inputs=nodes)(*range(count)))) < 700
        assert dict(result.gradient) == dict.fromkeys((node.label for node in nodes), 1.0)
