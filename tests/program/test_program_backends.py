"""Programs on NumPy and LLVM: their floats beside those of the nodes, lanes, choice of a backend, and bad input."""

import itertools
import math
import pickle
import random
import subprocess
import sys
import threading
import warnings
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replayed import OWN, bits, eager, same
from strategies import build, programs

from autograd_lite import Network, Value, compile, exp, grad, maximum, sigmoid, sin, tanh  # noqa: A004
from autograd_lite.engine.graph import topological
from autograd_lite.engine.operation import ROWS
from autograd_lite.losses import mean_squared_error
from autograd_lite.optim import descent
from autograd_lite.program import DivergedError, FrozenBranchError, Program, backends, mapping
from autograd_lite.testing import grid, oracle
from autograd_lite.train import data_loss

INSTALLED = [name for name, package in backends.BACKENDS.items() if package and backends._installed(package)]
MISSING = pytest.mark.skipif("llvm" not in INSTALLED, reason="needs llvmlite, of the extra `jit`")
LANES = [
    pytest.param("python"),
    pytest.param("numpy", marks=pytest.mark.skipif("numpy" not in INSTALLED, reason="needs NumPy")),
    pytest.param("llvm", marks=MISSING),
]
ODD = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 5e-324, 1e300, 709.5, -745.2, math.inf, -math.inf, math.nan]
ULPS = 4


def laned(program, points):
    """Outputs of a program at some points, in lanes, NaN among them, which `map` would refuse: a list for each."""
    from autograd_lite.program.loops import Loop

    loop = Loop((), (), True, program.code.outputs, program.code.gradients)
    places = range(len(program.inputs))
    run = program.functions.lanes(loop, places, 1, len(points))
    (rows,), _, _ = run(1, [()], (), [list(x) for x in zip(*points, strict=True)], (), len(points))
    return list(zip(*rows, strict=True))


@MISSING
@pytest.mark.parametrize("op", [*ROWS.values(), *OWN], ids=str)
def test_machine_code_has_the_floats_of_the_nodes(op):
    """Value and slopes of every operation are the nodes' bit for bit, at odd numbers and over the whole domain."""
    points = list(itertools.product(ODD, repeat=op.arity))
    if ROWS.get(op.name) is op:
        points += [*grid.corners(op), *grid.points(op, 40)]
    leaves = [Value(0.75, f"x{k}") for k in range(op.arity)]
    root = op(*leaves)
    program = compile(root, inputs=leaves, wrt=leaves, backend="llvm")
    for point in points:
        assert same(program._run(point), eager(root, leaves, point)), point
    assert program.backend == "llvm"


@pytest.mark.parametrize("backend", LANES[1:])
@pytest.mark.parametrize("op", [*ROWS.values(), *OWN], ids=str)
def test_lanes_are_as_accurate_as_the_nodes(op, backend):
    """In lanes, values are within 4 units in the last place; NaN, infinities, and zeros with their signs, are right."""
    points = list(itertools.product(ODD, repeat=op.arity))
    table = ROWS.get(op.name) is op
    if table:
        points += [*grid.corners(op), *grid.points(op, 150)]
    leaves = [Value(0.75, f"x{k}") for k in range(op.arity)]
    program = compile(op(*leaves), inputs=leaves, wrt=(), backend=backend)
    for point, (got,) in zip(points, laned(program, points), strict=True):
        right = op.fn(*point)
        if bits(got) == bits(right):
            continue
        assert table, (point, got, right)
        assert math.isfinite(got), (point, got, right)
        assert right != 0.0 or abs(got) <= 5e-324, (point, got, right)
        assert oracle.ulps(got, oracle.value(op.name, *point)) <= ULPS, (point, got, right)


