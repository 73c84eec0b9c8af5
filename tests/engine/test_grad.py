"""Gradients as graphs: the same floats as backward(), no litter, any order; Jacobians, Hessians and their products."""

import copy
import itertools
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import ROWS, at_kink, build, programs

from autograd_lite import (
    StaleGraphError,
    Value,
    compare,
    exp,
    formula,
    grad,
    hessian,
    hvp,
    jacobian,
    maximum,
    step,
    topological,
    value_and_grad,
    xlogy,
)
from autograd_lite.engine.derivatives import Gradient
from autograd_lite.engine.ops import OPS
from autograd_lite.losses import binary_cross_entropy, half_squared_error
from autograd_lite.nn import Network
from autograd_lite.testing import graphs
from autograd_lite.testing.oracle import SLOPES, judge, mp, tape, value


def same(a, b):
    """Whether two floats are the same number, NaN included; zeros of either sign are."""
    return a == b or (math.isnan(a) and math.isnan(b))


def new_nodes(result, y):
    """The nodes that a derivative has added to the graph of `y`."""
    known = set(topological(y))
    return [node for node in topological(result) if node not in known]


# --- first derivatives ---------------------------------------------------------------------------------------------


@pytest.mark.thorough
@given(programs())
def test_same_floats_as_backward(steps):
    """grad() gives, for every node at once, the floats that backward() gives, to the last bit."""
    nodes = build(steps)
    nodes[-1].backward()
    for node, slope in zip(nodes, grad(nodes[-1], nodes), strict=True):
        assert same(slope.data, node.grad)


@given(graphs(size=6, ops=["add", "sub", "mul", "exp", "tanh"]))
def test_second_derivatives_of_nodes_are_those_of_numbers(graph):
    """Hessians and their products are the same floats whether numbers come in or nodes, leaves or results."""
    point = list(graph.at.values())
    inputs = [Value(x) for x in point], [0.5 * Value(2.0 * x) for x in point]
    numbers = [[x.data for x in nodes] for nodes in inputs]
    for nodes, plain in zip(inputs, numbers, strict=True):
        listed = hessian(lambda xs: graph(*xs))
        for row, due in zip(listed(nodes), listed(plain), strict=True):
            assert all(same(a.data, b) for a, b in zip(row, due, strict=True))
        product = hvp(lambda xs: graph(*xs), [1.5] * len(point))
        assert all(same(a.data, b) for a, b in zip(product(nodes), product(plain), strict=True))


@pytest.mark.thorough
@given(graphs(size=6, ops=["add", "sub", "mul", "exp", "tanh"]), st.data())
def test_second_derivatives_along_any_node(graph, data):
    """The derivative of a derivative along a result in the middle is that along a leaf in its place."""
    root, _, nodes = graph.build()
    k = data.draw(st.integers(len(graph.leaves), len(nodes) - 1))
    cut = [Value(leaf.data) for leaf in graph.leaves]
    for n, line in enumerate(graph.lines, len(cut)):
        copy = line.op(*(x if isinstance(x, float) else cut[x] for x in line.args))
        cut.append(Value(copy.data) if n == k else copy)
    before = set(topological(nodes[k]))
    for x, instead in zip(nodes, cut, strict=True):
        if x not in before:
            second = grad(grad(root, x), nodes[k]).data, grad(grad(cut[-1], instead), cut[k]).data
            assert same(*second)
            second = grad(grad(root, nodes[k]), x).data, grad(grad(cut[-1], cut[k]), instead).data
            assert same(*second)


