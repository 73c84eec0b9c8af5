"""Gradient checks of functions of arrays, lists and dicts, and of functions that give arrays."""

import math
import re

import numpy as np
import pytest
from functions_to_check import look, verdicts
from layers_to_check import DRAWN, B, W, X, backward, gradient, layer, loss, with_entry

from autograd_lite import Value, exp, tanh
from autograd_lite.testing import check_gradient
from autograd_lite.testing.gradients.slopes import Around, steps
from autograd_lite.testing.gradients.verdicts import Finding, Verdict, cautious

SQUARES = DRAWN.normal(size=(3, 2))


def squares(W):
    return (W * W).sum()


def slopes(W):
    return 2.0 * W


# --- the forms of a point and its gradient ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "at", "hand", "names"),
    [
        (loss, [W, B], gradient, ["W[0, 0]", "b[2]"]),
        (loss, {"W": W, "b": B}, lambda W, b: dict(zip("Wb", gradient(W, b), strict=True)), ["W[0, 0]", "b[2]"]),
        (
            lambda p, s: loss(p["W"], p["b"]) * s,
            [{"W": W, "b": B}, 2.0],
            lambda p, s: (
                dict(zip("Wb", (s * g for g in gradient(p["W"], p["b"])), strict=True)),
                loss(p["W"], p["b"]),
            ),
            ["W[0, 0]", "s"],
        ),
        (
            lambda p: loss(*p),
            [(W, B)],
            lambda p: gradient(*p),
            ["p[0][0, 0]", "p[1][2]"],
        ),
        (
            lambda one, other: squares(one["W"]) * other["W"],
            [{"W": SQUARES}, {"W": 2.0}],
            lambda one, other: ({"W": slopes(one["W"]) * other["W"]}, {"W": squares(one["W"])}),
            ["one.W[0, 0]", "other.W"],
        ),
        (squares, SQUARES, slopes, ["W[0, 0]", "W[2, 1]"]),
        (squares, SQUARES, slopes(SQUARES).tolist(), ["W[0, 0]", "W[2, 1]"]),
        (squares, SQUARES, [slopes(SQUARES)], ["W[0, 0]", "W[2, 1]"]),
        (lambda v: sum(x * x for x in v), [[1.0, 2.0]], lambda v: [2.0 * x for x in v], ["v[0]", "v[1]"]),
        (lambda v: v[0][0] * v[1][1], [[[1.0, 2.0], [3.0, 4.0]]], [[[4.0, 0.0], [0.0, 1.0]]], ["v[0, 0]", "v[1, 1]"]),
        (lambda x, y: x[0] * y[1], [[1.0, 2.0], [3.0, 4.0]], [[4.0, 0.0], [0.0, 1.0]], ["x[0]", "y[1]"]),
        (lambda x, y: math.sin(x) * y.sum(), [1.0, B], lambda x, y: (math.cos(x) * y.sum(), math.sin(x) + 0 * y), "x"),
        (lambda layers: squares(layers[1]["W"]), [[{"W": SQUARES}] * 2], None, ["layers[0].W[0, 0]"]),
    ],
)
def test_forms_of_points(f, at, hand, names):
    """A point is an array, or a list or dict of arrays, dicts and lists; its gradient has that form too."""
    report = check_gradient(f, at, gradient=hand)
    seen = [slope.wrt[0] for slope in report]
    assert [seen[0], seen[-1]][: len(names)] == names[:1] + names[1:] if len(names) > 1 else seen[0] == names[0]
    assert set(verdicts(report)) == {"confirmed"}


def test_functions_get_what_was_given():
    """A function gets arrays, lists and floats of the kind that was given, and may write into them."""
    seen = []

    def f(W, v, x, p):
        seen.append((type(W), W.dtype, W.shape, type(v), type(v[0]), type(x), type(p)))
        W *= 2.0
        return float(W.sum() * x + v[0] + p["a"])

    at = [SQUARES.astype(np.float32), (1.0, 2.0), 3.0, {"a": 0.5}]
    before = at[0].copy()
    hand = [np.full((3, 2), 6.0), (1.0, 0.0), 2.0 * float(before.sum()), {"a": 1.0}]
    assert check_gradient(f, at, gradient=hand)
    assert set(seen) == {(np.ndarray, np.dtype(np.float32), (3, 2), tuple, float, float, dict)}
    assert (at[0] == before).all()