@MISSING
@pytest.mark.parametrize("name", ["exp", "log"])
def test_the_lanes_own_functions_are_within_a_unit(name):
    """The lanes' exponential function and logarithm are within one unit in the last place of the true value."""
    draw = random.Random(1)
    if name == "exp":
        xs = [draw.uniform(-745.0, 709.7) for _ in range(1500)] + [draw.uniform(-1.0, 1.0) for _ in range(500)]
    else:
        xs = [math.exp(draw.uniform(-744.0, 709.0)) for _ in range(1500)] + [draw.uniform(0.5, 2.0) for _ in range(500)]
    x = Value(1.0, "x")
    program = compile(ROWS[name](x), backend="llvm")
    for point, got in zip(xs, program.map(xs).value, strict=True):
        assert oracle.ulps(got, oracle.value(name, point)) <= 1.0, point


@pytest.mark.parametrize("backend", LANES)
@settings(max_examples=15)
@given(st.data())
def test_lanes_of_random_graphs(backend, data):
    """Values and gradients of random graphs in many lanes are those of single calls, but for rounding."""
    nodes = build(data.draw(programs()))
    leaves = [x for x in topological(nodes[-1]) if x.op is None]
    program = compile(nodes[-1], inputs=leaves, wrt=leaves, backend=backend)
    points = [[x.data for x in leaves]]
    points += [[data.draw(st.floats(-2.0, 2.0)) for _ in leaves] for _ in range(data.draw(st.integers(0, 9)))]
    alone = compile(nodes[-1], inputs=leaves, wrt=leaves)
    for got, point in zip(laned(program, points), points, strict=True):
        right = alone._run(point)
        size = max((abs(x) for x in right if math.isfinite(x)), default=0.0)
        for mine, theirs in zip(got, right, strict=True):
            assert mine == pytest.approx(theirs, rel=1e-9, abs=1e-9 * size, nan_ok=True)


@MISSING
@settings(max_examples=15)
@given(programs())
def test_machine_code_of_random_graphs(steps):
    """A random graph has the same floats in machine code, value and gradients."""
    nodes = build(steps)
    leaves = [x for x in topological(nodes[-1]) if x.op is None]
    program = compile(nodes[-1], inputs=leaves, wrt=leaves, backend="llvm")
    for shift in (0.0, 0.625):
        point = [x.data + shift for x in leaves]
        assert same(program._run(point), eager(nodes[-1], leaves, point))


# --- loops ----------------------------------------------------------------------------------------------------------


def line():
    """A bent line through a point: its error, parameters, learning rate and data."""
    w, b, x, t, lr = Value(0.5, "w"), Value(-0.25, "b"), Value(0.0, "x"), Value(0.0, "t"), Value(0.1, "lr")
    error = (tanh(w * x + b) + sigmoid(b) - t) ** 2 * 0.5
    error.label = "E"
    return error, w, b, x, t, lr


ROWS_OF_DATA = [(0.1, 0.7), (-1.3, 0.2), (2.4, -0.9), (0.3, 0.3), (1.0, 0.4), (-0.2, -0.1), (0.9, 0.9), (2.0, 0.0)]
ROWS_OF_DATA += [(3.0, 1.0)]


def trained(backend):
    """The program that descends along the line's error."""
    error, w, b, x, t, lr = line()
    return compile(error, inputs=[w, b, lr, x, t], updates=descent(error, [w, b], lr), backend=backend)


@pytest.mark.parametrize("backend", LANES)
@pytest.mark.parametrize("reduce", ["mean", "sum"])
@pytest.mark.parametrize("count", [1, 8, 9])
def test_rows_of_data(backend, reduce, count):
    """Iterations over rows of data are Python's but for rounding, whatever the number of rows."""
    rows = ROWS_OF_DATA[:count]
    names = ["E", "w", "dE/dw", "dE/db"]
    one, other = (
        trained(name).iterate([0.5, -0.25], 30, inputs={"lr": 0.1}, data=rows, reduce=reduce, record=names, every=7)
        for name in (backend, "python")
    )
    assert [row["epoch"] for row in one.history] == [0, 7, 14, 21, 28, 30]
    for mine, theirs in zip(one.history, other.history, strict=True):
        assert mine == pytest.approx(theirs, rel=1e-12)
    assert one.state == pytest.approx(other.state, rel=1e-12)
    value, gradient = trained(backend)({"w": 0.5, "b": 0.1, "lr": 0.0}, data=rows, reduce=reduce)
    right, slopes = trained("python")({"w": 0.5, "b": 0.1, "lr": 0.0}, data=rows, reduce=reduce)
    assert (value, gradient) == (pytest.approx(right, rel=1e-13), pytest.approx(slopes, rel=1e-13))