def test_a_derivative_that_is_another_node():
    """Where the derivative is a result of the graph, or a derivative already, it is made from that."""
    x = Value(3.0, "x")
    h = x * 2.0
    h.label = "h"
    w = Value(4.0, "w")
    y = w * h
    y.label = "y"
    g = grad(y, w)
    assert grad(g, h).data == 1.0 == grad(grad(y, h), w).data
    assert formula(g) == "∂y/∂w = h"
    (g * g).backward()
    assert (h.grad, x.grad) == (12.0, 24.0)
    assert grad(grad(z := exp(x), x), z).data == 1.0
    slope = grad(3.0 * x, x)
    d = grad(slope * w, w)
    assert grad(d, slope).data == 1.0
    slope.data = 5.0
    with pytest.raises(StaleGraphError):
        (d * w).backward()
    a = h + 1.0
    of_h, of_a = grad(exp(a), [h, a])
    assert grad(of_h, of_a).data == 1.0
    assert hessian(lambda a, b: a * b)(Value(2.0), 3.0)[1][0].data == 1.0


@given(programs(), st.data())
def test_one_node_at_a_time(steps, data):
    """The gradient along one node alone is that of the list: nodes off its paths play no part."""
    nodes = build(steps)
    k = data.draw(st.integers(0, len(nodes) - 1))
    assert same(grad(nodes[-1], nodes[k]).data, grad(nodes[-1], nodes)[k].data)


EXTREME = st.sampled_from([0.0, -0.0, 1.0, -2.5, math.inf, -math.inf, math.nan, 5e-324, 1e308])


@given(EXTREME, EXTREME, EXTREME)
def test_infinities_and_nan_are_not_lost(a, b, c):
    """Dropping what is multiplied by 0 or 1 never hides an infinity or NaN that backward() shows."""
    for function in (
        lambda x, y, z: step(x * y) * z,
        lambda x, y, z: (x * 0.0 + y).exp() * z,
        lambda x, y, z: (x - x) * y / z,
        lambda x, y, z: x.relu() * y - compare(x, z),
        lambda x, y, z: step(x.log()) + y * z * 0.0,
        lambda x, y, z: maximum(x, y) * (z - y) * 1.0,
        lambda x, y, z: (x * y).relu().sigmoid() ** 2.0 * z,
    ):
        inputs = [Value(a), Value(b), Value(c)]
        result = function(*inputs)
        result.backward()
        for node, slope in zip(inputs, grad(result, inputs), strict=True):
            assert same(slope.data, node.grad)


SPREAD = [1.0, 2.0, 3.0, 0.5, 750.0, 1e-200, 5e-324, 1e308]
SPREAD = [0.0, -0.0, *SPREAD, *(-x for x in SPREAD), 2.5, math.inf, -math.inf, math.nan]


@pytest.mark.parametrize("row", ROWS.values(), ids=str)
def test_same_floats_at_every_corner(row):
    """grad() gives the floats of backward() wherever a number may lie, and so does the derivative of a derivative."""
    for point in itertools.product(SPREAD, repeat=row.arity):
        nodes = [Value(x) for x in point]
        given = [(nodes, nodes)]
        if row.arity == 2:
            given += [([nodes[0]], (nodes[0], point[1])), ([nodes[1]], (point[0], nodes[1]))]
        for inputs, args in given:
            y = row(*args)
            for function in (y, *grad(y, inputs)):
                for node in inputs:
                    node.grad = None
                function.backward()
                for node, slope in zip(inputs, grad(function, inputs), strict=True):
                    assert same(slope.data, node.grad), (point, len(inputs))


def test_nan_stays_in_higher_derivatives():
    """Outside a domain no derivative of any order is a finite number; a slope that is a NaN itself is left as it is."""
    x, b = Value(-2.0), Value(-1e308)
    for slope in (grad(x**1e-200, x), grad(xlogy(2.0, x), x), grad(x**b, b)):
        second = grad(slope, x)
        assert all(math.isnan(y.data) for y in (slope, second, grad(second, x)))
    w = Value(3.0)
    assert math.isnan(grad(grad(w * xlogy(2.0, x), x), w).data)
    nan = Value(math.nan)
    assert grad(w * nan, w) is nan


def test_a_formula_beside_nan():
    """Outside a domain a slope is written as everywhere else; a slope that is a number is the NaN that it is there."""
    x = Value(-2.0, "x")
    assert formula(grad(xlogy(2.0, x), x)) == "2 / x"
    x.data = math.nan
    assert formula(grad(step(x), x)) == "nan"


