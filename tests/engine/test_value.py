"""The node: operators, backward() called again, edits of data, wrong types, errors on the way, threads, copies."""

import concurrent.futures
import copy
import dis
import gc
import io
import linecache
import math
import multiprocessing
import operator
import os
import pickle
import signal
import struct
import subprocess
import sys
import threading
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from strategies import build, programs

from autograd_lite import StaleGraphError, Value, exp, topological
from autograd_lite.engine import chain, pickling, value
from autograd_lite.engine.ops import Op

OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
HUGE = [10**400, -(10**400), Fraction(10**400), Decimal("1e999"), Decimal("-1e999")]
if np.isfinite(np.longdouble("1e400")):  # not so where it is a double
    HUGE.append(np.longdouble("1e400"))
COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]
operators = pytest.mark.parametrize("operate", OPERATORS, ids=lambda f: f.__name__)


def bits(x):
    return struct.pack("<d", x)


def gradients(*nodes):
    return [node.grad for node in nodes]


# --- operators -----------------------------------------------------------------------------------------------------


@operators
def test_operators(operate):
    """An operator gives what it gives for floats, with nodes on either side and numbers on the other, reflected too."""
    expected = operate(2.5, 1.5)
    for left, right in [(Value(2.5), Value(1.5)), (Value(2.5), 1.5), (2.5, Value(1.5))]:
        y = operate(left, right)
        assert isinstance(y, Value)
        assert bits(y.data) == bits(expected)
        assert [x.data if isinstance(x, Value) else x for x in y.args] == [2.5, 1.5]


@operators
def test_operators_in_place(operate):
    """`y += x` and the like make a new node and leave the old one in the graph."""
    in_place = getattr(operator, "i" + operate.__name__)
    x = Value(2.5)
    y = in_place(x, 1.5)
    assert y is not x
    assert y.parents == (x,)
    assert y.data == operate(2.5, 1.5)


def test_signs():
    """`-x` is an operation, `+x` is x itself, and abs() and x.abs() are the same operation."""
    x = Value(-2.0)
    assert (-x).data == 2.0
    assert +x is x
    assert abs(x).op is x.abs().op
    y = -x + abs(x) * 3.0
    y.backward()
    assert x.grad == -4.0


def test_arithmetic_by_hand():
    """A calculation with every operator has the derivatives found by hand."""
    a, b = Value(3.0), Value(2.0)
    y = (a + 1.0) * b - a / b + 2.0**b + a**b - (10.0 - a)
    y.backward()
    assert y.data == 4.0 * 2.0 - 1.5 + 4.0 + 9.0 - 7.0
    assert a.grad == pytest.approx(2.0 - 0.5 + 6.0 + 1.0, rel=1e-15)
    assert b.grad == pytest.approx(4.0 + 0.75 + 4.0 * math.log(2.0) + 9.0 * math.log(3.0), rel=1e-15)


def test_sum():
    """sum() over nodes works, from its start 0, and gives each the slope 1."""
    xs = [Value(float(i)) for i in range(5)]
    y = sum(xs)
    y.backward()
    assert (y.data, gradients(*xs)) == (10.0, [1.0] * 5)


def test_one_node_on_both_sides():
    """`x*x` has two edges to x, and its slope is 2x; x - x has slope 0 and x/x too."""
    x = Value(3.0)
    y = x * x
    assert y.parents == y.args == (x, x)
    y.backward()
    assert x.grad == 6.0
    for same in (x - x, x / x):
        x.grad = 0.0
        same.backward()
        assert x.grad == 0.0
    power = x**x
    x.grad = 0.0
    power.backward()
    assert x.grad == pytest.approx(27.0 * (math.log(3.0) + 1.0), rel=1e-15)


def test_constants_are_not_nodes():
    """A number beside a node stays a float among `args`, and is not among `parents`."""
    x = Value(3.0)
    y = 2 * x
    assert (y.args, y.parents) == ((2.0, x), (x,))
    assert type(y.args[0]) is float
    assert (x.args, x.parents, x.op) == ((), (), None)


