"""The table of operations: one loop over its rows judges values, slopes, second derivatives, text and types."""

import copy
import functools
import graphlib
import inspect
import itertools
import json
import math
import pickle
import pydoc
import struct
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given
from strategies import ROWS, points

import autograd_lite
from autograd_lite import Value, operation
from autograd_lite.engine import ops
from autograd_lite.engine.graph import topological
from autograd_lite.engine.ops import HELPERS, OPS, OWN, Op
from autograd_lite.testing import oracle
from autograd_lite.testing.oracle import ULPS, mp, ulps

rows = pytest.mark.parametrize("row", ROWS.values(), ids=str)
SUBNORMAL = 2.2250738585072014e-308  # the smallest normal float

# Points at which a formula was once further off than it need be.
HARD = {
    "tanh": [(5.553894357112023,), (-5.583138808853025,), (800.0,), (-1e300,)],
    "lorentz": [(-0.2886758163385106,), (0.2774429221501731,), (1e155,), (-1e160,)],
    "one_minus_square": [(1.0 - 2.0**-30,), (-1.0000001,)],
    "xlogy": [(0.0, 2.0), (-0.0, 0.5)],
    "xlog1py": [(0.0, 2.0), (-0.0, -0.5)],
    "pow": [
        (2.0, 0.0),
        (0.5, -0.0),
        (4.7409357473016575e31, -7.906195530422466),
        (1e300, 1.0),
        (1e-300, 2.0),
        (1e-200, 1e-300),
        (5e-324, 1e-300),
        (1 + 2**-52, 1e19),
        (0.3, 0.1),
        (2.0, 1024.0),
        (1e-10, 32.05),
    ],
    "div": [(1e-300, 1e-300), (1e200, 1e200), (1e300, 1e-10), (1e-320, 1e-5), (1e-310, 3e-300)],
    "sin": [(1.2853022199154463e174,), (563416747700.2246,)],
    "cos": [(5.319372648326541e255,), (1.5986289000543612e74,), (-1.5986289000543612e74,)],
    "tan": [(1.5986289000543612e74,), (1.2853022199154463e174,), (-3185818.4241707036,)],
    "over_square": [(1e-320, 1e-5), (1e300, 1e-10), (1e-300, 1e300), (1e300, 1e154)],
    "sech2": [(350.0,), (-371.5,), (372.6,)],
    "sigmoid": [(40.0,), (-745.0,), (1e300,)],
    "softplus": [(-745.0,), (1e300,)],
    "atan": [(1e160,), (1e-300,)],
    "asin": [(1 - 2**-53,), (-1 + 2**-53,)],
    "acos": [(1 - 2**-53,), (-1 + 2**-53,)],
    "log1p": [(-1 + 2**-53,), (1e-300,)],
    "expm1": [(1e-300,), (-1e300,), (709.9,)],
}


def with_hard_points(row, tiny=0.0, reach=math.inf):
    """Draw from the row's domain, its hard points always included."""

    def decorate(check):
        for point in HARD.get(row.name, ()):
            if all(x == 0.0 or tiny <= abs(x) <= reach for x in point):
                check = example(point)(check)
        return given(points(row, tiny, reach))(check)

    return decorate


def bits(x):
    return struct.pack("<d", x)


def slopes_of(row, y, args):
    """The row's slopes as a list, for one argument and for two."""
    slopes = row.partials(y, *args)
    return [slopes] if row.arity == 1 else list(slopes)


def moderate(row, seed=0):
    """A point well inside the row's domain, away from its kinks."""
    return tuple((0.7, 0.3, 0.45)[(i + seed) % 3] for i in range(row.arity))


# --- numbers -------------------------------------------------------------------------------------------------------


@rows
def test_values(row):
    """A row's value is within 4 units in the last place of the true one, in the tails of its domain too."""

    @with_hard_points(row)
    def check(point):
        assert ulps(row(*point), oracle.value(row.name, *point)) <= ULPS

    check()