def test_a_network_agrees_with_backward():
    """All gradients of a network and of the nodes inside are those of backward(), also with the exact zeros of relu."""
    for activation, loss in (("sigmoid", binary_cross_entropy), ("relu", half_squared_error)):
        net = Network([3, 4, 4, 2], activation=[activation, activation, "sigmoid"], seed=3)
        total = loss(net([0.05, -0.1, 0.3]), [0.01, 0.99])
        total.backward()
        nodes = topological(total)
        assert [g.data for g in grad(total, nodes)] == [node.grad for node in nodes]


def test_shares_the_forward_nodes():
    """The derivative is made of the nodes of the graph themselves, and leaves their gradients alone."""
    x, w = Value(2.0, "x"), Value(3.0, "w")
    y = (w * x).exp()
    slope = grad(y, w)
    assert {x, w, y} <= set(topological(slope))
    assert not any(node.has_grad for node in topological(slope))


# --- litter --------------------------------------------------------------------------------------------------------


def test_gradients_asked_for_together_share_nodes():
    """Of several derivatives, one that lies on the way to another is part of it, under its own name."""
    x, w = Value(2.0, "x"), Value(3.0, "w")
    a = (w * x).exp()
    a.label = "a"
    y = a * a
    y.label = "y"
    along_a, along_w = grad(y, [a, w])
    assert (along_a.label, along_w.label) == ("∂y/∂a", "∂y/∂w")
    assert any(node is along_a for node in topological(along_w))


def test_a_gradient_that_is_a_leaf_has_its_own_name():
    """Between labelled nodes the derivative of x*y along x is y under the name ∂z/∂x, in formulas and drawings."""
    x, y = Value(2.0, "x"), Value(3.0, "y")
    z = x * y
    z.label = "z"
    slope = grad(z, x)
    assert (slope.data, slope.label, y.label) == (3.0, "∂z/∂x", "y")
    assert formula(slope) == "∂z/∂x = y"
    assert grad(slope, y).data == 1.0


def test_no_litter():
    """No node multiplies by 1, adds 0 or multiplies by a slope that is 0 everywhere; -1 becomes a minus sign."""
    x, w = Value(2.0, "x"), Value(3.0, "w")
    assert grad(w * x, w) is x
    assert grad(w * x + 5.0, w) is x
    assert new_nodes(grad(w * x - w, w), w * x - w) != []
    for y, ops in (
        (-(w * x), ["neg"]),
        (1.0 - w * x, ["neg"]),
        (3.0 * w, [None]),
        ((w * x).exp() + step(w) + w * 0.0, ["mul"]),
        (w * w, ["add"]),
    ):
        assert [node.op and node.op.name for node in new_nodes(grad(y, w), y)] == ops


def test_only_paths_to_the_node():
    """A derivative along one weight has no trace of branches that the weight is not in."""
    w, q = Value(2.0, "w"), Value(3.0, "q")
    branch = q.exp().sin()
    assert branch not in set(topological(grad(w * w + branch, w)))


def test_zero():
    """A node that the result was not made from, or only through a flat operation, has the derivative 0, a leaf."""
    x, other = Value(2.0, "x"), Value(1.0, "z")
    for slope in (grad(x * x, other), grad(step(x), x), grad(x - x, x), grad(Value(1.0), x)):
        assert (slope.data, slope.op) == (0.0, None)


def test_of_itself():
    """The derivative of a node along itself is 1, also of a leaf."""
    x = Value(2.0)
    y = x.exp()
    assert [grad(x, x).data, grad(y, y).data] == [1.0, 1.0]
    assert [g.data for g in grad(y, [y, x])] == [1.0, y.data]


# --- what is asked for, and how it is called -----------------------------------------------------------------------