# --- comparisons and hashing ---------------------------------------------------------------------------------------


def test_comparisons_go_by_value():
    """An order is that of the numbers, between nodes and with numbers on either side; so is equality with a number."""
    a, b, same = Value(1.0), Value(2.0), Value(1.0)
    assert a < b
    assert a <= b
    assert b > a
    assert b >= a
    assert a <= same
    assert a >= same
    assert not a < same
    assert a == 1
    assert a != 2
    assert a != Decimal("sNaN")
    assert np.float64(1.0) == a
    assert 1.5 > a  # noqa: SIM300
    assert 0.5 <= a  # noqa: SIM300
    assert [x.data for x in sorted([b, a, Value(1.5)])] == [1.0, 1.5, 2.0]
    assert max(a, b) is b
    assert not operator.eq(Value(math.nan), math.nan)


def test_nodes_are_equal_by_identity():
    """Two nodes are equal if they are the same node, whatever their numbers; so they are found in lists."""
    a, b, nan = Value(1.0), Value(1.0), Value(math.nan)
    assert a == a  # noqa: PLR0124
    assert nan == nan  # noqa: PLR0124
    for x, y in ((a, b), (b, a), (nan, Value(math.nan)), (a, a * 1.0)):
        assert not x == y  # noqa: SIM201
        assert x != y
    nodes = [a, b, nan, b]
    assert (b in [a, a], b in nodes, nan in nodes, Value(1.0) in nodes) == (False, True, True, False)
    assert (nodes.index(b), nodes.count(b), nodes.count(nan), nodes.index(1.0), nodes.count(1.0)) == (1, 2, 1, 0, 3)
    nodes.remove(b)
    assert list(map(id, nodes)) == list(map(id, [a, nan, b]))
    assert [a, [b]] == [a, [b]]
    assert [a] != [b]


def test_equality_in_arrays():
    """In arrays nodes are compared as elsewhere: with a node by identity, with a number by value."""
    a, b, nan = Value(1.0), Value(1.0), Value(math.nan)
    nodes = np.array([a, b, nan])
    for node, same in ((a, [True, False, False]), (nan, [False, False, True])):
        assert (nodes == node).tolist() == (node == nodes).tolist() == same
        assert (nodes != node).tolist() == (node != nodes).tolist() == [not x for x in same]
    assert (nodes == np.array([b, b, nan])).tolist() == [False, True, True]
    assert (nodes == 1.0).tolist() == [True, True, False]
    assert (nodes[:2] <= a).tolist() == [True, True]


@pytest.mark.parametrize("x", [2.0, -2.0, math.inf, -math.inf, math.nan])
def test_comparisons_beyond_the_floats(x):
    """What is beyond the floats compares as with a float: larger than all finite ones, smaller than infinity."""
    for huge in HUGE:
        for compare in COMPARISONS:
            assert compare(Value(x), huge) == compare(x, int(huge)), (compare, huge)
            with np.errstate(all="ignore"):
                assert compare(huge, Value(x)) == compare(int(huge), x), (compare, huge)


def test_comparisons_with_what_is_no_number():
    """Nothing but a number equals a node, and an order with something else is a TypeError that names its type."""
    x = Value(1.0)
    for other in ("1.0", None, [1.0], 1j + 1, object(), 10**400):
        assert x != other
        assert not x == other  # noqa: SIM201
    for compare in (operator.lt, operator.le, operator.gt, operator.ge):
        with pytest.raises(TypeError, match="str"):
            compare(x, "1.0")
        with pytest.raises(TypeError, match="NoneType"):
            compare(x, None)


def test_hashing_goes_by_identity():
    """Nodes of the same value are different members of sets and keys of dicts."""
    a, b, nan = Value(1.0), Value(1.0), Value(math.nan)
    assert len({a, b, a, nan, nan}) == 3
    names = {a: "a", b: "b", nan: "nan", 1.0: "one"}
    assert (names[a], names[b], names[nan], names[1.0]) == ("a", "b", "nan", "one")
    a.data = 5.0
    assert names[a] == "a"
    assert b not in {1.0, 2.0}
    assert 1.0 not in {a, b}