@MISSING
def test_one_sample_has_the_same_bits():
    """Without rows, an iteration in machine code has the floats of Python, in the history too."""
    error, w, b, x, t, _ = line()
    updates = descent(error, [w, b], 0.3)
    runs = [
        compile(error, inputs=[w, b, x, t], updates=updates, backend=name).iterate(
            epochs=400, inputs={"x": 0.4, "t": -0.3}, record="all"
        )
        for name in ("python", "llvm")
    ]
    assert runs[0].state == runs[1].state
    assert list(runs[0].history) == list(runs[1].history)


TAME = [lambda x, y: tanh(x - y), lambda x, y: x * sigmoid(y), lambda x, y: sin(x + y), lambda x, y: x / (y * y + 1.0)]


@pytest.mark.parametrize("backend", LANES[1:])
@settings(max_examples=6)
@given(st.data())
def test_iterations_of_random_graphs(backend, data):
    """Random graphs in lanes and over rows, with random updates, some of which swap states, are Python's."""
    names = ["a", "b", "rate", "x", "t"]
    nodes = leaves = [Value(0.25, name) for name in names]
    for op in data.draw(st.lists(st.sampled_from(TAME), max_size=8)):
        nodes = [*nodes, op(data.draw(st.sampled_from(nodes)), data.draw(st.sampled_from(nodes)))]
    error = sum((0.1 * x * x for x in leaves), tanh(nodes[-1]))
    error.label = "E"
    a, b, rate, *_ = leaves
    step = a - rate * grad(error, a)
    updates = {a: data.draw(st.sampled_from([step, b, a, rate, Value(-0.0)])), b: data.draw(st.sampled_from([a, step]))}
    rows = data.draw(st.sampled_from([1, 7, 8, 9]))
    rates = [0.03 * k for k in range(data.draw(st.sampled_from([1, 7, 8, 9])))]
    got, right = (
        compile(error, inputs=leaves, updates=updates, backend=name).iterate_map(
            [0.5, -0.5],
            4,
            inputs={"rate": rates},
            data=[(0.3 * k - 1.0, 0.1 * k) for k in range(rows)],
            record=["E", "a"],
            every=3,
        )
        for name in (backend, "python")
    )
    assert (got.epochs, got.not_finite) == (right.epochs, right.not_finite) == ([0, 3, 4], ())
    for mine, theirs in ((got.state, right.state), (got.recorded, right.recorded)):
        for name, numbers in theirs.items():
            flat = [pytest.approx(x, rel=1e-9, abs=1e-9) for x in numbers]
            assert mine[name] == flat


@pytest.mark.parametrize("backend", LANES)
@pytest.mark.parametrize("count", [1, 5, 8, 17])
def test_iterations_side_by_side(backend, count):
    """Lane k is the iteration with the k-th rate and state, over all rows, with what is recorded on the way."""
    rates = [0.05 * k for k in range(count)]
    starts = [0.5 - 0.1 * k for k in range(count)]
    program = trained(backend)
    lanes = program.iterate_map(
        {"w": starts, "b": -0.25}, 25, inputs={"lr": rates}, data=ROWS_OF_DATA, record=["E", "w"], every=10
    )
    assert lanes.epochs == [0, 10, 20, 25]
    assert (lanes.not_finite, lanes.interrupted) == ((), False)
    alone = trained("python")
    for k, (rate, start) in enumerate(zip(rates, starts, strict=True)):
        one = alone.iterate([start, -0.25], 25, inputs={"lr": rate}, data=ROWS_OF_DATA, record=["E", "w"], every=10)
        assert {name: x[k] for name, x in lanes.state.items()} == pytest.approx(one.state, rel=1e-12)
        for name in ("E", "w"):
            assert [row[k] for row in lanes.recorded[name]] == pytest.approx(one.history[name], rel=1e-12)
    assert program.backend == (backend if count > 1 or backend == "llvm" else "python")