def test_labels_stand_for_nodes():
    """A node may be given by its label; a list of nodes, in any order and with repeats, gives a list."""
    x, w = Value(2.0, "x"), Value(3.0, "w")
    y = w * x * x
    assert grad(y, "w").data == 4.0
    assert [g.data for g in grad(y, ["x", w, "x"])] == [12.0, 4.0, 12.0]
    assert grad(y, []) == []
    assert [g.data for g in grad(y, (w,))] == [4.0]


def test_a_derivative_is_called_what_it_is():
    """A derivative is labelled with what it is, also a second one; it has no label where y or x has none."""
    x, w = Value(2.0, "x"), Value(3.0, "w")
    y = (w * x).exp()
    assert grad(y, x).label == ""
    y.label = "y"
    first = grad(y, w)
    assert first.label == "∂y/∂w"
    assert grad(first, w).label == "∂²y/∂w²"
    assert grad(first, x).label == "∂²y/∂x∂w"
    assert grad(grad(first, w), w).label == "∂³y/∂w³"
    assert y.label == "y"
    first.label = "slope"
    assert grad(first, w).label == "∂slope/∂w"


def test_a_derivative_is_a_node_like_others():
    """What is made of a derivative is a plain node; copies and pickles of it know what it is the derivative of."""
    x = Value(2.0, "x")
    y = x.exp() * x
    y.label = "y"
    slope = grad(y, x)
    assert isinstance(slope, Gradient)
    for twin in (copy.copy(slope), copy.deepcopy(slope), pickle.loads(pickle.dumps(slope))):
        assert (type(twin), twin.data, twin.label) == (Gradient, slope.data, "∂y/∂x")
        assert (twin.of.label, twin.wrt.label, formula(twin)) == ("y", "x", formula(slope))
    twin, of, wrt, leaf = pickle.loads(pickle.dumps([grad(x * 3.0 * y, y), y, x, x]))
    assert (twin.of.args[0].args[0], twin.wrt, leaf) == (wrt, of, wrt)
    assert type(slope * 2.0) is Value
    slope.backward()
    assert x.grad == grad(slope, x).data


def test_errors():
    """What is no node, an unknown or ambiguous label, a stale graph: errors that say what is valid."""
    x, w = Value(2.0, "x"), Value(3.0, "weight")
    y = x * w
    with pytest.raises(TypeError, match=r"grad\(\) differentiates a node \(Value\), got float"):
        grad(3.0, x)
    with pytest.raises(TypeError, match="got int"):
        grad(y, 3)
    with pytest.raises(TypeError, match="got float"):
        grad(y, [x, 1.0])
    with pytest.raises(ValueError, match="no node of the graph has the label 'weigth'; did you mean 'weight'"):
        grad(y, "weigth")
    with pytest.raises(ValueError, match="there are weight, x"):
        grad(y, "")
    with pytest.raises(ValueError, match="2 nodes of the graph have the label 'x'"):
        grad(y * Value(1.0, "x"), "x")
    x.data = 5.0
    with pytest.raises(StaleGraphError, match="'x' was changed"):
        grad(y, w)


def test_deep_graphs():
    """A chain of 100,000 operations is differentiated, and differentiated again, without recursion."""
    x = Value(0.5)
    y = x
    for _ in range(100_000):
        y = y * 1.00001 + 0.0
    slope = grad(y, x)
    y.backward()
    assert slope.data == x.grad
    assert grad(slope, x).data == 0.0
    y = x
    for _ in range(20_000):
        y = y.sin()
    assert math.isfinite(grad(grad(y, x), x).data)


# --- higher derivatives, judged in 50 digits -----------------------------------------------------------------------


CALM = st.floats(0.15, 0.85)  # inside every domain, away from kinks at 0