# --- backward, again and again -------------------------------------------------------------------------------------


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


# --- edits of data -------------------------------------------------------------------------------------------------


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


# --- what is and is not a number -----------------------------------------------------------------------------------

NO_NUMBERS = ["1.5", b"1.5", None, 1j, [1.0], (1.0,), {1.0: 2.0}, {1.0}, object(), print]
NO_NUMBERS += [np.timedelta64(3, "ns"), np.datetime64(3, "ns"), np.array(3, "m8[ns]"), np.array(3, "M8[s]")]
no_numbers = pytest.mark.parametrize("bad", NO_NUMBERS, ids=lambda bad: f"{type(bad).__name__} {bad}"[:24])


@no_numbers
def test_data_that_is_no_number(bad):
    """What is not a real number is a TypeError that names its type, in a new node, as data and as a gradient."""
    with pytest.raises(TypeError, match=type(bad).__name__):
        Value(bad)
    x = Value(2.0)
    with pytest.raises(TypeError, match=type(bad).__name__):
        x.data = bad
    assert x.data == 2.0


@no_numbers
@operators
def test_operands_that_are_no_numbers(operate, bad):
    """What is not a real number is a TypeError that names its type, on either side of every operator."""
    with pytest.raises(TypeError, match=f"arithmetic with a Value: .*{type(bad).__name__}"):
        operate(Value(2.0), bad)
    with pytest.raises(TypeError, match=f"arithmetic with a Value: .*{type(bad).__name__}"):
        operate(bad, Value(2.0))


class Vector:
    """A user's type that takes part in arithmetic."""

    def __init__(self, *items):
        self.items = items

    def __rmul__(self, other):
        return [other * x for x in self.items]

    __radd__ = __rsub__ = __rtruediv__ = __rpow__ = __gt__ = __ge__ = __lt__ = __le__ = __rmul__


class Modest:
    """One that takes part, but with nothing."""

    def __rmul__(self, other):
        return NotImplemented

    __radd__ = __rsub__ = __rtruediv__ = __rpow__ = __gt__ = __ge__ = __lt__ = __le__ = __rmul__


class Text(str):
    """A text of the user's, which has what text has."""

    __slots__ = ()


@pytest.mark.parametrize("operate", [*OPERATORS, *COMPARISONS[:4]], ids=lambda f: f.__name__)
def test_a_type_of_the_users(operate):
    """A type that says what an operator does with a node is asked; if it has no answer, that is Python's TypeError."""
    v = Value(3.0)
    products = operate(v, Vector(2.0, v))
    assert [type(x) for x in products] == [Value, Value]
    assert [x.data for x in products] == [6.0, 9.0]
    with pytest.raises(TypeError, match=r"not supported between|unsupported operand type"):
        operate(v, Modest())
    for bad in (Text("x"), object(), np.complex128(1j), np.str_("x")):
        with pytest.raises(TypeError, match=f"expected a real number.*{type(bad).__name__}"):
            operate(v, bad)
    with pytest.raises(TypeError, match=r"maximum\(\) takes numbers|expected a real number"):
        v.maximum(Vector(1.0))


def test_text_shows_in_the_error():
    """A text's content is shown, shortened."""
    with pytest.raises(TypeError, match=r"expected a real number.*got str '1.5'"):
        Value("1.5")
    with pytest.raises(TypeError) as caught:
        Value("9" * 10_000)
    assert len(str(caught.value)) < 300


def test_a_value_in_a_value():
    """A node as data is a TypeError that says where its number is."""
    with pytest.raises(TypeError, match=r"got Value.*\.data"):
        Value(Value(1.0))
    x = Value(2.0)
    with pytest.raises(TypeError, match=r"got Value.*\.data"):
        x.data = Value(1.0)