def test_arrays_of_nodes():
    """Without a gradient beside it a function gets arrays of Values, and reverse mode is checked."""
    report = check_gradient(lambda W, b: (tanh(X @ W + b) ** 2).sum(), [W, B])
    assert [report["W[3, 2]"].verdict, report["b[0]"].verdict] == ["confirmed", "confirmed"]
    assert "at W (4, 3), b (3,): all 15 slopes are right" in str(report)
    assert check_gradient(lambda p: sum(map(exp, p["v"])), [{"v": [0.1, 0.2]}], second_order=True)


MISTAKES = [
    ("one sign", lambda W, b: (with_entry(gradient(W, b)[0], (2, 1), lambda x: -x), gradient(W, b)[1]), ["W[2, 1]"]),
    ("no sum over the batch", lambda W, b: (gradient(W, b)[0], gradient(W, b)[1] / 5.0), ["b[0]", "b[1]", "b[2]"]),
    ("one part in a million", lambda W, b: (gradient(W, b)[0], gradient(W, b)[1] * [1.0, 1.000001, 1.0]), ["b[1]"]),
    (
        "not a number",
        lambda W, b: (with_entry(gradient(W, b)[0], (0, 2), lambda x: np.nan), gradient(W, b)[1]),
        ["W[0, 2]"],
    ),
]


@pytest.mark.parametrize(("hand", "names"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES])
def test_mistakes_in_a_layer(hand, names):
    """A wrong entry of the gradient of a layer is named by its place, and nothing else."""
    report = look(loss, [W, B], gradient=hand)
    assert [slope.wrt[0] for slope in report.wrong] == names
    assert f"∂loss/∂{names[0]}" in str(report)


# --- short floats -----------------------------------------------------------------------------------------------------


SHORT = [W.astype(np.float32), B.astype(np.float32)]
BATCH = X.astype(np.float32), np.zeros((5, 3), np.float32)


def short_loss(W, b):
    x, y = BATCH
    return ((np.tanh(x @ W + b) - y) ** 2).mean()


def short_slopes(W, b, factor=1.0):
    x, y = BATCH
    z = np.tanh(x @ W + b)
    dz = 2.0 * (z - y) / np.float32(z.size) * (1.0 - z * z)
    return x.T @ dz, dz.sum(axis=0) * np.float32(factor)


def test_float32():
    """A right gradient in float32 is confirmed, to what its precision tells, and 3 % are seen as wrong."""
    assert short_loss(*SHORT).dtype == np.float32
    report = check_gradient(short_loss, SHORT, gradient=short_slopes(*SHORT))
    assert set(verdicts(report)) == {"confirmed"}
    assert "W (4, 3) is of float32" in str(report)
    wrong = look(short_loss, SHORT, gradient=short_slopes(*SHORT, 1.03)).wrong
    assert [slope.wrt[0] for slope in wrong] == ["b[0]", "b[1]", "b[2]"]


def test_functions_of_float32_that_take_float64():
    """Where function and gradient take float64 as well they are checked there: errors of 1e-6 are seen; it is said."""
    report = check_gradient(short_loss, SHORT, gradient=short_slopes)
    assert max(slope.uncertainty for slope in report) < 1e-8
    assert "function and gradient were checked at float64. In short floats the gradient differs from that by" in str(
        report
    )
    report = look(short_loss, SHORT, gradient=lambda W, b: short_slopes(W, b, 1.000001))
    assert [slope.wrt[0] for slope in report.wrong] == ["b[0]", "b[1]", "b[2]"]


@pytest.mark.parametrize(
    ("f", "hand"),
    [
        (lambda W, b: float(short_loss(W.astype(np.float32), b.astype(np.float32))), short_slopes),
        (lambda W, b: short_loss(W, b) * (1.0 if W.dtype == np.float32 else 1.01), short_slopes),
        (short_loss, lambda W, b: short_slopes(W, b, 1.0 if W.dtype == np.float32 else 1.5)),
    ],
)
def test_functions_of_float32_alone(f, hand):
    """What computes in float32 whatever it gets, or does something else with float64, is checked as it was given."""
    report = check_gradient(f, SHORT, gradient=hand)
    assert set(verdicts(report)) == {"confirmed"}
    assert "W (4, 3) is of float32" in str(report)