def check_orders(op, point, signs):
    """Second and third derivatives along every choice of arguments, against mpmath."""
    point = [sign * x for sign, x in zip(signs, point, strict=False)]
    nodes = [Value(x) for x in point]
    flow = [(op(*nodes), ())]
    for order in (1, 2, 3):
        flow = [(grad(y, x), (*along, k)) for y, along in flow for k, x in enumerate(nodes) if along[-1:] <= (k,)]
        for slope, along in flow:
            counts = tuple(along.count(k) for k in range(len(nodes)))
            with mp.workdps(50):
                true = mp.diff(lambda *at: value(op.name, *at), tuple(map(mp.mpf, point)), counts)
            # Slopes of order n are sums of a few terms, each a product of a few factors of order 1 to n! / 0.15^n.
            scale = math.factorial(order) / min(map(abs, [1.0, *point])) ** order
            assert abs(slope.data - true) <= 1e-13 * (abs(true) + scale), (op.name, point, along)


@pytest.mark.parametrize("name", ROWS)
@given(st.tuples(CALM, CALM), st.tuples(*[st.sampled_from([1.0, -1.0])] * 2))
def test_second_and_third_derivatives_of_every_row(name, point, signs):
    """Every row of the table is right to the third derivative, mixed ones included, as mpmath sees it."""
    op = ROWS[name]
    point = point[: op.arity]
    signs = [s if low < -0.85 else 1.0 for s, (low, _) in zip(signs, op.domain, strict=False)]
    if len(point) == 2 and abs(signs[0] * point[0] - signs[1] * point[1]) < 0.1:
        point = (point[0], point[1] / 2.0 if point[1] > 0.4 else point[1] + 0.4)  # away from kinks at a = b
    if len(point) == 2 and abs(signs[0] * point[0] - signs[1] * point[1]) < 0.05:
        point = (point[0], point[1] * 0.7)
    if at_kink(op, [sign * x for sign, x in zip(signs, point, strict=False)], 0.01):
        point = (0.7, 0.3)
    check_orders(op, point, signs)


@pytest.mark.thorough
@given(programs(most=5), st.data())
def test_second_derivatives_of_random_graphs(steps, data):
    """Entries of the Hessian of a random calculation are what mpmath's differences give, up to rounding."""
    nodes = build(steps)
    at = [k for k, step_ in enumerate(steps) if step_.name == "leaf"]
    i, j = data.draw(st.sampled_from(at)), data.draw(st.sampled_from(at))
    first = grad(nodes[-1], nodes[i])
    got = grad(first, nodes[j]).data

    def f(*point):
        values, inputs = [], iter(point)
        for line in steps:
            args = (mp.mpf(x) if isinstance(x, float) else values[x] for x in line.args)
            values.append(next(inputs) if line.name == "leaf" else value(line.name, *args))
        return values[-1]

    point = tuple(mp.mpf(steps[k].args[0]) for k in at)
    counts = tuple((k == i) + (k == j) for k in at)
    with mp.workdps(60):
        true = mp.diff(f, point, counts, h=mp.mpf(10) ** -15)
    # The graph of the first derivative is a calculation like any other: its judge bounds the rounding of the second.
    judged, line = judge_graph(first)
    bound = judged.gradient_errors[line[id(nodes[j])]] if id(nodes[j]) in line else 0
    assert abs(got - true) <= bound + abs(true) * mp.mpf(10) ** -9 + mp.mpf(10) ** -9


def judge_graph(root):
    steps, line = tape(root)
    return judge(steps), line


def test_hand_derived_higher_orders():
    """Derivatives that everybody knows: of x⁵ to the sixth order, and of sin to the eighth."""
    x = Value(1.5)
    y = x**5
    for expected in (5 * 1.5**4, 20 * 1.5**3, 60 * 1.5**2, 120 * 1.5, 120.0, 0.0):
        y = grad(y, x)
        assert y.data == pytest.approx(expected, rel=1e-15)
    y = x.sin()
    for expected in [math.cos(1.5), -math.sin(1.5), -math.cos(1.5), math.sin(1.5)] * 2:
        y = grad(y, x)
        assert y.data == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("at", [0.0, -0.0, 1e-200, -2.0, 3.0])
