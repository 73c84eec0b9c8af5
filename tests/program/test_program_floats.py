"""Programs compute the floats of the nodes, to the bit: source and interpreter, at the recorded point and elsewhere."""

import itertools
import math

import pytest
from corners import POLICY
from hypothesis import given
from hypothesis import strategies as st
from replayed import OWN, ahead, bits, eager, same, ways
from strategies import ROWS
from thorough import THOROUGH

from autograd_lite import Value, compile, grad  # noqa: A004
from autograd_lite.engine.graph import topological
from autograd_lite.engine.ops import OPS
from autograd_lite.program.python.interpreter import Interpreter

ODD = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 5e-324, 1e300, 709.5, -745.2, math.inf, -math.inf, math.nan]
ALL = [*ROWS.values(), *OWN]
RENAMED = {"max": "maximum", "min": "minimum", "powc": "pow", "rpow": "pow"}


@st.composite
def calculations(draw, ops=ALL, most=14):
    """A root of shared, labelled and unlabelled nodes and constants, its leaves, and another point for these."""
    floats = st.sampled_from(ODD[:9]) | st.floats(-4.0, 4.0)
    leaves = [Value(draw(floats), draw(st.sampled_from(["", name]))) for name in ("x", "w", "b")]
    nodes = [*leaves, Value(draw(floats)), Value(draw(floats), "c")]
    for k in range(draw(st.integers(1, most))):
        op = draw(st.sampled_from(ops))
        args = [draw(st.sampled_from(nodes)) for _ in range(op.arity)]
        if op.arity == 2 and draw(st.booleans()):
            args[draw(st.integers(0, 1))] = draw(floats)
        node = op(*args)
        if isinstance(node, Value):
            node.label = draw(st.sampled_from(["", f"h{k}"]))
            nodes.append(node)
    root = nodes[-1]
    for node in draw(st.lists(st.sampled_from(nodes), max_size=3)):  # skips
        root = root + node
    inside = set(topological(root))
    leaves = [leaf for leaf in leaves if leaf in inside]
    return root, leaves, [draw(floats) for _ in leaves]


@given(calculations())
def test_value_and_gradient_are_those_of_backward(drawn):
    """Value and every gradient are those of `backward()` at the recorded point and at another, bit for bit."""
    root, leaves, elsewhere = drawn
    program = ahead(root, leaves)
    for point in ([x.data for x in leaves], elsewhere):
        wanted = eager(root, leaves, point)
        for run in ways(program):
            assert same(run(*point), wanted), program.source


@pytest.mark.parametrize("op", ALL, ids=str)
def test_every_operation_at_every_odd_number(op):
    """Each operation and its slopes, on inputs and beside constants, are the nodes' at all odd numbers, NaN too."""
    for fixed in itertools.product([None, *ODD], repeat=op.arity):
        if None not in fixed or (op.arity == 2 and fixed[0] is not None and fixed[1] is not None):
            continue
        leaves = [Value(0.75, f"x{k}") for k, x in enumerate(fixed) if x is None]
        free = iter(leaves)
        root = op(*(next(free) if x is None else x for x in fixed))
        program = ahead(root, leaves)
        for point in itertools.product(ODD, repeat=len(leaves)):
            wanted = eager(root, leaves, point)
            for run in ways(program):
                assert same(run(*point), wanted), (fixed, point)


@pytest.mark.parametrize("row", POLICY, ids=lambda row: f"{row['function']}({', '.join(row['args'])})")
def test_corners_of_the_policy(row):
    """At each corner of the policy a program has the floats of the nodes, recorded there or elsewhere."""
    op = OPS[RENAMED.get(row["function"], row["function"])]
    point = [float(arg) for arg, constant in zip(row["args"], row["constant"], strict=True) if not constant]
    for recorded in (point, [0.5] * len(point)):
        leaves = [Value(x) for x in recorded]
        free = iter(leaves)
        root = op(*(float(a) if c else next(free) for a, c in zip(row["args"], row["constant"], strict=True)))
        for run in ways(ahead(root, leaves)):
            assert same(run(*point), eager(root, leaves, point))