@pytest.mark.parametrize(
    "number",
    [3, True, 2.5, np.float64(2.5), np.float32(2.5), np.int64(3), np.uint8(3), np.bool_(True), Fraction(5, 2),
     Decimal("2.5"), np.array(2.5), math.inf],
    ids=repr,
)  # fmt: skip
def test_numbers_become_floats(number):
    """Every kind of real number becomes a plain float, as data, as an operand and as a gradient."""
    for x in (Value(number), Value(0.0) + number, number + Value(0.0)):
        assert type(x.data) is float
        assert x.data == float(number)
    x = Value(0.0)
    x.data = number
    x.grad = number
    assert type(x.data) is type(x.grad) is float
    assert x.data == x.grad == float(number)


@pytest.mark.parametrize("huge", HUGE, ids=lambda huge: f"{type(huge).__name__} {str(huge)[:8]}")
def test_ints_beyond_the_floats(huge):
    """A number beyond the largest float is an OverflowError with a remedy, everywhere."""
    x = Value(1.0)
    for use in (lambda: Value(huge), lambda: x + huge, lambda: huge * x, lambda: setattr(x, "data", huge)):
        with pytest.raises(OverflowError, match=rf"{type(huge).__name__} is beyond the largest float.*scale"):
            use()


@pytest.mark.parametrize("infinite", [Decimal("Infinity"), np.longdouble("inf"), np.float32("inf")], ids=repr)
def test_infinities_stay(infinite):
    """An infinity of whatever type is the infinite float of its sign."""
    assert (Value(infinite).data, Value(-infinite).data) == (math.inf, -math.inf)
    assert (Value(1.0) - infinite).data == -math.inf


def test_a_signaling_nan():
    """It is made to be noticed, so it is an error, as in Python."""
    with pytest.raises(ValueError, match="signaling NaN"):
        Value(Decimal("sNaN"))


def test_three_argument_pow():
    """pow() with a modulus does not work on nodes; without one it is the operator."""
    with pytest.raises(TypeError, match="takes no modulus"):
        pow(Value(2.0), 2, 5)
    assert pow(Value(2.0), 3).data == pow(Value(2.0), 3, None).data == 8.0


# --- nothing leaves the graph silently -----------------------------------------------------------------------------


@pytest.mark.parametrize("convert", [float, int, complex, bool, math.exp, math.sqrt, math.floor, math.isnan], ids=str)
def test_conversions_raise_with_the_remedy(convert):
    """What would turn a node into a number and lose its gradient raises, and says `.data`."""
    with pytest.raises(TypeError, match=r"v\.data"):
        convert(Value(2.0))


def test_float_names_the_function_that_records():
    """The remedy for math.exp(v) is the function that records, which works."""
    with pytest.raises(TypeError, match=r"autograd_lite\.exp\(v\)"):
        math.exp(Value(2.0))
    assert exp(Value(2.0)).data == math.exp(2.0)


def test_truth_raises():
    """The truth of a node, in `if`, `and`, `not` and `in`, is a TypeError, not always true."""
    x = Value(0.0)
    with pytest.raises(TypeError, match="v is not None"):
        _ = x and 1
    with pytest.raises(TypeError, match=r"v\.data != 0"):
        _ = not x


# --- names and text ------------------------------------------------------------------------------------------------


def test_labels():
    """A label is text, empty if not given, and can be changed; anything else is a TypeError."""
    x = Value(2.0)
    assert x.label == ""
    x.label = "η₁"
    assert x.label == "η₁"
    x.label = ""
    assert x.label == ""
    assert Value(1, "b").label == Value(1, label="b").label == "b"
    for bad in (None, 3, b"x", ["x"], 0, 0.0, False, [], (), {}, b"", np.array("")):
        with pytest.raises(TypeError, match=f'a label is text.*"" for none.*{type(bad).__name__}'):
            x.label = bad
        with pytest.raises(TypeError, match=f'a label is text.*"" for none.*{type(bad).__name__}'):
            Value(1.0, bad)


def test_labels_of_results():
    """A result can be named after it was made, and keeps its value and its place."""
    x = Value(2.0)
    y = x * x
    y.label = "square"
    (y + 1.0).backward()
    assert (y.label, y.data, x.grad) == ("square", 4.0, 4.0)