def test_every_derivative_of_a_polynomial(at):
    """Whole powers can be differentiated until nothing is left of them, and beyond, also at 0."""
    x = Value(at)
    for n in range(9):
        y = x**n
        for order in range(1, 9):
            y = grad(y, x)
            true = math.perm(n, order) * Fraction(at) ** (n - order) if n >= order else 0
            assert y.data == pytest.approx(float(true), rel=1e-14, abs=0.0), (n, order)
    y = sum(c * x**k for k, c in enumerate([1.0, 2.0, 3.0, 4.0]))
    for _ in range(3):
        y = grad(y, x)
    assert y.data == 24.0


def test_accurate_in_the_tails():
    """Second derivatives use the accurate slopes: that of the sigmoid at 40 is -4.248e-18, not 0."""
    x = Value(40.0)
    second = grad(grad(x.sigmoid(), x), x).data
    with mp.workdps(50):
        true = mp.diff(lambda t: 1 / (1 + mp.exp(-t)), 40, 2)
    assert second == pytest.approx(float(true), rel=1e-14)


# --- functions of numbers ------------------------------------------------------------------------------------------


def f(x, y):
    return x * x * y + y


def test_value_and_grad():
    """Numbers in, floats out: one for one argument, a list for several or for a list."""
    assert value_and_grad(lambda x: x**3)(2.0) == (8.0, 12.0)
    assert value_and_grad(f)(3, 2) == (20.0, [12.0, 10.0])
    assert value_and_grad(lambda v: f(*v))([3, 2]) == (20.0, [12.0, 10.0])
    assert value_and_grad(lambda v: v[0] ** 2)([3]) == (9.0, [6.0])
    assert value_and_grad(lambda x: 7)(2.0) == (7.0, 0.0)


def test_jacobian():
    """A row for each result, an entry for each argument; a single number in place of a list leaves that level out."""
    assert jacobian(lambda x, y: [x * y, x - y, 3.0])(2.0, 5.0) == [[5.0, 2.0], [1.0, -1.0], [0.0, 0.0]]
    assert jacobian(lambda v: [v[0] * v[1]])([2.0, 5.0]) == [[5.0, 2.0]]
    assert jacobian(lambda x: (x, x * x))(3.0) == [1.0, 6.0]
    assert jacobian(f)(3, 2) == [12.0, 10.0]


def test_hessian():
    """The Hessian is that of the function, row by row; one number for a function of one."""
    assert hessian(f)(3.0, 2.0) == [[4.0, 6.0], [6.0, 0.0]]
    assert hessian(lambda v: f(*v))([3.0, 2.0]) == [[4.0, 6.0], [6.0, 0.0]]
    assert hessian(lambda x: x**3)(2.0) == 12.0
    assert hessian(lambda x, y: 3 * x - y)(1.0, 1.0) == [[0.0, 0.0], [0.0, 0.0]]


@given(st.lists(st.floats(-2, 2), min_size=3, max_size=3), st.lists(st.floats(-2, 2), min_size=3, max_size=3))
def test_hessian_times_a_direction(point, direction):
    """The product hvp is the Hessian times the direction, and the Hessian is symmetric, both up to rounding."""

    def g(a, b, c):
        return (a * b).sin() * c + (b * c).tanh() ** 2 + a**3

    matrix = hessian(g)(*point)
    product = [math.fsum(h * v for h, v in zip(row, direction, strict=True)) for row in matrix]
    assert hvp(g, direction)(*point) == pytest.approx(product, rel=1e-11, abs=1e-11)
    for k, row in enumerate(matrix):
        assert row == pytest.approx([other[k] for other in matrix], rel=1e-11, abs=1e-11)
    assert hvp(lambda v: g(*v), direction)(point) == hvp(g, direction)(*point)


def test_hvp_of_one_number():
    """For a function of one number the direction is one."""
    assert hvp(lambda x: x**3, 2.0)(2.0) == 24.0
    assert hvp(lambda x: x**3, Value(2.0))(2.0) == 24.0


