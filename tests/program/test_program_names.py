"""Labels of any kind: the source stays right, and no label becomes code."""

import ast
import itertools
import json
import keyword

import pytest
from hostile_labels import LABELS

from autograd_lite import Value, compile, grad  # noqa: A004
from autograd_lite.engine.ops import ROWS
from autograd_lite.program.python.writer import FUNCTIONS, OWN_NAMES

WORDS = [
    *OWN_NAMES,
    *FUNCTIONS,
    *ROWS,
    *keyword.softkwlist,
    *(
        "v1",
        "v2",
        "next w",
        "next_w",
        "next_w_2",
        "dE/dw",
        "dE_dw",
        "sum_w",
        "sum_dE_dw",
        "sum_E",
        "w",
        "E",
        "__debug__",
    ),
    *("print", "self", "data", "reduce", "None", "h w", "h_w", "x" * 10_000, "\u2028", "\x00", "\ud800", "ﬁ", "𝐰"),
]
EVERY = [*LABELS.values(), *WORDS]
by_every_label = pytest.mark.parametrize("label", EVERY, ids=range(len(EVERY)))


def trained(label, other="w2", inner="h"):
    """A program with that label on data, on a parameter's partner and within, and what it comes to."""
    w, x = Value(0.5, "w"), Value(2.0, label)
    v = Value(-0.25, other)
    h = w * x + v
    h.label = inner
    y = (h.exp() + h * 0.5).tanh() + 1.0 / (w * w)
    y.label = "E"
    news = {w: w - 0.01 * grad(y, w), v: v * 0.5 - 0.01 * grad(y, v)}
    return compile(y, inputs=[w, v, x], wrt=[w, v, x], updates=news)


PLAIN = trained("x0")
WANTED = [
    PLAIN(0.4, 0.3, 0.7),
    PLAIN.iterate((0.4, 0.3), 4, data=[0.7, -0.2], record=["E", "dE/dw"]),
]


@by_every_label
def test_the_source_stays_right(label):
    """Whatever the label of an input, a state or a node within, values and loops are those of a plain label."""
    for program in (trained(label), trained("x0", label), trained("x0", inner=label), trained(label, f"{label}_2")):
        value, gradient = program(0.4, 0.3, 0.7)
        assert (value, [*gradient.values()]) == (WANTED[0].value, [*WANTED[0].gradient.values()])
        found = program.iterate((0.4, 0.3), 4, data=[0.7, -0.2], record=program.outputs)
        assert [*found.state.values()] == [*WANTED[1].state.values()]
        assert found.history[program.outputs[0]] == WANTED[1].history["E"]


@by_every_label
def test_no_label_becomes_code(label):
    """The source of a label has the statements and calls of a plain one, and prints as many lines."""
    one = "plain" if label in {"w", "E", "dE/dw"} else label  # a name that is taken: a node goes without one then
    for program in (trained(one), trained("x0", inner=one)):
        tree = ast.parse(program.source)
        shape = [type(node).__name__ for node in ast.walk(tree)]
        calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call)}
        assert shape == [type(node).__name__ for node in ast.walk(ast.parse(PLAIN.source))]
        assert calls <= {*FUNCTIONS, *ROWS, "record", "len"}
        assert len(str(program).splitlines()) == len(str(PLAIN).splitlines())
        assert json.loads(json.dumps(program.data()))["inputs"]


def test_two_labels_of_one_identifier():
    """Labels that Python would take for one identifier are two variables."""
    labels = ["h w", "h_w", "h-w", "h__w", "h_w_2", "ﬁ", "fi", ""]
    for one, other in itertools.permutations(labels, 2):
        a, b = Value(2.0, one), Value(3.0, other)
        assert compile(a - b * b, inputs=[a, b])(5.0, 7.0).value == 5.0 - 49.0


def test_equal_labels_get_names_of_their_own():
    """Two inputs with one label have two names; a result without label takes a name that no node has."""
    a, b = Value(2.0, "x"), Value(3.0, "x")
    program = compile(a - b, inputs=[a, b])
    assert program.inputs == ("x", "x (2)")
    assert program({a: 5.0, b: 1.0}) == (4.0, {"x": 1.0, "x (2)": -1.0})
    h = a * 2.0
    h.label = "v1"
    program = compile(h.exp(), inputs=[a])
    assert program.outputs == ("v2",)
    assert program.quantities(0.0) == {"x": 0.0, "v1": 0.0, "v2": 1.0, "dv2/dv1": 1.0, "dv2/dx": 2.0}


def test_a_label_that_looks_like_a_gradient_is_the_users():
    """A node labelled "dE/dw" is recorded as that node, its sign of zero too."""
    w, x = Value(0.5, "w"), Value(-0.0, "dE/dw")
    y = w * (x + 1.0)
    y.label = "E"
    found = compile(y, inputs=[w, x], updates={w: w * 0.5}).iterate(inputs={x: -0.0}, record=["dE/dw"])
    assert [str(z) for z in found.history["dE/dw"]] == ["-0.0", "-0.0"]
