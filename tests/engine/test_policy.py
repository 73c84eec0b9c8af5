"""Corner cases: every row of the policy, and its two departures from what other libraries do."""

import itertools
import math
import operator

import pytest
from corners import POLICY, agrees
from strategies import ROWS

from autograd_lite import Value
from autograd_lite.engine.ops import OPS

RENAMED = {"max": "maximum", "min": "minimum", "powc": "pow", "rpow": "pow"}
OPERATORS = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
    "abs": abs,
    "mod": operator.mod,
    "floor_divide": operator.floordiv,
}


def written(row):
    """The ways to write a row's function: as a function of the package, as an operator or as a method."""
    name = RENAMED.get(row["function"], row["function"])
    return [OPS[name], OPERATORS.get(name) or (lambda x, *others: getattr(x, name)(*others))]


def title(row):
    args = (arg + "c" * constant for arg, constant in zip(row["args"], row["constant"], strict=True))
    return f"{row['function']}({', '.join(args)})"


def constant(text):
    return int(text) if text.lstrip("-").isdigit() else float(text)


def test_the_whole_policy_is_here():
    """The policy has 91 rows, no two alike."""
    assert len({title(row) for row in POLICY}) == len(POLICY) == 91


@pytest.mark.parametrize("row", POLICY, ids=title)
@pytest.mark.parametrize("way", [0, 1], ids=["function", "operator or method"])
def test_policy(row, way):
    """Value and derivatives are those that the policy recommends, and nothing is raised."""
    marks = row["constant"]
    args = [
        constant(arg) if is_constant else Value(float(arg)) for arg, is_constant in zip(row["args"], marks, strict=True)
    ]
    y = written(row)[way](*args)
    y.backward()
    assert agrees(y.data, row["value"]), (y.data, row["why"])
    slopes = [arg.grad for arg in args if isinstance(arg, Value)]
    wanted = row["derivatives"]
    wanted = wanted * len(slopes) if wanted[0].startswith(("any", "non")) else wanted
    assert len(wanted) == len(slopes)
    for slope, cell in zip(slopes, wanted, strict=True):
        assert agrees(slope, cell), (slope, cell, row["why"])


@pytest.mark.parametrize("row", POLICY, ids=title)
def test_policy_without_nodes(row):
    """The functions, given floats, have the values of the policy too."""
    y = written(row)[0](*map(float, row["args"]))
    assert type(y) is float
    assert agrees(y, row["value"])


# --- departure 1: a NaN input is never hidden ----------------------------------------------------------------------

ODD = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 5e-324, 1e300, math.inf, -math.inf, math.nan]

HIDES_NAN = {
    ("pow", 0, 0.0),  # powc(nan, 0c): x**0 is 1 for every x
    ("pow_slope", 0, 0.0),  # its slope along x is 0 then, and for x**1 it is 1 * x**0
    ("pow_slope", 0, 1.0),
}
"""Row, place of the NaN and value of the other argument (None: any)."""


@pytest.mark.parametrize("row", ROWS.values(), ids=str)
def test_nan_is_never_hidden(row):
    """A NaN among the arguments gives NaN, whatever the other argument is."""
    for place in range(row.arity):
        for other in ODD:
            if (row.name, place, other) in HIDES_NAN or (row.name, place, None) in HIDES_NAN:
                continue
            args = [other] * row.arity
            args[place] = math.nan
            assert math.isnan(row(*args)), args
            assert math.isnan(row(*map(Value, args)).data), args


# --- departure 2: a NaN value never has a finite derivative --------------------------------------------------------

LINEAR = {
    # Policy: sub(inf, inf) has the slopes 1 and -1, mul(0.0, inf) has inf and 0, div(inf, inf) any: along an argument
    # in which an operation is linear, the slope is the factor beside it, whatever the value came to.
    **dict.fromkeys(["add", "sub", "mul", "div"], (0, 1)),
    "neg": (0,),
    "xlogy": (0,),
    "xlog1py": (0,),
    "leaky_relu": (0, 1),
    "over_square": (0,),
}
"""Arguments along which a row is linear (or constant)."""


@pytest.mark.parametrize("row", ROWS.values(), ids=str)
def test_nan_values_have_no_finite_derivative(row):
    """Where a value is NaN, no slope is a finite number, but for the factors of sums and products."""
    nan_seen = False
    for args in itertools.product(ODD, repeat=row.arity):
        nodes = [Value(x) for x in args]
        y = row(*nodes)
        if not math.isnan(y.data):
            continue
        nan_seen = True
        y.backward()
        for place, node in enumerate(nodes):
            if place not in LINEAR.get(row.name, ()):
                assert not math.isfinite(node.grad), (args, place)
    assert nan_seen


def test_leaky_relu_of_nan():
    """A leaky relu of NaN has no finite derivative: which side it is on is not known."""
    x, slope = Value(math.nan), Value(0.01)
    y = x.leaky_relu(slope)
    y.backward()
    assert all(map(math.isnan, (y.data, x.grad, slope.grad)))


@pytest.mark.parametrize("row", ROWS.values(), ids=str)
def test_nothing_raises(row):
    """No float makes an operation or its derivative raise, and every value and slope is a float."""
    for args in itertools.product([*ODD, -5e-324, 1.7e308, -1.7e308, 745.2, -745.2, 1024.0], repeat=row.arity):
        nodes = [Value(x) for x in args]
        y = row(*nodes)
        y.backward()
        assert type(y.data) is float
        assert [type(node._grad) for node in nodes] == [float] * row.arity


@pytest.mark.parametrize("row", ROWS.values(), ids=str)
def test_nothing_raises_twice(row):
    """The same for second derivatives: the slopes as nodes can be evaluated and differentiated anywhere."""
    for args in itertools.product([*ODD, 1.7e308], repeat=row.arity):
        nodes = [Value(x) for x in args]
        slopes = row.partials(row(*nodes), *nodes)
        for slope in [slopes] if row.arity == 1 else slopes:
            if isinstance(slope, Value):
                slope.backward()
