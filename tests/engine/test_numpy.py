"""Nodes beside NumPy: scalars, arrays, functions, broadcasting, and errors instead of lost gradients."""

import functools
import math
import operator

import numpy as np
import pytest

from autograd_lite import Value, leaky_relu, maximum, relu, sigmoid
from autograd_lite.engine.ops import OPS
from autograd_lite.nn import Network
from autograd_lite.testing import check_gradient
from autograd_lite.train import data_loss

OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod, operator.floordiv]
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
def test_an_array_gives_an_array_of_nodes(operate):
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


def test_functions_of_the_package_take_arrays():
    """The package's functions work element by element, on arrays and lists, of nodes and of numbers."""
    nodes = np.array([[Value(-1.0), Value(2.0)], [Value(0.5), Value(-0.5)]])
    y = relu(nodes)
    assert (y.shape, numbers(y)) == ((2, 2), [[0.0, 2.0], [0.5, 0.0]])
    assert all(node.op is OPS["relu"] for node in y.flat)
    floats = sigmoid(np.array([0, 1]))
    assert (floats.dtype, floats.tolist()) == (float, [sigmoid(0), sigmoid(1)])
    v, w = Value(1.0), Value(3.0)
    first, (second, third) = relu([v, [w, -2]])
    assert (first.data, first.parents, second.data, second.parents, third) == (1.0, (v,), 3.0, (w,), 0.0)
    for y in (maximum(v, np.array([1.0, 2.0])), maximum(np.array([1.0, 2.0]), v), v.maximum(np.array([1.0, 2.0]))):
        assert numbers(y) == [1.0, 2.0]
        assert [node.op for node in y] == [OPS["maximum"]] * 2
    assert [y.args for y in maximum([v, w], 2)] == [(v, 2.0), (w, 2.0)]
    assert [y.args for y in maximum([v, w], (w, v))] == [(v, w), (w, v)]
    assert maximum([1.0, 2.0], np.array([2.0, 1.0])).tolist() == [2.0, 2.0]
    assert leaky_relu(np.array([-1.0])).tolist() == [-0.01]
    assert relu([]) == []
    with pytest.raises(ValueError, match="lists of 2 and 1 elements do not go together"):
        maximum([v, w], [1.0])
    with pytest.raises(TypeError, match=r"got str '1\.5'"):
        relu(["1.5"])


def test_a_tie_in_an_array():
    """`maximum` of an array of nodes splits the slope at a tie and shows a NaN; NumPy's compares and picks one."""
    nodes = np.array([Value(0.0), Value(math.nan), Value(2.0)])
    y = maximum(nodes, 0)
    y[0].backward()
    assert nodes[0].grad == 0.5
    assert math.isnan(y[1].data)
    assert np.maximum(nodes, Value(0.0))[0].op is OPS["maximum"]
    assert np.maximum(nodes[::2], 0)[0] is nodes[0]


MASKED = np.ma.array([1.0, 2.0, 4.0], mask=[False, True, False])


@operators
def test_masked_arrays(operate):
    """A masked array with a node gives a masked array of nodes, with their gradients, or it raises."""
    for flipped in (False, True):
        v = Value(3.0)
        try:
            y = operate(v, MASKED) if flipped else operate(MASKED, v)
        except TypeError:
            # Of quotients and powers numpy.ma asks whether they are finite, which NumPy asks of no object.
            assert operate not in {operator.add, operator.sub, operator.mul}
            continue
        assert y.mask.tolist() == [False, True, False]
        assert numbers(y.compressed()) == [operate(3.0, x) if flipped else operate(x, 3.0) for x in (1.0, 4.0)]
        total = y.sum()
        total.backward()
        assert v.grad == sum(grad_of(operate, x, flipped=flipped) for x in (1.0, 4.0))
    floats = MASKED.copy()
    with pytest.raises(TypeError):
        floats *= Value(2.0)


def grad_of(operate, x, *, flipped):
    """The gradient along a node of 3.0 beside a number."""
    v = Value(3.0)
    (operate(v, x) if flipped else operate(x, v)).backward()
    return v.grad


def test_functions_of_masked_arrays():
    """Functions of numpy.ma make nodes of a node, or raise."""
    v = Value(3.0)
    assert np.ma.multiply(MASKED, v)[0].args == (1.0, v)
    assert (MASKED * v).mean().data == 7.5
    assert np.ma.where(MASKED > 1, MASKED * v, v)[2].data == 12.0
    for raises in (np.ma.sqrt, np.ma.log):
        with pytest.raises(TypeError):
            raises(v)
    assert (v > MASKED).tolist() == [True, None, False]


