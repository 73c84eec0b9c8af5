"""Operations of one's own: they do all that those of the table do, and what is wrong with one is said at once."""

import copy
import math
import pickle
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest
from hypothesis import given, settings

import autograd_lite
from autograd_lite import (
    AnomalyError,
    Value,
    detect_anomaly,
    draw,
    exp,
    explain,
    formula,
    grad,
    leaves,
    log,
    maximum,
    operation,
    relu,
    sigmoid,
    sqrt,
    storage,
    tanh,
)
from autograd_lite.audit import check_claims
from autograd_lite.engine.ops import OPS, OWN
from autograd_lite.storage import FileFormatError
from autograd_lite.testing import assert_gradient, check_gradient, graphs, points
from autograd_lite.testing.accuracy import measure


@pytest.fixture(autouse=True)
def _forgotten():
    """Operations that a test makes are gone after it."""
    before = dict(OWN)
    yield
    OWN.clear()
    OWN.update(before)


def swish(x):
    return x * sigmoid(x)


def scaled(x, beta=2.0):
    return x * sigmoid(beta * x)


def gaussian(x):
    return math.exp(-x * x)


def distance(a, b):
    return math.hypot(a, b)


def entropy(p):
    return -(p * log(p)) - (1.0 - p) * log(1.0 - p)


def bumped(x):
    return relu(x) * x + maximum(x, 0.5)


MAKE = {
    "swish": lambda: operation(swish),
    "scaled": lambda: operation(scaled),
    "gaussian": lambda: operation(slopes=lambda y, x: -2.0 * x * y, latex="e^{{-{0:5}^2}}")(gaussian),
    "distance": lambda: operation(
        slopes=lambda y, a, b: (a / y, b / y),
        latex=r"\left\lVert {0}, {1} \right\rVert",
        symbol="dist",
        domain=(0.0, math.inf),
    )(distance),
    "entropy": lambda: operation(domain=(0.0, 1.0))(entropy),
    "bumped": lambda: operation(kinks=(0.0, 0.5), note="as relu and maximum")(bumped),
}
PLAIN = {
    "gaussian": lambda x: exp(-x * x),
    "distance": lambda a, b: sqrt(a * a + b * b),
    "entropy": entropy,
    "swish": swish,
    "scaled": scaled,
    "bumped": bumped,
}
"""The same as plain functions of operations."""
each = pytest.mark.parametrize("name", MAKE)
AT = (0.7, 0.3)


def inside(row):
    """A node of each argument, in the middle of a calculation, and the result that uses the operation."""
    x, w = Value(0.7, "x"), Value(0.3, "w")
    y = row(*(x * 1.0, w + x)[: row.arity]) * w + x
    y.label = "y"
    return x, w, y


# --- what they do --------------------------------------------------------------------------------------------------


@each
def test_values_and_derivatives(name):
    """Value, gradient and second derivatives are those of the same function of operations, and of differences."""
    row = MAKE[name]()
    for at in (AT, (0.2, 0.6)):
        point = at[: row.arity]
        mine, other = ([Value(x) for x in point] for _ in range(2))
        y, z = row(*mine), PLAIN[name](*other)
        assert (y.op, y.args) == (row, tuple(mine))
        assert y.data == pytest.approx(z.data, rel=1e-15)
        assert row(*point) == y.data
        assert type(row(*point)) is float
        for a, b in zip(mine, other, strict=True):
            assert grad(y, a).data == pytest.approx(grad(z, b).data, rel=1e-14)
            for c, d in zip(mine, other, strict=True):
                second, expected = grad(grad(y, a), c).data, grad(grad(z, b), d).data
                assert second == pytest.approx(expected, rel=1e-13, abs=1e-15)
        assert check_gradient(row, point, second_order=True)
    assert check_gradient(lambda x, w: row(*(x * 1.0, w + x)[: row.arity]) * w, AT, second_order=True)


def test_an_argument_that_depends_on_the_other():
    """Slopes are along each argument alone, though one be made from the other, or both be the same node."""
    row = MAKE["scaled"]()
    assert check_gradient(lambda x: row(x, x * x), 0.7, second_order=True)
    assert check_gradient(lambda x: row(x, x), 0.7, second_order=True)
    assert check_gradient(lambda x: row(1.5, x) + row(x, 0.5), 0.7, second_order=True)


def test_a_branch_in_a_definition():
    """A definition that branches on its argument has the slope of the branch taken."""
    row = operation(lambda x: x * x if x > 0 else -0.5 * x, name="half", kinks=(0.0,))
    assert check_gradient(row, 1.5, second_order=True)
    assert check_gradient(row, -1.5, second_order=True)