@pytest.mark.parametrize("backend", LANES)
def test_lanes_that_are_not_finite_are_listed(backend):
    """A lane that overflows is listed and goes on, all others are what they are alone."""
    w, lr = Value(1.0, "w"), Value(0.1, "lr")
    loss = w**4
    loss.label = "L"
    program = compile(loss, inputs=[w, lr], updates={w: w - lr * grad(loss, w)}, backend=backend)
    lanes = program.iterate_map(epochs=40, inputs={"lr": [0.1, 9.0, 0.2]}, record="L")
    assert lanes.not_finite == (1,)
    assert not math.isfinite(lanes.recorded["L"][-1][1])
    alone = compile(loss, inputs=[w, lr], updates={w: w - lr * grad(loss, w)})
    for k, rate in ((0, 0.1), (2, 0.2)):
        assert lanes.state["w"][k] == pytest.approx(alone.iterate(epochs=40, inputs={"lr": rate}).state["w"], rel=1e-12)


@pytest.mark.parametrize("backend", LANES)
def test_watched_quantities(backend, monkeypatch):
    """A lane in which a watched quantity overflows on the way is listed, though its state stays finite."""
    w, lr = Value(1.0, "w"), Value(0.1, "lr")
    far = w * 1e200 * 1e200
    far.label = "far"
    loss = sigmoid(far * lr)
    program = compile(loss, inputs=[w, lr], updates={w: w * 0.5}, backend=backend)
    for largest in (backends.LARGEST_SOURCE, 0):
        monkeypatch.setattr(backends, "LARGEST_SOURCE", largest)
        for watch, listed in (((), ()), ("all", (0, 1, 2)), ("far", (0, 1, 2)), ("w", ())):
            lanes = program.iterate_map(epochs=3, inputs={"lr": [0.1, 0.2, 0.3]}, watch=watch)
            assert lanes.not_finite == listed, watch


@pytest.mark.parametrize("backend", LANES)
def test_lanes_of_a_call(backend):
    """`map` takes lists, arrays and numbers, by place, by name or as a dict; several outputs come by name."""
    x, y = Value(1.0, "x"), Value(2.0, "y")
    product = x * y
    product.label = "p"
    program = compile([product, sin(x)], backend=backend)
    by_place = program.map([1.0, 2.0, 3.0], 2.0)
    assert by_place.value["p"] == [2.0, 4.0, 6.0]
    assert by_place.gradient["p"] == {"x": [2.0] * 3, "y": [1.0, 2.0, 3.0]}
    assert program.map(y=2.0, x=[1.0, 2.0, 3.0]) == by_place == program.map({x: (1.0, 2.0, 3.0), "y": 2.0})
    if backend != "python":
        import numpy as np

        assert program.map(np.array([1.0, 2.0, 3.0]), np.array(2.0)) == by_place


@pytest.mark.parametrize("backend", LANES)
def test_a_broken_guard(backend):
    """A branch that goes the other way raises on every backend: in a call, in a row, in a lane, in an epoch."""

    def bent(x, y):
        return x * y if x > 0.0 else y

    program = compile(bent, at=(1.0, 2.0), backend=backend)
    assert program(3.0, 2.0).value == 6.0
    with pytest.raises(FrozenBranchError):
        program(-3.0, 2.0)
    with pytest.raises(FrozenBranchError, match="row 2"):
        program(data=[(1.0, 1.0), (2.0, 1.0), (-1.0, 1.0)])
    with pytest.raises(FrozenBranchError, match="in lane 1"):
        program.map([1.0, -1.0, 2.0], 1.0)