def test_repr():
    """A node shows its number, gradient and label, in the way they are written in Python."""
    assert repr(Value(3)) == "Value(data=3.0, grad=0.0)"
    assert repr(Value(0.1, 'a"b')) == "Value(data=0.1, grad=0.0, label='a\"b')"
    assert str(Value(math.inf)) == "Value(data=inf, grad=0.0)"


def test_format():
    """A format specification applies to the number; without one a node formats as its repr."""
    x = Value(3.14159, "pi")
    assert f"{x:.2f}" == "3.14"
    assert f"{x:>8.1e}" == " 3.1e+00"
    assert f"{x}" == f"{x!r}" == repr(x)
    with pytest.raises(ValueError, match="format"):
        f"{x:q}"


def test_a_node_takes_no_other_attributes():
    """A misspelt attribute is an error, and what is read-only stays so."""
    x = Value(2.0)
    with pytest.raises(AttributeError):
        x.gard = 1.0
    for name in ("args", "parents", "has_grad"):
        with pytest.raises(AttributeError):
            setattr(x, name, ())


# --- errors on the way ---------------------------------------------------------------------------------------------


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


# --- threads -------------------------------------------------------------------------------------------------------


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


# --- copies --------------------------------------------------------------------------------------------------------

COPIES = {"deepcopy": copy.deepcopy} | {
    f"pickle protocol {protocol}": lambda x, protocol=protocol: pickle.loads(pickle.dumps(x, protocol))
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
}
copies = pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)


@copies
@given(steps=programs())
def test_copies_of_graphs(duplicate, steps):
    """A copy of a graph has the same values, gradients, labels, operations and constants, and its own nodes."""
    nodes = build(steps)
    nodes[0].label, nodes[-1].label = "first", "last"
    nodes[-1].backward()
    twin = duplicate(nodes[-1])
    originals, twins = topological(nodes[-1]), topological(twin)
    assert len(originals) == len(twins)
    number = {id(node): i for i, node in enumerate([*originals, *twins])}
    for original, other in zip(originals, twins, strict=True):
        assert other is not original
        assert (bits(other.data), bits(other.grad)) == (bits(original.data), bits(original.grad))
        assert (other.label, other.op, other.has_grad) == (original.label, original.op, True)
        for a, b in zip(original.args, other.args, strict=True):
            if isinstance(a, Value):
                assert number[id(a)] + len(originals) == number[id(b)]
            else:
                assert bits(a) == bits(b)
    before = [bits(node.grad) for node in originals]
    twin.backward()
    assert [bits(node.grad) for node in originals] == before
    nodes[-1].backward()
    assert [bits(node.grad) for node in twins] == [bits(node.grad) for node in originals]


@copies
def test_copies_keep_shared_nodes(duplicate):
    """Nodes that are one object in what is copied are one object in the copy, in whatever order they come."""
    x = Value(2.0, "x")
    y = x * x
    z = y + x
    for order in ([x, y, z], [z, y, x], [y, z, x, y]):
        twins = duplicate(order)
        of = {id(node): twin for node, twin in zip(order, twins, strict=True)}
        assert not {id(twin) for twin in twins} & set(of)
        assert of[id(y)].parents[0] is of[id(y)].parents[1] is of[id(x)]
        assert of[id(z)].parents[0] is of[id(y)]
        assert of[id(z)].parents[1] is of[id(x)]
    twins = duplicate({"params": [x], "loss": z, "again": z})
    assert twins["loss"] is twins["again"]
    twins["loss"].backward()
    assert twins["params"][0].grad == 5.0
    assert not x.has_grad


@copies
def test_copies_have_their_own_edits(duplicate):
    """An edit of an original leaves its copy fresh, and an edit of the copy leaves the original fresh."""
    x = Value(2.0, "x")
    y = x * x
    nodes = duplicate([y, x])
    x.data = 3.0
    nodes[0].backward()
    assert nodes[1].grad == 4.0
    with pytest.raises(StaleGraphError):
        y.backward()
    y = x * x
    nodes = duplicate([y, x])
    nodes[1].data = 5.0
    y.backward()
    assert x.grad == 6.0
    with pytest.raises(StaleGraphError, match="'x'"):
        nodes[0].backward()