def test_a_float32_at_zero():
    """At 0 the steps are short floats as well."""
    hand = np.zeros((2, 2), np.float32)
    assert check_gradient(lambda W: np.cos(W).sum(), np.zeros((2, 2), np.float32), gradient=hand)
    assert check_gradient(lambda x: x * np.float32(3.0), np.float32(0.0), gradient=3.0)


def test_steps_of_short_floats():
    """Steps from a short float lead to short floats; in the smallest windows there are none, and no slope is seen."""
    epsilon, seen = float(np.finfo(np.float32).eps), []

    def f(x):
        seen.append(x)
        return x * x

    for x in (0.0, float(np.float32(0.3)), -1.0, 1e-20):
        around = Around(f, float(np.float32(x)), epsilon=epsilon)
        around.look(steps(around.x, 2))
    assert len(seen) > 500
    assert all(float(np.float32(t)) == t for t in seen)


@pytest.mark.parametrize(
    ("expected", "uncertainty", "verdict"),
    [
        (1.0, 1e-3, "wrong"),
        (1.0, 0.3, "inconclusive"),
        (1.9999, 0.00005, "inconclusive"),
        (math.nan, math.inf, "inconclusive"),
    ],
)
def test_what_short_floats_do_not_plainly_show(expected, uncertainty, verdict):
    """In short floats a slope of 2 is wrong only if another one is seen well, and is plainly another one."""
    finding = Finding(Verdict.WRONG, expected, uncertainty)
    assert cautious(finding, 2.0, float(np.finfo(np.float32).eps)).verdict == verdict
    assert cautious(finding, 2.0, float(np.finfo(float).eps)) == finding


# --- functions that give arrays ---------------------------------------------------------------------------------------

A = DRAWN.normal(size=(3, 2))
POINT = np.array([0.3, -0.4])


def rounded(x):
    return np.tanh(A @ x)


def matrix(x):
    return (1.0 - np.tanh(A @ x) ** 2)[:, None] * A


BAD = with_entry(matrix(POINT), (2, 0), lambda x: -x)


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"jacobian": matrix}, []),
        ({"jacobian": matrix(POINT).tolist()}, []),
        ({"jacobian": BAD}, ["∂rounded[2]/∂x[0]"]),
        ({"vjp": lambda v: matrix(POINT).T @ v}, []),
        ({"vjp": lambda v: BAD.T @ v}, ["∂(v·rounded)/∂x[0]", "∂rounded[2]/∂x[0]"]),
        ({"jvp": lambda u: matrix(POINT) @ u}, []),
        ({"jvp": lambda u: BAD @ u}, ["∂rounded[2]/∂u", "∂rounded[2]/∂x[0]"]),
        ({"vjp": lambda v: matrix(POINT).T @ v, "jvp": lambda u: matrix(POINT) @ u}, []),
        (
            {"vjp": lambda v: matrix(POINT).T @ v, "jvp": lambda u: matrix(POINT) @ u + [0.0, 1e-9, 0.0]},
            ["∂rounded[1]/∂u", "∂rounded[1]/∂x[0]", "∂rounded[1]/∂x[1]", "v·Ju by jvp, beside vᵀJ·u by vjp"],
        ),
    ],
)
def test_jacobians_and_products(options, wrong):
    """A Jacobian, and its products from both sides, are right, or wrong in entries that are named."""
    report = look(rounded, POINT, **options)
    assert [slope.symbol for slope in report.wrong] == wrong
    assert report.ok == (not wrong)


def test_a_layer_by_its_product():
    """The backward pass of a layer is checked for all its arguments; what forgets to sum over the batch is found."""
    assert check_gradient(layer, [W, B, X], vjp=lambda v: backward(v, W, B, X))
    report = look(layer, [W, B, X], vjp=lambda v: (backward(v, W, B)[0], v[0], backward(v, W, B)[2]))
    assert {slope.wrt[0] for slope in report.wrong} == {"b[0]", "b[1]", "b[2]"}
    assert report["∂layer[1, 0]/∂b[0]"].got == 0.0


def test_several_results():
    """Tuples and dicts of arrays are results; what multiplies them has their form."""
    report = check_gradient(
        lambda x: (x * x, {"sum": x.sum()}),
        POINT,
        vjp=lambda v: 2.0 * POINT * v[0] + v[1]["sum"],
    )
    assert report["∂(v·f)/∂x[0]"].ok
    assert check_gradient(lambda x: {"y": x * x}, POINT, vjp=lambda v: 2.0 * POINT * v["y"])