def test_defaults():
    """A second argument with a default may be left out."""
    row = MAKE["scaled"]()
    x = Value(0.7)
    assert row(x).args == (x, 2.0)
    assert row(0.7) == row(0.7, 2.0)
    with pytest.raises(TypeError, match=r"distance\(\) takes 2 arguments"):
        MAKE["distance"]()(x)


def test_ones_own_operation_takes_arrays():
    """An operation works element by element, as those of the table."""
    row = MAKE["swish"]()
    assert [y.op for y in row(np.array([Value(1.0), Value(2.0)]))] == [row, row]
    assert row([0.0]) == [0.0]


@each
def test_formulas(name):
    """In each style the formula names the operation, and the Python text of value and derivative computes them."""
    row = MAKE[name]()
    x, w, y = inside(row)
    for style, wanted in (("plain", f"{name}("), ("python", f"{name}("), ("mathml", f"<mi>{name}</mi>")):
        assert wanted in formula(y, style=style)
    latex = formula(y, style="latex")
    assert rf"\operatorname{{{name}}}\left(" in latex or name in {"gaussian", "distance"}
    scope = {**vars(autograd_lite), name: row}
    for text, wanted in ((formula(y, style="python"), y.data), (formula(y, x, style="python"), grad(y, x).data)):
        here = {**scope, "x": x.data, "w": w.data}
        exec(text, here)
        assert here["y" if wanted is y.data else "dy_dx"] == pytest.approx(wanted, rel=1e-13)


def test_latex_of_a_template():
    """A user's LaTeX stands alone as it is written, and in brackets inside other operations."""
    x = Value(0.7, "x")
    gauss = MAKE["gaussian"]()
    assert formula(gauss(x), style="latex") == "e^{-x^2}"
    assert formula(gauss(x + 1) ** 2, style="latex") == r"{\left(e^{-\left(x + 1\right)^2}\right)}^{2}"
    assert formula(exp(gauss(x)), style="latex") == "e^{e^{-x^2}}"
    old = MAKE["gaussian"]()  # defined again
    assert formula(gauss(x) * 2, style="latex") == formula(old(x) * 2, style="latex")


def test_a_label_that_is_its_name():
    """A node that is called like the operation gets another name in Python, so that the call stays one."""
    row = MAKE["swish"]()
    y = row(Value(1.0, "swish"))
    assert formula(y, style="python") == "swish(swish_)"


@each
def test_formulas_are_read(name):
    """What is printed is read by check_claims, value and derivative, and a wrong one is told."""
    row = MAKE[name]()
    _, _, y = inside(row)
    right = {node.label: formula(y, node) for node in leaves(y)}
    assert check_claims(y, right)
    assert not check_claims(y, {**right, "x": f"{right['x'].splitlines()[0]} + 1"})
    if row.arity == 1:
        x = Value(0.7, "x")
        z = row(x)
        z.label = "z"
        assert check_claims(z, {"x": f"{name}'(x)"})


@each
def test_explanations_and_diagrams(name):
    """Explain and the diagrams show the operation by its symbol."""
    row = MAKE[name]()
    x, _, y = inside(row)
    y.backward()
    assert sum(path.product for path in explain(y, x).paths) == pytest.approx(x.grad)
    assert "∂y/∂x" in str(explain(y))
    assert row.symbol == ("dist" if name == "distance" else name)
    assert row.symbol in draw.graph(y).source


@each
def test_anomalies(name):
    """Inside detect_anomaly a value that is not finite is told of the operation, not of its definition."""
    row = MAKE[name]()
    with detect_anomaly():
        row(*map(Value, AT[: row.arity])).backward()
        with pytest.raises(AnomalyError, match=name):
            row(*[Value(math.nan)] * row.arity)


@each
def test_saved_and_copied(name, tmp_path):
    """Files and pickles name the operation; read back, a graph is the same calculation with the same row."""
    row = MAKE[name]()
    _, _, y = inside(row)
    storage.save_graph(y, tmp_path / "y.json")
    for other in (storage.load_graph(tmp_path / "y.json"), pickle.loads(pickle.dumps(y)), copy.deepcopy(y)):
        assert (other.data, formula(other)) == (y.data, formula(y))
        assert other.args[0].args[0].op is row
    assert pickle.loads(pickle.dumps(row)) is copy.copy(row) is copy.deepcopy(row) is row
    del OWN[name]
    with pytest.raises(FileFormatError, match=rf"no operation '{name}'.*must be defined, with autograd"):
        storage.load_graph(tmp_path / "y.json")
    with pytest.raises(ValueError, match=f"operation '{name}', which is not in autograd_lite's table"):
        storage.save_graph(y, tmp_path / "y.json")