@copies
@pytest.mark.parametrize("edited", [0, 1])
def test_copies_of_stale_graphs_are_stale(duplicate, edited):
    """A stale graph is stale when read back, and the error names the leaf that was edited, not another."""
    leaves = [Value(2.0, "first"), Value(3.0, "second")]
    y = (leaves[0] * leaves[1]).exp()
    leaves[edited].data = 4.0
    with pytest.raises(StaleGraphError, match=f"data of '{leaves[edited].label}'"):
        duplicate(y).backward()
    twin, *twins = duplicate([y, *leaves])
    with pytest.raises(StaleGraphError, match=f"data of '{leaves[edited].label}'"):
        twin.backward()
    fresh = twins[0] * twins[1]
    fresh.backward()
    assert gradients(*twins) == [leaf.data for leaf in reversed(leaves)]


@copies
def test_copies_of_copies(duplicate):
    """A copy can be copied, edited and differentiated like the original."""
    x = Value(2.0)
    y = duplicate(duplicate(x * x * 3.0))
    y.backward()
    leaf = topological(y)[0]
    assert (leaf.grad, y.data) == (12.0, 12.0)


def test_copy_of_one_node():
    """copy.copy gives a new node of the same operands: a leaf of its own, or one more result of the same leaves."""
    x = Value(2.0, "x")
    leaf = copy.copy(x)
    leaf.data = 5.0
    leaf.grad = 1.0
    assert (x.data, x.has_grad, leaf.label) == (2.0, False, "x")
    y = x * x
    other = copy.copy(y)
    assert other is not y
    assert other.parents == y.parents
    other.backward()
    assert x.grad == 4.0
    x.data = 3.0
    with pytest.raises(StaleGraphError):
        copy.copy(y).backward()


class Named(Value):
    """A node of the user's."""

    __slots__ = ("near", "note")


class Free(Named):
    """One that takes any attribute."""


@copies
def test_copies_of_subclasses(duplicate):
    """A copy has its class and its attributes, in slots and not; what they refer to is copied once, circles too."""
    x = Free(2.0, "x")
    y = x * x
    x.note, x.near, x.circle = "mine", [y, {"me": (x,)}], x
    twins = duplicate([y, x])
    for twin in (duplicate(x), twins[1], twins[0].parents[0]):
        assert (type(twin), twin.note, twin.label, twin.data) == (Free, "mine", "x", 2.0)
        assert twin is not x
        assert twin.circle is twin.near[1]["me"][0] is twin.near[0].parents[0] is twin
        assert type(twin.near[0]) is Value
    assert twins[0] is twins[1].near[0]
    assert type(twins[1] * 2.0) is Value
    assert not hasattr(duplicate(Named(1.0)), "near")


@copies
def test_deep_copies_of_subclasses(duplicate):
    """Nodes are copied without recursion where attributes refer to nodes, in containers and before or after them."""
    first = last = Named(1.0)
    for k in range(3000):
        node = Named(float(k))
        node.near = [last] if k % 2 else last * 2.0
        last = node
    first.near = last
    twin = start = duplicate(last)
    for k in reversed(range(3000)):
        assert (type(twin), twin.data) == (Named, float(k))
        twin = twin.near[0] if k % 2 else twin.near.parents[0]
    assert twin.near is start


def test_a_shallow_copy_of_a_subclass():
    """copy.copy keeps the class, and the same attributes."""
    x = Free(2.0, "x")
    x.near, x.more = [x], 5
    twin = copy.copy(x)
    assert (type(twin), twin.near is x.near, twin.more, twin.label) == (Free, True, 5, "x")
    twin.more = 6
    assert x.more == 5


def test_a_shared_node_of_a_deep_copy():
    """A node that the memo of a deep copy has already is not copied."""
    x = Value(2.0)
    y = copy.deepcopy(x * x, {id(x): x})
    assert y.parents == (x, x)