def test_arrays_of_recorded_results():
    """Without anything beside it, the gradients of all results by reverse mode are checked."""
    report = check_gradient(lambda x: x**2 * x[0], POINT)
    assert [slope.symbol for slope in report][-2:] == ["∂f[1]/∂x[0]", "∂f[1]/∂x[1]"]
    report = check_gradient(lambda x, y: [exp(x) * y, x, 3.0], [1.0, 2.0])
    assert [slope.got for slope in report][2:] == [1.0, 0.0, 0.0, 0.0]
    columns = np.array([[math.e * 2.0, math.e], [1.0, 0.0]])
    assert check_gradient(lambda x, y: np.array([math.exp(x) * y, x]), [1.0, 2.0], jacobian=columns)


def test_large_jacobians():
    """Of a Jacobian of 30,000 entries sums of rows are checked; a wrong entry is traced to its row and column."""
    big, x = DRAWN.normal(size=(200, 150)) / 12.0, DRAWN.normal(size=150)

    def f(x):
        return np.tanh(big @ x)

    def hand(x):
        return (1.0 - np.tanh(big @ x) ** 2)[:, None] * big

    assert check_gradient(f, x, jacobian=hand)
    report = look(f, x, jacobian=with_entry(hand(x), (17, 33), lambda y: y + 0.01))
    assert report["∂f[17]/∂x[33]"].verdict == "wrong"


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "options", "error", "told"),
    [
        (
            SQUARES.T,
            {"gradient": slopes(SQUARES)},
            ValueError,
            "shape (3, 2), but W has shape (2, 3); it is transposed",
        ),
        (SQUARES, {"gradient": np.ones(6)}, ValueError, "gradient for W has shape (6,), but W has shape (3, 2)"),
        (SQUARES, {"gradient": 2.0}, ValueError, "gradient for W has shape (), but W has shape (3, 2)"),
        (SQUARES, {"gradient": [[1.0], [2.0, 3.0]]}, ValueError, "rows of different lengths, where shape (3, 2)"),
        (SQUARES, {"gradient": lambda W: None}, TypeError, "gradient for W gave NoneType None"),
        (SQUARES, {"gradient": lambda W: None}, TypeError, "Slopes of 0 are 0.0, or zeros of the shape of the input"),
        (SQUARES, {"gradient": np.array([["a"] * 2] * 3)}, TypeError, "where floats are due"),
        (
            SQUARES.astype(object),
            {"gradient": slopes},
            TypeError,
            "`at` for W is an array of objects: pass one of floats",
        ),
        (np.array([Value(1.0)]), {}, TypeError, "pass one of the numbers in them, their .data"),
        (np.empty((0, 3)), {"gradient": slopes}, ValueError, "`at` for W is empty, of shape (0, 3)"),
        ([[]], {"gradient": slopes}, ValueError, "`at` for W is empty"),
        ([{}], {"gradient": slopes}, ValueError, "`at` for W is an empty dict"),
        (np.arange(6), {"gradient": slopes}, TypeError, "array of int64: floats are due, so write .astype(float)"),
        (np.arange(6), {"gradient": slopes}, TypeError, "labels or indices, is bound instead: lambda W: f(W, labels)"),
        (SQUARES > 0.0, {"gradient": slopes}, TypeError, "array of bool: floats are due"),
        (SQUARES + 1j, {"gradient": slopes}, TypeError, "pass its .real and .imag as two arguments"),
        (np.array(["a"]), {"gradient": slopes}, TypeError, "pass one of float64, float32 or float16"),
        (np.array([[1.0, np.inf]]), {"gradient": slopes}, ValueError, "`at` for W[0, 1] is inf"),
        ([SQUARES, 1.0], {"gradient": slopes}, TypeError, "cannot be called with `at`, 2 arguments"),
        (SQUARES, {"jacobian": slopes}, TypeError, "squares gives one number: what to check is gradient="),
        (SQUARES, {"gradient": slopes, "vjp": slopes}, TypeError, "not both"),
        (SQUARES, {"gradient": slopes, "entries": -1}, ValueError, "entries is a count, 0 or more, got -1"),
        (SQUARES, {"gradient": slopes, "directions": 1.5}, ValueError, "directions is a count, 0 or more, got 1.5"),
        (SQUARES, {"gradient": slopes, "seconds": 0}, ValueError, "seconds is the time for the check, above 0, got 0"),
    ],
)
def test_bad_arrays(at, options, error, told):
    """What does not fit, or is no array of floats, is an error that names both shapes, or says what to write."""
    with pytest.raises(error, match=re.escape(told)):
        check_gradient(squares, at, **options)