@pytest.mark.parametrize("backend", LANES)
def test_the_guard_that_broke_in_an_iteration(backend):
    """Of several comparisons the one that came out otherwise is named, and the history has all epochs before."""

    def bent(w, lr):
        y = w * lr if lr > 0.0 else w
        return y + 1.0 if w < 5.0 else y

    recorded = compile(bent, at={"w": 0.0, "lr": 0.125}).recorded
    w, lr = recorded.inputs
    program = Program(replace(recorded, updates=((w, w + lr),)), backend=backend)
    with pytest.raises(FrozenBranchError, match=r"True .* False in epoch 40 ") as caught:
        program.iterate([0.0], 200, inputs={"lr": 0.125}, record="w")
    assert list(caught.value.history["w"]) == [0.125 * k for k in range(40)]
    assert caught.value.origin.line == bent.__code__.co_firstlineno + 2


@pytest.mark.parametrize("backend", LANES[1:])
def test_a_comparison_of_last_digits(backend):
    """Where a function rounds otherwise in lanes, the comparison that this decides is named, with its lane or row."""
    draw = random.Random(0)
    xs = [draw.uniform(-5.0, 5.0) for _ in range(500)]
    wide = compile(exp(Value(1.0, "x")), backend=backend).map(xs).value
    odd = [(x, got) for x, got in zip(xs, wide, strict=True) if got != math.exp(x)]
    if not odd:
        pytest.skip("NumPy's exponential function is the C library's here")
    (at, got), right = odd[0], math.exp(odd[0][0])

    def bent(x, y):
        e = exp(x)
        if y > 100.0:
            return y
        return e * y if (e <= right if got > right else e >= right) else y

    program = compile(bent, at=(at, 1.0), backend=backend)
    for call, place in ((lambda: program.map([at] * 9, 1.0), "lane"), (lambda: program(data=[(at, 1.0)] * 9), "row")):
        with pytest.raises(FrozenBranchError, match=f"True .* False in {place} 0 ") as caught:
            call()
        assert caught.value.origin.line == bent.__code__.co_firstlineno + 4


@pytest.mark.parametrize("backend", LANES)
def test_many_lanes_go_in_parts(backend, monkeypatch):
    """Lanes that would take long are computed in parts, between which ctrl-C is seen, with the same numbers."""
    rates = [0.01 * k for k in range(21)]
    kwargs = {"inputs": {"lr": rates}, "data": ROWS_OF_DATA, "record": ["E", "w"], "every": 2, "watch": "w"}
    whole, values = trained(backend).iterate_map(epochs=5, **kwargs), trained(backend).map(rates, 0.1, 0.1, 1.0, 2.0)
    monkeypatch.setattr(mapping, "AT_ONCE", 0)
    monkeypatch.setattr(mapping, "BLOCK", 8)
    assert trained(backend).iterate_map(epochs=5, **kwargs) == whole
    assert trained(backend).map(rates, 0.1, 0.1, 1.0, 2.0) == values


@pytest.mark.parametrize("backend", LANES)
def test_last_digits_that_decide(backend):
    """Where only the order of a sum makes it overflow, the error is that of the language that ran."""
    w, x = Value(1.0, "w"), Value(1.0, "x")
    error = w * x
    error.label = "E"
    program = compile(error, inputs=[w, x], updates={w: w - 1e-300 * grad(error, w)}, backend=backend)
    data = [(1e308,), (-1e308,)] * 8 + [(1.0,)] * 3  # one after the other, it stays finite
    if backend == "python":
        assert program.iterate(epochs=2, data=data, reduce="sum", record="E").history["E"][0] == 3.0
        return
    with pytest.raises(DivergedError, match="epoch 0: E is nan"):
        program.iterate(epochs=2, data=data, reduce="sum", record="E")


