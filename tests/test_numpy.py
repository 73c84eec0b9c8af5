"""Nodes beside NumPy: scalars, arrays, functions, broadcasting, and errors instead of lost gradients."""

import functools
import math
import operator

import numpy as np
import pytest

from autograd_lite import Value, maximum
from autograd_lite.nn import Network
from autograd_lite.ops import OPS
from autograd_lite.train import data_loss

OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
operators = pytest.mark.parametrize("operate", OPERATORS, ids=lambda f: f.__name__)

UFUNCS = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "neg": np.negative, "pow": np.power,
    "exp": np.exp, "expm1": np.expm1, "log": np.log, "log1p": np.log1p, "sqrt": np.sqrt,
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
    "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "abs": np.absolute, "maximum": np.maximum, "minimum": np.minimum,
}  # fmt: skip


def numbers(array):
    """The data of an array of nodes, as nested lists."""
    return np.vectorize(lambda v: v.data, otypes=[float])(array).tolist()


@operators
@pytest.mark.parametrize("scalar", [np.float64, np.float32, np.int64, np.array], ids=lambda f: f.__name__)
def test_scalars(operate, scalar):
    """A NumPy scalar on either side gives a node, the same as with a float, and its gradient."""
    v = Value(3.0)
    for y, expected in ((operate(scalar(2), v), operate(2.0, 3.0)), (operate(v, scalar(2)), operate(3.0, 2.0))):
        assert type(y) is Value
        assert y.data == expected
        assert y.parents == (v,)
        assert [type(x) for x in y.args if x is not v] == [float]


@operators
def test_arrays(operate):
    """An array on either side gives an array of nodes, element by element, each with its gradient."""
    v = Value(3.0)
    array = np.array([1.0, 2.0, 4.0])
    for y, expected in ((operate(array, v), operate(array, 3.0)), (operate(v, array), operate(3.0, array))):
        assert isinstance(y, np.ndarray)
        assert (y.dtype, y.shape) == (object, (3,))
        assert numbers(y) == pytest.approx(expected.tolist(), rel=1e-15)
        assert all(node.parents == (v,) for node in y)


def test_gradient_through_an_array():
    """The sum over an array of nodes has the sum of the gradients."""
    v = Value(3.0)
    y = np.sum(np.array([1.0, 2.0, 4.0]) * v * v)
    assert type(y) is Value
    y.backward()
    assert (y.data, v.grad) == (63.0, 42.0)


@pytest.mark.parametrize("shape", [(2, 3), (1, 3), (2, 1), (0,), (1, 1, 1)])
def test_broadcasting(shape):
    """A node counts as an array of no dimensions; integer arrays and arrays of nodes work too."""
    v = Value(3.0)
    array = np.arange(np.prod(shape)).reshape(shape)
    for y in (array * v, v * array):
        assert y.shape == shape
        assert numbers(y) == (array * 3.0).tolist() if y.size else y.size == 0
    row = np.array([Value(1.0), Value(2.0), Value(3.0)])
    column = np.array([[10.0], [20.0]])
    assert numbers(row * column) == [[10.0, 20.0, 30.0], [20.0, 40.0, 60.0]]
    assert numbers(row + v) == [4.0, 5.0, 6.0]


def test_in_place_on_arrays():
    """`array *= v` on an array of nodes keeps nodes; on floats NumPy refuses, and nothing is lost silently."""
    v = Value(3.0)
    nodes = same = np.array([Value(1.0), Value(2.0)])
    nodes *= v
    assert same is nodes
    assert numbers(nodes) == [3.0, 6.0]
    assert all(node.parents[1] is v for node in nodes)
    floats = np.array([1.0, 2.0])
    with pytest.raises(TypeError):
        floats *= v
    assert floats.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("name", UFUNCS)