@given(calculations(ops=[op for op in OPS.values() if op.name != "pow"], most=6))
def test_second_order_graphs(drawn):
    """The program of a gradient's graph has the value and the gradients of that graph."""
    root, leaves, elsewhere = drawn
    slopes = grad(root, leaves)
    total = root
    for slope in slopes:
        total = slope + total * slope
    inside = set(topological(total))
    elsewhere = [x for leaf, x in zip(leaves, elsewhere, strict=True) if leaf in inside]
    leaves = [leaf for leaf in leaves if leaf in inside]
    program = ahead(total, leaves)
    for point in ([x.data for x in leaves], elsewhere):
        for run in ways(program):
            assert same(run(*point), eager(total, leaves, point))


def test_gradients_that_are_zero_have_no_sign():
    """A gradient of -0.0 comes as 0.0, as `backward()` leaves it; a value of -0.0 keeps its sign."""
    x = Value(2.0, "x")
    y = x * -0.0
    for run in ways(ahead(y, [x])):
        assert same(run(3.0), [-0.0, 0.0])
    assert bits(compile(y).quantities(3.0)["x"]) == bits(3.0)


def test_several_outputs_by_name():
    """Of a list of results, values and gradients come by name, each as its own `backward()` gives it."""
    x, w = Value(0.5, "x"), Value(-1.5, "w")
    h = (x * w).tanh()
    h.label = "h"
    y = h * x + w
    value, gradient = compile([y, h, x * x], wrt=[x, w])(0.25, 2.0)
    assert list(value) == ["v1", "h", "v2"]
    for name, root in zip(value, (y, h, x * x), strict=True):
        wanted = eager(root, [x, w], [0.25, 2.0]) if name != "v2" else [0.0625, 0.5, 0.0]
        assert same([value[name], gradient[name]["x"], gradient[name]["w"]], wanted)


def test_quantities_are_the_labelled_nodes_and_their_gradients():
    """`quantities()` has every labelled node, and the gradients that flow through them, as backward() has them."""
    x, c = Value(0.5, "x"), Value(2.0, "c")
    h = x * c
    h.label = "h"
    y = h.exp()
    y.label = "E"
    assert compile(y, inputs=[x]).quantities(1.0) == {
        "x": 1.0, "c": 2.0, "h": 2.0, "E": math.exp(2.0), "dE/dh": math.exp(2.0), "dE/dx": 2.0 * math.exp(2.0),
    }  # fmt: skip


@pytest.mark.parametrize("shape", ["chain", "sum", "right", "balanced"])
@pytest.mark.thorough
@pytest.mark.parametrize("size", [3_000, 100_000 if THOROUGH else 12_000])
def test_large_graphs(shape, size):
    """Chains, long sums and brackets nested deep run as source or by the interpreter, with the floats of the nodes."""
    x, w = Value(0.5, "x"), Value(1.5, "w")
    y = x * w
    if shape == "balanced":
        level = [w, *(x * float(k) for k in range(1, size // 4))]
        while len(level) > 1:
            level = [a + b for a, b in zip(level[::2], level[1::2], strict=False)] + level[len(level) // 2 * 2 :]
        (y,) = level
    for k in range(0 if shape == "balanced" else size // 2):
        y = {
            "chain": lambda y, k: (y * w).sin(),
            "sum": lambda y, k: y + x * float(k),
            "right": lambda y, k: w - y * x,
        }[shape](y, k)
    program = compile(y, inputs=[x, w], wrt=[x, w])
    point = [0.75, 1.25]
    wanted = eager(y, [x, w], point)
    value, gradient = program(*point)
    assert same([value, *gradient.values()], wanted)
    if size < 50_000:
        assert same(ways(program)[0](*point), wanted)
    else:
        assert same(Interpreter(program.code).call(*point), wanted)