def test_numbers_from_numpy_and_generators():
    """A direction may be an array, or come one by one, for several calls; an array of no dimensions is a number."""
    for direction in (np.array([1.0, 2.0]), (x for x in (1.0, 2.0))):
        product = hvp(f, direction)
        assert product(3.0, 2.0) == product(3.0, 2.0) == [16.0, 6.0]
    assert hvp(lambda x: x**3, np.array(2.0))(2.0) == 24.0
    for results in (jacobian, hessian, lambda g: lambda x: value_and_grad(g)(x)[1]):
        assert results(lambda x: np.array(x**2))(3.0) == results(lambda x: x**2)(3.0)
        assert results(lambda x: np.array(2.0))(3.0) == 0.0


def derivative_of(function):
    return lambda x: value_and_grad(function)(x)[1]


def test_nodes_in_nodes_out():
    """With a node among the arguments the results are nodes of its graph, so derivatives nest to any order."""
    x = Value(2.0, "x")
    result, slope = value_and_grad(lambda t: t**4)(x)
    assert isinstance(slope, Value)
    assert grad(slope, x).data == 48.0
    assert grad(result, x).data == 32.0
    assert derivative_of(derivative_of(derivative_of(lambda t: t**4)))(2.0) == 48.0
    entries = hessian(f)(x, 2.0)
    assert [[entry.data for entry in row] for row in entries] == [[4.0, 4.0], [4.0, 0.0]]


def test_along_this_argument_alone():
    """Derivatives are partial ones: what else the function uses, or another argument was made from, does not count."""
    x = Value(3.0)
    assert value_and_grad(lambda t: t * x)(x)[1].data == 3.0
    assert [g.data for g in value_and_grad(lambda a, b: a * b)(x, 2.0 * x)[1]] == [6.0, 3.0]
    assert [g.data for g in value_and_grad(lambda a, b: a * b)(x, x)[1]] == [3.0, 3.0]
    assert derivative_of(lambda t: t * derivative_of(lambda s: t + s)(t))(5.0) == 1.0


def test_function_errors():
    """Arguments and results that are no numbers, no arguments, a direction of the wrong length: clear errors."""
    with pytest.raises(TypeError, match="at least one argument"):
        value_and_grad(lambda: 1.0)()
    with pytest.raises(TypeError, match="expected a real number"):
        value_and_grad(lambda x: x)(None)
    with pytest.raises(TypeError, match="returned no number: expected a real number"):
        value_and_grad(lambda x: "x")(1.0)
    with pytest.raises(TypeError, match="returned no number"):
        jacobian(lambda x: [x, None])(1.0)
    with pytest.raises(ValueError, match="the direction is 2 numbers, one for each argument"):
        hvp(f, [1.0])(1.0, 2.0)
    with pytest.raises(ValueError, match="the direction is 2 numbers"):
        hvp(f, 1.0)(1.0, 2.0)
    with pytest.raises(ValueError, match="the direction is 2 numbers"):
        hvp(f, np.array([[1.0], [2.0]]))(1.0, 2.0)
    with pytest.raises(ValueError, match=r"the direction is a number, got \[1\.0\]"):
        hvp(lambda x: x**3, [1.0])(2.0)


@pytest.mark.parametrize("row", [row for row in OPS.values() if row.arity == 1 and not row.kinks], ids=repr)
@pytest.mark.parametrize("x", [1e-20, -1e-20, 1e-5, 0.3, -0.3, 0.9, -0.99, 1.0 - 1e-12, 2.5, -7.0, 30.0, -30.0])
def test_higher_derivatives_keep_their_digits(row, x):
    """Second and third derivatives are the true ones to 12 digits, near 0 and near the edge of the domain, too."""
    (low, high), *_ = row.domain
    if not low < x < high:
        return
    node = Value(x)
    derivative = grad(row(node), node)
    for order in (1, 2):
        derivative = grad(derivative, node)
        with mp.workdps(120):
            step_ = abs(mp.mpf(x)) * mp.mpf(10) ** -45
            slope = mp.diff(lambda t: SLOPES[row.name](t)[0], mp.mpf(x), order, h=step_)
        assert abs(derivative.data - slope) <= 1e-12 * abs(slope) + 1e-300