@rows
def test_slopes(row):
    """Each slope that backward() gives is within 4 units in the last place of the true one, on the whole domain.

    Helpers are slopes themselves, and their slopes second derivatives: of two arguments none is then beyond 1e150 or
    within 1e-150, since the parts of a formula overflow before the whole.
    """
    limits = {} if row.arity == 1 or row.name in OPS else {"tiny": 1e-150, "reach": 1e150}

    @with_hard_points(row, **limits)
    def check(point):
        nodes = [Value(x) for x in point]
        y = row(*nodes)
        y.backward()
        true = oracle.slopes(row.name, *point)
        for node, slope, slack in zip(nodes, true, oracle.slack(row.name, *point), strict=True):
            lost = 0 if row.name in OPS or abs(y.data) >= SUBNORMAL else oracle.TINY * ULPS * ULPS
            assert ulps(node.grad, slope, slack + lost) <= ULPS

    check()


@rows
def test_slopes_of_nodes_are_differentiated_right(row):
    """The slopes, run on nodes, are formulas of the true slopes, and backward() through them is right.

    Two judges. In 50 digits the graph of the slope has exactly the derivative that mpmath.diff gives for the true
    slope, to 25 digits of the sizes that are summed. In floats backward() stays within the rounding-error bound of
    that graph; where something on the way overflows there is no bound, but what is a number does not become NaN.
    """
    limits = {"tiny": 1e-50} if row.arity == 1 else {"tiny": 1e-20, "reach": 100.0}

    @with_hard_points(row, **limits)
    def check(point):
        for i in range(row.arity):
            nodes = [Value(x) for x in point]
            slope = slopes_of(row, row(*nodes), nodes)[i]
            true = [
                oracle.derivative(lambda *at, i=i: oracle.slopes(row.name, *at)[i], point, j) for j in range(row.arity)
            ]
            if not isinstance(slope, Value):
                assert true == [0] * row.arity
                continue
            slope.backward()
            steps, line = oracle.tape(slope)
            judged = oracle.judge(steps)
            for node, expected in zip(nodes, true, strict=True):
                if id(node) not in line:
                    assert expected == 0
                    continue
                exact, bound = judged.gradients[line[id(node)]], judged.gradient_errors[line[id(node)]]
                sizes = abs(expected) if bound == mp.inf else bound / oracle.U
                nearly_constant = mp.mpf(10) ** -99 * max(mp.one, abs(judged.values[-1]))
                assert abs(exact - expected) <= mp.mpf(10) ** -25 * sizes + nearly_constant
                if bound < mp.inf:
                    assert abs(mp.mpf(node.grad) - exact) <= bound
                else:
                    assert abs(exact) > oracle.HUGE or not math.isnan(node.grad)

    check()


@pytest.mark.parametrize("row", [row for row in ROWS.values() if row.written], ids=str)
def test_written_slopes(row):
    """The slopes as people write them are, in 50 digits, the true slopes: another form, the same function."""

    @given(points(row, tiny=1e-3, reach=30.0))
    def check(point):
        nodes = [Value(x) for x in point]
        written = row.written(row(*nodes), *nodes)
        true = oracle.slopes(row.name, *point)
        for slope, expected in zip([written] if row.arity == 1 else written, true, strict=True):
            exact = oracle.judge(oracle.tape(slope)[0]).values[-1] if isinstance(slope, Value) else slope
            assert abs(exact - expected) <= mp.mpf(10) ** -20 * abs(expected)

    check()


# --- definitions ---------------------------------------------------------------------------------------------------

