"""The loop as source and the loop of the interpreter are the same loop."""

from hypothesis import given
from hypothesis import strategies as st
from replayed import bits, same
from test_program_floats import calculations

from autograd_lite import Value, compile, grad  # noqa: A004
from autograd_lite.engine.ops import OPS
from autograd_lite.program.loops import Loop
from autograd_lite.program.python.interpreter import Interpreter
from autograd_lite.program.quantities import quantity, recordable

FEW = [OPS[name] for name in ("add", "sub", "mul", "neg", "tanh", "sigmoid", "maximum", "div", "exp")]


@st.composite
def iterations(draw):
    """A result, states with updates made of all that may be in them, and rows for another input."""
    root, leaves, _ = draw(calculations(FEW, most=8))
    x, states = Value(0.5, "data"), [*leaves, Value(0.25, "velocity"), Value(0.5, "rate")]
    root = (root * x + states[0]).tanh()
    nodes = [*states, root, *grad(root, states[:-2] or states[:1])]
    for k in range(draw(st.integers(1, 8))):
        op = draw(st.sampled_from(FEW))
        args = [draw(st.sampled_from(nodes)) for _ in range(op.arity)]
        node = op(*args)
        node.label = draw(st.sampled_from(["", "", f"u{k}"]))
        nodes.append(node)
    keys = draw(st.lists(st.sampled_from(states), min_size=1, unique=True))
    # a state is one with an update, of which all are inputs
    news = {key: draw(st.sampled_from(nodes)) + 0.0 * sum(states, start=Value(0.0)) for key in keys}
    if draw(st.booleans()):
        news = {key: draw(st.sampled_from(nodes)) for key in keys}
    news[keys[0]] = news[keys[0]] + 0.0 * sum(states, start=Value(0.0))
    rows = draw(st.lists(st.floats(-2.0, 2.0), min_size=1, max_size=3))
    return root, [*states, x], news, rows


@given(iterations(), st.booleans(), st.booleans())
def test_both_loops_are_the_same(drawn, mean, with_rows):
    """States and all that can be recorded, in three epochs, are the same floats in source and interpreter."""
    root, inputs, news, rows = drawn
    program = compile(root, inputs=inputs, updates=news)
    last = len(inputs) - 1
    loop = Loop(tuple(program.code.updates), (last,) if with_rows else (), mean)
    names = recordable("all", program.code, program.outputs, loop)
    recorded, gradients = zip(*(quantity(x, program.code, program.outputs) for x in names), strict=True)
    loop = Loop(
        loop.state, loop.columns, mean, recorded, frozenset(k for k, gradient in enumerate(gradients) if gradient)
    )
    fixed = [x.data for k, x in enumerate(inputs) if k not in {*loop.state, *loop.columns}]
    found = []
    for function in (program.functions.loop(loop), Interpreter(program.code).loop(loop)):
        kept = []
        given_rows = [(row,) for row in rows] if with_rows else [()]
        state, not_finite = function(3, kept.append, given_rows, fixed, [inputs[k].data for k in loop.state])
        found.append((state, kept, not_finite))
    (state, kept, _), (other, others, _) = found
    assert same(state, other), program.functions.source(loop)[0]
    assert [list(map(bits, row)) for row in kept] == [list(map(bits, row)) for row in others], names


@given(iterations())
def test_updates_are_those_of_the_nodes(drawn):
    """One epoch without rows makes the states what the nodes of the updates are."""
    root, inputs, news, _ = drawn
    program = compile(root, inputs=inputs, updates=news)
    loop = Loop(tuple(program.code.updates))
    fixed = [x.data for k, x in enumerate(inputs) if k not in loop.state]
    start = [inputs[k].data for k in loop.state]
    for function in (program.functions.loop(loop), Interpreter(program.code).loop(loop)):
        state, _ = function(1, None, [()], fixed, start)
        wanted = [news[inputs[k]].data for k in loop.state]
        for mine, theirs in zip(state, wanted, strict=True):
            assert mine == theirs or bits(mine) == bits(theirs)