def test_functions(name):
    """A NumPy function of a node records the operation of the table, and of an array with a node one a element."""
    v, w = Value(0.5), Value(0.25)
    row = OPS[name]
    nodes = (v, w)[: row.arity]
    y = UFUNCS[name](*nodes)
    assert type(y) is Value
    assert y.op is row
    assert y.args == nodes
    y.backward()
    assert v.has_grad
    if row.arity == 2:
        ys = UFUNCS[name](v, [0.125, 0.75])
        assert [node.op for node in ys] == [row, row]
        assert [node.args for node in ys] == [(v, 0.125), (v, 0.75)]
        assert UFUNCS[name](0.125, v).args == (0.125, v)


def test_other_names_of_functions():
    """np.true_divide, np.abs, np.fabs and np.float_power are known too."""
    v = Value(-2.0)
    assert np.true_divide(v, 4.0).data == -0.5
    assert np.abs(v).data == np.fabs(v).data == 2.0
    assert np.float_power(v, 2.0).data == 4.0


def test_arrays_of_nodes():
    """Functions, sums, means and products of an array of nodes give nodes, with the gradients found by hand."""
    x = np.array([Value(1.0), Value(2.0), Value(3.0)])
    assert x.dtype == object
    w = np.array([0.5, -1.0, 2.0])
    for y in (x @ w, w @ x, np.dot(x, w), np.dot(w, x), np.sum(x * w), (w * x).sum()):
        assert type(y) is Value
        assert y.data == 4.5
        for node in x:
            node.grad = None
        y.backward()
        assert [node.grad for node in x] == w.tolist()
    assert x.mean().data == 2.0
    assert [node.data for node in np.tanh(x)] == np.tanh([1.0, 2.0, 3.0]).tolist()
    assert numbers(np.exp(x)) == pytest.approx(np.exp([1.0, 2.0, 3.0]).tolist(), rel=1e-15)
    matrix = np.array([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]])
    assert numbers(matrix @ matrix) == [[7.0, 10.0], [15.0, 22.0]]
    assert numbers(matrix.T - matrix) == [[0.0, 1.0], [-1.0, 0.0]]


@operators
def test_arrays_without_dimensions(operate):
    """A node in an array of no dimensions is that node, on either side, and so NumPy's polynomials work."""
    v, w = Value(3.0), Value(2.0)
    box = np.array(w)
    for y, args in ((operate(v, box), (v, w)), (operate(box, v), (w, v))):
        assert type(y) is Value
        assert y.args == args
    assert [v > box, v < box, v >= box, v <= box, v == box] == [True, False, True, False, False]
    assert np.polyval([1, 2, 3], v).data == 18.0


def test_largest_of_an_array_of_nodes():
    """The largest of nodes by comparisons is one of them; that of the package shows a NaN wherever it is."""
    x = np.array([Value(1.0), Value(3.0), Value(2.0)])
    assert np.max(x) is x[1]
    for place in range(3):
        x[place] = Value(math.nan)
        assert math.isnan(functools.reduce(maximum, x).data)
        x[place] = Value(1.0)


def test_the_loss_on_samples_in_an_array():
    """Samples may be an array of inputs and targets, as many of the one as of the other."""
    net = Network([2, 2], seed=1)
    samples = [[[0.1, 0.2], [0.0, 1.0]], [[0.3, 0.4], [1.0, 0.0]]]
    assert data_loss(net, np.array(samples)).data == data_loss(net, samples).data


def test_functions_of_the_package_do_not_take_arrays():
    """The package's functions are scalar: an array is a TypeError that says so, never an odd result."""
    v = Value(1.0)
    for use in (lambda: maximum(v, np.array([1.0, 2.0])), lambda: maximum(np.array([1.0, 2.0]), v)):
        with pytest.raises(TypeError, match=r"numbers and Values.*numpy\.vectorize"):
            use()
    for use in (
        lambda: v.maximum(np.array([1.0, 2.0])),
        lambda: v.minimum(np.array([1.0, 2.0])),
        lambda: v.leaky_relu(np.array([0.1, 0.2])),
        lambda: OPS["exp"](np.array([1.0, 2.0])),
        lambda: maximum(np.array([1.0, 2.0]), 1.0),
    ):
        with pytest.raises(TypeError, match="array"):
            use()