PRIMITIVES = {
    *("add", "sub", "mul", "div", "neg", "pow", "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "asin", "acos"),
    *("atan", "sinh", "cosh", "tanh", "abs", "maximum", "minimum", "compare", "mod", "floor_divide"),
}
DEFINED = [row for row in ROWS.values() if row.definition]
SPECIAL = [0.0, -0.0, math.inf, -math.inf, math.nan, 0.5, 1.0, -1.0, -2.5, 3.0]
FAR = [5e-324, -5e-324, 1e-310, 750.0, -750.0, 1e200, 1e308]


def test_primitives():
    """Every operation is one of 25 primitives, or its definition leads to them, none to itself."""
    assert {row.name for row in ROWS.values() if not row.definition} == PRIMITIVES
    below = {row.name: {step.name for step in definition_of(row, moderate(row))[0]} - {"leaf"} for row in DEFINED}
    order = list(graphlib.TopologicalSorter(below).static_order())
    assert set(order) <= PRIMITIVES | set(below)


def definition_of(row, point):
    """The steps of a row's definition at a point, its root and its leaves."""
    nodes = [Value(x) for x in point]
    root = row.definition(*nodes)
    return oracle.tape(root)[0], root, nodes


@pytest.mark.parametrize("row", DEFINED, ids=str)
def test_values_of_definitions(row):
    """A definition, run on nodes, is within 4 units in the last place of the true value on the whole domain.

    That of a helper of two arguments is so where no step on the way is beyond the normal floats.
    """

    @with_hard_points(row)
    def check(point):
        _, root, _ = definition_of(row, point)
        assert bits(root.data) == bits(row.definition(*point))
        inner = topological(root) if row.name in HELPERS and row.arity == 2 else []
        if all(SUBNORMAL <= abs(x.data) < math.inf or x.data in {0.0, *point} for x in inner if x is not root):
            assert ulps(root.data, oracle.value(row.name, *point)) <= ULPS

    check()


@pytest.mark.parametrize("row", DEFINED, ids=str)
def test_slopes_of_definitions(row):
    """The slopes of a definition are, in 50 digits, the true ones, and in floats within their own rounding errors.

    Not at kinks of its parts: 0 for most, and 1 for the slope of the arctangent. And xlog1py takes its second argument
    to a power, which has no slope along the exponent if it is negative.
    """

    @given(points(row, tiny=1e-3, reach=30.0))
    def check(point):
        assume(not {abs(x) for x in point} & {0.0, 1.0})
        assume(row.name != "xlog1py" or point[1] > 0.0)
        steps, root, nodes = definition_of(row, point)
        root.backward()
        judged, line = oracle.judge(steps), oracle.tape(root)[1]
        for node, expected in zip(nodes, oracle.slopes(row.name, *point), strict=True):
            exact, bound = judged.gradients[line[id(node)]], judged.gradient_errors[line[id(node)]]
            assert abs(exact - expected) <= mp.mpf(10) ** -25 * max(abs(expected), bound / oracle.U)
            assert abs(node.grad - exact) <= bound

    check()


@pytest.mark.parametrize("row", DEFINED, ids=str)
def test_definitions_at_corners(row):
    """At zeros, infinities and NaN a definition gives the row's value, and far away, where no helper has two arguments.

    But for b*a**(b - 1) of what is not finite, an infinite slope of leaky_relu, and a**b*log(a) of a negative zero or
    number, which has a value in neither form unless its power underflows.
    """
    beyond = {
        "leaky_relu": lambda x, slope: math.isinf(slope),
        "pow_slope": lambda a, b: not math.isfinite(a * 0.0 + b),
        "pow_log": lambda a, b: math.copysign(1.0, a) < 0.0,
    }.get(row.name, lambda *point: False)
    special = SPECIAL if row.name in HELPERS and row.arity == 2 else SPECIAL + FAR
    for point in itertools.product(special, repeat=row.arity):
        if beyond(*point):
            continue
        got, expected = row.definition(*point), row(*point)
        inexact = abs(expected) if math.isfinite(expected) else 0.0
        equal = got == expected or (math.isnan(got) and math.isnan(expected))
        assert equal or abs(got - expected) <= 8 * float(oracle.U) * inexact + 2 * 5e-324, point


@pytest.mark.parametrize("row", [row for row in ROWS.values() if row.meaning], ids=str)
def test_meanings(row):
    """The value as people write it is, in 50 digits, the true one: another form, the same function."""

    @given(points(row, tiny=1e-3, reach=30.0))
    def check(point):
        written = oracle.judge(oracle.tape(row.meaning(*map(Value, point)))[0]).values[-1]
        expected = oracle.value(row.name, *point)
        assert abs(written - expected) <= mp.mpf(10) ** -20 * abs(expected)

    check()


# --- kinks ---------------------------------------------------------------------------------------------------------

KINKED = [row for row in OPS.values() if row.kinks]


def places(row):
    """Points at kinks of the row."""
    if not callable(row.kinks):
        return [(kink, 0.25)[: row.arity] for kink in row.kinks]
    return [(0.25, 0.25), (-3.0, -3.0)] + [(0.75, 0.25), (-0.75, 0.25), (0.0, 0.25)] * (row.name in JUMPING)


JUMPING = {"mod", "floor_divide"}


def moved(row, point, distance):
    """The point, its first argument moved; if the second moves a kink as well, also the point with that moved."""
    a, *b = point
    return [(a + distance, *b), *([(a, b[0] + distance)] if callable(row.kinks) and a else [])]


def value_and_slopes(row, point):
    y = row(*point)
    return [y, *slopes_of(row, y, point)]


@pytest.mark.parametrize("row", KINKED, ids=str)
def test_kinks_are_where_the_table_says(row):
    """Where the row has a kink the value or a slope jumps, and the side is another one; in between there is neither."""
    for point in places(row):
        assert row.side(*point)[1]
        for far in (1e-9, 0.1, -0.1):
            for left, right in zip(moved(row, point, far - 2e-9), moved(row, point, far), strict=True):
                there = zip(value_and_slopes(row, left), value_and_slopes(row, right), strict=True)
                jumps = any(abs(a - b) > 0.1 for a, b in there)
                assert jumps == (far == 1e-9) == (row.side(*left) != row.side(*right))
                assert not row.side(*left)[1]


@pytest.mark.parametrize("row", KINKED, ids=str)
def test_slopes_at_kinks_are_between_the_sides(row):
    """At a kink the value and every slope are numbers between those of the two sides, ends included: a sub-gradient."""
    for point in places(row):
        around = zip(*(moved(row, point, distance) for distance in (-1e-9, 0.0, 1e-9)), strict=True)
        for left, middle, right in around:
            around = zip(*(value_and_slopes(row, place) for place in (left, middle, right)), strict=True)
            for below, at, above in around:
                assert min(below, above) - 1e-8 <= at <= max(below, above) + 1e-8
    assert row.note


@pytest.mark.parametrize(
    ("name", "point", "value", "slopes"),
    [
        ("relu", (0.0,), 0.0, [0.0]),
        ("relu", (-0.0,), 0.0, [0.0]),
        ("leaky_relu", (0.0, 0.01), 0.0, [0.01, 0.0]),
        ("leaky_relu", (-0.0, 0.25), -0.0, [0.25, -0.0]),
        ("abs", (0.0,), 0.0, [0.0]),
        ("maximum", (2.0, 2.0), 2.0, [0.5, 0.5]),
        ("minimum", (2.0, 2.0), 2.0, [0.5, 0.5]),
        ("maximum", (math.inf, math.inf), math.inf, [0.5, 0.5]),
        ("step", (0.0,), 0.0, [0.0]),
        ("step", (-0.0,), 0.0, [0.0]),
        ("compare", (3.0, 3.0), 0.0, [0.0, 0.0]),
        ("mod", (7.0, 2.0), 1.0, [1.0, -3.0]),
        ("mod", (-7.0, 2.0), 1.0, [1.0, 4.0]),
        ("mod", (7.0, -2.0), -1.0, [1.0, 4.0]),
        ("mod", (6.0, 2.0), 0.0, [1.0, -3.0]),
        ("mod", (-0.0, 2.0), 0.0, [1.0, 0.0]),
        ("mod", (0.0, -2.0), -0.0, [1.0, 0.0]),
        ("mod", (-1e-20, 1.0), 1.0, [1.0, 1.0]),
        ("mod", (1.0, 0.0), math.nan, [math.nan, math.nan]),
        ("mod", (math.inf, 2.0), math.nan, [math.nan, math.nan]),
        ("mod", (-1.0, math.inf), math.inf, [1.0, 1.0]),
        ("floor_divide", (-7.0, 2.0), -4.0, [0.0, 0.0]),
        ("floor_divide", (1.0, 0.1), 9.0, [0.0, 0.0]),
        ("floor_divide", (1.0, -0.0), -math.inf, [0.0, 0.0]),
        ("floor_divide", (0.0, 0.0), math.nan, [math.nan, math.nan]),
        ("floor_divide", (math.inf, 2.0), math.nan, [math.nan, math.nan]),
        ("floor_divide", (-0.0, 3.0), -0.0, [0.0, 0.0]),
        ("xlogy", (0.0, 2.0), 0.0, [math.log(2.0), 0.0]),
        ("xlogy", (0.0, 0.0), 0.0, [-math.inf, 0.0]),
        ("xlog1py", (0.0, -1.0), 0.0, [-math.inf, 0.0]),
    ],
)
def test_conventions(name, point, value, slopes):
    """At kinks and edges the value and the slopes are those that the row's note promises, the signs of zeros too."""
    assert list(map(repr, value_and_slopes(OPS[name], point))) == list(map(repr, [value, *slopes]))


@pytest.mark.parametrize(
    ("name", "point", "value"),
    [
        ("pow", (-1e200, 3.0), -math.inf),
        ("pow", (-1e200, 2.0), math.inf),
        ("pow", (-0.0, -3.0), -math.inf),
        ("pow", (-0.0, -2.0), math.inf),
        ("pow", (0.0, -0.5), math.inf),
        ("pow", (-math.inf, 3.0), -math.inf),
        ("pow", (-math.inf, -1.0), -0.0),
        ("pow", (0.5, math.inf), 0.0),
        ("pow", (-1.0, math.inf), 1.0),
        ("div", (-1.0, 0.0), -math.inf),
        ("div", (-1.0, -0.0), math.inf),
        ("div", (1.0, -math.inf), -0.0),
        ("sinh", (-711.0,), -math.inf),
        ("cosh", (-711.0,), math.inf),
        ("expm1", (710.0,), math.inf),
        ("expm1", (-math.inf,), -1.0),
        ("atan", (-math.inf,), -math.pi / 2),
        ("tanh", (math.inf,), 1.0),
        ("log1p", (math.inf,), math.inf),
        ("leaky_relu", (-math.inf, 0.01), -math.inf),
        ("compare", (-math.inf, math.inf), -1.0),
        ("inverse", (-0.0,), math.inf),
        ("lorentz", (-math.inf,), 0.0),
        ("pow_slope", (0.5, math.inf), 0.0),
        ("pow_slope", (2.0, -math.inf), -0.0),
        ("pow_slope", (2.0, math.inf), math.inf),
        ("pow_log", (0.5, math.inf), 0.0),
        ("pow_log", (math.inf, -1.0), 0.0),
        ("pow_log", (math.inf, 2.0), math.inf),
    ],
)
def test_values_at_the_ends(name, point, value):
    """Overflow, poles and infinities give the values of IEEE 754 and C99, the sign of zero included."""
    assert bits(ROWS[name](*point)) == bits(value)


# --- rows as they are listed ----------------------------------------------------------------------------------------


@rows
def test_domain_and_kinks(row):
    """A row's domain, its kinks and its default are those of the list in `data/rows.json`."""
    listed = json.loads((Path(__file__).parents[1] / "data" / "rows.json").read_text(encoding="utf-8"))
    expected = next(line for line in listed if line["name"] == row.name)
    assert [[*map(repr, part)] for part in row.domain] == expected["domain"]
    pairs = itertools.product((-1.0, 0.5, 1.0), repeat=2)
    at = [list(pair) for pair in pairs if row.side(*pair)[1]] if callable(row.kinks) else list(row.kinks)
    assert (at, row.default) == (expected["kinks"], expected.get("default"))
    assert len(listed) == len(ROWS)


@rows
def test_a_row_is_found_by_its_name(row):
    """A row is found under its name, shows itself with it, and has a symbol for diagrams."""
    assert ROWS[row.name] is row
    assert row.name in repr(row)
    assert row.symbol
    assert row.arity in {1, 2}


# --- types ---------------------------------------------------------------------------------------------------------

NUMBERS = {
    "int": int,
    "bool": bool,
    "Fraction": Fraction,
    "Decimal": Decimal,
    "float64": np.float64,
    "float32": np.float32,
    "int64": np.int64,
    "uint8": np.uint8,
    "bool_": np.bool_,
    "array of no dimensions": np.array,
    "Value": Value,
}


def small_int(domain):
    """0 or 1, whichever is well inside the domain."""
    return 0 if domain[0] < 0.0 < domain[1] else 1


@rows
@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_of_any_kind(row, kind):
    """A row takes floats, ints, NumPy scalars, fractions and nodes in each place, as if they were floats."""
    plain = [float(small_int(domain)) for domain in row.domain]
    expected = row(*plain)
    assert type(expected) is float
    for places in itertools.product([False, True], repeat=row.arity):
        args = [NUMBERS[kind](int(x)) if other else x for x, other in zip(plain, places, strict=True)]
        got = row(*args)
        if kind == "Value" and any(places):
            assert isinstance(got, Value)
            assert got.op is row
            assert all(a is b or bits(a) == bits(b) for a, b in zip(got.args, args, strict=True))
            got = got.data
        assert type(got) is float
        assert bits(got) == bits(expected)


@rows
@pytest.mark.parametrize("other", [float, Value])
@pytest.mark.parametrize(
    "bad",
    ["1.5", b"1.5", None, 1j, {1.0: 2.0}, {1.0}, object(), print],
    ids=lambda bad: type(bad).__name__,
)
def test_wrong_types(row, bad, other):
    """What is not a real number is a TypeError that names its type, in each place, beside floats and nodes."""
    for place in range(row.arity):
        args = [other(1.0)] * row.arity
        args[place] = bad
        with pytest.raises(TypeError, match=type(bad).__name__):
            row(*args)


@rows
def test_wrong_number_of_arguments(row):
    """Too many or too few arguments are a TypeError that names the operation."""
    for wrong in {1, 2} - {row.arity} - ({1} if row.default is not None else set()):
        with pytest.raises(TypeError, match=row.name):
            row(*[1.0] * wrong)
    for wrong in (0, 3):
        with pytest.raises(TypeError):
            row(*[1.0] * wrong)


# --- the rows as objects -------------------------------------------------------------------------------------------


@rows
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_gives_the_same_row(row, protocol):
    """A row that is pickled and read back, or copied, is the same object."""
    assert pickle.loads(pickle.dumps(row, protocol)) is row
    assert copy.copy(row) is row
    assert copy.deepcopy(row) is row


def test_pickle_of_an_unknown_row():
    """A pickled operation that this version does not have is a ValueError that names it."""
    mine = Op("gudermannian", math.atan, lambda y, x: x)
    with pytest.raises(ValueError, match="gudermannian"):
        pickle.loads(pickle.dumps(mine))


def test_the_table_is_complete():
    """Every operation of the engine's specification has its row, under its name."""
    specified = (
        "add sub mul div neg pow exp log log1p expm1 sqrt sin cos tan asin acos atan sinh cosh tanh sigmoid softplus "
        "relu leaky_relu abs maximum minimum step"
    )
    assert set(specified.split()) <= set(OPS)
    assert not set(OPS) & set(HELPERS)


def test_rows_are_functions_of_the_package():
    """Every row but the five operators is a function of the package, and those of one argument are methods too."""
    for name in set(OPS) - {"add", "sub", "mul", "div", "neg"}:
        assert getattr(autograd_lite, name) is OPS[name]
        if OPS[name].arity == 1 and name != "neg":
            x = Value(0.5)
            method = getattr(x, name)()
            assert method.op is OPS[name]
            assert method.args == (x,)
    for name in ("maximum", "minimum", "leaky_relu"):
        method = getattr(Value(0.5), name)(0.25)
        assert method.op is OPS[name]
        assert method.args[1] == 0.25
    assert Value(-1.0).leaky_relu().data == -0.01
    assert autograd_lite.leaky_relu(Value(-1.0)).args[1] == 0.01
    assert autograd_lite.leaky_relu(-1) == -0.01


@pytest.mark.parametrize(("a", "b"), [(7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (1.0, 0.1), (-0.0, 3.0)])
def test_modulus_and_floor(a, b):
    """`%`, `//` and divmod of nodes, with a number on either side too, record what Python gives for floats."""
    for x, y in ((Value(a), Value(b)), (Value(a), b), (a, Value(b))):
        quotient, rest = divmod(x, y)
        for node, name, number in (
            (x % y, "mod", a % b),
            (x // y, "floor_divide", a // b),
            (rest, "mod", a % b),
            (quotient, "floor_divide", a // b),
        ):
            assert (node.op, repr(node.data)) == (OPS[name], repr(number))
            assert node.args == (x, y)


def test_an_added_row_needs_nothing_else():
    """A row made by hand works on numbers and nodes, with its derivative, like those of the table."""
    cube = Op("cube", lambda x: x * x * x, lambda y, x: 3.0 * x * x)
    x = Value(2.0)
    y = cube(x)
    y.backward()
    assert (cube(2), y.data, x.grad) == (8.0, 8.0, 12.0)


def test_number():
    """`number` returns a plain float, and says what is wrong with an int beyond the floats."""
    assert type(ops.number(np.float64(2.5))) is float
    assert math.isnan(ops.number(math.nan))
    for huge in (10**400, -(10**400), Fraction(10**400)):
        with pytest.raises(OverflowError, match=r"1\.797e\+308"):
            ops.number(huge)


@pytest.mark.parametrize(
    "bad",
    [
        np.complex128(1 + 2j),
        np.str_("2.5"),
        np.bytes_(b"2.5"),
        np.array("2.5"),
        np.array(1j),
        np.datetime64("2020-01-01"),
    ],
    ids=repr,
)
def test_numpy_scalars_that_are_not_real(bad):
    """A NumPy scalar of text, time or complex numbers is a TypeError that says what came, never half of it."""
    with pytest.raises(TypeError, match="expected a real number"):
        ops.number(bad)


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_an_operation_has_what_a_function_has(op):
    """Its name, a docstring of its own with its conventions, its arguments, so that `wraps` and `help` work."""
    assert op.__name__ == op.__qualname__ == op.name
    assert op.__doc__ == inspect.getdoc(op) != type(op).__doc__
    first, *others = op.__doc__.split("\n\n")
    assert first.endswith(".")
    assert (f"Conventions: {op.note}." in others) == bool(op.note)
    arguments = inspect.signature(op).parameters.values()
    assert len(arguments) == op.arity
    assert [x.default for x in arguments][-1] == (inspect.Parameter.empty if op.default is None else op.default)
    inspect.signature(op).bind(*[0.5] * (1 if op.default is not None else op.arity))
    wrapped = functools.wraps(op)(lambda: None)
    assert (wrapped.__name__, wrapped.__doc__) == (op.name, op.__doc__)
    assert first in pydoc.render_doc(op)
    with pytest.raises(AttributeError, match="an operation has no attribute 'nmae'"):
        op.nmae  # noqa: B018


def test_the_class_of_operations_has_its_own_text():
    """The docstring of the class is not that of an operation; an operation of a user's own has the function's."""
    assert "One scalar operation" in Op.__doc__

    def cubed(x, k=1.0):
        """Its cube, k times."""
        return k * x * x * x

    row = operation(cubed)
    del OWN["cubed"]
    assert row.__doc__.startswith("Its cube, k times.\n\nOf numbers a float")
    assert str(inspect.signature(row)) == "(x, k=1.0, /)"
