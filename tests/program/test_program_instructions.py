"""The list of instructions: each calculation once, nothing that is not needed, complete as data, in linear time."""

import json
import math

import pytest
from hypothesis import given
from replayed import OWN, ahead, bits, eager, same, ways
from strategies import ROWS
from test_program_floats import calculations
from thorough import THOROUGH

from autograd_lite import Value, compile, grad  # noqa: A004
from autograd_lite.engine.ops import OPS, add, mul
from autograd_lite.program.recording import Recorder


def replay(data, inputs):
    """Run a program's data with the operations of the package: an evaluator that shares nothing with programs."""
    known = {**ROWS, **{op.name: op for op in OWN}}
    numbers = []

    def value(x):
        return numbers[x["at"]] if isinstance(x, dict) else float(x)

    given_ = iter(inputs)
    for line in data["instructions"]:
        args = [value(x) for x in line["args"]]
        match line["op"]:
            case "input":
                numbers.append(next(given_))
            case "constant":
                numbers.append(args[0])
            case name if name.startswith("slope of "):
                name, _, along = name.removeprefix("slope of ").partition(" along argument ")
                slopes = known[name].partials(known[name].fn(*args), *args)
                numbers.append(slopes[int(along) - 1] if along else slopes)
            case name:
                numbers.append(known[name].fn(*args))
    outputs = [value(x) for x in data["outputs"]]
    return [x + 0.0 if k in data["gradients"] else x for k, x in enumerate(outputs)], numbers


@given(calculations())
def test_the_data_are_complete(drawn):
    """Written as JSON and read back, the data compute the same floats without the program."""
    root, leaves, elsewhere = drawn
    program = ahead(root, leaves)
    data = json.loads(json.dumps(program.data(), allow_nan=False))
    assert len(data["inputs"]) == len(leaves)
    assert same(replay(data, elsewhere)[0], eager(root, leaves, elsewhere))


def larger(a, b):
    """Branch between two numbers."""
    if a > b:
        return a
    return b


def test_the_data_have_guards_names_and_updates():
    """The data say what names stand for, which comparisons have to hold, and what replaces inputs."""
    guards = compile(larger, at=(2.0, 1.0)).data()["guards"]
    (guard,) = guards
    assert (guard["op"], guard["args"], guard["outcome"]) == ("gt", [{"at": 0}, {"at": 1}], True)
    assert "in larger: if a > b:" in guard["line"]
    w, c = Value(0.5, "w"), Value(math.inf, "c")
    y = w * c
    data = compile(y, inputs=[w], updates={w: w + 1.0}).data()
    _, numbers = replay(data, [0.25])
    assert numbers[data["updates"]["w"]["at"]] == 1.25
    assert numbers[data["names"]["c"]["at"]] == math.inf


def test_the_same_calculation_stands_once():
    """Equal operations on equal operands are one instruction; 0.0 and -0.0, and 1 and register 1, are not equal."""
    recorder = Recorder()
    a, b = recorder.given(), recorder.given()
    first = recorder.emit(mul, a, b)
    assert recorder.emit(mul, a, b) == first
    pairs = [((a, 0.0), (a, -0.0)), ((a, b), (a, 1.0)), ((b, a), (b, 0.0)), ((a, b), (b, a))]
    for one, other in pairs:
        assert recorder.emit(add, *one) != recorder.emit(add, *other)
    assert recorder.emit(add, a, math.nan) != recorder.emit(add, a, 0.0)
    x = Value(2.0, "x")
    program = compile([(x * 2.0).exp() + (x * 2.0).exp()], wrt=[])
    assert [op.name for op in program.code.ops if op] == ["mul", "exp", "add"]


def test_zeros_of_both_signs_are_kept_apart():
    """Division by 0.0 and by -0.0 in one program have opposite signs."""
    x = Value(1.0, "x")
    for run in ways(compile([x / 0.0, x / -0.0, x * math.nan], wrt=[])):
        assert same(run(3.0), [math.inf, -math.inf, math.nan])


def test_what_is_not_needed_is_gone():
    """Slopes, and labelled nodes, of which no output is made leave no instruction."""
    x, w = Value(2.0, "x"), Value(3.0, "w")
    y = x.exp() * w
    assert len(compile(y, inputs=[x, w], wrt=[])) == 4
    program = compile(y, inputs=[x, w], wrt=[w])  # dy/dw is exp(x), as an instruction of its own
    assert len(program) == 5
    assert program(2.0, 3.0).gradient == {"w": math.exp(2.0)}


@pytest.mark.parametrize("op", [*OPS.values(), *OWN], ids=str)
def test_constants_are_folded_as_the_engine_computes_them(op):
    """What depends on no input is one constant, the engine's to the bit."""
    x = Value(1.0, "x")
    for args in ([0.3, 0.7], [-0.0, 2.0], [2.5, -0.0]):
        nodes = [Value(a) for a in args[: op.arity]]
        y = x * op(*nodes)
        program = compile(y, wrt=[])
        assert len(program) <= 2
        (constant,) = [a for a in program.code.args[-1] if isinstance(a, float)]
        assert bits(constant) == bits(op.fn(*args[: op.arity]))


def test_a_program_prints_in_the_names_of_its_user():
    """The list shows the user's names, each instruction in one line."""
    w, x = Value(0.5, "w"), Value(2.0, "x")
    h = w * x
    h.label = "net\nh"
    y = h.tanh()
    y.label = "E"
    text = str(compile(y, inputs=[w, x], wrt=[w], updates={w: w - 0.5 * grad(y, w)}))
    assert text.splitlines() == [
        "# given",
        "0  input w",
        "1  input x",
        "# forward",
        r"2  mul w, x  → net\nh",
        r"3  tanh net\nh  → E",
        "# backward",
        r"4  sech2 net\nh  → dE/dnet\nh",
        r"5  mul dE/dnet\nh, x  → dE/dw",
        "# update",
        "6  mul 0.5, dE/dw",
        "7  sub w, #6",
    ]


def test_size_grows_with_the_graph():
    """Each step of a chain adds the same number of instructions, and of calls to record it."""
    found = []
    for n in (1_000, 2_000, 4_000):
        x, w = Value(0.5, "x"), Value(1.1, "w")
        y = x
        for _ in range(n):
            y = (y * w).tanh()
        program = compile(y, inputs=[x, w])
        found.append((len(program), len(program.source)))
    (a, s), (b, t), (c, u) = found
    assert c - b == 2 * (b - a)
    assert 1.9 < (u - t) / (t - s) < 2.3  # names get a digit more


@pytest.mark.thorough
def test_a_million_nodes():
    """A chain of 1,000,000 nodes is recorded, and carried out, without recursion (100,000 in the quick tier)."""
    x = Value(0.5, "x")
    y = x
    half = 500_000 if THOROUGH else 50_000
    for k in range(half):
        y = y * 0.999999 + (0.25 if k % 2 else -0.25)
    program = compile(y, wrt=[])
    assert len(program) == 2 * half + 1
    assert program(0.5).value == y.data