def test_data_is_no_array():
    """An array with dimensions is no number for a node's data; one without is."""
    with pytest.raises(TypeError, match="got ndarray"):
        Value(np.array([1.0]))
    assert Value(np.array(1.5)).data == 1.5
    with pytest.raises(TypeError, match="got ndarray"):
        Value(1.0).data = np.array([1.0, 2.0])


@pytest.mark.parametrize(
    "ufunc", [np.square, np.reciprocal, np.cbrt, np.sign, np.isnan, np.arctan2, np.hypot, np.fmax, np.modf]
)
def test_unsupported_functions(ufunc):
    """A NumPy function that the table has no row for is a TypeError that names it and says what there is."""
    args = [Value(1.0)] * ufunc.nin
    with pytest.raises(
        TypeError, match=rf"numpy\.{ufunc.__name__} .*does not work on Values; available: .*exp.*v\.data"
    ):
        ufunc(*args)


def test_unsupported_ways_of_calling():
    """Options and methods of NumPy functions are TypeErrors that name them."""
    v = Value(1.0)
    with pytest.raises(TypeError, match=r"numpy\.add with options out"):
        np.add(np.array([1.0]), v, out=np.array([0.0]))
    with pytest.raises(TypeError, match=r"numpy\.add with options out, where"):
        np.add(np.array([v]), v, out=np.array([v]), where=True)
    with pytest.raises(TypeError, match=r"numpy\.add with options out"):
        np.add(v, 1.0, out=v)
    with pytest.raises(TypeError, match=r"numpy\.exp with options where"):
        np.exp(v, where=True)
    for method in ("reduce", "accumulate"):
        with pytest.raises(TypeError, match=rf"numpy\.add\.{method}"):
            getattr(np.add, method)(v)
    with pytest.raises(TypeError, match=r"numpy\.multiply\.outer"):
        np.multiply.outer(v, [1.0, 2.0])
    with pytest.raises(TypeError, match=r"numpy\.matmul"):
        np.array([1.0, 2.0]) @ v


def test_wrong_types_in_functions():
    """Text and complex numbers in NumPy functions with a node are TypeErrors that name them."""
    for bad in ("1.0", 1j, None):
        with pytest.raises(TypeError, match=type(bad).__name__):
            np.add(Value(1.0), bad)


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne])
def test_comparisons(compare):
    """Comparisons with scalars give a bool, with arrays an array of bools that can index, on either side."""
    v = Value(2.0)
    assert compare(np.float64(1.0), v) == compare(1.0, 2.0)
    assert compare(v, np.float64(1.0)) == compare(2.0, 1.0)
    assert compare(np.longdouble(1.0), v) == compare(1.0, 2.0)
    assert compare(v, np.longdouble(1.0)) == compare(2.0, 1.0)
    assert compare(np.array([1, 2, 3], np.longdouble), v).tolist() == [compare(x, 2.0) for x in (1.0, 2.0, 3.0)]
    array = np.array([1.0, 2.0, 3.0])
    for mask, expected in ((compare(array, v), compare(array, 2.0)), (compare(v, array), compare(2.0, array))):
        assert mask.tolist() == expected.tolist()
        assert mask.dtype == bool
        assert array[mask].tolist() == array[expected].tolist()


def test_float_arrays_of_nodes():
    """Turning nodes into an array of floats raises with the remedy; it would lose the gradients."""
    with pytest.raises(TypeError, match=r"v\.data"):
        np.array([Value(1.0)], dtype=float)
    with pytest.raises(TypeError, match=r"v\.data"):
        np.zeros(2)[0] = Value(1.0)
    with pytest.raises(TypeError, match=r"v\.data"):
        np.array([Value(1.0)]).astype(float)
    with pytest.raises(TypeError, match=r"v\.data"):
        np.float64(Value(1.0))
    assert np.array([Value(1.0)]).dtype == object
    assert np.asarray(Value(1.0)).dtype == object