@pytest.mark.parametrize(
    ("f", "options", "error", "told"),
    [
        (
            lambda W: None,
            {"gradient": slopes},
            TypeError,
            "f gave NoneType None, not one number; is a `return` missing?",
        ),
        (
            lambda W: W.sum(0),
            {"gradient": slopes},
            TypeError,
            "f gives an array of shape (2,), not one number: give jac",
        ),
        (lambda W: W[:1, 0], {"gradient": slopes}, TypeError, "write .item() if it is one"),
        (
            lambda W: W.sum(0),
            {"jacobian": slopes},
            ValueError,
            "the shape of the result and then that of W make (2, 3, 2)",
        ),
        (lambda W: (W, 1.0), {"jacobian": slopes}, TypeError, "f gives a tuple of several: give vjp"),
        (lambda W: W.sum(0), {"vjp": lambda v: slopes(SQUARES).T}, ValueError, "vjp for W has shape (2, 3), but W has"),
        (lambda W: W.sum(0), {"jvp": lambda u: u}, ValueError, "jvp for f has shape (3, 2), but f has shape (2,)"),
        (lambda W: np.argmax(W, 0), {"vjp": slopes}, TypeError, "the result for f is an array of int64"),
        (lambda W: W.sum(0) * DRAWN.normal(), {"vjp": slopes}, ValueError, "it draws random numbers"),
        (lambda W: W.sum(0) * np.nan, {"vjp": slopes}, ValueError, "the result for f[0] is nan"),
        (lambda W: float((W @ W.T).sum()), {}, TypeError, "f works on floats, but not on Values"),
        (lambda W: np.ones(2), {}, TypeError, "f gave an array of shape (2,) for Values: nothing was recorded"),
    ],
)
def test_bad_results(f, options, error, told):
    """A result that does not go with what is to be checked is an error that says what does."""
    with pytest.raises(error, match=re.escape(told)):
        check_gradient(f, SQUARES, **options)


def test_dicts_that_do_not_fit():
    """Keys of a gradient that are missing or too many are named."""
    at = [{"W": SQUARES}]
    for hand, told in (
        ({"W": slopes(SQUARES), "b": 1.0}, "gradient for p has b, which is no entry of it; there are W"),
        ({"V": slopes(SQUARES)}, "gradient for p has none for W and has V"),
    ):
        with pytest.raises(ValueError, match=re.escape(told)):
            check_gradient(lambda p: squares(p["W"]), at, gradient=hand)
    with pytest.raises(TypeError, match="gradient for p is a dict, as the point is, with W; got ndarray"):
        check_gradient(lambda p: squares(p["W"]), at, gradient=slopes(SQUARES))


@pytest.mark.parametrize("seed", [3, 5, 6, 7])
def test_what_is_outside_the_uncertainty_of_short_floats_is_not_confirmed(seed):
    """Of float32 no entry outside the uncertainty of its own row is confirmed, however little it matters."""
    draw = np.random.default_rng(seed)
    x, t = (draw.normal(size=(5, n)).astype(np.float32) for n in (3, 2))
    given = {"a": draw.normal(size=(3, 4)).astype(np.float32), "b": draw.normal(size=(4, 2)).astype(np.float32)}

    def loss(a, b):
        return 0.5 * ((np.tanh(x @ a) @ b - t) ** 2).sum()

    h = np.tanh(x @ given["a"])
    d = h @ given["b"] - t
    slopes = {"a": x.T @ ((d @ given["b"].T) * (1 - h**2)), "b": h.T @ d}
    slopes["b"].flat[np.argmin(abs(slopes["b"]))] *= 1.003
    for row in check_gradient(loss, given, gradient=slopes, raises=False):
        assert row.units <= 1.0 or not row.ok, row


def test_a_vjp_that_takes_the_point():
    """A vjp of point and weights is refused with what is called, and how to write it."""
    x = np.array([0.5, 1.5])
    with pytest.raises(TypeError, match=r"vjp is called with the weights of the results alone.*write vjp=lambda v: "):
        check_gradient(lambda x: x**2, x, vjp=lambda x, v: 2 * x * v)