def test_a_pickle_imports_the_module(tmp_path):
    """A pickled node is read in another process, which imports the module that defines its operation."""
    code = "from autograd_lite import operation\n@operation\ndef thrice(x):\n    return 3 * x\n"
    (tmp_path / "mine.py").write_text(code, encoding="utf-8")
    make = "import mine, pickle, autograd_lite; print(pickle.dumps(mine.thrice(autograd_lite.Value(2.0))).hex())"
    written = subprocess.run([sys.executable, "-c", make], capture_output=True, text=True, check=True, cwd=tmp_path)
    read = f"import pickle; y = pickle.loads(bytes.fromhex('{written.stdout.strip()}')); print(y.data, y.op)"
    done = subprocess.run([sys.executable, "-c", read], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout == "6.0 <operation thrice(x)>\n"


@each
def test_strategies(name):
    """Points and graphs are drawn of an operation, by itself or by its name, and gradients agree."""
    row = MAKE[name]()

    @given(points(name), graphs(ops=[row, "add", "mul"], size=4))
    @settings(max_examples=10)
    def check(point, graph):
        assert all(low < x < high for x, (low, high) in zip(point, row.domain, strict=True))
        assert not check_gradient(row, point, raises=False).wrong
        assert_gradient(graph)

    check()


def test_measured():
    """A definition is measured against itself in 50 digits, without a bound; slopes by hand only by differences."""
    measured = measure(operation(lambda x: tanh(x) * 1.0, name="same"), 100)
    assert [figure.bound for figure in measured.figures] == [None, None]
    assert 0.5 < max(figure.ulps for figure in measured.figures) < 4
    off = measure(operation(lambda x: log(1.0 + exp(x)), name="rough"), 100)
    assert off.figures[0].ulps > 1e6
    assert off.ok
    with pytest.raises(ValueError, match=r"slopes of its own.*check_gradient\(gaussian, point\)"):
        measure(MAKE["gaussian"]())


# --- what is refused -----------------------------------------------------------------------------------------------

LEAF = Value(2.0, "weight")


@pytest.mark.parametrize(
    ("make", "error", "told"),
    [
        (lambda: operation(gaussian, name="f"), TypeError, r"f has no slopes.*exp\(x\) instead of math"),
        (lambda: operation(lambda x: 3.0, name="f"), TypeError, r"no node but float; make f of operations"),
        (lambda: operation(lambda x: [x], name="f"), TypeError, "no node but list"),
        (lambda: operation(lambda x: x * LEAF, name="f"), TypeError, "f uses 'weight', a node that is no argument"),
        (lambda: operation(lambda x: x * x.data, name="f"), ValueError, r"slope of f is 0\.3 at \(0\.3\).*give 0\.6"),
        (lambda: operation(lambda a, b, c: a, name="f"), TypeError, "one argument or two.*f takes 3"),
        (lambda: operation(lambda: 1.0, name="f"), TypeError, "f takes 0"),
        (lambda: operation(lambda *xs: xs[0], name="f"), TypeError, "any number"),
        (lambda: operation(max, name="f"), TypeError, "wrap it"),
        (lambda: operation(3), TypeError, "got int"),
        (lambda: operation(lambda x: x), ValueError, "is an identifier such as swish, got '<lambda>'"),
        (lambda: operation(lambda x: x, name="a b"), ValueError, "got 'a b'"),
        (lambda: operation(lambda x: x, name="ﬁ"), ValueError, "identifier"),
        *[
            (lambda name=name: operation(lambda x: x * 1.0, name=name), ValueError, f"'{name}' means something else")
            for name in ("exp", "bell", "sech2", "lambda", "float", "ln", "max", "σ", "pi", "sgn", "math", "root")
        ],
        (lambda: operation(lambda x: x, name="f", slopes=3), TypeError, r"a function of .*slopes\(y, x\), got int"),
        (lambda: operation(lambda x: x, name="f", slopes=lambda x: 1), TypeError, r"slopes\(y, x\).*too many"),
        (lambda: operation(lambda a, b: a, name="f", slopes=lambda y, x: 1), TypeError, r"slopes\(y, a, b\)"),
        (lambda: operation(lambda x: x, name="f", slopes=lambda y, x: (1, 2)), TypeError, r"one number, got \(1, 2\)"),
        (
            lambda: operation(lambda a, b: a, name="f", slopes=lambda y, a, b: 1.0),
            TypeError,
            "a pair of numbers, got 1.0",
        ),
        (lambda: operation(lambda x: x, name="f", slopes=lambda y, x: None), TypeError, "one number, got None"),
        (
            lambda: operation(lambda a, b: a * b, name="f", slopes=lambda y, a, b: (b, b)),
            ValueError,
            r"along its second argument is −0\.7 at \(0\.3, −0\.7\), but differences of its values give 0\.3",
        ),
        (lambda: operation(lambda x: x**3, name="f", slopes=lambda y, x: 3.001 * x**2), ValueError, "slope of f"),
        (lambda: operation(lambda x: log(x - 1e6), name="f"), ValueError, r"no finite value.*domain=\(low, high\)"),
        (lambda: operation(lambda x: x, name="f", domain=(1.0, 0.0)), ValueError, r"interval \(low, high\), got \(1"),
        (lambda: operation(lambda x: x, name="f", domain=((0, 1), (0, 1))), ValueError, r"an interval \(low, high\)"),
        (lambda: operation(lambda x: x, name="f", domain="R"), ValueError, "interval"),
        (lambda: operation(lambda x: x, name="f", kinks="0"), TypeError, "real number.*got str '0'"),
        (lambda: operation(lambda x: x, name="f", latex="{1}"), ValueError, r"as \{0\}, other braces doubled"),
        (lambda: operation(lambda x: x, name="f", latex="f(x)"), ValueError, r"as \{0\}"),
        (lambda: operation(lambda a, b: a * b, name="f", latex="{0}"), ValueError, r"as \{0\} and \{1\}"),
        (lambda: operation(lambda x: x, name="f", latex=r"\frac{0}{2}"), ValueError, r"as \{0\}"),
        (lambda: operation(lambda x: x, name="f", latex="{0"), ValueError, "other braces doubled"),
        (lambda: operation(lambda x: x, name="f", latex="{0:.3f}"), ValueError, r"as in \{0:5\}"),
    ],
)
def test_refused(make, error, told):
    """What is wrong with an operation is said when it is made, and nothing of it stays."""
    with pytest.raises(error, match=told):
        make()
    assert "f" not in OWN


def test_slopes_for_floats_alone():
    """Slopes that compute with floats serve backward(); where nodes are needed the error names the operation."""
    row = operation(math.exp, name="f", slopes=lambda y, x: math.exp(x))
    x = Value(0.5)
    y = row(x)
    y.backward()
    assert x.grad == y.data
    assert check_gradient(row, 0.5)
    for use in (lambda: grad(y, x), lambda: formula(y, x)):
        with pytest.raises(TypeError, match="the slopes of f, called with nodes, as for formulas"):
            use()


def test_a_replaced_operation_is_not_pickled():
    """A pickle finds an operation by its name, which is another's after it was defined again."""

    def made(factor):
        return operation(lambda x: factor * x, name="replaced")

    y = made(2.0)(Value(0.7))
    assert pickle.loads(pickle.dumps(y)).data == y.data
    made(3.0)
    with pytest.raises(pickle.PicklingError, match="the operation 'replaced' was defined again after this one"):
        pickle.dumps(y)


def test_a_function_that_gives_no_number():
    """A function that gives no float for floats is a TypeError that names the operation."""
    with pytest.raises(TypeError, match="expected a real number") as caught:
        operation(lambda x: None, name="f", slopes=lambda y, x: 1.0)
    assert "raised by f" in caught.value.__notes__[0]


# --- names ---------------------------------------------------------------------------------------------------------


def test_defined_again():
    """The same function defined again replaces the operation; nodes keep theirs; another function may not take it."""
    cell = textwrap.dedent("""
        from autograd_lite import operation
        @operation
        def doubled(x):
            return FACTOR * x
    """)
    scopes = [{"__name__": "cell", "FACTOR": factor} for factor in (2.0, 3.0)]
    exec(cell, scopes[0])
    old = scopes[0]["doubled"](Value(1.0))
    exec(cell, scopes[1])
    assert OWN["doubled"] is scopes[1]["doubled"] is not old.op
    old.backward()
    assert old.parents[0].grad == 2.0
    with pytest.raises(ValueError, match=r"'doubled' already, defined as cell\.doubled"):
        exec(cell, {"__name__": "another", "FACTOR": 2.0})
    with pytest.raises(ValueError, match="'doubled', which is not in autograd_lite's table"):
        storage.save_graph(old, "nowhere.json")
    assert "doubled" not in OPS


def test_threads():
    """Of many threads that define one name by different functions one succeeds."""
    done, start = [], threading.Barrier(8)

    def define(k):
        scope = {"__name__": f"module{k}", "operation": operation}
        start.wait()
        try:
            exec("@operation\ndef same(x):\n    return 2 * x", scope)
            done.append(scope["same"])
        except ValueError:
            pass

    threads = [threading.Thread(target=define, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [OWN["same"]]


# --- the page ------------------------------------------------------------------------------------------------------