@pytest.mark.parametrize("backend", LANES)
def test_sums_without_lanes(backend):
    """A sum over rows that is the same in all lanes goes through functions of floats."""
    w, k, x, lr = Value(0.5, "w"), Value(0.3, "k"), Value(1.0, "x"), Value(0.1, "lr")
    error = (x * k) ** 2
    program = compile(error, inputs=[w, k, x, lr], updates={w: w - lr * exp(error)}, backend=backend)
    lanes = program.iterate_map([0.5], inputs={"k": 0.3, "lr": [0.0, 0.1]}, data=[(1.0,), (2.0,)])
    assert lanes.state["w"] == pytest.approx([0.5, 0.5 - 0.1 * math.exp(0.225)])


@pytest.mark.parametrize("backend", LANES)
def test_an_operation_that_raises(backend):
    """What an operation of the user's raises first arrives, also out of machine code, and it is not called again."""
    from autograd_lite import operation

    raised = []

    def strict(x):
        if x > 1e3:
            raised.append(x)
            raise LookupError("no such number")
        return 2.0 * x

    op = operation(name=f"strict_{backend}", slopes=lambda _y, _x: 2.0)(strict)
    program = compile(op(Value(0.5, "x")), backend=backend)
    assert program(0.25) == (0.5, {"x": 2.0})
    with pytest.raises(LookupError, match="no such number"):
        program(2e3)
    with pytest.raises(LookupError, match="no such number"):
        program.map([0.0, 2e3, *[3e3] * 20])
    assert raised == [2e3, 2e3]
    assert program.map([0.0, 1.0]).value == [0.0, 2.0]


@pytest.mark.parametrize("backend", LANES)
def test_ctrl_c(backend, monkeypatch):
    """Ctrl-C ends iterations side by side with all lanes in the same epoch."""
    program = trained(backend)
    honest, calls = backends.Functions.lanes, []

    def interrupted(self, *args):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return honest(self, *args)

    monkeypatch.setattr(backends.Functions, "lanes", interrupted)
    lanes = program.iterate_map(epochs=10_000, inputs={"lr": [0.1, 0.2]}, data=ROWS_OF_DATA, record="w")
    assert lanes.interrupted
    monkeypatch.undo()
    again = program.iterate_map(None, lanes.epochs[-1] + 1, inputs={"lr": [0.1, 0.2]}, data=ROWS_OF_DATA)
    assert lanes.state == again.state


@MISSING
def test_threads_share_machine_code():
    """Several threads call one program at once, and each gets its own numbers."""
    program = trained("llvm")
    wrong = []

    def work(seed):
        draw = random.Random(seed)
        for _ in range(50):
            point = [draw.uniform(-1.0, 1.0) for _ in range(5)]
            if program(point) != expected[tuple(point)]:
                wrong.append(point)

    alone, expected = trained("python"), {}
    for seed in range(4):
        draw = random.Random(seed)
        for _ in range(50):
            point = [draw.uniform(-1.0, 1.0) for _ in range(5)]
            expected[tuple(point)] = alone(point)
    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("backend", LANES)
def test_pickles_keep_the_backend(backend):
    """A pickled program runs where it ran before, made anew from its graph."""
    again = pickle.loads(pickle.dumps(trained(backend)))
    assert again.functions.backend == backend
    assert again(0.5, 0.1, 0.0, 1.0, 0.2) == trained("python")(0.5, 0.1, 0.0, 1.0, 0.2)