@pytest.mark.parametrize("pickler", [pickle.Pickler, pickle._Pickler], ids=["C", "Python"])
def test_a_pickle_of_what_cannot_be(pickler):
    """A node of a class that pickle cannot find is its error; what is pickled next is whole."""

    class Local(Value):
        __slots__ = ()

    y = Value(1.0)
    for _ in range(3000):
        y = y + 1.0
    z = y * Local(1.0)
    for root in (z, y + z):
        with pytest.raises((AttributeError, pickle.PicklingError), match="Local"):
            pickler(io.BytesIO(), 5).dump(root)
        file = io.BytesIO()
        pickler(file, 5).dump([y, y + 1.0])
        assert pickle.loads(file.getvalue())[1].parents[0].data == 3001.0


def test_a_failed_pickle_leaves_no_trace():
    """After pickling was broken off half way, the next pickle of a deep graph is whole."""
    y = Value(1.0)
    for _ in range(5000):
        y = y + 1.0

    class Broken:
        def write(self, data):
            raise OSError("disk full")

    for _ in range(2):
        with pytest.raises(OSError, match="disk full"):
            pickle.Pickler(Broken(), 5).dump([y, y * 2.0])
        assert pickling._writing.places == {}
    assert pickle.loads(pickle.dumps(y)).data == 5001.0


def test_another_process():
    """A graph sent to a process that starts afresh and back is the same graph, also where its leaf was edited."""
    x = Value(2.0, "x")
    y = (x * x).exp()
    stale = x * 3.0
    fresh = Value(1.5, "w")
    z = fresh * fresh
    x.data = 4.0
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, context) as pool:
        back = pool.submit(operator.pos, z).result(timeout=120)
        stale_back = [pool.submit(operator.pos, node).result(timeout=120) for node in (y, stale)]
        there = pool.submit(operator.methodcaller("backward"), z).result(timeout=120)
        with pytest.raises(StaleGraphError, match="'x'"):
            pool.submit(operator.methodcaller("backward"), stale).result(timeout=120)
    assert there is None
    back.backward()
    assert (back.data, topological(back)[0].grad, topological(back)[0].label) == (2.25, 3.0, "w")
    for node in stale_back:
        with pytest.raises(StaleGraphError, match="'x'"):
            node.backward()


def test_pickles_are_portable_between_sessions(tmp_path: Path):
    """A graph written after many edits is fresh in a session of few, takes part in new graphs, and notices edits."""
    x = Value(2.0, "x")
    for _ in range(1000):
        x.data = 2.0
    path = tmp_path / "graph.pickle"
    path.write_bytes(pickle.dumps([x, x * x]))
    script = (
        "import pickle, sys\n"
        "from autograd_lite import Value\n"
        "other = Value(1.0)\n"
        "for _ in range(int(sys.argv[2])): other.data += 1.0\n"
        "x, y = pickle.load(open(sys.argv[1], 'rb'))\n"
        "y.backward()\n"
        "(y * x).backward()\n"
        "x.data = 3.0\n"
        "(x * x).backward()\n"
        "print(x.grad)\n"
        "try: y.backward()\n"
        "except RuntimeError as error: print(error)\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    for edits in ("0", "3"):
        command = [sys.executable, "-c", script, str(path), edits]
        output = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
        grad, error = output.splitlines()
        assert grad == str(4.0 + 12.0 + 6.0)
        assert "'x' was changed" in error


def test_no_reference_cycles():
    """A graph that was built, differentiated, copied and dropped is freed at once, without the collector."""

    def alive():
        return sum(isinstance(x, Value) for x in gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        before = alive()
        y = Value(0.5)
        for _ in range(100):
            y = (y * y + y).tanh()
        y.backward()
        twin = copy.deepcopy(y)
        twin.backward()
        twin = pickle.loads(pickle.dumps(y))
        twin.backward()
        assert alive() >= before + 600
        del y, twin
        assert alive() == before
    finally:
        gc.enable()