def test_data_is_no_array():
    """An array with dimensions is no number for a node's data; one without is."""
    with pytest.raises(TypeError, match="got ndarray"):
        Value(np.array([1.0]))
    assert Value(np.array(1.5)).data == 1.5
    with pytest.raises(TypeError, match="got ndarray"):
        Value(1.0).data = np.array([1.0, 2.0])


ALL_UFUNCS = {f.__name__: f for name in dir(np) if isinstance(f := getattr(np, name), np.ufunc)}
POINT = (0.75, -0.4), (0.3, 0.6)  # of the first argument, and of the second
INTEGERS = {"gcd", "lcm", "bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift", "invert", "isnat"}


POSITIVE = {"sqrt", "log", "log2", "log10", "power"}
MATRICES = {"matvec", "vecmat"}


def outcome(function, numbers_of, *, wrap):
    """Values and gradients of the sum of what NumPy's function makes of nodes; None if it raises what may be raised."""
    leaves = [[Value(x) for x in numbers] for numbers in numbers_of]
    try:
        recorded = function(*map(wrap, leaves))
    except (TypeError, AttributeError) as error:
        message = str(error)
        assert (
            "Value" in message or "does not work" in message or "not supported" in message or "no attribute" in message
        ), message
        return None
    each = [
        y
        for result in (recorded if isinstance(recorded, tuple) else (recorded,))
        for y in np.ravel(np.array(result, object))
    ]
    for y in each:
        if isinstance(y, Value):
            y.backward()
    return [y.data if isinstance(y, Value) else y for y in each], [[x.grad for x in row] for row in leaves]


def expected_outcome(function, numbers_of):
    """The same from NumPy's function of floats, and differences of it."""

    def total(*arrays):
        with np.errstate(all="ignore"):
            recorded = function(*arrays)
        return [np.asarray(result, float) for result in (recorded if isinstance(recorded, tuple) else (recorded,))]

    arrays = [np.array(numbers) for numbers in numbers_of]
    gradients = []
    for k, array in enumerate(arrays):
        gradients.append([])
        for i in range(len(array)):
            ends = [[*arrays] for _ in range(2)]
            for end, h in zip(ends, (1e-6, -1e-6), strict=True):
                end[k] = array + h * (np.arange(len(array)) == i)
            up, down = (sum(y.sum() for y in total(*end)) for end in ends)
            gradients[-1].append((up - down) / 2e-6)
    return [x for y in total(*arrays) for x in y.ravel()], gradients


@pytest.mark.parametrize("wrap", [np.array, lambda nodes: nodes[0]], ids=["array", "node"])
@pytest.mark.parametrize("name", sorted(ALL_UFUNCS.keys() - MATRICES))
def test_every_ufunc(name, wrap):
    """Every function of NumPy gives nodes the value and the gradient that it has for floats, or it raises."""
    function = ALL_UFUNCS[name]
    if name in INTEGERS:
        with pytest.raises(TypeError):
            function(*[wrap([Value(1.0), Value(2.0)])] * function.nin)
        return
    one = wrap is not np.array
    for signs in ((1.0, 1.0), (-1.0, 1.0), (1.0, -1.0)):
        point = [[abs(x) if name in POSITIVE else sign * x for x in row]
                 for sign, row in zip(signs, POINT[: function.nin], strict=False)]  # fmt: skip
        point = [row[:1] for row in point] if one else point
        got = outcome(function, point, wrap=wrap)
        if got is None:
            assert name not in SUPPORTED
            continue
        values, gradients = expected_outcome(function, point)
        assert got[0] == pytest.approx(values, rel=1e-14, nan_ok=True)
        for row, wanted in zip(got[1], gradients, strict=True):
            assert row == pytest.approx(wanted, rel=1e-6, abs=1e-8, nan_ok=True)


SUPPORTED = {
    *(UFUNCS[name].__name__ for name in UFUNCS),
    *("square", "reciprocal", "positive", "conjugate", "sign", "fabs", "exp2", "log2", "log10", "remainder"),
    *("floor_divide", "deg2rad", "rad2deg", "radians", "degrees"),
}


@pytest.mark.parametrize("name", sorted(SUPPORTED))
def test_which_ufuncs_work(name):
    """These functions work, of a node and of an array of nodes."""
    function = ALL_UFUNCS[name]
    assert isinstance(function(*[Value(0.5)] * function.nin), Value)
    assert np.ravel(function(*[np.array([Value(0.5)])] * function.nin)).shape == (1,)