@MISSING
def test_large_programs_in_machine_code():
    """A graph of 3,000 nodes is compiled without optimisation that takes long, with the same floats."""
    xs = [Value(0.1 * k, f"x{k}") for k in range(1, 5)]
    y = xs[0]
    for k in range(1_500):
        y = (y * xs[k % 4]).tanh() if k % 5 == 0 else y * xs[k % 4] + xs[(k + 1) % 4]
    program = compile(y, inputs=xs, backend="llvm")
    assert len(program) > 4_000
    assert same(program._run([0.3, 0.2, 0.1, 0.7]), compile(y, inputs=xs)._run([0.3, 0.2, 0.1, 0.7]))


# --- the choice -----------------------------------------------------------------------------------------------------


@MISSING
def test_auto_takes_what_pays_off():
    """Few passes of a small program run on Python, many in machine code; `Program.backend` says which."""
    program = trained("auto")
    assert program.backend == "auto"
    program.iterate(epochs=10, inputs={"lr": 0.1, "x": 0.5, "t": 0.1})
    assert program.backend == "python"
    program.iterate(epochs=200_000, inputs={"lr": 0.1, "x": 0.5, "t": 0.1})
    assert program.backend == "llvm"


def test_auto_without_packages(monkeypatch):
    """Without llvmlite "auto" runs on NumPy where there are lanes enough, without that on Python, and says nothing."""
    there = {"numpy"} if "numpy" in INSTALLED else set()
    monkeypatch.setattr(backends, "_installed", lambda package: package in there)
    rates = [0.001 * k for k in range(64)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        program = trained("auto")
        lanes = program.iterate_map(epochs=3, inputs={"lr": rates, "x": 0.5, "t": 0.1})
        assert program.backend == ("numpy" if there else "python")
        there.clear()
        other = trained("auto")
        again = other.iterate_map(epochs=3, inputs={"lr": rates, "x": 0.5, "t": 0.1})
    assert other.backend == "python"
    for name, numbers in lanes.state.items():
        assert numbers == pytest.approx(again.state[name], rel=1e-12)


@pytest.mark.parametrize(("name", "package"), [("numpy", "numpy"), ("llvm", "llvmlite")])
def test_a_backend_that_is_not_installed(monkeypatch, name, package):
    """A backend asked for by name that is not there says what to install."""
    monkeypatch.setattr(backends, "_installed", lambda _: False)
    with pytest.raises(ImportError, match=rf"{package}, which is not installed.*\[jit\]"):
        trained(name)


@MISSING
def test_where_llvm_fails(monkeypatch):
    """Where LLVM cannot make machine code, a program runs on Python, and says so if LLVM was asked for by name."""
    from autograd_lite.program.llvm import running

    def failing(*_):
        raise RuntimeError("no such processor")

    monkeypatch.setattr(running, "Compiled", failing)
    program = trained("llvm")
    with pytest.warns(RuntimeWarning, match="LLVM cannot make machine code here.*no such processor.*on Python"):
        assert program(0.5, 0.1, 0.0, 1.0, 0.2) == trained("python")(0.5, 0.1, 0.0, 1.0, 0.2)
    assert program.backend == "python"
    program.iterate_map(epochs=3, inputs={"lr": [0.1, 0.2], "x": 0.5, "t": 0.1})  # and says nothing more


def test_without_numpy_and_llvmlite():
    """Where neither can be imported, programs, lanes and training run on Python."""
    code = """
import sys
sys.modules["numpy"] = sys.modules["llvmlite"] = None
from autograd_lite import Network, Value, compile
from autograd_lite.train import train
x = Value(2.0, "x")
program = compile(x * x, backend="auto")
assert program.map([1.0, 2.0]).value == [1.0, 4.0] and program.backend == "python"
train(Network([2, 2, 1], seed=1), [([0.0, 1.0], [1.0]), ([1.0, 0.0], [0.0])], lr=0.1, epochs=3, progress=False)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


BAD = [
    (lambda p: p.map([1.0, 2.0], [1.0], 0.0, 0.0, 0.0), ValueError, "one length.*w has 2, b has 1"),
    (lambda p: p.map(1.0, 2.0, 0.0, 0.0, 0.0), ValueError, "no input has lanes"),
    (lambda p: p.map([1.0] * 3, [[1.0]] * 3, 0.0, 0.0, 0.0), TypeError, "input b, lane 0,: expected a real number"),
    (lambda p: p.map([], 2.0, 0.0, 0.0, 0.0), ValueError, "the lists are empty"),
    (lambda p: p.map([1.0, math.nan], 2.0, 0.0, 0.0, 0.0), ValueError, "input w, lane 1, is NaN"),
    (lambda p: p.map([1.0, "a"], 2.0, 0.0, 0.0, 0.0), TypeError, "input w, lane 1,: expected a real number"),
    (lambda p: p.map([1.0, 2.0]), TypeError, "not given: b, lr, x, t"),
    (lambda p: p.map(*range(6)), TypeError, "takes 5 inputs, w, b, lr, x, t; got 6"),
    (lambda p: p.map([1.0], v=2.0), ValueError, "no input 'v'"),
    (lambda p: p.iterate_map(epochs=3, inputs={"lr": 0.1, "x": 0.0, "t": 0.0}), ValueError, "no input has lanes"),
    (lambda p: p.iterate_map([[1.0, 2.0]], 3), TypeError, "not given: b"),
    (lambda p: p.iterate_map([[1.0, 2.0], 0.0, 0.0], 3), TypeError, "the state is a list of w, b.*got 3"),
    (lambda p: p.iterate_map(epochs=-1), ValueError, "epochs"),
    (lambda p: p.iterate_map(inputs={"w": [1.0, 2.0]}), ValueError, "w: with an update it belongs to the state"),
    (lambda p: p.iterate_map(epochs=3, inputs={"lr": [0.1, 0.2]}), TypeError, "not given: x, t"),
    (
        lambda p: p.iterate_map(epochs=10**12, inputs={"lr": [0.1, 0.2], "x": 0.0, "t": 0.0}, record="E"),
        MemoryError,
        r"recording 1 quantities of 2 lanes .* would take .* GiB",
    ),
    (lambda p: compile(Value(1.0, "x") ** 2).iterate_map(), ValueError, "no updates"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_lanes_refuse_what_does_not_fit(call, error, message):
    """What does not fit is refused with words that say what was given, and what is right."""
    with pytest.raises(error, match=message):
        call(trained("python"))


def test_a_network_in_lanes_of_its_parameters():
    """A program of a network's loss runs at many parameters at once."""
    net = Network([2, 3, 1], seed=2)
    loss = data_loss(net, [([0.5, -0.2], [0.3])], mean_squared_error)
    program = compile(loss, inputs=net.parameters(), backend="auto")
    points = {p: [p.data + 0.01 * k for k in range(40)] for p in net.parameters()}
    lanes = program.map(points)
    for k in (0, 17, 39):
        assert lanes.value[k] == pytest.approx(program({p: xs[k] for p, xs in points.items()}).value, rel=1e-12)


def test_lanes_beside_a_kink():
    """A maximum takes its branch in each lane by itself."""
    x = Value(1.0, "x")
    lanes = compile(maximum(x, 0.5 * x), backend="auto").map([-2.0, 0.0, 2.0])
    assert lanes == ([-1.0, 0.0, 2.0], {"x": [0.5, 0.75, 1.0]})


def test_an_llvm_that_takes_other_arguments_leaves_the_program_on_python(monkeypatch):
    """An llvmlite of another version, whose functions raise TypeError, is warned of; the numbers are right."""
    pytest.importorskip("llvmlite")
    from autograd_lite.program.llvm import running

    def refused(_):
        raise TypeError("unexpected keyword argument")

    monkeypatch.setattr(running, "Compiled", refused)
    program = compile(Value(3.0, "x") ** 2, backend="llvm")
    with pytest.warns(RuntimeWarning, match="LLVM cannot make machine code here"):
        assert program(4.0).value == 16.0
    assert program.backend == "python"
