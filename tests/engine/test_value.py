"""The node: operators, comparisons, names and text."""

import math
import operator
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from nodes import COMPARISONS, HUGE, OPERATORS, bits, gradients, operators

from autograd_lite import Value, exp

# --- operators --------------------------------------------------------------------------------------------------------


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


# --- comparisons and hashing ------------------------------------------------------------------------------------------


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
    with np.errstate(invalid="ignore"):  # some builds of Python let NumPy see that a NaN was compared
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


# --- what is and is not a number --------------------------------------------------------------------------------------


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


# --- nothing leaves the graph silently --------------------------------------------------------------------------------


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


# --- names and text ---------------------------------------------------------------------------------------------------


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
    """A node shows its number, gradient and label, as Python writes them; before `backward()` it has no gradient."""
    x = Value(0.1, 'a"b')
    assert repr(x) == "Value(data=0.1, grad=—, label='a\"b')"
    (x * 2.0).backward()
    assert repr(x) == "Value(data=0.1, grad=2.0, label='a\"b')"
    assert str(Value(math.inf)) == "Value(data=inf, grad=—)"


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