def test_divmod_of_arrays():
    """Divmod of a node and an array gives two arrays, on either side."""
    v, array = Value(7.5), np.array([2.0, 4.0])
    for quotient, rest in (divmod(v, array), np.divmod(v, array)):
        assert (numbers(quotient), numbers(rest)) == ([3.0, 1.0], [1.5, 3.5])
    quotient, rest = divmod(array, v)
    assert (numbers(quotient), numbers(rest)) == ([0.0, 0.0], [2.0, 4.0])
    assert [y.data for y in divmod(np.float64(8.0), v)] == [1.0, 0.5]


@pytest.mark.parametrize(
    ("function", "instead"),
    [
        (np.cbrt, r"use x \*\* \(1/3\)"),
        (np.isnan, r"math\.isnan\(v\.data\)"),
        (np.arctan2, "atan"),
        (np.hypot, "sqrt"),
        (np.fmax, "maximum"),
        (np.modf, "divmod"),
        (np.floor, "x // 1"),
        (np.spacing, "there are .*exp.*v\\.data"),
    ],
)
def test_what_to_use_instead(function, instead):
    """A NumPy function that does not work on nodes is a TypeError that names it and says what to use."""
    with pytest.raises(TypeError, match=rf"numpy\.{function.__name__} does not work on Values; .*{instead}"):
        function(*[Value(1.0)] * function.nin)
    if function in {np.cbrt, np.arctan2, np.hypot}:  # of an array NumPy asks its elements
        with pytest.raises(TypeError, match=rf"numpy\.{function.__name__} does not work on Values; .*{instead}"):
            function(*[np.array([Value(1.0)])] * function.nin)


@pytest.mark.parametrize("function", [np.floor, np.ceil, np.trunc, np.round, math.floor, math.ceil, math.trunc, round])
def test_rounding(function):
    """What rounds raises, for a node and an array of them, and says what to use."""
    with pytest.raises(TypeError, match=r"v // 1|x // 1|-\(-x // 1\)|v\.data"):
        function(Value(1.5))
    if function in {np.floor, np.ceil, np.trunc}:
        with pytest.raises(TypeError, match="v // 1"):
            function(np.array([Value(1.5)]))


def weighted(x):
    """The sum of an array of any shape, each element with another weight."""
    flat = np.ravel(x)
    return np.sum(flat * (1.0 + np.arange(flat.size)))


FUNCTIONS = {
    "sum": np.sum, "mean": np.mean, "var": np.var, "std": np.std, "prod": np.prod, "cumsum": np.cumsum,
    "cumprod": np.cumprod, "diff": np.diff, "dot": lambda x: np.dot(x, x), "matmul": lambda x: x.reshape(2, 2) @ x[:2],
    "einsum": lambda x: np.einsum("ij,jk->ik", x.reshape(2, 2), x.reshape(2, 2)), "norm": np.linalg.norm,
    "inner": lambda x: np.inner(x, x[::-1]), "outer": lambda x: np.outer(x, x), "vdot": lambda x: np.vdot(x, x),
    "where": lambda x: np.where(x > 0.5, x * x, -x), "clip": lambda x: np.clip(x, 0.3, 0.6),
    "max": np.max, "min": np.min, "sort": np.sort, "average": lambda x: np.average(x, weights=[1.0, 2.0, 3.0, 4.0]),
    "polyval": lambda x: np.polyval([1.0, 2.0, 3.0], x), "trace": lambda x: np.trace(x.reshape(2, 2)),
    "ptp": np.ptp, "kron": lambda x: np.kron(x, x[:2]), "cross": lambda x: np.cross(x[:3], x[1:]),
    "convolve": lambda x: np.convolve(x, x), "ravel": np.ravel, "concatenate": lambda x: np.concatenate([x, x]),
    "tensordot": lambda x: np.tensordot(x, x, 1), "var of an axis": lambda x: np.var(x.reshape(2, 2), axis=0),
    "maximum of the package": lambda x: maximum(x, 0.5), "abs": np.abs, "power": lambda x: x**2.5,
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_arrays(name):
    """Reductions and other functions of an array of nodes have the value that they have of floats, and its gradient."""
    at = [0.75, 0.25, 0.45, 0.55]

    def on_floats(*point):
        if name == "maximum of the package":
            return weighted(np.maximum(np.array(point), 0.5))
        return weighted(FUNCTIONS[name](np.array(point)))

    leaves = [Value(x) for x in at]
    y = weighted(FUNCTIONS[name](np.array(leaves)))
    y.backward()
    assert y.data == pytest.approx(on_floats(*at), rel=1e-14)
    assert check_gradient(on_floats, at, gradient=[x.grad for x in leaves])


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
